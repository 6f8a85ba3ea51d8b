/** Sessions, attempts, rules and the doctor: what a shell is told of mail that was not delivered. */
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'
import { maildouble, type Ran } from './helpers.js'

let mail: MailHandle
beforeAll(async () => {
  mail = await startMaildouble({ smtpAuth: ['ada:secret'] })
})
afterAll(() => mail.stop())
beforeEach(() => mail.rules.clear())

const run = (...argv: string[]): Promise<Ran> => maildouble(mail.url, argv)

/** Sends as an app that does not look at what becomes of it. */
async function send(to: string, pass = 'secret'): Promise<void> {
  const { hostname, port } = new URL(mail.smtpUrl.replace('smtp:', 'http:'))
  await createTransport({ host: hostname, port: Number(port), name: 'app.test', auth: { user: 'ada', pass } })
    .sendMail({ from: 'app@example.org', to, subject: 'Welcome', text: 'Hello' })
    .catch(() => {})
}

describe('sessions', () => {
  test('are listed, also those that delivered nothing, and told in full by id', async () => {
    await send('ada@example.com', 'hunter2')
    const { code, stdout } = await run('sessions', '--outcome', '535', '--limit', '1')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\w+ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}app\.test {2}AUTH was refused: 535 .*\n$/)
    const [id = ''] = stdout.split(' ')
    const told = await run('sessions', id)
    expect(told.stdout).toMatch(new RegExp(`^Session ${id}, .*: AUTH was refused: 535`))
    expect(told.stdout).toMatch(/^\d+ ms +C: +EHLO app\.test$/m)
    expect(told.stdout).not.toContain('hunter2')
    expect(JSON.parse((await run('sessions', id, '--json')).stdout).transcript[0].from).toBe('server')
  })

  test('none is no', async () => {
    expect(await run('sessions', '--helo', 'nobody')).toEqual({ code: 1, stdout: '', stderr: 'No connection.\n' })
    expect(await run('sessions', 'nothing')).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing') })
    expect(JSON.parse((await run('sessions', '--helo', 'nobody', '--json')).stdout)).toEqual({
      sessions: [],
      next: null,
    })
  })
})

describe('attempts', () => {
  test('are waited for, listed, and told in full by id', async () => {
    await mail.reject({ to: 'grace@example.com' }, '451 4.7.1 Later', { times: 1 })
    const waited = run('attempts', '--to', 'grace@example.com', '--count', '2')
    await send('grace@example.com')
    await send('grace@example.com')
    const { code, stdout } = await waited
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^\w+ .* 451 {2}refused {3}app@example\.org {2}grace@example\.com\n\w+ .* 250 {2}accepted {2}.*\n$/,
    )
    const [id = ''] = stdout.split(' ')
    expect((await run('attempts', id)).stdout).toMatch(
      /^Attempt \w+, .*, of session \w+: refused 451\nfrom app@example\.org to grace@example\.com\n\n[\s\S]*RCPT grace@example\.com {2}451 {2}4\.7\.1 Later \(rule r\d+\)\n/,
    )
    expect(JSON.parse((await run('attempts', '--code', '451', '--json')).stdout).attempts).toMatchObject([
      { id, code: 451 },
    ])
  })

  test('in vain says what was tried instead', async () => {
    await send('hedy@example.com')
    const failed = await run('attempts', '--to', 'hedy@example.com', '--count', '2', '--timeout', '1ms')
    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).toMatch(/^Only 1 of 2 attempts with to: "hedy@example\.com" within 1 ms\./)
    const later = new Date(Date.now() + 3_600_000).toISOString()
    expect((await run('attempts', '--since', later, '--count', '1', '--timeout', '1ms')).code).toBe(1)
    expect(await run('attempts', '--since', later)).toMatchObject({ code: 1, stderr: 'No attempt.\n' })
  })
})

describe('rule', () => {
  test('adds from a preset, JSON and flags, lists with hits, removes and clears', async () => {
    expect(await run('rule')).toEqual({ code: 1, stdout: '', stderr: 'No rule.\n' })
    const added = await run('rule', 'add', 'mailbox-full', '--to', '=full@example.com', '--times', '1', '--for', '10m')
    expect(added).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Rule r\d+ is active: on rcpt, 452 4\.2\.2 Mailbox full\.\n$/),
    })
    const json = '{ "match": { "to": "*@slow.test" }, "delayMs": 1 }'
    const slow = JSON.parse((await run('rule', 'add', json, '--subject', 'x', '--json')).stdout)
    expect(slow).toMatchObject({ match: { to: '*@slow.test', subject: 'x' }, delayMs: 1, on: 'message' })
    await send('full@example.com')
    const [full] = JSON.parse((await run('rule', 'list', '--json')).stdout).rules
    expect(full).toMatchObject({
      preset: 'mailbox-full',
      match: { to: '=full@example.com' },
      hits: 1,
      times: 1,
      forMs: 600_000,
    })
    expect((await run('rule', 'list')).stdout).toMatch(
      /^r\d+ {2}mailbox-full {2}on rcpt .*to:=full@example\.com .*452 4\.2\.2 Mailbox full {2}over {4}1 hit\nr\d+ .*after 1 ms .*active/,
    )
    expect((await run('rule', 'remove', slow.id)).stdout).toBe(`Rule ${slow.id} removed.\n`)
    expect(await run('rule', 'remove', slow.id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`There is no rule ${slow.id}`),
    })
    expect((await run('rule', 'clear')).stdout).toBe('1 rule removed.\n')
  })

  test('clears those of an inbox', async () => {
    await run('rule', 'add', 'greylist', '--inbox', 'billing')
    await run('rule', 'add', 'greylist')
    expect(JSON.parse((await run('rule', 'clear', '--inbox', 'billing', '--json')).stdout)).toEqual({ removed: 1 })
    expect((await run('rule', 'clear')).stdout).toBe('1 rule removed.\n')
  })

  test.each([
    [['add', '--reply', '999'], /reply/],
    [['add', '{ "replyy": "451" }'], /replyy[\s\S]*reply/],
    [['add', '--to', 'x'], /nothing/],
  ])('that cannot be is refused by its field: %j', async (argv, wanted) => {
    const { code, stderr } = await run('rule', ...argv)
    expect(code).toBe(2)
    expect(stderr).toMatch(wanted)
  })
})
