/** Something read from the server for as long as it is looked at. */
import { useEffect, useState } from 'react'
import { RequestError } from './api.js'
import { useConnection } from './use-mailbox.js'

export type Loaded<T> = { state: 'loading' } | { state: 'failed'; error: RequestError } | { state: 'ready'; value: T }

/** `read` has to be the same function at every rendering. What failed is read again when the server is back. */
export function useLoaded<T>(read: (id: string, signal: AbortSignal) => Promise<T>, id: string): Loaded<T> {
  const [loaded, setLoaded] = useState<{ id: string; result: Loaded<T> }>()
  const isReachable = useConnection() !== 'lost'
  const isDone = loaded?.id === id && loaded.result.state === 'ready'
  // biome-ignore lint/correctness/useExhaustiveDependencies: the connection is what a failure waits for
  useEffect(() => {
    if (isDone) return
    const abort = new AbortController()
    const done = (result: Loaded<T>) => {
      if (!abort.signal.aborted) setLoaded({ id, result })
    }
    read(id, abort.signal).then(
      value => done({ state: 'ready', value }),
      (error: unknown) => {
        if (error instanceof RequestError) done({ state: 'failed', error })
      },
    )
    return () => abort.abort()
  }, [read, id, isDone, isReachable])
  return loaded?.id === id ? loaded.result : { state: 'loading' }
}
