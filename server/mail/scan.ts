/**
 * Looks for a text in a message without parsing it: raw bytes first, and decoding only where an encoding can hide the
 * text. Each answer is what reading the message gives (a property test holds them equal), or undefined where that has to
 * be asked. No case is worth a wrong answer: what is not plainly plain is left to the parsers.
 */
import { isAscii } from 'node:buffer'
import { decodeBytes, decodeText } from './decode.js'
import { Head, Kind } from './head.js'
import { addresses, fieldAt } from './headers.js'
import type { Address } from './message.js'
import { Needle } from './needle.js'

/** Whether a message has the text; undefined where it has to be read to know. */
export type Scan = (raw: Buffer) => boolean | undefined

/** The places that can be looked at so: `named` is the Subject and every mailbox, `body` the words and names of parts. */
export type Place = 'subject' | 'from' | 'to' | 'cc' | 'named' | 'body' | 'text' | 'raw'

/** A way to look for a text that is contained, case ignored; undefined where only reading can tell. */
export function scanFor(place: Place, text: string): Scan | undefined {
  const scanner = Scanner.of(text)
  if (!scanner) return undefined
  switch (place) {
    case 'subject':
      return raw => scanner.subject(raw)
    case 'from':
      return raw => scanner.mailboxes(raw, Kind.from)
    case 'to':
      return raw => scanner.mailboxes(raw, Kind.to | Kind.cc | Kind.bcc)
    case 'cc':
      return raw => scanner.mailboxes(raw, Kind.cc)
    case 'named':
      return raw => scanner.named(raw)
    case 'body':
    case 'text':
      // A body that is plain text has no parts with names; of others it is only said that the text is nowhere in them.
      return raw => scanner.body(raw)
    case 'raw':
      return raw => scanner.raw(raw)
  }
}

/** What was found of the message that is looked at. */
const head = new Head()

const ADDRESSED = Kind.from | Kind.to | Kind.cc | Kind.bcc
const BODY = Kind.type | Kind.encoding | Kind.disposition

/** Characters of a field that is looked at as bytes: longer ones are read. */
const MAX_FIELD = 1000
/** Bytes of a message that are looked at as one string, and decoded: of larger ones, only reading decodes what is text. */
const MAX_TEXT_BYTES = 64 * 1024
/** Parts in base64 that are decoded: each to the end of the message. */
const MAX_ENCODED = 4
/** Characters of a text whose pieces are looked for in HTML: those that follow do not matter, the first have to be there. */
const MAX_SPLIT = 48

class Scanner {
  /** What has to be there, in lower case. */
  readonly #wanted: string
  /** All of it, where it is ASCII; text that is not cannot stand in bytes that are ASCII, unless encoded. */
  readonly #whole: Needle | null
  /** Its longest stretch without blanks, which no line break and no run of blanks can part. */
  readonly #solid: Needle | null
  readonly #hasBlanks: boolean
  /** May come from a character beyond ASCII: K (Kelvin) and I with a dot are k and i in lower case. */
  readonly #folds: boolean
  /** Finds where markup may part the solid stretch, in lower case. */
  readonly #parted: ((source: string) => boolean) | null

  private constructor(wanted: string, isAsciiText: boolean) {
    const solid = wanted.split(' ').reduce((longest, part) => (part.length > longest.length ? part : longest), '')
    this.#wanted = wanted
    this.#whole = isAsciiText ? new Needle(wanted) : null
    this.#solid = isAsciiText ? new Needle(solid) : null
    this.#hasBlanks = wanted.includes(' ')
    this.#folds = /[ik]/.test(wanted)
    this.#parted = isAsciiText ? partedBy(solid.slice(0, MAX_SPLIT)) : null
  }

  /** Undefined for text with blanks at its ends or with control characters: how they are unfolded decides. */
  static of(text: string): Scanner | undefined {
    const wanted = text.toLowerCase()
    if (/^[!-~]+(?: +[!-~]+)*$/.test(wanted)) return new Scanner(wanted, true)
    return /[^\0-\x7f]/.test(wanted) ? new Scanner(wanted, false) : undefined
  }

  raw(raw: Buffer): boolean | undefined {
    if (!isAscii(raw)) return undefined
    return this.#whole?.isIn(raw, 0, raw.length) ?? false
  }

  subject(raw: Buffer): boolean | undefined {
    return head.read(raw, Kind.subject) ? this.#subject(raw) : undefined
  }

  mailboxes(raw: Buffer, kinds: number): boolean | undefined {
    return head.read(raw, kinds) ? this.#mailboxes(raw, kinds) : undefined
  }

  named(raw: Buffer): boolean | undefined {
    // With what the body is looked at for, since that is next.
    if (!head.read(raw, Kind.subject | ADDRESSED | BODY)) return undefined
    return this.#subject(raw) || this.#mailboxes(raw, ADDRESSED)
  }

  body(raw: Buffer): boolean | undefined {
    return head.read(raw, BODY) ? this.#body(raw) : undefined
  }

  #subject(raw: Buffer): boolean {
    const place = head.first(Kind.subject)
    if (place < 0) return false
    const from = head.values[place] as number
    const end = head.ends[place] as number
    const looks = looksOf(raw, from, end)
    const isPlain = looks === Look.plain || (looks === Look.folded && !this.#hasBlanks)
    if (isPlain && end - from < MAX_FIELD) return this.#whole?.isIn(raw, from, end) ?? false
    return this.#has(fieldAt(raw, head.starts[place] as number, end).value)
  }

  #mailboxes(raw: Buffer, kinds: number): boolean | undefined {
    let senders = 0
    for (let place = 0; place < head.count; place++) {
      const kind = head.kinds[place] as number
      if ((kind & kinds) === 0) continue
      if (kind === Kind.from && ++senders > 1) return undefined
      const found = this.#listHas(raw, place, kind === Kind.from)
      if (found !== false) return found
    }
    return false
  }

  #listHas(raw: Buffer, place: number, onlyFirst: boolean): boolean | undefined {
    const start = head.starts[place] as number
    const from = head.values[place] as number
    const end = head.ends[place] as number
    if (end - from > MAX_FIELD) return undefined
    const field = raw.toString('latin1', start, end)
    const isPlain = PLAIN_MAILBOXES.test(field)
    if (isPlain && !this.#solid?.isIn(raw, from, end)) return false
    // What stands without blanks in a plain list is part of one name or address, unless it is what is between them.
    const isOne = !onlyFirst || !field.includes(',')
    if (isPlain && isOne && !this.#hasBlanks && !/[<>",]/.test(this.#wanted)) return true
    const found = mailboxesOf(field, raw, start, end)
    if (!onlyFirst) return found.some(mailbox => this.#mailboxHas(mailbox))
    // Where the first From names nobody, a second one may.
    return found[0] ? this.#mailboxHas(found[0]) : undefined
  }

  #mailboxHas({ name, address }: Address): boolean {
    return this.#has(address) || this.#has(name)
  }

  #body(raw: Buffer): boolean | undefined {
    const type = valueOfFirst(raw, Kind.type)
    const encoding = valueOfFirst(raw, Kind.encoding)?.trim().toLowerCase()
    if (type === undefined || encoding === undefined) return undefined
    const plain = PLAIN_TYPE.exec(type)
    if (!plain || head.first(Kind.disposition) >= 0 || !KNOWN_ENCODING.test(encoding))
      return this.#mayBeIn(raw) ? undefined : false

    const offset = head.bodyOffset
    const size = raw.length - offset
    const whole = this.#whole
    // In each charset of PLAIN_TYPE the bytes of ASCII are ASCII, and stand for nothing else.
    if (IDENTITY.test(encoding)) {
      const isSmall = raw.length <= MAX_TEXT_BYTES
      if (isSmall ? whole?.isInText(lowerOf(raw), offset) : whole?.isIn(raw, offset, raw.length)) return true
      if (isAscii(raw) || (whole && !(this.#folds && (!isSmall || FOLDING.test(lowerOf(raw)))))) return false
    } else if (whole && size <= MAX_TEXT_BYTES) {
      const bytes = decodeBytes(raw, { offset, size, encoding })
      const text = loweredBytes(bytes)
      if (whole.isInText(text)) return true
      if (!this.#mayFold(bytes, text)) return false
    }
    return this.#has(decodeText(raw, { offset, size, encoding, charset: plain[1] ?? plain[2] ?? null }))
  }

  /** Whether a character beyond ASCII may stand for one that is wanted. */
  #mayFold(bytes: Buffer, text: string): boolean {
    return this.#folds && !isAscii(bytes) && FOLDING.test(text)
  }

  /**
   * False where the text is in no part of a message that has parts or HTML: it stands neither in the bytes nor in what
   * they encode, and nothing else hides it.
   */
  #mayBeIn(raw: Buffer): boolean {
    const solid = this.#solid
    if (raw.length > MAX_TEXT_BYTES || (!solid && !isAscii(raw))) return true
    const source = lowerOf(raw)
    const isIn = (bytes: Buffer, text: string) => !solid || solid.isInText(text) || this.#mayFold(bytes, text)
    if (solid && isIn(raw, source)) return true
    const encodings = new Set<string>()
    const decoded: string[] = []
    let hasHtml = false
    for (let at = source.indexOf(PART_FIELD); at >= 0; at = source.indexOf(PART_FIELD, at + 1)) {
      const before = raw[at - 1]
      if (before !== LF && before !== CR && at > 0) continue
      const field = fieldFrom(source, at)
      const encoding = ENCODED_PART.exec(field)?.[1]
      if (encoding === undefined) {
        if (!PLAIN_PARAMETERS.test(field)) return true
        hasHtml ||= field.includes('htm')
        continue
      }
      // Quoted-printable means the same wherever one begins; of base64, the part is where the decoded bytes begin.
      const offset = encoding === 'base64' ? bodyAfter(source, at) : 0
      if (encodings.has(encoding + offset)) continue
      if (offset < 0 || encodings.size === MAX_ENCODED) return true
      encodings.add(encoding + offset)
      const bytes = decodeBytes(raw, { offset, size: raw.length - offset, encoding })
      const text = loweredBytes(bytes)
      if (isIn(bytes, text)) return true
      decoded.push(text)
    }
    // A text that is not ASCII may be written with references.
    const parted = this.#parted
    return hasHtml && (parted === null || parted(source) || decoded.some(parted))
  }

  #has(text: string): boolean {
    return text.toLowerCase().includes(this.#wanted)
  }
}

/** What becomes K and I in lower case, in the charsets of CHARSET: the bytes of it, in lower case themselves. */
const FOLDING = /\xe2\x84\xaa|\xe4\xb0|\xfd|\xa9/

let loweredRaw: Buffer | undefined
let lowered = ''

/** The bytes of the message that is looked at, a character each, in lower case: made once for all who look. */
function lowerOf(raw: Buffer): string {
  if (loweredRaw !== raw) {
    lowered = loweredBytes(raw)
    loweredRaw = raw
  }
  return lowered
}

function loweredBytes(bytes: Buffer): string {
  return bytes.toString('latin1').toLowerCase()
}

/** How the bytes of a field look. */
const Look = { plain: 0, folded: 1, encoded: 2 } as const

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const EQUALS = 0x3d
const QUESTION = 0x3f

function looksOf(raw: Buffer, from: number, end: number): number {
  let looks: number = Look.plain
  for (let at = from; at < end; at++) {
    const byte = raw[at] as number
    if (byte >= 0x80 || (byte === EQUALS && raw[at + 1] === QUESTION)) return Look.encoded
    if (byte === LF) looks = Look.folded
  }
  return looks
}

/** A list of mailboxes in which every character is what it seems: no comments, escapes, groups or encoded words. */
const PLAIN_MAILBOXES = (() => {
  const address = String.raw`[\w!#$%&'*+/^\x60{|}~.-]+@[\w.-]+`
  const name = String.raw`(?:"[\w !#$%&'*+/^\x60{|}~.,-]*"|[\w!#$%&'*+/^\x60{|}~.-]+(?: [\w!#$%&'*+/^\x60{|}~.-]+)*)`
  const mailbox = `(?:${address}|(?:${name} ?)?<${address}>)`
  return new RegExp(String.raw`^[a-z]+:[ \t]*${mailbox}(?:,\s*${mailbox})*\s*$`, 'i')
})()

/** Addresses of fields that were read lately: most mails of an app have the same sender. */
const recent = new Map<string, Address[]>()
const MAX_RECENT = 256

function mailboxesOf(field: string, raw: Buffer, start: number, end: number): Address[] {
  const known = recent.get(field)
  if (known) return known
  const read = fieldAt(raw, start, end)
  const found = addresses([read], read.name)
  if (recent.size === MAX_RECENT) recent.clear()
  recent.set(field, found)
  return found
}

/** The value of the first field of a kind: empty where there is none, undefined where it has to be read. */
function valueOfFirst(raw: Buffer, kind: Kind): string | undefined {
  const place = head.first(kind)
  if (place < 0) return ''
  const from = head.values[place] as number
  const end = head.ends[place] as number
  return end - from > MAX_FIELD ? undefined : raw.toString('latin1', from, end)
}

const CHARSET = 'utf-8|us-ascii|iso-8859-[0-9]{1,2}|windows-125[0-8]'
/** No type, or plain text in a charset that is ASCII where it can be; the charset is in a group. */
const PLAIN_TYPE = new RegExp(
  String.raw`^\s*$|^(?!.*charset[^]*charset)\s*text/plain(?:\s*;\s*(?:charset=(?:"(${CHARSET})"|(${CHARSET}))|format=flowed|delsp=(?:yes|no)))*\s*$`,
  'i',
)
const IDENTITY = /^(?:|7bit|8bit|binary)$/
const KNOWN_ENCODING = /^(?:|7bit|8bit|binary|base64|quoted-printable)$/

/** How the fields of parts begin that say how they are written and what they are called. */
const PART_FIELD = 'content-'
const ENCODED_PART = /^content-transfer-encoding:\s*(base64|quoted-printable)\s*$/
/** Such a field where it hides nothing: no encoding, parameters without comments, escapes or pieces. */
const PLAIN_PARAMETERS = (() => {
  const value = String.raw`(?:"[^"\\=(*?]*"|[^\s"\\;=(*?]+)`
  const charset = String.raw`charset=(?:"(?:${CHARSET})"|(?:${CHARSET})(?![\w-]))`
  const boundary = String.raw`boundary=(?:"[^"\\(*]*"|[^\s"\\;(*]+)`
  const parameter = `(?:${charset}|${boundary}|(?!charset|boundary)[a-z-]+=${value})`
  const typed = String.raw`content-(?:type|disposition):\s*[\w/.+-]+(?:\s*;\s*${parameter})*\s*;?\s*`
  const other = 'content-(?!type|disposition|transfer-encoding)[^]*'
  return new RegExp(String.raw`^(?:content-transfer-encoding:\s*(?:7bit|8bit|binary)\s*|${typed}|${other})$`)
})()

/** Where the body begins of the part that has a field at `at`; -1 where its header block is odd, or does not end. */
function bodyAfter(source: string, at: number): number {
  const block = BLOCK_END.exec(source.slice(at))
  return block && !ODD_BLOCK.test(source.slice(at, at + block.index + 1)) ? at + block.index : -1
}

const BLOCK_END = /\n[\r\n]/
/** A CR by itself ends lines, too, and a delimiter ends a block. */
const ODD_BLOCK = /\r[^\n]|\n--/

/** A field and its continuations, of a source in lower case; empty where it is too long to look at. */
function fieldFrom(source: string, start: number): string {
  for (
    let end = source.indexOf('\n', start);
    end >= 0 && end - start <= MAX_FIELD;
    end = source.indexOf('\n', end + 1)
  ) {
    const next = source.charCodeAt(end + 1)
    if (next !== SPACE && next !== TAB) return source.slice(start, source.charCodeAt(end - 1) === CR ? end - 1 : end)
  }
  return ''
}

/**
 * Whether a text may stand in HTML in pieces, by the source in lower case. Its beginning then stands before a tag and
 * what follows it after one, or before a reference; or a reference stands for its first character.
 */
function partedBy(text: string): (source: string) => boolean {
  const beginnings = Array.from(text, (_, n) => text.slice(0, n + 1))
  const references = referencesFor(text[0])
  const isBefore = (mark: string, source: string) => {
    for (let at = source.indexOf(mark); at >= 0; at = source.indexOf(mark, at + 1)) {
      const last = source[at - 1]
      for (const beginning of beginnings) {
        if (beginning.at(-1) === last && source.startsWith(beginning, at - beginning.length)) return true
      }
    }
    return false
  }
  const isReferred = (source: string) =>
    source.includes('&') && (references.some(reference => source.includes(reference)) || isBefore('&', source))
  return source =>
    isReferred(source) || isBefore('\0', source) || (isBefore('<', source) && isPartedByTags(text, source))
}

/** How references begin that can stand for a character: few names of them stand for letters. */
function referencesFor(character = ''): string[] {
  return /[a-z0-9]/.test(character) ? ['&#', '&fjlig', '&idot'] : ['&']
}

/** Whether there is a place in the text before which the source has a tag after all of it, and after which the rest. */
function isPartedByTags(text: string, source: string): boolean {
  for (let at = 1; at < text.length; at++) {
    if (!source.includes(`${text.slice(0, at)}<`)) continue
    const nexts = ['\0', ...referencesFor(text[at]), ...['<', '&', '\0', text[at + 1] ?? ''].map(end => text[at] + end)]
    if (nexts.some(next => source.includes(`>${next}`))) return true
  }
  return false
}
