import { describe, expect, test } from 'vitest'
import { matcher } from '../../server/mail/match.js'
import type { Received } from '../../server/mail/message.js'
import type { Filter } from '../../server/mail/query.js'
import { Reading } from '../../server/mail/reading.js'
import { makeEnvelope, makeStored } from './make.js'

const read = (message: ReturnType<typeof makeStored>) => new Reading(message)

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
    expect(matcher(filter, read).test(makeStored(mail))).toBe(passes)
  })
})

test('a glob is matched in linear time', () => {
  const pattern = `${'a*'.repeat(50)}b@x.test`
  const to = [`${'a'.repeat(5000)}@x.test`]
  expect(matcher({ to: pattern }, read).test(makeStored({ envelope: makeEnvelope({ to }) }))).toBe(false)
})

test('what is cheap is asked first, so that a message that fails there is never read', () => {
  const match = matcher({ text: 'x', 'rcpt-to': 'nobody@example.com' }, () => {
    throw new Error('it was read')
  })
  expect(match.test(makeStored())).toBe(false)
  expect(match.readsText).toBe(true)
  expect(matcher({ subject: 'x' }, read).readsText).toBe(false)
  expect(matcher({}, read).everything).toBe(true)
})

test('the failing term is the one a person would name', () => {
  const match = matcher({ to: 'ada@example.com', subject: 'Goodbye' }, read)
  expect(match.failing(makeStored(WELCOME))?.shown).toBe('subject: Goodbye')
})
