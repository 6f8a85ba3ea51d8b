/** What a reader can set once for all: theme, times, notifications. A button in the bar, and a few choices under it. */
import './Preferences.css'
import { useEffect, useRef, useState } from 'react'
import { DATE_STYLES, type DateStyle, setDateStyle, useDateStyle } from '../dates.js'
import { type NotificationState, setNotifications, useNotifications } from '../notifications.js'
import { THEMES, type Theme, useTheme } from '../theme.js'
import { Icon } from './Icon.js'
import { Segments } from './Segments.js'

const THEME_NAMES: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' }
const DATE_NAMES: Record<DateStyle, string> = { system: 'System', '24h': '24 hours', utc: 'UTC' }
const ON_OR_OFF = [
  { value: 'off', name: 'Off' },
  { value: 'on', name: 'On' },
] as const

const NOTIFICATION_NOTES: Record<NotificationState, string | null> = {
  unsupported: 'This browser has none for this page; they need https or localhost.',
  refused: "The browser refuses them for this page. Allow them in the site's settings.",
  off: null,
  on: 'While this page is open, and not looked at.',
}

export function Preferences() {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (!isOpen) return
    const onPointer = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    addEventListener('pointerdown', onPointer)
    return () => removeEventListener('pointerdown', onPointer)
  }, [isOpen])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it hears what its controls do not use
    <div
      className="preferences"
      ref={root}
      onKeyDown={event => {
        if (event.key !== 'Escape' || !isOpen) return
        event.preventDefault()
        setOpen(false)
        button.current?.focus()
      }}
      onBlur={event => {
        if (event.relatedTarget && !root.current?.contains(event.relatedTarget)) setOpen(false)
      }}
    >
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label="Preferences"
        aria-expanded={isOpen}
        title="Preferences"
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="preferences" />
      </button>
      {isOpen && <Choices />}
    </div>
  )
}

function Choices() {
  const [theme, setTheme] = useTheme()
  const dates = useDateStyle()
  const notifications = useNotifications()
  const note = NOTIFICATION_NOTES[notifications]
  const canNotify = notifications === 'on' || notifications === 'off'
  return (
    <section className="preferences-popover" aria-label="Preferences">
      <div>
        <h2>Theme</h2>
        <Segments
          label="Theme"
          value={theme}
          options={THEMES.map(value => ({ value, name: THEME_NAMES[value] }))}
          onChange={setTheme}
        />
      </div>
      <div>
        <h2>Times</h2>
        <Segments
          label="Times"
          value={dates}
          options={DATE_STYLES.map(value => ({ value, name: DATE_NAMES[value] }))}
          onChange={setDateStyle}
        />
      </div>
      <div>
        <h2>Notifications</h2>
        {canNotify && (
          <Segments
            label="Notifications"
            value={notifications}
            options={ON_OR_OFF}
            onChange={value => void setNotifications(value === 'on')}
          />
        )}
        {note && <p>{note}</p>}
      </div>
    </section>
  )
}
