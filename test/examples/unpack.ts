/**
 * The package as a user installs it: built, packed, and unpacked beside the examples, where theirs is the first
 * node_modules that is looked into; its dependencies come from the repository's.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = fileURLToPath(new URL('node_modules', import.meta.url))

/** What a user's shell has, and not what this test run has put there. */
export const CLEAN_ENV = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV|TEST|DEV|PROD|MODE|SSR|BASE_URL|FORCE_)/.test(name),
  ),
)

/** Puts the package in place, unless it is there as it is now. */
export async function unpackPackage(): Promise<void> {
  await run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, env: CLEAN_ENV })
  const built = await readFile(join(root, 'node_modules', '.cache', 'maildouble', 'built.json'), 'utf8')
  const stampFile = join(folder, 'built.json')
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === built) return

  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const shell = process.platform === 'win32'
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const { stdout } = await run('npm', packing, { cwd: root, env: CLEAN_ENV, shell, maxBuffer: 16 * 1024 * 1024 })
  const [{ filename }] = JSON.parse(stdout)
  await run('tar', ['-xzf', filename], { cwd: folder })
  await rename(join(folder, 'package'), join(folder, 'maildouble'))
  await writeFile(stampFile, built)
}
