/**
 * Fields -> the bytes of a message, for tests that put one in without an app: RFC 5322, RFC 2047 for what is not ASCII,
 * RFC 2046 for more than one part. Bodies are base64, so that no line end, dot or boundary in them means anything.
 */
import { atOnce, type Steps } from './loop.js'

/** A message by its fields. Addresses as in a header: `ada@example.com`, `Ada <ada@example.com>`, or several in a list. */
export interface MessageFields {
  from?: string
  to?: string | readonly string[]
  cc?: string | readonly string[]
  subject?: string
  text?: string
  html?: string
  /** Further header fields. */
  headers?: Readonly<Record<string, string>>
  attachments?: readonly FileFields[]
}

/** The names of these fields. */
export const MESSAGE_FIELDS: readonly (keyof MessageFields)[] = [
  'from',
  'to',
  'cc',
  'subject',
  'text',
  'html',
  'headers',
  'attachments',
]

/** A file that is attached. */
export interface FileFields {
  filename: string
  content: string | Uint8Array
  /** `application/octet-stream` unless said. */
  contentType?: string
  /** By which the HTML names it, as `cid:logo`: then it is no attachment, it stands within. */
  contentId?: string
}

/** Bytes of text in one encoded word, which may have 75 characters in all (RFC 2047 section 2). */
const WORD_BYTES = 42
/** Characters of one line of base64 (RFC 2045 section 6.8). */
const LINE_CHARACTERS = 76
const LINES = new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')
/** Bytes of a body that are encoded in one go, about a millisecond of work: whole lines, so that pieces join. */
const PIECE_BYTES = 4096 * ((LINE_CHARACTERS / 4) * 3)
const ASCII = /^[\x20-\x7e]*$/

/** A part: its header fields, and its body: text as it stands there, and bytes that are still to be encoded. */
interface Part {
  fields: string[]
  body: readonly (string | Uint8Array)[]
}

/** The message. */
export function compose(message: MessageFields): Buffer {
  return atOnce(composing(message))
}

/** The same in short pieces of work: for large files, where others wait for the event loop. */
export function* composing(message: MessageFields): Steps<Buffer> {
  const { from, to, cc, subject, headers = {} } = message
  const fields: string[] = []
  for (const [name, given] of Object.entries({ From: from, To: to, Cc: cc })) {
    if (given !== undefined) fields.push(field(name, [given].flat().map(mailbox).join(', ')))
  }
  if (subject !== undefined) fields.push(field('Subject', words(subject)))
  for (const [name, value] of Object.entries(headers)) fields.push(field(name, words(value)))
  const content = contentOf(message)
  const head = [...fields, 'MIME-Version: 1.0', ...content.fields, '', ''].join('\r\n')
  const pieces: Buffer[] = []
  for (const piece of [head, ...content.body]) {
    if (typeof piece === 'string') pieces.push(Buffer.from(piece))
    else yield* linesOf(piece, pieces)
  }
  return Buffer.concat(pieces)
}

/** Adds bytes to pieces, as lines of base64. */
function* linesOf(bytes: Uint8Array, pieces: Buffer[]): Steps<void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const base64 = Buffer.from(bytes.subarray(at, at + PIECE_BYTES)).toString('base64')
    pieces.push(Buffer.from(base64.replace(LINES, '$&\r\n'), 'latin1'))
    yield
  }
}

function contentOf({ text, html, attachments = [] }: MessageFields): Part {
  const texts: Part[] = []
  if (text !== undefined || html === undefined) texts.push(leaf('text/plain; charset=utf-8', text ?? ''))
  if (html !== undefined) texts.push(leaf('text/html; charset=utf-8', html))
  const body = texts.length === 1 ? (texts[0] as Part) : multipart('alternative', texts)
  const within = attachments.filter(({ contentId }) => contentId !== undefined)
  const besides = attachments.filter(({ contentId }) => contentId === undefined)
  const whole = within.length === 0 ? body : multipart('related', [body, ...within.map(file)])
  return besides.length === 0 ? whole : multipart('mixed', [whole, ...besides.map(file)])
}

function file({ filename, content, contentType = 'application/octet-stream', contentId }: FileFields): Part {
  const part = leaf(contentType, content)
  // RFC 2231: a name in any script, without quotes to be kept apart.
  const name = encodeURIComponent(filename).replace(/['()*]/g, mark => `%${mark.charCodeAt(0).toString(16)}`)
  const disposition = contentId === undefined ? 'attachment' : 'inline'
  const fields = [...part.fields, field('Content-Disposition', `${disposition}; filename*=utf-8''${name}`)]
  if (contentId !== undefined) fields.push(field('Content-ID', `<${inLine(contentId)}>`))
  return { ...part, fields }
}

function leaf(contentType: string, content: string | Uint8Array): Part {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const fields = [field('Content-Type', inLine(contentType)), 'Content-Transfer-Encoding: base64']
  return { fields, body: bytes.length === 0 ? ['\r\n'] : [bytes] }
}

function multipart(kind: 'alternative' | 'related' | 'mixed', parts: readonly Part[]): Part {
  // No line of base64 has a hyphen in it.
  const boundary = `--${kind}`
  const bodies = parts.flatMap(({ fields, body }) => [`--${boundary}\r\n${fields.join('\r\n')}\r\n\r\n`, ...body])
  return {
    fields: [`Content-Type: multipart/${kind}; boundary="${boundary}"`],
    body: [...bodies, `--${boundary}--\r\n`],
  }
}

function field(name: string, value: string): string {
  return `${name}: ${value}`
}

function mailbox(address: string): string {
  const [, name, path] = /^\s*"?(.*?)"?\s*<([^<>]*)>\s*$/.exec(address) ?? []
  return path === undefined || name === undefined || ASCII.test(name) ? inLine(address) : `${words(name)} <${path}>`
}

/** Without line ends, which would begin another field. */
function inLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ')
}

/** Text as it stands in a header: in encoded words where it is not ASCII. */
function words(given: string): string {
  const text = inLine(given)
  if (ASCII.test(text)) return text
  const pieces: string[] = []
  let piece = ''
  for (const character of text) {
    if (Buffer.byteLength(piece + character) > WORD_BYTES) {
      pieces.push(piece)
      piece = ''
    }
    piece += character
  }
  return [...pieces, piece].map(part => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ')
}
