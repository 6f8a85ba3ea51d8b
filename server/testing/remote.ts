/**
 * The Backend of the test library where the mail is behind HTTP: the public API and nothing else, so that whatever a
 * remote handle can do, a client in another language can, too.
 *
 * Nothing polls: a wait is a request that the server answers when something has come, asked again from the last thing
 * seen when it was answered or the connection broke. Every request says which life of the server it is about.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { GivenEnvelope } from '../mail/by-hand.js'
import type { Check } from '../mail/checks/result.js'
import type { Connections, Miss } from '../mail/explain.js'
import { addressOf, isInboxName, tokenOf } from '../mail/inboxes.js'
import type { Message, Summary } from '../mail/message.js'
import { type Filter, QueryError } from '../mail/query.js'
import {
  type AttemptFilter,
  attemptTest,
  MAX_UNDELIVERED,
  type SessionFilter,
  sessionTest,
} from '../mail/record-filter.js'
import type { Attempt, Session, SessionSummary } from '../mail/session.js'
import { type Rule, RuleError, type RuleInput } from '../smtp/rule.js'
import { VERSION } from '../version.js'
import { Api, mayPass, type Query } from './api.js'
import type { Backend, InboxOptions, Ports, Registration } from './backend.js'
import { RemoteError } from './remote-error.js'
import { assertFilter, paramsOf, termsOf } from './remote-filter.js'
import { untimed } from './waits.js'

/** How a server is reached. */
export interface RemoteOptions {
  /** Where the app sends, where that is not the URL's host with the port that the server reports: behind mapped ports. */
  smtpUrl?: string
}

/** How long a request waits before it is asked anew: under the timeouts of proxies, 30 s for many. */
const WAIT = '25s'
/** Before a server that cannot be reached is tried again, and how often: one that comes back later is another life of it. */
const RETRY_MS = 250
const MAX_RETRIES = 4
/** Things in an answer that is waited for, messages with their texts: enough for a test, and soon there. */
const WAIT_LIMIT = 50
/** The API's most for a page. */
const PAGE_LIMIT = 1000
/** Requests at a time where many things are fetched one by one. */
const MAX_AT_ONCE = 8
/** Ids in one DELETE: they stand in its URL. */
const MAX_IDS = 100
/** An inbox that was used this long ago is registered anew, so that it is not forgotten: a small part of its hour. */
const RENEW_MS = 60_000

/** A server that was reached: its Backend, and its cursor then. */
export async function reach(url: string, options: RemoteOptions): Promise<{ backend: Backend; cursor: number }> {
  const api = new Api(url)
  try {
    const info = await api.json<Info>({ path: '/api/info' })
    if (!Array.isArray(info.listeners)) throw api.stranger('/api/info tells of no listeners')
    assertCompatible(api.url, info.version)
    const { cursor } = await api.json<Head>({ path: '/api/messages', query: HEAD, express: true })
    return { backend: new RemoteBackend(api, info, options), cursor }
  } catch (error) {
    api.close()
    throw error
  }
}

/** Throws where the server speaks another version's words: it would misunderstand filters, or be misunderstood. */
function assertCompatible(url: string, version: string): void {
  if (generationOf(version) === generationOf(VERSION)) return
  throw new RemoteError(
    'incompatible',
    `maildouble at ${url} is version ${version}, and this library ${VERSION}: they may not understand each other.`,
    'Install the same version on both sides.',
  )
}

/** The part of a version under which nothing breaks (semver.org): of 0.x the minor version, too. */
function generationOf(version: string): string {
  const [major = '', minor = ''] = String(version).split('.')
  return major === '0' ? `0.${minor}` : major
}

/** What is read of /api/info. */
interface Info {
  version: string
  instance: string
  listeners: { protocol: string; port: number }[]
  addressForm: string
}

/** What is read of a list for its cursor alone. */
type Head = { cursor: number }
const HEAD: Query = { limit: 1 }

class RemoteBackend implements Backend {
  readonly smtpUrl: string
  readonly url: string
  readonly ports: Ports
  readonly #api: Api
  readonly #instance: string
  readonly #addressForm: string
  /** The cursor that is being asked for. */
  #asking: Promise<number> | undefined

  constructor(api: Api, { instance, listeners, addressForm }: Info, { smtpUrl }: RemoteOptions) {
    const portOf = (protocol: string) => listeners.find(listener => listener.protocol === protocol)?.port
    this.#api = api
    this.#instance = instance
    this.#addressForm = addressForm
    this.url = api.url
    this.smtpUrl = smtpUrl ?? `smtp://${api.host}:${portOf('smtp')}`
    const smtp = Number(new URL(this.smtpUrl).port) || (portOf('smtp') as number)
    this.ports = { smtp, http: api.port }
    for (const protocol of ['smtps', 'pop3', 'pop3s', 'imap', 'imaps'] as const) {
      const port = portOf(protocol)
      if (port !== undefined) this.ports[protocol] = port
    }
  }

  /**
   * Asked at once, on a connection that is open: a server reads it before the first line of a mail that is sent in a later
   * turn, and counts the mail at its last. So whoever asks while an answer is on its way has seen no mail since, and is
   * given the same.
   */
  cursor(): Promise<number> {
    if (this.#asking) return this.#asking
    const query = { ...HEAD, instance: this.#instance }
    const asking = this.#api.json<Head>({ path: '/api/messages', query, express: true }).then(({ cursor }) => cursor)
    this.#asking = asking
    const end = () => {
      this.#asking = undefined
    }
    // Whoever uses it is told of a fault; a handle that is cleared and never used again has none.
    asking.then(end, end)
    return asking
  }

  watch(filter: Filter, since: number, signal: AbortSignal): AsyncIterable<Message> {
    assertFilter(filter)
    const query = { ...paramsOf(filter), full: true }
    return this.#waitFor<Message>('/api/messages', query, since, signal, ({ uid }) => uid)
  }

  async list(filter: Filter, since: number): Promise<Message[]> {
    assertFilter(filter)
    return this.#all<Message>('/api/messages', { ...paramsOf(filter), full: true, since })
  }

  async remove(ids: readonly string[]): Promise<number> {
    let count = 0
    for (let at = 0; at < ids.length; at += MAX_IDS) {
      const q = ids
        .slice(at, at + MAX_IDS)
        .map(id => `id:${id}`)
        .join(' OR ')
      const query = { q, instance: this.#instance }
      const { removed } = await this.#api.json<{ removed: number }>({ method: 'DELETE', path: '/api/messages', query })
      count += removed
    }
    return count
  }

  async add(raw: Buffer, { from, to }: GivenEnvelope, inbox: string | undefined): Promise<string> {
    const query = { 'mail-from': from, 'rcpt-to': to?.join(','), inbox }
    const { ids } = await this.#api.json<{ ids: string[] }>({ method: 'POST', path: '/api/messages', query, body: raw })
    return ids[0] as string
  }

  async misses(filter: Filter, since: number): Promise<Miss[]> {
    const { inbox } = filter
    const near = await this.#all<Summary>('/api/messages', { inbox, since })
    const failed = new Map<string, string>()
    // The server is asked for each term by itself, in the order in which it looks at them.
    for (const { shown, filter: term } of termsOf(filter)) {
      if (failed.size === near.length) break
      const passing = new Set((await this.#all<Summary>('/api/messages', { ...paramsOf(term), since })).map(idOf))
      for (const { id } of near) if (!passing.has(id) && !failed.has(id)) failed.set(id, shown)
    }
    return near.flatMap(message => {
      const shown = failed.get(message.id)
      return shown === undefined ? [] : { message, failed: shown }
    })
  }

  async connections(since: number, inbox?: string): Promise<Connections> {
    const sessions = await this.#all<SessionSummary>('/api/sessions', { since, protocol: 'smtp' })
    const tried = await this.#all<Attempt>('/api/attempts', { since, inbox })
    const isOf = ({ attempts, inboxes }: SessionSummary) =>
      inbox === undefined || attempts.length === 0 || inboxes.includes(inbox)
    const outcomes: string[] = []
    const failed: Attempt[] = []
    for (const session of sessions) {
      if (session.messages.length > 0)
        failed.push(...tried.filter(({ sessionId, outcome }) => sessionId === session.id && outcome !== 'accepted'))
      else if (isOf(session)) outcomes.push(session.outcome)
    }
    return { count: sessions.length, undelivered: outcomes.slice(-MAX_UNDELIVERED), failed }
  }

  async sessions(filter: SessionFilter, since: number): Promise<Session[]> {
    sessionTest(filter)
    return this.#described(await this.#all<SessionSummary>('/api/sessions', { ...filter, since }))
  }

  async *watchSessions(filter: SessionFilter, since: number, signal: AbortSignal): AsyncGenerator<Session> {
    sessionTest(filter)
    let from = since
    // Ends are not told again: each, and each new connection, is the reason to look what has ended since the last one.
    const round = async function* (this: RemoteBackend) {
      const { inbox } = filter
      for await (const event of this.#api.events({ path: '/api/changes', query: { inbox }, signal })) {
        if (event.type === 'hello' && event.instance !== this.#instance) throw this.#api.restarted()
        if (event.type !== 'hello' && event.type !== 'session.ended') continue
        const there = await this.#all<SessionSummary>('/api/sessions', { ...filter, since: from })
        const ended = there.filter(({ endedAt }) => endedAt !== null).sort((a, b) => a.seq - b.seq)
        for (const session of await this.#described(ended)) {
          from = session.seq
          yield session
        }
      }
    }
    yield* lasting(signal, () => round.call(this))
  }

  async attempts(filter: AttemptFilter, since: number): Promise<Attempt[]> {
    attemptTest(filter)
    return this.#all<Attempt>('/api/attempts', { ...filter, since })
  }

  watchAttempts(filter: AttemptFilter, since: number, signal: AbortSignal): AsyncIterable<Attempt> {
    attemptTest(filter)
    return this.#waitFor<Attempt>('/api/attempts', { ...filter }, since, signal, ({ seq }) => seq)
  }

  sessionOf(messageId: string): Promise<Session> {
    return this.#api.json({ path: `/api/messages/${encodeURIComponent(messageId)}/session` })
  }

  async attemptsOf(messageId: string): Promise<Attempt[]> {
    const path = `/api/messages/${encodeURIComponent(messageId)}/attempts`
    return (await this.#api.json<{ attempts: Attempt[] }>({ path })).attempts
  }

  async checksOf(messageId: string): Promise<Check[]> {
    const path = `/api/messages/${encodeURIComponent(messageId)}/checks`
    return (await this.#api.json<{ checks: Check[] }>({ path })).checks
  }

  addRule(input: RuleInput): Promise<Rule> {
    return this.#api.json<Rule>({ method: 'POST', path: '/api/rules', body: input }).catch(error => {
      if (!(error instanceof RemoteError) || error.field === undefined) throw error
      const { field, problem, fix } = error
      throw new RuleError(field, problem.replace(`${field}: `, ''), fix)
    })
  }

  async rules(): Promise<Rule[]> {
    await this.#assertSameLife()
    return (await this.#api.json<{ rules: Rule[] }>({ path: '/api/rules' })).rules
  }

  async removeRule(id: string): Promise<boolean> {
    await this.#assertSameLife()
    const path = `/api/rules/${encodeURIComponent(id)}`
    return (await this.#api.json({ method: 'DELETE', path }).catch(unlessNotFound)) !== undefined
  }

  raw(id: string): Promise<Buffer> {
    return this.#api.bytes({ path: `/api/messages/${encodeURIComponent(id)}/raw` })
  }

  part(id: string, part: string): Promise<Buffer> {
    return this.#api.bytes({ path: `/api/messages/${encodeURIComponent(id)}/parts/${encodeURIComponent(part)}` })
  }

  async html(id: string): Promise<string> {
    return (await this.#api.bytes({ path: `/api/messages/${encodeURIComponent(id)}/html` })).toString()
  }

  register({ name: given, label }: InboxOptions): Registration {
    if (given !== undefined && !isInboxName(given))
      throw new QueryError('name', `"${given}" is no name of an inbox`, 'Use letters, digits and . _ @ + -')
    const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest()
    // Made up here, where nobody knows the names of the others: as long as a token, so that none is made up twice.
    const name = given ?? tokenOf(sha256(randomBytes(32)))
    const token = tokenOf(sha256(name))
    let usedAtMs = 0
    let registered: Promise<void>
    const use = () => {
      if (Date.now() - usedAtMs < RENEW_MS) return registered
      usedAtMs = Date.now()
      registered = this.#api
        .json({ method: 'POST', path: '/api/inboxes', body: { name, ...(label !== undefined && { label }) } })
        .then(() => {})
      registered.catch(() => {
        usedAtMs = 0
      })
      return registered
    }
    void use()
    return {
      name,
      smtpUrl: this.smtpUrl.replace('://', `://${encodeURIComponent(name)}:any@`),
      address: hint => addressOf(this.#addressForm, token, hint),
      use,
    }
  }

  async stop(): Promise<void> {
    this.#api.close()
  }

  /** Ids of rules are counted anew in each life of a server, and their routes are not told which one is meant. */
  async #assertSameLife(): Promise<void> {
    await this.cursor()
  }

  /** A whole list, oldest first. */
  async #all<T>(path: string, query: Query): Promise<T[]> {
    const found: T[] = []
    let page: string | undefined
    do {
      const given = { ...query, order: 'oldest', limit: PAGE_LIMIT, instance: this.#instance, page }
      const answer = await this.#api.json<List<T>>({ path, query: given })
      found.push(...itemsOf(answer))
      page = answer.next ?? undefined
    } while (page !== undefined)
    return found
  }

  /** What is in a list after `since`, whatever the time, and what comes, in the order of its numbers. */
  #waitFor<T>(
    path: string,
    query: Query,
    since: number,
    signal: AbortSignal,
    numberOf: (item: T) => number,
  ): AsyncGenerator<T> {
    const looking = untimed(signal)
    let from = since
    let isThrough = false
    const round = async function* (this: RemoteBackend) {
      const given = { ...query, since: from, order: 'oldest', limit: WAIT_LIMIT, instance: this.#instance }
      const asked = isThrough
        ? { path, query: { ...given, wait: WAIT }, signal }
        : { path, query: given, signal: looking }
      const answer = await this.#api.json<List<T>>(asked).catch(unlessNoMatch)
      for (const item of answer ? itemsOf(answer) : []) {
        from = numberOf(item)
        yield item
      }
      isThrough ||= answer?.next === null
    }
    return lasting(
      signal,
      () => round.call(this),
      () => isThrough,
    )
  }

  /** Sessions with what was said on them, but for those that had to give way meanwhile. */
  async #described(sessions: readonly SessionSummary[]): Promise<Session[]> {
    const found: Session[] = []
    for (let at = 0; at < sessions.length; at += MAX_AT_ONCE) {
      const some = sessions.slice(at, at + MAX_AT_ONCE)
      const read = ({ id }: SessionSummary) =>
        this.#api.json<Session>({ path: `/api/sessions/${id}` }).catch(unlessNotFound)
      for (const session of await Promise.all(some.map(read))) if (session) found.push(session)
    }
    return found
  }
}

/** A page of a list: what is in it has the list's own name. */
type List<T> = { messages?: T[]; sessions?: T[]; attempts?: T[]; next: string | null }

function itemsOf<T>({ messages, sessions, attempts }: List<T>): T[] {
  return messages ?? sessions ?? attempts ?? []
}

const idOf = ({ id }: { id: string }) => id

const unless = (code: string) => (error: unknown) => {
  if (error instanceof RemoteError && error.code === code) return undefined
  throw error
}
const unlessNoMatch = unless('no_match')
const unlessNotFound = unless('not_found')

/**
 * What rounds give, one after the other, until `signal` is aborted, and at least until `isThrough`: also over a connection
 * that breaks, and a server that is away for a moment. A server that could not be reached in the first place is an error.
 */
async function* lasting<T>(
  signal: AbortSignal,
  round: () => AsyncIterable<T>,
  isThrough = () => true,
): AsyncGenerator<T> {
  let retries = MAX_RETRIES
  while (!signal.aborted || !isThrough()) {
    try {
      yield* round()
      retries = 0
    } catch (error) {
      if (signal.aborted) return
      if (!mayPass(error)) throw error
      if (error.code !== 'unreachable') retries = 0
      else if (retries++ === MAX_RETRIES) throw error
      await pause(RETRY_MS, signal)
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
