/**
 * A cache bounded by weight: what was used longest ago goes first. What is made of messages is remembered in it, so
 * that reading a whole store does not keep a second store in memory.
 */

export class Cache<Value extends object | string> {
  readonly #maxWeight: number
  readonly #entries = new Map<number, { value: Value; weight: number }>()
  readonly #gone: (value: Value) => void
  #weight = 0

  /** `gone` is told of each value that leaves. */
  constructor(maxWeight: number, gone: (value: Value) => void = () => {}) {
    this.#maxWeight = maxWeight
    this.#gone = gone
  }

  get(key: number): Value | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    // A Map keeps the order of insertion, so the first is always the one unused longest.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /**
   * Remembers a value; the same value again only gets its new weight. One heavier than the whole bound is kept, alone,
   * until the next comes.
   */
  set(key: number, value: Value, weight: number): void {
    const before = this.#take(key)
    if (before !== undefined && before !== value) this.#gone(before)
    this.#entries.set(key, { value, weight })
    this.#weight += weight
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#maxWeight || oldest === key) break
      this.delete(oldest)
    }
  }

  delete(key: number): void {
    const value = this.#take(key)
    if (value !== undefined) this.#gone(value)
  }

  #take(key: number): Value | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key)
    this.#weight -= entry.weight
    return entry.value
  }
}
