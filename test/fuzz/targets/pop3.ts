/** A POP3 session: any bytes, under any options and rules, give replies or a close, the same in whatever pieces. */

import { said } from '../../driving.js'
import { check, LINES } from '../../pop3/any-bytes.js'
import { newSession } from '../../pop3/drive.js'
import { hashOf } from '../dice.js'
import { promise, type Target } from '../target.js'

/** What a socket gives at a time. */
const CHUNK_BYTES = 64 * 1024
/** Input that is also tried in pieces: more would take long for nothing. */
const MAX_PIECES_BYTES = 4096
/** What a session answers at most to a chunk of empty lines: its limits aside, a reply for each. */
const MAX_ANSWER_BYTES = CHUNK_BYTES * 200

export const pop3: Target = {
  name: 'pop3',
  tokens: [...LINES.map(line => `${line}\r\n`), '\r\n', '\r', '\n', '\0', '\x80', 'ü', ' ', '.', '4294967297'],
  maxBytes: 8 * 1024 * 1024,
  async run(input, turn) {
    if (input.length <= MAX_PIECES_BYTES) check(input, hashOf(input))
    const session = newSession({ options: { maxLineBytes: 4096, maxAuthLineBytes: 12_288 } })
    for (let at = 0; at < input.length && !session.ended; at += CHUNK_BYTES) {
      session.receive(input.subarray(at, at + CHUNK_BYTES))
      let bytes = 0
      for (let event = session.next(); event; event = session.next()) {
        if (event.type === 'login') session.answer({ type: 'judged', passed: true })
        else if (event.type === 'open') session.answer({ type: 'opened', entries: [{ uid: 1, id: 'id1', bytes: 1 }] })
        else if (event.type === 'remove') session.answer({ type: 'removed' })
        bytes += said(session).length
        if (event.type === 'later') await turn()
      }
      bytes += said(session).length
      promise(bytes <= MAX_ANSWER_BYTES, 'a chunk is answered with more than a reply a line')
      await turn()
    }
  },
}
