/** The package as it is cloned and installed: what no compiler looks at. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Locked {
  optionalDependencies?: Record<string, string>
}

const read = (path: string) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))

test('who installs it gets what the build leaves out, and nothing else', () => {
  const build = readFileSync(new URL('../scripts/build.mjs', import.meta.url), 'utf8')
  const external = [...(/^const EXTERNAL = \[(.*)\]$/m.exec(build)?.[1] ?? '').matchAll(/'([^']+)'/g)].map(
    ([, name]) => name,
  )
  expect(Object.keys(read('package.json').dependencies).sort()).toEqual(external.sort())
})

test('the lock file knows the builds for every platform: npm ci refuses one that does not', () => {
  const packages = read('package-lock.json').packages as Record<string, Locked>
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
  expect(wanted.filter(name => !packages[`node_modules/${name}`])).toEqual([])
})
