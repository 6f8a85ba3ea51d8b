/** Makes what tests of mailboxes and views need: a store, its host, and logins into it. */

import type { Mailbox } from '../../server/imap/mailbox.js'
import { type Mailboxes, MailboxHost } from '../../server/imap/mailboxes.js'
import { addAs, mailboxTest } from '../../server/mail/mailbox-login.js'
import type { Bounds, MailStore } from '../../server/mail/store.js'
import { append, makeEnvelope, makeInboxes, makeStore } from '../mail/make.js'

const NOW_MS = Date.UTC(2026, 0, 31, 12)

export interface World {
  readonly store: MailStore
  readonly host: MailboxHost
  login(username: string): Mailboxes
  /** A mail comes for somebody. */
  mail(to: string, source?: string): Promise<number>
}

export function makeWorld(bounds: Partial<Bounds> = {}): World {
  const store = makeStore(bounds)
  const host = new MailboxHost({ store, now: () => NOW_MS })
  const parts = { store, inboxes: makeInboxes(), now: () => NOW_MS, maxMessageBytes: 1_000_000 }
  return {
    store,
    host,
    login: username => host.open(username, { sees: mailboxTest(username), add: raw => addAs(username, parts, raw) }),
    async mail(to, source) {
      const inboxes = [to.split('@')[0] as string]
      const message = await append(store, { envelope: makeEnvelope({ to: [to] }), inboxes, ...(source && { source }) })
      return message.uid
    },
  }
}

/** The mailbox of a name; fails where there is none. */
export function mailboxOf(mailboxes: Mailboxes, name: string): Mailbox {
  const mailbox = mailboxes.get(name)
  if ('type' in mailbox) throw new Error(mailbox.text)
  while (!mailbox.catchUp());
  return mailbox
}

/** A message as a client puts it in. */
export const given = (text: string, flags: readonly string[] = []) => ({
  raw: Buffer.from(text),
  flags,
  internalDateMs: null,
})
