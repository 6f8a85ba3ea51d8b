/** Inboxes, as the API takes and gives them. */
import { type Static, Type } from 'typebox'
import { count, cursor, named, nullable } from './shape.js'

export const InboxInput = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, description: 'Its name; one is made up where none is given.' })),
    label: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'What people read: a test.' })),
    ttl: Type.Optional(Type.String({ minLength: 1, description: 'How long it lasts unused: 10m; 1h unless said.' })),
  },
  { $id: 'InboxInput', additionalProperties: false, description: 'An inbox to register.' },
)
export type InboxInput = Static<typeof InboxInput>

export const Registered = Type.Object(
  {
    name: Type.String({ description: 'Its name: the filter `inbox`, and the user name that sends to it.' }),
    token: Type.String({ description: 'The word that claims an address for it.' }),
    label: nullable(Type.String(), 'What people read.'),
    address: Type.String({ description: 'An address of it; any that has the token as a whole word is one.' }),
    smtpUrl: Type.String({ description: 'For an app that logs in: what it sends is in this inbox.' }),
    cursor,
  },
  { $id: 'Registered', description: 'An inbox that is registered.' },
)
export type Registered = Static<typeof Registered>

export const Inbox = Type.Object(
  {
    name: Type.String({ description: 'Its name.' }),
    label: nullable(Type.String(), 'What people read; null where it is not registered.'),
    address: nullable(Type.String(), 'An address of it; null where it is not registered.'),
    total: count('How many messages it holds.'),
    unread: count('How many of those are unread.'),
    bytes: count('Bytes that they take, as maxBytes counts them.'),
    rules: count('How many rules touch only this inbox.'),
  },
  { $id: 'Inbox', description: "An inbox that is registered, is a listener's, or holds a message." },
)
export type Inbox = Static<typeof Inbox>

export const InboxList = Type.Object(
  { inboxes: Type.Array(named(Inbox), { description: 'Listeners and those with mail first, then the rest.' }) },
  { $id: 'InboxList', description: 'Every inbox.' },
)
export type InboxList = Static<typeof InboxList>

/** The named shapes of this file. */
export const inboxShapes = [InboxInput, Registered, Inbox, InboxList]
