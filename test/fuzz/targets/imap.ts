/** An IMAP session: any bytes, under any options and rules, give replies or a close, the same in whatever pieces. */

import { said } from '../../driving.js'
import { check, LINES } from '../../imap/any-bytes.js'
import { newSession } from '../../imap/drive.js'
import { makeWorld } from '../../imap/make-mailboxes.js'
import { hashOf } from '../dice.js'
import { promise, type Target } from '../target.js'

/** What a socket gives at a time. */
const CHUNK_BYTES = 64 * 1024
/** Input that is also tried in pieces: more would take long for nothing. */
const MAX_PIECES_BYTES = 4096
/** What is said between two looks at the client: a full output, and a step that goes beyond it. */
const MAX_BURST_BYTES = 1024 * 1024

export const imap: Target = {
  name: 'imap',
  tokens: [
    ...LINES.map(line => `${line}\r\n`),
    '\r\n',
    '\r',
    '\n',
    '\0',
    '\x80',
    'ü',
    ' ',
    '(',
    ')',
    '"',
    '\\',
    '*',
    '%',
    '&-',
    '{3}\r\n',
    '{3+}\r\n',
    'BODY[1.2.MIME]<1.9>',
    '4294967295',
    '4294967296',
    '1:*,2',
  ],
  maxBytes: 8 * 1024 * 1024,
  async run(input, turn) {
    if (input.length <= MAX_PIECES_BYTES) await check(input, hashOf(input))
    const world = makeWorld()
    await world.mail('ada@example.test')
    const session = newSession(world, { maxMessageBytes: 4 * 1024 * 1024, options: { maxAuthLineBytes: 12_288 } })
    const opening = Buffer.from('l LOGIN ada pw\r\ns SELECT INBOX\r\n')
    const whole = Buffer.concat([opening, input])
    for (let at = 0; at < whole.length && !session.ended; at += CHUNK_BYTES) {
      session.receive(whole.subarray(at, at + CHUNK_BYTES))
      for (let event = session.next(); event; event = session.next()) {
        if (event.type === 'login') session.answer({ type: 'judged', passed: true })
        else if (event.type === 'work') {
          await event.work()
          session.answer({ type: 'done' })
        }
        promise(said(session).length <= MAX_BURST_BYTES, 'more is said than a client has to read at a time')
        if (event.type === 'later') await turn()
      }
      promise(said(session).length <= MAX_BURST_BYTES, 'more is said than a client has to read at a time')
      await turn()
    }
    session.interrupt('end')
  },
}
