/** Mailpit's lists: messages, searches, and what is done to many at once. */
import type { FastifyReply } from 'fastify'
import type { Stored } from '../../../mail/message.js'
import type { App } from '../../parts.js'
import { readJson } from '../lenient.js'
import { removeAll, sendJsonList, ToolError } from '../shared.js'
import { dateOf } from './dates.js'
import { idsOf, type MailpitParts, OK, searching } from './parts.js'
import { Ids, listQuery, type MessagesSummary, ReadStatus, searchQuery } from './shapes.js'
import { summaryOf } from './words.js'

const DEFAULT_LIMIT = 50

interface Paging {
  start?: number
  limit?: number
  before?: string
  tz?: string
}

export function messageRoutes(app: App, parts: MailpitParts): void {
  const { store, contents, tagIndex } = parts
  const everyId = () => store.list().map(({ id }) => id)

  app.get('/api/v1/messages', { schema: { querystring: listQuery } }, async ({ query }, reply) => {
    const before = query.before === undefined ? undefined : dateOf(query.before, query.tz)
    if (before !== undefined) return sendPage(reply, query, store.search(olderThan(before)))
    const { start = 0, limit = DEFAULT_LIMIT } = query
    const messages: Stored[] = []
    // The store has counted already: only the page is walked.
    for (const message of store.walk('newest', {}, start)) if (messages.push(message) === limit) break
    return send(reply, { messages, start, total: store.total, unread: store.unread })
  })

  app.get('/api/v1/search', { schema: { querystring: searchQuery } }, async ({ query }, reply) => {
    return sendPage(reply, query, searching(parts, required(query.query), query.tz))
  })

  app.delete('/api/v1/search', { schema: { querystring: searchQuery } }, async ({ query }, reply) => {
    await store.remove(await idsOf(parts, required(query.query), query.tz))
    return reply.type('text/plain').send(OK)
  })

  app.put('/api/v1/messages', { schema: { querystring: listQuery } }, async ({ body, query }, reply) => {
    const { Read: read = false, IDs: ids = [], Search: search = '' } = readJson(ReadStatus, body)
    if (ids.length > 0 && search !== '')
      throw new ToolError(400, 'You may specify either IDs or a search query, not both')
    const chosen = search !== '' ? await idsOf(parts, search, query.tz) : ids.length > 0 ? ids : everyId()
    await store.flag(chosen, { read })
    return reply.type('text/plain').send(OK)
  })

  app.delete('/api/v1/messages', async ({ body }, reply) => {
    const ids = idsToRemove(body)
    await (ids ? store.remove(ids) : removeAll(parts))
    return reply.type('text/plain').send(OK)
  })

  /** Sends a page of what was found, and how much that is. */
  async function sendPage(reply: FastifyReply, paging: Paging, found: AsyncIterable<Stored>) {
    const { start = 0, limit = DEFAULT_LIMIT, before, tz } = paging
    const isOlder = olderThan((before === undefined ? undefined : dateOf(before, tz)) ?? Number.POSITIVE_INFINITY)
    const messages: Stored[] = []
    let total = 0
    let unread = 0
    for await (const message of found) {
      if (!isOlder(message)) continue
      if (total >= start && messages.length < limit) messages.push(message)
      total += 1
      if (!message.read) unread += 1
    }
    return send(reply, { messages, start, total, unread })
  }

  async function send(reply: FastifyReply, { messages, start, total, unread }: Found) {
    const beside: Omit<MessagesSummary, 'messages'> = {
      total: store.total,
      unread: store.unread,
      count: messages.length,
      messages_count: total,
      messages_unread: unread,
      start,
      tags: (await tagIndex.counts()).map(([tag]) => tag),
    }
    return sendJsonList(reply, summaries(messages), undefined, { beside, as: 'messages' })
  }

  function* summaries(messages: readonly Stored[]) {
    for (const message of messages) yield summaryOf(message, contents)
  }
}

/** A page, and how much of the same there is in all. */
interface Found {
  messages: readonly Stored[]
  start: number
  total: number
  unread: number
}

const olderThan = (timeMs: number) => (message: Stored) => message.receivedAtMs < timeMs

function required(query: string | undefined): string {
  if (query === undefined || query.trim() === '') throw new ToolError(400, 'Error: no search query')
  return query
}

/** The ids that a body names. A body that names none, is none or cannot be read means all of them: clients count on it. */
function idsToRemove(body: unknown): string[] | undefined {
  try {
    const { IDs: ids = [] } = readJson(Ids, body)
    return ids.length > 0 ? ids : undefined
  } catch {
    return undefined
  }
}
