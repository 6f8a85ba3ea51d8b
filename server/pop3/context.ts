/** What a POP3 session is made with, what it asks, and what it is answered: its contract with the composition root. */
import type { MailStore } from '../mail/store.js'
import type { LoginAnswer, LoginEvent, MailboxContext } from '../mailbox/context.js'
import type { Entry } from './maildrop.js'

export interface Pop3Context extends MailboxContext {
  /** Where messages are read when they are asked for. */
  readonly store: Pick<MailStore, 'at'>
}

export type Pop3Event =
  | LoginEvent
  /** Somebody has logged in, and wants to know what is there. */
  | { readonly type: 'open'; readonly username: string }
  /** A session has ended that marked messages as deleted. */
  | { readonly type: 'remove'; readonly ids: readonly string[] }

export type Pop3Answer =
  | LoginAnswer
  /** What is there, the oldest first. */
  | { readonly type: 'opened'; readonly entries: readonly Entry[] }
  /** They are gone. */
  | { readonly type: 'removed' }
