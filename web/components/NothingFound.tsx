/** A list without rows, though there is mail: what was looked for, where else there is some, and the way back. */
import { useEffect, useState } from 'react'
import type { Info } from '../../server/http/schema.js'
import { type Filter, findElsewhere, readInfo } from '../api.js'
import { formatNumber, plural } from '../text.js'
import { go } from '../url.js'
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

/** What the same search finds in other inboxes. */
function Elsewhere({ filter }: { filter: Filter }) {
  const { q, unreadOnly, inbox } = filter
  const [found, setFound] = useState<Awaited<ReturnType<typeof findElsewhere>>>()
  useEffect(() => {
    setFound(undefined)
    if (inbox === null) return
    const abort = new AbortController()
    findElsewhere({ q, unreadOnly, inbox }, abort.signal).then(setFound, () => {})
    return () => abort.abort()
  }, [q, unreadOnly, inbox])
  if (!found || found.inboxes.length === 0) return null
  return (
    <span>
      0 here,{' '}
      {found.inboxes.map(({ name, count }, n) => (
        <span key={name}>
          {n > 0 && ', '}
          <button type="button" className="link-button" onClick={() => go({ inbox: name })}>
            {formatNumber(count)}
            {found.isWhole ? '' : ' or more'} in inbox {name}
          </button>
        </span>
      ))}
    </span>
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
