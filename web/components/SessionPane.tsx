/** One connection: who it was, how it ended and why, what it tried, what was said. While it is open it is read anew. */
import { useEffect, useState } from 'react'
import type { Attempt, Session } from '../../server/http/schema.js'
import { RequestError, readAttempt, readSession } from '../api.js'
import { useNarrow } from '../narrow.js'
import { cameToNothing, withoutAdvice } from '../sessions.js'
import { formatPlace, go, HOME } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Fact, Mono } from './Facts.js'
import { Icon } from './Icon.js'
import { Loading } from './Loading.js'
import { Scrolled } from './Scrolled.js'
import { Time } from './Time.js'
import { Transcript } from './Transcript.js'
import { Tries } from './Tries.js'
import { Warnings } from './Warnings.js'
import { WithRule } from './WithRule.js'

/** Attempts shown: a pooled connection may have made thousands. */
const MAX_ATTEMPTS = 20
/** Pause between readings of a session that is still open. */
const OPEN_REFRESH_MS = 1_000

type Read = { state: 'loading' } | { state: 'failed'; error: RequestError } | { state: 'ready'; session: Session }

export function SessionPane({ id }: { id: string }) {
  const { connection } = useMailbox()
  const isNarrow = useNarrow()
  const [read, setRead] = useState<Read>({ state: 'loading' })
  const isOpen = read.state === 'ready' && read.session.endedAt === null

  // biome-ignore lint/correctness/useExhaustiveDependencies: the connection is what a failure waits for
  useEffect(() => {
    const abort = new AbortController()
    const load = () =>
      readSession(id, abort.signal).then(
        session => setRead({ state: 'ready', session }),
        (error: unknown) => {
          if (error instanceof RequestError) setRead({ state: 'failed', error })
        },
      )
    if (!isOpen) void load()
    const timer = isOpen ? setInterval(load, OPEN_REFRESH_MS) : undefined
    return () => {
      abort.abort()
      clearInterval(timer)
    }
  }, [id, isOpen, connection])

  if (read.state !== 'ready') {
    return <Loading state={read.state} {...(read.state === 'failed' && { error: read.error })} />
  }
  const { session } = read
  const { protocol, remoteAddress, remotePort, localPort, startedAt, endedAt, helo, tls, auth, inboxes, warnings } =
    session
  return (
    <Scrolled label="Session" className="scrolled session">
      {isNarrow && <h1 className="off-screen">Session</h1>}
      <div className="session-head">
        <button
          type="button"
          className="icon-button head-back"
          aria-label="Back to the sessions"
          onClick={() => go({ sessionId: null })}
        >
          <Icon name="back" />
        </button>
        <h2 data-nothing={cameToNothing(session) || undefined}>
          <WithRule text={session.fix === null ? session.outcome : withoutAdvice(session.outcome)} />
        </h2>
      </div>
      {session.fix !== null && <p className="session-fix">{session.fix}</p>}
      <dl className="facts">
        <Fact name="Client">
          <span className="mono">
            {remoteAddress} port {remotePort}
          </span>{' '}
          to our port <span className="mono">{localPort}</span>
        </Fact>
        <Fact name="Time">
          <Time at={startedAt} />
          {endedAt === null ? ', still open' : `, for ${duration(startedAt, endedAt)}`}
        </Fact>
        {protocol === 'smtp' ? (
          <Fact name="Greeted as">{helo === null ? 'no HELO or EHLO' : <Mono text={helo} />}</Fact>
        ) : (
          <Fact name="Protocol">{protocol.toUpperCase()}, which reads mail</Fact>
        )}
        <Fact name="TLS">{tls ? `${tls.version}, ${tls.cipher}` : 'none'}</Fact>
        <Fact name="Logged in">{auth ? <Mono text={`${auth.username} (${auth.mechanism})`} /> : 'no'}</Fact>
        {protocol === 'smtp' && (
          <Fact name={inboxes.length === 1 ? 'Inbox' : 'Inboxes'}>
            {inboxes.map((inbox, n) => (
              <span key={inbox}>
                {n > 0 && ', '}
                <a href={formatPlace({ ...HOME, inbox })}>{inbox}</a>
              </span>
            ))}
          </Fact>
        )}
      </dl>
      <Warnings warnings={warnings} />
      <SessionTries ids={session.attempts} sessionId={id} />
      <h3>What was said</h3>
      <Transcript lines={session.transcript} />
    </Scrolled>
  )
}

function SessionTries({ ids, sessionId }: { ids: readonly string[]; sessionId: string }) {
  const [attempts, setAttempts] = useState<Attempt[]>([])
  const shown = ids.slice(-MAX_ATTEMPTS).join(' ')
  useEffect(() => {
    const abort = new AbortController()
    const wanted = shown === '' ? [] : shown.split(' ')
    Promise.all(wanted.map(id => readAttempt(id, abort.signal))).then(setAttempts, () => {})
    return () => abort.abort()
  }, [shown])
  if (attempts.length === 0) return null
  return (
    <>
      <h3>
        What it tried
        {ids.length > MAX_ATTEMPTS && (
          <span className="quiet">
            {' '}
            · the last {MAX_ATTEMPTS} of {ids.length}
          </span>
        )}
      </h3>
      <Tries attempts={attempts} sessionId={sessionId} />
    </>
  )
}

function duration(from: string, to: string): string {
  const milliseconds = Date.parse(to) - Date.parse(from)
  if (milliseconds < 1000) return `${milliseconds} ms`
  return milliseconds < 120_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 60_000)} min`
}
