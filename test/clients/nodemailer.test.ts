/** nodemailer, as an app uses it. */
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'

/** One transparent pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

let mail: MailHandle
beforeAll(async () => {
  mail = await startMaildouble()
})
afterAll(() => mail.stop())

test('a mail with everything in it', async () => {
  const transport = createTransport(mail.smtpUrl)
  const info = await transport.sendMail({
    from: '"Jürgen Müller" <juergen@example.org>',
    to: ['ada@example.com', '"Grace" <grace@example.com>'],
    cc: 'carol@example.com',
    bcc: 'hidden@example.com',
    subject: 'Willkommen 👋 — bitte bestätigen',
    text: 'Ihr Code ist 739 204.\n\n.Punkt am Zeilenanfang\n',
    html: '<p>Ihr Code ist <b>739 204</b>.</p><p><a href="https://app.example/confirm?token=a&amp;b=1">Bestätigen</a><img src="cid:logo">',
    attachments: [
      { filename: 'Übersicht – März.pdf', content: Buffer.from('%PDF-1.4'), contentType: 'application/pdf' },
      { filename: 'notes.txt', content: 'one' },
      { filename: 'notes.txt', content: 'two' },
      { filename: 'logo.png', content: PNG, cid: 'logo' },
    ],
    dsn: { id: 'job-7', return: 'headers', notify: ['success', 'failure'], recipient: 'juergen@example.org' },
  })
  expect(info.accepted).toHaveLength(4)

  const message = await mail.next({ to: 'ada@example.com' })
  expect(info.response).toContain(message.id)
  expect(message.subject).toBe('Willkommen 👋 — bitte bestätigen')
  expect(message.from).toEqual({ name: 'Jürgen Müller', address: 'juergen@example.org' })
  expect(message.envelope).toMatchObject({
    verb: 'MAIL',
    from: 'juergen@example.org',
    to: ['ada@example.com', 'grace@example.com', 'carol@example.com', 'hidden@example.com'],
    fromParams: { RET: 'HDRS', ENVID: 'job-7' },
  })
  expect(message.envelope.recipients[0]?.params).toMatchObject({ NOTIFY: 'SUCCESS,FAILURE' })
  expect(message.hiddenRecipients).toEqual(['hidden@example.com'])
  expect(message.text).toContain('\r\n.Punkt am Zeilenanfang')
  expect(message.otp()).toBe('739204')
  expect(message.link('Bestätigen').path).toBe('/confirm?token=a&b=1')
  expect(message.parts.map(part => [part.filename, part.disposition])).toEqual([
    ['logo.png', 'inline'],
    ['Übersicht – März.pdf', 'attachment'],
    ['notes.txt', 'attachment'],
    ['notes.txt', 'attachment'],
  ])
  expect((await message.attachment('Übersicht – März.pdf').bytes()).toString()).toBe('%PDF-1.4')
  const [one, two] = message.parts.filter(part => part.filename === 'notes.txt')
  expect(await (await fetch(mail.url + one?.url)).text()).toBe('one')
  expect(await (await fetch(mail.url + two?.url)).text()).toBe('two')
  const html = await (await fetch(`${mail.url}/api/messages/${message.id}/html`)).text()
  expect(html).toContain('src="data:image/png;base64,')
  transport.close()
})

test('several mails over one pooled connection', async () => {
  const transport = createTransport({ url: mail.smtpUrl, pool: true, maxConnections: 1 } as never)
  await Promise.all(
    [1, 2, 3].map(n => transport.sendMail({ from: 'a@b.test', to: `pool${n}@example.com`, text: `${n}` })),
  )
  const found = await mail.waitForAll({ to: 'pool*@example.com' }, 3)
  expect(new Set(found.map(message => message.envelope.remotePort)).size).toBe(1)
  transport.close()
})
