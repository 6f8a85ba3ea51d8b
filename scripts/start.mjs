/**
 * `npm start -- --flags`: builds what is stale, then serves. The build is a process of its own, so that what serves
 * holds none of the build's memory; the server is this process, so that signals and the terminal are its own.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { staleSteps } from './build.mjs'

const steps = ['server', 'page']
if ((await staleSteps(steps)).length > 0) {
  const build = fileURLToPath(new URL('./build.mjs', import.meta.url))
  const { status } = spawnSync(process.execPath, [build, ...steps], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

const cli = new URL('../dist/cli.js', import.meta.url)
process.argv[1] = fileURLToPath(cli)
await import(cli.href)
