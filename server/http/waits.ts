/** Requests that wait: bounded in number, and ended with their connection or with the server. */
import type { FastifyReply } from 'fastify'
import { Problem } from './errors.js'
import { parseWait } from './parameters.js'

/** Requests that wait at a time: each holds a connection and a subscription. */
const MAX_WAITERS = 1000

/** The parameters that wait. */
export interface WaitParams {
  wait?: string
  count?: number
}

/** What is waited for, read from the parameters. */
export interface Wanted {
  readonly count: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export class Waits {
  #waiters = 0
  readonly #stopping = new AbortController()

  /** How many requests wait now. */
  get size(): number {
    return this.#waiters
  }

  /**
   * Waits as the parameters ask, and returns at once where they do not; false where it did not come in time. Throws a
   * Problem where it cannot wait.
   */
  async wait(
    { wait, count }: WaitParams,
    reply: FastifyReply,
    come: (wanted: Wanted) => Promise<boolean>,
  ): Promise<boolean> {
    if (wait === undefined) {
      if (count === undefined) return true
      throw new Problem('invalid_parameter', 'count needs wait.', 'Give wait, too: wait=10s.')
    }
    const timeoutMs = parseWait(wait)
    const { signal: stopping } = this.#stopping
    if (this.#waiters >= MAX_WAITERS)
      throw new Problem('busy', `${MAX_WAITERS} requests wait already.`, 'Ask again when one of them has its answer.')
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    this.#waiters += 1
    try {
      if (await come({ count: count ?? 1, timeoutMs, signal: AbortSignal.any([gone.signal, stopping]) })) return true
    } finally {
      this.#waiters -= 1
    }
    if (stopping.aborted) throw new Problem('stopping', 'The server is stopping.', 'Start it again.')
    return false
  }

  /** Ends every wait. */
  stop(): void {
    this.#stopping.abort()
  }
}

/** What is said of a wait in vain. */
export function tooLate({ wait, count }: WaitParams, what: string): string {
  return `${count ?? 1} matching ${count ? `${what}s` : what} did not come in ${wait}.`
}
