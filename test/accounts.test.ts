import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAccounts } from '../server/accounts.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A file with this content, as an option names it. */
function file(content: string): string {
  const path = join(folder, 'accounts.txt')
  writeFileSync(path, content)
  return `@${path}`
}

test('none are given: anybody may log in', () => expect(readAccounts([], '--smtp-auth')).toBeNull())

test('names, passwords with colons, and files with lines of them', () => {
  expect(readAccounts(['ada:se:cret', file('bob:secret\r\n\ncarl: x \n')], '--smtp-auth')).toEqual([
    { username: 'ada', password: 'se:cret' },
    { username: 'bob', password: 'secret' },
    { username: 'carl', password: ' x ' },
  ])
})

test('a file without an account lets nobody in', () => {
  expect(readAccounts([file('\n')], '--smtp-auth')).toEqual([])
})

test.each([
  ['no colon', 'hunter2'],
  ['an empty name', ':hunter2'],
  ['an empty password', 'hunter2:'],
])('%s is refused by its place, and not repeated', (_what, line) => {
  const read = () => readAccounts([file(`ada:secret\n${line}`)], '--smtp-auth')
  expect(read).toThrow(/^--smtp-auth, line 2 of .*accounts\.txt: an account is not of the form user:pass/)
  expect(read).not.toThrow(/hunter2/)
  expect(() => readAccounts([line], '--smtp-auth')).toThrow(/^--smtp-auth: an account is not of the form user:pass/)
})

test('a file that is not there', () => {
  expect(() => readAccounts(['@/no/such/file'], '--smtp-auth')).toThrow(/^--smtp-auth: \/no\/such\/file cannot be read/)
})
