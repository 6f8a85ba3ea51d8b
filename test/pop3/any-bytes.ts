/**
 * Any bytes give replies or a close, never an exception, the same ones in whatever pieces they come; and what is removed
 * was marked. `npm test` tries some; `npm run fuzz -- pop3` as many as there is time for.
 */
import { deepStrictEqual, ok } from 'node:assert'
import type { Account } from '../../server/net/sasl.js'
import { Dice } from '../fuzz/dice.js'
import { type Circumstances, feed } from './drive.js'

/** What a client may say, and what it may say wrongly. */
export const LINES = [
  'USER ada',
  'PASS secret',
  'APOP ada 0123456789abcdef0123456789abcdef',
  'AUTH PLAIN AGFkYQBzZWNyZXQ=',
  'AUTH LOGIN',
  'AUTH CRAM-MD5',
  'AUTH',
  'YWRh',
  '*',
  'STLS',
  'CAPA',
  'STAT',
  'LIST',
  'LIST 2',
  'UIDL',
  'UIDL 9',
  'RETR 1',
  'RETR 3',
  'TOP 2 1',
  'TOP 1 99999999999',
  'DELE 1',
  'DELE 2',
  'RSET',
  'NOOP',
  'QUIT',
  'GET / HTTP/1.1',
  '',
]

const MESSAGES = ['A: 1\\r\\n\\r\\n.x\\r\\n', '\\0\\xff', '']
const ACCOUNTS: readonly Account[] = [{ username: 'ada', password: 'secret' }]
const RULES: readonly Circumstances['rules'][] = [
  [],
  [{ protocol: 'pop3', on: 'auth', reply: 535 }],
  [{ protocol: 'pop3', on: 'any', delayMs: 5 }],
  [{ protocol: 'pop3', on: 'quit', action: 'close' }],
  [{ protocol: 'pop3', on: 'connect', halfReply: true }],
  [{ protocol: 'pop3', on: 'starttls', action: 'stall' }],
]

/** Fails where bytes are answered in another way when they come in other pieces, or where more is removed than there is. */
export function check(input: Buffer, seed: number): void {
  const dice = new Dice(seed)
  const tls = dice.below(2) === 1
  const circumstances: Circumstances = {
    messages: MESSAGES,
    evicted: dice.pick([[], [1], [1, 2, 3]]),
    accounts: dice.pick([undefined, ACCOUNTS]),
    options: { tls, requireTls: tls && dice.below(2) === 1, maxProtocolErrors: dice.pick([3, 100]) },
    rules: dice.pick(RULES) ?? [],
    ...dice.pick<Partial<Circumstances>>([{}, { interrupt: 'end' }, { interrupt: 'shutdown' }]),
  }
  const whole = feed([input], circumstances)
  ok(whole.removed.every(id => /^id[123]$/.test(id)) && new Set(whole.removed).size === whole.removed.length)
  const pieces: Buffer[] = []
  for (let at = 0; at < input.length; ) {
    const size = dice.size(40)
    pieces.push(input.subarray(at, at + size))
    at += size
  }
  deepStrictEqual(feed(pieces, circumstances), whole)
}
