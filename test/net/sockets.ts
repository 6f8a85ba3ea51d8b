/** A client over a real socket, and the session that it talks to in the tests of this folder. */
import { connect, type Socket, type SocketConstructorOpts } from 'node:net'
import { LineBuffer } from '../../server/net/lines.js'
import { MAX_OUTPUT_BYTES, Output } from '../../server/net/output.js'
import type { DriverWord, Interruption, Peer, Session, TlsInfo } from '../../server/net/session.js'

export type Ask = { type: 'ask'; text: string }

/**
 * A protocol that does little: `echo x` says x, `ask x` surfaces an event and says its answer, `later` wants another
 * turn, `big n` says n bytes, `starttls` says go and wants TLS, `pause n`, `stall` and `reset` want
 * that, `quit` says bye and ends, `throw` is a defect. What breaks in is said as `!cause`.
 */
export class EchoSession implements Session<Ask, string> {
  readonly peer: Peer
  readonly interruptions: Interruption[] = []
  receivedBytes = 0
  saidBytes = 0
  answers: string[] = []
  ended = false
  tls: TlsInfo | null = null
  /** What was said with the first interruption. */
  detail: string | undefined
  receivedAfterTls = ''
  #asking = false
  readonly #lines = new LineBuffer()
  readonly #output = new Output()

  constructor(peer: Peer) {
    this.peer = peer
    this.#say('hello')
  }

  receive(chunk: Buffer): void {
    this.receivedBytes += chunk.length
    if (this.tls !== null) this.receivedAfterTls += chunk.toString('latin1')
    if (!this.ended) this.#lines.push(chunk)
  }

  next(): Ask | DriverWord | undefined {
    while (!this.#asking && !this.ended) {
      if (this.#output.isFull) return { type: 'later' }
      const line = this.#lines.line(1000)
      if (line?.type !== 'line') return undefined
      const [verb, argument = ''] = line.bytes.toString().split(' ')
      switch (verb) {
        case 'echo':
          this.#say(argument)
          break
        case 'ask':
          this.#asking = true
          return { type: 'ask', text: argument }
        case 'later':
          this.#say('later')
          return { type: 'later' }
        case 'big':
          this.#say('x'.repeat(Number(argument) - 2))
          break
        case 'starttls':
          this.#say('go')
          return { type: 'starttls' }
        case 'pause':
          return { type: 'pause', ms: Number(argument) }
        case 'stall':
          return { type: 'stall' }
        case 'reset':
          this.ended = true
          return { type: 'reset' }
        case 'throw':
          throw new Error('a defect of the session')
        case 'quit':
          this.#say('bye')
          this.ended = true
      }
    }
    return undefined
  }

  answer(answer: string): void {
    this.#asking = false
    this.answers.push(answer)
    this.#say(answer)
  }

  wake(): void {}

  secured(tls: TlsInfo): void {
    this.tls = tls
    this.#lines.clear()
  }

  interrupt(cause: Interruption, detail?: string): void {
    this.interruptions.push(cause)
    this.detail ??= detail
    if (cause === 'overload') this.#output.clear()
    if (cause !== 'end' && !this.ended) this.#say(`!${cause}`)
    this.ended = true
  }

  output(): Buffer | undefined {
    const bytes = this.#output.take()
    this.saidBytes += bytes?.length ?? 0
    return bytes
  }

  #say(text: string): void {
    for (let at = 0; at === 0 || at < text.length; at += MAX_OUTPUT_BYTES) {
      this.#output.add(Buffer.from(text.slice(at, at + MAX_OUTPUT_BYTES)))
    }
    this.#output.add(Buffer.from('\r\n'))
  }
}

/** A raw client that remembers what it heard. */
export class Client {
  readonly socket: Socket
  /** Why the connection ended: what an app would see. */
  readonly closed: Promise<'closed' | 'reset'>
  #heard = ''
  #listeners = new Set<() => void>()

  /** `to` is a port, or a connection that is there. */
  constructor(to: number | Socket, host = '127.0.0.1', options: SocketConstructorOpts = {}) {
    this.socket = typeof to === 'number' ? connect({ ...options, port: to, host, noDelay: true }) : to
    let reset = false
    this.closed = new Promise(resolve => {
      this.socket.on('error', () => {
        reset = true
      })
      this.socket.on('close', () => resolve(reset ? 'reset' : 'closed'))
    })
  }

  /** Connects and listens. */
  static async open(port: number, host?: string): Promise<Client> {
    const client = new Client(port, host)
    client.listen()
    await client.until('hello\r\n')
    return client
  }

  get heard(): string {
    return this.#heard
  }

  /** Begins to read. */
  listen(): void {
    this.socket.on('data', chunk => {
      this.#heard += chunk.toString('latin1')
      for (const listener of this.#listeners) listener()
    })
  }

  say(...lines: string[]): void {
    this.socket.write(lines.map(line => `${line}\r\n`).join(''))
  }

  /** Resolves when what was heard ends like this. */
  until(end: string): Promise<void> {
    return new Promise(resolve => {
      const look = () => {
        if (!this.#heard.endsWith(end)) return
        this.#listeners.delete(look)
        resolve()
      }
      this.#listeners.add(look)
      look()
    })
  }
}

/** A promise that is resolved from outside. */
export function gate<T>(): { promise: Promise<T>; open(value: T): void } {
  let open!: (value: T) => void
  const promise = new Promise<T>(resolve => {
    open = resolve
  })
  return { promise, open }
}
