/**
 * What can be asked of mail: by name, as a route's parameters and a filter object do, and as the text of a query (`q`).
 * Both become one Query, so that whoever asks is answered by the same code. Pure: the page, the REST routes, the test
 * library, rules and the command line share it.
 *
 * By name a value is literal: a full address is matched exactly, `*` is a glob in addresses only, everything else is
 * contained. The grammar of values (grammar.ts) holds in `q` and in a rule's match.
 */
import { parseSize } from '../units.js'
import { parseQuery } from './grammar.js'
import type { OperatorName, Query, TermNode, Value } from './terms.js'
import { both, HAS, IS, MAX_CHARACTERS, OPERATOR_NAMES, QueryError } from './terms.js'
import { isFieldName, readValue, starGlob } from './values.js'

export { formatQuery, parseQuery } from './grammar.js'
export { HAS, IS, OPERATOR_NAMES, OPERATORS, type Query, QueryError, termsOf } from './terms.js'

/** A filter: every field that is there has to match. Field names are those of the query language. */
export interface Filter {
  /** A query in words and operators: `confirm from:shop -has:attachment`. */
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
  /** A tag, exactly. */
  tag?: string
  /** More than this many bytes. */
  larger?: number
  /** Fewer than this many bytes. */
  smaller?: number
}

export type FilterField = keyof Filter

/** A filter as a route's parameters or a command line give it: text by name. */
export type FilterParams = { readonly [field in FilterField]?: string }

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
  q: (value, filter) => {
    parseQuery(value)
    filter.q = value
  },
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
  tag: text('tag'),
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

/** A filter as one query. Throws QueryError where its `q` cannot be read. */
export function queryOf(filter: Filter): Query {
  const terms: Query[] = []
  for (const field of Object.keys(filter) as FilterField[]) {
    if (filter[field] !== undefined) terms.push(...QUERIES[field](filter))
  }
  return both(terms)
}

type QueriesOf = (filter: Filter) => Query[]

const QUERIES: { readonly [field in FilterField]-?: QueriesOf } = {
  q: ({ q = '' }) => [parseQuery(q)],
  inbox: ({ inbox = '' }) => [named('inbox', { kind: 'name', text: inbox })],
  to: ({ to = '' }) => [named('to', addressValue(to))],
  cc: ({ cc = '' }) => [named('cc', addressValue(cc))],
  from: ({ from = '' }) => [named('from', addressValue(from))],
  subject: ({ subject = '' }) => [named('subject', { kind: 'contains', text: subject })],
  text: ({ text = '' }) => [named('text', { kind: 'contains', text })],
  html: ({ html = '' }) => [named('html', { kind: 'contains', text: html })],
  header: ({ header = {} }) =>
    Object.entries(header).map(([name, value]) => ({
      ...named('header', value === true ? { kind: 'present' } : { kind: 'contains', text: value }),
      header: name,
    })),
  filename: ({ filename = '' }) => [named('filename', { kind: 'contains', text: filename })],
  has: ({ has = '' }) => [named('has', { kind: 'choice', choice: has })],
  is: ({ is = '' }) => [named('is', { kind: 'choice', choice: is })],
  'mail-from': filter => {
    const path = filter['mail-from'] ?? ''
    return [named('mail-from', path === '<>' ? { kind: 'exact', text: '' } : addressValue(path))]
  },
  'rcpt-to': filter => [named('rcpt-to', addressValue(filter['rcpt-to'] ?? ''))],
  user: ({ user = '' }) => [named('user', { kind: 'name', text: user })],
  helo: ({ helo = '' }) => [named('helo', { kind: 'contains', text: helo })],
  'message-id': filter => [named('message-id', { kind: 'exact', text: filter['message-id'] ?? '' })],
  tag: ({ tag = '' }) => [named('tag', { kind: 'name', text: tag })],
  larger: ({ larger = 0 }) => [named('larger', { kind: 'size', bytes: larger })],
  smaller: ({ smaller = 0 }) => [named('smaller', { kind: 'size', bytes: smaller })],
}

function named(operator: OperatorName, value: Value): TermNode {
  return { type: 'term', operator, value }
}

/** How an address is asked for by name: a full one exactly, a glob where there is a `*`, else a part of it. */
function addressValue(text: string): Value {
  if (text.includes('*')) return { kind: 'glob', text: starGlob(text) }
  if (text.indexOf('@') > 0 && !text.endsWith('@')) return { kind: 'exact', text }
  return { kind: 'contains', text }
}

/** What a rule looks for: values of the grammar by operator, or a whole query as `q`. */
export type Match = { readonly [operator: string]: unknown }

/** Reads what a rule looks for; every term has to match. Throws QueryError naming the operator. */
export function parseMatch(match: Match): Query {
  const terms = Object.entries(match).map(([name, given]): Query => {
    const written = typeof given === 'number' ? String(given) : given
    if (typeof written !== 'string' || written === '')
      throw new QueryError(name, `${name} has no value`, `Give ${name} as a string.`)
    if (written.length > MAX_CHARACTERS)
      throw new QueryError(name, `${name} has ${written.length} characters`, `Give at most ${MAX_CHARACTERS}.`)
    if (name === 'q') return parseQuery(written)
    const operator = OPERATOR_NAMES.find(known => known === name)
    if (!operator)
      throw new QueryError(name, `there is no operator "${name}"`, `Use ${OPERATOR_NAMES.join(', ')} or q.`)
    const equals = operator === 'header' ? written.indexOf('=') : -1
    const header = operator === 'header' ? written.slice(0, equals === -1 ? undefined : equals) : undefined
    if (header !== undefined && !isFieldName(header))
      throw new QueryError(name, `"${header}" is not a header's name`, 'Write Name, or Name=value.')
    if (header !== undefined && equals === -1) return { type: 'term', operator, header, value: { kind: 'present' } }
    const value = readValue(operator, { type: 'bare', text: written.slice(equals + 1) }, { field: name })
    return { type: 'term', operator, ...(header !== undefined && { header }), value }
  })
  return both(terms)
}
