/** The package as it is cloned and installed: what no compiler looks at. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Locked {
  optionalDependencies?: Record<string, string>
}

const read = (path: string) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))

test('the lock file knows the builds for every platform: npm ci refuses one that does not', () => {
  const packages = read('package-lock.json').packages as Record<string, Locked>
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
  expect(wanted.filter(name => !packages[`node_modules/${name}`])).toEqual([])
})
