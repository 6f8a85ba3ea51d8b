/**
 * The server as it is shipped, for tests that start processes: loading the sources takes each of them a second, and what
 * users run is this. Built before the tests where it is stale.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The command line, a path. */
export const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
/** The public entry, a URL to import. */
export const ENTRY = new URL('../dist/index.js', import.meta.url).href

/** Vitest's global setup. */
export default function setup(): void {
  // A process of its own: Vitest sets NODE_ENV, and what is built must not depend on that.
  const { NODE_ENV: _, VITEST: __, ...env } = process.env
  const build = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url))
  execFileSync(process.execPath, [build, 'server'], { env, stdio: 'inherit' })
}
