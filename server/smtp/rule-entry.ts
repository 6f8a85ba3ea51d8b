/**
 * One rule at work: its match as a test, its effects as verdicts, both made once; what it has counted, and what came near.
 */
import { type Facts, type FactsTest, factsTest } from '../mail/facts.js'
import type { Inboxes } from '../mail/inboxes.js'
import type { Steps } from '../mail/loop.js'
import { queryMatcher, type Read } from '../mail/match.js'
import type { Stored } from '../mail/message.js'
import { type Query, termsOf } from '../mail/query.js'
import { dice } from './dice.js'
import { NearMiss, Said } from './near-miss.js'
import type { RuleFields, RuleReply, RuleScope, Verdict } from './rule.js'
import { HANDSHAKE, type Moment, type PresetName, type Rule } from './rule.js'
import type { ReadRule } from './rule-input.js'
import { isOurs, replyOf } from './rule-reply.js'
import { BEFORE_LOGIN } from './rule-sense.js'
import { Tally } from './tally.js'
import { makeVerdict } from './verdict.js'

/** Of the recipients that are counted together: as much as tells one mailing from another. */
const MAX_KEY_CHARACTERS = 1000

/** What rules need of the server. */
export interface RuleSurroundings {
  /** Which inboxes a recipient, or a message, would be in. */
  readonly inboxes: Pick<Inboxes, 'of' | 'ofMessage'>
  /** Gives a message as it is read. */
  readonly read: Read
  /** Milliseconds since 1970. */
  now(): number
}

/** A moment as rules look at it: what only some of them ask for is found when one does, and once. */
export class Look {
  readonly moment: Moment
  readonly #allInboxes: RuleSurroundings['inboxes']
  #said: Said | undefined
  #inboxes: string[] | undefined
  #stored: Stored | undefined

  constructor(moment: Moment, inboxes: RuleSurroundings['inboxes']) {
    this.moment = moment
    this.#allInboxes = inboxes
  }

  get said(): Said {
    this.#said ??= new Said(this.moment.said)
    return this.#said
  }

  get inboxes(): string[] {
    this.#inboxes ??= this.#findInboxes()
    return this.#inboxes
  }

  #findInboxes(): string[] {
    const { on, listener, user, recipients = [], received } = this.moment
    if (on.some(name => BEFORE_LOGIN.includes(name))) return inboxesOfPort(listener)
    // A message may name an inbox in its header.
    if (received !== null) return this.#allInboxes.ofMessage(received, listener)
    return this.#allInboxes.of({ recipients, header: null, listener, username: user })
  }

  /** The message as if it were stored already; null before there is one. */
  get stored(): Stored | null {
    const { received } = this.moment
    if (received === null) return null
    this.#stored ??= { ...received, id: '', uid: 0, read: false, tags: [] }
    return this.#stored
  }
}

/** Before anybody has logged in or named a recipient. */
function inboxesOfPort(listener: string | null): string[] {
  return listener === null ? [] : [listener]
}

export class RuleEntry {
  readonly id: string
  readonly fields: RuleFields
  /** The inbox whose own the rule is: it looks for this one and for no other. Null for none. */
  readonly inbox: string | null
  readonly expiresAtMs: number | null
  readonly #preset: PresetName | null
  readonly #matches: (look: Look) => Steps<boolean>
  readonly #passesFacts: FactsTest
  readonly #verdicts: readonly Verdict[]
  readonly #tally: Tally
  readonly #roll: (() => number) | null
  readonly #nearMiss: NearMiss
  #hits: number
  #lastSessionId: string | null
  #state: 'working' | 'used up' | 'expired' = 'working'

  /** `before` is what stood in its place: its hits and what came near stay. */
  constructor(id: string, { fields, preset, query }: ReadRule, surroundings: RuleSurroundings, before?: RuleEntry) {
    this.id = id
    this.fields = fields
    this.inbox = ownInbox(query)
    this.expiresAtMs = fields.forMs === null ? null : surroundings.now() + fields.forMs
    this.#preset = preset
    this.#passesFacts = factsTest(query)
    this.#matches = matchOf(query, fields.on, this.#passesFacts, surroundings)
    this.#verdicts = verdictsOf(fields, id, preset)
    this.#tally = new Tally({ limit: limitOf(fields), after: fields.after, windowMs: fields.windowMs })
    this.#roll = fields.probability < 1 ? dice(fields.seed) : null
    this.#nearMiss = new NearMiss(query, before ? before.#nearMiss.said : null)
    this.#hits = before ? before.#hits : 0
    this.#lastSessionId = before ? before.#lastSessionId : null
  }

  /** Whether it has still something to do, its time aside. */
  get canAct(): boolean {
    return this.fields.enabled && this.#state === 'working'
  }

  /** Whether its time is over. */
  isOver(nowMs: number): boolean {
    return this.expiresAtMs !== null && nowMs >= this.expiresAtMs
  }

  /** Whether it never acts again: used up or expired. One that is only switched off may be switched on. */
  isSpent(nowMs: number): boolean {
    return this.#state !== 'working' || this.isOver(nowMs)
  }

  isActive(nowMs: number): boolean {
    return this.canAct && !this.isOver(nowMs)
  }

  expire(): void {
    this.#state = 'expired'
  }

  /** Whether it is asked at a moment of these names; where a port is closed, nobody is there to be asked about. */
  actsAt(names: readonly string[]): boolean {
    const { on, certificate, refuseConnections } = this.fields
    if (refuseConnections) return false
    if (names.includes(HANDSHAKE)) return certificate !== null
    return on === 'any' || names.includes(on)
  }

  /** Whether it is about a port that was given this inbox, or none. */
  fitsPort(listener: string | null): boolean {
    return this.#passesFacts({ inboxes: inboxesOfPort(listener) }) === true
  }

  /** Whether a moment is what it looks for; what comes near and is not, is remembered. */
  *matches(look: Look): Steps<boolean> {
    const passes = yield* this.#matches(look)
    // Whom it was hit by matters more, once there is one.
    if (!passes && this.#hits === 0) this.#nearMiss.consider(look.said)
    return passes
  }

  /** What is to be done at a moment that it looks for, counted as hit; null where it is passed over. */
  act(moment: Moment, nowMs: number): Verdict | null {
    if (this.#roll !== null && this.#roll() >= this.fields.probability) return null
    const key = keyOf(this.fields.per, moment)
    const turn = this.#tally.take(key, nowMs)
    if (turn === null) return null
    if (this.fields.per === null && this.#tally.isOver(key)) this.#state = 'used up'
    this.#hits += 1
    this.#lastSessionId = moment.sessionId
    return this.#verdicts[turn % this.#verdicts.length] as Verdict
  }

  shown(nowMs: number): Rule {
    return {
      id: this.id,
      preset: this.#preset,
      ...this.fields,
      hits: this.#hits,
      lastSessionId: this.#lastSessionId,
      nearMiss: this.#nearMiss.said,
      active: this.isActive(nowMs),
      expiresAt: this.expiresAtMs === null ? null : new Date(this.expiresAtMs).toISOString(),
    }
  }
}

function matchOf(
  query: Query,
  on: string,
  passes: FactsTest,
  { read, now }: RuleSurroundings,
): (look: Look) => Steps<boolean> {
  const asksInbox = termsOf(query).some(({ operator }) => operator === 'inbox')
  if (on !== 'message')
    // biome-ignore lint/correctness/useYield: there is nothing to stop between
    return function* (look) {
      return passes(factsOf(look, asksInbox)) === true
    }
  const { steps } = queryMatcher(query, read, now)
  return function* (look) {
    const { stored } = look
    if (stored === null) return false
    if (asksInbox) stored.inboxes = look.inboxes
    return yield* steps(stored)
  }
}

function factsOf(look: Look, withInboxes: boolean): Facts {
  const { helo, user, mailFrom, recipients } = look.moment
  return { helo, user, mailFrom, recipients, inboxes: withInboxes ? look.inboxes : undefined }
}

/** The inbox that has to be there, where no other is spoken of. */
function ownInbox(query: Query): string | null {
  const needed = (query.type === 'and' ? query.of : [query]).find(
    part => part.type === 'term' && part.operator === 'inbox',
  )
  const names = new Set(
    termsOf(query).flatMap(({ operator, value }) =>
      operator === 'inbox' && value.kind === 'name' ? [value.text] : [],
    ),
  )
  const [name] = names
  return needed !== undefined && names.size === 1 && name !== undefined ? name : null
}

/** How often a rule acts: a list of replies is over after its last. */
function limitOf({ times, replies }: RuleFields): number | null {
  if (times === null) return replies?.length ?? null
  return Math.min(times, replies?.length ?? times)
}

/** One for each of its replies. */
function verdictsOf(fields: RuleFields, id: string, preset: PresetName | null): Verdict[] {
  const { action, thenClose, halfReply, on, reply, replies } = fields
  const { delayMs, bytesPerSecond, afterBytes, store, hide, certificate } = fields
  const name = preset === null ? `rule ${id}` : `rule ${id} (${preset})`
  const end = action === 'reply' ? (thenClose || halfReply ? 'close' : 'none') : action
  // Bytes of the body come only where the client was asked for them.
  const silent = action !== 'reply' && !halfReply && afterBytes === null
  const effects = { delayMs, bytesPerSecond, afterBytes, store, hide, certificate, halfReply }
  const rest = { ruleId: id, name, silent, end, ...effects } as const
  const all: readonly (RuleReply | null)[] = replies ?? [reply]
  return all.map(one => makeVerdict({ ...rest, reply: one === null || isOurs(one, on) ? null : replyOf(one, on) }))
}

/** What a match is counted for. */
function keyOf(per: RuleScope | null, { sessionId, transaction, recipients = [] }: Moment): string {
  switch (per) {
    case null:
      return ''
    case 'connection':
      return sessionId
    case 'message':
      return `${sessionId} ${transaction}`
    case 'recipient':
      return `${recipients.length} ${recipients.join(' ').slice(0, MAX_KEY_CHARACTERS).toLowerCase()}`
  }
}
