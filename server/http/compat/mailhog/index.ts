/**
 * The API of MailHog (`/api/v1`, `/api/v2`), for clients that were written for it. A message is what MailHog makes of it,
 * bodies still transfer-encoded, since its clients decode them themselves; its id is ours with MailHog's host behind it.
 *
 * Two paths are Mailpit's as well, and its answer is given: GET /api/v1/messages always (MailHog's own clients ask
 * /api/v2), DELETE /api/v1/messages unless the request neither names what it accepts nor has a body. So npm's `mailhog`
 * asks, and it takes Mailpit's `ok` for broken JSON; whoever asks so gets the empty answer of MailHog.
 */
import type { IncomingMessage } from 'node:http'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { sliced } from '../../../mail/loop.js'
import type { Stored } from '../../../mail/message.js'
import { Needle } from '../../../mail/needle.js'
import type { Test } from '../../../mail/store.js'
import { Problem } from '../../errors.js'
import type { Wording } from '../../live.js'
import type { RouteParts } from '../../parts.js'
import { saveAs, sendBytes, sendPart } from '../../send.js'
import type { Adapter } from '../adapter.js'
import { takeBodiesAsText, takeParametersLeniently } from '../lenient.js'
import { liveFeed, removeAll, sendJson, sendJsonList } from '../shared.js'
import { Jim } from './jim.js'
import { idOf, type Message, messageOf } from './message.js'

/** Messages of one answer of /api/v1/messages, as there. */
const MAX_LISTED = 1000
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 250
/** Raw bytes of a message up to which it is told live with its body: a frame is written in one go, and held for slow clients. */
const MAX_LIVE_BYTES = 1024 * 1024
/** The type of its JSON. */
const JSON_TYPE = 'text/json'

const params = Type.Object({ id: Type.String() })
const partParams = Type.Object({ id: Type.String(), part: Type.String() })
const page = {
  start: Type.Optional(Type.Integer()),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT })),
}
const listQuery = Type.Object(page)
const searchQuery = Type.Object({ ...page, kind: Type.Optional(Type.String()), query: Type.Optional(Type.String()) })

export const mailhog: Adapter = (app, parts) => {
  const { store, contents, loop } = parts
  const jim = new Jim(parts.rules)

  takeBodiesAsText(app)
  takeParametersLeniently(app)

  // v1

  if (!app.hasRoute({ method: 'GET', url: '/api/v1/messages' }))
    app.get('/api/v1/messages', (_request, reply) => sendJsonList(reply, messagesOf(newest(MAX_LISTED)), JSON_TYPE))

  const clear = async (_request: unknown, reply: FastifyReply) => {
    await removeAll(parts)
    return sendNothing(reply)
  }
  if (app.hasRoute({ method: 'DELETE', url: '/api/v1/messages' })) {
    app.addConstraintStrategy(withoutWishes)
    app.delete('/api/v1/messages', { constraints: { [WITHOUT_WISHES]: MARK } }, clear)
  } else {
    app.delete('/api/v1/messages', clear)
  }

  app.get('/api/v1/messages/:id', { schema: { params } }, (request, reply) => {
    const stored = store.get(ourId(request.params.id))
    return sendJson(reply, stored ? messageOf(stored) : null, JSON_TYPE)
  })

  app.delete('/api/v1/messages/:id', { schema: { params } }, async (request, reply) => {
    const removed = await store.remove([ourId(request.params.id)])
    return sendNothing(reply.code(removed === 1 ? 200 : 500))
  })

  app.get('/api/v1/messages/:id/download', { schema: { params } }, (request, reply) => {
    const stored = there(parts, request.params.id)
    saveAs(reply, `${idOf(stored)}.eml`)
    return sendBytes(reply.type('message/rfc822'), stored.raw)
  })

  app.get(
    '/api/v1/messages/:id/mime/part/:part/download',
    { schema: { params: partParams } },
    async (request, reply) => {
      const stored = there(parts, request.params.id)
      const { part } = request.params
      const node = contents.reading(stored).structure.root.children[/^\d{1,5}$/.test(part) ? Number(part) : -1]
      if (!node) throw new Problem('not_found', `The message has no part ${part}.`, 'Parts are counted from 0.')
      const found = await contents.part(stored, node.id)
      if (found) return sendPart(reply, found)
      // A multipart within: as it came.
      saveAs(reply, `${idOf(stored)}-part-${part}`)
      const { offset, size } = node
      return sendBytes(reply.type('application/octet-stream'), stored.raw.subarray(offset, offset + size))
    },
  )

  app.post('/api/v1/messages/:id/release', (_request, reply) => {
    reply.code(501).send({
      error: 'not_supported',
      message: 'maildouble delivers nothing, so no message can be released.',
      fix: 'Download it (/api/v1/messages/{id}/download), and send the file with a mail program of yours.',
    })
  })

  const feed = liveFeed(parts, words)
  app.get('/api/v1/events', { preHandler: feed.preHandler, exposeHeadRoute: false }, feed.streamHandler)

  // v2

  app.get('/api/v2/messages', { schema: { querystring: listQuery } }, ({ query }, reply) => {
    const { start = 0, limit = DEFAULT_LIMIT } = query
    return sendPage(reply, newest(limit, start), store.total, start)
  })

  app.get('/api/v2/search', { schema: { querystring: searchQuery } }, async (request, reply) => {
    const { kind = '', query = '', start = 0, limit = DEFAULT_LIMIT } = request.query
    const test = testOf(kind, query.toLowerCase())
    if (!test) throw new Problem('invalid_parameter', `kind=${kind} is not a kind.`, 'Give from, to or containing.')
    if (query === '') throw new Problem('empty_parameter', 'query is empty.', 'Give it what to look for.')
    const found: Stored[] = []
    let total = 0
    for await (const message of store.search(test)) {
      total += 1
      if (total > start && found.length < limit) found.push(message)
    }
    return sendPage(reply, found, total, start)
  })

  for (const method of ['GET', 'POST', 'PUT', 'DELETE'] as const)
    app.route({
      method,
      url: '/api/v2/jim',
      exposeHeadRoute: false,
      handler: (request, reply) => {
        const { status, fields } = jim.asked(method, request.body)
        reply.code(status).type('application/json')
        return reply.send(fields ? JSON.stringify(fields) : '')
      },
    })

  app.get('/api/v2/outgoing-smtp', (_request, reply) => sendJson(reply, {}, JSON_TYPE))

  app.route({
    method: 'GET',
    url: '/api/v2/websocket',
    exposeHeadRoute: false,
    preHandler: async request => {
      if (!request.ws) throw new Problem('bad_request', 'This is a WebSocket.', 'Ask for an upgrade.')
      await feed.preHandler()
    },
    handler: () => undefined,
    wsHandler: feed.wsHandler,
  })

  function newest(limit: number, start = 0): Stored[] {
    const found: Stored[] = []
    for (const message of store.walk('newest', {}, start)) {
      if (found.length === limit) break
      found.push(message)
    }
    return found
  }

  function sendPage(reply: FastifyReply, found: readonly Stored[], total: number, start: number) {
    const beside = { total, count: found.length, start }
    return sendJsonList(reply, messagesOf(found), JSON_TYPE, { beside, as: 'items' })
  }

  async function* messagesOf(found: readonly Stored[]): AsyncGenerator<Message> {
    const rest = sliced(loop)
    for (const stored of found) {
      yield messageOf(stored)
      await rest()
    }
  }

  const isInHeader = (message: Stored, name: string, wanted: string) =>
    contents
      .glance(message)
      .headers.some(field => field.name.toLowerCase() === name && field.value.toLowerCase().includes(wanted))

  function testOf(kind: string, wanted: string): Test | undefined {
    const isIn = (text: string) => text.toLowerCase().includes(wanted)
    switch (kind) {
      case 'from':
        return message => isIn(message.envelope.from) || isInHeader(message, 'from', wanted)
      case 'to':
        return message => message.envelope.to.some(isIn) || isInHeader(message, 'to', wanted)
      case 'containing': {
        const needle = /^[\0-\x7f]+$/.test(wanted) ? new Needle(wanted) : undefined
        return message =>
          contents.glance(message).headers.some(({ value }) => isIn(value)) ||
          (needle ? needle.isIn(message.raw, 0, message.raw.length) : isIn(message.raw.toString()))
      }
    }
    return undefined
  }
}

/** An empty answer. Its type is set past Fastify, which would name a charset. */
function sendNothing(reply: FastifyReply) {
  reply.raw.setHeader('content-type', JSON_TYPE)
  return reply.send()
}

/** The message of an id. Throws a Problem where there is none. */
function there({ store }: RouteParts, id: string): Stored {
  const stored = store.get(ourId(id))
  if (!stored) throw new Problem('not_found', `There is no message ${id}.`, 'GET /api/v2/messages lists them.')
  return stored
}

/** Ours is in front of the host; it is taken without that, too. */
const ourId = (id: string) => id.replace(/@.*$/s, '')

/** The name of a route constraint, and what it is for a request that says neither what it accepts nor anything else. */
const WITHOUT_WISHES = 'withoutWishes'
const MARK = 'mailhog'

const withoutWishes = {
  name: WITHOUT_WISHES,
  storage: () => {
    const handlers = new Map<string, never>()
    return {
      get: (mark: string) => handlers.get(mark) ?? null,
      set: (mark: string, handler: never) => void handlers.set(mark, handler),
    }
  },
  deriveConstraint: ({ headers }: IncomingMessage) =>
    headers.accept === undefined && !Number(headers['content-length']) && headers['transfer-encoding'] === undefined
      ? MARK
      : undefined,
}

/** Its live feeds tell of what is new, and of nothing else. */
const words: Wording = {
  hello: () => [],
  reload: [],
  happening: () => [],
  change(change, message) {
    if (change.type !== 'added' || !message) return []
    const { raw } = message
    const end = raw.length <= MAX_LIVE_BYTES ? raw.length : Math.min(raw.indexOf('\r\n\r\n') + 4, MAX_LIVE_BYTES)
    return [JSON.stringify(messageOf(message, raw.subarray(0, end)))]
  },
}
