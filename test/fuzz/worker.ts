/** Fuzzes one target in a thread of its own, so that an input that never ends ends the thread and not the run. */
import { parentPort, workerData } from 'node:worker_threads'
import { faultOf } from './attempt.js'
import { shortened, whatIsWrong } from './finding.js'
import { inputsOf } from './target.js'
import { targetNamed } from './targets.js'

/** What a thread is to do. */
export interface Job {
  readonly target: string
  readonly seed: number
  /** The number of the first input. */
  readonly from: number
  readonly forMs: number
  /** The number of the input that is tried now, for whoever has to end the thread. */
  readonly current: SharedArrayBuffer
}

/** What a thread tells. */
export type News =
  | { readonly type: 'progress'; readonly tried: number; readonly heapBytes: number }
  | { readonly type: 'finding'; readonly n: number; readonly what: string; readonly input: Uint8Array }
  | { readonly type: 'done'; readonly tried: number; readonly heapBytes: number }

/** How often the heap is looked at. */
const LOOK_MS = 3000
/** Looks until everything is loaded and remembered that will be: then the heap has its size. */
const WARM_LOOKS = 3
/** Heap that may be gained after that: caches hold less. */
const MAX_GROWTH_BYTES = 64 * 1024 * 1024
/** Looks in a row at which it is there: a large input that was just tried is no growth. */
const GROWN_LOOKS = 3

const job = workerData as Job
const target = targetNamed(job.target)
const inputOf = inputsOf(target)
const current = new Int32Array(job.current)
const tell = (news: News) => parentPort?.postMessage(news)

const endsAtMs = performance.now() + job.forMs
let looksAtMs = performance.now() + LOOK_MS
let looks = 0
let settledBytes = 0
let grownLooks = 0
let n = job.from

const heapBytes = () => {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

while (performance.now() < endsAtMs) {
  Atomics.store(current, 0, n)
  const input = inputOf(job.seed, n)
  const fault = await faultOf(target, input)
  if (fault) {
    const shown = await shortened(target, input, fault)
    tell({ type: 'finding', n, what: whatIsWrong(fault), input: shown })
  }
  n += 1
  if (performance.now() < looksAtMs) continue
  looksAtMs = performance.now() + LOOK_MS
  const bytes = heapBytes()
  looks += 1
  if (looks <= WARM_LOOKS) settledBytes = Math.max(settledBytes, bytes)
  else if (bytes <= settledBytes + MAX_GROWTH_BYTES) grownLooks = 0
  else if (++grownLooks === GROWN_LOOKS) {
    const grown = Math.round((bytes - settledBytes) / 1024 ** 2)
    tell({ type: 'finding', n, what: `the heap has grown by ${grown} MB`, input: new Uint8Array() })
    settledBytes = bytes
    grownLooks = 0
  }
  tell({ type: 'progress', tried: n - job.from, heapBytes: bytes })
}
tell({ type: 'done', tried: n - job.from, heapBytes: heapBytes() })
