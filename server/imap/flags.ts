/**
 * Flags and keywords (RFC 3501 2.3.2) as sets that never change: to set a flag is to put another set in place, so that
 * who has told a client of one sees by its identity whether there is something to tell. Names are told apart without
 * case, and shown as they were spelled first.
 */
import { SYSTEM_FLAGS } from './wire.js'

/** The flags of a message, system flags first; never changed, and the same object for the same flags. */
export type Flags = readonly string[]

export const SEEN = '\\Seen'
export const DELETED = '\\Deleted'
export const RECENT = '\\Recent'
/** System flags that a client may set, in the order in which they are shown: all but \Recent. */
export const SETTABLE: Flags = SYSTEM_FLAGS.filter(flag => flag !== RECENT)

/** How a STORE changes flags: `+FLAGS`, `-FLAGS`, `FLAGS`. */
export type FlagChange = 'add' | 'remove' | 'replace'

/** Of all messages together: each is kept for as long as the server runs, so that its spelling is. */
const MAX_KEYWORDS = 10_000
/** Of one message: more than any client sets. */
const MAX_FLAGS_OF_MESSAGE = 100
const MAX_KEYWORD_LETTERS = 255
/** Sets that are remembered to be shared; beyond it they are only not shared with those from before. */
const MAX_SHARED_SETS = 10_000

/** Flags as a client gave them, or why they are none. */
export type ReadFlags =
  | { readonly type: 'flags'; readonly flags: Flags }
  /** `invalid`: they can never be set; `limit`: there are too many. */
  | { readonly type: 'refused'; readonly why: 'invalid' | 'limit'; readonly text: string }

/** The flags of a server: what they are called, and their sets. */
export class FlagSets {
  /** By name in lower case: its spelling, and its place in a set. */
  readonly #known = new Map<string, { name: string; place: number }>()
  readonly #sets = new Map<string, Flags>()

  constructor() {
    for (const name of SETTABLE) this.#learn(name)
  }

  /** Reads flags as a client gave them. */
  read(names: readonly string[]): ReadFlags {
    if (names.length > MAX_FLAGS_OF_MESSAGE)
      return { type: 'refused', why: 'limit', text: `A message has at most ${MAX_FLAGS_OF_MESSAGE} flags` }
    for (const name of names) {
      const known = this.#known.get(name.toLowerCase())
      if (known !== undefined) continue
      const refusal = this.#refusalOf(name)
      if (refusal !== null) return { type: 'refused', ...refusal }
    }
    return { type: 'flags', flags: this.#setOf(names) }
  }

  /** What becomes of flags by a change; the same object where nothing does, null where they would be too many. */
  change(flags: Flags, how: FlagChange, given: Flags): Flags | null {
    let wanted: Flags
    if (how === 'replace') wanted = given
    else if (how === 'add') wanted = given.every(flag => flags.includes(flag)) ? flags : [...flags, ...given]
    else wanted = given.some(flag => flags.includes(flag)) ? flags.filter(flag => !given.includes(flag)) : flags
    if (wanted === flags) return flags
    const set = this.#setOf(wanted)
    if (set.length > MAX_FLAGS_OF_MESSAGE) return null
    return isSame(set, flags) ? flags : set
  }

  #refusalOf(name: string): { why: 'invalid' | 'limit'; text: string } | null {
    if (name.startsWith('\\')) {
      const text =
        name.toLowerCase() === RECENT.toLowerCase()
          ? `${RECENT} cannot be set by a client`
          : `${name} is no system flag: there are ${SETTABLE.join(' ')}`
      return { why: 'invalid', text }
    }
    if (name.length > MAX_KEYWORD_LETTERS)
      return { why: 'limit', text: `A keyword has at most ${MAX_KEYWORD_LETTERS} characters` }
    if (this.#known.size >= MAX_KEYWORDS)
      return { why: 'limit', text: `There are ${MAX_KEYWORDS} keywords already; use one of these` }
    return null
  }

  #learn(name: string): { name: string; place: number } {
    const known = { name, place: this.#known.size }
    this.#known.set(name.toLowerCase(), known)
    return known
  }

  #setOf(names: readonly string[]): Flags {
    const places = new Map<number, string>()
    for (const name of names) {
      const known = this.#known.get(name.toLowerCase()) ?? this.#learn(name)
      places.set(known.place, known.name)
    }
    const flags = [...places].sort(([a], [b]) => a - b).map(([, name]) => name)
    const key = flags.join(' ')
    const shared = this.#sets.get(key)
    if (shared !== undefined) return shared
    if (this.#sets.size >= MAX_SHARED_SETS) this.#sets.clear()
    this.#sets.set(key, flags)
    return flags
  }
}

function isSame(some: Flags, others: Flags): boolean {
  return some.length === others.length && some.every((flag, n) => flag === others[n])
}
