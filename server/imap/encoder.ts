/**
 * IMAP responses on the wire (RFC 3501 section 9): writes values, each in the form that can hold it. Strings have one
 * character a byte.
 */
import { encodeMailboxName } from './mailbox-name.js'
import { MONTHS } from './wire.js'

/** What cannot stand in a quoted string: 8-bit bytes, NUL and line breaks. */
const UNQUOTABLE = /[\0\r\n\x80-\uffff]/
const ESCAPED = /["\\]/g
const ASTRING = /^[!#$&'+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+$/
/** Beyond it a string is a literal: lines of responses stay short enough for clients that bound them (RFC 2683 3.2.1.5). */
const MAX_QUOTED_CHARACTERS = 1000
/** From here on bytes are handed on as they are, in pieces: they are not copied into the text around them. */
const MAX_JOINED_BYTES = 4096
/** What is written at a time. */
const PIECE_BYTES = 64 * 1024

/** Collects what is written, to be taken as buffers of at most 64 KiB, long bytes uncopied. */
export class Encoder {
  #text = ''
  #done: Buffer[] = []

  /** Text as it is: atoms, numbers, parentheses, spaces. */
  raw(text: string | number): this {
    this.#text += text
    return this
  }

  /** A quoted string where that can hold it, else a literal. */
  string(value: Buffer | string): this {
    if (value.length > MAX_QUOTED_CHARACTERS) return this.literal(value)
    const text = typeof value === 'string' ? value : value.toString('latin1')
    if (UNQUOTABLE.test(text)) return this.literal(value)
    this.#text += `"${text.replace(ESCAPED, '\\$&')}"`
    return this
  }

  nstring(value: Buffer | string | null): this {
    return value === null ? this.raw('NIL') : this.string(value)
  }

  /** As it is where it can be, else as a string. */
  astring(value: string): this {
    return ASTRING.test(value) && !/^nil$/i.test(value) ? this.raw(value) : this.string(value)
  }

  literal(value: Buffer | string): this {
    this.#text += `{${value.length}}\r\n`
    if (typeof value === 'string') this.#text += value
    else if (value.length <= MAX_JOINED_BYTES) this.#text += value.toString('latin1')
    else {
      this.#close()
      for (let at = 0; at < value.length; at += PIECE_BYTES) this.#done.push(value.subarray(at, at + PIECE_BYTES))
    }
    return this
  }

  mailbox(name: string): this {
    return this.string(encodeMailboxName(name))
  }

  /** A moment in UTC, as INTERNALDATE has it. */
  dateTime(timeMs: number): this {
    const date = new Date(timeMs)
    const day = String(date.getUTCDate()).padStart(2, ' ')
    const year = String(date.getUTCFullYear()).padStart(4, '0')
    return this.raw(`"${day}-${MONTHS[date.getUTCMonth()]}-${year} ${date.toISOString().slice(11, 19)} +0000"`)
  }

  /** Things in parentheses, with a space between them. */
  list<Item>(items: Iterable<Item>, write: (item: Item) => void): this {
    this.raw('(')
    let isFirst = true
    for (const item of items) {
      if (!isFirst) this.raw(' ')
      isFirst = false
      write(item)
    }
    return this.raw(')')
  }

  /** What was written since the last time. */
  take(): Buffer[] {
    this.#close()
    const done = this.#done
    this.#done = []
    return done
  }

  #close(): void {
    for (let at = 0; at < this.#text.length; at += PIECE_BYTES) {
      this.#done.push(Buffer.from(this.#text.slice(at, at + PIECE_BYTES), 'latin1'))
    }
    this.#text = ''
  }
}
