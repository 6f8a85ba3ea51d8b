import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Listener, type ListenOptions, listen } from '../../server/net/listener.js'
import type { SmtpAnswer, SmtpEvent } from '../../server/smtp/session.js'
import { SmtpSession } from '../../server/smtp/session.js'
import { RecordMaker } from '../mail/make-records.js'
import { NO_RULES } from '../smtp/drive.js'
import { type Ask, Client, EchoSession, gate } from './sockets.js'

const hasIpv6 = Object.values(networkInterfaces()).some(list => list?.some(({ address }) => address === '::1'))

const open: Listener[] = []
const clients: Client[] = []

afterEach(async () => {
  vi.restoreAllMocks()
  for (const client of clients.splice(0)) client.socket.destroy()
  await Promise.all(open.splice(0).map(listener => listener.close()))
})

type EchoOptions = ListenOptions<Ask, string, EchoSession>

/** An echo server on a free port, and what it noticed. */
async function serve(options: Partial<EchoOptions> = {}) {
  const sessions: EchoSession[] = []
  const ended: EchoSession[] = []
  const errors: unknown[] = []
  const waiters: (() => void)[] = []
  const listener = await listen<Ask, string, EchoSession>({
    port: 0,
    portOption: '--echo-port',
    maxConnections: 100,
    idleTimeoutMs: 60_000,
    makeSession(peer) {
      const session = new EchoSession(peer)
      sessions.push(session)
      return session
    },
    handle: ({ text }) => `answer to ${text}`,
    onEnd(session) {
      ended.push(session)
      for (const waiter of waiters.splice(0)) waiter()
    },
    onError: error => errors.push(error),
    ...options,
  })
  open.push(listener)
  return {
    listener,
    sessions,
    ended,
    errors,
    async client(host?: string) {
      const client = await Client.open(listener.port, host)
      clients.push(client)
      return client
    },
    /** Resolves when `count` connections are gone. */
    async untilEnded(count = 1) {
      while (ended.length < count) await new Promise<void>(resolve => waiters.push(resolve))
    },
  }
}

/** Lets whatever is under way in the event loop happen. */
async function turns(count = 50): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise(resolve => setImmediate(resolve))
}

describe('a connection', () => {
  test('is told of its peer, and ends once', async () => {
    const { listener, client, sessions, ended, untilEnded } = await serve()
    const { socket, closed } = await client()
    expect(sessions[0]?.peer).toEqual({
      remoteAddress: '127.0.0.1',
      remotePort: socket.localPort,
      localPort: listener.port,
    })
    expect(listener.connections).toBe(1)
    socket.end('quit\r\n')
    expect(await closed).toBe('closed')
    await untilEnded()
    await turns()
    expect(ended).toEqual(sessions)
    expect(listener.connections).toBe(0)
  })

  test.skipIf(!hasIpv6)('comes to 127.0.0.1 and to ::1, and IPv4 looks like IPv4 on a socket for both', async () => {
    const { listener, client } = await serve()
    expect(listener.addresses).toEqual(['127.0.0.1', '::1'])
    await client('127.0.0.1')
    await client('::1')
    const both = await serve({ hosts: ['::'] })
    await both.client('127.0.0.1')
    expect(both.sessions[0]?.peer.remoteAddress).toBe('127.0.0.1')
  })
})

describe('writing', () => {
  /** How often the server wrote. */
  function countWrites(port: () => number) {
    let writes = 0
    const write = Socket.prototype.write
    vi.spyOn(Socket.prototype, 'write').mockImplementation(function (this: Socket, ...args: unknown[]) {
      if (this.localPort === port()) writes += 1
      return Reflect.apply(write, this, args)
    })
    return () => writes
  }

  test('a burst of commands is answered in one write', async () => {
    const { listener, client } = await serve()
    const connection = await client()
    const writes = countWrites(() => listener.port)
    connection.say(...Array.from({ length: 100 }, (_, n) => `echo ${n}`), 'ask now')
    await connection.until('99\r\nanswer to now\r\n')
    expect(writes()).toBe(1)
  })

  test('what was said leaves before an answer is waited for', async () => {
    const answer = gate<string>()
    const { client } = await serve({ handle: () => answer.promise })
    const connection = await client()
    connection.say('echo first', 'ask now', 'echo last')
    await connection.until('first\r\n')
    answer.open('answered')
    await connection.until('answered\r\nlast\r\n')
  })

  test('a client that reads late gets everything', async () => {
    const { listener } = await serve()
    const connection = new Client(listener.port)
    clients.push(connection)
    connection.say(...Array(300).fill('big 65536'), 'quit')
    await once(connection.socket, 'connect')
    await turns()
    connection.listen()
    expect(await connection.closed).toBe('closed')
    expect(connection.heard.length).toBe('hello\r\n'.length + 300 * 65_536 + 'bye\r\n'.length)
  })

  test('a client that never reads is not buffered, and dropped', async () => {
    const { listener, sessions, untilEnded } = await serve({ idleTimeoutMs: 100 })
    const connection = new Client(listener.port)
    clients.push(connection)
    connection.say(...Array(2000).fill('big 65536'))
    await untilEnded()
    // What the system's socket buffers take is not ours; 128 MB were asked for.
    expect(sessions[0]?.saidBytes).toBeLessThan(32 * 1024 * 1024)
  })

  test('long work gets its turns', async () => {
    const { client } = await serve()
    const connection = await client()
    connection.say('later', 'later', 'ask x', 'echo y')
    await connection.until('later\r\nlater\r\nanswer to x\r\ny\r\n')
  })
})

describe('reading while an answer is pending', () => {
  test('goes on for 64 KiB and then stops, and goes on again after it', async () => {
    const answer = gate<string>()
    const { client, sessions } = await serve({ handle: () => answer.promise })
    const connection = await client()
    const [session] = sessions as [EchoSession]
    connection.socket.write(`ask now\r\n${'echo 1234567890\r\n'.repeat(400_000)}quit\r\n`)
    await vi.waitFor(() => expect(session.receivedBytes).toBeGreaterThanOrEqual(64 * 1024), { interval: 1 })
    await turns()
    expect(session.receivedBytes).toBeLessThanOrEqual(3 * 64 * 1024)
    answer.open('answered')
    expect(await connection.closed).toBe('closed')
    expect(connection.heard.length).toBe('hello\r\nanswered\r\nbye\r\n'.length + 400_000 * '1234567890\r\n'.length)
  })

  test('a reset is noticed, and the session still gets its answer', async () => {
    const answer = gate<string>()
    const { listener, client, ended, untilEnded } = await serve({ handle: () => answer.promise })
    const connection = await client()
    connection.say('echo ready', 'ask now')
    await connection.until('ready\r\n')
    connection.socket.resetAndDestroy()
    await vi.waitFor(() => expect(listener.connections).toBe(0), { interval: 1 })
    expect(ended).toEqual([])
    answer.open('answered')
    await untilEnded()
    expect(ended[0]?.answers).toEqual(['answered'])
  })

  test('a client that has closed its half gets every reply', async () => {
    const answer = gate<string>()
    const { client, sessions } = await serve({ handle: () => answer.promise })
    const connection = await client()
    connection.socket.end('ask now\r\necho last\r\n')
    await turns()
    answer.open('answered')
    expect(await connection.closed).toBe('closed')
    expect(connection.heard).toBe('hello\r\nanswered\r\nlast\r\n')
    expect(sessions[0]?.interruptions[0]).toBe('end')
  })
})

describe('closing', () => {
  test('what the client sends behind its last command does not cost it the last reply', async () => {
    const { client } = await serve()
    const connection = await client()
    connection.say('quit', ...Array(50_000).fill('echo too late'))
    await connection.until('bye\r\n')
    expect(await connection.closed).toBe('closed')
  })

  test('a client that does not close its half is not waited for', async () => {
    const { listener, untilEnded } = await serve({ closeGraceMs: 20 })
    const connection = new Client(listener.port, '127.0.0.1', { allowHalfOpen: true })
    clients.push(connection)
    connection.listen()
    connection.say('quit')
    await untilEnded()
    expect(connection.heard).toBe('hello\r\nbye\r\n')
  })

  test('silence ends in the words of the protocol', async () => {
    const { client } = await serve({ idleTimeoutMs: 40 })
    const connection = await client()
    expect(await connection.closed).toBe('closed')
    expect(connection.heard).toBe('hello\r\n!idle\r\n')
  })

  test('who waits for our answer is not silent', async () => {
    const answer = gate<string>()
    const { client } = await serve({ idleTimeoutMs: 40, handle: () => answer.promise })
    const waiting = await client()
    waiting.say('ask now')
    // As long as it takes another one to be sent away twice over.
    for (let n = 0; n < 2; n++) await (await client()).closed
    answer.open('answered')
    await waiting.until('answered\r\n')
  })
})

describe('close', () => {
  test('says goodbye to everyone, frees the port, and may be called twice', async () => {
    const { listener, client, untilEnded } = await serve()
    const connections = [await client(), await client()]
    await Promise.all([listener.close(), listener.close()])
    await untilEnded(2)
    for (const connection of connections) {
      expect(await connection.closed).toBe('closed')
      expect(connection.heard).toBe('hello\r\n!shutdown\r\n')
    }
    const again = await serve({ port: listener.port })
    expect(again.listener.port).toBe(listener.port)
  })

  test('does not wait for a client that never reads', async () => {
    const { listener, sessions } = await serve({ closeGraceMs: 20 })
    const connection = new Client(listener.port)
    clients.push(connection)
    connection.say(...Array(2000).fill('big 65536'))
    await vi.waitFor(() => expect(sessions[0]?.saidBytes).toBeGreaterThan(65_536), { interval: 1 })
    await listener.close()
    expect(listener.connections).toBe(0)
  })
})

describe('too many connections', () => {
  test('are told so, and a place that becomes free can be taken', async () => {
    const { listener, client, untilEnded } = await serve({ maxConnections: 1 })
    const first = await client()
    const second = new Client(listener.port)
    clients.push(second)
    second.listen()
    expect(await second.closed).toBe('closed')
    expect(second.heard).toBe('!overload\r\n')
    first.socket.end('quit\r\n')
    await untilEnded(2)
    await client()
  })
})

describe('a defect of ours', () => {
  test.each([
    ['in a session', 'throw', {}],
    ['in a handler', 'ask', { handle: () => fail() }],
    ['in a handler that promised', 'ask', { handle: async () => fail() }],
    ['in the end', 'quit', { onEnd: () => fail() }],
  ] satisfies [string, string, Partial<EchoOptions>][])(
    '%s costs one connection, and is reported',
    async (_name, line, options) => {
      const { client, errors } = await serve(options)
      const other = await client()
      const connection = await client()
      connection.say('echo before', line)
      expect(await connection.closed).toBe('closed')
      expect(connection.heard).toBe(`hello\r\nbefore\r\n${line === 'quit' ? 'bye' : '!failure'}\r\n`)
      await vi.waitFor(
        () => expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('a defect') })]),
        { interval: 1 },
      )
      other.say('echo still here')
      await other.until('still\r\n')
    },
  )

  test('in making a session is a connection that closes', async () => {
    const { listener, errors } = await serve({ makeSession: () => fail() })
    const connection = new Client(listener.port)
    clients.push(connection)
    connection.listen()
    await connection.closed
    expect(errors).toHaveLength(1)
  })

  function fail(): never {
    throw new Error('a defect')
  }
})

test('a message over SMTP: its bytes come through, and 250 comes after it is stored', async () => {
  const body = Buffer.concat([
    Buffer.from('Subject: all bytes\r\n\r\n'),
    Buffer.from(Array.from({ length: 256 }, (_, n) => n)),
    Buffer.alloc(3_000_000, '\r\n.a line\r\n'),
    Buffer.from('\r\n'),
  ])
  const stored: Buffer[] = []
  const maker = new RecordMaker()
  const listener = await listen<SmtpEvent, SmtpAnswer, SmtpSession>({
    port: 0,
    portOption: '--smtp-port',
    maxConnections: 10,
    idleTimeoutMs: 60_000,
    makeSession: peer =>
      new SmtpSession({
        peer,
        options: {
          name: 'double.test',
          maxMessageBytes: 5_000_000,
          maxRecipients: 10,
          maxLineBytes: 4096,
          maxAuthLineBytes: 12_288,
          maxProtocolErrors: 10,
          tls: false,
          requireTls: false,
          requireAuth: false,
          strict: false,
          without: [],
        },
        record: maker.open(),
        judge: NO_RULES,
        now: Date.now,
        random: randomBytes,
      }),
    async handle(event) {
      if (event.type === 'message') stored.push(event.received.raw)
      return { type: 'stored', id: 'm1' }
    },
    onError: error => {
      throw error
    },
  })
  open.push(listener)
  const connection = new Client(listener.port)
  clients.push(connection)
  connection.listen()
  const steps = ['EHLO a.test', 'MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA']
  await connection.until('maildouble\r\n')
  for (const [n, step] of steps.entries()) {
    connection.say(step)
    await connection.until(n === 0 ? '250 HELP\r\n' : 'a single dot\r\n')
  }
  connection.socket.write(body.toString('latin1').replace(/(^|\r\n)\./g, '$1..'), 'latin1')
  connection.socket.write('.\r\nQUIT\r\n')
  expect(await connection.closed).toBe('closed')
  expect(connection.heard).toMatch(/250 2\.0\.0 Ok: queued as m1\r\n221 2\.0\.0 Bye\r\n$/)
  expect(stored).toHaveLength(1)
  expect(stored[0]?.equals(body)).toBe(true)
})
