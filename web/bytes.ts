/** A raw message as lines: found by scanning bytes, decoded only where they are looked at. */

const LF = 10
const CR = 13

/** A longer line goes on in further rows: a browser lays out a line of megabytes in minutes. */
const ROW_BYTES = 1_000
/** More rows than browsers can scroll over: Firefox ends at about 17.8 million pixels, a row has 20. */
const MAX_ROWS = 800_000
/** Matches beyond these are not counted. */
export const MAX_MATCHES = 10_000

export interface Lines {
  /** Where each row begins; one more than there are rows, the last being where the shown bytes end. */
  starts: Uint32Array
  /** The number of the line that begins in each row, from 1; 0 where a row goes on with a line. */
  numbers: Uint32Array
  rows: number
  /** Bytes of the longest row. */
  widest: number
  /** Whether there are more bytes than can be shown. */
  isCut: boolean
}

/** Where a row that begins at `start` ends, its line ending included. */
function rowEnd(bytes: Uint8Array, start: number, lineEnd: number): number {
  if (lineEnd - start <= ROW_BYTES + 2) return lineEnd
  let end = start + ROW_BYTES
  // Not within a character of UTF-8.
  for (let back = 0; back < 3 && ((bytes[end] as number) & 0xc0) === 0x80; back++) end -= 1
  return end
}

export function readLines(bytes: Uint8Array): Lines {
  const starts: number[] = []
  const numbers: number[] = []
  let position = 0
  let line = 1
  let widest = 0
  while (position < bytes.length && starts.length < MAX_ROWS) {
    const lf = bytes.indexOf(LF, position)
    const lineEnd = lf === -1 ? bytes.length : lf + 1
    let number = line++
    while (position < lineEnd && starts.length < MAX_ROWS) {
      starts.push(position)
      numbers.push(number)
      number = 0
      const end = rowEnd(bytes, position, lineEnd)
      widest = Math.max(widest, end - position)
      position = end
    }
  }
  const rows = starts.length
  starts.push(position)
  return {
    starts: Uint32Array.from(starts),
    numbers: Uint32Array.from(numbers),
    rows,
    widest,
    isCut: position < bytes.length,
  }
}

/** Where a row's text ends: its line ending left out. */
export function textEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end
  if (at > start && bytes[at - 1] === LF) at -= 1
  if (at > start && at < end && bytes[at - 1] === CR) at -= 1
  return at
}

/** The row in which a byte stands. */
export function rowAt({ starts, rows }: Lines, offset: number): number {
  let low = 0
  let high = rows - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((starts[middle] as number) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** Where words stand, upper and lower case of ASCII letters alike; at most `MAX_MATCHES` places. */
export function findBytes(bytes: Uint8Array, words: string): { offsets: number[]; length: number } {
  const needle = new TextEncoder().encode(words).map(lower)
  const offsets: number[] = []
  const [first] = needle
  if (first === undefined) return { offsets, length: 0 }
  const upperFirst = first >= 97 && first <= 122 ? first - 32 : first
  const end = bytes.length - needle.length
  for (let at = 0; at <= end && offsets.length < MAX_MATCHES; at++) {
    const byte = bytes[at]
    if (byte !== first && byte !== upperFirst) continue
    let n = 1
    while (n < needle.length && lower(bytes[at + n] as number) === needle[n]) n += 1
    if (n < needle.length) continue
    offsets.push(at)
    at += needle.length - 1
  }
  return { offsets, length: needle.length }
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte
}

const NAMES: Record<number, string> = { 0: 'NUL', 9: '→', 10: 'LF', 13: 'CR', 27: 'ESC', 32: '·', 127: 'DEL' }

/** The bytes one by one where they are not plain ASCII: what a line really holds. */
export function exposed(bytes: Uint8Array): (string | { mark: string })[] {
  const pieces: (string | { mark: string })[] = []
  let plain = ''
  for (const byte of bytes) {
    if (byte > 32 && byte < 127) {
      plain += String.fromCharCode(byte)
      continue
    }
    if (plain) pieces.push(plain)
    plain = ''
    const hex = byte.toString(16).toUpperCase().padStart(2, '0')
    pieces.push({ mark: NAMES[byte] ?? (byte < 32 ? `^${String.fromCharCode(byte + 64)}` : `\\x${hex}`) })
  }
  if (plain) pieces.push(plain)
  return pieces
}
