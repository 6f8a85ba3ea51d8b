/**
 * Looks for ASCII text in bytes, ignoring case, without making a string: Horspool's algorithm, which looks at one byte
 * in as many as the text is long. For a short text that is nearly every byte, and a string is quicker.
 */

/** Characters of a text that is short. */
const SHORT = 3
/** Bytes from which on making a string of them pays for a short text. */
const LONG_BYTES = 512

const FOLDED = new Uint8Array(256).map((_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte))

/** A text to look for. */
export class Needle {
  readonly #codes: Uint8Array
  /** How far a byte that stands at the end of a try lets us move on. */
  readonly #skips = new Int32Array(256)
  /** Finds a short text in a string of bytes, in which no character but the letters of ASCII has another case of ASCII. */
  readonly #pattern: RegExp | undefined

  /** `text` is ASCII, and not empty. */
  constructor(text: string) {
    this.#codes = Uint8Array.from(Buffer.from(text.toLowerCase(), 'latin1'))
    const length = this.#codes.length
    if (length <= SHORT) this.#pattern = new RegExp(text.replace(/[^a-z0-9 ]/gi, String.raw`\$&`), 'i')
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

  isIn(bytes: Buffer, from: number, end: number): boolean {
    if (this.#pattern && end - from >= LONG_BYTES) return this.#pattern.test(bytes.toString('latin1', from, end))
    return this.indexIn(bytes, from, end) >= 0
  }
}
