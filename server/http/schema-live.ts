/** The events of /api/changes. */
import { type Static, Type } from 'typebox'
import { listFields, Summary, summaryFields } from './schema-messages.js'
import { AttemptMade, SessionEnded, SessionStarted } from './schema-sessions.js'
import { count, cursor, instance, named } from './shape.js'

const { total, unread } = listFields
const seq = Type.Integer({ minimum: 1, description: 'The number of the change: give the last one seen as `since`.' })

export const Hello = Type.Object(
  {
    type: Type.Literal('hello'),
    cursor,
    instance,
    total,
    unread,
  },
  { $id: 'Hello', description: 'The first event: where the server stands now.' },
)
export type Hello = Static<typeof Hello>

export const MessageAdded = Type.Object(
  { type: Type.Literal('message.added'), seq, message: named(Summary) },
  { $id: 'MessageAdded', description: 'A message came that passes the filters.' },
)
export type MessageAdded = Static<typeof MessageAdded>

export const MessageChanged = Type.Object(
  {
    type: Type.Literal('message.changed'),
    seq,
    id: summaryFields.id,
    read: summaryFields.read,
    tags: summaryFields.tags,
    inboxes: summaryFields.inboxes,
  },
  { $id: 'MessageChanged', description: 'The flags of a message changed, whether or not it passes the filters.' },
)
export type MessageChanged = Static<typeof MessageChanged>

export const MessageRemoved = Type.Object(
  {
    type: Type.Literal('message.removed'),
    seq,
    ids: Type.Array(Type.String(), { description: 'The ids of the messages that are gone.' }),
  },
  { $id: 'MessageRemoved', description: 'Messages are gone, whether or not they passed the filters.' },
)
export type MessageRemoved = Static<typeof MessageRemoved>

export const Reload = Type.Object(
  { type: Type.Literal('reload') },
  { $id: 'Reload', description: 'What was missed cannot be told any more: read the list again.' },
)
export type Reload = Static<typeof Reload>

export const RuleHit = Type.Object(
  {
    type: Type.Literal('rule.hit'),
    id: Type.String({ description: 'The id of the rule.' }),
    sessionId: Type.String({ description: 'The session in which it acted.' }),
  },
  { $id: 'RuleHit', description: 'A rule was acted on. Not replayed.' },
)
export type RuleHit = Static<typeof RuleHit>

export const RulesChanged = Type.Object(
  { type: Type.Literal('rules'), active: count('How many rules can act now.') },
  { $id: 'RulesChanged', description: 'Rules were added, changed, removed, used up, or have expired. Not replayed.' },
)
export type RulesChanged = Static<typeof RulesChanged>

export const LiveEvent = Type.Union(
  [
    named(Hello),
    named(MessageAdded),
    named(MessageChanged),
    named(MessageRemoved),
    named(SessionStarted),
    named(SessionEnded),
    named(AttemptMade),
    named(RuleHit),
    named(RulesChanged),
    named(Reload),
  ],
  { $id: 'LiveEvent', description: 'One event of /api/changes, told apart by `type`.' },
)
export type LiveEvent = Static<typeof LiveEvent>

/** The named shapes of this file. */
export const liveShapes = [
  Hello,
  MessageAdded,
  MessageChanged,
  MessageRemoved,
  Reload,
  RuleHit,
  RulesChanged,
  LiveEvent,
]
