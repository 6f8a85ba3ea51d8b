/** Chance that can be had again: the same seed gives the same throws, so that an input is known by its number alone. */

/** A generator of 32 bits (mulberry32). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  /** From 1 to `most`, small numbers as often as large ones. */
  size(most: number): number {
    return Math.floor(most ** this.next())
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }
}

/** A seed for the input of a number, and 32 bits of any bytes (FNV-1a). */
export function hashOf(...of: (number | string | Uint8Array)[]): number {
  let hash = 0x811c9dc5
  for (const part of of) {
    const bytes = part instanceof Uint8Array ? part : Buffer.from(String(part))
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
    hash = Math.imul(hash ^ 0xff, 0x01000193)
  }
  return hash >>> 0
}
