/**
 * Sends one message over SMTP (RFC 5321), its bytes as they are: what `send-test` and `sendmail` need of a client, and no
 * more. It delivers to test servers: a certificate is taken as it comes, and TLS is used on `smtps://` only.
 */
import { connect as connectPlain, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { OptionError } from '../flags.js'

/** How long an answer may take: RFC 5321 4.5.3.2 allows minutes, and rules hold answers back as long. */
const ANSWER_TIMEOUT_MS = 600_000

export interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}

/** Why a message was not taken. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  /** Whether a later try may succeed: a 4xx, or no answer at all. */
  readonly isTemporary: boolean

  constructor(problem: string, isTemporary: boolean) {
    super(problem)
    this.isTemporary = isTemporary
  }
}

/** A reply, its lines joined. */
interface Reply {
  code: number
  text: string
}

/**
 * Sends `message`, whose lines end in CRLF, and resolves to the answer to it. Recipients that are refused are told of in
 * `refused`. Throws DeliveryError where it is not taken, or nobody takes it.
 */
export async function send(
  smtpUrl: string,
  { from, to }: Envelope,
  message: Buffer,
): Promise<{ answer: string; refused: string[] }> {
  const url = readUrl(smtpUrl)
  // A line break in one would be a command of its own.
  const broken = [from, ...to].find(address => /[\r\n]/.test(address))
  if (broken !== undefined) throw new DeliveryError(`${JSON.stringify(broken)} is no address.`, false)
  await using line = await Line.open(url)
  await line.expect(2, 'The greeting')
  const extensions = await hello(line)
  if (url.username !== '') {
    const login = Buffer.from(`\0${decodeURIComponent(url.username)}\0${decodeURIComponent(url.password)}`)
    await line.say(`AUTH PLAIN ${login.toString('base64')}`, 2, 'AUTH')
  }
  await line.say(`MAIL FROM:<${from}>${parametersOf(extensions, { from, to }, message)}`, 2, 'MAIL')
  const refused: DeliveryError[] = []
  for (const recipient of to) {
    await line.say(`RCPT TO:<${recipient}>`, 2, `RCPT ${recipient}`).catch(error => {
      if (!(error instanceof DeliveryError) || line.ended) throw error
      refused.push(error)
    })
  }
  if (refused.length === to.length) throw refused.find(({ isTemporary }) => isTemporary) ?? refused[0]
  await line.say('DATA', 3, 'DATA')
  line.write(stuffed(message))
  const { code, text } = await line.expect(2, 'The message')
  line.write('QUIT\r\n')
  return { answer: `${code} ${text}`, refused: refused.map(({ message }) => message) }
}

/** Greets a server and leaves; resolves to its greeting. Throws DeliveryError where there is none. */
export async function greet(smtpUrl: string, name: string): Promise<string> {
  await using line = await Line.open(readUrl(smtpUrl))
  const { code, text } = await line.expect(2, 'The greeting')
  await line.say(`EHLO ${name}`, 2, 'EHLO')
  await line.say('QUIT', 2, 'QUIT')
  return `${code} ${text.replaceAll('\n', ' ')}`
}

function readUrl(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url?.hostname && (url.protocol === 'smtp:' || url.protocol === 'smtps:')) return url
  throw new OptionError(
    `${JSON.stringify(given)} is no URL of a mail server`,
    'Give one such as smtp://127.0.0.1:1025.',
  )
}

/** What the server offers; one that knows no EHLO offers nothing. */
async function hello(line: Line): Promise<ReadonlySet<string>> {
  const name = /^[\w.-]+$/.test(hostname()) ? hostname() : 'localhost'
  try {
    const { text } = await line.say(`EHLO ${name}`, 2, 'EHLO')
    return new Set(text.split('\n').map(offered => (offered.split(' ')[0] as string).toUpperCase()))
  } catch (error) {
    if (!(error instanceof DeliveryError) || line.ended) throw error
    await line.say(`HELO ${name}`, 2, 'HELO')
    return new Set()
  }
}

const NOT_ASCII = /\P{ASCII}/u

/** The parameters of MAIL that the message needs, of those that are offered. */
function parametersOf(extensions: ReadonlySet<string>, { from, to }: Envelope, message: Buffer): string {
  const isEightBit = message.some(byte => byte > 0x7f)
  const parameters = [
    ...(isEightBit && extensions.has('8BITMIME') ? ['BODY=8BITMIME'] : []),
    ...(NOT_ASCII.test([from, ...to].join('')) && extensions.has('SMTPUTF8') ? ['SMTPUTF8'] : []),
  ]
  return parameters.map(parameter => ` ${parameter}`).join('')
}

/** With a second dot where a line begins with one, and the line that ends it (RFC 5321 4.5.2). */
function stuffed(message: Buffer): Buffer {
  const text = message.toString('latin1').replace(/^\./gm, '..')
  return Buffer.from(`${text}${text === '' || text.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1')
}

/** A connection: what is said on it, and what is answered. */
class Line {
  readonly #socket: Socket
  readonly #chunks: AsyncIterator<Buffer>
  #text = ''
  ended = false

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#chunks = socket[Symbol.asyncIterator]()
  }

  static open(url: URL): Promise<Line> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const isTls = url.protocol === 'smtps:'
    const port = Number(url.port) || (isTls ? 465 : 25)
    return new Promise((resolve, reject) => {
      const opened = () => {
        socket.off('error', failed)
        resolve(new Line(socket))
      }
      const failed = (error: Error) =>
        reject(new DeliveryError(`${url.host} cannot be reached: ${reasonOf(error)}.`, true))
      // The certificate of a test server is made up: whom it names proves nothing.
      const socket = isTls
        ? connectTls({ host, port, rejectUnauthorized: false }, opened)
        : connectPlain({ host, port }, opened)
      socket.once('error', failed)
      socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('no answer came')))
    })
  }

  write(bytes: string | Buffer): void {
    this.#socket.write(bytes)
  }

  async say(command: string, hundreds: number, what: string): Promise<Reply> {
    this.write(`${command}\r\n`)
    return this.expect(hundreds, what)
  }

  /** The next reply. Throws DeliveryError where it is none of those hundreds. */
  async expect(hundreds: number, what: string): Promise<Reply> {
    const reply = await this.#reply(what)
    if (Math.floor(reply.code / 100) === hundreds) return reply
    if (reply.code === 421) this.ended = true
    throw new DeliveryError(`${what} was refused: ${reply.code} ${reply.text.replaceAll('\n', ' ')}`, reply.code < 500)
  }

  async #reply(what: string): Promise<Reply> {
    const lines: string[] = []
    for (;;) {
      const end = this.#text.indexOf('\n')
      if (end !== -1) {
        const line = this.#text.slice(0, end).replace(/\r$/, '')
        this.#text = this.#text.slice(end + 1)
        lines.push(line.slice(4))
        if (line[3] !== '-') return { code: Number(line.slice(0, 3)) || 0, text: lines.join('\n') }
        continue
      }
      const { value, done } = await this.#chunks.next().catch(error => {
        this.ended = true
        throw new DeliveryError(`The connection was lost before ${what} was answered: ${reasonOf(error)}.`, true)
      })
      if (done) {
        this.ended = true
        throw new DeliveryError(`The connection was closed before ${what} was answered.`, true)
      }
      this.#text += value.toString()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.end()
    this.#socket.on('error', () => {})
    this.#socket.resume()
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return (error as Error).message
}
