/** Messages as a resource: lists, marking as read, tags, removing, and adding by hand. */
import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { messagesOfMbox } from '../mail/mbox.js'
import type { Envelope, Received, Stored } from '../mail/message.js'
import { Reading } from '../mail/reading.js'
import type { Order } from '../mail/store.js'
import type { App, RouteParts } from './app.js'
import { Problem } from './errors.js'
import type { Scope } from './find.js'
import { controls, filters, query } from './parameters.js'
import {
  ApiError,
  Changed,
  FullMessageList,
  Imported,
  type Message,
  MessageList,
  MessagePatch,
  NoMatch,
  named,
  Removed,
  type Summary,
} from './schema.js'

const DEFAULT_LIMIT = 50
/** Raw bytes after which a page of full messages ends before its limit: `next` goes on. */
const MAX_FULL_PAGE_BYTES = 64 * 1024 * 1024
/** The largest mbox: it is held in memory as a whole. */
const MAX_MBOX_BYTES = 256 * 1024 * 1024
/** Recipients of an added message: as many as SMTP takes by default. */
const MAX_ADDED_RECIPIENTS = 10_000

const { limit, page, start, order, full, wait, count, since, until, instance } = controls
const listQuery = query({ ...filters, limit, page, start, order, full, wait, count, since, until, instance })
type ListQuery = Static<typeof listQuery>

export function messageRoutes(app: App, parts: RouteParts): void {
  const { store, contents, finder } = parts
  const tags = ['messages']
  const errors = { '4xx': named(ApiError) }

  const listSchema = {
    tags,
    summary: 'Messages, newest first.',
    querystring: listQuery,
    response: { 200: Type.Union([named(MessageList), named(FullMessageList)]), 404: named(NoMatch), ...errors },
  }
  app.get('/api/messages', { schema: listSchema }, async (request, reply): Promise<MessageList | FullMessageList> => {
    const { query } = request
    const scope = finder.scope(query)
    const from = placeOf(query, finder.checkInstance.bind(finder), store.epoch.instance)
    await finder.wait(scope, query, reply)
    // Taken before anything is read: what changes meanwhile is after it, so whoever goes on from here misses nothing.
    const { cursor } = store
    const { messages, total, unread, more } = await readPage(scope, from, query.limit ?? DEFAULT_LIMIT)
    const answer = { total, unread, cursor, instance: store.epoch.instance }
    if (query.full) {
      const { found, all } = await inFull(messages)
      return { messages: found, next: nextOf(from.order, messages[found.length - 1], more || !all), ...answer }
    }
    const summaries: Summary[] = messages.map(message => contents.summary(message))
    return { messages: summaries, next: nextOf(from.order, messages.at(-1), more), ...answer }
  })

  async function readPage(scope: Scope, from: Place, limit: number) {
    const messages: Stored[] = []
    let { start } = from
    let more = false
    /** Puts a message on the page if its place is there; false once the page is full. */
    const place = (message: Stored): boolean => {
      if (from.after !== undefined && !isAfter(message.uid, from.after, from.order)) return true
      if (start > 0) start -= 1
      else if (messages.length < limit) messages.push(message)
      else more = true
      return !more
    }
    if (scope.everything) {
      for (const message of store.walk(from.order)) if (!place(message)) break
      return { messages, total: store.total, unread: store.unread, more }
    }
    let total = 0
    let unread = 0
    for await (const message of finder.search(scope, from.order)) {
      total += 1
      if (!message.read) unread += 1
      place(message)
    }
    return { messages, total, unread, more }
  }

  async function inFull(messages: readonly Stored[]): Promise<{ found: Message[]; all: boolean }> {
    const found: Message[] = []
    let bytes = 0
    for (const message of messages) {
      bytes += message.raw.length
      if (bytes > MAX_FULL_PAGE_BYTES && found.length > 0) return { found, all: false }
      found.push(await contents.message(message))
    }
    return { found, all: true }
  }

  const patchSchema = {
    tags,
    summary: 'Marks messages as read or unread, or tags them.',
    querystring: query({}),
    body: MessagePatch,
    response: { 200: named(Changed), ...errors },
  }
  app.patch('/api/messages', { schema: patchSchema }, async (request): Promise<Changed> => {
    const { ids, q, inbox, read, tags } = request.body
    if (ids === undefined && q === undefined && inbox === undefined)
      throw new Problem('invalid_body', 'The body does not say which messages.', 'Give ids, q or inbox.')
    if (read === undefined && tags === undefined)
      throw new Problem('invalid_body', 'The body does not say what to change.', 'Give read or tags.')
    const scope = finder.scope({ ...(q !== undefined && { q }), ...(inbox !== undefined && { inbox }) })
    const chosen = ids?.filter(id => {
      const message = store.get(id)
      return message !== undefined && scope.test(message)
    })
    const flags = { ...(read !== undefined && { read }), ...(tags !== undefined && { tags }) }
    return { changed: await store.flag(chosen ?? (await finder.ids(scope)), flags) }
  })

  const removeSchema = {
    tags,
    summary: 'Removes messages: all of them where no parameter is given.',
    querystring: query({ ...filters, until, instance }),
    response: { 200: named(Removed), ...errors },
  }
  app.delete('/api/messages', { schema: removeSchema }, async (request): Promise<Removed> => {
    const ids = await finder.ids(finder.scope(request.query))
    return { removed: await store.remove(ids) }
  })

  const removeOneSchema = {
    tags,
    summary: 'Removes a message.',
    params: Type.Object({ id: Type.String({ description: 'The id of a message, or `latest`.' }) }),
    querystring: query({ ...filters, until, instance }),
    response: { 200: named(Removed), ...errors },
  }
  app.delete('/api/messages/:id', { schema: removeOneSchema }, async (request, reply): Promise<Removed> => {
    const { id } = await finder.one(request.params.id, request.query, reply)
    return { removed: await store.remove([id]) }
  })

  const { maxMessageBytes } = parts.info().limits
  const addQuery = query({
    'mail-from': Type.Optional(Type.String({ description: 'The reverse-path; <> is the null path. Default: From.' })),
    'rcpt-to': Type.Optional(Type.String({ description: 'The recipients, with commas. Default: To, Cc, Bcc.' })),
  })
  const addSchema = {
    tags,
    summary: 'Adds a message, or those of an mbox, as if received.',
    querystring: addQuery,
    body: {
      content: {
        'message/rfc822': { schema: Type.Unsafe<Buffer>({ description: 'A message, kept byte for byte.' }) },
        'application/mbox': { schema: Type.Unsafe<Buffer>({ description: 'Messages, each kept byte for byte.' }) },
      },
    },
    response: { 201: named(Imported), ...errors, 507: named(ApiError) },
  }
  app.register(async scoped => {
    // Only here: elsewhere a body of these types is refused.
    const asBuffer = { parseAs: 'buffer' } as const
    const keep = (_request: unknown, body: string | Buffer, done: (error: null, body: string | Buffer) => void) =>
      done(null, body)
    scoped.removeAllContentTypeParsers()
    scoped.addContentTypeParser('message/rfc822', { ...asBuffer, bodyLimit: maxMessageBytes }, keep)
    scoped.addContentTypeParser('application/mbox', { ...asBuffer, bodyLimit: MAX_MBOX_BYTES }, keep)
    scoped.post<{ Body: Buffer | undefined; Querystring: Static<typeof addQuery> }>(
      '/api/messages',
      { schema: addSchema },
      async (request, reply) => add(request.body, request.headers['content-type'] ?? '', request.query, reply),
    )
  })

  async function add(
    body: Buffer | undefined,
    contentType: string,
    envelope: Static<typeof addQuery>,
    reply: FastifyReply,
  ): Promise<Imported> {
    if (!Buffer.isBuffer(body))
      throw new Problem('invalid_body', 'There is no message in the body.', 'Send it as message/rfc822.')
    const isMbox = contentType.toLowerCase().startsWith('application/mbox')
    const raws = isMbox ? [...messagesOfMbox(body)] : [body]
    if (raws.length === 0)
      throw new Problem('invalid_body', 'The body is no mbox.', 'Each message of an mbox begins with a line "From ".')
    if (raws.some(raw => raw.length > maxMessageBytes))
      throw new Problem('too_large', `A message has more than ${maxMessageBytes} bytes.`, 'Raise --max-message-bytes.')
    const ids: string[] = []
    for (const raw of raws) {
      // A slice would keep the whole mbox in memory as long as one of its messages.
      const received = receivedByHand(isMbox ? Buffer.from(raw) : raw, envelope, parts.now())
      const appended = await store.append(received)
      if (appended.type === 'refused') throw refusalOf(appended.reason, ids.length)
      ids.push(appended.message.id)
    }
    reply.code(201)
    return { ids }
  }
}

/** Where a page begins. */
interface Place {
  order: Order
  /** The last message of the page before. */
  after: number | undefined
  /** How many to pass over. */
  start: number
}

/**
 * A `next` is the order's first letter and the id of the last message shown: what comes or goes between two pages moves
 * nothing.
 */
function nextOf(order: Order, last: Stored | undefined, more: boolean): string | null {
  return more && last ? order.charAt(0) + last.id : null
}

function placeOf(query: ListQuery, checkInstance: (instance: string) => void, instance: string): Place {
  const { page, start, order, wait } = query
  if (page === undefined)
    return { order: order ?? (wait === undefined ? 'newest' : 'oldest'), after: undefined, start: start ?? 0 }
  if (start !== undefined) throw new Problem('invalid_parameter', 'page and start are both given.', 'Give one of them.')
  const wrong = () =>
    new Problem('invalid_parameter', `page=${page} is not a page.`, 'Give the `next` of the answer before.')
  const parts = /^([no])([0-9a-z]{16,40})$/.exec(page)
  if (!parts) throw wrong()
  const of = (parts[2] as string).slice(0, instance.length)
  checkInstance(of)
  const paged: Order = parts[1] === 'n' ? 'newest' : 'oldest'
  if (order !== undefined && order !== paged)
    throw new Problem('invalid_parameter', `order=${order} is not the order of that page.`, 'Leave order out.')
  return { order: paged, after: Number.parseInt((parts[2] as string).slice(instance.length), 36), start: 0 }
}

function isAfter(uid: number, other: number, order: Order): boolean {
  return order === 'newest' ? uid < other : uid > other
}

function refusalOf(reason: 'full' | 'too-large', added: number): Problem {
  const before = added > 0 ? ` ${added} were added before.` : ''
  if (reason === 'full')
    return new Problem(
      'store_full',
      `The store is full.${before}`,
      'Delete messages, or raise --max-messages, --max-bytes.',
    )
  return new Problem('too_large', `A message does not fit into the store.${before}`, 'Raise --max-bytes.')
}

/** A message as if received, with the envelope that is given, or the one that its headers suggest. */
function receivedByHand(raw: Buffer, given: { 'mail-from'?: string; 'rcpt-to'?: string }, nowMs: number): Received {
  const received: Received = {
    raw,
    envelope: emptyEnvelope(),
    receivedAtMs: nowMs,
    inboxes: ['default'],
    sessionId: null,
    attempts: 1,
    warnings: [],
  }
  const fromHeaders = () => new Reading({ ...received, id: '', uid: 0, read: false, tags: [] }).summary()
  const from = given['mail-from'] === undefined ? fromHeaders().from?.address : path('mail-from', given['mail-from'])
  const to =
    given['rcpt-to'] === undefined
      ? [...fromHeaders().to, ...fromHeaders().cc, ...fromHeaders().bcc].map(({ address }) => address)
      : given['rcpt-to'].split(',').map(address => path('rcpt-to', address.trim()))
  if (to.length > MAX_ADDED_RECIPIENTS)
    throw new Problem(
      'invalid_parameter',
      `rcpt-to has ${to.length} recipients.`,
      `Give at most ${MAX_ADDED_RECIPIENTS}.`,
    )
  received.envelope.from = from ?? ''
  received.envelope.to = to.filter(address => address !== '')
  received.envelope.recipients = received.envelope.to.map(address => ({ address, params: {} }))
  return received
}

/** A path without its angle brackets. Control characters never stand in an envelope. */
function path(parameter: 'mail-from' | 'rcpt-to', text: string): string {
  const address = text.replace(/^<(.*)>$/, '$1')
  const isNull = parameter === 'mail-from' && text === '<>'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if ((address === '' && !isNull) || /[\x00-\x1f\x7f<>]/.test(address))
    throw new Problem('invalid_parameter', `${parameter}: ${JSON.stringify(text)} is no address.`, 'Give user@domain.')
  return address
}

function emptyEnvelope(): Envelope {
  return {
    verb: 'MAIL',
    from: '',
    fromParams: {},
    to: [],
    recipients: [],
    helo: null,
    remoteAddress: null,
    remotePort: null,
    localPort: null,
    tls: null,
    auth: null,
  }
}
