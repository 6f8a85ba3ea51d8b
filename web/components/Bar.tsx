/** The slim bar on top: name, inbox, search, connection, theme. */
import './Bar.css'
import type { RefObject } from 'react'
import type { Connection } from '../live.js'
import { THEMES, type Theme, useTheme } from '../theme.js'
import { formatPlace, usePlace } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Icon, type IconName } from './Icon.js'
import { InboxSwitch } from './InboxSwitch.js'
import { Mark } from './Mark.js'
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
        <SessionsLink />
        <button type="button" className="icon-button" aria-label="Keys" title="Keys (?)" onClick={onHelp}>
          <Icon name="help" />
        </button>
        <ThemeSwitch />
      </div>
    </header>
  )
}

function SessionsLink() {
  const place = usePlace()
  const isHere = place.view === 'sessions'
  const to = isHere
    ? ({ view: 'messages', sessionId: null } as const)
    : ({ view: 'sessions', id: null, tab: null } as const)
  return (
    <a
      className="icon-button"
      href={formatPlace({ ...place, ...to })}
      aria-label="Sessions"
      aria-current={isHere ? 'page' : undefined}
      title={isHere ? 'Back to the mail (g m)' : 'Sessions: who connected (g s)'}
    >
      <Icon name="sessions" />
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
      {label}
    </output>
  )
}

const THEME_ICONS: Record<Theme, IconName> = { system: 'desktop', light: 'sun', dark: 'moon' }
const THEME_NAMES: Record<Theme, string> = { system: 'as the system', light: 'light', dark: 'dark' }

function ThemeSwitch() {
  const [theme, setTheme] = useTheme()
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme
  const label = `Theme: ${THEME_NAMES[theme]}. Change to ${THEME_NAMES[next]}`
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={() => setTheme(next)}>
      <Icon name={THEME_ICONS[theme]} />
    </button>
  )
}
