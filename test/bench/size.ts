/** What is downloaded and installed: the page, the package, and all that comes with it. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { figure, oursAtMost } from './figures.js'
import { installMailDev } from './others.js'
import type { Row } from './rows.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What a browser loads; source maps and pictures of other sizes of the icon are not. */
const LOADED = new Set(['.html', '.js', '.css', '.svg', '.woff2'])

const page: Row = {
  name: 'page',
  title: 'the page, all its files, gzip',
  async run() {
    const root = join(ROOT, 'dist', 'web')
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(file => LOADED.has(extname(file)))
    const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(root, file)), { level: 9 }).length, 0)
    return [figure({ name: 'page', title: this.title, unit: 'kB' }, [bytes / 1e3], null, oursAtMost(150))]
  },
}

/** The bytes of all files of a folder. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/** The folders of packages that npm installs by a lock file, relative to its folder. */
function packagesOf(lockFile: string): string[] {
  const lock = JSON.parse(readFileSync(lockFile, 'utf8')) as { packages: Record<string, { dev?: boolean }> }
  return Object.entries(lock.packages).flatMap(([path, { dev }]) => (path === '' || dev ? [] : [path]))
}

/** What `npm pack` makes of what was built. */
function pack(): { size: number; unpackedSize: number } {
  const shell = process.platform === 'win32'
  const options = {
    cwd: ROOT,
    encoding: 'utf8',
    shell,
    stdio: ['ignore', 'pipe', 'ignore'] as ('ignore' | 'pipe')[],
  } as const
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.mjs')], { ...options, shell: false })
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], options))
  return packed
}

const install: Row = {
  name: 'install',
  title: 'installed from npm, with all that comes with it',
  async run(say) {
    say('packing')
    const { size, unpackedSize } = pack()
    // A package for another system is in the lock file and not in the folder.
    const packages = packagesOf(join(ROOT, 'package-lock.json')).filter(path => existsSync(join(ROOT, path)))
    const bytes = packages.reduce((sum, path) => sum + bytesOf(join(ROOT, path)), unpackedSize)
    say('installing MailDev')
    const theirs = await installMailDev()
    const peer = (value: () => number) => (theirs === undefined ? null : { name: 'MailDev', rounds: [value()] })
    const theirPackages = () => packagesOf(join(theirs ?? '', '.package-lock.json')).length
    return [
      figure({ name: 'packed', title: 'the package as it is downloaded', unit: 'MB' }, [size / 1e6], null, null),
      figure(
        { name: 'install', title: this.title, unit: 'MB' },
        [bytes / 1e6],
        peer(() => bytesOf(theirs ?? '') / 1e6),
        oursAtMost(60),
      ),
      figure(
        { name: 'packages', title: 'packages that are installed, this one among them', unit: '' },
        [packages.length + 1],
        peer(theirPackages),
        null,
      ),
    ]
  },
}

export const sizeRows: Row[] = [page, install]
