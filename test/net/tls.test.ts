/** TLS under a connection, by real handshakes: how it is put there, and what is told of those that fail. */
import { type Socket, connect as tcpConnect } from 'node:net'
import { type ConnectionOptions, createSecureContext, connect as tlsConnect } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type CertifiedKey, issue, lifetimeFrom, makeAuthority } from '../../server/net/certificate.js'
import { type Listener, type ListenOptions, listen } from '../../server/net/listener.js'
import { type Ask, Client, EchoSession, gate } from './sockets.js'

let authority: CertifiedKey
let context: ReturnType<typeof createSecureContext>
beforeAll(() => {
  authority = makeAuthority(Date.now())
  context = createSecureContext(issue(authority, { names: ['localhost'], ...lifetimeFrom(Date.now()) }))
})

const open: Listener[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(open.splice(0).map(listener => listener.close()))
})

interface ServeOptions extends Partial<ListenOptions<Ask, string, EchoSession>> {
  implicit?: boolean
}

/** An echo server with TLS on a free port. */
async function serve({ implicit = false, ...options }: ServeOptions = {}) {
  const sessions: EchoSession[] = []
  const errors: unknown[] = []
  const ended = gate<EchoSession>()
  const listener = await listen<Ask, string, EchoSession>({
    port: 0,
    portOption: '--echo-port',
    maxConnections: 100,
    idleTimeoutMs: 60_000,
    tls: { implicit, context: () => context },
    makeSession(peer) {
      const session = new EchoSession(peer)
      sessions.push(session)
      return session
    },
    handle: ({ text }) => `answer to ${text}`,
    onEnd: ended.open,
    onError: error => errors.push(error),
    ...options,
  })
  open.push(listener)
  return { listener, port: listener.port, sessions, errors, ended: ended.promise }
}

/** A client in the clear. */
function clear(port: number): Client {
  const client = new Client(port)
  sockets.push(client.socket)
  client.listen()
  return client
}

/** A client over TLS, over a connection that is there or a new one. */
function secure(port: number, over?: Socket, options: ConnectionOptions = {}): Client {
  const trusting = { ca: authority.cert, servername: 'localhost', ...options }
  const socket = tlsConnect(over ? { ...trusting, socket: over } : { ...trusting, host: '127.0.0.1', port })
  sockets.push(socket)
  const client = new Client(socket)
  client.listen()
  return client
}

/** A client after `starttls`, still in the clear. */
async function asksForTls(port: number): Promise<Client> {
  const client = clear(port)
  await client.until('hello\r\n')
  client.say('starttls')
  await client.until('go\r\n')
  client.socket.removeAllListeners('data')
  return client
}

describe('TLS from the first byte', () => {
  test('comes before the greeting; version and cipher are told', async () => {
    const { port, sessions } = await serve({ implicit: true })
    const client = secure(port)
    await client.until('hello\r\n')
    client.say('echo secret', 'ask now')
    await client.until('secret\r\nanswer to now\r\n')
    expect(sessions[0]?.tls).toEqual({ version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' })
  })

  test('a client that closes its half gets every reply, and a large answer comes through', async () => {
    const { port } = await serve({ implicit: true })
    const client = secure(port)
    client.socket.end(`${'big 65536\r\n'.repeat(50)}quit\r\n`)
    expect(await client.closed).toBe('closed')
    expect(client.heard.length).toBe('hello\r\n'.length + 50 * 65_536 + 'bye\r\n'.length)
  })

  test('too many connections: closed, since nothing can be said in the clear', async () => {
    const { port, sessions } = await serve({ implicit: true, maxConnections: 1 })
    const first = secure(port)
    await first.until('hello\r\n')
    const second = clear(port)
    await second.closed
    expect(second.heard).toBe('')
    expect(sessions[1]?.interruptions[0]).toBe('overload')
  })

  test('closing the listener ends sessions in words, and handshakes without', async () => {
    const { port, listener } = await serve({ implicit: true })
    const client = secure(port)
    await client.until('hello\r\n')
    const silent = clear(port)
    await new Promise(resolve => silent.socket.once('connect', resolve))
    await listener.close()
    expect(await client.closed).toBe('closed')
    expect(client.heard).toBe('hello\r\n!shutdown\r\n')
    await silent.closed
    expect(silent.heard).toBe('')
  })
})

describe('STARTTLS', () => {
  test('puts TLS under a connection that has begun in the clear', async () => {
    const { port, sessions } = await serve()
    const client = secure(port, (await asksForTls(port)).socket)
    await new Promise(resolve => client.socket.once('secureConnect', resolve))
    client.say('echo secret')
    await client.until('secret\r\n')
    expect(sessions[0]?.tls?.version).toBe('TLSv1.3')
  })

  test('what was pipelined behind it in the clear never reaches the session (CVE-2011-0411)', async () => {
    const { port, sessions } = await serve()
    const plain = clear(port)
    await plain.until('hello\r\n')
    plain.say('starttls', 'echo injected')
    await plain.until('go\r\n')
    plain.socket.removeAllListeners('data')
    const client = secure(port, plain.socket)
    await new Promise(resolve => client.socket.once('secureConnect', resolve))
    client.say('echo mine')
    await client.until('mine\r\n')
    expect(client.heard).toBe('mine\r\n')
    expect(sessions[0]?.receivedAfterTls).toBe('echo mine\r\n')
  })

  test('a session that asks for TLS where there is no certificate is a defect of ours', async () => {
    const { port, errors } = await serve({ tls: undefined })
    const client = clear(port)
    await client.until('hello\r\n')
    client.say('starttls')
    await client.closed
    expect(errors).toHaveLength(1)
  })
})

describe('a handshake that fails has a session, and is told in words', () => {
  /** What the session was told. */
  async function reason(server: { ended: Promise<EchoSession> }): Promise<string | undefined> {
    const session = await server.ended
    expect(session.interruptions[0]).toBe('tls-failed')
    expect(session.tls).toBeNull()
    return session.detail
  }

  const failures: [what: string, implicit: boolean, how: (port: number) => unknown, why: RegExp][] = [
    [
      'SMTP in the clear',
      true,
      port => clear(port).say('EHLO client.test'),
      /^the app spoke in the clear to the TLS port/,
    ],
    ['HTTP in the clear', true, port => clear(port).say('GET / HTTP/1.1', ''), /^a browser or another HTTP client/],
    ['a certificate that the app does not trust', true, port => secure(port, undefined, { ca: [] }), /does not trust/],
    ['another name', true, port => secure(port, undefined, { servername: 'other.test' }), /does not trust/],
    [
      'TLS 1.1',
      true,
      port => secure(port, undefined, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
      /^the app offered no TLS version from 1\.2 on$/,
    ],
    [
      'no cipher in common',
      true,
      port => secure(port, undefined, { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }),
      /^the app offered no cipher suite/,
    ],
    [
      'silence, and gone',
      true,
      port => clear(port).socket.end(),
      /^the app said nothing on the TLS port: it seems to wait/,
    ],
    ['half a hello, and gone', true, port => clear(port).socket.end('\x16\x03\x01\x02\x00\x01'), /^the app broke off/],
    [
      'in the clear behind STARTTLS',
      false,
      async port => (await asksForTls(port)).say('NOOP and on'),
      /^the app went on in the clear/,
    ],
    ['gone behind STARTTLS', false, async port => (await asksForTls(port)).socket.end(), /after STARTTLS$/],
  ]
  test.each(failures)('%s', async (_what, implicit, how, why) => {
    const server = await serve({ implicit })
    await how(server.port)
    expect(await reason(server)).toMatch(why)
    // The next connection works.
    if (implicit) await secure(server.port).until('hello\r\n')
    else await clear(server.port).until('hello\r\n')
  })

  test('a reset', async () => {
    const server = await serve({ implicit: true })
    const { socket } = clear(server.port)
    socket.write('\x16\x03\x01\x02\x00\x01', 'latin1', () => socket.resetAndDestroy())
    expect(await reason(server)).toMatch(/^the app (?:reset the connection|broke off)/)
  })

  test.each([
    ['silence', ''],
    ['half a hello', '\x16\x03\x01\x02\x00\x01'],
  ])('%s ends with the idle timeout', async (_what, bytes) => {
    const server = await serve({ implicit: true, idleTimeoutMs: 40 })
    const client = clear(server.port)
    client.socket.write(Buffer.from(bytes, 'latin1'))
    expect(await reason(server)).toMatch(bytes === '' ? /^the app said nothing on the TLS port/ : /^the app broke off/)
    await client.closed
    expect(client.heard).toBe('')
  })
})

test('the same port is TCP below: a connection in the clear gets no greeting on the TLS port', async () => {
  const { port } = await serve({ implicit: true })
  const socket = tcpConnect(port, '127.0.0.1')
  sockets.push(socket)
  let heard = ''
  socket.on('data', chunk => {
    heard += chunk
  })
  await secure(port).until('hello\r\n')
  expect(heard).toBe('')
})
