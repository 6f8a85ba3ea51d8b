/** The examples of the documentation, run as a user's projects: each with its own runner, against the packed package. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { startMaildouble } from '../server/index.js'
import { CLEAN_ENV, unpackPackage } from './examples/unpack.js'

const run = promisify(execFile)
const examples = fileURLToPath(new URL('examples', import.meta.url))
const bin = (path: string) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))

const installed = `${examples}/node_modules/maildouble`
const readJson = async (file: string) => JSON.parse(await readFile(`${installed}/${file}`, 'utf8'))

/** Building and packing, where nothing is built yet, and a runner that starts cold. */
const TIMEOUT_MS = 60_000

beforeAll(unpackPackage, TIMEOUT_MS)

/** Runs a project's tests; gives what the runner says, or fails with it. */
async function runExample(name: string, command: string, args: string[], env: Record<string, string> = {}) {
  const options = { cwd: `${examples}/${name}`, env: { ...CLEAN_ENV, NO_COLOR: '1', ...env } }
  const { stdout, stderr } = await run(command, args, options).catch(error => {
    throw new Error(`${name} failed:\n${error.stdout}${error.stderr}`)
  })
  return stdout + stderr
}

test.each([
  ['vitest', [bin('vitest/vitest.mjs'), 'run'], /Tests {2}2 passed/],
  ['jest', [bin('jest/bin/jest.js')], /Tests: {7}1 passed/],
  ['node-test', ['--test'], /# pass 1\n/],
])('%s', { timeout: TIMEOUT_MS }, async (name, args, passed) => {
  const said = await runExample(name, process.execPath, args)
  expect(said).toMatch(passed)
  expect(said).not.toMatch(/did not exit|warning/i)
})

test('python', { timeout: TIMEOUT_MS }, async () => {
  await using mail = await startMaildouble()
  const { hostname, port } = new URL(mail.smtpUrl)
  const env = { MAILDOUBLE_URL: mail.url, SMTP_HOST: hostname, SMTP_PORT: port }
  expect(await runExample('python', 'python3', ['-B', '-m', 'unittest'], env)).toMatch(/^OK$/m)
})

test('its types need nothing that is not installed with it, and none is any', async () => {
  const { exports, dependencies, peerDependencies } = await readJson('package.json')
  const known = [...Object.keys({ ...dependencies, ...peerDependencies }), 'expect']
  const seen = new Set<string>()
  const strangers: string[] = []
  const anys: string[] = []
  const look = async (file: string): Promise<void> => {
    if (seen.has(file)) return
    seen.add(file)
    const source = await readFile(`${installed}/${file}`, 'utf8')
    for (const [, name = ''] of source.matchAll(/\b(?:from|import\(|import) ?'([@.\w][@./\w-]*)'/g)) {
      if (name.startsWith('.')) await look(posix.join(posix.dirname(file), name).replace(/\.js$/, '.d.ts'))
      else if (!name.startsWith('node:') && !known.includes(name)) strangers.push(`${file} imports ${name}`)
    }
    // The compiler writes out what it has inferred: an `any` anywhere in what is exported stands there as a word.
    const bare = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, '')
    anys.push(...[...bare.matchAll(/^.*\bany\b.*$/gm)].map(([line]) => `${file}: ${line.trim()}`))
  }
  for (const [, file = ''] of JSON.stringify(exports).matchAll(/"types":"([^"]+)"/g)) await look(posix.normalize(file))
  expect(seen.size).toBeGreaterThan(20)
  expect(strangers).toEqual([])
  expect(anys).toEqual([])
})

test('typed, as an ES module and as CommonJS', { timeout: TIMEOUT_MS }, async () => {
  await runExample('', process.execPath, [bin('typescript/bin/tsc'), '-p', 'tsconfig.json'])
})
