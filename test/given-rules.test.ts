import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addGivenRules } from '../server/given-rules.js'
import { OptionError, startMaildouble } from '../server/index.js'
import { RuleError, type RuleInput } from '../server/smtp/rule.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The path of a file with this content. */
function file(content: string): string {
  const path = join(folder, 'rules.json')
  writeFileSync(path, content)
  return path
}

/** What an option adds. */
function added(given: string | readonly unknown[]): unknown[] {
  const inputs: unknown[] = []
  const add = (input: unknown) => {
    if (input === 'bad') throw new RuleError('on', '"never" is no stage', 'Use rcpt.')
    inputs.push(input)
    return undefined as never
  }
  addGivenRules({ add }, given, '--rules')
  return inputs
}

const GREYLIST: RuleInput = { preset: 'greylist' }
const FULL: RuleInput = { match: { to: '*@full.test' }, reply: 452 }

test.each<[what: string, given: () => string | unknown[], inputs: unknown[]]>([
  ['nothing', () => [], []],
  ['a list', () => [GREYLIST, FULL], [GREYLIST, FULL]],
  ['an array as JSON', () => JSON.stringify([GREYLIST, FULL]), [GREYLIST, FULL]],
  ['an object as JSON', () => ` ${JSON.stringify(FULL)}`, [FULL]],
  ['a file with an array', () => file(JSON.stringify([FULL, GREYLIST], null, 2)), [FULL, GREYLIST]],
  ['a file with an object', () => file(JSON.stringify(GREYLIST)), [GREYLIST]],
])('%s', (_what, given, inputs) => {
  expect(added(given())).toEqual(inputs)
})

test.each<[what: string, given: () => string | unknown[], problem: RegExp, fix: RegExp]>([
  ['broken JSON', () => '[{]', /^--rules is not JSON: /, /array of rules/],
  ['a file that is not there', () => join(folder, 'none.json'), /^--rules: .*none\.json cannot be read: /, /./],
  ['a file that is not JSON', () => file('preset: greylist'), /^--rules: .*rules\.json is not JSON: /, /./],
  ['a file without rules', () => file('7'), /^--rules: .*rules\.json holds no rules$/, /./],
  ['the second of a list', () => [GREYLIST, 'bad'], /^--rules: rule 2: on: "never" is no stage$/, /^Use rcpt\.$/],
  ['the first of a file', () => file('["bad"]'), /^--rules: .*rules\.json: rule 1: on: /, /^Use rcpt\.$/],
])('%s is refused', (_what, given, problem, fix) => {
  let fault: unknown
  try {
    added(given())
  } catch (error) {
    fault = error
  }
  expect(fault).toBeInstanceOf(OptionError)
  expect(fault).toMatchObject({ problem: expect.stringMatching(problem), fix: expect.stringMatching(fix) })
})

describe('a server', () => {
  test('begins with them', async () => {
    await using mail = await startMaildouble({ rules: [GREYLIST, FULL] })
    const { rules } = await (await fetch(`${mail.url}/api/rules`)).json()
    expect(rules).toMatchObject([GREYLIST, FULL])
  })

  test('does not start with one that cannot be', async () => {
    const start = startMaildouble({ rules: [{ certificate: 'expired' }] })
    await expect(start).rejects.toThrow(/^--rules: rule 1: certificate: there is no TLS.*\nStart it with --tls\.$/)
  })
})
