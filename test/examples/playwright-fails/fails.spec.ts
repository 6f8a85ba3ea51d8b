/** Tests that fail, for what is attached to them then: test/e2e/playwright.test.ts. */
import { expect, test } from 'maildouble/playwright'
import { createTransport } from 'nodemailer'

test('gets the wrong mail', async ({ inbox, mail }) => {
  await createTransport(mail.smtpUrl).sendMail({
    from: 'app@example.org',
    to: inbox.address('ada'),
    subject: 'Goodbye',
    html: '<p>See <b>you</b>!</p><img src="https://tracker.example/x.png">',
  })
  expect(await inbox.next()).toHaveSubject('Welcome')
})

test('gets none', async ({ inbox }) => {
  await expect(inbox).toHaveReceived({ subject: 'Welcome' }, { timeoutMs: 1 })
})

test('passes', async ({ inbox }) => {
  await expect(inbox).not.toHaveReceived({}, { withinMs: 1 })
})
