/**
 * A Chromium for the browser tests: one that is named, one that is there, or one that gets installed. The tests are
 * never skipped for want of a browser: where none can be had, this throws and says how to get one.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'

/** Each may hold the path of a Chromium or Chrome; the first that is set decides. */
const VARIABLES = ['CHROMIUM_PATH', 'PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH', 'CHROME_PATH']

const SYSTEM_PLACES: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap(variable => {
    const folder = process.env[variable]
    return folder === undefined
      ? []
      : [`${folder}\\Google\\Chrome\\Application\\chrome.exe`, `${folder}\\Microsoft\\Edge\\Application\\msedge.exe`]
  }),
}

/** A download that does not begin within this time will not: without it a silent firewall costs minutes. */
const CONNECTION_TIMEOUT_MS = 10_000
/** A browser answers `--version` in well under a second; a wrapper that hangs is none. */
const VERSION_TIMEOUT_MS = 20_000

/** For every launch: no sandbox (root and containers have none), and none of the traffic a browser makes unasked. */
export const launchArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The path of a Chromium that runs. Installs one where there is none; throws, with what to do, where it cannot. */
export async function findChromium(): Promise<string> {
  for (const variable of VARIABLES) {
    const path = process.env[variable]
    if (!path) continue
    if (runs(path)) return path
    throw new Error(`${variable} is ${path}, and no browser runs there. Correct it, or unset it to have one found.`)
  }
  const found = findInstalled()
  if (found) return found

  const attempts = [installWithPlaywright, installWithApt]
  for (const install of attempts) {
    install()
    const installed = findInstalled()
    if (installed) return installed
  }
  throw new Error(
    'The browser tests need a Chromium, and none was found or could be installed. Do one of these:\n' +
      '  npx playwright-core install --with-deps chromium   (downloads one; on Linux as root, for its libraries)\n' +
      '  apt-get install chromium                           (Debian, as root)\n' +
      `  ${VARIABLES[0]}=/path/to/chromium npm test          (one that you have)\n` +
      'Without a browser, `npx vitest run --project unit` runs everything else.',
  )
}

function findInstalled(): string | undefined {
  return [...(SYSTEM_PLACES[process.platform] ?? []), chromium.executablePath()].find(runs)
}

/** Whether a browser starts: a downloaded one that lacks the system's libraries is there and does not run. */
function runs(path: string): boolean {
  if (!existsSync(path)) return false
  if (process.platform === 'win32') return true // Chrome prints no version there; it opens a window
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: VERSION_TIMEOUT_MS }).status === 0
}

function installWithPlaywright(): void {
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
  const timeout = String(CONNECTION_TIMEOUT_MS)
  console.log('No Chromium found. Downloading Playwright’s ...')
  const { status } = spawnSync(process.execPath, [cli, 'install', '--no-shell', '--no-progress', 'chromium'], {
    env: { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: timeout, ...process.env },
    stdio: 'ignore',
  })
  if (status !== 0) console.log('It could not be downloaded.')
}

function installWithApt(): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  console.log('Installing Debian’s chromium with apt-get ...')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    spawnSync('/usr/bin/apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
}
