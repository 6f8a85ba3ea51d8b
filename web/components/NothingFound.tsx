/** A list without rows, though there is mail: what was looked for, where else there is some, and the way back. */
import { useEffect, useState } from 'react'
import type { Info } from '../../server/http/schema.js'
import { type Filter, findElsewhere, listRefused, readInfo } from '../api.js'
import { type Refusal, refusalsOf } from '../refusals.js'
import { ruleName } from '../rule-words.js'
import { formatNumber, plural } from '../text.js'
import { formatPlace, go, HOME } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { WithCode } from './WithCode.js'

export function NothingFound() {
  const { listing, counts, inboxes } = useMailbox()
  const { filter } = listing
  const { inbox, q, unreadOnly } = filter
  const total = counts?.total ?? 0
  const registered = inbox === null ? undefined : inboxes.get(inbox)

  if (q !== '') {
    return (
      <div className="nothing" role="status">
        <strong>Nothing found for “{q}”</strong>
        <span>
          {unreadOnly ? `among the unread of ${plural(total, 'message')}` : `in ${plural(total, 'message')}`}
          {inbox !== null && ` of inbox ${inbox}`}.
        </span>
        <Elsewhere filter={filter} />
        <Left />
        <button type="button" className="button" onClick={() => go({ q: '', unreadOnly: false }, 'replace')}>
          Clear the search
        </button>
      </div>
    )
  }
  if (unreadOnly) {
    return (
      <div className="nothing" role="status">
        <strong>Nothing unread{inbox !== null && ` in ${inbox}`}</strong>
        {total > 0 && <span>{plural(total, 'message')} read</span>}
        <button type="button" className="button" onClick={() => go({ unreadOnly: false }, 'replace')}>
          Show all
        </button>
      </div>
    )
  }
  return (
    <div className="nothing" role="status">
      <strong>No mail{inbox !== null && ` in ${inbox}`}</strong>
      <Elsewhere filter={filter} />
      {inbox !== null && (
        <>
          <span>
            {registered?.address && (
              <>
                <WithCode text={`Mail comes here that goes to \`${registered.address}\`, `} />
                <WithCode text={'or whose sender logs in as '} />
              </>
            )}
            {!registered?.address && 'Mail comes here whose sender logs in as '}
            <code>{inbox}</code>.
          </span>
          <button type="button" className="button" onClick={() => go({ inbox: null })}>
            Show all inboxes
          </button>
        </>
      )}
    </div>
  )
}

/** What the same search finds in other inboxes, and what rules kept out. */
function Elsewhere({ filter }: { filter: Filter }) {
  const { q, unreadOnly, inbox } = filter
  const [found, setFound] = useState<Awaited<ReturnType<typeof findElsewhere>>>()
  useEffect(() => {
    setFound(undefined)
    if (inbox === null || q === '') return
    const abort = new AbortController()
    findElsewhere({ q, unreadOnly, inbox }, abort.signal).then(setFound, () => {})
    return () => abort.abort()
  }, [q, unreadOnly, inbox])
  const refusals = useRefusals(inbox, q)
  const inboxes = found?.inboxes ?? []
  if (inboxes.length + refusals.length === 0) return null
  return (
    <span>
      0 here
      {inboxes.map(({ name, count }) => (
        <span key={name}>
          ,{' '}
          <button type="button" className="link-button" onClick={() => go({ inbox: name })}>
            {formatNumber(count)}
            {found?.isWhole ? '' : ' or more'} in inbox {name}
          </button>
        </span>
      ))}
      {refusals.map(refusal => (
        <span key={refusal.ruleId}>
          , <Refused {...refusal} inbox={inbox} />
        </span>
      ))}
    </span>
  )
}

/** What rules refused of the mail that is looked for, as it happens. */
function useRefusals(inbox: string | null, q: string): Refusal[] {
  const { sessions, rules } = useMailbox()
  const [refusals, setRefusals] = useState<Refusal[]>([])
  // Without rules, nothing that happens adds to it.
  const happenings = rules.list.length > 0 ? sessions.happenings : 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: what happens may be a refusal
  useEffect(() => {
    const abort = new AbortController()
    listRefused(inbox, abort.signal).then(
      ({ attempts }) => setRefusals(refusalsOf(attempts, q)),
      () => {},
    )
    return () => abort.abort()
  }, [inbox, q, happenings])
  return refusals
}

/** The sessions show what was refused. */
function Refused({ ruleId, count, inbox }: Refusal & { inbox: string | null }) {
  const { rules } = useMailbox()
  return (
    <a href={formatPlace({ ...HOME, view: 'sessions', failedOnly: true, inbox })}>
      {formatNumber(count)} refused by rule {ruleName(rules.get(ruleId) ?? { id: ruleId, preset: null })}
    </a>
  )
}

/** What is gone since the start: perhaps it was among that. */
function Left() {
  const [counts, setCounts] = useState<Info['counts']>()
  useEffect(() => {
    readInfo().then(
      info => setCounts(info.counts),
      () => {},
    )
  }, [])
  const text = counts ? describeLeft(counts) : ''
  return text ? <span className="quiet">{text}</span> : null
}

/** What has left since the start, in words; empty where nothing has. */
export function describeLeft({ deleted, evicted, expired }: Info['counts']): string {
  return [
    deleted > 0 && `${plural(deleted, 'message')} deleted since the start.`,
    evicted > 0 && `${plural(evicted, 'message')} gave way at a limit.`,
    expired > 0 && `${plural(expired, 'message')} expired.`,
  ]
    .filter(Boolean)
    .join(' ')
}
