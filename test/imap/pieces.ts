/** What tests of IMAP share: bytes of a command as its pieces. */
import { announcedLiteral, Decoder, type Piece } from '../../server/imap/wire.js'

/** A command or a response, with the literals where they are announced; its last CRLF is not given. */
export function piecesOf(command: Buffer | string): Piece[] {
  const bytes = typeof command === 'string' ? Buffer.from(command, 'latin1') : command
  const pieces: Piece[] = []
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at)
    const line = bytes.subarray(at, end < 0 ? bytes.length : end)
    const announced = announcedLiteral(line)
    if (!announced || end < 0) {
      pieces.push(bytes.subarray(at))
      return pieces
    }
    const start = end + 2
    pieces.push(line.subarray(0, announced.at), { literal: bytes.subarray(start, start + announced.bytes) })
    at = start + announced.bytes
  }
}

/** A decoder of a command. */
export function decoderOf(command: Buffer | string): Decoder {
  return new Decoder(piecesOf(command))
}
