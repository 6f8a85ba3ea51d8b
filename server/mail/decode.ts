/**
 * One leaf of the MIME tree -> its bytes or its text, synchronously.
 *
 * Transfer encodings (RFC 2045 section 6) are undone here, byte by byte over Buffers and in pieces, so that a 25 MB
 * attachment can be decoded between turns of the event loop. Broken input never throws: what cannot be decoded is kept
 * or skipped, as mail clients do. Charsets are libmime's and iconv-lite's knowledge.
 */
import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { decode as decodeByLibmime, normalizeCharset } from 'libmime/lib/charset.js'
import type { Steps } from './loop.js'
import type { MimeNode } from './structure.js'

/** Encoded bytes that are decoded in one go: about a millisecond of work. */
const PIECE_BYTES = 256 * 1024
/** Bytes in a charset that are decoded in one go: UTF-7 takes thirty times what UTF-8 takes. */
const CHARSET_PIECE_BYTES = 32 * 1024
/** How far back from the end of a piece a place is looked for where quoted-printable can be cut. */
const CUT_SEARCH_BYTES = 1024

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const EQUALS = 0x3d

/** The part of a node that decoding needs. */
export type Encoded = Pick<MimeNode, 'offset' | 'size' | 'encoding'>

/** The decoded bytes of a node; at most `maxBytes` of them, and then no more is decoded than needed. */
export function decodeBytes(raw: Buffer, node: Encoded, maxBytes = Number.POSITIVE_INFINITY): Buffer {
  const pieces: Buffer[] = []
  let length = 0
  for (const piece of decodePieces(raw, node, maxBytes)) {
    pieces.push(piece)
    length += piece.length
    if (length >= maxBytes) break
  }
  const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, length)
  return length > maxBytes ? bytes.subarray(0, maxBytes) : bytes
}

/**
 * The text of a node: transfer- and charset-decoded, nothing else changed; only a byte order mark is dropped. With
 * `maxBytes`, the text of that many decoded bytes.
 */
export function decodeText(raw: Buffer, node: Encoded & Pick<MimeNode, 'charset'>, maxBytes?: number): string {
  const bytes = decodeBytes(raw, node, maxBytes)
  const text = decodeCharset(bytes, node.charset)
  // A cut can go through a character; its half says nothing.
  return maxBytes !== undefined && bytes.length >= maxBytes ? text.replace(/\ufffd{1,3}$/, '') : text
}

/** The decoded bytes of a node in pieces, each a short piece of work. `maxBytes` only saves work. */
export function* decodePieces(
  raw: Buffer,
  node: Encoded,
  maxBytes = Number.POSITIVE_INFINITY,
): Generator<Buffer, void, undefined> {
  const encoded = raw.subarray(node.offset, node.offset + node.size)
  const { decode, cut } = codecFor(node.encoding)
  const pieceBytes = Math.min(PIECE_BYTES, maxBytes * 2 + CUT_SEARCH_BYTES)
  for (let start = 0; start < encoded.length; ) {
    const limit = start + pieceBytes
    const end = limit >= encoded.length ? encoded.length : cut(encoded, start, limit)
    yield decode(encoded.subarray(start, end), end === encoded.length)
    start = end
  }
}

interface Codec {
  decode(piece: Buffer, last: boolean): Buffer
  /** Where a piece that begins at `start` may end, at or before `limit` where possible. */
  cut(encoded: Buffer, start: number, limit: number): number
}

function codecFor(encoding: string | null): Codec {
  switch (encoding) {
    case 'base64':
      return { decode: base64Decoder(), cut: anywhere }
    case 'quoted-printable':
      return { decode: decodeQuotedPrintable, cut: cutQuotedPrintable }
    case 'uuencode':
    case 'x-uuencode':
    case 'x-uue':
      return { decode: uuDecoder(), cut: cutLines }
    default:
      return { decode: piece => piece, cut: anywhere }
  }
}

const anywhere: Codec['cut'] = (_encoded, _start, limit) => limit

const cutLines: Codec['cut'] = (encoded, start, limit) => {
  const lineBreak = encoded.lastIndexOf(LF, limit - 1)
  return lineBreak >= start ? lineBreak + 1 : limit
}

/** After a line, or where that is far, at a place that is neither in an escape nor in white space. */
const cutQuotedPrintable: Codec['cut'] = (encoded, start, limit) => {
  const earliest = Math.max(start + 2, limit - CUT_SEARCH_BYTES)
  for (let at = limit; at > earliest; at--) {
    const before = encoded[at - 1] as number
    if (before === LF) return at
    if (before > SPACE && before !== EQUALS && encoded[at - 2] !== EQUALS) return at
  }
  return limit
}

const SKIPPED = 0xff
const BASE64_VALUES = new Uint8Array(256).fill(SKIPPED)
for (const [value, digit] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  BASE64_VALUES[digit.charCodeAt(0)] = value
}

/** Skips what is no digit. Padding ends a group and not the data: encoded pieces that were glued together are read whole. */
function base64Decoder(): Codec['decode'] {
  let bits = 0
  let digits = 0
  return (piece, last) => {
    const out = Buffer.allocUnsafe(Math.ceil((piece.length * 3) / 4) + 3)
    const end = piece.length
    let length = 0
    let at = 0
    while (at < end) {
      // Whole groups, as nearly all are.
      while (digits === 0 && at + 4 <= end) {
        const first = BASE64_VALUES[piece[at] as number] as number
        const second = BASE64_VALUES[piece[at + 1] as number] as number
        const third = BASE64_VALUES[piece[at + 2] as number] as number
        const fourth = BASE64_VALUES[piece[at + 3] as number] as number
        if ((first | second | third | fourth) === SKIPPED) break
        out[length] = (first << 2) | (second >> 4)
        out[length + 1] = (second << 4) | (third >> 2)
        out[length + 2] = (third << 6) | fourth
        length += 3
        at += 4
      }
      if (at === end) break
      const byte = piece[at] as number
      const value = BASE64_VALUES[byte] as number
      at += 1
      if (value !== SKIPPED) {
        bits = (bits << 6) | value
        digits += 1
        if (digits === 4) {
          out[length++] = bits >> 16
          out[length++] = bits >> 8
          out[length++] = bits
          bits = 0
          digits = 0
        }
      } else if (byte === EQUALS) {
        length += flush(out, length)
      }
    }
    if (last) length += flush(out, length)
    return out.subarray(0, length)
  }

  function flush(out: Buffer, length: number): number {
    const whole = digits === 3 ? 2 : digits === 2 ? 1 : 0
    if (whole === 2) out.writeUInt16BE((bits >> 2) & 0xffff, length)
    else if (whole === 1) out[length] = bits >> 4
    bits = 0
    digits = 0
    return whole
  }
}

function decodeQuotedPrintable(piece: Buffer, last: boolean): Buffer {
  const out = Buffer.allocUnsafe(piece.length)
  const end = piece.length
  let length = 0
  /** Where what stands for itself begins, after the last escape or soft break: only of that, white space is taken away. */
  let literal = 0
  // Nearly every byte takes the first way, whatever the words: a branch for blanks would be guessed wrong at each of them.
  for (let at = 0; at < end; ) {
    const byte = piece[at] as number
    if (byte !== EQUALS && byte !== LF) {
      out[length++] = byte
      at += 1
      continue
    }
    if (byte === LF) {
      const breakLength = length > literal && out[length - 1] === CR ? 1 : 0
      length = withoutBlanks(out, literal, length - breakLength)
      if (breakLength === 1) out[length++] = CR
      out[length++] = LF
      at += 1
      continue
    }
    const next = afterSoftBreak(piece, at + 1, last)
    if (next >= 0) at = next
    else if (isEscape(piece, at)) {
      out[length++] = (hexValue(piece[at + 1]) << 4) | hexValue(piece[at + 2])
      at += 3
    } else {
      out[length++] = byte
      at += 1
    }
    literal = length
  }
  return out.subarray(0, last ? withoutBlanks(out, literal, length) : length)
}

/** Where the line ends that goes from `from` to `end`: white space at its end was added on the way (RFC 2045 6.7, rule 3). */
function withoutBlanks(out: Buffer, from: number, end: number): number {
  let length = end
  while (length > from && (out[length - 1] === SPACE || out[length - 1] === TAB)) length -= 1
  return length
}

/** The place after a soft line break whose `=` stands before `at`, or -1. */
export function afterSoftBreak(piece: Buffer, at: number, last: boolean): number {
  const end = piece.length
  let next = at
  while (next < end && (piece[next] === SPACE || piece[next] === TAB)) next += 1
  if (next === end) return last ? next : -1
  if (piece[next] === CR) next += 1
  return next < end && piece[next] === LF ? next + 1 : -1
}

const HEX_VALUES = new Int8Array(256).fill(-1)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  HEX_VALUES[digit.charCodeAt(0)] = value
  HEX_VALUES[digit.toUpperCase().charCodeAt(0)] = value
}

/** A hexadecimal digit's value, or -1. */
export function hexValue(byte: number | undefined): number {
  return byte === undefined ? -1 : (HEX_VALUES[byte] as number)
}

/** Whether the two bytes after the `=` at `at` are digits. */
function isEscape(piece: Buffer, at: number): boolean {
  return at + 2 < piece.length && (hexValue(piece[at + 1]) | hexValue(piece[at + 2])) >= 0
}

/** The lines between `begin` and `end`; a line says how many bytes it holds. */
function uuDecoder(): Codec['decode'] {
  let inside = false
  return piece => {
    const out: number[] = []
    for (const line of piece.toString('latin1').split(/\r?\n/)) {
      if (!inside) {
        inside = /^begin [0-7]{3,4} /.test(line)
      } else if (line === 'end') {
        inside = false
      } else {
        const length = uuValue(line, 0)
        for (let n = 0; n < length; n++) {
          const at = 1 + Math.floor(n / 3) * 4
          const group =
            (uuValue(line, at) << 18) |
            (uuValue(line, at + 1) << 12) |
            (uuValue(line, at + 2) << 6) |
            uuValue(line, at + 3)
          out.push((group >> (16 - (n % 3) * 8)) & 0xff)
        }
      }
    }
    return Buffer.from(out)
  }
}

function uuValue(line: string, at: number): number {
  return at < line.length ? (line.charCodeAt(at) - SPACE) & 0x3f : 0
}

const UTF8_NAMES = /^(?:utf-?8|unicode-1-1-utf-8|(?:us-?)?ascii|ansi_x3\.4-1968)$/i
const UTF7_NAMES = /^(?:unicode-1-1-)?utf-?7$/i
/** Names that iconv-lite knows and that are no charsets. */
const NOT_CHARSETS = /^(?:base64|hex|utf-?7-?imap)$/i
const JAPANESE_STATEFUL = /^(?:jis|iso-?2022-?jp)/i
/** What libmime leaves to a library for Japanese. */
const JAPANESE = /^jis|^iso-?2022-?jp|^eucjp/i

/** What was found of the names of charsets: of one that it does not know, iconv-lite makes an error with a stack each time. */
const known = new Map<string, boolean>()
const MAX_NAMES = 1000
/** No charset's name is longer. */
const MAX_NAME_CHARACTERS = 100

/** Whether text in this charset can be decoded. */
export function isKnownCharset(charset: string): boolean {
  if (UTF8_NAMES.test(charset)) return true
  if (charset.length > MAX_NAME_CHARACTERS) return false
  let isKnown = known.get(charset)
  if (isKnown === undefined) {
    isKnown = findCharset(charset)
    if (known.size >= MAX_NAMES) known.clear()
    known.set(charset, isKnown)
  }
  return isKnown
}

function findCharset(charset: string): boolean {
  if (NOT_CHARSETS.test(charset)) return false
  const name = normalizeCharset(charset)
  return JAPANESE_STATEFUL.test(name) || iconv.encodingExists(name)
}

/**
 * Bytes in a charset as a string without byte order mark. No charset, ASCII and charsets nobody knows are UTF-8 where
 * the bytes are valid UTF-8, and windows-1252 where not: the two that real mail means by them.
 */
export function decodeCharset(bytes: Buffer, charset: string | null): string {
  const { decoder } = charsetReader(bytes, charset)
  return withoutMark(decoder.write(bytes)) + (decoder.end() ?? '')
}

/** The same in pieces, each a short piece of work. */
export function* decodeCharsetPieces(bytes: Buffer, charset: string | null): Generator<string, void, undefined> {
  const { cut, decoder } = charsetReader(bytes, charset)
  const pieceBytes = cut === cutUtf8 ? PIECE_BYTES : CHARSET_PIECE_BYTES
  for (let start = 0; start < bytes.length; ) {
    const end = start + pieceBytes < bytes.length ? cut(bytes, start, start + pieceBytes) : bytes.length
    const text = decoder.write(bytes.subarray(start, end))
    yield start === 0 ? withoutMark(text) : text
    start = end
  }
  yield decoder.end() ?? ''
}

/** The text of a node, with a stop after each short piece of work. */
export function* decodeTextInSteps(raw: Buffer, node: Encoded & Pick<MimeNode, 'charset'>): Steps<string> {
  const bytes: Buffer[] = []
  for (const piece of decodePieces(raw, node)) {
    bytes.push(piece)
    yield
  }
  const text: string[] = []
  for (const piece of decodeCharsetPieces(Buffer.concat(bytes), node.charset)) {
    text.push(piece)
    yield
  }
  return text.join('')
}

/** How the bytes of a text become characters piece by piece, and where they can be cut. */
interface CharsetReader {
  decoder: { write(piece: Buffer): string; end(): string | undefined }
  cut: Codec['cut']
}

/** Each piece by itself: where it is cut, a character begins. */
function separately(write: (piece: Buffer) => string): CharsetReader['decoder'] {
  return { write, end: () => undefined }
}

function charsetReader(bytes: Buffer, charset: string | null): CharsetReader {
  const name = charset?.trim() ?? ''
  if (/^utf-?8$/i.test(name)) return { decoder: separately(utf8), cut: cutUtf8 }
  if (name === '' || UTF8_NAMES.test(name) || !isKnownCharset(name)) {
    if (isCutUtf8(bytes)) return { decoder: separately(utf8), cut: cutUtf8 }
    return { decoder: separately(piece => iconv.decode(piece, 'windows-1252')), cut: anywhere }
  }
  // Libraries refuse UTF-7 because it hides markup from filters; ours looks at what was decoded.
  if (UTF7_NAMES.test(name)) return { decoder: iconv.getDecoder('utf-7'), cut: cutUtf7 }
  const normal = normalizeCharset(name)
  // Its escapes are forgotten at the end of a line, and at the end of a piece of a line that no mail has.
  if (JAPANESE.test(normal)) return { decoder: separately(piece => decodeByLibmime(piece, name)), cut: cutLines }
  return { decoder: iconv.getDecoder(normal), cut: anywhere }
}

function utf8(bytes: Buffer): string {
  return bytes.toString('utf8')
}

/** Where no encoded run is, if such a place is near. */
const cutUtf7: Codec['cut'] = (encoded, start, limit) => {
  for (let at = limit; at > Math.max(start, limit - CUT_SEARCH_BYTES); at--)
    if ((encoded[at - 1] as number) <= SPACE) return at
  return limit
}

/** Before the first byte of a character: at most three bytes follow it. */
const cutUtf8: Codec['cut'] = (encoded, start, limit) => {
  for (let at = limit; at > limit - 4 && at > start; at--) if (((encoded[at] as number) & 0xc0) !== 0x80) return at
  return limit
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** How many bytes a text has in a charset, as `decodeCharset` reads it; near to that where the charset has states. */
export function encodedLength(text: string, charset: string | null): number {
  const name = charset?.trim() ?? ''
  if (!/^[\w:.-]+$/.test(name) || UTF8_NAMES.test(name) || !iconv.encodingExists(name)) return Buffer.byteLength(text)
  return iconv.encode(text, name, { addBOM: false }).length
}

/** Bytes that do not say their charset: UTF-8 where they can be it, else windows-1252. */
export function textOfUnlabelled(bytes: Buffer): string {
  return isCutUtf8(bytes) ? bytes.toString('utf8') : iconv.decode(bytes, 'windows-1252')
}

/** Whether bytes are UTF-8, of which the last character may be cut: up to three bytes of it are passed over. */
function isCutUtf8(bytes: Buffer): boolean {
  for (let end = bytes.length; end >= Math.max(0, bytes.length - 3); end--) {
    if (isUtf8(bytes.subarray(0, end))) return true
    if (end > 0 && (bytes[end - 1] as number) < 0x80) break
  }
  return false
}
