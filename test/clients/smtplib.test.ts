/** Python's smtplib and email package: another hand's client and another hand's way to write mail. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'

let mail: MailHandle
beforeAll(async () => {
  mail = await startMaildouble()
})
afterAll(() => mail.stop())

const SCRIPT = `
import smtplib, sys
from email.message import EmailMessage

message = EmailMessage()
message['From'] = 'Grüße <app@example.org>'
message['To'] = 'ada@example.com'
message['Subject'] = 'Grüße aus Python'
message.set_content('Schöne Grüße\\n.\\nund ein Punkt\\n')
message.add_alternative('<p>Schöne Grüße</p>', subtype='html')
message.add_attachment(b'a,b\\n1,2\\n', maintype='text', subtype='csv', filename='Zürich.csv')

with smtplib.SMTP('localhost', int(sys.argv[1])) as smtp:
    smtp.ehlo()
    assert smtp.has_extn('8bitmime') and smtp.has_extn('smtputf8') and smtp.has_extn('size')
    assert smtp.verify('ada@example.com')[0] == 252
    assert smtp.expn('staff')[0] == 252
    assert smtp.noop()[0] == 250
    refused = smtp.send_message(message, to_addrs=['ada@example.com', 'bob@example.com'])
    assert refused == {}, refused
    smtp.mail('app@example.org')
    print(smtp.docmd('RCPT', 'TO:<not an address>')[0])
`

const run = promisify(execFile)

test('smtplib delivers, asks and is refused as by a real server', async () => {
  const { stdout } = await run('python3', ['-c', SCRIPT, String(mail.ports.smtp)])
  expect(stdout.trim()).toBe('501')
  const message = await mail.next({ subject: 'Grüße aus Python' })
  expect(message.from).toEqual({ name: 'Grüße', address: 'app@example.org' })
  expect(message.envelope.to).toEqual(['ada@example.com', 'bob@example.com'])
  expect(message.text?.replaceAll('\r\n', '\n')).toBe('Schöne Grüße\n.\nund ein Punkt\n')
  expect(message.html?.trim()).toBe('<p>Schöne Grüße</p>')
  expect((await message.attachment('Zürich.csv').bytes()).toString()).toBe('a,b\n1,2\n')
  expect(await mail.messages()).toHaveLength(1)
})

const TROUBLES = `
import smtplib, sys

def send(*to):
    with smtplib.SMTP('localhost', int(sys.argv[1])) as smtp:
        return smtp.sendmail('app@example.org', to, 'Subject: Rules\\r\\n\\r\\nHello')

def attempt(*to):
    try:
        print({who: code for who, (code, _) in send(*to).items()})
    except smtplib.SMTPRecipientsRefused as refused:
        print(sorted(code for code, _ in refused.recipients.values()))
    except smtplib.SMTPServerDisconnected:
        print('disconnected')
    except smtplib.SMTPResponseException as refused:
        print(refused.smtp_code)

attempt('ada@example.com', 'bob@unknown.test', 'carol@example.com')
attempt('grey@example.com')
attempt('grey@example.com')
attempt('lost@example.com')
attempt('late@example.com')
`

test('smtplib meets what rules do', async () => {
  mail.clear()
  await mail.rules.preset('no-such-user', { match: { to: '*@unknown.test' } })
  await mail.rules.preset('greylist', { match: { to: 'grey@*' } })
  await mail.rules.preset('lost-ack', { match: { to: 'lost@*' } })
  await mail.reject({ to: 'late@*' }, '554 5.6.0 Not that one', { on: 'message' })
  const { stdout } = await run('python3', ['-c', TROUBLES, String(mail.ports.smtp)])
  expect(stdout.trim().split('\n')).toEqual(["{'bob@unknown.test': 550}", '[451]', '{}', 'disconnected', '554'])
  expect((await mail.messages()).map(({ envelope }) => envelope.to)).toEqual([
    ['ada@example.com', 'carol@example.com'],
    ['grey@example.com'],
    ['lost@example.com'],
  ])
})
