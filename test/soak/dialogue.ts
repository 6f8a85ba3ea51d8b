/** An SMTP client that says what it is told, over TCP or TLS, and hears whole replies. Its end is an error to who waits. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { SoakServer } from './server.js'

const REPLY = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/
/** However busy the server is, a reply takes no longer. */
const REPLY_TIMEOUT_MS = 60_000

/** The server closed the connection. */
export class Gone extends Error {}

export class Dialogue {
  socket: Socket
  #heard = ''
  #stir = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    this.#listen(socket)
  }

  /** Connects and reads the greeting. */
  static async open(server: SoakServer, how: 'plain' | 'smtps' = 'plain'): Promise<Dialogue> {
    const socket =
      how === 'plain'
        ? connect({ port: server.ports.smtp, host: '127.0.0.1', noDelay: true })
        : connectTls({ port: server.ports.smtps, host: '127.0.0.1', ca: server.ca, servername: 'localhost' })
    const dialogue = new Dialogue(socket)
    await dialogue.expect('220')
    return dialogue
  }

  /** The next reply. */
  async reply(): Promise<string> {
    const giveUpAtMs = performance.now() + REPLY_TIMEOUT_MS
    for (;;) {
      const whole = REPLY.exec(this.#heard)
      if (whole) {
        this.#heard = this.#heard.slice(whole[0].length)
        return whole[0].trimEnd()
      }
      if (this.socket.closed || this.socket.readableEnded) throw new Gone('the server closed the connection')
      if (performance.now() > giveUpAtMs) throw new Error(`no reply within ${REPLY_TIMEOUT_MS} ms`)
      await new Promise<void>(resolve => {
        this.#stir = resolve
        setTimeout(resolve, REPLY_TIMEOUT_MS / 4).unref()
      })
    }
  }

  async expect(code: string): Promise<string> {
    const reply = await this.reply()
    if (!reply.startsWith(code)) throw new Error(`the server said ${reply} where ${code} was expected`)
    return reply
  }

  async say(bytes: string | Buffer, code: string): Promise<string> {
    this.socket.write(bytes)
    return this.expect(code)
  }

  async startTls(server: SoakServer): Promise<void> {
    await this.say('STARTTLS\r\n', '220')
    this.socket.removeAllListeners()
    const secure = connectTls({ socket: this.socket, ca: server.ca, servername: 'localhost' })
    await once(secure, 'secureConnect')
    this.socket = secure
    this.#listen(secure)
  }

  /** One transaction by DATA, up to the reply to it. */
  async send(raw: Buffer, { from = '<app@example.org>', to = 'ada@example.com' } = {}): Promise<string> {
    await this.say(`MAIL FROM:${from}\r\n`, '250')
    await this.say(`RCPT TO:<${to}>\r\n`, '250')
    await this.say('DATA\r\n', '354')
    this.socket.write(stuffed(raw))
    return this.reply()
  }

  async quit(): Promise<void> {
    await this.say('QUIT\r\n', '221')
    this.socket.destroy()
  }

  destroy(): void {
    this.socket.destroy()
  }

  #listen(socket: Socket): void {
    socket.setEncoding('latin1')
    socket.on('data', chunk => {
      this.#heard += chunk
      this.#stir()
    })
    socket.on('error', () => {})
    socket.on('end', () => this.#stir())
    socket.on('close', () => this.#stir())
  }
}

/** What goes over the wire for a message: dots stuffed, and the end. `raw` ends in CRLF. */
export function stuffed(raw: Buffer): Buffer {
  if (!raw.includes('\r\n.') && raw[0] !== 0x2e) return Buffer.concat([raw, Buffer.from('.\r\n')])
  const text = raw.toString('latin1').replace(/^\./, '..').replaceAll('\r\n.', '\r\n..')
  return Buffer.from(`${text}.\r\n`, 'latin1')
}
