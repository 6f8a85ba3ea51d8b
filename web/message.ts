/** The open message, read when it is opened and kept for a little while, so that going back and forth is instant. */
import { useEffect, useState } from 'react'
import type { Message } from '../server/http/schema.js'
import { RequestError, readMessage } from './api.js'

export type OpenMessage =
  | { state: 'none' }
  | { state: 'loading' }
  | { state: 'not-found' }
  | { state: 'failed'; error: RequestError }
  | { state: 'ready'; message: Message }

/** A message may be many megabytes of text: only the last few are kept. */
const KEPT = 5
const recent = new Map<string, Message>()

function keep(message: Message): void {
  recent.delete(message.id)
  recent.set(message.id, message)
  const [oldest] = recent.keys()
  if (recent.size > KEPT && oldest !== undefined) recent.delete(oldest)
}

/** Says whether a message is read, wherever that was decided. */
export function flagMessage(id: string, read: boolean): void {
  const message = recent.get(id)
  if (message && message.read !== read) recent.set(id, { ...message, read })
}

/** Forgets everything: the server has begun a new life. */
export function forgetMessages(): void {
  recent.clear()
}

/**
 * `life` changes when the server has begun a new one: what is open is then asked for again. So is what failed, when
 * `isReachable` says that the server is back.
 */
export function useMessage(id: string | null, life: number, isReachable: boolean): OpenMessage {
  const [loaded, setLoaded] = useState<{ id: string; life: number; result: OpenMessage }>()

  // biome-ignore lint/correctness/useExhaustiveDependencies: the connection is what a failure waits for
  useEffect(() => {
    if (id === null || recent.has(id)) return
    const abort = new AbortController()
    const done = (result: OpenMessage) => {
      if (!abort.signal.aborted) setLoaded({ id, life, result })
    }
    readMessage(id, abort.signal).then(
      message => {
        keep(message)
        done({ state: 'ready', message })
      },
      (error: unknown) => {
        if (!(error instanceof RequestError)) return
        done(error.status === 404 ? { state: 'not-found' } : { state: 'failed', error })
      },
    )
    return () => abort.abort()
  }, [id, life, isReachable])

  if (id === null) return { state: 'none' }
  const message = recent.get(id)
  if (message) return { state: 'ready', message }
  return loaded?.id === id && loaded.life === life ? loaded.result : { state: 'loading' }
}
