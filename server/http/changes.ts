/**
 * GET /api/changes: live events over a WebSocket where the request is an upgrade, else as server-sent events (the
 * WHATWG HTML standard, 9.2). What is sent and when is live.ts's; how it travels, outlets.ts's.
 */
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { Problem } from './errors.js'
import type { Outlet, Subscription } from './live.js'
import { ownWords } from './live-words.js'
import { openStream, socketOutlet } from './outlets.js'
import { controls, filterParams, filters, parseCursor, query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, LiveEvent, named } from './schema.js'

/** Clients have nothing to say: a frame of theirs is read and passed over, a long one ends the connection. */
export const MAX_CLIENT_FRAME_BYTES = 4096

const changesQuery = query({ ...filters, since: controls.since, instance: controls.instance })
type ChangesQuery = Static<typeof changesQuery>

export function changeRoutes(app: App, parts: RouteParts): void {
  const { finder, live, report } = parts
  const wording = ownWords(parts.store, parts.contents)

  const subscriptionOf = ({ query, headers }: FastifyRequest): Subscription => {
    const params = query as ChangesQuery
    const lastEventId = headers['last-event-id']
    // An EventSource comes back with the address it was made with, and the last id it has seen.
    const from = typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : params.since
    const since = from === undefined ? undefined : parseCursor(from)
    if (from !== undefined && since === undefined)
      throw new Problem('invalid_parameter', `since=${from} is not a cursor.`, 'Give the `cursor` of an answer.')
    const { matcher, inbox } = finder.scope(filterParams(params))
    return { wording, matcher, inbox, since, instance: params.instance }
  }

  const serve = (outlet: Outlet, request: FastifyRequest, gone: AbortController) => {
    live.join(outlet, subscriptionOf(request), gone.signal).catch(error => {
      report(error)
      outlet.end('stopping')
    })
  }

  app.route({
    method: 'GET',
    url: '/api/changes',
    exposeHeadRoute: false,
    schema: {
      tags: ['live'],
      summary: 'What changes, as it changes: a WebSocket on upgrade, server-sent events otherwise.',
      description:
        'First `hello`, then what was missed since `since`, then every change in order. Filters choose which arrivals are told; changes and removals are told of every message. Sessions and attempts are told as they happen, those of `inbox` where it is given, and rules of every inbox; these are not replayed.',
      querystring: changesQuery,
      response: {
        200: { description: 'One event a frame.', content: { 'text/event-stream': { schema: named(LiveEvent) } } },
        '4xx': named(ApiError),
        503: named(ApiError),
      },
    },
    // Before the upgrade, so that a bad request is told so.
    preHandler: async request => {
      subscriptionOf(request)
      live.checkRoom()
    },
    handler(request, reply) {
      const gone = new AbortController()
      reply.hijack()
      reply.raw.once('close', () => gone.abort())
      serve(openStream(reply), request, gone)
    },
    wsHandler(socket, request) {
      const gone = new AbortController()
      socket.once('close', () => gone.abort())
      serve(socketOutlet(socket, request), request, gone)
    },
  })
}
