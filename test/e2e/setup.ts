/**
 * Before the browser tests: the page is built, there is a Chromium, and one of them runs for all files: its start costs
 * more than most tests. A file has its own connection to it, which takes along whatever it opened.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { findChromium, launchArgs } from './chromium.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a Chromium runs already. */
    chromium: { path: string; endpoint: string }
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  // A process of its own: Vitest sets NODE_ENV, and a page built under that would not be the page that ships.
  const { NODE_ENV: _, VITEST: __, ...env } = process.env
  const build = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url))
  execFileSync(process.execPath, [build, 'page'], { env, stdio: 'inherit' })
  const executablePath = await findChromium()
  const server = await chromium.launchServer({ executablePath, args: launchArgs, host: '127.0.0.1' })
  provide('chromium', { path: executablePath, endpoint: server.wsEndpoint() })
  return () => server.close()
}
