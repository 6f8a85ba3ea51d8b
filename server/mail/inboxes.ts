/**
 * Which inboxes a message or a recipient belongs to. Pure.
 *
 * A registered inbox has a token, and whatever goes to an address that bears the token as a whole word is in it: so an
 * app with one SMTP configuration serves any number of tests at a time without knowing of them. A message that no
 * registered inbox claims goes by the listener it came to, then by the user who had logged in, then to `default`.
 */

import { firstHeader, parseHeaders } from './headers.js'
import type { Envelope } from './message.js'
import type { Records } from './records.js'
import type { MailStore } from './store.js'
import { QueryError } from './terms.js'

/** Where a message goes that nothing else claims. */
export const DEFAULT_INBOX = 'default'
/** What nobody claims is in it: one list for all such messages. */
const UNCLAIMED = Object.freeze([DEFAULT_INBOX]) as string[]

/** How long a registration lasts unless said. */
export const DEFAULT_TTL_MS = 3_600_000
/** Registrations at a time: one for each test of the largest suites; the one unused for longest gives way. */
export const MAX_INBOXES = 10_000
/** An inbox's name is a word in URLs, user names and options. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/
/** What a person recognizes in an address: words between dots, without what an address would have to quote. */
const HINT = /^[^\s@"(),:;<>[\]\\.]+(?:\.[^\s@"(),:;<>[\]\\.]+)*$/
/** Of a name's hash: 40 bits, in lower-case base 32 (RFC 4648). */
const TOKEN_LETTERS = 8
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
/** A name that was made up: 30 bits, as many as a test run needs. */
const MADE_UP_LETTERS = 6
const MADE_UP_BYTES = 4

/** The header by which a sender names an inbox itself. */
const INBOX_HEADER = 'X-Maildouble-Inbox'

/** A registered inbox. */
export interface Inbox {
  readonly name: string
  /** The word that claims an address for it. */
  readonly token: string
  /** What people read: the title of a test; null where none was given. */
  readonly label: string | null
  readonly ttlMs: number
  /** When it is forgotten unless it is used before. */
  readonly expiresAtMs: number
}

/** What decides on a message's inboxes. */
export interface Delivery {
  /** Every recipient of the envelope. */
  recipients: readonly string[]
  /** The header X-Maildouble-Inbox; null where there is none. */
  header: string | null
  /** The inbox that the listener was given; null for none. */
  listener: string | null
  /** Who had logged in; null or empty for nobody. */
  username: string | null
}

/** Whether a name can be an inbox's. */
export function isInboxName(name: string): boolean {
  return NAME.test(name)
}

/** The word that claims addresses for a name that was chosen: a client derives it in the same way. */
export function tokenOf(sha256OfName: Buffer): string {
  return base32(sha256OfName, TOKEN_LETTERS)
}

/** The inboxes that are registered, and where a message goes. */
export class Inboxes {
  readonly #byName = new Map<string, Inbox>()
  readonly #byToken = new Map<string, Inbox>()
  readonly #forgetters = new Set<(name: string) => void>()
  readonly #sha256: (text: string) => Buffer
  readonly #random: (bytes: number) => Buffer

  constructor(parts: { sha256: (text: string) => Buffer; random: (bytes: number) => Buffer }) {
    this.#sha256 = parts.sha256
    this.#random = parts.random
  }

  /** Registers an inbox, or finds the one of that name and uses it anew. Without a name one is made up. */
  register(
    wanted: { name?: string; label?: string | null; ttlMs?: number },
    nowMs: number,
  ): { inbox: Inbox; created: boolean } {
    const known = wanted.name === undefined ? undefined : this.#byName.get(wanted.name)
    const ttlMs = wanted.ttlMs ?? known?.ttlMs ?? DEFAULT_TTL_MS
    const expiresAtMs = nowMs + ttlMs
    if (known) {
      const inbox = { ...known, label: wanted.label ?? known.label, ttlMs, expiresAtMs }
      this.#keep(inbox)
      return { inbox, created: false }
    }
    const name = wanted.name ?? this.#makeUp()
    const token = wanted.name === undefined ? name : tokenOf(this.#sha256(name))
    const inbox: Inbox = { name, token, label: wanted.label ?? null, ttlMs, expiresAtMs }
    this.#keep(inbox)
    if (this.#byName.size > MAX_INBOXES) this.#forgetOldest()
    return { inbox, created: true }
  }

  /** Keeps a registration from being forgotten; true where it had been, and is there again. */
  renew(inbox: Inbox, nowMs: number): boolean {
    const forgotten = !this.#byName.has(inbox.name)
    this.#keep({ ...(this.#byName.get(inbox.name) ?? inbox), expiresAtMs: nowMs + inbox.ttlMs })
    return forgotten
  }

  /** Ends a registration; its mail stays. False where there is none. */
  forget(name: string): boolean {
    const inbox = this.#byName.get(name)
    if (!inbox) return false
    this.#byName.delete(name)
    this.#byToken.delete(inbox.token)
    for (const forget of this.#forgetters) forget(name)
    return true
  }

  /** Forgets what was not used for its time; called from outside, since nothing here has a clock. */
  expire(nowMs: number): void {
    for (const { name, expiresAtMs } of this.#byName.values()) if (expiresAtMs <= nowMs) this.forget(name)
  }

  /** Calls `fn` with the name of whatever is forgotten, for what else is kept of it; gives the way to stop. */
  onForgotten(fn: (name: string) => void): () => void {
    this.#forgetters.add(fn)
    return () => this.#forgetters.delete(fn)
  }

  get(name: string): Inbox | undefined {
    return this.#byName.get(name)
  }

  /** Every registered inbox, the one used last at the end. */
  list(): Inbox[] {
    return [...this.#byName.values()]
  }

  /** Where a message goes: never empty. */
  of({ recipients, header, listener, username }: Delivery): string[] {
    const claimed = new Set<string>()
    for (const recipient of recipients) {
      const inbox = this.ofRecipient(recipient)
      if (inbox) claimed.add(inbox.name)
    }
    const named = header === null ? undefined : this.#byName.get(header.trim())
    if (named) claimed.add(named.name)
    if (claimed.size > 0) return [...claimed]
    if (listener !== null) return [listener]
    return username ? [username] : UNCLAIMED
  }

  /** Where a message goes that came to a listener; `listener` is the inbox that this was given, or null. */
  ofMessage(
    { raw, envelope }: { raw: Buffer; envelope: Pick<Envelope, 'to' | 'auth'> },
    listener: string | null,
  ): string[] {
    // The header names a registered inbox only: without one it is not looked for.
    const header = this.#byName.size === 0 ? undefined : firstHeader(parseHeaders(raw).fields, INBOX_HEADER)
    const username = envelope.auth?.username ?? null
    return this.of({ recipients: envelope.to, header: header ?? null, listener, username })
  }

  /** The registered inbox whose token stands as a whole word in an address. */
  ofRecipient(address: string): Inbox | undefined {
    // Without a registration this is on the path of every message.
    if (this.#byToken.size === 0) return undefined
    for (const word of address.toLowerCase().split(/[^\p{L}\p{N}]+/u)) {
      const inbox = this.#byToken.get(word)
      if (inbox) return inbox
    }
    return undefined
  }

  #keep(inbox: Inbox): void {
    // Deleted first, so that the map's order is the order of use.
    this.#byName.delete(inbox.name)
    this.#byName.set(inbox.name, inbox)
    this.#byToken.set(inbox.token, inbox)
  }

  #forgetOldest(): void {
    const [oldest] = this.#byName.keys()
    if (oldest !== undefined) this.forget(oldest)
  }

  #makeUp(): string {
    for (;;) {
      const name = base32(this.#random(MADE_UP_BYTES), MADE_UP_LETTERS)
      if (!this.#byName.has(name) && !this.#byToken.has(name)) return name
    }
  }
}

/** Files what is there already and has a recipient that bears the inbox's token. */
export async function fileWhatIsThere(
  store: MailStore,
  records: Pick<Records, 'file'>,
  inbox: Inbox,
  inboxes: Inboxes,
): Promise<void> {
  const ids: string[] = []
  const isItsOwn = (recipient: string) => inboxes.ofRecipient(recipient)?.name === inbox.name
  records.file(inbox.name, isItsOwn)
  for await (const message of store.search(({ envelope }) => envelope.to.some(isItsOwn))) ids.push(message.id)
  await store.file(ids, inbox.name)
}

/** An address that goes to an inbox: the form of `--address` filled in. Throws QueryError for a hint that breaks it. */
export function addressOf(form: string, token: string, hint: string): string {
  if (!HINT.test(hint))
    throw new QueryError(
      'hint',
      `${JSON.stringify(hint)} cannot stand in an address`,
      'Use letters, digits and . _ + - with no dot at an end; the words that people read are the label of an inbox.',
    )
  return form.replaceAll('{token}', token).replaceAll('{hint}', hint)
}

function base32(bytes: Buffer, letters: number): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5 && text.length < letters) {
      bits -= 5
      text += BASE32[(value >>> bits) & 31]
    }
  }
  return text
}
