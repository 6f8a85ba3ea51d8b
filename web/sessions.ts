/**
 * The connections that there are and were, newest first: read while somebody looks, kept up to date by what happens. A
 * busy server opens hundreds a second, so what happens is taken in a few times a second and only so many are kept.
 */
import type { SessionSummary } from '../server/http/schema.js'
import { listSessions, RequestError } from './api.js'
import type { SessionEvent } from './live.js'

const PAGE = 100
/** More than anybody looks through; what is further back is found by inbox. */
const MAX_SHOWN = 1_000
const GATHER_MS = 150
/** The server's words for a connection without a word. */
export const PROBED = 'connected and said nothing'
/** And for one that took its leave: a library that verifies its settings, or a health check that knows SMTP. */
const VISITED = 'the last command was QUIT, and no message was sent'

export class Sessions {
  status: 'unread' | 'loading' | 'ready' | RequestError = 'unread'
  list: readonly SessionSummary[] = []
  /** Whether there are older ones than those in the list. */
  next: string | null = null
  /** Changes whenever something happened on a connection. */
  happenings = 0
  /** Whether a connection came to nothing since somebody looked at them. */
  failedUnseen = false
  #inbox: string | null = null
  #queue: SessionEvent[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** Reads those of an inbox, or all of them, anew. */
  async read(inbox: string | null): Promise<void> {
    if (inbox !== this.#inbox || this.status instanceof RequestError) this.status = 'loading'
    this.#inbox = inbox
    try {
      const { sessions, next } = await listSessions(inbox, PAGE)
      if (inbox !== this.#inbox) return
      this.list = sessions
      this.next = next
      this.status = 'ready'
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      this.status = error
    }
    this.#changed()
  }

  /** Reads the next older ones. */
  async readOlder(): Promise<void> {
    if (this.next === null) return
    const inbox = this.#inbox
    const { sessions, next } = await listSessions(inbox, PAGE, this.next)
    if (inbox !== this.#inbox) return
    const known = new Set(this.list.map(({ id }) => id))
    this.list = [...this.list, ...sessions.filter(({ id }) => !known.has(id))]
    this.next = this.list.length < MAX_SHOWN ? next : null
    this.#changed()
  }

  /** Reads the newest anew: what an open one says of itself changes without a word. */
  async renew(): Promise<void> {
    const inbox = this.#inbox
    const { sessions } = await listSessions(inbox, PAGE).catch(() => ({ sessions: [] }))
    const [newest, oldest] = [sessions[0], sessions.at(-1)]
    if (inbox !== this.#inbox || !newest || !oldest) return
    const outside = (session: SessionSummary) =>
      session.startedAt > newest.startedAt || session.startedAt < oldest.startedAt
    const others = this.list.filter(outside)
    const isNewer = (session: SessionSummary) => session.startedAt > newest.startedAt
    this.list = [...others.filter(isNewer), ...sessions, ...others.filter(session => !isNewer(session))]
    this.#changed()
  }

  /** Somebody looks. */
  see(): void {
    if (!this.failedUnseen) return
    this.failedUnseen = false
    this.#changed()
  }

  /** What was missed while the server was away is read again, where somebody looks. */
  catchUp(): void {
    this.happenings += 1
    if (this.status !== 'unread') void this.read(this.#inbox)
  }

  take(event: SessionEvent): void {
    this.#queue.push(event)
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS)
  }

  #flush(): void {
    this.#timer = undefined
    const events = this.#queue
    this.#queue = []
    this.happenings += 1
    this.failedUnseen ||= events.some(event => event.type === 'session.ended' && isFailure(event.session))
    if (this.status === 'ready') {
      const byId = new Map(this.list.map(session => [session.id, session]))
      const fresh = new Map<string, SessionSummary>()
      for (const event of events) {
        if (event.type === 'attempt') continue
        const { session } = event
        if (this.#inbox !== null && !session.inboxes.includes(this.#inbox)) continue
        if (byId.has(session.id)) byId.set(session.id, session)
        else fresh.set(session.id, session)
      }
      const list = [...[...fresh.values()].reverse(), ...byId.values()]
      if (list.length > MAX_SHOWN) this.next = null
      this.list = list.slice(0, MAX_SHOWN)
    }
    this.#changed()
  }
}

/**
 * Why a connection came to nothing, where what to do stands beside it: without the advice that the reason ends in. A
 * server's reply is left whole.
 */
export const withoutAdvice = (reason: string): string =>
  /\b[45]\d\d\b/.test(reason) ? reason : (reason.split('; ', 1)[0] as string)

/** Whether a connection came to nothing: nothing was stored, and it is over. Who reads mail delivers none. */
export const cameToNothing = ({ protocol, messages, endedAt }: SessionSummary): boolean =>
  protocol === 'smtp' && messages.length === 0 && endedAt !== null

/** Whether an app wanted something of a connection and did not get it. */
const isFailure = (session: SessionSummary): boolean =>
  cameToNothing(session) && !isProbe(session) && session.outcome !== VISITED

/** Somebody looked whether the port is open, a health check most likely: no app failed. */
export const isProbe = ({ outcome, helo, attempts }: SessionSummary): boolean =>
  outcome === PROBED && helo === null && attempts.length === 0

/** How a connection shows: `read` is a mail program's, which has logged in. */
export function stateOf(session: SessionSummary): 'open' | 'delivered' | 'read' | 'probe' | 'nothing' {
  const { protocol, endedAt, messages, auth } = session
  if (endedAt === null) return 'open'
  if (protocol !== 'smtp') return auth === null ? 'probe' : 'read'
  return messages.length > 0 ? 'delivered' : isProbe(session) ? 'probe' : 'nothing'
}
