/** What a session can want of its driver beside answers: pauses, stalls and resets, and a port that is closed for a while. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createSecureContext, connect as tlsConnect } from 'node:tls'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { issue, lifetimeFrom, makeAuthority } from '../../server/net/certificate.js'
import { type Listener, type ListenOptions, listen } from '../../server/net/listener.js'
import { type Ask, Client, EchoSession } from './sockets.js'

/** Longer than any test may take: what is awaited comes before its end, or not at all. */
const FOR_EVER_MS = 600_000

const open: Listener[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(open.splice(0).map(listener => listener.close()))
})

async function serve(options: Partial<ListenOptions<Ask, string, EchoSession>> = {}) {
  const sessions: EchoSession[] = []
  const errors: unknown[] = []
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
    onError: error => errors.push(error),
    ...options,
  })
  open.push(listener)
  const client = async () => {
    const opened = await Client.open(listener.port)
    sockets.push(opened.socket)
    return opened
  }
  /** Resolves when no connection is open. */
  const untilNoneIsOpen = () => vi.waitFor(() => expect(listener.connections).toBe(0), { interval: 1 })
  return { listener, sessions, errors, client, untilNoneIsOpen }
}

describe('a pause', () => {
  test('comes after what was said, and then it goes on', async () => {
    const { client } = await serve()
    const connection = await client()
    connection.say('echo before', 'pause 20', 'echo after', 'quit')
    await connection.until('before\r\n')
    expect(await connection.closed).toBe('closed')
    expect(connection.heard).toBe('hello\r\nbefore\r\nafter\r\nbye\r\n')
  })

  test('touches no other connection, and ends with the server', async () => {
    const { client, listener } = await serve()
    const held = await client()
    held.say('echo before', `pause ${FOR_EVER_MS}`, 'echo after')
    await held.until('before\r\n')
    const other = await client()
    other.say('echo meanwhile')
    await other.until('meanwhile\r\n')
    await listener.close()
    expect(await held.closed).toBe('closed')
    expect(held.heard).toBe('hello\r\nbefore\r\n!shutdown\r\n')
  })

  test('a client that resets is noticed at once', async () => {
    const { client, sessions, untilNoneIsOpen } = await serve()
    const held = await client()
    held.say('echo before', `pause ${FOR_EVER_MS}`)
    await held.until('before\r\n')
    held.socket.resetAndDestroy()
    await untilNoneIsOpen()
    expect(sessions[0]?.interruptions).toEqual(['end'])
  })

  test('is cut short, with all that follow, for a client that has closed its half, which still gets its replies', async () => {
    const { client } = await serve({ closeGraceMs: 20 })
    const held = await client()
    held.say('echo before', ...Array(1000).fill(`pause ${FOR_EVER_MS}`), 'echo after')
    await held.until('before\r\n')
    held.socket.end()
    expect(await held.closed).toBe('closed')
    expect(held.heard).toBe('hello\r\nbefore\r\nafter\r\n')
  })

  test('does not let a client fill the memory', async () => {
    const { client, sessions } = await serve()
    const held = await client()
    held.socket.write(`pause ${FOR_EVER_MS}\r\n${'echo 1234567890\r\n'.repeat(400_000)}`)
    await vi.waitFor(() => expect(sessions[0]?.receivedBytes).toBeGreaterThanOrEqual(64 * 1024), { interval: 1 })
    for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
    expect(sessions[0]?.receivedBytes).toBeLessThanOrEqual(3 * 64 * 1024)
  })
})

describe('a stall', () => {
  test('says nothing more, and ends when the client leaves, whatever it had sent', async () => {
    const { client, sessions, untilNoneIsOpen } = await serve()
    const stalled = await client()
    stalled.say('echo before', 'stall', ...Array(100_000).fill('echo 1234567890'))
    stalled.socket.end()
    await untilNoneIsOpen()
    expect(stalled.heard).toBe('hello\r\nbefore\r\n')
    expect(sessions[0]?.interruptions[0]).toBe('end')
  })

  test('ends with the server', async () => {
    const { client, listener } = await serve()
    const stalled = await client()
    stalled.say('echo before', 'stall')
    await stalled.until('before\r\n')
    await listener.close()
    expect(await stalled.closed).toBe('closed')
  })
})

test('neither a pause nor a stall is silence of the client', async () => {
  const { client } = await serve({ idleTimeoutMs: 40 })
  const held = await client()
  held.say('echo held', `pause ${FOR_EVER_MS}`)
  const stalled = await client()
  stalled.say('echo stalled', 'stall')
  await stalled.until('stalled\r\n')
  // As long as it takes others to be sent away twice over.
  for (let n = 0; n < 2; n++) await (await client()).closed
  expect(held.heard).toBe('hello\r\nheld\r\n')
  expect(stalled.heard).toBe('hello\r\nstalled\r\n')
})

describe('a reset', () => {
  test('is one', async () => {
    const { client } = await serve()
    const connection = await client()
    connection.say('reset')
    expect(await connection.closed).toBe('reset')
  })

  test('comes after what was said', async () => {
    const { client } = await serve()
    const connection = await client()
    connection.say('echo before', 'reset')
    expect(await connection.closed).toBe('reset')
    expect(connection.heard).toBe('hello\r\nbefore\r\n')
  })

  test('under TLS is one of the TCP connection', async () => {
    const authority = makeAuthority(Date.now())
    const context = createSecureContext(issue(authority, { names: ['localhost'], ...lifetimeFrom(Date.now()) }))
    // A certificate that has to be made first is waited for.
    const { listener } = await serve({ tls: { implicit: true, context: async () => context } })
    const client = new Client(
      tlsConnect({ port: listener.port, host: '127.0.0.1', ca: authority.cert, servername: 'localhost' }),
    )
    sockets.push(client.socket)
    client.listen()
    await client.until('hello\r\n')
    client.say('reset')
    expect(await client.closed).toBe('reset')
    expect(client.heard).toBe('hello\r\n')
  })
})

describe('a port that is closed for a while', () => {
  /** What an app sees that connects: nothing wrong, or the system's code. */
  async function outcomeOf(port: number): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    return new Promise(resolve => {
      socket.once('connect', () => resolve('connected'))
      socket.once('error', error => resolve('code' in error ? String(error.code) : error.message))
    })
  }

  test('refuses connections, and takes them again; those that are open go on', async () => {
    const { listener, client } = await serve()
    const earlier = await client()
    listener.setAccepting(false)
    expect(await outcomeOf(listener.port)).toBe('ECONNREFUSED')
    earlier.say('echo still here')
    await earlier.until('still\r\n')
    listener.setAccepting(true)
    await vi.waitFor(async () => expect(await outcomeOf(listener.port)).toBe('connected'), { interval: 1 })
    const later = await client()
    await later.until('hello\r\n')
  })

  test('keeps to what was said last', async () => {
    const { listener } = await serve()
    for (const accepting of [false, true, false, true, false]) listener.setAccepting(accepting)
    await vi.waitFor(async () => expect(await outcomeOf(listener.port)).toBe('ECONNREFUSED'), { interval: 1 })
    await listener.close()
  })

  // Opening takes some ticks, and what comes between them must not lose the word that it is done.
  test.each([0, 1, 2, 3, 4])('is closed and opened again %i ticks after it began to open', async ticks => {
    const { listener } = await serve()
    listener.setAccepting(false)
    listener.setAccepting(true)
    for (let tick = 0; tick < ticks; tick++) await new Promise(resolve => process.nextTick(resolve))
    listener.setAccepting(false)
    await vi.waitFor(async () => expect(await outcomeOf(listener.port)).toBe('ECONNREFUSED'), { interval: 1 })
    listener.setAccepting(true)
    await vi.waitFor(async () => expect(await outcomeOf(listener.port)).toBe('connected'), { interval: 1 })
  })

  test.each([0, 1, 2, 3, 4])('ends %i ticks after it began to open', async ticks => {
    const { listener } = await serve()
    listener.setAccepting(false)
    listener.setAccepting(true)
    for (let tick = 0; tick < ticks; tick++) await new Promise(resolve => process.nextTick(resolve))
    await listener.close()
    expect(await outcomeOf(listener.port)).toBe('ECONNREFUSED')
  })

  test('that another program has taken meanwhile is reported once, and taken back when it is free', async () => {
    const { listener, errors } = await serve({ hosts: ['127.0.0.1'] })
    listener.setAccepting(false)
    const squatter = createServer().listen(listener.port, '127.0.0.1')
    await once(squatter, 'listening')
    listener.setAccepting(true)
    await vi.waitFor(() => expect(errors).toHaveLength(1), { interval: 1 })
    expect(errors[0]).toMatchObject({ code: 'EADDRINUSE', message: expect.stringContaining(String(listener.port)) })
    squatter.close()
    const reopened = async () => {
      const client = new Client(listener.port)
      sockets.push(client.socket)
      client.listen()
      await client.until('hello\r\n')
    }
    await vi.waitFor(async () => expect(await outcomeOf(listener.port)).toBe('connected'), { timeout: 5000 })
    await reopened()
    expect(errors).toHaveLength(1)
  })
})
