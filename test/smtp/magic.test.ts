import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../server/smtp/rule.js'
import { makeRules, message, moment, rcpt, seen } from './make-rules.js'

function ask(address: string): Verdict | null {
  return makeRules({ magicRecipients: true }).rules.judge(rcpt(address))
}

describe('a recipient that says how it wants to be answered', () => {
  const cases: [address: string, seen: string][] = [
    ['reply-550@any.domain', '550 5.1.1 No such user here'],
    ['Reply-452@any.domain', '452 4.2.2 Mailbox full'],
    ['reply-250@any.domain', '250 2.1.5 Ok'],
    ['reply-421@any.domain', '421 4.3.2 Service not available, closing the connection, close'],
    ['@relay.test:reply-550@any.domain', '550 5.1.1 No such user here'],
    ['close@any.domain', 'close'],
    ['reset@any.domain', 'reset'],
    ['STALL@[127.0.0.1]', 'stall'],
    ['delay-3000@any.domain', 'our words'],
  ]
  test.each(cases)('%s', (address, expected) => expect(seen(ask(address))).toBe(expected))

  test('delays by as much as it says, and has a name', () => {
    expect(ask('delay-3000@x.test')).toMatchObject({ ruleId: null, name: 'magic recipient delay-3000', delayMs: 3000 })
    expect(ask('delay-600000@x.test')).toMatchObject({ delayMs: 600_000 })
  })
})

describe('one that is not quite so is an address like any other', () => {
  test.each([
    'ada@example.com',
    'postmaster',
    'reply-@x.test',
    'reply@x.test',
    'reply-354@x.test',
    'reply-199@x.test',
    'reply-5500@x.test',
    'reply-550-x@x.test',
    'xreply-550@x.test',
    'reply-550',
    'delay@x.test',
    'delay-0@x.test',
    'delay--1@x.test',
    'delay-1.5@x.test',
    'delay-600001@x.test',
    'close-1@x.test',
    'reset+1@x.test',
    'ada@reply-550.test',
    '',
    '@',
    '@reset@',
  ])('%s', address => expect(ask(address)).toBeNull())
})

test('only where RCPT names it, where no rule matches, and where it was asked for', () => {
  const { rules } = makeRules({ magicRecipients: true })
  expect(rules.judge(message('', { to: ['reply-550@x.test'] }))).toBeNull()
  expect(rules.judge(moment('mail', { mailFrom: 'reply-550@x.test' }))).toBeNull()
  rules.add({ match: { to: 'x.test' }, reply: '451 Rule' })
  expect(seen(rules.judge(rcpt('reply-550@x.test')))).toBe('451 Rule')
  expect(seen(rules.judge(rcpt('reply-550@y.test')))).toBe('550 5.1.1 No such user here')
  expect(makeRules().rules.judge(rcpt('reply-550@y.test'))).toBeNull()
})
