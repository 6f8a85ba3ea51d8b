/**
 * From a character of a part's decoded text back to its byte in raw, so that what a check found can be shown in the source.
 *
 * Exact (in base64 to the group of four digits) for text in UTF-8 and in charsets of one byte a letter; close to it where a charset has states, or where bytes
 * were no text. Many places are found in one pass.
 */
import { afterSoftBreak, encodedLength, hexValue } from '../decode.js'
import type { MimeNode } from '../structure.js'

/** Characters whose length is measured between two stops. */
const PIECE_CHARACTERS = 256 * 1024

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const TAB = 0x09
const EQUALS = 0x3d

/** The places in raw of characters of a part, given in rising order; stops now and then. */
export function* locate(
  raw: Buffer,
  node: MimeNode,
  text: string,
  characters: readonly number[],
): Generator<void, number[], undefined> {
  const walk = walkOf(raw, node)
  const found: number[] = []
  let from = 0
  let bytes = 0
  for (const character of characters) {
    while (from < character) {
      const to = Math.min(character, from + PIECE_CHARACTERS)
      bytes += encodedLength(text.slice(from, to), node.charset)
      from = to
      yield
    }
    found.push(Math.min(walk(bytes), node.offset + node.size))
  }
  return found
}

/** Goes on to where a decoded byte stands; to be called with rising numbers. */
function walkOf(raw: Buffer, node: MimeNode): (decoded: number) => number {
  const end = node.offset + node.size
  let at = node.offset
  let done = 0
  if (node.encoding === 'base64') {
    /** Digits so far: four hold three bytes. */
    let digits = 0
    return decoded => {
      const wanted = Math.floor(decoded / 3) * 4
      while (at < end && digits < wanted) {
        if (isDigit(raw[at] as number)) digits += 1
        at += 1
      }
      while (at < end && !isDigit(raw[at] as number)) at += 1
      return at
    }
  }
  if (node.encoding === 'quoted-printable') {
    return decoded => {
      for (;;) {
        const next = at < end && raw[at] === EQUALS ? afterSoftBreak(raw, at + 1, false) : afterPadding(raw, at, end)
        if (next > at) {
          at = next
          continue
        }
        if (at >= end || done >= decoded) return at
        at += raw[at] === EQUALS && hexValue(raw[at + 1]) >= 0 && hexValue(raw[at + 2]) >= 0 ? 3 : 1
        done += 1
      }
    }
  }
  return decoded => node.offset + decoded
}

function isDigit(byte: number): boolean {
  const letter = byte | 0x20
  return (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x2f && byte <= 0x39) || byte === 0x2b
}

/** After white space at the end of a line, which decoding drops (RFC 2045 6.7, rule 3); else `at`. */
function afterPadding(raw: Buffer, at: number, end: number): number {
  let next = at
  while (next < end && (raw[next] === SPACE || raw[next] === TAB)) next += 1
  return next === end || raw[next] === LF || raw[next] === CR ? next : at
}
