/** The documentation's examples, run: what a page shows has to work as it is printed. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../server/index.js'
import { ENTRY } from './built.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))

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
  const [whole = '', inbox = '', connected = '', filters = '', sessions = '', rules = '', checks = ''] = blocks(
    'docs/testing.md',
    'js',
  )
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
    ['docs/testing.md, rules', within(rules)],
    ['docs/testing.md, checks', within(checks)],
  ] as const
  test.each(examples)('%s', async (_page, code) => {
    expect(code).toContain('startMaildouble')
    const script = APP + code.replaceAll("from 'maildouble'", `from ${JSON.stringify(ENTRY)}`)
    await run(process.execPath, ['--input-type=module', '-e', script], { cwd: root })
  })
})

describe('examples are the files that are run', () => {
  const page = readFileSync(`${root}docs/runners.md`, 'utf8')
  const shown = [...page.matchAll(/^\[`(test\/examples\/[^`]+)`\]\(\.\.\/\1\)\n\n```\w+\n([\s\S]*?)^```$/gm)]
  test('there are some', () => expect(shown.length).toBeGreaterThan(6))
  test.each(shown.map(([, file, code]) => [file as string, code as string]))('%s', (file, code) => {
    expect(code).toBe(readFileSync(root + file, 'utf8'))
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
  let folder: string
  beforeAll(async () => {
    mail = await startMaildouble()
    folder = await mkdtemp(join(tmpdir(), 'maildouble-'))
  })
  afterAll(async () => {
    await mail.stop()
    await rm(folder, { recursive: true })
  })
  // Some of them delete it.
  beforeEach(async () => {
    if ((await mail.messages()).length > 0) return
    await createTransport(mail.smtpUrl).sendMail({
      from: 'app@example.org',
      to: 'ada@example.com',
      subject: 'Welcome',
      text: 'Your code is 739204. Confirm: https://app.example/confirm',
    })
  })

  const commands = ['README.md', 'docs/http-api.md'].flatMap(page =>
    blocks(page, 'sh').flatMap(block => block.split('\n').filter(line => /\bcurl\b/.test(line))),
  )
  test('there are some', () => expect(commands.length).toBeGreaterThan(8))
  test.each(commands)('%s', async command => {
    const here = command
      .replaceAll('http://127.0.0.1:8025', mail.url)
      .replaceAll('curl ', 'curl -sS --fail-with-body ')
      .replace(/ > (\S+)$/, ' | tee $1')
    const { stdout } = await run('bash', ['-o', 'pipefail', '-c', here], { cwd: folder })
    expect(stdout).not.toBe('')
  })
})

describe('Python', () => {
  test('docs/http-api.md, with pytest or what does the same', async () => {
    const mail = await startMaildouble()
    onTestFinished(() => mail.stop())
    const [example = ''] = blocks('docs/http-api.md', 'python')
    expect(example).toContain('def test_sign_up(inbox)')
    const env = { ...process.env, MAILDOUBLE_URL: mail.url, SMTP_PORT: String(mail.ports.smtp) }
    await run('python3', ['-c', PYTEST_STAND_IN + PYTHON_APP + example + PYTHON_RUN], { env })
    expect(await mail.messages()).toHaveLength(1)
  })
})

describe('mail programs', () => {
  test('docs/mailboxes.md, with poplib', async () => {
    const mail = await startMaildouble({ pop3: true })
    onTestFinished(() => mail.stop())
    await mail.add({ to: 'ada@example.com', subject: 'Welcome to the app', text: 'Hello' })
    const [example = ''] = blocks('docs/mailboxes.md', 'python')
    expect(example).toContain('poplib')
    await run('python3', ['-c', example], { env: { ...process.env, POP3_PORT: String(mail.ports.pop3) } })
    expect(await mail.messages()).toHaveLength(0)
  })
})

/** As much of pytest as the example uses: it is not everywhere, and the example is about mail. */
const PYTEST_STAND_IN = `
import sys, types
sys.modules['pytest'] = types.SimpleNamespace(fixture=lambda fixture: fixture)
`
const PYTHON_APP = `
import os, smtplib
from email.message import EmailMessage
def sign_up(to):
    message = EmailMessage()
    message['From'], message['To'], message['Subject'] = 'app@example.org', to, 'Welcome to the app'
    message.set_content('Hello Ada, your code is 739204.')
    message.add_alternative('<a href="https://app.example/confirm?token=7">Confirm</a>', subtype='html')
    with smtplib.SMTP('127.0.0.1', int(os.environ['SMTP_PORT'])) as smtp:
        smtp.send_message(message)
`
const PYTHON_RUN = `
test_sign_up(inbox(types.SimpleNamespace(node=types.SimpleNamespace(name='test_sign_up'))))
`

describe('rules', () => {
  /** A section with a recipe: what it is called, and its rule as a request and as a call. */
  const recipes = readFileSync(`${root}docs/rules.md`, 'utf8')
    .split(/^#+ /m)
    .filter(section => /^curl /m.test(section))
    .map(section => ({
      title: section.slice(0, section.indexOf('\n')),
      command: /^curl .*$/m.exec(section)?.[0] ?? '',
      call: /^```js\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? '',
      /** What nodemailer fails with: its code, and the reply's. */
      failure: /nodemailer: `(E\w+)`(?:, (\d{3}))?/.exec(section)?.slice(1),
    }))

  const AsyncFunction = (async () => {}).constructor as new (
    name: string,
    code: string,
  ) => (mail: MailHandle) => unknown

  test('there are some', () => expect(recipes.length).toBeGreaterThan(9))

  test.each(recipes)('$title', async ({ command, call, failure }) => {
    await using mail = await startMaildouble({ tls: true })
    const rules = async () => (await (await fetch(`${mail.url}/api/rules`)).json()).rules
    const here = command.replace('http://127.0.0.1:8025', mail.url).replace('curl ', 'curl -sS --fail-with-body ')
    await run('bash', ['-c', here])
    const byRequest = await rules()
    await fetch(`${mail.url}/api/rules`, { method: 'DELETE' })

    await new AsyncFunction('mail', call)(mail)
    const byCall = await rules()
    const rest = ([rule]: object[]) => ({ ...rule, id: '', expiresAt: null })
    expect(rest(byCall)).toEqual(rest(byRequest))

    const to = (byCall[0]?.match.to ?? 'ada@example.com').replace('*', 'ada').replace('=', '')
    if (failure) expect(await failureOf(mail, to)).toEqual([failure[0], failure[1] && Number(failure[1])])
    await mail.rules.clear()
  })

  test('the error is the one that is shown', async () => {
    await using mail = await startMaildouble()
    const answer = await fetch(`${mail.url}/api/rules`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ on: 'rcpt', match: { subject: 'Welcome' }, reply: '451' }),
    })
    expect(await answer.json()).toEqual(JSON.parse(blocks('docs/rules.md', 'json')[0] ?? ''))
  })

  /** How sending fails, the first time that it does. */
  async function failureOf(mail: MailHandle, to: string): Promise<unknown[]> {
    const ca = await (await fetch(`${mail.url}/api/ca.pem`)).text()
    const transport = createTransport({ host: 'localhost', port: mail.ports.smtp, tls: { ca } })
    for (let n = 0; n < 6; n++) {
      try {
        await transport.sendMail({ from: 'app@example.org', to, subject: 'Welcome', text: 'Hello' })
      } catch (error) {
        const { code, responseCode } = error as { code: string; responseCode?: number }
        return [code, responseCode]
      }
    }
    return []
  }
})

/** `test/a/b.ts`, and `c.ts` beside it where it is named after it in the same cell of a table. */
test('every test that a page names is there', () => {
  const missing: string[] = []
  let named = 0
  for (const page of readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'))) {
    for (const cell of readFileSync(join(root, 'docs', page), 'utf8').split(/\||\n/)) {
      let folder = ''
      for (const [, path = ''] of cell.matchAll(/`((?:test\/)?[\w/.-]+\.ts)(?: \d+)?`/g)) {
        if (!path.includes('/') && folder === '') continue
        const whole = path.startsWith('test/') ? path : join(folder, path)
        folder = dirname(whole)
        if (!whole.startsWith('test/')) continue
        named += 1
        if (!existsSync(join(root, whole))) missing.push(`${page}: ${whole}`)
      }
    }
  }
  expect(missing).toEqual([])
  expect(named).toBeGreaterThan(30)
})

describe('mail from before', () => {
  // They ask the tool that still runs; here maildouble, which answers as it does.
  const commands = blocks('docs/coming-from.md', 'sh').flatMap(block =>
    block.split('\n').filter(line => line.startsWith('node -e')),
  )
  // An adapter can be taken out: then nobody here answers as its tool.
  const isHere = (tool: string) =>
    ['/index.ts', '.ts'].some(end => existsSync(`${root}server/http/compat/${tool}${end}`))
  test.each(commands.map(command => [/api\/v2/.test(command) ? 'mailhog' : 'mailcatcher', command] as const))(
    'of %s comes over as it was',
    async (tool, command) => {
      if (!isHere(tool)) return
      const folder = await mkdtemp(join(tmpdir(), 'maildouble-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      await using before = await startMaildouble()
      const mails = ['first', 'second'].map(
        subject => `From: a@example.org\r\nSubject: ${subject}\r\n\r\n${subject}\r\n`,
      )
      for (const raw of mails) await before.add(raw)
      const here = command.replace(/http:\/\/127\.0\.0\.1:\d+/g, before.url)
      await run('bash', ['-c', `mkdir old-mail && ${here}`], { cwd: folder })
      const files = readdirSync(join(folder, 'old-mail')).sort()
      expect(files.map(file => readFileSync(join(folder, 'old-mail', file), 'utf8'))).toEqual(mails)
    },
  )
})
