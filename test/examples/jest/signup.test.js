const { connectMaildouble } = require('maildouble')
const { signUp } = require('./app.js')

let mail
beforeAll(async () => {
  mail = await connectMaildouble()
})
afterAll(() => mail.stop())

test('who signs up gets a link', async () => {
  const inbox = mail.inbox({ label: 'signs up' })
  await signUp(inbox.address('ada'))

  await expect(inbox).toHaveReceivedOnce({ subject: 'Welcome' })
  const welcome = await inbox.next()
  expect(welcome).toHaveSubject(/^Welcome/)
  expect(welcome).not.toHaveLink('Unsubscribe')
  expect(welcome.link('Confirm').path).toBe('/confirm?token=7')
})
