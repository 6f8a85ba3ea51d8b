/** TLS, login and what options change, with the clients that apps use: the CA trusted and verification on. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'
import { rawClient, sendRaw } from './raw.js'

const run = promisify(execFile)

let mail: MailHandle
let ca: string
let folder: string
let caFile: string
beforeAll(async () => {
  mail = await startMaildouble({ tls: true, smtpAuth: ['ada:pass,word', 'bob:secret'] })
  ca = await (await fetch(`${mail.url}/api/ca.pem`)).text()
  folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
  caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, ca)
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await mail.stop()
})

/** Sends a mail with nodemailer, and gives it as it was received. */
async function send(options: SMTPTransport.Options, subject: string) {
  const transport = createTransport({ host: 'localhost', tls: { ca }, ...options })
  await transport.sendMail({ from: 'app@example.org', to: 'ada@example.com', subject, text: 'Hello' })
  return mail.next({ subject })
}

/** Resolves when a wait that fails gives such a reason; the server may notice a little later than its client. */
async function says(handle: MailHandle, reason: RegExp): Promise<void> {
  const failing = () => expect(handle.next({ subject: 'never' }, { timeoutMs: 10 })).rejects.toThrow(reason)
  await vi.waitFor(failing, { timeout: 4000, interval: 10 })
}

describe('nodemailer', () => {
  test('by STARTTLS, which it turns to by itself', async () => {
    const { envelope } = await send({ port: mail.ports.smtp, requireTLS: true }, 'starttls')
    expect(envelope.tls).toEqual({ version: 'TLSv1.3', cipher: expect.stringMatching(/^TLS_/) })
    expect(envelope.localPort).toBe(mail.ports.smtp)
  })

  test('by TLS from the first byte, at the same time', async () => {
    const { envelope } = await send({ port: Number(mail.ports.smtps), secure: true }, 'implicit')
    expect(envelope.tls?.version).toBe('TLSv1.3')
    expect(envelope.localPort).toBe(mail.ports.smtps)
  })

  test('by TLS 1.2', async () => {
    const { envelope } = await send({ port: mail.ports.smtp, tls: { ca, maxVersion: 'TLSv1.2' } }, 'TLS 1.2')
    expect(envelope.tls?.version).toBe('TLSv1.2')
  })

  test.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('logs in with %s', async method => {
    const auth = { user: 'ada', pass: 'pass,word' }
    const { envelope } = await send({ port: mail.ports.smtp, auth, authMethod: method }, method)
    expect(envelope.auth).toEqual({ mechanism: method, username: 'ada' })
  })

  test('logs in with XOAUTH2', async () => {
    const auth = { type: 'OAuth2' as const, user: 'bob', accessToken: 'secret' }
    const { envelope } = await send({ port: Number(mail.ports.smtps), secure: true, auth }, 'XOAUTH2')
    expect(envelope.auth).toEqual({ mechanism: 'XOAUTH2', username: 'bob' })
  })

  test('is refused with a wrong password, and the reason stands where mail is missed', async () => {
    const auth = { user: 'ada', pass: 'wrong' }
    const failure = await send({ port: mail.ports.smtp, auth }, 'wrong').catch((error: Error) => error)
    expect(failure).toMatchObject({ code: 'EAUTH', responseCode: 535 })
    await says(mail, /AUTH was refused: 535 5\.7\.8/)
  })

  test('is refused with a stale token, and may go on', async () => {
    const auth = { type: 'OAuth2' as const, user: 'bob', accessToken: 'stale' }
    const failure = await send({ port: mail.ports.smtp, auth }, 'stale').catch((error: Error) => error)
    expect(failure).toMatchObject({ code: 'EAUTH' })
  })

  test.each([
    ['by STARTTLS', { requireTLS: true }, 'smtp'],
    ['on the TLS port', { secure: true }, 'smtps'],
  ] as const)('does not trust a CA that it does not know, %s', async (_how, how, port) => {
    await using lonely = await startMaildouble({ tls: true })
    const transport = createTransport({ host: 'localhost', port: Number(lonely.ports[port]), ...how })
    await expect(transport.verify()).rejects.toThrow(/certificate/)
    await says(lonely, /does not trust the certificate/)
  })

  test.each([
    [
      'TLS to the plain port',
      { secure: true },
      'smtp',
      /speaks TLS from the first byte \(secure: true\) to a plain port/,
    ],
    ['in the clear to the TLS port', { secure: false, greetingTimeout: 100 }, 'smtps', /said nothing on the TLS port/],
  ] as const)('that speaks %s is told where it went', async (_what, how, port, reason) => {
    await using lonely = await startMaildouble({ tls: true })
    const transport = createTransport({ host: 'localhost', port: Number(lonely.ports[port]), ...how })
    await expect(transport.verify()).rejects.toThrow()
    await says(lonely, reason)
  })
})

// Python's ssl with every strictness that OpenSSL has, as Python 3.13 verifies by default.
const PYTHON = `
import smtplib, ssl, sys
port, tls_port, ca = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
strict = ssl.create_default_context(cafile=ca)
strict.verify_flags |= ssl.VERIFY_X509_STRICT
for host in ('localhost', '127.0.0.1'):
    with smtplib.SMTP(host, port) as smtp:
        smtp.starttls(context=strict)
        smtp.ehlo()
        assert not smtp.has_extn('starttls')
        smtp.login('ada', 'pass,word')
        smtp.sendmail('app@example.org', ['ada@example.com'], 'Subject: smtplib starttls ' + host + '\\r\\n\\r\\nHello')
    with smtplib.SMTP_SSL(host, tls_port, context=strict) as smtp:
        try:
            smtp.login('ada', 'wrong')
        except smtplib.SMTPAuthenticationError as error:
            print(error.smtp_code)
        smtp.sendmail('app@example.org', ['ada@example.com'], 'Subject: smtplib implicit ' + host + '\\r\\n\\r\\nHello')
try:
    smtplib.SMTP_SSL('localhost', tls_port, context=ssl.create_default_context())
except ssl.SSLCertVerificationError as error:
    print(error.verify_message)
`

test("Python's smtplib and ssl verify strictly, deliver, and refuse a CA that they do not know", async () => {
  const argv = ['-c', PYTHON, String(mail.ports.smtp), String(mail.ports.smtps), caFile]
  const { stdout } = await run('python3', argv)
  // smtplib tries each mechanism that is offered, and tells the last refusal.
  expect(stdout.split('\n')).toEqual(['535', '535', 'self-signed certificate in certificate chain', ''])
  for (const how of ['starttls', 'implicit']) {
    for (const host of ['localhost', '127.0.0.1']) {
      const { envelope } = await mail.next({ subject: `smtplib ${how} ${host}` })
      expect(envelope.tls?.version).toBe('TLSv1.3')
      expect(envelope.auth?.username).toBe(how === 'starttls' ? 'ada' : undefined)
    }
  }
  await says(mail, /does not trust the certificate/)
})

const hasOpenssl = (() => {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL 3')
  } catch {
    return false
  }
})()

describe.skipIf(!hasOpenssl)('openssl s_client', () => {
  const verifying = ['-verify_return_error', '-x509_strict', '-verify_hostname', 'localhost', '-quiet', '-crlf']

  test.each([
    ['-starttls smtp', () => ['-starttls', 'smtp', '-connect', `localhost:${mail.ports.smtp}`]],
    ['on the TLS port', () => ['-connect', `localhost:${mail.ports.smtps}`]],
  ])('%s', async (how, where) => {
    const client = execFile('openssl', ['s_client', ...where(), '-CAfile', caFile, ...verifying])
    client.stdin?.end(
      [
        'EHLO client.test',
        'MAIL FROM:<a@b.test>',
        'RCPT TO:<c@d.test>',
        'DATA',
        `Subject: ${how}`,
        '',
        '.',
        'QUIT',
        '',
      ].join('\n'),
    )
    const { envelope } = await mail.next({ subject: how })
    expect(envelope.tls?.version).toBe('TLSv1.3')
    client.kill()
  })
})

describe('what is required', () => {
  test('--require-tls and --smtp-require-auth: nothing goes through without', async () => {
    await using strict = await startMaildouble({ tls: true, requireTls: true, smtpRequireAuth: true })
    const client = await rawClient(strict.ports.smtp)
    await client.say('EHLO client.test\r\n')
    expect(await client.say('MAIL FROM:<a@b.test>\r\n')).toMatch(/^530 5\.7\.0 Say STARTTLS first/)
    expect(await client.say('AUTH PLAIN AGEAYg==\r\n')).toMatch(/^530 5\.7\.0/)
    client.socket.destroy()

    const trusting = { ca: await (await fetch(`${strict.url}/api/ca.pem`)).text() }
    const transport = createTransport({
      host: 'localhost',
      port: strict.ports.smtp,
      tls: trusting,
      auth: { user: 'any', pass: 'body' },
    })
    await transport.sendMail({ from: 'a@b.test', to: 'c@d.test', subject: 'both', text: '' })
    expect((await strict.next()).envelope).toMatchObject({ tls: { version: 'TLSv1.3' }, auth: { username: 'any' } })
  })

  test('--smtp-strict, --smtp-without and the limits reach the session', async () => {
    await using strict = await startMaildouble({
      smtpStrict: true,
      smtpWithout: 'chunking,DSN',
      maxAuthLineBytes: 100,
      maxLineBytes: 50,
    })
    const client = await rawClient(strict.ports.smtp)
    expect(await client.say('EHLO client.test\r\n')).not.toMatch(/CHUNKING|BINARYMIME|DSN|STARTTLS/)
    expect(await client.say('BDAT 0 LAST\r\n')).toMatch(/^502 5\.5\.1/)
    expect(await client.say('MAIL FROM:a@b.test\r\n')).toMatch(/^501 5\.1\.7/)
    expect(await client.say(`NOOP ${'x'.repeat(50)}\r\n`)).toMatch(/^500 5\.5\.2/)
    expect(await client.say(`AUTH PLAIN ${'x'.repeat(100)}\r\n`)).toMatch(/^500 5\.5\.2|^500 5\.5\.6/)
    expect(await client.say(`AUTH PLAIN ${Buffer.from(`\0a\0${'x'.repeat(40)}`).toString('base64')}\r\n`)).toMatch(
      /^235/,
    )
    client.socket.destroy()
  })

  test('a message in chunks comes back as it was sent', async () => {
    const raw = Buffer.from([...Array.from({ length: 256 }, (_, n) => n), ...Buffer.from('\r\n.\r\n')])
    const client = await rawClient(mail.ports.smtp)
    await client.say('EHLO client.test\r\n')
    await client.say('MAIL FROM:<a@b.test> BODY=BINARYMIME\r\n')
    await client.say('RCPT TO:<chunks@d.test>\r\n')
    await client.say(Buffer.concat([Buffer.from('BDAT 100\r\n'), raw.subarray(0, 100)]))
    client.write(Buffer.from(`BDAT ${raw.length - 100} LAST\r\n`))
    expect(await client.say(raw.subarray(100))).toMatch(/^250 2\.0\.0 Ok: queued as/)
    const { id } = await mail.next({ to: 'chunks@d.test' })
    const stored = Buffer.from(await (await fetch(`${mail.url}/api/messages/${id}/raw`)).arrayBuffer())
    expect(stored.equals(raw)).toBe(true)
    client.socket.destroy()
  })
})

test('10,000 NOOPs at once, and garbage for base64: each is answered, and the next connection works', async () => {
  const client = await rawClient(mail.ports.smtp)
  await client.say('EHLO client.test\r\n')
  client.write('NOOP\r\n'.repeat(10_000))
  for (let n = 0; n < 10_000; n++) expect(await client.reply()).toBe('250 2.0.0 Ok')
  await client.say('AUTH PLAIN\r\n')
  expect(await client.say('\x00garbage\x7f\r\n')).toMatch(/^501 5\.5\.2/)
  client.socket.destroy()
  const next = await rawClient(mail.ports.smtp)
  await next.say('EHLO client.test\r\n')
  expect(await sendRaw(next, Buffer.from('Subject: after\r\n'), 'after@d.test')).toMatch(/^250 /)
  next.socket.destroy()
})
