/**
 * What an SMTP session is made with, what it asks, and what it is answered: its contract with the composition root.
 */
import type { Received } from '../mail/message.js'
import type { Peer } from '../net/session.js'
import type { Reply } from './reply.js'

/** What a session is told of the server's options. */
export interface SmtpOptions {
  /** The name in the greeting. */
  name: string
  maxMessageBytes: number
  maxRecipients: number
  /** Longest command line, its CRLF included. */
  maxLineBytes: number
  /** How many broken commands a connection may send before it is closed. */
  maxProtocolErrors: number
}

export interface SmtpContext {
  readonly peer: Peer
  /** One object for all sessions of a server, and never changed: replies are rendered once for it. */
  readonly options: Readonly<SmtpOptions>
  readonly sessionId: string
  /** Milliseconds since 1970. */
  now(): number
  /** Whether mail is to be refused at MAIL already, because the store is full. */
  storeFull?(): boolean
}

/** A message is complete; its client waits for the answer. */
export type SmtpEvent = { readonly type: 'message'; readonly received: Received }

/** What became of the message. */
export type SmtpAnswer =
  | { readonly type: 'stored'; readonly id: string }
  | { readonly type: 'refused'; readonly reply: Reply }
