/** Messages from a shell: what is printed, and the exit code that a script goes by. */
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'
import { maildouble, type Ran } from './helpers.js'

let mail: MailHandle
beforeAll(async () => {
  mail = await startMaildouble()
})
afterAll(() => mail.stop())
beforeEach(async () => {
  await mail.delete()
})

const run = (...argv: string[]): Promise<Ran> => maildouble(mail.url, argv)

async function sendTo(to: string, subject = 'Welcome'): Promise<void> {
  await createTransport(mail.smtpUrl).sendMail({
    from: 'app@example.org',
    to,
    subject,
    text: 'Your code is 739204. Confirm: https://app.example/confirm?token=7 or https://app.example/help',
  })
}

describe('list', () => {
  test('prints a line each, newest first, columns under each other', async () => {
    await sendTo('ada@example.com', 'First')
    await sendTo('grace.hopper@example.com, ada@example.com', 'Second\u001b[31m')
    const { code, stdout } = await run('list')
    const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d'
    expect(stdout).toMatch(
      new RegExp(
        `^\\w+  ${time}  app@example\\.org  grace\\.hopper@example\\.com \\+1  Second\\\\u\\{1b\\}\\[31m\n` +
          `\\w+  ${time}  app@example\\.org  ada@example\\.com {14}First\n$`,
      ),
    )
    expect(code).toBe(0)
  })

  test('is narrowed by filters, and says no where nothing is left', async () => {
    await sendTo('ada@example.com', 'First')
    await sendTo('grace@example.com', 'Second')
    expect((await run('list', '--to', 'grace@example.com')).stdout).toMatch(/^[^\n]*Second\n$/)
    expect((await run('list', '--q', 'first OR second', '--order', 'oldest', '--limit', '1')).stdout).toMatch(
      /First\n$/,
    )
    expect(await run('list', '--to', 'nobody@example.com')).toEqual({ code: 1, stdout: '', stderr: 'No message.\n' })
  })

  test('as JSON is what the API answers, also where nothing is there', async () => {
    await sendTo('ada@example.com')
    const { messages, total } = JSON.parse((await run('list', '--json')).stdout)
    expect(messages).toMatchObject([{ subject: 'Welcome', envelope: { to: ['ada@example.com'] } }])
    expect(total).toBe(1)
    const none = await run('list', '--json', '--subject', 'nothing')
    expect(none.code).toBe(1)
    expect(JSON.parse(none.stdout).messages).toEqual([])
  })
})

describe('wait', () => {
  test('ends as soon as the mail is there, and lists it', async () => {
    const waited = run('wait', '--to', 'ada@example.com', '--subject', 'welcome', '--count', '2')
    await sendTo('grace@example.com')
    await sendTo('ada@example.com', 'Welcome, one')
    await sendTo('ada@example.com', 'Welcome, two')
    const { code, stdout } = await waited
    expect(stdout).toMatch(/^[^\n]*Welcome, one\n[^\n]*Welcome, two\n$/)
    expect(code).toBe(0)
  })

  test('counts what is there already, unless since says otherwise', async () => {
    await sendTo('ada@example.com')
    const { cursor } = JSON.parse((await run('wait', '--json')).stdout)
    expect((await run('wait', '--since', String(cursor), '--timeout', '1ms')).code).toBe(1)
    const noon = new Date(Date.now() + 3_600_000).toISOString()
    expect((await run('wait', '--since', noon, '--timeout', '1ms')).code).toBe(1)
    expect((await run('wait', '--since', '2026-01-01T00:00:00Z', '--timeout', '1ms')).code).toBe(0)
  })

  test('a cursor of another life of the server is refused', async () => {
    for (const command of ['list', 'wait']) {
      const { code, stderr } = await run(command, '--since', '4000000000')
      expect(code).toBe(2)
      expect(stderr).toMatch(/^maildouble: The cursor of --since is ahead of this server.*\nLeave it out/)
    }
  })

  test('in vain says what arrived instead, and which term it failed on', async () => {
    await sendTo('ada@example.com', 'Invoice')
    const { code, stdout, stderr } = await run(
      'wait',
      '--to',
      'ada@example.com',
      '--subject',
      'welcome',
      '--timeout',
      '1ms',
    )
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^No message with to: "ada@example\.com", subject: "welcome" within 1 ms\./)
    expect(stderr).toMatch(/"Invoice" from app@example\.org to ada@example\.com\n {4}not subject/)
    const asJson = await run('wait', '--subject', 'welcome', '--timeout', '1ms', '--json')
    expect(JSON.parse(asJson.stdout)).toMatchObject({ error: 'no_match', message: expect.stringContaining('Invoice') })
    expect(asJson.stderr).toBe('')
  })
})

describe('show', () => {
  test('prints Markdown, the exact bytes, or JSON', async () => {
    await sendTo('ada@example.com')
    expect((await run('show')).stdout).toMatch(/^# Mail \w+\n[\s\S]*Your code is 739204/)
    expect((await run('show', 'latest', '--raw')).stdout).toBe((await (await mail.latest())?.raw())?.toString('latin1'))
    const message = JSON.parse((await run('show', '--to', 'ada@example.com', '--json')).stdout)
    expect(message).toMatchObject({ subject: 'Welcome', otp: '739204' })
    expect((await run('show', message.id, '--json')).stdout).toContain(message.id)
  })

  test('waits where it is told to', async () => {
    const shown = run('show', '--subject', 'welcome', '--timeout', '10s')
    await sendTo('ada@example.com')
    expect((await shown).stdout).toContain('Welcome')
  })

  test('says no to what is not there', async () => {
    expect(await run('show')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^No message matches\.\n/) })
    expect(await run('show', 'nothing')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is no message nothing\.\n/),
    })
    expect((await run('show', '--timeout', '1ms')).stderr).toMatch(/^No message within 1 ms\./)
    await sendTo('ada@example.com')
    const latest = (await mail.latest())?.id as string
    expect(await run('show', latest, '--to', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('to chooses among messages'),
    })
  })
})

describe('otp and link', () => {
  test('print the value and nothing else', async () => {
    await sendTo('ada@example.com')
    expect(await run('otp', '--to', 'ada@example.com', '--timeout', '5s')).toEqual({
      code: 0,
      stdout: '739204\n',
      stderr: '',
    })
    expect(JSON.parse((await run('otp', '--json')).stdout)).toEqual({ otp: '739204' })
    expect((await run('link', '--text', 'confirm')).stdout).toBe('https://app.example/confirm?token=7\n')
    expect((await run('link', (await mail.latest())?.id ?? '', '--text', 'help')).stdout).toBe(
      'https://app.example/help\n',
    )
  })

  test('say no where there is none, or none that stands out', async () => {
    await createTransport(mail.smtpUrl).sendMail({
      from: 'a@example.org',
      to: 'ada@example.com',
      subject: 'Hi',
      text: 'Hello',
    })
    expect(await run('otp')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Hi') })
    await sendTo('ada@example.com')
    expect(await run('link')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('https://app.example/help'),
    })
  })
})

describe('clear', () => {
  test('deletes what matches, or all, and says how many', async () => {
    for (const to of ['ada@example.com', 'ada@example.com', 'grace@example.com']) await sendTo(to)
    expect(await run('clear', '--to', 'ada@example.com')).toEqual({
      code: 0,
      stdout: '2 messages deleted.\n',
      stderr: '',
    })
    expect(JSON.parse((await run('clear', '--json')).stdout)).toEqual({ removed: 1 })
    expect(await mail.messages()).toEqual([])
  })

  test('a mistyped filter deletes nothing', async () => {
    await sendTo('ada@example.com')
    expect((await run('clear', '--two', 'grace@example.com')).code).toBe(2)
    expect(await mail.messages()).toHaveLength(1)
  })
})

describe('report', () => {
  test('is a file of the mail that matches', async () => {
    await sendTo('ada@example.com', 'For Ada')
    await sendTo('grace@example.com', 'For Grace')
    const { code, stdout } = await run('report', '--to', 'ada@example.com', '--title', 'Nightly <run>')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^<!doctype html>[\s\S]*Nightly &#60;run&#62;[\s\S]*For Ada/)
    expect(stdout).not.toContain('For Grace')
    expect((await run('report')).stdout).toContain('For Grace')
  })
})
