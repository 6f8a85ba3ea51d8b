/**
 * Builds what is stale: `node scripts/build.mjs [server] [commonjs] [page] [types] [--force]`, all of it by default.
 *
 *   server    the command line and ENTRIES -> dist/*.js by Vite's SSR build. Every dynamic import becomes a file of its
 *             own, so that what the server loads late is loaded late once built, too. The libraries come along, since
 *             Node takes longest to find and open their many hundred files (a start took twice as long); Fastify and its
 *             plugins stay imports. Licenses of what came along: dist/licenses.md.
 *             All files lie flat in dist/: a path like `../dist/web` then holds from server/ and from dist/ alike.
 *   commonjs  ENTRIES -> dist/*.cjs, likewise: Jest loads no ES module without a flag, and some projects are CommonJS.
 *   page      web/ -> dist/web by web/vite.config.ts
 *   types     ENTRIES -> dist/types by the TypeScript compiler, and once more in dist/types/cjs: the same words, which
 *             are those of CommonJS there, since the package.json beside them says so.
 *
 * A step is stale when its inputs have another fingerprint than at its last build, or its output is gone. The
 * fingerprints lie in node_modules/.cache, so that a new `npm ci` rebuilds.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')
const stampFile = join(root, 'node_modules', '.cache', 'maildouble', 'built.json')

/** What every step depends on. */
const COMMON_INPUTS = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs']

const STEPS = {
  server: { inputs: ['server'], outputs: ['dist/index.js', 'dist/cli.js'], run: buildServer },
  commonjs: { inputs: ['server'], outputs: ['dist/index.cjs'], run: buildCommonJs },
  page: { inputs: ['web', 'server'], outputs: ['dist/web/index.html'], run: buildPage },
  types: { inputs: ['server'], outputs: ['dist/types/index.d.ts', 'dist/types/cjs/index.d.ts'], run: buildTypes },
}

/** The files behind the `exports` of package.json, by their name in dist/. */
const ENTRIES = {
  index: 'server/index.ts',
  jest: 'server/testing/jest.ts',
  'jest-setup': 'server/testing/jest-setup.ts',
  playwright: 'server/testing/playwright.ts',
}

/** Those that only ES modules can use, as Vitest itself. */
const ESM_ENTRIES = { vitest: 'server/testing/vitest.ts', 'vitest-setup': 'server/testing/vitest-setup.ts' }

/**
 * What stays an import, and so is what package.json calls dependencies: Fastify is made of parts that find each other
 * at run time; re2js is loaded by `require` when the first pattern is used. All else is built in.
 */
const EXTERNAL = ['fastify', '@fastify/static', '@fastify/swagger', '@fastify/websocket', 're2js']

/** The test runners that the entries for them extend: the project that is tested has them. */
const RUNNERS = ['vitest', '@jest/globals', '@playwright/test']

async function buildServer() {
  const output = await bundle({
    entries: { ...ENTRIES, ...ESM_ENTRIES, cli: 'server/cli.ts' },
    output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    license: { fileName: 'licenses.md' },
    sourcemap: true,
  })
  const cli = output.find(file => file.fileName === 'cli.js')
  if (!cli.code.startsWith('#!')) throw new Error('server/cli.ts must begin with #!/usr/bin/env node: npx runs it')
  await chmod(join(dist, 'cli.js'), 0o755)
  return removeOthers(output, name => !/\.cjs$/.test(name))
}

async function buildCommonJs() {
  const output = await bundle({
    entries: ENTRIES,
    output: { format: 'cjs', exports: 'named', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
    license: false,
    sourcemap: false,
  })
  return removeOthers(output, name => /\.cjs$/.test(name))
}

async function bundle({ entries, output, license, sourcemap }) {
  const { build } = await import('vite')
  const input = Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, path)]))
  const built = await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: [...EXTERNAL, ...RUNNERS] },
    build: {
      ssr: true,
      license,
      target: 'node20',
      outDir: dist,
      emptyOutDir: false,
      minify: false,
      sourcemap,
      rolldownOptions: { input, output },
    },
  })
  return built.output
}

/** Removes what an earlier build left; only after this one, so that nothing that runs meanwhile misses a file. */
async function removeOthers(output, isOfThisBuild) {
  const made = new Set(output.map(file => file.fileName))
  for (const entry of await readdir(dist, { withFileTypes: true })) {
    if (entry.isFile() && isOfThisBuild(entry.name) && !made.has(entry.name)) await rm(join(dist, entry.name))
  }
  return [...made].map(name => join(dist, name))
}

async function buildPage() {
  const { build } = await import('vite')
  const outDir = join(dist, 'web')
  await build({ root: join(root, 'web'), logLevel: 'warn', build: { outDir, emptyOutDir: true } })
  return filesUnder(outDir)
}

async function buildTypes() {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
  const { bin } = JSON.parse(await readFile(manifest, 'utf8'))
  const outDir = join(dist, 'types')
  await rm(outDir, { recursive: true, force: true })
  await run(process.execPath, [join(dirname(manifest), bin.tsc), '-p', join(root, 'server', 'tsconfig.json')])
  const forCommonJs = join(outDir, 'cjs')
  for (const file of await filesUnder(outDir)) {
    const copy = join(forCommonJs, relative(outDir, file))
    await mkdir(dirname(copy), { recursive: true })
    await copyFile(file, copy)
  }
  await writeFile(join(forCommonJs, 'package.json'), '{ "type": "commonjs" }\n')
  return filesUnder(outDir)
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', code => (code === 0 ? resolve() : reject(new Error(`it ended with exit code ${code}`))))
  })
}

async function filesUnder(path) {
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}

async function exists(path) {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function fingerprint(inputs) {
  const hash = createHash('sha256')
  for (const input of [...COMMON_INPUTS, ...inputs]) {
    const path = join(root, input)
    const files = (await stat(path)).isDirectory() ? await filesUnder(path) : [path]
    for (const file of files.sort()) {
      const content = await readFile(file)
      hash.update(`${relative(root, file)}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex')
}

async function readStamps() {
  return readFile(stampFile, 'utf8').then(JSON.parse, () => ({}))
}

/** The given steps that are stale, each with the fingerprint that it will have once built. */
export async function staleSteps(names = Object.keys(STEPS), { force = false } = {}) {
  const stamps = await readStamps()
  const stale = []
  for (const name of names) {
    const { inputs, outputs } = STEPS[name]
    const now = await fingerprint(inputs)
    const there = await Promise.all(outputs.map(output => exists(join(root, output))))
    if (force || stamps[name] !== now || there.includes(false)) stale.push({ name, fingerprint: now })
  }
  return stale
}

async function buildStep({ name, fingerprint }) {
  const startedAtMs = performance.now()
  const files = await STEPS[name].run()
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
  const shipped = files.filter(file => !file.endsWith('.map'))
  const sizes = await Promise.all(shipped.map(async file => (await stat(file)).size))
  const kilobytes = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1000)
  console.log(`built ${name.padEnd(8)} ${seconds} s  ${kilobytes} kB in ${shipped.length} files`)
  const stamps = await readStamps()
  await mkdir(dirname(stampFile), { recursive: true })
  await writeFile(stampFile, JSON.stringify({ ...stamps, [name]: fingerprint }))
}

async function main(args) {
  const names = args.filter(arg => arg !== '--force')
  const unknown = names.find(name => !Object.hasOwn(STEPS, name))
  if (unknown !== undefined) {
    console.error(
      `build: unknown argument ${unknown}; steps are ${Object.keys(STEPS).join(', ')}, and there is --force`,
    )
    return 2
  }
  const stale = await staleSteps(names.length > 0 ? names : undefined, { force: args.includes('--force') })
  for (const step of stale) {
    try {
      await buildStep(step)
    } catch (error) {
      console.error(`build: ${step.name} failed: ${error.message}`)
      return 1
    }
  }
  return 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2))
