/**
 * The contract of the REST API and of the live events: a TypeBox schema for every payload, and its type under the same
 * name. Routes, OpenAPI, the page and the test library all read it here; nothing states a shape a second time.
 *
 * Times are RFC 3339 in UTC with milliseconds, sizes are bytes. A shape with an `$id` is a named component of the
 * OpenAPI document, and is referred to by that name; the checks at the end hold the shapes of a message equal to those of
 * mail/message.ts.
 */
import { type Static, Type } from 'typebox'
import type * as mail from '../mail/message.js'
import { AttemptMade, SessionEnded, SessionStarted, SessionSummary, sessionShapes } from './schema-sessions.js'
import { count, named, nullable, type Same, time } from './shape.js'

export * from './schema-sessions.js'
export { named } from './shape.js'

export const Address = Type.Object(
  {
    name: Type.String({ description: 'The display name, decoded; empty where there is none.' }),
    address: Type.String({ description: 'The address as written.' }),
  },
  { $id: 'Address', description: 'A mailbox as a header names it.' },
)
export type Address = Static<typeof Address>

export const EsmtpParams = Type.Record(Type.String(), Type.Union([Type.String(), Type.Literal(true)]), {
  $id: 'EsmtpParams',
  description: 'Parameters of MAIL or RCPT by keyword in upper case; true where a keyword stood without a value.',
})
export type EsmtpParams = Static<typeof EsmtpParams>

export const Recipient = Type.Object(
  {
    address: Type.String({ description: 'The forward-path without its angle brackets; a source route is kept.' }),
    params: named(EsmtpParams),
  },
  { $id: 'Recipient', description: 'One recipient of the envelope, as the client said it.' },
)
export type Recipient = Static<typeof Recipient>

export const Envelope = Type.Object(
  {
    verb: Type.Enum(['MAIL', 'SEND', 'SOML', 'SAML'], { description: 'The command that opened the transaction.' }),
    from: Type.String({ description: 'The reverse-path without its angle brackets; empty for the null path <>.' }),
    fromParams: named(EsmtpParams),
    to: Type.Array(Type.String(), { description: 'The accepted recipients in the order said, duplicates kept.' }),
    recipients: Type.Array(named(Recipient), { description: 'The same recipients with their parameters.' }),
    helo: nullable(Type.String(), 'The name given with HELO or EHLO; null for a message that did not come over SMTP.'),
    remoteAddress: nullable(Type.String(), "The client's IP address; null where the message did not come over SMTP."),
    remotePort: nullable(Type.Integer(), "The client's port."),
    localPort: nullable(Type.Integer(), 'The port that the client connected to.'),
    tls: nullable(
      Type.Object({
        version: Type.String({ description: 'The version of the protocol: TLSv1.3.' }),
        cipher: Type.String({ description: 'The cipher suite.' }),
      }),
      'The TLS session at the end of the data; null in the clear.',
    ),
    auth: nullable(
      Type.Object({
        mechanism: Type.String({ description: 'The SASL mechanism.' }),
        username: Type.String({ description: 'The user name given.' }),
      }),
      'Who had logged in; null where nobody had.',
    ),
  },
  { $id: 'Envelope', description: 'What the client said about a message outside the message.' },
)
export type Envelope = Static<typeof Envelope>

/** What a Summary and a Message have in common: everything but the envelope. */
const summaryFields = {
  id: Type.String({ description: 'Opaque, of lower-case letters and digits, unique across restarts.' }),
  uid: Type.Integer({ minimum: 1, description: 'Its place in the one rising number: order of arrival, IMAP UID.' }),
  inboxes: Type.Array(Type.String(), { description: 'The inboxes that it is in; never empty.' }),
  receivedAt: time('When its last byte came.'),
  size: count('Length of the raw message in bytes.'),
  read: Type.Boolean({ description: 'Whether it was marked as read; reading it does not change this.' }),
  tags: Type.Array(Type.String(), { description: 'Tags put on it.' }),
  from: Type.Union([named(Address), Type.Null()], { description: 'The first mailbox of the From header; or null.' }),
  to: Type.Array(named(Address), { description: 'As the To headers say.' }),
  cc: Type.Array(named(Address), { description: 'As the Cc headers say.' }),
  bcc: Type.Array(named(Address), { description: 'As the Bcc headers say: a leak, so it also brings a warning.' }),
  hiddenRecipients: Type.Array(Type.String(), { description: 'Recipients of the envelope that no header names.' }),
  subject: Type.String({ description: 'The Subject, decoded; empty where there is none.' }),
  snippet: Type.String({ description: "The start of the text, or of the HTML's text, at most 200 characters." }),
  attachments: count('How many parts have the disposition attachment.'),
  otp: nullable(Type.String(), 'The one-time code in it; in a Summary it may be null until it is known.'),
  sessionId: nullable(Type.String(), 'The session that brought it; null for a message that was added by hand.'),
  attempts: count('How many transactions it took, the successful one included.'),
  warnings: Type.Array(Type.String(), { description: 'What a strict server would have refused, and what is odd.' }),
}

export const Summary = Type.Object(
  {
    ...summaryFields,
    envelope: Type.Object(
      {
        from: Type.String({ description: 'The reverse-path; empty for the null path <>.' }),
        to: Type.Array(Type.String(), { description: 'The accepted recipients in the order said.' }),
      },
      { description: 'The sender and the recipients as SMTP said them.' },
    ),
  },
  { $id: 'Summary', description: 'One row of a list of messages.' },
)
export type Summary = Static<typeof Summary>

export const Link = Type.Object(
  {
    href: Type.String({ description: 'The address, entities decoded, otherwise as written.' }),
    text: Type.String({ description: 'Its words; the address itself for a bare link.' }),
    unsubscribe: Type.Boolean({ description: 'Whether it looks like a way to unsubscribe.' }),
  },
  { $id: 'Link', description: 'A link of the HTML or the text.' },
)
export type Link = Static<typeof Link>

export const Part = Type.Object(
  {
    id: Type.String({ description: 'The IMAP part number: 2, 1.2.' }),
    filename: nullable(Type.String(), 'The file name, decoded; null where there is none.'),
    contentType: Type.String({ description: 'The media type in lower case.' }),
    size: count('Size of the decoded bytes.'),
    disposition: Type.Enum(['attachment', 'inline'], { description: 'Whether it stands for itself or in the HTML.' }),
    contentId: nullable(Type.String(), 'The Content-ID without its angle brackets.'),
    sha256: Type.String({ description: 'SHA-256 of the decoded bytes, hexadecimal.' }),
    url: Type.String({ description: 'Where the decoded bytes are served: a path from the root.' }),
  },
  { $id: 'Part', description: "A part that is neither the message's text nor its HTML nor a multipart." },
)
export type Part = Static<typeof Part>

export const Node = Type.Object(
  {
    id: Type.String({ description: 'The IMAP part number; empty for the top of a multipart message.' }),
    contentType: Type.String({ description: 'The media type in lower case.' }),
    encoding: nullable(Type.String(), 'The Content-Transfer-Encoding in lower case.'),
    charset: nullable(Type.String(), 'The charset parameter.'),
    offset: count('Where its body begins in the raw message.'),
    size: count('Length of its body in the raw message, still encoded.'),
    children: Type.Array(Type.Unsafe<mail.Node>(Type.Ref('Node#')), { description: 'The nodes below, in order.' }),
  },
  { $id: 'Node', description: 'One node of the MIME tree.' },
)
export type Node = Static<typeof Node>

export const Message = Type.Object(
  {
    ...summaryFields,
    envelope: named(Envelope),
    date: nullable(Type.String(), 'The Date header in UTC; null where there is none that can be read.'),
    messageId: nullable(Type.String(), 'The Message-ID with its angle brackets.'),
    replyTo: Type.Array(named(Address), { description: 'As the Reply-To headers say.' }),
    headers: Type.Array(
      Type.Object({
        name: Type.String({ description: 'The name as written.' }),
        value: Type.String({ description: 'The value, unfolded and decoded.' }),
      }),
      { description: 'Every header field in order, duplicates kept.' },
    ),
    text: nullable(Type.String(), 'The first text/plain that is no attachment: decoded, nothing else changed.'),
    html: nullable(Type.String(), 'The first text/html that is no attachment: decoded, nothing else changed.'),
    links: Type.Array(named(Link), { description: 'The links of the HTML and the text, in order.' }),
    otps: Type.Array(Type.String(), { description: 'The one-time codes in it, the likeliest first.' }),
    parts: Type.Array(named(Part), { description: 'Attachments and inline parts, in order.' }),
    structure: named(Node),
  },
  { $id: 'Message', description: 'Everything about a message.' },
)
export type Message = Static<typeof Message>

const listFields = {
  total: count('How many messages the filters match.'),
  unread: count('How many of those are unread.'),
  next: nullable(Type.String(), 'Give it as `page` for the next page; null on the last.'),
  cursor: count('The number of the last change that this answer knows of.'),
  instance: Type.String({ description: "Names the server's life: cursors and ids of another one mean nothing here." }),
}

export const MessageList = Type.Object(
  { messages: Type.Array(named(Summary), { description: 'One page, in the order asked for.' }), ...listFields },
  { $id: 'MessageList', description: 'A page of a list of messages.' },
)
export type MessageList = Static<typeof MessageList>

export const FullMessageList = Type.Object(
  { messages: Type.Array(named(Message), { description: 'One page, in the order asked for.' }), ...listFields },
  { $id: 'FullMessageList', description: 'A page of a list of messages, each in full (`full=true`).' },
)
export type FullMessageList = Static<typeof FullMessageList>

export const HeaderList = Type.Object(
  {
    headers: Type.Array(
      Type.Object({
        name: Type.String({ description: 'The name as written.' }),
        value: Type.String({ description: 'The value, unfolded and decoded.' }),
        raw: Type.String({ description: 'The field as it came, folded; a byte above 127 is one character.' }),
      }),
      { description: 'Every header field in order, duplicates kept.' },
    ),
  },
  { $id: 'HeaderList', description: 'The header of a message.' },
)
export type HeaderList = Static<typeof HeaderList>

/** The bounds of a request's tags: enough for people and tests, and no way to fill the memory. */
const MAX_TAGS = 100
const MAX_TAG_LENGTH = 200
/** Messages that one request names; more are chosen by a search or an inbox. */
const MAX_IDS = 10_000

export const MessagePatch = Type.Object(
  {
    ids: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { maxItems: MAX_IDS, description: 'The messages by id.' }),
    ),
    q: Type.Optional(Type.String({ minLength: 1, description: 'The messages that a search finds.' })),
    inbox: Type.Optional(Type.String({ minLength: 1, description: 'The messages of an inbox.' })),
    read: Type.Optional(Type.Boolean({ description: 'Marks them as read, or as unread.' })),
    tags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: MAX_TAG_LENGTH }), {
        maxItems: MAX_TAGS,
        description: 'Replaces their tags.',
      }),
    ),
  },
  {
    $id: 'MessagePatch',
    additionalProperties: false,
    description: 'Which messages (at least one of ids, q, inbox; all that are given must hold), and what to set.',
  },
)
export type MessagePatch = Static<typeof MessagePatch>

export const Changed = Type.Object({ changed: count('How many messages are different now.') }, { $id: 'Changed' })
export type Changed = Static<typeof Changed>

export const Removed = Type.Object({ removed: count('How many messages were removed.') }, { $id: 'Removed' })
export type Removed = Static<typeof Removed>

export const Imported = Type.Object(
  { ids: Type.Array(Type.String(), { description: 'The ids of the messages, in order.' }) },
  { $id: 'Imported' },
)
export type Imported = Static<typeof Imported>

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
    cursor: listFields.cursor,
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

export const Listener = Type.Object(
  {
    protocol: Type.Enum(['smtp', 'smtps', 'http'], { description: 'What it speaks: smtps is SMTP over TLS.' }),
    host: Type.String({ description: 'The address that it is bound to.' }),
    port: Type.Integer({ description: 'The port that it is bound to.' }),
    url: Type.String({ description: 'The same as a URL.' }),
  },
  { $id: 'Listener', description: 'One listening address.' },
)
export type Listener = Static<typeof Listener>

export const Limits = Type.Object(
  {
    maxMessageBytes: count('The largest message that is accepted.'),
    maxRecipients: count('The most recipients that one message may have.'),
    maxConnections: count('The most connections at a time.'),
    maxMessages: count('The most messages that are kept.'),
    maxBytes: count('The most bytes of messages that are kept.'),
    maxAgeMs: nullable(Type.Number({ minimum: 0 }), 'The age at which a message expires; null where none does.'),
    whenFull: Type.Enum(['evict', 'refuse'], { description: 'What gives way when full: the oldest mail or the new.' }),
  },
  { $id: 'Limits', description: 'The limits in force, each an option.' },
)
export type Limits = Static<typeof Limits>

export const Info = Type.Object(
  {
    version: Type.String({ description: 'The version of maildouble.' }),
    instance: Type.String({ description: "Names the server's life." }),
    startedAt: time('When it started.'),
    uptimeMs: count('How long it has been running.'),
    listeners: Type.Array(named(Listener), { description: 'Every listening address.' }),
    limits: named(Limits),
    counts: Type.Object(
      {
        total: count('Messages that are there now.'),
        unread: count('Those of them that are unread.'),
        bytes: count('Bytes that they take, as maxBytes counts them.'),
        deleted: count('Messages deleted since the start.'),
        evicted: count('Messages that had to give way at a limit since the start.'),
        expired: count('Messages that grew too old since the start.'),
      },
      { description: 'How many messages there are, and how many have left.' },
    ),
    memory: Type.Object(
      { rssBytes: count('Resident memory of the process.'), heapUsedBytes: count('Used heap of the process.') },
      { description: 'Memory of the process.' },
    ),
  },
  { $id: 'Info', description: 'What runs here, where it listens, and how it is.' },
)
export type Info = Static<typeof Info>

const errorFields = {
  error: Type.String({ description: 'A stable code.' }),
  message: Type.String({ description: 'What was wrong.' }),
  fix: Type.String({ description: 'What to do.' }),
}

export const ApiError = Type.Object(
  {
    ...errorFields,
    position: Type.Optional(Type.Integer({ description: 'Of a query: the first character at fault, from 0.' })),
    length: Type.Optional(Type.Integer({ description: 'Of a query: how many characters are at fault.' })),
  },
  { $id: 'ApiError', description: 'The body of every error.' },
)
export type ApiError = Static<typeof ApiError>

export const NoMatch = Type.Object(
  {
    ...errorFields,
    arrived: Type.Array(named(Summary), {
      description: 'The newest messages that came meanwhile and do not match, at most 20.',
    }),
    sessions: Type.Array(named(SessionSummary), {
      description: 'The newest connections that delivered nothing, at most 20.',
    }),
  },
  { $id: 'NoMatch', description: 'The body of a 404 where nothing matched in time.' },
)
export type NoMatch = Static<typeof NoMatch>

const seq = Type.Integer({ minimum: 1, description: 'The number of the change: give the last one seen as `since`.' })

export const Hello = Type.Object(
  {
    type: Type.Literal('hello'),
    cursor: listFields.cursor,
    instance: listFields.instance,
    total: listFields.total,
    unread: listFields.unread,
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

export const LiveEvent = Type.Union(
  [
    named(Hello),
    named(MessageAdded),
    named(MessageChanged),
    named(MessageRemoved),
    named(SessionStarted),
    named(SessionEnded),
    named(AttemptMade),
    named(Reload),
  ],
  { $id: 'LiveEvent', description: 'One event of /api/changes, told apart by `type`.' },
)
export type LiveEvent = Static<typeof LiveEvent>

/** Every named shape: the components of the OpenAPI document. */
export const shapes = [
  Address,
  EsmtpParams,
  Recipient,
  Envelope,
  Summary,
  Link,
  Part,
  Node,
  Message,
  MessageList,
  FullMessageList,
  HeaderList,
  MessagePatch,
  Changed,
  Removed,
  Imported,
  InboxInput,
  Registered,
  Inbox,
  InboxList,
  Listener,
  Limits,
  Info,
  ApiError,
  ...sessionShapes,
  NoMatch,
  Hello,
  MessageAdded,
  MessageChanged,
  MessageRemoved,
  Reload,
  LiveEvent,
]

type Holds<T extends true> = T

/** The shapes of the API are the types of mail/message.ts, field for field. */
export type SchemaHolds = [
  Holds<Same<Envelope, mail.Envelope>>,
  Holds<Same<Summary, mail.Summary>>,
  Holds<Same<Message, mail.Message>>,
]
