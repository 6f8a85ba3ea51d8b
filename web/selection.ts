/**
 * Several messages chosen at once, as lists everywhere do it: ctrl or cmd adds one, shift reaches from the last to here;
 * by keyboard `x` adds the one that has the focus, and shift with a key that moves reaches.
 */
import { useCallback, useState } from 'react'
import type { Summary } from '../server/http/schema.js'
import type { Rows } from './rows.js'

export type SelectHow = 'toggle' | 'reach'

/** What a click with these keys held does to the selection; undefined where it opens. */
export function howSelected(event: { ctrlKey: boolean; metaKey: boolean; shiftKey: boolean }): SelectHow | undefined {
  if (event.shiftKey) return 'reach'
  return event.ctrlKey || event.metaKey ? 'toggle' : undefined
}

interface State {
  ids: ReadonlySet<string>
  /** Where the last step was made: shift reaches from there. */
  from: string | null
}

const NONE: State = { ids: new Set(), from: null }

/** The next selection; `openId` is what is chosen while nothing is selected. Only loaded rows can be reached over. */
export function select(state: State, rows: Rows, openId: string | null, id: string, how: SelectHow): State {
  const base = state.ids.size === 0 && openId !== null ? new Set([openId]) : state.ids
  if (how === 'toggle') {
    const ids = new Set(base)
    if (!ids.delete(id)) ids.add(id)
    return { ids, from: id }
  }
  const from = state.from ?? openId ?? id
  const start = rows.indexOf(from)
  const end = rows.indexOf(id)
  if (start === undefined || end === undefined) return { ids: new Set([id]), from: id }
  const ids = new Set<string>()
  for (let index = Math.min(start, end); index <= Math.max(start, end); index++) {
    const message = rows.at(index)
    if (message) ids.add(message.id)
  }
  return { ids, from }
}

/** Messages that one query can name: it has at most so many terms. */
export const MAX_QUERY_IDS = 256

/** The query that finds messages by their ids; undefined where there are too many for one. */
export function selectionQuery(ids: readonly string[]): string | undefined {
  return ids.length <= MAX_QUERY_IDS ? ids.map(id => `id:${id}`).join(' OR ') : undefined
}

export interface Selection {
  ids: ReadonlySet<string>
  /** The selected messages that are still there. */
  messages: Summary[]
  select: (id: string, how: SelectHow) => void
  clear: () => void
}

export function useSelection(rows: Rows, openId: string | null): Selection {
  const [state, setState] = useState(NONE)
  const messages = [...state.ids].map(id => rows.get(id)).filter(message => message !== undefined)
  const choose = useCallback(
    (id: string, how: SelectHow) => setState(before => select(before, rows, openId, id, how)),
    [rows, openId],
  )
  const clear = useCallback(() => setState(before => (before.ids.size === 0 ? before : NONE)), [])
  return { ids: state.ids, messages, select: choose, clear }
}
