/**
 * INBOX: what a login sees of the store. It is not told of changes but looks at them when somebody asks, so that a login
 * that nobody uses costs nothing when mail comes.
 *
 * The UID of a message is its number in the store. One that is put into an inbox after later ones came (an inbox that was
 * registered late) takes a new number: UIDs only rise (RFC 3501 2.3.1.1).
 */
import type { Added } from '../mail/by-hand.js'
import { explainRefusal } from '../mail/by-hand.js'
import type { Stored } from '../mail/message.js'
import type { Change, MailStore } from '../mail/store.js'
import type { Caught } from './caught.js'
import type { FlagChange, Flags } from './flags.js'
import { type Entry, type Mailbox, type NewMessage, type Placed, placeOf, type Refusal } from './mailbox.js'

/** What a login means: which messages it sees, and how one is added for it. */
export interface LoginMail {
  sees(message: Stored): boolean
  /** Puts a message in so that the login sees it. */
  add(raw: Buffer): Promise<Added>
}

/** Messages that are looked at in a turn: some milliseconds. */
const MESSAGES_OF_A_TURN = 2000

export class Inbox implements Mailbox {
  readonly #store: MailStore
  readonly #caught: Caught
  readonly #mail: LoginMail
  #entries: Entry[] = []
  #uidNext = 1
  #removals = 0
  #recentFrom = 0
  /** The change up to which all is taken in. */
  #cursor = 0
  /** While everything in the store is looked at: the last message that was. Null otherwise. */
  #walkedTo: number | null = 0
  /** UIDs of messages that came in late, by their numbers in the store. */
  readonly #late = new Map<number, number>()

  constructor(store: MailStore, caught: Caught, mail: LoginMail) {
    this.#store = store
    this.#caught = caught
    this.#mail = mail
    this.#cursor = store.cursor
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  get uidNext(): number {
    return this.#uidNext
  }

  get version(): number {
    return this.#removals + this.#caught.version
  }

  get recentFrom(): number {
    return this.#recentFrom
  }

  claimRecent(): number {
    const from = this.#recentFrom
    this.#recentFrom = this.#uidNext
    return from
  }

  catchUp(): boolean {
    if (this.#walkedTo !== null && !this.#walk(this.#walkedTo)) return false
    const changes = this.#store.changesSince(this.#cursor)
    if (changes === undefined) {
      // The log does not reach back so far.
      this.#cursor = this.#store.cursor
      this.#dropRemoved()
      this.#walkedTo = 0
      return false
    }
    const some = changes.slice(0, MESSAGES_OF_A_TURN)
    for (const change of some) this.#take(change)
    if (some.some(({ type }) => type === 'removed')) this.#dropRemoved()
    if (some.length < changes.length) {
      this.#cursor = (some.at(-1) as Change).seq
      return false
    }
    this.#cursor = this.#store.cursor
    return true
  }

  refusalFor(): null {
    return null
  }

  async add({ raw, flags, internalDateMs }: NewMessage): Promise<Placed> {
    const added = await this.#mail.add(raw)
    if (added.type === 'refused') {
      const [problem, fix] = explainRefusal(added.reason)
      return { type: 'refused', code: added.reason === 'full' ? 'OVERQUOTA' : 'TOOBIG', text: `${problem} ${fix}` }
    }
    const { message } = added
    await this.#caught.dress(message, flags, internalDateMs)
    while (!this.catchUp());
    return { type: 'placed', uid: this.#late.get(message.uid) ?? message.uid }
  }

  setFlags(entries: readonly Entry[], how: FlagChange, flags: Flags): Promise<Refusal | null> {
    return this.#caught.setFlags(
      entries.map(({ item }) => item),
      how,
      flags,
    )
  }

  async remove(entries: readonly Entry[]): Promise<void> {
    await this.#store.remove(entries.flatMap(({ item }) => this.#caught.messageOf(item)?.id ?? []))
    while (!this.catchUp());
  }

  /** Looks at some of what is in the store; true at its end. */
  #walk(since: number): boolean {
    let left = MESSAGES_OF_A_TURN
    for (const message of this.#store.walk('oldest', { since })) {
      if (left === 0) return false
      left -= 1
      this.#walkedTo = message.uid
      this.#consider(message, null)
    }
    this.#walkedTo = null
    return true
  }

  #take(change: Change): void {
    if (change.type === 'removed') return
    const message = this.#store.at(change.uid)
    if (message !== undefined) this.#consider(message, change.seq)
  }

  /** Takes a message in that belongs here; `late` is a number for one that comes after later ones. */
  #consider(message: Stored, late: number | null): void {
    if (this.#has(message) || !this.#mail.sees(message)) return
    let { uid } = message
    if (uid < this.#uidNext) {
      uid = late !== null && late >= this.#uidNext ? late : this.#store.mark()
      this.#late.set(message.uid, uid)
    }
    this.#entries.push({ uid, item: this.#caught.of(message) })
    this.#uidNext = uid + 1
  }

  #has(message: Stored): boolean {
    const uid = this.#late.get(message.uid) ?? message.uid
    const entry = this.#entries[placeOf(this.#entries, uid)]
    return entry?.uid === uid && this.#caught.messageOf(entry.item) === message
  }

  #dropRemoved(): void {
    const left = this.#entries.filter(({ item }) => item.raw !== null)
    if (left.length === this.#entries.length) return
    this.#entries = left
    this.#removals += 1
    for (const uid of this.#late.keys()) if (this.#store.at(uid) === undefined) this.#late.delete(uid)
  }
}
