/**
 * Where the header fields lie that searches look at: one pass over the bytes, nothing made, for messages whose header
 * block is as it should be. headers.ts reads every block; here a block that is odd is left to it. A search over 100,000
 * messages has half a microsecond for each.
 */

/** The fields that are looked for, as bits. */
export const Kind = {
  subject: 1,
  from: 2,
  to: 4,
  cc: 8,
  bcc: 16,
  type: 32,
  encoding: 64,
  disposition: 128,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

const NAMES: readonly [name: string, kind: Kind][] = [
  ['subject', Kind.subject],
  ['from', Kind.from],
  ['to', Kind.to],
  ['cc', Kind.cc],
  ['bcc', Kind.bcc],
  ['content-type', Kind.type],
  ['content-transfer-encoding', Kind.encoding],
  ['content-disposition', Kind.disposition],
]
interface Name {
  readonly kind: Kind
  readonly codes: Uint8Array
}
/** By their first letter, in either case: most fields begin with none of these. */
const NAMES_BY_LETTER: readonly (readonly Name[])[] = Array.from({ length: 256 }, (_, letter) =>
  NAMES.map(([name, kind]) => ({ kind, codes: Buffer.from(name) })).filter(({ codes }) => codes[0] === (letter | 0x20)),
)

/** Bytes and lines of a block that are read here: fewer than the fields that headers.ts reads. */
const MAX_BYTES = 1024 * 1024
const MAX_LINES = 1000
/** Fields that are remembered here: real mail has one of each. */
const MAX_FIELDS = 32

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const COLON = 0x3a

/** What was found in the last message: one object for all, since making one for each would cost more than the search. */
export class Head {
  /** How many fields were found. */
  count = 0
  /** Where the body begins; -1 where the walk stopped before. */
  bodyOffset = -1
  #raw: Buffer | undefined
  #wanted = 0
  #isPlain = false
  readonly kinds = new Uint8Array(MAX_FIELDS)
  /** Where a field begins, where its value does, and where it ends, folds included. */
  readonly starts = new Int32Array(MAX_FIELDS)
  readonly values = new Int32Array(MAX_FIELDS)
  readonly ends = new Int32Array(MAX_FIELDS)

  /** The first field of a kind, or -1. */
  first(kind: Kind): number {
    for (let n = 0; n < this.count; n++) if (this.kinds[n] === kind) return n
    return -1
  }

  /**
   * Finds the fields of the `wanted` kinds, and maybe others. Where only the Subject or the From is wanted, it stops at
   * the first. False for a block that is odd in any way: what was found then says nothing.
   */
  read(raw: Buffer, wanted: number): boolean {
    if (this.#raw === raw && (this.#wanted & wanted) === wanted) return this.#isPlain
    this.#raw = raw
    this.#wanted = wanted
    this.#isPlain = this.#walk(raw, wanted)
    return this.#isPlain
  }

  #walk(raw: Buffer, wanted: number): boolean {
    this.count = 0
    this.bodyOffset = -1
    const end = Math.min(raw.length, MAX_BYTES)
    if (!beginsWithField(raw)) return false
    const isFirstEnough = wanted === Kind.subject || wanted === Kind.from
    let current = -1
    let at = 0
    for (let lines = 0; lines < MAX_LINES && at < end; lines++) {
      const first = raw[at] as number
      if (first === LF || first === CR) {
        if (first === CR && raw[at + 1] !== LF) return false
        this.bodyOffset = first === LF ? at + 1 : at + 2
        return true
      }
      if (first !== SPACE && first !== TAB) {
        if (isFirstEnough && this.count > 0) return true
        current = this.#enter(raw, at, wanted)
        if (this.count === MAX_FIELDS) return false
      }
      for (; at < end; at++) {
        // Four at a time: half of what a search costs is here.
        while (at + 4 <= end && isText(raw, at) && isText(raw, at + 1) && isText(raw, at + 2) && isText(raw, at + 3))
          at += 4
        if (at === end) break
        const byte = raw[at] as number
        if (byte > CR) continue
        if (byte === LF) break
        // A CR by itself ends lines, too, and so do several.
        if (byte === CR && (at + 1 === end || raw[at + 1] !== LF)) return false
      }
      if (current >= 0) this.ends[current] = raw[at - 1] === CR ? at - 1 : at
      at += 1
    }
    return false
  }

  /** Remembers the field at `at` where it is wanted; gives its place, or -1. */
  #enter(raw: Buffer, at: number, wanted: number): number {
    const names = NAMES_BY_LETTER[raw[at] as number] as readonly Name[]
    for (let n = 0; n < names.length; n++) {
      const { kind, codes } = names[n] as Name
      if ((wanted & kind) === 0) continue
      const value = valueAfter(raw, at, codes)
      if (value < 0) continue
      const place = this.count
      this.kinds[place] = kind
      this.starts[place] = at
      this.values[place] = value
      this.count += 1
      return place
    }
    return -1
  }
}

function isText(raw: Buffer, at: number): boolean {
  return (raw[at] as number) > CR
}

/** The place after the colon of a field of this name, or -1. */
function valueAfter(raw: Buffer, start: number, codes: Uint8Array): number {
  const length = codes.length
  // A name at the very end has no colon.
  if (start + length >= raw.length) return -1
  for (let n = 1; n < length; n++) {
    const byte = raw[start + n] as number
    // Letters in lower case; the only other character in a name is the hyphen.
    if (byte !== codes[n] && (byte < 0x41 || byte > 0x5a || byte + 0x20 !== codes[n])) return -1
  }
  let at = start + length
  while (at < raw.length && (raw[at] === SPACE || raw[at] === TAB)) at += 1
  return at < raw.length && raw[at] === COLON ? at + 1 : -1
}

/** Whether the first line is a field: neither an mbox line nor text. */
function beginsWithField(raw: Buffer): boolean {
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at] as number
    if (byte === COLON) return at > 0
    if (byte <= SPACE || byte >= 0x7f) return false
  }
  return false
}
