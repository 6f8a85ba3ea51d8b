/**
 * Loaded into the server before its own code (`node --import`), so that its event loop and its handles are measured from
 * inside while the server is the one that ships. Asked over the channel to its parent, which keeps no process alive.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

// The delays are not freed of the timer's own 10 ms: what is reported is on the strict side.
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

process.on('message', question => {
  if (question === 'forget') delay.reset()
  // Twice: what a finalizer lets go of is collected by the second.
  if (question === 'collect') for (let time = 0; time < 2; time += 1) globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  process.send?.({
    delayP50Ms: delay.percentile(50) / 1e6,
    delayP99Ms: delay.percentile(99) / 1e6,
    delayMaxMs: delay.max / 1e6,
    cpuMs: Object.values(process.cpuUsage()).reduce((sum, microseconds) => sum + microseconds, 0) / 1000,
    rssBytes: rss,
    heldBytes: heapUsed + external,
    handles: process.getActiveResourcesInfo(),
  })
})
process.channel?.unref()
