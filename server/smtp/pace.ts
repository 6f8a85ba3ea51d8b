/**
 * How a rule wants a body to be read: slowly, in slices with a rest behind each, or only up to a point. Bytes are counted
 * as they come over the wire, over all of a message whatever its chunks, so that the same bytes rest and end at the same
 * places however they are split.
 */
import type { Verdict } from './rule.js'

/** Slices a second: often enough that a progress bar moves, and few timers. */
const SLICES_PER_SECOND = 10
const SECOND_MS = 1000

export class Pace {
  /** What the rule wants done where it ends. */
  readonly verdict: Verdict
  /** Bytes from one rest to the next; Infinity for none. */
  readonly #sliceBytes: number
  readonly #restMs: number
  readonly #endsAtByte: number
  #count = 0
  #sinceRest = 0

  constructor(verdict: Verdict) {
    const { bytesPerSecond, afterBytes } = verdict
    this.verdict = verdict
    this.#sliceBytes =
      bytesPerSecond === null ? Number.POSITIVE_INFINITY : Math.max(Math.floor(bytesPerSecond / SLICES_PER_SECOND), 1)
    this.#restMs = bytesPerSecond === null ? 0 : (this.#sliceBytes * SECOND_MS) / bytesPerSecond
    this.#endsAtByte = afterBytes ?? Number.POSITIVE_INFINITY
  }

  /** How a verdict wants a body to be read; null where it does not care. */
  static of(verdict: Verdict | null): Pace | null {
    if (verdict === null || (verdict.bytesPerSecond === null && verdict.afterBytes === null)) return null
    return new Pace(verdict)
  }

  /** How many bytes may be read now. */
  get allowance(): number {
    return Math.min(this.#sliceBytes - this.#sinceRest, this.#endsAtByte - this.#count)
  }

  /** So many were read. */
  read(bytes: number): void {
    this.#count += bytes
    this.#sinceRest += bytes
  }

  /** Whether nothing more is to be read. */
  get isOver(): boolean {
    return this.#count >= this.#endsAtByte
  }

  /** How long to rest now; 0 for not at all. */
  takeRest(): number {
    if (this.#sinceRest < this.#sliceBytes) return 0
    this.#sinceRest = 0
    return this.#restMs
  }
}
