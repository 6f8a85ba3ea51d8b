/** Runs a target on one input, and says what was wrong with it. */
import type { Target } from './target.js'
import { turn } from './target.js'

/** How long one turn of the event loop may take. */
export const MAX_TURN_MS = 100
/** How often a slow input is tried again: a stall that other processes make is not there every time. */
const TRIES = 4

/** What is wrong with an input. */
export type Fault =
  | { readonly type: 'exception'; readonly error: Error }
  | { readonly type: 'stall'; readonly turnMs: number }

/** Runs a target on an input; null where all is well. */
export async function faultOf(target: Target, input: Buffer, timed = true): Promise<Fault | null> {
  let turnMs = Number.POSITIVE_INFINITY
  for (let n = 0; n < TRIES && turnMs > MAX_TURN_MS; n++) {
    const watch = new TurnWatch()
    try {
      await target.run(input, turn)
    } catch (error) {
      return { type: 'exception', error: error instanceof Error ? error : new Error(String(error)) }
    } finally {
      turnMs = Math.min(turnMs, await watch.stop())
    }
    if (!timed) return null
  }
  return turnMs > MAX_TURN_MS ? { type: 'stall', turnMs } : null
}

/** Finds the longest turn of the event loop, in time that this process had: others share the machine. */
class TurnWatch {
  #longestMs = 0
  #isOver = false
  #wallMs = performance.now()
  #usedMs = usedMs()

  constructor() {
    const look = () => {
      if (this.#isOver) return
      this.#look()
      setImmediate(look)
    }
    setImmediate(look)
  }

  async stop(): Promise<number> {
    this.#look()
    this.#isOver = true
    return this.#longestMs
  }

  #look(): void {
    const wallMs = performance.now()
    const used = usedMs()
    this.#longestMs = Math.max(this.#longestMs, Math.min(wallMs - this.#wallMs, used - this.#usedMs))
    this.#wallMs = wallMs
    this.#usedMs = used
  }
}

/** Processor time of this process, all threads of it. */
function usedMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
