/**
 * What a test asks for: parted into what the store can answer, where the mail is, and what runs here, in the caller's
 * process: regular expressions and predicates.
 */
import type { Address } from '../mail/message.js'
import { FILTER_FIELDS, type Filter, type FilterField, HAS, IS, QueryError } from '../mail/query.js'
import { type ReceivedMessage, tester } from './received.js'

/** A string is compared as its field says, a RegExp is tried on the value. */
export type Tested = string | RegExp

/** What a message has to be: fields by name, all of which have to match. A string is matched as http-api.md says; a RegExp is tried on the decoded value. */
export interface FilterObject {
  /** Any recipient, of the envelope or of a header. */
  to?: Tested
  cc?: Tested
  from?: Tested
  subject?: Tested
  text?: Tested
  html?: Tested
  /** Header fields by name; `true`: it only has to be there. */
  header?: Record<string, Tested | true>
  /** The name of a part. */
  filename?: Tested
  /** The name of an inbox. */
  inbox?: string
  has?: Filter['has']
  is?: Filter['is']
  /** The envelope's reverse-path. */
  'mail-from'?: Tested
  /** A recipient of the envelope. */
  'rcpt-to'?: Tested
  user?: string
  helo?: Tested
  'message-id'?: Tested
  /** A tag, whole. */
  tag?: string
  /** More than so many bytes. */
  larger?: number
  /** Fewer than so many bytes. */
  smaller?: number
}

export type Predicate = (message: ReceivedMessage) => boolean

/** What to look for: fields by name, a predicate, or a query as in the search box. One that is not understood is refused: it never widens. */
export type MailFilter = FilterObject | Predicate | string

/** A filter, parted. */
export interface Asked {
  /** What the store answers. */
  remote: Filter
  /** What is left to ask of each candidate. */
  here: { shown: string; test: Predicate }[]
  /** All of it, as a person would write it. */
  shown: string
}

/** Parts a filter. Throws QueryError for a field that is unknown or has no value that it takes. */
export function split(filter: MailFilter): Asked {
  if (typeof filter === 'string') return { remote: { q: filter }, here: [], shown: JSON.stringify(filter) }
  if (typeof filter === 'function') {
    const shown = filter.name ? `the predicate ${filter.name}` : 'the predicate'
    return { remote: {}, here: [{ shown, test: filter }], shown }
  }
  if (!isRecord(filter))
    throw new QueryError(
      'filter',
      `${shownValue(filter)} is no filter`,
      'Give fields by name, such as { subject: /welcome/i }, a predicate, or words.',
    )
  const remote: Record<string, unknown> = {}
  const here: Asked['here'] = []
  const shown: string[] = []
  for (const [name, value] of Object.entries(filter)) {
    const field = FILTER_FIELDS.find(known => known === name)
    if (!field) throw new QueryError(name, `there is no filter "${name}"`, `Use ${FILTER_FIELDS.join(', ')}.`)
    assertValue(field, value)
    if (field === 'header') {
      const literal = Object.entries(value as object).filter(([, wanted]) => !(wanted instanceof RegExp))
      if (literal.length > 0) remote.header = Object.fromEntries(literal)
      for (const [header, wanted] of Object.entries(value as object)) {
        shown.push(wanted === true ? `header ${header}` : `header ${header}: ${wanted}`)
        if (wanted instanceof RegExp)
          here.push({
            shown: shown.at(-1) as string,
            test: message => message.headerValues(header).some(tester(wanted)),
          })
      }
      continue
    }
    shown.push(`${field}: ${shownValue(value)}`)
    if (value instanceof RegExp) {
      const texts = TEXTS[field]
      if (!texts) throw new QueryError(field, `${field} takes no regular expression`, `Give ${field} a plain value.`)
      const test = tester(value)
      here.push({ shown: shown.at(-1) as string, test: message => texts(message).some(test) })
    } else remote[field] = value
  }
  return { remote: remote as Filter, here, shown: shown.join(', ') }
}

/** What the types of a FilterObject say, for those whose values no compiler has seen. */
function assertValue(field: FilterField, value: unknown): void {
  const refuse = (wanted: string) => {
    throw new QueryError(field, `${field}: ${shownValue(value)} is not ${wanted}`, `Leave ${field} out, or correct it.`)
  }
  switch (field) {
    case 'has':
      if (!HAS.some(choice => choice === value)) refuse(`one of ${HAS.join(', ')}`)
      return
    case 'is':
      if (!IS.some(choice => choice === value)) refuse(`one of ${IS.join(', ')}`)
      return
    case 'larger':
    case 'smaller':
      if (typeof value !== 'number' || !(value >= 0)) refuse('a number of bytes')
      return
    case 'header':
      if (!isRecord(value) || !Object.values(value).every(wanted => wanted === true || isTested(wanted)))
        refuse('an object of header names, each with a string, a RegExp or true')
      return
    default:
      if (!isTested(value) || value === '') refuse('a string or a RegExp, and not empty')
  }
}

function isTested(value: unknown): value is Tested {
  return typeof value === 'string' || value instanceof RegExp
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RegExp)
}

function shownValue(value: unknown): string {
  return value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? String(value))
}

/** The first term that the message fails of those that run here, as a person would write it. */
export function failingHere(asked: Asked, message: ReceivedMessage): string | undefined {
  return asked.here.find(({ test }) => {
    const passes: unknown = test(message)
    // A promise is true whatever it resolves to: the filter would match everything.
    if (passes instanceof Promise)
      throw new QueryError(
        'predicate',
        'the predicate is asynchronous',
        'Give one that answers at once: true or false.',
      )
    return !passes
  })?.shown
}

/** The texts of a message that a field speaks of; a field that is not here takes no regular expression. */
const TEXTS: { readonly [field in FilterField]?: (message: ReceivedMessage) => string[] } = {
  to: ({ envelope, to, cc, bcc }) => [...envelope.to, ...[...to, ...cc, ...bcc].flatMap(mailboxTexts)],
  cc: ({ cc }) => cc.flatMap(mailboxTexts),
  from: ({ from }) => (from ? mailboxTexts(from) : []),
  subject: ({ subject }) => [subject],
  text: ({ text, html }) => [text ?? html ?? ''],
  html: ({ html }) => [html ?? ''],
  filename: ({ parts }) => parts.flatMap(part => part.filename ?? []),
  'mail-from': ({ envelope }) => [envelope.from],
  'rcpt-to': ({ envelope }) => envelope.to,
  helo: ({ envelope }) => [envelope.helo ?? ''],
  'message-id': ({ messageId }) => [messageId ?? ''],
}

function mailboxTexts({ name, address }: Address): string[] {
  return name ? [address, name, `${name} <${address}>`] : [address]
}
