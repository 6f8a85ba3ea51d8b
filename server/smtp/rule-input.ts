/**
 * A rule as somebody wrote it -> its fields. Whatever could never act, or not as it reads, is refused here, by name: a
 * rule that is silently none costs an afternoon. Every error says which field, why, and what to write.
 */
import { queryMatcher } from '../mail/match.js'
import { OPERATOR_NAMES, parseMatch, type Query, QueryError } from '../mail/query.js'
import { nearest } from '../nearest.js'
import { COMMANDS, REFUSED } from './command.js'
import { KEYWORDS } from './extensions.js'
import { PRESETS } from './presets.js'
import {
  CERTIFICATE_FAULTS,
  DEFAULT_FIELDS,
  MAX_DELAY_MS,
  PRESET_NAMES,
  type PresetName,
  RULE_ACTIONS,
  RULE_PROTOCOLS,
  RULE_SCOPES,
  RULE_STAGES,
  RuleError,
  type RuleFields,
  type RuleReply,
} from './rule.js'
import { readReply } from './rule-reply.js'
import { assertSense, momentFor, type RuleGround } from './rule-sense.js'

/** Longest time that a rule lasts or counts: a year. */
const MAX_LASTING_MS = 31_536_000_000
/** Replies of one rule. */
const MAX_REPLIES = 1000
/** Beyond this a speed is none. */
const MAX_BYTES_PER_SECOND = 1_000_000_000
/** What a generator of 32 bits can begin with. */
const MAX_SEED = 2 ** 32 - 1

const VERBS = [...Object.keys(COMMANDS), ...REFUSED].map(verb => verb.toLowerCase())

/** Everything that `on` can be: a stage, a verb, or `any` for whatever is said next. */
export const RULE_MOMENTS: readonly string[] = [...new Set([...RULE_STAGES, ...VERBS, 'any'])]

/** What a rule that is shown has beside its fields: passed over, so that what was read can be put back. */
const READ_ONLY = ['id', 'hits', 'lastSessionId', 'nearMiss', 'active', 'expiresAt']

/** A rule that was read. */
export interface ReadRule {
  readonly preset: PresetName | null
  readonly fields: RuleFields
  /** What its `match` asks. */
  readonly query: Query
}

/** Reads a rule. Throws RuleError. */
export function readRule(input: unknown, ground: RuleGround): ReadRule {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new RuleError('rule', 'is not an object', 'Write { "match": { "to": "*@full.test" }, "reply": "452" }.')
  const given = input as Readonly<Record<string, unknown>>
  for (const name of Object.keys(given))
    if (!isField(name) && name !== 'preset' && !READ_ONLY.includes(name)) throw unknownField(name)
  const preset = given.preset == null ? null : oneOf(PRESET_NAMES)(given.preset, 'preset')
  const base = preset === null ? {} : baseOf(preset, given)

  const fields: Record<string, unknown> = { ...DEFAULT_FIELDS, ...base }
  for (const [name, read] of Object.entries(READERS)) {
    const value = given[name]
    if (value === null) fields[name] = DEFAULT_FIELDS[name as keyof typeof DEFAULT_FIELDS]
    else if (value !== undefined) fields[name] = read(value, name)
  }
  const match = fields.match as RuleFields['match']
  const query = readQuery(match)
  const rule = { ...fields, on: fields.on ?? momentFor(query, fields as unknown as RuleFields) } as RuleFields
  assertSense(rule, query, ground)
  return { preset, fields: inOrder(rule), query }
}

/** The fields in the order in which documentation has them. */
function inOrder(rule: RuleFields): RuleFields {
  const { on, ...rest } = rule
  return { on, ...rest }
}

function isField(name: string): name is keyof RuleFields {
  return Object.hasOwn(READERS, name)
}

function unknownField(given: string): RuleError {
  const name = cut(given)
  if (TERMS.includes(name))
    return new RuleError(name, 'is not a field of a rule', `It belongs to match: { "match": { "${name}": ... } }.`)
  const near = nearest(name, [...Object.keys(READERS), 'preset'])
  if (near !== undefined) return new RuleError(name, 'is not a field of a rule', `Did you mean ${near}?`)
  return new RuleError(name, 'is not a field of a rule', `The fields are ${Object.keys(READERS).join(', ')}.`)
}

/** A preset's fields, but for those that what is given beside it takes the place of. */
function baseOf(preset: PresetName, given: Readonly<Record<string, unknown>>): Partial<RuleFields> {
  const { reply, times, ...rest } = PRESETS[preset]
  const list = given.replies != null
  const silent = given.action != null && given.action !== 'reply' && !given.halfReply
  return {
    ...rest,
    ...(reply !== undefined && !list && !silent && { reply }),
    ...(times !== undefined && !list && { times }),
  }
}

// One reader per field: the value that was given -> what is stored.

type Reader<Value> = (given: unknown, field: string) => Value

const READERS: { readonly [name in keyof RuleFields]: Reader<RuleFields[name]> } = {
  on: (given, field) => oneOf(RULE_MOMENTS)(typeof given === 'string' ? given.toLowerCase() : given, field),
  match: readMatch,
  protocol: oneOf(RULE_PROTOCOLS),
  action: oneOf(RULE_ACTIONS),
  reply: readReply,
  replies: readReplies,
  thenClose: flag,
  delayMs: whole(0, MAX_DELAY_MS, 'milliseconds'),
  bytesPerSecond: whole(1, MAX_BYTES_PER_SECOND, 'bytes'),
  afterBytes: whole(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  times: whole(1, Number.MAX_SAFE_INTEGER),
  per: oneOf(RULE_SCOPES),
  forMs: whole(1, MAX_LASTING_MS, 'milliseconds'),
  after: whole(1, Number.MAX_SAFE_INTEGER),
  windowMs: whole(1, MAX_LASTING_MS, 'milliseconds'),
  store: flag,
  hide: readKeywords,
  certificate: oneOf(CERTIFICATE_FAULTS),
  refuseConnections: flag,
  halfReply: flag,
  enabled: flag,
  probability: (given, field) => {
    if (typeof given === 'number' && given >= 0 && given <= 1) return given
    throw new RuleError(
      field,
      `${shown(given)} is not a probability`,
      'Write a number from 0 to 1: 0.1 for one in ten.',
    )
  },
  seed: whole(0, MAX_SEED),
}

/** A value in an error: what was given, as JSON, not all of it where it is long. */
function shown(given: unknown): string {
  return cut(JSON.stringify(given) ?? String(given))
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text
}

function flag(given: unknown, field: string): boolean {
  if (typeof given === 'boolean') return given
  throw new RuleError(field, `${shown(given)} is neither true nor false`, 'Write true or false, without quotes.')
}

function whole(min: number, max: number, unit = ''): Reader<number> {
  return (given, field) => {
    if (typeof given === 'number' && Number.isInteger(given) && given >= min && given <= max) return given
    const range =
      max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max.toLocaleString('en-US')}`
    throw new RuleError(
      field,
      `${shown(given)} is not a whole number ${range}`,
      `Write a number${unit === '' ? '' : ` of ${unit}`}, without quotes.`,
    )
  }
}

function oneOf<Choice extends string>(choices: readonly Choice[]): Reader<Choice> {
  return (given, field) => {
    const choice = choices.find(candidate => candidate === given)
    if (choice !== undefined) return choice
    const near = typeof given === 'string' ? nearest(given, choices) : undefined
    throw new RuleError(
      field,
      `${shown(given)} is not known`,
      near === undefined ? `Use one of ${choices.join(', ')}.` : `Did you mean ${near}?`,
    )
  }
}

function readReplies(given: unknown, field: string): readonly RuleReply[] {
  if (!Array.isArray(given) || given.length === 0)
    throw new RuleError(field, 'is not a list of replies', 'Write one for each match: ["421", "451"].')
  if (given.length > MAX_REPLIES)
    throw new RuleError(
      field,
      `has ${given.length} replies`,
      `Write at most ${MAX_REPLIES}; one for all goes into reply.`,
    )
  return given.map((reply, n) => readReply(reply, `${field}[${n}]`))
}

function readKeywords(given: unknown, field: string): RuleFields['hide'] {
  if (!Array.isArray(given)) throw new RuleError(field, 'is not a list', 'Write ["STARTTLS"].')
  const read = oneOf(KEYWORDS)
  return given.map(keyword => read(typeof keyword === 'string' ? keyword.toUpperCase() : keyword, field))
}

// What the rule looks for.

const TERMS: readonly string[] = [...OPERATOR_NAMES, 'q']

function readMatch(given: unknown, field: string): RuleFields['match'] {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new RuleError(
      field,
      `${shown(given)} is not an object`,
      typeof given === 'string' ? `Write { "q": ${shown(given)} }.` : 'Write { "to": "*@full.test" }.',
    )
  const match: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!TERMS.includes(name)) {
      const near = nearest(name, TERMS)
      const fix = near === undefined ? `Use ${TERMS.join(', ')}.` : `Did you mean ${near}?`
      throw new RuleError(`${field}.${cut(name)}`, 'is nothing that can be looked for', fix)
    }
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new RuleError(`${field}.${name}`, `${shown(value)} is not a text`, 'Write it in quotes.')
    match[name] = String(value)
  }
  return match
}

/** What a match asks. Throws RuleError where it, or a pattern in it, cannot be read. */
function readQuery(match: RuleFields['match']): Query {
  try {
    const query = parseMatch(match)
    // Patterns are read only when a test is made of them.
    queryMatcher(query, unread, () => 0)
    return query
  } catch (error) {
    if (error instanceof QueryError) throw new RuleError(`match.${error.field}`, error.problem, error.fix)
    throw error
  }
}

function unread(): never {
  throw new Error('no message is read to see whether a pattern can be')
}
