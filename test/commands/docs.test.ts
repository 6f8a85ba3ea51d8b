/** docs/commands.md as it is printed: every command is on it, and every line of it runs. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { COMMANDS } from '../../server/commands/table.js'
import { type MailHandle, startMaildouble } from '../../server/index.js'
import { CLI } from '../built.js'
import { maildouble } from './helpers.js'

const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8')
const lines = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.trim().split('\n'))
const isPlain = (line: string) => /^maildouble (?!exec|report)[^$|]*$/.test(line) && !line.includes('> mail')

let mail: MailHandle
beforeAll(async () => {
  mail = await startMaildouble()
})
beforeEach(async () => {
  await maildouble(mail.url, ['rule', 'clear'])
  await mail.delete()
  await mail.reject({ to: 'nobody@example.com' }, '550')
  await createTransport(mail.smtpUrl).sendMail({
    from: 'app@example.org',
    to: 'ada@example.com',
    subject: 'Welcome',
    text: 'Your code is 739204. Confirm: https://app.example/confirm',
  })
})
afterAll(() => mail.stop())

test('it names every command, as help does', () => {
  const rows = [...page.matchAll(/^\| \[`([\w-]+)`\]\(#[\w-]+\) \| (.*) \|$/gm)].map(([, name, summary]) => [
    name,
    summary,
  ])
  expect(rows).toEqual(COMMANDS.map(({ name, summary }) => [name, summary]))
})

/** A line as a shell parts it, as far as these lines need one. */
const wordsOf = (line: string) =>
  [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", '')).slice(1)

test.each(lines.filter(isPlain))('%s', async line => {
  const { code, stderr } = await maildouble(mail.url, wordsOf(line))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('what only a shell can run', { timeout: 30_000 }, async () => {
  const others = lines.filter(line => !isPlain(line))
  expect(others).toContain('maildouble exec -- pytest')
  expect(others.length).toBeLessThan(12)
  const folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
  const script = [
    'set -euo pipefail',
    `maildouble() { '${process.execPath}' '${CLI}' "$@"; }`,
    // What stands for the user's programs.
    `sign_up() { printf "To: $1\\n\\nYour code is 739204.\\n" | maildouble sendmail -t; }`,
    'mkdir -p bin; for program in pytest php npm; do printf "#!/bin/sh\\ntest -n \\"\\$SMTP_URL\\"\\n" > bin/$program; done',
    'chmod +x bin/*; export PATH="$PWD/bin:$PATH"',
    ...others,
    'echo "the code: $code"; test -s mail.html; test -s mail.eml',
  ]
  try {
    const env = { PATH: process.env.PATH, MAILDOUBLE_URL: mail.url }
    const { stdout } = await promisify(execFile)('bash', ['-c', script.join('\n')], { cwd: folder, env })
    expect(stdout).toBe('the code: 739204\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
