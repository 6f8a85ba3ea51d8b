import { describe, expect, test } from 'vitest'
import { makeEnvelope } from '../mail/make.js'
import { type Fixture, mail, makeApp, STARTED_AT_MS } from './helpers.js'

/** Runs once the app has subscribed to the store for somebody. */
function waiting({ store }: Fixture): Promise<void> {
  return new Promise(resolve => {
    const subscribe = store.subscribe.bind(store)
    store.subscribe = fn => {
      setImmediate(resolve)
      return subscribe(fn)
    }
  })
}

const ask = async ({ app }: Fixture, url: string) => {
  const answer = await app.inject({ url })
  return { status: answer.statusCode, body: answer.json() }
}

describe('wait', () => {
  test('answers at once with what is there, oldest first', async () => {
    const fixture = await makeApp()
    for (const subject of ['1', '2', '3']) await fixture.add({ raw: mail({ subject }) })
    const { body } = await ask(fixture, '/api/messages?wait=60s&since=1')
    expect(body.messages.map((message: { subject: string }) => message.subject)).toEqual(['2', '3'])
  })

  test('answers as soon as one comes', async () => {
    const fixture = await makeApp()
    const subscribed = waiting(fixture)
    const answer = ask(fixture, '/api/messages?wait=60s&subject=wanted')
    await subscribed
    await fixture.add({ raw: mail({ subject: 'other' }) })
    await fixture.add({ raw: mail({ subject: 'wanted' }) })
    expect((await answer).body).toMatchObject({ total: 1, messages: [{ subject: 'wanted' }] })
  })

  test('waits for count, those already there included', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: mail({ subject: '1' }) })
    const subscribed = waiting(fixture)
    const answer = ask(fixture, '/api/messages?wait=60s&count=3')
    await subscribed
    await fixture.add({ raw: mail({ subject: '2' }) })
    await fixture.add({ raw: mail({ subject: '3' }) })
    expect((await answer).body.total).toBe(3)
  })

  test('serves latest and everything below it', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: mail({ subject: 'old' }) })
    const subscribed = waiting(fixture)
    const answer = fixture.app.inject({ url: '/api/messages/latest/text?wait=60s&since=1' })
    await subscribed
    await fixture.add({ raw: mail({ body: 'the new one' }) })
    expect((await answer).body).toContain('the new one')
  })

  test('takes a time for since', async () => {
    const fixture = await makeApp()
    await fixture.add({ receivedAtMs: STARTED_AT_MS })
    const since = new Date(STARTED_AT_MS).toISOString()
    expect(await ask(fixture, `/api/messages?wait=1ms&since=${since}`)).toMatchObject({
      status: 404,
      body: { arrived: [] },
    })
    await fixture.add({ receivedAtMs: STARTED_AT_MS + 1 })
    expect((await ask(fixture, `/api/messages?wait=1ms&since=${since}`)).body.total).toBe(1)
  })

  test('that ends in vain tells what arrived instead', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: mail({ subject: 'before' }) })
    await fixture.add({ raw: mail({ subject: 'after' }) })
    await fixture.add({ raw: mail({ subject: 'elsewhere' }), inboxes: ['other'] })
    const search = 'wait=1ms&subject=wanted'

    const all = await ask(fixture, `/api/messages?${search}`)
    expect(all.status).toBe(404)
    expect(all.body).toMatchObject({
      error: 'no_match',
      message: expect.stringContaining('1ms'),
      fix: expect.any(String),
      arrived: [{ subject: 'elsewhere' }, { subject: 'after' }, { subject: 'before' }],
      sessions: [],
    })
    const inbox = await ask(fixture, `/api/messages?${search}&inbox=default&since=1`)
    expect(inbox.body.arrived).toMatchObject([{ subject: 'after' }])
  })

  test('leaves out what did match, and shows the newest 20', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: mail({ subject: 'wanted' }) })
    for (let n = 1; n <= 30; n++) await fixture.add({ raw: mail({ subject: String(n) }) })
    const { body } = await ask(fixture, '/api/messages?wait=1ms&subject=wanted&count=2')
    const arrived = body.arrived.map((message: { subject: string }) => message.subject)
    expect(arrived).toEqual(Array.from({ length: 20 }, (_, n) => String(30 - n)))
  })

  test('ends when the server stops', async () => {
    const fixture = await makeApp()
    const subscribed = waiting(fixture)
    const answer = ask(fixture, '/api/messages?wait=60s')
    await subscribed
    await fixture.app.close()
    expect(await answer).toMatchObject({ status: 503, body: { error: 'stopping' } })
  })

  test.each([
    ['?wait=10', 'wait'],
    ['?wait=61s', 'wait'],
    ['?count=2', 'count'],
    ['?wait=1ms&count=0', 'count'],
  ])('%s is 400', async (search, name) => {
    const { status, body } = await ask(await makeApp(), `/api/messages${search}`)
    expect([status, body.message]).toEqual([400, expect.stringContaining(name)])
  })
})

describe('latest', () => {
  test('is the newest that the filters leave', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: mail({ subject: '1' }), envelope: makeEnvelope({ to: ['eve@example.com'] }) })
    await fixture.add({ raw: mail({ subject: '2' }) })
    expect((await ask(fixture, '/api/messages/latest')).body.subject).toBe('2')
    expect((await ask(fixture, '/api/messages/latest?rcpt-to=eve@example.com')).body.subject).toBe('1')
  })

  test('is 404 with what arrived where nothing matches', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: mail({ subject: '1' }) })
    const { status, body } = await ask(fixture, '/api/messages/latest?subject=none')
    expect(status).toBe(404)
    expect(body).toMatchObject({ error: 'no_match', arrived: [{ subject: '1' }] })
  })
})

describe('an id', () => {
  test('finds its message, and takes no filters', async () => {
    const fixture = await makeApp()
    const { id } = await fixture.add({ raw: mail({ subject: '1' }) })
    const { instance } = fixture.store.epoch
    expect((await ask(fixture, `/api/messages/${id}?instance=${instance}`)).body.id).toBe(id)
    expect((await ask(fixture, `/api/messages/${id}?subject=1`)).status).toBe(400)
    expect((await ask(fixture, `/api/messages/${id}?wait=1ms`)).status).toBe(400)
  })

  test.each(['unknown', '1', 'constructor', '..%2f..', '%00', '-1'])('%s is 404', async id => {
    const fixture = await makeApp()
    await fixture.add()
    expect(await ask(fixture, `/api/messages/${id}`)).toMatchObject({ status: 404, body: { error: 'not_found' } })
  })
})
