/**
 * Which messages a request is about: filters, `since`, `until` and `instance` read into one scope; `latest` and ids;
 * waiting, bounded. Every route of messages starts here, so that a parameter means the same on all of them.
 */
import type { FastifyReply } from 'fastify'
import { type Matcher, matcher } from '../mail/match.js'
import type { Stored } from '../mail/message.js'
import { type FilterParams, parseFilter } from '../mail/query.js'
import { undelivered } from '../mail/record-filter.js'
import type { Look, Order, Stretch } from '../mail/store.js'
import { waitForMatches } from '../mail/wait.js'
import { Problem } from './errors.js'
import { filterParams, parseSince } from './parameters.js'
import type { RouteParts } from './parts.js'
import { tooLate, type WaitParams } from './waits.js'

/** How many messages a 404 shows that did not match. */
const MAX_ARRIVED = 20

/** The parameters that choose messages. */
export interface ScopeParams extends FilterParams {
  since?: string
  until?: number
  instance?: string
}

/** The messages that a request is about. */
export interface Scope {
  readonly matcher: Matcher
  /** True where nothing was asked: every message is in it. */
  readonly everything: boolean
  /** Whether a message is in it. */
  readonly look: Look
  /** The stretch of numbers that it lies in. */
  readonly stretch: Stretch
  /** The time after which it came, where `since` is one. */
  readonly sinceMs: number
  readonly inbox: string | undefined
}

type FinderParts = Pick<RouteParts, 'store' | 'contents' | 'loop' | 'now' | 'records' | 'waits'>

export class Finder {
  readonly #parts: FinderParts

  constructor(parts: FinderParts) {
    this.#parts = parts
  }

  /** Reads what a request is about. Throws a Problem that names the parameter. */
  scope(params: ScopeParams): Scope {
    const { contents, loop, now } = this.#parts
    const { since, until, instance } = params
    this.checkInstance(instance)
    if (until !== undefined && instance === undefined)
      throw new Problem('invalid_parameter', 'until needs instance.', 'Give the instance that the cursor is of, too.')
    if (until !== undefined) this.checkCursor(until)
    const from = since === undefined ? undefined : parseSince(since)
    if (from?.type === 'cursor') this.checkCursor(from.cursor)

    const filter = parseFilter(filterParams(params))
    const matches = matcher(filter, message => contents.glance(message), now)
    const stretch = {
      since: from?.type === 'cursor' ? from.cursor : 0,
      until: until ?? Number.POSITIVE_INFINITY,
    }
    const sinceMs = from?.type === 'time' ? from.timeMs : Number.NEGATIVE_INFINITY
    return {
      matcher: matches,
      everything: matches.everything && since === undefined && until === undefined,
      look: message =>
        message.uid > stretch.since &&
        message.uid <= stretch.until &&
        message.receivedAtMs > sinceMs &&
        matches.look(message, loop),
      stretch,
      sinceMs,
      inbox: filter.inbox,
    }
  }

  /** Refuses what speaks of another life of the server. */
  checkInstance(instance: string | undefined): void {
    if (instance !== undefined && instance !== this.#parts.store.epoch.instance)
      throw new Problem('reload', 'The server has restarted since.', 'Read the list again, and go on from its cursor.')
  }

  /** Refuses a cursor that is yet to come: it is another life's. */
  checkCursor(cursor: number): void {
    if (cursor > this.#parts.store.cursor)
      throw new Problem('reload', `The cursor ${cursor} is ahead of this server.`, 'Read the list again.')
  }

  /** The messages of a scope, in order, without holding the event loop. */
  search({ look, stretch }: Scope, order: Order): AsyncIterable<Stored> {
    return this.#parts.store.search(look, order, stretch)
  }

  /** The ids of everything in a scope at this moment: what a removal or a change is resolved to before it is written. */
  async ids(scope: Scope): Promise<string[]> {
    const { store } = this.#parts
    if (scope.everything) return store.list().map(({ id }) => id)
    const ids: string[] = []
    for await (const { id } of this.search(scope, 'oldest')) ids.push(id)
    return ids
  }

  /** The message of an id, or the newest of a scope where the id is `latest`. Throws a Problem where there is none. */
  async one(id: string, params: ScopeParams & WaitParams, reply: FastifyReply): Promise<Stored> {
    if (id !== 'latest') {
      const [stray] = Object.keys(params).filter(name => name !== 'instance')
      if (stray !== undefined)
        throw new Problem('unknown_parameter', `${stray} chooses among messages, and ${id} is one.`, 'Leave it out.')
      this.checkInstance(params.instance)
      const message = this.#parts.store.get(id)
      if (!message)
        throw new Problem(
          'not_found',
          `There is no message ${id}.`,
          'It was deleted, or had to give way to newer ones.',
        )
      return message
    }
    const scope = this.scope(params)
    await this.wait(scope, params, reply)
    for await (const message of this.search(scope, 'newest')) return message
    throw await this.#noMatch(scope, 'No message matches.')
  }

  /** Waits as the parameters ask; returns at once where they do not. Throws a Problem when nothing matches in time. */
  async wait(scope: Scope, params: WaitParams, reply: FastifyReply): Promise<void> {
    const { store, waits } = this.#parts
    const since = scope.stretch.since ?? 0
    const inTime = await waits.wait(params, reply, async wanted =>
      Boolean(await waitForMatches(store, scope.look, { since, ...wanted })),
    )
    if (!inTime) throw await this.#noMatch(scope, tooLate(params, 'message'))
  }

  async #noMatch({ inbox, sinceMs, stretch, look }: Scope, message: string): Promise<Problem> {
    const { store, contents, records } = this.#parts
    const missed: Look = candidate => {
      if (candidate.receivedAtMs <= sinceMs || !(inbox === undefined || candidate.inboxes.includes(inbox))) return false
      const passes = look(candidate)
      return typeof passes === 'boolean' ? !passes : passes.then(passes => !passes)
    }
    const arrived: unknown[] = []
    for await (const candidate of store.search(missed, 'newest', { since: stretch.since ?? 0 })) {
      arrived.push(contents.summary(candidate))
      if (arrived.length === MAX_ARRIVED) break
    }
    const sessions = undelivered(records, stretch.since ?? 0, sinceMs).map(session => session.summary())
    return new Problem('no_match', message, adviceOn(arrived, sessions), { arrived, sessions })
  }
}

function adviceOn(arrived: readonly unknown[], sessions: readonly unknown[]): string {
  if (arrived.length > 0) return 'Compare with what arrived.'
  if (sessions.length > 0)
    return 'Nothing else arrived: `sessions` are the connections that delivered nothing, and why.'
  return 'Nothing else arrived: is the app sending here?'
}
