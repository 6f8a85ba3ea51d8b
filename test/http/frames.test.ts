/**
 * What WebSocket clients may say that is no WebSocket (RFC 6455): the connection is closed with the code that the RFC has
 * for it, others go on, nothing is kept, and nothing is logged as a defect of ours.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MAX_CLIENT_FRAME_BYTES } from '../../server/http/changes.js'
import { type Fixture, makeApp, newApp } from './helpers.js'

/** Where live events are to be had: from us, and from adapters that are there. */
const { app: anApp } = await newApp()
const ROUTES = ['/api/changes', '/api/v2/websocket', '/messages'].filter(url => anApp.hasRoute({ method: 'GET', url }))
await anApp.close()

const FIN = 0x80
const RSV1 = 0x40
const MASKED = 0x80
const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10

/** What comes of a server: frames in order, and the end. */
interface Frame {
  opcode: number
  payload: Buffer
}

/** A frame of a client's: masked with zeros unless said, so that its payload stands in it as it is. */
function frame(first: number, payload: Buffer | string = '', { masked = true, length = -1 } = {}): Buffer {
  const bytes = Buffer.from(payload)
  const size = length < 0 ? bytes.length : length
  const long = size > 0xffff ? 127 : size > 125 ? 126 : size
  const extended = Buffer.alloc(long === 127 ? 8 : long === 126 ? 2 : 0)
  if (long === 126) extended.writeUInt16BE(size)
  if (long === 127) extended.writeBigUInt64BE(BigInt(size))
  const head = Buffer.from([first, long | (masked ? MASKED : 0)])
  return Buffer.concat([head, extended, Buffer.alloc(masked ? 4 : 0), bytes])
}

function closing(code: number, reason = ''): Buffer {
  return frame(FIN | CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]))
}

/** A client that says what it is told, over a socket of its own. */
async function openClient({ app }: Fixture, route = '/api/changes') {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const socket: Socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const frames: Frame[] = []
  let come = Buffer.alloc(0)
  let isOpen = false
  socket.on('error', () => {})
  socket.on('data', chunk => {
    come = Buffer.concat([come, chunk])
    const headEnd = come.indexOf('\r\n\r\n')
    if (!isOpen && headEnd >= 0) {
      isOpen = come.toString('latin1', 0, headEnd).startsWith('HTTP/1.1 101 ')
      come = come.subarray(headEnd + 4)
    }
    for (let next = isOpen && frameIn(come); next; next = frameIn(come)) {
      frames.push(next.frame)
      come = come.subarray(next.bytes)
    }
  })
  const key = Buffer.alloc(16, 7).toString('base64')
  socket.write(
    `GET ${route} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  await expect.poll(() => isOpen, { interval: 2 }).toBe(true)
  return {
    socket,
    frames,
    texts: () => frames.filter(({ opcode }) => opcode === TEXT).map(({ payload }) => payload.toString()),
    /** The code of the server's close, once the connection is closed. */
    async closeCode(): Promise<number | null> {
      if (!socket.closed) await once(socket, 'close')
      const close = frames.find(({ opcode }) => opcode === CLOSE)
      return close && close.payload.length >= 2 ? close.payload.readUInt16BE() : null
    },
  }
}

/** The frame that bytes of the server's begin with: never masked, and short enough for two bytes of length. */
function frameIn(bytes: Buffer): { frame: Frame; bytes: number } | undefined {
  if (bytes.length < 2) return undefined
  const short = (bytes[1] as number) & 0x7f
  const start = short === 126 ? 4 : 2
  if (bytes.length < start) return undefined
  const end = start + (short === 126 ? bytes.readUInt16BE(2) : short)
  if (bytes.length < end) return undefined
  return { frame: { opcode: (bytes[0] as number) & 0xf, payload: bytes.subarray(start, end) }, bytes: end }
}

const HALF = Math.ceil(MAX_CLIENT_FRAME_BYTES / 2) + 1
const BROKEN: [what: string, bytes: Buffer, code: number][] = [
  ['a frame without a mask', frame(FIN | TEXT, 'x', { masked: false }), 1002],
  ['an opcode for data that nobody knows', frame(FIN | 3), 1002],
  ['an opcode for control that nobody knows', frame(FIN | 11), 1002],
  ['a bit for an extension that was not agreed on', frame(FIN | RSV1 | TEXT, 'x'), 1002],
  ['a control frame in fragments', frame(PING, 'x'), 1002],
  ['a control frame that is too long', frame(FIN | PING, 'x'.repeat(126)), 1002],
  ['a continuation of nothing', frame(FIN | 0, 'x'), 1002],
  ['a message within a message', Buffer.concat([frame(TEXT, 'x'), frame(FIN | TEXT, 'y')]), 1002],
  ['a close of one byte', frame(FIN | CLOSE, 'x'), 1002],
  ['a close code that is never sent', closing(1005), 1002],
  ['a close code below all', closing(999), 1002],
  ['a close whose reason is no UTF-8', frame(FIN | CLOSE, Buffer.from([3, 0xe8, 0xff])), 1007],
  ['a text that is no UTF-8', frame(FIN | TEXT, Buffer.from([0xc3, 0x28])), 1007],
  ['a frame over the bound', frame(FIN | TEXT, 'x'.repeat(MAX_CLIENT_FRAME_BYTES + 1)), 1009],
  ['a frame that says it is large, and does not come', frame(FIN | BINARY, '', { length: 2 ** 40 }), 1009],
  ['a length beyond all', frame(FIN | BINARY, '', { length: Number.MAX_SAFE_INTEGER + 1 }), 1009],
  ['fragments over the bound', Buffer.concat([frame(TEXT, 'x'.repeat(HALF)), frame(0, 'x'.repeat(HALF))]), 1009],
]

describe.each(ROUTES)('%s', route => {
  // What a route has of its own is what it sends: two of all are enough to see that it is like the first.
  test.each(route === ROUTES[0] ? BROKEN : [BROKEN[0], BROKEN[13]].flatMap(row => (row ? [row] : [])))(
    '%s closes the connection, and no other',
    async (_what, bytes, code) => {
      const fixture = await makeApp()
      const other = await openClient(fixture, route)
      const client = await openClient(fixture, route)
      client.socket.write(bytes)
      expect(await client.closeCode()).toBe(code)
      const before = other.texts().length
      await fixture.add()
      await expect.poll(() => other.texts().length, { interval: 2 }).toBeGreaterThan(before)
      expect(fixture.defects).toEqual([])
    },
  )
})

test.each([
  ['a text', frame(FIN | TEXT, 'hello')],
  ['bytes', frame(FIN | BINARY, Buffer.from([0, 255]))],
  ['nothing', frame(FIN | TEXT)],
  ['a frame at the bound', frame(FIN | TEXT, 'x'.repeat(MAX_CLIENT_FRAME_BYTES))],
  [
    'a message in fragments with a ping among them',
    Buffer.concat([frame(TEXT, 'a'), frame(FIN | PING, 'p'), frame(FIN | 0, 'b')]),
  ],
  ['empty fragments without end', Buffer.concat([frame(TEXT, 'a'), ...Array.from({ length: 10_000 }, () => frame(0))])],
  ['a pong that nobody asked for', frame(FIN | PONG, 'x')],
  ['half a frame', frame(FIN | TEXT, 'hello').subarray(0, 8)],
])('%s is passed over', async (_what, bytes) => {
  const fixture = await makeApp()
  const client = await openClient(fixture)
  client.socket.write(bytes)
  await fixture.add()
  await expect.poll(() => client.texts().length, { interval: 2 }).toBe(2)
  expect(client.socket.closed).toBe(false)
  expect(fixture.defects).toEqual([])
})

test.each([
  [1000, closing(1000, 'bye')],
  [4000, closing(4000)],
  [null, frame(FIN | CLOSE)],
])('a close with %j is answered with the same', async (code, bytes) => {
  const client = await openClient(await makeApp())
  client.socket.write(bytes)
  expect(await client.closeCode()).toBe(code)
})

test('a ping is answered; who pings without waiting for answers is ended', async () => {
  const fixture = await makeApp()
  const client = await openClient(fixture)
  client.socket.write(frame(FIN | PING, 'are you there'))
  await expect.poll(() => client.frames.find(({ opcode }) => opcode === PONG)?.payload.toString()).toBe('are you there')
  client.socket.pause()
  client.socket.write(Buffer.alloc(131 * 10_000, frame(FIN | PING, 'x'.repeat(125))))
  const closed = once(client.socket, 'close')
  client.socket.resume()
  await closed
  expect(fixture.defects).toEqual([])
})
