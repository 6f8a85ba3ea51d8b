/**
 * Loaded into the server before its own code (`node --import`), so that its event loop and its handles are measured from
 * inside while the server is the one that ships. Asked over the channel to its parent, which keeps no process alive.
 *
 * The delay of the event loop is taken twice: as it was, and without the time in which this thread was ready to run and had
 * no processor, where the system tells that (Linux): on a busy machine that is the greater part, and says nothing of us.
 */
import { openSync, readSync } from 'node:fs'
import { createHistogram } from 'node:perf_hooks'

/** How often the loop is looked at: a delay that is longer is seen whole. */
const TICK_MS = 10

const asItWas = createHistogram()
const ourOwn = createHistogram()
const buffer = Buffer.alloc(200)
const schedstat = open(`/proc/self/task/${process.pid}/schedstat`)

function open(path) {
  try {
    return openSync(path)
  } catch {
    return undefined
  }
}

/** How long this thread has waited for a processor since it began. */
function queuedMs() {
  if (schedstat === undefined) return 0
  const length = readSync(schedstat, buffer, 0, buffer.length, 0)
  return Number(buffer.toString('latin1', 0, length).split(' ')[1]) / 1e6
}

let last = { atMs: performance.now(), queuedMs: queuedMs() }
setInterval(() => {
  const now = { atMs: performance.now(), queuedMs: queuedMs() }
  const lateMs = Math.max(now.atMs - last.atMs - TICK_MS, 0)
  const inMicroseconds = ms => Math.max(Math.round(ms * 1000), 1)
  asItWas.record(inMicroseconds(lateMs))
  ourOwn.record(inMicroseconds(lateMs - (now.queuedMs - last.queuedMs)))
  last = now
}, TICK_MS).unref()

const shown = histogram => ({
  p50Ms: histogram.percentile(50) / 1000,
  p99Ms: histogram.percentile(99) / 1000,
  maxMs: histogram.max / 1000,
})

process.on('message', question => {
  if (question === 'forget') {
    asItWas.reset()
    ourOwn.reset()
  }
  // Twice: what a finalizer lets go of is collected by the second.
  if (question === 'collect') {
    for (let time = 0; time < 2; time += 1) globalThis.gc?.()
    // Nobody but us asked for that pause.
    last = { atMs: performance.now(), queuedMs: queuedMs() }
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  process.send?.({
    delay: shown(asItWas),
    ownDelay: shown(ourOwn),
    queuedMs: queuedMs(),
    cpuMs: Object.values(process.cpuUsage()).reduce((sum, microseconds) => sum + microseconds, 0) / 1000,
    rssBytes: rss,
    heldBytes: heapUsed + external,
    handles: process.getActiveResourcesInfo(),
  })
})
process.channel?.unref()
