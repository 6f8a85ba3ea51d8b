/** How a rule is shown where a test failed: in a line, by what it does. */
import { expect, test } from 'vitest'
import { describeRule, explainNeverHit } from '../../server/mail/explain.js'
import type { Rule } from '../../server/smtp/rule.js'
import { makeRule } from '../make-rule.js'

const NOTHING = makeRule({ id: 'r7' })

test.each<[Partial<Rule>, string]>([
  [{ reply: '452', match: { to: '*@ful.test' } }, 'on rcpt, to: *@ful.test -> 452'],
  [{ reply: 451, match: { q: 'to:ada OR to:bob' }, thenClose: true }, 'on rcpt, to:ada OR to:bob -> 451, close'],
  [{ preset: 'greylist', reply: '451 later' }, 'greylist, on rcpt -> 451 later'],
  [{ replies: ['250', ['550 no', 'not here'], 250] }, 'on rcpt -> 250, 550 no / not here, 250'],
  [{ delayMs: 3000, bytesPerSecond: 10 }, 'on rcpt -> 3000 ms of delay, 10 bytes per second'],
  [{ on: 'data', action: 'close', afterBytes: 1024 }, 'on data -> close after 1024 bytes'],
  [{ on: 'message', action: 'reset', store: true }, 'on message -> stored, reset'],
  [{ on: 'ehlo', hide: ['STARTTLS', 'SIZE'] }, 'on ehlo -> no STARTTLS, SIZE'],
  [{ on: 'starttls', certificate: 'expired' }, 'on starttls -> certificate expired'],
  [{ on: 'connect', refuseConnections: true }, 'on connect -> closed port'],
  [{ on: 'quit', halfReply: true, action: 'stall' }, 'on quit -> half a reply, stall'],
])('%o', (fields, shown) => {
  expect(describeRule({ ...NOTHING, ...fields })).toBe(`rule r7 (${shown})`)
})

test('never hit are those that could have been, and were not', () => {
  const rule: Rule = { ...NOTHING, reply: '452' }
  const told = explainNeverHit([
    { ...rule, nearMiss: 'RCPT TO:<ada@full.test>' },
    { ...rule, hits: 1 },
    { ...rule, enabled: false },
    { ...rule, refuseConnections: true },
    rule,
  ])
  expect(told).toEqual([
    'rule r7 (on rcpt -> 452) was never hit; nearest: RCPT TO:<ada@full.test>',
    'rule r7 (on rcpt -> 452) was never hit; nothing reached it',
  ])
})
