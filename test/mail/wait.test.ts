import { describe, expect, test } from 'vitest'
import type { Stored } from '../../server/mail/message.js'
import type { MailStore } from '../../server/mail/store.js'
import { waitForMatches, watch } from '../../server/mail/wait.js'
import { append, busyLoop, makeStore } from './make.js'

const LONG_MS = 60_000
const any = () => true
const even = (message: Stored) => message.uid % 2 === 0
const uids = (messages: Stored[] | undefined) => messages?.map(message => message.uid)

async function filled(count: number, store = makeStore()): Promise<MailStore> {
  for (let i = 0; i < count; i++) await append(store)
  return store
}

describe('waitForMatches', () => {
  test('is there at once where enough is there already', async () => {
    const store = await filled(5)
    expect(uids(await waitForMatches(store, even, { since: 0, count: 2, timeoutMs: LONG_MS }))).toEqual([2, 4])
  })

  test('counts what is there and what comes', async () => {
    const store = await filled(3)
    const wait = waitForMatches(store, even, { since: 0, count: 2, timeoutMs: LONG_MS })
    await filled(1, store)
    expect(uids(await wait)).toEqual([2, 4])
  })

  test('only what came after the cursor counts', async () => {
    const store = await filled(3)
    const wait = waitForMatches(store, any, { since: 3, count: 1, timeoutMs: LONG_MS })
    await filled(1, store)
    expect(uids(await wait)).toEqual([4])
  })

  test('misses nothing that comes while the search for what is there gives way', async () => {
    const store = await filled(20, makeStore({}, busyLoop()))
    const wait = waitForMatches(store, any, { since: 0, count: 25, timeoutMs: LONG_MS })
    for (let i = 0; i < 5; i++) {
      await new Promise<void>(resolve => setImmediate(resolve))
      await append(store)
    }
    expect(uids(await wait)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1))
  })

  test('ends without an answer when the time is over, or the one who waits has left', async () => {
    const store = await filled(1)
    expect(await waitForMatches(store, any, { since: 1, count: 1, timeoutMs: 1 })).toBeUndefined()
    const gone = new AbortController()
    const wait = waitForMatches(store, any, { since: 1, count: 1, timeoutMs: LONG_MS, signal: gone.signal })
    gone.abort()
    expect(await wait).toBeUndefined()
    expect(
      await waitForMatches(store, any, { since: 1, count: 1, timeoutMs: LONG_MS, signal: AbortSignal.abort() }),
    ).toBeUndefined()
  })
})

test('watch passes over what is gone before it is reached', async () => {
  const store = await filled(0)
  const end = new AbortController()
  const seen: number[] = []
  const watching = (async () => {
    for await (const message of watch(store, any, 0, end.signal)) {
      seen.push(message.uid)
      if (seen.length === 2) end.abort()
    }
  })()
  // In one turn, before the watch can look: the first is gone when it does.
  const arrivals = [append(store), append(store), append(store)]
  await store.remove([(store.at(1) as Stored).id])
  await Promise.all(arrivals)
  await watching
  expect(seen).toEqual([2, 3])
})
