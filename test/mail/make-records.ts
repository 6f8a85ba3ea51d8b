/** Makes records of sessions and attempts as a protocol's session makes them, with a clock that the test moves. */
import { type AttemptRecord, type RecordBounds, Records, type SessionRecord } from '../../server/mail/records.js'
import type { AttemptOutcome, SessionSummary } from '../../server/mail/session.js'
import type { Failure, Teller } from '../../server/mail/session-record.js'
import { makeInboxes } from './make.js'

export const RECORDED_AT_MS = Date.UTC(2026, 0, 31, 12)

const PEER = { remoteAddress: '127.0.0.1', remotePort: 50_000, localPort: 1025 }

/** What an attempt was like; by default one recipient and a mail that was stored. */
export interface Tried {
  from?: string
  to?: string[]
  outcome?: AttemptOutcome
  code?: number | null
  messageId?: string | null
  data?: Buffer
}

export class RecordMaker {
  nowMs = RECORDED_AT_MS
  readonly inboxes = makeInboxes()
  readonly records: Records

  constructor(
    given: {
      instance?: string
      bounds?: Partial<RecordBounds>
      mark?: () => number
      report?: (error: unknown) => void
    } = {},
  ) {
    let marks = 0
    const { bounds, ...rest } = given
    this.records = new Records({
      instance: 'i1',
      inboxes: this.inboxes,
      bounds: { maxSessions: 1000, maxBytes: 1024 ** 2, ...bounds },
      mark: () => {
        marks += 1
        return marks
      },
      now: () => this.nowMs,
      ...rest,
    })
  }

  open(
    teller: Partial<Teller> = {},
    { protocol = 'smtp', listener = null }: { protocol?: SessionSummary['protocol']; listener?: string | null } = {},
  ): SessionRecord {
    const session = this.records.open(protocol, PEER, listener)
    session.teller = makeTeller(teller)
    return session
  }

  attempt(session: SessionRecord, tried: Tried = {}): AttemptRecord {
    const { from = 'app@example.org', to = ['ada@example.com'], outcome = 'accepted', data = null } = tried
    const attempt = session.begin(from)
    attempt.answered('MAIL', null, '250 2.1.0 Ok\r\n')
    for (const recipient of to) attempt.answered('RCPT', recipient, '250 2.1.5 Ok\r\n')
    attempt.outcome = outcome
    attempt.code = tried.code === undefined ? (outcome === 'accepted' ? 250 : 451) : tried.code
    attempt.data = data
    attempt.weight += data?.length ?? 0
    if (outcome === 'accepted') {
      attempt.messageId = tried.messageId ?? 'm1'
      attempt.inboxes = ['default']
    }
    session.attempted(attempt)
    return attempt
  }

  /** A session with one attempt, from its beginning to its end. */
  delivered(tried: Tried = {}): SessionRecord {
    const session = this.open({ outcome: 'delivered 1 message' })
    session.said('client', 'EHLO client.example')
    this.attempt(session, tried)
    this.records.end(session)
    return session
  }

  /** A session that said something and delivered nothing. */
  failed(failure: Partial<Failure> = {}, tried?: Tried): SessionRecord {
    const whole = makeFailure(failure)
    const session = this.open({ outcome: whole.reason, failure: whole })
    session.said('client', 'EHLO client.example')
    if (tried) this.attempt(session, { outcome: 'refused', ...tried })
    this.records.end(session)
    return session
  }

  /** A connection on which nothing was said. */
  blank(): SessionRecord {
    const failure = makeFailure({ step: 'greeted', reason: 'connected and said nothing', weak: true })
    const session = this.open({ outcome: failure.reason, failure })
    this.records.end(session)
    return session
  }
}

export function makeFailure(failure: Partial<Failure> = {}): Failure {
  return {
    step: 'auth',
    reason: 'AUTH was refused: 535 5.7.8 The user name or the password is wrong',
    fix: 'Give the app the right password.',
    weak: false,
    ...failure,
  }
}

export function makeTeller(teller: Partial<Teller> = {}): Teller {
  return {
    helo: 'client.example',
    tls: null,
    auth: null,
    username: null,
    warnings: [],
    outcome: 'delivered 1 message',
    failure: null,
    ...teller,
  }
}
