/**
 * What a session tells people afterwards: what it overlooked, and in words why it delivered nothing. It changes nothing
 * of what the session does.
 */
import type { Failure } from '../mail/session-record.js'
import type { Leniency } from './leniency.js'
import { type Remedy, remedies, remedyOf } from './remedies.js'
import type { Reply } from './reply.js'

/** Reasons for which nothing is delivered, in words that say what to do. */
export const reasons = {
  tlsOnPlainPort:
    'the app speaks TLS from the first byte (secure: true) to a plain port; ' +
    'turn that off, or start with --tls and use the TLS port',
  httpOnSmtpPort: 'a browser or another HTTP client came to the SMTP port; the page is on the HTTP port',
  endlessLine: 'a line did not end within 64 KiB',
  overload: 'there were too many connections',
  failure: 'the server failed, see its log',
  tlsFailed: 'the TLS handshake failed',
  rightAfterTls:
    'right after the TLS handshake; perhaps the app does not trust the certificate: ' +
    'have it trust the CA of GET /api/ca.pem (with --tls-cert, the CA of that)',
} as const

/** Shared, since most messages have it. */
const NO_WARNINGS = Object.freeze<string[]>([]) as string[]
/** Shared, since most sessions say it. */
const DELIVERED_ONE = 'delivered 1 message'

export class Account {
  #delivered = 0
  #lastVerb: string | null = null
  /** The first thing since the last delivery that by itself kept a message from being delivered. */
  #reason: Failure | null = null
  /** The first refusal of any line since then: the likely reason, if there is no certain one. */
  #firstRefusal: Failure | null = null

  readonly #warnings: Leniency[] = []
  /** What was overlooked in HELO or EHLO, which concerns every message after it. */
  #ofHello: Leniency[] = []
  /** What was overlooked since the last transaction ended. */
  #ofTransaction: Leniency[] = []
  /** How much of that was overlooked before this line. */
  #beforeLine = 0

  /** How many messages were stored. */
  get delivered(): number {
    return this.#delivered
  }

  /** What was overlooked, each once: there are only so many leniencies, so this is bounded. */
  get warnings(): readonly Leniency[] {
    return this.#warnings
  }

  /** Whether no line was understood or refused yet. */
  get isBlank(): boolean {
    return this.#lastVerb === null && this.#firstRefusal === null
  }

  /** In words: how many messages were delivered, or the first reason why none was. */
  get outcome(): string {
    if (this.#delivered > 0) return this.#delivered === 1 ? DELIVERED_ONE : `delivered ${this.#delivered} messages`
    return (this.#reason ?? this.#firstRefusal ?? this.#leaving).reason
  }

  /** What went wrong since the last delivery; null where nothing did. */
  get failure(): Failure | null {
    const failure = this.#reason ?? this.#firstRefusal
    // Who has delivered may leave.
    if (this.#delivered > 0) return failure?.weak ? null : failure
    return failure ?? this.#leaving
  }

  /** Nothing went wrong, and nothing was sent. */
  get #leaving(): Failure {
    if (this.#lastVerb === null) return failureOf('connected and said nothing', remedies.silent, true)
    return failureOf(`the last command was ${this.#lastVerb}, and no message was sent`, remedies.sentNothing, true)
  }

  deliver(): void {
    this.#delivered += 1
    this.#reason = null
    this.#firstRefusal = null
  }

  /** A line begins. */
  line(): void {
    this.#beforeLine = this.#ofTransaction.length
  }

  /** A line was understood. */
  verb(verb: string): void {
    this.#lastVerb = verb
  }

  /** A line was refused. `what` is its verb, or a word for it. */
  refuse(what: string, reply: Reply): void {
    this.#firstRefusal ??= failureOf(`${what} was ${refusal(reply)}`, remedyOf(what, reply))
  }

  /** Something keeps a message from being delivered; the first reason counts. */
  because(reason: string, remedy: Remedy, weak = false): void {
    this.#reason ??= failureOf(reason, remedy, weak)
  }

  /** The session breaks off between commands: the reason only where nothing had gone wrong before. */
  breakOff(what: string, remedy: Remedy, weak: boolean, after = this.#lastVerb): void {
    if (this.#firstRefusal !== null || after === null) return
    this.because(`${what} after ${after}`, remedy, weak)
  }

  /** Something is let pass that a strict server would refuse. */
  overlook(leniency: Leniency): void {
    if (!this.#ofTransaction.includes(leniency)) this.#ofTransaction.push(leniency)
    if (!this.#warnings.includes(leniency)) this.#warnings.push(leniency)
  }

  /** This line was a HELO or EHLO that was taken. */
  hello(): void {
    this.#ofHello = this.#ofTransaction.slice(this.#beforeLine)
    this.#ofTransaction = []
  }

  /** What was overlooked that concerns the message at hand. */
  messageWarnings(): string[] {
    if (this.#ofHello.length === 0 && this.#ofTransaction.length === 0) return NO_WARNINGS
    const warnings: string[] = [...this.#ofHello]
    for (const warning of this.#ofTransaction) if (!warnings.includes(warning)) warnings.push(warning)
    return warnings
  }

  /** The transaction has ended. */
  endTransaction(): void {
    if (this.#ofTransaction.length > 0) this.#ofTransaction = []
  }

  /** Everything said in the clear is forgotten (RFC 3207 4.2). */
  forgetHello(): void {
    this.#ofHello = []
  }
}

/** A refusal in words, with the rule whose it is: `refused by rule r2 (greylist): 451 4.7.1 ...`. */
export function refusal(reply: Reply): string {
  return reply.rule === null ? `refused: ${reply}` : `refused by ${reply.rule.name}: ${reply}`
}

function failureOf(reason: string, { step, fix }: Remedy, weak = false): Failure {
  return { step, reason, fix, weak }
}
