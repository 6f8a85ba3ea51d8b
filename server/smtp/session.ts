/**
 * One SMTP connection as a state machine over bytes.
 *
 * A line becomes a Command in command.ts, and conversation.ts decides what it is answered; a body is read by data.ts.
 * Here are the limits of lines and errors, what may come before a first command (TLS, HTTP), and farewells. What is said
 * goes through `#say`, one place; account.ts remembers why nothing was delivered. What rules want beside words is carried
 * out here: `#carryOut`.
 */
import type { Envelope } from '../mail/message.js'
import type { Failure, SessionRecord, Teller } from '../mail/session-record.js'
import { LineBuffer } from '../net/lines.js'
import { MASK, shownResponse } from '../net/login.js'
import { Output } from '../net/output.js'
import type { DriverWord, Interruption, Later, Pause, Session, TlsInfo } from '../net/session.js'
import { Account, reasons } from './account.js'
import { actsOf, endingOf, fakeShown, holdingOf, type Occasion, readingOf } from './acts.js'
import type { Command } from './command.js'
import { parseCommand } from './command.js'
import type { SmtpAnswer, SmtpContext, SmtpEvent, SmtpOptions } from './context.js'
import { Conversation } from './conversation.js'
import { FAREWELLS } from './farewells.js'
import { leniency, Tolerance } from './leniency.js'
import { Recorder, shownCommand } from './record.js'
import { type Remedy, remedies, ruleRemedy } from './remedies.js'
import { type Reply, replies } from './reply.js'
import type { CertificateFault, Verdict } from './rule.js'
import { ruleOf } from './verdict.js'

export type { SmtpAnswer, SmtpContext, SmtpEvent, SmtpOptions } from './context.js'

/** Bad sequence of commands (RFC 5321 4.2.3). */
const OUT_OF_ORDER = 503
const LATER: Later = { type: 'later' }

/** What is to be said once a pause is over, and done then. */
interface Held {
  readonly occasion: Occasion
  readonly reply: Reply | null
  readonly verdict: Verdict
  /** Whether the app has got what it came for. */
  readonly isDone: boolean
}

export class SmtpSession implements Session<SmtpEvent, SmtpAnswer>, Teller {
  /** What was said and tried. */
  readonly record: SessionRecord
  readonly #options: Readonly<SmtpOptions>
  readonly #account = new Account()
  readonly #recorder: Recorder
  readonly #tolerance: Tolerance
  readonly #conversation: Conversation
  readonly #lines = new LineBuffer()
  readonly #output = new Output()
  /** Any line may be AUTH until it is read. */
  readonly #longestLineBytes: number
  /** Whether the first bytes have been looked at: TLS and HTTP show there. */
  #begun = false
  /** TLS is up, and nothing was said in it yet. */
  #justSecured = false
  /** Whether the greeting was said: under implicit TLS it never is where the handshake fails. */
  #greeted = false
  /** What is said after a pause. */
  #held: Held | null = null
  /** What was said last was said late, and nothing was heard since. */
  #late: Held | null = null
  /** What is wanted of the driver next. */
  #word: DriverWord | null = null
  /** Nothing is said any more, not even goodbye. */
  #isStalled = false
  /** Only half of the reply is said. */
  #isCut = false
  /** A login was refused, and no command was understood since: lines may be what is left of it. */
  #afterLogin = false
  /** What broke in while an answer was awaited: said after it, so that a stored message gets its 250. */
  #interruption: Interruption | null = null
  #protocolErrors = 0

  constructor(context: SmtpContext) {
    const { options } = context
    this.record = context.record
    this.#options = options
    this.#recorder = new Recorder(context.record)
    this.#tolerance = new Tolerance(options.strict, this.#account)
    this.#conversation = new Conversation(context, this.#account, this.#recorder, this.#tolerance)
    this.#longestLineBytes = Math.max(options.maxLineBytes, options.maxAuthLineBytes)
    context.record.teller = this
  }

  get ended(): boolean {
    return this.#conversation.state === 'ended' && this.#held === null && this.#word === null
  }

  /** How many messages were stored. */
  get delivered(): number {
    return this.#account.delivered
  }

  /** What a strict server would have refused, in words, each once. */
  get warnings(): readonly string[] {
    return this.#account.warnings
  }

  /** In words: how many messages were delivered, or the first reason why none was. */
  get outcome(): string {
    return this.#account.outcome
  }

  get failure(): Failure | null {
    return this.#account.failure
  }

  get helo(): string | null {
    return this.#conversation.helo
  }

  get tls(): TlsInfo | null {
    return this.#conversation.tls
  }

  get auth(): Envelope['auth'] {
    return this.#conversation.auth
  }

  get username(): string | null {
    return this.#conversation.username
  }

  receive(chunk: Buffer): void {
    const { state } = this.#conversation
    // What comes in the clear behind STARTTLS was not said under TLS (RFC 3207 6).
    if (state !== 'ended' && state !== 'securing' && !this.#isStalled) this.#lines.push(chunk)
  }

  next(): SmtpEvent | DriverWord | undefined {
    if (!this.#greeted) this.#greet()
    for (;;) {
      const word = this.#word
      if (word !== null) {
        this.#word = null
        return word
      }
      if (this.#held !== null) {
        this.#release()
        continue
      }
      const event = this.#conversation.takeEvent()
      if (event !== null) return event
      switch (this.#conversation.state) {
        case 'answering':
        case 'securing':
        case 'ended':
          return undefined
      }
      // The client has to read what was said before it is told more.
      if (this.#output.isFull) return LATER
      if (!this.#read()) return undefined
    }
  }

  answer(answer: SmtpAnswer): void {
    if (this.#conversation.state !== 'answering') return
    const occasion = answer.type === 'judged' ? 'AUTH' : 'DATA'
    this.#respond(occasion, this.#conversation.answer(answer), answer.type === 'stored')
    const interruption = this.#interruption
    if (interruption !== null) this.interrupt(interruption)
  }

  /** Nothing in SMTP waits for the store to change. */
  wake(): void {}

  interrupt(cause: Interruption, detail?: string): void {
    this.#endPause(cause)
    if (this.#conversation.state === 'ended') return
    if (this.#conversation.state === 'answering' && cause !== 'failure') {
      this.#interruption ??= cause
      return
    }
    const { lastWords, what, reason, remedy } = FAREWELLS[cause]
    if (what !== undefined) this.#breakOff(cause, what, remedy)
    if (reason !== undefined) {
      const all = detail === undefined ? reason : `${reason}: ${detail}`
      if (cause !== 'tls-failed' || !this.#blameCertificate(all)) this.#giveReason(all, remedy)
    }
    this.#end(this.#isStalled ? null : lastWords)
  }

  /** What a rule wants to be wrong with the certificate: asked when a handshake begins. */
  handshake(): CertificateFault | null {
    const fault = this.#conversation.handshake()
    // Behind STARTTLS it was noted with its answer.
    if (fault !== null && !this.#greeted) this.#recorder.note(actsOf(this.#conversation.atHandshake as Verdict))
    return fault
  }

  secured(tls: TlsInfo): void {
    this.#lines.clear()
    this.#begun = true
    this.#justSecured = true
    this.#recorder.note(`TLS is up: ${tls.version}, ${tls.cipher}`)
    this.#conversation.secured(tls)
  }

  output(): Buffer | undefined {
    return this.#output.take()
  }

  // What comes in.

  /** Reads a line or a piece of a body; false where there is none. */
  #read(): boolean {
    const { state } = this.#conversation
    if (state === 'body') {
      if (this.#lines.bytes() === undefined) return false
      this.#late = null
      const verb = this.#conversation.bodyVerb
      this.#respond(verb, this.#conversation.readBody(this.#lines))
      const restMs = this.#conversation.takeRest()
      if (restMs > 0 && this.#conversation.state === 'body') this.#word ??= { type: 'pause', ms: restMs }
      return true
    }
    if (!this.#begun && !this.#begin()) return false
    const inLogin = state === 'login'
    const line = this.#lines.line(inLogin ? this.#options.maxAuthLineBytes : this.#longestLineBytes)
    if (line === undefined) return false
    this.#late = null
    switch (line.type) {
      case 'line':
        this.#account.line()
        this.#justSecured = false
        if (inLogin) this.#response(line.bytes, line.bareLf)
        else this.#command(line.bytes, line.bareLf)
        break
      case 'too-long':
        this.#recorder.note('a line that is too long came, and was skipped')
        if (inLogin) this.#breakLogin(replies.loginLineTooLong(this.#options.maxAuthLineBytes))
        else this.#refuse(replies.lineTooLong(this.#options.maxLineBytes))
        break
      case 'endless':
        this.#giveReason(reasons.endlessLine, remedies.endlessLine)
        this.#end(replies.endlessLine)
        break
    }
    return true
  }

  /** Looks at the first bytes; false while there are too few of them. */
  #begin(): boolean {
    const isTls = this.#lines.beginsTls()
    if (isTls === undefined) return false
    if (isTls) {
      this.#giveReason(reasons.tlsOnPlainPort, remedies.tlsOnPlainPort)
      this.#end(null)
      return false
    }
    this.#begun = true
    return true
  }

  #command(bytes: Buffer, bareLf: boolean): void {
    const isFirst = this.#account.isBlank
    const command = parseCommand(bytes)
    if (command.type === 'command') this.#afterLogin = false
    this.#recorder.heard(this.#shown(command, bytes))
    const refusal =
      this.#tooLong(command, bytes.length + (bareLf ? 1 : 2)) ?? (bareLf ? this.#tolerance.of(leniency.bareLf) : null)
    if (refusal !== null) {
      this.#refuse(refusal)
      return
    }
    switch (command.type) {
      case 'command': {
        const { verb, argument, extraBlanks } = command
        this.#account.verb(verb)
        const ahead = extraBlanks ? this.#tolerance.of(leniency.extraBlanks) : null
        this.#respond(verb, ahead ?? this.#conversation.perform(verb, argument))
        break
      }
      case 'refused':
        this.#account.verb(command.verb)
        this.#respond(command.verb, this.#conversation.decline(command.verb))
        break
      case 'http':
        if (isFirst) {
          this.#giveReason(reasons.httpOnSmtpPort, remedies.http)
          this.#end(replies.http)
        } else {
          this.#refuse(replies.unknownCommand(command.verb))
        }
        break
      case 'unknown':
        this.#refuse(replies.unknownCommand(this.#afterLogin ? MASK : command.verb))
        break
      case 'malformed':
        this.#refuse(command.reply)
        break
    }
  }

  /** A command line as it is recorded: decoded already, unless there may be something to hide. */
  #shown(command: Command, bytes: Buffer): string {
    if (this.#afterLogin) return MASK
    return command.type === 'command' && command.verb !== 'AUTH' ? command.text : shownCommand(bytes)
  }

  #tooLong(command: Command, lineBytes: number): Reply | null {
    const { maxLineBytes, maxAuthLineBytes } = this.#options
    if (command.type === 'command' && command.verb === 'AUTH') {
      return lineBytes > maxAuthLineBytes ? replies.loginLineTooLong(maxAuthLineBytes) : null
    }
    return lineBytes > maxLineBytes ? replies.lineTooLong(maxLineBytes) : null
  }

  /** A line of a login. */
  #response(bytes: Buffer, bareLf: boolean): void {
    this.#recorder.heard(shownResponse(bytes))
    const refusal = bareLf ? this.#tolerance.of(leniency.bareLf) : null
    if (refusal === null) this.#respond('AUTH', this.#conversation.respond(bytes.toString('latin1')))
    else this.#breakLogin(refusal)
  }

  #breakLogin(reply: Reply): void {
    this.#conversation.breakLogin()
    this.#refuse(reply, 'AUTH')
  }

  // What is said, and why it ends.

  #greet(): void {
    this.#greeted = true
    this.#respond('connecting', this.#conversation.greet())
  }

  /** Says what somebody is answered, null for nothing or for later, and does what a rule wants beside that. */
  #respond(occasion: Occasion, reply: Reply | null, isDone = occasion === 'QUIT'): void {
    const { verdict } = this.#conversation
    if (verdict === null) {
      if (reply !== null) this.#tell(occasion, reply)
      return
    }
    // The answer is still to come.
    if (reply === null && (!verdict.silent || this.#conversation.state === 'answering')) return
    this.#conversation.takeVerdict()
    if (reply !== null || verdict.delayMs > 0 || verdict.store) this.#recorder.note(actsOf(verdict))
    this.#held = { occasion, reply, verdict, isDone }
    if (verdict.delayMs > 0) {
      this.#late = this.#held
      this.#word = { type: 'pause', ms: verdict.delayMs } satisfies Pause
    } else this.#release()
  }

  #tell(occasion: Occasion, reply: Reply): void {
    if (reply.refuses) this.#refuse(reply, occasion)
    else this.#say(reply)
  }

  /** Says what was held back, and ends the connection as a rule wants it. */
  #release(): void {
    const { occasion, reply, verdict, isDone } = this.#held as Held
    this.#held = null
    if (reply !== null) {
      this.#isCut = verdict.halfReply
      this.#tell(occasion, reply)
    }
    const { end } = verdict
    if (end === 'none' || verdict.afterBytes !== null) return
    const reason = endingOf(verdict, end, this.#conversation.place ?? `after ${occasion}`)
    if (reply === null) this.#recorder.note(reason)
    const remedy = ruleRemedy(occasion, ruleOf(verdict))
    if (reply === null || !reply.refuses) this.#account.because(reason, remedy, isDone)
    if (end === 'stall') {
      this.#isStalled = true
      this.#lines.clear()
    } else {
      this.#end(null)
    }
    if (end !== 'close') this.#word = { type: end }
  }

  /** Something breaks in on a pause: what was held back is said only where the server stops, to a client that is there. */
  #endPause(cause: Interruption): void {
    if (this.#held === null) return
    if (cause === 'shutdown') this.#release()
    this.#held = null
    this.#word = null
  }

  #say(reply: Reply): void {
    const bytes = this.#recorder.enhancedCodes ? reply.bytes : reply.plainBytes
    if (this.#isCut) this.#recorder.saidHalf(reply)
    else this.#recorder.said(reply)
    this.#output.add(this.#isCut ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes)
  }

  /** Says a refusal; a client that breaks the protocol without end is sent away. */
  #refuse(reply: Reply, verb = 'a line'): void {
    // A refused recipient is a reason only if all were refused; one out of order is no recipient.
    if (verb !== 'RCPT' || (reply.code === OUT_OF_ORDER && reply.rule === null)) this.#account.refuse(verb, reply)
    if (verb === 'AUTH') this.#afterLogin = true
    this.#say(reply)
    if (!reply.isProtocolError) return
    this.#protocolErrors += 1
    if (this.#protocolErrors < this.#options.maxProtocolErrors) return
    const reason = `there were ${this.#protocolErrors} protocol errors; the last: ${reply}`
    this.#account.because(reason, remedies.protocolErrors)
    this.#end(replies.tooManyErrors)
  }

  /** Says where it was that something broke off the session. */
  #breakOff(cause: Interruption, what: string, remedy: Remedy): void {
    const { place, inTransaction } = this.#conversation
    this.#recorder.note(place === undefined ? what : `${what} ${place}`)
    const late = cause === 'end' ? this.#late : null
    const slow = cause === 'end' ? this.#conversation.slowedBy : null
    if (place !== undefined && late === null) {
      if (slow !== null)
        this.#account.because(
          `${what} ${place}: ${readingOf(slow)}`,
          ruleRemedy(this.#conversation.bodyVerb, ruleOf(slow)),
        )
      else this.#account.because(`${what} ${place}`, cause === 'end' ? remedies.lostInData : remedy)
    }
    // A client that verifies after the handshake leaves without an alert.
    else if (this.#justSecured && !this.#blameCertificate(`${what} right after the TLS handshake`))
      this.#account.because(`${what} ${reasons.rightAfterTls}`, remedies.handshake)
    this.#conversation.end()
    if (late === null) {
      this.#account.breakOff(what, remedy, !inTransaction)
      return
    }
    const { occasion, verdict } = late
    const weak = !inTransaction && occasion !== 'connecting'
    this.#account.breakOff(what, ruleRemedy(occasion, ruleOf(verdict)), weak, holdingOf(verdict, occasion))
  }

  /** Whether a rule showed a certificate at fault: then that is the reason for what became of TLS. */
  #blameCertificate(what: string): boolean {
    const verdict = this.#conversation.atHandshake
    if (verdict === null || verdict.certificate === null) return false
    const remedy = ruleRemedy('STARTTLS', ruleOf(verdict))
    this.#giveReason(`${fakeShown(verdict, verdict.certificate)}, and ${what}`, remedy)
    return true
  }

  /** Something by itself keeps mail from being delivered. */
  #giveReason(reason: string, remedy: Remedy): void {
    this.#recorder.note(reason)
    this.#account.because(reason, remedy)
  }

  #end(lastWords: Reply | null): void {
    if (lastWords !== null) this.#say(lastWords)
    this.#conversation.end()
    this.#lines.clear()
  }
}
