/**
 * The rules of a server: kept in the order in which they were added, asked at every moment of a session at which one
 * could act, and counted. The first that matches and may act gives its verdict; one that is disabled, expired or used up
 * is passed over, as is one whose dice fail.
 *
 * The same rules, moments and times give the same verdicts: the clock is given from outside, and the dice are a generator
 * of each rule, begun with its `seed`. What is counted for strangers' addresses and connections is bounded.
 */
import type { Steps } from '../mail/loop.js'
import { magicVerdict } from './magic.js'
import { type MessageJudge, type Moment, type Rule, RuleError, type RuleEvent, type Verdict } from './rule.js'
import { Look, RuleEntry, type RuleSurroundings } from './rule-entry.js'
import { readRule } from './rule-input.js'
import type { RuleGround } from './rule-sense.js'

/** Rules at a time: more than any suite has tests running. */
export const MAX_RULES = 1000
/** Rules that never act again: of more, the older half is forgotten. Somebody may still want to see what the last ones did. */
const MAX_SPENT_RULES = 500

/** Bytes of a message that rules look at, one after the other, before there is a stop: each may look at all of it. */
const MAX_BYTES_IN_ONE_GO = 1024 * 1024

/** What rules are made with. */
export interface RulesParts extends RuleGround, RuleSurroundings {
  /** Whether addresses such as `reply-550@any.domain` are answered by what they say. */
  readonly magicRecipients: boolean
}

export class Rules implements MessageJudge {
  readonly #parts: RulesParts
  #entries: RuleEntry[] = []
  readonly #subscribers = new Set<(event: RuleEvent) => void>()
  /** Those that can act, by the names of a moment; made when it is first asked, and forgotten at every change. */
  readonly #asked = new Map<string, readonly RuleEntry[]>()
  #lastNumber = 0
  #awake: boolean

  constructor(parts: RulesParts) {
    this.#parts = parts
    this.#awake = parts.magicRecipients
  }

  /** False while nothing can act: then no moment has to be told. */
  get awake(): boolean {
    return this.#awake
  }

  /** How many rules can act now. */
  get activeCount(): number {
    const nowMs = this.#parts.now()
    return this.#entries.filter(entry => entry.isActive(nowMs)).length
  }

  /** When the next rule expires; null where none will. */
  get nextExpiryAtMs(): number | null {
    const times = this.#entries
      .filter(entry => entry.canAct)
      .map(entry => entry.expiresAtMs ?? Number.POSITIVE_INFINITY)
    const next = Math.min(...times)
    return Number.isFinite(next) ? next : null
  }

  /** Adds a rule behind the others. Throws RuleError. */
  add(input: unknown): Rule {
    const read = readRule(input, this.#parts)
    this.#forgetSpent()
    if (this.#entries.length >= MAX_RULES)
      throw new RuleError('rule', `is one too many: there are ${MAX_RULES} already`, 'Remove some first.')
    this.#lastNumber += 1
    const entry = new RuleEntry(`r${this.#lastNumber}`, read, this.#parts)
    this.#entries.push(entry)
    this.#changed()
    return this.#shown(entry)
  }

  /** Puts another rule in the place of one, which keeps its id and its hits, and counts anew. Throws RuleError. */
  replace(id: string, input: unknown): Rule | undefined {
    const place = this.#entries.findIndex(entry => entry.id === id)
    const before = this.#entries[place]
    if (!before) return undefined
    const entry = new RuleEntry(id, readRule(input, this.#parts), this.#parts, before)
    this.#entries[place] = entry
    this.#changed()
    return this.#shown(entry)
  }

  /** Removes a rule; false where there is none of this id. */
  remove(id: string): boolean {
    return this.#removeWhere(entry => entry.id === id) === 1
  }

  /** Removes the rules that are an inbox's own, and says how many. */
  removeOf(inbox: string): number {
    return this.#removeWhere(entry => entry.inbox === inbox)
  }

  /** Removes every rule, and says how many there were. */
  clear(): number {
    return this.#removeWhere(() => true)
  }

  get(id: string): Rule | undefined {
    const entry = this.#entries.find(candidate => candidate.id === id)
    return entry && this.#shown(entry)
  }

  /** Every rule, in the order added. */
  list(): Rule[] {
    return this.#entries.map(entry => this.#shown(entry))
  }

  /** How many rules are an inbox's own: they look for it and for no other. */
  countOf(inbox: string): number {
    return this.#entries.filter(entry => entry.inbox === inbox).length
  }

  /** Tells of hits and changes from now on; returns the way to stop. */
  subscribe(subscriber: (event: RuleEvent) => void): () => void {
    this.#subscribers.add(subscriber)
    return () => void this.#subscribers.delete(subscriber)
  }

  /** Lets rules expire whose time is over; called from outside, since nothing here has a clock. */
  expire(nowMs: number): void {
    const over = this.#entries.filter(entry => entry.canAct && entry.isOver(nowMs))
    for (const entry of over) entry.expire()
    if (over.length > 0) this.#changed()
  }

  /** Whether a port is closed now by a rule; `listener` is the inbox that the port was given, or null. */
  refuses(listener: string | null): boolean {
    const nowMs = this.#parts.now()
    return this.#entries.some(
      entry => entry.fields.refuseConnections && entry.isActive(nowMs) && entry.fitsPort(listener),
    )
  }

  /** The first rule that wants something done, counted as hit; null for none. */
  judge(moment: Moment): Verdict | null {
    const judging = this.judgeInSteps(moment)
    for (;;) {
      const step = judging.next()
      if (step.done) return step.value
    }
  }

  /** The same with a stop after each short piece of work. What changes meanwhile holds: a rule that is gone does nothing. */
  *judgeInSteps(moment: Moment): Steps<Verdict | null> {
    const entries = this.#entriesFor(moment)
    if (entries.length > 0) {
      const look = new Look(moment, this.#parts.inboxes)
      const bytes = moment.received?.raw.length ?? 0
      let bytesLookedAt = 0
      for (const entry of entries) {
        if (bytesLookedAt > MAX_BYTES_IN_ONE_GO) {
          bytesLookedAt = 0
          yield
        }
        bytesLookedAt += bytes
        if (entry.isOver(this.#parts.now()) || !(yield* entry.matches(look))) continue
        const nowMs = this.#parts.now()
        const verdict = entry.isActive(nowMs) && this.#entries.includes(entry) ? entry.act(moment, nowMs) : null
        if (verdict !== null) return this.#hit(entry, moment.sessionId, verdict)
      }
    }
    return this.#parts.magicRecipients ? magicVerdict(moment) : null
  }

  #hit(entry: RuleEntry, sessionId: string, verdict: Verdict): Verdict {
    this.#tell({ type: 'hit', id: entry.id, sessionId })
    if (!entry.canAct) this.#changed()
    return verdict
  }

  #entriesFor({ protocol, on }: Moment): readonly RuleEntry[] {
    const key = `${protocol} ${on.join(' ')}`
    let entries = this.#asked.get(key)
    if (entries === undefined) {
      entries = this.#entries.filter(entry => entry.canAct && entry.fields.protocol === protocol && entry.actsAt(on))
      this.#asked.set(key, entries)
    }
    return entries
  }

  /** Forgets rules that never act again: a server that runs for weeks is not full of them. */
  #forgetSpent(): void {
    const nowMs = this.#parts.now()
    const spent = this.#entries.filter(entry => entry.isSpent(nowMs))
    if (spent.length <= MAX_SPENT_RULES) return
    const leaving = new Set(spent.slice(0, spent.length / 2))
    this.#removeWhere(entry => leaving.has(entry))
  }

  #removeWhere(leaves: (entry: RuleEntry) => boolean): number {
    const kept = this.#entries.filter(entry => !leaves(entry))
    const count = this.#entries.length - kept.length
    if (count > 0) {
      this.#entries = kept
      this.#changed()
    }
    return count
  }

  #changed(): void {
    this.#asked.clear()
    this.#awake =
      this.#parts.magicRecipients || this.#entries.some(({ canAct, fields }) => canAct && !fields.refuseConnections)
    this.#tell({ type: 'rules', active: this.activeCount })
  }

  #tell(event: RuleEvent): void {
    for (const subscriber of this.#subscribers) subscriber(event)
  }

  #shown(entry: RuleEntry): Rule {
    return entry.shown(this.#parts.now())
  }
}
