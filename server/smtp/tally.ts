/** How often a rule has matched and acted, for each of what it counts for: which match is let through, and which is over. */

/** Recipients, transactions or connections that one rule counts for; the one it met first is forgotten for another. */
export const MAX_COUNTED = 10_000

/** What a rule says of counting. */
export interface Counting {
  /** How often it acts; null for always. */
  readonly limit: number | null
  /** How many matches go before; null for none. */
  readonly after: number | null
  /** How long these are counted from the first; null for ever. */
  readonly windowMs: number | null
}

interface Count {
  matched: number
  acted: number
  /** When the window began. */
  sinceMs: number
}

export class Tally {
  readonly #counting: Counting
  readonly #counts = new Map<string, Count>()

  constructor(counting: Counting) {
    this.#counting = counting
  }

  /** Counts a match: which of those that are acted on it is, from 0; null for one that is passed over. */
  take(key: string, nowMs: number): number | null {
    const { limit, after, windowMs } = this.#counting
    if (limit === null && after === null) return 0
    const count = this.#countOf(key, nowMs)
    if (limit !== null && count.acted >= limit) return null
    const passedMs = nowMs - count.sinceMs
    // A clock that was set back would make the window last until it is where it was.
    if (windowMs !== null && (passedMs >= windowMs || passedMs < 0)) {
      count.matched = 0
      count.sinceMs = nowMs
    }
    count.matched += 1
    if (after !== null && count.matched <= after) return null
    count.acted += 1
    return count.acted - 1
  }

  /** Whether nothing is let through any more for a key. */
  isOver(key: string): boolean {
    const { limit } = this.#counting
    return limit !== null && (this.#counts.get(key)?.acted ?? 0) >= limit
  }

  #countOf(key: string, nowMs: number): Count {
    let count = this.#counts.get(key)
    if (count === undefined) {
      count = { matched: 0, acted: 0, sinceMs: nowMs }
      this.#counts.set(key, count)
      if (this.#counts.size > MAX_COUNTED) {
        const [oldest] = this.#counts.keys()
        this.#counts.delete(oldest as string)
      }
    }
    return count
  }
}
