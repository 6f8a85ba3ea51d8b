/**
 * How many messages the chosen inbox holds, and how many of them are unread. Arrivals are counted as they come; what
 * left was perhaps unread, and only the server knows, so it is asked again after a pause.
 */
import type { Summary } from '../server/http/schema.js'
import { listMessages } from './api.js'

export interface Counts {
  total: number
  unread: number
}

/** Pause between counts by the server. */
const RECOUNT_MS = 500

export class Tally {
  /** The inbox that is counted; null for all of them. */
  inbox: string | null
  /** Undefined until the server has said so. */
  counts: Counts | undefined
  /** The last change that the counts know of. */
  #cursor = 0
  /** The last change that there was. */
  #latest = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #changed: () => void

  constructor(inbox: string | null, changed: () => void) {
    this.inbox = inbox
    this.#changed = changed
  }

  /** Counts another inbox from now on. */
  choose(inbox: string | null): void {
    this.inbox = inbox
    this.counts = undefined
    void this.#recount()
  }

  /** What the server said. */
  set({ total, unread, cursor }: Counts & { cursor: number }): void {
    this.counts = { total, unread }
    this.#cursor = cursor
    this.#latest = Math.max(this.#latest, cursor)
  }

  /** Whether it is in the chosen inbox. */
  isOf({ inboxes }: Summary): boolean {
    return this.inbox === null || inboxes.includes(this.inbox)
  }

  /** Whether it is new to the chosen inbox. */
  arrived(message: Summary, seq: number): boolean {
    this.#latest = seq
    if (!this.counts || seq <= this.#cursor || !this.isOf(message)) return false
    this.counts.total += 1
    if (!message.read) this.counts.unread += 1
    return true
  }

  /** Something is different about what is there. */
  changed(seq: number): void {
    this.#latest = seq
    this.recountSoon()
  }

  /** So many messages less, ahead of the server's word. */
  subtract({ total, unread }: Counts): void {
    if (this.counts) this.counts = { total: this.counts.total - total, unread: this.counts.unread - unread }
  }

  recountSoon(): void {
    this.#timer ??= setTimeout(() => void this.#recount(), RECOUNT_MS)
  }

  async #recount(): Promise<void> {
    const { inbox } = this
    clearTimeout(this.#timer)
    this.#timer = undefined
    try {
      const list = await listMessages({ inbox, q: '', unreadOnly: false }, 0, 1)
      if (inbox !== this.inbox) return
      this.set(list)
      if (list.cursor < this.#latest) this.recountSoon()
      this.#changed()
    } catch {
      // The next greeting of a server that is back brings the counts.
    }
  }
}
