/**
 * `maildouble/playwright`: the server for `webServer`, and fixtures. `mail` is the server's mail, one handle a worker;
 * `inbox` is the test's own, labelled with its title. A test that fails has its mail attached; nothing is deleted.
 */
import { fileURLToPath } from 'node:url'
import {
  test as base,
  type Expect,
  type PlaywrightTestArgs,
  type PlaywrightTestOptions,
  type PlaywrightWorkerArgs,
  type PlaywrightWorkerOptions,
  type TestType,
} from '@playwright/test'
import { connectMaildouble, type OptionsInput } from '../index.js'
import { variableOf } from '../options.js'
import type { InboxHandle, MailHandle } from './client.js'
import { matchers } from './matchers.js'

const DEFAULT_HTTP_PORT = 8025
/** The command line, beside this file once built. */
const CLI = fileURLToPath(new URL('./cli.js', import.meta.url))
/** How long the server may take to end; it needs milliseconds. */
const STOP_WITHIN_MS = 5000

/** What Playwright's `webServer` takes. */
export interface MaildoubleServer {
  name: string
  command: string
  url: string
  env: Record<string, string>
  reuseExistingServer: true
  gracefulShutdown: { signal: 'SIGTERM'; timeout: number }
}

/**
 * A server for Playwright's `webServer`: on the usual ports unless `options` (docs/options.md, in camelCase) or
 * MAILDOUBLE_URL say otherwise. One that runs already, such as a service of CI, is used.
 */
export function maildoubleServer(options: OptionsInput = {}): MaildoubleServer {
  const url = process.env.MAILDOUBLE_URL || urlOf(options)
  // For the fixtures: Playwright's workers have this process's environment.
  process.env.MAILDOUBLE_URL = url
  const { protocol, hostname, port, origin, pathname } = new URL(url)
  const isHere = hostname === '127.0.0.1' || hostname === 'localhost'
  const given = { ...options, httpPort: port || (protocol === 'https:' ? '443' : '80') }
  const said = Object.entries(given).filter(([, value]) => value !== undefined && value !== null)
  return {
    name: 'maildouble',
    command: isHere
      ? commandOf(CLI)
      : commandOf('-e', `throw new Error('MAILDOUBLE_URL: nothing answers at ${origin}')`),
    // Without a password, which Playwright would show: that one is asked for is an answer, too.
    url: `${origin}${pathname.replace(/\/$/, '')}/api/info`,
    env: Object.fromEntries(said.map(([name, value]) => [variableOf(name), textOf(value)])),
    reuseExistingServer: true,
    gracefulShutdown: { signal: 'SIGTERM', timeout: STOP_WITHIN_MS },
  }
}

/** Where a server with these options is, with the first user name and password that it asks for. */
function urlOf({ https, httpPort = DEFAULT_HTTP_PORT, httpAuth = [] }: OptionsInput): string {
  const url = new URL(`${https ? 'https' : 'http'}://127.0.0.1:${httpPort}`)
  const [account = ''] = typeof httpAuth === 'string' ? httpAuth.split(',') : httpAuth
  const colon = account.startsWith('@') ? -1 : account.indexOf(':')
  if (colon > 0) {
    url.username = encodeURIComponent(account.slice(0, colon))
    url.password = encodeURIComponent(account.slice(colon + 1))
  }
  return url.href.replace(/\/$/, '')
}

/** An option as its variable has it: rules are JSON, other lists have commas. */
function textOf(value: unknown): string {
  const isJson = Array.isArray(value) && value.some(item => typeof item === 'object')
  return isJson ? JSON.stringify(value) : String(value)
}

/** A command of Node for a shell. */
function commandOf(...args: string[]): string {
  return [process.execPath, ...args].map(arg => `"${arg}"`).join(' ')
}

/** The fixtures of a test. */
export interface MailFixtures {
  /** The mail of this test: what goes to `inbox.address()`. */
  inbox: InboxHandle
}

/** The fixtures of a worker. */
export interface MailWorkerFixtures {
  /** The mail of the server that MAILDOUBLE_URL names, else of the usual port. */
  mail: MailHandle
}

type TestArgs = PlaywrightTestArgs & PlaywrightTestOptions & MailFixtures
type WorkerArgs = PlaywrightWorkerArgs & PlaywrightWorkerOptions & MailWorkerFixtures

/** Playwright's `test` with `mail` and `inbox`; join it with another by `mergeTests`. */
export const test: TestType<TestArgs, WorkerArgs> = base.extend<MailFixtures, MailWorkerFixtures>({
  mail: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern
    async ({}, use) => {
      await using mail = await connectMaildouble()
      await use(mail)
    },
    { scope: 'worker' },
  ],
  inbox: async ({ mail }, use, info) => {
    await using inbox = mail.inbox({ label: info.title })
    await use(inbox)
    if (info.status === info.expectedStatus) return
    await info.attach('mail.html', { body: await inbox.report(info.title), contentType: 'text/html' })
  },
})

/** Playwright's `expect` with the matchers for mail. */
export const expect: Expect<typeof matchers> = base.expect.extend(matchers)
