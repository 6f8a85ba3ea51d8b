/**
 * What a session has been told of its mailbox: which message has which number, and which flags. It catches up by comparing
 * itself with the mailbox and not by queueing what happens, so that it is right whatever several clients do, and holds
 * nothing while its client is silent.
 *
 * RFC 3501 7.4.1: a message that is gone keeps its number until the session may say so, which `expunge` tells.
 */
import { type Flags, RECENT, SETTABLE } from './flags.js'
import { type Item, type Mailbox, placeOf } from './mailbox.js'

/** A message of the view; its number is its place, counted from 1. */
export interface Row {
  readonly uid: number
  readonly item: Item
  /** Whether this session was the first to be told of it. */
  readonly isRecent: boolean
  /** The flags that the client knows of. */
  told: Flags
  /** What it has asked of it so far, for the session's outcome: each message counts once. */
  asked: 'nothing' | 'about' | 'content'
}

/** Changes that are told at a time: the rest is found by the next comparison. */
const MAX_TOLD = 3000

/** The flags of a message as a session sees them. */
export function shownFlags(flags: Flags, isRecent: boolean): Flags {
  return isRecent ? [...flags, RECENT] : flags
}

export class View {
  readonly mailbox: Mailbox
  readonly readOnly: boolean
  #rows: Row[] = []
  /** The mailbox's version that all was told of; -1 where something was held back. */
  #version = -1
  #recents = 0
  #toldRecents = 0
  /** Every UID below it was taken in. */
  #uidNext = 0
  #isBehind = false
  readonly #keywords = new Set<string>()

  constructor(mailbox: Mailbox, readOnly: boolean) {
    this.mailbox = mailbox
    this.readOnly = readOnly
    // The answers to SELECT say how many there are.
    this.#takeNew()
    this.#toldRecents = this.#recents
    this.#version = mailbox.version
    for (const { told } of this.#rows) for (const flag of told) this.#keywords.add(flag)
    for (const flag of SETTABLE) this.#keywords.delete(flag)
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  get recents(): number {
    return this.#recents
  }

  /** The keywords that the client knows of. */
  get keywords(): readonly string[] {
    return [...this.#keywords]
  }

  /** Whether `catchUp` has more to tell. */
  get isBehind(): boolean {
    return this.#isBehind
  }

  /** The number of a UID; 0 where it is not in the view. */
  numberOf(uid: number): number {
    const place = placeOf(this.#rows, uid)
    return this.#rows[place]?.uid === uid ? place + 1 : 0
  }

  /** What the client has to be told so that it knows what the mailbox is, as untagged responses without their ends. */
  catchUp(expunge: boolean): string[] {
    const said: string[] = []
    this.#isBehind = false
    const { version } = this.mailbox
    if (version !== this.#version) {
      const isComplete = this.#compare(expunge, said)
      this.#version = isComplete ? version : -1
    }
    if (this.#takeNew()) said.push(`${this.#rows.length} EXISTS`)
    if (this.#recents !== this.#toldRecents) said.push(`${this.#recents} RECENT`)
    this.#toldRecents = this.#recents
    return said
  }

  /** What is said of keywords that the client does not know yet; nothing where it knows them. */
  introduce(flags: Flags): string[] {
    const before = this.#keywords.size
    for (const flag of flags) if (!flag.startsWith('\\')) this.#keywords.add(flag)
    return this.#keywords.size === before ? [] : [`FLAGS (${[...SETTABLE, ...this.#keywords].join(' ')})`]
  }

  /** Tells what has left and which flags are others; false where something is left to tell. */
  #compare(expunge: boolean, said: string[]): boolean {
    const { entries } = this.mailbox
    const gone: number[] = []
    const changed: number[] = []
    let at = 0
    for (let place = 0; place < this.#rows.length; place++) {
      const row = this.#rows[place] as Row
      while (at < entries.length && (entries[at] as Row).uid < row.uid) at += 1
      if (entries[at]?.uid !== row.uid) gone.push(place)
      else if (row.told !== row.item.flags) changed.push(place)
    }
    const left = expunge ? new Set<number>() : null
    // From the last on, so that none changes the number of another.
    for (let n = gone.length - 1; left !== null && n >= 0 && left.size < MAX_TOLD; n--) {
      const place = gone[n] as number
      said.push(`${place + 1} EXPUNGE`)
      left.add(place)
    }
    if (left !== null && left.size > 0) {
      this.#rows = this.#rows.filter((row, place) => {
        if (!left.has(place)) return true
        if (row.isRecent) this.#recents -= 1
        return false
      })
    }
    const hasMoreGone = left !== null && left.size < gone.length
    const numbers = left === null || left.size === 0 ? null : [...left].sort((a, b) => a - b)
    let before = 0
    let told = 0
    for (const place of changed) {
      if (hasMoreGone || told === MAX_TOLD) break
      while (numbers !== null && before < numbers.length && (numbers[before] as number) < place) before += 1
      const number = place - before + 1
      said.push(...this.tellFlags(number))
      told += 1
    }
    this.#isBehind = hasMoreGone || told < changed.length
    return !this.#isBehind && (left !== null || gone.length === 0)
  }

  /** The response that tells the flags of a message, which the client knows from then on. */
  tellFlags(number: number): string[] {
    const row = this.#rows[number - 1] as Row
    row.told = row.item.flags
    const flags = shownFlags(row.told, row.isRecent).join(' ')
    return [...this.introduce(row.told), `${number} FETCH (UID ${row.uid} FLAGS (${flags}))`]
  }

  #takeNew(): boolean {
    const { entries, uidNext } = this.mailbox
    const first = placeOf(entries, this.#uidNext)
    this.#uidNext = uidNext
    if (first === entries.length) return false
    const recentFrom = this.readOnly ? this.mailbox.recentFrom : this.mailbox.claimRecent()
    for (let place = first; place < entries.length; place++) {
      const { uid, item } = entries[place] as Row
      const isRecent = uid >= recentFrom
      if (isRecent) this.#recents += 1
      this.#rows.push({ uid, item, isRecent, told: item.flags, asked: 'nothing' })
    }
    return true
  }
}
