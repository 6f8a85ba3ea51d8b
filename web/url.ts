/**
 * The address is the state: which message, which tab, which inbox, which search.
 * `#/messages/{id}/{tab}?inbox=name&q=words&unread=1&compare=1`, `#/messages/{id}/raw?at=1024`,
 * `#/sessions/{id}?inbox=name&failed=1`, `#/rules/{id}`, so that everything that can be looked at can be linked to, and back goes back.
 */
import { useMemo, useSyncExternalStore } from 'react'

export const TABS = ['html', 'text', 'headers', 'raw', 'delivery', 'parts', 'checks'] as const
export type Tab = (typeof TABS)[number]

export interface Place {
  view: 'messages' | 'sessions' | 'rules'
  /** The open message. */
  id: string | null
  /** The tab asked for; null lets the message choose. */
  tab: Tab | null
  /** The byte that is pointed at in the raw message. */
  at: number | null
  /** Whether the mail's HTML is shown in several ways side by side. */
  compare: boolean
  /** The open session. */
  sessionId: string | null
  /** The rule that a link led to. */
  ruleId: string | null
  /** Only sessions that delivered nothing. */
  failedOnly: boolean
  /** The chosen inbox; null for all of them. */
  inbox: string | null
  q: string
  unreadOnly: boolean
}

/** Every message, none open. */
export const HOME: Place = {
  view: 'messages',
  id: null,
  tab: null,
  at: null,
  compare: false,
  sessionId: null,
  ruleId: null,
  failedOnly: false,
  inbox: null,
  q: '',
  unreadOnly: false,
}

export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2)
  const [, collection, id, tab] = path.split('/')
  const params = new URLSearchParams(query)
  const isSessions = collection === 'sessions'
  const isRules = collection === 'rules'
  return {
    view: isSessions || isRules ? collection : 'messages',
    id: collection === 'messages' && id ? id : null,
    tab: TABS.find(name => name === tab) ?? null,
    at: tab === 'raw' && /^\d{1,15}$/.test(params.get('at') ?? '') ? Number(params.get('at')) : null,
    compare: params.get('compare') === '1',
    sessionId: isSessions && id ? id : null,
    ruleId: isRules && id ? id : null,
    failedOnly: isSessions && params.get('failed') === '1',
    inbox: params.get('inbox') || null,
    q: params.get('q') ?? '',
    unreadOnly: params.get('unread') === '1',
  }
}

export function formatPlace({
  view,
  id,
  tab,
  at,
  compare,
  sessionId,
  ruleId,
  failedOnly,
  inbox,
  q,
  unreadOnly,
}: Place): string {
  const params = new URLSearchParams()
  if (inbox) params.set('inbox', inbox)
  if (view === 'sessions') {
    if (failedOnly) params.set('failed', '1')
    return withParams(sessionId === null ? '/sessions' : `/sessions/${sessionId}`, params)
  }
  if (view === 'rules') return withParams(ruleId === null ? '/rules' : `/rules/${ruleId}`, params)
  if (q) params.set('q', q)
  if (unreadOnly) params.set('unread', '1')
  if (at !== null && tab === 'raw' && id !== null) params.set('at', String(at))
  if (compare && id !== null) params.set('compare', '1')
  return withParams(id === null ? '/' : `/messages/${id}${tab ? `/${tab}` : ''}`, params)
}

const withParams = (path: string, params: URLSearchParams) => `#${path}${params.size > 0 ? `?${params}` : ''}`

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed)
  addEventListener('popstate', changed)
  return () => {
    removeEventListener('hashchange', changed)
    removeEventListener('popstate', changed)
  }
}

export function currentPlace(): Place {
  return parsePlace(location.hash)
}

/** Goes somewhere; what was pointed at is so no more. `replace` leaves no step behind, for moves that back should not retrace. */
export function go(to: Partial<Place>, how: 'push' | 'replace' = 'push'): void {
  const hash = formatPlace({ ...currentPlace(), at: null, ...to })
  if (hash === location.hash) return
  if (how === 'replace') history.replaceState(null, '', hash)
  else history.pushState(null, '', hash)
  // pushState and replaceState announce nothing.
  dispatchEvent(new PopStateEvent('popstate'))
}

export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  return useMemo(() => parsePlace(hash), [hash])
}
