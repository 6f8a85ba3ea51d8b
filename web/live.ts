/**
 * What happens on the server, as it happens: a connection that mends itself.
 *
 * Events are handed on in batches, at most one a frame, so that a thousand arrivals a second cost sixty renderings. After
 * a break it asks for what was missed; where the server cannot tell any more, the listener is told to reload.
 */
import type {
  AttemptMade,
  Hello,
  LiveEvent,
  MessageAdded,
  MessageChanged,
  MessageRemoved,
  RuleHit,
  RulesChanged,
  SessionEnded,
  SessionStarted,
} from '../server/http/schema.js'
import { address, isServerThere } from './api.js'
import { type Link, openLink, type Way } from './link.js'

/** `lost`: it was there, or should be, and is not. */
export type Connection = 'connecting' | 'live' | 'lost'

/** What happens to messages. */
export type Change = MessageAdded | MessageChanged | MessageRemoved
/** What happens on connections: told once, and never again. */
export type SessionEvent = SessionStarted | SessionEnded | AttemptMade
/** What happens to rules: likewise. */
export type RuleEvent = RuleHit | RulesChanged

/** What of the additions is wanted: parameters of the route. */
export type LiveFilter = { q?: string; inbox?: string }

export interface LiveListener {
  connection(state: Connection): void
  hello(event: Hello): void
  changes(batch: Change[]): void
  /** Called as they come: they are few where they matter. */
  session?(event: SessionEvent): void
  /** Likewise. */
  rule?(event: RuleEvent): void
  /** The changes since the mark cannot be told: read everything again, then `start` anew. */
  reload(): void
}

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 5_000
/** A hidden tab gets no frames; it is brought up to date this often all the same. */
const HIDDEN_FLUSH_MS = 500
/** Browsers slow the timers of hidden tabs down to one a minute: no more than this is let pile up. */
const MAX_QUEUED = 2_000

export class Live {
  readonly #filter: LiveFilter
  readonly #listener: LiveListener
  #mark: { since: number; instance: string } | undefined
  #link: Link | undefined
  /** Whether the server has said hello on the connection. */
  #greeted = false
  #way: Way = 'socket'
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #retryMs = FIRST_RETRY_MS
  #queue: Change[] = []
  #cancelFlush: (() => void) | undefined

  constructor(filter: LiveFilter, listener: LiveListener) {
    this.#filter = filter
    this.#listener = listener
    addEventListener('online', this.#wake)
    document.addEventListener('visibilitychange', this.#wake)
  }

  /** Follows the changes after a cursor. */
  start(since: number, instance: string): void {
    this.#mark = { since, instance }
    this.#queue = []
    this.#connect()
  }

  stop(): void {
    removeEventListener('online', this.#wake)
    document.removeEventListener('visibilitychange', this.#wake)
    clearTimeout(this.#retryTimer)
    this.#cancelFlush?.()
    this.#drop()
  }

  #drop(): void {
    const link = this.#link
    this.#link = undefined
    link?.close()
  }

  #connect(): void {
    clearTimeout(this.#retryTimer)
    this.#drop()
    this.#greeted = false
    // What comes from a connection that was dropped is passed over.
    const mine = openLink(this.#way, address('changes', { ...this.#filter, ...this.#mark }), {
      event: data => {
        if (this.#link === mine) this.#take(JSON.parse(data) as LiveEvent)
      },
      end: link => {
        if (this.#link === link) this.#lose()
      },
    })
    this.#link = mine
  }

  #lose(): void {
    this.#drop()
    this.#listener.connection('lost')
    this.#retryTimer = setTimeout(() => this.#connect(), this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
    void this.#chooseWay()
  }

  /** The other way where this one does not get through to a server that is there; else the first one again. */
  async #chooseWay(): Promise<void> {
    const isBarred = this.#way === 'socket' && !this.#greeted
    this.#way = 'socket'
    if (isBarred && (await isServerThere()) && this.#link === undefined) this.#way = 'stream'
  }

  /**
   * The network or the reader is back: no reason to wait any longer. A connection that seems to be there may have died
   * while the machine slept, without a word.
   */
  readonly #wake = async () => {
    if (!this.#mark || document.hidden) return
    this.#retryMs = FIRST_RETRY_MS
    const link = this.#link
    if (!link) this.#connect()
    else if (!(await isServerThere()) && this.#link === link) this.#lose()
  }

  #take(event: LiveEvent): void {
    if (event.type === 'reload') {
      this.#queue = []
      this.#mark = undefined
      this.#drop()
      this.#listener.reload()
      return
    }
    if (event.type === 'hello') {
      this.#greeted = true
      this.#retryMs = FIRST_RETRY_MS
      this.#listener.connection('live')
      this.#listener.hello(event)
      return
    }
    if (isSessionEvent(event)) {
      this.#listener.session?.(event)
      return
    }
    if (event.type === 'rule.hit' || event.type === 'rules') {
      this.#listener.rule?.(event)
      return
    }
    // A newer server may have more to tell than this page knows of.
    if (!isChange(event)) return
    if (this.#mark) this.#mark.since = event.seq
    this.#queue.push(event)
    if (this.#queue.length >= MAX_QUEUED) this.#flush()
    else if (!this.#cancelFlush) this.#planFlush()
  }

  #planFlush(): void {
    const timer = setTimeout(() => this.#flush(), HIDDEN_FLUSH_MS)
    const frame = requestAnimationFrame(() => this.#flush())
    this.#cancelFlush = () => {
      clearTimeout(timer)
      cancelAnimationFrame(frame)
    }
  }

  #flush(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    const batch = this.#queue
    this.#queue = []
    if (batch.length > 0) this.#listener.changes(batch)
  }
}

function isChange(event: LiveEvent): event is Change {
  return event.type.startsWith('message.')
}

function isSessionEvent(event: LiveEvent): event is SessionEvent {
  return event.type === 'session.started' || event.type === 'session.ended' || event.type === 'attempt'
}
