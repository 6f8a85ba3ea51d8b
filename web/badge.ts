/** The unread count in the tab's title and icon. */
import { useEffect } from 'react'
import icon from './icon.svg'

/** The icon with a number on it; drawn here, since there are too many numbers for files. */
function numbered(unread: number): string {
  const text = unread > 9 ? '9+' : String(unread)
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<path d="M9 4h18a3 3 0 0 1 3 3v6" fill="none" stroke="#82b4ff" stroke-width="2.5" stroke-linecap="round"/>
<rect x="2" y="9" width="23" height="18" rx="3" fill="#0a58ca"/>
<path d="m5 13 8.5 6.5L22 13" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/>
<circle cx="22" cy="22" r="10" fill="#c62a2f"/>
<text x="22" y="27" fill="#fff" font-family="sans-serif" font-size="${text.length > 1 ? 12 : 15}" font-weight="700" text-anchor="middle">${text}</text>
</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

export function useBadge(unread = 0): void {
  const shown = Math.min(unread, 10)
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) maildouble` : 'maildouble'
  }, [unread])
  useEffect(() => {
    document.querySelector('link[rel=icon]')?.setAttribute('href', shown > 0 ? numbered(shown) : icon)
  }, [shown])
}
