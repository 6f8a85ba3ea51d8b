/** The unread count in the tab's title and icon. */
import { useEffect } from 'react'
import icon from './icon.svg'
import unreadIcon from './icon-unread.svg'

export function useBadge(unread = 0): void {
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) maildouble` : 'maildouble'
    const link = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    const href = unread > 0 ? unreadIcon : icon
    if (link && link.getAttribute('href') !== href) link.setAttribute('href', href)
  }, [unread])
}
