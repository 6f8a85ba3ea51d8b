/**
 * Waiting for mail: by the store's own announcements, never by looking again and again. The one file of mail/ that may
 * set a timer.
 */
import type { Stored } from './message.js'
import type { Look, MailStore } from './store.js'

/** What passes after `since`: first what is there, then what comes, in order, until `signal` is aborted. */
export async function* watch(
  store: MailStore,
  look: Look,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<Stored, void, undefined> {
  const arrivals: number[] = []
  let stir = () => {}
  // Subscribed before the search begins: what arrives while it gives way is looked at after it, in order.
  const unsubscribe = store.subscribe(change => {
    if (change.type !== 'added') return
    arrivals.push(change.uid)
    stir()
  })
  const onAbort = () => stir()
  signal.addEventListener('abort', onAbort)
  try {
    const startedAt = store.cursor
    for await (const message of store.search(look, 'oldest', { since, until: startedAt })) {
      if (signal.aborted) return
      yield message
    }
    while (!signal.aborted) {
      const uid = arrivals.shift()
      if (uid === undefined) {
        await new Promise<void>(resolve => {
          stir = resolve
        })
        continue
      }
      const message = store.at(uid)
      if (message && uid > since && (await look(message))) yield message
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    unsubscribe()
  }
}

export interface WaitOptions {
  /** Only messages after this cursor count. */
  since: number
  /** How many have to match. */
  count: number
  timeoutMs: number
  /** Ends the wait early, as if its time were over. */
  signal?: AbortSignal
}

/** The first `count` matches after `since`, oldest first, as soon as they are there; undefined when they are not in time. */
export async function waitForMatches(
  store: MailStore,
  look: Look,
  options: WaitOptions,
): Promise<Stored[] | undefined> {
  const over = new AbortController()
  const end = () => over.abort()
  const timer = setTimeout(end, options.timeoutMs)
  if (options.signal?.aborted) end()
  options.signal?.addEventListener('abort', end)
  try {
    const found: Stored[] = []
    for await (const message of watch(store, look, options.since, over.signal)) {
      if (found.push(message) === options.count) return found
    }
    return undefined
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', end)
  }
}

/** What is waited for beside messages: things that are there, and that come or change. */
export interface Arrivals<T> {
  there: Iterable<T>
  /** Calls back with each that comes or changes; returns the way to stop. */
  subscribe(fn: (item: T) => void): () => void
  test(item: T): boolean
}

/** Waits until `count` pass; false when they do not in time. */
export function waitForCount<T>(
  { there, subscribe, test }: Arrivals<T>,
  { count, timeoutMs, signal }: Omit<WaitOptions, 'since'>,
): Promise<boolean> {
  const found = new Set<T>()
  for (const item of there) {
    if (test(item) && found.add(item).size >= count) return Promise.resolve(true)
  }
  if (signal?.aborted) return Promise.resolve(false)
  return new Promise(resolve => {
    const finish = (enough: boolean) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      unsubscribe()
      resolve(enough)
    }
    const end = () => finish(false)
    const timer = setTimeout(end, timeoutMs)
    signal?.addEventListener('abort', end)
    const unsubscribe = subscribe(item => {
      if (!test(item)) found.delete(item)
      else if (found.add(item).size >= count) finish(true)
    })
  })
}

/** What passes of what is there, and then of what comes, in order, until `signal` is aborted. Each comes once. */
export async function* follow<T>(
  { there, subscribe, test }: Arrivals<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const arrivals: T[] = []
  let stir = () => {}
  const unsubscribe = subscribe(item => {
    arrivals.push(item)
    stir()
  })
  const onAbort = () => stir()
  signal.addEventListener('abort', onAbort)
  try {
    // Taken whole before anything is yielded: what comes meanwhile is among the arrivals.
    for (const item of [...there].filter(test)) {
      if (signal.aborted) return
      yield item
    }
    while (!signal.aborted) {
      const item = arrivals.shift()
      if (item !== undefined) {
        if (test(item)) yield item
        continue
      }
      await new Promise<void>(resolve => {
        stir = resolve
      })
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    unsubscribe()
  }
}
