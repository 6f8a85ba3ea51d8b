/** The handle, as a test author uses it: through the public entry, with mail from a real client. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'
import { ENTRY } from '../built.js'
import { failureOf } from './failure.js'
import { KINDS } from './kinds.js'

describe.each(KINDS)('a handle %s', (_kind, open) => {
  let mail: MailHandle
  let close: () => Promise<void>
  let transport: ReturnType<typeof createTransport>
  beforeAll(async () => {
    ;({ mail, close } = await open())
    transport = createTransport({ url: mail.smtpUrl, pool: true, maxConnections: 1 } as never)
  })
  beforeEach(() => mail.clear())
  afterAll(async () => {
    transport.close()
    await close()
  })

  const send = (options: SendMailOptions) =>
    transport.sendMail({ from: 'app@example.org', to: 'ada@example.com', text: 'Hello', ...options })

  const subjects = (messages: { subject: string }[]) => messages.map(message => message.subject)

  describe('next', () => {
    test('is the oldest match that was not handed out yet, present or future', async () => {
      await send({ subject: 'one' })
      await send({ subject: 'two' })
      const third = (async () => {
        const messages = [await mail.next(), await mail.next(), await mail.next()]
        return subjects(messages)
      })()
      await send({ subject: 'three' })
      expect(await third).toEqual(['one', 'two', 'three'])
    })

    test('is there at once where it has come, however short the wait', async () => {
      await send({ subject: 'one' })
      expect((await mail.next({}, { timeoutMs: 0 })).subject).toBe('one')
      expect(await failureOf(mail.next({}, { timeoutMs: 0 }))).toContain('next() has handed it out before')
    })

    test('never hands one mail to two who wait', async () => {
      const both = Promise.all([mail.next({ subject: 'code' }), mail.next({ subject: 'code' })])
      await send({ subject: 'code 1' })
      await send({ subject: 'code 2' })
      expect(subjects(await both).sort()).toEqual(['code 1', 'code 2'])
    })

    test('passes over what does not match, and leaves it for the next who asks', async () => {
      await send({ subject: 'news', to: 'bob@example.com' })
      await send({ subject: 'welcome', to: 'ada@example.com' })
      expect((await mail.next({ to: 'ada@example.com', subject: /^WELCOME$/i })).subject).toBe('welcome')
      expect((await mail.next()).subject).toBe('news')
    })

    test('a regular expression with memory is asked anew each time', async () => {
      await send({ subject: 'aaa' })
      await send({ subject: 'aaa' })
      const pattern = /a/g
      await mail.next({ subject: pattern })
      await mail.next({ subject: pattern })
      expect(await mail.messages({ subject: pattern })).toHaveLength(2)
    })
  })

  describe('filters', () => {
    test('fields, expressions, predicates and words', async () => {
      await send({
        subject: 'Your invoice',
        to: 'Ada Lovelace <ada@example.com>',
        cc: 'cc@example.com',
        text: 'Total: 12 €',
        headers: { 'X-Id': '7' },
        attachments: [{ filename: 'invoice-7.pdf', content: 'x' }],
      })
      const found: Parameters<MailHandle['messages']>[0][] = [
        {},
        'invoice',
        { to: /lovelace/i },
        { cc: /^cc@/ },
        { from: /app@/ },
        { text: /total: \d+/i },
        { filename: /\d\.pdf$/ },
        { header: { 'x-id': '7' } },
        { header: { 'X-Id': /^\d$/ } },
        { has: 'attachment', 'rcpt-to': /^ada@/, 'mail-from': 'app@example.org' },
        { 'message-id': /@/ },
        message => message.subject.endsWith('invoice'),
      ]
      for (const filter of found) expect(await mail.messages(filter), String(filter)).toHaveLength(1)
      const missed: Parameters<MailHandle['messages']>[0][] = [
        'receipt',
        { to: /grace/ },
        { header: { 'X-Id': /8/ } },
        { subject: 'invoice', text: 'free' },
        () => false,
      ]
      expect(await failureOf(mail.messages((async () => false) as never))).toMatch(/the predicate is asynchronous/)
      for (const filter of missed) expect(await mail.messages(filter), String(filter)).toHaveLength(0)
    })

    test('one that cannot be read is refused by name', async () => {
      expect(await failureOf(mail.messages({ sender: 'x' } as never))).toMatch(
        /^there is no filter "sender"\. Use q, inbox, to, /,
      )
      expect(await failureOf(mail.messages('subject:"x'))).toBe(
        'this quote is not closed, at character 9. Close it with another ".',
      )
      expect(await failureOf(mail.reject({ to: 'a@example.com' }, '251x'))).toMatch(/^reply: "251x" does not .*\. \S/)
      expect(await failureOf(mail.messages({ user: /x/ as never }))).toMatch(/user takes no regular expression/)
    })

    // A value that is passed over, or never matches, makes a test pass or fail for a reason that nobody sees.
    test.each([
      [{ to: undefined }, 'to: undefined is not a string or a RegExp, and not empty'],
      [{ subject: '' }, 'subject: "" is not a string or a RegExp, and not empty'],
      [{ to: ['ada@example.com'] }, 'to: ["ada@example.com"] is not a string or a RegExp, and not empty'],
      [{ has: 'attachments' }, 'has: "attachments" is not one of attachment, inline, html, warning, link, otp'],
      [{ is: 'new' }, 'is: "new" is not one of unread, read'],
      [{ larger: '10k' }, 'larger: "10k" is not a number of bytes'],
      [{ header: 'X-Id' }, 'header: "X-Id" is not an object of header names, each with a string, a RegExp or true'],
      [{ header: { 'X-Id': 7 } }, /^header: \{"X-Id":7\} is not an object/],
      [/welcome/, '/welcome/ is no filter'],
      [['to'], '["to"] is no filter'],
      [null, 'null is no filter'],
    ])('%j is refused', async (filter, message) => {
      expect(await failureOf(mail.messages(filter as never))).toEqual(
        typeof message === 'string' ? expect.stringContaining(`${message}. `) : expect.stringMatching(message),
      )
    })
  })

  test('waitFor does not take, waitForAll waits for all', async () => {
    const all = mail.waitForAll({ subject: 'part' }, 2)
    await send({ subject: 'part 1' })
    expect((await mail.waitFor({ subject: 'part' })).subject).toBe('part 1')
    await send({ subject: 'part 2' })
    expect(subjects(await all)).toEqual(['part 1', 'part 2'])
    expect((await mail.next()).subject).toBe('part 1')
    expect((await mail.latest())?.subject).toBe('part 2')
    expect(await mail.latest({ subject: 'part 3' })).toBeUndefined()
  })

  test('delete removes what this handle sees, and nothing else', async () => {
    await send({ subject: 'before' })
    mail.clear()
    await send({ subject: 'after 1' })
    await send({ subject: 'after 2' })
    expect(await mail.delete({ subject: 'after 1' })).toBe(1)
    expect(await mail.delete()).toBe(1)
    const everything = (await (await fetch(`${mail.url}/api/messages?subject=before`)).json()) as { total: number }
    expect(everything.total).toBeGreaterThan(0)
  })

  describe('a wait that fails says why', () => {
    test('what arrived, and the term on which it failed', async () => {
      await send({ subject: 'Goodbye', to: 'ada@example.com' })
      await send({ subject: 'Welcome', to: 'bob@example.com' })
      const failure = await failureOf(mail.next({ to: 'ada@example.com', subject: /welcome/i }, { timeoutMs: 20 }))
      expect(failure).toBe(
        [
          'No message with to: "ada@example.com", subject: /welcome/i within 20 ms.',
          '',
          '2 messages arrived:',
          '  "Welcome" from app@example.org to bob@example.com',
          '    not to: ada@example.com',
          '  "Goodbye" from app@example.org to ada@example.com',
          '    not subject: /welcome/i',
        ].join('\n'),
      )
    })

    test('that one was handed out before', async () => {
      await send({ subject: 'once' })
      await mail.next()
      expect(await failureOf(mail.next({}, { timeoutMs: 20 }))).toContain('next() has handed it out before')
    })

    test('how many came of those that were asked for', async () => {
      await send({ subject: 'once' })
      await mail.next()
      const failure = await failureOf(mail.waitForAll({ subject: 'once' }, 2, { timeoutMs: 20 }))
      expect(failure).toContain('Only 1 of 2 messages')
      expect(failure).toContain('Matched:\n  "once" from app@example.org to ada@example.com')
      expect(failure).not.toContain('handed it out')
      expect(await failureOf(mail.waitForAll({}, 0))).toMatch(/^count: 0 is not a whole number of 1 or more/)
    })

    test('that nothing connected at all, or what the connections said', async () => {
      await using opened = await open()
      const fresh = opened.mail
      expect(await failureOf(fresh.next({}, { timeoutMs: 20 }))).toBe(
        `No message within 20 ms.\n\nNo message arrived.\n\nNo connection at all: is the app using ${fresh.smtpUrl}?`,
      )
      const wrong = createTransport({ host: '127.0.0.1', port: fresh.ports.smtp, secure: true })
      await failureOf(wrong.verify())
      const failure = await failureOf(fresh.next({}, { timeoutMs: 20 }))
      expect(failure).toContain('1 session delivered nothing: the app speaks TLS from the first byte')
    })

    test('clear and stop fail what waits, by name; a signal gives its own reason', async () => {
      const waits = [failureOf(mail.next()), failureOf(mail.waitFor({ subject: 'x' }))]
      mail.clear()
      expect(await Promise.all(waits)).toEqual([
        'next() was waiting when clear() was called',
        'waitFor() was waiting for subject: "x" when clear() was called',
      ])
      const gone = new AbortController()
      const wait = failureOf(mail.next({}, { signal: gone.signal }))
      gone.abort(new Error('the test is over'))
      expect(await wait).toBe('the test is over')
      expect(await failureOf(mail.next({}, { timeoutMs: 600_001 }))).toMatch(
        /timeoutMs: 600001 is not a number between/,
      )
      expect(await failureOf(mail.next({}, { timeoutMs: '5s' as never }))).toMatch(/timeoutMs: "5s" is not a number/)
      expect(await failureOf(mail.expectNone({}, undefined as never))).toMatch(/^expectNone\(\) has to know until when/)
      const mistyped = { timeout: 50 } as never
      const refusal = 'takes no timeout: did you mean timeoutMs?'
      expect(await failureOf(mail.next({}, mistyped))).toBe(`next() ${refusal}`)
      expect(await failureOf(mail.waitForAll({}, 1, mistyped))).toBe(`waitForAll() ${refusal}`)
      expect(await failureOf(mail.waitForAttempts({}, 1, mistyped))).toBe(`waitForAttempts() ${refusal}`)
      expect(await failureOf(mail.expectNone({}, { forMs: 1, withinMs: 1 } as never))).toBe(
        'expectNone() takes no forMs: it takes before, withinMs, timeoutMs, signal.',
      )

      await using opened = await open()
      const other = opened.mail
      const pending = failureOf(other.next())
      const order: string[] = []
      await Promise.all([other.stop().then(() => order.push('first')), other.stop().then(() => order.push('second'))])
      expect(order).toEqual(['first', 'second'])
      expect(await pending).toBe('next() was waiting when stop() was called')
      expect(await failureOf(other.waitFor())).toBe('This handle is stopped: stop() was called on it.')
      await other.stop()
    })
  })

  describe('what a message is asked', () => {
    test('links, codes, headers and attachments, with what there is when it is not there', async () => {
      await send({
        subject: 'Sign in',
        text: 'No code here.',
        html: '<a href="https://app.test/in?t=1">Sign in</a> <a href="https://app.test/help">Help</a>',
        attachments: [{ filename: 'terms.pdf', content: Buffer.alloc(3) }],
        headers: { 'X-Two': ['a', 'b'] },
      })
      const message = await mail.next()
      expect(message.link('sign in').path).toBe('/in?t=1')
      expect(message.link(/\/help$/).url.host).toBe('app.test')
      expect(() => message.link('Confirm')).toThrow(
        /No link with "Confirm" in "Sign in"\. Its links:\n {2}"Sign in" https:/,
      )
      expect(() => message.otp()).toThrow('There is no one-time code in "Sign in".')
      expect(await message.attachment('terms.pdf').bytes()).toHaveLength(3)
      expect(() => message.attachment('other.pdf')).toThrow(
        '"Sign in" has no attachment "other.pdf". It has: terms.pdf.',
      )
      expect(message.header('subject')).toBe('Sign in')
      expect(message.headerValues('x-two')).toEqual(['a', 'b'])
      expect((await message.raw()).toString()).toContain('Subject: Sign in\r\n')
    })

    test('checks, so that a build can fail on what a template left in', async () => {
      await send({ subject: 'good', messageId: '<1@example.org>' })
      await send({ subject: 'Hello {{name}}' })
      const [good, bad] = [await mail.next(), await mail.next()]
      const errorsOf = async (message: typeof good) =>
        (await message.checks()).filter(({ level }) => level === 'error').map(({ id, title }) => [id, title])
      expect(await errorsOf(good)).toEqual([])
      expect(await errorsOf(bad)).toEqual([['placeholder', '“{{name}}” was left in Subject']])
      await mail.delete()
      expect(await failureOf(bad.checks())).toContain(`There is no message ${bad.id}`)
    })
  })
})

describe('nothing is left', () => {
  let mail: MailHandle
  beforeAll(async () => {
    mail = await startMaildouble()
  })
  afterAll(() => mail.stop())

  const left: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of left.splice(0)) await close()
  })

  test('after stop both ports are free, also with a keep-alive connection and a live client open', async () => {
    const one = await startMaildouble()
    await fetch(`${one.url}/api/info`)
    const live = await fetch(`${one.url}/api/changes`)
    const { ports } = one
    await one.stop()
    await live.body?.cancel().catch(() => {})
    const two = await startMaildouble({ smtpPort: ports.smtp, httpPort: ports.http })
    left.push(() => two.stop())
    expect(two.ports).toEqual(ports)
  })

  test('a process that started and stopped ends by itself', async () => {
    const script = `
      import { get } from 'node:http'
      import { startMaildouble } from ${JSON.stringify(ENTRY)}
      const mail = await startMaildouble({ maxAge: '1h' })
      await new Promise(resolve => get(mail.url + '/api/info', { agent: false }, answer => answer.resume().on('close', resolve)))
      await mail.waitFor({}, { timeoutMs: 1 }).catch(() => {})
      await mail.stop()
      console.log(process.getActiveResourcesInfo().filter(name => !/^(TTYWrap|PipeWrap|Immediate|CloseReq|FSReq.*)$/.test(name)).join())
    `
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    expect(stdout.trim()).toBe('')
  })

  test('two servers in one process know nothing of each other', async () => {
    const other = await startMaildouble()
    left.push(() => other.stop())
    await createTransport(mail.smtpUrl).sendMail({
      from: 'a@example.org',
      to: 'b@example.org',
      subject: 'to the first',
    })
    expect(await other.messages()).toEqual([])
    expect(await mail.messages({ subject: 'to the first' })).toHaveLength(1)
  })

  test('a port that is taken is refused, and says by whom', async () => {
    expect(await failureOf(startMaildouble({ smtpPort: mail.ports.smtp }))).toMatch(
      /^port \d+ on 127\.0\.0\.1 is taken by .*: .*choose another with --smtp-port$/,
    )
    expect(await failureOf(startMaildouble({ httpPort: mail.ports.http }))).toMatch(/--http-port$/)
    expect(await failureOf(startMaildouble({ httpPort: -1 }))).toBe(
      'httpPort: -1 is not a port: a number from 0 to 65535, where 0 takes a free one\nCorrect httpPort.',
    )
  })
})
