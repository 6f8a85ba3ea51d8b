/**
 * A mailbox that a client made. Its messages share raw with those that they were copied from, take their UIDs from the
 * store's one rising number, and stay until a client removes them: they are neither in REST nor evicted, so a `Room`
 * bounds them.
 */
import { TOO_MANY_FLAGS } from './caught.js'
import type { FlagChange, FlagSets, Flags } from './flags.js'
import { type Entry, type Item, type Mailbox, type NewMessage, type Placed, placeOf, type Refusal } from './mailbox.js'

/** Where the messages of a login's mailboxes are counted. */
export interface Room {
  refusalFor(messages: number, bytes: number): Refusal | null
  /** Messages came, or left where negative. */
  take(messages: number, bytes: number): void
}

/** What a mailbox needs of the server. */
export interface Means {
  readonly flagSets: FlagSets
  readonly room: Room
  /** The next of the one rising number. */
  mark(): number
  now(): number
  /** Something has changed. */
  announce(): void
}

class OwnItem implements Item {
  raw: Buffer | null
  internalDateMs: number
  flags: Flags

  constructor(raw: Buffer, internalDateMs: number, flags: Flags) {
    this.raw = raw
    this.internalDateMs = internalDateMs
    this.flags = flags
  }
}

interface OwnEntry extends Entry {
  readonly item: OwnItem
}

export class OwnMailbox implements Mailbox {
  readonly #means: Means
  #entries: OwnEntry[] = []
  #uidNext: number
  #version = 0
  #recentFrom = 0

  constructor(means: Means) {
    this.#means = means
    // Above every UID that a mailbox of the same name may have had before: its UIDVALIDITY is the same.
    this.#uidNext = means.mark() + 1
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  get uidNext(): number {
    return this.#uidNext
  }

  get version(): number {
    return this.#version
  }

  get recentFrom(): number {
    return this.#recentFrom
  }

  claimRecent(): number {
    const from = this.#recentFrom
    this.#recentFrom = this.#uidNext
    return from
  }

  /**
   * Gives its messages new UIDs: under another name, where a mailbox may have been before, none may be lower than any that
   * this one had (RFC 3501 2.3.1.1), since clients ask for what is above those they know. Views see the old ones leave.
   */
  renumber(): void {
    const firstRecent = placeOf(this.#entries, this.#recentFrom)
    this.#entries = this.#entries.map(({ item }) => ({ uid: this.#means.mark(), item }))
    this.#uidNext = (this.#entries.at(-1)?.uid ?? this.#means.mark()) + 1
    this.#recentFrom = this.#entries[firstRecent]?.uid ?? this.#uidNext
    this.#changed()
  }

  catchUp(): boolean {
    return true
  }

  refusalFor(messages: number, bytes: number): Refusal | null {
    return this.#means.room.refusalFor(messages, bytes)
  }

  async add({ raw, flags, internalDateMs }: NewMessage): Promise<Placed> {
    const refusal = this.refusalFor(1, raw.length)
    if (refusal !== null) return refusal
    const uid = this.#means.mark()
    this.#means.room.take(1, raw.length)
    this.#entries.push({ uid, item: new OwnItem(raw, internalDateMs ?? this.#means.now(), flags) })
    this.#uidNext = uid + 1
    this.#means.announce()
    return { type: 'placed', uid }
  }

  async setFlags(entries: readonly Entry[], how: FlagChange, given: Flags): Promise<Refusal | null> {
    let refusal: Refusal | null = null
    let changed = false
    for (const { item } of entries as readonly OwnEntry[]) {
      const flags = this.#means.flagSets.change(item.flags, how, given)
      if (flags === null) refusal = TOO_MANY_FLAGS
      if (flags === null || flags === item.flags) continue
      item.flags = flags
      changed = true
    }
    if (changed) this.#changed()
    return refusal
  }

  async remove(entries: readonly Entry[]): Promise<void> {
    let bytes = 0
    let messages = 0
    for (const { item } of entries as readonly OwnEntry[]) {
      if (item.raw === null) continue
      bytes += item.raw.length
      messages += 1
      item.raw = null
    }
    if (messages === 0) return
    this.#means.room.take(-messages, -bytes)
    this.#entries = this.#entries.filter(({ item }) => item.raw !== null)
    this.#changed()
  }

  #changed(): void {
    this.#version += 1
    this.#means.announce()
  }
}
