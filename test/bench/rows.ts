/**
 * What is measured. Each row starts what it needs, alternates ours with its peers round by round, so that a busy
 * moment of the machine falls on all of them, and compares within the round.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from './client.js'
import type { Figure, Target, Unit } from './figures.js'
import { figure, median, oursAtLeast, oursAtMost, ratioAtLeast, ratioAtMost } from './figures.js'
import { others } from './others.js'
import { pageRows } from './page.js'
import type { Server } from './processes.js'
import {
  getJson,
  load,
  residentBytes,
  runClient,
  runJson,
  startMaildoubleProcess,
  startNothing,
  startPeer,
  startSmtpSink,
  timeOfNothing,
  timeToAnswer,
} from './processes.js'
import type { Reading } from './reading.js'
import { sizeRows } from './size.js'

/** A row of the bench; `say` is told what goes on. */
export interface Row {
  name: string
  title: string
  run(say: (what: string) => void): Promise<Figure[]>
}

const ROUNDS = 3
/** A start takes a fraction of a second and varies more. */
const START_ROUNDS = 5
/** How long a round of load lasts for each server: long enough that its start is noise. */
const ROUND_MS = 1500
const SMALL_BYTES = 2048
const LARGE_BYTES = 5_000_000
const MANY_MESSAGES = 100_000
/** What a process does once it has listened or taken mail (compiling, collecting) is over after this. */
const SETTLE_MS = 2000

interface Contestant {
  name: string
  measure(): Promise<number>
}

/** Runs rounds of all contestants in turn, each round beginning with another one; by name, the figure of each round. */
async function alternate(
  contestants: Contestant[],
  rounds: number,
  say: (what: string) => void,
): Promise<Map<string, number[]>> {
  const figures = new Map(contestants.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const contestant = contestants[(round + turn) % contestants.length] as Contestant
      say(`round ${round + 1} of ${rounds}: ${contestant.name}`)
      figures.get(contestant.name)?.push(await contestant.measure())
    }
  }
  return figures
}

/** Every server that takes mail on this machine, ours first; `catchers` says whether whole mail catchers are among them. */
async function startServers(say: (what: string) => void, catchers: boolean): Promise<Server[]> {
  const ours = await startMaildoubleProcess()
  if (catchers) say('starting what others have made')
  const made = catchers ? await Promise.all((await others()).map(other => other.start())) : []
  const sink = await startSmtpSink()
  const peers = [await startPeer('bare Node loop', 'bare.ts'), await startPeer('smtp-server', 'smtp-server.ts')]
  return [ours, ...(sink ? [sink] : []), ...peers, ...made]
}

/**
 * A row in which every server does the same, and ours is compared with each peer. Targets go by the peer's name; one on
 * our own figure is `ours`.
 */
function serverRow(
  row: { name: string; title: string; unit: Unit; catchers?: boolean },
  targets: Record<string, Target>,
  prepare: (server: Server) => Promise<() => Promise<number>>,
): Row {
  return {
    name: row.name,
    title: row.title,
    async run(say) {
      const servers = await startServers(say, row.catchers ?? true)
      try {
        const contestants: Contestant[] = []
        for (const server of servers) {
          say(`warming up ${server.name}`)
          contestants.push({ name: server.name, measure: await prepare(server) })
        }
        const figures = await alternate(contestants, ROUNDS, say)
        const [ours = { name: '' }, ...peers] = contestants
        return peers.map(({ name }, index) => {
          // Targets know no versions.
          const target = targets[name.replace(/ [\d.]+$/, '')] ?? (index === 0 ? targets.ours : undefined) ?? null
          return figure(row, figures.get(ours.name) ?? [], { name, rounds: figures.get(name) ?? [] }, target)
        })
      } finally {
        await Promise.all(servers.map(server => server.stop()))
      }
    },
  }
}

/** A row of throughput: as many messages as the server takes in a round, after a round that does not count. */
function loadRow(
  row: { name: string; title: string; unit: '/s' | 'MB/s'; catchers?: boolean },
  shape: { connections: number; bytes: number; reuse: boolean; firstMessages: number },
  targets: Record<string, Target>,
): Row {
  const perMessage = row.unit === '/s' ? 1 : shape.bytes / 1e6
  return serverRow(row, targets, async server => {
    const job: Job = { ...shape, port: server.port, messages: shape.firstMessages, maxMs: 10 * ROUND_MS }
    const perSecond = async (messages: number) => (messages / (await load({ ...job, messages }))) * 1000
    const messagesOfARound = (rate: number) => Math.max(shape.firstMessages, Math.round((rate * ROUND_MS) / 1000))
    const cold = await perSecond(shape.firstMessages)
    const warm = messagesOfARound(await perSecond(messagesOfARound(cold)))
    return async () => (await perSecond(warm)) * perMessage
  })
}

const latency = serverRow(
  { name: 'latency', title: 'connect to 250, one client, p50', unit: 'ms' },
  { ours: oursAtMost(2) },
  async server => {
    const job: Job = {
      port: server.port,
      connections: 1,
      messages: 500,
      bytes: SMALL_BYTES,
      reuse: false,
      maxMs: ROUND_MS,
    }
    await runClient(job)
    return async () => median((await runClient(job)).latenciesMs)
  },
)

const memory: Row = {
  name: 'memory',
  title: `resident memory with ${MANY_MESSAGES.toLocaleString('en-US')} messages of 2 KB`,
  async run(say) {
    const flags = ['--max-messages', String(MANY_MESSAGES), '--max-bytes', '4G']
    const server = await startMaildoubleProcess(flags)
    try {
      say(`sending ${MANY_MESSAGES} messages`)
      await load({
        port: server.port,
        connections: 10,
        messages: MANY_MESSAGES,
        bytes: SMALL_BYTES,
        reuse: true,
        maxMs: Number.MAX_SAFE_INTEGER,
      })
      await sleep(SETTLE_MS)
      const resident = residentBytes(server.pid)
      if (resident === undefined) return []
      const list = await getJson<{ total: number; messages: { size: number }[] }>(
        server.httpPort ?? 0,
        '/api/messages?limit=1',
      )
      if (list.total !== MANY_MESSAGES) throw new Error(`${list.total} messages are there, not ${MANY_MESSAGES}`)
      const rawBytes = MANY_MESSAGES * (list.messages[0]?.size ?? 0)
      const row = { name: 'memory', title: this.title, unit: 'MB' } as const
      const raw = { name: 'their raw bytes', rounds: [rawBytes / 1e6] }
      return [figure(row, [resident / 1e6], raw, oursAtMost((rawBytes * 1.5) / 1e6 + 100))]
    } finally {
      await server.stop()
    }
  },
}

const idle: Row = {
  name: 'idle',
  title: 'resident memory, idle',
  async run(say) {
    const servers = [await startMaildoubleProcess(), startNothing()]
    try {
      servers.push(...(await Promise.all((await others()).map(other => other.start()))))
      say('waiting until it is quiet')
      await sleep(SETTLE_MS)
      const [ours, ...theirs] = servers.map(({ name, pid }) => ({ name, megabytes: (residentBytes(pid) ?? NaN) / 1e6 }))
      if (ours === undefined || Number.isNaN(ours.megabytes)) return []
      const row = { name: 'idle', title: this.title, unit: 'MB' } as const
      return theirs.map(({ name, megabytes }, index) =>
        figure(row, [ours.megabytes], { name, rounds: [megabytes] }, index === 0 ? oursAtMost(90) : null),
      )
    } finally {
      await Promise.all(servers.map(server => server.stop()))
    }
  },
}

const startUp: Row = {
  name: 'start',
  title: 'spawn to both ports answering',
  async run(say) {
    const contestants = [
      { name: 'maildouble', measure: timeToAnswer },
      { name: 'node -e 0', measure: timeOfNothing },
      ...(await others()).map(other => ({ name: other.name, measure: other.timeToAnswer })),
    ]
    const figures = await alternate(contestants, START_ROUNDS, say)
    const row = { name: 'start', title: this.title, unit: 'ms' } as const
    const [ours = [], ...theirs] = figures.values()
    return theirs.map((rounds, index) =>
      figure(row, ours, { name: contestants[index + 1]?.name ?? '', rounds }, index === 0 ? ratioAtMost(6) : null),
    )
  },
}

/** A row of the library, in one process of its own. */
function libraryRow(name: string, title: string, what: 'start' | 'next' | 'next-remote' | 'idle', target: Target): Row {
  return {
    name,
    title,
    async run(say) {
      say('calling the library')
      const times = await runJson<number[]>('library.ts', what)
      return [figure({ name, title, unit: 'ms' }, times, null, target)]
    },
  }
}

/** All rows of reading are measured in one go, when the first of them is asked for. */
let reading: Promise<Reading> | undefined

/** A row of what readers ask of a server that holds much. */
function readingRow(name: string, title: string, unit: 'ms' | 'MB/s', what: keyof Reading, target: Target): Row {
  return {
    name,
    title,
    async run(say) {
      say(`filling a server with ${MANY_MESSAGES} messages, and reading`)
      reading ??= runJson<Reading>('reading.ts')
      return [figure({ name, title, unit }, [(await reading)[what]], null, target)]
    },
  }
}

/** All rows, in the order of the table. The targets are those of design; their reasons stand in docs/performance.md. */
export const rows: Row[] = [
  loadRow(
    { name: 'smtp-kept', title: 'SMTP, 10 kept connections, 2 KB', unit: '/s' },
    { connections: 10, bytes: SMALL_BYTES, reuse: true, firstMessages: 200 },
    {
      'smtp-sink': ratioAtLeast(0.7),
      'bare Node loop': ratioAtLeast(0.8),
      'smtp-server': ratioAtLeast(2),
      MailDev: ratioAtLeast(8),
    },
  ),
  loadRow(
    { name: 'smtp-single', title: 'SMTP, a connection per message, 10 at a time', unit: '/s' },
    { connections: 10, bytes: SMALL_BYTES, reuse: false, firstMessages: 50 },
    { 'smtp-sink': ratioAtLeast(0.45), 'bare Node loop': ratioAtLeast(0.8), MailDev: ratioAtLeast(30) },
  ),
  latency,
  loadRow(
    { name: 'smtp-large', title: 'SMTP, 5 MB messages, 2 kept connections', unit: 'MB/s', catchers: false },
    { connections: 2, bytes: LARGE_BYTES, reuse: true, firstMessages: 10 },
    { 'smtp-sink': ratioAtLeast(1) },
  ),
  memory,
  idle,
  startUp,
  libraryRow('library-start', 'startMaildouble() in a warm process, p50', 'start', oursAtMost(30)),
  libraryRow('library-next', '250 to next() resolved, in-process, p50', 'next', oursAtMost(1)),
  libraryRow('remote-next', '250 to next() resolved, over HTTP, p50', 'next-remote', oursAtMost(5)),
  libraryRow('imap-idle', 'MAIL to the line in IMAP IDLE, p50', 'idle', oursAtMost(10)),
  readingRow('list', 'a page of 50 of 100,000 messages', 'ms', 'page', oursAtMost(5)),
  readingRow('search-subject', 'search in 100,000 messages, by subject', 'ms', 'subject', oursAtMost(50)),
  readingRow('search-address', 'search in 100,000 messages, by address', 'ms', 'address', oursAtMost(50)),
  readingRow('search-text', 'search in 100,000 messages, for a word', 'ms', 'text', oursAtMost(300)),
  readingRow('search-encoded', 'the same in base64 and quoted-printable', 'ms', 'encoded', oursAtMost(1000)),
  readingRow('search-delay', 'event-loop delay while it searches, p99', 'ms', 'searchDelay', oursAtMost(50)),
  readingRow('open-raw', 'a message of 25 MB, its raw bytes', 'MB/s', 'rawMegabytesPerSecond', oursAtLeast(300)),
  readingRow('open-delay', 'event-loop delay while it is opened, worst', 'ms', 'openDelay', oursAtMost(50)),
  readingRow('live', '250 to the live event, p50', 'ms', 'live', oursAtMost(5)),
  ...sizeRows,
  ...pageRows,
]
