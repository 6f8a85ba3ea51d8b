/** The API of MailDev: every route of it, with `/api` and without. What is compared was recorded from MailDev 3. */
import { describe, expect, test } from 'vitest'
import { makeEnvelope } from '../../mail/make.js'
import { type Fixture, makeApp, STARTED_AT_MS } from '../helpers.js'
import { check, type Exchange, MAIL, PLAIN_MAIL } from './exchange.js'

async function furnished(): Promise<Fixture & { id: string; plainId: string }> {
  const fixture = await makeApp()
  const recipients = [
    { address: 'ada@example.com', params: {} },
    { address: 'hidden@example.com', params: { NOTIFY: 'NEVER' } },
  ]
  const envelope = makeEnvelope({
    from: 'app@bounce.example',
    fromParams: { BODY: '8BITMIME' },
    to: recipients.map(({ address }) => address),
  })
  const rich = await fixture.add({ raw: Buffer.from(MAIL), envelope: { ...envelope, recipients } })
  const plain = await fixture.add({
    raw: Buffer.from(PLAIN_MAIL),
    envelope: makeEnvelope({ from: '', to: ['q@r.example'] }),
    receivedAtMs: STARTED_AT_MS,
  })
  return { ...fixture, id: rich.id, plainId: plain.id }
}

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const from = [{ address: 'app@example.com', name: 'App' }]
const to = [
  { address: 'ada@example.com', name: 'Ada' },
  { address: 'bob@example.com', name: 'Bob' },
]
const cc = [{ address: 'grace@example.com', name: '' }]

const rich = (id: string, read = false) => ({
  id,
  time: '2026-01-31T12:00:00.000Z',
  read,
  subject: 'Grüße',
  source: `/api/email/${id}/source`,
  size: MAIL.length,
  sizeHuman: `${MAIL.length} Bytes`,
  from,
  to,
  headers: {
    from: 'App <app@example.com>',
    to: 'Ada <ada@example.com>, Bob <bob@example.com>',
    cc: 'grace@example.com',
    subject: 'Grüße',
    'message-id': '<1@example.com>',
    'in-reply-to': '<0@example.com>',
    'x-priority': '1',
    'x-twice': ['a', 'b'],
    date: 'Sat, 31 Jan 2026 12:00:00 +0000',
    'mime-version': '1.0',
    'content-type': 'multipart/mixed; boundary=m',
  },
  attachments: [
    {
      filename: '',
      generatedFileName: '1.2.png',
      contentType: 'image/png',
      contentDisposition: 'inline',
      contentId: 'logo',
      size: 70,
    },
    {
      filename: 'terms.pdf',
      generatedFileName: '2.pdf',
      contentType: 'application/pdf',
      contentDisposition: 'attachment',
      size: 5,
    },
  ],
  envelope: {
    from: { address: 'app@bounce.example', args: { BODY: '8BITMIME' } },
    to: [{ address: 'ada@example.com' }, { address: 'hidden@example.com', args: { NOTIFY: 'NEVER' } }],
  },
  calculatedBcc: [{ address: 'hidden@example.com', name: '' }],
  cc,
  html: `<p>Your code is <b>739204</b>.</p><img src="data:image/png;base64,${PNG}"><script>alert(1)</script>`,
  text: 'Your code is 739204.',
  inReplyTo: '<0@example.com>',
  priority: 'high',
})

const plain = (id: string) => ({
  id,
  time: '2026-01-31T12:00:00.000Z',
  read: false,
  subject: 'plain',
  source: `/api/email/${id}/source`,
  size: PLAIN_MAIL.length,
  sizeHuman: `${PLAIN_MAIL.length} Bytes`,
  from: [{ address: 'x@y.example', name: '' }],
  to: [{ address: 'q@r.example', name: '' }],
  headers: { subject: 'plain', from: 'x@y.example', to: 'q@r.example' },
  attachments: [],
  envelope: { from: { address: '' }, to: [{ address: 'q@r.example' }] },
  calculatedBcc: [],
  text: 'Hi there\n',
})

const summary = (id: string) => ({
  id,
  time: '2026-01-31T12:00:00.000Z',
  read: false,
  subject: 'Grüße',
  size: MAIL.length,
  sizeHuman: `${MAIL.length} Bytes`,
  from,
  to,
  cc,
  attachmentCount: 2,
  preview: 'Your code is 739204.',
})
const page = (items: unknown[], more: object = {}) => ({
  items,
  total: items.length,
  storeTotal: 2,
  unread: 2,
  skip: 0,
  limit: 50,
  ...more,
})
const json = 'application/json; charset=utf-8'
const NOT_FOUND = { error: 'Email was not found' }

describe.each(['', '/api'])('recorded exchanges at %s/email', prefix => {
  const exchanges: [what: string, exchange: (ids: { id: string; plainId: string }) => Exchange][] = [
    ['health', () => ({ ask: 'GET /healthz', type: json, body: 'true' })],
    [
      'settings',
      () => ({
        ask: 'GET /config',
        type: json,
        body: { version: '1.2.3', smtpPort: 1025, isOutgoingEnabled: false, outgoingHost: null },
      }),
    ],
    [
      'summaries, the newest first',
      ({ id }) => ({
        ask: 'GET /email/summary',
        type: json,
        body: page([expect.objectContaining({ subject: 'plain' }), summary(id)]),
      }),
    ],
    [
      'the oldest first',
      ({ id }) => ({ ask: 'GET /email/summary?sort=asc&limit=1', body: page([summary(id)], { total: 2, limit: 1 }) }),
    ],
    [
      'a page',
      ({ id }) => ({
        ask: 'GET /email/summary?skip=1&limit=900',
        body: page([summary(id)], { total: 2, skip: 1, limit: 200 }),
      }),
    ],
    ['a search', ({ id }) => ({ ask: 'GET /email/summary?search=GRACE', body: page([summary(id)]) })],
    [
      'of two searches the first',
      ({ id }) => ({ ask: 'GET /email/summary?search=GRACE&search=nobody', body: page([summary(id)]) }),
    ],
    ['a search without a match', () => ({ ask: 'GET /email/summary?search=nobody', body: page([]) })],
    [
      'what is unread',
      () => ({ ask: 'GET /email/summary?unread=true&limit=x', body: expect.objectContaining({ total: 2, limit: 50 }) }),
    ],
    [
      'every email, as they came',
      ({ id, plainId }) => ({ ask: 'GET /email', type: json, body: [rich(id), plain(plainId)] }),
    ],
    ['with a slash at the end', ({ id, plainId }) => ({ ask: 'GET /email/', body: [rich(id), plain(plainId)] })],
    ['the newest first', ({ id, plainId }) => ({ ask: 'GET /email?sort=desc', body: [plain(plainId), rich(id)] })],
    ['some of them', ({ plainId }) => ({ ask: 'GET /email?skip=1&limit=5', body: [plain(plainId)] })],
    ['none of them', () => ({ ask: 'GET /email?limit=0', body: '[]' })],
    ['by a field', ({ plainId }) => ({ ask: 'GET /email?subject=plain', body: [plain(plainId)] })],
    ['by a field of a list', ({ id }) => ({ ask: 'GET /email?to.address=bob@example.com', body: [rich(id)] })],
    ['by a header', ({ id }) => ({ ask: 'GET /email?headers.x-twice=b&read=false', body: [rich(id)] })],
    ['by what no email has', () => ({ ask: 'GET /email?constructor.name=Object', body: '[]' })],
    ['an email, which is read then', ({ id }) => ({ ask: `GET /email/${id}`, type: json, body: rich(id, true) })],
    ['none of this id', () => ({ ask: 'GET /email/zzz', status: 404, type: json, body: NOT_FOUND })],
    ['removing it', ({ id }) => ({ ask: `DELETE /email/${id}`, type: json, body: 'true' })],
    ['removing none', () => ({ ask: 'DELETE /email/zzz', status: 404, body: NOT_FOUND })],
    ['removing all', () => ({ ask: 'DELETE /email/all', type: json, body: 'true' })],
    [
      'removing some',
      ({ id }) => ({
        ask: 'POST /email/delete',
        payload: { ids: [id, 'zzz', id] },
        body: { deleted: [id], notFound: ['zzz'] },
      }),
    ],
    [
      'removing nobody knows what',
      () => ({
        ask: 'POST /email/delete',
        status: 400,
        body: { error: 'Request body must include an ids array of email IDs' },
      }),
    ],
    ['ids that are none', () => ({ ask: 'POST /email/delete', payload: { ids: [''] }, status: 400 })],
    [
      'what is no JSON',
      () => ({
        ask: 'POST /email/delete',
        payload: '{',
        headers: { 'content-type': 'application/json' },
        status: 400,
        body: { error: 'The body is not JSON. Send a JSON object.' },
      }),
    ],
    ['reading all', () => ({ ask: 'PATCH /email/read-all', type: json, body: '2' })],
    [
      'the HTML, made safe',
      ({ id }) => ({
        ask: `GET /email/${id}/html`,
        type: 'text/html; charset=utf-8',
        body: /^(?=.*src="data:image\/png;base64,)(?!.*<script)/s,
        has: { 'content-security-policy': expect.stringMatching(/default-src 'none'.*sandbox/) },
      }),
    ],
    [
      'no HTML',
      ({ plainId }) => ({
        ask: `GET /email/${plainId}/html`,
        status: 404,
        body: { error: 'Email has no HTML content' },
      }),
    ],
    ['the HTML of none', () => ({ ask: 'GET /email/zzz/html', status: 404, body: NOT_FOUND })],
    ['the source', ({ id }) => ({ ask: `GET /email/${id}/source`, type: 'text/plain; charset=utf-8', body: MAIL })],
    ['the source of none', () => ({ ask: 'GET /email/zzz/source', status: 404, body: NOT_FOUND })],
    [
      'the file',
      ({ id }) => ({
        ask: `GET /email/${id}/download`,
        type: 'message/rfc822',
        body: MAIL,
        has: { 'content-disposition': `attachment; filename="${id}.eml"` },
      }),
    ],
    [
      'an attachment',
      ({ id }) => ({ ask: `GET /email/${id}/attachment/2.pdf`, type: 'application/pdf', body: 'bytes' }),
    ],
    [
      'an attachment that there is not',
      ({ id }) => ({ ask: `GET /email/${id}/attachment/3.pdf`, status: 404, body: { error: 'Attachment not found' } }),
    ],
    [
      'a relay',
      ({ id }) => ({
        ask: `POST /email/${id}/relay`,
        status: 500,
        body: { error: expect.stringMatching(/^Outgoing mail not configured: maildouble delivers nothing/) },
      }),
    ],
    ['a relay to somebody', ({ id }) => ({ ask: `POST /email/${id}/relay/x@example.com`, status: 500 })],
    [
      'a directory to read again',
      () => ({ ask: 'GET /reloadMailsFromDirectory', status: 501, body: { error: expect.stringMatching(/--import/) } }),
    ],
  ]
  test.each(exchanges)('%s', async (_what, exchange) => {
    const fixture = await furnished()
    const { ask, ...more } = exchange(fixture)
    await check(fixture, { ask: ask.replace(' ', ` ${prefix}`), ...more })
    expect(fixture.defects).toEqual([])
  })
})

test('looking at an email marks it as read, looking at a list does not', async () => {
  const fixture = await furnished()
  await check(fixture, { ask: 'GET /email' })
  await check(fixture, { ask: 'GET /email/summary' })
  expect(fixture.store.unread).toBe(2)
  await check(fixture, { ask: `GET /email/${fixture.id}` })
  expect(fixture.store.unread).toBe(1)
})

test.each(['GET /socket.io/?EIO=4&transport=polling', 'POST /socket.io/', 'GET /socket.io'])(
  '%s is told what there is in its place',
  async ask => {
    await check(await makeApp(), { ask, status: 501, body: { error: expect.stringMatching(/\/api\/changes/) } })
  },
)

test('a Socket.IO client that begins with a WebSocket is told so before the upgrade', async () => {
  const { app } = await makeApp()
  const opened = app.injectWS('/socket.io/?EIO=4&transport=websocket', { headers: { host: 'localhost' } })
  await expect(opened).rejects.toThrow('501')
})

describe('of an email', () => {
  const sizes: [bytes: number, words: string][] = [
    [0, '0 Bytes'],
    [1023, '1023 Bytes'],
    [1024, '1 KB'],
    [1536, '1.5 KB'],
    [3_500_000, '3.34 MB'],
  ]
  test.each(sizes)('%i bytes are %s', async (bytes, words) => {
    const { app, add } = await makeApp()
    await add({ raw: Buffer.alloc(bytes, 'x') })
    expect((await app.inject('/email/summary')).json().items[0].sizeHuman).toBe(words)
  })

  test.each([
    ['Importance: low', 'low'],
    ['X-Priority: 3 (Normal)', 'normal'],
    ['X-MSMail-Priority: High', 'high'],
    ['X-Other: 1', undefined],
  ])('%s is %s', async (header, priority) => {
    const { app, add } = await makeApp()
    await add({ raw: Buffer.from(`${header}\r\n\r\n`) })
    expect((await app.inject('/email')).json()[0].priority).toBe(priority)
  })

  test('attachments of one name have names of their own', async () => {
    const part = (name: string) =>
      `--b\r\nContent-Type: text/x\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n${name}\r\n`
    const { app, add } = await makeApp()
    const { id } = await add({
      raw: Buffer.from(
        `Content-Type: multipart/mixed; boundary=b\r\n\r\n${part('a.txt')}${part('a.txt')}${part('../../x')}--b--`,
      ),
    })
    const [email] = (await app.inject('/email')).json()
    const names = email.attachments.map((attachment: { generatedFileName: string }) => attachment.generatedFileName)
    expect(names).toEqual(['1.txt', '2.txt', '3.x'])
    expect((await app.inject(`/email/${id}/attachment/3.x`)).body).toBe('../../x')
  })

  test('an image that is shown without end is put in so often as there is room', async () => {
    const { app, add } = await makeApp()
    const image = Buffer.alloc(1024 * 1024).toString('base64')
    await add({
      raw: Buffer.from(
        `Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n${'<img src="cid:i">'.repeat(100)}\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <i>\r\nContent-Transfer-Encoding: base64\r\n\r\n${image}\r\n--b--`,
      ),
    })
    const { html } = (await app.inject('/email')).json()[0]
    expect(html.match(/data:image/g)).toHaveLength(5)
    expect(html.match(/cid:i/g)).toHaveLength(95)
  })

  test('an HTML mail has its words as text', async () => {
    const { app, add } = await makeApp()
    await add({ raw: Buffer.from('Content-Type: text/html\r\n\r\n<p>Hello <b>Ada</b>') })
    expect((await app.inject('/email')).json()[0]).toMatchObject({ text: 'Hello Ada', html: '<p>Hello <b>Ada</b>' })
  })
})
