/**
 * The messages of the store as IMAP shows them: what stands beside a message that the store knows nothing of, its flags
 * but \Seen, which is the store's `read`, and the date that an APPEND gave. One item for each message that some client
 * has seen, shared by every login that sees it, and let go when the message goes.
 */
import type { Stored } from '../mail/message.js'
import type { MailStore } from '../mail/store.js'
import { type FlagChange, type FlagSets, type Flags, SEEN } from './flags.js'
import type { Item, Refusal } from './mailbox.js'

export const TOO_MANY_FLAGS: Refusal = {
  type: 'refused',
  code: 'LIMIT',
  text: 'A message would have too many keywords',
}

class CaughtItem implements Item {
  message: Stored | null
  flags: Flags
  internalDateMs: number

  constructor(message: Stored, flags: Flags) {
    this.message = message
    this.flags = flags
    this.internalDateMs = message.receivedAtMs
  }

  get raw(): Buffer | null {
    return this.message?.raw ?? null
  }
}

export class Caught {
  readonly #store: MailStore
  readonly #flagSets: FlagSets
  readonly #announce: () => void
  readonly #items = new Map<number, CaughtItem>()
  readonly #none: Flags
  readonly #seen: Flags
  #version = 0

  /** `announce` is called when flags have changed that the store does not know of. */
  constructor(store: MailStore, flagSets: FlagSets, announce: () => void) {
    this.#store = store
    this.#flagSets = flagSets
    this.#announce = announce
    this.#none = flagSets.change([SEEN], 'remove', [SEEN]) as Flags
    this.#seen = flagSets.change(this.#none, 'add', [SEEN]) as Flags
    store.subscribe(change => {
      if (change.type === 'changed') this.#onChanged(change.uid)
      else if (change.type === 'removed') for (const uid of change.uids) this.#onRemoved(uid)
    })
  }

  /** Rises with every change of flags. */
  get version(): number {
    return this.#version
  }

  /** The one item of a message. */
  of(message: Stored): Item {
    const known = this.#items.get(message.uid)
    if (known !== undefined) return known
    const item = new CaughtItem(message, message.read ? this.#seen : this.#none)
    this.#items.set(message.uid, item)
    return item
  }

  /** The message of an item; null where it has gone. */
  messageOf(item: Item): Stored | null {
    return item instanceof CaughtItem ? item.message : null
  }

  /** Gives a message that has just come what it was put in with. */
  async dress(message: Stored, flags: Flags, internalDateMs: number | null): Promise<void> {
    const item = this.of(message) as CaughtItem
    if (internalDateMs !== null) item.internalDateMs = internalDateMs
    await this.setFlags([item], 'replace', flags)
  }

  /** Changes the flags of messages that are still there. */
  async setFlags(items: readonly Item[], how: FlagChange, given: Flags): Promise<Refusal | null> {
    const read: string[] = []
    const unread: string[] = []
    let changed = false
    let refusal: Refusal | null = null
    for (const item of items) {
      if (!(item instanceof CaughtItem) || item.message === null) continue
      const flags = this.#flagSets.change(item.flags, how, given)
      if (flags === null) refusal = TOO_MANY_FLAGS
      if (flags === null || flags === item.flags) continue
      item.flags = flags
      changed = true
      const isSeen = flags.includes(SEEN)
      if (isSeen !== item.message.read) (isSeen ? read : unread).push(item.message.id)
    }
    if (!changed) return refusal
    this.#version += 1
    this.#announce()
    if (read.length > 0) await this.#store.flag(read, { read: true })
    if (unread.length > 0) await this.#store.flag(unread, { read: false })
    return refusal
  }

  #onChanged(uid: number): void {
    const item = this.#items.get(uid)
    if (item === undefined || item.message === null) return
    const flags = this.#flagSets.change(item.flags, item.message.read ? 'add' : 'remove', this.#seen)
    if (flags === null || flags === item.flags) return
    item.flags = flags
    this.#version += 1
  }

  #onRemoved(uid: number): void {
    const item = this.#items.get(uid)
    if (item === undefined) return
    item.message = null
    this.#items.delete(uid)
  }
}
