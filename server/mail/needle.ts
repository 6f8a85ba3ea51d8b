/**
 * Looks for ASCII text in bytes, ignoring case: in a few without making a string, by Horspool's algorithm, which looks at
 * one byte in as many as the text is long; in many as a string of bytes in lower case, whose `indexOf` the machine's own
 * instructions do, from the rarest character of the text on.
 */

/** Bytes from which on making a string of them pays, and up to which the string is not worth mentioning. */
const LONG_BYTES = 256
const MAX_STRING_BYTES = 1024 * 1024

const FOLDED = new Uint8Array(256).map((_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte))

/** Characters by how rare they are in mail, about; those that are not here come after the q. */
const FROM_RARE_TO_COMMON = 'zxqjkv9876543w2bgyfp10mcuhdl.-=rsnioate '
const rarityOf = (character: string) => {
  const place = FROM_RARE_TO_COMMON.indexOf(character)
  return place < 0 ? FROM_RARE_TO_COMMON.indexOf('j') : place
}

/** A text to look for. */
export class Needle {
  readonly #text: string
  readonly #codes: Uint8Array
  /** How far a byte that stands at the end of a try lets us move on. */
  readonly #skips = new Int32Array(256)
  /** Where its rarest character stands, and the text from there on. */
  readonly #rareAt: number
  readonly #fromRare: string

  /** `text` is ASCII, and not empty. */
  constructor(text: string) {
    this.#text = text.toLowerCase()
    this.#codes = Uint8Array.from(Buffer.from(this.#text, 'latin1'))
    const length = this.#codes.length
    this.#skips.fill(length)
    for (let n = 0; n < length - 1; n++) {
      const code = this.#codes[n] as number
      this.#skips[code] = length - 1 - n
      if (code >= 0x61 && code <= 0x7a) this.#skips[code - 0x20] = length - 1 - n
    }
    const rarities = [...this.#text].map(rarityOf)
    // A rule may look for a text that has more characters than a call has arguments.
    this.#rareAt = rarities.indexOf(rarities.reduce((least, rarity) => Math.min(least, rarity)))
    this.#fromRare = this.#text.slice(this.#rareAt)
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
    const length = end - from
    if (length < LONG_BYTES || length > MAX_STRING_BYTES) return this.indexIn(bytes, from, end) >= 0
    return this.isInText(bytes.toString('latin1', from, end).toLowerCase())
  }

  /** Whether it stands in a string in lower case, from a place on. */
  isInText(text: string, from = 0): boolean {
    let at = text.indexOf(this.#fromRare, from + this.#rareAt)
    while (at >= 0 && !text.startsWith(this.#text, at - this.#rareAt)) at = text.indexOf(this.#fromRare, at + 1)
    return at >= 0
  }
}
