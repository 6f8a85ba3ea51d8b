/** `npm run soak -- [duration]`: builds what is stale, then runs everything at once against it (test/soak/main.ts). */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const pathOf = relative => fileURLToPath(new URL(relative, import.meta.url))

function run(args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

run([pathOf('./build.mjs'), 'server', 'page'])
run(['--import', 'tsx', pathOf('../test/soak/main.ts'), ...process.argv.slice(2)])
