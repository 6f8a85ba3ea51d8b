/** `maildouble/playwright` in Playwright's own runner, from the packed package: the example, and what a failure leaves. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startMaildouble } from '../../server/index.js'
import { CLEAN_ENV, unpackPackage } from '../examples/unpack.js'
import { connectBrowser } from './browser.js'

const examples = fileURLToPath(new URL('../examples', import.meta.url))
const cli = fileURLToPath(new URL('../../node_modules/@playwright/test/cli.js', import.meta.url))
/** Eight workers and a browser on a machine with two cores. */
const TIMEOUT_MS = 90_000

let browser: Browser
let output: string
beforeAll(async () => {
  await unpackPackage()
  output = await mkdtemp(join(tmpdir(), 'maildouble-'))
  browser = await connectBrowser()
}, TIMEOUT_MS)
afterAll(async () => {
  await browser.close()
  await rm(output, { recursive: true })
})

/** A port that was free a moment ago, for a server that is told its port. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return String(port)
}

async function runPlaywright(name: string, env: Record<string, string>): Promise<string> {
  const options = {
    cwd: `${examples}/${name}`,
    env: { ...CLEAN_ENV, NO_COLOR: '1', ...env },
    maxBuffer: 64 * 1024 ** 2,
  }
  return promisify(execFile)(process.execPath, [cli, 'test', '--output', output], options).then(
    ({ stdout }) => stdout,
    error => error.stdout + error.stderr,
  )
}

test('eight workers, one app and one server, which runs already', { timeout: TIMEOUT_MS }, async () => {
  await using mail = await startMaildouble()
  const env = {
    CHROMIUM_PATH: inject('chromium').path,
    MAILDOUBLE_URL: mail.url,
    SMTP_URL: mail.smtpUrl,
    PORT: await freePort(),
  }
  expect(await runPlaywright('playwright', env)).toMatch(/^ {2}8 passed/m)
  expect(await mail.messages()).toHaveLength(8)
})

interface Result {
  title: string
  tests: { results: { status: string; attachments: { name: string; body: string }[] }[] }[]
}

test('a test that fails has its mail attached, as a file that is whole', { timeout: TIMEOUT_MS }, async () => {
  const said = await runPlaywright('playwright-fails', { MAILDOUBLE_URL: `http://127.0.0.1:${await freePort()}` })
  const { suites } = JSON.parse(said) as { suites: { specs: Result[] }[] }
  const results = suites.flatMap(({ specs }) =>
    specs.map(spec => ({ title: spec.title, ...spec.tests[0]?.results[0] })),
  )
  const mails = results.map(({ attachments = [] }) => attachments.filter(({ name }) => name === 'mail.html'))
  expect(results.map(({ title, status }, n) => [title, status, mails[n]?.length])).toEqual([
    ['gets the wrong mail', 'failed', 1],
    ['gets none', 'failed', 1],
    ['passes', 'passed', 0],
  ])

  const page = await browser.newPage()
  const asked: string[] = []
  page.on('request', request => asked.push(request.url()))
  const show = (n: number) => page.setContent(Buffer.from(mails[n]?.[0]?.body ?? '', 'base64').toString())
  await show(0)
  await page.getByRole('heading', { name: 'Goodbye' }).waitFor()
  await page.frameLocator('iframe').getByText('See you!').waitFor()
  expect(asked.filter(url => url.startsWith('http'))).toEqual([])
  await show(1)
  await page.getByText('No message arrived').waitFor()
  await page.close()
})
