/**
 * What a client and this server have said so far, and what the next word means: the transitions of SMTP, one method per
 * verb, each giving its reply, or null where that has to wait or a rule wants silence. Those of a transaction, from MAIL to the
 * end of its message, are mailing.ts's. A rule is asked once a command is in order, and before it is done (`decide` of
 * moments.ts); what it wants beside words is left in `verdict`.
 *
 * RFC 5321 with 3207 (STARTTLS) and 4954 (AUTH). What is overlooked goes through one place, the Tolerance of leniency.ts.
 * Bytes, lines and farewells are session.ts's, and what a login knows is authentication.ts's.
 *
 * The states: `connected` until HELO or EHLO, `greeted` between transactions, `transaction` from MAIL on, `login` while
 * lines are responses of AUTH, `body` while bytes are the message's, `answering` while somebody else has to answer,
 * `securing` from STARTTLS until TLS is up, `ended`.
 */
import type { Envelope } from '../mail/message.js'
import type { LineBuffer } from '../net/lines.js'
import type { Credentials } from '../net/sasl.js'
import type { StartTls, TlsInfo } from '../net/session.js'
import type { Account } from './account.js'
import { Authentication } from './authentication.js'
import type { RefusedVerb, Verb } from './command.js'
import { COMMANDS } from './command.js'
import type { SmtpAnswer, SmtpContext, SmtpEvent, SmtpOptions } from './context.js'
import { Extensions } from './extensions.js'
import type { Said } from './incoming.js'
import { leniency, type Tolerance } from './leniency.js'
import { type Client, Mailing } from './mailing.js'
import { type Known, Moments, ruled, wordsOf } from './moments.js'
import { isAddressLiteral, isDomain } from './path.js'
import type { Recorder } from './record.js'
import { Reply, replies } from './reply.js'
import type { CertificateFault, Verdict } from './rule.js'

type State = 'connected' | 'greeted' | 'transaction' | 'login' | 'body' | 'answering' | 'securing' | 'ended'

/** The code of a challenge: the login goes on. */
const CONTINUE = 334

const START_TLS: StartTls = { type: 'starttls' }

export class Conversation implements Client {
  readonly #options: Readonly<SmtpOptions>
  /** What is offered to whom no rule hides anything from. */
  readonly #all: Extensions
  /** What is offered since the last EHLO. */
  #extensions: Extensions
  readonly #account: Account
  readonly #recorder: Recorder
  readonly #authentication: Authentication
  readonly #mailing: Mailing
  readonly #moments: Moments
  readonly #tolerance: Tolerance

  #state: Exclude<State, 'transaction' | 'body'> = 'connected'
  #helo = ''
  #tls: TlsInfo | null = null
  /** The rule that hides some of them. */
  #hiddenBy: Verdict | null = null
  /** The greeting refused the connection: only QUIT is taken (RFC 5321 3.1). */
  #turnedAway = false
  /** What a rule wants of the next handshake. */
  #atHandshake: Verdict | null = null
  #event: SmtpEvent | StartTls | null = null

  constructor(context: SmtpContext, account: Account, recorder: Recorder, tolerance: Tolerance) {
    this.#options = context.options
    this.#all = Extensions.of(context.options)
    this.#account = account
    this.#recorder = recorder
    this.#authentication = new Authentication(context, recorder)
    this.#tolerance = tolerance
    this.#extensions = this.#offer(this.#all, null)
    const moments = new Moments(context, () => this.#known)
    this.#moments = moments
    this.#mailing = new Mailing({ context, account, recorder, moments, tolerance, client: this })
  }

  get state(): State {
    const { phase } = this.#mailing
    if (phase === 'none' || this.#state === 'ended') return this.#state
    return phase === 'open' ? 'transaction' : phase
  }

  /** Whether HELO or EHLO was said. */
  get hasGreeted(): boolean {
    return this.#state !== 'connected'
  }

  /** What a message's envelope says of the session. */
  get said(): Said {
    return { helo: this.#helo, tls: this.#tls, auth: this.auth }
  }

  get extensions(): Extensions {
    return this.#extensions
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
    return this.#mailing.isOpen
  }

  /** Where in a message it is, in words; undefined between commands. */
  get place(): string | undefined {
    return this.#mailing.place
  }

  /** The command that the bytes of a body belong to. */
  get bodyVerb(): Verb {
    return this.#mailing.bodyVerb
  }

  /** What a rule wants of the answer that comes next; null for nothing. */
  get verdict(): Verdict | null {
    return this.#moments.verdict
  }

  /** The same, once. */
  takeVerdict(): Verdict | null {
    return this.#moments.take()
  }

  /** The rule that has the body read slowly; null for none. */
  get slowedBy(): Verdict | null {
    return this.#mailing.slowedBy
  }

  /** How long a rule wants to rest within the body, once; 0 for not at all. */
  takeRest(): number {
    return this.#mailing.takeRest()
  }

  /** What somebody else has to do or to answer now, once. */
  takeEvent(): SmtpEvent | StartTls | null {
    const event = this.#event
    if (event === null) return this.#mailing.takeEvent()
    this.#event = null
    return event
  }

  /** What a client that has connected is told. */
  greet(): Reply | null {
    const verdict = this.#moments.connection()
    if (verdict?.silent) return null
    const words = wordsOf(verdict)
    this.#turnedAway = words?.refuses === true
    return words ?? this.#extensions.greeting
  }

  /** A handshake begins: what a rule wants of the certificate. */
  handshake(): CertificateFault | null {
    if (this.#state !== 'securing') this.#atHandshake = this.#moments.handshake()
    return this.#atHandshake?.certificate ?? null
  }

  /** The rule that had a say in the last handshake; null for none. */
  get atHandshake(): Verdict | null {
    return this.#atHandshake
  }

  /** What a command is answered that is known and never done. */
  decline(verb: RefusedVerb): Reply | null {
    if (this.#turnedAway) return replies.turnedAway
    return this.#moments.decide(verb, '', () => (verb === 'TURN' ? replies.turn : replies.notOffered(verb)))
  }

  /** What a command is answered; null where the answer has to wait, or where there is none. */
  perform(verb: Verb, argument: string): Reply | null {
    if (this.#turnedAway && verb !== 'QUIT') return replies.turnedAway
    if (!this.#extensions.offers(verb)) return this.#notOffered(verb)
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
        return this.#mailing.mail(verb, argument)
      case 'RCPT':
        return this.#mailing.rcpt(verb, argument)
      case 'DATA':
        return this.#mailing.data(verb, argument)
      case 'BDAT':
        return this.#mailing.chunk(verb, argument)
      case 'RSET':
        return this.#rset(verb, argument)
      case 'NOOP':
        return this.#moments.decide(verb, argument, () => replies.ok)
      case 'QUIT':
        return this.#quit(verb, argument)
      case 'HELP':
        return this.#moments.decide(verb, argument, () => this.#extensions.help(argument))
      case 'VRFY':
      case 'EXPN':
        if (argument === '') return replies.argumentMissing(COMMANDS[verb][0])
        return this.#moments.decide(verb, argument, () => replies.everyAddress)
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
    return this.#mailing.read(lines)
  }

  /** What the client is told of an answer to the last event. */
  answer(answer: SmtpAnswer): Reply | null {
    if (answer.type !== 'judged') return this.#mailing.answer(answer)
    this.#state = 'greeted'
    return this.#reply(this.#authentication.judged(answer.passed, null))
  }

  /** TLS is up: everything said in the clear is forgotten (RFC 3207 4.2). */
  secured(tls: TlsInfo): void {
    this.#tls = tls
    this.#helo = ''
    this.#authentication.forget()
    this.#extensions = this.#offer(this.#all, null)
    this.#mailing.abort('aborted')
    this.#account.forgetHello()
    this.#recorder.reached('tls')
    this.#state = 'connected'
  }

  /** Ends everything, since the connection does. */
  end(how: 'lost' | 'aborted' = 'lost'): void {
    this.#event = null
    this.#mailing.abort(how)
    this.#state = 'ended'
  }

  // One method per verb.

  #hello(verb: 'HELO' | 'EHLO', name: string): Reply | null {
    let refusal: Reply | null = null
    if (name === '') refusal = this.#tolerance.of(leniency.helloWithoutName, verb)
    else if (!isDomain(name) && !isAddressLiteral(name)) refusal = this.#tolerance.of(leniency.helloName, verb)
    if (refusal !== null) return refusal
    const greet = (verdict: Verdict | null) => {
      this.#account.hello()
      this.#mailing.abort('aborted')
      this.#recorder.reached('greeted')
      this.#helo = name
      this.#state = 'greeted'
      this.#extensions = this.#offer(this.#all.hiding(verdict?.hide ?? []), verdict)
      return verb === 'HELO' ? this.#extensions.helo : this.#extensions.ehlo(this.#tls !== null)
    }
    return this.#moments.decide(verb, name, greet, { helo: name === '' ? null : name })
  }

  /** From here on what a rule hides is not there: whoever strips a keyword stands between, and would stop the command too. */
  #offer(extensions: Extensions, verdict: Verdict | null): Extensions {
    this.#hiddenBy = extensions === this.#all ? null : verdict
    this.#recorder.enhancedCodes = extensions.enhancedCodes
    return extensions
  }

  #notOffered(verb: Verb): Reply {
    const reply = replies.notOffered(verb)
    return this.#hiddenBy !== null && this.#all.offers(verb) ? ruled(reply, this.#hiddenBy) : reply
  }

  #startTls(verb: Verb, argument: string): Reply | null {
    if (argument !== '') return replies.noArgument(verb)
    if (this.#tls !== null) return replies.tlsActive
    return this.#moments.decide(verb, argument, verdict => {
      this.#mailing.abort('aborted')
      this.#atHandshake = verdict
      this.#state = 'securing'
      this.#event = START_TLS
      return replies.readyForTls
    })
  }

  #authenticate(_verb: Verb, argument: string): Reply | null {
    if (this.#state === 'connected') return replies.helloFirst
    if (this.#options.requireTls && this.#tls === null) return replies.tlsFirst
    if (this.auth !== null) return replies.loggedInAlready
    if (this.#mailing.isOpen) return replies.loginInTransaction
    return this.#step(this.#authentication.begin(argument))
  }

  #rset(verb: Verb, argument: string): Reply | null {
    if (argument !== '') return replies.noArgument(verb)
    return this.#moments.decide(verb, argument, () => {
      this.#mailing.abort('aborted')
      return replies.ok
    })
  }

  #quit(verb: Verb, argument: string): Reply | null {
    if (argument !== '') return replies.noArgument(verb)
    return this.#moments.decide(verb, argument, () => {
      this.end('aborted')
      return replies.bye
    })
  }

  // Logins.

  #step(step: Reply | Credentials): Reply | null {
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

  /** What rules may look at. */
  get #known(): Known {
    return { helo: this.helo, user: this.auth?.username ?? null, ...this.#mailing.known }
  }
}
