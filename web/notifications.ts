/**
 * Word of new mail while the page is not looked at. The browser is asked for leave on a click and at no other time; what
 * comes together is told together, as it is to a screen reader.
 */
import { useSyncExternalStore } from 'react'
import type { Summary } from '../server/http/schema.js'
import { remember, remembered } from './remembered.js'
import { plural, revealedText, shortName } from './text.js'
import { go } from './url.js'

/** `unsupported`: this browser has none, or not for a page over plain HTTP from another machine. */
export type NotificationState = 'unsupported' | 'refused' | 'off' | 'on'

const NAME = 'notifications'

const watchers = new Set<() => void>()

function currentState(): NotificationState {
  if (!('Notification' in globalThis) || !isSecureContext) return 'unsupported'
  if (Notification.permission === 'denied') return 'refused'
  return Notification.permission === 'granted' && remembered(NAME) === 'on' ? 'on' : 'off'
}

export function useNotifications(): NotificationState {
  return useSyncExternalStore(watcher => {
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  }, currentState)
}

/** Switches them on, which may ask the reader, or off. */
export async function setNotifications(isOn: boolean): Promise<void> {
  if (isOn) await Notification.requestPermission()
  remember(NAME, isOn ? 'on' : null)
  for (const watcher of watchers) watcher()
}

/** Tells of so many messages, the last of them known, unless the reader sees for themselves. */
export function notifyOf(count: number, { id, from, envelope, subject, otp }: Summary): void {
  if (currentState() !== 'on' || (!document.hidden && document.hasFocus())) return
  const isOne = count === 1
  const sender = revealedText(from ? shortName(from) : envelope.from || 'No sender')
  const about = [revealedText(subject || 'No subject'), ...(otp ? [`Code ${otp}`] : [])].join('\n')
  // One tag: the newest takes the place of the one before.
  const notification = new Notification(isOne ? sender : plural(count, 'new message'), {
    body: isOne ? about : `The last from ${sender}: ${about}`,
    tag: 'maildouble',
  })
  notification.onclick = () => {
    focus()
    notification.close()
    go(isOne ? { view: 'messages', id, tab: null } : { view: 'messages', id: null, tab: null })
  }
}
