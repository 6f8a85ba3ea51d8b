/**
 * One list as it is looked at: a filter, its rows, and the requests that fill them.
 *
 * Live events come from outside. They may come before the first page does; they wait for it, and those that the page
 * knows already are passed over, so that nothing is missed and nothing counted twice.
 */
import type { MessageList } from '../server/http/schema.js'
import { type Filter, listMessages, RequestError } from './api.js'
import type { Change } from './live.js'
import { Rows } from './rows.js'

/** Rows asked for at once: a few screens. */
const PAGE = 100
/** Rows kept loaded; beyond it those far from what is seen are forgotten, so that a page left open does not grow. */
const MAX_LOADED = 2_000
/** What is kept on each side of the seen rows when others are forgotten. */
const KEEP_AROUND = 500
/** Pause before rows of unknown place are read anew: an eviction at each arrival must not mean a request for each. */
const REFRESH_MS = 400
/** Failed pages are asked for again after this. */
const RETRY_MS = 2_000

export type ListStatus = 'loading' | 'ready' | RequestError

export class Listing {
  readonly filter: Filter
  readonly rows = new Rows()
  status: ListStatus = 'loading'
  /** How many of the rows were unread when the list was read. */
  unreadAtLoad = 0
  readonly #changed: () => void
  #cursor = 0
  #waiting: Change[] = []
  #seen = { first: 0, last: PAGE - 1 }
  /** Taken out here already. */
  readonly #gone = new Set<string>()
  readonly #requested = new Set<number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(filter: Filter, changed: () => void) {
    this.filter = filter
    this.#changed = changed
  }

  /** Reads the first page, or takes one that is there already. */
  async load(page?: MessageList): Promise<MessageList | undefined> {
    try {
      const list = page ?? (await listMessages(this.filter, 0, PAGE))
      if (this.#closed) return undefined
      this.#begin(0, list)
      return list
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      this.status = error
      this.#changed()
      return undefined
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  /** Says which rows are looked at; what is missing there is asked for. */
  see(first: number, last: number): void {
    this.#seen = { first, last }
    this.#fill()
  }

  /** Takes a message out that the server has just deleted at our request, ahead of its event. */
  removeHere(id: string): void {
    if (this.rows.has(id)) this.#gone.add(id)
    this.rows.removed([id], 0)
  }

  apply(batch: Change[]): void {
    if (this.status === 'loading') this.#waiting.push(...batch)
    if (this.status !== 'ready') return
    let unknown = 0
    for (const change of batch) {
      if (change.seq <= this.#cursor) continue
      this.#cursor = change.seq
      if (change.type === 'message.added') {
        if (this.#passes(change.message)) this.rows.added(change.message)
      } else if (change.type === 'message.changed') {
        const { id, read, tags, inboxes, seq } = change
        const passes = this.#passes(change)
        const isMember = this.rows.has(id)
        const mayMove = this.filter.unreadOnly || (this.filter.inbox !== null && !(isMember && passes))
        this.rows.changed(id, { read, tags, inboxes }, mayMove ? { passes, seq } : undefined)
        if (mayMove && !isMember) unknown += 1
      } else {
        const ids = change.ids.filter(id => !this.#gone.delete(id))
        unknown += this.rows.removed(ids, change.seq)
      }
    }
    if (unknown > 0) this.#left(unknown)
    if (this.rows.loaded > MAX_LOADED) this.rows.forget(this.#seen.first - KEEP_AROUND, this.#seen.last + KEEP_AROUND)
    this.#fill()
    this.#changed()
  }

  /** Whether a message passes what can be told here; what a search finds only the server knows. */
  #passes({ read, inboxes }: { read: boolean; inboxes: string[] }): boolean {
    const { inbox, unreadOnly } = this.filter
    return !(unreadOnly && read) && (inbox === null || inboxes.includes(inbox))
  }

  /** Messages came or left in rows that are not loaded. */
  #left(count: number): void {
    const { inbox, q, unreadOnly } = this.filter
    const everything = inbox === null && q === '' && !unreadOnly
    if (everything && this.rows.loadedFromTop() > this.#seen.last) this.rows.shorten(count)
    else this.#refreshSoon()
  }

  #fill(): void {
    if (this.status !== 'ready') return
    const missing = this.rows.missing(this.#seen.first, this.#seen.last)
    if (!missing) return
    const start = this.rows.serverOffset(missing.first)
    const page = Math.floor(start / PAGE)
    const lastPage = Math.floor(this.rows.serverOffset(missing.last) / PAGE)
    for (let n = page; n <= lastPage; n++) void this.#request(n)
  }

  async #request(page: number): Promise<void> {
    if (this.#requested.has(page)) return
    this.#requested.add(page)
    const start = page * PAGE
    try {
      const list = await listMessages(this.filter, start, PAGE)
      this.#requested.delete(page)
      if (this.#closed) return
      const before = this.rows.loaded
      const fits = this.rows.place({ ...list, start })
      // A page that brings nothing is asked for because the count is wrong: asking again would not end.
      if (fits && this.rows.loaded > before) this.#fill()
      else this.#refreshSoon()
      this.#changed()
    } catch {
      // The bar says that the server is gone; the rows stay blank until it is back.
      setTimeout(() => {
        this.#requested.delete(page)
        if (!this.#closed) this.#fill()
      }, RETRY_MS)
    }
  }

  #refreshSoon(delayMs = REFRESH_MS): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => void this.#refresh(), delayMs)
  }

  /** Reads what is seen anew, and forgets the rest. */
  async #refresh(): Promise<void> {
    const start = Math.max(0, this.rows.serverOffset(this.#seen.first))
    try {
      const list = await listMessages(this.filter, start, Math.max(PAGE, this.#seen.last - this.#seen.first + 1))
      this.#timer = undefined
      if (!this.#closed) this.#begin(start, list)
    } catch {
      this.#timer = undefined
      if (!this.#closed) this.#refreshSoon(RETRY_MS)
    }
  }

  #begin(start: number, list: MessageList): void {
    this.rows.replace({ ...list, start })
    this.unreadAtLoad = list.unread
    this.#cursor = Math.max(this.#cursor, list.cursor)
    this.status = 'ready'
    const waiting = this.#waiting
    this.#waiting = []
    this.apply(waiting)
  }
}
