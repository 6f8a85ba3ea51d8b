/**
 * FETCH (RFC 3501 6.4.5, 7.4.2): what a client may ask of a message, and the answer, byte for byte and in the order asked.
 *
 * Only what is asked for is looked at: the structure of a message is found for parts, not for its header, its text or the
 * whole. A part that is not there is NIL; one that is there and empty is "". NUL goes out as it is: exactness outranks the
 * grammar's CHAR8.
 */
import { parseHeaders } from '../mail/headers.js'
import { fieldsAsSent } from '../mail/headers-as-sent.js'
import type { Structure } from '../mail/structure.js'
import { writeStructure } from './bodystructure.js'
import { Encoder } from './encoder.js'
import { writeEnvelope } from './envelope.js'
import { attachedMessage, bodyOf, type Entity, headersOf, kindOf, messageEntity, partAt } from './parts.js'
import type { Decoder } from './wire.js'

/** A message as FETCH sees it. */
export interface Fetchable {
  /** Its place in the mailbox, from 1 on. */
  readonly number: number
  readonly uid: number
  readonly flags: readonly string[]
  readonly internalDateMs: number
  readonly raw: Buffer
  /** The MIME tree of `raw`; asked for where parts are wanted, more than once for one answer. */
  structure(): Structure
}

/** What of a part is wanted: `[1.2.HEADER]`. */
export interface Section {
  /** Part numbers; none for the message itself. */
  readonly path: readonly number[]
  readonly of:
    | { readonly type: 'all' | 'header' | 'text' | 'mime' }
    /** The header without all fields but these, or without these. */
    | { readonly type: 'fields' | 'other-fields'; readonly names: readonly string[] }
}

/** A stretch of a section: `<offset.count>`. */
export interface Partial {
  readonly offset: number
  readonly count: number
}

export type FetchItem =
  | { readonly type: 'flags' | 'internal-date' | 'size' | 'uid' | 'envelope' | 'body' | 'bodystructure' }
  | {
      readonly type: 'section'
      /** How it is called in the answer, without the partial: `BODY[TEXT]`, `RFC822`. */
      readonly name: string
      readonly section: Section
      readonly partial: Partial | null
      /** Does not set \Seen. */
      readonly isPeek: boolean
    }

const FAST = ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE']
const MACROS: Readonly<Record<string, readonly string[]>> = {
  FAST,
  ALL: [...FAST, 'ENVELOPE'],
  FULL: [...FAST, 'ENVELOPE', 'BODY'],
}

const ITEMS: Readonly<Record<string, FetchItem>> = {
  FLAGS: { type: 'flags' },
  INTERNALDATE: { type: 'internal-date' },
  'RFC822.SIZE': { type: 'size' },
  UID: { type: 'uid' },
  ENVELOPE: { type: 'envelope' },
  BODYSTRUCTURE: { type: 'bodystructure' },
  BODY: { type: 'body' },
  RFC822: wholeSection('RFC822', 'all', false),
  'RFC822.HEADER': wholeSection('RFC822.HEADER', 'header', true),
  'RFC822.TEXT': wholeSection('RFC822.TEXT', 'text', false),
}

function wholeSection(name: string, type: 'all' | 'header' | 'text', isPeek: boolean): FetchItem {
  return { type: 'section', name, section: { path: [], of: { type } }, partial: null, isPeek }
}

const AN_ITEM = 'an item of a message such as FLAGS or BODY[]'

/** What FETCH asks for: one item or macro, or a list of items. What is asked for twice is answered once. */
export function readFetchItems(decoder: Decoder): FetchItem[] {
  const items = decoder.peek() === '(' ? decoder.list(() => readItems(decoder)).flat() : readItems(decoder)
  if (items.length === 0) decoder.fail(AN_ITEM)
  const byKey = new Map(items.map(item => [keyOf(item), item]))
  return [...byKey.values()]
}

function readItems(decoder: Decoder): FetchItem[] {
  const { place } = decoder
  const name = decoder.word(AN_ITEM)
  if ((name === 'BODY' || name === 'BODY.PEEK') && decoder.take('[')) return [readSectionItem(decoder, name)]
  const names = MACROS[name] ?? [name]
  return names.map(one => ITEMS[one] ?? decoder.fail(AN_ITEM, place))
}

function readSectionItem(decoder: Decoder, name: string): FetchItem {
  const section = readSection(decoder)
  decoder.expect(']')
  const partial = decoder.take('<') ? readPartial(decoder) : null
  return { type: 'section', name: `BODY[${shown(section)}]`, section, partial, isPeek: name === 'BODY.PEEK' }
}

const TEXTS: Readonly<Record<string, 'all' | 'header' | 'text' | 'mime'>> = {
  '': 'all',
  HEADER: 'header',
  TEXT: 'text',
  MIME: 'mime',
}
const PATH = /^(?:[1-9][0-9]{0,9}(?:\.|$))*/

function readSection(decoder: Decoder): Section {
  if (decoder.peek() === ']') return { path: [], of: { type: 'all' } }
  const what = 'a section such as HEADER, TEXT or 1.2'
  const { place } = decoder
  const written = decoder.word(what)
  const numbers = PATH.exec(written)?.[0] ?? ''
  const path = numbers.split('.').filter(Boolean).map(Number)
  const rest = written.slice(numbers.length)
  if (rest === 'HEADER.FIELDS' || rest === 'HEADER.FIELDS.NOT') {
    decoder.space()
    const names = decoder.list(() => decoder.astring().toString('latin1'))
    if (names.length === 0) decoder.fail('the name of a field')
    return { path, of: { type: rest === 'HEADER.FIELDS' ? 'fields' : 'other-fields', names } }
  }
  const type = TEXTS[rest]
  // `1.` names nothing, and MIME is of a part.
  if (type === undefined || (rest === '' && numbers.endsWith('.')) || (type === 'mime' && path.length === 0))
    decoder.fail(what, place)
  return { path, of: { type } }
}

function readPartial(decoder: Decoder): Partial {
  const what = 'a stretch such as 0.1024'
  const { place } = decoder
  const written = decoder.word(what)
  const found = /^([0-9]{1,10})\.([0-9]{1,10})$/.exec(written)
  if (!found || Number(found[2]) === 0) decoder.fail(what, place)
  decoder.expect('>')
  return { offset: Number(found[1]), count: Number(found[2]) }
}

/** A section as it is written. */
function shown({ path, of }: Section): string {
  const numbers = path.join('.')
  if (of.type === 'all') return numbers
  const prefix = numbers === '' ? '' : `${numbers}.`
  if (!('names' in of)) return prefix + of.type.toUpperCase()
  const encoder = new Encoder().raw(`${prefix}HEADER.FIELDS${of.type === 'fields' ? '' : '.NOT'} `)
  encoder.list(of.names, name => encoder.astring(name))
  return Buffer.concat(encoder.take()).toString('latin1')
}

function keyOf(item: FetchItem): string {
  if (item.type !== 'section') return item.type
  const { name, partial } = item
  return partial === null ? name : `${name}<${partial.offset}.${partial.count}>`
}

/** The items with UID before them, unless it is among them: what UID FETCH answers. */
export function withUid(items: readonly FetchItem[]): readonly FetchItem[] {
  return items.some(({ type }) => type === 'uid') ? items : [{ type: 'uid' }, ...items]
}

/** Whether what is asked for sets \Seen. */
export function marksSeen(items: readonly FetchItem[]): boolean {
  return items.some(item => item.type === 'section' && !item.isPeek)
}

/**
 * The answer for one message, `* n FETCH (...)` with its line end, in buffers of at most 64 KiB. Between two of them is a
 * place to stop, where others wait or the client does not read.
 */
export function* renderFetch(message: Fetchable, items: readonly FetchItem[]): Generator<Buffer, void, undefined> {
  const encoder = new Encoder().raw(`* ${message.number} FETCH (`)
  let isFirst = true
  for (const item of items) {
    if (!isFirst) encoder.raw(' ')
    isFirst = false
    for (const _ of writeItem(encoder, message, item)) yield* encoder.take()
  }
  yield* encoder.raw(')\r\n').take()
}

/** Writes an item; stops where others may be served. */
function* writeItem(encoder: Encoder, message: Fetchable, item: FetchItem): Generator<void> {
  const { raw } = message
  switch (item.type) {
    case 'flags':
      encoder.raw('FLAGS ').list(message.flags, flag => encoder.raw(flag))
      break
    case 'internal-date':
      encoder.raw('INTERNALDATE ').dateTime(message.internalDateMs)
      break
    case 'size':
      encoder.raw(`RFC822.SIZE ${raw.length}`)
      break
    case 'uid':
      encoder.raw(`UID ${message.uid}`)
      break
    case 'envelope':
      encoder.raw('ENVELOPE ')
      yield* writeEnvelope(encoder, parseHeaders(raw).fields)
      break
    case 'body':
    case 'bodystructure':
      encoder.raw(item.type === 'body' ? 'BODY ' : 'BODYSTRUCTURE ')
      yield* writeStructure(encoder, messageEntity(raw, message.structure()), item.type === 'bodystructure')
      break
    case 'section': {
      const { name, section, partial } = item
      encoder.raw(name)
      if (partial !== null) encoder.raw(`<${partial.offset}>`)
      const bytes = sectionOf(message, section)
      const wanted = bytes && partial !== null ? bytes.subarray(partial.offset, partial.offset + partial.count) : bytes
      encoder.raw(' ')
      if (wanted === null) encoder.raw('NIL')
      else encoder.literal(wanted)
      yield
      break
    }
  }
}

/** The bytes of a section; null where there is no such part. */
export function sectionOf(message: Pick<Fetchable, 'raw' | 'structure'>, { path, of }: Section): Buffer | null {
  const { raw } = message
  if (path.length === 0) {
    if (of.type === 'all') return raw
    const bodyOffset = parseHeaders(raw).bodyOffset
    return of.type === 'text' ? raw.subarray(bodyOffset) : headerPart(of, raw.subarray(0, bodyOffset), raw.length)
  }
  const part = partAt(messageEntity(raw, message.structure()), path)
  if (part === undefined) return null
  if (of.type === 'all') return bodyOf(part)
  if (of.type === 'mime') return headersOf(part)
  // A header and a text of its own has only a message.
  if (kindOf(part) !== 'message') return null
  const attached: Entity = attachedMessage(part)
  if (of.type === 'text') return bodyOf(attached)
  return headerPart(of, headersOf(attached), attached.source.length)
}

/** A header, or the fields of it that are wanted with the empty line. */
function headerPart(of: Section['of'], header: Buffer, messageBytes: number): Buffer {
  if (!('names' in of)) return header
  const names = new Set(of.names.map(name => name.toLowerCase()))
  // There is an empty line in the answer unless the message has neither one nor a body (RFC 3501 6.4.5).
  const emptyLine = messageBytes > header.length ? EMPTY_LINE : NOTHING
  return fieldsAsSent(header, 0, header.length, names, of.type === 'other-fields', emptyLine)
}

const EMPTY_LINE = Buffer.from('\r\n')
const NOTHING = Buffer.alloc(0)
