/** A real nginx of a test's own: on free ports of loopback, its files in a folder that is gone with it. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { onTestFinished, vi } from 'vitest'

/** Where nginx is; undefined where it is not installed. */
export const NGINX = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']
  .map(folder => join(folder, 'nginx'))
  .find(path => existsSync(path))

/** How it shows what is behind it. */
export interface Proxied {
  /** Its own port. */
  port: number
  /** What it shows: host and port. */
  upstream: string
  /** Whether /mail is taken off what is handed on. */
  strips: boolean
  /** Whether the Host of the client is handed on, rather than the upstream's. */
  passesHost: boolean
  /** Whether an upgrade is. */
  upgrades: boolean
}

const server = ({ port, upstream, strips, passesHost, upgrades }: Proxied) => `
  server {
    listen 127.0.0.1:${port};
    location ${strips ? '/mail/' : '/mail'} {
      proxy_pass http://${upstream}${strips ? '/' : ''};
      proxy_http_version 1.1;
      ${passesHost ? 'proxy_set_header Host $http_host;' : ''}
      ${upgrades ? 'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;' : ''}
    }
  }`

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const holder = createServer()
      await new Promise<void>(resolve => holder.listen(0, '127.0.0.1', resolve))
      return holder
    }),
  )
  return Promise.all(
    servers.map(holder => {
      const { port } = holder.address() as AddressInfo
      return new Promise<number>(resolve => holder.close(() => resolve(port)))
    }),
  )
}

/** Starts it, and resolves once it answers; it ends with the test. */
export async function startNginx(proxied: readonly Proxied[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'maildouble-nginx-'))
  const config = `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  ${TEMPORARY.map(name => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  ${proxied.map(server).join('\n')}
}
`
  mkdirSync(join(folder, 'logs'))
  writeFileSync(join(folder, 'nginx.conf'), config)
  const child = spawn(NGINX as string, ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    said += text
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  onTestFinished(async () => {
    child.kill()
    await ended
    rmSync(folder, { recursive: true })
  })
  await vi.waitFor(
    async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`)
      await Promise.all(proxied.map(({ port }) => answers(port)))
    },
    { timeout: 5000, interval: 10 },
  )
}

function answers(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve()
    }).on('error', reject)
  })
}
