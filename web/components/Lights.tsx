/** How far the app comes on its way to deliver, as it happens; where it stops, why, and what to change. */
import './Lights.css'
import { useEffect, useState } from 'react'
import type { Diagnosis, DiagnosisStep } from '../../server/http/schema.js'
import { readDiagnosis } from '../api.js'
import { PROBED, withoutAdvice } from '../sessions.js'
import { formatPlace, HOME } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Time } from './Time.js'
import { WithRule } from './WithRule.js'

const NAMES: Record<DiagnosisStep['step'], string> = {
  connected: 'Connected',
  greeted: 'Greeted',
  tls: 'TLS',
  auth: 'Logged in',
  recipient: 'Recipient accepted',
  stored: 'Stored',
}
/** Steps that need not be taken: without them there is nothing to say. */
const OPTIONAL = new Set<DiagnosisStep['step']>(['tls', 'auth'])

export function Lights() {
  const { sessions, connection } = useMailbox()
  const [diagnosis, setDiagnosis] = useState<Diagnosis>()
  const { happenings } = sessions
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever happens on a connection may turn a light on
  useEffect(() => {
    const abort = new AbortController()
    readDiagnosis(abort.signal).then(setDiagnosis, () => {})
    return () => abort.abort()
  }, [happenings, connection])
  if (!diagnosis) return null

  const steps = diagnosis.steps.filter(({ step, happened, reason }) => happened || reason || !OPTIONAL.has(step))
  const failed = steps.find(step => stateOf(step) === 'no')
  const probe = steps.find(({ reason }) => reason === PROBED)
  const unconnected = steps.find(({ step, happened }) => step === 'connected' && !happened)
  return (
    <section className="lights" data-failed={failed !== undefined || undefined}>
      <h2>How far does the app come?</h2>
      <ol>
        {steps.map(step => (
          <li key={step.step} data-state={stateOf(step)}>
            <i aria-hidden="true" />
            <span>{NAMES[step.step]}</span>
            <span className="off-screen">
              {stateOf(step) === 'yes' ? ': yes' : stateOf(step) === 'no' ? ': it fails here' : ': not yet'}
            </span>
            {step.lastAt !== null && <Time at={step.lastAt} short />}
          </li>
        ))}
      </ol>
      {unconnected && <p className="quiet">{unconnected.reason}</p>}
      {probe && (
        <p className="quiet">
          Something connected and said nothing: a look at the port, most likely, as health checks take it.
        </p>
      )}
      {failed && (
        <div className="lights-reason" role="status">
          <strong>
            <WithRule text={withoutAdvice(failed.reason ?? '')} />
          </strong>
          <span>{failed.fix}</span>
          {failed.sessionId !== null && (
            <a href={formatPlace({ ...HOME, view: 'sessions', sessionId: failed.sessionId })}>What was said</a>
          )}
        </div>
      )}
    </section>
  )
}

/** That nothing has connected yet is no failure, nor that somebody only looked: no app may have tried. */
function stateOf({ step, happened, reason }: DiagnosisStep): 'yes' | 'no' | 'waiting' {
  if (reason === PROBED) return step === 'connected' && happened ? 'yes' : 'waiting'
  if (reason !== null && (happened || step !== 'connected')) return 'no'
  return happened ? 'yes' : 'waiting'
}
