/**
 * What can be asked of mail, as text: the fields of a filter and how their values are read. Pure, so that the page, the
 * REST routes, the test library and the command line share it.
 *
 * By name (a route's parameter, a field of a filter object) a value is literal; `q` is free words for now, each of which
 * has to be there. The grammar of `q` comes with its own issue and goes here.
 */

import { parseSize } from '../units.js'

/** What a message can have. */
export const HAS = ['attachment', 'inline', 'html', 'warning', 'link', 'otp'] as const
/** What a message can be. */
export const IS = ['unread', 'read'] as const

/** A filter: every field that is there has to match. Field names are those of the query language. */
export interface Filter {
  /** Free words: each stands in the subject, an address, the text or an attachment's name. A phrase in double quotes is one word. */
  q?: string
  /** The inbox's name, exactly. */
  inbox?: string
  /** Any recipient, of the envelope or of To, Cc and Bcc. A full address is matched exactly, `*` is a glob, else contained. */
  to?: string
  /** A Cc header's address or name. */
  cc?: string
  /** The From header's address or name. */
  from?: string
  /** Contained in the Subject, ignoring case, as are the following. */
  subject?: string
  /** Contained in the text; of a mail that has only HTML, in the words of that. */
  text?: string
  /** Contained in the HTML source. */
  html?: string
  /** Header fields by name: their value contains the string; `true`: the field is there. */
  header?: Record<string, string | true>
  /** Contained in a part's file name. */
  filename?: string
  has?: (typeof HAS)[number]
  is?: (typeof IS)[number]
  /** The envelope's reverse-path; `<>` is the null path. */
  'mail-from'?: string
  /** A forward-path of the envelope. */
  'rcpt-to'?: string
  /** The user name that was logged in, exactly. */
  user?: string
  /** Contained in the HELO name. */
  helo?: string
  /** The Message-ID, with or without its angle brackets. */
  'message-id'?: string
  /** More than this many bytes. */
  larger?: number
  /** Fewer than this many bytes. */
  smaller?: number
}

export type FilterField = keyof Filter

/** A filter as a route's parameters or a command line give it: text by name. */
export type FilterParams = { readonly [field in FilterField]?: string }

/** A filter that cannot be read. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  /** The field at fault. */
  readonly field: string
  /** What to do about it. */
  readonly fix: string

  constructor(field: string, message: string, fix: string) {
    super(message)
    this.field = field
    this.fix = fix
  }
}

type Reader = (value: string, filter: Filter) => void

function text(field: Exclude<FilterField, 'header' | 'has' | 'is' | 'larger' | 'smaller'>): Reader {
  return (value, filter) => {
    filter[field] = value
  }
}

function oneOf<const Choice extends string>(
  field: 'has' | 'is',
  choices: readonly Choice[],
  set: (filter: Filter, choice: Choice) => void,
): Reader {
  return (value, filter) => {
    const choice = choices.find(candidate => candidate === value)
    if (!choice)
      throw new QueryError(
        field,
        `${field}=${value} is not known`,
        `Use one of ${choices.map(c => `${field}=${c}`).join(', ')}.`,
      )
    set(filter, choice)
  }
}

function size(field: 'larger' | 'smaller'): Reader {
  return (value, filter) => {
    const bytes = parseSize(value)
    if (bytes === undefined)
      throw new QueryError(
        field,
        `${field}=${value} is not a size`,
        `Give bytes, or a number with k, M or G: ${field}=10k.`,
      )
    filter[field] = bytes
  }
}

function header(value: string, filter: Filter): void {
  const equals = value.indexOf('=')
  const name = equals === -1 ? value : value.slice(0, equals)
  if (!isFieldName(name))
    throw new QueryError(
      'header',
      `"${name}" is not a header's name`,
      'Use header=Name for "it is there", or header=Name=value.',
    )
  filter.header = { [name]: equals === -1 ? true : value.slice(equals + 1) }
}

const READERS: { readonly [field in FilterField]-?: Reader } = {
  q: text('q'),
  inbox: text('inbox'),
  to: text('to'),
  cc: text('cc'),
  from: text('from'),
  subject: text('subject'),
  text: text('text'),
  html: text('html'),
  header,
  filename: text('filename'),
  has: oneOf('has', HAS, (filter, choice) => {
    filter.has = choice
  }),
  is: oneOf('is', IS, (filter, choice) => {
    filter.is = choice
  }),
  'mail-from': text('mail-from'),
  'rcpt-to': text('rcpt-to'),
  user: text('user'),
  helo: text('helo'),
  'message-id': text('message-id'),
  larger: size('larger'),
  smaller: size('smaller'),
}

/** Every field of a filter, in the order in which documentation lists them. */
export const FILTER_FIELDS = Object.keys(READERS) as readonly FilterField[]

/** Reads a filter from text by name. Throws QueryError naming the field. */
export function parseFilter(params: FilterParams): Filter {
  const filter: Filter = {}
  for (const field of FILTER_FIELDS) {
    const value = params[field]
    if (value === undefined) continue
    if (value === '') throw new QueryError(field, `${field} is empty`, `Leave ${field} out, or give it a value.`)
    READERS[field](value, filter)
  }
  return filter
}

/** The words of `q`: split at blanks, a phrase in double quotes kept whole. */
export function wordsOf(q: string): string[] {
  const words: string[] = []
  let rest = q.trim()
  while (rest) {
    const quoted = rest.startsWith('"')
    const end = quoted ? rest.indexOf('"', 1) : rest.search(/\s/)
    const word = end === -1 ? rest.slice(quoted ? 1 : 0) : rest.slice(quoted ? 1 : 0, end)
    if (word) words.push(word)
    rest = end === -1 ? '' : rest.slice(end + 1).trimStart()
  }
  return words
}

/** RFC 5322 2.2: printable US-ASCII but the colon. */
function isFieldName(name: string): boolean {
  return /^[!-9;-~]+$/.test(name)
}
