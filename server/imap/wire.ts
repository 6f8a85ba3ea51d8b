/**
 * IMAP commands on the wire (RFC 3501 section 9): reads the pieces of one by the names of the grammar. What a command means
 * is not known here; encoder.ts writes responses.
 *
 * A command comes as the text of its lines with the literals in their places. `announcedLiteral` says of a line whether a
 * literal follows it; the line goes into the pieces without that announcement, and without CRLF:
 *
 *     A1 LOGIN {3+}CRLF ada {6}CRLF secretCRLF  ->  'A1 LOGIN ', { literal: 'ada' }, ' ', { literal: 'secret' }, ''
 *
 * Text is kept with one character a byte: what charset it is in depends on the command. Read strictly but for what many
 * clients do and what can mean one thing only: 8-bit bytes in quoted strings (RFC 9051 allows them), days of one digit.
 */
import { decodeMailboxName } from './mailbox-name.js'
import { HIGHEST, SequenceSet, type WrittenRange } from './sequence-set.js'

/** A command that is not by the grammar: the session answers BAD with the message. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/** What a command consists of. */
export type Piece = Buffer | { readonly literal: Buffer }

/** A literal that a line announces at its end. */
export interface Announcement {
  /** How many bytes it has; beyond what a number can say (RFC 3501: 32 bits), Infinity. */
  readonly bytes: number
  /** `{n+}`: the client sends it without being asked to (RFC 7888). */
  readonly nonSynchronizing: boolean
  /** Where the announcement begins in the line. */
  readonly at: number
}

const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d
/** Digits of a length: more than 32 bits need, and few enough to look at. */
const MAX_LENGTH_DIGITS = 20
const LITERAL = /^\{([0-9]+)(\+?)\}$/

/** The literal that follows a line, which is given without CRLF; undefined where the command ends with the line. */
export function announcedLiteral(line: Buffer): Announcement | undefined {
  if (line.at(-1) !== CLOSING_BRACE) return undefined
  const at = line.lastIndexOf(OPENING_BRACE)
  if (at < 0 || line.length - at > MAX_LENGTH_DIGITS + 3) return undefined
  const written = LITERAL.exec(line.toString('latin1', at))
  if (!written) return undefined
  const bytes = Number(written[1])
  return { bytes: bytes > MAX_NUMBER ? Number.POSITIVE_INFINITY : bytes, nonSynchronizing: written[2] === '+', at }
}

/** The greatest number of the grammar: 32 bits. */
export const MAX_NUMBER = 0xffff_ffff
/** Lists within each other: reading them is recursive, and nothing in IMAP goes as deep. */
export const MAX_DEPTH = 100

/** What the characters may be part of, as bits, by their code. */
const Class = { atom: 1, astring: 2, list: 4, tag: 8, word: 16, digit: 32 } as const
const CLASSES = (() => {
  const classes = new Uint8Array(256)
  for (let code = 0x21; code < 0x7f; code++) {
    const character = String.fromCharCode(code)
    const isList = !'(){"\\'.includes(character)
    const isAstring = isList && !'%*'.includes(character)
    let bits = 0
    if (isList) bits |= Class.list
    if (isAstring) bits |= Class.astring
    if (isAstring && character !== ']') bits |= Class.atom
    if (isAstring && character !== '+') bits |= Class.tag
    if (/[A-Za-z0-9.-]/.test(character)) bits |= Class.word
    if (/[0-9]/.test(character)) bits |= Class.digit
    classes[code] = bits
  }
  return classes
})()

/** As IMAP writes them. */
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY = /([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})/y
const DATE_TIME =
  /( ?[0-9]|[0-9]{2})-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})/y

/** A month by its name in any case, from 0 on; -1 where there is none. */
export function monthOf(name: string): number {
  return MONTHS.indexOf(name.charAt(0).toUpperCase() + name.slice(1).toLowerCase())
}

/** The flags that the protocol itself defines, as RFC 3501 2.3.2 writes them. */
export const SYSTEM_FLAGS = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft', '\\Recent'] as const
const SYSTEM_FLAGS_BY_NAME = new Map<string, string>(SYSTEM_FLAGS.map(flag => [flag.toLowerCase(), flag]))

/** A cursor over one command. Each method reads what the grammar calls so, or throws a WireError. */
export class Decoder {
  readonly #pieces: readonly Piece[]
  #next = 0
  /** The text that is read from; empty before a literal. */
  #text = ''
  #at = 0
  /** Bytes of what came before `#text`: where the reader is. */
  #before = 0
  #depth = 0

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces
    this.#advance()
  }

  /** Whether all of the command was read. */
  get atEnd(): boolean {
    return this.#at === this.#text.length && this.#next === this.#pieces.length
  }

  /** The next character; empty at the end and where a literal stands. */
  peek(): string {
    return this.#text.charAt(this.#at)
  }

  /** Takes a character where it is the next. */
  take(character: string): boolean {
    if (this.peek() !== character) return false
    this.#at += 1
    this.#advance()
    return true
  }

  expect(character: string): void {
    if (!this.take(character)) this.fail(character === ' ' ? 'a space' : `"${character}"`)
  }

  space(): void {
    this.expect(' ')
  }

  /** The end of the command; blanks before it pass, as many clients send one. */
  end(): void {
    while (this.take(' '));
    if (!this.atEnd) this.fail('the end of the command')
  }

  /** Gives up: `expected` was not there. What stands there instead is not said, as it may be a password. */
  fail(expected: string, place = this.place): never {
    throw new WireError(`Expected ${expected} at character ${place + 1}`)
  }

  /** How many bytes were read. */
  get place(): number {
    return this.#before + this.#at
  }

  // Words

  tag(): string {
    return this.#run(Class.tag, 'a tag')
  }

  atom(): string {
    return this.#run(Class.atom, 'an atom')
  }

  /** Letters, digits, dots and hyphens, in capitals: the names of commands, fetch items and search keys. */
  word(what = 'a word'): string {
    return this.#run(Class.word, what).toUpperCase()
  }

  /** NIL, in any case. */
  takeNil(): boolean {
    if (this.#text.slice(this.#at, this.#at + 3).toUpperCase() !== 'NIL') return false
    if (((CLASSES[this.#text.charCodeAt(this.#at + 3)] ?? 0) & Class.atom) !== 0) return false
    this.#at += 3
    this.#advance()
    return true
  }

  // Strings

  /** An atom, a quoted string or a literal. */
  astring(): Buffer {
    if (this.#isString()) return this.string()
    return Buffer.from(this.#run(Class.astring, 'a string'), 'latin1')
  }

  /** The same as text in UTF-8: what people type. */
  text(): string {
    return this.astring().toString('utf8')
  }

  string(): Buffer {
    return this.#literal() ?? this.#quoted()
  }

  nstring(): Buffer | null {
    return this.takeNil() ? null : this.string()
  }

  literal(): Buffer {
    return this.#literal() ?? this.fail('a literal')
  }

  /** A mailbox by its name; INBOX in whatever case it was written. */
  mailbox(): string {
    return mailboxOf(this.astring())
  }

  /** A pattern for names, in which `%` and `*` may stand. */
  listMailbox(): string {
    if (this.#isString()) return mailboxOf(this.string())
    return decodeMailboxName(this.#run(Class.list, 'a name or a pattern'))
  }

  // Numbers

  number(): number {
    return this.#number(0)
  }

  /** A number that is not 0. */
  nonZeroNumber(): number {
    return this.#number(1)
  }

  sequenceSet(): SequenceSet {
    const written: WrittenRange[] = []
    do {
      const from = this.#sequenceNumber()
      written.push([from, this.take(':') ? this.#sequenceNumber() : from])
    } while (this.take(','))
    return new SequenceSet(written)
  }

  // Flags

  /** A flag; those of the protocol as the RFC writes them, keywords as they were written. */
  flag(): string {
    const isSystem = this.take('\\')
    const name = this.#run(Class.atom, 'a flag')
    return isSystem ? (SYSTEM_FLAGS_BY_NAME.get(`\\${name.toLowerCase()}`) ?? `\\${name}`) : name
  }

  /** Flags in parentheses. */
  flagList(): string[] {
    return this.list(() => this.flag())
  }

  /** What STORE takes: flags in parentheses, or one or more without. */
  storeFlags(): string[] {
    if (this.peek() === '(') return this.flagList()
    const flags = [this.flag()]
    while (this.take(' ')) flags.push(this.flag())
    return flags
  }

  /** Things in parentheses, with a space between them. */
  list<Item>(read: () => Item): Item[] {
    this.expect('(')
    const items: Item[] = []
    if (this.take(')')) return items
    this.within(() => {
      do items.push(read())
      while (this.take(' '))
    })
    this.expect(')')
    return items
  }

  /** Reads what is within something of its own kind: bounded in depth. */
  within<Value>(read: () => Value): Value {
    if (this.#depth === MAX_DEPTH) throw new WireError(`At most ${MAX_DEPTH} levels of parentheses are read`)
    this.#depth += 1
    const value = read()
    this.#depth -= 1
    return value
  }

  // Dates

  /** A day, quoted or not: midnight of it in UTC, in milliseconds since 1970. */
  date(): number {
    const isQuoted = this.take('"')
    const place = this.place
    const [, day, month, year] = this.#match(DAY, 'a date such as 1-Feb-2026')
    const dayMs = this.#dayMs(place, day, month, year)
    if (isQuoted) this.expect('"')
    return dayMs
  }

  /** A day with its time and zone, in quotes: milliseconds since 1970. */
  dateTime(): number {
    this.expect('"')
    const what = 'a date and time such as " 1-Feb-2026 10:20:30 +0000"'
    const place = this.place
    const [, day, month, year, hour, minute, second, sign, zoneHours, zoneMinutes] = this.#match(DATE_TIME, what)
    if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60 || Number(zoneMinutes) > 59)
      this.fail(what, place)
    const dayMs = this.#dayMs(place, day, month, year)
    const localMs = dayMs + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
    const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000
    this.expect('"')
    return sign === '-' ? localMs + zoneMs : localMs - zoneMs
  }

  #dayMs(place: number, day = '', name = '', year = ''): number {
    const month = monthOf(name)
    const date = new Date(0)
    date.setUTCFullYear(Number(year), month, Number(day))
    if (month < 0 || date.getUTCDate() !== Number(day)) this.fail('a day that there is', place)
    return date.getTime()
  }

  #match(pattern: RegExp, what: string): RegExpExecArray {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (!found) this.fail(what)
    this.#at += found[0].length
    this.#advance()
    return found
  }

  #isString(): boolean {
    return this.peek() === '"' || this.#atLiteral()
  }

  #atLiteral(): boolean {
    return this.#at === this.#text.length && this.#next < this.#pieces.length
  }

  #literal(): Buffer | undefined {
    if (!this.#atLiteral()) return undefined
    const { literal } = this.#pieces[this.#next] as { literal: Buffer }
    this.#before += this.#at + literal.length
    this.#text = ''
    this.#at = 0
    this.#next += 1
    this.#advance()
    return literal
  }

  #quoted(): Buffer {
    if (!this.take('"')) this.fail('a string')
    const text = this.#text
    const start = this.#at
    let at = start
    let escapes = false
    for (;;) {
      const character = text.charAt(at)
      if (character === '"') break
      if (character === '' || character === '\r' || character === '\n' || character === '\0') {
        this.#at = at
        this.fail('the end of a quoted string')
      }
      at += 1
      if (character !== '\\') continue
      escapes = true
      if (text.charAt(at) !== '"' && text.charAt(at) !== '\\') {
        this.#at = at
        this.fail('a quote or a backslash after a backslash')
      }
      at += 1
    }
    this.#at = at + 1
    this.#advance()
    const written = text.slice(start, at)
    return Buffer.from(escapes ? written.replace(/\\(.)/g, '$1') : written, 'latin1')
  }

  #number(least: number): number {
    const place = this.place
    const number = Number(this.#run(Class.digit, 'a number'))
    if (number < least || number > MAX_NUMBER) this.fail(`a number from ${least} to ${MAX_NUMBER}`, place)
    return number
  }

  #sequenceNumber(): number | typeof HIGHEST {
    return this.take(HIGHEST) ? HIGHEST : this.nonZeroNumber()
  }

  /** Characters of a class, at least one. */
  #run(bits: number, what: string): string {
    const text = this.#text
    let at = this.#at
    while (at < text.length && ((CLASSES[text.charCodeAt(at)] as number) & bits) !== 0) at += 1
    if (at === this.#at) this.fail(what)
    const run = text.slice(this.#at, at)
    this.#at = at
    this.#advance()
    return run
  }

  /** Goes on to the next text where this one was read. */
  #advance(): void {
    while (this.#at === this.#text.length) {
      const piece = this.#pieces[this.#next]
      if (!Buffer.isBuffer(piece)) return
      this.#before += this.#at
      this.#text = piece.toString('latin1')
      this.#at = 0
      this.#next += 1
    }
  }
}

function mailboxOf(name: Buffer): string {
  const decoded = decodeMailboxName(name.toString('latin1'))
  return /^inbox$/i.test(decoded) ? 'INBOX' : decoded
}
