/** The server of the soak: as built, in a process of its own, and what can be seen of that process from outside. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A delay of the event loop. */
export interface Delay {
  p50Ms: number
  p99Ms: number
  maxMs: number
}

/** What probe.mjs answers. */
export interface Probe {
  /** How late the event loop was; and the same without the time in which it waited for a processor, where that is known. */
  delay: Delay
  ownDelay: Delay
  /** How long its main thread has waited for a processor, ready to run. */
  queuedMs: number
  /** Processor time of the process since its start. */
  cpuMs: number
  rssBytes: number
  /** The heap and what it holds outside of it: raw bytes of messages are there. */
  heldBytes: number
  handles: string[]
}

/** How it is bounded: small, so that every bound is reached within the first minute. */
export const BOUNDS = { maxMessages: 3000, maxBytes: 96 * 1024 ** 2 }

const FLAGS = [
  ...['--smtp-port', '0', '--http-port', '0', '--tls', '--smtps-port', '0'],
  ...['--max-messages', String(BOUNDS.maxMessages), '--max-bytes', String(BOUNDS.maxBytes)],
  ...['--max-sessions', '2000', '--max-session-bytes', '16M', '--idle-timeout', '10s'],
  ...['--log-level', 'warn', '--log-format', 'json'],
]
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const PROBE = new URL('./probe.mjs', import.meta.url).href
const START_TIMEOUT_MS = 20_000
/** SIGTERM to its end, as is promised; the export of what is there comes on top. */
const STOP_TIMEOUT_MS = 10_000

export class SoakServer {
  readonly pid: number
  readonly url: string
  readonly ports: { smtp: number; smtps: number; http: number }
  readonly ca: string
  /** What it said on its log, which is only what is wrong, and beside it. */
  readonly said: string[] = []
  readonly #child: ChildProcess
  readonly #folder: string

  private constructor(child: ChildProcess, folder: string, ready: { url: string; ports: SoakServer['ports'] }) {
    this.#child = child
    this.#folder = folder
    this.pid = child.pid as number
    this.url = ready.url
    this.ports = ready.ports
    this.ca = readFileSync(join(folder, 'ca', 'ca.pem'), 'utf8')
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => this.said.push(String(chunk)))
  }

  static async start(): Promise<SoakServer> {
    const folder = mkdtempSync(join(tmpdir(), 'maildouble-soak-'))
    const readyFile = join(folder, 'ready.json')
    const paths = ['--ready-file', readyFile, '--ca-dir', join(folder, 'ca'), '--export-on-exit', join(folder, 'mbox')]
    const child = spawn(process.execPath, ['--expose-gc', '--import', PROBE, CLI, ...FLAGS, ...paths], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    process.on('exit', () => void child.kill('SIGKILL'))
    for (const giveUpAtMs = performance.now() + START_TIMEOUT_MS; !existsSync(readyFile); await sleep(20))
      if (child.exitCode !== null || performance.now() > giveUpAtMs) throw new Error('the server did not start')
    return new SoakServer(child, folder, JSON.parse(readFileSync(readyFile, 'utf8')))
  }

  /** Undefined once it has ended, which it must not by itself. */
  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  async probe(question: 'look' | 'forget' | 'collect' = 'look'): Promise<Probe> {
    const answer = once(this.#child, 'message')
    this.#child.send(question)
    return (await answer)[0] as Probe
  }

  /** Open sockets, by /proc; undefined where there is none. */
  sockets(): number | undefined {
    return this.#descriptors()?.filter(target => target.startsWith('socket:')).length
  }

  /** Open descriptors, by /proc; undefined where there is none. */
  descriptors(): number | undefined {
    return this.#descriptors()?.length
  }

  /** Stops it; resolves to its exit code, the time that it took, and the mail that it left behind. */
  async stop(): Promise<{ code: number | null; ms: number; mbox: Buffer }> {
    const startedAtMs = performance.now()
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    this.#child.kill('SIGTERM')
    const [code] = await once(this.#child, 'exit')
    clearTimeout(late)
    const path = join(this.#folder, 'mbox')
    const mbox = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
    rmSync(this.#folder, { recursive: true })
    return { code, ms: performance.now() - startedAtMs, mbox }
  }

  #descriptors(): string[] | undefined {
    const folder = `/proc/${this.pid}/fd`
    if (!existsSync(folder)) return undefined
    return readdirSync(folder).flatMap(name => {
      try {
        return [readlinkSync(join(folder, name))]
      } catch {
        return []
      }
    })
  }
}
