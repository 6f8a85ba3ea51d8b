/**
 * Any bytes give replies or a close, never an exception, and the same ones in whatever pieces they come. `npm test` tries
 * some; `npm run fuzz -- imap` as many as there is time for.
 */
import { deepStrictEqual } from 'node:assert'
import type { Account } from '../../server/net/sasl.js'
import { Dice } from '../fuzz/dice.js'
import { mailboxes } from './dialogues/mailboxes.js'
import { messages } from './dialogues/messages.js'
import { MAILS } from './dialogues/openings.js'
import { states } from './dialogues/states.js'
import { type Circumstances, feed } from './drive.js'

/** Every dialogue there is, by group. */
export const DIALOGUES = { ...states, ...mailboxes, ...messages }

/** What a client may say, and what it may say wrongly. */
export const LINES = [
  'a CAPABILITY',
  'a NOOP',
  'a LOGOUT',
  'a ID ("name" "x")',
  'a STARTTLS',
  'a AUTHENTICATE PLAIN AGFkYQBwdw==',
  'a AUTHENTICATE LOGIN',
  'YWRh',
  '*',
  'a LOGIN ada pw',
  'a LOGIN {3+}',
  'ada {2+}',
  'pw',
  'a SELECT INBOX',
  'a EXAMINE Kept',
  'a CREATE Kept',
  'a CREATE "&Jjo-/a/b"',
  'a DELETE Kept',
  'a RENAME Kept Old',
  'a RENAME INBOX Kept',
  'a SUBSCRIBE Kept',
  'a LIST "" "*"',
  'a LIST "" %/%',
  'a LSUB "" "%"',
  'a STATUS INBOX (MESSAGES UIDNEXT UNSEEN)',
  'a APPEND INBOX (\\Seen x) " 1-Feb-2026 10:20:30 +0000" {5+}',
  'a APPEND Kept {9+}',
  'a: b',
  'a APPEND INBOX {2000+}',
  'a APPEND INBOX {4294967296+}',
  'a IDLE',
  'DONE',
  'a CHECK',
  'a CLOSE',
  'a UNSELECT',
  'a EXPUNGE',
  'a UID EXPUNGE 1:*',
  'a SEARCH UNSEEN OR (TEXT "two") NOT 2:*',
  'a SEARCH CHARSET UTF-8 BODY {3+}',
  'a UID SEARCH HEADER Subject "" SINCE 1-Jan-2026 LARGER 10',
  'a FETCH 1:* (FLAGS UID ENVELOPE BODYSTRUCTURE)',
  'a FETCH 2 BODY[HEADER.FIELDS (SUBJECT)]<0.9>',
  'a UID FETCH 1:* FULL',
  'a STORE 1:* +FLAGS (\\Deleted k)',
  'a UID STORE 2 -FLAGS.SILENT \\Seen',
  'a COPY 1:2 Kept',
  'a UID MOVE * INBOX',
  '',
]

const ACCOUNTS: readonly Account[] = [{ username: 'ada', password: 'pw' }]
const RULES: readonly Circumstances['rules'][] = [
  [],
  [{ protocol: 'imap', on: 'auth', reply: 535 }],
  [{ protocol: 'imap', on: 'any', delayMs: 5 }],
  [{ protocol: 'imap', on: 'quit', action: 'close' }],
  [{ protocol: 'imap', on: 'connect', halfReply: true }],
  [{ protocol: 'imap', on: 'starttls', action: 'stall' }],
]
const OPENINGS = [
  '',
  'l LOGIN ada pw\r\n',
  'l LOGIN ada pw\r\ns SELECT INBOX\r\n',
  'l LOGIN ada pw\r\ns SELECT INBOX\r\n',
]

/** Fails where bytes are answered in another way when they come in other pieces. */
export async function check(input: Buffer, seed: number): Promise<void> {
  const dice = new Dice(seed)
  const tls = dice.below(2) === 1
  const accounts = dice.pick([undefined, ACCOUNTS])
  const circumstances: Circumstances = {
    mails: MAILS,
    ...(accounts && { accounts }),
    options: { tls, requireTls: tls && dice.below(4) === 1, maxProtocolErrors: dice.pick([3, 100]) },
    rules: dice.pick(RULES) ?? [],
    ...dice.pick<Partial<Circumstances>>([{}, { interrupt: 'end' }, { interrupt: 'shutdown' }]),
  }
  const said = Buffer.concat([Buffer.from(dice.pick(OPENINGS)), input])
  const whole = await feed([said], circumstances)
  const pieces: Buffer[] = []
  for (let at = 0; at < said.length; ) {
    const size = dice.size(40)
    pieces.push(said.subarray(at, at + size))
    at += size
  }
  deepStrictEqual(await feed(pieces, circumstances), whole)
}
