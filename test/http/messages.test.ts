import { describe, expect, test } from 'vitest'
import type { MessageList } from '../../server/http/schema.js'
import { makeEnvelope } from '../mail/make.js'
import { type Fixture, mail, makeApp, RICH_MAIL, STARTED_AT_MS } from './helpers.js'

async function list({ app }: Fixture, search: string): Promise<MessageList> {
  const answer = await app.inject({ url: `/api/messages${search}` })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

const subjects = ({ messages }: MessageList) => messages.map(({ subject }) => subject)

/** An app with mails of the subjects 1 to `count`. */
async function filled(count: number): Promise<Fixture> {
  const fixture = await makeApp()
  for (let n = 1; n <= count; n++) await fixture.add({ raw: mail({ subject: String(n) }) })
  return fixture
}

describe('the list', () => {
  test('is empty at first', async () => {
    const fixture = await makeApp()
    const { instance } = fixture.store.epoch
    expect(await list(fixture, '')).toEqual({ messages: [], total: 0, unread: 0, next: null, cursor: 0, instance })
  })

  test('shows the newest first, and counts', async () => {
    const fixture = await filled(3)
    await fixture.store.flag([fixture.store.at(2)?.id ?? ''], { read: true })
    const answer = await list(fixture, '')
    expect(subjects(answer)).toEqual(['3', '2', '1'])
    expect(answer).toMatchObject({ total: 3, unread: 2, next: null, cursor: 4 })
    expect(answer.messages[1]).toMatchObject({ read: true, to: [{ name: 'Ada', address: 'ada@example.com' }] })
  })

  test.each([
    ['?limit=2', ['5', '4']],
    ['?limit=2&start=1', ['4', '3']],
    ['?start=5', []],
    ['?order=oldest', ['1', '2', '3', '4', '5']],
    ['?order=oldest&limit=1&start=3', ['4']],
    ['?since=3', ['5', '4']],
    ['?since=5', []],
    ['?since=2026-01-31T12:00:02Z', ['5', '4']],
    ['?subject=3', ['3']],
    ['?q=3', ['3']],
    ['?q=ada', ['5', '4', '3', '2', '1']],
    ['?to=ada@example.com&limit=1', ['5']],
    ['?subject=none', []],
  ])('%s', async (search, shown) => {
    expect(subjects(await list(await filled(5), search))).toEqual(shown)
  })

  test('takes until with its instance', async () => {
    const fixture = await filled(5)
    const { instance } = fixture.store.epoch
    const answer = await list(fixture, `?until=2&instance=${instance}`)
    expect(subjects(answer)).toEqual(['2', '1'])
    expect(answer).toMatchObject({ total: 2, unread: 2 })
  })

  test('counts what the filters match, not what the page shows', async () => {
    const fixture = await filled(3)
    for (let n = 0; n < 4; n++) await fixture.add({ raw: mail({ subject: 'other' }) })
    await fixture.store.flag([fixture.store.at(4)?.id ?? ''], { read: true })
    expect(await list(fixture, '?subject=other&limit=1')).toMatchObject({ total: 4, unread: 3 })
    expect(await list(fixture, '?is=read')).toMatchObject({ total: 1, unread: 0 })
  })

  test('gives messages in full', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: RICH_MAIL })
    const answer = await list(fixture, '?full=true')
    expect(answer.messages[0]).toMatchObject({ text: expect.stringContaining('739204'), parts: { length: 3 } })
  })

  test('filters by every name', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: RICH_MAIL, envelope: makeEnvelope({ to: ['ada@example.com', 'eve@example.com'] }) })
    await fixture.add({ raw: mail({ subject: 'x', headers: ['Cc: Bob <bob@example.com>'] }) })
    const finds: [search: string, total: number][] = [
      ['q=739204', 1],
      ['inbox=default', 2],
      ['inbox=other', 0],
      ['to=eve@example.com', 1],
      ['cc=bob', 1],
      ['from=app@example.com', 1],
      ['subject=CONFIRM', 1],
      ['text=code', 1],
      ['html=tracker', 1],
      ['header=Message-ID', 1],
      ['header=Message-ID=1@example', 1],
      ['filename=gesch', 1],
      ['has=attachment', 1],
      ['is=unread', 2],
      ['mail-from=app@example.org', 2],
      ['rcpt-to=eve@example.com', 1],
      ['user=ada', 0],
      ['helo=client.example', 2],
      ['message-id=1@example.com', 1],
      ['larger=1k', 1],
      ['smaller=1k', 1],
    ]
    for (const [search, total] of finds)
      expect([search, (await list(fixture, `?${search}`)).total]).toEqual([search, total])
  })
})

describe('pages', () => {
  async function pages(fixture: Fixture, search: string, between: () => Promise<unknown> = async () => {}) {
    const shown: string[][] = []
    let answer = await list(fixture, `?limit=2${search}`)
    shown.push(subjects(answer))
    while (answer.next !== null) {
      await between()
      answer = await list(fixture, `?limit=2${search}&page=${answer.next}`)
      shown.push(subjects(answer))
    }
    return shown
  }

  test('follow each other', async () => {
    const fixture = await filled(5)
    expect(await pages(fixture, '')).toEqual([['5', '4'], ['3', '2'], ['1']])
    expect(await pages(fixture, '&q=ada')).toEqual([['5', '4'], ['3', '2'], ['1']])
    expect((await list(fixture, '?limit=5')).next).toBeNull()
  })

  test('keep the order of the first', async () => {
    const fixture = await filled(3)
    const { next } = await list(fixture, '?limit=2&order=oldest')
    expect(subjects(await list(fixture, `?page=${next}`))).toEqual(['3'])
  })

  test('repeat and miss nothing while mail comes and goes', async () => {
    const fixture = await filled(5)
    const { store, add } = fixture
    const shown = await pages(fixture, '', async () => {
      await add({ raw: mail({ subject: 'new' }) })
      await store.remove([store.at(4)?.id ?? ''])
    })
    expect(shown).toEqual([['5', '4'], ['3', '2'], ['1']])
  })

  test.each([
    ['?page=x', 400, 'page'],
    ['?page=n', 400, 'page'],
    ['?page=n0000000000000001', 409, 'restarted'],
  ])('%s is %i', async (search, status, word) => {
    const { app } = await filled(3)
    const answer = await app.inject({ url: `/api/messages${search}` })
    expect([answer.statusCode, answer.json().message]).toEqual([status, expect.stringContaining(word)])
  })

  test('do not go with start or another order', async () => {
    const fixture = await filled(3)
    const { next } = await list(fixture, '?limit=1')
    for (const search of [`?page=${next}&start=1`, `?page=${next}&order=oldest`]) {
      expect((await fixture.app.inject({ url: `/api/messages${search}` })).statusCode).toBe(400)
    }
  })
})

describe('cursors of another life', () => {
  const cases: [method: 'GET' | 'DELETE', url: string][] = [
    ['GET', '/api/messages?instance=other'],
    ['GET', '/api/messages?since=1&instance=other'],
    ['GET', '/api/messages?since=99'],
    ['GET', '/api/messages/latest?since=99'],
    ['GET', '/api/messages/latest/otp?instance=other'],
    ['DELETE', '/api/messages?instance=other'],
    ['DELETE', '/api/messages?until=1&instance=other'],
    ['DELETE', '/api/messages?until=99&instance=OWN'],
  ]
  test.each(cases)('%s %s is 409', async (method, url) => {
    const { app, store } = await filled(2)
    const answer = await app.inject({ method, url: url.replace('OWN', store.epoch.instance) })
    expect([answer.statusCode, answer.json().error]).toEqual([409, 'reload'])
    expect(store.total).toBe(2)
  })

  test('until without instance is 400', async () => {
    const { app } = await filled(2)
    const answer = await app.inject({ method: 'DELETE', url: '/api/messages?until=1' })
    expect([answer.statusCode, answer.json().message]).toEqual([400, expect.stringContaining('instance')])
  })
})

describe('PATCH', () => {
  const patch = ({ app }: Fixture, payload: object) => app.inject({ method: 'PATCH', url: '/api/messages', payload })

  test('marks and tags what is named', async () => {
    const fixture = await filled(3)
    const [first, second] = fixture.store.list(undefined, 'oldest')
    const answer = await patch(fixture, { ids: [first?.id, second?.id, 'unknown'], read: true, tags: ['seen'] })
    expect(answer.json()).toEqual({ changed: 2 })
    expect(await list(fixture, '')).toMatchObject({ unread: 1, messages: [{}, { tags: ['seen'] }, { read: true }] })
    expect((await patch(fixture, { ids: [first?.id], read: true })).json()).toEqual({ changed: 0 })
  })

  test.each([
    [{ q: '2' }, 1],
    [{ inbox: 'default' }, 3],
    [{ inbox: 'other' }, 0],
    [{ ids: [] }, 0],
    [{ inbox: 'default', q: '"3"' }, 1],
  ])('%j chooses %i', async (selector, changed) => {
    expect((await patch(await filled(3), { ...selector, read: true })).json()).toEqual({ changed })
  })

  test('takes ids and a search together', async () => {
    const fixture = await filled(2)
    const ids = fixture.store.list().map(({ id }) => id)
    expect((await patch(fixture, { ids, q: '1', read: true })).json()).toEqual({ changed: 1 })
  })

  test('names at most 10,000 messages', async () => {
    const fixture = await makeApp()
    const ids = (count: number) => Array.from({ length: count }, (_, n) => `unknown${n}`)
    expect((await patch(fixture, { ids: ids(10_000), read: true })).json()).toEqual({ changed: 0 })
    const answer = await patch(fixture, { ids: ids(10_001), read: true })
    expect([answer.statusCode, answer.json().message]).toEqual([400, expect.stringContaining('ids')])
  })

  test.each([
    [{ read: true }, 'which messages'],
    [{ ids: ['a'] }, 'what to change'],
    [{ ids: 'a', read: true }, 'ids'],
    [{ ids: ['a'], read: 'yes' }, 'read'],
    [{ ids: ['a'], raed: true }, 'raed'],
    [{ ids: ['a'], tags: [''] }, 'tags'],
    [[], 'The body'],
  ])('%j is 400', async (payload, word) => {
    const answer = await patch(await makeApp(), payload)
    expect([answer.statusCode, answer.json().message]).toEqual([400, expect.stringContaining(word)])
  })

  test.each([
    ['{', 'application/json', 400],
    ['', 'application/json', 400],
    ['ids=1', 'application/x-www-form-urlencoded', 415],
    ['{"ids":["a"],"read":true}', 'text/plain', 415],
  ])('%j as %s is %i', async (payload, type, status) => {
    const { app } = await makeApp()
    const headers = { 'content-type': type }
    expect((await app.inject({ method: 'PATCH', url: '/api/messages', payload, headers })).statusCode).toBe(status)
  })
})

describe('DELETE', () => {
  const remove = ({ app }: Fixture, rest: string) => app.inject({ method: 'DELETE', url: `/api/messages${rest}` })

  test.each([
    ['', 5],
    ['?subject=3', 1],
    ['?q=ada', 5],
    ['?subject=none', 0],
  ])('%s removes %i', async (search, removed) => {
    const fixture = await filled(5)
    expect((await remove(fixture, search)).json()).toEqual({ removed })
    expect(fixture.store.total).toBe(5 - removed)
  })

  test('spares what came after until', async () => {
    const fixture = await filled(3)
    const { cursor, instance } = await list(fixture, '')
    await fixture.add({ raw: mail({ subject: 'late' }) })
    expect((await remove(fixture, `?until=${cursor}&instance=${instance}`)).json()).toEqual({ removed: 3 })
    expect(subjects(await list(fixture, ''))).toEqual(['late'])
  })

  test.each(['?sbject=3', '?since=1', '?limit=1', '?q=', '?wait=1s', '?q=a&q=b'])(
    '%s is refused and removes nothing',
    async search => {
      const fixture = await filled(2)
      expect((await remove(fixture, search)).statusCode).toBe(400)
      expect(fixture.store.total).toBe(2)
    },
  )

  test('takes the content type that some clients always send', async () => {
    const { app } = await filled(1)
    const headers = { 'content-type': 'application/json' }
    const answer = await app.inject({ method: 'DELETE', url: '/api/messages', headers })
    expect(answer.json()).toEqual({ removed: 1 })
  })

  test('removes one by its id, once', async () => {
    const fixture = await filled(2)
    const { id } = fixture.store.list()[0] ?? { id: '' }
    expect((await remove(fixture, `/${id}`)).json()).toEqual({ removed: 1 })
    expect((await remove(fixture, `/${id}`)).statusCode).toBe(404)
    expect((await remove(fixture, '/latest?subject=none')).statusCode).toBe(404)
    expect((await remove(fixture, '/latest')).json()).toEqual({ removed: 1 })
  })
})

describe('POST', () => {
  const post = ({ app }: Fixture, payload: Buffer | string, search = '', type = 'message/rfc822') =>
    app.inject({ method: 'POST', url: `/api/messages${search}`, payload, headers: { 'content-type': type } })

  test('keeps every byte', async () => {
    const fixture = await makeApp()
    const raw = Buffer.from(Array.from({ length: 1024 }, (_, n) => n % 256))
    const answer = await post(fixture, raw)
    expect(answer.statusCode).toBe(201)
    const [id] = answer.json().ids
    expect(fixture.store.get(id)?.raw.equals(raw)).toBe(true)
  })

  test('takes the envelope from the headers', async () => {
    const fixture = await makeApp()
    const headers = [
      'From: a@example.com',
      'To: B <b@example.com>, c@example.com',
      'Cc: d@example.com',
      'Bcc: e@x.test',
    ]
    const answer = await post(fixture, mail({ headers }))
    const message = fixture.store.get(answer.json().ids[0])
    expect(message?.envelope).toMatchObject({
      verb: 'MAIL',
      from: 'a@example.com',
      to: ['b@example.com', 'c@example.com', 'd@example.com', 'e@x.test'],
      helo: null,
      remoteAddress: null,
      tls: null,
    })
    expect(message).toMatchObject({ sessionId: null, receivedAtMs: STARTED_AT_MS, inboxes: ['default'] })
  })

  test.each([
    ['?mail-from=x@y.test&rcpt-to=a@b.test,%20<c@d.test>', 'x@y.test', ['a@b.test', 'c@d.test']],
    ['?mail-from=<>', '', ['ada@example.com']],
  ])('takes the envelope from %s', async (search, from, to) => {
    const fixture = await makeApp()
    const answer = await post(fixture, mail(), search)
    expect(fixture.store.get(answer.json().ids[0])?.envelope).toMatchObject({ from, to })
  })

  test('takes an mbox', async () => {
    const fixture = await makeApp()
    const mbox = ['From a@b Sat Jan 31 12:00:00 2026', 'Subject: 1', '', '>From me', '', 'From -', 'Subject: 2', '', '']
    const answer = await post(fixture, mbox.join('\n'), '', 'application/mbox')
    const raws = answer.json().ids.map((id: string) => fixture.store.get(id)?.raw.toString())
    expect(raws).toEqual(['Subject: 1\n\nFrom me\n', 'Subject: 2\n'])
  })

  test.each([
    ['?mail-from=a%0d%0ab', 400, 'mail-from'],
    ['?rcpt-to=,', 400, 'rcpt-to'],
  ])('%s is %i', async (search, status, word) => {
    const fixture = await makeApp()
    const answer = await post(fixture, mail(), search)
    expect([answer.statusCode, answer.json().message]).toEqual([status, expect.stringContaining(word)])
    expect(fixture.store.total).toBe(0)
  })

  test('refuses what is neither a message nor an mbox', async () => {
    const fixture = await makeApp()
    expect((await post(fixture, '{}', '', 'application/json')).statusCode).toBe(415)
    expect((await post(fixture, 'no mbox', '', 'application/mbox')).statusCode).toBe(400)
    expect((await fixture.app.inject({ method: 'POST', url: '/api/messages' })).statusCode).toBe(400)
  })

  test('says when the store is full', async () => {
    const fixture = await makeApp({ bounds: { maxMessages: 1, whenFull: 'refuse' } })
    await post(fixture, mail())
    const answer = await post(fixture, mail())
    expect([answer.statusCode, answer.json().error]).toEqual([507, 'store_full'])
    const tiny = await makeApp({ bounds: { maxBytes: 100 } })
    expect((await post(tiny, Buffer.alloc(200))).statusCode).toBe(413)
  })
})

test('a message larger than the limit is refused', async () => {
  const { app } = await makeApp()
  const headers = { 'content-type': 'message/rfc822' }
  const payload = Buffer.alloc(50 * 1024 ** 2 + 1)
  const answer = await app.inject({ method: 'POST', url: '/api/messages', payload, headers })
  expect([answer.statusCode, answer.json().error]).toEqual([413, 'too_large'])
})
