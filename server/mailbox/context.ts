/** What a POP3 or an IMAP session is made with, and how it asks whether a login passes: what both have of the contract. */
import type { SessionRecord } from '../mail/session-record.js'
import type { Credentials } from '../net/sasl.js'
import type { Peer } from '../net/session.js'
import type { Judge } from '../smtp/rule.js'

/** What a session is told of the server's options. */
export interface MailboxOptions {
  /** The name in the greeting. */
  readonly name: string
  /** Longest command line, its CRLF included. */
  readonly maxLineBytes: number
  /** Longest line of a login, likewise. */
  readonly maxAuthLineBytes: number
  /** How many broken commands a connection may send before it is closed. */
  readonly maxProtocolErrors: number
  /** Whether there is a certificate. */
  readonly tls: boolean
  /** Whether logins are refused in the clear. */
  readonly requireTls: boolean
}

export interface MailboxContext {
  readonly peer: Peer
  readonly options: MailboxOptions
  /** What is said goes there. */
  readonly record: SessionRecord
  /** Programmed behaviour: asked while it is awake. */
  readonly judge: Judge
  /** Milliseconds since 1970. */
  now(): number
  /** As many bytes that nobody can foresee, for challenges. */
  random(bytes: number): Buffer
}

/** Somebody wants to log in. */
export interface LoginEvent {
  readonly type: 'login'
  readonly credentials: Credentials
}

/** Whether the credentials pass. */
export interface LoginAnswer {
  readonly type: 'judged'
  readonly passed: boolean
}

/** Of a challenge, beside the time: nobody can foresee it. */
const CHALLENGE_BYTES = 12

/** A challenge of the form of a message identifier (RFC 1939 7, RFC 2195 2), never the same twice. */
export function makeChallenge({ now, random, options }: Pick<MailboxContext, 'now' | 'random' | 'options'>): string {
  return `<${random(CHALLENGE_BYTES).toString('hex')}.${now()}@${options.name}>`
}
