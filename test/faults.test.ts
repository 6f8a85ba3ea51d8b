/** What docs/operations.md says of faults, as a user would meet them: a stop under load, too many files, a stalled reader. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { startMaildouble } from '../server/index.js'
import { rawClient, sendRaw } from './clients/raw.js'
import { FREE_PORTS, type Run, runCli } from './run-cli.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

interface Ready {
  url: string
  ports: { smtp: number; http: number }
}

/** A server of its own process, once it is ready. */
async function started(argv: string[], before?: string): Promise<{ server: Run; ready: Ready }> {
  const readyFile = join(folder, 'ready.json')
  const setting = { cwd: folder, ...(before !== undefined && { before }) }
  const server = runCli([...FREE_PORTS, '--log-format', 'json', '--ready-file', readyFile, ...argv], setting)
  await server.says(/"event":"ready"/)
  return { server, ready: JSON.parse(readFileSync(readyFile, 'utf8')) as Ready }
}

test('SIGTERM under load: open transactions get 421, live clients 1001, and what was acknowledged is in the export', async () => {
  const path = join(folder, 'mail.mbox')
  const { server, ready } = await started(['--export-on-exit', path])

  const live = new WebSocket(`${ready.url.replace('http', 'ws')}/api/changes`)
  await once(live, 'message')
  const closed = once(live, 'close')
  const open = await rawClient(ready.ports.smtp)
  for (const command of ['EHLO app.example', 'MAIL FROM:<app@example.org>', 'RCPT TO:<ada@example.com>', 'DATA'])
    await open.say(`${command}\r\n`)
  open.write('Subject: never ended\r\n\r\n')

  // Eight clients send as fast as they are answered, until they are told to go.
  const acknowledged: string[] = []
  const goodbyes = Array.from({ length: 8 }, async (_, n) => {
    const client = await rawClient(ready.ports.smtp)
    client.socket.on('error', () => {})
    await client.say('EHLO app.example\r\n')
    for (let m = 0; ; m += 1) {
      const answer = await sendRaw(client, Buffer.from(`Subject: load ${n}-${m}\r\n\r\n`)).catch(() => 'gone')
      if (!answer.startsWith('250')) return
      acknowledged.push(`${n}-${m}`)
    }
  })
  await expect.poll(() => acknowledged.length).toBeGreaterThan(100)
  server.kill('SIGTERM')

  expect(await open.reply()).toMatch(/^421 4\.3\.2 /)
  expect((await closed)[0]).toBe(1001)
  expect(await server.code).toBe(0)
  await Promise.all(goodbyes)
  const subjects = readFileSync(path, 'utf8').match(/^Subject: .*$/gm) ?? []
  expect(subjects).not.toContain('Subject: never ended')
  expect(new Set(subjects).size).toBe(subjects.length)
  for (const name of acknowledged) expect(subjects).toContain(`Subject: load ${name}`)
  expect(server.stdout).not.toContain('"fault"')
})

// Windows has no limit on what a process opens.
test.skipIf(process.platform === 'win32')(
  'out of file descriptors: who is there goes on, new ones are turned away, and then all is well again',
  async () => {
    const { server, ready } = await started([], 'ulimit -n 200')
    const connection = connect({ port: ready.ports.http, host: '127.0.0.1' })
    await once(connection, 'connect')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    agent.createConnection = () => connection
    const ask = async (path: string) => {
      const [answer] = (await once(get(ready.url + path, { agent }), 'response')) as [IncomingMessage]
      return { status: answer.statusCode, body: (await answer.toArray()).join('') }
    }
    const held = await rawClient(ready.ports.smtp)
    await held.say('EHLO app.example\r\n')
    await sendRaw(held, Buffer.from('Subject: before\r\n\r\n'))

    const crowd: Socket[] = []
    onTestFinished(() => {
      for (const socket of crowd) socket.destroy()
      agent.destroy()
    })
    const fill = async () => {
      let turnedAway = 0
      for (let n = 0; n < 300; n += 1) {
        const socket = connect({ port: ready.ports.smtp, host: '127.0.0.1' })
        socket.on('error', () => {})
        socket.on('close', () => {
          turnedAway += 1
        })
        crowd.push(socket.resume())
      }
      await expect.poll(() => turnedAway).toBeGreaterThan(100)
    }
    const empty = () => {
      for (const socket of crowd.splice(0)) socket.destroy()
    }

    // What answers HTTP is loaded late, and nothing is left to open it with: that it failed once must not stay.
    await fill()
    const { status, body } = await ask('/api/messages/latest')
    expect({ status, ...JSON.parse(body) }).toMatchObject({
      status: 503,
      error: 'busy',
      fix: expect.stringContaining('ulimit -n'),
    })
    empty()
    await expect.poll(async () => (await ask('/api/messages/latest')).status).toBe(200)

    await fill()
    expect(await sendRaw(held, Buffer.from('Subject: while full\r\n\r\n'))).toMatch(/^250 /)
    expect((await ask('/api/messages?limit=1')).body).toContain('"while full"')

    empty()
    await expect
      .poll(async () => {
        const client = await rawClient(ready.ports.smtp).catch(() => undefined)
        client?.socket.on('error', () => {})
        if (!client) return 'turned away'
        await client.say('EHLO app.example\r\n')
        return (await sendRaw(client, Buffer.from('Subject: behind it\r\n\r\n'))).slice(0, 3)
      })
      .toBe('250')
    expect(JSON.parse((await ask('/api/messages/latest')).body).subject).toBe('behind it')
    server.kill('SIGTERM')
    expect(await server.code).toBe(0)
    expect(server.stdout).not.toContain('"fault"')
  },
)

test('who stops reading in the middle of 50 MB costs no second copy, and holds up nobody and no stop', async () => {
  const mail = await startMaildouble({ maxMessageBytes: '64M', maxBytes: '256M' })
  const raw = Buffer.alloc(50_000_000, 'Subject: large\r\n\r\n')
  await mail.add(raw)
  const { id } = await mail.next()
  const answers = Array.from({ length: 2 }, async () => {
    const asked = get(`${mail.url}/api/messages/${id}/raw`, { agent: false })
    asked.on('error', () => {})
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.on('error', () => {})
    return answer.pause()
  })
  const before = process.memoryUsage().arrayBuffers
  const stalled = await Promise.all(answers)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(raw.length / 2)
  expect((await fetch(`${mail.url}/api/info`)).status).toBe(200)
  await mail.stop()
  const read = await Promise.all(stalled.map(answer => answer.toArray().catch(() => 'cut off')))
  expect(read).toEqual(['cut off', 'cut off'])
})
