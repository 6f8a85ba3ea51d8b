/** Waiting on the command line: as the test library waits, so that what it says in vain is as telling. */
import { OptionError } from '../flags.js'
import type { Summary } from '../mail/message.js'
import type { Attempt } from '../mail/session.js'
import { MailHandle } from '../testing/client.js'
import { reach } from '../testing/remote.js'
import { MAX_TIMEOUT_MS, TimeoutError, type WaitOptions } from '../testing/waits.js'
import type { Call } from './command.js'
import { sayNo, type serverFlags, urlOf, withApi } from './server.js'

const DEFAULT_TIMEOUT_MS = 10_000

type Waiting = Pick<Call<typeof serverFlags>, 'env' | 'stdout' | 'stderr'> & {
  options: { url?: string; since?: string; json?: boolean }
}

type Waited = 'messages' | 'attempts'

/** Waits as `use` does, for what came after `since`; where it did not come in time, says why and resolves to the exit code. */
export async function waitWith(
  call: Waiting,
  what: Waited,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  use: (handle: MailHandle, options: WaitOptions) => Promise<unknown>,
): Promise<number | undefined> {
  if (timeoutMs > MAX_TIMEOUT_MS)
    throw new OptionError(`--timeout: ${timeoutMs} ms is longer than anything waits`, 'Give 10m at most.')
  const mark = await markOf(call, what)
  const { backend } = await reach(urlOf(call), {})
  const handle = new MailHandle({ backend, warn: () => {} }, undefined, mark)
  try {
    await use(handle, { timeoutMs })
    return undefined
  } catch (error) {
    if (error instanceof TimeoutError) return sayNo(call, 'no_match', error.message)
    throw error
  } finally {
    await handle.stop()
  }
}

/** `since` as the number after which a handle sees what comes; a time is before the first that came after it. */
async function markOf(call: Waiting, what: Waited): Promise<number> {
  const { since } = call.options
  if (since === undefined) return 0
  if (/^\d+$/.test(since)) return Number(since)
  return withApi(call, async api => {
    // Asked for first: whatever comes meanwhile is after it.
    const { cursor } = await api.json<{ cursor: number }>({ path: '/api/messages', query: { limit: 1 } })
    const answer = await api.json<{ messages?: Summary[]; attempts?: Attempt[] }>({
      path: `/api/${what}`,
      query: { since, order: 'oldest', limit: 1 },
    })
    const first = answer.messages?.[0]?.uid ?? answer.attempts?.[0]?.seq
    return first === undefined ? cursor : Number(first) - 1
  })
}
