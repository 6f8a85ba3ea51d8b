/**
 * npm run fuzz -- [target ...] [--for 20m] [--seed N] [--file PATH]
 *
 * Tries inputs of each target in turn, each for the same share of the time, and watches that none throws, holds the event
 * loop, never ends or fills the memory. What is found is written to a folder of its own, outside of the repository, with
 * the command that tries it again. Exit code 1 where something was found.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { parseDurationMs } from '../../server/units.js'
import { faultOf } from './attempt.js'
import { whatIsWrong } from './finding.js'
import { inputsOf } from './target.js'
import { TARGETS, targetNamed } from './targets.js'
import type { Job, News } from './worker.js'

const DEFAULT_TIME = '1m'
/** An input that takes longer than this does not end. */
const MAX_INPUT_MS = 60_000
/** Memory of a thread: an input of 32 MB may be there a few times. */
const MAX_HEAP_MB = 1024
/** Findings of one kind that are written down: a hundred inputs that find the same are no news. */
const MAX_ALIKE = 3
/** A thread does not take over what makes TypeScript run in this one. */
const THREAD = `import('tsx/esm/api').then(({ register }) => {
  register()
  return import(${JSON.stringify(new URL('./worker.ts', import.meta.url).href)})
})`
const FOLDER = join(tmpdir(), 'maildouble-fuzz')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { for: { type: 'string', default: DEFAULT_TIME }, seed: { type: 'string' }, file: { type: 'string' } },
})
const names = positionals.length > 0 ? positionals : TARGETS.map(({ name }) => name)
const targets = names.map(targetNamed)

async function run(): Promise<void> {
  const forMs = parseDurationMs(values.for)
  if (forMs === undefined) throw new Error(`--for ${values.for} is no time: write 30s or 20m.`)
  const seed = Number(values.seed ?? Date.now() % 2 ** 31)
  console.log(`${names.join(', ')}: ${values.for}, seed ${seed}`)
  let found = 0
  for (const { name } of targets) found += await fuzz(name, seed, forMs / targets.length)
  console.log(found === 0 ? 'Nothing was found.' : `${found} findings, in ${FOLDER}`)
  process.exitCode = found === 0 ? 0 : 1
}

/** Fuzzes a target for a time, in as many threads one after the other as it takes; gives the number of findings. */
async function fuzz(target: string, seed: number, forMs: number): Promise<number> {
  const endsAtMs = performance.now() + forMs
  const findings = new Findings(target)
  let from = 0
  let tried = 0
  while (performance.now() < endsAtMs) {
    const current = new SharedArrayBuffer(4)
    const job: Job = { target, seed, from, forMs: endsAtMs - performance.now(), current }
    const end = await inThread(job, news => {
      if (news.type === 'finding') findings.add(news.n, news.what, news.input)
      else show(`${target}: ${tried + news.tried} inputs, ${findings.count} findings, ${megabytes(news.heapBytes)} MB`)
      if (news.type === 'done') tried += news.tried
    })
    const n = new Int32Array(current)[0] as number
    if (end !== null) {
      findings.add(n, end, inputsOf(targetNamed(target))(seed, n))
      tried += n - from
    }
    from = n + 1
  }
  show(`${target}: ${tried} inputs, ${findings.count} findings`, true)
  return findings.count
}

/** Resolves when a thread has done its job: to null, or to why it had to be ended. */
function inThread(job: Job, tell: (news: News) => void): Promise<string | null> {
  return new Promise(resolve => {
    const worker = new Worker(THREAD, {
      eval: true,
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    })
    const current = new Int32Array(job.current)
    let last = -1
    // Looked at twice for one input before it is ended.
    const watch = setInterval(() => {
      const now = Atomics.load(current, 0)
      if (now === last) void finish(`it does not end within ${MAX_INPUT_MS / 1000} s`)
      last = now
    }, MAX_INPUT_MS)
    const finish = async (why: string | null) => {
      clearInterval(watch)
      worker.removeAllListeners()
      worker.on('error', () => {})
      await worker.terminate()
      resolve(why)
    }
    worker.on('message', (news: News) => {
      tell(news)
      if (news.type === 'done') void finish(null)
    })
    worker.on('error', error => void finish(error.stack ?? String(error)))
    worker.on('exit', code => void finish(`the thread ended with ${code}`))
  })
}

/** Writes findings down, a few of each kind. */
class Findings {
  readonly #target: string
  readonly #alike = new Map<string, number>()
  count = 0

  constructor(target: string) {
    this.#target = target
  }

  add(n: number, what: string, input: Uint8Array): void {
    this.count += 1
    const kind = what.replace(/\d+/g, '0').slice(0, 300)
    const alike = (this.#alike.get(kind) ?? 0) + 1
    this.#alike.set(kind, alike)
    if (alike > MAX_ALIKE) return
    mkdirSync(FOLDER, { recursive: true })
    const file = join(FOLDER, `${this.#target}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`)
    writeFileSync(file, input)
    show(`${this.#target}, input ${n}, ${input.length} bytes: ${what}`, true)
    console.log(`  again: npm run fuzz -- ${this.#target} --file ${file}`)
  }
}

/** Tries one input again. */
async function again(file: string): Promise<void> {
  const input = readFileSync(file)
  for (const target of targets) {
    const fault = await faultOf(target, input)
    console.log(`${target.name}: ${fault ? whatIsWrong(fault) : 'nothing is wrong'}`)
    if (fault) process.exitCode = 1
  }
}

/** One line that is written over by the next, on a terminal; elsewhere only what stays. */
function show(line: string, stays = false): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}${stays ? '\n' : ''}`)
  else if (stays) console.log(line)
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2)
}

if (values.file !== undefined) await again(values.file)
else await run()
