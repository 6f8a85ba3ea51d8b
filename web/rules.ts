/**
 * The rules as the page keeps them: read when the server is there, read again soon after something happened to them, and
 * written one change after the other, so that a switch turned twice ends as it was turned last.
 */
import type { Rule, RuleInput } from '../server/http/schema.js'
import { addRule, deleteRule, listRules, type RequestError, replaceRule, requestError } from './api.js'
import type { RuleEvent } from './live.js'

/** Under load a rule is hit hundreds of times a second. */
const GATHER_MS = 150
/** Pause before rules whose time is over are read again: the two clocks need not agree. */
const OVER_MS = 1_000
/** What a timer can wait for at most. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

export class Rules {
  status: 'unread' | 'ready' | RequestError = 'unread'
  /** In the order in which they are asked. */
  list: readonly Rule[] = []
  /** How many can act now. */
  active = 0
  /** Counts the readings: an answer that was overtaken by a later question is not taken. */
  #readings = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #expiry: ReturnType<typeof setTimeout> | undefined
  #writing: Promise<unknown> = Promise.resolve()
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get(id: string): Rule | undefined {
    return this.list.find(rule => rule.id === id)
  }

  async read(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#readings += 1
    const reading = this.#readings
    try {
      const { rules } = await listRules()
      if (reading !== this.#readings) return
      this.#set(rules)
      this.status = 'ready'
    } catch (error) {
      if (reading !== this.#readings) return
      this.status = requestError(error)
    }
    this.#changed()
  }

  /** Something happened that may have changed them. */
  readSoon(): void {
    this.#timer ??= setTimeout(() => void this.read(), GATHER_MS)
  }

  take(event: RuleEvent): void {
    if (event.type === 'rules' && event.active !== this.active) {
      this.active = event.active
      this.#changed()
    }
    this.readSoon()
  }

  /** Adds one; throws what the server says against it. */
  async add(input: RuleInput): Promise<void> {
    await this.#write(() => addRule(input))
  }

  /** Puts another in its place; throws what the server says against it. */
  async replace(id: string, input: RuleInput): Promise<void> {
    await this.#write(() => replaceRule(id, input))
  }

  /** Switches some off; or on, by which they begin anew. */
  async turn(rules: readonly Rule[], enabled: boolean): Promise<void> {
    await this.#write(() => Promise.all(rules.map(rule => replaceRule(rule.id, { ...rule, enabled }))))
  }

  /** Removes some. One that is gone already is as good as removed. */
  async remove(rules: readonly Rule[]): Promise<void> {
    const ids = new Set(rules.map(({ id }) => id))
    await this.#write(() => Promise.all([...ids].map(deleteRule)))
    this.#set(this.list.filter(({ id }) => !ids.has(id)))
  }

  async #write(request: () => Promise<unknown>): Promise<void> {
    const written = this.#writing.then(request)
    this.#writing = written.catch(() => {})
    await written.finally(() => this.read())
  }

  #set(list: readonly Rule[]): void {
    this.list = list
    const acting = list.filter(({ active }) => active)
    this.active = acting.length
    clearTimeout(this.#expiry)
    const next = Math.min(
      ...acting.map(({ expiresAt }) => (expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt))),
    )
    if (next === Number.POSITIVE_INFINITY) return
    const waitMs = Math.max(next - Date.now(), OVER_MS)
    this.#expiry = setTimeout(() => void this.read(), Math.min(waitMs, LONGEST_WAIT_MS))
  }
}
