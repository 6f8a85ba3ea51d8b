/**
 * What may be said once somebody has logged in (RFC 3501 6.3, 2342 NAMESPACE, 2177 IDLE): one function a command.
 */
import type { Client } from './client.js'
import { type Course, catchUp, doing, LATER } from './course.js'
import { Encoder } from './encoder.js'
import { SETTABLE } from './flags.js'
import type { Mailbox, Refusal } from './mailbox.js'
import type { Listed, Mailboxes } from './mailboxes.js'
import { DELIMITER, matchesPattern, superiorsOf } from './names.js'
import { bad, destinationRefusal, no, ok, type Result, refusalOf } from './result.js'
import { View } from './view.js'
import type { Decoder } from './wire.js'

/** Names that are matched at a time. */
const NAMES_OF_A_TURN = 100

const STATUS_ITEMS = ['MESSAGES', 'RECENT', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN'] as const
type StatusItem = (typeof STATUS_ITEMS)[number]

export function select(client: Client, decoder: Decoder): Course {
  return open(client, decoder, false)
}

export function examine(client: Client, decoder: Decoder): Course {
  return open(client, decoder, true)
}

export function create(client: Client, decoder: Decoder): Result {
  const [name] = names(decoder, 1)
  return done('Created', mailboxesOf(client).create(name))
}

export function* remove(client: Client, decoder: Decoder): Course {
  const [name] = names(decoder, 1)
  return done('Deleted', yield* doing(() => mailboxesOf(client).delete(name)))
}

export function* rename(client: Client, decoder: Decoder): Course {
  const [from, to] = names(decoder, 2)
  while (!mailboxesOf(client).inbox.catchUp()) yield LATER
  return done('Renamed', yield* doing(() => mailboxesOf(client).rename(from, to)))
}

export function subscribe(client: Client, decoder: Decoder): Result {
  const [name] = names(decoder, 1)
  return done('Subscribed', mailboxesOf(client).subscribe(name))
}

export function unsubscribe(client: Client, decoder: Decoder): Result {
  const [name] = names(decoder, 1)
  mailboxesOf(client).unsubscribe(name)
  return ok('Unsubscribed')
}

export function* list(client: Client, decoder: Decoder): Course {
  const pattern = readPattern(decoder)
  if (pattern === null) {
    // RFC 3501 6.3.8: what parts the levels of a name, and its root.
    yield listed('LIST', { name: '', attributes: ['\\Noselect'] })
    return ok('Listed')
  }
  yield* matching('LIST', mailboxesOf(client).list(), pattern)
  return ok('Listed')
}

export function* lsub(client: Client, decoder: Decoder): Course {
  const pattern = readPattern(decoder)
  if (pattern === null) {
    yield listed('LSUB', { name: '', attributes: ['\\Noselect'] })
    return ok('Listed')
  }
  const subscribed = mailboxesOf(client).subscriptions()
  // RFC 3501 6.3.9: what `%` passes over shows by the levels above it.
  const names = new Map(subscribed.map(each => [each.name, each]))
  const levels = subscribed
    .flatMap(({ name }) => superiorsOf(name))
    .filter(name => pattern.endsWith('%') && !names.has(name))
    .map(name => ({ name, attributes: ['\\Noselect'] }))
  for (const level of levels) names.set(level.name, level)
  yield* matching('LSUB', [...names.values()], pattern)
  return ok('Listed')
}

export function* status(client: Client, decoder: Decoder): Course {
  decoder.space()
  const name = decoder.mailbox()
  decoder.space()
  const items = decoder.list(() => {
    const { place } = decoder
    const item = decoder.word()
    return STATUS_ITEMS.find(known => known === item) ?? decoder.fail(`one of ${STATUS_ITEMS.join(' ')}`, place)
  })
  if (items.length === 0) decoder.fail(`one of ${STATUS_ITEMS.join(' ')}`)
  decoder.end()
  const mailbox = mailboxesOf(client).get(name)
  if ('type' in mailbox) return refusalOf(mailbox)
  while (!mailbox.catchUp()) yield LATER
  const { uidValidity } = mailboxesOf(client)
  const encoder = new Encoder().raw('STATUS ').mailbox(name).raw(' ')
  encoder.list(items, item => encoder.raw(`${item} ${countOf(mailbox, item, uidValidity)}`))
  yield textOf(encoder)
  return ok('This is what is there')
}

export function* append(client: Client, decoder: Decoder): Course {
  decoder.space()
  const name = decoder.mailbox()
  decoder.space()
  let flagNames: string[] = []
  if (decoder.peek() === '(') {
    flagNames = decoder.flagList()
    decoder.space()
  }
  let internalDateMs: number | null = null
  if (decoder.peek() === '"') {
    internalDateMs = decoder.dateTime()
    decoder.space()
  }
  const raw = decoder.literal()
  decoder.end()
  const mailboxes = mailboxesOf(client)
  const mailbox = mailboxes.get(name)
  if ('type' in mailbox) return destinationRefusal(mailbox)
  const flags = client.context.host.flagSets.read(flagNames)
  if (flags.type === 'refused') return flags.why === 'limit' ? no(flags.text, 'LIMIT') : bad(flags.text)
  if (raw.length === 0) return no('A message has at least one octet')
  while (!mailbox.catchUp()) yield LATER
  const placed = yield* doing(() => mailbox.add({ raw, flags: flags.flags, internalDateMs }))
  if (placed.type === 'refused') return refusalOf(placed)
  client.visit.did('added')
  return ok('Added', `APPENDUID ${mailboxes.uidValidity} ${placed.uid}`)
}

export function* namespace(_client: Client, decoder: Decoder): Course {
  decoder.end()
  yield `NAMESPACE (("" "${DELIMITER}")) NIL NIL`
  return ok('These are the namespaces')
}

export function* idle({ view }: Client, decoder: Decoder): Course {
  decoder.end()
  if (view !== null) yield* catchUp(view, true)
  let prompt: string | null = 'Say DONE to end it'
  for (;;) {
    const input = yield { type: 'ask', prompt, isSecret: false, wakes: true }
    prompt = null
    if (input?.type === 'line') {
      return input.line.toString('latin1').trim().toUpperCase() === 'DONE' ? ok('Done') : bad('Only DONE ends IDLE')
    }
    if (view !== null) yield* catchUp(view, true)
  }
}

// What they share.

function* open(client: Client, decoder: Decoder, readOnly: boolean): Course {
  const [name] = names(decoder, 1)
  // Whatever comes of it, the mailbox of before is selected no longer (RFC 3501 6.3.1).
  client.view = null
  const mailboxes = mailboxesOf(client)
  const mailbox = mailboxes.get(name)
  if ('type' in mailbox) return refusalOf(mailbox)
  while (!mailbox.catchUp()) yield LATER
  const view = new View(mailbox, readOnly)
  client.view = view
  const { rows, recents, keywords } = view
  const flags = [...SETTABLE, ...keywords].join(' ')
  yield `FLAGS (${flags})`
  yield `${rows.length} EXISTS`
  yield `${recents} RECENT`
  const unseen = rows.findIndex(({ told }) => !told.includes('\\Seen'))
  if (unseen >= 0) yield `OK [UNSEEN ${unseen + 1}] The first that nobody has seen`
  yield `OK [UIDVALIDITY ${mailboxes.uidValidity}] UIDs hold until the server ends`
  yield `OK [UIDNEXT ${mailbox.uidNext}] The next UID is at least this`
  yield `OK [PERMANENTFLAGS (${readOnly ? '' : `${flags} \\*`})] What can be set`
  return ok(readOnly ? 'Selected to be read only' : 'Selected', readOnly ? 'READ-ONLY' : 'READ-WRITE')
}

function mailboxesOf({ mailboxes }: Client): Mailboxes {
  return mailboxes as Mailboxes
}

function done(text: string, refusal: Refusal | null): Result {
  return refusal === null ? ok(text) : refusalOf(refusal)
}

/** The names of mailboxes that are all a command has. */
function names(decoder: Decoder, count: 1): [string]
function names(decoder: Decoder, count: 2): [string, string]
function names(decoder: Decoder, count: number): string[] {
  const read: string[] = []
  while (read.length < count) {
    decoder.space()
    read.push(decoder.mailbox())
  }
  decoder.end()
  return read
}

/** A reference and a pattern behind it; null where only the root is asked for. */
function readPattern(decoder: Decoder): string | null {
  decoder.space()
  const reference = decoder.mailbox()
  decoder.space()
  const pattern = decoder.listMailbox()
  decoder.end()
  return pattern === '' ? null : reference + pattern
}

function* matching(response: 'LIST' | 'LSUB', names: readonly Listed[], pattern: string): Course<void> {
  for (const [n, each] of names.entries()) {
    if (matchesPattern(each.name, pattern)) yield listed(response, each)
    if (n % NAMES_OF_A_TURN === NAMES_OF_A_TURN - 1) yield LATER
  }
}

function listed(response: 'LIST' | 'LSUB', { name, attributes }: Listed): string {
  return textOf(new Encoder().raw(`${response} (${attributes.join(' ')}) "${DELIMITER}" `).mailbox(name))
}

function countOf(mailbox: Mailbox, item: StatusItem, uidValidity: number): number {
  const { entries, recentFrom, uidNext } = mailbox
  switch (item) {
    case 'MESSAGES':
      return entries.length
    case 'RECENT':
      return entries.filter(({ uid }) => uid >= recentFrom).length
    case 'UIDNEXT':
      return uidNext
    case 'UIDVALIDITY':
      return uidValidity
    case 'UNSEEN':
      return entries.filter(({ item: { flags } }) => !flags.includes('\\Seen')).length
  }
}

function textOf(encoder: Encoder): string {
  return Buffer.concat(encoder.take()).toString('latin1')
}
