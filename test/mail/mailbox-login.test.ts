import { expect, test } from 'vitest'
import { addAs, mailboxTest } from '../../server/mail/mailbox-login.js'
import { makeInboxes, makeStore } from './make.js'
import { stored } from './message.js'

const message = stored('Subject: x\n\nx', ['Ada@Example.com', 'bob@example.com'], {
  inboxes: ['billing', 'app@shop.test'],
})

test.each([
  // an inbox, by its name as it is
  ['billing', true],
  ['Billing', false],
  ['other', false],
  ['app@shop.test', true],
  // a recipient of the envelope, in any case
  ['ada@example.com', true],
  ['BOB@example.com', true],
  ['ada@example.co', false],
  ['@', false],
  // everything
  ['all', true],
  // nobody's name is the inbox of mail that nothing claims
  ['', false],
  ['default', false],
])('%s', (username, expected) => expect(mailboxTest(username)(message)).toBe(expected))

test('without a name it is the inbox of what nothing claims', () => {
  expect(mailboxTest('')(stored('Subject: x\n\nx', undefined, { inboxes: ['default'] }))).toBe(true)
})

test.each([
  ['an inbox', 'billing', 'To: x@y.test', { inboxes: ['billing'], to: ['x@y.test'] }],
  ['an address', 'ada@example.com', 'To: x@y.test', { inboxes: ['default'], to: ['ada@example.com'] }],
  ['everything', 'all', 'To: x@y.test', { inboxes: ['default'], to: ['x@y.test'] }],
  ['nobody', '', 'To: x@y.test', { inboxes: ['default'], to: ['x@y.test'] }],
  // what could stand in no envelope is an inbox all the same
  [
    'a name with brackets',
    'Ada <ada@example.com>',
    'To: x@y.test',
    { inboxes: ['Ada <ada@example.com>'], to: ['x@y.test'] },
  ],
  // what claims the message for another inbox does not take it away from the login
  [
    'an inbox, of what another claims',
    'billing',
    'X-Maildouble-Inbox: other',
    { inboxes: ['other', 'billing'], to: [] },
  ],
])('adds as %s', async (_, username, header, { inboxes: wanted, to }) => {
  const inboxes = makeInboxes()
  inboxes.register({ name: 'other' }, 0)
  const store = makeStore()
  const parts = { store, inboxes, now: () => 0, maxMessageBytes: 100 }
  const added = await addAs(username, parts, Buffer.from(`${header}\r\n\r\nx`))
  expect(added).toMatchObject({ type: 'stored', message: { inboxes: wanted, envelope: { to } } })
  expect(store.list(mailboxTest(username))).toHaveLength(1)
})

test('what is too large is refused', async () => {
  const parts = { store: makeStore(), inboxes: makeInboxes(), now: () => 0, maxMessageBytes: 1 }
  expect(await addAs('billing', parts, Buffer.from('xx'))).toEqual({ type: 'refused', reason: 'over-limit' })
})
