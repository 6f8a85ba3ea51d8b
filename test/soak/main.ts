/**
 * `npm run soak -- [duration]` (1m unless said): everything at once against the server as built, for as long as asked. In
 * the end its memory is flat, it holds no handle that it did not hold at its start, its event loop was never long away, and
 * it has exactly the mail that it acknowledged and that has not left, byte for byte. Exit code 1 and the reasons otherwise.
 *
 * Who sends, reads and breaks off stands in the files beside this one; ledger.ts knows what has to be there.
 */
import { setMaxListeners } from 'node:events'
import { cpus, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { run, type Scene, type Tally } from './actors.js'
import { brokenClients } from './broken.js'
import { audit, type Holding, Ledger, sha256 } from './ledger.js'
import { Auditor, liveClients } from './live.js'
import { growth, type Sample, slopePerMinute } from './memory.js'
import { readers } from './readers.js'
import { REGISTERED, senders } from './senders.js'
import { BOUNDS, type Delay, SoakServer } from './server.js'
import { Web } from './web.js'

const UNITS_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 }
/** What the event loop may be late by itself, at the 99th percentile. */
const MAX_DELAY_P99_MS = 50
/** How long what grows at first may grow: caches, code that is compiled, stores up to their bounds. */
const WARM_UP_MS = 60_000
/** A trend of less time than this says nothing. */
const MIN_JUDGED_MS = 60_000
const SAMPLE_MS = 1000
/** How often the collector is made to run, so that what is held is seen and not what it has not come to yet. */
const COLLECT_MS = 15_000
const PROGRESS_MS = 5000
/** How long the server may take to see that all clients have left: silent ones have 10 s. */
const SETTLE_MS = 25_000
/** SIGTERM to the end of the process, as is promised; the export comes on top. */
const STOP_WITHIN_MS = 5000
const EXIT_FAILED = 1
const EXIT_USED_WRONGLY = 2

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

function durationOf(text: string): number {
  const [, number, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? []
  if (number === undefined || Number(number) === 0) {
    console.error(`soak: ${text} is no duration. Give 30s, 10m or 1h.`)
    process.exit(EXIT_USED_WRONGLY)
  }
  return Number(number) * (UNITS_MS[unit as string] as number)
}

/** What the server holds, asked for as a client would. */
async function holdingOf(web: Web): Promise<Holding> {
  const messages: Holding['messages'] = new Map()
  let page: string | null = ''
  while (page !== null) {
    const query: string = page === '' ? '' : `&page=${encodeURIComponent(page)}`
    const list: { messages: { id: string; subject: string }[]; next: string | null } = await web.json(
      `/api/messages?limit=500${query}`,
    )
    for (const { id, subject } of list.messages) {
      const { body } = await web.ask(`/api/messages/${id}/raw`)
      messages.set(id, { subject, sha256: sha256(body) })
    }
    page = list.next
  }
  const { counts } = await web.json<{ counts: Holding['counts'] }>('/api/info')
  return { messages, counts }
}

/** The progress: rewritten on a terminal, a line now and then elsewhere. */
function say(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`)
  else console.error(line)
}

const delayOf = ({ p50Ms, p99Ms, maxMs }: Delay) =>
  `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, worst ${maxMs.toFixed(0)} ms`

const count = (names: readonly string[]) => {
  const counts: Record<string, number> = {}
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1
  return JSON.stringify(counts)
}

const durationMs = durationOf(process.argv[2] ?? '1m')
const server = await SoakServer.start()
const web = new Web(server.url)
const ledger = new Ledger()

// What is loaded when it is first needed is no growth and no delay under load: each part is asked for once before.
for (const name of REGISTERED) await web.json('/api/inboxes', { method: 'POST', body: { name, ttl: '24h' } })
web.close()
await sleep(500)
const before = await server.probe('collect')
const socketsBefore = server.sockets()
const descriptorsBefore = server.descriptors()

const auditor = await Auditor.join(server, ledger)
const controller = new AbortController()
// Every actor waits on it.
setMaxListeners(0, controller.signal)
const scene: Scene = { server, web: new Web(server.url), ledger, over: controller.signal }
const tally: Tally = new Map()
await server.probe('forget')
const startedAtMs = performance.now()
const cpuBefore = process.cpuUsage()
const actors = [...senders, ...brokenClients, ...readers, ...liveClients]
const acting = Promise.all(actors.map(actor => run(actor, scene, tally)))

/** Resident memory, and what the heap holds beside the messages. */
const resident: Sample[] = []
const held: Sample[] = []
let collectedAtMs = 0
let saidAtMs = 0
let mostSockets = 0
while (performance.now() - startedAtMs < durationMs && server.isRunning) {
  await sleep(SAMPLE_MS)
  const { rssBytes, ownDelay } = await server.probe()
  const atMs = performance.now() - startedAtMs
  resident.push({ atMs, bytes: rssBytes })
  if (atMs - collectedAtMs >= COLLECT_MS) {
    collectedAtMs = atMs
    const { counts } = await scene.web.json<{ counts: { bytes: number } }>('/api/info')
    const { heldBytes } = await server.probe('collect')
    held.push({ atMs, bytes: heldBytes - counts.bytes })
  }
  mostSockets = Math.max(mostSockets, server.sockets() ?? 0)
  if (atMs - saidAtMs < PROGRESS_MS) continue
  saidAtMs = atMs
  say(
    `${Math.round(atMs / 1000)} of ${durationMs / 1000} s: ${ledger.byId.size} acknowledged, ${ledger.removed.size} removed, ` +
      `${server.sockets() ?? '?'} sockets, ${megabytes(rssBytes)}, loop p99 ${ownDelay.p99Ms.toFixed(1)} ms, ` +
      `worst ${ownDelay.maxMs.toFixed(0)} ms, ${ledger.failures.length} failures`,
  )
}
if (!server.isRunning) ledger.fail('the server ended')
controller.abort()
await acting
const tookMs = performance.now() - startedAtMs
const after = await server.probe()
const { user, system } = process.cpuUsage(cpuBefore)

// Nobody is there any more but the auditor: every message is compared, then every handle counted.
scene.web.close()
const last = new Web(server.url)
const counted = async () => {
  const { counts } = await last.json<{ counts: Holding['counts'] }>('/api/info')
  return counts.deleted + counts.evicted + counts.expired
}
say('comparing every message')
await auditor.catchUp(counted)
const holding = await holdingOf(last)
const found = audit(ledger, holding)
auditor.leave()
await last.json('/api/messages', { method: 'DELETE' })
const left = await last.json<{ total: number }>('/api/messages')
if (left.total !== 0) ledger.fail(`${left.total} messages are there behind a DELETE of all`)
last.close()

say('waiting until every connection is gone')
const deadline = performance.now() + SETTLE_MS
const sorted = (names: readonly string[]) => names.toSorted().join()
let idle = await server.probe('collect')
while (performance.now() < deadline && sorted(idle.handles) !== sorted(before.handles)) {
  await sleep(250)
  idle = await server.probe('collect')
}
if (sorted(idle.handles) !== sorted(before.handles))
  ledger.fail(`handles are left: ${count(idle.handles)}, and ${count(before.handles)} before`)
const [sockets, descriptors] = [server.sockets(), server.descriptors()]
if (sockets !== socketsBefore) ledger.fail(`${sockets} sockets are open, and ${socketsBefore} were before`)
if (descriptors !== descriptorsBefore)
  ledger.fail(`${descriptors} descriptors are open, and ${descriptorsBefore} were before`)

const memory: string[] = []
for (const [what, samples] of [
  ['resident memory', resident],
  ['what the heap holds beside the messages', held],
] as const) {
  const late = samples.filter(({ atMs }) => atMs >= WARM_UP_MS)
  if (durationMs < WARM_UP_MS + MIN_JUDGED_MS || late.length === 0) continue
  const { fromBytes, toBytes, isFlat } = growth(late)
  const trend = `${(slopePerMinute(late) / 1e6).toFixed(2)} MB a minute`
  memory.push(
    `${what} behind the first minute: ${megabytes(fromBytes)}, at the end ${megabytes(toBytes)}; trend ${trend}`,
  )
  if (!isFlat) ledger.fail(`${what} grew from ${megabytes(fromBytes)} to ${megabytes(toBytes)}`)
}
if (memory.length === 0) memory.push('memory: judged from its second minute on, in runs of 2m or more')
if (after.ownDelay.p99Ms >= MAX_DELAY_P99_MS)
  ledger.fail(`the event loop was late by ${after.ownDelay.p99Ms.toFixed(1)} ms at the 99th percentile`)

const stopped = await server.stop()
if (stopped.code !== 0) ledger.fail(`at SIGTERM it ended with ${stopped.code}`)
if (stopped.ms > STOP_WITHIN_MS) ledger.fail(`at SIGTERM it took ${Math.round(stopped.ms)} ms to end`)
const faults = server.said.filter(line => !line.includes('"level":"warn"'))
if (faults.length > 0) ledger.fail(`its log tells of defects: ${faults.join('').slice(0, 2000)}`)

if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
const cpuShare = (ms: number) => `${Math.round((ms / tookMs) * 100)} %`
const lines = [
  `soak of ${Math.round(tookMs / 1000)} s on ${cpus().length} x ${cpus()[0]?.model.trim()}, ${process.platform} ${process.arch}, ` +
    `Node ${process.versions.node}, load average at the end ${loadavg()
      .map(load => load.toFixed(1))
      .join(' ')}`,
  ...found,
  `bounds: ${BOUNDS.maxMessages} messages, ${megabytes(BOUNDS.maxBytes)}; ${mostSockets} sockets at most`,
  ...memory,
  `held by the heap before, and behind all of it when empty: ${megabytes(before.heldBytes)}, ${megabytes(idle.heldBytes)}`,
  `sockets before and behind: ${socketsBefore ?? '?'}, ${sockets ?? '?'}; descriptors: ${descriptorsBefore ?? '?'}, ${descriptors ?? '?'}; ` +
    `handles: ${count(idle.handles)}`,
  `event-loop delay of the server: ${delayOf(after.ownDelay)}; with the time in which it waited for a processor: ${delayOf(after.delay)}`,
  `processor: server ${cpuShare(after.cpuMs - before.cpuMs)} of a core, clients ${cpuShare((user + system) / 1000)}; the server waited for one, ` +
    `ready to run, ${cpuShare(after.queuedMs - before.queuedMs)} of the time`,
  `ended ${Math.round(stopped.ms)} ms behind SIGTERM`,
  `acts: ${[...tally].map(([name, acts]) => `${name} ${acts}`).join(', ')}`,
]
for (const line of lines) console.log(line)
if (ledger.failures.length === 0) console.log('soak: passed')
else {
  for (const why of ledger.failures) console.log(`soak: failed: ${why}`)
  process.exitCode = EXIT_FAILED
}
