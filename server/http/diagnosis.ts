/**
 * Why no mail is there: how far apps have come, and what kept the last one from coming further. Pure.
 *
 * The newest connection on which something went wrong, or a mail was delivered, decides: what was mended since is no
 * longer the reason. Connections that only came to look count where there are no others. A port that a rule has closed is
 * the reason before all of them: nobody can come who would leave a trace.
 */
import type { Records, SessionRecord } from '../mail/records.js'
import type { Rule } from '../smtp/rule.js'
import type { Diagnosis, DiagnosisStep } from './schema.js'

const STEPS = ['connected', 'greeted', 'tls', 'auth', 'recipient', 'stored'] as const

/** What a diagnosis is made of. */
type Evidence = Pick<Records, 'senders' | 'sessions' | 'lastReached'>

/** `smtpUrl` is where apps should send. */
export function diagnose(records: Evidence, rules: readonly Rule[], smtpUrl: string): Diagnosis {
  const closing = rules.find(rule => rule.active && rule.refuseConnections)
  const { step, ...trouble } = (closing ? closedBy(closing) : troubleOf(records, smtpUrl)) ?? { step: undefined }
  return {
    steps: STEPS.map((name): DiagnosisStep => {
      const lastMs = records.lastReached(name)
      return {
        step: name,
        happened: lastMs !== undefined,
        lastAt: lastMs === undefined ? null : new Date(lastMs).toISOString(),
        reason: null,
        fix: null,
        sessionId: null,
        ...(name === step && trouble),
      }
    }),
  }
}

type Trouble = Pick<DiagnosisStep, 'step' | 'reason' | 'fix' | 'sessionId'>

function closedBy({ id, match: { inbox } }: Rule): Trouble {
  return {
    step: 'connected',
    reason: `Rule ${id} has closed the port${inbox === undefined ? '' : ` of ${inbox}`}: apps are refused as by a server that is down.`,
    fix: `Remove it on the Rules page or with DELETE /api/rules/${id}.`,
    sessionId: null,
  }
}

function troubleOf(records: Evidence, smtpUrl: string): Trouble | undefined {
  if (records.senders === 0) {
    return {
      step: 'connected',
      reason: 'No app has connected since the start.',
      fix:
        `Point the app at ${smtpUrl}. If it is: does it use a test backend or a log in place of SMTP, ` +
        'or does the worker of its mail queue stand still?',
      sessionId: null,
    }
  }
  let weak: SessionRecord | undefined
  for (const session of records.sessions('newest')) {
    if (session.protocol !== 'smtp') continue
    const { failure } = session.teller
    if (failure && !failure.weak) return troubleIn(session)
    if (session.delivered > 0) return undefined
    if (failure && session.endedAtMs !== null) weak ??= session
  }
  return weak && troubleIn(weak)
}

function troubleIn(session: SessionRecord): Trouble | undefined {
  const { failure } = session.teller
  return failure ? { step: failure.step, reason: failure.reason, fix: failure.fix, sessionId: session.id } : undefined
}
