/**
 * What a POP3 or an IMAP session says: put together for one write, kept in the session's record, and said as a rule wants
 * it said, late, cut in half, not at all, or with the end of the connection behind it.
 */
import type { SessionRecord } from '../mail/session-record.js'
import { Output } from '../net/output.js'
import type { DriverWord, Interruption } from '../net/session.js'
import { actsOf, endingOf } from '../smtp/acts.js'
import type { Verdict } from '../smtp/rule.js'

/** An answer as a rule wants it. */
interface Held {
  /** With its line ends; null where nothing is to be said. */
  readonly text: string | null
  readonly verdict: Verdict
  readonly occasion: string
}

export class Voice {
  readonly #record: SessionRecord
  /** Told why a rule ends the connection. */
  readonly #onEnding: (reason: string) => void
  readonly #output = new Output()
  /** What is said once a pause is over. */
  #held: Held | null = null
  /** What is wanted of the driver next. */
  #word: DriverWord | null = null
  #isStalled = false
  #isOver = false

  constructor(record: SessionRecord, onEnding: (reason: string) => void) {
    this.#record = record
    this.#onEnding = onEnding
  }

  /** Whether the client has to read before it is told more. */
  get isFull(): boolean {
    return this.#output.isFull
  }

  /** Nothing is said any more. */
  get isOver(): boolean {
    return this.#isOver || this.#isStalled
  }

  /** Nothing is said any more, and everything was. */
  get hasEnded(): boolean {
    return this.#isOver && this.#held === null && this.#word === null
  }

  /** Says lines, with their ends. */
  say(text: string): void {
    if (!this.isOver) this.#put(text)
  }

  /** Sends what is not kept in the record; its bytes must not be changed afterwards. */
  send(bytes: Buffer): void {
    if (!this.isOver) this.#output.add(bytes)
  }

  /** Something happened that nobody said. */
  note(text: string): void {
    this.#record.said('note', text)
  }

  /** Says lines, or nothing, as a rule wants it; without one, at once. `occasion` is what they answer. */
  answer(text: string | null, verdict: Verdict | null, occasion: string): void {
    if (verdict === null) {
      if (text !== null) this.say(text)
      return
    }
    this.note(actsOf(verdict))
    this.#held = { text, verdict, occasion }
    if (verdict.delayMs > 0) this.#word = { type: 'pause', ms: verdict.delayMs }
    else this.#release()
  }

  /** Wants something of the driver. */
  want(word: DriverWord): void {
    this.#word = word
  }

  /** What the driver is to do now; null for nothing. To be asked until then before anything else is done. */
  takeWord(): DriverWord | null {
    if (this.#word === null && this.#held !== null) this.#release()
    const word = this.#word
    this.#word = null
    return word
  }

  /** Something breaks in: what was held back is said only where the server stops, to a client that is there. */
  breakIn(cause: Interruption): void {
    if (this.#held === null) return
    if (cause === 'shutdown') this.#release()
    this.#held = null
    this.#word = null
  }

  /** The connection is to be closed, once what was said has left. */
  end(): void {
    this.#isOver = true
  }

  take(): Buffer | undefined {
    return this.#output.take()
  }

  #put(text: string): void {
    this.#record.said('server', text)
    this.#output.add(Buffer.from(text, 'latin1'))
  }

  #release(): void {
    const { text, verdict, occasion } = this.#held as Held
    const { end, halfReply } = verdict
    this.#held = null
    if (text !== null) this.#put(halfReply ? text.slice(0, Math.floor(text.length / 2)) : text)
    if (end === 'none') return
    const reason = endingOf(verdict, end, `after ${occasion}`)
    this.note(reason)
    this.#onEnding(reason)
    if (end === 'stall') this.#isStalled = true
    else this.#isOver = true
    if (end !== 'close') this.#word = { type: end }
  }
}
