/**
 * A message as MailHog has it. It is taken apart as simply as there, since its clients know what comes of that: bodies
 * stay transfer-encoded, a header that comes twice has its last value, and LF alone ends no line.
 */
import type { Stored } from '../../../mail/message.js'
import { MAX_NODES } from '../../../mail/structure.js'

/** The host that MailHog puts into ids and into the header of each message. */
const HOST = 'mailhog.example'
/** Multiparts within multiparts that are taken apart: each looks at all that is below it once more. Real mail has five. */
const MAX_MIME_DEPTH = 10
/** Lines of one header block that are read. */
const MAX_HEADER_LINES = 10_000
interface Path {
  Relays: string[] | null
  Mailbox: string
  Domain: string
  Params: ''
}

interface Content {
  Headers: Record<string, string[]>
  Body: string
  /** In bytes. */
  Size: number
  MIME: Mime | null
}

interface Mime {
  Parts: Content[]
}

/** A message as MailHog has it. */
export interface Message {
  ID: string
  From: Path
  To: Path[]
  Content: Content
  Created: string
  MIME: Mime | null
  Raw: { From: string; To: string[]; Data: string; Helo: string }
}

/** The id of a message there. */
export const idOf = ({ id }: Stored) => `${id}@${HOST}`
/** A message as MailHog has it, or as much of it as is in `raw`. */
export function messageOf(message: Stored, raw = message.raw): Message {
  const { envelope, receivedAtMs } = message
  const whole = raw.toString()
  const Data = withoutLastBreak(whole)
  const Helo = envelope.helo ?? ''
  const ID = idOf(message)
  // Read as a whole: MailHog loses the headers of a mail that has nothing else.
  const content = contentOf(whole)
  content.Body = withoutLastBreak(content.Body)
  content.Size = Buffer.byteLength(Data)
  const { Headers } = content
  const named = (name: string) => Object.keys(Headers).find(key => key.toLowerCase() === name)
  const time = new Date(receivedAtMs)
  const received = `from ${Helo} by ${HOST} (MailHog)\r\n          id ${ID}; ${time.toUTCString().replace('GMT', '+0000')}`
  const MIME = mimeOf(content, { nodes: MAX_NODES }, 0)
  // In the headers alone: what came stays as it came.
  if (named('message-id') === undefined) Headers['Message-ID'] = [ID]
  for (const [name, value] of [
    ['Received', received],
    ['Return-Path', `<${envelope.from}>`],
  ] as const) {
    const key = named(name.toLowerCase()) ?? name
    Headers[key] = [...(Headers[key] ?? []), value]
  }
  return {
    ID,
    From: pathOf(envelope.from),
    To: envelope.to.map(pathOf),
    Content: content,
    Created: time.toISOString(),
    MIME,
    Raw: { From: envelope.from, To: envelope.to, Data, Helo },
  }
}

/** A path in its parts; a source route (RFC 5321 appendix C) as its relays. */
function pathOf(path: string): Path {
  const colon = path.startsWith('@') ? path.indexOf(':') : -1
  const mailbox = path.slice(colon + 1)
  const at = mailbox.indexOf('@')
  return {
    Relays: colon < 0 ? null : path.slice(0, colon).split(','),
    Mailbox: at < 0 ? mailbox : mailbox.slice(0, at),
    Domain: at < 0 ? '' : mailbox.slice(at + 1),
    Params: '',
  }
}

/** Headers and body of a message or a part; a name that comes twice has its last value, and keeps its case. */
function contentOf(text: string): Content {
  const Headers: Record<string, string[]> = Object.create(null)
  const end = text.indexOf('\r\n\r\n')
  let last: string | undefined
  for (const line of end < 0 ? [] : text.slice(0, end).split('\r\n', MAX_HEADER_LINES)) {
    const colon = line.indexOf(': ')
    if (last !== undefined && /^[ \t]/.test(line)) Headers[last] = [Headers[last]?.[0] + line]
    else if (colon >= 0) {
      last = line.slice(0, colon)
      Headers[last] = [line.slice(colon + 2)]
    }
  }
  return { Headers, Body: end < 0 ? text : text.slice(end + 4), Size: Buffer.byteLength(text), MIME: null }
}

/** The parts of what is a multipart; null where it is none. What is left of `bound` is shared by all of a message. */
function mimeOf({ Headers, Body }: Content, bound: { nodes: number }, depth: number): Mime | null {
  const type = Headers['Content-Type']?.[0] ?? ''
  if (!type.startsWith('multipart/') || depth > MAX_MIME_DEPTH) return null
  const [, quoted, bare] = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(type) ?? []
  const boundary = quoted ?? bare ?? ''
  const Parts: Content[] = []
  if (boundary === '') return { Parts }
  const delimiter = `--${boundary}`
  // What stands before the first delimiter, and behind the last, is no part.
  let start = Body.indexOf(delimiter)
  while (start >= 0 && bound.nodes > 0) {
    const end = Body.indexOf(delimiter, start + delimiter.length)
    if (end < 0) break
    const text = trimmed(Body, start + delimiter.length, end)
    if (end > start + delimiter.length) {
      bound.nodes -= 1
      const part = contentOf(text)
      part.MIME = mimeOf(part, bound, depth + 1)
      Parts.push(part)
    }
    start = end
  }
  return { Parts }
}

const withoutLastBreak = (text: string) => (text.endsWith('\r\n') ? text.slice(0, -2) : text)

/** A stretch of text without the line breaks around it. */
function trimmed(text: string, from: number, to: number): string {
  const isBreak = (at: number) => text[at] === '\r' || text[at] === '\n'
  while (from < to && isBreak(from)) from += 1
  while (to > from && isBreak(to - 1)) to -= 1
  return text.slice(from, to)
}
