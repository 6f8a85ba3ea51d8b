/**
 * Every option does what it says. What an option is for is tried here where that takes a moment, and named where another
 * test does it; an option that stands in neither does not compile.
 */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type MailHandle, type OptionsInput, startMaildouble } from '../server/index.js'
import type { OptionName } from '../server/options.js'
import { type RawClient, rawClient, sendRaw } from './clients/raw.js'

/** What is tried: with these values, this is so. */
interface Effect {
  given: OptionsInput
  shows(mail: MailHandle): Promise<void>
}

const RAW = Buffer.from('Subject: x\r\n\r\nHello\r\n')

/** A client that is greeted and has said EHLO. */
async function greeted(mail: MailHandle): Promise<RawClient> {
  const client = await rawClient(mail.ports.smtp)
  onTestFinished(() => void client.socket.destroy())
  await client.say('EHLO app.example\r\n')
  return client
}

/** Sends messages one after the other, and gives the codes of their answers. */
async function send(mail: MailHandle, count: number, raw = RAW, to = 'ada@example.com'): Promise<string[]> {
  const client = await greeted(mail)
  const codes: string[] = []
  for (let n = 0; n < count; n += 1) codes.push((await sendRaw(client, raw, to)).slice(0, 3))
  return codes
}

const subjects = async (mail: MailHandle) => (await mail.messages()).map(({ subject }) => subject)

/** The status of a request that comes under such a Host, or with such an Origin. */
async function statusOf(mail: MailHandle, headers: string): Promise<string> {
  const socket = connect({ port: mail.ports.http, host: '127.0.0.1' })
  socket.write(`GET /api/info HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)
  const heard = (await socket.toArray()).join('')
  return heard.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)
}

/** Of mail programs, which have their own tests. */
type OfMailboxes = 'pop3' | 'pop3Port' | 'pop3sPort' | 'imap' | 'imapPort' | 'imapsPort' | 'mailboxAuth'

const EFFECTS: Record<Exclude<OptionName, OfMailboxes>, Effect | string> = {
  host: {
    given: { host: '127.0.0.1' },
    async shows(mail) {
      const { listeners } = (await (await fetch(`${mail.url}/api/info`)).json()) as { listeners: { host: string }[] }
      expect(new Set(listeners.map(({ host }) => host))).toEqual(new Set(['127.0.0.1']))
    },
  },
  smtpPort: {
    given: { smtpPort: ['0', '0=billing'] },
    async shows(mail) {
      const info = (await (await fetch(`${mail.url}/api/info`)).json()) as {
        listeners: { protocol: string; port: number }[]
      }
      const ports = new Set(info.listeners.filter(({ protocol }) => protocol === 'smtp').map(({ port }) => port))
      for (const port of ports) {
        const client = await rawClient(port)
        await client.say('EHLO app.example\r\n')
        expect(await sendRaw(client, RAW)).toMatch(/^250 /)
        client.socket.destroy()
      }
      expect((await mail.messages()).map(({ inboxes }) => inboxes).toSorted()).toEqual([['billing'], ['default']])
    },
  },
  smtpsPort: 'test/cli.test.ts',
  httpPort: 'test/testing/handle.test.ts',
  smtpName: {
    given: { smtpName: 'mx.example.test' },
    async shows(mail) {
      const socket = connect({ port: mail.ports.smtp, host: '127.0.0.1' })
      expect(String((await once(socket, 'data'))[0])).toMatch(/^220 mx\.example\.test /)
      socket.destroy()
    },
  },
  smtpAuth: 'test/clients/protocol.test.ts',
  smtpRequireAuth: 'test/clients/protocol.test.ts',
  smtpStrict: 'test/clients/protocol.test.ts',
  smtpWithout: 'test/clients/protocol.test.ts',
  tls: 'test/clients/protocol.test.ts',
  tlsCert: 'test/tls.test.ts',
  tlsKey: 'test/tls.test.ts',
  caDir: 'test/cli.test.ts',
  requireTls: 'test/clients/protocol.test.ts',
  maxMessageBytes: {
    given: { maxMessageBytes: '1k' },
    async shows(mail) {
      expect(await send(mail, 1, Buffer.alloc(1023, 'x\r\n'))).toEqual(['250'])
      expect(await send(mail, 1, Buffer.alloc(3000, 'x\r\n'))).toEqual(['552'])
      expect(await subjects(mail)).toHaveLength(1)
    },
  },
  maxRecipients: {
    given: { maxRecipients: 2 },
    async shows(mail) {
      const client = await greeted(mail)
      await client.say('MAIL FROM:<>\r\n')
      const codes = []
      for (const name of ['a', 'b', 'c'])
        codes.push((await client.say(`RCPT TO:<${name}@example.com>\r\n`)).slice(0, 3))
      expect(codes).toEqual(['250', '250', '452'])
    },
  },
  maxConnections: {
    given: { maxConnections: 1 },
    async shows(mail) {
      await greeted(mail)
      const socket = connect({ port: mail.ports.smtp, host: '127.0.0.1' })
      expect(String((await once(socket, 'data'))[0])).toMatch(/^421 4\.3\.2 /)
      await once(socket.end(), 'close')
    },
  },
  idleTimeout: {
    given: { idleTimeout: '80ms' },
    async shows(mail) {
      expect(await (await greeted(mail)).reply()).toMatch(/^421 4\.4\.2 /)
    },
  },
  maxLineBytes: 'test/clients/protocol.test.ts',
  maxAuthLineBytes: 'test/clients/protocol.test.ts',
  maxProtocolErrors: {
    given: { maxProtocolErrors: 2 },
    async shows(mail) {
      const client = await greeted(mail)
      for (const code of ['500', '500', '421']) expect((await client.say('NONSENSE\r\n')).slice(0, 3)).toBe(code)
    },
  },
  maxSessions: {
    given: { maxSessions: 2 },
    async shows(mail) {
      for (let n = 0; n < 3; n += 1) await (await greeted(mail)).say('QUIT\r\n')
      await expect.poll(async () => (await mail.sessions()).length).toBe(2)
    },
  },
  maxSessionBytes: {
    given: { maxSessionBytes: '6k' },
    async shows(mail) {
      const refused = Buffer.from(`Subject: ${'x'.repeat(3000)}\r\n\r\n`)
      await mail.reject({ to: 'ada@example.com' }, '550 no', { on: 'message' })
      for (let n = 0; n < 3; n += 1) await send(mail, 1, refused)
      await expect.poll(async () => (await mail.attempts()).length).toBeLessThan(3)
    },
  },
  maxMessages: {
    given: { maxMessages: 2 },
    async shows(mail) {
      for (const subject of ['1', '2', '3']) await send(mail, 1, Buffer.from(`Subject: ${subject}\r\n\r\n`))
      expect((await subjects(mail)).toSorted()).toEqual(['2', '3'])
    },
  },
  maxBytes: {
    given: { maxBytes: '8k' },
    async shows(mail) {
      for (const subject of ['1', '2', '3'])
        await send(mail, 1, Buffer.from(`Subject: ${subject}\r\n\r\n${'x'.repeat(3000)}\r\n`))
      expect((await subjects(mail)).toSorted()).toEqual(['2', '3'])
    },
  },
  maxAge: {
    given: { maxAge: '100ms' },
    async shows(mail) {
      await send(mail, 1)
      await expect.poll(() => subjects(mail)).toEqual([])
    },
  },
  whenFull: {
    given: { whenFull: 'refuse', maxMessages: 1 },
    async shows(mail) {
      expect(await send(mail, 1)).toEqual(['250'])
      const client = await greeted(mail)
      expect(await client.say('MAIL FROM:<app@example.org>\r\n')).toMatch(/^452 4\.3\.1 /)
    },
  },
  rules: 'test/given-rules.test.ts',
  magicRecipients: {
    given: { magicRecipients: true },
    async shows(mail) {
      const client = await greeted(mail)
      await client.say('MAIL FROM:<>\r\n')
      expect(await client.say('RCPT TO:<reply-450@anywhere.test>\r\n')).toMatch(/^450 /)
    },
  },
  address: {
    given: { address: 'test+{token}@app.example' },
    async shows(mail) {
      const inbox = mail.inbox('billing')
      expect(inbox.address()).toMatch(/^test\+\w+@app\.example$/)
      await send(mail, 1, RAW, inbox.address())
      expect((await inbox.next()).subject).toBe('x')
    },
  },
  allowHost: {
    given: { allowHost: 'mail.example.com' },
    async shows(mail) {
      expect(await statusOf(mail, 'Host: mail.example.com\r\n')).toBe('200')
      expect(await statusOf(mail, 'Host: other.example.com\r\n')).toBe('403')
    },
  },
  publicUrl: 'test/http/proxy.test.ts',
  basePath: 'test/http/https.test.ts',
  httpAuth: 'test/http/https.test.ts',
  https: 'test/http/https.test.ts',
  corsOrigin: {
    given: { corsOrigin: 'https://app.example.com' },
    async shows(mail) {
      expect(await statusOf(mail, 'Host: localhost\r\nOrigin: https://app.example.com\r\n')).toBe('200')
      expect(await statusOf(mail, 'Host: localhost\r\nOrigin: https://other.example.com\r\n')).toBe('403')
    },
  },
  import: 'test/mailbox-files.test.ts',
  exportOnExit: 'test/mailbox-files.test.ts',
  readyFile: 'test/cli.test.ts',
  logLevel: 'test/cli.test.ts',
  logFormat: 'test/cli.test.ts',
  open: 'test/cli.test.ts',
}

const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

test.each(Object.entries(EFFECTS))('%s', async (name, effect) => {
  if (typeof effect === 'string') {
    const elsewhere = new URL(`../${effect}`, import.meta.url)
    expect(existsSync(elsewhere), `${effect} tests ${name}, and is not there`).toBe(true)
    const isNamed = new RegExp(`\\b${name}\\b|${flagOf(name)}\\b`).test(readFileSync(elsewhere, 'utf8'))
    expect(isNamed, `${effect} does not name ${name}`).toBe(true)
    return
  }
  await using mail = await startMaildouble(effect.given)
  await effect.shows(mail)
})
