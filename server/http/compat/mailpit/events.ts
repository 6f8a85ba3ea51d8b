/** Mailpit's live feed: a WebSocket on /api/events, a frame `{ Type, Data }` for each thing that happens. */
import type { Told, Wording } from '../../live.js'
import type { App } from '../../parts.js'
import { liveFeed, ToolError } from '../shared.js'
import type { MailpitParts } from './parts.js'
import { summaryOf } from './words.js'

export function eventRoutes(app: App, parts: MailpitParts): void {
  const { preHandler, wsHandler } = liveFeed(parts, words(parts))
  app.route({
    method: 'GET',
    url: '/api/events',
    exposeHeadRoute: false,
    preHandler,
    handler() {
      throw new ToolError(400, 'The live feed is a WebSocket; our own events are at /api/changes')
    },
    wsHandler,
  })
}

/** Removals that are told one by one: who is told of more reads the list again. */
const MAX_TOLD = 200

function words({ store, contents, shownVersion }: MailpitParts): Wording {
  const stats = () => told('stats', { Total: store.total, Unread: store.unread, Version: shownVersion })
  return {
    hello: stats,
    settled: stats,
    // Who has missed something reads the list again: so does Mailpit's page.
    reload: told('prune', null),
    change(change, message) {
      if (change.type === 'removed') {
        if (change.cause === 'deleted' && store.total === 0) return told('truncate', null)
        if (change.cause === 'expired' || change.uids.length > MAX_TOLD) return told('prune', null)
        return store.idsOf(change).flatMap(ID => told('delete', { ID }))
      }
      if (!message) return []
      if (change.type === 'added') return told('new', summaryOf(message, contents))
      const { id: ID, read: Read } = message
      const read = /read/.test(change.what) ? told('update', { ID, Read }) : []
      const tags = /tags/.test(change.what) ? told('update', { ID, Tags: contents.reading(message).tags }) : []
      return [...read, ...tags]
    },
    happening(event) {
      if (event.type !== 'attempt' || event.attempt.outcome === 'accepted') return []
      const { code, replies } = event.attempt.describe()
      const refused = replies.find(reply => reply.code === code) ?? replies.at(-1)
      const Message = refused ? `${refused.verb}: ${refused.code} ${refused.text}` : 'the client left'
      return told('error', {
        Level: 'warning',
        Type: 'smtpd',
        IP: event.attempt.session.peer.remoteAddress ?? '',
        Message,
      })
    },
  }
}

function told(Type: string, Data: unknown): Told {
  return [JSON.stringify({ Type, Data })]
}
