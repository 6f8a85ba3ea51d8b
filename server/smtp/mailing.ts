/**
 * A mail transaction (RFC 5321 3.3) from MAIL to its end: its recipients, its body behind DATA or BDAT (RFC 3030), and what
 * becomes of the message. One method per verb, as in conversation.ts, whose part it is.
 *
 * The phases: `none` between transactions, `open` from MAIL on, `body` while bytes are the message's, `answering` while the
 * store has it. A chunk that is out of order is read in `body`, too, without a transaction.
 */
import type { Steps } from '../mail/loop.js'
import type { Envelope } from '../mail/message.js'
import type { LineBuffer } from '../net/lines.js'
import { type Account, refusal as inWords } from './account.js'
import { isAscii } from './characters.js'
import type { Verb } from './command.js'
import type { SmtpAnswer, SmtpContext, SmtpEvent, SmtpOptions } from './context.js'
import type { Extensions } from './extensions.js'
import { Incoming, type Said } from './incoming.js'
import { leniency, type Tolerance } from './leniency.js'
import { type Known, type Moments, wordsOf } from './moments.js'
import { Pace } from './pace.js'
import { parseChunk } from './parameters.js'
import type { PathArguments } from './path.js'
import { mailArguments, rcptArguments, saidPath } from './path.js'
import type { Recorder } from './record.js'
import { remedyOf } from './remedies.js'
import { Reply, replies } from './reply.js'
import type { Verdict } from './rule.js'
import { Transaction } from './transaction.js'

/** What it is told of the conversation that it is a part of. */
export interface Client {
  /** Whether HELO or EHLO was said. */
  readonly hasGreeted: boolean
  readonly said: Said
  readonly extensions: Extensions
}

export interface MailingParts {
  readonly context: SmtpContext
  readonly account: Account
  readonly recorder: Recorder
  readonly moments: Moments
  readonly tolerance: Tolerance
  readonly client: Client
}

export class Mailing {
  readonly #context: SmtpContext
  readonly #options: Readonly<SmtpOptions>
  readonly #account: Account
  readonly #recorder: Recorder
  readonly #moments: Moments
  readonly #tolerance: Tolerance
  readonly #client: Client
  readonly #incoming: Incoming
  #phase: 'none' | 'open' | 'body' | 'answering' = 'none'
  #transaction: Transaction | null = null
  /** How many were opened. */
  #count = 0
  #event: SmtpEvent | null = null

  constructor({ context, account, recorder, moments, tolerance, client }: MailingParts) {
    this.#context = context
    this.#options = context.options
    this.#account = account
    this.#recorder = recorder
    this.#moments = moments
    this.#tolerance = tolerance
    this.#client = client
    this.#incoming = new Incoming(context, account, recorder, overlooked => tolerance.of(overlooked))
  }

  get phase(): 'none' | 'open' | 'body' | 'answering' {
    return this.#phase
  }

  get isOpen(): boolean {
    return this.#transaction !== null
  }

  /** Where in a message it is, in words; undefined between commands. */
  get place(): string | undefined {
    return this.#incoming.place
  }

  /** The command that the bytes of a body belong to. */
  get bodyVerb(): Verb {
    return this.#incoming.verb
  }

  /** What rules may look at. */
  get known(): Pick<Known, 'mailFrom' | 'recipients' | 'transaction'> {
    const transaction = this.#transaction
    return { mailFrom: transaction?.from, recipients: transaction?.recipients, transaction: this.#count }
  }

  /** The rule that has the body read slowly; null for none. */
  get slowedBy(): Verdict | null {
    const verdict = this.#transaction?.pace?.verdict ?? null
    return verdict?.bytesPerSecond == null ? null : verdict
  }

  /** How long a rule wants to rest within the body, once; 0 for not at all. */
  takeRest(): number {
    return this.#transaction?.pace?.takeRest() ?? 0
  }

  /** The message that is there, once. */
  takeEvent(): SmtpEvent | null {
    const event = this.#event
    if (event !== null) this.#event = null
    return event
  }

  // One method per verb.

  mail(verb: Envelope['verb'], argument: string): Reply | null {
    if (this.#transaction !== null) {
      this.#recorder.answered(verb, replies.nestedMail)
      return replies.nestedMail
    }
    const reply = this.#openTransaction(verb, argument)
    this.#recorder.mail(verb, this.#from ?? saidPath(argument), reply)
    return reply
  }

  #openTransaction(verb: Envelope['verb'], argument: string): Reply | null {
    if (!this.#client.hasGreeted) return replies.helloFirst
    const { tls, auth } = this.#client.said
    if (this.#options.requireTls && tls === null) return replies.tlsFirst
    if (this.#options.requireAuth && auth === null) return replies.loginFirst
    const parsed = mailArguments(argument, this.#client.extensions.offered)
    if (parsed instanceof Reply) return parsed
    const { maxMessageBytes } = this.#options
    const { SIZE: size } = parsed.params
    if (size !== undefined && Number(size) > maxMessageBytes) return replies.tooLarge(maxMessageBytes)
    if (this.#context.storeFull?.()) return replies.storeFull
    const transaction = new Transaction(verb, parsed)
    const refusal = this.#overlook(parsed, transaction, verb, replies.badSender)
    if (refusal !== null) return refusal
    const open = () => {
      this.#transaction = transaction
      this.#count += 1
      this.#phase = 'open'
      return replies.senderOk
    }
    return this.#moments.decide(verb, argument, open, { mailFrom: transaction.from, transaction: this.#count + 1 })
  }

  rcpt(verb: Verb, argument: string): Reply | null {
    const transaction = this.#transaction
    const reply = transaction === null ? this.#mailFirst : this.#recipient(transaction, verb, argument)
    if (reply?.refuses) transaction?.refuse(reply)
    const isAccepted = transaction !== null && reply !== null && !reply.refuses
    const recipient = isAccepted ? transaction.lastRecipient : saidPath(argument)
    this.#recorder.rcpt(recipient, reply)
    return reply
  }

  #recipient(transaction: Transaction, verb: Verb, argument: string): Reply | null {
    if (transaction.hasChunks) return replies.chunksBegun
    const { maxRecipients } = this.#options
    const parsed = rcptArguments(argument, this.#client.extensions.offered)
    if (parsed instanceof Reply) return parsed
    if (transaction.recipientCount >= maxRecipients) return replies.tooManyRecipients(maxRecipients)
    const refusal = this.#overlook(parsed, transaction, verb, replies.badRecipient)
    if (refusal !== null) return refusal
    const accept = () => {
      transaction.accept(parsed)
      return replies.recipientOk
    }
    return this.#moments.decide(verb, argument, accept, { recipients: [parsed.path] })
  }

  data(verb: Verb, argument: string): Reply | null {
    const reply = this.#openData(verb, argument)
    if (reply !== null) this.#recorder.answered(verb, reply)
    return reply
  }

  #openData(verb: Verb, argument: string): Reply | null {
    if (argument !== '') return replies.noArgument(verb)
    const transaction = this.#transaction
    if (transaction === null) return this.#mailFirst
    if (transaction.hasChunks) return replies.chunksBegun
    if (transaction.isBinary) return replies.binaryNeedsChunks
    if (transaction.recipientCount === 0) return replies.noRecipients
    return this.#moments.decide(verb, argument, verdict => {
      transaction.pace = Pace.of(verdict)
      this.#incoming.beginData()
      this.#phase = 'body'
      return replies.startData
    })
  }

  chunk(verb: Verb, argument: string): Reply | null {
    const announced = parseChunk(argument)
    const transaction = this.#transaction
    let refusal: Reply | null = null
    if (transaction === null) refusal = this.#mailFirst
    else if (transaction.recipientCount === 0) refusal = replies.noRecipients
    else if (announced !== undefined) {
      const verdict = transaction.hasChunks ? this.#moments.command(verb, argument) : this.#moments.firstChunk(argument)
      if (verdict?.silent) return null
      transaction.pace = Pace.of(verdict) ?? transaction.pace
      const words = wordsOf(verdict)
      if (words?.refuses) refusal = words
    }
    if (announced === undefined || refusal !== null) {
      // A chunk that fails ends the transaction, so that no later one completes a message that lacks this one.
      this.#recorder.answered(verb, refusal ?? replies.badChunkSize)
      this.abort('aborted')
    }
    if (announced === undefined) return replies.badChunkSize
    this.#incoming.beginChunk(this.#transaction, { ...announced, refusal })
    this.#phase = 'body'
    // A chunk of no octets is there already.
    return this.#incoming.ended ? this.#endBody() : null
  }

  // The body, and what becomes of it.

  /** Takes what is there of a body; the answer to it once it is complete and known. */
  read(lines: LineBuffer): Reply | null {
    const pace = this.#transaction?.pace ?? null
    this.#incoming.read(lines, pace)
    if (this.#incoming.ended) return this.#endBody()
    if (pace?.isOver) this.#moments.verdict = { ...pace.verdict, silent: true, afterBytes: null, delayMs: 0 }
    return null
  }

  /** What the client is told once the store has answered. */
  answer(answer: Exclude<SmtpAnswer, { type: 'judged' }>): Reply | null {
    this.#phase = 'none'
    if (answer.type === 'unwanted') return this.#keepOut()
    const { verdict } = this.#moments
    if (answer.type === 'stored') return this.#incoming.stored(answer.id, verdict?.silent ? 'none' : wordsOf(verdict))
    const refusal = this.#incoming.refused(answer.reply)
    return verdict?.silent ? null : refusal
  }

  /** Ends the transaction before its message is whole, if one is open. */
  abort(how: 'lost' | 'aborted'): void {
    this.#recorder.end(how, this.#incoming.size, this.#incoming.beginning)
    this.#abandon()
  }

  /** Forgets the transaction, if one is open, and notes when it failed for want of recipients. */
  #abandon(): void {
    const refusal = this.#transaction?.refusal
    if (refusal) this.#account.because(`all recipients were ${inWords(refusal)}`, remedyOf('RCPT', refusal))
    this.#transaction = null
    this.#incoming.drop()
    this.#account.endTransaction()
    this.#phase = 'none'
  }

  #endBody(): Reply | null {
    this.#phase = this.#transaction === null ? 'none' : 'open'
    const end = this.#incoming.end(this.#transaction, this.#client.said, wordsOf(this.#moments.verdict))
    if (end.type === 'answered') return end.reply
    if (end.type === 'refused') {
      this.#abandon()
      return end.reply
    }
    const { received } = end
    const judging = this.#moments.message(received)
    const isJudged = judging.next().done === true
    // Rules have been told by now what is known of the transaction.
    this.#abandon()
    if (isJudged && !this.#isWanted) return this.#keepOut()
    this.#event = { type: 'message', received, judging: isJudged ? null : this.#wantedAfter(judging) }
    this.#phase = 'answering'
    return null
  }

  *#wantedAfter(judging: Steps<void>): Steps<boolean> {
    yield* judging
    return this.#isWanted
  }

  /** Whether rules let a message into the store; a chunk's own rule has a say where there is no other. */
  get #isWanted(): boolean {
    const { verdict } = this.#moments
    if (verdict === null) return true
    return !wordsOf(verdict)?.refuses && (verdict.store || !verdict.silent)
  }

  /** What is said of a message that a rule does not let into the store. */
  #keepOut(): Reply | null {
    const words = wordsOf(this.#moments.verdict)
    if (words?.refuses) return this.#incoming.refused(words)
    this.#incoming.lost()
    return null
  }

  // What is asked in several places.

  /** What is said to a command that needs a transaction where there is none. */
  get #mailFirst(): Reply {
    return this.#client.hasGreeted ? replies.mailFirst : replies.helloFirst
  }

  get #from(): string | undefined {
    return this.#transaction?.from
  }

  #overlook(
    { path, leniencies }: PathArguments,
    transaction: Transaction,
    verb: Verb,
    badPath: (why: string) => Reply,
  ): Reply | null {
    for (const overlooked of leniencies) {
      const refusal = this.#tolerance.of(overlooked, verb, badPath)
      if (refusal !== null) return refusal
    }
    if (transaction.allowsUtf8 || isAscii(path)) return null
    return this.#tolerance.of(leniency.utf8WithoutSmtputf8, verb, badPath)
  }
}
