/**
 * The processes of the bench: ours as it ships (dist/cli.js), its peers, and the load that comes from outside of them.
 * All of them end with the bench.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Job, JobResult } from './client.js'

/** A server under load. */
export interface Server {
  name: string
  port: number
  httpPort: number | null
  pid: number
  stop(): Promise<void>
}

/** Who sends. */
export type LoadName = 'smtp-source' | 'raw client'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const START_TIMEOUT_MS = 20_000
/** How long a peer may take to end when it is told to. */
const STOP_TIMEOUT_MS = 2000
/** How often a server that is starting is asked; more often would take the processor from it. */
const PROBE_MS = 2
/** Where Postfix's tools lie when the PATH of a plain user does not name the place. */
const EXTRA_PLACES = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec/postfix']

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

function start(command: string, args: string[], stdout: 'ignore' | 'pipe'): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', stdout, 'inherit'] })
  running.add(child)
  child.on('exit', () => running.delete(child))
  child.on('error', () => running.delete(child))
  return child
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill()
  // Some wait for their connections to end.
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exit
  clearTimeout(late)
}

function serverOf(child: ChildProcess, name: string, port: number, httpPort: number | null = null): Server {
  return { name, port, httpPort, pid: child.pid ?? 0, stop: () => stop(child) }
}

/** The path of a program, or undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...EXTRA_PLACES]) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  return undefined
}

/** A port that was free a moment ago, for programs that cannot take one by themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** The built maildouble on free ports. */
export async function startMaildoubleProcess(flags: string[] = []): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'maildouble-bench-'))
  const readyFile = join(folder, 'ready.json')
  const ports = ['--smtp-port', '0', '--http-port', '0']
  const child = start(
    process.execPath,
    [CLI, ...ports, '--ready-file', readyFile, '--log-level', 'warn', ...flags],
    'ignore',
  )
  const ready = await retry(child, 'maildouble', async () => JSON.parse(await readFile(readyFile, 'utf8')))
  await rm(folder, { recursive: true, force: true })
  return serverOf(child, 'maildouble', ready.ports.smtp, ready.ports.http)
}

/** A peer of ours in peers/, which prints its port. */
export async function startPeer(name: string, file: string): Promise<Server> {
  const path = fileURLToPath(new URL(`./peers/${file}`, import.meta.url))
  const child = start(process.execPath, ['--import', 'tsx', path], 'pipe')
  if (!child.stdout) throw new Error('no output')
  const [line] = await once(child.stdout, 'data')
  return serverOf(child, name, Number(String(line)))
}

/** Postfix's smtp-sink, which answers and keeps nothing; undefined where Postfix is not installed. */
export async function startSmtpSink(): Promise<Server | undefined> {
  const path = findProgram('smtp-sink')
  if (path === undefined) return undefined
  const port = await freePort()
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [] // as root it insists on another user
  return startProgram('smtp-sink', path, [...user, `127.0.0.1:${port}`, '100'], port)
}

/** A program that takes mail on a port that it is given, once it does. */
export async function startProgram(name: string, path: string, args: string[], port: number): Promise<Server> {
  const child = start(path, args, 'ignore')
  await retry(child, name, () => answersSmtp(port))
  return serverOf(child, name, port)
}

/** From the spawn of maildouble to a greeting on its SMTP port and a 200 on its HTTP port. */
export async function timeToAnswer(): Promise<number> {
  const flags = ({ smtp, http }: Ports) => ['--smtp-port', String(smtp), '--http-port', String(http)]
  return timeToAnswerOf(
    'maildouble',
    process.execPath,
    ports => [CLI, ...flags(ports), '--log-level', 'warn'],
    '/healthz',
  )
}

/** The ports that a program is given. */
export interface Ports {
  smtp: number
  http: number
}

/** From the spawn of a program to a greeting on its SMTP port and an answer on its HTTP port. */
export async function timeToAnswerOf(
  name: string,
  path: string,
  argsFor: (ports: Ports) => string[],
  httpPath: string,
): Promise<number> {
  const ports = { smtp: await freePort(), http: await freePort() }
  const startedAtMs = performance.now()
  const child = start(path, argsFor(ports), 'ignore')
  await retry(child, name, () => Promise.all([answersSmtp(ports.smtp), answersHttp(ports.http, httpPath)]))
  const ms = performance.now() - startedAtMs
  await stop(child)
  return ms
}

/** From the spawn of `node -e 0` to its end: what nothing costs. */
export async function timeOfNothing(): Promise<number> {
  const startedAtMs = performance.now()
  await once(start(process.execPath, ['-e', '0'], 'ignore'), 'exit')
  return performance.now() - startedAtMs
}

/** A Node process that does nothing, to compare memory with. */
export function startNothing(): Server {
  return serverOf(start(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], 'ignore'), 'idle Node', 0)
}

/** The resident memory of a process in bytes; undefined on systems that do not say (Windows). */
export function residentBytes(pid: number): number | undefined {
  if (process.platform === 'linux') {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  }
  if (process.platform === 'win32') return undefined
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024
}

/** Who sends on this machine. */
export function loadName(): LoadName {
  return findProgram('smtp-source') === undefined ? 'raw client' : 'smtp-source'
}

/** Sends messages from outside, as fast as the server takes them; resolves to the milliseconds it took. */
export async function load(job: Job): Promise<number> {
  const source = findProgram('smtp-source')
  if (source === undefined) return (await runClient(job)).ms
  const counts = ['-s', String(job.connections), '-m', String(job.messages), '-l', String(job.bytes)]
  const keep = job.reuse ? ['-d'] : []
  const startedAtMs = performance.now()
  const child = start(source, [...keep, ...counts, `127.0.0.1:${job.port}`], 'ignore')
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`smtp-source ended with exit code ${code}`)
  return performance.now() - startedAtMs
}

/** Runs a job in our raw client, in a process of its own. */
export async function runClient(job: Job): Promise<JobResult> {
  return runJson('client.ts', JSON.stringify(job))
}

/** Runs a file of this folder in a process of its own; what it prints is JSON. */
export async function runJson<T>(file: string, ...args: string[]): Promise<T> {
  const path = fileURLToPath(new URL(`./${file}`, import.meta.url))
  const child = start(process.execPath, ['--import', 'tsx', path, ...args], 'pipe')
  let printed = ''
  child.stdout?.on('data', chunk => {
    printed += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`test/bench/${file} ended with exit code ${code}`)
  return JSON.parse(printed)
}

/** GETs JSON from our server. */
export async function getJson<T>(port: number, path: string): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
  return (await answer.json()) as T
}

async function retry<T>(child: ChildProcess, name: string, attempt: () => Promise<T>): Promise<T> {
  const giveUpAtMs = performance.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (child.exitCode !== null) throw new Error(`${name} ended with exit code ${child.exitCode} instead of starting`)
      if (performance.now() > giveUpAtMs) throw error
      await sleep(PROBE_MS)
    }
  }
}

function answersSmtp(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', reject)
    socket.once('data', () => {
      socket.destroy()
      resolve()
    })
  })
}

function answersHttp(port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, agent: false }, answer => {
      answer.resume()
      // Of others any page will do: where they have which changes with their versions.
      if (answer.statusCode === 200 || (path === '/' && (answer.statusCode ?? 500) < 500)) resolve()
      else reject(new Error(`${path} answered ${answer.statusCode}`))
    }).on('error', reject)
  })
}
