/**
 * What each inbox holds, and which message gives way when the store is full: the oldest of the inbox that holds most,
 * so that a noisy inbox cannot push out another's mail.
 */
import type { Stored } from './message.js'

/** What an inbox holds. */
export interface Holding {
  total: number
  unread: number
  /** As the store counts them. */
  bytes: number
}

/** By what a store is over its bound. */
export type Measure = 'total' | 'bytes'

interface Held extends Holding {
  /** In order of arrival from `head` on, some of which have left. */
  uids: number[]
  head: number
}

/** Uids that have left stay until they are the greater part: what leaves never walks the rest. */
const SLACK = 64

const NOTHING: Readonly<Holding> = { total: 0, unread: 0, bytes: 0 }

export class Holdings {
  readonly #byInbox = new Map<string, Held>()
  readonly #isThere: (uid: number) => boolean

  /** `isThere` tells whether a message is in the store still. */
  constructor(isThere: (uid: number) => boolean) {
    this.#isThere = isThere
  }

  /** The inboxes that hold something. */
  get inboxes(): IterableIterator<string> {
    return this.#byInbox.keys()
  }

  of(inbox: string): Readonly<Holding> {
    return this.#byInbox.get(inbox) ?? NOTHING
  }

  /** A message came, the newest of all. */
  add(message: Stored, weight: number): void {
    for (const inbox of message.inboxes) {
      const held = this.#held(inbox)
      held.uids.push(message.uid)
      held.total += 1
      held.bytes += weight
      if (!message.read) held.unread += 1
    }
  }

  /** A message that is there was put into an inbox, too. */
  file(message: Stored, inbox: string, weight: number): void {
    const held = this.#held(inbox)
    const later = held.uids.findIndex((uid, place) => place >= held.head && uid > message.uid)
    held.uids.splice(later === -1 ? held.uids.length : later, 0, message.uid)
    held.total += 1
    held.bytes += weight
    if (!message.read) held.unread += 1
  }

  /** A message has left; it is no longer in the store. */
  drop(message: Stored, weight: number): void {
    for (const inbox of message.inboxes) {
      const held = this.#held(inbox)
      held.total -= 1
      held.bytes -= weight
      if (!message.read) held.unread -= 1
      if (held.total === 0) this.#byInbox.delete(inbox)
      else if (held.uids.length - held.head > 2 * held.total + SLACK) {
        held.uids = held.uids.filter(this.#isThere)
        held.head = 0
      }
    }
  }

  /** A message was marked as read, or as unread. */
  mark(message: Stored): void {
    for (const inbox of message.inboxes) this.#held(inbox).unread += message.read ? -1 : 1
  }

  /** The oldest message of the inbox that holds most; of those that hold equally much, the one with the oldest of all. */
  oldestOfLargest(measure: Measure): number | undefined {
    let largest = -1
    let oldest: number | undefined
    for (const held of this.#byInbox.values()) {
      if (held[measure] < largest) continue
      const candidate = this.#oldest(held)
      if (held[measure] > largest || candidate < (oldest as number)) oldest = candidate
      largest = held[measure]
    }
    return oldest
  }

  #oldest(held: Held): number {
    while (!this.#isThere(held.uids[held.head] as number)) held.head += 1
    if (held.head > held.uids.length / 2) {
      held.uids = held.uids.slice(held.head)
      held.head = 0
    }
    return held.uids[held.head] as number
  }

  #held(inbox: string): Held {
    let held = this.#byInbox.get(inbox)
    if (!held) {
      held = { ...NOTHING, uids: [], head: 0 }
      this.#byInbox.set(inbox, held)
    }
    return held
  }
}
