/**
 * What a session, an attempt and a diagnosis are: what was said on a connection, what was tried, and why no mail is
 * there. These are the JSON of the REST API, too (http/schema-sessions.ts is checked against them), so times are RFC 3339
 * strings in UTC with milliseconds and sizes are bytes.
 */
import type { Envelope } from './message.js'

/** A connection, also one that delivered nothing, without what was said on it. */
export interface SessionSummary {
  /** Opaque, of lower-case letters and digits, unique across restarts. */
  id: string
  /** The number of the one rising number that it took when it ended; 0 while it is open. */
  seq: number
  protocol: 'smtp' | 'pop3' | 'imap'
  /** The inboxes of its attempts; without any, the listener's, the user's or `default`. */
  inboxes: string[]
  startedAt: string
  /** Null while it is open. */
  endedAt: string | null
  remoteAddress: string
  remotePort: number
  localPort: number
  /** The name given with HELO or EHLO, or null. */
  helo: string | null
  /** The TLS session in force, or null in the clear. */
  tls: Envelope['tls']
  /** Who has logged in, or null. */
  auth: Envelope['auth']
  /** The ids of the messages that were stored, in order; the newest, where there are very many. */
  messages: string[]
  /** The ids of its attempts, likewise. */
  attempts: string[]
  /** What a strict server would have refused, each once. */
  warnings: string[]
  /** In words: how much was delivered, or the first reason why nothing was. */
  outcome: string
}

/** A connection and what was said on it. */
export interface Session extends SessionSummary {
  /** In words: what to change, where something went wrong; else null. */
  fix: string | null
  transcript: TranscriptLine[]
}

/** One line of what was said. */
export interface TranscriptLine {
  /** Milliseconds since the connection. */
  at: number
  /** A note is ours, about the connection: TLS is up, so many bytes of data came. */
  from: 'client' | 'server' | 'note'
  /** Without its line end; control characters escaped, secrets masked. */
  line: string
}

/** One transaction, from MAIL to its end, delivered or not. */
export interface Attempt {
  id: string
  /** The number of the one rising number that it took at its end. */
  seq: number
  /** When MAIL was said. */
  at: string
  sessionId: string
  inboxes: string[]
  /** The reverse-path as said. */
  from: string
  /** Every recipient tried, refused ones too, as said. */
  to: string[]
  /** What the server answered, in order. */
  replies: AttemptReply[]
  /** The answer to the data if one was sent, else the last 4xx or 5xx, else null. */
  code: number | null
  outcome: AttemptOutcome
  /** How many bytes of data came. */
  bytes: number
  /** The id of the message in the store, or null. */
  messageId: string | null
}

/**
 * `accepted`: stored. `refused`: MAIL, every recipient, DATA or the data was refused, however it ended then. `lost`: the
 * connection ended. `aborted`: RSET, EHLO or QUIT.
 */
export type AttemptOutcome = 'accepted' | 'refused' | 'lost' | 'aborted'

/** One answer to a command of a transaction. */
export interface AttemptReply {
  /** The command; the answer to the data has the verb that began it. */
  verb: string
  /** The recipient of RCPT; null elsewhere. */
  recipient: string | null
  code: number
  /** What stood behind the code; lines are parted by a line feed. */
  text: string
  /** The rule that answered; null where none did. */
  ruleId: string | null
}

/** Why no mail is there: how far the app comes, and what keeps it from coming further. */
export interface Diagnosis {
  /** In the order in which they happen. */
  steps: DiagnosisStep[]
}

/** One step of a mail's way. */
export interface DiagnosisStep {
  step: 'connected' | 'greeted' | 'tls' | 'auth' | 'recipient' | 'stored'
  /** Whether it ever happened; TLS and AUTH need not. */
  happened: boolean
  lastAt: string | null
  /** Why the last mail came no further than this: set at one step at most. */
  reason: string | null
  /** What to change. */
  fix: string | null
  /** The session that shows it. */
  sessionId: string | null
}
