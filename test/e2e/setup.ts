/** Before the browser tests: the page is built, and there is a Chromium. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { findChromium } from './chromium.js'

export default async function setup(): Promise<void> {
  // A process of its own: Vitest sets NODE_ENV, and a page built under that would not be the page that ships.
  const { NODE_ENV: _, VITEST: __, ...env } = process.env
  const build = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url))
  execFileSync(process.execPath, [build, 'page'], { env, stdio: 'inherit' })
  await findChromium()
}
