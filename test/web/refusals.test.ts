/** Mail that rules refused, and that a search may be about. */
import { expect, test } from 'vitest'
import type { Attempt } from '../../server/http/schema.js'
import { refusalsOf } from '../../web/refusals.js'

const attempt = (to: string, ruleId: string | null, from = 'shop@example.com') =>
  ({ from, to: [to], replies: [{ ruleId: null }, { ruleId }] }) as unknown as Attempt

const ATTEMPTS = [
  attempt('ada@example.com', 'r1'),
  attempt('eva@example.com', 'r1'),
  attempt('ada@example.com', 'r2', 'hr@example.com'),
  // by no rule
  attempt('ada@example.com', null),
]

test.each([
  ['', 'r1 2, r2 1'],
  // Whether a mail that was never stored has these words, nobody knows.
  ['invoice', 'r1 2, r2 1'],
  ['to:ada', 'r1 1, r2 1'],
  ['to:ADA from:hr', 'r2 1'],
  ['rcpt-to:=eva@example.com', 'r1 1'],
  ['mail-from:shop to:ada', 'r1 1'],
  ['eva@example.com', 'r1 1'],
  ['subject:eva', 'r1 2, r2 1'],
  ['to:*@example.com', 'r1 2, r2 1'],
  ['to:nobody', ''],
])('%s: %s', (q, expected) => {
  expect(
    refusalsOf(ATTEMPTS, q)
      .map(({ ruleId, count }) => `${ruleId} ${count}`)
      .join(', '),
  ).toBe(expected)
})
