/**
 * The mailboxes of a login, shared by all of its sessions: INBOX, and what its clients made. They live beside the store
 * and as long as the server does. A name that was deleted while others were below it stays as a level, in which nothing
 * can be selected (RFC 3501 6.3.4).
 *
 * UIDVALIDITY is the time of the store's epoch for all of them: UIDs are never given twice.
 */
import type { MailStore } from '../mail/store.js'
import { Caught } from './caught.js'
import { FlagSets } from './flags.js'
import { Inbox, type LoginMail } from './inbox.js'
import type { Mailbox, Refusal } from './mailbox.js'
import { canonical, DELIMITER, faultOf, INBOX, isBelow, specialUseOf, superiorsOf } from './names.js'
import { OwnMailbox, type Room } from './own-mailbox.js'

/** Of one login, beside INBOX: what the design promises. */
export const MAX_MAILBOXES = 1000
/** In all of these together. */
export const MAX_MESSAGES = 10_000
/** Names that are subscribed to; they need not exist (RFC 3501 6.3.6). */
const MAX_SUBSCRIPTIONS = 2000
/** Logins whose mailboxes are kept: as many as there can be inboxes; those that nobody has used for longest give way. */
const MAX_LOGINS = 10_000

/** What a message takes in memory beside its bytes, and a name that is made or subscribed to: estimates. */
const MESSAGE_OVERHEAD_BYTES = 300
const NAME_BYTES = 1000

/** A name as LIST shows it. */
export interface Listed {
  readonly name: string
  readonly attributes: readonly string[]
}

const refused = (code: string, text: string): Refusal => ({ type: 'refused', code, text })
const isInboxName = (name: string) => canonical(name) === INBOX

export class Mailboxes {
  readonly username: string
  readonly uidValidity: number
  readonly inbox: Inbox
  /** Sessions that use it. */
  sessions = 0
  readonly #host: MailboxHost
  /** By name; null for a level that holds no messages. */
  readonly #own = new Map<string, OwnMailbox | null>()
  readonly #subscribed = new Set<string>()
  #messages = 0
  /** What its names take, as it was counted last. */
  #nameBytes = 0

  constructor(host: MailboxHost, username: string, inbox: Inbox) {
    this.#host = host
    this.username = username
    this.uidValidity = host.uidValidity
    this.inbox = inbox
  }

  /** The mailbox of a name, or why there is none. */
  get(given: string): Mailbox | Refusal {
    const name = canonical(given)
    if (name === INBOX) return this.inbox
    const mailbox = this.#own.get(name)
    if (mailbox === undefined) return refused('NONEXISTENT', `There is no mailbox ${JSON.stringify(name)}`)
    if (mailbox === null)
      return refused('NONEXISTENT', `${JSON.stringify(name)} only has mailboxes below it; CREATE it first`)
    return mailbox
  }

  /** A name that ends in the delimiter says that others will be below it (RFC 3501 6.3.3): it is made all the same. */
  create(given: string): Refusal | null {
    const name = canonical(given.endsWith(DELIMITER) ? given.slice(0, -DELIMITER.length) : given)
    const fault = faultOf(name)
    if (fault !== null) return refused(fault.code, fault.text)
    if (name === INBOX) return refused('ALREADYEXISTS', 'INBOX is always there')
    if (this.#own.get(name)) return refused('ALREADYEXISTS', `${JSON.stringify(name)} is there already`)
    const refusal = this.#refusalOfNames([...this.#missingAbove(name), name])
    if (refusal !== null) return refusal
    this.#make(name, new OwnMailbox(this.#means()))
    this.#countNames()
    this.#host.announce()
    return null
  }

  async delete(given: string): Promise<Refusal | null> {
    const name = canonical(given)
    if (name === INBOX) return refused('CANNOT', 'INBOX cannot be deleted')
    const mailbox = this.#own.get(name)
    if (mailbox === undefined) return refused('NONEXISTENT', `There is no mailbox ${JSON.stringify(name)}`)
    const hasBelow = this.#below(name).length > 0
    if (mailbox === null && hasBelow)
      return refused('HASCHILDREN', `${JSON.stringify(name)} has mailboxes below it; delete these first`)
    if (hasBelow) this.#own.set(name, null)
    else this.#own.delete(name)
    await mailbox?.remove(mailbox.entries)
    this.#dropEmptyLevels(name)
    this.#countNames()
    return null
  }

  /** Renames with all that is below; INBOX is emptied into the new name, and stays (RFC 3501 6.3.5). */
  async rename(from: string, to: string): Promise<Refusal | null> {
    const old = canonical(from)
    const name = canonical(to)
    const fault = faultOf(name)
    if (fault !== null) return refused(fault.code, fault.text)
    if (name === INBOX || this.#own.has(name))
      return refused('ALREADYEXISTS', `${JSON.stringify(name)} is there already`)
    if (old === INBOX) return this.#emptyInbox(name)
    if (!this.#own.has(old)) return refused('NONEXISTENT', `There is no mailbox ${JSON.stringify(old)}`)
    if (isBelow(name, old)) return refused('CANNOT', 'A mailbox cannot go below itself')
    const moved = [old, ...this.#below(old)].map(each => [each, name + each.slice(old.length)] as const)
    for (const [, each] of moved) {
      const deep = faultOf(each)
      if (deep !== null) return refused(deep.code, deep.text)
    }
    const refusal = this.#refusalOfNames(this.#missingAbove(name))
    if (refusal !== null) return refusal
    for (const [before, after] of moved) {
      const mailbox = this.#own.get(before) ?? null
      this.#own.delete(before)
      mailbox?.renumber()
      this.#make(after, mailbox)
    }
    this.#dropEmptyLevels(old)
    this.#countNames()
    this.#host.announce()
    return null
  }

  subscribe(given: string): Refusal | null {
    const name = canonical(given)
    const fault = faultOf(name)
    if (fault !== null) return refused(fault.code, fault.text)
    if (this.#subscribed.size >= MAX_SUBSCRIPTIONS && !this.#subscribed.has(name))
      return refused('LIMIT', `There are ${MAX_SUBSCRIPTIONS} subscriptions already`)
    const refusal = this.#host.refusalFor(NAME_BYTES)
    if (refusal !== null) return refusal
    this.#subscribed.add(name)
    this.#countNames()
    return null
  }

  unsubscribe(given: string): void {
    this.#subscribed.delete(canonical(given))
    this.#countNames()
  }

  /** Every name in order, INBOX first. */
  list(): Listed[] {
    const names = [...this.#own.keys()].sort()
    const parents = new Set(names.flatMap(superiorsOf))
    return [INBOX, ...names].map(name => {
      const attributes = [parents.has(name) ? '\\HasChildren' : '\\HasNoChildren']
      if (this.#own.get(name) === null) attributes.push('\\Noselect')
      const use = specialUseOf(name)
      if (use !== undefined) attributes.push(use)
      return { name, attributes }
    })
  }

  /** Every name that is subscribed to, and whether it can be selected. */
  subscriptions(): Listed[] {
    return [...this.#subscribed].sort().map(name => {
      const isThere = name === INBOX || this.#own.get(name)
      return { name, attributes: isThere ? [] : ['\\Noselect'] }
    })
  }

  /** What it still holds is counted no longer: nobody can reach it. */
  async forget(): Promise<void> {
    for (const mailbox of this.#own.values()) await mailbox?.remove(mailbox.entries)
    this.#own.clear()
    this.#subscribed.clear()
    this.#countNames()
  }

  async #emptyInbox(name: string): Promise<Refusal | null> {
    const { inbox } = this
    while (!inbox.catchUp());
    const entries = inbox.entries.filter(({ item }) => item.raw !== null)
    const bytes = entries.reduce((sum, { item }) => sum + (item.raw?.length ?? 0), 0)
    const refusal = this.#room.refusalFor(entries.length, bytes) ?? this.create(name)
    if (refusal !== null) return refusal
    const mailbox = this.#own.get(name) as OwnMailbox
    for (const { item } of entries)
      if (item.raw !== null)
        await mailbox.add({ ...item, raw: item.raw, flags: item.flags, internalDateMs: item.internalDateMs })
    await inbox.remove(entries)
    return null
  }

  #make(name: string, mailbox: OwnMailbox | null): void {
    for (const above of this.#missingAbove(name)) this.#own.set(above, new OwnMailbox(this.#means()))
    this.#own.set(name, mailbox)
  }

  #missingAbove(name: string): string[] {
    return superiorsOf(name).filter(above => !isInboxName(above) && !this.#own.has(above))
  }

  #below(name: string): string[] {
    return [...this.#own.keys()].filter(other => isBelow(other, name))
  }

  /** A level is there for what is below it. */
  #dropEmptyLevels(name: string): void {
    for (const above of superiorsOf(name).reverse())
      if (this.#own.get(above) === null && this.#below(above).length === 0) this.#own.delete(above)
  }

  #refusalOfNames(names: readonly string[]): Refusal | null {
    const added = names.filter(name => !this.#own.has(name)).length
    if (this.#own.size + added <= MAX_MAILBOXES) return this.#host.refusalFor(added * NAME_BYTES)
    return refused('OVERQUOTA', `A login has at most ${MAX_MAILBOXES} mailboxes; delete some first`)
  }

  #countNames(): void {
    const bytes = (this.#own.size + this.#subscribed.size) * NAME_BYTES
    this.#host.take(bytes - this.#nameBytes)
    this.#nameBytes = bytes
  }

  #means() {
    const { flagSets, mark, now, announce } = this.#host
    return { flagSets, mark, now, announce, room: this.#room }
  }

  readonly #room: Room = {
    refusalFor: (messages, bytes) => {
      if (this.#messages + messages > MAX_MESSAGES)
        return refused('OVERQUOTA', `All mailboxes but INBOX together hold at most ${MAX_MESSAGES} messages`)
      return this.#host.refusalFor(bytes + messages * MESSAGE_OVERHEAD_BYTES)
    },
    take: (messages, bytes) => {
      this.#messages += messages
      this.#host.take(bytes + messages * MESSAGE_OVERHEAD_BYTES)
    },
  }
}

/** What all logins have in common. */
export class MailboxHost {
  readonly flagSets = new FlagSets()
  readonly uidValidity: number
  readonly now: () => number
  readonly #store: MailStore
  readonly #caught: Caught
  readonly #byUsername = new Map<string, Mailboxes>()
  readonly #listeners = new Set<() => void>()
  #bytes = 0

  constructor(parts: { store: MailStore; now: () => number }) {
    this.#store = parts.store
    this.now = parts.now
    this.uidValidity = parts.store.epoch.time
    this.#caught = new Caught(parts.store, this.flagSets, this.announce)
  }

  /** Calls `fn` when something has changed that the store does not tell of; gives the way to stop. */
  subscribe(fn: () => void): () => void {
    this.#listeners.add(fn)
    return () => this.#listeners.delete(fn)
  }

  /** The mailboxes of a user who has logged in, for one session more. */
  open(username: string, mail: LoginMail): Mailboxes {
    const mailboxes =
      this.#byUsername.get(username) ?? new Mailboxes(this, username, new Inbox(this.#store, this.#caught, mail))
    // Deleted first, so that the map's order is the order of use.
    this.#byUsername.delete(username)
    this.#byUsername.set(username, mailboxes)
    mailboxes.sessions += 1
    if (this.#byUsername.size > MAX_LOGINS) this.#forgetOldest()
    return mailboxes
  }

  close(mailboxes: Mailboxes): void {
    mailboxes.sessions -= 1
  }

  readonly announce = (): void => {
    for (const listener of this.#listeners) listener()
  }

  readonly mark = (): number => this.#store.mark()

  /** What clients put beside the store is bounded as the store is. */
  refusalFor(bytes: number): Refusal | null {
    const { maxBytes } = this.#store.bounds
    if (this.#bytes + bytes <= maxBytes) return null
    return refused('OVERQUOTA', `All mailboxes but INBOX together hold at most ${maxBytes} bytes: see --max-bytes`)
  }

  take(bytes: number): void {
    this.#bytes += bytes
  }

  #forgetOldest(): void {
    for (const [username, mailboxes] of this.#byUsername) {
      if (mailboxes.sessions > 0) continue
      this.#byUsername.delete(username)
      void mailboxes.forget()
      return
    }
  }
}
