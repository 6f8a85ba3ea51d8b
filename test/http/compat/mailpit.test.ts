/**
 * Mailpit's API as its clients meet it: npm's mailpit-api, every method of it, and the live feed of its version 1, both
 * unchanged, against a server that runs; then every route, as a table of what is asked and what comes.
 */

import { createHash } from 'node:crypto'
import { MailpitClient } from 'mailpit-api'
import { MailpitClient as EventClient } from 'mailpit-api-1'
import { createTransport } from 'nodemailer'
import { type TSchema, Type } from 'typebox'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import * as shapes from '../../../server/http/compat/mailpit/shapes.js'
import { type MailHandle, startMaildouble } from '../../../server/index.js'
import { type Fixture, faults, loop, mail as mailOf, makeApp, RICH_MAIL, SITE } from '../helpers.js'
import { openSocket } from './exchange.js'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

describe('mailpit-api', () => {
  let mail: MailHandle
  let mailpit: MailpitClient
  beforeAll(async () => {
    mail = await startMaildouble()
    mailpit = new MailpitClient(mail.url)
  })
  beforeEach(() => mailpit.deleteMessages())
  afterAll(() => mail.stop())

  const send = (fields: Partial<Parameters<MailpitClient['sendMessage']>[0]> = {}) =>
    mailpit.sendMessage({
      From: { Email: 'app@example.test', Name: 'The App' },
      To: [{ Email: 'ada@example.test', Name: 'Ada' }],
      Subject: 'Welcome',
      Text: 'Hello Ada',
      ...fields,
    })

  test('sends, and reads what was sent', async () => {
    const { ID } = await send({
      From: { Email: 'app@example.test', Name: 'Doe, "Joe"' },
      To: [{ Email: 'ada@example.test', Name: 'Zoë' }, { Email: 'bob@example.test' }],
      Cc: [{ Email: 'cc@example.test', Name: 'Carol' }],
      Bcc: ['hidden@example.test'],
      ReplyTo: [{ Email: 'reply@example.test' }],
      Subject: 'Grüße 👋',
      HTML: '<p>Hello <img src="cid:logo"></p>',
      Headers: { 'X-Campaign': 'spring' },
      Tags: ['Sale', 'spring 2026'],
      Attachments: [
        { Filename: 'größe.txt', Content: Buffer.from('hi').toString('base64'), ContentType: 'text/plain' },
        { Filename: 'logo.png', Content: `data:image/png;base64,${PNG}`, ContentID: 'logo' },
      ],
    })
    expect(ID).toMatch(/^[0-9A-Za-z]+$/)
    const message = await mailpit.getMessageSummary()
    expect(message).toMatchObject({
      ID,
      MessageID: expect.stringMatching(/^[^<>]+@maildouble$/),
      From: { Name: 'Doe, "Joe"', Address: 'app@example.test' },
      To: [
        { Name: 'Zoë', Address: 'ada@example.test' },
        { Name: '', Address: 'bob@example.test' },
      ],
      Cc: [{ Name: 'Carol', Address: 'cc@example.test' }],
      Bcc: [{ Name: '', Address: 'hidden@example.test' }],
      ReplyTo: [{ Name: '', Address: 'reply@example.test' }],
      ReturnPath: 'app@example.test',
      Subject: 'Grüße 👋',
      Text: 'Hello Ada',
      HTML: '<p>Hello <img src="cid:logo"></p>',
      Tags: ['Sale', 'spring 2026'],
      Username: '',
      ListUnsubscribe: { Header: '', Links: [], Errors: '', HeaderPost: '' },
      Attachments: [
        {
          FileName: 'größe.txt',
          ContentType: 'text/plain',
          ContentID: '',
          Size: 2,
          Checksums: {
            MD5: '49f68a5c8493ec2c0bf489821c21fc3b',
            SHA1: 'c22b5f9178342609428d6f51b2c5af4c0bde6a42',
            SHA256: '8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4',
          },
        },
      ],
      Inline: [{ FileName: 'logo.png', ContentType: 'image/png', ContentID: 'logo' }],
    })
    expect(Date.parse(message.Date)).not.toBeNaN()

    const [attachment] = message.Attachments
    const blob = await mailpit.getMessageAttachment(ID, attachment?.PartID ?? '')
    expect([blob.type, await blob.text()]).toEqual(['text/plain', 'hi'])
    const thumbnail = await mailpit.getAttachmentThumbnail(ID, message.Inline[0]?.PartID ?? '')
    expect(thumbnail.type).toBe('image/jpeg')
    expect(Buffer.from(await thumbnail.arrayBuffer()).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]))
  })

  test('reads headers, source and what is rendered, by id and as latest', async () => {
    const { ID } = await send({ HTML: '<p>Hello</p><script>alert(1)</script>', Headers: { 'x-one': '1' } })
    for (const id of [ID, undefined]) {
      expect(await mailpit.getMessageHeaders(id)).toMatchObject({ Subject: ['Welcome'], 'X-One': ['1'] })
      expect(await mailpit.getMessageSource(id)).toContain('\r\nSubject: Welcome\r\n')
      expect(await mailpit.renderMessageHTML(id)).toContain('<p>Hello</p>')
      expect(await mailpit.renderMessageHTML(id, 1)).toContain('<p>Hello</p>')
      expect(await mailpit.renderMessageText(id)).toBe('Hello Ada')
    }
    const names = Object.keys(await mailpit.getMessageHeaders())
    expect(names).toEqual([...names].sort())
  })

  test('lists, newest first, by pages', async () => {
    for (const Subject of ['one', 'two', 'three']) await send({ Subject })
    await mailpit.getMessageSummary()
    const page = await mailpit.listMessages(1, 1)
    expect(page).toMatchObject({ total: 3, unread: 2, count: 1, messages_count: 3, messages_unread: 2, start: 1 })
    expect(page.messages).toMatchObject([
      { Subject: 'two', Read: false, From: { Address: 'app@example.test' }, Snippet: 'Hello Ada', Attachments: 0 },
    ])
    expect((await mailpit.listMessages()).messages.map(({ Subject, Read }) => [Subject, Read])).toEqual([
      ['three', true],
      ['two', false],
      ['one', false],
    ])
  })

  test('searches, waits, and removes what a search finds', async () => {
    await send({ Subject: 'one' })
    await send({ Subject: 'two', To: [{ Email: 'bob@example.test' }] })
    const found = await mailpit.searchMessages({ query: 'to:ada', start: 0, limit: 10, tz: 'Pacific/Auckland' })
    expect(found).toMatchObject({ total: 2, messages_count: 1, messages_unread: 1, messages: [{ Subject: 'one' }] })
    expect(await mailpit.waitForMessage({ query: 'subject:two' })).toMatchObject({ Subject: 'two' })
    expect(await mailpit.waitForMessages({ count: 2 })).toMatchObject({ messages_count: 2 })
    expect(await mailpit.waitForMessages({ query: 'to:bob', count: 1, exact: true })).toMatchObject({ count: 1 })
    expect(await mailpit.deleteMessagesBySearch({ query: 'to:bob' })).toBe('ok')
    expect(await mailpit.waitForMessages({ query: 'to:bob', count: 0 })).toMatchObject({ messages: [] })
    expect((await mailpit.listMessages()).total).toBe(1)
  })

  test('marks as read and unread: by ids, by a search, all', async () => {
    const { ID } = await send({ Subject: 'one' })
    await send({ Subject: 'two' })
    const unread = async () => (await mailpit.listMessages()).unread
    expect(await mailpit.setReadStatus({ IDs: [ID], Read: true })).toBe('ok')
    expect(await unread()).toBe(1)
    await mailpit.setReadStatus({ Search: 'subject:one' }, { tz: 'America/Chicago' })
    expect(await unread()).toBe(2)
    await mailpit.setReadStatus({ Read: true })
    expect(await unread()).toBe(0)
    await mailpit.setReadStatus()
    expect(await unread()).toBe(2)
    await expect(mailpit.setReadStatus({ IDs: [ID], Search: 'x' })).rejects.toThrow(/400.*either IDs or a search/)
  })

  test('deletes messages by ids, and all of them', async () => {
    const { ID } = await send()
    await send()
    expect(await mailpit.deleteMessages({ IDs: [ID] })).toBe('ok')
    expect((await mailpit.listMessages()).total).toBe(1)
    expect(await mailpit.deleteMessages({ IDs: [] })).toBe('ok')
    expect((await mailpit.listMessages()).total).toBe(0)
    await expect(mailpit.getMessageSummary()).rejects.toThrow(/404.*Message not found/)
    await expect(mailpit.getMessageSummary(ID)).rejects.toThrow(/404/)
  })

  test('tags, which our own search finds, too', async () => {
    const { ID } = await send({ Tags: ['Spring'], To: [{ Email: 'ada+signup@example.test' }] })
    const { ID: other } = await send({ Tags: ['spring'] })
    expect(await mailpit.getTags()).toEqual(['signup', 'Spring'])
    expect((await mailpit.searchMessages({ query: 'tag:SPRING' })).messages_count).toBe(2)
    const ours = await fetch(`${mail.url}/api/messages?q=tag:signup`)
    expect(await ours.json()).toMatchObject({ total: 1, messages: [{ id: ID, tags: ['signup', 'Spring'] }] })

    expect(await mailpit.setTags({ IDs: [ID], Tags: ['b', 'a<>', 'A', ''] })).toBe('ok')
    expect((await mailpit.getMessageSummary(ID)).Tags).toEqual(['a', 'b'])
    expect(await mailpit.renameTag('SPRING', 'Summer 2026')).toBe('ok')
    expect((await mailpit.getMessageSummary(other)).Tags).toEqual(['Summer 2026'])
    expect((await mailpit.getInfo()).Tags).toEqual({ a: 1, b: 1, 'Summer 2026': 1 })
    expect(await mailpit.deleteTag('a')).toBe('ok')
    expect(await mailpit.setTags({ IDs: [other] })).toBe('ok')
    expect((await mailpit.listMessages()).tags).toEqual(['b'])
    expect((await mailpit.searchMessages({ query: 'is:tagged' })).messages_count).toBe(1)
    await expect(mailpit.deleteTag('nobody')).rejects.toThrow(/404.*tag not found: nobody/)
    await expect(mailpit.renameTag('b', '<>')).rejects.toThrow(/400/)
  })

  test('checks HTML and links without asking anybody', async () => {
    await send({ HTML: '<p style="display:flex">Hi <a href="https://example.test/a">a</a> <a href="#">b</a></p>' })
    const html = await mailpit.htmlCheck()
    const flex = html.Warnings.find(({ Slug }) => Slug === 'css-display-flex')
    expect(flex).toMatchObject({ Category: 'css', URL: expect.stringContaining('caniemail.com'), Score: { Found: 1 } })
    expect(flex?.Results.some(({ Family, Support }) => Family === 'Outlook' && Support === 'no')).toBe(true)
    const { Nodes, Supported, Partial, Unsupported } = html.Total
    expect([Nodes, Math.round(Supported + Partial + Unsupported)]).toEqual([3, 100])
    expect(html.Platforms.Windows).toEqual(['Outlook'])

    const links = await mailpit.linkCheck('latest', true)
    expect(links.Errors).toBe(1)
    expect(links.Links).toContainEqual({
      URL: 'https://example.test/a',
      StatusCode: 0,
      Status: 'Not fetched: maildouble asks nothing of the network',
    })
  })

  test('says why there is no spam check and no relay', async () => {
    await send()
    expect(await mailpit.spamAssassinCheck()).toMatchObject({
      IsSpam: false,
      Error: expect.stringMatching(/no spam filter/),
      Rules: null,
    })
    await expect(mailpit.releaseMessage('latest', { To: ['bob@example.test'] })).rejects.toThrow(
      /400.*Message relaying is not configured: maildouble delivers no mail/,
    )
  })

  test('says what runs, and how its page is set', async () => {
    await send()
    const info = await mailpit.getInfo()
    expect(info).toMatchObject({
      Version: expect.stringMatching(/^v\d+\.\d+\.\d+\+maildouble$/),
      Messages: 1,
      Unread: 1,
    })
    for (const figure of Object.values(info.RuntimeStats)) expect(figure).toEqual(expect.any(Number))
    expect(await mailpit.getConfiguration()).toMatchObject({
      MessageRelay: { Enabled: false },
      SpamAssassin: false,
      ChaosEnabled: true,
    })
  })

  test('sets chaos as rules, which anybody can see and take away', async () => {
    const off = { ErrorCode: 451, Probability: 0 }
    expect(await mailpit.getChaosTriggers()).toEqual({ Sender: off, Recipient: off, Authentication: off })
    const sender = { ErrorCode: 452, Probability: 100 }
    expect(await mailpit.setChaosTriggers({ Sender: sender })).toMatchObject({ Sender: sender, Recipient: off })
    const { rules } = await (await fetch(`${mail.url}/api/rules`)).json()
    expect(rules).toMatchObject([{ on: 'mail', reply: expect.stringMatching(/^452 Chaos/), probability: 1 }])
    const smtp = createTransport({ host: '127.0.0.1', port: mail.ports.smtp, ignoreTLS: true })
    await expect(smtp.sendMail({ from: 'a@b.test', to: 'c@d.test', text: 'x' })).rejects.toThrow(/452/)
    expect(await mailpit.setChaosTriggers({ Recipient: { ErrorCode: 550, Probability: 7 } })).toEqual({
      Sender: off,
      Recipient: { ErrorCode: 550, Probability: 7 },
      Authentication: off,
    })
    await fetch(`${mail.url}/api/rules`, { method: 'DELETE' })
    expect((await mailpit.getChaosTriggers()).Recipient).toEqual({ ErrorCode: 550, Probability: 0 })
    await expect(mailpit.setChaosTriggers({ Sender: { ErrorCode: 200, Probability: 1 } })).rejects.toThrow(/400/)
    await expect(mailpit.setChaosTriggers({ Sender: { ErrorCode: 451, Probability: 101 } })).rejects.toThrow(/400/)
    expect(await mailpit.setChaosTriggers()).toEqual({ Sender: off, Recipient: off, Authentication: off })
  })
})

test('the live feed tells what happens, in order', async () => {
  const mail = await startMaildouble()
  const mailpit = new EventClient(mail.url)
  onTestFinished(async () => {
    mailpit.disconnect()
    await mail.stop()
  })
  const events: { Type: string; Data: unknown }[] = []
  const begun = mailpit.waitForEvent('stats')
  mailpit.onEvent('*', event => events.push(event))
  expect((await begun).Data).toMatchObject({ Total: 0, Unread: 0, Version: expect.stringMatching(/^v/) })

  const arrival = mailpit.waitForEvent('new')
  const { ID } = await mailpit.sendMessage({ From: { Email: 'a@b.test' }, To: [{ Email: 'c@d.test' }], Subject: 'hi' })
  expect((await arrival).Data).toMatchObject({ ID, Subject: 'hi', Read: false, Tags: [] })
  await mailpit.setReadStatus({ IDs: [ID], Read: true })
  await mailpit.setTags({ IDs: [ID], Tags: ['x'] })
  await mailpit.sendMessage({ From: { Email: 'a@b.test' }, To: [{ Email: 'c@d.test' }] })
  await mailpit.deleteMessages({ IDs: [ID] })
  await mailpit.setChaosTriggers({ Recipient: { ErrorCode: 550, Probability: 100 } })
  const failure = mailpit.waitForEvent('error')
  const smtp = createTransport({ host: '127.0.0.1', port: mail.ports.smtp, ignoreTLS: true })
  await smtp.sendMail({ from: 'a@b.test', to: 'c@d.test', text: 'x' }).catch(() => undefined)
  expect((await failure).Data).toMatchObject({ Level: 'warning', Type: 'smtpd', IP: '127.0.0.1', Message: /550/ })
  const end = mailpit.waitForEvent('truncate')
  await mailpit.deleteMessages()
  expect((await end).Data).toBeNull()
  const told = events.filter(({ Type }) => !['stats', 'new', 'error'].includes(Type))
  expect(told).toEqual([
    { Type: 'update', Data: { ID, Read: true } },
    { Type: 'update', Data: { ID, Tags: ['x'] } },
    { Type: 'delete', Data: { ID } },
    { Type: 'truncate', Data: null },
  ])
})

test('how much there is follows a change, and not a connection that brought nothing', async () => {
  const fixture = await makeApp()
  const { socket, next } = await openSocket(fixture, '/api/events')
  expect(await next()).toMatchObject({ Type: 'stats', Data: { Total: 0 } })
  fixture.maker.records.end(fixture.maker.open())
  for (let turn = 0; turn < 5; turn++) await loop.turn()
  await fixture.add()
  expect([await next(), await next()]).toMatchObject([{ Type: 'new' }, { Type: 'stats', Data: { Total: 1 } }])
  socket.terminate()
})

test('with a password and a path of its own, and of what gives way the feed tells', async () => {
  const mail = await startMaildouble({ httpAuth: ['ada:secret'], basePath: '/mail', maxMessages: 1 })
  const auth = { username: 'ada', password: 'secret' }
  const feed = new EventClient(`${mail.url}`, auth)
  onTestFinished(async () => {
    feed.disconnect()
    await mail.stop()
  })
  await expect(new MailpitClient(mail.url).getInfo()).rejects.toThrow(/401/)
  const mailpit = new MailpitClient(mail.url, { auth })
  const message = { From: { Email: 'a@b.test' }, To: [{ Email: 'c@d.test' }] }
  await feed.waitForEvent('stats')
  const { ID } = await mailpit.sendMessage(message)
  expect((await mailpit.listMessages()).messages).toMatchObject([{ ID, Username: 'ada' }])
  const gone = feed.waitForEvent('delete')
  await mailpit.sendMessage(message)
  expect((await gone).Data).toEqual({ ID })
})

/** An app with a message in it that has everything, and its id. */
async function furnished(parts?: Parameters<typeof makeApp>[0]): Promise<Fixture & { id: string }> {
  const fixture = await makeApp(parts)
  const { id } = await fixture.add({ raw: RICH_MAIL })
  await fixture.store.flag([id], { tags: ['a'] })
  return { ...fixture, id }
}

interface Exchange {
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE'
  url: string
  body?: string
  /** 200 unless said. */
  status?: number
  /** The type of the answer, to its first semicolon. */
  type?: string
  /** The answer: its shape, its text, or a part of that. */
  answers?: TSchema | string | RegExp
  headers?: Record<string, string>
}

const OK = { type: 'text/plain', answers: 'ok' }
const SEND = { From: { Email: 'a@b.test' }, To: [{ Email: 'c@d.test' }] }
const strings: TSchema = Type.Array(Type.String())
const headers: TSchema = Type.Record(Type.String(), strings)
const id: TSchema = Type.Object({ ID: Type.String({ pattern: '^[0-9A-Za-z]{16,22}$' }) })
const failed: TSchema = Type.Object({ Error: Type.String({ minLength: 1 }) })
const text = { type: 'text/plain' }

/** Every route of Mailpit's. In addresses {id} is that of the message; in each, `latest` serves as one. */
const EXCHANGES: Exchange[] = [
  // lists
  { url: '/api/v1/messages', answers: shapes.MessagesSummary },
  { url: '/api/v1/messages?start=0&limit=10&before=2030-01-01&unknown=1', answers: shapes.MessagesSummary },
  { url: '/api/v1/messages?start=x&limit=0&limit=2', answers: shapes.MessagesSummary },
  { url: '/api/v1/search?query=confirm&start=0&limit=1&tz=Pacific/Auckland', answers: shapes.MessagesSummary },
  { url: '/api/v1/search?query=tag:a&tz=No/Where', answers: shapes.MessagesSummary },
  { url: '/api/v1/search', status: 400, ...text, answers: 'Error: no search query' },
  // marking; keys in any case, and whatever the type of the body is said to be
  { method: 'PUT', url: '/api/v1/messages', body: '{"ids":["{id}"],"READ":true,"x":1}', ...OK },
  { method: 'PUT', url: '/api/v1/messages?tz=Europe/Berlin', body: '{"Search":"after:2026-01-01","Read":true}', ...OK },
  { method: 'PUT', url: '/api/v1/messages', body: '{}', headers: { 'content-type': 'text/plain' }, ...OK },
  { method: 'PUT', url: '/api/v1/messages', body: '{"IDs":["1"],"Search":"x"}', status: 400, ...text },
  { method: 'PUT', url: '/api/v1/messages', body: '{"IDs":[1]}', status: 400, ...text, answers: /IDs/ },
  { method: 'PUT', url: '/api/v1/messages', body: `{"Search":"${'x'.repeat(9000)}"}`, status: 400, answers: /8192/ },
  { method: 'PUT', url: '/api/v1/messages', body: `{"Search":"${'x '.repeat(300)}"}`, status: 400, answers: /256/ },
  { method: 'PUT', url: '/api/v1/messages', body: 'no json', status: 400, ...text },
  {
    method: 'PUT',
    url: '/api/v1/messages',
    body: '{"Search":"after:someday is:read"}',
    status: 400,
    answers: /after:someday/,
  },
  // removing
  { method: 'DELETE', url: '/api/v1/messages', body: '{"IDs":["unknown"]}', ...OK },
  { method: 'DELETE', url: '/api/v1/search?query=no-such-word', ...OK },
  { method: 'DELETE', url: '/api/v1/search', status: 400, ...text, answers: 'Error: no search query' },
  {
    method: 'DELETE',
    url: '/api/v1/search?query=before:yesterdy',
    status: 400,
    ...text,
    answers: /nothing was changed/,
  },
  // sending
  { method: 'POST', url: '/api/v1/send', body: JSON.stringify(SEND), type: 'application/json', answers: id },
  { method: 'POST', url: '/api/v1/send', body: '{"to":[{"email":"a@b.test"}],"from":{"EMAIL":"c@d"}}', answers: id },
  { method: 'POST', url: '/api/v1/send', body: '{}', status: 400, type: 'application/json', answers: failed },
  { method: 'POST', url: '/api/v1/send', body: '', status: 400, type: 'application/json', answers: failed },
  ...[
    { From: SEND.From },
    { ...SEND, To: [{ Email: 'no address' }] },
    { ...SEND, Bcc: ['a@b.test\r\nX: y'] },
    { ...SEND, Headers: { Subject: 'x' } },
    { ...SEND, Headers: { 'X-Tags': 'x' }, Tags: ['y'] },
    { ...SEND, Headers: { 'X Y': 'x' } },
    { ...SEND, Attachments: [{ Filename: 'a', Content: '!' }] },
  ].map(body => ({
    ...{ method: 'POST' as const, url: '/api/v1/send', body: JSON.stringify(body), status: 400, answers: failed },
  })),
  // tags
  { url: '/api/v1/tags', answers: strings },
  { method: 'PUT', url: '/api/v1/tags', body: '{"Tags":["x"],"IDs":["{id}"]}', ...OK },
  { method: 'PUT', url: '/api/v1/tags/A', body: '{"Name":"b"}', ...OK },
  { method: 'PUT', url: '/api/v1/tags/a', body: '{}', status: 400, ...text },
  { method: 'DELETE', url: '/api/v1/tags/a', ...OK },
  { method: 'DELETE', url: '/api/v1/tags/none%20such', status: 404, ...text, answers: 'tag not found: none such' },
  // one message
  ...['{id}', 'latest', 'latest?query=confirm&tz=UTC'].flatMap((which): Exchange[] => {
    const [id = '', query = ''] = which.split(/(?=\?)/)
    const one = (rest: string) => `/api/v1/message/${id}${rest}${query}`
    return [
      { url: one(''), type: 'application/json', answers: shapes.Message },
      { url: one('/headers'), answers: headers },
      { url: one('/raw'), ...text, answers: RICH_MAIL.toString() },
      { url: one('/part/2'), type: 'application/pdf', answers: 'bytes' },
      { url: one('/part/2/thumb'), type: 'image/jpeg', answers: /^\xff\xd8/ },
      { url: one('/html-check'), answers: shapes.HtmlCheck },
      { url: one('/link-check'), answers: shapes.LinkCheck },
      { url: one('/sa-check'), answers: shapes.SpamCheck },
      { method: 'POST', url: one('/release'), body: '{"To":["a@b.test"]}', status: 400, ...text, answers: /relay/ },
      { url: `/view/${id}.html${query}`, type: 'text/html', answers: /<p>Your code is/ },
      { url: `/view/${id}.txt${query}`, ...text, answers: /^Your code is/ },
      { url: `/view/${id}${query}`, status: 302 },
    ]
  }),
  { url: '/api/v1/message/{id}/link-check?follow=true', answers: shapes.LinkCheck },
  { url: '/view/{id}.html?embed=1', type: 'text/html', answers: /<p>/ },
  { url: '/api/v1/message/unknown', status: 404, ...text, answers: '404 page not found' },
  { url: '/api/v1/message/latest?query=nothing-like-it', status: 404, ...text, answers: 'Message not found' },
  { url: '/api/v1/message/{id}/part/9', status: 404, ...text },
  { method: 'POST', url: '/api/v1/message/{id}/release', body: '{}', status: 400, answers: 'No valid addresses found' },
  { url: '/view/unknown', status: 302 },
  // the server
  { url: '/api/v1/info', answers: shapes.Info },
  { url: '/api/v1/webui', answers: shapes.WebUi },
  { url: '/api/v1/chaos', answers: shapes.Triggers },
  {
    method: 'PUT',
    url: '/api/v1/chaos',
    body: '{"sender":{"errorcode":451,"probability":5}}',
    answers: shapes.Triggers,
  },
  { method: 'PUT', url: '/api/v1/chaos', body: '{"Sender":{"ErrorCode":600}}', status: 400, ...text },
  { url: '/livez', ...text, answers: 'ok' },
  { url: '/readyz', answers: 'true' },
  { url: '/metrics', ...text, answers: /^mailpit_messages 1$/m },
  { url: '/api/events', status: 400, ...text, answers: /WebSocket/ },
]

async function exchange(
  { app, id, defects }: Awaited<ReturnType<typeof furnished>>,
  { method = 'GET', url, body, status = 200, type, answers, headers }: Exchange,
): Promise<void> {
  const what = `${method} ${url} ${body ?? ''}`
  const named = (text: string) => text.replaceAll('{id}', id)
  const answer = await app.inject({
    method,
    url: named(url),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { payload: named(body) }),
  })
  const said = answer.rawPayload.toString('latin1')
  expect(answer.statusCode, `${what}: ${said.slice(0, 300)}`).toBe(status)
  if (type !== undefined) expect(String(answer.headers['content-type']).split(';')[0], what).toBe(type)
  if (answers instanceof RegExp) expect(said, what).toMatch(answers)
  else if (typeof answers === 'string') expect(answer.body, what).toBe(answers)
  else if (answers) expect(faults(answers, answer.json()), what).toEqual([])
  expect(defects, what).toEqual([])
}

describe('every route', () => {
  test('that reads answers as Mailpit does', async () => {
    const fixture = await furnished()
    for (const each of EXCHANGES) if (each.method === undefined) await exchange(fixture, each)
  })

  test('that changes something answers as Mailpit does', async () => {
    for (const each of EXCHANGES) if (each.method !== undefined) await exchange(await furnished(), each)
  })

  test('a DELETE whose body is empty, missing or no JSON removes everything', async () => {
    for (const payload of [undefined, '', '{', 'null', '{"IDs":"x"}', '{"ids":[]}']) {
      const { app, store } = await furnished()
      // As fetch and axios say; who says neither this nor a body is answered as MailHog does.
      const sent = { method: 'DELETE' as const, url: '/api/v1/messages', headers: { accept: '*/*' } }
      const answer = await app.inject(payload === undefined ? sent : { ...sent, payload })
      expect([payload, answer.body, store.total]).toEqual([payload, 'ok', 0])
    }
  })

  test('reading a message marks it as read; its headers, source and parts do not', async () => {
    const { app, id, store } = await furnished()
    for (const rest of ['/headers', '/raw', '/part/2', '/html-check', '/link-check'])
      await app.inject(`/api/v1/message/${id}${rest}`)
    expect(store.unread).toBe(1)
    await app.inject(`/api/v1/message/${id}`)
    expect(store.unread).toBe(0)
  })

  test('leads to our page for a message', async () => {
    const { app, id } = await furnished({ site: { ...SITE, basePath: '/mail/' } })
    for (const url of ['/mail/view/latest', `/view/${id}`, '/view/latest?query=confirm'])
      expect((await app.inject(url)).headers.location).toBe(`/mail/#/messages/${id}`)
    expect((await app.inject('/view/latest?query=nothing-like-it')).headers.location).toBe('/mail/')
  })

  test('a file in base64 of several pieces, with line ends in it, comes back as it was', async () => {
    const { app } = await furnished()
    const bytes = Buffer.alloc(700_001, 'one line\n')
    const Content = `data:text/plain;base64,${bytes.toString('base64').replace(/.{1,75}/g, '$&\n')}`
    const send = (content: string) =>
      app.inject({
        method: 'POST',
        url: '/api/v1/send',
        payload: { ...SEND, Attachments: [{ Content: content, Filename: 'large.txt' }] },
      })
    await send(Content)
    const [file] = (await app.inject('/api/v1/message/latest')).json().Attachments
    expect(file.Checksums.SHA256).toBe(createHash('sha256').update(bytes).digest('hex'))
    for (const wrong of [Content.replace('\n', '='), `${Content}!`, `${Content.trim()}A`])
      expect((await send(wrong)).json()).toEqual({ Error: 'error decoding base64 attachment "large.txt"' })
  })

  test('a message that is saved as a file, one that is sent by a user, and one that is too large', async () => {
    const { app, id, store } = await furnished({ bounds: { maxBytes: 4000 } })
    const saved = await app.inject(`/api/v1/message/${id}/raw?dl=1`)
    expect(saved.headers['content-disposition']).toBe(`attachment; filename="${id}.eml"`)
    const authorization = `Basic ${Buffer.from('billing:x').toString('base64')}`
    const send = (Text: string) =>
      app.inject({ method: 'POST', url: '/api/v1/send', headers: { authorization }, payload: { ...SEND, Text } })
    const { ID } = (await send('hi')).json()
    expect(store.get(ID)).toMatchObject({ envelope: { auth: { username: 'billing' } }, inboxes: ['default'] })
    expect((await app.inject(`/api/v1/message/${ID}`)).json().Username).toBe('billing')
    const refused = await send('x'.repeat(5000))
    expect([refused.statusCode, refused.json()]).toEqual([413, { Error: expect.stringMatching(/does not fit/) }])
  })
})

test('HTML is as it was sent for programs, its images by address; in a browser it runs nothing', async () => {
  const { app, id } = await furnished({ site: { ...SITE, basePath: '/mail/' } })
  const program = await app.inject('/view/latest.html')
  expect(program.body).toContain(`<img src="/mail/api/v1/message/${id}/part/1.2">`)
  expect(program.body).toContain('alert(1)')
  const browser = await app.inject({ url: '/view/latest.html', headers: { 'sec-fetch-dest': 'document' } })
  expect(browser.body).toContain('<img src="data:image/png;base64,')
  expect(browser.body).not.toContain('alert(1)')
  for (const { headers } of [program, browser])
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox/)
})

test('search finds what came lately, and at the end of a large list', async () => {
  const { app, add } = await makeApp()
  for (let n = 0; n < 60; n++) await add({ raw: mailOf({ subject: `number ${n}` }) })
  const page = (await app.inject('/api/v1/search?query=number&start=55&limit=50')).json()
  expect(page).toMatchObject({ total: 60, messages_count: 60, count: 5, start: 55 })
  expect(page.messages.at(-1).Subject).toBe('number 0')
  const before = (await app.inject('/api/v1/messages?before=2026-01-31T12:00:10Z')).json()
  expect(before).toMatchObject({ total: 60, messages_count: 10 })
})
