/** Live events in the words of our own API: the shapes of schema-live.ts. */
import type { Contents } from '../mail/content.js'
import type { RecordEvent } from '../mail/records.js'
import type { MailStore } from '../mail/store.js'
import type { RuleEvent } from '../smtp/rule.js'
import type { Told, Wording } from './live.js'
import type { LiveEvent } from './schema.js'

export function ownWords(
  store: Pick<MailStore, 'epoch' | 'idsOf'>,
  contents: Pick<Contents, 'summary' | 'reading'>,
): Wording {
  const { instance } = store.epoch
  return {
    hello: counts => told({ type: 'hello', instance, ...counts }),
    reload: told({ type: 'reload' }),
    happening: event => told(eventOf(event)),
    change(change, message) {
      const { seq } = change
      if (change.type === 'removed') return told({ type: 'message.removed', seq, ids: store.idsOf(change) })
      if (!message) return []
      if (change.type === 'added') return told({ type: 'message.added', seq, message: contents.summary(message) })
      const { id, read, inboxes } = message
      const { tags } = contents.reading(message)
      return told({ type: 'message.changed', seq, id, read, tags, inboxes })
    },
  }
}

function told(event: LiveEvent): Told {
  return [JSON.stringify(event)]
}

function eventOf(event: RecordEvent | RuleEvent): LiveEvent {
  switch (event.type) {
    case 'attempt':
      return { type: 'attempt', seq: event.attempt.n, attempt: event.attempt.describe() }
    case 'session.started':
      return { type: 'session.started', session: event.session.summary() }
    case 'session.ended':
      return { type: 'session.ended', seq: event.session.seq, session: event.session.summary() }
    case 'hit':
      return { type: 'rule.hit', id: event.id, sessionId: event.sessionId }
    case 'rules':
      return event
  }
}
