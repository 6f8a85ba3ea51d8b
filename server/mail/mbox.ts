/**
 * An mbox file -> its messages, byte for byte.
 *
 * RFC 4155, and the conventions of qmail's mbox(5): a message begins with a line "From ", an empty line ends it, and in
 * the mboxrd form a line of the message that would look like one bears a `>` more.
 */

const LF = 0x0a
const CR = 0x0d
const GREATER = 0x3e
const FROM = Buffer.from('From ')

/** The messages of an mbox, in order; empty where it is none. Line ends stay as they are. */
export function* messagesOfMbox(mbox: Buffer): Generator<Buffer, void, undefined> {
  if (!startsWith(mbox, 0, FROM)) return
  let start = afterLine(mbox, 0)
  for (let at = start; at <= mbox.length; at = afterLine(mbox, at)) {
    const ends = at === mbox.length
    if (!ends && !startsWith(mbox, at, FROM)) continue
    yield unquoted(mbox.subarray(start, withoutEmptyLine(mbox, start, at)))
    if (ends) return
    start = afterLine(mbox, at)
    at = start
    if (start === mbox.length) {
      yield mbox.subarray(start)
      return
    }
  }
}

/** Where the next line begins; the end where there is none. */
function afterLine(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(LF, at)
  return end === -1 ? bytes.length : end + 1
}

function startsWith(bytes: Buffer, at: number, what: Buffer): boolean {
  return bytes.length >= at + what.length && bytes.compare(what, 0, what.length, at, at + what.length) === 0
}

/** Where a message ends that the empty line before `end` belongs to no more. */
function withoutEmptyLine(bytes: Buffer, start: number, end: number): number {
  if (bytes[end - 1] !== LF) return end
  const line = bytes[end - 2] === CR ? end - 2 : end - 1
  return line > start && bytes[line - 1] === LF ? line : line === start ? start : end
}

/** Takes one `>` from each line that begins with `>From `, `>>From ` and so on. */
function unquoted(message: Buffer): Buffer {
  if (!message.includes('>From ')) return message
  const pieces: Buffer[] = []
  let from = 0
  for (let at = 0; at < message.length; at = afterLine(message, at)) {
    let marks = at
    while (message[marks] === GREATER) marks += 1
    if (marks === at || !startsWith(message, marks, FROM)) continue
    pieces.push(message.subarray(from, at))
    from = at + 1
  }
  pieces.push(message.subarray(from))
  return Buffer.concat(pieces)
}
