/**
 * What the soak knows of every message: what was sent, byte for byte, and what became of it. In the end the server has to
 * hold what the ledger says, and nothing else.
 *
 * That a message has left is known from two sides: from the soak's own deletes, and from `message.removed` of a live client
 * that misses nothing. Their numbers must be those that the server counts.
 */
import { createHash, randomBytes } from 'node:crypto'

/**
 * `never`: its end was not sent, so that it must not be there. `unknown`: its end was sent and the answer not heard: it may
 * be there or not, but if it is, whole.
 */
export type State = 'sending' | 'acknowledged' | 'refused' | 'never' | 'unknown'

export interface Entry {
  /** In its subject, and nowhere else. */
  token: string
  inbox: string
  raw: Buffer | undefined
  sha256: string
  state: State
  id: string | undefined
  enteredAtMs: number
}

/** A message whose bytes are still needed. */
export type Sending = Entry & { raw: Buffer }

/** The inbox whose mail never gives way: it holds less than others, and only deleting everything takes from it. */
export const KEPT = 'kept'

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** More tell nothing new. */
const MAX_FAILURES = 50
/** Acknowledged messages of late that readers and deleters choose from. */
const RECENT = 2000

export class Ledger {
  readonly byToken = new Map<string, Entry>()
  readonly byId = new Map<string, Entry>()
  /** Told of by the live client. */
  readonly removed = new Set<string>()
  readonly failures: string[] = []
  /** Looked for and not found: they have to have been removed. */
  readonly missed = new Set<string>()
  readonly recent: Entry[] = []
  /** What the soak's own DELETEs were told. */
  deleted = 0
  /** When everything was deleted: up to behind the answer. What was begun later was not. */
  readonly clearings: { toMs: number }[] = []
  #number = 0
  readonly #run = randomBytes(3).toString('hex')

  fail(why: string): void {
    if (this.failures.length >= MAX_FAILURES) return
    this.failures.push(why)
    console.error(`soak: ${why}`)
  }

  /** A word that nobody else has. */
  reserve(): string {
    this.#number += 1
    return `soak${this.#run}n${this.#number}`
  }

  /** Enters a message; `make` is given its token, and the header that puts it into its inbox. */
  enter(inbox: string, make: (token: string, inboxHeader: string) => Buffer, token = this.reserve()): Sending {
    const raw = make(token, `X-Maildouble-Inbox: ${inbox}\r\n`)
    const known = { token, inbox, raw, sha256: sha256(raw), state: 'sending', id: undefined } as const
    const entry: Sending = { ...known, enteredAtMs: performance.now() }
    this.byToken.set(token, entry)
    return entry
  }

  /** A message is through: by the reply to its data. */
  settle(entry: Entry, reply: string): void {
    entry.raw = undefined
    const id = /^250 .*queued as (\S+)/.exec(reply)?.[1]
    if (id === undefined) {
      entry.state = 'refused'
      return
    }
    entry.state = 'acknowledged'
    entry.id = id
    if (this.byId.has(id)) this.fail(`the id ${id} was given twice`)
    this.byId.set(id, entry)
    this.recent.push(entry)
    if (this.recent.length > RECENT) this.recent.shift()
  }

  /** A message whose client left. */
  abandon(entry: Entry, state: 'never' | 'unknown'): void {
    entry.raw = undefined
    entry.state = state
  }

  /** An acknowledged message of late; undefined while there is none. */
  any(choose: (entry: Entry) => boolean = () => true): Entry | undefined {
    const from = Math.floor(Math.random() * this.recent.length)
    for (let step = 0; step < Math.min(50, this.recent.length); step += 1) {
      const entry = this.recent[(from + step) % this.recent.length] as Entry
      if (choose(entry)) return entry
    }
    return undefined
  }

  count(state: State): number {
    let count = 0
    for (const entry of this.byToken.values()) if (entry.state === state) count += 1
    return count
  }
}

/** What the server holds in the end. */
export interface Holding {
  /** By id. */
  messages: Map<string, { subject: string; sha256: string }>
  counts: { total: number; deleted: number; evicted: number; expired: number }
}

/** Compares the ledger with what the server holds, and fails it where they differ. Gives what was found, in words. */
export function audit(ledger: Ledger, { messages, counts }: Holding): string[] {
  const { byId, byToken, removed } = ledger
  for (const [id, { subject, sha256 }] of messages) {
    const entry = byId.get(id) ?? byToken.get(/soak\w+/.exec(subject)?.[0] ?? '')
    if (!entry) ledger.fail(`${id} (${subject}) is there, and nobody sent it`)
    else if (entry.state === 'acknowledged' ? entry.id !== id : entry.state !== 'unknown')
      ledger.fail(`${id} is there, though its message was ${entry.state}`)
    else if (entry.sha256 !== sha256) ledger.fail(`${id} (${subject}) is not what was sent`)
    if (removed.has(id)) ledger.fail(`${id} is there, though clients were told that it was removed`)
  }
  let acknowledged = 0
  for (const [id, entry] of byId) {
    acknowledged += 1
    if (messages.has(id)) continue
    if (!removed.has(id)) ledger.fail(`${id} (${entry.token}) was acknowledged and is not there`)
    const wasCleared = ledger.clearings.some(({ toMs }) => entry.enteredAtMs <= toMs)
    if (entry.inbox === KEPT && !wasCleared) ledger.fail(`${id} of the small inbox had to give way to another's`)
  }
  for (const id of ledger.missed)
    if (!removed.has(id)) ledger.fail(`${id} was not there when it was asked for, and nothing had removed it`)
  if (counts.total !== messages.size)
    ledger.fail(`the server counts ${counts.total} messages and lists ${messages.size}`)
  if (counts.deleted !== ledger.deleted)
    ledger.fail(`the server counts ${counts.deleted} deleted messages, ${ledger.deleted} were`)
  if (counts.deleted + counts.evicted + counts.expired !== removed.size)
    ledger.fail(`clients were told of ${removed.size} removed messages, the server counts ${JSON.stringify(counts)}`)
  return [
    `${acknowledged.toLocaleString('en-US')} messages acknowledged: ${messages.size} there and the same byte for byte, ` +
      `${counts.deleted} deleted, ${counts.evicted} evicted`,
    `${ledger.count('refused')} refused, ${ledger.count('never')} broken off before their end, ${ledger.count('unknown')} right behind it`,
  ]
}
