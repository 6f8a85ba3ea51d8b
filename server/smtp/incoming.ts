/**
 * A message on its way in: the bytes behind DATA, or behind each BDAT (RFC 3030), up to the message that the store is
 * given and what its client is told of it. data.ts tells which bytes these are; what the end of a body means for the
 * transaction is mailing.ts's.
 */
import type { Received } from '../mail/message.js'
import type { LineBuffer } from '../net/lines.js'
import { type Account, refusal as inWords } from './account.js'
import type { Verb } from './command.js'
import type { SmtpContext } from './context.js'
import { ChunkReader, DotReader } from './data.js'
import { type Leniency, leniency } from './leniency.js'
import type { Pace } from './pace.js'
import type { Recorder } from './record.js'
import { remedyOf } from './remedies.js'
import { type Reply, replies } from './reply.js'
import type { Connection, Transaction } from './transaction.js'

/** What BDAT announced. */
interface Chunk {
  readonly octets: number
  readonly isLast: boolean
  /** Out of order: its octets are read, thrown away, and answered so. */
  readonly refusal: Reply | null
}

/** What a body came to: a reply, after which the transaction goes on or is over, or a message for the store. */
export type BodyEnd =
  | { readonly type: 'answered'; readonly reply: Reply }
  | { readonly type: 'refused'; readonly reply: Reply }
  | { readonly type: 'message'; readonly received: Received }

/** What the conversation knows of a said. */
export type Said = Pick<Connection, 'helo' | 'tls' | 'auth'>

/** The inboxes of a message before the server says which: as good as any, and no list of its own. */
const NOT_KNOWN_YET = Object.freeze(['default']) as string[]

/** A message that waits for its answer. */
interface Pending {
  readonly received: Received
  readonly verb: Verb
}

export class Incoming {
  readonly #context: SmtpContext
  readonly #account: Account
  readonly #recorder: Recorder
  /** Takes what a strict server would refuse, or gives the refusal. */
  readonly #lenient: (overlooked: Leniency) => Reply | null
  #reader: DotReader | ChunkReader | null = null
  #chunk: Chunk | null = null
  /** The message that is with the store, and the command that brought it. */
  #pending: Pending | null = null

  constructor(
    context: SmtpContext,
    account: Account,
    recorder: Recorder,
    lenient: (overlooked: Leniency) => Reply | null,
  ) {
    this.#context = context
    this.#account = account
    this.#recorder = recorder
    this.#lenient = lenient
  }

  /** Where in a message it is, in words; undefined between bodies. */
  get place(): string | undefined {
    if (this.#reader === null) return undefined
    return `in ${this.verb} after ${this.#reader.size.toLocaleString('en-US')} bytes`
  }

  /** The command that the bytes belong to. */
  get verb(): Verb {
    return this.#chunk === null ? 'DATA' : 'BDAT'
  }

  /** How much of the body at hand has come, and how it begins; undefined between bodies. */
  get size(): number | undefined {
    return this.#reader?.size
  }

  get beginning(): Buffer | undefined {
    return this.#reader?.beginning
  }

  /** What comes is the message, up to a line of a single dot. */
  beginData(): void {
    this.#reader = new DotReader(this.#context.options.maxMessageBytes)
  }

  /** What comes is a chunk of the message; of none where there is no transaction. */
  beginChunk(transaction: Transaction | null, chunk: Chunk): void {
    const reader = transaction?.chunkReader(this.#context.options.maxMessageBytes) ?? new ChunkReader(0)
    reader.expect(chunk.octets)
    this.#reader = reader
    this.#chunk = chunk
  }

  /** Whether all of the body has come: a chunk of no octets has at once. */
  get ended(): boolean {
    return this.#reader?.ended === true
  }

  /** Takes what is there of the body, as far as a rule lets it. */
  read(lines: LineBuffer, pace: Pace | null): void {
    const bytes = lines.bytes()
    if (bytes === undefined) return
    const reader = this.#reader as DotReader | ChunkReader
    const taken = reader.read(pace === null ? bytes : bytes.subarray(0, pace.allowance))
    lines.skip(taken)
    pace?.read(taken)
  }

  /** Forgets the body at hand. */
  drop(): void {
    this.#reader = null
    this.#chunk = null
  }

  /** All of the body has come; `words` are a rule's for a chunk, in place of ours. */
  end(transaction: Transaction | null, said: Said, words: Reply | null): BodyEnd {
    const body = this.#reader as DotReader | ChunkReader
    const chunk = this.#chunk
    const { verb } = this
    this.#recorder.data(chunk?.octets ?? body.size)
    this.drop()
    if (chunk !== null && chunk.refusal !== null) return { type: 'answered', reply: chunk.refusal }
    if (body.tooLarge) {
      const tooLarge = replies.tooLarge(this.#context.options.maxMessageBytes)
      return this.#refuse(tooLarge, verb, body.size, body.beginning)
    }
    if (chunk !== null && !chunk.isLast) {
      const chunkOk = words ?? replies.chunkOk(chunk.octets)
      this.#recorder.answered(verb, chunkOk)
      return { type: 'answered', reply: chunkOk }
    }
    const refusal = body.lookalike ? this.#lenient(leniency.smuggling) : null
    if (refusal !== null) return this.#refuse(refusal, verb, body.size, body.beginning)
    const received = this.#received(body.take(), transaction as Transaction, said)
    this.#pending = { received, verb }
    return { type: 'message', received }
  }

  /** The message is in the store; `words` are a rule's, in place of ours, and a silent rule has none. */
  stored(id: string, words: Reply | 'none' | null): Reply | null {
    const { received, verb } = this.#takePending()
    const reply = words === 'none' ? null : (words ?? replies.queued(id))
    this.#account.deliver()
    const { raw, inboxes, envelope } = received
    this.#recorder.message(verb, reply, raw.length, { id, inboxes, to: envelope.to })
    return reply
  }

  /** The store does not take it, or a rule. */
  refused(reply: Reply): Reply {
    const { verb, received } = this.#takePending()
    return this.#refuse(reply, verb, received.raw.length, received.raw).reply
  }

  /** A rule ends the connection, and the message is not stored. */
  lost(): void {
    const { raw } = this.#takePending().received
    this.#recorder.end('lost', raw.length, raw)
  }

  #refuse(reply: Reply, verb: Verb, bytes: number, data: Buffer): BodyEnd & { type: 'refused' } {
    this.#account.because(`the message was ${inWords(reply)}`, remedyOf(verb, reply))
    this.#recorder.message(verb, reply, bytes, null, data)
    return { type: 'refused', reply }
  }

  #received(raw: Buffer, transaction: Transaction, said: Said): Received {
    const { peer, record } = this.#context
    return {
      raw,
      envelope: transaction.envelope({
        helo: said.helo,
        remoteAddress: peer.remoteAddress,
        remotePort: peer.remotePort,
        localPort: peer.localPort,
        tls: said.tls,
        auth: said.auth,
      }),
      receivedAtMs: this.#context.now(),
      inboxes: NOT_KNOWN_YET,
      sessionId: record.id,
      attempts: 1,
      warnings: this.#account.messageWarnings(),
    }
  }

  #takePending(): Pending {
    const pending = this.#pending as Pending
    this.#pending = null
    return pending
  }
}
