/**
 * Programs of others that do what maildouble does: MailDev, which is installed from npm into a temporary folder that the next
 * run finds again, and Mailpit, where one is on the PATH. Where one is not to be had, its lines are left out.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findProgram, freePort, type Ports, type Server, startProgram, timeToAnswerOf } from './processes.js'

/** One of them. */
export interface Other {
  readonly name: string
  start(): Promise<Server>
  /** From its spawn to both of its ports answering. */
  timeToAnswer(): Promise<number>
}

/** How long npm may take: without a network it tries for minutes. */
const INSTALL_TIMEOUT_MS = 120_000
const MAILDEV = join(tmpdir(), 'maildouble-bench', 'maildev')

const run = promisify(execFile)

/** Node's way to say which script: `shell` since npm is a script of its own on Windows. */
const npm = (args: string[]) =>
  run('npm', args, { cwd: MAILDEV, timeout: INSTALL_TIMEOUT_MS, shell: process.platform === 'win32' })

let installing: Promise<string | undefined> | undefined

/** The folder with MailDev's packages; undefined where it could not be installed, which is said once. */
export function installMailDev(): Promise<string | undefined> {
  installing ??= (async () => {
    const folder = join(MAILDEV, 'node_modules')
    if (existsSync(join(folder, 'maildev', 'package.json'))) return folder
    mkdirSync(MAILDEV, { recursive: true })
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-save']
    await npm(['install', '--prefix', MAILDEV, ...quiet, 'maildev'])
    return folder
  })().catch(error => {
    console.error(`bench: MailDev is left out: ${(error as Error).message.split('\n')[0]}`)
    return undefined
  })
  return installing
}

function other(name: string, path: string, argsFor: (ports: Ports) => string[]): Other {
  return {
    name,
    async start() {
      const ports = { smtp: await freePort(), http: await freePort() }
      return startProgram(name, path, argsFor(ports), ports.smtp)
    },
    timeToAnswer: () => timeToAnswerOf(name, path, argsFor, '/'),
  }
}

/** Those that are to be had here. */
export async function others(): Promise<Other[]> {
  const found: Other[] = []
  const folder = await installMailDev()
  if (folder !== undefined) {
    const { bin, version } = JSON.parse(readFileSync(join(folder, 'maildev', 'package.json'), 'utf8'))
    const script = join(folder, 'maildev', typeof bin === 'string' ? bin : bin.maildev)
    const flags = ['--ip', '127.0.0.1', '--web-ip', '127.0.0.1', '--silent']
    const argsFor = ({ smtp, http }: Ports) => [script, ...flags, '--smtp', String(smtp), '--web', String(http)]
    found.push(other(`MailDev ${version}`, process.execPath, argsFor))
  }
  const mailpit = findProgram('mailpit')
  if (mailpit !== undefined) {
    const argsFor = ({ smtp, http }: Ports) => [
      '--smtp',
      `127.0.0.1:${smtp}`,
      '--listen',
      `127.0.0.1:${http}`,
      '--quiet',
    ]
    found.push(other('Mailpit', mailpit, argsFor))
  }
  return found
}
