/** The doctor: whichever thing is wrong, the words say so, and the exit code. Each server begins without a history. */
import { createTransport } from 'nodemailer'
import { expect, test } from 'vitest'
import { startMaildouble } from '../../server/index.js'
import { maildouble } from './helpers.js'

const mailTo = (to: string) => ({ from: 'app@example.org', to, subject: 'Welcome', text: 'Hello' })

test('where nobody has connected it names the usual causes, also when it has looked before', async () => {
  await using mail = await startMaildouble()
  for (const _time of [1, 2]) {
    const { code, stdout } = await maildouble(mail.url, ['doctor'])
    expect(code).toBe(1)
    expect(stdout).toContain(`yes  ${mail.smtpUrl} answers `)
    expect(stdout).toMatch(/\nNo app has connected since the start\.\n/)
    expect(stdout).toContain(`its SMTP host and port have to be ${mail.smtpUrl}\n`)
    expect(stdout).not.toContain('The last connection')
  }
})

test('where the last app failed it says why and what to change, and where mail came that nothing is wrong', async () => {
  await using mail = await startMaildouble({ smtpAuth: ['ada:secret'] })
  const transport = createTransport({ host: '127.0.0.1', port: mail.ports.smtp, auth: { user: 'ada', pass: 'wrong' } })
  await transport.sendMail(mailTo('ada@example.com')).catch(() => {})
  const [session] = await mail.sessions()
  const ill = await maildouble(mail.url, ['doctor'])
  expect(ill.code).toBe(1)
  expect(ill.stdout).toMatch(/\nThe last connection, .*: AUTH was refused: 535/)
  expect(ill.stdout).toMatch(/\nAUTH was refused: 535 .*\nGive the app a user name and a password of --smtp-auth/)
  expect(ill.stdout).toContain(`maildouble sessions ${session?.id}\n`)

  await createTransport(mail.smtpUrl).sendMail(mailTo('ada@example.com'))
  const well = await maildouble(mail.url, ['doctor'])
  expect(well.code).toBe(0)
  expect(well.stdout).toMatch(/1 message\n[\s\S]*\nyes +a message was stored +\d{4}-.*\n[\s\S]*\nNothing is wrong\.\n$/)
  expect(JSON.parse((await maildouble(mail.url, ['doctor', '--json'])).stdout)).toMatchObject({
    ports: [{ url: mail.smtpUrl, answers: true, said: expect.stringMatching(/^220 /) }],
    last: { outcome: 'delivered 1 message' },
    trouble: null,
  })
})

test('a port that does not answer is told of first, and rules that can act', async () => {
  await using mail = await startMaildouble({ tls: true })
  await mail.reject({}, '421 4.7.0 Go away', { on: 'connect' })
  const { code, stdout } = await maildouble(mail.url, ['doctor'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/NO +smtp:\/\/127\.0\.0\.1:\d+ answers +The greeting was refused: 421 4\.7\.0 Go away\n/)
  expect(stdout).toMatch(/NO +smtps:\/\//)
  expect(stdout).toMatch(/\n1 rule can act: .*\nsmtp:\S+ does not answer from here: .*\nDoes a rule close the port/)
})
