/**
 * What SEARCH asks for (RFC 3501 6.4.4), read into keys. The words that are looked for come in the charset that the client
 * names, or in UTF-8 where it names none: ASCII, as the RFC has it, is a part of that.
 */
import { decodeCharset, isKnownCharset } from '../mail/decode.js'
import type { SequenceSet } from './sequence-set.js'
import { type Decoder, WireError } from './wire.js'

export type SearchKey =
  | { readonly type: 'all' }
  | { readonly type: 'and'; readonly of: readonly SearchKey[] }
  | { readonly type: 'or'; readonly of: readonly [SearchKey, SearchKey] }
  | { readonly type: 'not'; readonly of: SearchKey }
  | { readonly type: 'numbers' | 'uids'; readonly set: SequenceSet }
  | { readonly type: 'flag'; readonly flag: string }
  | { readonly type: 'larger' | 'smaller'; readonly bytes: number }
  /** When it came, or when its Date header says it was sent: before, on, or on and after a day. */
  | { readonly type: 'received' | 'sent'; readonly is: 'before' | 'on' | 'since'; readonly dayMs: number }
  /** A field of a name; any, where no text is asked for. */
  | { readonly type: 'header'; readonly name: string; readonly text: string }
  | { readonly type: 'body' | 'text'; readonly text: string }

/** A charset that nobody knows: the session answers NO with BADCHARSET and those that are known. */
export class CharsetError extends Error {
  override readonly name = 'CharsetError'
}

/** The charsets that BADCHARSET names: the two that clients use; more are understood. */
export const SEARCH_CHARSETS = ['UTF-8', 'US-ASCII'] as const

/** What may be repeated to a client. */
const CHARSET_NAME = /^[\w:.+-]{1,40}$/

/** Keys of one search: each is asked of every message. More than any client sends. */
const MAX_KEYS = 1000

const FLAG_KEYS: Readonly<Record<string, SearchKey>> = {
  ALL: { type: 'all' },
  ...flagKeys('ANSWERED', 'UNANSWERED', '\\Answered'),
  ...flagKeys('DELETED', 'UNDELETED', '\\Deleted'),
  ...flagKeys('DRAFT', 'UNDRAFT', '\\Draft'),
  ...flagKeys('FLAGGED', 'UNFLAGGED', '\\Flagged'),
  ...flagKeys('SEEN', 'UNSEEN', '\\Seen'),
  ...flagKeys('RECENT', 'OLD', '\\Recent'),
  NEW: {
    type: 'and',
    of: [
      { type: 'flag', flag: '\\Recent' },
      { type: 'not', of: { type: 'flag', flag: '\\Seen' } },
    ],
  },
}

function flagKeys(has: string, lacks: string, flag: string): Record<string, SearchKey> {
  return { [has]: { type: 'flag', flag }, [lacks]: { type: 'not', of: { type: 'flag', flag } } }
}

const DATES: Readonly<Record<string, readonly [type: 'received' | 'sent', is: 'before' | 'on' | 'since']>> = {
  BEFORE: ['received', 'before'],
  ON: ['received', 'on'],
  SINCE: ['received', 'since'],
  SENTBEFORE: ['sent', 'before'],
  SENTON: ['sent', 'on'],
  SENTSINCE: ['sent', 'since'],
}

const A_KEY = 'a search key such as UNSEEN or SUBJECT'

/** Reads what follows SEARCH. Throws CharsetError for a charset that nobody knows. */
export function readSearch(decoder: Decoder): { charset: string | null; key: SearchKey } {
  const { place } = decoder
  const first = /[a-z]/i.test(decoder.peek()) ? decoder.word() : null
  if (first !== 'CHARSET') return { charset: null, key: new Reader(decoder, null).keys(first, place) }
  decoder.space()
  const charset = decoder.astring().toString('latin1')
  if (!isKnownCharset(charset)) {
    const shown = CHARSET_NAME.test(charset) ? charset : 'That'
    throw new CharsetError(`${shown} is no charset that is known here`)
  }
  decoder.space()
  return { charset, key: new Reader(decoder, charset).keys() }
}

class Reader {
  readonly #decoder: Decoder
  readonly #charset: string | null
  #keys = 0

  constructor(decoder: Decoder, charset: string | null) {
    this.#decoder = decoder
    this.#charset = charset
  }

  /** One key or more; the word at `place` that the first begins with may be read already. */
  keys(word: string | null = null, place?: number): SearchKey {
    const of = [word === null ? this.#key() : this.#named(word, place)]
    // A blank at the end passes, as many clients send one.
    while (this.#decoder.take(' ') && !this.#decoder.atEnd) of.push(this.#key())
    return of.length === 1 ? (of[0] as SearchKey) : { type: 'and', of }
  }

  #key(): SearchKey {
    const decoder = this.#decoder
    const next = decoder.peek()
    if (next === '(') {
      const of = decoder.list(() => this.#key())
      return of.length > 0 ? { type: 'and', of } : decoder.fail(A_KEY)
    }
    if (/[0-9*]/.test(next)) {
      this.#count()
      return { type: 'numbers', set: decoder.sequenceSet() }
    }
    const { place } = decoder
    return this.#named(decoder.word(A_KEY), place)
  }

  #named(name: string, place?: number): SearchKey {
    this.#count()
    const decoder = this.#decoder
    const known = FLAG_KEYS[name]
    if (known !== undefined) return known
    const date = DATES[name]
    if (date !== undefined) {
      const [type, is] = date
      return { type, is, dayMs: this.#after(() => decoder.date()) }
    }
    switch (name) {
      case 'NOT':
        return { type: 'not', of: this.#within() }
      case 'OR':
        return { type: 'or', of: [this.#within(), this.#within()] }
      case 'UID':
        return { type: 'uids', set: this.#after(() => decoder.sequenceSet()) }
      case 'KEYWORD':
        return { type: 'flag', flag: this.#after(() => decoder.flag()) }
      case 'UNKEYWORD':
        return { type: 'not', of: { type: 'flag', flag: this.#after(() => decoder.flag()) } }
      case 'LARGER':
      case 'SMALLER':
        return { type: name === 'LARGER' ? 'larger' : 'smaller', bytes: this.#after(() => decoder.number()) }
      case 'FROM':
      case 'TO':
      case 'CC':
      case 'BCC':
      case 'SUBJECT':
        return { type: 'header', name: name.toLowerCase(), text: this.#text() }
      case 'HEADER': {
        const field = this.#after(() => decoder.astring())
        return { type: 'header', name: field.toString('latin1').toLowerCase(), text: this.#text() }
      }
      case 'BODY':
      case 'TEXT':
        return { type: name === 'BODY' ? 'body' : 'text', text: this.#text() }
      default:
        return decoder.fail(A_KEY, place)
    }
  }

  #within(): SearchKey {
    this.#decoder.space()
    return this.#decoder.within(() => this.#key())
  }

  #after<Value>(read: () => Value): Value {
    this.#decoder.space()
    return read()
  }

  #text(): string {
    return decodeCharset(
      this.#after(() => this.#decoder.astring()),
      this.#charset,
    )
  }

  #count(): void {
    this.#keys += 1
    if (this.#keys > MAX_KEYS) throw new WireError(`A search has at most ${MAX_KEYS} keys`)
  }
}
