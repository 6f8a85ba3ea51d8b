/** Passwords, other sites and paths of proxies, as a client meets them. Who is refused at all: guard.test.ts. */
import { describe, expect, test } from 'vitest'
import { basicLogin } from '../../server/http/basic.js'
import { type Account, isAccount } from '../../server/net/sasl.js'
import { makeEnvelope } from '../mail/make.js'
import { type Fixture, makeApp, RICH_MAIL, SITE } from './helpers.js'

const ACCOUNTS: Account[] = [
  { username: 'ada', password: 'se:cret' },
  { username: 'grace', password: 'Grüße' },
]
const mayEnter = (username: string, password: string) => isAccount(ACCOUNTS, username, password)
const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`
/** What a client on this machine sends. */
const HOST = { host: 'localhost:8025' }
const ADA = { ...HOST, authorization: basic('ada:se:cret') }

describe('Basic authorization', () => {
  const logins: [header: string | undefined, login: [string, string] | undefined][] = [
    [basic('ada:se:cret'), ['ada', 'se:cret']],
    [basic('ada:se:cret').replace('Basic', 'bASIC'), ['ada', 'se:cret']],
    [basic('grace:Grüße'), ['grace', 'Grüße']],
    [basic(':'), ['', '']],
    [basic('ada'), undefined],
    ['Basic', undefined],
    ['Basic a:b', undefined],
    ['Bearer YTpi', undefined],
    ['', undefined],
    [undefined, undefined],
  ]
  test.each(logins)('%s', (header, login) => {
    expect(basicLogin(header)).toEqual(login && { username: login[0], password: login[1] })
  })

  test.each([
    ['nothing', undefined, 401],
    ['the right password', 'ada:se:cret', 200],
    ["another's password", 'ada:Grüße', 401],
    ['a beginning of it', 'ada:se', 401],
    ['an empty password', 'ada:', 401],
    ['an empty name', ':se:cret', 401],
    ['a name that there is not', 'eve:se:cret', 401],
  ])('with %s', async (_what, login, status) => {
    const { app } = await makeApp({ mayEnter })
    const answer = await app.inject({ url: '/api/messages', headers: login ? { authorization: basic(login) } : {} })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['www-authenticate']).toBe(
      status === 401 ? 'Basic realm="maildouble", charset="UTF-8"' : undefined,
    )
    if (status === 401)
      expect(answer.json()).toMatchObject({ error: 'unauthorized', fix: expect.stringMatching(/--http-auth/) })
  })

  test('stands before everything but the probes, live events and what is not there included', async () => {
    const { app, store, add } = await makeApp({ mayEnter })
    await add()
    for (const url of [
      '/',
      '/docs',
      '/openapi.json',
      '/llms.txt',
      '/api/ca.pem',
      '/api/changes',
      '/nothing',
      '/api/nothing',
    ])
      expect([url, (await app.inject(url)).statusCode]).toEqual([url, 401])
    expect((await app.inject({ method: 'DELETE', url: '/api/messages' })).statusCode).toBe(401)
    expect(store.total).toBe(1)
    await expect(app.injectWS('/api/changes', { headers: HOST })).rejects.toThrow('401')
    const socket = await app.injectWS('/api/changes', { headers: ADA })
    socket.terminate()
    for (const url of ['/healthz', '/readyz']) expect((await app.inject(url)).statusCode).toBe(200)
  })

  test('a stranger is not even asked, and a browser is told in words', async () => {
    const { app } = await makeApp({ mayEnter })
    const stranger = await app.inject({ url: '/', headers: { ...ADA, host: 'evil.example.com' } })
    expect([stranger.statusCode, stranger.headers['www-authenticate']]).toEqual([403, undefined])
    const page = await app.inject({ url: '/', headers: { accept: 'text/html' } })
    expect([page.statusCode, page.body]).toEqual([401, expect.stringContaining('<h1>Password needed</h1>')])
    expect((await app.inject({ url: '/llms.txt', headers: ADA })).body).toContain('curl -u user:password')
  })

  test('an account file without an account lets nobody in', async () => {
    const { app } = await makeApp({ mayEnter: (username, password) => isAccount([], username, password) })
    expect((await app.inject({ url: '/', headers: ADA })).statusCode).toBe(401)
  })
})

describe('pages of other sites', () => {
  const guest = 'https://app.example.com'
  const named = { ...SITE, corsOrigins: [guest] }
  const everyone = { ...SITE, corsOrigins: ['*'] }
  const cors = (answer: Awaited<ReturnType<Fixture['app']['inject']>>) =>
    Object.fromEntries(Object.entries(answer.headers).filter(([name]) => /^access-control|^vary$/.test(name)))
  const preflight = (origin: string) => ({
    method: 'OPTIONS' as const,
    url: '/api/messages',
    headers: { origin, 'access-control-request-method': 'DELETE', 'sec-fetch-site': 'cross-site' },
  })

  const readers: [site: typeof SITE, origin: string, password: boolean, status: number, allowed: object][] = [
    [SITE, guest, false, 403, {}],
    [named, guest, false, 200, { 'access-control-allow-origin': guest }],
    [named, 'https://other.example.com', false, 403, {}],
    [named, 'http://app.example.com', false, 403, {}],
    [named, 'https://app.example.com.evil.example', false, 403, {}],
    [named, 'null', false, 403, {}],
    // with a password, which the named sites alone may use
    [named, guest, true, 200, { 'access-control-allow-origin': guest, 'access-control-allow-credentials': 'true' }],
    [everyone, guest, false, 200, { 'access-control-allow-origin': '*' }],
    [everyone, 'null', false, 403, {}],
    // a star never with credentials, should the two ever meet
    [everyone, guest, true, 200, { 'access-control-allow-origin': '*' }],
  ]
  test.each(readers)('%j, asked from %s, with a password: %s', async (site, origin, password, status, allowed) => {
    const { app } = await makeApp({ site, ...(password && { mayEnter }) })
    const answer = await app.inject({ url: '/api/messages', headers: { origin, ...(password && ADA) } })
    expect(answer.statusCode).toBe(status)
    const { vary, 'access-control-expose-headers': _, ...told } = cors(answer)
    expect(told).toEqual(allowed)
    if (status === 200) expect(vary).toBe('Origin')
    const upgrade = app.injectWS('/api/changes', { headers: { ...HOST, origin, ...(password && ADA) } })
    if (status === 200) (await upgrade).terminate()
    else await expect(upgrade).rejects.toThrow('403')
  })

  test('ask first, which takes no password and tells no mail', async () => {
    const { app } = await makeApp({ site: named, mayEnter })
    const asked = await app.inject(preflight(guest))
    expect([asked.statusCode, asked.body]).toEqual([204, ''])
    expect(cors(asked)).toMatchObject({
      'access-control-allow-origin': guest,
      'access-control-allow-methods': expect.stringContaining('DELETE'),
      'access-control-allow-headers': expect.stringContaining('content-type'),
    })
    const refused = await app.inject(preflight('https://other.example.com'))
    expect([refused.statusCode, cors(refused)]).toEqual([403, {}])
    // What only looks like a preflight is no way past the password.
    expect((await app.inject({ method: 'OPTIONS', url: '/api/messages', headers: { origin: guest } })).statusCode).toBe(
      401,
    )
    expect((await app.inject({ ...preflight(guest), method: 'GET' })).statusCode).toBe(401)
  })

  test('read also why something failed', async () => {
    const { app } = await makeApp({ site: named })
    const answer = await app.inject({ url: '/api/messages/none', headers: { origin: guest } })
    expect([answer.statusCode, cors(answer)]).toEqual([
      404,
      expect.objectContaining({ 'access-control-allow-origin': guest }),
    ])
  })
})

describe('a path of a proxy', () => {
  const site = { ...SITE, basePath: '/mail/', publicUrl: 'https://mail.example.com/mail' }

  test.each(['/healthz', '/api/messages', '/api/messages/latest/raw', '/openapi.json'])(
    '%s is there with it and without it',
    async url => {
      const { app, add } = await makeApp({ site })
      await add()
      const [stripped, kept] = await Promise.all([app.inject(url), app.inject(`/mail${url}`)])
      expect([stripped.statusCode, kept.statusCode, kept.body]).toEqual([200, 200, stripped.body])
    },
  )

  test('is not stripped twice, nor from what only begins like it', async () => {
    const { app } = await makeApp({ site })
    for (const url of ['/mail/mail/healthz', '/mailbox/healthz', '/mailhealthz'])
      expect([url, (await app.inject(url)).statusCode]).toEqual([url, 404])
  })

  test('opens with a slash at its end, and is guarded as any other', async () => {
    const { app } = await makeApp({ site })
    const bare = await app.inject('/mail')
    expect([bare.statusCode, bare.headers.location]).toEqual([308, '/mail/'])
    for (const url of ['/mail', '/mail/', '/mail/api/messages', '/mail/%61pi/messages'])
      expect((await app.inject({ url, headers: { host: 'evil.example.com' } })).statusCode).toBe(403)
    const json = await app.inject({ url: '/mail/api/none', headers: { accept: 'text/html' } })
    expect(json.json()).toMatchObject({ error: 'not_found' })
    expect((await app.inject('/mail/none')).body).toContain('The page is at /mail/')
    expect((await (await makeApp()).app.inject('/mail/')).body).toContain('--public-url')
  })

  test('stands in every link that is told', async () => {
    const { app, add } = await makeApp({ site })
    await add({ raw: RICH_MAIL, envelope: makeEnvelope({ to: ['ada@example.com'] }) })
    const message = (await app.inject('/api/messages/latest')).json()
    expect(message.parts[0].url).toBe(`/mail/api/messages/${message.id}/parts/${message.parts[0].id}`)
    expect((await app.inject(message.parts[0].url)).statusCode).toBe(200)
    expect((await app.inject('/api/messages/latest.md')).body).toContain(`/mail/api/messages/${message.id}`)
    for (const url of ['/llms.txt', '/docs']) {
      const { body } = await app.inject({ url, headers: { host: '127.0.0.1:8025' } })
      expect(body).toContain('https://mail.example.com/mail/api/messages')
      expect(body).not.toContain('127.0.0.1:8025/api')
    }
    expect((await app.inject('/api/info')).json()).toMatchObject({ publicUrl: 'https://mail.example.com/mail' })
  })
})
