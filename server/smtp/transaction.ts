/**
 * One mail transaction (RFC 5321 3.3): what the client says about a message before it sends it.
 */
import type { Envelope, EsmtpParams, Recipient } from '../mail/message.js'
import { ChunkReader } from './data.js'
import type { Pace } from './pace.js'
import type { PathArguments } from './path.js'
import type { Reply } from './reply.js'

/** What an envelope says of the connection. */
export type Connection = Pick<Envelope, 'helo' | 'remoteAddress' | 'remotePort' | 'localPort' | 'tls' | 'auth'>

export class Transaction {
  readonly verb: Envelope['verb']
  readonly from: string
  readonly fromParams: EsmtpParams
  /** How a rule wants the body to be read; null for as it comes. */
  pace: Pace | null = null
  readonly #to: string[] = []
  readonly #recipients: Recipient[] = []
  #firstRefusal: Reply | null = null
  #chunks: ChunkReader | null = null

  constructor(verb: Envelope['verb'], { path, params }: PathArguments) {
    this.verb = verb
    this.from = path
    this.fromParams = params
  }

  /** How many recipients are accepted. */
  get recipientCount(): number {
    return this.#to.length
  }

  /** Whether addresses may be UTF-8 (RFC 6531 3.4). */
  get allowsUtf8(): boolean {
    return this.fromParams.SMTPUTF8 !== undefined
  }

  /** Whether the body may hold lines of any form, and only BDAT can send it (RFC 3030 3). */
  get isBinary(): boolean {
    const { BODY: body } = this.fromParams
    return typeof body === 'string' && body.toUpperCase() === 'BINARYMIME'
  }

  /** Those recipients, as said; undefined before the first. */
  get recipients(): readonly string[] | undefined {
    return this.#to.length === 0 ? undefined : this.#to
  }

  /** The recipient that was accepted last. */
  get lastRecipient(): string {
    return this.#to[this.#to.length - 1] ?? ''
  }

  /** Why the recipients were refused, if some were and none was accepted. */
  get refusal(): Reply | null {
    return this.#to.length === 0 ? this.#firstRefusal : null
  }

  /** Whether the message has begun to come with BDAT. */
  get hasChunks(): boolean {
    return this.#chunks !== null
  }

  /** What reads its chunks: one for all of them. */
  chunkReader(maxMessageBytes: number): ChunkReader {
    this.#chunks ??= new ChunkReader(maxMessageBytes)
    return this.#chunks
  }

  /** Adds a recipient; equal ones are kept as said. */
  accept({ path, params }: PathArguments): void {
    this.#to.push(path)
    this.#recipients.push({ address: path, params })
  }

  /** Notes that a recipient was refused. */
  refuse(reply: Reply): void {
    this.#firstRefusal ??= reply
  }

  envelope(connection: Connection): Envelope {
    return {
      verb: this.verb,
      from: this.from,
      fromParams: this.fromParams,
      // Copies have the length that they need; an array that was pushed to keeps room for sixteen more.
      to: this.#to.slice(),
      recipients: this.#recipients.slice(),
      helo: connection.helo,
      remoteAddress: connection.remoteAddress,
      remotePort: connection.remotePort,
      localPort: connection.localPort,
      tls: connection.tls,
      auth: connection.auth,
    }
  }
}
