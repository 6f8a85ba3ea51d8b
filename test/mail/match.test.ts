import { describe, expect, test } from 'vitest'
import { matcher } from '../../server/mail/match.js'
import type { Received } from '../../server/mail/message.js'
import type { Filter } from '../../server/mail/query.js'
import { Reading } from '../../server/mail/reading.js'
import { busyLoop, makeEnvelope, makeStored } from './make.js'
import { errorOf } from './queries.js'

const read = (message: ReturnType<typeof makeStored>) => new Reading(message)
const WELCOME_AT = Date.UTC(2026, 0, 31, 12)
const now = () => WELCOME_AT + 3_600_000

const WELCOME: Partial<Received> & { source: string } = {
  source: [
    'From: "The Shop" <shop@example.org>',
    'To: Ada Lovelace <ada@example.com>, bob@example.com',
    'Cc: =?utf-8?q?J=C3=BCrgen?= <juergen@example.net>',
    'Subject: Welcome to the =?utf-8?b?U2jDtnA=?=',
    'Message-ID: <Welcome-1@example.org>',
    'X-Campaign: Spring 2026',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('Hello Ada, your code is 739204.\r\nhttps://shop.example/confirm\r\n').toString('base64'),
    '--b',
    'Content-Type: application/pdf; name="Terms & Conditions.pdf"',
    'Content-Disposition: attachment',
    '',
    'PDF',
    '--b--',
    '',
  ].join('\r\n'),
  envelope: makeEnvelope({
    from: 'bounce+ada@example.org',
    to: ['ada@example.com', 'bob@example.com', 'hidden@example.com'],
    helo: 'app.internal',
    auth: { mechanism: 'PLAIN', username: 'billing' },
  }),
}
const HTML_ONLY = {
  source:
    'Subject: News\r\nContent-Type: text/html\r\n\r\n<p>Big <b>sale</b> today</p><a href="https://x.test/">go</a>\r\n',
}
const EMPTY = { source: '' }

describe('by name, a value is literal', () => {
  const cases: [what: string, mail: Partial<Received> & { source: string }, filter: Filter, passes: boolean][] = [
    // addresses: a full one exactly, case ignored; a part is contained; * is a glob; names count, too
    ['to, in envelope and header', WELCOME, { to: 'ada@example.com' }, true],
    ['to, in the envelope only', WELCOME, { to: 'hidden@example.com' }, true],
    ['to, a Cc header', WELCOME, { to: 'JUERGEN@example.net' }, true],
    ['to, not the sender', WELCOME, { to: 'shop@example.org' }, false],
    ['to, a full address is not contained', WELCOME, { to: 'da@example.com' }, false],
    ['to, a part of one is', WELCOME, { to: '@example.net' }, true],
    ['to, a glob', WELCOME, { to: 'a*@example.*' }, true],
    ['to, a glob covers the whole', WELCOME, { to: 'b*@example.org' }, false],
    ['to, a name', WELCOME, { to: 'lovelace' }, true],
    ['cc, a decoded name', WELCOME, { cc: 'jürgen' }, true],
    ['cc, not To', WELCOME, { cc: 'ada@example.com' }, false],
    ['from, the header', WELCOME, { from: 'shop@example.org' }, true],
    ['from, not the envelope', WELCOME, { from: 'bounce+ada@example.org' }, false],
    ['mail-from, the envelope', WELCOME, { 'mail-from': 'bounce+ada@example.org' }, true],
    ['mail-from, the null path', { source: '', envelope: makeEnvelope({ from: '' }) }, { 'mail-from': '<>' }, true],
    ['mail-from, not the null path', WELCOME, { 'mail-from': '<>' }, false],
    ['rcpt-to', WELCOME, { 'rcpt-to': 'hidden@example.com' }, true],
    ['rcpt-to, not the header', WELCOME, { 'rcpt-to': 'juergen@example.net' }, false],
    // text: contained, case ignored, decoded
    ['subject, decoded', WELCOME, { subject: 'the SHÖP' }, true],
    ['subject, no glob', WELCOME, { subject: 'Welcome*' }, false],
    ['text, decoded', WELCOME, { text: 'your code is' }, true],
    ['text, of HTML-only mail', HTML_ONLY, { text: 'sale today' }, true],
    ['html', HTML_ONLY, { html: '<b>sale' }, true],
    ['html, where there is none', WELCOME, { html: 'code' }, false],
    ['filename', WELCOME, { filename: 'terms & cond' }, true],
    ['message-id, bare', WELCOME, { 'message-id': 'welcome-1@example.org' }, true],
    ['message-id, in brackets', WELCOME, { 'message-id': '<Welcome-1@example.org>' }, true],
    ['message-id, whole', WELCOME, { 'message-id': 'welcome-1' }, false],
    ['tag, whole', { source: 'X-Tags: spring sale\r\n\r\n' }, { tag: 'spring sale' }, true],
    ['tag, a part', { source: 'X-Tags: spring sale\r\n\r\n' }, { tag: 'spring' }, false],
    // headers
    ['header, there', WELCOME, { header: { 'x-campaign': true } }, true],
    ['header, with', WELCOME, { header: { 'X-Campaign': 'spring' } }, true],
    ['header, both', WELCOME, { header: { 'X-Campaign': 'spring', 'X-Other': true } }, false],
    // what it has and is
    ['has attachment', WELCOME, { has: 'attachment' }, true],
    ['has no inline part', WELCOME, { has: 'inline' }, false],
    ['has html', HTML_ONLY, { has: 'html' }, true],
    ['has a link', HTML_ONLY, { has: 'link' }, true],
    ['has a code', WELCOME, { has: 'otp' }, true],
    ['has no code', HTML_ONLY, { has: 'otp' }, false],
    ['has a warning', { source: '', warnings: ['MAIL FROM without angle brackets'] }, { has: 'warning' }, true],
    ['is unread', WELCOME, { is: 'unread' }, true],
    ['is not read', WELCOME, { is: 'read' }, false],
    // who brought it
    ['user, exactly', WELCOME, { user: 'billing' }, true],
    ['user, not a part', WELCOME, { user: 'bill' }, false],
    ['helo', WELCOME, { helo: 'APP' }, true],
    ['inbox', WELCOME, { inbox: 'default' }, true],
    ['inbox, another', WELCOME, { inbox: 'other' }, false],
    // size: more than, fewer than
    ['larger', { source: '12345' }, { larger: 4 }, true],
    ['larger is not as large as', { source: '12345' }, { larger: 5 }, false],
    ['smaller', { source: '12345' }, { smaller: 6 }, true],
    // together, all of it
    ['two that hold', WELCOME, { subject: 'welcome', to: 'bob@example.com' }, true],
    ['one that does not', WELCOME, { subject: 'welcome', to: 'eve@example.com' }, false],
    // free words: each anywhere
    ['a word of the subject', WELCOME, { q: 'welcome' }, true],
    ['words of different places', WELCOME, { q: 'shop LOVELACE terms 739204 hidden@' }, true],
    ['a word that is nowhere', WELCOME, { q: 'welcome nowhere' }, false],
    ['a phrase', WELCOME, { q: '"hello ada"' }, true],
    ['a phrase in another order', WELCOME, { q: '"ada hello"' }, false],
    ['not the encoded text', WELCOME, { q: 'SGVsbG8' }, false],
    // an empty message is a message
    ['nothing asked', EMPTY, {}, true],
    ['a word of nothing', EMPTY, { q: 'nowhere' }, false],
    ['a subject of nothing', EMPTY, { subject: 'nowhere' }, false],
  ]
  test.each(cases)('%s', (_what, mail, filter, passes) => {
    expect(matcher(filter, read, now).test(makeStored(mail))).toBe(passes)
  })
})

describe('in a query', () => {
  const cases: [what: string, mail: Partial<Received> & { source: string }, q: string, passes: boolean][] = [
    // values: contained, exact, glob, regular expression
    ['a word is contained, also in an address', WELCOME, 'to:da@example.com', true],
    ['=: the whole', WELCOME, 'to:=da@example.com', false],
    ['=: the whole, case ignored', WELCOME, 'to:=ADA@example.com', true],
    ['= of a name', WELCOME, 'to:="Ada Lovelace"', true],
    ['= of a subject', WELCOME, 'subject:="welcome to the shöp"', true],
    ['= of no subject', EMPTY, 'subject:=""', true],
    ['a glob covers the whole', WELCOME, 'subject:welc*', true],
    ['a glob begins at the start', WELCOME, 'subject:shöp*', false],
    ['? is one character', WELCOME, 'to:?da@example.com', true],
    ['? is not none', WELCOME, 'to:?ada@example.com', false],
    ['an escaped star', { source: 'Subject: 2*3' }, String.raw`subject:2\*?`, true],
    ['in text a glob stays within a word', WELCOME, 'text:739*4', true],
    ['and does not reach over two', WELCOME, 'text:hello*ada', false],
    ['and may be part of one', WELCOME, 'text:h?ll', true],
    ['a regular expression', WELCOME, String.raw`text:/code is \d{6}/`, true],
    ['its case counts', WELCOME, 'subject:/welcome/', false],
    ['unless it does not', WELCOME, 'subject:/welcome/i', true],
    ['its lines', WELCOME, 'text:/^https:/', false],
    ['with m', WELCOME, 'text:/^https:/m', true],
    ['its dot', WELCOME, 'text:/code.*confirm/', false],
    ['with s', WELCOME, 'text:/code.*confirm/s', true],
    ['alternatives', WELCOME, 'subject:/goodbye|Welcome/', true],
    // operators that only a query has
    ['bcc, a header', { source: 'Bcc: eve@example.com\r\n\r\n' }, 'bcc:eve', true],
    ['bcc, whom no header names', WELCOME, 'bcc:hidden', true],
    ['bcc, not whom one names', WELCOME, 'bcc:bob', false],
    ['raw, as sent', WELCOME, 'raw:"=?utf-8?q?J"', true],
    ['raw, not decoded', WELCOME, 'raw:739204', false],
    ['header, with a value of the grammar', WELCOME, 'header:X-Campaign=/^Spring \\d+$/', true],
    ['header, exactly', WELCOME, 'header:X-Campaign==spring', false],
    ['message-id, a part', WELCOME, 'message-id:welcome', true],
    ['message-id, the whole without brackets', WELCOME, 'message-id:=welcome-1@example.org', true],
    ['id', WELCOME, 'id:id1', true],
    ['id, not a part', WELCOME, 'id:id', false],
    ['inbox, not a part', WELCOME, 'inbox:def', false],
    ['tag', WELCOME, 'tag:x', false],
    ['tag', { source: 'X-Tags: x, y\r\n\r\n' }, 'tag:x', true],
    ['tag', { source: 'To: ada+x@example.com\r\n\r\n' }, 'tag:x -tag:X', true],
    ['user, a part', WELCOME, 'user:BILL', true],
    ['mail-from, the null path', { source: '', envelope: makeEnvelope({ from: '' }) }, 'mail-from:<>', true],
    ['mail-from, another', WELCOME, 'mail-from:<>', false],
    // times: a day begins at midnight in UTC; it is 13:00, and the mail came at 12:00
    ['after its day', WELCOME, 'after:2026-01-31', true],
    ['after the next', WELCOME, 'after:2026-02-01', false],
    ['before its day', WELCOME, 'before:2026-01-31', false],
    ['before the next', WELCOME, 'before:2026-02-01', true],
    ['after its very time', WELCOME, 'after:2026-01-31T12:00:00Z', true],
    ['before its very time', WELCOME, 'before:2026-01-31T13:00:00+01:00', false],
    ['newer, in time', WELCOME, 'newer:60m', true],
    ['newer, too late', WELCOME, 'newer:59m', false],
    ['older', WELCOME, 'older:59m', true],
    ['not older', WELCOME, 'older:1h', false],
    // together
    ['OR', WELCOME, 'goodbye OR welcome', true],
    ['OR is weaker than and', WELCOME, 'welcome OR goodbye nowhere', true],
    ['parentheses', WELCOME, '(welcome OR goodbye) nowhere', false],
    ['NOT', WELCOME, 'welcome -nowhere', true],
    ['NOT of what is there', WELCOME, '-from:shop', false],
    ['NOT of a group', WELCOME, '-(nowhere OR goodbye)', true],
    ['sizes', WELCOME, 'larger:100 smaller:1k', true],
  ]
  test.each(cases)('%s: %#', (_what, mail, q, passes) => {
    expect(matcher({ q }, read, now).test(makeStored(mail))).toBe(passes)
  })

  test.each([
    ['a /(?=x)/', 2, 7, /lookaround or a backreference/],
    [String.raw`/(a)\1/`, 0, 7, /lookaround or a backreference/],
    ['subject:/(/', 0, 11, /no regular expression: missing closing \)/],
    ['/[z-a]/', 0, 7, /invalid character class range/],
  ])('%s has a place and a reason', (q, position, length, message) => {
    expect(errorOf(() => matcher({ q }, read, now))).toMatchObject({
      position,
      length,
      message: expect.stringMatching(message),
    })
  })

  test('a regular expression takes linear time', () => {
    const source = `Subject: ${'a'.repeat(5000)}!`
    expect(matcher({ q: 'subject:/^(a+)+$/' }, read, now).test(makeStored({ source }))).toBe(false)
    expect(matcher({ q: String.raw`subject:/(a|a)*\d/` }, read, now).test(makeStored({ source }))).toBe(false)
  })

  test('now is asked for each message', () => {
    let time = WELCOME_AT
    const match = matcher({ q: 'newer:1m' }, read, () => time)
    expect(match.test(makeStored(WELCOME))).toBe(true)
    time += 61_000
    expect(match.test(makeStored(WELCOME))).toBe(false)
  })
})

test('a glob is matched in linear time', () => {
  const pattern = `${'a*'.repeat(50)}b@x.test`
  const to = [`${'a'.repeat(5000)}@x.test`]
  expect(matcher({ to: pattern }, read, now).test(makeStored({ envelope: makeEnvelope({ to }) }))).toBe(false)
})

test('what is cheap is asked first, so that a message that fails there is never read', () => {
  const match = matcher(
    { text: 'x', 'rcpt-to': 'nobody@example.com' },
    () => {
      throw new Error('it was read')
    },
    now,
  )
  expect(match.test(makeStored())).toBe(false)
  expect(matcher({}, read, now).everything).toBe(true)
})

test('the failing term is the one a person would name', async () => {
  const failing = async (filter: Filter) =>
    (await matcher(filter, read, now).failing(makeStored(WELCOME), busyLoop()))?.shown
  expect(await failing({ to: 'ada@example.com', subject: 'Goodbye' })).toBe('subject: Goodbye')
  const q = 'to:ada@example.com (subject:goodbye OR text:"see you")'
  expect(await failing({ q })).toBe('subject:goodbye OR text:"see you"')
})

// One such held everybody up for a second.
test('a glob of many ? is tried on the beginning of a word', () => {
  const glob = `text:${'a?'.repeat(2000)}x*`
  const passes = (letters: number) =>
    matcher({ q: glob }, read, now).test(makeStored({ source: `Subject: a\r\n\r\n${'a'.repeat(letters)}x` }))
  expect(passes(4000)).toBe(true)
  expect(passes(60_000)).toBe(false)
})

describe('a large message', () => {
  const lines = 'Etwas Größeres steht hier, Zeile um Zeile.\r\n'.repeat(40_000)
  const source = [
    'Subject: large',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(`${lines}At the end: Straße 739204\r\n`).toString('base64'),
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    `<p>${lines}<b>Last</b>`,
    '--b',
    'Content-Disposition: attachment; filename=terms.pdf',
    '',
    'x',
    '--b--',
    '',
  ].join('\r\n')
  const message = makeStored({ source })

  // 25 MB of text was searched in one piece.
  test.each<[Filter]>([
    [{ q: 'straße' }],
    [{ q: 'nowhere' }],
    [{ q: 'terms.pdf nowhere' }],
    [{ text: 'END: Straße' }],
    [{ text: 'größeres steht HIER, zeile' }],
    [{ q: 'text:str*9204' }],
    [{ q: 'text:st?aße' }],
    [{ q: 'text:=straße' }],
    [{ q: 'text:/Zeile um/' }],
    [{ html: '<B>last' }],
    [{ q: 'raw:"At the end"' }],
    [{ q: 'raw:terms.PDF' }],
    [{ q: '-text:739204 OR subject:small' }],
    [{ q: 'has:otp' }],
    [{ q: 'has:link OR html:"</b>"' }],
  ])('is looked at in short pieces of work, with the same answer: %j', async filter => {
    const loop = busyLoop()
    const expected = matcher(filter, read, now).test(message)
    const passes = matcher(filter, read, now).look(message, loop)
    expect(passes).toBeInstanceOf(Promise)
    expect(await passes).toBe(expected)
    expect(loop.turns).toBeGreaterThan(4)
  })

  test('is looked at likewise where it fails', async () => {
    const loop = busyLoop()
    const { failing } = matcher({ q: 'text:straße text:nowhere' }, read, now)
    expect((await failing(message, loop))?.shown).toBe('text:nowhere')
    expect(loop.turns).toBeGreaterThan(4)
  })

  test('is answered at once where it is small', () => {
    const small = makeStored({ source: 'Subject: a\r\n\r\nb' })
    const { look, steps, failing } = matcher({ text: 'b' }, read, now)
    expect(look(small, busyLoop())).toBe(true)
    expect(steps(small).next()).toEqual({ done: true, value: true })
    expect(failing(small, busyLoop())).toBeUndefined()
  })
})
