/**
 * SEARCH (RFC 3501 6.4.4): a key becomes a test of one message. Words are looked for in what a person reads: decoded, case
 * ignored; in the raw bytes first (mail/scan.ts), so that a message is parsed only where an encoding can hide them.
 *
 * BODY looks at every text of the message, HTML as its words, at the names of its parts, and likewise into attached
 * messages, whose headers are a part of it; TEXT looks at the header, too.
 */
import { solidPartOf } from '../mail/compare.js'
import { decodeTextInSteps } from '../mail/decode.js'
import type { HeaderField } from '../mail/headers.js'
import { parseHeaders } from '../mail/headers.js'
import { textOfHtml } from '../mail/html.js'
import type { Steps } from '../mail/loop.js'
import { scanFor } from '../mail/scan.js'
import { structureOf } from '../mail/structure.js'
import { attachedMessage, type Entity, fieldsOf, kindOf, messageEntity, partsOf } from './parts.js'
import type { SearchKey } from './search-key.js'
import { monthOf } from './wire.js'

/** A message as SEARCH sees it. */
export interface Searchable {
  readonly number: number
  readonly uid: number
  /** With \Recent where it is that. */
  readonly flags: readonly string[]
  readonly internalDateMs: number
  readonly raw: Buffer
}

/** The highest numbers of the mailbox: what `*` stands for. */
export interface SearchContext {
  readonly highestNumber: number
  readonly highestUid: number
}

type SearchTest = (message: Searchable) => boolean

/** What a search asks of each message. */
export interface Search {
  test(message: Searchable): boolean
  /** The same, with a stop after each piece of work; one where the message is small. */
  steps(message: Searchable): Steps<boolean>
}

/** Bytes of a message that is looked at in one go: what is larger may take long to decode. */
const LARGE_BYTES = 256 * 1024
const DAY_MS = 86_400_000

/** What a test looks at: what is known of the message, its header, or all of it. */
export type SearchCost = 0 | 1 | 2

/** What a key costs. Where it is not 0, a caller counts the bytes of the messages that it asks about. */
export function costOf(key: SearchKey): SearchCost {
  switch (key.type) {
    case 'and':
    case 'or':
      return Math.max(0, ...key.of.map(costOf)) as SearchCost
    case 'not':
      return costOf(key.of)
    case 'header':
    case 'sent':
      return 1
    case 'body':
    case 'text':
      return 2
    default:
      return 0
  }
}

/** What a key asks. It remembers the message that it looked at last, so that it must not outlive its search. */
export function searchOf(key: SearchKey, context: SearchContext): Search {
  const look = new Look()
  const test = testOf(key, context, look)
  const needsText = costOf(key) === 2
  return {
    test,
    *steps(message) {
      // What is read before is only compared.
      if (needsText && message.raw.length > LARGE_BYTES) yield* look.at(message.raw).read()
      return test(message)
    },
  }
}

function testOf(key: SearchKey, context: SearchContext, look: Look): SearchTest {
  switch (key.type) {
    case 'all':
      return () => true
    case 'and': {
      const tests = byCost(key.of).map(of => testOf(of, context, look))
      return message => tests.every(test => test(message))
    }
    case 'or': {
      const tests = byCost(key.of).map(of => testOf(of, context, look))
      return message => tests.some(test => test(message))
    }
    case 'not': {
      const test = testOf(key.of, context, look)
      return message => !test(message)
    }
    case 'numbers': {
      const numbers = key.set.in(context.highestNumber)
      return message => numbers.has(message.number)
    }
    case 'uids': {
      const uids = key.set.in(context.highestUid)
      return message => uids.has(message.uid)
    }
    case 'flag': {
      const wanted = key.flag.toLowerCase()
      return message => message.flags.some(flag => flag.toLowerCase() === wanted)
    }
    case 'larger':
      return message => message.raw.length > key.bytes
    case 'smaller':
      return message => message.raw.length < key.bytes
    case 'received': {
      const isDay = dayTest(key.is, key.dayMs)
      return message => isDay(Math.floor(message.internalDateMs / DAY_MS) * DAY_MS)
    }
    case 'sent': {
      const isDay = dayTest(key.is, key.dayMs)
      return message => {
        const dayMs = sentDayMs(look.at(message.raw).first('date'))
        return dayMs !== null && isDay(dayMs)
      }
    }
    case 'header':
      return headerTest(key.name, key.text, look)
    case 'body':
      return bodyTest(key.text, look)
    case 'text': {
      const isInBody = bodyTest(key.text, look)
      const isHidden = hiddenFrom(key.text)
      const isIn = containing(key.text)
      const isInHeader: SearchTest = ({ raw }) =>
        !isHidden(raw) && look.at(raw).fields.some(field => isIn(lineOf(field)))
      return message => isInHeader(message) || isInBody(message)
    }
  }
}

function byCost(keys: readonly SearchKey[]): SearchKey[] {
  return [...keys].sort((a, b) => costOf(a) - costOf(b))
}

function dayTest(is: 'before' | 'on' | 'since', wantedMs: number): (dayMs: number) => boolean {
  switch (is) {
    case 'before':
      return dayMs => dayMs < wantedMs
    case 'on':
      return dayMs => dayMs === wantedMs
    case 'since':
      return dayMs => dayMs >= wantedMs
  }
}

/** The day of a Date header as it is written, whatever the zone is: so the RFC wants it compared. */
const WRITTEN_DAY = /^(?:[a-z]+\s*,)?\s*([0-9]{1,2})\s*[\s-]\s*([a-z]{3})[a-z]*\s*[\s-]\s*([0-9]{2,4})\b/i

function sentDayMs(date: string | undefined): number | null {
  if (date === undefined) return null
  const [, day, name = '', year = ''] = WRITTEN_DAY.exec(date) ?? []
  const month = monthOf(name)
  if (day === undefined || month < 0) {
    const timeMs = Date.parse(date)
    return Number.isNaN(timeMs) ? null : Math.floor(timeMs / DAY_MS) * DAY_MS
  }
  return Date.UTC(fullYear(year), month, Number(day))
}

/** Years of two and three digits: RFC 5322 4.3. */
function fullYear(year: string): number {
  const number = Number(year)
  if (year.length === 4) return number
  return year.length === 2 && number < 50 ? number + 2000 : number + 1900
}

function containing(text: string): (found: string) => boolean {
  const wanted = text.toLowerCase()
  return found => found.toLowerCase().includes(wanted)
}

const ENCODED_WORD_START = '=?'

/** Whether the text cannot be in a header, by the raw bytes: they are ASCII, encode nothing, and do not have it. */
function hiddenFrom(text: string): (raw: Buffer) => boolean {
  // Folds and runs of blanks may stand where it has blanks.
  const scan = scanFor('raw', solidPartOf({ kind: 'contains', text }) || text)
  // The header of a large message is read in less time than its bytes are looked through.
  return raw => raw.length <= LARGE_BYTES && scan?.(raw) === false && !raw.includes(ENCODED_WORD_START)
}

function headerTest(name: string, text: string, look: Look): SearchTest {
  const isIn = containing(text)
  const isHidden = hiddenFrom(text)
  const scan = name === 'subject' ? scanFor('subject', text) : undefined
  return ({ raw }) => {
    if (scan?.(raw)) return true
    if (isHidden(raw)) return false
    return look.at(raw).values(name).some(isIn)
  }
}

function bodyTest(text: string, look: Look): SearchTest {
  if (text === '') return () => true
  const wanted = text.toLowerCase()
  const scan = scanFor('body', text)
  return ({ raw }) => {
    const scanned = look.at(raw).isRead ? undefined : scan?.(raw)
    // The scan knows nothing of what is encoded in the headers of attached messages.
    if (scanned === true || (scanned === false && !raw.includes(ENCODED_WORD_START, bodyStart(raw)))) return scanned
    return look.at(raw).texts.some(found => found.includes(wanted))
  }
}

/** Where the body may begin: at the first empty line, or, where that looks otherwise, anywhere. */
function bodyStart(raw: Buffer): number {
  return Math.max(0, raw.indexOf('\n\r\n'))
}

/** A field as it is looked at: the name as written, the value decoded. */
function lineOf({ raw, value }: HeaderField): string {
  return `${raw.slice(0, raw.indexOf(':'))}: ${value}`
}

/** What is found in the message that is looked at, for all who look. */
class Look {
  #raw: Buffer | undefined
  #fields: readonly HeaderField[] | undefined
  #texts: readonly string[] | undefined

  at(raw: Buffer): this {
    if (this.#raw === raw) return this
    this.#raw = raw
    this.#fields = undefined
    this.#texts = undefined
    return this
  }

  get fields(): readonly HeaderField[] {
    this.#fields ??= parseHeaders(this.#raw as Buffer).fields
    return this.#fields
  }

  values(name: string): string[] {
    return this.fields.filter(field => field.name.toLowerCase() === name).map(({ value }) => value)
  }

  first(name: string): string | undefined {
    return this.values(name)[0]
  }

  get isRead(): boolean {
    return this.#texts !== undefined
  }

  /** Everything that BODY looks at, in lower case. */
  get texts(): readonly string[] {
    for (const _ of this.read());
    return this.#texts ?? []
  }

  /** Finds the texts, with a stop after each piece of work. */
  *read(): Steps<void> {
    const raw = this.#raw as Buffer
    if (this.#texts !== undefined) return
    const texts: string[] = []
    yield* readTexts(messageEntity(raw, structureOf(raw)), texts)
    this.#texts = texts
  }
}

function* readTexts(entity: Entity, texts: string[]): Steps<void> {
  const { node, source } = entity
  if (node.filename !== null) texts.push(node.filename.toLowerCase())
  switch (kindOf(entity)) {
    case 'multipart':
      for (const part of partsOf(entity)) yield* readTexts(part, texts)
      break
    case 'message': {
      const attached = attachedMessage(entity)
      for (const field of fieldsOf(attached)) texts.push(lineOf(field).toLowerCase())
      yield
      yield* readTexts(attached, texts)
      break
    }
    case 'text': {
      const text = yield* decodeTextInSteps(source, node)
      texts.push((node.contentType === 'text/html' ? textOfHtml(text) : text).toLowerCase())
      yield
      break
    }
    case 'basic':
      break
  }
}
