/** Times as this reader wants them: as the system writes them, with 24 hours, or as UTC, which logs have. */
import { useSyncExternalStore } from 'react'
import { remember, remembered } from './remembered.js'

export const DATE_STYLES = ['system', '24h', 'utc'] as const
export type DateStyle = (typeof DATE_STYLES)[number]

const NAME = 'dates'

let chosen: DateStyle = DATE_STYLES.find(style => style === remembered(NAME)) ?? 'system'
const watchers = new Set<() => void>()

export function setDateStyle(style: DateStyle): void {
  chosen = style
  remember(NAME, style === 'system' ? null : style)
  for (const watcher of watchers) watcher()
}

export function useDateStyle(): DateStyle {
  return useSyncExternalStore(
    watcher => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => chosen,
  )
}

/** Formatters are dear to make, and cheap to use. */
interface Formats {
  clock: Intl.DateTimeFormat
  weekday: Intl.DateTimeFormat
  dayAndMonth: Intl.DateTimeFormat
  date: Intl.DateTimeFormat
  exact: Intl.DateTimeFormat
}

function formatsFor(options: Intl.DateTimeFormatOptions): Formats {
  const format = (fields: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(undefined, { ...options, ...fields })
  return {
    clock: format({ hour: 'numeric', minute: '2-digit' }),
    weekday: format({ weekday: 'short' }),
    dayAndMonth: format({ day: 'numeric', month: 'short' }),
    date: format({ day: 'numeric', month: 'short', year: 'numeric' }),
    exact: format({ dateStyle: 'medium', timeStyle: 'medium' }),
  }
}

const made = new Map<DateStyle, Formats>()

function formatsOf(style: 'system' | '24h'): Formats {
  let formats = made.get(style)
  if (!formats) {
    formats = formatsFor(style === '24h' ? { hourCycle: 'h23' } : {})
    made.set(style, formats)
  }
  return formats
}

const DAY_MS = 86_400_000

/** A time as a list shows it: the clock today, then the weekday, then the date. */
export function formatListTime(iso: string, style: DateStyle, now = new Date()): string {
  const time = new Date(iso)
  if (style === 'utc') {
    const [date = '', clock = ''] = time.toISOString().split('T')
    return now.toISOString().startsWith(date) ? `${clock.slice(0, 5)} UTC` : `${date} ${clock.slice(0, 5)}`
  }
  const { clock, weekday, dayAndMonth, date } = formatsOf(style)
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  if (time.getTime() >= midnight) return clock.format(time)
  if (time.getTime() >= midnight - 6 * DAY_MS) return `${weekday.format(time)} ${clock.format(time)}`
  return time.getFullYear() === now.getFullYear() ? dayAndMonth.format(time) : date.format(time)
}

/** A time to the second. */
export function formatTime(iso: string, style: DateStyle): string {
  const time = new Date(iso)
  return style === 'utc'
    ? `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`
    : formatsOf(style).exact.format(time)
}
