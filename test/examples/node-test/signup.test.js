import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startMaildouble } from 'maildouble'

let mail
before(async () => {
  mail = await startMaildouble()
  process.env.SMTP_URL = mail.smtpUrl // before the app is loaded
})
after(() => mail.stop())

test('who signs up gets a link', async () => {
  const { signUp } = await import('./app.js')
  await signUp('ada@example.com')

  const welcome = await mail.next({ to: 'ada@example.com', subject: /welcome/i })
  assert.equal(welcome.link('Confirm').path, '/confirm?token=7')
  await mail.expectNone({ subject: 'Invoice' }, { withinMs: 50 })
})
