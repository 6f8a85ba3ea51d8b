/**
 * The event loop as mail/ sees it, given from outside: nothing in this folder owns a clock or a timer, and long work
 * still never holds the loop.
 */
export interface Loop {
  /** A monotonic clock, in milliseconds. */
  now(): number
  /** Resolves in a later turn of the event loop, after whatever else is waiting. */
  turn(): Promise<void>
}

/** How long a slice of work may hold the loop before it gives way. */
export const SLICE_MS = 10

/** Gives way once a slice is used up: `const rest = sliced(loop)`, then `await rest()` between small pieces of work. */
export function sliced(loop: Loop): () => Promise<void> | undefined {
  let sliceEndsAt = loop.now() + SLICE_MS
  return () => {
    if (loop.now() < sliceEndsAt) return undefined
    return loop.turn().then(() => {
      sliceEndsAt = loop.now() + SLICE_MS
    })
  }
}

/** Work that stops after each short piece. */
export type Steps<Result> = Generator<void, Result, undefined>

/** Does such work, giving way between its pieces. */
export async function inSlices<Result>(work: Steps<Result>, loop: Loop): Promise<Result> {
  const rest = sliced(loop)
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
    const pause = rest()
    if (pause) await pause
  }
}

/** Does such work without giving way. */
export function atOnce<Result>(work: Steps<Result>): Result {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}
