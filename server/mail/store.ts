/**
 * Where messages live: an index over an ordered change log, in memory, bounded.
 *
 * One rising number orders everything: each change takes the next one, a message's `uid` is the number of the change
 * that added it, and no number is used twice. The log holds uids and not messages, so that it keeps no evicted mail
 * alive. Writes are asynchronous and reads synchronous, so that a shared journal could take the writes one day.
 */
import { type Change, ChangeLog, type RemovalCause } from './change-log.js'
import { type Holding, Holdings } from './holdings.js'
import type { Loop } from './loop.js'
import { sliced } from './loop.js'
import type { EsmtpParams, Received, Stored } from './message.js'
import { Row } from './row.js'
import { mayBringTags } from './tags.js'

export type { Change, RemovalCause } from './change-log.js'
export type { Holding } from './holdings.js'

/** A store's life. A restart makes another, so that an id or a cursor of yesterday's is never mistaken for today's. */
export interface Epoch {
  /** Tenths of a second since 2024, in 32 bits: IMAP's UIDVALIDITY. */
  readonly time: number
  /** The epoch as text, fixed in length: the `instance` of the API and the start of every message id. */
  readonly instance: string
}

const EPOCH_STARTS_MS = Date.UTC(2024, 0, 1)
const TIME_DIGITS = 7 // of base 36, enough for 32 bits
const RANDOM_DIGITS = 8 // of base 36, enough for 40 bits
/** How many random bytes an epoch wants. */
export const EPOCH_RANDOM_BYTES = 5

export function makeEpoch(nowMs: number, random: Buffer): Epoch {
  const time = Math.floor((nowMs - EPOCH_STARTS_MS) / 100) % 2 ** 32
  const digits = random.readUIntBE(0, EPOCH_RANDOM_BYTES).toString(36).padStart(RANDOM_DIGITS, '0')
  return { time, instance: time.toString(36).padStart(TIME_DIGITS, '0') + digits }
}

export interface Bounds {
  maxMessages: number
  /** Bound on raw messages and their envelopes together. */
  maxBytes: number
  /** Age after which a message expires, or null. */
  maxAgeMs: number | null
  /** What gives way at a bound: the oldest message, or the new one. */
  whenFull: 'evict' | 'refuse'
}

export type Appended =
  | { readonly type: 'stored'; readonly message: Stored }
  /** `full`: it does not fit beside what is there. `too-large`: it would not fit into an empty store. */
  | { readonly type: 'refused'; readonly reason: 'full' | 'too-large' }

export interface Flags {
  read?: boolean
  tags?: string[]
}

export type Order = 'newest' | 'oldest'
/** A stretch of the one rising number: after `since`, up to and with `until`. */
export interface Stretch {
  since?: number
  until?: number
}
export type Test = (message: Stored) => boolean
/** A test that gives way where it takes long. */
export type Look = (message: Stored) => boolean | Promise<boolean>

/** Bytes that a search may have looked at before it looks at the clock, which costs as much as a small message does. */
const BYTES_BETWEEN_LOOKS = 32 * 1024
/** What looking at a message costs beside its bytes, in bytes. */
const MESSAGE_WORTH_BYTES = 1024
/** What an address of an envelope costs beside its characters: an estimate, so that 10,000 recipients count. */
const RECIPIENT_OVERHEAD_BYTES = 100

/** The tags of a message; undefined where it may have brought some, which nobody has looked for. */
function knownTags(message: Stored): readonly string[] | undefined {
  return message.tags ?? (mayBringTags(message) ? undefined : [])
}

function weightOf({ raw, envelope }: Received): number {
  let weight = raw.length + envelope.from.length + weightOfParams(envelope.fromParams)
  for (const { address, params } of envelope.recipients) {
    weight += address.length + weightOfParams(params) + RECIPIENT_OVERHEAD_BYTES
  }
  return weight
}

function weightOfParams(params: EsmtpParams): number {
  let weight = 0
  for (const keyword in params) weight += keyword.length + String(params[keyword]).length
  return weight
}

export class MailStore {
  readonly epoch: Epoch
  readonly bounds: Readonly<Bounds>
  readonly #loop: Loop
  readonly #report: (error: unknown) => void

  readonly #row = new Row()
  readonly #log = new ChangeLog()
  readonly #holdings = new Holdings(uid => this.#row.at(uid) !== undefined)

  #cursor = 0
  #bytes = 0
  #unread = 0
  #rawBytesAdded = 0
  readonly #left: Record<RemovalCause, number> = { deleted: 0, evicted: 0, expired: 0 }
  readonly #subscribers = new Set<(change: Change) => void>()

  /** `report` is told of a subscriber that throws: its fault must not become a sender's. */
  constructor(parts: { epoch: Epoch; bounds: Bounds; loop: Loop; report?: (error: unknown) => void }) {
    this.epoch = parts.epoch
    this.bounds = parts.bounds
    this.#loop = parts.loop
    this.#report = parts.report ?? (() => {})
  }

  /** The number of the last change. */
  get cursor(): number {
    return this.#cursor
  }

  get total(): number {
    return this.#row.size
  }

  get unread(): number {
    return this.#unread
  }

  /** Bytes held, as `maxBytes` counts them. */
  get bytes(): number {
    return this.#bytes
  }

  /** What an inbox holds. */
  holding(inbox: string): Readonly<Holding> {
    return this.#holdings.of(inbox)
  }

  /** The inboxes that hold something. */
  get inboxes(): Iterable<string> {
    return this.#holdings.inboxes
  }

  /** How many messages have left since the start, by cause. */
  get left(): Readonly<Record<RemovalCause, number>> {
    return this.#left
  }

  /** Raw bytes of every message that came since the start, also of those that have left. */
  get rawBytesAdded(): number {
    return this.#rawBytesAdded
  }

  /** Whether a sender should be refused before it sends: only under `refuse`. */
  get full(): boolean {
    if (this.bounds.whenFull === 'evict') return false
    return this.#row.size >= this.bounds.maxMessages || this.#bytes >= this.bounds.maxBytes
  }

  /** Takes the next of the one rising number without a change: for what is ordered beside messages. */
  mark(): number {
    this.#cursor += 1
    return this.#cursor
  }

  /** Takes a message in. It is visible to every reader, and every subscriber knows, before the promise resolves. */
  async append(received: Received): Promise<Appended> {
    const weight = weightOf(received)
    if (weight > this.bounds.maxBytes) return { type: 'refused', reason: 'too-large' }
    const fits = this.#row.size < this.bounds.maxMessages && this.#bytes + weight <= this.bounds.maxBytes
    if (!fits && this.bounds.whenFull === 'refuse') return { type: 'refused', reason: 'full' }

    const uid = this.#cursor + 1
    // Written out and not spread: V8 gives each object that is spread and then added to a hidden class of its own, some
    // 450 bytes a message and a sixth of what taking one costs.
    const message: Stored = {
      raw: received.raw,
      envelope: received.envelope,
      receivedAtMs: received.receivedAtMs,
      inboxes: received.inboxes,
      sessionId: received.sessionId,
      attempts: received.attempts,
      warnings: received.warnings,
      id: this.#idOf(uid),
      uid,
      read: false,
      tags: null,
    }
    this.#row.push(message)
    this.#bytes += weight
    this.#rawBytesAdded += message.raw.length
    this.#unread += 1
    this.#holdings.add(message, weight)
    this.#apply({ seq: uid, type: 'added', uid })
    if (!fits) this.#evict()
    return { type: 'stored', message }
  }

  /** Sets flags; resolves to the number of messages that changed by it. Unknown ids are passed over. */
  async flag(ids: Iterable<string>, flags: Flags): Promise<number> {
    let changed = 0
    for (const id of ids) {
      const message = this.get(id)
      if (!message) continue
      const { read = message.read, tags } = flags
      const isMarked = read !== message.read
      const isTagged = tags !== undefined && tags.join('\n') !== knownTags(message)?.join('\n')
      if (!isMarked && !isTagged) continue
      if (isMarked) {
        this.#unread += read ? -1 : 1
        message.read = read
        this.#holdings.mark(message)
      }
      if (isTagged) message.tags = [...new Set(tags)]
      const what = isMarked && isTagged ? 'read and tags' : isMarked ? 'read' : 'tags'
      this.#apply({ seq: this.#cursor + 1, type: 'changed', uid: message.uid, what })
      changed += 1
    }
    return changed
  }

  /** Puts messages that are there into an inbox, too; resolves to how many were not in it. */
  async file(ids: Iterable<string>, inbox: string): Promise<number> {
    let filed = 0
    for (const id of ids) {
      const message = this.get(id)
      if (!message || message.inboxes.includes(inbox)) continue
      message.inboxes = [...message.inboxes, inbox]
      this.#holdings.file(message, inbox, weightOf(message))
      this.#apply({ seq: this.#cursor + 1, type: 'changed', uid: message.uid, what: 'inboxes' })
      filed += 1
    }
    return filed
  }

  /** Removes messages; resolves to how many were there. */
  async remove(ids: Iterable<string>): Promise<number> {
    const uids: number[] = []
    for (const id of ids) {
      const message = this.get(id)
      if (message && this.#drop(message)) uids.push(message.uid)
    }
    this.#removed(uids, 'deleted')
    return uids.length
  }

  /** Removes what is older than `maxAgeMs`; called from outside, since nothing here has a clock. */
  async expire(nowMs: number): Promise<void> {
    const { maxAgeMs } = this.bounds
    if (maxAgeMs === null) return
    const expired: Stored[] = []
    for (const message of this.walk('oldest')) {
      if (message.receivedAtMs + maxAgeMs > nowMs) break
      expired.push(message)
    }
    for (const message of expired) this.#drop(message)
    this.#removed(
      expired.map(({ uid }) => uid),
      'expired',
    )
  }

  get(id: string): Stored | undefined {
    const uid = this.#uidOf(id)
    return uid === undefined ? undefined : this.#row.at(uid)
  }

  at(uid: number): Stored | undefined {
    return this.#row.at(uid)
  }

  /** Everything that passes `test`, at once: for tests that are cheap. */
  list(test?: Test, order: Order = 'newest'): Stored[] {
    const found: Stored[] = []
    for (const message of this.walk(order)) if (!test || test(message)) found.push(message)
    return found
  }

  /** The messages of a stretch in order, but for the first `skip`; for a caller that changes nothing meanwhile. */
  walk(order: Order = 'newest', stretch: Stretch = {}, skip = 0): Generator<Stored, void> {
    return this.#row.walk(order, stretch, skip)
  }

  /**
   * What of now passes `look`, found in slices: the event loop is never held for long. What leaves meanwhile is left out,
   * and nothing that has left is kept alive.
   */
  async *search(look: Look, order: Order = 'newest', stretch: Stretch = {}): AsyncGenerator<Stored, void, undefined> {
    const rest = sliced(this.#loop)
    let { since = 0, until = this.#cursor } = stretch
    until = Math.min(until, this.#cursor)
    let bytes = 0
    // Others may change the row whenever this gives way: then it is walked anew, from where it was left.
    for (let walking = true; walking; ) {
      walking = false
      for (const message of this.#row.walk(order, { since, until })) {
        if (order === 'newest') until = message.uid - 1
        else since = message.uid
        bytes += message.raw.length + MESSAGE_WORTH_BYTES
        const answer = look(message)
        const passes = typeof answer === 'boolean' ? answer : (await answer) && this.at(message.uid) === message
        if (passes) yield message
        const pause = bytes < BYTES_BETWEEN_LOOKS ? undefined : rest()
        if (bytes >= BYTES_BETWEEN_LOOKS) bytes = 0
        if (pause) await pause
        walking = passes || pause !== undefined || typeof answer !== 'boolean'
        if (walking) break
      }
    }
  }

  /** The changes after `cursor`, in order; undefined where the log does not reach back, or `cursor` is not ours. */
  changesSince(cursor: number): Change[] | undefined {
    return cursor > this.#cursor ? undefined : this.#log.since(cursor)
  }

  /** Calls `fn` with each change from now on, synchronously, in order; returns the way to stop. */
  subscribe(fn: (change: Change) => void): () => void {
    this.#subscribers.add(fn)
    return () => this.#subscribers.delete(fn)
  }

  /** The ids that a change speaks of, also of messages that are gone. */
  idsOf(change: Change): string[] {
    return change.type === 'removed' ? change.uids.map(uid => this.#idOf(uid)) : [this.#idOf(change.uid)]
  }

  #idOf(uid: number): string {
    return this.epoch.instance + uid.toString(36)
  }

  #uidOf(id: string): number | undefined {
    const { instance } = this.epoch
    if (!id.startsWith(instance)) return undefined
    const digits = id.slice(instance.length)
    const uid = Number.parseInt(digits, 36)
    return uid.toString(36) === digits ? uid : undefined
  }

  #evict(): void {
    const evicted: number[] = []
    const { maxMessages, maxBytes } = this.bounds
    while (this.#row.size > maxMessages || this.#bytes > maxBytes) {
      const uid = this.#holdings.oldestOfLargest(this.#row.size > maxMessages ? 'total' : 'bytes') as number
      this.#drop(this.#row.at(uid) as Stored)
      evicted.push(uid)
    }
    this.#removed(evicted, 'evicted')
  }

  #drop(message: Stored): boolean {
    if (!this.#row.drop(message.uid)) return false
    const weight = weightOf(message)
    this.#bytes -= weight
    if (!message.read) this.#unread -= 1
    this.#holdings.drop(message, weight)
    return true
  }

  #removed(uids: number[], cause: RemovalCause): void {
    if (uids.length === 0) return
    this.#left[cause] += uids.length
    this.#apply({ seq: this.#cursor + 1, type: 'removed', uids, cause })
  }

  #apply(change: Change): void {
    this.#cursor = change.seq
    this.#log.append(change)
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(change)
      } catch (error) {
        this.#report(error)
      }
    }
  }
}
