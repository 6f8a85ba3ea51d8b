/**
 * A search of Mailpit -> a query of ours. Pure. Terms are ANDed; `-` or `!` before one negates it; "quotes" hold words
 * together. What Mailpit passes over without a word (a date that is none, a term of punctuation) is given back by name,
 * so that a removal can refuse to widen what it removes.
 */
import {
  both,
  either,
  MAX_CHARACTERS,
  type OperatorName,
  type Query,
  QueryError,
  type TermNode,
  type Value,
} from '../../../mail/terms.js'
import { dateOf } from './dates.js'

/** Terms of a search: as many as of one of ours. */
const MAX_TERMS = 256

export interface Search {
  readonly query: Query
  /** The terms that say nothing. */
  readonly ignored: readonly string[]
}

/** Reads a search; days are those of the time zone `tz`, UTC where it is none. Throws QueryError where it is too long. */
export function readSearch(text: string, tz?: string): Search {
  const queries: Query[] = []
  const ignored: string[] = []
  if (text.length > MAX_CHARACTERS) throw tooLong(`${MAX_CHARACTERS} characters`)
  const words = wordsOf(text)
  if (words.length > MAX_TERMS) throw tooLong(`${MAX_TERMS} terms`)
  for (const word of words) {
    const isNegated = word.length > 1 && /^[-!]/.test(word)
    const term = isNegated ? word.slice(1) : word
    const query = /[\p{L}\p{N}]/u.test(term) ? queryOf(term, tz) : undefined
    if (!query) ignored.push(word)
    else queries.push(isNegated ? { type: 'not', of: query } : query)
  }
  return { query: both(queries), ignored }
}

function tooLong(bound: string): QueryError {
  return new QueryError('query', `A search has at most ${bound}.`, 'Shorten it.')
}

/** The words of a search; what stands in quotes is part of one, without them. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:"[^"]*"?|[^\s"])+/g) ?? []
  return words.map(word => word.replaceAll('"', '')).filter(word => word.trim() !== '')
}

const term = (operator: OperatorName, value: Value): TermNode => ({ type: 'term', operator, value })
const contains = (operator: OperatorName, text: string) => term(operator, { kind: 'contains', text })
const header = (name: string, text: string): TermNode => ({ ...contains('header', text), header: name })
const choice = (operator: 'is' | 'has', of: string) => () => term(operator, { kind: 'choice', choice: of })

/** To, as Mailpit has it, is the header alone: recipients that no header names are its Bcc. */
const PREFIXES: Readonly<Record<string, (value: string, tz: string | undefined) => Query | undefined>> = {
  'to:': value => header('To', value),
  'from:': value => contains('from', value),
  'cc:': value => contains('cc', value),
  'bcc:': value => contains('bcc', value),
  'reply-to:': value => header('Reply-To', value),
  'addressed:': value =>
    either([...['To', 'Cc', 'Bcc', 'Reply-To', 'From'].map(name => header(name, value)), contains('bcc', value)]),
  'subject:': value => contains('subject', value),
  'message-id:': value => contains('message-id', value),
  'tag:': value => term('tag', { kind: 'exact', text: value }),
  'after:': (value, tz) => moment('after', dateOf(value, tz)),
  // Up to and with the moment.
  'before:': (value, tz) => moment('before', dateOf(value, tz), 1),
  'larger:': value => size('larger', value),
  'smaller:': value => size('smaller', value),
}

const WORDS: Readonly<Record<string, () => Query>> = {
  'is:read': choice('is', 'read'),
  'is:unread': choice('is', 'unread'),
  'is:tagged': () => term('tag', { kind: 'glob', text: '*' }),
  'has:attachment': choice('has', 'attachment'),
  'has:attachments': choice('has', 'attachment'),
  'has:inline': choice('has', 'inline'),
  'has:inlines': choice('has', 'inline'),
}

function queryOf(written: string, tz: string | undefined): Query | undefined {
  const lower = written.toLowerCase()
  if (Object.hasOwn(WORDS, lower)) return WORDS[lower]?.()
  const [prefix = ''] = /^[a-z-]+:/.exec(lower) ?? []
  const read = Object.hasOwn(PREFIXES, prefix) ? PREFIXES[prefix] : undefined
  if (!read) return contains('word', written.trim())
  const value = written.slice(prefix.length).trim()
  return value === '' ? undefined : read(value, tz)
}

function moment(operator: 'after' | 'before', timeMs: number | undefined, more = 0): Query | undefined {
  return timeMs === undefined ? undefined : term(operator, { kind: 'moment', timeMs: timeMs + more })
}

const SIZE = /^(\d{1,12}(?:\.\d{1,6})?)\s?(k|kb|m|mb)?$/i
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2 }

/** A size that is none is a word like any other. */
function size(operator: 'larger' | 'smaller', text: string): Query {
  const [, number, unit = ''] = SIZE.exec(text) ?? []
  if (number === undefined) return contains('word', `${operator}:${text}`)
  const bytes = Math.floor(Number(number) * (UNITS[unit.slice(0, 1).toLowerCase()] as number))
  return term(operator, { kind: 'size', bytes })
}
