/** Programmed behaviour as an app meets it: every preset and action over real sockets. */
import { createTransport } from 'nodemailer'
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'
import { rawClient, sendRaw } from './raw.js'

let mail: MailHandle
let ca: string
beforeAll(async () => {
  mail = await startMaildouble({ tls: true })
  ca = await (await fetch(`${mail.url}/api/ca.pem`)).text()
})
afterEach(() => mail.rules.clear())
afterAll(() => mail.stop())

const MESSAGE = Buffer.from('Subject: hi\r\n\r\nHello\r\n')

/** What becomes of a mail: its reply, or the code of the refusal, or the error. */
async function send(options: SMTPTransport.Options = {}, subject = 'hi'): Promise<string | number> {
  const transport = createTransport({
    host: 'localhost',
    port: mail.ports.smtp,
    ignoreTLS: true,
    tls: { ca },
    ...options,
  })
  const sent = transport.sendMail({ from: 'app@example.org', to: 'ada@example.com', subject, text: 'Hello' })
  return sent.then(
    ({ response }) => response.replace(/ as .*/, ''),
    ({ responseCode, message }) => responseCode ?? message,
  )
}

const DELIVERED = '250 2.0.0 Ok: queued'

describe('presets', () => {
  test('greylist: the second attempt passes', async () => {
    const { id } = await mail.rules.preset('greylist')
    expect([await send(), await send()]).toEqual([451, DELIVERED])
    const attempts = await (await fetch(`${mail.url}/api/attempts?outcome=refused&limit=1`)).json()
    expect(attempts).toMatchObject({
      attempts: [{ replies: [{ ruleId: null }, { verb: 'RCPT', code: 451, ruleId: id }, { verb: 'DATA' }] }],
    })
  })

  test.each([
    ['mailbox-full', 452],
    ['no-such-user', 550],
    ['shutdown', 421],
  ] as const)('%s', async (preset, code) => {
    const rule = await mail.rules.preset(preset)
    expect(await send()).toBe(code)
    await rule.remove()
    expect(await send()).toBe(DELIVERED)
  })

  test('shutdown, to a session that is open already', async () => {
    const client = await rawClient(mail.ports.smtp)
    await client.say('EHLO client.test\r\n')
    await mail.rules.preset('shutdown')
    expect(await client.say('NOOP\r\n')).toMatch(/^421 4\.3\.2 /)
    await expect(client.reply()).rejects.toThrow('closed')
  })

  test('auth-down', async () => {
    await mail.rules.preset('auth-down')
    expect(await send({ auth: { user: 'ada', pass: 'secret' } })).toBe(454)
  })

  test('rate-limit', async () => {
    await mail.rules.preset('rate-limit', { after: 1 })
    expect([await send(), await send()]).toEqual([DELIVERED, 421])
  })

  test('slow', async () => {
    await mail.rules.preset('slow', { delayMs: 10, bytesPerSecond: 100_000 })
    expect(await send()).toBe(DELIVERED)
  })

  test('starttls-stripped: an app that asks for TLS has to notice', async () => {
    const session = (await rawClient(mail.ports.smtp)).say('EHLO client.test\r\n')
    expect(await session).toContain('STARTTLS')
    await mail.rules.preset('starttls-stripped')
    const stripped = await rawClient(mail.ports.smtp)
    expect(await stripped.say('EHLO client.test\r\n')).not.toContain('STARTTLS')
    expect(await stripped.say('STARTTLS\r\n')).toMatch(/^502 /)
  })

  test('drop-in-data', async () => {
    await mail.rules.preset('drop-in-data')
    expect(await send()).toMatch(/closed unexpectedly/)
  })

  test('lost-ack: the app knows nothing, and the message is there', async () => {
    await mail.rules.preset('lost-ack')
    expect(await send({}, 'twice')).toMatch(/closed unexpectedly/)
    await mail.next({ subject: 'twice' })
  })
})

describe('certificates: does the app verify?', () => {
  test.each([
    ['expired', /certificate has expired/],
    ['wrong-host', /does not match certificate's altnames/],
    ['untrusted', /self-signed certificate in certificate chain/],
  ] as const)('%s', async (certificate, error) => {
    await mail.rules.add({ certificate })
    const secure = { port: Number(mail.ports.smtps), secure: true, ignoreTLS: false }
    const kinds: SMTPTransport.Options[] = [{ requireTLS: true, ignoreTLS: false }, secure]
    for (const options of kinds) {
      expect(await send(options)).toMatch(error)
      expect(await send({ ...options, tls: { rejectUnauthorized: false } })).toBe(DELIVERED)
    }
    const sessions = await (await fetch(`${mail.url}/api/sessions`)).text()
    expect(sessions).toMatch(
      /rule r\d+ showed (an expired certificate|a certificate (for another host|of an unknown CA))/,
    )
  })
})

describe('connections', () => {
  test('a port that is closed refuses, until the rule is removed', async () => {
    const client = await rawClient(mail.ports.smtp)
    const rule = await mail.rules.add({ refuseConnections: true })
    expect(await send()).toMatch(/ECONNREFUSED/)
    expect(await client.say('NOOP\r\n')).toBe('250 2.0.0 Ok')
    await rule.remove()
    await vi.waitFor(async () => expect(await send()).toBe(DELIVERED), { interval: 5 })
  })

  test('a port that is closed for a while opens by itself', async () => {
    await mail.rules.add({ refuseConnections: true, forMs: 100 })
    expect(await send()).toMatch(/ECONNREFUSED/)
    await vi.waitFor(async () => expect(await send()).toBe(DELIVERED), { interval: 5, timeout: 4000 })
  })

  test('a reset', async () => {
    await mail.rules.add({ on: 'rcpt', action: 'reset' })
    expect(await send()).toMatch(/ECONNRESET/)
  })

  test('a stall: the app has to have a timeout of its own, and other connections go on', async () => {
    await mail.rules.add({ on: 'mail', action: 'stall', times: 1 })
    const stalled = send({ socketTimeout: 300 })
    await vi.waitFor(async () => expect(await send()).toBe(DELIVERED))
    expect(await stalled).toMatch(/Timeout/)
  })

  test('half a reply', async () => {
    await mail.rules.add({ on: 'quit', halfReply: true })
    const client = await rawClient(mail.ports.smtp)
    await expect(client.say('QUIT\r\n')).rejects.toThrow('the connection was closed after "221 2.0')
  })

  test('a delay holds up no other connection, and a server that stops does not wait for it', async () => {
    const own = await startMaildouble()
    await own.rules.add({ on: 'message', delayMs: 600_000 })
    const held = await rawClient(own.ports.smtp)
    await held.say('EHLO client.test\r\n')
    const answer = sendRaw(held, MESSAGE)
    await own.next({ subject: 'hi' })
    await (await rawClient(own.ports.smtp)).say('NOOP\r\n')
    await own.stop()
    expect(await answer).toMatch(/^250 2\.0\.0 Ok: queued as /)
    expect(await held.reply()).toMatch(/^421 4\.3\.2 /)
  })
})
