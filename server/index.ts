/**
 * The public entry: what `import ... from 'maildouble'` gives. Everything else is private.
 */
import { startServer } from './maildouble.js'
import { freePorts, type OptionsInput } from './options.js'
import { MailHandle } from './testing/client.js'
import { type RemoteOptions, reach } from './testing/remote.js'

export type { GivenEnvelope } from './mail/by-hand.js'
export type { Check, Level as CheckLevel } from './mail/checks/result.js'
export type { FileFields, MessageFields } from './mail/compose.js'
export type { Address, Envelope, EsmtpParams, Link, Message, Node, Part, Recipient, Summary } from './mail/message.js'
export { QueryError } from './mail/query.js'
export type { Attempt, AttemptOutcome, AttemptReply, Session, SessionSummary, TranscriptLine } from './mail/session.js'
export { BindError } from './net/bind.js'
export { OptionError, type OptionsInput } from './options.js'
export { type PresetName, type Rule, RuleError, type RuleInput, type RuleReply } from './smtp/rule.js'
export type { InboxOptions, Ports } from './testing/backend.js'
export { InboxHandle, MailHandle } from './testing/client.js'
export type { FilterObject, MailFilter, Predicate } from './testing/filter.js'
export { FoundLink, type FoundPart, ReceivedMessage } from './testing/received.js'
export type { AttemptsFilter, SessionsFilter } from './testing/record-filter.js'
export { RemoteError } from './testing/remote-error.js'
export type {
  CloseOptions,
  ReplyOrReplies,
  RuleHandle,
  RuleMatch,
  RuleOptions,
  RuleSet,
  RuleToAdd,
} from './testing/rules.js'
export { TimeoutError, type Until, type WaitOptions } from './testing/waits.js'

/** Shown by every test runner; fails nothing. */
function warn(text: string): void {
  process.emitWarning(text, 'MaildoubleWarning')
}

/**
 * Starts a server in this process and gives a handle on the mail that it takes. Every port is a free one unless said;
 * nothing is written to disk, no global is touched, and after `stop()` nothing keeps the process alive.
 *
 * Options are those of docs/options.md, in camelCase. Throws OptionError for a bad option and BindError for a port that
 * is taken.
 */
export async function startMaildouble(options: OptionsInput = {}): Promise<MailHandle> {
  const free = { smtpPort: 0, httpPort: 0, ...freePorts(options) }
  const server = await startServer({ ...free, logLevel: 'error', ...options })
  return new MailHandle({ backend: server.backend(), warn })
}

/** How a server that runs is reached. */
export interface ConnectOptions extends RemoteOptions {
  /** `all`: the handle sees also the mail that came before it was made. */
  since?: 'all'
}

/** Where a server is unless it is said: its own default. */
const DEFAULT_URL = 'http://127.0.0.1:8025'

/**
 * Gives a handle on the mail of a server that runs already: the same surface and the same answers as `startMaildouble`
 * gives, over HTTP. It sees what comes from now on, `{ since: 'all' }` lifts that; `stop()` closes this client and leaves
 * the server alone.
 *
 * `url` is that of the server's page, by default $MAILDOUBLE_URL, else http://127.0.0.1:8025; a user and a password in it
 * are sent along. `smtpUrl` says where the app sends where ports are mapped: by default the URL's host, and the port that
 * the server reports.
 *
 * Rejects with RemoteError where there is no server. A wait outlives a connection that breaks; where the server itself
 * was started anew it rejects with RemoteError `restarted`, as does everything that is asked then.
 */
export async function connectMaildouble(url?: string, options: ConnectOptions = {}): Promise<MailHandle> {
  const { since, ...rest } = options
  const { backend, cursor } = await reach(url ?? (process.env.MAILDOUBLE_URL || DEFAULT_URL), rest)
  return new MailHandle({ backend, warn }, undefined, since === 'all' ? 0 : cursor)
}
