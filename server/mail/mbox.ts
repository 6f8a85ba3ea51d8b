/**
 * An mbox file -> its messages, and messages -> an mbox file, byte for byte.
 *
 * RFC 4155, and the conventions of qmail's mbox(5): a message begins with a line "From ", an empty line ends it, and in
 * the mboxrd form a line of the message that would look like one bears a `>` more. What a message of ours has beyond its
 * bytes stands where mbox(5) leaves room for it, after the date in the line "From ": other programs pass over it.
 */

const LF = 0x0a
const CR = 0x0d
const GREATER = 0x3e
const FROM = Buffer.from('From ')
const LINE_AND_FROM = Buffer.from('\nFrom ')
const QUOTE = Buffer.from('>')
const END_OF_MESSAGE = Buffer.from('\n')
/** What our note in the line "From " begins with. */
const NOTE = ' maildouble {'

/** Pieces that are joined before they are given on: lines "From " without end must not become writes without end. */
const MAX_PIECES = 1024
/** Bytes of a line "From " that are looked at: ours has up to 10,000 recipients. */
const MAX_NOTE_BYTES = 4 * 1024 * 1024
/** Bytes, and lines "From ", that are looked through between two stops. */
const BYTES_BETWEEN_STOPS = 1024 * 1024
const LINES_BETWEEN_STOPS = 10_000

/** A message of an mbox. */
export interface MboxMessage {
  /** A slice of the file: whoever keeps it copies it. */
  raw: Buffer
  /** The envelope that it came with, where we wrote the file: `from` is empty for the null path. */
  envelope: { from: string; to: string[] } | null
}

/** What becomes a message of an mbox. */
export interface MboxSource {
  raw: Buffer
  envelope: { from: string; to: readonly string[] }
  receivedAtMs: number
}

interface Note {
  from: string
  to: string[]
  /** The message ends within a line; the line end before the empty line is not its own. */
  endsInLine: boolean
}

/**
 * The messages of an mbox, in order; none where it is none. Line ends stay as they are. Null is given now and then: no
 * message, but a place to give way, since one may be as large as the file.
 */
export function* messagesOfMbox(mbox: Buffer): Generator<MboxMessage | null, void, undefined> {
  let at = 0
  while (startsWith(mbox, at, FROM)) {
    const start = afterLine(mbox, at)
    const note = noteIn(mbox.toString('utf8', at, Math.min(start, at + MAX_NOTE_BYTES)))
    let end = -1
    // The line end of the line "From " itself: an empty message is followed by the next.
    for (let from = start - 1; end < 0; from += BYTES_BETWEEN_STOPS) {
      const found = mbox.subarray(0, from + BYTES_BETWEEN_STOPS + LINE_AND_FROM.length).indexOf(LINE_AND_FROM, from)
      if (found >= 0) end = found + 1
      else if (from + BYTES_BETWEEN_STOPS >= mbox.length) end = mbox.length
      else yield null
    }
    const body = mbox.subarray(start, withoutEmptyLine(mbox, start, end))
    const whole = note?.endsInLine && body.at(-1) === LF ? body.subarray(0, -1) : body
    yield { raw: yield* unquoted(whole), envelope: note && { from: note.from, to: note.to } }
    at = end
  }
}

/** Whether bytes begin as an mbox does. */
export function isMbox(bytes: Buffer): boolean {
  return startsWith(bytes, 0, FROM)
}

/** A message as an mbox has it, in pieces: an mbox is its messages one after the other. */
export function* mboxPieces({ raw, envelope, receivedAtMs }: MboxSource): Generator<Buffer, void, undefined> {
  const endsInLine = raw.length > 0 && raw.at(-1) !== LF
  const { from, to } = envelope
  const note: Note = { from, to: [...to], endsInLine }
  // In the field for it, what has blanks would end early.
  const sender = from.replace(/[\s\p{C}]/gu, '_') || 'MAILER-DAEMON'
  yield Buffer.from(`From ${sender} ${asctime(receivedAtMs)}${NOTE.slice(0, -1)}${JSON.stringify(note)}\n`)
  yield* quoted(raw)
  if (endsInLine) yield END_OF_MESSAGE
  yield END_OF_MESSAGE
}

/** What our line "From " says. Another program's, and one that was edited, says nothing. */
function noteIn(line: string): Note | null {
  const at = line.indexOf(NOTE)
  if (at === -1) return null
  try {
    const { from, to, endsInLine } = JSON.parse(line.slice(at + NOTE.length - 1)) as Partial<Note>
    const isWhole = typeof from === 'string' && Array.isArray(to) && to.every(address => typeof address === 'string')
    return isWhole ? { from, to, endsInLine: endsInLine === true } : null
  } catch {
    return null
  }
}

/** A time in UTC as C's asctime writes it (RFC 4155): Sat Jan 31 12:00:00 2026. */
function asctime(timeMs: number): string {
  const [day = '', date = '', month = '', year = '', time = ''] = new Date(timeMs).toUTCString().split(/,? /)
  return `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`
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

/** The beginnings of lines that begin with `From `, `>From `, `>>From ` and so on. */
function* fromLines(message: Buffer): Generator<number, void, undefined> {
  for (let at = message.indexOf(FROM); at !== -1; at = message.indexOf(FROM, at + FROM.length)) {
    let start = at
    while (start > 0 && message[start - 1] === GREATER) start -= 1
    if (start === 0 || message[start - 1] === LF) yield start
  }
}

/** Takes one `>` from each line that begins with `>From `, `>>From ` and so on. */
function* unquoted(message: Buffer): Generator<null, Buffer, undefined> {
  const pieces: Buffer[] = []
  let from = 0
  let lines = 0
  for (const at of fromLines(message)) {
    lines += 1
    if (lines % LINES_BETWEEN_STOPS === 0) yield null
    if (message[at] !== GREATER) continue
    pieces.push(message.subarray(from, at))
    from = at + 1
  }
  if (pieces.length === 0) return message
  pieces.push(message.subarray(from))
  return Buffer.concat(pieces)
}

/** Gives one `>` to each line that begins with `From `, `>From ` and so on. */
function* quoted(message: Buffer): Generator<Buffer, void, undefined> {
  let pieces: Buffer[] = []
  let from = 0
  for (const at of fromLines(message)) {
    pieces.push(message.subarray(from, at), QUOTE)
    from = at
    if (pieces.length < MAX_PIECES) continue
    yield Buffer.concat(pieces)
    pieces = []
  }
  if (pieces.length > 0) yield Buffer.concat(pieces)
  if (from < message.length) yield message.subarray(from)
}
