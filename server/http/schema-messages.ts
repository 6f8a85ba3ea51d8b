/** Messages, their content and their lists, as the API gives them; and what may be done with them. */
import { type Static, Type } from 'typebox'
import type * as mail from '../mail/message.js'
import { MAX_TAG_LENGTH, MAX_TAGS } from '../mail/tags.js'
import { count, cursor, instance, named, nullable, type Same, time } from './shape.js'

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
export const summaryFields = {
  id: Type.String({ description: 'Opaque, of lower-case letters and digits, unique across restarts.' }),
  uid: Type.Integer({ minimum: 1, description: 'Its place in the one rising number: order of arrival, IMAP UID.' }),
  inboxes: Type.Array(Type.String(), { description: 'The inboxes that it is in; never empty.' }),
  receivedAt: time('When its last byte came.'),
  size: count('Length of the raw message in bytes.'),
  read: Type.Boolean({ description: 'Whether it was marked as read; reading it does not change this.' }),
  tags: Type.Array(Type.String(), {
    description: 'Tags that were put on it; else those of its X-Tags header and behind a plus in its addresses.',
  }),
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

/** What a page of messages says of the whole list. */
export const listFields = {
  total: count('How many messages the filters match.'),
  unread: count('How many of those are unread.'),
  next: nullable(Type.String(), 'Give it as `page` for the next page; null on the last.'),
  cursor,
  instance,
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

export const Changed = Type.Object(
  { changed: count('How many messages are different now.') },
  { $id: 'Changed', description: 'How much a change changed.' },
)
export type Changed = Static<typeof Changed>

export const Removed = Type.Object(
  { removed: count('How many messages were removed.') },
  { $id: 'Removed', description: 'How much was removed.' },
)
export type Removed = Static<typeof Removed>

export const Imported = Type.Object(
  { ids: Type.Array(Type.String(), { description: 'The ids of the messages, in order.' }) },
  { $id: 'Imported', description: 'What was added.' },
)
export type Imported = Static<typeof Imported>

/** The named shapes of this file. */
export const messageShapes = [
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
]

type Holds<T extends true> = T

/** The shapes of the API are the types of mail/message.ts, field for field. */
export type MessageSchemaHolds = [
  Holds<Same<Envelope, mail.Envelope>>,
  Holds<Same<Summary, mail.Summary>>,
  Holds<Same<Message, mail.Message>>,
]
