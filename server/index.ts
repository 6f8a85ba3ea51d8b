/**
 * The public entry: what `import ... from 'maildouble'` gives. Everything else is private.
 */
import { startServer } from './maildouble.js'
import type { OptionsInput } from './options.js'
import { MailHandle } from './testing/client.js'

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
export type {
  CloseOptions,
  ReplyOrReplies,
  RuleHandle,
  RuleMatch,
  RuleOptions,
  RuleSet,
  RuleToAdd,
} from './testing/rules.js'
export type { Until, WaitOptions } from './testing/waits.js'

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
  const free = { smtpPort: 0, httpPort: 0, ...(options.tls && { smtpsPort: 0 }) }
  const server = await startServer({ ...free, logLevel: 'error', ...options })
  return new MailHandle({ backend: server.backend(), warn })
}
