/**
 * Before the browser tests: the page is built, there is a Chromium, and one of them runs for each worker: its start costs
 * more than most tests, and files that run at the same time must not share a clipboard. A file has its own connection to
 * it, which takes along whatever it opened.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { findChromium, launchArgs } from './chromium.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a Chromium runs already, for each worker. */
    chromium: { path: string; endpoints: string[] }
  }
}

export default async function setup({ provide, config }: TestProject): Promise<() => Promise<void>> {
  // A process of its own: Vitest sets NODE_ENV, and a page built under that would not be the page that ships.
  const { NODE_ENV: _, VITEST: __, ...env } = process.env
  const build = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url))
  execFileSync(process.execPath, [build, 'page'], { env, stdio: 'inherit' })
  const executablePath = await findChromium()
  const servers = await Promise.all(
    Array.from({ length: config.maxWorkers }, () =>
      chromium.launchServer({ executablePath, args: [...launchArgs, '--process-per-site'], host: '127.0.0.1' }),
    ),
  )
  provide('chromium', { path: executablePath, endpoints: servers.map(server => server.wsEndpoint()) })
  return async () => void (await Promise.all(servers.map(server => server.close())))
}
