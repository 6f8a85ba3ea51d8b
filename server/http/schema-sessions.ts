/**
 * The shapes of sessions, attempts and the diagnosis: a part of schema.ts, which is where they are imported from. The
 * checks at the end hold them equal to mail/session.ts.
 */
import { type Static, Type } from 'typebox'
import type * as model from '../mail/session.js'
import type { Same } from './shape.js'
import { count, named, nullable, time } from './shape.js'

const tls = nullable(
  Type.Object({
    version: Type.String({ description: 'The version of the protocol: TLSv1.3.' }),
    cipher: Type.String({ description: 'The cipher suite.' }),
  }),
  'The TLS session in force; null in the clear.',
)
const auth = nullable(
  Type.Object({
    mechanism: Type.String({ description: 'The SASL mechanism.' }),
    username: Type.String({ description: 'The user name given.' }),
  }),
  'Who has logged in; null where nobody has.',
)

const summaryFields = {
  id: Type.String({ description: 'Opaque, of lower-case letters and digits, unique across restarts.' }),
  seq: count('The number that it took at its end, which `since` compares with; 0 while it is open.'),
  protocol: Type.Enum(['smtp', 'pop3', 'imap'], { description: 'What was spoken.' }),
  inboxes: Type.Array(Type.String(), {
    description: "The inboxes of its attempts; without any, the listener's, the user's or `default`.",
  }),
  startedAt: time('When it was opened.'),
  endedAt: Type.Union([time('When it ended.'), Type.Null()], { description: 'When it ended; null while it is open.' }),
  remoteAddress: Type.String({ description: "The client's IP address." }),
  remotePort: Type.Integer({ description: "The client's port." }),
  localPort: Type.Integer({ description: 'The port that the client connected to.' }),
  helo: nullable(Type.String(), 'The name given with HELO or EHLO; null before.'),
  tls,
  auth,
  messages: Type.Array(Type.String(), {
    description: 'The ids of the messages that were stored, in order; the newest, where there are very many.',
  }),
  attempts: Type.Array(Type.String(), { description: 'The ids of its attempts, likewise.' }),
  warnings: Type.Array(Type.String(), { description: 'What a strict server would have refused, each once.' }),
  outcome: Type.String({
    description: 'In words: how much was delivered, or the first reason why nothing was.',
  }),
}

export const SessionSummary = Type.Object(summaryFields, {
  $id: 'SessionSummary',
  description: 'A connection, also one that delivered nothing.',
})
export type SessionSummary = Static<typeof SessionSummary>

export const TranscriptLine = Type.Object(
  {
    at: count('Milliseconds since the connection was opened.'),
    from: Type.Enum(['client', 'server', 'note'], { description: 'Who said it; a note is about the connection.' }),
    line: Type.String({ description: 'Without its line end; control characters escaped, secrets masked.' }),
  },
  { $id: 'TranscriptLine', description: 'One line of what was said.' },
)
export type TranscriptLine = Static<typeof TranscriptLine>

export const Session = Type.Object(
  {
    ...summaryFields,
    fix: nullable(Type.String(), 'In words: what to change, where something went wrong; else null.'),
    transcript: Type.Array(named(TranscriptLine), {
      description: 'What was said: the first 16 KiB and the last 48, with a note where lines are left out.',
    }),
  },
  { $id: 'Session', description: 'A connection and what was said on it.' },
)
export type Session = Static<typeof Session>

export const SessionList = Type.Object(
  {
    sessions: Type.Array(named(SessionSummary), { description: 'One page, in the order asked for.' }),
    next: nullable(Type.String(), 'Give it as `page` for the next page; null on the last.'),
  },
  { $id: 'SessionList', description: 'A page of a list of sessions.' },
)
export type SessionList = Static<typeof SessionList>

export const AttemptReply = Type.Object(
  {
    verb: Type.String({ description: 'The command; the answer to the data has the verb that began it.' }),
    recipient: nullable(Type.String(), 'The recipient of RCPT; null elsewhere.'),
    code: Type.Integer({ description: 'The reply code.' }),
    text: Type.String({ description: 'What stood behind the code; lines are parted by a line feed.' }),
    ruleId: nullable(Type.String(), 'The rule that answered; null where none did.'),
  },
  { $id: 'AttemptReply', description: 'One answer to a command of a transaction.' },
)
export type AttemptReply = Static<typeof AttemptReply>

export const Attempt = Type.Object(
  {
    id: Type.String({ description: 'Opaque, of lower-case letters and digits, unique across restarts.' }),
    seq: count('The number that it took at its end, which `since` compares with.'),
    at: time('When MAIL was said.'),
    sessionId: Type.String({ description: 'The session that it was made in.' }),
    inboxes: Type.Array(Type.String(), { description: 'The inboxes that it is in; never empty.' }),
    from: Type.String({ description: 'The reverse-path as said; empty for the null path <>.' }),
    to: Type.Array(Type.String(), { description: 'Every recipient tried, refused ones too.' }),
    replies: Type.Array(named(AttemptReply), { description: 'What the server answered, in order.' }),
    code: nullable(
      Type.Integer(),
      'The answer to the data if one was sent, else the last 4xx or 5xx of the transaction; else null.',
    ),
    outcome: Type.Enum(['accepted', 'refused', 'lost', 'aborted'], {
      description:
        'accepted: stored. refused: MAIL, every recipient, DATA or the data was refused. lost: the connection ended. aborted: RSET, EHLO or QUIT.',
    }),
    bytes: count('How many bytes of data came.'),
    messageId: nullable(Type.String(), 'The id of the message; null where none was stored.'),
  },
  { $id: 'Attempt', description: 'One transaction, from MAIL to its end, delivered or not.' },
)
export type Attempt = Static<typeof Attempt>

export const AttemptList = Type.Object(
  {
    attempts: Type.Array(named(Attempt), { description: 'One page, in the order asked for.' }),
    next: nullable(Type.String(), 'Give it as `page` for the next page; null on the last.'),
  },
  { $id: 'AttemptList', description: 'A page of a list of attempts.' },
)
export type AttemptList = Static<typeof AttemptList>

export const DiagnosisStep = Type.Object(
  {
    step: Type.Enum(['connected', 'greeted', 'tls', 'auth', 'recipient', 'stored'], { description: 'Which step.' }),
    happened: Type.Boolean({ description: 'Whether it ever happened; TLS and AUTH need not.' }),
    lastAt: Type.Union([time('When.'), Type.Null()], {
      description: 'When it happened last; null where it never did.',
    }),
    reason: nullable(Type.String(), 'Why the app came no further the last time it tried: at one step at most.'),
    fix: nullable(Type.String(), 'What to change.'),
    sessionId: nullable(Type.String(), 'The session that shows it.'),
  },
  { $id: 'DiagnosisStep', description: "One step of a mail's way." },
)
export type DiagnosisStep = Static<typeof DiagnosisStep>

export const Diagnosis = Type.Object(
  { steps: Type.Array(named(DiagnosisStep), { description: 'In the order in which they happen.' }) },
  { $id: 'Diagnosis', description: 'Why no mail is there: how far the app comes, and what keeps it.' },
)
export type Diagnosis = Static<typeof Diagnosis>

export const SessionStarted = Type.Object(
  { type: Type.Literal('session.started'), session: named(SessionSummary) },
  { $id: 'SessionStarted', description: 'A connection was opened. Not replayed.' },
)
export type SessionStarted = Static<typeof SessionStarted>

const seq = Type.Integer({ minimum: 1, description: 'The number that it took at its end.' })

export const SessionEnded = Type.Object(
  { type: Type.Literal('session.ended'), seq, session: named(SessionSummary) },
  { $id: 'SessionEnded', description: 'A connection has ended. Not replayed.' },
)
export type SessionEnded = Static<typeof SessionEnded>

export const AttemptMade = Type.Object(
  { type: Type.Literal('attempt'), seq, attempt: named(Attempt) },
  { $id: 'AttemptMade', description: 'A transaction has ended, delivered or not. Not replayed.' },
)
export type AttemptMade = Static<typeof AttemptMade>

/** The named shapes of this file. */
export const sessionShapes = [
  TranscriptLine,
  SessionSummary,
  Session,
  SessionList,
  AttemptReply,
  Attempt,
  AttemptList,
  DiagnosisStep,
  Diagnosis,
  SessionStarted,
  SessionEnded,
  AttemptMade,
]

type Holds<T extends true> = T

/** The shapes of the API are the types of mail/session.ts, field for field. */
export type SessionSchemaHolds = [
  Holds<Same<SessionSummary, model.SessionSummary>>,
  Holds<Same<Session, model.Session>>,
  Holds<Same<Attempt, model.Attempt>>,
  Holds<Same<Diagnosis, model.Diagnosis>>,
]
