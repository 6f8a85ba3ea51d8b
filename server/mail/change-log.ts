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

/** Entries that are kept, removed uids counted one by one: about 2 MB where mail comes and gives way, 10 MB at the most. */
const MAX_WEIGHT = 100_000
/** Entries that have fallen out and stay in place, so that most of those that follow move none. */
const SLACK = 10_000

/**
 * What is kept of a change beside its `seq`. Of an addition nothing, since its uid is its seq; of a message that gave way
 * its uid: a full store makes two such changes for each mail. Else all of it.
 */
type Entry = typeof ADDED | number | Change
const ADDED = 0

export class ChangeLog {
  #seqs: number[] = []
  /** Beside their seqs. */
  #entries: Entry[] = []
  /** Entries before this place have fallen out. */
  #head = 0
  #weight = 0
  /** The last change that has fallen out. */
  #trimmedTo = 0

  append(change: Change): void {
    const entry = entryOf(change)
    this.#seqs.push(change.seq)
    this.#entries.push(entry)
    this.#weight += weightOf(entry)
    while (this.#weight > MAX_WEIGHT) {
      this.#weight -= weightOf(this.#entries[this.#head] as Entry)
      this.#entries[this.#head] = ADDED
      this.#trimmedTo = this.#seqs[this.#head] as number
      this.#head += 1
    }
    if (this.#head < SLACK) return
    this.#seqs = this.#seqs.slice(this.#head)
    this.#entries = this.#entries.slice(this.#head)
    this.#head = 0
  }

  /** The changes after `cursor`, in order; undefined where the log does not reach back so far. */
  since(cursor: number): Change[] | undefined {
    if (cursor < this.#trimmedTo) return undefined
    const seqs = this.#seqs
    const first = firstPlace(this.#head, seqs.length, place => (seqs[place] as number) > cursor)
    return this.#entries.slice(first).map((entry, n) => changeOf(seqs[first + n] as number, entry))
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

function entryOf(change: Change): Entry {
  if (change.type === 'added') return ADDED
  const [only] = change.type === 'removed' ? change.uids : []
  const isOne = change.type === 'removed' && change.cause === 'evicted' && change.uids.length === 1
  return isOne && only !== undefined ? only : change
}

function changeOf(seq: number, entry: Entry): Change {
  if (entry === ADDED) return { seq, type: 'added', uid: seq }
  return typeof entry === 'number' ? { seq, type: 'removed', uids: [entry], cause: 'evicted' } : entry
}

function weightOf(entry: Entry): number {
  return typeof entry !== 'number' && entry.type === 'removed' ? entry.uids.length : 1
}
