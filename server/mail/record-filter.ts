/** Which sessions and attempts are asked for: fields by name, compared as those of messages are. */
import { factsTest } from './facts.js'
import { type Filter, QueryError, queryOf } from './query.js'
import type { AttemptRecord, Records, SessionRecord } from './records.js'
import type { AttemptOutcome, SessionSummary } from './session.js'

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
    (protocol === undefined || session.protocol === protocol) &&
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

/** How many connections are told of that delivered nothing. */
export const MAX_UNDELIVERED = 20

/** The newest connections that delivered nothing and ended after that, or have not ended: newest first. */
export function undelivered(records: Records, since: number, sinceMs = Number.NEGATIVE_INFINITY): SessionRecord[] {
  const found: SessionRecord[] = []
  for (const session of records.sessions('newest')) {
    if (session.protocol !== 'smtp' || session.delivered > 0 || !endedAfter(session, since, sinceMs)) continue
    if (found.push(session) === MAX_UNDELIVERED) break
  }
  return found
}

/** Whether a session ended after a number and a time, or is open still. */
export function endedAfter(
  { seq, endedAtMs }: SessionRecord,
  since: number,
  sinceMs = Number.NEGATIVE_INFINITY,
): boolean {
  return endedAtMs === null || (seq > since && endedAtMs > sinceMs)
}
