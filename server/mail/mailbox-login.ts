/**
 * Which messages a login over POP3 or IMAP sees, and as what it adds one.
 *
 * The username chooses: an inbox's name, or the address of a recipient of the envelope; what fits either is shown. `all`
 * is everything, and an empty name is the inbox of mail that nothing claims, as it is over SMTP. Whether a login passes
 * is decided elsewhere. Pure.
 */
import { type Added, addByHand, type ByHand, canBeGiven } from './by-hand.js'
import { DEFAULT_INBOX } from './inboxes.js'
import type { Stored } from './message.js'
import type { MailStore, Test } from './store.js'

/** The username that sees everything. */
export const EVERYTHING = 'all'

/** Whether a login sees a message. Inboxes are compared exactly, addresses in any case. */
export function mailboxTest(username: string): Test {
  if (username === EVERYTHING) return () => true
  if (!username.includes('@')) return ({ inboxes }) => inboxes.includes(username || DEFAULT_INBOX)
  const address = username.toLowerCase()
  const isIt = (recipient: string) => recipient.length === address.length && recipient.toLowerCase() === address
  return ({ inboxes, envelope }) => inboxes.includes(username) || envelope.to.some(isIt)
}

/** Where a login adds. */
export interface AddingLogin extends ByHand {
  store: Pick<MailStore, 'append' | 'file'>
}

/**
 * Adds a message as a login: to the recipient, or into the inbox, that its username names. It is there for the login
 * whatever the message says of itself.
 */
export async function addAs(username: string, parts: AddingLogin, raw: Buffer): Promise<Added> {
  const isAddress = username.includes('@') && canBeGiven(username)
  const inbox = username === EVERYTHING ? DEFAULT_INBOX : username || DEFAULT_INBOX
  const added = await addByHand(parts, raw, isAddress ? { to: [username] } : {}, isAddress ? null : inbox)
  // A header or a recipient of its headers may have claimed it for another inbox.
  if (added.type === 'stored' && !sees(username, added.message)) await parts.store.file([added.message.id], inbox)
  return added
}

function sees(username: string, message: Stored): boolean {
  return mailboxTest(username)(message)
}
