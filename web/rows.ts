/**
 * Which message stands in which row of a list that is only partly loaded. Pure: no requests, no clock.
 *
 * Rows are counted from the newest. A message's key is counted the other way, so that an arrival moves every row and
 * touches no key. Two kinds of messages make the page's rows differ from the server's answer:
 *
 * - *kept*: it no longer passes the list's filter (an unread message that was just opened) and stays where it is until
 *   the list is read anew;
 * - *hidden*: it is being deleted, and only the time for undo is keeping it on the server.
 *
 * Whatever slips through between an answer and the live events is found by the order: rows fall strictly by uid. Where
 * they do not, `place` says so, and the caller reads the visible rows anew.
 */
import type { Summary } from '../server/http/schema.js'

/** One page of the server's answer. */
export interface Page {
  start: number
  messages: Summary[]
  total: number
  /** The number of the last change that the answer knows of. */
  cursor: number
}

/** The `index`-th row that is not among `taken` (rising). */
function past(taken: number[], index: number): number {
  let row = index
  for (const other of taken) {
    if (other > row) break
    row += 1
  }
  return row
}

export class Rows {
  #total = 0
  /** The key of row 0. */
  #top = 0
  readonly #loaded = new Map<number, Summary>()
  readonly #keys = new Map<string, number>()
  readonly #kept = new Set<string>()
  readonly #hidden = new Set<string>()
  /** The key of the row that stood on top when somebody began to read further down. */
  #anchor: number | null = null
  /** Rows from here on are being deleted, all at once. */
  #cut: number | null = null
  /** The last change by which rows left: an answer from before it has other rows. */
  #lastLeaving = 0

  /** How many rows there are to show. */
  get total(): number {
    const end = this.#cut ?? this.#total
    let hidden = 0
    for (const id of this.#hidden) {
      const row = this.#rowOf(id)
      if (row === undefined ? this.#cut === null : row < end) hidden += 1
    }
    return Math.max(0, end - hidden)
  }

  /** How many rows came on top since `anchor` was called: so many are to be left out, to move nothing. */
  get newer(): number {
    if (this.#anchor === null) return 0
    const above = this.#top - this.#anchor
    return above - this.#rowsOf(this.#hidden).filter(row => row < above).length
  }

  /** Remembers the row on top. */
  anchor(): void {
    this.#anchor ??= this.#top
  }

  release(): void {
    this.#anchor = null
  }

  get loaded(): number {
    return this.#loaded.size
  }

  /** The message in a row as shown. */
  at(index: number): Summary | undefined {
    return index < 0 || index >= this.total
      ? undefined
      : this.#loaded.get(this.#top - past(this.#rowsOf(this.#hidden), index))
  }

  /** Whether a message is loaded, shown or hidden. */
  has(id: string): boolean {
    return this.#keys.has(id)
  }

  get(id: string): Summary | undefined {
    const key = this.#keys.get(id)
    return key === undefined || this.#hidden.has(id) ? undefined : this.#loaded.get(key)
  }

  /** The row as shown of a message, or undefined where it is not loaded or not shown. */
  indexOf(id: string): number | undefined {
    const row = this.#rowOf(id)
    if (row === undefined || this.#hidden.has(id) || (this.#cut !== null && row >= this.#cut)) return undefined
    return row - this.#rowsOf(this.#hidden).filter(hidden => hidden < row).length
  }

  /** The first and last row as shown that are missing within a range, or undefined. */
  missing(first: number, last: number): { first: number; last: number } | undefined {
    const end = Math.min(last, this.total - 1)
    let from = Math.max(0, first)
    let to = end
    while (from <= to && this.at(from)) from += 1
    while (to >= from && this.at(to)) to -= 1
    return from <= to ? { first: from, last: to } : undefined
  }

  /** Where the server's list has what is shown in a row. */
  serverOffset(index: number): number {
    const row = past(this.#rowsOf(this.#hidden), index)
    return row - this.#rowsOf(this.#kept).filter(kept => kept < row).length
  }

  /** Begins anew with a page. What is hidden stays hidden, and what came after the page was made stays on top. */
  replace(page: Page): void {
    const newer = [...this.#loaded.values()].filter(message => message.uid > page.cursor).sort((a, b) => a.uid - b.uid)
    this.#top -= newer.length
    this.#loaded.clear()
    this.#keys.clear()
    this.#kept.clear()
    this.#total = page.total
    this.#lastLeaving = page.cursor
    this.place(page)
    for (const message of newer) this.added(message)
  }

  /** Takes a page in; false where it does not fit what is known, and the rows have to be read anew. */
  place(page: Page): boolean {
    if (page.cursor < this.#lastLeaving) return false
    const arrivedSince = this.#total - this.#kept.size - page.total
    const kept = this.#rowsOf(this.#kept)
    let first = this.#total
    let last = -1
    for (const [n, message] of page.messages.entries()) {
      const row = past(kept, page.start + arrivedSince + n)
      // Arrivals that the live events have yet to bring stand above row 0.
      if (row < 0 || row >= this.#total) continue
      const key = this.#top - row
      if ((this.#keys.get(message.id) ?? key) !== key || (this.#loaded.get(key)?.id ?? message.id) !== message.id) {
        return false
      }
      this.#loaded.set(key, message)
      this.#keys.set(message.id, key)
      first = Math.min(first, row)
      last = Math.max(last, row)
    }
    for (let row = first; row <= last + 1; row++) {
      const above = this.#loaded.get(this.#top - row + 1)
      const here = this.#loaded.get(this.#top - row)
      if (above && here && above.uid <= here.uid) return false
    }
    return true
  }

  /** A message arrived. */
  added(message: Summary): void {
    if (this.#keys.has(message.id)) return
    this.#top += 1
    this.#total += 1
    if (this.#cut !== null) this.#cut += 1
    this.#loaded.set(this.#top, message)
    this.#keys.set(message.id, this.#top)
  }

  /** A message's flags are different; `membership` says whether it still passes the filter, where flags decide that. */
  changed(
    id: string,
    flags: Partial<Pick<Summary, 'read' | 'tags' | 'inboxes'>>,
    membership?: { passes: boolean; seq: number },
  ): void {
    const key = this.#keys.get(id)
    const message = key === undefined ? undefined : this.#loaded.get(key)
    if (key === undefined || !message) return
    this.#loaded.set(key, { ...message, ...flags })
    if (!membership) return
    if (membership.passes) this.#kept.delete(id)
    else this.#kept.add(id)
    this.#lastLeaving = membership.seq
  }

  /** Messages are gone. Returns how many of them were not loaded: which rows they had is not known. */
  removed(ids: readonly string[], seq: number): number {
    this.#lastLeaving = Math.max(this.#lastLeaving, seq)
    const gone: number[] = []
    for (const id of ids) {
      const key = this.#keys.get(id)
      this.#hidden.delete(id)
      this.#kept.delete(id)
      if (key === undefined) continue
      gone.push(key)
      this.#loaded.delete(key)
      this.#keys.delete(id)
    }
    if (gone.length === 0) return ids.length
    gone.sort((a, b) => b - a)
    const rest = [...this.#loaded].sort(([a], [b]) => b - a)
    this.#loaded.clear()
    let above = 0
    for (const [key, message] of rest) {
      while (above < gone.length && (gone[above] as number) > key) above += 1
      this.#loaded.set(key + above, message)
      this.#keys.set(message.id, key + above)
    }
    this.#total -= gone.length
    const { length: goneAboveAnchor } = gone.filter(key => this.#anchor !== null && key > this.#anchor)
    if (this.#anchor !== null) this.#anchor += goneAboveAnchor
    if (this.#cut !== null) this.#cut -= gone.filter(key => this.#top - key < (this.#cut as number)).length
    return ids.length - gone.length
  }

  /** So many messages that are not loaded are gone: those below the rows loaded in one piece from the top. */
  shorten(count: number): void {
    this.#total = Math.max(this.#total - count, this.loadedFromTop())
    this.forget(0, this.loadedFromTop() - 1)
  }

  /** How many rows from the top on are loaded without a gap. */
  loadedFromTop(): number {
    let row = 0
    while (this.#loaded.has(this.#top - row)) row += 1
    return row
  }

  /** Forgets every message outside of a range of rows, but for what is kept or hidden. */
  forget(first: number, last: number): void {
    for (const [key, { id }] of this.#loaded) {
      const row = this.#top - key
      if ((row >= first && row <= last) || this.#kept.has(id) || this.#hidden.has(id)) continue
      this.#loaded.delete(key)
      this.#keys.delete(id)
    }
  }

  hide(id: string): void {
    this.#hidden.add(id)
  }

  show(id: string): void {
    this.#hidden.delete(id)
  }

  /** Hides everything that is there now, but not what comes; `showAll` takes it back. */
  hideAll(): void {
    this.#cut = 0
  }

  showAll(): void {
    this.#cut = null
  }

  #rowOf(id: string): number | undefined {
    const key = this.#keys.get(id)
    return key === undefined ? undefined : this.#top - key
  }

  #rowsOf(ids: Set<string>): number[] {
    const rows: number[] = []
    for (const id of ids) {
      const row = this.#rowOf(id)
      if (row !== undefined) rows.push(row)
    }
    return rows.sort((a, b) => a - b)
  }
}
