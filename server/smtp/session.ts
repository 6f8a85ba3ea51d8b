/**
 * One SMTP connection as a state machine over bytes.
 *
 * A line becomes a Command in command.ts, and conversation.ts decides what it is answered; a body is read by data.ts.
 * Here are the limits of lines and errors, what may come before a first command (TLS, HTTP), and farewells. What is said
 * goes through `#say`, one place; account.ts remembers why nothing was delivered.
 */
import { LineBuffer } from '../net/lines.js'
import { Output } from '../net/output.js'
import type { Interruption, Later, Session, StartTls, TlsInfo } from '../net/session.js'
import { Account, reasons } from './account.js'
import type { Command, Verb } from './command.js'
import { parseCommand } from './command.js'
import type { SmtpAnswer, SmtpContext, SmtpEvent, SmtpOptions } from './context.js'
import { Conversation } from './conversation.js'
import { Extensions } from './extensions.js'
import { leniency } from './leniency.js'
import { type Reply, replies } from './reply.js'

export type { SmtpAnswer, SmtpContext, SmtpEvent, SmtpOptions } from './context.js'

/** A TLS record of the type handshake, version 3.x (RFC 8446 5.1): how a client says hello that expects TLS at once. */
const TLS_HANDSHAKE = 0x16
const TLS_MAJOR_VERSION = 0x03

/** Bad sequence of commands (RFC 5321 4.2.3). */
const OUT_OF_ORDER = 503
const LATER: Later = { type: 'later' }

/** What a session says and notes when something breaks in on it. */
interface Farewell {
  readonly lastWords: Reply | null
  /** What happened, to be completed by where the session was. */
  readonly what?: string
  /** What by itself is the reason that nothing was delivered. */
  readonly reason?: string
}

const FAREWELLS: Readonly<Record<Interruption, Farewell>> = {
  end: { lastWords: null, what: 'the connection was lost' },
  idle: { lastWords: replies.idle, what: 'the client fell silent' },
  shutdown: { lastWords: replies.shutdown, what: 'the server was shut down' },
  overload: { lastWords: replies.overload, reason: reasons.overload },
  'tls-failed': { lastWords: null, reason: reasons.tlsFailed },
  failure: { lastWords: replies.failure, reason: reasons.failure },
}

export class SmtpSession implements Session<SmtpEvent, SmtpAnswer> {
  readonly id: string
  readonly #options: Readonly<SmtpOptions>
  readonly #extensions: Extensions
  readonly #account = new Account()
  readonly #conversation: Conversation
  readonly #lines = new LineBuffer()
  readonly #output = new Output()
  /** Any line may be AUTH until it is read. */
  readonly #longestLineBytes: number
  /** Whether the first bytes have been looked at: TLS and HTTP show there. */
  #begun = false
  /** TLS is up, and nothing was said in it yet. */
  #justSecured = false
  /** What broke in while an answer was awaited: said after it, so that a stored message gets its 250. */
  #interruption: Interruption | null = null
  #protocolErrors = 0

  constructor(context: SmtpContext) {
    const { options } = context
    this.id = context.sessionId
    this.#options = options
    this.#extensions = Extensions.of(options)
    this.#conversation = new Conversation(context, this.#account)
    this.#longestLineBytes = Math.max(options.maxLineBytes, options.maxAuthLineBytes)
    this.#say(this.#extensions.greeting)
  }

  get ended(): boolean {
    return this.#conversation.state === 'ended'
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

  receive(chunk: Buffer): void {
    const { state } = this.#conversation
    // What comes in the clear behind STARTTLS was not said under TLS (RFC 3207 6).
    if (state !== 'ended' && state !== 'securing') this.#lines.push(chunk)
  }

  next(): SmtpEvent | Later | StartTls | undefined {
    for (;;) {
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
    this.#respond(answer.type === 'judged' ? 'AUTH' : 'DATA', this.#conversation.answer(answer))
    const interruption = this.#interruption
    if (interruption !== null) this.interrupt(interruption)
  }

  /** Nothing in SMTP waits for the store to change. */
  wake(): void {}

  interrupt(cause: Interruption, detail?: string): void {
    if (this.ended) return
    if (this.#conversation.state === 'answering' && cause !== 'failure') {
      this.#interruption ??= cause
      return
    }
    const { lastWords, what, reason } = FAREWELLS[cause]
    if (what !== undefined) this.#breakOff(what)
    if (reason !== undefined) this.#account.because(detail === undefined ? reason : `${reason}: ${detail}`)
    // In place of the greeting, which was not sent yet.
    if (cause === 'overload') this.#output.clear()
    this.#end(lastWords)
  }

  secured(tls: TlsInfo): void {
    this.#lines.clear()
    this.#begun = true
    this.#justSecured = true
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
      const verb = this.#conversation.bodyVerb
      this.#respond(verb, this.#conversation.readBody(this.#lines))
      return true
    }
    if (!this.#begun && !this.#begin()) return false
    const inLogin = state === 'login'
    const line = this.#lines.line(inLogin ? this.#options.maxAuthLineBytes : this.#longestLineBytes)
    if (line === undefined) return false
    switch (line.type) {
      case 'line':
        this.#account.line()
        this.#justSecured = false
        if (inLogin) this.#response(line.bytes, line.bareLf)
        else this.#command(line.bytes, line.bareLf)
        break
      case 'too-long':
        if (inLogin) this.#breakLogin(replies.loginLineTooLong(this.#options.maxAuthLineBytes))
        else this.#refuse(replies.lineTooLong(this.#options.maxLineBytes))
        break
      case 'endless':
        this.#account.because(reasons.endlessLine)
        this.#end(replies.endlessLine)
        break
    }
    return true
  }

  /** Looks at the first bytes; false while there are too few of them. */
  #begin(): boolean {
    const first = this.#lines.peek(1)
    if (first === undefined) return false
    if (first[0] === TLS_HANDSHAKE) {
      const record = this.#lines.peek(2)
      if (record === undefined) return false
      if (record[1] === TLS_MAJOR_VERSION) {
        this.#account.because(reasons.tlsOnPlainPort)
        this.#end(null)
        return false
      }
    }
    this.#begun = true
    return true
  }

  #command(bytes: Buffer, bareLf: boolean): void {
    const isFirst = this.#account.isBlank
    const command = parseCommand(bytes)
    const refusal =
      this.#tooLong(command, bytes.length + (bareLf ? 1 : 2)) ??
      (bareLf ? this.#conversation.lenient(leniency.bareLf) : null)
    if (refusal !== null) {
      this.#refuse(refusal)
      return
    }
    switch (command.type) {
      case 'command': {
        const { verb, argument, extraBlanks } = command
        this.#account.verb(verb)
        const ahead = extraBlanks ? this.#conversation.lenient(leniency.extraBlanks) : null
        this.#respond(verb, ahead ?? this.#conversation.perform(verb, argument))
        break
      }
      case 'refused':
        this.#account.verb(command.verb)
        this.#refuse(command.verb === 'TURN' ? replies.turn : replies.notOffered(command.verb), command.verb)
        break
      case 'http':
        if (isFirst) {
          this.#account.because(reasons.httpOnSmtpPort)
          this.#end(replies.http)
        } else {
          this.#refuse(replies.unknownCommand(command.verb))
        }
        break
      case 'unknown':
        this.#refuse(replies.unknownCommand(command.verb))
        break
      case 'malformed':
        this.#refuse(command.reply)
        break
    }
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
    const refusal = bareLf ? this.#conversation.lenient(leniency.bareLf) : null
    if (refusal === null) this.#respond('AUTH', this.#conversation.respond(bytes.toString('latin1')))
    else this.#breakLogin(refusal)
  }

  #breakLogin(reply: Reply): void {
    this.#conversation.breakLogin()
    this.#refuse(reply, 'AUTH')
  }

  // What is said, and why it ends.

  #respond(verb: Verb, reply: Reply | null): void {
    if (reply === null) return
    if (reply.refuses) this.#refuse(reply, verb)
    else this.#say(reply)
  }

  #say(reply: Reply): void {
    this.#output.add(this.#extensions.enhancedCodes ? reply.bytes : reply.plainBytes)
  }

  /** Says a refusal; a client that breaks the protocol without end is sent away. */
  #refuse(reply: Reply, verb = 'a line'): void {
    // A refused recipient is a reason only if all were refused; one out of order is no recipient.
    if (verb !== 'RCPT' || reply.code === OUT_OF_ORDER) this.#account.refuse(verb, reply)
    this.#say(reply)
    if (!reply.isProtocolError) return
    this.#protocolErrors += 1
    if (this.#protocolErrors < this.#options.maxProtocolErrors) return
    this.#account.because(`there were ${this.#protocolErrors} protocol errors; the last: ${reply}`)
    this.#end(replies.tooManyErrors)
  }

  /** Says where it was that something broke off the session. */
  #breakOff(what: string): void {
    const { place } = this.#conversation
    if (place !== undefined) this.#account.because(`${what} ${place}`)
    // A client that verifies after the handshake leaves without an alert.
    else if (this.#justSecured) this.#account.because(`${what} ${reasons.rightAfterTls}`)
    this.#conversation.abandon()
    this.#account.breakOff(what)
  }

  #end(lastWords: Reply | null): void {
    if (lastWords !== null) this.#say(lastWords)
    this.#conversation.end()
    this.#lines.clear()
  }
}
