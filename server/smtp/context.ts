/**
 * What an SMTP session is made with, what it asks, and what it is answered: its contract with the composition root.
 */
import type { Steps } from '../mail/loop.js'
import type { Received } from '../mail/message.js'
import type { SessionRecord } from '../mail/session-record.js'
import type { Credentials } from '../net/sasl.js'
import type { Peer } from '../net/session.js'
import type { Keyword } from './extensions.js'
import type { Reply } from './reply.js'
import type { MessageJudge } from './rule.js'

/** What a session is told of the server's options. */
export interface SmtpOptions {
  /** The name in the greeting. */
  name: string
  maxMessageBytes: number
  maxRecipients: number
  /** Longest command line, its CRLF included. */
  maxLineBytes: number
  /** Longest AUTH command and longest response of a login, likewise: tokens are long. */
  maxAuthLineBytes: number
  /** How many broken commands a connection may send before it is closed. */
  maxProtocolErrors: number
  /** Whether there is a certificate, so that STARTTLS can be offered. */
  tls: boolean
  /** Whether MAIL and AUTH are refused in the clear. */
  requireTls: boolean
  /** Whether MAIL is refused to who has not logged in. */
  requireAuth: boolean
  /** Whether what is overlooked otherwise is refused. */
  strict: boolean
  /** Keywords that are not offered. */
  without: readonly Keyword[]
}

export interface SmtpContext {
  readonly peer: Peer
  /** One object for all sessions of a server, and never changed: replies are rendered once for it. */
  readonly options: Readonly<SmtpOptions>
  /** What is said and tried goes there. */
  readonly record: SessionRecord
  /** Programmed behaviour: asked while it is awake. */
  readonly judge: MessageJudge
  /** Milliseconds since 1970. */
  now(): number
  /** As many bytes that nobody can foresee, for challenges. */
  random(bytes: number): Buffer
  /** Whether mail is to be refused at MAIL already, because the store is full. */
  storeFull?(): boolean
}

/** What a client waits for an answer to. */
export type SmtpEvent =
  /**
   * A message is complete. `judging` is what is left of asking rules about one that is large: whether it is to be stored.
   * Null where that is known.
   */
  | { readonly type: 'message'; readonly received: Received; readonly judging: Steps<boolean> | null }
  /** Somebody wants to log in. */
  | { readonly type: 'login'; readonly credentials: Credentials }

export type SmtpAnswer =
  /** The message is in the store. */
  | { readonly type: 'stored'; readonly id: string }
  /** It is not, and why. */
  | { readonly type: 'refused'; readonly reply: Reply }
  /** It is not, as the judging has it. */
  | { readonly type: 'unwanted' }
  /** The login: whether its credentials pass. */
  | { readonly type: 'judged'; readonly passed: boolean }
