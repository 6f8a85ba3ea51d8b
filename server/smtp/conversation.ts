/**
 * What a client and this server have said so far, and what the next word means: every transition of SMTP stands here, one
 * method per verb, each giving its reply, or null where that has to wait or a rule wants silence. A rule is asked once a
 * command is in order, and before it is done (`#take`); what it wants beside words is left in `verdict`.
 *
 * RFC 5321 with 3030 (BDAT), 3207 (STARTTLS), 4954 (AUTH) and the parameters of parameters.ts. What is overlooked goes
 * through `lenient`, one place. Bytes, lines and farewells are session.ts's, what a login knows authentication.ts's, and what
 * a body is incoming.ts's.
 *
 * The states: `connected` until HELO or EHLO, `greeted` between transactions, `transaction` from MAIL on, `login` while
 * lines are responses of AUTH, `body` while bytes are the message's, `answering` while somebody else has to answer,
 * `securing` from STARTTLS until TLS is up, `ended`.
 */
import type { Envelope, Received } from '../mail/message.js'
import type { LineBuffer } from '../net/lines.js'
import type { StartTls, TlsInfo } from '../net/session.js'
import { type Account, refusal as inWords } from './account.js'
import { Authentication } from './authentication.js'
import { isAscii } from './characters.js'
import type { RefusedVerb, Verb } from './command.js'
import { COMMANDS } from './command.js'
import type { SmtpAnswer, SmtpContext, SmtpEvent, SmtpOptions } from './context.js'
import { Extensions } from './extensions.js'
import { Incoming } from './incoming.js'
import type { Leniency } from './leniency.js'
import { leniency, refusalOf } from './leniency.js'
import type { LoginStep } from './login.js'
import { type Known, Moments, wordsOf } from './moments.js'
import { Pace } from './pace.js'
import { parseChunk } from './parameters.js'
import type { PathArguments } from './path.js'
import { isAddressLiteral, isDomain, mailArguments, rcptArguments, saidPath } from './path.js'
import type { Recorder } from './record.js'
import { remedyOf } from './remedies.js'
import { Reply, replies } from './reply.js'
import type { CertificateFault, Verdict } from './rule.js'
import { Transaction } from './transaction.js'

type State = 'connected' | 'greeted' | 'transaction' | 'login' | 'body' | 'answering' | 'securing' | 'ended'

/** The code of a challenge: the login goes on. */
const CONTINUE = 334

const START_TLS: StartTls = { type: 'starttls' }

export class Conversation {
  readonly #context: SmtpContext
  readonly #options: Readonly<SmtpOptions>
  readonly #extensions: Extensions
  readonly #account: Account
  readonly #recorder: Recorder
  readonly #authentication: Authentication
  readonly #incoming: Incoming
  readonly #moments: Moments

  #state: State = 'connected'
  /** The state behind a body. */
  #afterBody: State = 'connected'
  #helo = ''
  #tls: TlsInfo | null = null
  #transaction: Transaction | null = null
  /** How many transactions were opened. */
  #transactions = 0
  /** The greeting refused the connection: only QUIT is taken (RFC 5321 3.1). */
  #turnedAway = false
  /** What a rule wants of the next handshake. */
  #atHandshake: Verdict | null = null
  #event: SmtpEvent | StartTls | null = null

  constructor(context: SmtpContext, account: Account, recorder: Recorder) {
    this.#context = context
    this.#options = context.options
    this.#extensions = Extensions.of(context.options)
    this.#account = account
    this.#recorder = recorder
    this.#authentication = new Authentication(context, recorder)
    this.#incoming = new Incoming(context, account, recorder, overlooked => this.lenient(overlooked))
    this.#moments = new Moments(context, () => this.#known)
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
    return this.#authentication.auth
  }

  /** Who tried to log in last, with success or without. */
  get username(): string | null {
    return this.#authentication.username
  }

  get inTransaction(): boolean {
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

  /** What a rule wants of the answer that comes next; null for nothing. */
  get verdict(): Verdict | null {
    return this.#moments.verdict
  }

  /** The same, once. */
  takeVerdict(): Verdict | null {
    return this.#moments.take()
  }

  /** How long a rule wants to rest within the body, once; 0 for not at all. */
  takeRest(): number {
    return this.#transaction?.pace?.takeRest() ?? 0
  }

  /** What somebody else has to do or to answer now, once. */
  takeEvent(): SmtpEvent | StartTls | null {
    const event = this.#event
    if (event !== null) this.#event = null
    return event
  }

  /** What a client that has connected is told. */
  greet(): Reply | null {
    // What a rule wanted of the handshake and could not have there, it has now.
    const verdict = this.#moments.verdict ?? this.#moments.connection()
    if (verdict?.silent) return null
    const words = wordsOf(verdict)
    this.#turnedAway = words?.refuses === true
    return words ?? this.#extensions.greeting
  }

  /** A handshake begins: what a rule wants of the certificate. */
  handshake(): CertificateFault | null {
    if (this.#state !== 'securing') {
      this.#atHandshake = this.#moments.command('STARTTLS', '')
      if (this.#atHandshake?.certificate) this.#moments.take()
    }
    return this.#atHandshake?.certificate ?? null
  }

  /** The rule that had a say in the last handshake; null for none. */
  get atHandshake(): Verdict | null {
    return this.#atHandshake
  }

  /** What a command is answered that is known and never done. */
  decline(verb: RefusedVerb): Reply | null {
    if (this.#turnedAway) return replies.turnedAway
    return this.#take(verb, '', () => (verb === 'TURN' ? replies.turn : replies.notOffered(verb)))
  }

  /** What a command is answered; null where the answer has to wait, or where there is none. */
  perform(verb: Verb, argument: string): Reply | null {
    if (this.#turnedAway && verb !== 'QUIT') return replies.turnedAway
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
        return this.#take(verb, argument, () => replies.ok)
      case 'QUIT':
        return this.#quit(verb, argument)
      case 'HELP':
        return this.#take(verb, argument, () => this.#extensions.help(argument))
      case 'VRFY':
      case 'EXPN':
        if (argument === '') return replies.argumentMissing(COMMANDS[verb][0])
        return this.#take(verb, argument, () => replies.everyAddress)
    }
  }

  /** What a line of a login is answered. */
  respond(line: string): Reply | null {
    return this.#step(this.#authentication.respond(line))
  }

  /** Ends a login that cannot go on. */
  breakLogin(): void {
    this.#authentication.end()
    this.#state = 'greeted'
  }

  /** Takes what is there of a body; the answer to it once it is complete and known. */
  readBody(lines: LineBuffer): Reply | null {
    const pace = this.#transaction?.pace ?? null
    this.#incoming.read(lines, pace)
    if (this.#incoming.ended) return this.#endBody()
    if (pace?.isOver) this.#moments.verdict = { ...pace.verdict, silent: true, afterBytes: null, delayMs: 0 }
    return null
  }

  /** What the client is told of an answer to the last event. */
  answer(answer: SmtpAnswer): Reply | null {
    this.#state = 'greeted'
    const { verdict } = this.#moments
    switch (answer.type) {
      case 'stored':
        return this.#incoming.stored(answer.id, verdict?.silent ? 'none' : wordsOf(verdict))
      case 'refused': {
        const refusal = this.#incoming.refused(answer.reply)
        return verdict?.silent ? null : refusal
      }
      case 'judged':
        return this.#reply(this.#authentication.judged(answer.passed, null))
    }
  }

  /** TLS is up: everything said in the clear is forgotten (RFC 3207 4.2). */
  secured(tls: TlsInfo): void {
    this.#tls = tls
    this.#helo = ''
    this.#authentication.forget()
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
    if (this.#state === 'transaction') this.#state = 'greeted'
  }

  /**
   * Does what is in order, unless a rule refuses it or wants silence; and says it in a rule's words, if it has some. `about`
   * is what is only known of this command.
   */
  #take(
    verb: Verb | RefusedVerb,
    argument: string,
    does: (verdict: Verdict | null) => Reply,
    about?: Partial<Known>,
  ): Reply | null {
    const verdict = this.#moments.command(verb, argument, about)
    if (verdict === null) return does(null)
    if (verdict.silent) return null
    const words = wordsOf(verdict)
    if (words?.refuses) return words
    const ours = does(verdict)
    return words ?? ours
  }

  /** Takes what a strict server would refuse, and remembers that it did; or is that server, and gives the refusal. */
  lenient(overlooked: Leniency, verb = '', badPath = replies.badSender): Reply | null {
    const refusal = this.#options.strict ? refusalOf(overlooked, verb, badPath) : null
    if (refusal === null) this.#account.overlook(overlooked)
    return refusal
  }

  // One method per verb.

  #hello(verb: 'HELO' | 'EHLO', name: string): Reply | null {
    let refusal: Reply | null = null
    if (name === '') refusal = this.lenient(leniency.helloWithoutName, verb)
    else if (!isDomain(name) && !isAddressLiteral(name)) refusal = this.lenient(leniency.helloName, verb)
    if (refusal !== null) return refusal
    const greet = (verdict: Verdict | null) => {
      this.#account.hello()
      this.#abort('aborted')
      this.#recorder.reached('greeted')
      this.#helo = name
      this.#state = 'greeted'
      return verb === 'HELO' ? this.#extensions.helo : this.#extensions.ehlo(this.#tls !== null, verdict?.hide)
    }
    return this.#take(verb, name, greet, { helo: name === '' ? null : name })
  }

  #startTls(verb: Verb, argument: string): Reply | null {
    if (argument !== '') return replies.noArgument(verb)
    if (this.#tls !== null) return replies.tlsActive
    return this.#take(verb, argument, verdict => {
      this.#abort('aborted')
      this.#atHandshake = verdict
      this.#state = 'securing'
      this.#event = START_TLS
      return replies.readyForTls
    })
  }

  #authenticate(_verb: Verb, argument: string): Reply | null {
    if (this.#state === 'connected') return replies.helloFirst
    if (this.#lacksTls) return replies.tlsFirst
    if (this.auth !== null) return replies.loggedInAlready
    if (this.#transaction !== null) return replies.loginInTransaction
    return this.#step(this.#authentication.begin(argument))
  }

  #mail(verb: Envelope['verb'], argument: string): Reply | null {
    if (this.#transaction !== null) {
      this.#recorder.answered(verb, replies.nestedMail)
      return replies.nestedMail
    }
    const reply = this.#openTransaction(verb, argument)
    this.#recorder.mail(verb, this.#from ?? saidPath(argument), reply)
    return reply
  }

  #openTransaction(verb: Envelope['verb'], argument: string): Reply | null {
    if (this.#state === 'connected') return replies.helloFirst
    if (this.#lacksTls) return replies.tlsFirst
    if (this.#options.requireAuth && this.auth === null) return replies.loginFirst
    const parsed = mailArguments(argument, this.#extensions.offered)
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
      this.#transactions += 1
      this.#state = 'transaction'
      return replies.senderOk
    }
    return this.#take(verb, argument, open, { mailFrom: transaction.from, transaction: this.#transactions + 1 })
  }

  #rcpt(verb: Verb, argument: string): Reply | null {
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
    const parsed = rcptArguments(argument, this.#extensions.offered)
    if (parsed instanceof Reply) return parsed
    if (transaction.recipientCount >= maxRecipients) return replies.tooManyRecipients(maxRecipients)
    const refusal = this.#overlook(parsed, transaction, verb, replies.badRecipient)
    if (refusal !== null) return refusal
    const accept = () => {
      transaction.accept(parsed)
      return replies.recipientOk
    }
    return this.#take(verb, argument, accept, { recipients: [parsed.path] })
  }

  #startData(verb: Verb, argument: string): Reply | null {
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
    return this.#take(verb, argument, verdict => {
      transaction.pace = Pace.of(verdict)
      this.#incoming.beginData()
      this.#beginBody()
      return replies.startData
    })
  }

  #startChunk(verb: Verb, argument: string): Reply | null {
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
      this.#abort('aborted')
    }
    if (announced === undefined) return replies.badChunkSize
    this.#incoming.beginChunk(this.#transaction, { ...announced, refusal })
    this.#beginBody()
    // A chunk of no octets is there already.
    return this.#incoming.ended ? this.#endBody() : null
  }

  #rset(verb: Verb, argument: string): Reply | null {
    if (argument !== '') return replies.noArgument(verb)
    return this.#take(verb, argument, () => {
      this.#abort('aborted')
      return replies.ok
    })
  }

  #quit(verb: Verb, argument: string): Reply | null {
    if (argument !== '') return replies.noArgument(verb)
    return this.#take(verb, argument, () => {
      this.end('aborted')
      return replies.bye
    })
  }

  // Logins and bodies.

  #step(step: LoginStep): Reply | null {
    if (step instanceof Reply) return this.#reply(step)
    const verdict = this.#moments.login(step.mechanism, step.username)
    if (verdict?.silent) return null
    const words = wordsOf(verdict)
    if (words !== null) return this.#reply(this.#authentication.judged(!words.refuses, words))
    this.#event = { type: 'login', credentials: step }
    this.#state = 'answering'
    return null
  }

  /** What a login is answered: it goes on after a challenge, and is over after anything else. */
  #reply(reply: Reply): Reply {
    if (reply.code === CONTINUE) this.#state = 'login'
    else this.breakLogin()
    return reply
  }

  #beginBody(): void {
    this.#afterBody = this.#state
    this.#state = 'body'
  }

  #endBody(): Reply | null {
    this.#state = this.#afterBody
    const said = { helo: this.#helo, tls: this.#tls, auth: this.auth }
    const end = this.#incoming.end(this.#transaction, said, wordsOf(this.#moments.verdict))
    if (end.type === 'answered') return end.reply
    const verdict = end.type === 'message' ? this.#ruleOf(end.received) : null
    this.#abandon()
    if (end.type === 'refused') return end.reply
    const words = wordsOf(verdict)
    if (words?.refuses) return this.#incoming.refused(words)
    if (verdict?.silent && !verdict.store) {
      this.#incoming.lost()
      return null
    }
    this.#event = end
    this.#state = 'answering'
    return null
  }

  /** What a rule wants of a message; a chunk's own rule has a say where there is no other. */
  #ruleOf(received: Received): Verdict | null {
    return this.#moments.message(received) ?? this.#moments.verdict
  }

  // What is asked in several places.

  /** What is said to a command that needs a transaction where there is none. */
  get #mailFirst(): Reply {
    return this.#state === 'connected' ? replies.helloFirst : replies.mailFirst
  }

  /** What rules may look at. */
  get #known(): Known {
    return {
      helo: this.helo,
      user: this.auth?.username ?? null,
      mailFrom: this.#from,
      recipients: this.#transaction?.recipients,
      transaction: this.#transactions,
    }
  }

  get #from(): string | undefined {
    return this.#transaction?.from
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
