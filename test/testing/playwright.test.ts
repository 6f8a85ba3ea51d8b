/** What `maildoubleServer` gives Playwright; test/e2e/playwright.test.ts runs it. */
import { afterEach, expect, test, vi } from 'vitest'
import { readEnvironment } from '../../server/options.js'
import { maildoubleServer } from '../../server/testing/playwright.js'

afterEach(() => vi.unstubAllEnvs())

test.each([
  ['the usual ports', '', {}, 'http://127.0.0.1:8025/api/info', { httpPort: 8025 }],
  [
    'options of every kind',
    '',
    { httpPort: 8026, smtpPort: 0, tls: true, smtpAuth: ['ada:1', 'bob:2'], maxBytes: '64M', maxAge: undefined },
    'http://127.0.0.1:8026/api/info',
    { httpPort: 8026, smtpPort: [{ port: 0 }], tls: true, smtpAuth: ['ada:1', 'bob:2'], maxBytes: 64 * 1024 ** 2 },
  ],
  ['the port that is named', 'http://localhost:9025', {}, 'http://localhost:9025/api/info', { httpPort: 9025 }],
])('%s', (_what, named, options, url, read) => {
  vi.stubEnv('MAILDOUBLE_URL', named)
  const server = maildoubleServer(options)
  expect(server.url).toBe(url)
  expect(server.command).toMatch(/cli\.js"$/)
  expect(readEnvironment(server.env)).toMatchObject(read)
  // For the fixtures, and the same when the config is loaded anew.
  expect(process.env.MAILDOUBLE_URL).toBe(new URL(url).origin)
  expect(maildoubleServer(options)).toEqual(server)
})

test('rules are JSON', () => {
  vi.stubEnv('MAILDOUBLE_URL', '')
  const rules = [{ match: { to: 'full@example.com' }, reply: '552' }]
  expect(JSON.parse(maildoubleServer({ rules }).env.MAILDOUBLE_RULES ?? '')).toEqual(rules)
})

test('one elsewhere is not started here, and named where it does not answer', () => {
  vi.stubEnv('MAILDOUBLE_URL', 'http://mail.test:8025')
  const { command, url } = maildoubleServer()
  expect(command).toContain('MAILDOUBLE_URL: nothing answers at http://mail.test:8025')
  expect(url).toBe('http://mail.test:8025/api/info')
})

test('a password goes to the fixtures, and not into what Playwright prints', () => {
  vi.stubEnv('MAILDOUBLE_URL', '')
  const { url } = maildoubleServer({ httpAuth: ['ada:p@ss', 'grace:x'] })
  expect(url).toBe('http://127.0.0.1:8025/api/info')
  expect(process.env.MAILDOUBLE_URL).toBe('http://ada:p%40ss@127.0.0.1:8025')
})

test('one behind a proxy is asked under its path', () => {
  vi.stubEnv('MAILDOUBLE_URL', 'https://ada:secret@mail.example.com/inbox/')
  const { command, url } = maildoubleServer()
  expect(url).toBe('https://mail.example.com/inbox/api/info')
  expect(command).not.toContain('secret')
})
