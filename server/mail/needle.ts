/**
 * Looks for ASCII text in bytes, ignoring case, without making a string: Horspool's algorithm, which looks at one byte
 * in as many as the text is long.
 */

const FOLDED = new Uint8Array(256).map((_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte))

/** A text to look for. */
export class Needle {
  readonly #codes: Uint8Array
  /** How far a byte that stands at the end of a try lets us move on. */
  readonly #skips = new Int32Array(256)

  /** `text` is ASCII, and not empty. */
  constructor(text: string) {
    this.#codes = Uint8Array.from(Buffer.from(text.toLowerCase(), 'latin1'))
    const length = this.#codes.length
    this.#skips.fill(length)
    for (let n = 0; n < length - 1; n++) {
      const code = this.#codes[n] as number
      this.#skips[code] = length - 1 - n
      if (code >= 0x61 && code <= 0x7a) this.#skips[code - 0x20] = length - 1 - n
    }
  }

  /** Where it stands between `from` and `end`, or -1. */
  indexIn(bytes: Uint8Array, from: number, end: number): number {
    const codes = this.#codes
    const skips = this.#skips
    const reach = codes.length - 1
    const last = codes[reach]
    for (let at = from + reach; at < end; ) {
      const byte = bytes[at] as number
      if (FOLDED[byte] === last) {
        let n = reach - 1
        while (n >= 0 && FOLDED[bytes[at - reach + n] as number] === codes[n]) n -= 1
        if (n < 0) return at - reach
      }
      at += skips[byte] as number
    }
    return -1
  }

  isIn(bytes: Uint8Array, from: number, end: number): boolean {
    return this.indexIn(bytes, from, end) >= 0
  }
}
