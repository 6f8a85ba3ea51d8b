/**
 * Inputs out of a corpus: entries changed, cut, glued together and, now and then, swollen to megabytes, since what stalls
 * is seldom small.
 */
import type { Dice } from './dice.js'

/** What inputs are made of. */
export interface Stock {
  readonly corpus: readonly Buffer[]
  /** What the parser takes for more than bytes. */
  readonly tokens: readonly string[]
  /** How large an input may become. */
  readonly maxBytes: number
  /** One input in as many is swollen; the others stay as small as what they are made of. */
  readonly swollenOneIn?: number
}

/** Often enough for what is fast. */
const SWOLLEN_ONE_IN = 25
const MAX_CHANGES = 6
/** Bytes of a piece that is repeated, and how often a change repeats it. */
const MAX_PIECE_BYTES = 200
const MAX_REPEATS = 300
/** Bytes up to which changes add to an input. */
const MAX_CHANGED_BYTES = 128 * 1024

/** Makes an input. The same dice and stock give the same. */
export function mutated(dice: Dice, stock: Stock): Buffer {
  let input = dice.pick(stock.corpus)
  const changes = dice.below(MAX_CHANGES + 1)
  for (let n = 0; n < changes; n++) {
    const changed = dice.pick(CHANGES)(input, dice, stock)
    if (changed.length <= Math.min(MAX_CHANGED_BYTES, stock.maxBytes)) input = changed
  }
  return dice.below(stock.swollenOneIn ?? SWOLLEN_ONE_IN) === 0 ? swollen(input, dice, stock) : input
}

type Change = (input: Buffer, dice: Dice, stock: Stock) => Buffer

const CHANGES: readonly Change[] = [
  // a bit, a byte, a few bytes
  (input, dice) => {
    const bytes = Buffer.from(input)
    const at = dice.below(bytes.length || 1)
    if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << dice.below(8))
    return bytes
  },
  (input, dice) => put(input, dice, Buffer.from([dice.below(256)]), 1),
  (input, dice) => put(input, dice, Buffer.from(Array.from({ length: dice.size(16) }, () => dice.below(256)))),
  // what has a meaning, put in or in the place of something
  (input, dice, { tokens }) => put(input, dice, Buffer.from(dice.pick(tokens))),
  (input, dice, { tokens }) => put(input, dice, Buffer.from(dice.pick(tokens)), dice.size(20)),
  (input, dice, { tokens }) =>
    put(input, dice, Buffer.from(Array.from({ length: dice.size(8) }, () => dice.pick(tokens)).join(''))),
  // a piece left out, said twice, said many times, moved
  (input, dice) => put(input, dice, Buffer.alloc(0), dice.size(input.length || 1)),
  (input, dice) => put(input, dice, pieceOf(input, dice, input.length)),
  (input, dice) => put(input, dice, repeated(pieceOf(input, dice, MAX_PIECE_BYTES), dice.size(MAX_REPEATS))),
  (input, dice, { tokens }) => put(input, dice, repeated(Buffer.from(dice.pick(tokens)), dice.size(MAX_REPEATS))),
  // the beginning of one and the end of another
  (input, dice, { corpus }) => {
    const other = dice.pick(corpus)
    return Buffer.concat([
      input.subarray(0, dice.below(input.length + 1)),
      other.subarray(dice.below(other.length + 1)),
    ])
  },
]

/** Repeats one piece, or one here and one behind it, as what is opened is closed. */
function swollen(input: Buffer, dice: Dice, { tokens, maxBytes }: Stock): Buffer {
  const piece = () => {
    const parts = Array.from({ length: dice.size(4) }, () =>
      dice.below(2) === 0 ? pieceOf(input, dice, MAX_PIECE_BYTES) : Buffer.from(dice.pick(tokens)),
    )
    return Buffer.concat(parts)
  }
  const opening = piece()
  const closing = dice.below(2) === 0 ? piece() : Buffer.alloc(0)
  const room = Math.max(0, maxBytes - input.length)
  const bytes = opening.length + closing.length
  const times = bytes === 0 ? 0 : Math.floor(dice.size(room + 1) / bytes)
  const from = dice.below(input.length + 1)
  const to = from + dice.below(input.length + 1 - from)
  return Buffer.concat([
    input.subarray(0, from),
    repeated(opening, times),
    input.subarray(from, to),
    repeated(closing, times),
    input.subarray(to),
  ])
}

function put(input: Buffer, dice: Dice, what: Buffer, inPlaceOf = 0): Buffer {
  const at = dice.below(input.length + 1)
  return Buffer.concat([input.subarray(0, at), what, input.subarray(at + inPlaceOf)])
}

function pieceOf(input: Buffer, dice: Dice, most: number): Buffer {
  const at = dice.below(input.length || 1)
  return input.subarray(at, at + dice.size(most || 1))
}

function repeated(piece: Buffer, times: number): Buffer {
  return Buffer.alloc(piece.length * times, piece.length === 0 ? 0 : piece)
}
