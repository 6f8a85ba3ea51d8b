/**
 * A message as a multi-line answer (RFC 1939 3), piece by piece. What is sent is what is kept, byte for byte:
 *
 * - a dot is put before a dot directly after CRLF, and at the very start; nowhere else, so that lone line feeds and NULs
 *   go out as they are;
 * - where the message does not end in CRLF, one is sent before the last line; an empty message needs none.
 */
import { parseHeaders } from '../mail/headers.js'

/** Looked at and sent at a time. */
const PIECE_BYTES = 64 * 1024

const CRLF = '\r\n'
const CRLF_DOT = Buffer.from('\r\n.')
const LF = 0x0a
const DOT = 0x2e
const END = Buffer.from('.\r\n')
const CRLF_END = Buffer.from('\r\n.\r\n')
const STUFFING = Buffer.from('.')

/** The pieces, the last line included. */
export function* multiline(raw: Buffer): Generator<Buffer> {
  for (let from = 0; from < raw.length; from += PIECE_BYTES) yield stuffed(raw, from, from + PIECE_BYTES)
  yield raw.length === 0 || raw.subarray(-CRLF.length).toString('latin1') === CRLF ? END : CRLF_END
}

/** The headers, the blank line and so many lines of the body; a lone line feed ends one, too, as it does in headers. */
export function topOf(raw: Buffer, bodyLines: number): Buffer {
  let end = parseHeaders(raw).bodyOffset
  for (let line = 0; line < bodyLines && end < raw.length; line++) {
    const at = raw.indexOf(LF, end)
    end = at === -1 ? raw.length : at + 1
  }
  return raw.subarray(0, end)
}

/** A stretch of a message with its dots stuffed; the CRLF before one may stand in the stretch before. */
function stuffed(raw: Buffer, from: number, to: number): Buffer {
  const before = Math.max(from - CRLF.length, 0)
  const looked = raw.subarray(before, to)
  const pieces: Buffer[] = []
  let done = from - before
  if (from === 0 && raw[0] === DOT) pieces.push(STUFFING)
  for (let at = looked.indexOf(CRLF_DOT); at !== -1; at = looked.indexOf(CRLF_DOT, at + CRLF_DOT.length)) {
    pieces.push(looked.subarray(done, at + CRLF.length), STUFFING)
    done = at + CRLF.length
  }
  pieces.push(looked.subarray(done))
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
}
