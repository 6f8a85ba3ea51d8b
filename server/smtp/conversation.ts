/**
 * What a client and this server have said so far, and what the next word means: every transition of SMTP stands here, one
 * method per verb, each giving its reply, or null where that has to wait.
 *
 * RFC 5321 with 3030 (BDAT), 3207 (STARTTLS), 4954 (AUTH) and the parameters of parameters.ts. What is overlooked goes
 * through `lenient`, one place. Bytes, lines and farewells are session.ts's.
 *
 * The states: `connected` until HELO or EHLO, `greeted` between transactions, `transaction` from MAIL on, `login` while
 * lines are responses of AUTH, `body` while bytes are the message's, `answering` while somebody else has to answer,
 * `securing` from STARTTLS until TLS is up, `ended`.
 */
import type { Envelope, Received } from '../mail/message.js'
import type { LineBuffer } from '../net/lines.js'
import type { Credentials } from '../net/sasl.js'
import type { StartTls, TlsInfo } from '../net/session.js'
import type { Account } from './account.js'
import { isAscii } from './characters.js'
import type { Verb } from './command.js'
import { COMMANDS } from './command.js'
import type { SmtpAnswer, SmtpContext, SmtpEvent, SmtpOptions } from './context.js'
import { ChunkReader, DotReader } from './data.js'
import { Extensions } from './extensions.js'
import type { Leniency } from './leniency.js'
import { leniency, refusalOf } from './leniency.js'
import { Login, type LoginStep } from './login.js'
import { parseChunk } from './parameters.js'
import type { PathArguments } from './path.js'
import { isAddressLiteral, isDomain, mailArguments, rcptArguments, saidPath } from './path.js'
import type { Recorder } from './record.js'
import { remedyOf } from './remedies.js'
import { Reply, replies } from './reply.js'
import { Transaction } from './transaction.js'

type State = 'connected' | 'greeted' | 'transaction' | 'login' | 'body' | 'answering' | 'securing' | 'ended'

/** Of a challenge, beside the time: nobody can foresee it. */
const CHALLENGE_BYTES = 12

/** The code of a challenge: the login goes on. */
const CONTINUE = 334

const START_TLS: StartTls = { type: 'starttls' }

/** What BDAT announced. */
interface Chunk {
  readonly octets: number
  readonly isLast: boolean
  /** Out of order: its octets are read, thrown away, and answered so. */
  readonly refusal: Reply | null
  /** The state behind it. */
  readonly after: State
}

/** A message that waits for its answer. */
interface Pending {
  readonly received: Received
  readonly verb: Verb
}

export class Conversation {
  readonly #context: SmtpContext
  readonly #options: Readonly<SmtpOptions>
  readonly #extensions: Extensions
  readonly #account: Account
  readonly #recorder: Recorder

  #state: State = 'connected'
  #helo = ''
  #tls: TlsInfo | null = null
  #login: Login | null = null
  #credentials: Credentials | null = null
  #username: string | null = null
  /** Who has logged in. */
  #auth: Envelope['auth'] = null
  #transaction: Transaction | null = null
  #body: DotReader | ChunkReader | null = null
  #chunk: Chunk | null = null
  #event: SmtpEvent | StartTls | null = null
  /** The message that is with the store, and the command that brought it. */
  #pending: Pending | null = null

  constructor(context: SmtpContext, account: Account, recorder: Recorder) {
    this.#context = context
    this.#options = context.options
    this.#extensions = Extensions.of(context.options)
    this.#account = account
    this.#recorder = recorder
  }

  get state(): State {
    return this.#state
  }

  get helo(): string | null {
    return this.#helo === '' ? null : this.#helo
  }

  get tls(): TlsInfo | null {
    return this.#tls
  }

  /** Who has logged in. */
  get auth(): Envelope['auth'] {
    return this.#auth
  }

  /** Who tried to log in last, with success or without. */
  get username(): string | null {
    return this.#username
  }

  get inTransaction(): boolean {
    return this.#transaction !== null
  }

  /** Where in a message it is, in words; undefined between commands. */
  get place(): string | undefined {
    if (this.#body === null) return undefined
    return `in ${this.bodyVerb} after ${this.#body.size.toLocaleString('en-US')} bytes`
  }

  /** The command that the bytes of a body belong to. */
  get bodyVerb(): Verb {
    return this.#chunk === null ? 'DATA' : 'BDAT'
  }

  /** What somebody else has to do or to answer now, once. */
  takeEvent(): SmtpEvent | StartTls | null {
    const event = this.#event
    if (event !== null) this.#event = null
    return event
  }

  /** What a command is answered; null where the answer has to wait. */
  perform(verb: Verb, argument: string): Reply | null {
    if (!this.#extensions.offers(verb)) return replies.notOffered(verb)
    switch (verb) {
      case 'HELO':
      case 'EHLO':
        return this.#hello(verb, argument)
      case 'STARTTLS':
        return this.#startTls(verb, argument)
      case 'AUTH':
        return this.#authenticate(verb, argument)
      case 'MAIL':
      case 'SEND':
      case 'SOML':
      case 'SAML':
        return this.#mail(verb, argument)
      case 'RCPT':
        return this.#rcpt(verb, argument)
      case 'DATA':
        return this.#startData(verb, argument)
      case 'BDAT':
        return this.#startChunk(verb, argument)
      case 'RSET':
        return this.#rset(verb, argument)
      case 'NOOP':
        return replies.ok
      case 'QUIT':
        return this.#quit(verb, argument)
      case 'HELP':
        return this.#extensions.help(argument)
      case 'VRFY':
      case 'EXPN':
        return argument === '' ? replies.argumentMissing(COMMANDS[verb][0]) : replies.everyAddress
    }
  }

  /** What a line of a login is answered. */
  respond(line: string): Reply | null {
    return this.#step((this.#login as Login).respond(line))
  }

  /** Ends a login that cannot go on. */
  breakLogin(): void {
    this.#login = null
    this.#state = 'greeted'
  }

  /** Takes what is there of a body; the answer to it once it is complete and known. */
  readBody(lines: LineBuffer): Reply | null {
    const body = this.#body as DotReader | ChunkReader
    const bytes = lines.bytes()
    if (bytes !== undefined) lines.skip(body.read(bytes))
    return body.ended ? this.#endBody() : null
  }

  /** What the client is told of an answer to the last event. */
  answer(answer: SmtpAnswer): Reply {
    this.#state = 'greeted'
    switch (answer.type) {
      case 'stored':
        return this.#stored(answer.id)
      case 'refused': {
        const { verb, received } = this.#takePending()
        return this.#refuseMessage(answer.reply, verb, received.raw.length, received.raw)
      }
      case 'judged':
        return this.#judged(answer.passed)
    }
  }

  /** TLS is up: everything said in the clear is forgotten (RFC 3207 4.2). */
  secured(tls: TlsInfo): void {
    this.#tls = tls
    this.#helo = ''
    this.#auth = null
    this.#username = null
    this.#login = null
    this.#abort('aborted')
    this.#account.forgetHello()
    this.#recorder.reached('tls')
    this.#state = 'connected'
  }

  /** Ends everything, since the connection does. */
  end(how: 'lost' | 'aborted' = 'lost'): void {
    this.#abort(how)
    this.#state = 'ended'
  }

  /** Ends the transaction before its message is whole, if one is open. */
  #abort(how: 'lost' | 'aborted'): void {
    this.#recorder.end(how, this.#body?.size, this.#body?.beginning)
    this.#abandon()
  }

  /** Forgets the transaction, if one is open, and notes when it failed for want of recipients. */
  #abandon(): void {
    const refusal = this.#transaction?.refusal
    if (refusal) this.#account.because(`all recipients were refused: ${refusal}`, remedyOf('RCPT', refusal))
    this.#transaction = null
    this.#body = null
    this.#chunk = null
    this.#account.endTransaction()
    if (this.#state === 'transaction') this.#state = 'greeted'
  }

  /** Takes what a strict server would refuse, and remembers that it did; or is that server, and gives the refusal. */
  lenient(overlooked: Leniency, verb = '', badPath = replies.badSender): Reply | null {
    const refusal = this.#options.strict ? refusalOf(overlooked, verb, badPath) : null
    if (refusal === null) this.#account.overlook(overlooked)
    return refusal
  }

  // One method per verb.

  #hello(verb: 'HELO' | 'EHLO', name: string): Reply {
    let refusal: Reply | null = null
    if (name === '') refusal = this.lenient(leniency.helloWithoutName, verb)
    else if (!isDomain(name) && !isAddressLiteral(name)) refusal = this.lenient(leniency.helloName, verb)
    if (refusal !== null) return refusal
    this.#account.hello()
    this.#abort('aborted')
    this.#recorder.reached('greeted')
    this.#helo = name
    this.#state = 'greeted'
    return verb === 'HELO' ? this.#extensions.helo : this.#extensions.ehlo(this.#tls !== null)
  }

  #startTls(verb: Verb, argument: string): Reply {
    if (argument !== '') return replies.noArgument(verb)
    if (this.#tls !== null) return replies.tlsActive
    this.#abort('aborted')
    this.#state = 'securing'
    this.#event = START_TLS
    return replies.readyForTls
  }

  #authenticate(_verb: Verb, argument: string): Reply | null {
    if (this.#state === 'connected') return replies.helloFirst
    if (this.#lacksTls) return replies.tlsFirst
    if (this.#auth !== null) return replies.loggedInAlready
    if (this.#transaction !== null) return replies.loginInTransaction
    const begun = Login.begin(argument, () => this.#challenge())
    if (begun instanceof Reply) return begun
    this.#login = begun.login
    this.#state = 'login'
    return this.#step(begun.step)
  }

  #mail(verb: Envelope['verb'], argument: string): Reply {
    const isNested = this.#transaction !== null
    const reply = this.#openTransaction(verb, argument)
    if (isNested) this.#recorder.answered(verb, reply)
    else this.#recorder.mail(verb, this.#transaction?.from ?? saidPath(argument), reply)
    return reply
  }

  #openTransaction(verb: Envelope['verb'], argument: string): Reply {
    if (this.#state === 'connected') return replies.helloFirst
    if (this.#transaction !== null) return replies.nestedMail
    if (this.#lacksTls) return replies.tlsFirst
    if (this.#options.requireAuth && this.#auth === null) return replies.loginFirst
    const parsed = mailArguments(argument, this.#extensions.offered)
    if (parsed instanceof Reply) return parsed
    const { maxMessageBytes } = this.#options
    const { SIZE: size } = parsed.params
    if (size !== undefined && Number(size) > maxMessageBytes) return replies.tooLarge(maxMessageBytes)
    if (this.#context.storeFull?.()) return replies.storeFull
    const transaction = new Transaction(verb, parsed)
    const refusal = this.#overlook(parsed, transaction, verb, replies.badSender)
    if (refusal !== null) return refusal
    this.#transaction = transaction
    this.#state = 'transaction'
    return replies.senderOk
  }

  #rcpt(verb: Verb, argument: string): Reply {
    const transaction = this.#transaction
    const reply = transaction === null ? this.#mailFirst : this.#recipient(transaction, verb, argument)
    if (reply.refuses) transaction?.refuse(reply)
    const recipient = transaction === null || reply.refuses ? saidPath(argument) : transaction.lastRecipient
    this.#recorder.rcpt(recipient, reply)
    return reply
  }

  #recipient(transaction: Transaction, verb: Verb, argument: string): Reply {
    if (transaction.hasChunks) return replies.chunksBegun
    const { maxRecipients } = this.#options
    const parsed = rcptArguments(argument, this.#extensions.offered)
    if (parsed instanceof Reply) return parsed
    if (transaction.recipientCount >= maxRecipients) return replies.tooManyRecipients(maxRecipients)
    const refusal = this.#overlook(parsed, transaction, verb, replies.badRecipient)
    if (refusal !== null) return refusal
    transaction.accept(parsed)
    return replies.recipientOk
  }

  #startData(verb: Verb, argument: string): Reply {
    const reply = this.#openData(verb, argument)
    this.#recorder.answered(verb, reply)
    return reply
  }

  #openData(verb: Verb, argument: string): Reply {
    if (argument !== '') return replies.noArgument(verb)
    const transaction = this.#transaction
    if (transaction === null) return this.#mailFirst
    if (transaction.hasChunks) return replies.chunksBegun
    if (transaction.isBinary) return replies.binaryNeedsChunks
    if (transaction.recipientCount === 0) return replies.noRecipients
    this.#body = new DotReader(this.#options.maxMessageBytes)
    this.#state = 'body'
    return replies.startData
  }

  #startChunk(verb: Verb, argument: string): Reply | null {
    const announced = parseChunk(argument)
    const transaction = this.#transaction
    let refusal: Reply | null = null
    if (transaction === null) refusal = this.#mailFirst
    else if (transaction.recipientCount === 0) refusal = replies.noRecipients
    if (announced === undefined || refusal !== null) {
      // A chunk that fails ends the transaction, so that no later one completes a message that lacks this one.
      this.#recorder.answered(verb, refusal ?? replies.badChunkSize)
      this.#abort('aborted')
    }
    if (announced === undefined) return replies.badChunkSize
    const reader = this.#transaction?.chunkReader(this.#options.maxMessageBytes) ?? new ChunkReader(0)
    reader.expect(announced.octets)
    this.#body = reader
    this.#chunk = { ...announced, refusal, after: this.#state }
    this.#state = 'body'
    // A chunk of no octets is there already.
    return reader.ended ? this.#endBody() : null
  }

  #rset(verb: Verb, argument: string): Reply {
    if (argument !== '') return replies.noArgument(verb)
    this.#abort('aborted')
    return replies.ok
  }

  #quit(verb: Verb, argument: string): Reply {
    if (argument !== '') return replies.noArgument(verb)
    this.end('aborted')
    return replies.bye
  }

  // Logins.

  /** A challenge as RFC 2195 2 wants it: of the form of a message identifier, and never the same twice. */
  #challenge(): string {
    const { now, random } = this.#context
    return `<${random(CHALLENGE_BYTES).toString('hex')}.${now()}@${this.#options.name}>`
  }

  #step(step: LoginStep): Reply | null {
    if (!(step instanceof Reply)) {
      this.#credentials = step
      this.#event = { type: 'login', credentials: step }
      this.#state = 'answering'
      return null
    }
    if (step.code !== CONTINUE) this.breakLogin()
    return step
  }

  #judged(passed: boolean): Reply {
    const { mechanism, username } = this.#credentials as Credentials
    const login = this.#login as Login
    this.#credentials = null
    this.#username = username
    this.#recorder.note(`${passed ? 'logged in' : 'the login was refused'}: ${mechanism}, user "${username}"`)
    if (!passed) {
      this.#state = 'login'
      return this.#step(login.refuse()) as Reply
    }
    this.#auth = { mechanism, username }
    this.#login = null
    this.#recorder.reached('auth')
    return replies.loggedIn
  }

  // The body.

  #endBody(): Reply | null {
    const body = this.#body as DotReader | ChunkReader
    const chunk = this.#chunk
    const verb = this.bodyVerb
    this.#recorder.data(chunk?.octets ?? body.size)
    this.#body = null
    this.#chunk = null
    this.#state = chunk === null ? 'transaction' : chunk.after
    if (chunk !== null && chunk.refusal !== null) return chunk.refusal
    if (body.tooLarge) {
      const tooLarge = replies.tooLarge(this.#options.maxMessageBytes)
      return this.#refuseMessage(tooLarge, verb, body.size, body.beginning)
    }
    if (chunk !== null && !chunk.isLast) {
      const chunkOk = replies.chunkOk(chunk.octets)
      this.#recorder.answered(verb, chunkOk)
      return chunkOk
    }
    const refusal = body.lookalike ? this.lenient(leniency.smuggling) : null
    if (refusal !== null) return this.#refuseMessage(refusal, verb, body.size, body.beginning)
    const received = this.#received(body.take())
    this.#event = { type: 'message', received }
    this.#pending = { received, verb }
    this.#abandon()
    this.#state = 'answering'
    return null
  }

  #received(raw: Buffer): Received {
    const { peer, record } = this.#context
    return {
      raw,
      envelope: (this.#transaction as Transaction).envelope({
        helo: this.#helo,
        remoteAddress: peer.remoteAddress,
        remotePort: peer.remotePort,
        localPort: peer.localPort,
        tls: this.#tls,
        auth: this.#auth,
      }),
      receivedAtMs: this.#context.now(),
      inboxes: ['default'],
      sessionId: record.id,
      attempts: 1,
      warnings: this.#account.messageWarnings(),
    }
  }

  #stored(id: string): Reply {
    const { received, verb } = this.#takePending()
    const reply = replies.queued(id)
    this.#account.deliver()
    const { raw, inboxes, envelope } = received
    this.#recorder.message(verb, reply, raw.length, { id, inboxes, to: envelope.to })
    return reply
  }

  #refuseMessage(reply: Reply, verb: Verb, bytes: number, data: Buffer): Reply {
    this.#account.because(`the message was refused: ${reply}`, remedyOf(verb, reply))
    this.#recorder.message(verb, reply, bytes, null, data)
    this.#abandon()
    return reply
  }

  #takePending(): Pending {
    const pending = this.#pending as Pending
    this.#pending = null
    return pending
  }

  // What is asked in several places.

  /** What is said to a command that needs a transaction where there is none. */
  get #mailFirst(): Reply {
    return this.#state === 'connected' ? replies.helloFirst : replies.mailFirst
  }

  get #lacksTls(): boolean {
    return this.#options.requireTls && this.#tls === null
  }

  #overlook(
    { path, leniencies }: PathArguments,
    transaction: Transaction,
    verb: Verb,
    badPath: (why: string) => Reply,
  ): Reply | null {
    for (const overlooked of leniencies) {
      const refusal = this.lenient(overlooked, verb, badPath)
      if (refusal !== null) return refusal
    }
    if (transaction.allowsUtf8 || isAscii(path)) return null
    return this.lenient(leniency.utf8WithoutSmtputf8, verb, badPath)
  }
}
