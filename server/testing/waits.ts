/**
 * The waits of a handle: collecting what comes until there is enough, the time is over, or somebody ends it. Every wait
 * that is under way is known here, so that whoever clears or stops a handle can fail them by name.
 */
import { nearest } from '../nearest.js'
import type { MailFilter } from './filter.js'

export interface WaitOptions {
  /** How long to wait; 5 seconds unless said, at most 10 minutes. */
  timeoutMs?: number
  /** Ends the wait early, with its reason. */
  signal?: AbortSignal
}

/** Until when nothing may come. One of the two has to be said; `timeoutMs` is how long `before` is waited for. */
export interface Until extends WaitOptions {
  /** A later mail that proves that the app is past it: any match of this filter. */
  before?: MailFilter
  /** For so long. */
  withinMs?: number
}

/** The names of these options, for `assertTakes`. */
export const WAIT_OPTIONS: readonly (keyof WaitOptions)[] = ['timeoutMs', 'signal']
export const UNTIL_OPTIONS: readonly (keyof Until)[] = ['before', 'withinMs', ...WAIT_OPTIONS]

const DEFAULT_TIMEOUT_MS = 5000
/** Longer is a mistake in the unit, or a test that hangs. */
export const MAX_TIMEOUT_MS = 600_000

/** What is waited for. */
export interface Wanted<T> extends WaitOptions {
  /** The method that waits, for the reason of who ends it. */
  name: string
  /** What for, as a person would write it; empty for anything. */
  shown: string
  count: number
  /** What is there, and what comes until `signal` is aborted. */
  watch(signal: AbortSignal): AsyncIterable<T>
  passes(item: T): boolean
}

/** What a wait came to. */
export interface Collected<T> {
  /** Those that passed: as many as were wanted, or fewer when the time is over. */
  items: T[]
  inTime: boolean
  waitedMs: number
}

interface Pending {
  name: string
  shown: string
  fail(reason: Error): void
}

const TIMED_OUT = Symbol('timed out')

/**
 * The signal of a wait as it is for looking at what is there, which no time ends: where that takes a while, a wait that is
 * short must not miss it. Whoever clears or stops a handle ends it still.
 */
export function untimed(signal: AbortSignal): AbortSignal {
  const end = new AbortController()
  const onAbort = () => {
    if (signal.reason !== TIMED_OUT) end.abort(signal.reason)
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return end.signal
}

/** The time of a wait is over; the message says all that helps to see why. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

export class Waits {
  readonly #pending = new Set<Pending>()

  /** The first that pass, as soon as they are all there, or as many as there are when the time is over. */
  async collect<T>(wanted: Wanted<T>): Promise<Collected<T>> {
    const { name, shown, count, watch, passes, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = wanted
    assertTimeout(timeoutMs)
    signal?.throwIfAborted()
    const items: T[] = []
    const end = new AbortController()
    const wait: Pending = { name, shown, fail: reason => end.abort(reason) }
    const cancel = () => end.abort(signal?.reason)
    const timer = setTimeout(() => end.abort(TIMED_OUT), timeoutMs)
    signal?.addEventListener('abort', cancel)
    this.#pending.add(wait)
    try {
      for await (const item of watch(end.signal)) {
        if (passes(item) && items.push(item) === count) return { items, inTime: true, waitedMs: timeoutMs }
      }
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      this.#pending.delete(wait)
    }
    if (end.signal.reason !== TIMED_OUT) throw end.signal.reason
    return { items, inTime: false, waitedMs: timeoutMs }
  }

  /** Fails all that are under way because `ended`, such as `clear()`, was called. */
  fail(ended: string): void {
    for (const { name, shown, fail } of this.#pending) {
      fail(new Error(`${name}() was waiting${shown && ` for ${shown}`} when ${ended} was called`))
    }
  }
}

/** That a call was given nothing that it does not know: in JavaScript a mistyped name would be passed over in silence. */
export function assertTakes(call: string, given: object, known: readonly string[]): void {
  const stray = Object.keys(given).find(name => !known.includes(name))
  if (stray === undefined) return
  const meant = nearest(stray, known)
  throw new TypeError(
    `${call} takes no ${stray}: ${meant ? `did you mean ${meant}?` : `it takes ${known.join(', ')}.`}`,
  )
}

function assertTimeout(timeoutMs: number): void {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= MAX_TIMEOUT_MS) return
  const given = typeof timeoutMs === 'string' ? JSON.stringify(timeoutMs) : timeoutMs
  throw new RangeError(`timeoutMs: ${given} is not a number between 0 and ${MAX_TIMEOUT_MS} (10 minutes)`)
}

/** That a count can be waited for; `now` names the method for those who want what is there. */
export function assertCount(count: number, now: 'messages' | 'attempts'): void {
  if (Number.isSafeInteger(count) && count >= 1) return
  throw new RangeError(`count: ${count} is not a whole number of 1 or more; see ${now}() for what is there now`)
}
