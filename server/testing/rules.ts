/**
 * The rules that a handle adds: a test says what goes wrong, and afterwards how often it did. The server judges them, so
 * what they look for is text there: a RegExp goes as `/source/flags`, and what its engine cannot do is its error.
 *
 * On an inbox they touch only its recipients. A handle knows which rules are its own: clear() and stop() remove these
 * and no others, and one that never acted is told of, since a test that proves nothing passes silently.
 */
import { explainNeverHit } from '../mail/explain.js'
import { OPERATOR_NAMES, OPERATORS } from '../mail/query.js'
import type { OperatorName, Takes } from '../mail/terms.js'
import { type PresetName, type Rule, RuleError, type RuleInput, type RuleReply } from '../smtp/rule.js'
import type { Backend, Registration } from './backend.js'

/**
 * What a rule looks for: terms of the query language by name, all of which have to match, or a query. A string is read
 * as in the search box: `*@full.test` is a glob, `=ada@full.test` the whole, anything else a part.
 */
export type RuleMatch =
  | string
  | { readonly [term in Exclude<OperatorName, 'word'> | 'q']?: string | number | RegExp | undefined }

/** What a rule does: the fields of the API's RuleInput, but for what it looks for. */
export type RuleOptions = Omit<RuleInput, 'match' | 'preset'>

/** A rule as a test gives it. */
export type RuleToAdd = Omit<RuleInput, 'match'> & { readonly match?: RuleMatch | null }

/** One reply for every match, or a list of one for each, after which the rule is used up. */
export type ReplyOrReplies = string | number | readonly RuleReply[]

/** How a connection is closed. */
export type CloseOptions = Omit<RuleOptions, 'action'> & {
  /** With a TCP reset in place of an orderly end. */
  readonly reset?: boolean
}

/** A rule that was added. */
export interface RuleHandle {
  readonly id: string
  /** How often it was acted on until now. Rejects once it is removed. */
  readonly hits: Promise<number>
  /** Removes it; a second call does nothing. */
  remove(): Promise<void>
}

/** The rules of a handle. */
export interface RuleSet {
  /** Adds a rule behind those that are there: the first that matches wins. Rejects with RuleError where it cannot be. */
  add(rule: RuleToAdd): Promise<RuleHandle>
  /** Adds what is known by a name, such as `greylist`; `options` say whom it concerns, and override its fields. */
  preset(name: PresetName, options?: Omit<RuleToAdd, 'preset'>): Promise<RuleHandle>
  /** Removes the rules that this handle added. */
  clear(): Promise<void>
}

/** What the rules of a handle are made of. */
export interface RuleSetParts {
  backend: Backend
  /** The inbox that the handle is on; undefined for all of the mail. */
  registration: Registration | undefined
  assertRunning(): void
}

export class AddedRules implements RuleSet {
  readonly #parts: RuleSetParts
  readonly #ids = new Set<string>()

  constructor(parts: RuleSetParts) {
    this.#parts = parts
  }

  async add(rule: RuleToAdd): Promise<RuleHandle> {
    const { backend, registration, assertRunning } = this.#parts
    assertRunning()
    const match = { ...matchText(rule.match), ...(registration && { inbox: registration.name }) }
    await registration?.use()
    const { id } = await backend.addRule({ ...rule, match })
    this.#ids.add(id)
    return new OneRule(id, { hits: () => this.#hitsOf(id), remove: () => this.#remove(id) })
  }

  preset(name: PresetName, options: Omit<RuleToAdd, 'preset'> = {}): Promise<RuleHandle> {
    return this.add({ ...options, preset: name })
  }

  async clear(): Promise<void> {
    this.#parts.assertRunning()
    await this.#removeAll()
  }

  /** Those that may have touched what the handle sees, whoever added them. */
  async concerning(): Promise<Rule[]> {
    const { backend, registration } = this.#parts
    const own = registration?.name
    return (await backend.rules()).filter(({ match }) => own === undefined || (match.inbox ?? own) === own)
  }

  /** Removes them all, and tells which never acted. A server that is gone has nothing to tell, and fails nothing. */
  async end(): Promise<string[]> {
    if (this.#ids.size === 0) return []
    try {
      const added = (await this.#parts.backend.rules()).filter(({ id }) => this.#ids.has(id))
      await this.#removeAll()
      return explainNeverHit(added)
    } catch {
      return []
    }
  }

  async #removeAll(): Promise<void> {
    await Promise.all([...this.#ids].map(id => this.#remove(id)))
  }

  async #remove(id: string): Promise<void> {
    if (this.#ids.delete(id)) await this.#parts.backend.removeRule(id)
  }

  async #hitsOf(id: string): Promise<number> {
    const rule = (await this.#parts.backend.rules()).find(one => one.id === id)
    if (!rule) throw new Error(`The rule ${id} is no longer there: ask for its hits before it is removed.`)
    return rule.hits
  }
}

class OneRule implements RuleHandle {
  readonly id: string
  readonly #sources: { hits(): Promise<number>; remove(): Promise<void> }

  constructor(id: string, sources: { hits(): Promise<number>; remove(): Promise<void> }) {
    this.id = id
    this.#sources = sources
  }

  get hits(): Promise<number> {
    return this.#sources.hits()
  }

  remove(): Promise<void> {
    return this.#sources.remove()
  }
}

/** What a rule looks for, as text by term. Throws RuleError for what only a program could judge. */
function matchText(match: RuleMatch | null | undefined): Record<string, string> {
  if (typeof match === 'string') return { q: match }
  if (typeof match === 'function' || Array.isArray(match) || match instanceof RegExp)
    throw new RuleError(
      'match',
      `${typeof match === 'function' ? 'a predicate' : String(match)} is nothing that the server can look for`,
      "Give terms by name, such as { to: '*@full.test' }, or a query.",
    )
  const text: Record<string, string> = {}
  for (const [term, value] of Object.entries(match ?? {})) {
    if (value !== undefined) text[term] = valueText(term, value)
  }
  return text
}

/** What an operator takes that can be a pattern. */
const PATTERNED: ReadonlySet<Takes> = new Set<Takes>(['text', 'running text'])

function valueText(term: string, value: unknown): string {
  const field = `match.${term}`
  if (value instanceof RegExp) {
    const operator = OPERATOR_NAMES.find(known => known === term)
    if (operator && !PATTERNED.has(OPERATORS[operator].takes))
      throw new RuleError(
        field,
        'takes no regular expression',
        term === 'header' ? 'Write "Name=/pattern/".' : 'Give it a plain value.',
      )
  } else if (typeof value !== 'string' && typeof value !== 'number')
    throw new RuleError(
      field,
      `${JSON.stringify(value)} is neither text nor a RegExp`,
      'Write it as in a query: a header is "Name" or "Name=value".',
    )
  return String(value)
}

/** The short way to a rule that answers. */
export function replying(match: RuleMatch, reply: ReplyOrReplies, options: RuleOptions): RuleToAdd {
  const answers = typeof reply === 'string' || typeof reply === 'number' ? { reply } : { replies: reply }
  return { ...options, match, ...answers }
}

/** The short way to a rule that ends connections. */
export function closing(match: RuleMatch, { reset = false, ...options }: CloseOptions): RuleToAdd {
  return { ...options, match, action: reset ? 'reset' : 'close' }
}
