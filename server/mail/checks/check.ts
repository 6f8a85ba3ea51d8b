/**
 * What a check is: something about a mail that its sender may want to know before real people get it. The files beside
 * this one each look at one subject, and all have one shape: a Subject is given the mail, and a way to report; what it
 * has to read through, it is shown piece by piece as a Visitor, so that run.ts alone owns the long work and gives way.
 */
import type { HeaderField } from '../headers.js'
import type { Tag } from '../html.js'
import type { Envelope, Link } from '../message.js'
import type { MimeNode, Structure } from '../structure.js'
import type { Check } from './result.js'

export type { Check, Level } from './result.js'

/** Every check, by subject; docs/checks.md says of each what it finds. */
export const CHECK_IDS = [
  'from-missing',
  'from-several',
  'to-missing',
  'address-malformed',
  'bcc-leak',
  'date-missing',
  'date-malformed',
  'date-odd',
  'message-id-missing',
  'message-id-malformed',
  'subject-missing',
  'subject-long',
  'encoded-word-broken',
  'header-repeated',
  'header-8bit',
  'mime-version-missing',
  'list-unsubscribe-missing',
  'list-unsubscribe-malformed',
  'one-click',
  'placeholder',
  'value-missing',
  'links',
  'link-nowhere',
  'link-script',
  'link-broken',
  'link-relative',
  'link-insecure',
  'link-without-words',
  'link-words',
  'link-deceives',
  'image-without-alt',
  'image-broken',
  'client-support',
  'removed-by-clients',
  'gmail-clipping',
  'html-without-words',
  'text-missing',
  'text-differs',
  'text-without-links',
  'alternative-order',
  'charset-missing',
  'charset-unknown',
  'charset-wrong',
  'undeclared-8bit',
  'line-too-long',
  'bare-line-break',
  'nul',
  'structure',
  'size',
  'attachment-blocked',
] as const
export type CheckId = (typeof CHECK_IDS)[number]

/** A byte of raw; or a character of a part's decoded text, whose byte is found once all checks are done. */
export type Place =
  | { type: 'byte'; part: string; offset: number }
  | { type: 'character'; node: MimeNode; offset: number }

/** What a subject reports. */
export interface Finding extends Pick<Check, 'level' | 'title' | 'explanation'> {
  id: CheckId
  place?: Place
}
export type Report = (finding: Finding) => void

/** A header field of the message, and where it begins. */
export interface Field {
  name: string
  /** In lower case. */
  key: string
  value: string
  raw: string
  place: Place
}

/** What the checks are given. */
export interface Source {
  raw: Buffer
  envelope: Envelope
  /** When it came; null for a mail that was added by hand, which may be old. */
  receivedAtMs: number | null
  structure: Structure
  headers: readonly HeaderField[]
  /** The text and the HTML, decoded. */
  text: string | null
  html: string | null
  /** The links of both, as a reader finds them. */
  links: readonly Link[]
}

/** A mail as the checks see it. */
export interface Mail extends Source {
  fields: Field[]
}

/** A line of raw. */
export interface Line {
  start: number
  /** Without its line ending. */
  end: number
  ending: 'crlf' | 'lf' | 'none'
  /** The first CR, NUL, byte above 127 in it, or -1. */
  bareCr: number
  nul: number
  eightBit: number
}

/** What a subject is shown of a mail, each in order: the lines of raw, the text line by line, the HTML piece by piece. */
export interface Visitor {
  line?(line: Line): void
  /** A line of the text part, or a run of the HTML's source between two tags, comments blanked. */
  words?(words: string, place: Place): void
  /** Tags of the HTML, and where they begin. */
  open?(tag: Tag, place: Place): void
  close?(tag: Tag): void
  /** Words of the HTML, entities decoded, in pieces. */
  characters?(characters: string): void
  /** A style sheet of the HTML. `placeAt` is given a position in it. */
  style?(css: string, placeAt: (position: number) => Place): void
  end?(): void
}

/** Looks at one subject. */
export type Subject = (mail: Mail, report: Report) => Visitor

/** Characters of what a mail says that are shown in a title. */
const MAX_SHOWN = 80

/** What a mail says, short and quoted. */
export function shown(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return `“${line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN).replace(/[\ud800-\udbff]$/, '')}…` : line}”`
}

/** `1 link`, `3 links`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : many}`
}

/** The fields of the message with where they begin. */
export function fieldsOf(raw: Buffer, fields: readonly HeaderField[]): Field[] {
  let from = 0
  return fields.map(({ name, value, raw: source }) => {
    const offset = Math.max(from, raw.indexOf(source, from, 'latin1'))
    from = offset + source.length
    return { name, key: name.toLowerCase(), value, raw: source, place: { type: 'byte', part: '', offset } }
  })
}
