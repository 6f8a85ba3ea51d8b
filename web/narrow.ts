/** Whether one region is shown at a time: the breakpoint of app.css. */
import { useSyncExternalStore } from 'react'

const NARROW = matchMedia('(max-width: 859px)')

export const isNarrow = (): boolean => NARROW.matches

export function useNarrow(): boolean {
  return useSyncExternalStore(watcher => {
    NARROW.addEventListener('change', watcher)
    return () => NARROW.removeEventListener('change', watcher)
  }, isNarrow)
}
