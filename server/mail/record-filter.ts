/** Which sessions and attempts are asked for: fields by name, compared as those of messages are. */
import { factsTest } from './facts.js'
import { type Filter, QueryError, queryOf } from './query.js'
import type { AttemptOutcome, SessionSummary } from './session.js'
import type { AttemptRecord, SessionRecord } from './session-record.js'

/** Every field that is there has to match. */
export interface SessionFilter {
  /** The inbox's name, exactly. */
  inbox?: string
  /** Who logged in or tried to, exactly. */
  user?: string
  /** Contained in the HELO name. */
  helo?: string
  /** Contained in the outcome. */
  outcome?: string
  protocol?: SessionSummary['protocol']
}

/** Every field that is there has to match. */
export interface AttemptFilter {
  /** Any recipient, refused ones too. A full address is matched exactly, `*` is a glob, else contained. */
  to?: string
  /** The reverse-path, likewise; `<>` is the null path. */
  from?: string
  /** The inbox's name, exactly. */
  inbox?: string
  outcome?: AttemptOutcome
  code?: number
}

export const SESSION_FIELDS = [
  'inbox',
  'user',
  'helo',
  'outcome',
  'protocol',
] as const satisfies (keyof SessionFilter)[]
export const ATTEMPT_FIELDS = ['to', 'from', 'inbox', 'outcome', 'code'] as const satisfies (keyof AttemptFilter)[]

/** The test of a filter. Throws QueryError for a field that there is not. */
export function sessionTest(filter: SessionFilter): (session: SessionRecord) => boolean {
  assertFields(filter, SESSION_FIELDS)
  const { outcome, protocol, inbox, user, helo } = filter
  const passes = factsTest(
    queryOf({
      ...(inbox !== undefined && { inbox }),
      ...(user !== undefined && { user }),
      ...(helo !== undefined && { helo }),
    }),
  )
  const words = outcome?.toLowerCase()
  return session =>
    (protocol === undefined || session.opening.protocol === protocol) &&
    (words === undefined || session.teller.outcome.toLowerCase().includes(words)) &&
    passes({ helo: session.teller.helo, user: session.teller.username, inboxes: session.inboxes }) === true
}

/** The test of a filter. Throws QueryError for a field that there is not. */
export function attemptTest(filter: AttemptFilter): (attempt: AttemptRecord) => boolean {
  assertFields(filter, ATTEMPT_FIELDS)
  const { to, from, inbox, outcome, code } = filter
  const asked: Filter = {
    ...(to !== undefined && { 'rcpt-to': to }),
    ...(from !== undefined && { 'mail-from': from }),
    ...(inbox !== undefined && { inbox }),
  }
  const passes = factsTest(queryOf(asked))
  return attempt =>
    (outcome === undefined || attempt.outcome === outcome) &&
    (code === undefined || attempt.code === code) &&
    passes({ mailFrom: attempt.from, recipients: attempt.to, inboxes: attempt.inboxes }) === true
}

/** A mistyped field must not widen what is asked for. */
function assertFields(filter: object, fields: readonly string[]): void {
  for (const field of Object.keys(filter)) {
    if (!fields.includes(field))
      throw new QueryError(field, `there is no filter "${field}"`, `Use ${fields.join(', ')}.`)
  }
}
