/**
 * Raw bytes -> the header fields of a message or a part, in order, decoded when they are looked at.
 *
 * RFC 5322 sections 2.2 and 3, RFC 2047 (encoded words), RFC 2231 (parameters), RFC 6532 (UTF-8). Tolerant as mail
 * clients are: a line ends with CRLF, LF or CR; an mbox line may come first; the empty line may be missing; a block
 * without one field is all body. The number and the size of fields are bounded, so that a mail of a million headers
 * costs what a mail of a thousand costs.
 */
import libmime from 'libmime'
import addressparser from 'nodemailer/lib/addressparser'
import { isKnownCharset, textOfUnlabelled } from './decode.js'
import type { Address } from './message.js'

/** Fields of one block that are read; what comes after them is passed over with a warning. Real mail has under 200. */
const MAX_FIELDS = 2000
/** Bytes of one block in which fields are looked for; what comes after them is the body. Some 10 ms of work. */
export const MAX_BLOCK_BYTES = 4 * 1024 * 1024
/** Characters of one field that are decoded, and of all fields of addresses with one name: 10,000 addresses fit. Real ones (a long To, ARC) stay under 100 KB. */
export const MAX_VALUE_CHARACTERS = 256 * 1024
/** Characters of a field with parameters that are read, and parameters: each is held against all others. */
export const MAX_PARAMETERS_CHARACTERS = 32 * 1024
const MAX_PARAMETERS = 200
/** Addresses of one header that are read: as many as recipients are taken in a transaction. */
const MAX_ADDRESSES = 10_000

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const COLON = 0x3a
const HYPHEN = 0x2d

/** One header field. */
export interface HeaderField {
  /** As written. */
  name: string
  /** Unfolded, and encoded words decoded. */
  value: string
  /** As sent, one character a byte, folds kept, without the final line break. */
  raw: string
}

/** The fields of a message or a part. */
export interface HeaderBlock {
  fields: HeaderField[]
  /** Where the body begins in the buffer. */
  bodyOffset: number
  warnings: string[]
}

/** A field that decodes itself when its value is asked for: most fields of most mails never are. */
class LazyField implements HeaderField {
  readonly name: string
  readonly raw: string
  #value: string | undefined

  constructor(name: string, raw: string) {
    this.name = name
    this.raw = raw
  }

  get value(): string {
    this.#value ??= decodeWords(unfolded(this))
    return this.#value
  }

  toJSON(): HeaderField {
    return { name: this.name, value: this.value, raw: this.raw }
  }
}

/**
 * Reads the header block at `start`; in the first `maxBytes` of it are fields. `endsAt` is asked about each line that
 * begins with `--` there: a delimiter of an open multipart ends a block wherever it stands.
 */
export function parseHeaders(
  raw: Buffer,
  start = 0,
  end = raw.length,
  { maxBytes = MAX_BLOCK_BYTES, endsAt }: { maxBytes?: number; endsAt?: (lineStart: number) => boolean } = {},
): HeaderBlock {
  const reach = Math.min(end, start + maxBytes)
  const fields: HeaderField[] = []
  const warnings: string[] = []
  let at = afterMboxLine(raw, start, end)
  /** Where a line stands that is no field: the body, if no empty line comes. */
  let strayAt = -1
  let overflow = false
  let fieldStart = -1
  let fieldEnd = -1

  const close = () => {
    if (fieldStart < 0) return
    if (fields.length < MAX_FIELDS) fields.push(fieldAt(raw, fieldStart, fieldEnd))
    else overflow = true
    fieldStart = -1
  }
  const done = (bodyOffset: number): HeaderBlock => {
    close()
    if (overflow) warnings.push(`More than ${MAX_FIELDS} header fields: the rest is not shown.`)
    if (strayAt >= 0 && fields.length > 0) warnings.push('A line among the headers is not a header field.')
    return { fields, bodyOffset, warnings }
  }

  while (at < reach) {
    const lineStart = at
    const first = raw[at]
    while (at < reach && raw[at] !== LF && raw[at] !== CR) at += 1
    const lineEnd = at
    at = afterLineBreak(raw, at, end)

    if (lineEnd === lineStart) return done(fields.length === 0 && fieldStart < 0 && strayAt >= 0 ? strayAt : at)
    if (first === HYPHEN && raw[lineStart + 1] === HYPHEN && endsAt?.(lineStart)) {
      return done(fields.length === 0 && fieldStart < 0 && strayAt >= 0 ? strayAt : lineStart)
    }
    if (first === SPACE || first === TAB) {
      if (fieldStart >= 0) fieldEnd = lineEnd
      else if (strayAt < 0) strayAt = lineStart
    } else if (isField(raw, lineStart, lineEnd)) {
      close()
      fieldStart = lineStart
      fieldEnd = lineEnd
    } else {
      close()
      if (strayAt < 0) strayAt = lineStart
    }
  }
  if (reach < end) {
    warnings.push(`More than ${maxBytes / 1024 ** 2} MiB of header fields: the rest is shown as the body.`)
    return done(reach)
  }
  return done(strayAt >= 0 ? strayAt : end)
}

/** An mbox file's "From " line, which is no part of the message (RFC 4155). */
export function afterMboxLine(raw: Buffer, start: number, end: number): number {
  if (raw.toString('latin1', start, Math.min(start + 5, end)) !== 'From ') return start
  const lineBreak = raw.indexOf(LF, start)
  return lineBreak < 0 || lineBreak >= end ? start : lineBreak + 1
}

/** The place after a line break at `at`. CRs before an LF belong to it: some gateways double them. */
export function afterLineBreak(raw: Buffer, at: number, end: number): number {
  if (at >= end) return end
  if (raw[at] === LF) return at + 1
  let next = at
  while (next < end && raw[next] === CR) next += 1
  return next < end && raw[next] === LF ? next + 1 : at + 1
}

/** Whether a line begins with a field name (RFC 5322 2.2: printable ASCII) and a colon; white space before it passes. */
export function isField(raw: Buffer, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    const byte = raw[at] as number
    if (byte === COLON) return at > start
    if (byte <= SPACE || byte >= 0x7f) break
    at += 1
  }
  const nameEnd = at
  while (at < end && (raw[at] === SPACE || raw[at] === TAB)) at += 1
  return raw[at] === COLON && at < end && nameEnd > start
}

/** The field that lies there, folds included, without its last line break. */
export function fieldAt(raw: Buffer, start: number, end: number): HeaderField {
  const line = raw.toString('latin1', start, end)
  return new LazyField(line.slice(0, line.indexOf(':')).trimEnd(), line)
}

/** A line break within a field. */
export const FOLD = /(?:\r*\n|\r)[ \t]*/g
const NON_ASCII = /[\x80-\xff]/

/** The value as text on one line, encoded words still encoded. */
function unfolded({ raw }: HeaderField): string {
  let value = raw.slice(raw.indexOf(':') + 1, MAX_VALUE_CHARACTERS)
  if (NON_ASCII.test(value)) value = textOfUnlabelled(Buffer.from(value, 'latin1'))
  return value.replace(FOLD, ' ').trim()
}

const ENCODED_WORD = /=\?([^?\s]+)\?[bq]\?[^?]*\?=/gi

/** Words in charsets that nobody knows that are left out of decoding; where there are more, the rest stays as it is. */
export const MAX_UNKNOWN_WORDS = 1000

/** How many encoded words are in charsets that nobody knows. */
export function countUnknownWords(text: string): number {
  let count = 0
  if (text.includes('=?'))
    for (const word of text.matchAll(ENCODED_WORD)) if (!isKnownCharset(charsetOf(word))) count += 1
  return count
}

/** RFC 2231 section 5: a language may follow it. */
function charsetOf([, charset = '']: RegExpExecArray): string {
  return charset.replace(/\*.*$/, '')
}

/** Encoded words decoded (RFC 2047), adjacent ones joined; a word in a charset that nobody knows is left as it is. */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text
  let decoded = ''
  let from = 0
  let unknown = 0
  for (const word of text.matchAll(ENCODED_WORD)) {
    if (isKnownCharset(charsetOf(word))) continue
    unknown += 1
    if (unknown > MAX_UNKNOWN_WORDS) return decoded + text.slice(from)
    decoded += libmime.decodeWords(text.slice(from, word.index)) + word[0]
    from = word.index + word[0].length
  }
  return decoded + libmime.decodeWords(text.slice(from))
}

/** The decoded value of the first field of a name, in any case. */
export function firstHeader(fields: readonly HeaderField[], name: string): string | undefined {
  return findField(fields, name)?.value
}

export function findField(fields: readonly HeaderField[], name: string): HeaderField | undefined {
  for (const field of fields) {
    if (isNamed(field, name)) return field
  }
  return undefined
}

export function isNamed(field: HeaderField, name: string): boolean {
  return field.name.length === name.length && field.name.toLowerCase() === name.toLowerCase()
}

/** How much of lists of addresses may still be read: given to several, they share it. */
export interface AddressBudget {
  characters: number
}

/** What is read of one name, or of the names of a message together. */
export function addressBudget(): AddressBudget {
  return { characters: MAX_VALUE_CHARACTERS }
}

/** The mailboxes of all fields of a name, groups flattened. */
export function addresses(fields: readonly HeaderField[], name: string, budget = addressBudget()): Address[] {
  const found: Address[] = []
  for (const field of fields) {
    if (!isNamed(field, name)) continue
    if (budget.characters === 0) break
    const list = unfolded(field).slice(0, budget.characters)
    budget.characters -= list.length
    for (const mailbox of mailboxes(list)) {
      if (found.length === MAX_ADDRESSES) return found
      found.push(mailbox)
    }
  }
  return found
}

function* mailboxes(list: string): Generator<Address, void, undefined> {
  const { bare, restored } = withoutWords(list)
  const decoded = (text: string | undefined) => decodeWords(restored(text)).trim()
  for (const { name, address } of addressparser(bare, { flatten: true })) {
    const mailbox = { name: decoded(name), address: decoded(address) }
    if (mailbox.name !== '' || mailbox.address !== '') yield mailbox
  }
}

/** Encoded words are put aside while a list is parsed, so that a comma in an encoded name separates nothing. */
export function withoutWords(list: string): { bare: string; restored: (text: string | undefined) => string } {
  const words: string[] = []
  const bare = list.replace(ENCODED_WORD, word => `\ue000${words.push(word) - 1}\ue001`)
  const restored = (text = '') => text.replace(/\ue000(\d+)\ue001/g, (mark, n) => words[Number(n)] ?? mark)
  return { bare, restored }
}

/** A value with parameters: Content-Type, Content-Disposition. */
export interface Parameterized {
  /** In lower case, without comments; empty where there is none. */
  value: string
  /** Decoded, by name in lower case. */
  params: Record<string, string>
}

/** The first field of a name, its parameters decoded by RFC 2231 or, as many senders write them, by RFC 2047. */
export function parameterized(fields: readonly HeaderField[], name: string): Parameterized | undefined {
  const field = findField(fields, name)
  if (!field) return undefined
  const text = withoutRest(unfolded(field).slice(0, MAX_PARAMETERS_CHARACTERS))
  if (PLAIN_PARAMETERS.test(text)) return plainParameters(text)
  const parsed = libmime.parseHeaderValue(text, { stripComments: true })
  const params: Record<string, string> = Object.create(null)
  for (const [key, value] of Object.entries(parsed.params)) {
    params[key] = parsed.decodedParams.includes(key) ? value : decodeWords(value)
  }
  return { value: decodeWords(parsed.value).trim().toLowerCase(), params }
}

/** A value with as many parameters as are read. */
function withoutRest(text: string): string {
  let end = -1
  for (let n = 0; n <= MAX_PARAMETERS; n++) {
    end = text.indexOf(';', end + 1)
    if (end < 0) return text
  }
  return text.slice(0, end)
}

/** A value with parameters in which each character is what it seems, as nearly every one is. */
const PLAIN_PARAMETERS = /^[\w/.+-]+(?:; ?[a-z-]+=(?:"[\w /.+:'@,=?-]*"|[\w/.+-]+))*$/i
const PLAIN_PARAMETER = /; ?([a-z-]+)=(?:"([^"]*)"|([^;]+))/gi

/** What libmime makes of it, in a tenth of the time: every part of every message has such a field or two. */
function plainParameters(text: string): Parameterized {
  const params: Record<string, string> = Object.create(null)
  const end = text.indexOf(';')
  for (const [, name = '', quoted, bare] of text.matchAll(PLAIN_PARAMETER)) {
    const key = name.toLowerCase()
    // The first of a name counts.
    if (!(key in params)) params[key] = decodeWords(quoted ?? bare ?? '')
  }
  return { value: (end === -1 ? text : text.slice(0, end)).toLowerCase(), params }
}

/** The first field of a name as a bare token in lower case, comments dropped: Content-Transfer-Encoding. */
export function token(fields: readonly HeaderField[], name: string): string | null {
  const field = findField(fields, name)
  if (!field) return null
  let value = unfolded(field)
  const comment = value.indexOf('(')
  const commentEnd = value.lastIndexOf(')')
  if (comment >= 0 && commentEnd > comment) value = value.slice(0, comment) + value.slice(commentEnd + 1)
  return value.trim().toLowerCase() || null
}

/** The media type that a file name's extension stands for; undefined for a name without one. */
export function typeOfFile(filename: string): string | undefined {
  const extension = /\.([^./\\]+)$/.exec(filename)?.[1]
  return extension && libmime.detectMimeType(extension)
}
