/**
 * The ordered changes of a store, bounded: what a reader that was away has missed. It holds uids and not messages, so
 * that it keeps no evicted mail alive.
 */

/** Why messages left. */
export type RemovalCause = 'deleted' | 'evicted' | 'expired'

/** What of a message changed. */
export type Changed = 'read' | 'tags' | 'read and tags' | 'inboxes'

/** One entry of the log. `seq` rises by at least one from entry to entry. */
export type Change =
  | { readonly seq: number; readonly type: 'added'; readonly uid: number }
  | { readonly seq: number; readonly type: 'changed'; readonly uid: number; readonly what: Changed }
  | { readonly seq: number; readonly type: 'removed'; readonly uids: readonly number[]; readonly cause: RemovalCause }

/** Entries that are kept, removed uids counted one by one: about 8 MB at the most. */
const MAX_WEIGHT = 100_000

/** As it is kept: of an addition the uid alone, which is its `seq` too, since most changes are additions. */
type Entry = number | Exclude<Change, { type: 'added' }>

export class ChangeLog {
  #entries: Entry[] = []
  /** Entries before this place have fallen out. */
  #head = 0
  #weight = 0
  /** The last change that has fallen out. */
  #trimmedTo = 0

  append(change: Change): void {
    const entry = change.type === 'added' ? change.uid : change
    this.#entries.push(entry)
    this.#weight += weightOf(entry)
    while (this.#weight > MAX_WEIGHT) {
      const oldest = this.#entries[this.#head] as Entry
      this.#head += 1
      this.#weight -= weightOf(oldest)
      this.#trimmedTo = seqOf(oldest)
    }
    if (this.#head > MAX_WEIGHT) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
  }

  /** The changes after `cursor`, in order; undefined where the log does not reach back so far. */
  since(cursor: number): Change[] | undefined {
    if (cursor < this.#trimmedTo) return undefined
    const entries = this.#entries
    const first = firstPlace(this.#head, entries.length, place => seqOf(entries[place] as Entry) > cursor)
    return entries.slice(first).map(changeOf)
  }
}

/** The first place from `low` to `high` that passes, where none passes before it and all do after it. */
export function firstPlace(low: number, high: number, passes: (place: number) => boolean): number {
  while (low < high) {
    const middle = (low + high) >>> 1
    if (passes(middle)) high = middle
    else low = middle + 1
  }
  return low
}

function weightOf(entry: Entry): number {
  return typeof entry !== 'number' && entry.type === 'removed' ? entry.uids.length : 1
}

function seqOf(entry: Entry): number {
  return typeof entry === 'number' ? entry : entry.seq
}

function changeOf(entry: Entry): Change {
  return typeof entry === 'number' ? { seq: entry, type: 'added', uid: entry } : entry
}
