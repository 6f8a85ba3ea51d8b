/** Who is at the other end of an IMAP session: what its commands share. */
import type { Envelope } from '../mail/message.js'
import type { MailboxContext } from '../mailbox/context.js'
import type { Moments } from '../mailbox/moments.js'
import type { Visit } from '../mailbox/visit.js'
import { MECHANISMS } from '../net/sasl.js'
import type { TlsInfo } from '../net/session.js'
import type { FlagSets } from './flags.js'
import type { Mailboxes } from './mailboxes.js'
import type { View } from './view.js'

export interface ImapContext extends MailboxContext {
  readonly maxMessageBytes: number
  /** The mailboxes of all logins. */
  readonly host: {
    readonly flagSets: FlagSets
    /** The mailboxes of a user who has logged in, for one session more. */
    open(username: string): Mailboxes
    /** The session uses them no longer. */
    close(mailboxes: Mailboxes): void
  }
}

export interface Client {
  readonly context: ImapContext
  readonly moments: Moments
  readonly visit: Visit
  tls: TlsInfo | null
  /** Who tried to log in last, with success or without. */
  username: string | null
  auth: Envelope['auth']
  /** Null before a login. */
  mailboxes: Mailboxes | null
  /** The mailbox that is selected; null for none. */
  view: View | null
  /** Something happened that nobody said. */
  note(text: string): void
}

/** RFC 3501 6.1.1: what can be done, as far as it is known in this state. */
export function capabilitiesOf({ context: { options }, tls, mailboxes }: Client): string {
  const mayLogIn = tls !== null || !options.requireTls
  const isBefore = mailboxes === null
  return [
    'IMAP4rev1',
    'LITERAL+',
    ...(isBefore && options.tls && tls === null ? ['STARTTLS'] : []),
    ...(isBefore && !mayLogIn ? ['LOGINDISABLED'] : []),
    ...(isBefore && mayLogIn ? ['SASL-IR', ...MECHANISMS.map(mechanism => `AUTH=${mechanism}`)] : []),
    'ID',
    'NAMESPACE',
    'IDLE',
    'UNSELECT',
    'UIDPLUS',
    'MOVE',
    'CHILDREN',
    'SPECIAL-USE',
  ].join(' ')
}
