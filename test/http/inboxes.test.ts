import { describe, expect, test } from 'vitest'
import type { App } from '../../server/http/parts.js'
import type { Inbox } from '../../server/http/schema.js'
import { makeEnvelope } from '../mail/make.js'
import { mail, makeApp, STARTED_AT_MS } from './helpers.js'

const post = (body: unknown, host = 'localhost:8025') =>
  ({ method: 'POST', url: '/api/inboxes', payload: body as object, headers: { host } }) as const

describe('registering', () => {
  test('gives a name, a token, an address and a URL for an app that logs in', async () => {
    const { app, add } = await makeApp()
    await add()
    const answer = await app.inject(post({ label: 'signs up' }, 'maildouble:8025'))
    expect(answer.statusCode).toBe(201)
    const { name, token, address, smtpUrl, label, cursor } = answer.json()
    expect(token).toBe(name)
    expect(address).toBe(`test.${token}@example.com`)
    expect(smtpUrl).toBe(`smtp://${name}:any@maildouble:1025`)
    expect([label, cursor]).toEqual(['signs up', 1])
  })

  test('the same name again is the same inbox', async () => {
    const { app } = await makeApp()
    const first = await app.inject(post({ name: 'billing', ttl: '10m' }))
    const second = await app.inject(post({ name: 'billing' }))
    expect([first.statusCode, second.statusCode]).toEqual([201, 200])
    expect(second.json()).toEqual(first.json())
  })

  test('files what is there already', async () => {
    const { app, add } = await makeApp()
    const token = (await app.inject(post({ name: 'billing' }))).json().token
    await app.inject({ method: 'DELETE', url: '/api/inboxes/billing' })
    const mine = await add({ envelope: makeEnvelope({ to: [`ada+${token}@example.com`] }) })
    await add()
    await app.inject(post({ name: 'billing' }))
    const list = (await app.inject('/api/messages?inbox=billing')).json()
    expect(list.messages.map((m: { id: string }) => m.id)).toEqual([mine.id])
    expect(list.messages[0].inboxes).toEqual(['default', 'billing'])
  })

  const bad: [body: unknown, message: RegExp][] = [
    [{ name: 'a b' }, /name: "a b" is no name/],
    [{ name: '' }, /name/],
    [{ label: 7 }, /label/],
    [{ ttl: '10' }, /ttl: "10" is not allowed/],
    [{ ttl: '0s' }, /ttl/],
    [{ ttl: '169h' }, /ttl/],
    [{ nmae: 'x' }, /nmae is not a field of this body/],
    [[], /body/i],
  ]
  test.each(bad)('%j is refused', async (body, message) => {
    const { app } = await makeApp()
    const answer = await app.inject(post(body))
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ error: 'invalid_body', message: expect.stringMatching(message) })
  })
})

describe('the list', () => {
  test('has listeners, those with mail and those that are registered, with what they hold', async () => {
    const { app, add, store } = await makeApp({ listenerInboxes: ['port'] })
    await app.inject(post({ name: 'billing', label: 'Billing' }))
    const read = await add()
    await add()
    await store.flag([read.id], { read: true })
    const { inboxes } = (await app.inject('/api/inboxes')).json()
    expect(inboxes).toMatchObject([
      { name: 'port', label: null, address: null, total: 0 },
      { name: 'default', label: null, address: null, total: 2, unread: 1, rules: 0 },
      {
        name: 'billing',
        label: 'Billing',
        address: expect.stringMatching(/^test\..{8}@example\.com$/),
        total: 0,
        bytes: 0,
      },
    ])
  })

  test('forgetting takes the registration and leaves the mail', async () => {
    const { app } = await makeApp()
    const { token } = (await app.inject(post({ name: 'billing' }))).json()
    await app.inject({
      method: 'POST',
      url: `/api/messages?rcpt-to=ada.${token}@example.com`,
      payload: mail(),
      headers: { 'content-type': 'message/rfc822' },
    })
    const gone = await app.inject({ method: 'DELETE', url: '/api/inboxes/billing' })
    expect(gone.statusCode).toBe(204)
    expect((await app.inject({ method: 'DELETE', url: '/api/inboxes/billing' })).statusCode).toBe(404)
    expect((await app.inject('/api/inboxes')).json().inboxes).toMatchObject([
      { name: 'billing', label: null, total: 1 },
    ])
    expect((await app.inject('/api/messages?inbox=billing')).json().total).toBe(1)
  })
})

describe('rules of an inbox', () => {
  const counts = async (app: App) => {
    const { inboxes } = (await app.inject('/api/inboxes')).json()
    return inboxes.map(({ name, rules }: Inbox) => [name, rules])
  }

  test('are counted where they touch only that one', async () => {
    const { app, rules } = await makeApp({ listenerInboxes: ['port'] })
    await app.inject(post({ name: 'billing' }))
    rules.add({ match: { inbox: 'billing' }, reply: 451 })
    rules.add({ match: { inbox: 'billing', to: '*@full.test' }, reply: 452 })
    rules.add({ match: { inbox: 'port' }, on: 'connect', reply: 421 })
    rules.add({ match: { to: '*@full.test' }, reply: 452 })
    expect(await counts(app)).toEqual([
      ['port', 1],
      ['billing', 2],
    ])
  })

  test('are forgotten with it, when it is deleted and when it expires', async () => {
    const { app, rules, maker } = await makeApp()
    for (const name of ['deleted', 'expired', 'kept']) {
      await app.inject(post({ name, ttl: name === 'kept' ? '2h' : '1h' }))
      rules.add({ match: { inbox: name }, reply: 451 })
    }
    await app.inject({ method: 'DELETE', url: '/api/inboxes/deleted' })
    expect(rules.list().map(({ match }) => match.inbox)).toEqual(['expired', 'kept'])
    maker.inboxes.expire(STARTED_AT_MS + 3_600_000)
    expect(rules.list().map(({ match }) => match.inbox)).toEqual(['kept'])
  })
})

test('a message added by hand goes where a recipient, the header or the parameter says', async () => {
  const { app, store } = await makeApp()
  await app.inject(post({ name: 'billing' }))
  const add = async (url: string, headers: string[] = []) => {
    const payload = mail({ headers })
    const answer = await app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'message/rfc822' } })
    return store.get(answer.json().ids?.[0] ?? '')?.inboxes ?? answer.json().message
  }
  expect(await add('/api/messages?rcpt-to=a@x.test')).toEqual(['default'])
  expect(await add('/api/messages?rcpt-to=a@x.test&inbox=other')).toEqual(['other'])
  expect(await add('/api/messages?inbox=other', ['X-Maildouble-Inbox: billing'])).toEqual(['billing'])
  expect(await add('/api/messages?inbox=no%20name')).toMatch(/inbox=no name is no name/)
})
