/** The API of MailHog: every route of it, and npm's `mailhog`, unchanged. */
import makeClient from 'mailhog'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Adapter } from '../../../server/http/compat/adapter.js'
import { mailhog } from '../../../server/http/compat/mailhog/index.js'
import { type MailHandle, startMaildouble } from '../../../server/index.js'
import { makeEnvelope } from '../../mail/make.js'
import { type Fixture, makeApp, STARTED_AT_MS } from '../helpers.js'
import { check, type Exchange, MAIL, openSocket, PLAIN_MAIL } from './exchange.js'

const PNG = /^iVBORw0KGgo/
const path = (Mailbox: string, Domain: string) => ({ Relays: null, Mailbox, Domain, Params: '' })

async function furnished(): Promise<Fixture & { id: string; plainId: string }> {
  const fixture = await makeApp()
  const rich = await fixture.add({
    raw: Buffer.from(MAIL),
    envelope: makeEnvelope({ from: 'app@bounce.example', to: ['ada@example.com', 'hidden@example.com'] }),
    receivedAtMs: STARTED_AT_MS,
  })
  const plain = await fixture.add({ raw: Buffer.from(PLAIN_MAIL), envelope: makeEnvelope({ to: ['q@r.example'] }) })
  return { ...fixture, id: `${rich.id}@mailhog.example`, plainId: `${plain.id}@mailhog.example` }
}

const leaf = (headers: Record<string, string[]>, Body: unknown) => ({
  Headers: headers,
  Body,
  Size: expect.any(Number),
  MIME: null,
})

/** What the mail is to MailHog. */
const rich = (id: string) => ({
  ID: id,
  From: path('app', 'bounce.example'),
  To: [path('ada', 'example.com'), path('hidden', 'example.com')],
  Content: {
    Headers: {
      From: ['App <app@example.com>'],
      To: ['Ada <ada@example.com>, Bob <bob@example.com>'],
      Cc: ['grace@example.com'],
      Subject: ['=?utf-8?Q?Gr=C3=BC=C3=9Fe?='],
      'Message-ID': ['<1@example.com>'],
      'In-Reply-To': ['<0@example.com>'],
      'X-Priority': ['1'],
      'X-Twice': ['b'],
      Date: ['Sat, 31 Jan 2026 12:00:00 +0000'],
      'MIME-Version': ['1.0'],
      'Content-Type': ['multipart/mixed; boundary=m'],
      Received: [
        `from client.example by mailhog.example (MailHog)\r\n          id ${id}; Sat, 31 Jan 2026 12:00:00 +0000`,
      ],
      'Return-Path': ['<app@bounce.example>'],
    },
    Body: expect.stringMatching(/^--m\r\n.*\r\n--m--$/s),
    Size: MAIL.length - 2,
    MIME: null,
  },
  Created: '2026-01-31T12:00:00.000Z',
  MIME: {
    Parts: [
      {
        ...leaf({ 'Content-Type': ['multipart/related; boundary=r'] }, expect.stringMatching(/^--r\r\n/)),
        MIME: {
          Parts: [
            {
              ...leaf({ 'Content-Type': ['multipart/alternative; boundary=a'] }, expect.stringMatching(/^--a\r\n/)),
              MIME: {
                Parts: [
                  leaf({ 'Content-Type': ['text/plain; charset=utf-8'] }, 'Your code is 739204.'),
                  leaf({ 'Content-Type': ['text/html; charset=utf-8'] }, expect.stringMatching(/^<p>Your code/)),
                ],
              },
            },
            leaf(
              {
                'Content-Type': ['image/png'],
                'Content-ID': ['<logo>'],
                'Content-Disposition': ['inline'],
                'Content-Transfer-Encoding': ['base64'],
              },
              expect.stringMatching(PNG),
            ),
          ],
        },
      },
      leaf(
        { 'Content-Type': ['application/pdf'], 'Content-Disposition': ['attachment; filename="terms.pdf"'] },
        'bytes',
      ),
    ],
  },
  Raw: {
    From: 'app@bounce.example',
    To: ['ada@example.com', 'hidden@example.com'],
    Data: MAIL.slice(0, -2),
    Helo: 'client.example',
  },
})

const page = (total: number, ...items: unknown[]) => ({ total, count: items.length, start: 0, items })
const json = 'text/json'

describe('recorded exchanges', () => {
  const exchanges: [what: string, exchange: (ids: { id: string; plainId: string }) => Exchange][] = [
    ['a message', ({ id }) => ({ ask: `GET /api/v1/messages/${id}`, type: json, body: rich(id) })],
    ['the same under our id', ({ id }) => ({ ask: `GET /api/v1/messages/${id.split('@')[0]}`, body: rich(id) })],
    ['none of this id', () => ({ ask: 'GET /api/v1/messages/x@mailhog.example', type: json, body: 'null' })],
    ['removing it', ({ id }) => ({ ask: `DELETE /api/v1/messages/${id}`, type: json, body: '' })],
    ['removing none', () => ({ ask: 'DELETE /api/v1/messages/x@mailhog.example', status: 500, body: '' })],
    ['removing all', () => ({ ask: 'DELETE /api/v1/messages', type: json, body: '' })],
    [
      'the file',
      ({ id }) => ({
        ask: `GET /api/v1/messages/${id}/download`,
        type: 'message/rfc822',
        body: MAIL,
        has: { 'content-disposition': expect.stringMatching(/^attachment; filename=".*\.eml"$/) },
      }),
    ],
    ['the file of none', () => ({ ask: 'GET /api/v1/messages/x/download', status: 404 })],
    [
      'a part',
      ({ id }) => ({
        ask: `GET /api/v1/messages/${id}/mime/part/1/download`,
        type: 'application/pdf',
        body: 'bytes',
        has: { 'content-disposition': 'inline; filename="terms.pdf"' },
      }),
    ],
    [
      'a multipart as a part',
      ({ id }) => ({
        ask: `GET /api/v1/messages/${id}/mime/part/0/download`,
        type: 'application/octet-stream',
        body: MAIL.slice(MAIL.indexOf('--r\r\n'), MAIL.indexOf('\r\n--m\r\nContent-Type: application/pdf')),
      }),
    ],
    ['a part that there is not', ({ id }) => ({ ask: `GET /api/v1/messages/${id}/mime/part/2/download`, status: 404 })],
    [
      'a release is refused with the reason, also where the body is not said to be JSON',
      ({ id }) => ({
        ask: `POST /api/v1/messages/${id}/release`,
        payload: '{"Host":"localhost","Port":"25","Email":"ada@example.com"}',
        status: 501,
        body: {
          error: 'not_supported',
          message: 'maildouble delivers nothing, so no message can be released.',
          fix: expect.stringContaining('/download'),
        },
      }),
    ],
    ['the newest first', () => ({ ask: 'GET /api/v2/messages', type: json })],
    ['a page', ({ id }) => ({ ask: 'GET /api/v2/messages?start=1&limit=1', body: { ...page(2, rich(id)), start: 1 } })],
    ['a page beyond', () => ({ ask: 'GET /api/v2/messages?start=7', body: { ...page(2), start: 7 } })],
    ['a bound that is none counts for nothing', () => ({ ask: 'GET /api/v2/messages?limit=x&start=-1&more=1' })],
    [
      'by sender',
      ({ id }) => ({ ask: 'GET /api/v2/search?kind=from&query=BOUNCE', type: json, body: page(1, rich(id)) }),
    ],
    [
      'by a From header',
      ({ id }) => ({ ask: 'GET /api/v2/search?kind=from&query=App%20%3C', body: page(1, rich(id)) }),
    ],
    ['by recipient', ({ id }) => ({ ask: 'GET /api/v2/search?kind=to&query=hidden', body: page(1, rich(id)) })],
    ['by a To header', ({ id }) => ({ ask: 'GET /api/v2/search?kind=to&query=bob@', body: page(1, rich(id)) })],
    ['by words', ({ id }) => ({ ask: 'GET /api/v2/search?kind=containing&query=739204', body: page(1, rich(id)) })],
    [
      'by a header',
      ({ id }) => ({ ask: 'GET /api/v2/search?kind=containing&query=gr%C3%BC', body: page(1, rich(id)) }),
    ],
    ['nothing found', () => ({ ask: 'GET /api/v2/search?kind=containing&query=nothing', body: page(0) })],
    ['another kind', () => ({ ask: 'GET /api/v2/search?kind=subject&query=x', status: 400 })],
    ['no query', () => ({ ask: 'GET /api/v2/search?kind=from', status: 400 })],
    ['no servers to send by', () => ({ ask: 'GET /api/v2/outgoing-smtp', type: json, body: '{}' })],
    ['the socket without an upgrade', () => ({ ask: 'GET /api/v2/websocket', status: 400 })],
    ['no Jim', () => ({ ask: 'GET /api/v2/jim', status: 404, body: '' })],
    ['no Jim to change', () => ({ ask: 'PUT /api/v2/jim', payload: {}, status: 404 })],
    ['no Jim to send away', () => ({ ask: 'DELETE /api/v2/jim', status: 404 })],
  ]
  test.each(exchanges)('%s', async (_what, exchange) => {
    const fixture = await furnished()
    await check(fixture, exchange(fixture))
    expect(fixture.defects).toEqual([])
  })

  test('where Mailpit is not, the list is there, too', async () => {
    const fixture = await makeApp({ adapters: [mailhog] })
    await fixture.add({ raw: Buffer.from(PLAIN_MAIL) })
    const { id } = await fixture.add({ raw: Buffer.from(MAIL) })
    const { app } = fixture
    const listed = await app.inject('/api/v1/messages')
    expect(listed.json()).toMatchObject([{ ID: `${id}@mailhog.example` }, { Raw: { Data: PLAIN_MAIL.slice(0, -2) } }])
    await check(fixture, { ask: 'DELETE /api/v1/messages', headers: { accept: '*/*' }, body: '' })
    await check(fixture, { ask: 'GET /api/v1/messages', type: json, body: '[]' })
  })
})

test.each([
  ["npm's mailhog", {}, {}, ''],
  ['one that says what it takes', { accept: 'application/json' }, {}, 'ok'],
  ['one with a body', {}, { payload: '{"IDs":["x"]}' }, 'ok'],
])("of the path that is Mailpit's as well, %s gets its own answer", async (_who, headers, more, body) => {
  const mailpit: Adapter = app => {
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, given, done) => done(null, given))
    app.delete('/api/v1/messages', async () => 'ok')
  }
  const fixture = await makeApp({ adapters: [mailpit, mailhog] })
  await check(fixture, { ask: 'DELETE /api/v1/messages', headers, body, ...more })
})

describe('a message is taken apart as there', () => {
  const cases: [what: string, raw: string, content: object, MIME: unknown][] = [
    [
      'folded lines join, the case of a name stays',
      'SUBJECT: one\r\n two\r\nx-long: a\r\n\tb\r\n\r\nbody\r\n',
      { Headers: expect.objectContaining({ SUBJECT: ['one two'], 'x-long': ['a\tb'] }), Body: 'body' },
      null,
    ],
    [
      'without an empty line it is all body',
      'Subject: x\r\nno body\r\n',
      {
        Headers: { 'Message-ID': [expect.any(String)], Received: [expect.any(String)], 'Return-Path': ['<>'] },
        Body: 'Subject: x\r\nno body',
        Size: 19,
      },
      null,
    ],
    [
      'what is there already is kept before what is added',
      'message-id: <1@x>\r\nreceived: by x\r\nReturn-path: <y>\r\n\r\n\r\n',
      {
        Headers: {
          'message-id': ['<1@x>'],
          received: ['by x', expect.stringMatching(/^from {2}by/)],
          'Return-path': ['<y>', '<>'],
        },
      },
      null,
    ],
    ['a multipart without a boundary has no parts', 'Content-Type: multipart/mixed\r\n\r\nx', {}, { Parts: [] }],
    [
      'a quoted boundary',
      'Content-Type: multipart/mixed; boundary="a b"\r\n\r\n--a b\r\n\r\nx\r\n--a b--',
      {},
      { Parts: [{ Body: 'x' }] },
    ],
    ['a name that means something in JavaScript', '__proto__: x\r\n\r\n', { Body: '' }, null],
  ]
  test.each(cases)('%s', async (_what, raw, content, MIME) => {
    const { app, add } = await makeApp()
    await add({ raw: Buffer.from(raw), envelope: makeEnvelope({ from: '', helo: null }) })
    const { items } = (await app.inject('/api/v2/messages')).json()
    expect(items[0]).toMatchObject({ Content: content, MIME, Raw: { Data: raw.replace(/\r\n$/, '') } })
  })

  test('a long body comes whole, though it is written in pieces', async () => {
    const { app, add } = await makeApp()
    const body = '🐗 "quoted" \\ \u2028'.repeat(30_000)
    await add({ raw: Buffer.from(`Subject: x\r\n\r\n${body}`) })
    expect((await app.inject('/api/v2/messages')).json().items[0].Content.Body).toBe(body)
  })

  test('parts within parts without end are bounded', async () => {
    const { app, add } = await makeApp()
    const deep = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'.repeat(2000)
    await add({ raw: Buffer.from(`${deep}\r\nx\r\n--b--`) })
    await add({
      raw: Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(50_000)}--b--`),
    })
    const { items } = (await app.inject('/api/v2/messages')).json()
    expect(items[0].MIME.Parts).toHaveLength(10_000)
  })
})

describe('Jim', () => {
  const HERE = { RejectSenderChance: 1, rejectrecipientchance: 0.5, AcceptChance: 0.9, LinkSpeedAffect: 0.1 }

  test('is rules of ours while he is here', async () => {
    const fixture = await makeApp()
    const { rules } = fixture
    await check(fixture, { ask: 'POST /api/v2/jim', payload: JSON.stringify(HERE), status: 201, body: '' })
    await check(fixture, {
      ask: 'GET /api/v2/jim',
      type: 'application/json; charset=utf-8',
      body: {
        DisconnectChance: 0,
        AcceptChance: 0.9,
        LinkSpeedAffect: 0.1,
        LinkSpeedMin: 1024,
        LinkSpeedMax: 10_240,
        RejectSenderChance: 1,
        RejectRecipientChance: 0.5,
        RejectAuthChance: 0,
      },
    })
    expect(rules.list()).toMatchObject([
      { on: 'connect', action: 'close', probability: expect.closeTo(0.1) },
      { on: 'mail', reply: '550 Invalid sender', probability: 1 },
      { on: 'rcpt', reply: '550 Invalid recipient', probability: 0.5 },
      { on: 'data', bytesPerSecond: 5632, probability: 0.1 },
    ])
    await check(fixture, { ask: 'POST /api/v2/jim', payload: {}, status: 400 })
    await check(fixture, { ask: 'PUT /api/v2/jim', payload: { RejectAuthChance: 1 } })
    expect(rules.list()).toMatchObject([{ on: 'auth', reply: '535 Invalid credentials' }])
    await check(fixture, { ask: 'DELETE /api/v2/jim', body: '' })
    expect(rules.list()).toEqual([])
    await check(fixture, { ask: 'GET /api/v2/jim', status: 404 })
  })

  test('comes as he is where nothing is said, and is gone with his rules', async () => {
    const fixture = await makeApp()
    await check(fixture, { ask: 'POST /api/v2/jim', status: 201 })
    expect(fixture.rules.list()).toHaveLength(6)
    fixture.rules.clear()
    await check(fixture, { ask: 'GET /api/v2/jim', status: 404 })
    // one who does nothing is here all the same
    await check(fixture, { ask: 'POST /api/v2/jim', payload: {}, status: 201 })
    await check(fixture, { ask: 'GET /api/v2/jim' })
  })

  test.each([
    ['no JSON', 'x', /not JSON/],
    ['no object', '7', /The body must be object/],
    ['no chance', '{"AcceptChance":2}', /AcceptChance must be <= 1/],
    ['no number', '{"LinkSpeedMin":"fast"}', /LinkSpeedMin must be number/],
  ])('%s is refused, and nothing changes', async (_what, payload, words) => {
    const { app, rules } = await makeApp()
    const answer = await app.inject({ method: 'POST', url: '/api/v2/jim', payload })
    expect(answer.statusCode).toBe(400)
    expect(answer.json().message).toMatch(words)
    expect(rules.list()).toEqual([])
  })
})

describe('live', () => {
  test('the socket tells of what is new, and of nothing else', async () => {
    const fixture = await furnished()
    const { socket, next } = await openSocket(fixture, '/api/v2/websocket')
    await fixture.app.inject({ method: 'DELETE', url: `/api/v1/messages/${fixture.plainId}` })
    const { id } = await fixture.add({ raw: Buffer.from(MAIL) })
    expect(await next()).toMatchObject({ ID: `${id}@mailhog.example`, Content: { Size: MAIL.length - 2 } })
    socket.terminate()
  })

  test('one that is very large comes without its body', async () => {
    const fixture = await makeApp()
    const { socket, next } = await openSocket(fixture, '/api/v2/websocket')
    await fixture.add({ raw: Buffer.from(`Subject: large\r\n\r\n${'x'.repeat(2 ** 20)}`) })
    expect(await next()).toMatchObject({ Content: { Headers: { Subject: ['large'] }, Body: '' } })
    socket.terminate()
  })

  test('server-sent events tell the same', async () => {
    const { app, add } = await makeApp()
    const answer = await app.inject({ url: '/api/v1/events', payloadAsStream: true })
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/)
    const stream = answer.stream()
    const { id } = await add({ raw: Buffer.from(PLAIN_MAIL) })
    let text = ''
    for await (const chunk of stream) {
      text += chunk
      if (text.includes('"Raw"') && text.endsWith('\n\n')) break
    }
    expect(text).toContain(`data: {"ID":"${id}@mailhog.example"`)
  })
})

describe("npm's mailhog", () => {
  let mail: MailHandle
  let client: makeClient.API
  beforeAll(async () => {
    mail = await startMaildouble()
    client = makeClient({ host: '127.0.0.1', port: mail.ports.http })
  })
  afterAll(() => mail.stop())

  test('every call', async () => {
    await createTransport(mail.smtpUrl).sendMail({
      from: '"Jürgen" <app@example.org>',
      to: 'ada@example.com',
      cc: 'carol@example.com',
      replyTo: 'help@example.org',
      subject: 'Grüße 👋',
      date: new Date('2026-01-31T12:00:00Z'),
      text: 'Straße',
      html: '<b>Straße</b>',
      attachments: [{ filename: 'a.txt', content: 'attached' }],
    })
    await createTransport(mail.smtpUrl).sendMail({
      from: 'b@example.org',
      to: 'bob@example.com',
      subject: '2',
      text: 'x',
    })

    expect(await client.messages()).toMatchObject({ total: 2, count: 2, start: 0 })
    expect(await client.messages(1, 1)).toMatchObject({ total: 2, count: 1, start: 1 })
    const message = await client.latestTo('ada@example.com')
    if (!message) throw new Error('there is none')
    expect(message).toMatchObject({
      subject: 'Grüße 👋',
      from: 'Jürgen <app@example.org>',
      to: 'ada@example.com',
      cc: 'carol@example.com',
      replyTo: 'help@example.org',
      date: new Date('2026-01-31T12:00:00Z'),
      deliveryDate: expect.any(Date),
    })
    const text = await client.search('Subject: 2')
    expect(text).toMatchObject({ total: 1, items: [{ text: 'x' }] })
    expect(message.attachments).toMatchObject([{ name: 'a.txt', type: 'text/plain; name=a.txt', encoding: 'base64' }])
    expect((await client.search('example.org', 'from', 0, 1))?.total).toBe(2)
    expect(await client.latestFrom('b@example.org')).toMatchObject({ subject: '2' })
    expect(await client.latestContaining('bob@')).toMatchObject({ subject: '2' })
    expect(await client.latestFrom('nobody@')).toBe(0)

    expect(
      await client.releaseMessage(message.ID, { host: 'localhost', port: '25', email: 'x@example.com' }),
    ).toMatchObject({ error: 'not_supported', message: expect.stringMatching(/delivers nothing/) })
    expect(await client.deleteMessage(message.ID)).toMatchObject({ statusCode: 200 })
    expect(await client.messages()).toMatchObject({ total: 1 })
    expect(await client.deleteAll()).toMatchObject({ statusCode: 200 })
    expect(await client.messages()).toMatchObject({ total: 0, count: 0, items: [] })
  })

  test('every transfer encoding and charset is as it was sent, and decoded by the client', async () => {
    for (const [n, [encoding, charset]] of (
      [
        ['quoted-printable', 'utf-8'],
        ['base64', 'utf-8'],
        ['base64', 'iso-8859-1'],
      ] as const
    ).entries()) {
      const body = client.encode('Straße', encoding, charset)
      await mail.add(
        `From: e${n}@example.org\r\nTo: x@example.com\r\nContent-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`,
      )
      expect(await client.latestFrom(`e${n}@example.org`)).toMatchObject({ text: 'Straße' })
    }
  })

  test('with a password, and behind a path', async () => {
    await using guarded = await startMaildouble({ httpAuth: 'ada:secret', basePath: '/mail' })
    const { http: port } = guarded.ports
    const ask = (options: makeClient.Options) => makeClient({ host: '127.0.0.1', port, ...options }).messages()
    expect(await ask({ auth: 'ada:secret', basePath: '/mail/api' })).toMatchObject({ total: 0 })
    expect(await ask({ auth: 'ada:wrong', basePath: '/mail/api' })).toMatchObject({ error: 'unauthorized' })
  })
})
