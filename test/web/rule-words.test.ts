/** Rules in words. */
import { describe, expect, test } from 'vitest'
import type { Rule } from '../../server/http/schema.js'
import { cutAtRule, describeState, formatSpan, ruleText } from '../../web/rule-words.js'
import { makeRule } from '../make-rule.js'

describe('a rule in one line', () => {
  const CASES: [fields: Partial<Rule>, text: string][] = [
    // when
    [{ match: { to: '*@full.test' }, reply: '452 4.2.2 Mailbox full' }, 'RCPT TO *@full.test → 452 4.2.2 Mailbox full'],
    [{ reply: 550 }, 'Every RCPT TO → 550'],
    [{ on: 'connect', reply: '421 Busy' }, 'Every connection → 421 Busy'],
    [{ on: 'message', match: { subject: 'Invoice' }, reply: '552' }, 'Message with subject Invoice → 552'],
    [{ on: 'mail', match: { 'mail-from': 'shop@' }, reply: '550' }, 'MAIL FROM shop@ → 550'],
    [
      { match: { inbox: 'billing', to: 'ada', 'mail-from': 'shop' }, reply: '550' },
      'RCPT TO ada with inbox billing and mail from shop → 550',
    ],
    [{ on: 'any', reply: '421' }, 'Every command → 421'],
    [{ on: 'vrfy', reply: '252' }, 'Every VRFY → 252'],
    // what is said
    [{ replies: ['421', 451] }, 'Every RCPT TO → 421, then 451'],
    [{ reply: ['550-No', '550 more'] }, 'Every RCPT TO → 550-No ⏎ 550 more'],
    [{ reply: '550 No', thenClose: true }, 'Every RCPT TO → 550 No, then closes'],
    [{ reply: '550 No', delayMs: 1500 }, 'Every RCPT TO → after 1.5 s, 550 No'],
    [{ delayMs: 300 }, 'Every RCPT TO → answers after 300 ms'],
    [{ reply: '550 No', halfReply: true }, 'Every RCPT TO → 550 No, says half of the reply, closes the connection'],
    // what is done
    [
      { on: 'message', action: 'close', store: true },
      'Every message → stores it, closes the connection without a reply',
    ],
    [
      { on: 'data', action: 'reset', afterBytes: 1024 },
      'Every DATA → resets the connection after 1.0 kB of the message',
    ],
    [{ action: 'stall' }, 'Every RCPT TO → never answers'],
    [{ on: 'data', bytesPerSecond: 10_240 }, 'Every DATA → reads 10 kB a second'],
    [{ on: 'ehlo', hide: ['STARTTLS', 'AUTH'] }, 'Every EHLO → leaves out STARTTLS and AUTH'],
    [{ on: 'starttls', certificate: 'wrong-host' }, 'Every STARTTLS → shows a certificate for another host'],
    [{ protocol: 'imap', on: 'auth', reply: '535' }, 'Every IMAP AUTH → 535'],
    [
      { protocol: 'pop3', on: 'connect', action: 'reset' },
      'Every POP3 connection → resets the connection without a reply',
    ],
    [{ on: 'connect', refuseConnections: true }, 'Every connection → the port is closed'],
    // how often
    [{ reply: '451', times: 2, per: 'recipient' }, 'Every RCPT TO → 451, only the first 2 per recipient'],
    [{ reply: '451', times: 1 }, 'Every RCPT TO → 451, only the first'],
    [{ on: 'mail', reply: '421', after: 10, windowMs: 60_000 }, 'Every MAIL FROM → 421, after 10 in 1 min'],
    [{ reply: '451', probability: 0.25 }, 'Every RCPT TO → 451, 25 % of the time'],
  ]
  test.each(CASES)('%o: %s', (fields, text) => expect(ruleText(makeRule(fields))).toBe(text))
})

describe('how a rule stands', () => {
  const NOW_MS = Date.parse('2026-03-12T10:00:00Z')
  const left = (ms: number) => ({ expiresAt: new Date(NOW_MS + ms).toISOString() })
  const CASES: [fields: Partial<Rule>, words: string][] = [
    [{}, 'until removed'],
    [left(900_000), '15 min left'],
    [left(660_001), '12 min left'],
    [left(59_500), '60 s left'],
    [left(1), '1 s left'],
    [left(3_600_000), '1 h left'],
    [left(3_900_000), '1 h 5 min left'],
    // The browser's clock is ahead.
    [left(-5_000), '0 s left'],
    [{ ...left(-1), active: false }, 'expired'],
    [{ active: false }, 'used up'],
    [{ ...left(9_000), active: false, times: 1 }, 'used up'],
    // The browser's clock is behind.
    [{ ...left(9_000), active: false }, 'expired'],
    [{ ...left(9_000), active: false, enabled: false }, 'off'],
  ]
  test.each(CASES)('%o: %s', (fields, words) => expect(describeState(makeRule(fields), NOW_MS)).toBe(words))
})

test.each([
  [300, '300 ms'],
  [1000, '1 s'],
  [90_000, '90 s'],
  [60_000, '1 min'],
  [900_000, '15 min'],
  [5_400_000, '1.5 h'],
])('%d ms is %s', (ms, words) => expect(formatSpan(ms)).toBe(words))

test('the rule that the server speaks of is found in its words', () => {
  expect(cutAtRule('RCPT was refused by rule r12 (greylist): 451 4.7.1 Later')).toEqual({
    before: 'RCPT was refused by ',
    rule: 'rule r12 (greylist)',
    id: 'r12',
    after: ': 451 4.7.1 Later',
  })
  expect(cutAtRule('rule r3 answers')).toMatchObject({ before: '', rule: 'rule r3', after: ' answers' })
  expect(cutAtRule('a rule of thumb')).toBeNull()
})
