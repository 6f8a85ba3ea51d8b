import { connectMaildouble } from 'maildouble'
import 'maildouble/vitest' // the matchers, and their types
import { afterAll, expect, test } from 'vitest'
import { signOut, signUp } from './app.js'

const mail = await connectMaildouble()
afterAll(() => mail.stop())

test('who signs up gets a link and a code', async () => {
  const inbox = mail.inbox({ label: 'signs up' })
  await signUp(inbox.address('ada'))

  const welcome = await inbox.next({ subject: /welcome/i })
  expect(welcome).toHaveLink('Confirm')
  expect(welcome).toHaveAttachment('terms.pdf')
  expect(welcome.link('Confirm').path).toBe('/confirm?token=7')
  expect(welcome.otp()).toMatch(/^\d{6}$/)
})

test('who signs up is welcomed once, and gets no invoice', async () => {
  const inbox = mail.inbox({ label: 'is welcomed once' })
  const ada = inbox.address('ada')
  await signUp(ada)
  await signOut(ada)

  await expect(inbox).toHaveReceivedOnce({ subject: 'Welcome' }, { before: { subject: 'Goodbye' } })
  await expect(inbox).not.toHaveReceived({ subject: 'Invoice' }, { before: { subject: 'Goodbye' } })
})
