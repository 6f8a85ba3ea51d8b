import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OptionsInput, startMaildouble } from '../server/index.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (name: string) => join(folder, name)

/** Writes a file, and gives its path. */
function file(name: string, content: string): string {
  writeFileSync(at(name), content, 'latin1')
  return at(name)
}

/** The messages that a server begins with, as text. */
async function begun(options: OptionsInput): Promise<string[]> {
  await using mail = await startMaildouble(options)
  const { messages } = (await (await fetch(`${mail.url}/api/messages?order=oldest`)).json()) as {
    messages: { id: string }[]
  }
  const raws = messages.map(async ({ id }) =>
    Buffer.from(await (await fetch(`${mail.url}/api/messages/${id}/raw`)).arrayBuffer()).toString('latin1'),
  )
  return await Promise.all(raws)
}

const MAIL = 'Subject: x\n\ny\xff\0'

describe('--import', () => {
  test.each<[what: string, path: () => string, messages: string[]]>([
    ['an .eml file', () => file('a.eml', MAIL), [MAIL]],
    ['an .eml file that looks like none', () => file('a.EML', 'From a\nno header'), ['From a\nno header']],
    ['a mail under another name', () => file('a.txt', MAIL), [MAIL]],
    ['an mbox', () => file('a.mbox', `From a\n${MAIL}\n\nFrom b\n2\n\n`), [`${MAIL}\n`, '2\n']],
    ['an mbox of nothing', () => file('a.mbox', ''), []],
  ])('takes %s', async (_what, path, messages) => {
    expect(await begun({ import: path() })).toEqual(messages)
  })

  test('takes the .eml files of a folder, in the order of their names', async () => {
    for (const name of ['10.eml', '9.eml', 'b.EML', 'notes.txt']) file(name, `Subject: ${name}\n\n`)
    mkdirSync(at('inner'))
    expect(await begun({ import: folder })).toEqual(['9.eml', '10.eml', 'b.EML'].map(name => `Subject: ${name}\n\n`))
  })

  test.each<[what: string, path: () => string, options: OptionsInput, problem: RegExp]>([
    ['a path that is not there', () => at('none.mbox'), {}, /^--import: .*none\.mbox cannot be read: ENOENT/],
    ['what is no mail', () => file('x.png', '\x89PNG\r\n'), {}, /^--import: .*x\.png is no mail, and no mbox\nGive a/],
    ['a folder of nothing', () => folder, {}, /is a folder without \.eml files/],
    ['a message that is too large', () => file('a.eml', MAIL), { maxMessageBytes: 5 }, /a\.eml .*message 1 .*limit/],
    [
      'more than there is room for',
      () => file('a.mbox', 'From a\n1\n\nFrom b\n2\n\n'),
      { maxMessages: 1, whenFull: 'refuse' },
      /a\.mbox cannot be taken whole, from message 2 on: The store is full/,
    ],
  ])('refuses %s, naming it, and does not start', async (_what, path, options, problem) => {
    await expect(startMaildouble({ ...options, import: path() })).rejects.toThrow(problem)
  })
})

describe('--export-on-exit', () => {
  test('leaves what --import gives back, byte for byte', async () => {
    const raws = ['', '\n', '\r', 'x', 'From a\r\n>From b\n\r\n', '\0\xff\n\n', MAIL]
    const path = at('mail.mbox')
    {
      await using mail = await startMaildouble({ exportOnExit: path })
      for (const raw of raws) await mail.add(Buffer.from(raw, 'latin1'), { from: 'a@x', to: ['b@x'] })
      expect(readdirSync(folder)).toEqual([])
    }
    expect(readdirSync(folder)).toEqual(['mail.mbox'])
    expect(await begun({ import: path })).toEqual(raws)
  })

  test('takes the place of what was there', async () => {
    const path = file('mail.mbox', 'From old\nold\n\n')
    await (await startMaildouble({ exportOnExit: path })).stop()
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  test.each<[what: string, path: () => string]>([
    ['in a folder that is not there', () => at('none/mail.mbox')],
    ['that is a folder', () => folder],
  ])('a path %s is refused before there is mail to lose', async (_what, path) => {
    const start = startMaildouble({ exportOnExit: path() })
    await expect(start).rejects.toThrow(/^--export-on-exit: .* cannot be written: .*\nGive the path of a file/)
  })
})
