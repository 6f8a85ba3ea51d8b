/** Clients that break off, fall silent, or speak nothing that is SMTP, TLS or HTTP. None of it may cost another anything. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Actor, pause, type Scene, times } from './actors.js'
import { Dialogue, Gone, stuffed } from './dialogue.js'
import { plain } from './mails.js'

/** Up to the 354, with the message that is to follow. */
async function begun({ ledger, server }: Scene) {
  const entry = ledger.enter('broken', plain(5000))
  const dialogue = await Dialogue.open(server)
  await dialogue.say('EHLO broken.example\r\n', '250')
  await dialogue.say('MAIL FROM:<app@example.org>\r\n', '250')
  await dialogue.say('RCPT TO:<ada@example.com>\r\n', '250')
  await dialogue.say('DATA\r\n', '354')
  return { entry, dialogue, data: stuffed(entry.raw) }
}

const dropsInData: Actor = {
  name: 'drop in DATA',
  everyMs: 100,
  async act(scene) {
    const { entry, dialogue, data } = await begun(scene)
    dialogue.socket.write(data.subarray(0, data.length - 5))
    if (Math.random() < 0.5) dialogue.destroy()
    else dialogue.socket.end()
    scene.ledger.abandon(entry, 'never')
    if (!dialogue.socket.closed) await once(dialogue.socket, 'close')
  },
}

const resetsInData: Actor = {
  name: 'reset in DATA',
  everyMs: 150,
  async act(scene) {
    const { entry, dialogue, data } = await begun(scene)
    dialogue.socket.write(data.subarray(0, Math.floor(Math.random() * (data.length - 5))))
    await pause(5, scene.over)
    dialogue.socket.resetAndDestroy()
    scene.ledger.abandon(entry, 'never')
  },
}

const leavesBeforeAnswer: Actor = {
  name: 'leaves before the 250',
  everyMs: 150,
  async act(scene) {
    const { entry, dialogue, data } = await begun(scene)
    dialogue.socket.write(data, () => {
      if (Math.random() < 0.5) dialogue.socket.resetAndDestroy()
      else dialogue.destroy()
    })
    scene.ledger.abandon(entry, 'unknown')
    await once(dialogue.socket, 'close')
  },
}

/** Closes its half behind its last command, and still gets every reply. */
const closesItsHalf: Actor = {
  name: 'half-open',
  everyMs: 200,
  async act(scene) {
    const { entry, dialogue, data } = await begun(scene)
    dialogue.socket.end(data)
    scene.ledger.settle(entry, await dialogue.reply())
    if (!dialogue.socket.closed) await once(dialogue.socket, 'close')
  },
}

/** Says nothing more, until the server has had enough of it. */
const fallsSilent: Actor = {
  name: 'silent',
  everyMs: 500,
  async act(scene) {
    const { entry, dialogue, data } = await begun(scene)
    dialogue.socket.write(data.subarray(0, 100))
    scene.ledger.abandon(entry, 'never')
    try {
      for (;;) await dialogue.expect('421')
    } catch (error) {
      if (!(error instanceof Gone)) throw error
    }
  },
}

/** Bytes to a port, and whatever comes back, until the server closes or it has been long enough. */
async function talkNonsense(port: number, bytes: Buffer[], over: AbortSignal): Promise<void> {
  const socket: Socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  socket.resume()
  for (const chunk of bytes) {
    if (!socket.destroyed) socket.write(chunk)
    await pause(2, over)
  }
  await pause(50, over)
  socket.destroy()
}

const garbage: Actor = {
  name: 'garbage',
  everyMs: 50,
  async act({ server: { ports }, over }) {
    const noise = () => randomBytes(1 + Math.floor(Math.random() * 3000))
    const starttls = Buffer.from('EHLO x\r\nSTARTTLS\r\n')
    // The first bytes of a TLS handshake, and then anything.
    const hello = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
    const websocket =
      'GET /api/changes HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    const kinds: [port: number, bytes: Buffer[]][] = [
      [ports.smtp, [noise(), noise()]],
      [ports.smtp, [starttls, noise()]],
      [ports.smtp, [starttls, hello, noise()]],
      [ports.smtp, [Buffer.from(`MAIL FROM:<${'x'.repeat(20_000)}`)]],
      [ports.smtps, [noise()]],
      [ports.smtps, [hello, noise()]],
      [ports.http, [noise()]],
      [
        ports.http,
        [Buffer.from('POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nSubject')],
      ],
      [ports.http, [Buffer.from(websocket), noise()]],
    ]
    const [port, bytes] = kinds[Math.floor(Math.random() * kinds.length)] as [number, Buffer[]]
    await talkNonsense(port, bytes, over)
  },
}

export const brokenClients: Actor[] = [
  ...[dropsInData, resetsInData, leavesBeforeAnswer, closesItsHalf],
  ...times(3, fallsSilent),
  ...times(2, garbage),
]
