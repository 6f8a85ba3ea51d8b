/** The API of MailCatcher: every route of it. */
import { describe, expect, test } from 'vitest'
import { makeEnvelope } from '../../mail/make.js'
import { type Fixture, makeApp, STARTED_AT_MS } from '../helpers.js'
import { check, type Exchange, MAIL, openSocket, PLAIN_MAIL } from './exchange.js'

/** The first mail is 1, the second is 2. */
async function furnished(): Promise<Fixture> {
  const fixture = await makeApp()
  await fixture.add({
    raw: Buffer.from(MAIL),
    envelope: makeEnvelope({ from: 'app@bounce.example', to: ['ada@example.com', 'hidden@example.com'] }),
    receivedAtMs: STARTED_AT_MS,
  })
  await fixture.add({ raw: Buffer.from(PLAIN_MAIL), envelope: makeEnvelope({ from: '', to: ['q@r.example'] }) })
  return fixture
}

const RICH = {
  id: 1,
  sender: '<app@bounce.example>',
  recipients: ['<ada@example.com>', '<hidden@example.com>'],
  subject: 'Grüße',
  size: String(MAIL.length),
  created_at: '2026-01-31T12:00:00+00:00',
}
const PLAIN = {
  id: 2,
  sender: '<>',
  recipients: ['<q@r.example>'],
  subject: 'plain',
  size: String(PLAIN_MAIL.length),
  created_at: '2026-01-31T12:00:01+00:00',
}
const HTML = '<p>Your code is <b>739204</b>.</p><img src="1/parts/logo"><script>alert(1)</script>'
const json = 'application/json; charset=utf-8'
/** What keeps a browser from running what is in a mail. */
const SHUT_IN = { 'content-security-policy': expect.stringMatching(/default-src 'none'.*sandbox/) }

const exchanges: [what: string, exchange: Exchange][] = [
  ['the oldest first', { ask: 'GET /messages', type: json, body: [RICH, PLAIN] }],
  ['whether it is there', { ask: 'HEAD /messages', type: json }],
  ['removing all', { ask: 'DELETE /messages', status: 204, body: '' }],
  ['removing one', { ask: 'DELETE /messages/2', status: 204, body: '' }],
  ['removing none', { ask: 'DELETE /messages/3', status: 404, body: /There is no message 3/ }],
  [
    'a message with everything',
    {
      ask: 'GET /messages/1.json',
      type: json,
      body: {
        ...RICH,
        type: 'multipart/mixed',
        formats: ['source', 'html', 'plain'],
        attachments: [{ cid: '2', type: 'application/pdf', filename: 'terms.pdf', size: 5 }],
      },
    },
  ],
  [
    'a message of one part',
    {
      ask: 'GET /messages/2.json',
      body: { ...PLAIN, type: 'text/plain', formats: ['source', 'plain'], attachments: [] },
    },
  ],
  ['no message', { ask: 'GET /messages/7.json', status: 404 }],
  ['no number', { ask: 'GET /messages/latest.json', status: 404 }],
  ['the HTML', { ask: 'GET /messages/1.html', type: 'text/html; charset=utf-8', body: HTML, has: SHUT_IN }],
  [
    'in a browser, what is safe, with its images',
    {
      ask: 'GET /messages/1.html',
      headers: { 'sec-fetch-dest': 'iframe' },
      body: /^(?=.*src="data:image\/png;base64,)(?!.*<script)/s,
      has: SHUT_IN,
    },
  ],
  ['no HTML', { ask: 'GET /messages/2.html', status: 404, type: 'text/plain; charset=utf-8' }],
  [
    'no HTML for a browser, either',
    { ask: 'GET /messages/2.html', headers: { 'sec-fetch-dest': 'iframe' }, status: 404 },
  ],
  ['the text', { ask: 'GET /messages/1.plain', type: 'text/plain; charset=utf-8', body: 'Your code is 739204.' }],
  ['the source', { ask: 'GET /messages/1.source', type: 'text/plain; charset=utf-8', body: MAIL }],
  ['the file', { ask: 'GET /messages/1.eml', type: 'message/rfc822', body: MAIL }],
  ['a part by its Content-ID', { ask: 'GET /messages/1/parts/logo', type: 'image/png', body: /PNG/ }],
  [
    'a part that has none',
    {
      ask: 'GET /messages/1/parts/2',
      type: 'application/pdf',
      body: 'bytes',
      has: { 'content-disposition': 'inline; filename="terms.pdf"' },
    },
  ],
  ['no part', { ask: 'GET /messages/1/parts/other', status: 404 }],
  ['quitting', { ask: 'DELETE /', status: 403, body: /End its process/ }],
]

test.each(exchanges)('recorded exchange: %s', async (_what, exchange) => {
  const fixture = await furnished()
  await check(fixture, exchange)
  expect(fixture.defects).toEqual([])
})

test('no text at all', async () => {
  const fixture = await makeApp()
  await fixture.add({ raw: Buffer.from('Content-Type: text/html\r\n\r\n<p>x') })
  await check(fixture, { ask: 'GET /messages/1.plain', status: 404 })
  await check(fixture, {
    ask: 'GET /messages/1.json',
    body: expect.objectContaining({ subject: null, type: 'text/html', formats: ['source', 'html'] }),
  })
})

describe('live', () => {
  test('what comes, what goes, and that all went', async () => {
    const fixture = await furnished()
    const { socket, next } = await openSocket(fixture, '/messages')
    await fixture.add({
      raw: Buffer.from(MAIL),
      envelope: makeEnvelope({ from: 'app@bounce.example', to: ['a@b.example'] }),
    })
    expect(await next()).toEqual({
      type: 'add',
      message: {
        ...RICH,
        id: 3,
        recipients: ['<a@b.example>'],
        created_at: expect.any(String),
        type: 'multipart/mixed',
      },
    })
    await check(fixture, { ask: 'DELETE /messages/2', status: 204 })
    expect(await next()).toEqual({ type: 'remove', id: 2 })
    await check(fixture, { ask: 'DELETE /messages', status: 204 })
    expect(await next()).toEqual({ type: 'clear' })
    socket.terminate()
  })

  test('an id stays whose it is, whatever else happens', async () => {
    const fixture = await furnished()
    await fixture.app.inject({ method: 'PATCH', url: '/api/messages', payload: { q: 'plain', read: true } })
    const { uid } = await fixture.add({ raw: Buffer.from('Subject: third\r\n\r\n') })
    await check(fixture, { ask: `GET /messages/${uid}.json`, body: expect.objectContaining({ subject: 'third' }) })
    await check(fixture, { ask: 'GET /messages/2.json', body: expect.objectContaining({ subject: 'plain' }) })
  })
})
