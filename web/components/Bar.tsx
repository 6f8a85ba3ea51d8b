/** The slim bar on top: name, inbox, search, connection, preferences. */
import './Bar.css'
import type { RefObject } from 'react'
import type { Connection } from '../live.js'
import { formatNumber } from '../text.js'
import { formatPlace, usePlace } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Icon } from './Icon.js'
import { InboxSwitch } from './InboxSwitch.js'
import { Mark } from './Mark.js'
import { Preferences } from './Preferences.js'
import { Search } from './Search.js'

interface Props {
  searchField: RefObject<HTMLInputElement | null>
  areInboxesOpen: boolean
  setInboxesOpen: (areOpen: boolean) => void
  onHelp: () => void
}

export function Bar({ searchField, areInboxesOpen, setInboxesOpen, onHelp }: Props) {
  return (
    <header className="bar">
      <div className="bar-start">
        <a className="brand" href="#/">
          <Mark />
          <span>maildouble</span>
        </a>
        <InboxSwitch isOpen={areInboxesOpen} setOpen={setInboxesOpen} />
      </div>
      <Search field={searchField} />
      <div className="bar-end">
        <ConnectionState />
        <RulesLink />
        <SessionsLink />
        <button type="button" className="icon-button" aria-label="Keys" title="Keys (?)" onClick={onHelp}>
          <Icon name="help" />
        </button>
        <Preferences />
      </div>
    </header>
  )
}

/** Beside the mail: there, and from there back. */
function useWay(view: 'sessions' | 'rules'): { isHere: boolean; href: string } {
  const place = usePlace()
  const isHere = place.view === view
  const to = { view: isHere ? 'messages' : view, id: null, tab: null, sessionId: null, ruleId: null } as const
  return { isHere, href: formatPlace({ ...place, ...to }) }
}

/** That rules are active is said wherever one looks: else one would look for the fault in the app. */
function RulesLink() {
  const { rules } = useMailbox()
  const { isHere, href } = useWay('rules')
  const { active } = rules
  const title = isHere ? 'Back to the mail (g m)' : 'Rules: refuse, delay, hang up (g r)'
  const current = isHere ? 'page' : undefined
  if (active === 0) {
    return (
      <a className="bar-link" href={href} aria-current={current} title={title}>
        <Icon name="rules" />
        <span>Rules</span>
      </a>
    )
  }
  return (
    <a className="rules-active" href={href} aria-current={current} title={title}>
      <Icon name="rules" />
      <span>
        {formatNumber(active)} <span className="rules-active-words">{active === 1 ? 'rule' : 'rules'} active</span>
      </span>
    </a>
  )
}

/** Who waits for a mail that does not come looks at the list: what failed meanwhile is said from there. */
function SessionsLink() {
  const { sessions } = useMailbox()
  const { isHere, href } = useWay('sessions')
  const failed = sessions.failedUnseen && !isHere
  return (
    <a
      className="bar-link"
      href={href}
      aria-current={isHere ? 'page' : undefined}
      data-failed={failed || undefined}
      title={
        isHere
          ? 'Back to the mail (g m)'
          : failed
            ? 'A connection delivered nothing: see why (g s)'
            : 'Sessions: who connected (g s)'
      }
    >
      <Icon name="sessions" />
      <span>Sessions</span>
      {failed && <span className="off-screen">, one of which delivered nothing</span>}
    </a>
  )
}

const CONNECTIONS: Record<Connection, { label: string; explanation: string }> = {
  connecting: { label: 'Connecting', explanation: 'Asking the server what there is.' },
  live: { label: 'Live', explanation: 'New mail appears as it arrives.' },
  lost: {
    label: 'Reconnecting',
    explanation: 'The server does not answer. Is maildouble still running? The page tries again by itself.',
  },
}

function ConnectionState() {
  const { connection } = useMailbox()
  const { label, explanation } = CONNECTIONS[connection]
  return (
    <output className="connection" data-state={connection} title={explanation}>
      <i aria-hidden="true" />
      <span>{label}</span>
    </output>
  )
}
