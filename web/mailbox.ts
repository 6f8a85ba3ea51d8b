/**
 * Everything the page knows and does: the list, the counts, the connection, and deletions that can still be undone.
 *
 * A deletion hides first and asks the server when the time for undo is over, or when the page is left. Flags are set
 * at once and corrected by what the server says.
 */
import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Summary } from '../server/http/schema.js'
import * as api from './api.js'
import { Listing } from './listing.js'
import { type Change, type Connection, Live } from './live.js'
import { forgetMessages } from './message.js'

/** How long a deletion can be undone. */
const UNDO_MS = 7_000
/** How long the page says that something went wrong. */
const NOTICE_MS = 8_000
/** Pause between counts by the server: what left was perhaps unread, and only it knows. */
const RECOUNT_MS = 500
/** Pause between attempts to reach a server that has never answered. */
const BOOT_RETRY_MS = 1_500

/** Messages that have left are remembered up to this many: one of them may be open. */
const MAX_GONE = 10_000

const EVERYTHING: api.Filter = { q: '', unreadOnly: false }

export interface Counts {
  total: number
  unread: number
}

/** A deletion that waits for its time to be over. */
export interface Deletion {
  readonly key: number
  readonly what:
    | { type: 'one'; message: Summary }
    | { type: 'all'; filter: api.Filter; until: number; instance: string }
  /** What the counts show less meanwhile. */
  readonly counts: Counts
}

export interface Notice {
  key: number
  text: string
  tone: 'plain' | 'error'
}

export class Mailbox {
  connection: Connection = 'connecting'
  /** The server as a whole has refused us, and why: nothing can be shown. */
  refused: api.RequestError | undefined
  notice: Notice | undefined
  /** Counts the server's lives that the page has seen. */
  life = 0
  listing: Listing
  deletions: Deletion[] = []

  /** Messages that have left while the page was looking: one of them may be open. */
  readonly #gone = new Set<string>()
  #counts: Counts | undefined
  #countsCursor = 0
  #recountTimer: ReturnType<typeof setTimeout> | undefined
  /** The last change applied: what a deletion of everything reaches up to. */
  #cursor = 0
  #instance = ''
  /** The list that is being read, to take the place of the one that is shown. */
  #next: Listing | undefined
  readonly #live: Live
  /** Follows the search, which the server evaluates. */
  #searchLive: Live | undefined
  readonly #undoTimers = new Map<number, ReturnType<typeof setTimeout>>()
  #keys = 0
  #version = 0
  readonly #watchers = new Set<() => void>()

  constructor(filter: api.Filter) {
    this.listing = this.#listing(filter)
    this.#live = new Live('', {
      connection: state => {
        this.connection = state
        this.#changed()
      },
      hello: ({ total, unread, cursor }) => {
        this.#counts = { total, unread }
        this.#countsCursor = cursor
        this.#changed()
      },
      changes: batch => this.#apply(batch),
      reload: () => void this.#boot(),
    })
    void this.#boot()
    addEventListener('pagehide', () => this.#commitAll())
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** A number that changes with everything that can be seen. */
  readonly version = (): number => this.#version

  /** The messages there are, those being deleted left out; undefined until the server has said so. */
  get counts(): Counts | undefined {
    if (!this.#counts) return undefined
    let { total, unread } = this.#counts
    for (const { counts } of this.deletions) {
      total -= counts.total
      unread -= counts.unread
    }
    return { total: Math.max(0, total), unread: Math.max(0, unread) }
  }

  /** Looks at another list. The one that is shown stays until the other is there. */
  setFilter(filter: api.Filter): void {
    const shown = (this.#next ?? this.listing).filter
    if (shown.q === filter.q && shown.unreadOnly === filter.unreadOnly) return
    // What is being deleted as a whole is hidden as a whole, in its own list only.
    for (const deletion of this.deletions) if (deletion.what.type === 'all') void this.#commit(deletion)
    void this.#read(filter)
  }

  /** The message next to one in the list, or the first where that one is not in it. */
  neighbour(id: string | null, step: 1 | -1): Summary | undefined {
    const { rows } = this.listing
    const index = id === null ? undefined : rows.indexOf(id)
    return rows.at(index === undefined ? 0 : index + step)
  }

  async setRead(message: Pick<Summary, 'id' | 'read'>, read: boolean): Promise<void> {
    if (message.read === read) return
    this.#setReadHere(message.id, read)
    try {
      await api.markRead([message.id], read)
    } catch (error) {
      this.#setReadHere(message.id, !read)
      this.#fail('Could not mark the message', error)
    }
  }

  async markAllRead(): Promise<void> {
    try {
      await api.markAllRead(this.listing.filter.q)
    } catch (error) {
      this.#fail('Could not mark the messages', error)
    }
  }

  /** Hides a message, and deletes it when the time for undo is over. */
  delete(message: Summary): void {
    if (this.deletions.some(({ what }) => what.type === 'one' && what.message.id === message.id)) return
    this.listing.rows.hide(message.id)
    this.#plan({ type: 'one', message }, { total: 1, unread: message.read ? 0 : 1 })
  }

  /** Hides everything in the list, and deletes it when the time for undo is over; what comes meanwhile is spared. */
  deleteAll(): void {
    const { rows, filter } = this.listing
    const everything = filter.q === '' && !filter.unreadOnly
    // Deletions of single messages that wait are part of this one for the server, and would be counted twice.
    this.#commitAll()
    const counts = (everything && this.counts) || { total: rows.total, unread: this.listing.unreadAtLoad }
    rows.hideAll()
    this.#plan({ type: 'all', filter, until: this.#cursor, instance: this.#instance }, counts)
  }

  /** Takes the last deletion back. Returns what it was. */
  undo(): Deletion | undefined {
    const deletion = this.deletions.at(-1)
    if (!deletion) return undefined
    this.#forget(deletion)
    if (deletion.what.type === 'one') this.listing.rows.show(deletion.what.message.id)
    else this.listing.rows.showAll()
    this.#changed()
    return deletion
  }

  isBeingDeleted(id: string): boolean {
    return this.deletions.some(({ what }) => what.type === 'one' && what.message.id === id)
  }

  /** Whether a message has left while the page was looking. */
  isGone(id: string): boolean {
    return this.#gone.has(id)
  }

  async addMessage(raw: string, envelope: { from: string; to: string }): Promise<void> {
    try {
      await api.addMessage(raw, envelope)
    } catch (error) {
      this.#fail('Could not add the message', error)
    }
  }

  /** Copies text, and says so. */
  async copy(text: string, what: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      this.say(`Copied ${what}`)
    } catch {
      // Outside of a secure context (plain http to another machine) there is no clipboard to write to.
      this.say(copyBySelection(text) ? `Copied ${what}` : `This browser does not let the page copy. It is: ${text}`)
    }
  }

  say(text: string, tone: Notice['tone'] = 'plain'): void {
    const key = ++this.#keys
    this.notice = { key, text, tone }
    this.#changed()
    setTimeout(() => {
      if (this.notice?.key === key) this.dismiss()
    }, NOTICE_MS)
  }

  dismiss(): void {
    this.notice = undefined
    this.#changed()
  }

  /** Renders anew what depends on how the list is looked at. */
  refresh(): void {
    this.#changed()
  }

  async #boot(): Promise<void> {
    try {
      const all = await api.listMessages(EVERYTHING, 0, 100)
      this.refused = undefined
      this.#counts = { total: all.total, unread: all.unread }
      this.#countsCursor = all.cursor
      this.#cursor = all.cursor
      if (this.#instance !== '' && this.#instance !== all.instance) this.#beginNewLife()
      this.#instance = all.instance
      this.#live.start(all.cursor, all.instance)
      const { filter } = this.#next ?? this.listing
      this.#read(filter, filter.q === '' && !filter.unreadOnly ? all : undefined)
    } catch (error) {
      if (!(error instanceof api.RequestError)) throw error
      if (error.status === 0) this.connection = 'lost'
      else this.refused = error
      this.#changed()
      setTimeout(() => void this.#boot(), BOOT_RETRY_MS)
    }
  }

  #listing(filter: api.Filter): Listing {
    return new Listing(filter, () => this.#changed())
  }

  async #read(filter: api.Filter, page?: Awaited<ReturnType<typeof api.listMessages>>): Promise<void> {
    this.#next?.close()
    const next = this.#listing(filter)
    this.#next = next
    this.#searchLive?.stop()
    this.#searchLive = undefined
    for (const { what } of this.deletions) if (what.type === 'one') next.rows.hide(what.message.id)
    const list = await next.load(page)
    if (this.#next !== next) return
    this.listing.close()
    this.listing = next
    this.#next = undefined
    if (list && filter.q !== '') {
      this.#searchLive = new Live(filter.q, {
        connection: () => {},
        hello: () => {},
        changes: batch => next.apply(batch),
        reload: () => void this.#read(filter),
      })
      this.#searchLive.start(list.cursor, list.instance)
    }
    this.#changed()
  }

  #apply(batch: Change[]): void {
    let mustCount = false
    for (const change of batch) {
      this.#cursor = change.seq
      if (change.type === 'message.removed') this.#remember(change.ids)
      if (change.type !== 'message.added') mustCount = true
      else if (this.#counts && change.seq > this.#countsCursor) {
        this.#counts.total += 1
        if (!change.message.read) this.#counts.unread += 1
      }
    }
    if (mustCount) this.#recountSoon()
    for (const listing of [this.listing, this.#next]) if (listing?.filter.q === '') listing.apply(batch)
    this.#changed()
  }

  #remember(ids: string[]): void {
    for (const id of ids) this.#gone.add(id)
    for (const id of this.#gone) {
      if (this.#gone.size <= MAX_GONE) break
      this.#gone.delete(id)
    }
  }

  #recountSoon(): void {
    this.#recountTimer ??= setTimeout(() => {
      this.#recountTimer = undefined
      void this.#recount()
    }, RECOUNT_MS)
  }

  async #recount(): Promise<void> {
    try {
      const { total, unread, cursor } = await api.listMessages(EVERYTHING, 0, 1)
      this.#counts = { total, unread }
      this.#countsCursor = cursor
      if (cursor < this.#cursor) this.#recountSoon()
      this.#changed()
    } catch {
      // The next hello brings the counts.
    }
  }

  #setReadHere(id: string, read: boolean): void {
    this.listing.rows.changed(id, { read })
    if (this.#counts) this.#counts.unread += read ? -1 : 1
    this.#changed()
  }

  #plan(what: Deletion['what'], counts: Counts): void {
    const deletion: Deletion = { key: ++this.#keys, what, counts }
    this.deletions = [...this.deletions, deletion]
    this.#undoTimers.set(
      deletion.key,
      setTimeout(() => void this.#commit(deletion), UNDO_MS),
    )
    this.#changed()
  }

  #forget(deletion: Deletion): void {
    clearTimeout(this.#undoTimers.get(deletion.key))
    this.#undoTimers.delete(deletion.key)
    this.deletions = this.deletions.filter(other => other !== deletion)
  }

  #commitAll(): void {
    for (const deletion of this.deletions) void this.#commit(deletion)
  }

  /** The server was started anew: what was there is gone, and so is what was to be deleted. */
  #beginNewLife(): void {
    this.life += 1
    this.#gone.clear()
    forgetMessages()
    for (const deletion of this.deletions) this.#forget(deletion)
  }

  async #commit(deletion: Deletion): Promise<void> {
    const { what } = deletion
    clearTimeout(this.#undoTimers.get(deletion.key))
    try {
      if (what.type === 'one') {
        await api.deleteMessage(what.message.id)
        this.listing.removeHere(what.message.id)
      } else {
        await api.deleteUntil(what.filter, what.until, what.instance)
        await this.#read(this.listing.filter)
      }
      this.#forget(deletion)
      if (this.#counts) {
        this.#counts.total -= deletion.counts.total
        this.#counts.unread -= deletion.counts.unread
      }
    } catch (error) {
      this.#forget(deletion)
      if (what.type === 'one') this.listing.rows.show(what.message.id)
      else this.listing.rows.showAll()
      this.#fail('Could not delete', error)
    }
    this.#recountSoon()
    this.#changed()
  }

  #fail(what: string, error: unknown): void {
    if (!(error instanceof api.RequestError)) throw error
    this.say(`${what}: ${error.message} ${error.fix}`, 'error')
  }

  #changed(): void {
    this.#version += 1
    for (const watcher of this.#watchers) watcher()
  }
}

/** The way to the clipboard that is left without a secure context. */
function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'off-screen'
  document.body.append(field)
  field.select()
  const copied = document.execCommand('copy')
  field.remove()
  return copied
}

const MailboxContext = createContext<Mailbox | null>(null)
export const MailboxProvider = MailboxContext.Provider

/** The mailbox for what it can do: the component is not rendered anew when something in it changes. */
export function useMailboxActions(): Mailbox {
  const mailbox = useContext(MailboxContext)
  if (!mailbox) throw new Error('the mailbox is used outside of its MailboxProvider')
  return mailbox
}

/** The mailbox; the component renders anew whenever anything in it changes. */
export function useMailbox(): Mailbox {
  const mailbox = useMailboxActions()
  useSyncExternalStore(mailbox.subscribe, mailbox.version)
  return mailbox
}
