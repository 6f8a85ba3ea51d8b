/** Inboxes: one server and one app, and tests that know nothing of each other. */
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MailHandle } from '../../server/index.js'
import { failureOf } from './failure.js'
import { KINDS } from './kinds.js'

describe.each(KINDS)('an inbox %s', (_kind, open) => {
  let mail: MailHandle
  let close: () => Promise<void>
  let transport: ReturnType<typeof createTransport>
  beforeAll(async () => {
    ;({ mail, close } = await open())
    transport = createTransport({ url: mail.smtpUrl, pool: true, maxConnections: 2 } as never)
  })
  afterAll(async () => {
    transport.close()
    await close()
  })

  /** The app: it sends to whom it is told, and knows of no test. */
  const signUp = (to: string | string[]) =>
    transport.sendMail({ from: 'app@example.org', to, subject: `Welcome ${to}`, text: 'Hello' })

  test('eight tests at a time each see their own mail, and only that', async () => {
    const runs = Array.from({ length: 8 }, async (_, n) => {
      const inbox = mail.inbox({ label: `test ${n}` })
      const [ada, bob] = [inbox.address('ada'), inbox.address('bob')]
      expect(ada).toMatch(/^ada\.[a-z2-7]{6,8}@example\.com$/)
      await Promise.all([signUp(ada), signUp(bob)])
      const subjects = [(await inbox.next()).subject, (await inbox.next()).subject]
      expect(subjects.sort()).toEqual([`Welcome ${ada}`, `Welcome ${bob}`])
      expect(await inbox.messages()).toHaveLength(2)
      expect((await inbox.latest({ to: ada }))?.inboxes).toEqual([inbox.name])
      return inbox.name
    })
    expect(new Set(await Promise.all(runs)).size).toBe(8)
  })

  test.each(['', 'a b', 'a@b', 'a.', '.a', 'a..b', 'ada <x>'])('%j is no part of an address', hint => {
    const inbox = mail.inbox()
    expect(() => inbox.address(hint)).toThrow(/cannot stand in an address\. Use letters/)
    expect(inbox.address('émile.o+1')).toMatch(/^émile\.o\+1\./)
  })

  test('a made-up inbox has no mark, a named one begins now', async () => {
    const first = mail.inbox('billing')
    await signUp(first.address())
    const second = mail.inbox('billing')
    expect(second.address()).toBe(first.address())
    expect(await first.messages()).toHaveLength(1)
    expect(await second.messages()).toHaveLength(0)
    expect(await mail.inbox({ name: 'billing', since: 'all' }).messages()).toHaveLength(1)
  })

  test('mail to two inboxes is in both; clear and delete touch one', async () => {
    const [one, two] = [mail.inbox(), mail.inbox()]
    await signUp([one.address(), two.address()])
    await signUp(two.address())
    expect((await one.next()).inboxes).toEqual([one.name, two.name])
    one.clear()
    expect(await one.messages()).toHaveLength(0)
    expect(await two.messages()).toHaveLength(2)
    expect(await two.delete()).toBe(2)
  })

  test('an app that can log in sends to the inbox by its URL, whoever the mail is for', async () => {
    const inbox = mail.inbox()
    const own = createTransport(inbox.smtpUrl)
    await own.sendMail({ from: 'app@example.org', to: 'anybody@example.com', subject: 'by login', text: '' })
    own.close()
    const message = await inbox.next()
    expect([message.subject, message.inboxes]).toEqual(['by login', [inbox.name]])
    expect(message.envelope.auth?.username).toBe(inbox.name)
  })

  test('a port can have an inbox of its own, which recipients outrank and logins do not', async () => {
    await using opened = await open({ smtpPort: [0, '0=billing'] })
    const other = opened.mail
    const { listeners } = (await (await fetch(`${other.url}/api/info`)).json()) as {
      listeners: { protocol: string; host: string; port: number }[]
    }
    const ports = listeners.filter(({ protocol, host }) => protocol === 'smtp' && host === '127.0.0.1')
    expect(ports).toHaveLength(2)
    const claimed = other.inbox()
    for (const [port, to] of [
      [ports[0]?.port, 'anybody@example.com'],
      [ports[1]?.port, 'anybody@example.com'],
      [ports[1]?.port, claimed.address()],
    ] as const) {
      const one = createTransport(`smtp://name:any@127.0.0.1:${port}`)
      await one.sendMail({ from: 'app@example.org', to, text: '' })
      one.close()
    }
    const messages = await other.messages()
    expect(messages.map(({ inboxes }) => inboxes)).toEqual([['name'], ['billing'], [claimed.name]])
    const list = (await (await fetch(`${other.url}/api/inboxes`)).json()) as { inboxes: { name: string }[] }
    expect(list.inboxes[0]?.name).toBe('billing')
  })

  test('a wait that fails tells of this inbox only', async () => {
    const inbox = mail.inbox()
    await signUp('somebody@example.com')
    await signUp(inbox.address('ada'))
    const failure = await failureOf(inbox.next({ subject: 'Goodbye' }, { timeoutMs: 20 }))
    expect(failure).toContain('1 message arrived:')
    expect(failure).not.toContain('somebody@example.com')
    const other = mail.inbox()
    await other.reject({}, '452 for the other')
    await signUp([other.address(), 'anybody@example.com'])
    await signUp(other.address()).catch(() => {})
    expect(await failureOf(other.next({}, { timeoutMs: 20 }))).toContain('1 attempt refused 452 by rule')
    expect(await failureOf(inbox.next({ subject: 'Goodbye' }, { timeoutMs: 20 }))).not.toContain('452')
  })

  test('stopping the handle of an inbox stops no server; stopping the server stops what it has', async () => {
    await using opened = await open()
    const other = opened.mail
    const [one, two] = [other.inbox(), other.inbox()]
    await one.stop()
    await expect(one.next()).rejects.toThrow('stopped')
    expect(await two.messages()).toEqual([])
    const pending = two.next().catch((error: Error) => error.message)
    await other.stop()
    expect(await pending).toBe('next() was waiting when stop() was called')
    expect(() => other.inbox()).toThrow('stopped')
  })

  test('a name that is none is refused, and the form of addresses is an option', async () => {
    expect(() => mail.inbox('no name')).toThrow('"no name" is no name of an inbox')
    await using opened = await open({ address: '{hint}@{token}.test' })
    const inbox = opened.mail.inbox()
    expect(inbox.address('ada')).toMatch(/^ada@[a-z2-7]{6,8}\.test$/)
  })
})
