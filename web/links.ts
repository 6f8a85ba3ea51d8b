/** Links of a mail: which may be opened, which one it is about, and those in plain text. */
import type { Link } from '../server/http/schema.js'

/** What the page makes clickable; never javascript:, data: or a scheme that starts a program. */
const OPENABLE = /^(?:https?:\/\/|mailto:)/i

export const isOpenable = (href: string): boolean => OPENABLE.test(href)

/** Words of links that a mail is sent for, in the languages most seen in tests. */
const PURPOSE =
  /confirm|verif|activat|reset|passwor|sign.?in|log.?in|magic|accept|invit|join|unlock|bestätig|aktivier|anmeld|confirmer|activer|réinitialis|confirmar|activar|restablecer|conferma|attiva|bevestig|potwierd/i

/** The link that a mail is about, or undefined. */
export function mainLink(links: Link[]): Link | undefined {
  const candidates = links.filter(link => !link.unsubscribe && /^https?:\/\//i.test(link.href))
  return (
    candidates.find(link => PURPOSE.test(link.text)) ??
    candidates.find(link => PURPOSE.test(link.href)) ??
    candidates[0]
  )
}

const URL_IN_TEXT = /\bhttps?:\/\/[^\s<>"'`]+|\bmailto:[^\s<>"'`]+/gi

/** Where an address ends in prose: punctuation after it is not part of it, nor a bracket that it did not open. */
function trimmed(url: string): string {
  let end = url.length
  while (end > 0) {
    const last = url[end - 1] as string
    const opening = { ')': '(', ']': '[', '}': '{' }[last]
    const body = url.slice(0, end)
    if (opening ? body.split(last).length > body.split(opening).length : /[.,;:!?*_]/.test(last)) end -= 1
    else break
  }
  return url.slice(0, end)
}

/** Cuts plain text into words and addresses. */
export function linked(text: string): (string | { href: string })[] {
  const pieces: (string | { href: string })[] = []
  let from = 0
  for (const match of text.matchAll(URL_IN_TEXT)) {
    const href = trimmed(match[0])
    if (match.index > from) pieces.push(text.slice(from, match.index))
    pieces.push({ href })
    from = match.index + href.length
  }
  if (from < text.length) pieces.push(text.slice(from))
  return pieces
}
