/**
 * What a mailbox is to a session, wherever its messages are: INBOX shows what the store has (inbox.ts), the others hold
 * what a client put there (own-mailbox.ts).
 */
import type { FlagChange, Flags } from './flags.js'

/** A message, the same object for every view of it. */
export interface Item {
  /** Null once it is gone, so that a view which has not told its client yet keeps no mail alive. */
  readonly raw: Buffer | null
  readonly internalDateMs: number
  readonly flags: Flags
}

/** A message in a mailbox. */
export interface Entry {
  readonly uid: number
  readonly item: Item
}

/** A message that is to be put into a mailbox. */
export interface NewMessage {
  readonly raw: Buffer
  readonly flags: Flags
  /** Null for now. */
  readonly internalDateMs: number | null
}

/** Why something cannot be done: the response code without its brackets, and words. */
export interface Refusal {
  readonly type: 'refused'
  readonly code?: string
  readonly text: string
}

/** What became of a message that was to be put in. */
export type Placed = { readonly type: 'placed'; readonly uid: number } | Refusal

/** Writes are asynchronous and reads synchronous, as with the store. */
export interface Mailbox {
  /** Its messages by rising UID; an array that is put in place of another when one leaves. */
  readonly entries: readonly Entry[]
  /** The highest UID that it ever had, and one: a flag that is set must not move it. */
  readonly uidNext: number
  /** Rises when messages leave and when flags change; not when messages come, which shows at the end of `entries`. */
  readonly version: number
  /** From which UID on no session has been told of a message (\Recent). */
  readonly recentFrom: number
  /** Takes in what has changed; false where it has to be called again, in a later turn of the event loop. */
  catchUp(): boolean
  /** The same, by a session that is told: for others these messages are not recent. */
  claimRecent(): number
  /** Why so many messages of so many bytes cannot come in, as far as that is known before; null where they can. */
  refusalFor(messages: number, bytes: number): Refusal | null
  add(message: NewMessage): Promise<Placed>
  /** Changes flags; a refusal where a message would have too many. */
  setFlags(entries: readonly Entry[], how: FlagChange, flags: Flags): Promise<Refusal | null>
  /** Removes messages, for everyone. */
  remove(entries: readonly Entry[]): Promise<void>
}

/** The first place in `entries` whose UID is at least `uid`. */
export function placeOf(entries: readonly { readonly uid: number }[], uid: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle] as { uid: number }).uid >= uid) high = middle
    else low = middle + 1
  }
  return low
}
