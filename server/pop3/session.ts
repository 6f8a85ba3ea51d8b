/**
 * One POP3 connection as a state machine over bytes: RFC 1939, with 2449 (CAPA), 2595 (STLS), 5034 (AUTH) and 3206
 * (response codes). Here are the limits of lines, logins, farewells and what rules want; what is said once somebody has
 * logged in is transaction.ts's, and what is as for IMAP stands in mailbox/session.ts.
 */
import type { Envelope } from '../mail/message.js'
import type { LoginAnswer } from '../mailbox/context.js'
import { wordsOf } from '../mailbox/moments.js'
import { MailboxSession } from '../mailbox/session.js'
import { shownResponse } from '../net/login.js'
import type { Credentials } from '../net/sasl.js'
import type { Interruption, TlsInfo } from '../net/session.js'
import type { Verdict } from '../smtp/rule.js'
import { Authorization, type LoginResult, MECHANISMS } from './authorization.js'
import { COMMANDS, type Command, parseCommand, shownCommand, type Verb } from './command.js'
import type { Pop3Answer, Pop3Context, Pop3Event } from './context.js'
import { Maildrop } from './maildrop.js'
import { type Reply, replies } from './reply.js'
import { type Answer, listOf, only, Transaction } from './transaction.js'

export type { Pop3Answer, Pop3Context, Pop3Event } from './context.js'

/** The commands that are refused in the clear under --require-tls. */
const LOGINS: ReadonlySet<Verb> = new Set(['USER', 'PASS', 'APOP', 'AUTH'])

/** What rules are said to have held back, beside commands. */
const LOGIN = 'the login'

export class Pop3Session extends MailboxSession<Pop3Event, Pop3Answer> {
  readonly #context: Pop3Context
  readonly #authorization: Authorization
  #tls: TlsInfo | null = null
  #credentials: Credentials | null = null
  /** What a rule wants of the answer to the login, or to QUIT, that is awaited. */
  #verdict: Verdict | null = null
  #username: string | null = null
  #auth: Envelope['auth'] = null
  #transaction: Transaction | null = null
  /** What is left of a long answer. */
  #rest: Iterator<Buffer> | null = null
  #interruption: Interruption | null = null

  constructor(context: Pop3Context) {
    super(context)
    this.#context = context
    this.#authorization = new Authorization(context)
  }

  get tls(): TlsInfo | null {
    return this.#tls
  }

  get auth(): Envelope['auth'] {
    return this.#auth
  }

  get username(): string | null {
    return this.#username
  }

  answer(answer: Pop3Answer): void {
    if (this.state !== 'answering') return
    switch (answer.type) {
      case 'judged':
        this.#judged(answer)
        break
      case 'opened':
        this.#open(new Maildrop(answer.entries))
        break
      case 'removed':
        this.#removed()
        break
    }
    const interruption = this.#interruption
    if (interruption !== null && !this.isWanting) this.interrupt(interruption)
  }

  /** A POP3 session sees what was there at its login. */
  wake(): void {}

  interrupt(cause: Interruption, detail?: string): void {
    this.voice.breakIn(cause)
    if (this.state === 'ended') return
    // Whoever has said QUIT is to be told that the messages are gone.
    if (this.state === 'answering' && cause !== 'failure') {
      this.#interruption ??= cause
      return
    }
    const isBetween = this.#rest === null
    switch (cause) {
      case 'end':
        this.#breakOff('the connection was lost')
        break
      case 'idle':
        // RFC 1939 3: without a word, and nothing is deleted.
        this.#breakOff('the client fell silent')
        break
      case 'shutdown':
        this.#breakOff('the server was shut down')
        if (isBetween) this.#say(replies.shutdown)
        break
      case 'overload':
        this.fail('greeted', 'there were too many connections')
        this.#say(replies.overload)
        break
      case 'tls-failed':
        this.fail('tls', `the TLS handshake failed${detail === undefined ? '' : `: ${detail}`}`)
        break
      case 'failure':
        this.fail('greeted', 'the server failed, see its log')
        if (isBetween) this.#say(replies.failure)
        break
    }
    this.close()
  }

  override secured(tls: TlsInfo): void {
    super.secured(tls)
    this.#tls = tls
    this.#authorization.forget()
  }

  protected work(): 'done' | 'waiting' {
    if (this.#rest === null) return this.#read() ? 'done' : 'waiting'
    this.#goOn(this.#rest)
    return 'done'
  }

  // What comes in.

  /** Reads a line; false where there is none. */
  #read(): boolean {
    if (!this.begin()) return false
    const { maxLineBytes, maxAuthLineBytes } = this.#context.options
    const inLogin = this.#authorization.isMidway
    const limit = this.#transaction === null ? maxAuthLineBytes : maxLineBytes
    const line = this.lines.line(limit)
    switch (line?.type) {
      case undefined:
        return false
      case 'line':
        if (inLogin) this.#response(line.bytes)
        else this.#command(line.bytes)
        break
      case 'too-long':
        this.voice.note('a line that is too long came, and was skipped')
        this.#authorization.forget()
        this.#tell(replies.lineTooLong(limit))
        break
      case 'endless':
        this.visit.remark('a line did not end within 64 KiB')
        this.#tell(replies.endlessLine)
        this.close()
        break
    }
    return true
  }

  #command(bytes: Buffer): void {
    this.record.said('client', shownCommand(bytes, this.#transaction !== null))
    const command = parseCommand(bytes)
    switch (command.type) {
      case 'command':
        this.visit.verb(command.verb)
        this.#give(this.#perform(command))
        break
      case 'malformed':
        this.#tell(replies.syntax(command.verb))
        break
      case 'control-character':
        this.#tell(replies.controlCharacter)
        break
      case 'http':
        this.fail('greeted', 'a browser or another HTTP client came to the port of POP3')
        this.#say(replies.http)
        this.close()
        break
      case 'unknown':
        this.#tell(replies.unknownCommand)
        break
    }
  }

  /** Does what a command wants: gives its answer, null where that comes later or is a rule's. */
  #perform(command: Extract<Command, { type: 'command' }>): Answer | null {
    const { verb, argument, words } = command
    const { place } = COMMANDS[verb]
    if (place === 'transaction' && this.#transaction === null) return only(replies.loginFirst)
    if (place === 'authorization' && this.#transaction !== null) return only(replies.loggedInAlready)
    if (LOGINS.has(verb) && !this.#mayLogIn) return only(replies.tlsFirst)
    switch (verb) {
      case 'USER':
        return this.#logIn(this.#authorization.user(argument.trimEnd()))
      case 'PASS':
        return this.#logIn(this.#authorization.pass(argument))
      case 'APOP':
        return this.#logIn(this.#authorization.apop(argument))
      case 'AUTH':
        // Before there was CAPA, clients asked so for what there is.
        if (words.length === 0) return listOf(replies.mechanisms, MECHANISMS)
        return this.#logIn(this.#authorization.begin(words.join(' ')))
      case 'STLS':
        return this.#startTls()
      case 'CAPA':
        return listOf(replies.capabilities, this.#capabilities)
      case 'QUIT':
        return this.#quit()
      default:
        return (this.#transaction as Transaction).perform(verb, words)
    }
  }

  // Logins.

  get #mayLogIn(): boolean {
    return this.#tls !== null || !this.#context.options.requireTls
  }

  #response(bytes: Buffer): void {
    this.record.said('client', shownResponse(bytes))
    this.#give(this.#logIn(this.#authorization.respond(bytes.toString('latin1'))))
  }

  #logIn(result: LoginResult): Answer | null {
    return result.type === 'reply' ? only(result.reply) : this.#judge(result.credentials)
  }

  /** Has credentials judged, by a rule or else by who knows the accounts. */
  #judge(credentials: Credentials): null {
    const { mechanism, username } = credentials
    this.#username = username
    const verdict = this.moments.login(mechanism, username)
    if (this.#isRuledOut(verdict, LOGIN)) {
      this.#refused(credentials, wordsOf(verdict)?.text)
      return null
    }
    this.#credentials = credentials
    this.#verdict = verdict
    // What a rule lets pass need not be judged.
    this.want(wordsOf(verdict) === null ? { type: 'login', credentials } : { type: 'open', username })
    return null
  }

  #judged({ passed }: LoginAnswer): void {
    const credentials = this.#credentials as Credentials
    if (passed) {
      this.want({ type: 'open', username: credentials.username })
      return
    }
    this.#credentials = null
    this.state = 'ready'
    this.#refused(credentials, replies.badCredentials.text.trimEnd())
    this.#answer(replies.badCredentials, LOGIN)
  }

  /** Without an answer, the end of the connection is the reason. */
  #refused({ mechanism, username }: Credentials, answer: string | undefined): void {
    if (answer !== undefined) this.visit.because('auth', `the login was refused: ${answer}`)
    this.voice.note(`the login was refused: ${mechanism}, user "${username}"`)
  }

  #open(maildrop: Maildrop): void {
    const { mechanism, username } = this.#credentials as Credentials
    this.#credentials = null
    this.#auth = { mechanism, username }
    this.#transaction = new Transaction(maildrop, this.#context.store, this.visit)
    this.state = 'ready'
    this.visit.loggedIn()
    this.voice.note(`logged in: ${mechanism}, user "${username}"`)
    this.#answer(replies.count(maildrop.count, maildrop.bytes), LOGIN)
  }

  // The other commands that belong to no transaction.

  /** RFC 2449 6: what can be done now, a line each. */
  get #capabilities(): string[] {
    return [
      'TOP',
      'UIDL',
      'PIPELINING',
      'RESP-CODES',
      'AUTH-RESP-CODE',
      ...(this.#mayLogIn ? ['USER', `SASL ${MECHANISMS.join(' ')}`] : []),
      ...(this.#context.options.tls && this.#tls === null && this.#transaction === null ? ['STLS'] : []),
      'IMPLEMENTATION maildouble',
    ]
  }

  #startTls(): Answer | null {
    if (this.#tls !== null) return only(replies.tlsActive)
    if (!this.#context.options.tls) return only(replies.noTls)
    const verdict = this.moments.startTls('STLS')
    if (this.#isRuledOut(verdict, 'STLS')) return null
    this.voice.answer(replies.readyForTls.text, verdict, 'STLS')
    this.secure(verdict)
    return null
  }

  #quit(): Answer | null {
    const verdict = this.moments.quit('QUIT', this.#username)
    if (this.#isRuledOut(verdict, 'QUIT')) return null
    this.#verdict = verdict
    const ids = this.#transaction?.deletedIds ?? []
    if (ids.length > 0) this.want({ type: 'remove', ids })
    else this.#removed()
    return null
  }

  #removed(): void {
    const deleted = this.#transaction?.settle() ?? 0
    this.state = 'ended'
    this.#answer(replies.bye(deleted), 'QUIT')
    this.voice.end()
  }

  // What is said, and how it ends.

  protected greet(): void {
    const verdict = this.moments.connection()
    const words = wordsOf(verdict)
    const ours = replies.greeting(this.#context.options.name, this.#authorization.challenge)
    const reply = words === null || !words.refuses ? ours : replies.ruled(words, false)
    this.voice.answer(verdict?.silent ? null : reply.text, verdict, 'connecting')
    if (reply.ok) return
    this.fail('greeted', `the greeting was refused: ${reply.text.trimEnd()}`)
    this.voice.end()
  }

  /** Whether a rule keeps something from being done: then what it says in place of that is under way. */
  #isRuledOut(verdict: Verdict | null, occasion: string): boolean {
    const words = wordsOf(verdict)
    if (!verdict?.silent && !words?.refuses) return false
    this.voice.answer(words && replies.ruled(words, occasion === LOGIN).text, verdict, occasion)
    return true
  }

  /** Says an answer for which something else was awaited, in a rule's words where it has some. */
  #answer(reply: Reply, occasion: string): void {
    const verdict = this.#verdict
    const words = reply.ok ? wordsOf(verdict) : null
    this.#verdict = null
    this.voice.answer(words === null ? reply.text : replies.ruled(words, occasion === LOGIN).text, verdict, occasion)
  }

  /** Says an answer, and what comes behind it. */
  #give(answer: Answer | null): void {
    if (answer === null) return
    this.#tell(answer.reply)
    if (answer.note !== null) this.voice.note(answer.note)
    this.#rest = answer.rest
  }

  /** Says an answer; a client that breaks the protocol without end is sent away. */
  #tell(reply: Reply): void {
    this.#say(reply)
    if (reply.isProtocolError) this.countError()
  }

  protected onTooManyErrors(): void {
    this.#say(replies.tooManyErrors)
  }

  #say(reply: Reply): void {
    this.voice.say(reply.text)
  }

  #goOn(rest: Iterator<Buffer>): void {
    const piece = rest.next()
    if (piece.done) this.#rest = null
    else this.voice.send(piece.value)
  }

  /** The session ends without QUIT: nothing is deleted (RFC 1939 6). */
  #breakOff(what: string): void {
    this.voice.note(what)
    const marked = this.#transaction?.deletedIds.length ?? 0
    if (marked > 0) this.visit.remark(`${marked} marked as deleted and kept, since ${what} before QUIT`)
  }

  protected override close(): void {
    super.close()
    this.#rest = null
  }
}
