/** The tabs of a message; each has an address of its own. Arrows move between them, digits jump. */
import './Tabs.css'
import { type KeyboardEvent, useEffect } from 'react'
import { currentPlace, formatPlace, go, type Tab } from '../url.js'

const NAMES: Record<Tab, string> = {
  html: 'HTML',
  text: 'Text',
  headers: 'Headers',
  raw: 'Raw',
  delivery: 'Delivery',
  parts: 'Parts',
  checks: 'Checks',
}

/** What a tab counts, said beside its name. */
export interface TabCount {
  count: number
  /** For who does not see where it stands: `errors and warnings`. */
  of: string
  tone: 'plain' | 'warning' | 'error'
}

interface Props {
  tabs: Tab[]
  current: Tab
  counts: Partial<Record<Tab, TabCount>>
}

export function Tabs({ tabs, current, counts }: Props) {
  // A narrow screen does not show them all.
  useEffect(() => {
    document.getElementById(`tab-${current}`)?.scrollIntoView({ block: 'nearest' })
  }, [current])
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    const next = tabs[(tabs.indexOf(current) + step + tabs.length) % tabs.length] as Tab
    go({ tab: next, compare: false }, 'replace')
    document.getElementById(`tab-${next}`)?.focus()
  }
  return (
    <div className="tabs" role="tablist" aria-label="Views of the message" onKeyDown={onKeyDown}>
      {tabs.map((tab, n) => (
        <a
          key={tab}
          id={`tab-${tab}`}
          role="tab"
          href={formatPlace({ ...currentPlace(), tab })}
          aria-selected={tab === current}
          aria-controls="tab-panel"
          tabIndex={tab === current ? 0 : -1}
          title={`${NAMES[tab]} (${n + 1})`}
          onClick={event => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return
            event.preventDefault()
            go({ tab, compare: false }, 'replace')
          }}
        >
          {NAMES[tab]}
          <Count {...counts[tab]} />
        </a>
      ))}
    </div>
  )
}

function Count({ count = 0, of = '', tone = 'plain' }: Partial<TabCount>) {
  if (count === 0) return null
  return (
    <>
      {' '}
      <span className="tab-count" data-tone={tone}>
        {count} <span className="off-screen">{of}</span>
      </span>
    </>
  )
}
