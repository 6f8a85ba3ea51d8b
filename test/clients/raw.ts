/** A client that says exactly what it is told: for bytes that no mail library would send. */
import { connect, type Socket } from 'node:net'

export interface RawClient {
  /** Writes, and resolves to the reply that answers it: the line that ends it, and those before. */
  say(bytes: string | Buffer): Promise<string>
  /** Writes, and does not wait. */
  write(bytes: string | Buffer): void
  /** The next reply. */
  reply(): Promise<string>
  socket: Socket
}

/** Connects and reads the greeting. */
export async function rawClient(port: number, host = '127.0.0.1'): Promise<RawClient> {
  const socket = connect({ port, host, noDelay: true })
  let text = ''
  let stir = () => {}
  socket.setEncoding('latin1')
  socket.on('data', chunk => {
    text += chunk
    stir()
  })
  socket.on('close', () => stir())
  const reply = async (): Promise<string> => {
    for (;;) {
      const complete = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(text)
      if (complete) {
        text = text.slice(complete[0].length)
        return complete[0].trimEnd()
      }
      if (socket.closed) throw new Error(`the connection was closed after ${JSON.stringify(text)}`)
      await new Promise<void>(resolve => {
        stir = resolve
      })
    }
  }
  const write = (bytes: string | Buffer) => void socket.write(bytes)
  await reply()
  return {
    socket,
    write,
    reply,
    say(bytes) {
      write(bytes)
      return reply()
    },
  }
}

/** What goes over the wire for a message: dots stuffed at the start of CRLF lines, and the end. `raw` ends in CRLF. */
export function stuffed(raw: Buffer): Buffer {
  const text = raw.toString('latin1')
  return Buffer.from(`${text.replace(/^\./, '..').replaceAll('\r\n.', '\r\n..')}.\r\n`, 'latin1')
}

/** Sends one message over a connection that is greeted; resolves to the answer to its data. */
export async function sendRaw(client: RawClient, raw: Buffer, to = 'ada@example.com'): Promise<string> {
  await client.say('MAIL FROM:<app@example.org>\r\n')
  await client.say(`RCPT TO:<${to}>\r\n`)
  await client.say('DATA\r\n')
  return client.say(stuffed(raw))
}
