/**
 * Everything the page knows and does: the list, the counts, the connection, and deletions that can still be undone.
 *
 * A deletion hides first and asks the server when the time for undo is over, or when the page is left. Flags are set
 * at once and corrected by what the server says.
 */
import type { Rule, Summary } from '../server/http/schema.js'
import { Announcements } from './announcements.js'
import * as api from './api.js'
import { chooseFiles } from './choose-files.js'
import { copyText } from './clipboard.js'
import { countsIn, type Deletion, Deletions } from './deletions.js'
import type { Batch } from './imports.js'
import { InboxNames } from './inboxes.js'
import { Listing } from './listing.js'
import { type Change, type Connection, Live } from './live.js'
import { flagMessage, forgetMessages } from './message.js'
import { notifyOf } from './notifications.js'
import { Rules } from './rules.js'
import { Sessions } from './sessions.js'
import { type Counts, Tally } from './tally.js'

/** How long the page says that something went wrong. */
const NOTICE_MS = 8_000
/** Pause between attempts to reach a server that has never answered. */
const BOOT_RETRY_MS = 1_500

/** Messages that have left are remembered up to this many: one of them may be open. */
const MAX_GONE = 10_000

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
  /** Files that are being added. */
  imports: readonly Batch[] = []
  /** Counts the server's lives that the page has seen. */
  life = 0
  listing: Listing
  /** Messages that came to other inboxes than the chosen one, since it was chosen or the others were looked at. */
  elsewhere = 0
  readonly inboxes = new InboxNames(() => this.#changed())
  readonly sessions = new Sessions(() => this.#changed())
  readonly rules = new Rules(() => this.#changed())
  readonly announcements = new Announcements(() => this.#changed(), notifyOf)
  readonly deletions = new Deletions(
    deletion => this.#carryOut(deletion),
    () => this.#changed(),
  )

  /** Messages that have left while the page was looking: one of them may be open. */
  readonly #gone = new Set<string>()
  readonly #tally: Tally
  /** The last change applied: what a deletion of everything reaches up to. */
  #cursor = 0
  #instance = ''
  /** The list that is being read, to take the place of the one that is shown. */
  #next: Listing | undefined
  readonly #live: Live
  /** Follows the search, which the server evaluates. */
  #searchLive: Live | undefined
  #keys = 0
  #version = 0
  readonly #watchers = new Set<() => void>()

  constructor(filter: api.Filter) {
    this.listing = this.#listing(filter)
    this.#tally = new Tally(filter.inbox, () => this.#changed())
    this.#live = new Live(
      {},
      {
        connection: state => {
          this.connection = state
          // A list that could not be read while the server was away.
          if (state === 'live' && this.listing.status instanceof api.RequestError) void this.#read(this.listing.filter)
          this.#changed()
        },
        hello: greeting => {
          if (this.#tally.inbox === null) this.#tally.set(greeting)
          else this.#tally.recountSoon()
          this.inboxes.refresh()
          this.sessions.catchUp()
          void this.rules.read()
          this.#changed()
        },
        changes: batch => this.#apply(batch),
        session: event => this.sessions.take(event),
        rule: event => this.rules.take(event),
        reload: () => void this.#boot(),
      },
    )
    void this.#boot()
    addEventListener('pagehide', () => void this.deletions.commit())
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** A number that changes with everything that can be seen. */
  readonly version = (): number => this.#version

  /** The messages of the chosen inbox, those being deleted left out; undefined until the server has said so. */
  get counts(): Counts | undefined {
    const { counts, inbox } = this.#tally
    if (!counts) return undefined
    const { total, unread } = this.deletions.countsIn(inbox)
    return { total: Math.max(0, counts.total - total), unread: Math.max(0, counts.unread - unread) }
  }

  /** Looks at another list. The one that is shown stays until the other is there. */
  setFilter(filter: api.Filter): void {
    const shown = (this.#next ?? this.listing).filter
    if (shown.inbox === filter.inbox && shown.q === filter.q && shown.unreadOnly === filter.unreadOnly) return
    if (filter.inbox !== this.#tally.inbox) {
      this.#tally.choose(filter.inbox)
      this.elsewhere = 0
    }
    // What is being deleted as a whole is hidden as a whole, in its own list only.
    void this.deletions.commit(({ what }) => what.type === 'all')
    void this.#read(filter)
  }

  /** The other inboxes are looked at. */
  seeElsewhere(): void {
    this.inboxes.refresh()
    this.elsewhere = 0
    this.#changed()
  }

  /** The message next to one in the list, or the first where that one is not in it. */
  neighbour(id: string, step: 1 | -1): Summary | undefined {
    const { rows } = this.listing
    const index = rows.indexOf(id)
    return rows.at(index === undefined ? rows.newer : index + step)
  }

  async setRead(messages: Pick<Summary, 'id' | 'read'>[], read: boolean): Promise<void> {
    const others = messages.filter(message => message.read !== read)
    if (others.length === 0) return
    for (const { id } of others) this.#setReadHere(id, read)
    try {
      await api.markRead(
        others.map(({ id }) => id),
        read,
      )
    } catch (error) {
      for (const { id } of others) this.#setReadHere(id, !read)
      this.#fail('Could not mark the message', error)
    }
  }

  async markAllRead(): Promise<void> {
    try {
      await api.markAllRead(this.listing.filter)
    } catch (error) {
      this.#fail('Could not mark the messages', error)
    }
  }

  /** Hides messages, and deletes them when the time for undo is over. */
  delete(messages: Summary[]): void {
    const fresh = messages.filter(({ id }) => !this.deletions.has(id))
    if (fresh.length === 0) return
    for (const { id } of fresh) this.listing.rows.hide(id)
    const unread = fresh.filter(({ read }) => !read).length
    this.deletions.plan({ type: 'some', messages: fresh }, { total: fresh.length, unread })
    this.#changed()
  }

  /** Hides everything in the list, and deletes it when the time for undo is over; what comes meanwhile is spared. */
  deleteAll(): void {
    const { rows, filter } = this.listing
    const everything = filter.q === '' && !filter.unreadOnly && filter.inbox === this.#tally.inbox
    const counts = (everything && this.counts) || { total: rows.total, unread: this.listing.unreadAtLoad }
    rows.hideAll()
    this.deletions.plan({ type: 'all', filter, until: this.#cursor, instance: this.#instance }, counts)
    this.#changed()
  }

  /** Hides rules, and removes them when the time for undo is over. Until then they are off. */
  removeRules(rules: readonly Rule[]): void {
    if (rules.length === 0) return
    this.deletions.plan({ type: 'rules', rules }, { total: 0, unread: 0 })
    this.#changed()
    this.turnRules(activeOf(rules), false)
  }

  /** Switches rules on or off; on, they begin anew. */
  turnRules(rules: readonly Rule[], enabled: boolean): void {
    if (rules.length === 0) return
    this.rules.turn(rules, enabled).catch(error => this.#fail('Could not change the rule', error))
  }

  /** Takes the last deletion back. Returns what it was. */
  undo(): Deletion | undefined {
    const deletion = this.deletions.undo()
    if (deletion) this.#showAgain(deletion)
    this.#changed()
    return deletion
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

  /** Adds mail that lies in files, to the inbox that is looked at where it names no other. */
  addFiles(files: readonly File[]): void {
    if (files.length === 0) return
    this.imports = [...this.imports, { files, inbox: this.listing.filter.inbox }]
    this.#changed()
  }

  /** Lets the reader choose such files. */
  chooseFiles(): void {
    chooseFiles(files => this.addFiles(files))
  }

  /** Says no more of files that were added; what of them is still to be sent is not. */
  readonly dropImport = (batch: Batch): void => {
    this.imports = this.imports.filter(other => other !== batch)
    this.#changed()
  }

  /** Copies text, and says so. */
  async copy(text: string, what: string): Promise<void> {
    const isCopied = await copyText(text)
    this.say(isCopied ? `Copied ${what}` : `This browser does not let the page copy. It is: ${text}`)
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
      const { inbox } = this.#tally
      const all = await api.listMessages({ inbox, q: '', unreadOnly: false }, 0, 100)
      this.refused = undefined
      if (inbox === this.#tally.inbox) this.#tally.set(all)
      this.#cursor = all.cursor
      if (this.#instance !== '' && this.#instance !== all.instance) this.#beginNewLife()
      this.#instance = all.instance
      this.#live.start(all.cursor, all.instance)
      const { filter } = this.#next ?? this.listing
      this.#read(filter, filter.q === '' && !filter.unreadOnly && filter.inbox === inbox ? all : undefined)
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
    for (const { id } of this.deletions.messages) next.rows.hide(id)
    const list = await next.load(page)
    if (this.#next !== next) return
    this.listing.close()
    this.listing = next
    this.#next = undefined
    if (list && filter.q !== '') {
      this.#searchLive = new Live(
        { q: filter.q, ...(filter.inbox !== null && { inbox: filter.inbox }) },
        {
          connection: () => {},
          hello: () => {},
          changes: batch => next.apply(batch),
          reload: () => void this.#read(filter),
        },
      )
      this.#searchLive.start(list.cursor, list.instance)
    }
    this.#changed()
  }

  #apply(batch: Change[]): void {
    for (const change of batch) {
      this.#cursor = change.seq
      if (change.type === 'message.added') {
        if (this.#tally.arrived(change.message, change.seq)) this.announcements.arrived(change.message)
        if (!this.#tally.isOf(change.message)) this.elsewhere += 1
        this.inboxes.see(change.message.inboxes)
        continue
      }
      this.#tally.changed(change.seq)
      if (change.type === 'message.removed') this.#remember(change.ids)
      else {
        flagMessage(change.id, change.read)
        this.inboxes.see(change.inboxes)
      }
    }
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

  #setReadHere(id: string, read: boolean): void {
    this.listing.rows.changed(id, { read })
    flagMessage(id, read)
    this.#tally.subtract({ total: 0, unread: read ? 1 : -1 })
    this.#changed()
  }

  #showAgain({ what }: Deletion): void {
    if (what.type === 'rules') this.turnRules(activeOf(what.rules), true)
    else if (what.type === 'all') this.listing.rows.showAll()
    else for (const { id } of what.messages) this.listing.rows.show(id)
    this.#changed()
  }

  /** The server was started anew: what was there is gone, and so is what was to be deleted. */
  #beginNewLife(): void {
    this.life += 1
    this.#gone.clear()
    forgetMessages()
    this.deletions.clear()
    this.elsewhere = 0
    this.say('maildouble was started anew: what it held before is gone.')
  }

  async #carryOut(deletion: Deletion): Promise<void> {
    const { what } = deletion
    try {
      if (what.type === 'rules') return await this.rules.remove(what.rules)
      if (what.type === 'some') {
        await Promise.all(what.messages.map(({ id }) => api.deleteMessage(id)))
        for (const { id } of what.messages) this.listing.removeHere(id)
      } else {
        await api.deleteUntil(what.filter, what.until, what.instance)
        await this.#read(this.listing.filter)
      }
      this.#tally.subtract(countsIn(deletion, this.#tally.inbox))
    } catch (error) {
      this.#showAgain(deletion)
      this.#fail(what.type === 'rules' ? 'Could not remove the rule' : 'Could not delete', error)
    }
    this.#tally.recountSoon()
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

const activeOf = (rules: readonly Rule[]) => rules.filter(({ active }) => active)
