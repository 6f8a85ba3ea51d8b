/** The slim bar on top: name, inbox, search, connection, theme. */
import './Bar.css'
import { type RefObject, useEffect, useState } from 'react'
import type { Connection } from '../live.js'
import { THEMES, type Theme, useTheme } from '../theme.js'
import { currentPlace, go, usePlace } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Icon, type IconName } from './Icon.js'
import { InboxSwitch } from './InboxSwitch.js'
import { Mark } from './Mark.js'

/** A pause in typing after which the search runs. */
const TYPING_MS = 150

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
        <button type="button" className="icon-button" aria-label="Keys" title="Keys (?)" onClick={onHelp}>
          <Icon name="help" />
        </button>
        <ThemeSwitch />
      </div>
    </header>
  )
}

function Search({ field }: { field: RefObject<HTMLInputElement | null> }) {
  const { q } = usePlace()
  const [words, setWords] = useState(q)
  // Going back, or a link, changes the search from outside.
  useEffect(() => setWords(typed => (typed.trim() === q ? typed : q)), [q])
  useEffect(() => {
    const wanted = words.trim()
    if (wanted === currentPlace().q) return
    const timer = setTimeout(() => go({ q: wanted }, 'replace'), TYPING_MS)
    return () => clearTimeout(timer)
  }, [words])

  return (
    <form
      className="search"
      onSubmit={event => {
        event.preventDefault()
        go({ q: words.trim() }, 'replace')
        field.current?.blur()
      }}
    >
      <Icon name="search" />
      <input
        ref={field}
        className="field"
        type="text"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        aria-label="Search messages"
        aria-keyshortcuts="/"
        placeholder="Search subject, address, text"
        value={words}
        onChange={event => setWords(event.target.value)}
        onKeyDown={event => {
          if (event.key !== 'Escape') return
          if (words === '') field.current?.blur()
          else setWords('')
        }}
      />
      {words === '' ? (
        <kbd>/</kbd>
      ) : (
        <button
          type="button"
          className="icon-button"
          aria-label="Clear the search"
          onClick={() => {
            setWords('')
            field.current?.focus()
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </form>
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
