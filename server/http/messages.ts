/** Messages as a resource: lists, marking as read, tags, removing. */
import { Type } from 'typebox'
import type { Stored } from '../mail/message.js'
import type { Order, Stretch } from '../mail/store.js'
import { Problem } from './errors.js'
import type { Scope } from './find.js'
import { nextOf, type Place, placeOf } from './page.js'
import { controls, DEFAULT_LIMIT, filters, query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import {
  ApiError,
  Changed,
  FullMessageList,
  type Message,
  MessageList,
  MessagePatch,
  NoMatch,
  named,
  Removed,
  type Summary,
} from './schema.js'

/** Raw bytes after which a page of full messages ends before its limit: `next` goes on. */
const MAX_FULL_PAGE_BYTES = 64 * 1024 * 1024

const { limit, page, start, order, full, wait, count, since, until, instance } = controls
const listQuery = query({ ...filters, limit, page, start, order, full, wait, count, since, until, instance })

export function messageRoutes(app: App, parts: RouteParts): void {
  const { store, contents, finder } = parts
  const tags = ['messages']
  const errors = { '4xx': named(ApiError) }

  const listSchema = {
    tags,
    summary: 'Messages, newest first.',
    querystring: listQuery,
    response: {
      200: Type.Union([named(MessageList), named(FullMessageList)], { description: 'A page of the list.' }),
      404: named(NoMatch),
      ...errors,
    },
  }
  app.get('/api/messages', { schema: listSchema }, async (request, reply): Promise<MessageList | FullMessageList> => {
    const { query } = request
    const scope = finder.scope(query)
    const life = store.epoch.instance
    const from = placeOf(query, finder.checkInstance.bind(finder), life)
    await finder.wait(scope, query, reply)
    // Taken before anything is read: what changes meanwhile is after it, so whoever goes on from here misses nothing.
    const { cursor } = store
    const { messages, total, unread, more } = await readPage(scope, from, query.limit ?? DEFAULT_LIMIT)
    const answer = { total, unread, cursor, instance: life }
    if (query.full) {
      const { found, all } = await inFull(messages)
      return {
        messages: found,
        next: nextOf(from.order, life, messages[found.length - 1]?.uid, more || !all),
        ...answer,
      }
    }
    const summaries: Summary[] = messages.map(message => contents.summary(message))
    return { messages: summaries, next: nextOf(from.order, life, messages.at(-1)?.uid, more), ...answer }
  })

  async function readPage(scope: Scope, { order, after, start }: Place, limit: number) {
    const messages: Stored[] = []
    if (scope.everything) {
      // The store has counted already: only the page is walked.
      for (const message of store.walk(order, stretchAfter(after, order), start)) {
        if (messages.push(message) > limit) break
      }
      const more = messages.length > limit
      return { messages: messages.slice(0, limit), total: store.total, unread: store.unread, more }
    }
    const { since = 0, until = Number.POSITIVE_INFINITY } = stretchAfter(after, order)
    let total = 0
    let unread = 0
    let onward = 0
    for await (const message of finder.search(scope, order)) {
      total += 1
      if (!message.read) unread += 1
      if (message.uid <= since || message.uid > until) continue
      onward += 1
      if (onward > start && messages.length < limit) messages.push(message)
    }
    return { messages, total, unread, more: onward > start + limit }
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
    const chosen = ids === undefined ? await finder.ids(scope) : await inScope(ids, scope)
    const flags = { ...(read !== undefined && { read }), ...(tags !== undefined && { tags }) }
    return { changed: await store.flag(chosen, flags) }
  })

  async function inScope(ids: readonly string[], { look }: Scope): Promise<string[]> {
    const chosen: string[] = []
    for (const id of ids) {
      const message = store.get(id)
      const passes = message !== undefined && look(message)
      if (passes === true || (passes !== false && (await passes))) chosen.push(id)
    }
    return chosen
  }

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
}

/** What comes after a message in an order. */
function stretchAfter(uid: number | undefined, order: Order): Stretch {
  if (uid === undefined) return {}
  return order === 'newest' ? { until: uid - 1 } : { since: uid }
}
