/** The server itself, as the API shows it, and the bodies of errors. */
import { type Static, Type } from 'typebox'
import { Summary } from './schema-messages.js'
import { SessionSummary } from './schema-sessions.js'
import { count, named, nullable, time } from './shape.js'

export const Listener = Type.Object(
  {
    protocol: Type.Enum(['smtp', 'smtps', 'pop3', 'pop3s', 'imap', 'imaps', 'http', 'https'], {
      description: 'What it speaks: smtps is SMTP over TLS from the first byte, pop3s and imaps likewise.',
    }),
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
    requireTls: Type.Boolean({ description: 'Whether mail and logins in the clear are refused.' }),
    requireAuth: Type.Boolean({ description: 'Whether mail is refused before a login.' }),
    knownLoginsOnly: Type.Boolean({ description: 'Whether a login has to be one that was given, and not just any.' }),
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
    publicUrl: nullable(Type.String(), 'Where people open the page behind a proxy; null where there is none.'),
    addressForm: Type.String({ description: 'The form of test addresses, with {hint} and {token}.' }),
    limits: named(Limits),
    hasCa: Type.Boolean({ description: 'Whether a CA was made for the certificate: GET /api/ca.pem has it.' }),
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
    field: Type.Optional(Type.String({ description: 'Of a rule: the field at fault; a term as `match.to`.' })),
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

/** The named shapes of this file. */
export const systemShapes = [Listener, Limits, Info, ApiError, NoMatch]
