/** `npm run bench -- [row ...] [--json]`: builds what is stale, then measures what was built (test/bench/main.ts). */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const pathOf = relative => fileURLToPath(new URL(relative, import.meta.url))

function run(args, stdout) {
  const { status } = spawnSync(process.execPath, args, { stdio: ['inherit', stdout, 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}

run([pathOf('./build.mjs'), 'server', 'page'], process.stderr) // stdout is the table's, or the JSON's
run(['--import', 'tsx', pathOf('../test/bench/main.ts'), ...process.argv.slice(2)], 'inherit')
