/**
 * The load, in a process of its own: a raw client with noDelay, since a client that lets Nagle's algorithm wait for a
 * delayed acknowledgement measures itself. Takes a job as JSON, prints a result as JSON.
 */
import { connect, type Socket } from 'node:net'

/** What to send. */
export interface Job {
  port: number
  connections: number
  /** How many messages in all. */
  messages: number
  bytes: number
  /** Whether a connection carries message after message, or one and ends. */
  reuse: boolean
  /** After this long no further message begins. */
  maxMs: number
}

/** What came of it. */
export interface JobResult {
  messages: number
  ms: number
  /** For each message the time to its 250: from connect() on without `reuse`, from MAIL on with it. */
  latenciesMs: number[]
}

/** A message of about `bytes` bytes, end of data included. */
export function makeMessage(bytes: number): Buffer {
  const head = 'From: <sender@example.com>\r\nTo: <recipient@example.com>\r\nSubject: A message of the bench\r\n\r\n'
  const line = `${'x'.repeat(76)}\r\n`
  const lines = Math.max(1, Math.ceil((bytes - head.length) / line.length))
  return Buffer.from(`${head}${line.repeat(lines)}.\r\n`)
}

/** One connection: sends a command or data, and resolves with the reply's code. */
export class Conversation {
  readonly #socket: Socket
  #said = ''
  #resolve: (code: string) => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (chunk: string) => {
      this.#said += chunk
      // The last line of a reply has a space behind its code (RFC 5321 4.2.1).
      const end = /(?:^|\n)(\d{3}) [^\n]*\n$/.exec(this.#said)
      if (!end) return
      this.#said = ''
      this.#resolve(end[1] ?? '')
    })
    this.#socket.on('error', error => this.#reject(error))
    this.#socket.on('close', () => this.#reject(new Error('the server closed the connection')))
  }

  /** Sends `bytes` (nothing: waits for the greeting) and demands the code. */
  async say(bytes: string | Buffer | undefined, code: string): Promise<void> {
    const reply = new Promise<string>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (bytes !== undefined) this.#socket.write(bytes)
    const got = await reply
    if (got !== code) throw new Error(`the server said ${got} where ${code} was expected`)
  }

  async end(): Promise<void> {
    await this.say('QUIT\r\n', '221')
    this.#reject = () => {}
    this.#socket.destroy()
  }
}

/** Connects and says EHLO. */
export async function greet(port: number): Promise<Conversation> {
  const conversation = new Conversation(port)
  await conversation.say(undefined, '220')
  await conversation.say('EHLO bench.example\r\n', '250')
  return conversation
}

/** One transaction, up to its 250. */
export async function send(conversation: Conversation, message: Buffer): Promise<void> {
  await conversation.say('MAIL FROM:<sender@example.com>\r\n', '250')
  await conversation.say('RCPT TO:<recipient@example.com>\r\n', '250')
  await conversation.say('DATA\r\n', '354')
  await conversation.say(message, '250')
}

/** Does a job in this process. */
export async function work(job: Job): Promise<JobResult> {
  const message = makeMessage(job.bytes)
  const latenciesMs: number[] = []
  const startedAtMs = performance.now()
  let begun = 0
  const more = () => begun < job.messages && performance.now() - startedAtMs < job.maxMs && ++begun > 0

  async function kept(): Promise<void> {
    const conversation = await greet(job.port)
    while (more()) {
      const sentAtMs = performance.now()
      await send(conversation, message)
      latenciesMs.push(performance.now() - sentAtMs)
    }
    await conversation.end()
  }
  async function single(): Promise<void> {
    while (more()) {
      const sentAtMs = performance.now()
      const conversation = await greet(job.port)
      await send(conversation, message)
      latenciesMs.push(performance.now() - sentAtMs)
      await conversation.end()
    }
  }
  await Promise.all(Array.from({ length: job.connections }, job.reuse ? kept : single))
  return { messages: latenciesMs.length, ms: performance.now() - startedAtMs, latenciesMs }
}

if (process.argv[2]?.startsWith('{')) {
  // Once before what counts: the first conversation of a process pays for loading and compiling.
  const job = JSON.parse(process.argv[2]) as Job
  await work({ ...job, connections: 1, messages: Math.min(job.messages, 20), maxMs: job.maxMs / 10 })
  console.log(JSON.stringify(await work(job)))
}
