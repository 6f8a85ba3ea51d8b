/** The payloads of Mailpit's API, as its clients expect them: names and cases are Mailpit's. */
import { type Static, type TSchema, Type } from 'typebox'

const text = Type.String()
const number = Type.Integer({ minimum: 0 })
const list = <Item extends TSchema>(item: Item) => Type.Array(item)

export const Address = Type.Object({ Name: text, Address: text })
export type Address = Static<typeof Address>

const addressed = {
  From: Address,
  To: list(Address),
  Cc: list(Address),
  Bcc: list(Address),
  ReplyTo: list(Address),
}

export const MessageSummary = Type.Object({
  ID: text,
  MessageID: text,
  Read: Type.Boolean(),
  ...addressed,
  Subject: text,
  Created: text,
  Username: text,
  Tags: list(text),
  Size: number,
  Attachments: number,
  Snippet: text,
})
export type MessageSummary = Static<typeof MessageSummary>

export const Attachment = Type.Object({
  PartID: text,
  FileName: text,
  ContentType: text,
  ContentID: text,
  Size: number,
  Checksums: Type.Object({ MD5: text, SHA1: text, SHA256: text }),
})
export type Attachment = Static<typeof Attachment>

export const Message = Type.Object({
  ID: text,
  MessageID: text,
  ...addressed,
  ReturnPath: text,
  Subject: text,
  ListUnsubscribe: Type.Object({ Header: text, Links: list(text), Errors: text, HeaderPost: text }),
  Date: text,
  Tags: list(text),
  Username: text,
  Text: text,
  HTML: text,
  Size: number,
  Inline: list(Attachment),
  Attachments: list(Attachment),
})
export type Message = Static<typeof Message>

export const MessagesSummary = Type.Object({
  total: number,
  unread: number,
  count: number,
  messages_count: number,
  messages_unread: number,
  start: number,
  tags: list(text),
  messages: list(MessageSummary),
})
export type MessagesSummary = Static<typeof MessagesSummary>

const share = Type.Number({ minimum: 0, maximum: 100 })

export const HtmlCheck = Type.Object({
  Warnings: list(
    Type.Object({
      Slug: text,
      Title: text,
      Description: text,
      URL: text,
      Category: Type.Enum(['css', 'html']),
      Tags: list(text),
      Keywords: text,
      Results: list(
        Type.Object({
          Name: text,
          Platform: text,
          Family: text,
          Version: text,
          Support: Type.Enum(['yes', 'no', 'partial']),
          NoteNumber: text,
        }),
      ),
      NotesByNumber: Type.Record(text, text),
      Score: Type.Object({ Found: number, Supported: share, Partial: share, Unsupported: share }),
    }),
  ),
  Platforms: Type.Record(text, list(text)),
  Total: Type.Object({ Tests: number, Nodes: number, Supported: share, Partial: share, Unsupported: share }),
})
export type HtmlCheck = Static<typeof HtmlCheck>

export const LinkCheck = Type.Object({
  Errors: number,
  Links: list(Type.Object({ URL: text, StatusCode: number, Status: text })),
})
export type LinkCheck = Static<typeof LinkCheck>

export const SpamCheck = Type.Object({ IsSpam: Type.Boolean(), Error: text, Score: Type.Number(), Rules: Type.Null() })
export type SpamCheck = Static<typeof SpamCheck>

export const Info = Type.Object({
  Version: text,
  LatestVersion: text,
  Database: text,
  DatabaseSize: number,
  Messages: number,
  Unread: number,
  Tags: Type.Record(text, number),
  RuntimeStats: Type.Object({
    Uptime: number,
    Memory: number,
    MessagesDeleted: number,
    SMTPAccepted: number,
    SMTPAcceptedSize: number,
    SMTPRejected: number,
    SMTPIgnored: number,
  }),
})
export type Info = Static<typeof Info>

export const WebUi = Type.Object({
  Label: text,
  MessageRelay: Type.Object({
    Enabled: Type.Boolean(),
    SMTPServer: text,
    ReturnPath: text,
    AllowedRecipients: text,
    BlockedRecipients: text,
    OverrideFrom: text,
    PreserveMessageIDs: Type.Boolean(),
    RecipientAllowlist: text,
  }),
  SpamAssassin: Type.Boolean(),
  ChaosEnabled: Type.Boolean(),
  DuplicatesIgnored: Type.Boolean(),
  HideDeleteAllButton: Type.Boolean(),
})
export type WebUi = Static<typeof WebUi>

const Trigger = Type.Object({ ErrorCode: Type.Integer(), Probability: Type.Integer({ minimum: 0, maximum: 100 }) })
export const Triggers = Type.Object({ Sender: Trigger, Recipient: Trigger, Authentication: Trigger })
export type Triggers = Static<typeof Triggers>

/** What is sent to us. */
const ids = Type.Array(text)

export const Ids = Type.Object({ IDs: Type.Optional(ids) })
export const ReadStatus = Type.Object({
  Read: Type.Optional(Type.Boolean()),
  IDs: Type.Optional(ids),
  Search: Type.Optional(text),
})
export const SetTags = Type.Object({ Tags: Type.Optional(list(text)), IDs: Type.Optional(ids) })
export const RenameTag = Type.Object({ Name: text })
export const Release = Type.Object({ To: Type.Optional(list(text)) })

const GivenTrigger = Type.Object({
  ErrorCode: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
  Probability: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
})
export const GivenTriggers = Type.Object({
  Sender: Type.Optional(GivenTrigger),
  Recipient: Type.Optional(GivenTrigger),
  Authentication: Type.Optional(GivenTrigger),
})

const Mailbox = Type.Object({ Name: Type.Optional(text), Email: text })
export const Send = Type.Object({
  From: Mailbox,
  To: Type.Optional(list(Mailbox)),
  Cc: Type.Optional(list(Mailbox)),
  ReplyTo: Type.Optional(list(Mailbox)),
  Bcc: Type.Optional(list(text)),
  Subject: Type.Optional(text),
  Text: Type.Optional(text),
  HTML: Type.Optional(text),
  Attachments: Type.Optional(
    list(
      Type.Object({
        Content: text,
        Filename: text,
        ContentType: Type.Optional(text),
        ContentID: Type.Optional(text),
      }),
    ),
  ),
  Tags: Type.Optional(list(text)),
  Headers: Type.Optional(Type.Record(text, text)),
})
export type Send = Static<typeof Send>

/** Parameters of queries. */
export const latestQuery = Type.Object({ query: Type.Optional(text), tz: Type.Optional(text) })
const paging = {
  start: Type.Optional(Type.Integer({ minimum: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  before: Type.Optional(text),
  tz: Type.Optional(text),
}
export const listQuery = Type.Object(paging)
export const searchQuery = Type.Object({ ...paging, query: Type.Optional(text) })
