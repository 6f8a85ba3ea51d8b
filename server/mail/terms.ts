/**
 * The vocabulary of queries: which operators there are, what each takes, what it costs, and from which moment of an
 * SMTP session on its answer can be known. One table, so that the grammar, the matcher, rules and the page's suggestions
 * cannot disagree. Pure, and without dependencies: the page uses it, too.
 */

/** What a message can have. */
export const HAS = ['attachment', 'inline', 'html', 'warning', 'link', 'otp'] as const
/** What a message can be. */
export const IS = ['unread', 'read'] as const

/** The moments of a session in their order, as far as a query can tell them apart; `stored` is behind the last. */
export const STAGES = ['connect', 'ehlo', 'auth', 'mail', 'rcpt', 'message', 'stored'] as const
export type Stage = (typeof STAGES)[number]

/** What answering a term takes: a look at what the store knows, the header block, or the decoded body. */
export const COSTS = ['envelope', 'headers', 'text'] as const
export type Cost = (typeof COSTS)[number]

/**
 * What an operator takes: `text` is any value of the grammar; in `running text` a glob stays within a word, since over
 * the whole it would match nothing or everything; a `name` is compared whole and with its case.
 */
export type Takes = 'text' | 'running text' | 'name' | 'header' | 'choice' | 'size' | 'moment' | 'age'

export interface Operator {
  readonly takes: Takes
  readonly cost: Cost
  /** The earliest stage at which the term can be answered. */
  readonly stage: Stage
  /** In a few words, for suggestions. */
  readonly about: string
  readonly choices?: readonly string[]
}

/** Every operator by its name; `word` is a term without one. */
export const OPERATORS = {
  word: {
    takes: 'running text',
    cost: 'text',
    stage: 'message',
    about: 'subject, addresses, text, names of attachments',
  },
  from: { takes: 'text', cost: 'headers', stage: 'message', about: 'the From header, address or name' },
  to: { takes: 'text', cost: 'headers', stage: 'rcpt', about: 'any recipient, of the envelope or of a header' },
  cc: { takes: 'text', cost: 'headers', stage: 'message', about: 'the Cc header, address or name' },
  bcc: { takes: 'text', cost: 'headers', stage: 'message', about: 'a Bcc header, or a recipient that no header names' },
  subject: { takes: 'text', cost: 'headers', stage: 'message', about: 'the Subject' },
  text: { takes: 'running text', cost: 'text', stage: 'message', about: 'the text; of HTML-only mail its words' },
  html: { takes: 'running text', cost: 'text', stage: 'message', about: 'the source of the HTML' },
  raw: { takes: 'running text', cost: 'text', stage: 'message', about: 'the message as it was sent' },
  filename: { takes: 'text', cost: 'text', stage: 'message', about: 'the name of a part' },
  'message-id': { takes: 'text', cost: 'headers', stage: 'message', about: 'the Message-ID' },
  header: { takes: 'header', cost: 'headers', stage: 'message', about: 'any header: header:X-Campaign=spring' },
  'mail-from': { takes: 'text', cost: 'envelope', stage: 'mail', about: "the envelope's reverse-path" },
  'rcpt-to': { takes: 'text', cost: 'envelope', stage: 'rcpt', about: 'a recipient of the envelope' },
  helo: { takes: 'text', cost: 'envelope', stage: 'ehlo', about: 'the HELO name' },
  user: { takes: 'text', cost: 'envelope', stage: 'auth', about: 'who was logged in' },
  inbox: { takes: 'name', cost: 'envelope', stage: 'rcpt', about: 'the name of an inbox' },
  tag: { takes: 'name', cost: 'headers', stage: 'stored', about: 'a tag' },
  id: { takes: 'name', cost: 'envelope', stage: 'stored', about: 'the id of a message' },
  has: { takes: 'choice', choices: HAS, cost: 'text', stage: 'message', about: HAS.join(', ') },
  is: { takes: 'choice', choices: IS, cost: 'envelope', stage: 'stored', about: IS.join(', ') },
  larger: { takes: 'size', cost: 'envelope', stage: 'message', about: 'more than a size: 10k, 1M' },
  smaller: { takes: 'size', cost: 'envelope', stage: 'message', about: 'less than a size' },
  after: { takes: 'moment', cost: 'envelope', stage: 'message', about: 'a day (UTC) or time, and what came later' },
  before: { takes: 'moment', cost: 'envelope', stage: 'message', about: 'what came before a day (UTC) or time' },
  newer: { takes: 'age', cost: 'envelope', stage: 'message', about: 'came in the last 10m, 1h' },
  older: { takes: 'age', cost: 'envelope', stage: 'message', about: 'came longer ago than that' },
} as const satisfies Record<string, Operator>

export type OperatorName = keyof typeof OPERATORS

/** The operators that are written with their name and a colon, in the order in which documentation lists them. */
export const OPERATOR_NAMES = (Object.keys(OPERATORS) as OperatorName[]).filter(name => name !== 'word')

/** What the table says of an operator, as a type that is the same for all. */
export function operatorOf(name: OperatorName): Operator {
  return OPERATORS[name]
}

/** What a term compares with. */
export type Value =
  /** Contained, ignoring case. */
  | { readonly kind: 'contains'; readonly text: string }
  /** The whole, ignoring case. */
  | { readonly kind: 'exact'; readonly text: string }
  /** The whole, letter by letter. */
  | { readonly kind: 'name'; readonly text: string }
  /** `*` is any run, `?` any one character, a backslash before either takes its meaning away. */
  | { readonly kind: 'glob'; readonly text: string }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  /** A header that only has to be there. */
  | { readonly kind: 'present' }
  | { readonly kind: 'choice'; readonly choice: string }
  | { readonly kind: 'size'; readonly bytes: number }
  | { readonly kind: 'moment'; readonly timeMs: number }
  | { readonly kind: 'age'; readonly ageMs: number }

/** The values that text is compared with. */
export type TextValue = Extract<Value, { kind: 'contains' | 'exact' | 'name' | 'glob' | 'regex' }>

/** Where something stands in a query's text. */
export interface Place {
  readonly position: number
  readonly length: number
}

/** One condition. */
export interface TermNode {
  readonly type: 'term'
  readonly operator: OperatorName
  /** The header's name where the operator is `header`. */
  readonly header?: string
  readonly value: Value
  /** Where it was written; undefined for a term that was given by name. */
  readonly place?: Place
}

/** A query that was read. No `and` stands directly within an `and`, and no `or` within an `or`. */
export type Query =
  | TermNode
  | { readonly type: 'and'; readonly of: readonly Query[] }
  | { readonly type: 'or'; readonly of: readonly Query[] }
  | { readonly type: 'not'; readonly of: Query }

/** All of the queries together. */
export function both(of: readonly Query[]): Query {
  const flat = of.flatMap(query => (query.type === 'and' ? query.of : [query]))
  return flat.length === 1 ? (flat[0] as Query) : { type: 'and', of: flat }
}

/** Any of the queries. */
export function either(of: readonly Query[]): Query {
  const flat = of.flatMap(query => (query.type === 'or' ? query.of : [query]))
  return flat.length === 1 ? (flat[0] as Query) : { type: 'or', of: flat }
}

/** Every term of a query. */
export function termsOf(query: Query): TermNode[] {
  if (query.type === 'term') return [query]
  return query.type === 'not' ? termsOf(query.of) : query.of.flatMap(termsOf)
}

/** Characters of a query, and of a value of a rule: more than anybody writes, and each is looked at for every search. */
export const MAX_CHARACTERS = 8192

/** Characters of an error that say what is wrong: what was given stands in it, and may be megabytes. */
const MAX_REASON = 600

/** The beginning and the end of what is longer than anybody reads. */
function abridged(text: string): string {
  if (text.length <= MAX_REASON) return text
  return `${text.slice(0, MAX_REASON / 2)} ... ${text.slice(-MAX_REASON / 2)}`
}

/** A filter or a query that cannot be read. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  /** The field at fault; `q` for the text of a query. */
  readonly field: string
  /** What is wrong, and where; `message` is this and the fix. */
  readonly problem: string
  /** What to do about it. */
  readonly fix: string
  /** The first character at fault in the field's text, counted from 0; null where the whole of it is. */
  readonly position: number | null
  /** How many characters are at fault; 0 where something is missing. */
  readonly length: number

  constructor(field: string, reason: string, advice: string, place?: Place) {
    const problem = place ? `${abridged(reason)}, at character ${place.position + 1}` : abridged(reason)
    const fix = abridged(advice)
    super(`${problem}. ${fix}`)
    this.field = field
    this.problem = problem
    this.fix = fix
    this.position = place?.position ?? null
    this.length = place?.length ?? 0
  }
}
