/** The documentation's examples, run: what a page shows has to work as it is printed. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../server/index.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const entry = new URL('../server/index.ts', import.meta.url).href

const blocks = (page: string, language: string): string[] =>
  [...readFileSync(root + page, 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, given]) => given === language)
    .map(([, , code]) => code as string)

/** The app of the examples: signs a user up, and sends a mail about it. */
const APP = `
import assert from 'node:assert/strict'
import { createTransport } from 'nodemailer'
async function signUp(to) {
  await createTransport(process.env.SMTP_URL).sendMail({
    from: 'app@example.org',
    to,
    subject: 'Welcome to the app',
    text: 'Hello Ada, your code is 739204.',
    html: '<p>Hello Ada, your code is 739204. <a href="https://app.example/confirm?token=7">Confirm</a></p>',
    attachments: [{ filename: 'terms.pdf', content: 'terms' }],
  })
}
`

describe('JavaScript', () => {
  const [whole = '', inbox = '', connected = '', filters = '', sessions = ''] = blocks('docs/testing.md', 'js')
  const within = (code: string) =>
    `import { startMaildouble } from 'maildouble'\nconst mail = await startMaildouble()\nprocess.env.SMTP_URL = mail.smtpUrl\n${code}\nawait mail.stop()`
  const beside = (code: string) =>
    `import { startMaildouble } from 'maildouble'\nconst server = await startMaildouble()\nprocess.env.SMTP_URL = server.smtpUrl\nprocess.env.MAILDOUBLE_URL = server.url\n${code}\nawait server.stop()`
  const examples = [
    ['README.md', blocks('README.md', 'js').join('\n')],
    ['docs/testing.md', whole],
    ['docs/testing.md, inboxes', within(inbox)],
    ['docs/testing.md, a server that runs', beside(connected)],
    ['docs/testing.md, filters', within(filters)],
    ['docs/testing.md, sessions', within(sessions)],
  ] as const
  test.each(examples)('%s', async (_page, code) => {
    expect(code).toContain('startMaildouble')
    const script = APP + code.replaceAll("from 'maildouble'", `from ${JSON.stringify(entry)}`)
    await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: root })
  })
})

describe('queries', () => {
  let mail: MailHandle
  beforeAll(async () => {
    mail = await startMaildouble()
  })
  afterAll(() => mail.stop())

  const queries = blocks('docs/search.md', 'text').flatMap(block =>
    block.split('\n').filter(line => line !== '' && !line.startsWith('#')),
  )
  test('there are some', () => expect(queries.length).toBeGreaterThan(5))
  test.each(queries)('%s', async q => {
    expect(await mail.messages(q)).toEqual([])
  })

  test('the error is the one that is shown', async () => {
    const [shown = ''] = blocks('docs/search.md', 'json')
    const { fix, ...told } = JSON.parse(shown)
    const answer = await fetch(`${mail.url}/api/messages?q=${encodeURIComponent('welcome form:ada')}`)
    expect(answer.status).toBe(400)
    const body = await answer.json()
    expect(body).toMatchObject(told)
    expect(body.fix).toMatch(new RegExp(`^${fix.split(' ... ')[0]}`))
  })
})

describe('curl', () => {
  let mail: MailHandle
  beforeAll(async () => {
    mail = await startMaildouble()
    await createTransport(mail.smtpUrl).sendMail({
      from: 'app@example.org',
      to: 'ada@example.com',
      subject: 'Welcome',
      text: 'Your code is 739204. Confirm: https://app.example/confirm',
    })
  })
  afterAll(() => mail.stop())

  const commands = ['README.md', 'docs/http-api.md'].flatMap(page =>
    blocks(page, 'sh').flatMap(block => block.split('\n').filter(line => /\bcurl\b/.test(line))),
  )
  test('there are some', () => expect(commands.length).toBeGreaterThan(8))
  test.each(commands)('%s', async command => {
    const here = command.replaceAll('http://127.0.0.1:8025', mail.url).replaceAll('curl ', 'curl -sS --fail-with-body ')
    const { stdout } = await run('bash', ['-c', here])
    expect(stdout).not.toBe('')
  })
})
