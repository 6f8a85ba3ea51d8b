/** The message: what it is, what can be done with it, and its tabs. */
import './MessagePane.css'
import { memo, type ReactNode } from 'react'
import type { CheckList, Message, Summary } from '../../server/http/schema.js'
import { readChecks } from '../api.js'
import { later } from '../later.js'
import { type Loaded, useLoaded } from '../loaded.js'
import type { OpenMessage } from '../message.js'
import { useNarrow } from '../narrow.js'
import { revealedText } from '../text.js'
import { go, type Place, TABS, type Tab } from '../url.js'
import { HtmlTab } from './HtmlTab.js'
import { Icon } from './Icon.js'
import { MessageHead } from './MessageHead.js'
import { type TabCount, Tabs } from './Tabs.js'
import { TakenAt } from './TakenAt.js'
import { TextTab } from './TextTab.js'

const HeadersTab = later(async () => (await import('./HeadersTab.js')).HeadersTab)
const RawTab = later(async () => (await import('./RawTab.js')).RawTab)
const DeliveryTab = later(async () => (await import('./DeliveryTab.js')).DeliveryTab)
const ChecksTab = later(async () => (await import('./ChecksTab.js')).ChecksTab)
const PartsTab = later(async () => (await import('./PartsTab.js')).PartsTab)

interface Props {
  place: Place
  /** What the list knows, shown until the rest is there. */
  summary: Summary | Message | undefined
  message: OpenMessage
  isBeingDeleted: boolean
  onDelete: () => void
  onUndo: () => void
}

/** What is shown unless another tab is asked for: the last of these that the message has. */
const FIRST_CHOICES: Tab[] = ['headers', 'parts', 'text', 'html']

/** The tabs that a message has something for. */
function tabsOf(message: Message): Tab[] {
  const isPresent: Record<Tab, boolean> = {
    html: message.html !== null,
    text: message.text !== null,
    headers: true,
    raw: true,
    delivery: true,
    parts: message.structure.children.length > 0 || message.parts.length > 0,
    checks: true,
  }
  return TABS.filter(tab => isPresent[tab])
}

export function MessagePane({ place, summary, message, isBeingDeleted, onDelete, onUndo }: Props) {
  const isNarrow = useNarrow()
  if (message.state === 'none') {
    return (
      <Placeholder>
        <Icon name="mail" />
        <p>Choose a message</p>
        <p className="placeholder-keys">
          <kbd>j</kbd> <kbd>k</kbd> move · <kbd>?</kbd> all keys
        </p>
        <TakenAt />
      </Placeholder>
    )
  }
  if (isBeingDeleted) {
    return (
      <Placeholder>
        <p>This message is being deleted.</p>
        <button type="button" className="button" onClick={onUndo}>
          Undo
        </button>
      </Placeholder>
    )
  }
  if (message.state === 'not-found') {
    return (
      <Placeholder>
        <p>
          <strong>There is no such message any more.</strong>
        </p>
        <p>It was deleted, gave way to newer mail, or maildouble was started anew.</p>
        <BackToList />
      </Placeholder>
    )
  }
  const whole = message.state === 'ready' ? message.message : undefined
  const shown = summary ?? whole
  const failure = message.state === 'failed' && (
    <Placeholder>
      <p role="alert">
        <strong>{message.error.message}</strong>
      </p>
      <p>{message.error.fix}</p>
      <BackToList />
    </Placeholder>
  )
  if (failure && !shown) return failure
  return (
    <article className="message" aria-label={revealedText(shown?.subject ?? '') || 'Message'}>
      {/* The list, which has the page's other one, is not there. */}
      {isNarrow && <h1 className="off-screen">Message</h1>}
      {shown && <MessageHead summary={shown} message={whole} onDelete={onDelete} />}
      {whole && <Views message={whole} place={place} />}
      {failure}
    </article>
  )
}

/** The tabs of a message that has been read, and the one that is open. */
function Views({ message, place }: { message: Message; place: Place }) {
  const checks = useLoaded(readChecks, message.id)
  const tabs = tabsOf(message)
  const tab = FIRST_CHOICES.concat(place.tab ?? []).findLast(name => tabs.includes(name)) ?? 'headers'
  const counts = {
    parts: { count: message.parts.length, of: 'attached', tone: 'plain' },
    ...(checks.state === 'ready' && { checks: countOf(checks.value) }),
  } as const
  return (
    <>
      <Tabs tabs={tabs} current={tab} counts={counts} />
      <div key={message.id} className="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`}>
        <TabBody
          tab={tab}
          message={message}
          isComparing={place.compare}
          at={place.at}
          checks={tab === 'checks' ? checks : undefined}
        />
      </div>
    </>
  )
}

/** What asks to be mended. */
function countOf({ checks }: CheckList): TabCount {
  const errors = checks.filter(({ level }) => level === 'error').length
  const warnings = checks.filter(({ level }) => level === 'warning').length
  return { count: errors + warnings, of: 'errors and warnings', tone: errors > 0 ? 'error' : 'warning' }
}

interface TabBodyProps {
  tab: Tab
  message: Message
  isComparing: boolean
  /** The byte of the raw message that is pointed at. */
  at: number | null
  checks: Loaded<CheckList> | undefined
}

/** Drawn anew for another message or tab only: arrivals must not lay out a long text sixty times a second. */
const TabBody = memo(function TabBody({ tab, message, isComparing, at, checks }: TabBodyProps) {
  switch (tab) {
    case 'html':
      return <HtmlTab message={message} isComparing={isComparing} />
    case 'text':
      return <TextTab text={message.text ?? ''} />
    case 'headers':
      return <HeadersTab id={message.id} />
    case 'raw':
      return <RawTab id={message.id} at={at} />
    case 'delivery':
      return <DeliveryTab message={message} />
    case 'parts':
      return <PartsTab message={message} />
    case 'checks':
      return checks && <ChecksTab message={message} loaded={checks} />
  }
})

function Placeholder({ children }: { children: ReactNode }) {
  return <div className="placeholder">{children}</div>
}

function BackToList() {
  return (
    <button type="button" className="button" onClick={() => go({ id: null, tab: null }, 'replace')}>
      Back to the list
    </button>
  )
}
