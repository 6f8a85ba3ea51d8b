/**
 * What was said and tried on every connection, also where nothing came of it: what a user looks for when no mail arrives.
 *
 * Bounded in number and in memory. Sessions that delivered leave first, and with them those of clients that never spoke,
 * or only read mail: a probe that looks every few seconds whether the port is open must not push out what tells something. A session takes
 * its attempts along. Sessions and attempts take the next of the one rising number at their end; writers are given
 * nothing back, so that a shared journal could take what they write.
 */
import type { Inboxes } from './inboxes.js'
import type { SessionSummary } from './session.js'
import { type AttemptRecord, type Keeper, numberIn, type Peer, SessionRecord, type Step } from './session-record.js'
import { Queue, Shelf } from './shelf.js'
import type { Order } from './store.js'

export type { AttemptRecord, SessionRecord } from './session-record.js'

/** What happens to sessions and attempts. */
export type RecordEvent =
  | { readonly type: 'session.started'; readonly session: SessionRecord }
  | { readonly type: 'session.ended'; readonly session: SessionRecord }
  | { readonly type: 'attempt'; readonly attempt: AttemptRecord }

export interface RecordBounds {
  maxSessions: number
  /** Of sessions and attempts together. */
  maxBytes: number
}

/** How far back the tries of one mail may lie: senders that queue come back within minutes, at first. */
const MAX_CHAIN_MS = 3_600_000
/** Attempts stand in order of their end, and none lasts longer than this: where to stop looking. */
const MAX_ATTEMPT_MS = 3_600_000
/** Recipients by which an attempt that failed is remembered; a mail to more is found by these. */
const MAX_KEYS = 100
/** Senders and recipients whose mail failed lately. */
const MAX_FAILED = 20_000
/** When attempts of open sessions have to go, this share goes at once: each time all of them are walked. */
const THINNED_SHARE = 1 / 8

export class Records {
  readonly instance: string
  readonly inboxes: Inboxes
  readonly bounds: Readonly<RecordBounds>
  readonly #mark: () => number
  readonly #report: (error: unknown) => void
  readonly #keeper: Keeper

  readonly #sessions = new Shelf<SessionRecord>()
  readonly #attempts = new Shelf<AttemptRecord>()
  readonly #open = new Set<SessionRecord>()
  /** Sessions that have ended, in order of their end. */
  readonly #spent = new Queue<SessionRecord>()
  readonly #telling = new Queue<SessionRecord>()

  #opened = 0
  #senders = 0
  #bytes = 0
  readonly #reached = new Map<Step, number>()
  /** Sender and recipient of what was not stored since the last that was: few, or none. */
  readonly #failed = new Map<string, number>()
  readonly #subscribers = new Set<(event: RecordEvent) => void>()

  constructor(parts: {
    instance: string
    inboxes: Inboxes
    bounds: RecordBounds
    /** Takes the next of the one rising number. */
    mark(): number
    /** Milliseconds since 1970. */
    now(): number
    /** Told of a subscriber that throws. */
    report?(error: unknown): void
  }) {
    this.instance = parts.instance
    this.inboxes = parts.inboxes
    this.bounds = parts.bounds
    this.#mark = parts.mark
    this.#report = parts.report ?? (() => {})
    this.#keeper = {
      instance: parts.instance,
      inboxes: parts.inboxes,
      usual: { verbs: [], answers: [], last: null },
      now: parts.now,
      grew: bytes => this.#grow(bytes),
      reached: step => this.#reached.set(step, parts.now()),
      attempted: attempt => this.#attempted(attempt),
    }
  }

  /** How many connections there were since the start on which mail could be sent. */
  get senders(): number {
    return this.#senders
  }

  /** What is kept takes so much memory, by estimate. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many sessions are kept. */
  get size(): number {
    return this.#sessions.size
  }

  /** When an app came so far last, in milliseconds since 1970; undefined where none did. */
  lastReached(step: Step): number | undefined {
    return this.#reached.get(step)
  }

  /** A connection begins; `listener` is the inbox that its listener was given, or null. */
  open(protocol: SessionSummary['protocol'], peer: Peer, listener: string | null): SessionRecord {
    this.#opened += 1
    const session = new SessionRecord(this.#opened, protocol, peer, listener, this.#keeper)
    this.#sessions.push(session)
    this.#open.add(session)
    if (protocol === 'smtp') {
      this.#senders += 1
      session.reached('connected')
    }
    this.#grow(session.weight)
    if (this.#subscribers.size > 0) this.#tell({ type: 'session.started', session })
    return session
  }

  /** A connection is gone. */
  end(session: SessionRecord): void {
    if (!this.#open.delete(session)) return
    session.close()
    session.seq = this.#mark()
    if (session.isSpent) this.#spent.push(session)
    else this.#telling.push(session)
    if (this.#subscribers.size > 0) this.#tell({ type: 'session.ended', session })
    this.#makeRoom()
  }

  session(id: string): SessionRecord | undefined {
    const n = numberIn(id, this.instance, 's')
    return n === undefined ? undefined : this.#sessions.get(n)
  }

  attempt(id: string): AttemptRecord | undefined {
    const n = numberIn(id, this.instance, 'a')
    return n === undefined ? undefined : this.#attempts.get(n)
  }

  /** Sessions by their start, behind the one whose number is `after`. */
  sessions(order: Order = 'newest', after?: number): Generator<SessionRecord, void, undefined> {
    return this.#sessions.walk(order, after)
  }

  /** Attempts by their end, likewise. */
  attempts(order: Order = 'newest', after?: number): Generator<AttemptRecord, void, undefined> {
    return this.#attempts.walk(order, after)
  }

  /** How many tries a mail took that is stored now: this one, and those before it that failed. */
  tries(from: string, to: readonly string[], nowMs: number): number {
    if (this.#failed.size === 0) return 1
    if (!keysOf(from, to).some(key => this.#failed.has(key))) return 1
    return 1 + this.#before(from, to, nowMs).length
  }

  /** An attempt and the tries of the same mail before it, oldest first. */
  chainOf(attempt: AttemptRecord): AttemptRecord[] {
    return [...this.#before(attempt.from, attempt.to, attempt.atMs, attempt.n), attempt]
  }

  /** The attempt that stored a message of that id; undefined where it has left. */
  attemptOf(messageId: string, sessionId: string): AttemptRecord | undefined {
    return this.session(sessionId)?.attempts.find(attempt => attempt.messageId === messageId)
  }

  /** Puts the attempts that are there into an inbox, too, where one of their recipients passes. */
  file(inbox: string, isItsOwn: (recipient: string) => boolean): void {
    for (const attempt of this.#attempts.walk('oldest')) {
      if (attempt.inboxes.includes(inbox) || !attempt.to.some(isItsOwn)) continue
      attempt.inboxes = [...attempt.inboxes, inbox]
    }
  }

  /** Calls `fn` with what happens from now on, synchronously; returns the way to stop. */
  subscribe(fn: (event: RecordEvent) => void): () => void {
    this.#subscribers.add(fn)
    return () => this.#subscribers.delete(fn)
  }

  #attempted(attempt: AttemptRecord): void {
    attempt.n = this.#mark()
    this.#attempts.push(attempt)
    if (attempt.outcome !== 'accepted') this.#remember(attempt)
    else if (this.#failed.size > 0) for (const key of keysOf(attempt.from, attempt.to)) this.#failed.delete(key)
    this.#grow(attempt.weight)
    if (this.#subscribers.size > 0) this.#tell({ type: 'attempt', attempt })
  }

  #remember(attempt: AttemptRecord): void {
    for (const key of keysOf(attempt.from, attempt.to)) this.#failed.set(key, attempt.atMs)
    for (const key of this.#failed.keys()) {
      if (this.#failed.size <= MAX_FAILED) break
      this.#failed.delete(key)
    }
  }

  /** The tries before `nowMs`, oldest first, back to one that was stored: same reverse-path, a recipient in common. */
  #before(from: string, to: readonly string[], nowMs: number, after?: number): AttemptRecord[] {
    const sender = from.toLowerCase()
    const recipients = new Set(to.map(recipient => recipient.toLowerCase()))
    const found: AttemptRecord[] = []
    for (const attempt of this.#attempts.walk('newest', after)) {
      const ageMs = nowMs - attempt.atMs
      if (ageMs > MAX_CHAIN_MS + MAX_ATTEMPT_MS) break
      if (ageMs > MAX_CHAIN_MS) continue
      if (attempt.from.toLowerCase() !== sender) continue
      if (!attempt.to.some(recipient => recipients.has(recipient.toLowerCase()))) continue
      if (attempt.outcome === 'accepted') break
      found.push(attempt)
    }
    return found.reverse()
  }

  #grow(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.bounds.maxBytes) this.#makeRoom()
  }

  #makeRoom(): void {
    const { maxSessions, maxBytes } = this.bounds
    while (this.#bytes > maxBytes || this.#sessions.size > maxSessions) {
      const session = this.#spent.shift()
      if (session) this.#drop(session)
      else if (this.#bytes > maxBytes && this.#thin(({ outcome }) => outcome === 'accepted')) continue
      else {
        const telling = this.#telling.shift()
        if (telling) this.#drop(telling)
        // Nothing is left but open sessions, whose number and transcripts have bounds of their own.
        else if (!this.#thin(() => true)) return
      }
    }
  }

  #drop(session: SessionRecord): void {
    for (const attempt of session.attempts) this.#dropAttempt(attempt)
    this.#sessions.drop(session)
    this.#bytes -= session.weight
  }

  #dropAttempt(attempt: AttemptRecord): void {
    if (attempt.gone) return
    this.#attempts.drop(attempt)
    this.#bytes -= attempt.weight
  }

  /** Drops the oldest attempts of open sessions that pass; false where there are none. */
  #thin(passes: (attempt: AttemptRecord) => boolean): boolean {
    const wanted = this.bounds.maxBytes * THINNED_SHARE
    const leaving: AttemptRecord[] = []
    let weight = 0
    for (const attempt of this.#attempts.walk('oldest')) {
      if (weight >= wanted) break
      if (attempt.session.endedAtMs !== null || !passes(attempt)) continue
      leaving.push(attempt)
      weight += attempt.weight
    }
    for (const attempt of leaving) this.#dropAttempt(attempt)
    for (const session of new Set(leaving.map(attempt => attempt.session))) {
      session.attempts = session.attempts.filter(({ gone }) => !gone)
    }
    return leaving.length > 0
  }

  #tell(event: RecordEvent): void {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(event)
      } catch (error) {
        this.#report(error)
      }
    }
  }
}

/** By what a mail is known again when it comes back. */
function keysOf(from: string, to: readonly string[]): string[] {
  const sender = from.toLowerCase()
  return to.slice(0, MAX_KEYS).map(recipient => `${sender}\n${recipient.toLowerCase()}`)
}
