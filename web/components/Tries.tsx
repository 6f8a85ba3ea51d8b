/** Transactions in their order: what was tried, what was answered, how long the sender waited. */
import './Tries.css'
import type { Attempt, AttemptReply } from '../../server/http/schema.js'
import { formatSize, plural } from '../text.js'
import { formatPlace, HOME } from '../url.js'
import { Brought } from './Brought.js'
import { Revealed } from './Revealed.js'
import { Time } from './Time.js'
import { RuleLink } from './WithRule.js'

const OUTCOMES: Record<Attempt['outcome'], string> = {
  accepted: 'stored',
  refused: 'refused',
  lost: 'connection lost',
  aborted: 'given up by the app',
}

/** What decided: the answer of a rule, where one kept the mail out; a client that pipelines is told DATA's refusal last. */
function decisiveOf({ replies, outcome, code }: Attempt): AttemptReply | undefined {
  if (outcome === 'accepted' && code === null) return undefined
  const ofRule = outcome === 'accepted' ? undefined : replies.findLast(({ ruleId }) => ruleId !== null)
  return ofRule ?? replies.findLast(reply => reply.code === code) ?? replies.at(-1)
}

interface Props {
  attempts: readonly Attempt[]
  /** The session that is looked at: no link leads there. */
  sessionId?: string
}

export function Tries({ attempts, sessionId }: Props) {
  return (
    <ol className="tries">
      {attempts.map((attempt, n) => {
        const before = attempts[n - 1]
        const last = decisiveOf(attempt)
        return (
          <li key={attempt.id} data-outcome={attempt.outcome}>
            <span className="tries-when">
              <Time at={attempt.at} />
              {before && <span>{formatGap(before.at, attempt.at)}</span>}
            </span>
            <span className="tries-what">
              <strong>
                {OUTCOMES[attempt.outcome]}
                {attempt.outcome === 'accepted' && attempt.code === null && ', and the app was not told'}
                {last?.ruleId && (
                  <>
                    {' by '}
                    <RuleLink id={last.ruleId} text={`rule ${last.ruleId}`} />
                  </>
                )}
              </strong>
              {last && (
                <span className="mono">
                  {last.code} <Revealed text={last.text} />
                </span>
              )}
              <span className="quiet">
                {plural(attempt.to.length, 'recipient')}
                {attempt.bytes > 0 && `, ${formatSize(attempt.bytes)}`}
                {attempt.outcome !== 'accepted' && attempt.bytes > 0 && (
                  <>
                    {' · '}
                    <Brought attemptId={attempt.id} />
                  </>
                )}
                {attempt.sessionId !== sessionId && (
                  <>
                    {' · '}
                    <a href={formatPlace({ ...HOME, view: 'sessions', sessionId: attempt.sessionId })}>its session</a>
                  </>
                )}
                {sessionId !== undefined && attempt.messageId !== null && (
                  <>
                    {' · '}
                    <a href={formatPlace({ ...HOME, id: attempt.messageId })}>the message</a>
                  </>
                )}
              </span>
            </span>
          </li>
        )
      })}
    </ol>
  )
}

function formatGap(from: string, to: string): string {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000
  if (seconds < 0.05) return 'at once'
  if (seconds < 10) return `${seconds.toFixed(1)} s later`
  return `${seconds < 600 ? `${Math.round(seconds)} s` : plural(Math.round(seconds / 60), 'minute')} later`
}
