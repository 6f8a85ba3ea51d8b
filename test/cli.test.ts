/** The command line as a shell runs it. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startMaildouble } from '../server/index.js'
import { FREE_PORTS, runCli } from './run-cli.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const run = (argv: string[], env: Record<string, string> = {}) => runCli(argv, { cwd: folder, env })

describe('serving', () => {
  test('says where it is, logs each mail and each connection that brought none, and stops at SIGTERM', async () => {
    const readyFile = join(folder, 'ready.json')
    const server = run([...FREE_PORTS, '--ready-file', readyFile, '--log-format', 'json'], { MH_HOSTNAME: 'mx.test' })
    await server.says(/"event":"ready"/)
    expect(server.stdout).toMatch(
      /"level":"warn","event":"foreign-variable","message":"MH_HOSTNAME is MailHog's; .*--smtp-name/,
    )
    const ready = JSON.parse(readFileSync(readyFile, 'utf8'))
    expect(ready.smtpUrl).toBe(`smtp://127.0.0.1:${ready.ports.smtp}`)
    expect(server.stdout).toContain(
      `"http":["http://127.0.0.1:${ready.ports.http}","http://[::1]:${ready.ports.http}"]`,
    )

    const transport = createTransport(ready.smtpUrl)
    await transport.sendMail({
      from: 'a@example.org',
      to: ['b@example.com', 'c@example.com'],
      subject: 'Grüße\u202e',
      text: '',
    })
    const [line] = await server.says(/.*"event":"message".*\n/)
    expect(JSON.parse(line)).toMatchObject({
      level: 'info',
      from: 'a@example.org',
      to: ['b@example.com', 'c@example.com'],
      inboxes: ['default'],
    })
    await createTransport({ host: '127.0.0.1', port: ready.ports.smtp, secure: true })
      .verify()
      .catch(() => {})
    await server.says(/"event":"undelivered".*speaks TLS from the first byte/)

    server.kill('SIGTERM')
    expect(await server.code).toBe(0)
    expect(existsSync(readyFile)).toBe(false)
    expect(server.stderr).toBe('')
  })

  test('goes on when nobody reads its log any more', async () => {
    const server = run([...FREE_PORTS, '--log-format', 'json'])
    const url = (await server.says(/"smtp":\["([^"]+)"/))[1] as string
    server.deafen()
    for (const subject of ['one', 'two', 'three']) {
      const transport = createTransport(url)
      const { response } = await transport.sendMail({ from: 'a@example.com', to: 'b@example.com', subject, text: '' })
      expect(response).toMatch(/^250 /)
    }
    server.kill('SIGTERM')
    expect(await server.code).toBe(0)
  })

  test('a pretty log is for people, and nothing in a mail can forge a line of it', async () => {
    const server = run([...FREE_PORTS, '--log-format', 'pretty'])
    const [, url = ''] = await server.says(/send mail to (smtp:\/\/127\.0\.0\.1:\d+), look at it on http/)
    await createTransport(url).sendMail({
      raw: 'Subject: =?utf-8?q?a=0A12:00:00__forged=1B[31m?=\r\n\r\n',
      envelope: { from: 'a@example.org', to: ['b@example.com'] },
    })
    const [line] = await server.says(/^.*b@example\.com.*$/m)
    expect(line).toMatch(/^\d\d:\d\d:\d\d {2}a@example\.org -> b@example\.com: "/)
    await server.says(/forged/)
    expect(server.stdout).not.toMatch(/^12:00:00 {2}forged/m)
    expect(server.stdout).not.toContain('\u001b')
    server.kill('SIGINT')
    expect(await server.code).toBe(0)
  })

  test('takes options from the environment and from a config file, the flag first', async () => {
    writeFileSync(
      join(folder, 'maildouble.config.json'),
      '{ "smtpPort": 0, "httpPort": 0, "maxMessages": 7, "maxRecipients": 8 }',
    )
    const server = run(['--max-messages', '5'], { MAILDOUBLE_MAX_MESSAGES: '6', MAILDOUBLE_MAX_RECIPIENTS: '9' })
    const [, url] = await server.says(/"http":\["([^"]+)"/)
    const info = (await (await fetch(`${url}/api/info`)).json()) as { limits: Record<string, number> }
    expect(info.limits).toMatchObject({ maxMessages: 5, maxRecipients: 9 })
    server.kill('SIGTERM')
    await server.code
  })

  test.skipIf(process.platform === 'win32')(
    '--open opens the page, and --log-level error says nothing of it',
    async () => {
      // A browser that writes down what it is to open.
      for (const name of ['xdg-open', 'open'])
        writeFileSync(join(folder, name), `#!/bin/sh\necho "$1" > ${folder}/opened\n`, { mode: 0o755 })
      const env = { PATH: `${folder}:${process.env.PATH}` }
      const server = run([...FREE_PORTS, '--open', '--log-level', 'error', '--ready-file', 'ready.json'], env)
      const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '')
      await expect.poll(() => read('opened')).toMatch(/\n/)
      expect(read('opened').trim()).toBe(JSON.parse(read('ready.json')).url)
      server.kill('SIGTERM')
      expect(await server.code).toBe(0)
      expect(server.stdout + server.stderr).toBe('')
    },
  )

  test('takes options from a config file that is a module', async () => {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(folder, 'maildouble.config.js'),
      "export default { smtpPort: 0, httpPort: 0, smtpName: 'a.test' }",
    )
    const server = run([])
    const [, url = ''] = await server.says(/"smtp":\["([^"]+)"/)
    const greeting = connect({ port: Number(new URL(url).port), host: '127.0.0.1' })
    expect(String((await once(greeting, 'data'))[0])).toMatch(/^220 a\.test /)
    greeting.destroy()
    server.kill('SIGTERM')
    expect(await server.code).toBe(0)
  })

  test('takes one in TypeScript where Node can, and says which Node can otherwise', async () => {
    writeFileSync(join(folder, 'maildouble.config.ts'), 'export default { smtpPort: 70000 as number }')
    const server = run([])
    expect(await server.code).toBe(2)
    expect(server.stderr).toMatch(
      /^maildouble: maildouble\.config\.ts(: smtpPort: 70000 is not a port| cannot be imported: .*\nThis Node \(v20\.)/,
    )
  })

  test('with TLS says where, keeps its CA, explains what fails, and never logs a password', async () => {
    const readyFile = join(folder, 'ready.json')
    const caDir = join(folder, 'ca')
    writeFileSync(join(folder, 'accounts.txt'), 'ada:hunter2\n')
    const server = run([
      ...FREE_PORTS,
      ...['--pop3', '--pop3-port', '0', '--pop3s-port', '0'],
      ...['--smtps-port', '0', '--tls', '--ca-dir', caDir, '--smtp-auth', '@accounts.txt', '--ready-file', readyFile],
    ])
    await server.says(/"event":"ca".*\/api\/ca\.pem/)
    const ready = JSON.parse(readFileSync(readyFile, 'utf8'))
    expect(ready.smtpsUrl).toBe(`smtps://127.0.0.1:${ready.ports.smtps}`)
    expect(server.stdout).toContain(`"smtps":["${ready.smtpsUrl}"`)
    expect(await (await fetch(ready.caUrl)).text()).toBe(readFileSync(join(caDir, 'ca.pem'), 'utf8'))
    const info = (await (await fetch(`${ready.url}/api/info`)).json()) as { listeners: { protocol: string }[] }
    expect(ready.pop3Url).toBe(`pop3://127.0.0.1:${ready.ports.pop3}`)
    expect(server.stdout).toContain(`"pop3s":["${ready.pop3sUrl}"`)
    const protocols = ['smtp', 'smtps', 'pop3', 'pop3s', 'http']
    expect(new Set(info.listeners.map(({ protocol }) => protocol))).toEqual(new Set(protocols))

    const ca = readFileSync(join(caDir, 'ca.pem'), 'utf8')
    const sendTo = (tls: object, pass: string) =>
      createTransport({ host: 'localhost', port: ready.ports.smtps, secure: true, tls, auth: { user: 'ada', pass } })
        .sendMail({ from: 'a@example.org', to: 'b@example.com', text: '' })
        .catch(() => {})
    await sendTo({ ca }, 'hunter2')
    await server.says(/"event":"message"/)
    await sendTo({ ca }, 'hunter3')
    await server.says(/"event":"undelivered".*AUTH was refused: 535/)
    await sendTo({}, 'hunter2')
    await server.says(/"event":"undelivered".*the TLS handshake failed: .*does not trust the certificate/)
    for (const secret of [
      'hunter',
      ...['hunter2', 'hunter3'].map(pass => Buffer.from(`\0ada\0${pass}`).toString('base64')),
    ])
      expect(server.stdout + server.stderr).not.toContain(secret)
    server.kill('SIGTERM')
    await server.code
  })

  test('behind a proxy says where people open the page, asks for a password, and never logs it', async () => {
    const readyFile = join(folder, 'ready.json')
    writeFileSync(join(folder, 'accounts.txt'), 'ada:hunter2\n')
    const server = run([
      ...[...FREE_PORTS, '--host', '0.0.0.0', '--ready-file', readyFile],
      ...['--public-url', 'https://mail.example.com/inbox/', '--http-auth', '@accounts.txt'],
    ])
    await server.says(/look at it on https:\/\/mail\.example\.com\/inbox"/)
    const { url, publicUrl, ports } = JSON.parse(readFileSync(readyFile, 'utf8'))
    expect([url, publicUrl]).toEqual([`http://127.0.0.1:${ports.http}/inbox`, 'https://mail.example.com/inbox'])
    const statusOf = async (login: string) =>
      (await fetch(`${url}/api/info`, { headers: { authorization: `Basic ${btoa(login)}` } })).status
    expect([await statusOf('ada:hunter2'), await statusOf('ada:hunter3')]).toEqual([200, 401])
    server.kill('SIGTERM')
    expect(await server.code).toBe(0)
    for (const secret of ['hunter', btoa('ada:hunter2'), btoa('ada:hunter3')])
      expect(server.stdout + server.stderr).not.toContain(secret)
    expect(server.stdout).not.toContain('"exposed"')
  })

  test('warns in one line when it listens beyond loopback', async () => {
    const server = run([...FREE_PORTS, '--host', '0.0.0.0'])
    await server.says(/"level":"warn","event":"exposed".*whoever can reach this machine/)
    server.kill('SIGTERM')
    await server.code
  })
})

describe('mail from before', () => {
  // Three processes, one after the other, each from the sources.
  test('is there before the ports are, and all of it is written at SIGTERM', { timeout: 60_000 }, async () => {
    const path = join(folder, 'mail.mbox')
    const begin = () => run([...FREE_PORTS, '--import', path, '--export-on-exit', path, '--log-format', 'json'])
    const raw = 'Subject: kept\r\n\r\nFrom here\r\nno final line end'
    for (const wanted of [0, 1, 2]) {
      const server = begin()
      const [, url] = await server.says(/"http":\["([^"]+)"/)
      expect(server.stdout).toContain(`"path":${JSON.stringify(path)},"count":${wanted}`)
      const list = (await (await fetch(`${url}/api/messages`)).json()) as {
        messages: { id: string; envelope: object }[]
      }
      expect(list.messages).toHaveLength(wanted)
      for (const { id, envelope } of list.messages) {
        expect(await (await fetch(`${url}/api/messages/${id}/raw`)).text()).toBe(raw)
        expect(envelope).toEqual({ from: 'bounce@example.org', to: ['hidden@example.com'] })
      }
      const added = await fetch(`${url}/api/messages?mail-from=bounce@example.org&rcpt-to=hidden@example.com`, {
        method: 'POST',
        headers: { 'content-type': 'message/rfc822' },
        body: raw,
      })
      expect(added.status).toBe(201)
      server.kill('SIGTERM')
      expect(await server.code).toBe(0)
      expect(server.stdout).toContain(`${wanted + 1} message${wanted === 0 ? '' : 's'} written to`)
      expect(readdirSync(folder)).toEqual(['mail.mbox'])
    }
  })
})

describe('what cannot start says why in a line, and what to do in the next', () => {
  const faults: [what: string, argv: string[], config: string | null, stderr: RegExp][] = [
    [
      'a mistyped flag',
      ['--smpt-port', '1'],
      null,
      /^maildouble: there is no flag --smpt-port\nDid you mean --smtp-port\?\n$/,
    ],
    [
      'a bad value',
      ['--smtp-port', 'x'],
      null,
      /^maildouble: --smtp-port: "x" is not a port.*\nCorrect --smtp-port\.\n$/,
    ],
    [
      'a command behind a flag',
      ['--smtp-port', '0', 'list'],
      null,
      /^maildouble: list stands behind a flag\nName the command first: maildouble list \[flags\]\.\n$/,
    ],
    ['an unknown command', ['serv'], null, /^maildouble: there is no command serv\n/],
    ['a bad config file', [], '{', /^maildouble: maildouble\.config\.json cannot be read: /],
    [
      'a bad key in it',
      [],
      '{"smtpprot":1}',
      /^maildouble: maildouble\.config\.json: smtpprot is no option\nDid you mean smtpPort\?\n$/,
    ],
    ['a config that is no object', [], '[]', /^maildouble: maildouble\.config\.json does not hold an object/],
    [
      'a certificate that is none',
      [...FREE_PORTS, '--tls', '--tls-cert', 'maildouble.config.json', '--tls-key', 'maildouble.config.json'],
      '{}',
      /^maildouble: --tls-cert is not a certificate: .*\nGive a PEM file/,
    ],
    [
      'TLS that is required and off',
      [...FREE_PORTS, '--require-tls'],
      null,
      /^maildouble: --require-tls does nothing without --tls\nAdd --tls\.\n$/,
    ],
    [
      'a ready file that cannot be written',
      [...FREE_PORTS, '--ready-file', 'no/such/folder', '--export-on-exit', 'mail.mbox'],
      null,
      /^maildouble: --ready-file: /,
    ],
  ]
  test.each(faults)('%s', async (_what, argv, config, stderr) => {
    if (config !== null) writeFileSync(join(folder, 'maildouble.config.json'), config)
    const failed = run(argv)
    expect(await failed.code).toBe(2)
    expect(failed.stderr).toMatch(stderr)
    expect(failed.stderr).not.toMatch(/^\s+at /m)
    // What the last server left behind stays as it is.
    expect(existsSync(join(folder, 'mail.mbox'))).toBe(false)
  })

  test('a port that is taken, by name', async () => {
    await using taken = await startMaildouble()
    const failed = run(['--smtp-port', String(taken.ports.smtp), '--http-port', '0'])
    expect(await failed.code).toBe(2)
    expect(failed.stderr).toMatch(
      /^maildouble: port \d+ on 127\.0\.0\.1 is taken by .+: stop it, or choose another with --smtp-port\n$/,
    )
  })
})

test('help and version', async () => {
  const help = run(['--help'])
  expect(await help.code).toBe(0)
  expect(help.stdout).toContain('--smtp-port <port[=inbox]>')
  const version = run(['version'])
  expect(await version.code).toBe(0)
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
