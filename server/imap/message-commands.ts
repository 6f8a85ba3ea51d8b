/**
 * What may be said while a mailbox is selected (RFC 3501 6.4, 3691 UNSELECT, 4315 UID EXPUNGE, 6851 MOVE): one function a
 * command. Work on many messages is done some at a time, so that nobody else waits for it.
 */
import { type Structure, structureOf } from '../mail/structure.js'
import type { Client } from './client.js'
import { type Course, doing, givingWay, LATER } from './course.js'
import { type FetchItem, marksSeen, readFetchItems, renderFetch, withUid } from './fetch.js'
import { DELETED, type FlagChange, type Flags, SEEN } from './flags.js'
import { type Entry, type Mailbox, placeOf, type Refusal } from './mailbox.js'
import type { Mailboxes } from './mailboxes.js'
import { bad, destinationRefusal, no, ok, type Result, refusalOf } from './result.js'
import { costOf, searchOf } from './search.js'
import { CharsetError, readSearch, SEARCH_CHARSETS, type SearchKey } from './search-key.js'
import { type SequenceSet, uidSetOf } from './sequence-set.js'
import { type Row, shownFlags, type View } from './view.js'
import type { Decoder } from './wire.js'

/** Messages that are changed at a time; that are copied, since INBOX reads each header; and that are removed. */
const MESSAGES_OF_A_TURN = 200
const COPIES_OF_A_TURN = 25
const REMOVALS_OF_A_TURN = 1000
/** Bytes of messages that are looked at in a turn, each message counted for at least so much. */
const BYTES_OF_A_TURN = 256 * 1024
const MIN_MESSAGE_COST = 512

const FLAGS: FetchItem = { type: 'flags' }

/** Sections that are more than a header. */
const CONTENT: ReadonlySet<string> = new Set(['all', 'text'])

/** What a set of a command is of. */
type Numbering = 'numbers' | 'uids'

const READ_ONLY = no('The mailbox is selected to be read only: SELECT it', 'READ-ONLY')
const SOME_ARE_GONE = no('Some of these messages were removed meanwhile', 'EXPUNGEISSUED')

export function check(_client: Client, decoder: Decoder): Result {
  decoder.end()
  return ok('Checked')
}

export function* close(client: Client, decoder: Decoder): Course {
  decoder.end()
  const view = viewOf(client)
  if (!view.readOnly) yield* removeDeleted(client, deletedOf(view))
  client.view = null
  return ok('Closed')
}

export function unselect(client: Client, decoder: Decoder): Result {
  decoder.end()
  client.view = null
  return ok('Closed, and nothing removed')
}

export function* expunge(client: Client, decoder: Decoder): Course {
  decoder.end()
  const view = viewOf(client)
  if (view.readOnly) return READ_ONLY
  yield* removeDeleted(client, deletedOf(view))
  return ok('Removed')
}

export function* uidExpunge(client: Client, decoder: Decoder): Course {
  decoder.space()
  const set = decoder.sequenceSet()
  decoder.end()
  const view = viewOf(client)
  if (view.readOnly) return READ_ONLY
  const wanted = new Set(numbersIn(view, set, 'uids'))
  yield* removeDeleted(
    client,
    deletedOf(view).filter(row => wanted.has(view.numberOf(row.uid))),
  )
  return ok('Removed')
}

export const fetch = (client: Client, decoder: Decoder): Course => fetching(client, decoder, 'numbers')
export const uidFetch = (client: Client, decoder: Decoder): Course => fetching(client, decoder, 'uids')
export const store = (client: Client, decoder: Decoder): Course => storing(client, decoder, 'numbers')
export const uidStore = (client: Client, decoder: Decoder): Course => storing(client, decoder, 'uids')
export const search = (client: Client, decoder: Decoder): Course => searching(client, decoder, 'numbers')
export const uidSearch = (client: Client, decoder: Decoder): Course => searching(client, decoder, 'uids')
export const copy = (client: Client, decoder: Decoder): Course => copying(client, decoder, 'numbers', false)
export const uidCopy = (client: Client, decoder: Decoder): Course => copying(client, decoder, 'uids', false)
export const move = (client: Client, decoder: Decoder): Course => copying(client, decoder, 'numbers', true)
export const uidMove = (client: Client, decoder: Decoder): Course => copying(client, decoder, 'uids', true)

function* fetching(client: Client, decoder: Decoder, numbering: Numbering): Course {
  decoder.space()
  const set = decoder.sequenceSet()
  decoder.space()
  const asked = readFetchItems(decoder)
  decoder.end()
  const view = viewOf(client)
  const numbers = numbersIn(view, set, numbering)
  if (!Array.isArray(numbers)) return numbers
  const items = numbering === 'uids' ? withUid(asked) : asked
  const withFlags = items.some(({ type }) => type === 'flags') ? items : [...items, FLAGS]
  const setsSeen = marksSeen(items) && !view.readOnly
  const isContent = items.some(item => item.type === 'section' && CONTENT.has(item.section.of.type))
  const budget = new Budget()
  let isSomeGone = false
  for (const some of portions(numbers)) {
    if (setsSeen) yield* changeFlags(view.mailbox, rowsAt(view, some), 'add', [SEEN])
    for (const number of some) {
      const row = view.rows[number - 1] as Row
      const { raw, internalDateMs, flags } = row.item
      if (raw === null) {
        isSomeGone = true
        continue
      }
      // A flag that changes by it is told with it (RFC 3501 6.4.5).
      const tells = setsSeen && row.told !== flags ? withFlags : items
      if (tells.some(({ type }) => type === 'flags')) {
        row.told = flags
        yield* view.introduce(flags)
      }
      let structure: Structure | undefined
      const answer = renderFetch(
        {
          number,
          uid: row.uid,
          internalDateMs,
          raw,
          flags: shownFlags(flags, row.isRecent),
          structure() {
            structure ??= structureOf(raw)
            return structure
          },
        },
        tells,
      )
      for (const bytes of answer) {
        yield bytes
        // Between two pieces much may have been looked at, and little said.
        if (raw.length > BYTES_OF_A_TURN) yield LATER
      }
      count(client, row, isContent)
      if (budget.isSpentBy(raw.length)) yield LATER
    }
  }
  return isSomeGone && numbering === 'numbers' ? SOME_ARE_GONE : ok('Fetched')
}

/** Says what was asked of a message, once. */
function count({ visit }: Client, row: Row, isContent: boolean): void {
  if (isContent && row.asked !== 'content') {
    visit.did('fetched')
    row.asked = 'content'
  } else if (row.asked === 'nothing') {
    visit.did('looked into')
    row.asked = 'about'
  }
}

function* storing(client: Client, decoder: Decoder, numbering: Numbering): Course {
  decoder.space()
  const set = decoder.sequenceSet()
  decoder.space()
  const how: FlagChange = decoder.take('+') ? 'add' : decoder.take('-') ? 'remove' : 'replace'
  const { place } = decoder
  const word = decoder.word()
  if (word !== 'FLAGS' && word !== 'FLAGS.SILENT') decoder.fail('FLAGS or FLAGS.SILENT', place)
  decoder.space()
  const names = decoder.storeFlags()
  decoder.end()
  const view = viewOf(client)
  if (view.readOnly) return READ_ONLY
  const flags = client.context.host.flagSets.read(names)
  if (flags.type === 'refused') return flags.why === 'limit' ? no(flags.text, 'LIMIT') : bad(flags.text)
  const numbers = numbersIn(view, set, numbering)
  if (!Array.isArray(numbers)) return numbers
  let refusal: Refusal | null = null
  let isSomeGone = false
  for (const some of portions(numbers)) {
    const rows = rowsAt(view, some)
    // What the client is not to be told are its own changes, not those of others (RFC 3501 6.4.6).
    const isSilent = rows.map(row => word === 'FLAGS.SILENT' && row.told === row.item.flags)
    refusal = (yield* changeFlags(view.mailbox, rows, how, flags.flags)) ?? refusal
    for (const [n, row] of rows.entries()) {
      if (row.item.raw === null) isSomeGone = true
      else if (isSilent[n]) {
        row.told = row.item.flags
        yield* view.introduce(row.told)
      } else yield* view.tellFlags(some[n] as number)
    }
    client.visit.did('flagged', rows.length)
    yield LATER
  }
  if (refusal !== null) return refusalOf(refusal)
  return isSomeGone && numbering === 'numbers' ? SOME_ARE_GONE : ok('Flags are set')
}

function* searching(client: Client, decoder: Decoder, numbering: Numbering): Course {
  decoder.space()
  const key = readKey(decoder)
  if ('status' in key) return key
  const view = viewOf(client)
  const { rows } = view
  const search = searchOf(key, { highestNumber: rows.length, highestUid: rows.at(-1)?.uid ?? 0 })
  const looks = costOf(key) > 0
  const budget = new Budget()
  const found: number[] = []
  for (const [n, row] of rows.entries()) {
    const { raw, internalDateMs, flags } = row.item
    if (raw !== null) {
      const { uid } = row
      const message = { number: n + 1, uid, internalDateMs, raw, flags: shownFlags(flags, row.isRecent) }
      if (yield* givingWay(search.steps(message))) found.push(numbering === 'uids' ? uid : n + 1)
    }
    if (budget.isSpentBy(looks && raw !== null ? raw.length : 0)) yield LATER
  }
  yield ['SEARCH', ...found].join(' ')
  return ok(`${found.length} found`)
}

/** What is looked for; a refusal where that is in a charset that nobody knows. */
function readKey(decoder: Decoder): SearchKey | Result {
  try {
    const { key } = readSearch(decoder)
    decoder.end()
    return key
  } catch (error) {
    if (!(error instanceof CharsetError)) throw error
    return no(error.message, `BADCHARSET (${SEARCH_CHARSETS.join(' ')})`)
  }
}

function* copying(client: Client, decoder: Decoder, numbering: Numbering, moves: boolean): Course {
  decoder.space()
  const set = decoder.sequenceSet()
  decoder.space()
  const name = decoder.mailbox()
  decoder.end()
  const view = viewOf(client)
  if (moves && view.readOnly) return READ_ONLY
  const mailboxes = client.mailboxes as Mailboxes
  const target = mailboxes.get(name)
  if ('type' in target) return destinationRefusal(target)
  const numbers = numbersIn(view, set, numbering)
  if (!Array.isArray(numbers)) return numbers
  const rows = rowsAt(view, numbers).filter(({ item }) => item.raw !== null)
  if (rows.length < numbers.length && numbering === 'numbers') return SOME_ARE_GONE
  if (rows.length === 0) return ok('There are no such messages')
  while (!target.catchUp()) yield LATER
  const bytes = rows.reduce((sum, { item }) => sum + (item.raw?.length ?? 0), 0)
  const refusal = target.refusalFor(rows.length, bytes) ?? (yield* placing(target, rows))
  if (refusal instanceof Placement) {
    const code = `COPYUID ${mailboxes.uidValidity} ${uidSetOf(refusal.from)} ${uidSetOf(refusal.to)}`
    client.visit.did(moves ? 'moved' : 'copied', refusal.to.length)
    if (!moves) return ok('Copied', code)
    // Before the messages leave, so that the client can tell them by their UIDs (RFC 6851 4.3).
    yield `OK [${code}] Copied`
    yield* expungeRows(client, refusal.rows)
    return ok('Moved')
  }
  return refusalOf(refusal)
}

/** What was placed: which row became which UID. */
class Placement {
  readonly rows: Row[] = []
  readonly from: number[] = []
  readonly to: number[] = []
}

/** Puts messages into a mailbox: all of them or none (RFC 3501 6.4.7). What leaves meanwhile is left out. */
function* placing(target: Mailbox, rows: readonly Row[]): Course<Placement | Refusal> {
  const placement = new Placement()
  for (const some of portions(rows, COPIES_OF_A_TURN)) {
    const refusal = yield* doing(() => placeAll(target, some, placement))
    if (refusal !== null) {
      const placed = new Set(placement.to)
      yield* removing(
        target,
        target.entries.filter(({ uid }) => placed.has(uid)),
      )
      return refusal
    }
    yield LATER
  }
  return placement
}

async function placeAll(target: Mailbox, rows: readonly Row[], placement: Placement): Promise<Refusal | null> {
  for (const row of rows) {
    const { raw, flags, internalDateMs } = row.item
    if (raw === null) continue
    const placed = await target.add({ raw, flags, internalDateMs })
    if (placed.type === 'refused') return placed
    placement.rows.push(row)
    placement.from.push(row.uid)
    placement.to.push(placed.uid)
  }
  return null
}

function* removing(mailbox: Mailbox, entries: readonly Entry[]): Course<void> {
  for (const some of portions(entries, REMOVALS_OF_A_TURN)) {
    yield* doing(() => mailbox.remove(some))
    yield LATER
  }
}

function* removeDeleted(client: Client, rows: readonly Row[]): Course<void> {
  yield* expungeRows(client, rows)
  client.visit.did('deleted', rows.length)
}

function* expungeRows({ view }: Client, rows: readonly Row[]): Course<void> {
  if (view === null) return
  yield* removing(view.mailbox, rows)
}

function* changeFlags(mailbox: Mailbox, rows: readonly Row[], how: FlagChange, flags: Flags): Course<Refusal | null> {
  // Nothing is to be done for what is so already: the common case of a program that fetches again.
  const others = how === 'add' ? rows.filter(({ item }) => !flags.every(flag => item.flags.includes(flag))) : rows
  if (others.length === 0) return null
  return yield* doing(() => mailbox.setFlags(others, how, flags))
}

function viewOf({ view }: Client): View {
  return view as View
}

function rowsAt({ rows }: View, numbers: readonly number[]): Row[] {
  return numbers.map(number => rows[number - 1] as Row)
}

function deletedOf({ rows }: View): Row[] {
  return rows.filter(({ item: { raw, flags } }) => raw !== null && flags.includes(DELETED))
}

/**
 * The numbers of the messages of a set, in order. A number that there is not is a mistake; a UID is not (RFC 3501 6.4.8).
 * `*` of an empty mailbox is nothing.
 */
function numbersIn(view: View, set: SequenceSet, numbering: 'uids'): number[]
function numbersIn(view: View, set: SequenceSet, numbering: Numbering): number[] | Result
function numbersIn({ rows }: View, set: SequenceSet, numbering: Numbering): number[] | Result {
  const highest = numbering === 'uids' ? (rows.at(-1)?.uid ?? 0) : rows.length
  const wanted = set.in(highest)
  const numbers: number[] = []
  for (const { from, to } of wanted.ranges) {
    const [first, end] =
      numbering === 'uids' ? [placeOf(rows, from), placeOf(rows, to + 1)] : [Math.max(from - 1, 0), to]
    if (numbering === 'numbers' && end > rows.length && !(rows.length === 0 && from === 0))
      return bad(rows.length === 0 ? 'There are no messages' : `The messages are 1 to ${rows.length}`)
    for (let place = first; place < Math.min(end, rows.length); place++) numbers.push(place + 1)
  }
  return numbers
}

function* portions<Thing>(things: readonly Thing[], size = MESSAGES_OF_A_TURN): Generator<Thing[]> {
  for (let at = 0; at < things.length; at += size) yield things.slice(at, at + size)
}

/** What may be looked at before others get their turn. */
class Budget {
  #bytes = 0

  isSpentBy(bytes: number): boolean {
    this.#bytes += bytes + MIN_MESSAGE_COST
    if (this.#bytes < BYTES_OF_A_TURN) return false
    this.#bytes = 0
    return true
  }
}
