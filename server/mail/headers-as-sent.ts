/**
 * Header fields as they were sent, for who passes them on and lets others decode them: IMAP. One character a byte, folds
 * undone, encoded words and pieces of parameters left as they are; nothing is changed that a client could want to see.
 */
import addressparser from 'nodemailer/lib/addressparser'
import type { HeaderField } from './headers.js'
import {
  afterLineBreak,
  afterMboxLine,
  FOLD,
  findField,
  isField,
  isNamed,
  MAX_PARAMETERS_CHARACTERS,
  MAX_VALUE_CHARACTERS,
  withoutWords,
} from './headers.js'
import type { Address } from './message.js'

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const COLON = 0x3a

/** The value of a field on one line. */
export function valueAsSent({ raw }: HeaderField): string {
  return trimmed(raw.slice(raw.indexOf(':') + 1, MAX_VALUE_CHARACTERS).replace(FOLD, ' '))
}

/** Without blanks at its ends: `trim` takes bytes of UTF-8 for some, too. */
function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= SPACE) start += 1
  while (end > start && text.charCodeAt(end - 1) <= SPACE) end -= 1
  return text.slice(start, end)
}

/** The same of the first field of a name; null where there is none. */
export function firstAsSent(fields: readonly HeaderField[], name: string): string | null {
  const field = findField(fields, name)
  return field ? valueAsSent(field) : null
}

/** A group of mailboxes (RFC 5322 3.4). */
export interface Group {
  group: string
  members: Address[]
}

/** Bytes beyond ASCII have no meaning in a list, but some look like blanks where each is a character. */
const EIGHT_BIT_MARKS = 0xe100

/** The mailboxes and groups of all fields of a name, of at most so many characters. */
export function addressesAsSent(
  fields: readonly HeaderField[],
  name: string,
  maxCharacters = MAX_VALUE_CHARACTERS,
): (Address | Group)[] {
  const found: (Address | Group)[] = []
  let rest = maxCharacters
  for (const field of fields) {
    if (!isNamed(field, name) || rest <= 0) continue
    const list = valueAsSent(field).slice(0, rest)
    rest -= list.length
    const { bare, restored } = withoutWords(list)
    const marked = bare.replace(/[\x80-\xff]/g, byte => String.fromCharCode(EIGHT_BIT_MARKS + byte.charCodeAt(0)))
    const sent = (text: string | undefined) =>
      restored(text).replace(/[\ue180-\ue1ff]/g, mark => String.fromCharCode(mark.charCodeAt(0) - EIGHT_BIT_MARKS))
    const mailboxAsSent = (mailbox: { name?: string | undefined; address?: string | undefined }) => ({
      name: sent(mailbox.name),
      address: sent(mailbox.address),
    })
    for (const entry of addressparser(marked)) {
      if (entry.group) found.push({ group: sent(entry.name), members: entry.group.map(mailboxAsSent) })
      else if (entry.name || entry.address) found.push(mailboxAsSent(entry))
    }
  }
  return found
}

/** A value with parameters: those of RFC 2231 in their pieces, in order; without quotes and comments. */
export interface ParameterizedAsSent {
  /** As written. */
  value: string
  params: [name: string, value: string][]
}

/** The first field of a name with its parameters as sent; undefined where there is none. */
export function parameterizedAsSent(fields: readonly HeaderField[], name: string): ParameterizedAsSent | undefined {
  const sent = firstAsSent(fields, name)
  if (sent === null) return undefined
  const [value = '', ...rest] = withoutComments(sent.slice(0, MAX_PARAMETERS_CHARACTERS))
  const params: [string, string][] = []
  for (const parameter of rest) {
    const equals = parameter.indexOf('=')
    const name = trimmed(parameter.slice(0, Math.max(0, equals)))
    if (name !== '') params.push([name, unquoted(trimmed(parameter.slice(equals + 1)))])
  }
  return { value: trimmed(value), params }
}

/** What stands between semicolons, without comments; quoted strings are kept as they are. */
function withoutComments(text: string): string[] {
  const pieces: string[] = []
  let piece = ''
  let comments = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '\\' && (isQuoted || comments > 0)) {
      at += 1
      if (isQuoted) piece += character + text.charAt(at)
    } else if (comments > 0) {
      if (character === ')') comments -= 1
      else if (character === '(') comments += 1
    } else if (!isQuoted && character === '(') {
      comments = 1
    } else if (!isQuoted && character === ';') {
      pieces.push(piece)
      piece = ''
    } else {
      if (character === '"') isQuoted = !isQuoted
      piece += character
    }
  }
  return [...pieces, piece]
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text
  return text.slice(1, text.length > 1 && text.endsWith('"') ? -1 : undefined).replace(/\\(.)/g, '$1')
}

/**
 * The fields of a header block that have one of these names, in lower case, or with `others` all that have none; with
 * their line breaks, and the empty line at the end, or `emptyLine` where there is none. However many fields there are.
 */
export function fieldsAsSent(
  raw: Buffer,
  start: number,
  end: number,
  names: ReadonlySet<string>,
  others: boolean,
  emptyLine: Buffer,
): Buffer {
  const lengths = new Set(Array.from(names, name => name.length))
  const pieces: Buffer[] = []
  let at = afterMboxLine(raw, start, end)
  /** Where the stretch of wanted fields begins that the line at hand belongs to; -1 outside of one. */
  let wantedFrom = others ? at : -1
  let isEmptyLine = false
  while (at < end) {
    const lineStart = at
    while (at < end && raw[at] !== LF && raw[at] !== CR) at += 1
    const lineEnd = at
    at = afterLineBreak(raw, at, end)
    isEmptyLine = lineEnd === lineStart
    if (!isEmptyLine && (raw[lineStart] === SPACE || raw[lineStart] === TAB)) continue
    const isWanted = isEmptyLine || isNamedSo(raw, lineStart, lineEnd, names, lengths) !== others
    if (isWanted && wantedFrom < 0) wantedFrom = lineStart
    if (!isWanted && wantedFrom >= 0) {
      pieces.push(raw.subarray(wantedFrom, lineStart))
      wantedFrom = -1
    }
    if (isEmptyLine) break
  }
  if (wantedFrom >= 0) pieces.push(raw.subarray(wantedFrom, end))
  if (!isEmptyLine) pieces.push(emptyLine)
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
}

/** Whether a line begins a field of one of these names, whose lengths are looked at first: most lines have none. */
function isNamedSo(
  raw: Buffer,
  start: number,
  end: number,
  names: ReadonlySet<string>,
  lengths: ReadonlySet<number>,
): boolean {
  let nameEnd = start
  while (nameEnd < end && raw[nameEnd] !== COLON) nameEnd += 1
  while (nameEnd > start && (raw[nameEnd - 1] === SPACE || raw[nameEnd - 1] === TAB)) nameEnd -= 1
  if (!lengths.has(nameEnd - start) || !isField(raw, start, end)) return false
  return names.has(raw.toString('latin1', start, nameEnd).toLowerCase())
}
