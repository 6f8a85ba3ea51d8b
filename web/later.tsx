/**
 * Components that are not needed at first: each is a file of its own, fetched when it is first shown, or before that,
 * once the page has come to rest.
 */
import { type ComponentType, useEffect, useState } from 'react'
import { RequestError } from './api.js'
import { Loading } from './components/Loading.js'

/** The server was updated while the page was open, or cannot be reached. */
const NOT_LOADED = new RequestError(0, {
  message: 'This part of the page could not be loaded.',
  fix: 'Reload the page. If it stays so: is maildouble still running?',
})

const waiting: (() => Promise<unknown>)[] = []

/** The component that `load` brings, as one that can be used at once. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let Loaded: ComponentType<Props> | undefined
  let pending: Promise<unknown> | undefined
  const get = () => {
    pending ??= load().then(
      component => {
        Loaded = component
      },
      error => {
        pending = undefined
        throw error
      },
    )
    return pending
  }
  waiting.push(get)

  return function Later(props: Props) {
    const [state, setState] = useState<'loading' | 'failed' | 'ready'>(Loaded ? 'ready' : 'loading')
    useEffect(() => {
      let isGone = false
      const become = (next: typeof state) => {
        if (!isGone) setState(next)
      }
      get().then(
        () => become('ready'),
        () => become('failed'),
      )
      return () => {
        isGone = true
      }
    }, [])
    if (Loaded) return <Loaded {...props} />
    return state === 'failed' ? <Loading state="failed" error={NOT_LOADED} /> : <Loading state="loading" />
  }
}

/** Fetches what has not been needed yet: then it is there at once, also when the server is gone. */
export function loadTheRest(): void {
  for (const get of waiting) get().catch(() => {})
}
