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
  /** One for each request that waits: aborted when its connection is gone, or the server stops. */
  readonly #waiting = new Set<AbortController>()
  #stopped = false

  /** How many requests wait now. */
  get size(): number {
    return this.#waiting.size
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
    if (this.#waiting.size >= MAX_WAITERS)
      throw new Problem('busy', `${MAX_WAITERS} requests wait already.`, 'Ask again when one of them has its answer.')
    const over = new AbortController()
    reply.raw.once('close', () => over.abort())
    if (this.#stopped) over.abort()
    this.#waiting.add(over)
    try {
      if (await come({ count: count ?? 1, timeoutMs, signal: over.signal })) return true
    } finally {
      this.#waiting.delete(over)
    }
    if (this.#stopped) throw new Problem('stopping', 'The server is stopping.', 'Start it again.')
    return false
  }

  /** Ends every wait. */
  stop(): void {
    this.#stopped = true
    for (const over of this.#waiting) over.abort()
  }
}

/** What is said of a wait in vain. */
export function tooLate({ wait, count }: WaitParams, what: string): string {
  return `${count ?? 1} matching ${count ? `${what}s` : what} did not come in ${wait}.`
}
