/**
 * Every connection, also those that delivered nothing: these stand out, since they are what one looks for when mail is
 * missing. Live, newest first; one of them open beside the list.
 */
import './SessionsPage.css'
import { useEffect } from 'react'
import type { SessionSummary } from '../../server/http/schema.js'
import { RequestError } from '../api.js'
import { useKeys } from '../keys.js'
import { useNarrow } from '../narrow.js'
import { cameToNothing, stateOf, withoutAdvice } from '../sessions.js'
import { plural } from '../text.js'
import { currentPlace, formatPlace, go, type Place } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Revealed } from './Revealed.js'
import { Segments } from './Segments.js'
import { SessionPane } from './SessionPane.js'
import { type ListWidth, Splitter } from './Splitter.js'
import { TakenAt } from './TakenAt.js'
import { Time } from './Time.js'

/** Pause between readings of the list while a connection is open. */
const OPEN_REFRESH_MS = 1_000

const WHICH = [
  { value: 'all', name: 'All' },
  { value: 'failed', name: 'Delivered nothing' },
] as const

export function SessionsPage({ place, listWidth }: { place: Place; listWidth: ListWidth }) {
  const { sessions } = useMailbox()
  const { inbox, sessionId, failedOnly } = place
  // What stands alone is the page's main part.
  const isListAlone = useNarrow() && sessionId === null
  useEffect(() => void sessions.read(inbox), [sessions, inbox])
  const { failedUnseen } = sessions
  useEffect(() => {
    if (failedUnseen) sessions.see()
  }, [sessions, failedUnseen])

  const areOpen = sessions.list.some(({ endedAt }) => endedAt === null)
  useEffect(() => {
    if (!areOpen) return
    const timer = setInterval(() => {
      if (!document.hidden) void sessions.renew()
    }, OPEN_REFRESH_MS)
    return () => clearInterval(timer)
  }, [sessions, areOpen])

  const shown = failedOnly ? sessions.list.filter(cameToNothing) : sessions.list
  const move = (step: 1 | -1) => {
    const index = shown.findIndex(({ id }) => id === sessionId)
    const next = shown[sessionId === null ? 0 : index + step]
    if (!next) return
    go({ sessionId: next.id }, sessionId === null ? 'push' : 'replace')
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-id="${next.id}"]`)?.focus())
  }
  const close = () => go(sessionId === null ? { view: 'messages' } : { sessionId: null })
  const moves = { j: () => move(1), k: () => move(-1), arrowdown: () => move(1), arrowup: () => move(-1) }
  useKeys({ ...moves, u: close, escape: close }, () => {})

  return (
    <>
      <section className="list-region" role={isListAlone ? 'main' : undefined} aria-label="Sessions">
        <div className="list-head">
          <h1 className="list-count">Sessions</h1>
          <span className="list-head-gap" />
          <Segments
            label="Which sessions"
            value={failedOnly ? 'failed' : 'all'}
            options={WHICH}
            onChange={value => go({ failedOnly: value === 'failed' }, 'replace')}
          />
        </div>
        <Splitter width={listWidth} />
        {sessions.status instanceof RequestError ? (
          <div className="nothing" role="alert">
            <strong>{sessions.status.message}</strong>
            <span>{sessions.status.fix}</span>
          </div>
        ) : sessions.status === 'ready' && shown.length === 0 ? (
          <div className="nothing" role="status">
            <strong>{failedOnly && sessions.list.length > 0 ? 'Every session delivered' : 'No connection yet'}</strong>
            <span>
              {failedOnly && sessions.list.length > 0
                ? `${plural(sessions.list.length, 'session')} looked at`
                : `Nothing has connected${inbox === null ? '' : ` for inbox ${inbox}`} since the start.`}
            </span>
            {sessions.list.length === 0 && <TakenAt />}
          </div>
        ) : (
          <ul className="sessions">
            {shown.map((session, n) => (
              <li key={session.id}>
                <SessionRow
                  session={session}
                  isOpen={session.id === sessionId}
                  isTabStop={sessionId === null ? n === 0 : session.id === sessionId}
                />
              </li>
            ))}
            {sessions.next !== null && (
              <li>
                <button type="button" className="button sessions-older" onClick={() => void sessions.readOlder()}>
                  Show older
                </button>
              </li>
            )}
          </ul>
        )}
      </section>
      <main className="message-region" aria-label="Session">
        {sessionId === null ? (
          <div className="placeholder">
            <p>Choose a session</p>
            <p className="placeholder-keys">
              <kbd>j</kbd> <kbd>k</kbd> move · <kbd>u</kbd> back
            </p>
          </div>
        ) : (
          <SessionPane key={sessionId} id={sessionId} />
        )}
      </main>
    </>
  )
}

function SessionRow({ session, isOpen, isTabStop }: { session: SessionSummary; isOpen: boolean; isTabStop: boolean }) {
  const { id, protocol, outcome, startedAt, remoteAddress, helo, tls, auth, warnings } = session
  return (
    <a
      className="session-row"
      data-id={id}
      data-state={stateOf(session)}
      href={formatPlace({ ...currentPlace(), sessionId: id })}
      tabIndex={isTabStop ? 0 : -1}
      aria-current={isOpen ? 'true' : undefined}
    >
      <span className="session-line">
        <i aria-hidden="true" />
        <span className="session-outcome">
          <Revealed text={withoutAdvice(outcome)} />
        </span>
        <Time at={startedAt} short />
      </span>
      <span className="session-line session-client">
        <span>
          {remoteAddress}
          {helo !== null && (
            <>
              {' · '}
              <Revealed text={helo} />
            </>
          )}
        </span>
        {protocol !== 'smtp' && <span className="badge quiet">{protocol.toUpperCase()}</span>}
        {tls && <span className="badge quiet">TLS</span>}
        {auth && (
          <span className="badge quiet">
            <Revealed text={auth.username} />
          </span>
        )}
        {warnings.length > 0 && <span className="badge">{plural(warnings.length, 'warning')}</span>}
      </span>
    </a>
  )
}
