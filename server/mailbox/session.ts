/**
 * What the sessions of POP3 and IMAP have in common: what comes first (a greeting, or TLS where none is spoken), in which
 * order things are done, TLS, how many errors are borne, and what is told of them afterwards.
 *
 * The states: `ready` while there may be something to do, `answering` while somebody else has to answer, `securing` from
 * STLS or STARTTLS until TLS is up, `ended`.
 */
import type { Envelope } from '../mail/message.js'
import type { Failure, SessionRecord, Teller } from '../mail/session-record.js'
import { LineBuffer } from '../net/lines.js'
import type { DriverWord, Interruption, Later, Session, StartTls, TlsInfo } from '../net/session.js'
import type { CertificateFault, Verdict } from '../smtp/rule.js'
import type { MailboxContext } from './context.js'
import { Moments } from './moments.js'
import { Visit } from './visit.js'
import { Voice } from './voice.js'

const LATER: Later = { type: 'later' }
const START_TLS: StartTls = { type: 'starttls' }

export abstract class MailboxSession<E extends { type: string }, Answer> implements Session<E, Answer>, Teller {
  readonly record: SessionRecord
  readonly helo = null
  /** What is overlooked elsewhere is a sender's. */
  readonly warnings: readonly string[] = []
  protected readonly moments: Moments
  protected readonly visit = new Visit()
  protected readonly voice: Voice
  protected readonly lines = new LineBuffer()
  protected state: 'ready' | 'answering' | 'securing' | 'ended' = 'ready'
  readonly #maxProtocolErrors: number
  #isGreeted = false
  /** Whether the first bytes have been looked at. */
  #isBegun = false
  #atHandshake: Verdict | null = null
  #event: E | StartTls | null = null
  #protocolErrors = 0

  constructor(context: MailboxContext) {
    this.record = context.record
    this.moments = new Moments(context)
    this.voice = new Voice(context.record, reason => this.visit.because('greeted', reason))
    this.#maxProtocolErrors = context.options.maxProtocolErrors
    context.record.teller = this
  }

  abstract get tls(): TlsInfo | null
  abstract get auth(): Envelope['auth']
  abstract get username(): string | null
  abstract answer(answer: Answer): void
  abstract wake(): void
  abstract interrupt(cause: Interruption, detail?: string): void

  protected abstract greet(): void
  /** Does the next thing; `later` where others are to have their turn first, `waiting` where there is too little to do it. */
  protected abstract work(): 'done' | 'later' | 'waiting'
  /** There were more errors than are borne. */
  protected abstract onTooManyErrors(): void

  get ended(): boolean {
    return this.voice.hasEnded
  }

  get outcome(): string {
    return this.visit.outcome
  }

  get failure(): Failure | null {
    return this.visit.failure
  }

  receive(chunk: Buffer): void {
    // What comes in the clear behind STLS or STARTTLS was not said under TLS (RFC 2595 4, 3501 6.2.1).
    if (this.state !== 'ended' && this.state !== 'securing' && !this.voice.isOver) this.lines.push(chunk)
  }

  next(): E | DriverWord | undefined {
    if (!this.#isGreeted) {
      this.#isGreeted = true
      this.greet()
    }
    for (;;) {
      const word = this.voice.takeWord()
      if (word !== null) return word
      if (this.voice.isOver && this.state !== 'ended') this.close()
      const event = this.#event
      if (event !== null) {
        this.#event = null
        return event
      }
      if (this.state !== 'ready') return undefined
      // The client has to read what was said before it is told more.
      if (this.voice.isFull) return LATER
      const done = this.work()
      if (done === 'later') return LATER
      if (done === 'waiting') return undefined
    }
  }

  /** What a rule wants to be wrong with the certificate: asked when a handshake begins. */
  handshake(): CertificateFault | null {
    if (this.state !== 'securing') this.#atHandshake = this.moments.handshake()
    return this.#atHandshake?.certificate ?? null
  }

  secured(tls: TlsInfo): void {
    this.lines.clear()
    this.#isBegun = true
    this.state = 'ready'
    this.voice.note(`TLS is up: ${tls.version}, ${tls.cipher}`)
  }

  output(): Buffer | undefined {
    return this.voice.take()
  }

  /** Whether what was wanted last is still to be asked for. */
  protected get isWanting(): boolean {
    return this.#event !== null
  }

  /** Wants something of somebody else, who will answer. */
  protected want(event: E): void {
    this.state = 'answering'
    this.#event = event
  }

  /** TLS is to begin, with the certificate that a rule wants. */
  protected secure(verdict: Verdict | null): void {
    this.#atHandshake = verdict
    this.lines.clear()
    this.state = 'securing'
    this.#event = START_TLS
  }

  /** Looks at the first bytes; false while there are too few of them, or where it is over. */
  protected begin(): boolean {
    if (this.#isBegun) return true
    const isTls = this.lines.beginsTls()
    if (isTls === undefined) return false
    this.#isBegun = true
    if (!isTls) return true
    const protocol = this.record.protocol.toUpperCase()
    this.fail('tls', `the program speaks TLS from the first byte to the plain port of ${protocol}`)
    this.close()
    return false
  }

  protected fail(step: 'greeted' | 'tls', reason: string): void {
    this.voice.note(reason)
    this.visit.because(step, reason)
  }

  /** A client that breaks the protocol without end is sent away. */
  protected countError(): void {
    this.#protocolErrors += 1
    if (this.#protocolErrors < this.#maxProtocolErrors) return
    this.visit.remark(`there were ${this.#protocolErrors} protocol errors`)
    this.onTooManyErrors()
    this.close()
  }

  protected forgetErrors(): void {
    this.#protocolErrors = 0
  }

  protected close(): void {
    this.state = 'ended'
    this.#event = null
    this.lines.clear()
    this.voice.end()
  }
}
