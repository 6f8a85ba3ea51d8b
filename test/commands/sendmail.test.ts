/** send-test and the stand-in for sendmail: what arrives, byte for byte, and the exit codes that callers go by. */
import { userInfo } from 'node:os'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type MailHandle, type ReceivedMessage, startMaildouble } from '../../server/index.js'
import { maildouble, type Ran } from './helpers.js'

let mail: MailHandle
beforeAll(async () => {
  mail = await startMaildouble()
})
afterAll(() => mail.stop())
beforeEach(async () => {
  await mail.rules.clear()
  await mail.delete()
})

const sendmail = (argv: string[], stdin: string): Promise<Ran> => maildouble(mail.url, ['sendmail', ...argv], { stdin })
const latest = async (): Promise<ReceivedMessage> => {
  const message = await mail.latest()
  if (!message) throw new Error('nothing came')
  return message
}
const raw = async () => (await (await latest()).raw()).toString('latin1')

/** What every message has to have, so that nothing is added. */
const WHOLE = 'From: a@example.org\nDate: Sat, 31 Jan 2026 12:00:00 +0000\nMessage-ID: <1@example.org>\n'

describe('send-test', () => {
  test('sends a mail worth looking at, and says where', async () => {
    const { code, stdout } = await maildouble(mail.url, [
      'send-test',
      '--to',
      'grace@example.com',
      '--subject',
      'Grüße',
    ])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Sent to grace@example\.com by smtp:\/\/127\.0\.0\.1:\d+: 250 .*\nSee it at http:/)
    const message = await latest()
    expect(message).toMatchObject({ subject: 'Grüße', warnings: [] })
    expect(message.otp()).toMatch(/^\d{6}$/)
    expect(message.link('Confirm').href).toContain('https://app.example/confirm')
  })

  test('says why it was not taken', async () => {
    await mail.reject({ to: 'ada@example.com' }, '550 5.1.1 No such user here')
    const refused = await maildouble(mail.url, ['send-test'])
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('RCPT ada@example.com was refused: 550 5.1.1'),
    })
    const gone = await maildouble(mail.url, ['send-test', '--smtp-url', 'smtp://127.0.0.1:1'])
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringMatching(/127\.0\.0\.1:1 cannot be reached/) })
  })

  test('goes over TLS, with a login, to a URL that says so', async () => {
    await using tls = await startMaildouble({ tls: true, smtpAuth: ['ada:se:cret'], smtpRequireAuth: true })
    const url = (login: string) => `smtps://${login}@127.0.0.1:${tls.ports.smtps}`
    const sent = await maildouble(tls.url, ['send-test', '--json', '--smtp-url', url('ada:se%3Acret')])
    expect(JSON.parse(sent.stdout).answer).toMatch(/^250 /)
    expect((await tls.latest())?.envelope).toMatchObject({ auth: { username: 'ada' }, tls: { version: 'TLSv1.3' } })
    const refused = await maildouble(tls.url, ['send-test', '--smtp-url', url('ada:wrong')])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('AUTH was refused: 535') })
    expect(sent.stdout).not.toContain('cret')
  })
})

describe('recipients and sender', () => {
  const cases: [what: string, argv: string[], stdin: string, to: string[], from?: string][] = [
    [
      'as arguments',
      ['ada@example.com', 'grace@example.com'],
      'To: nobody@example.com\n\n',
      ['ada@example.com', 'grace@example.com'],
    ],
    [
      'with commas',
      ['-i', 'ada@example.com, Grace <grace@example.com>'],
      '\n',
      ['ada@example.com', 'grace@example.com'],
    ],
    [
      'from headers',
      ['-t'],
      'To: "Lovelace, Ada" <ada@example.com>,\n grace@example.com\nCC: c@example.com\nBcc: d@example.com\n\n',
      ['ada@example.com', 'grace@example.com', 'c@example.com', 'd@example.com'],
    ],
    [
      'from both, each once',
      ['-t', 'ada@example.com'],
      'To: ada@example.com, grace@example.com\n\n',
      ['ada@example.com', 'grace@example.com'],
    ],
    ['a sender', ['-f', 'bounce@example.org', 'ada@example.com'], '\n', ['ada@example.com'], 'bounce@example.org'],
    [
      'a sender, attached',
      ['-fbounce@example.org', 'ada@example.com'],
      '\n',
      ['ada@example.com'],
      'bounce@example.org',
    ],
    [
      'a sender by its old name',
      ['-r', '<bounce@example.org>', 'ada@example.com'],
      '\n',
      ['ada@example.com'],
      'bounce@example.org',
    ],
    ['the null path', ['-f', '<>', 'ada@example.com'], '\n', ['ada@example.com'], ''],
    [
      'what means nothing here',
      ['-v', '-oem', '-odb', '-O', 'Timeout=1', '-N', 'never', '-Btype', '-bm', '-ti', '-G', '--', 'ada@example.com'],
      '\n',
      ['ada@example.com'],
    ],
  ]
  test.each(cases)('%s', async (_what, argv, stdin, to, from) => {
    expect(await sendmail(argv, stdin)).toEqual({ code: 0, stdout: '', stderr: '' })
    const { envelope } = await latest()
    expect(envelope.to).toEqual(to)
    if (from === undefined) expect(envelope.from).toMatch(new RegExp(`^${userInfo().username}@`))
    else expect(envelope.from).toBe(from)
  })
})

describe('the message', () => {
  const cases: [what: string, argv: string[], stdin: string, raw: string][] = [
    ['has CRLF at the ends of its lines', [], `${WHOLE}\nHello\r\nAda\n`, `${WHOLE}\nHello\nAda\n`],
    [
      'loses Bcc, folded too, and no word of the body',
      [],
      `Bcc: x@example.com,\n y@example.com\n${WHOLE}BCC: z@example.com\n\nBcc: stays\n`,
      `${WHOLE}\nBcc: stays\n`,
    ],
    ['ends at a dot by itself', [], `${WHOLE}\nHello\n.\nnot this\n`, `${WHOLE}\nHello\n`],
    ['goes on behind it with -i', ['-i'], `${WHOLE}\nHello\n.\n..this\n`, `${WHOLE}\nHello\n.\n..this\n`],
    ['goes on behind it with -oi', ['-oi'], `${WHOLE}\n.\n`, `${WHOLE}\n.\n`],
    ['keeps bytes that are no ASCII', [], `${WHOLE}\n\xe4\xf6\xff\n`, `${WHOLE}\n\xe4\xf6\xff\n`],
    ['loses the line that mbox files begin with', [], `From ada Sat Jan 31 12:00:00 2026\n${WHOLE}\n`, `${WHOLE}\n`],
    ['need not end its last line', [], `${WHOLE}\nHello`, `${WHOLE}\nHello\n`],
  ]
  test.each(cases)('%s', async (_what, argv, stdin, wanted) => {
    expect((await sendmail([...argv, 'ada@example.com'], stdin)).code).toBe(0)
    expect(await raw()).toBe(wanted.replaceAll('\n', '\r\n'))
  })

  test('gets what every message has to have, where it lacks it', async () => {
    await sendmail(['-f', 'app@example.org', '-F', 'The "App"', 'ada@example.com'], 'Subject: Hello\n\nHello Ada\n')
    expect(await raw()).toMatch(
      /^Subject: Hello\r\nFrom: "The App" <app@example\.org>\r\nDate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\r\nMessage-ID: <\w+@.+>\r\n\r\nHello Ada\r\n$/,
    )
    await sendmail(['ada@example.com'], 'only words\n')
    expect(await latest()).toMatchObject({ text: expect.stringContaining('only words') })
  })
})

describe('exit codes are those of sysexits.h', () => {
  const cases: [what: string, argv: string[], reply: string | null, code: number, stderr: RegExp][] = [
    ['nobody to send to', ['-t'], null, 64, /^sendmail: there are no recipients/],
    ['a mode that is not there', ['-bs'], null, 64, /-bs is not stood in for/],
    ['a flag of ours that is not there', ['--frobnicate'], null, 64, /there is no flag --frobnicate/],
    ['a flag without its value', ['-f'], null, 64, /-f lacks its value/],
    [
      'a sender that would be a command',
      ['-f', 'a\r\nQUIT', 'ada@example.com'],
      null,
      69,
      /"a\\r\\nQUIT" is no address/,
    ],
    [
      'a refusal for now',
      ['ada@example.com'],
      '451 4.7.1 Later',
      75,
      /RCPT ada@example\.com was refused: 451 4\.7\.1 Later/,
    ],
    ['a refusal for good', ['ada@example.com'], '550 5.1.1 No such user', 69, /550 5\.1\.1 No such user/],
    [
      'one recipient of two',
      ['ada@example.com', 'grace@example.com'],
      '550 5.1.1 No such user',
      69,
      /^sendmail: RCPT ada@example\.com was refused/,
    ],
    ['the queue, which is empty', ['-bp'], null, 0, /^$/],
  ]
  test.each(cases)('%s', async (_what, argv, reply, code, stderr) => {
    if (reply !== null) await mail.reject({ to: 'ada@example.com' }, reply)
    const ran = await sendmail(argv, 'Subject: Hello\n\nHello\n')
    expect(ran.stderr).toMatch(stderr)
    expect(ran.code).toBe(code)
  })

  test('a connection that is lost, and a server that is not there, are for later', async () => {
    await mail.closeConnection({ to: 'ada@example.com' })
    expect(await sendmail(['ada@example.com'], '\n')).toMatchObject({
      code: 75,
      stderr: expect.stringContaining('before RCPT ada@example.com was answered'),
    })
    const nowhere = await maildouble('http://127.0.0.1:1', ['sendmail', 'ada@example.com'], { stdin: '\n' })
    expect(nowhere).toMatchObject({
      code: 75,
      stderr: expect.stringMatching(/^sendmail: maildouble at http:\/\/127\.0\.0\.1:1 cannot be reached/),
    })
  })

  test('SMTP_URL, which may be a real server, is not looked at', async () => {
    const env = { SMTP_URL: 'smtp://127.0.0.1:1' }
    expect((await maildouble(mail.url, ['sendmail', 'ada@example.com'], { stdin: '\n', env })).code).toBe(0)
    expect(
      (
        await maildouble('http://127.0.0.1:1', ['sendmail', `--smtp-url=${mail.smtpUrl}`, 'ada@example.com'], {
          stdin: '\n',
        })
      ).code,
    ).toBe(0)
  })
})
