/**
 * The parameters of routes: their schemas, and how they are read. A parameter that is unknown, empty, given twice or out
 * of range is 400 by its name, since a mistyped filter must never widen what a request touches.
 *
 * Fastify is given `compileValidator` in place of its own validator: nothing has to be compiled when the app is made,
 * numbers are read strictly, and errors are in words.
 */
import type { FastifySchemaCompiler, FastifyTypeProvider } from 'fastify'
import { type Static, type TOptional, type TSchema, type TString, Type } from 'typebox'
import { Errors } from 'typebox/schema'
import type { FilterField, FilterParams } from '../mail/query.js'
import { FILTER_FIELDS } from '../mail/query.js'
import { parseDurationMs } from '../units.js'
import { Problem } from './errors.js'

/** Types a route's parameters and body by its schema. */
export interface SchemaTypes extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown
  serializer: unknown
}

const MAX_LIMIT = 1000
/** Messages on a page where nothing is said. */
export const DEFAULT_LIMIT = 50
/** Bounds of `wait`: under a proxy's usual timeout. */
const MIN_WAIT_MS = 1
const MAX_WAIT_MS = 60_000
/** A cursor has 32 bits. */
const MAX_CURSOR = 2 ** 32 - 1

const filter = (description: string, example: string): TOptional<TString> =>
  Type.Optional(Type.String({ description, examples: [example] }))

/** Every filter, by the name it has in the query language. */
export const filters: { [field in FilterField]-?: TOptional<TString> } = {
  q: filter('A query in words and operators: confirm from:shop -has:attachment.', 'welcome from:app'),
  inbox: filter('The name of an inbox.', 'default'),
  to: filter(
    'Any recipient, of the envelope or of a header: a full address, a glob with *, or a part of it.',
    'ada@example.com',
  ),
  cc: filter('A mailbox of Cc, likewise.', 'grace@example.com'),
  from: filter('The mailbox of From, likewise.', 'app@example.org'),
  subject: filter('Contained in the subject.', 'welcome'),
  text: filter('Contained in the text.', 'Hello Ada'),
  html: filter('Contained in the HTML source.', '<b>'),
  header: filter('A header that is there (Name), or that contains a value (Name=value).', 'X-Campaign=spring'),
  filename: filter('Contained in the name of a part.', 'terms.pdf'),
  has: filter('attachment, inline, html, warning, link or otp.', 'attachment'),
  is: filter('unread or read.', 'unread'),
  'mail-from': filter('The reverse-path of the envelope; <> is the null path.', 'app@example.org'),
  'rcpt-to': filter('A recipient of the envelope.', 'ada@example.com'),
  user: filter('The user name that was logged in.', 'billing'),
  helo: filter('Contained in the HELO name.', 'app.local'),
  'message-id': filter('The Message-ID, with or without its angle brackets.', '<1@example.org>'),
  tag: filter('A tag.', 'spring'),
  larger: filter('More than this size: 10k, 1M.', '10k'),
  smaller: filter('Less than this size.', '1M'),
}

/** Every control: what a route does, never which messages it is about. */
export const controls = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, description: 'Messages on a page.' }),
  ),
  page: Type.Optional(Type.String({ description: 'The `next` of the page before.' })),
  start: Type.Optional(Type.Integer({ minimum: 0, description: 'How many to pass over.' })),
  order: Type.Optional(
    Type.Enum(['newest', 'oldest'], { description: 'newest first, unless `wait` is given; or oldest first.' }),
  ),
  full: Type.Optional(Type.Boolean({ default: false, description: 'Messages in full in place of summaries.' })),
  wait: Type.Optional(Type.String({ description: 'Waits for a match, from 1ms to 60s: 10s.', examples: ['10s'] })),
  count: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: 1, description: 'How many matches `wait` waits for.' }),
  ),
  since: Type.Optional(Type.String({ description: 'Only what came after: a cursor, or a time as RFC 3339.' })),
  until: Type.Optional(
    Type.Integer({ minimum: 0, maximum: MAX_CURSOR, description: 'Only what came up to this cursor.' }),
  ),
  instance: Type.Optional(Type.String({ description: "The server's life that the cursor is of." })),
  download: Type.Optional(Type.Boolean({ default: false, description: 'As a file to save.' })),
  remote: Type.Optional(Type.Boolean({ default: false, description: 'Lets remote content load.' })),
  scheme: Type.Optional(
    Type.Enum(['light', 'dark', 'forced-dark'], {
      description:
        "Which of the mail's own colour schemes is shown; forced-dark is as some clients recolour it, about.",
    }),
  ),
}

/** The query of a route: its own parameters and no others. */
export function query<Properties extends Record<string, TSchema>>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false })
}

/** The filters among the parameters of a request. */
export function filterParams(parameters: FilterParams): FilterParams {
  const found: { [field in FilterField]?: string } = {}
  for (const field of FILTER_FIELDS) {
    const value = parameters[field]
    if (value !== undefined) found[field] = value
  }
  return found
}

/** Milliseconds from `wait`. */
export function parseWait(value: string): number {
  const waitMs = parseDurationMs(value)
  if (waitMs === undefined || waitMs < MIN_WAIT_MS || waitMs > MAX_WAIT_MS)
    throw new Problem('invalid_parameter', `wait=${value} is not allowed.`, 'Give 1ms to 60s, with the unit: wait=10s.')
  return waitMs
}

/** What `since` says: a cursor or a time. */
export type Since = { type: 'cursor'; cursor: number } | { type: 'time'; timeMs: number }

// A plus sign that was not percent-encoded arrives as a blank.
const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:Z|([+\- ])(\d\d:\d\d))$/i

export function parseSince(value: string): Since {
  const cursor = parseCursor(value)
  if (cursor !== undefined) return { type: 'cursor', cursor }
  const parts = RFC_3339.exec(value)
  const timeMs = parts ? Date.parse(value.replace(' ', '+')) : Number.NaN
  if (Number.isNaN(timeMs))
    throw new Problem(
      'invalid_parameter',
      `since=${value} is neither a cursor nor a time.`,
      'Give the `cursor` of an answer, or a time such as 2026-01-31T12:00:00Z.',
    )
  return { type: 'time', timeMs }
}

/** A cursor as a parameter or a header gives it; undefined where it is none. */
export function parseCursor(value: string): number | undefined {
  if (!/^\d{1,10}$/.test(value)) return undefined
  const cursor = Number(value)
  return cursor <= MAX_CURSOR ? cursor : undefined
}

/** A property of a JSON Schema, as far as parameters use it. */
interface Property {
  type?: string
  enum?: readonly string[]
  minimum?: number
  maximum?: number
  properties?: Readonly<Record<string, Property>>
}

/** Gives Fastify the way to read what a schema describes. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  if (httpPart === 'querystring') return given => attempt(() => readQuery(schema as Property, given))
  if (httpPart === 'body') return body => attempt(() => readBody(schema, body))
  return value => ({ value })
}

/** As `compileValidator`, for a route that itself reads its body with better words than a schema has. */
export const ownBody: FastifySchemaCompiler<TSchema> = route =>
  route.httpPart === 'body' ? value => ({ value }) : compileValidator(route)

function attempt(read: () => unknown): { value: unknown } | { error: Error } {
  try {
    return { value: read() }
  } catch (error) {
    return { error: error as Error }
  }
}

function readQuery({ properties = {} }: Property, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(given)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!property) {
      const known = Object.keys(properties)
      throw new Problem(
        'unknown_parameter',
        `${name} is not a parameter of this route.`,
        known.length > 0 ? `It takes ${known.join(', ')}.` : 'It takes none.',
      )
    }
    if (typeof text !== 'string') throw new Problem('repeated_parameter', `${name} is given twice.`, 'Give it once.')
    if (text === '') throw new Problem('empty_parameter', `${name} is empty.`, 'Give it a value, or leave it out.')
    values[name] = readValue(name, text, property)
  }
  return values
}

function readValue(name: string, text: string, property: Property): unknown {
  const { enum: choices, minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = property
  const wrong = (wanted: string) => new Problem('invalid_parameter', `${name}=${text} is not allowed.`, wanted)
  if (choices) {
    if (!choices.includes(text)) throw wrong(`Give one of ${choices.join(', ')}.`)
    return text
  }
  if (property.type === 'integer') {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= minimum && value <= maximum)) throw wrong(`Give a whole number from ${minimum} to ${maximum}.`)
    return value
  }
  if (property.type === 'boolean') {
    if (text !== 'true' && text !== 'false') throw wrong('Give true or false.')
    return text === 'true'
  }
  return text
}

function readBody(schema: TSchema, body: unknown): unknown {
  const [valid, errors] = Errors(schema, body)
  if (valid) return body
  const [first] = errors
  const unknown = errors.find(({ keyword }) => keyword === 'additionalProperties')
  const where = unknown
    ? (unknown.params as { additionalProperties: string[] }).additionalProperties.join(', ')
    : (first?.instancePath.slice(1).replaceAll('/', '.') ?? '')
  const what = unknown ? 'is not a field of this body' : (first?.message ?? 'is wrong')
  const known = Object.keys((schema as Property).properties ?? {})
  throw new Problem('invalid_body', `${where || 'The body'} ${what}.`, `The body is an object of ${known.join(', ')}.`)
}
