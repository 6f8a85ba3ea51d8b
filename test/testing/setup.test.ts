/** The globalSetup of the runners. */
import { expect, test } from 'vitest'
import { startMaildouble } from '../../server/index.js'
import { setUpServer } from '../../server/testing/setup.js'

test('starts a server, names it in the environment, and leaves both as they were', async () => {
  const env: Record<string, string | undefined> = { SMTP_HOST: 'smtp.example.org', OTHER: 'stays' }
  const stop = await setUpServer(env)
  expect(env).toEqual({
    SMTP_URL: `smtp://${env.SMTP_HOST}:${env.SMTP_PORT}`,
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: expect.stringMatching(/^\d+$/),
    MAILDOUBLE_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    OTHER: 'stays',
  })
  const info = `${env.MAILDOUBLE_URL}/api/info`
  const { listeners } = (await (await fetch(info)).json()) as { listeners: { url: string }[] }
  expect(listeners.map(({ url }) => url)).toContain(env.SMTP_URL)

  await stop()
  expect(env).toEqual({ SMTP_HOST: 'smtp.example.org', OTHER: 'stays' })
  await expect(fetch(info)).rejects.toThrow()
})

test('asks the server that the environment names where mail goes', async () => {
  await using mail = await startMaildouble()
  const env: Record<string, string | undefined> = { MAILDOUBLE_URL: mail.url }
  const stop = await setUpServer(env)
  expect(env).toMatchObject({ MAILDOUBLE_URL: mail.url, SMTP_URL: mail.smtpUrl, SMTP_PORT: String(mail.ports.smtp) })
  await stop()
  expect(env).toEqual({ MAILDOUBLE_URL: mail.url })
  expect(await mail.messages()).toEqual([])
})

test('uses the server that the environment names', async () => {
  const env = { MAILDOUBLE_URL: 'http://mail.test:8025', SMTP_URL: 'smtp://mail.test:1025' }
  const stop = await setUpServer(env)
  await stop()
  expect(env).toEqual({ MAILDOUBLE_URL: 'http://mail.test:8025', SMTP_URL: 'smtp://mail.test:1025' })
})
