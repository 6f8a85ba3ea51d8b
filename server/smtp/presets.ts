/** What goes wrong with mail again and again, as rules by name: each is what its fields say, and nothing more. */
import type { PresetName, RuleFields } from './rule.js'

/** The fields of each preset; what it leaves out has its default. */
export const PRESETS: { readonly [name in PresetName]: Partial<RuleFields> } = {
  /** A server that knows no sender yet: the second attempt passes. */
  greylist: { on: 'rcpt', reply: '451 4.7.1 Greylisted, try again later', times: 1, per: 'recipient' },
  'mailbox-full': { on: 'rcpt', reply: '452 4.2.2 Mailbox full' },
  'no-such-user': { on: 'rcpt', reply: '550 5.1.1 No such user here' },
  'auth-down': { on: 'auth', reply: '454 4.7.0 Temporary authentication failure' },
  slow: { on: 'data', delayMs: 2000, bytesPerSecond: 10_240 },
  'rate-limit': { on: 'mail', reply: '421 4.7.0 Too many messages, slow down', after: 10, windowMs: 60_000 },
  /** To new connections, and to whatever is said next on those that are open. */
  shutdown: { on: 'any', reply: '421 4.3.2 The server is shutting down, closing the connection' },
  'starttls-stripped': { on: 'ehlo', hide: ['STARTTLS'] },
  /** Sooner than any mail ends: what an app writes has more than that in its header. */
  'drop-in-data': { on: 'data', action: 'close', afterBytes: 100 },
  /** The duplicate of RFC 1047: the message is there, and the client does not know. */
  'lost-ack': { on: 'message', action: 'close', store: true },
}
