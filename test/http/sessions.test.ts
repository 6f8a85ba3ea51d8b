/** Sessions, attempts and the diagnosis, over the app. */
import { describe, expect, test } from 'vitest'
import { makeFailure, makeTeller } from '../mail/make-records.js'
import { type Fixture, makeApp, STARTED_AT_MS } from './helpers.js'

const ask = async ({ app }: Fixture, url: string) => {
  const answer = await app.inject({ url })
  return { status: answer.statusCode, body: answer.json() }
}
const ids = (items: { id: string }[]) => items.map(({ id }) => id)

/** A message in the store, brought by a session as SMTP brings it. */
async function deliver(fixture: Fixture, to = ['ada@example.com']) {
  const { maker, add } = fixture
  const session = maker.open({ outcome: 'delivered 1 message' })
  session.said('client', 'EHLO client.example')
  const message = await add({ sessionId: session.id })
  const attempt = maker.attempt(session, { to, messageId: message.id })
  session.reached('stored')
  maker.records.end(session)
  return { session, message, attempt }
}

describe('GET /api/sessions', () => {
  test('lists the newest first, without what was said', async () => {
    const fixture = await makeApp()
    const { maker } = fixture
    const failed = maker.failed()
    const open = maker.open({ outcome: 'still open' })
    const { status, body } = await ask(fixture, '/api/sessions')
    expect(status).toBe(200)
    expect(ids(body.sessions)).toEqual([open.id, failed.id])
    expect(body.next).toBeNull()
    expect(body.sessions[1]).toMatchObject({
      protocol: 'smtp',
      helo: 'client.example',
      outcome: 'AUTH was refused: 535 5.7.8 The user name or the password is wrong',
      endedAt: expect.stringMatching(/Z$/),
    })
    expect(body.sessions[1]).not.toHaveProperty('transcript')
  })

  test('pages, in either order', async () => {
    const fixture = await makeApp()
    const all = Array.from({ length: 5 }, () => fixture.maker.failed().id)
    const first = await ask(fixture, '/api/sessions?limit=2&order=oldest')
    const second = await ask(fixture, `/api/sessions?limit=2&page=${first.body.next}`)
    const third = await ask(fixture, `/api/sessions?limit=2&page=${second.body.next}`)
    expect([first, second, third].flatMap(({ body }) => ids(body.sessions))).toEqual(all)
    expect(third.body.next).toBeNull()
  })

  test('filters, and tells what ended after a cursor or is open', async () => {
    const fixture = await makeApp()
    const { maker, store } = fixture
    maker.failed()
    const open = maker.open()
    const { cursor } = store
    const later = maker.failed()
    expect(ids((await ask(fixture, `/api/sessions?since=${cursor}`)).body.sessions)).toEqual([later.id, open.id])
    expect(ids((await ask(fixture, '/api/sessions?outcome=535&order=oldest')).body.sessions)).toHaveLength(2)
    expect((await ask(fixture, '/api/sessions?protocol=imap')).body.sessions).toEqual([])
  })

  test('waits for one', async () => {
    const fixture = await makeApp()
    const waiting = ask(fixture, '/api/sessions?wait=10s&outcome=535')
    await new Promise(resolve => setImmediate(resolve))
    fixture.maker.delivered()
    const failed = fixture.maker.failed()
    expect(ids((await waiting).body.sessions)).toEqual([failed.id])
  })

  const bad: [query: string, error: string][] = [
    ['outcom=x', 'unknown_parameter'],
    ['protocol=ftp', 'invalid_parameter'],
    ['since=x', 'invalid_parameter'],
    ['count=2', 'invalid_parameter'],
    ['page=x', 'invalid_parameter'],
    ['since=4000000', 'reload'],
    ['instance=x', 'reload'],
  ]
  test.each(bad)('?%s is refused: %s', async (query, error) => {
    expect((await ask(await makeApp(), `/api/sessions?${query}`)).body).toMatchObject({ error })
  })
})

describe('GET /api/sessions/{id}', () => {
  test('has what was said', async () => {
    const fixture = await makeApp()
    const session = fixture.maker.failed()
    const { body } = await ask(fixture, `/api/sessions/${session.id}`)
    expect(body.transcript).toEqual([{ at: 0, from: 'client', line: 'EHLO client.example' }])
  })

  test('says so where there is none', async () => {
    const { status, body } = await ask(await makeApp(), '/api/sessions/nobody')
    expect([status, body.error]).toEqual([404, 'not_found'])
    expect(body.fix).toContain('--max-sessions')
  })
})

describe('GET /api/attempts', () => {
  test('lists, filters and pages', async () => {
    const fixture = await makeApp()
    const { maker } = fixture
    maker.failed({}, { to: ['ada@example.com'], code: 451 })
    maker.failed({}, { to: ['bob@example.com'], outcome: 'lost', code: null })
    const { attempt } = await deliver(fixture)
    const { body } = await ask(fixture, '/api/attempts?to=ada@example.com&order=oldest')
    expect(body.attempts.map((a: { code: number }) => a.code)).toEqual([451, 250])
    expect(body.attempts[1]).toEqual(attempt.describe())
    expect(ids((await ask(fixture, '/api/attempts?outcome=lost')).body.attempts)).toHaveLength(1)
    expect(ids((await ask(fixture, '/api/attempts?code=451')).body.attempts)).toHaveLength(1)
    const page = await ask(fixture, '/api/attempts?limit=1')
    expect(ids(page.body.attempts)).toEqual([attempt.id])
    expect(ids((await ask(fixture, `/api/attempts?limit=5&page=${page.body.next}`)).body.attempts)).toHaveLength(2)
  })

  test('waits for as many as are wanted, and lists them as they were made', async () => {
    const fixture = await makeApp()
    const { maker } = fixture
    maker.failed({}, { code: 451 })
    const waiting = ask(fixture, '/api/attempts?to=ada@example.com&wait=10s&count=3')
    await new Promise(resolve => setImmediate(resolve))
    maker.failed({}, { code: 451 })
    await deliver(fixture)
    expect((await waiting).body.attempts.map((a: { code: number }) => a.code)).toEqual([451, 451, 250])
  })

  test('says in vain waits what delivered nothing', async () => {
    const fixture = await makeApp()
    const session = fixture.maker.failed()
    const { status, body } = await ask(fixture, '/api/attempts?wait=1ms')
    expect([status, body.error, ids(body.sessions)]).toEqual([404, 'no_match', [session.id]])
  })
})

describe('GET /api/attempts/{id}/raw', () => {
  test('is what DATA brought, also where it was refused', async () => {
    const fixture = await makeApp()
    const refused = fixture.maker.failed({}, { data: Buffer.from('Subject: no\r\n\r\n') })
    const answer = await fixture.app.inject(`/api/attempts/${refused.attempts[0]?.id}/raw`)
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
      200,
      'message/rfc822',
      'Subject: no\r\n\r\n',
    ])
  })

  test('is the message where it was stored, for as long as that is there', async () => {
    const fixture = await makeApp()
    const { attempt, message } = await deliver(fixture)
    const url = `/api/attempts/${attempt.id}/raw`
    expect((await fixture.app.inject(url)).rawPayload.equals(message.raw)).toBe(true)
    await fixture.store.remove([message.id])
    expect((await ask(fixture, url)).body).toMatchObject({ error: 'not_found', message: expect.stringMatching(/gone/) })
  })

  test('is nothing where no data came', async () => {
    const fixture = await makeApp()
    const session = fixture.maker.failed({}, {})
    const { status, body } = await ask(fixture, `/api/attempts/${session.attempts[0]?.id}/raw`)
    expect([status, body.message]).toEqual([404, 'The attempt brought no data.'])
  })
})

describe('below a message', () => {
  test('its session, and the tries that it took', async () => {
    const fixture = await makeApp()
    const first = fixture.maker.failed({}, { code: 451 })
    const { session, message, attempt } = await deliver(fixture)
    expect((await ask(fixture, `/api/messages/${message.id}/session`)).body.id).toBe(session.id)
    expect(ids((await ask(fixture, '/api/messages/latest/attempts')).body.attempts)).toEqual([
      first.attempts[0]?.id,
      attempt.id,
    ])
  })

  test('nothing where it was added by hand, or its session has left', async () => {
    const fixture = await makeApp({ recordBounds: { maxSessions: 1 } })
    const byHand = await fixture.add({ sessionId: null })
    const { message } = await deliver(fixture)
    fixture.maker.failed()
    expect((await ask(fixture, `/api/messages/${byHand.id}/session`)).body).toMatchObject({ error: 'not_found' })
    expect((await ask(fixture, `/api/messages/${byHand.id}/attempts`)).body).toEqual({ attempts: [], next: null })
    expect((await ask(fixture, `/api/messages/${message.id}/session`)).status).toBe(404)
    expect((await ask(fixture, `/api/messages/${message.id}/attempts`)).body.attempts).toEqual([])
  })
})

test('a wait for messages in vain shows the connections that delivered nothing', async () => {
  const fixture = await makeApp()
  const before = fixture.maker.failed()
  const { cursor } = fixture.store
  const after = fixture.maker.failed()
  fixture.maker.delivered()
  const { body } = await ask(fixture, `/api/messages?wait=1ms&since=${cursor}`)
  expect(ids(body.sessions)).toEqual([after.id])
  expect(body.fix).toContain('sessions')
  expect(ids((await ask(fixture, '/api/messages/latest')).body.sessions)).toEqual([after.id, before.id])
})

test('registering an inbox files the attempts that are there', async () => {
  const fixture = await makeApp()
  const inject = (method: 'POST' | 'DELETE', url: string, payload?: object) =>
    fixture.app.inject({ method, url, ...(payload && { payload }) })
  const { token } = (await inject('POST', '/api/inboxes', { name: 'billing' })).json()
  await inject('DELETE', '/api/inboxes/billing')
  fixture.maker.failed({}, { to: [`ada.${token}@example.com`] })
  await inject('POST', '/api/inboxes', { name: 'billing' })
  const { body } = await ask(fixture, '/api/attempts?inbox=billing')
  expect(body.attempts[0].inboxes).toEqual(['default', 'billing'])
})

describe('GET /api/diagnosis', () => {
  const stepsOf = async (fixture: Fixture) => {
    const { body } = await ask(fixture, '/api/diagnosis')
    return Object.fromEntries(body.steps.map(({ step, ...rest }: { step: string }) => [step, rest]))
  }
  const reasons = (steps: Record<string, { reason: string | null }>) =>
    Object.entries(steps).flatMap(([step, { reason }]) => (reason === null ? [] : [`${step}: ${reason}`]))

  test('no connection at all: where apps should send, and what usually keeps them', async () => {
    const fixture = await makeApp()
    const steps = await stepsOf(fixture)
    expect(Object.keys(steps)).toEqual(['connected', 'greeted', 'tls', 'auth', 'recipient', 'stored'])
    expect(steps.connected).toMatchObject({ happened: false, lastAt: null, sessionId: null })
    expect(steps.connected.reason).toBe('No app has connected since the start.')
    expect(steps.connected.fix).toContain('smtp://127.0.0.1:1025')
  })

  test('a port that a rule has closed, while it lasts', async () => {
    const fixture = await makeApp({ listenerInboxes: ['billing'] })
    await deliver(fixture)
    const { id } = fixture.rules.add({ refuseConnections: true, match: { inbox: 'billing' } })
    const steps = await stepsOf(fixture)
    expect(reasons(steps)).toEqual([
      `connected: Rule ${id} has closed the port of billing: apps are refused as by a server that is down.`,
    ])
    expect(steps.connected).toMatchObject({ happened: true, fix: expect.stringContaining(`DELETE /api/rules/${id}`) })
    fixture.rules.replace(id, { refuseConnections: true, enabled: false })
    expect(reasons(await stepsOf(fixture))).toEqual([])
  })

  test('the newest failure, with what to change and the session that shows it', async () => {
    const fixture = await makeApp()
    fixture.maker.failed({ step: 'tls', reason: 'the TLS handshake failed' })
    const session = fixture.maker.failed()
    session.reached('greeted')
    const steps = await stepsOf(fixture)
    expect(steps.connected).toMatchObject({
      happened: true,
      lastAt: new Date(STARTED_AT_MS).toISOString(),
      reason: null,
    })
    expect(steps.greeted.happened).toBe(true)
    expect(steps.auth).toMatchObject({
      happened: false,
      reason: expect.stringMatching(/535/),
      fix: 'Give the app the right password.',
      sessionId: session.id,
    })
    expect(reasons(steps)).toHaveLength(1)
  })

  test('nothing, where what was wrong has been mended since', async () => {
    const fixture = await makeApp()
    fixture.maker.failed()
    await deliver(fixture)
    fixture.maker.blank()
    const steps = await stepsOf(fixture)
    expect(reasons(steps)).toEqual([])
    expect(steps.stored.happened).toBe(true)
  })

  test('a probe of the port counts where there is nothing else', async () => {
    const fixture = await makeApp()
    fixture.maker.blank()
    expect(reasons(await stepsOf(fixture))).toEqual(['greeted: connected and said nothing'])
    fixture.maker.failed()
    fixture.maker.blank()
    expect(reasons(await stepsOf(fixture))).toEqual([expect.stringMatching(/^auth: /)])
  })

  test('what went wrong on a connection after it had delivered', async () => {
    const fixture = await makeApp()
    const session = fixture.maker.open()
    fixture.maker.attempt(session)
    session.teller = makeTeller({ failure: makeFailure({ step: 'stored', reason: 'the message was refused: 552' }) })
    expect(reasons(await stepsOf(fixture))).toEqual(['stored: the message was refused: 552'])
  })
})
