/** The time as a component shows it: it renders anew at every tick. */
import { useEffect, useReducer } from 'react'

/** Milliseconds since 1970, as of this rendering; nothing ticks where `isRunning` is false. */
export function useClock(tickMs: number, isRunning: boolean): number {
  const [, tick] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(tick, tickMs)
    return () => clearInterval(timer)
  }, [tickMs, isRunning])
  return Date.now()
}
