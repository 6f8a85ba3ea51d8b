/** The failure texts of assertions, as texts: each alone has to tell what is wrong. */
import { expect, test } from 'vitest'
import type { Named } from '../../server/mail/explain.js'
import {
  explainAttachment,
  explainHeader,
  explainLink,
  explainNoEnd,
  explainNoHeader,
  explainNotOnce,
  explainOnce,
  explainReceiver,
  explainStrayOption,
  explainUnwanted,
  explainValue,
} from '../../server/mail/explain-matchers.js'

const mail = (subject: string, to = 'ada@example.com'): Named => ({
  subject,
  from: { name: '', address: 'app@example.org' },
  envelope: { from: 'app@example.org', to: [to] },
})
const many = (count: number) => Array.from({ length: count }, (_, n) => mail(`mail ${n + 1}`))
const word = { shown: '"Welcome"', isPattern: false }
const pattern = { shown: '/^Welcome/', isPattern: true }

test.each([
  // mail that must not come
  [
    explainUnwanted('to: "ada@example.com"', [mail('Invoice')]),
    'Expected no message with to: "ada@example.com", but one came:',
    '  "Invoice" from app@example.org to ada@example.com',
  ],
  [
    explainUnwanted('', [mail('Invoice'), mail('Reminder', 'bob@example.com')]),
    'Expected no message, but 2 came:',
    '  "Invoice" from app@example.org to ada@example.com',
    '  "Reminder" from app@example.org to bob@example.com',
  ],
  // another number than one
  [
    explainNotOnce('subject: "Invoice"', [mail('Invoice'), mail('Invoice')]),
    'Expected exactly one message with subject: "Invoice", but 2 came:',
    '  "Invoice" from app@example.org to ada@example.com',
    '  "Invoice" from app@example.org to ada@example.com',
  ],
  [explainNotOnce('', []), 'Expected exactly one message, but none is there now.'],
  [
    explainOnce('', [mail('Invoice')]),
    'Expected no or several messages, but one came:',
    '  "Invoice" from app@example.org to ada@example.com',
  ],
  // no end
  [
    explainNoEnd('not.toHaveReceived()'),
    'not.toHaveReceived() has to know until when: that nothing came yet proves nothing. Give { before: filter } of a mail that the app sends later, or { withinMs: 500 }. For what is there now, look at messages(filter).',
  ],
  [explainStrayOption('f()', 'withinMs', 'use timeoutMs.'), 'f() takes no withinMs: use timeoutMs.'],
  // values
  [
    explainValue('the subject', word, ['Goodbye'], false),
    'Expected the subject to contain "Welcome", but it is "Goodbye".',
  ],
  [
    explainValue('the subject', pattern, ['Welcome back'], true),
    'Expected the subject not to fit /^Welcome/, but it is "Welcome back".',
  ],
  [
    explainValue('the header X-Id of "Hi"', word, ['a', 'b'], false),
    'Expected the header X-Id of "Hi" to contain "Welcome", but it is "a", "b".',
  ],
  // headers, links, attachments
  [
    explainNoHeader('Hi', 'X-Id', ['From', 'To', 'Received', 'Received']),
    '"Hi" has no header X-Id. It has: From, To, Received.',
  ],
  [explainNoHeader('', 'X-Id', []), '"" has no headers.'],
  [explainHeader('Hi', 'X-Id', ['7']), 'Expected no header X-Id in "Hi", but it has "7".'],
  [
    explainLink('Hi', '"Confirm"', { text: 'Confirm now', href: 'https://app.example/c' }),
    'Expected no link with "Confirm" in "Hi", but there is "Confirm now" https://app.example/c',
  ],
  [
    explainAttachment('Hi', '/pdf/', { filename: 'terms.pdf', contentType: 'application/pdf', size: 5 }),
    'Expected no attachment /pdf/ in "Hi", but there is terms.pdf (application/pdf, 5 bytes).',
  ],
  // something else than a message or a handle
  [
    explainReceiver('toHaveSubject()', 'message', Promise.resolve()),
    'toHaveSubject() is for a message, such as `await mail.next()` gives; this is a promise: await it first.',
  ],
  [
    explainReceiver('toHaveReceived()', 'handle', undefined),
    'toHaveReceived() is for a handle, such as `await startMaildouble()` or `mail.inbox()` gives; this is undefined.',
  ],
  [
    explainReceiver('toHaveReceived()', 'handle', 'ada@example.com'),
    'toHaveReceived() is for a handle, such as `await startMaildouble()` or `mail.inbox()` gives; this is the string "ada@example.com".',
  ],
  [
    explainReceiver('toHaveLink()', 'message', new Map()),
    'toHaveLink() is for a message, such as `await mail.next()` gives; this is an object of Map.',
  ],
])('%s', (text, ...lines) => {
  expect(text).toBe(lines.join('\n'))
})

test('a flood is only counted', () => {
  const text = explainUnwanted('', many(25))
  expect(text).toMatch(/^Expected no message, but 25 came:\n {2}\.\.\. 15 more, and\n {2}"mail 16"/)
  expect(text.split('\n')).toHaveLength(12)
})
