/** An SMTP session: any bytes, under any options and rules, give replies or a close, the same in whatever pieces. */
import fc from 'fast-check'
import type { SmtpSession } from '../../../server/smtp/session.js'
import { said } from '../../driving.js'
import { RecordMaker } from '../../mail/make-records.js'
import { check, circumstances, LINES } from '../../smtp/any-bytes.js'
import { newSession } from '../../smtp/drive.js'
import { Dice, hashOf } from '../dice.js'
import { promise, type Target } from '../target.js'

/** What a socket gives at a time. */
const CHUNK_BYTES = 64 * 1024
/** Input that is also tried in pieces: more would take long for nothing. */
const MAX_PIECES_BYTES = 4096
/** What a session answers at most before whoever drives it waits for the client: a reply for each line of a chunk. */
const MAX_ANSWER_BYTES = CHUNK_BYTES * 200

export const smtp: Target = {
  name: 'smtp',
  tokens: [
    ...LINES.map(line => `${line}\r\n`),
    '\r\n.\r\n',
    '\n.\n',
    '\r\n',
    '\r',
    '\n',
    ' SIZE=',
    ' BODY=8BITMIME',
    ' SMTPUTF8',
    ' AUTH=<>',
    '<@a.test,@b.test:c@d.test>',
    '"a\\"b"@c.test',
    '[IPv6:::1]',
    '\0',
    '\x80',
    'ü',
  ],
  maxBytes: 8 * 1024 * 1024,
  async run(input, turn) {
    const dice = new Dice(hashOf(input))
    if (input.length <= MAX_PIECES_BYTES) {
      const [around = {}] = fc.sample(circumstances, { seed: dice.below(2 ** 31), numRuns: 1 })
      const sizes = Array.from({ length: dice.below(8) }, () => dice.below(60))
      check({ said: [input], circumstances: around, sizes })
    }
    const maker = new RecordMaker()
    const session = newSession({ maxMessageBytes: 4 * 1024 * 1024, maxRecipients: 10_000 }, false, maker)
    await answered(session, turn)
    for (let at = 0; at < input.length && !session.ended; at += CHUNK_BYTES) {
      session.receive(input.subarray(at, at + CHUNK_BYTES))
      promise((await answered(session, turn)) <= MAX_ANSWER_BYTES, 'a chunk is answered with more than a reply a line')
      await turn()
    }
    maker.records.end(session.record)
  },
}

/** Takes what the session has to say and wants, as a driver does. */
async function answered(session: SmtpSession, turn: () => Promise<void>): Promise<number> {
  let bytes = 0
  for (let event = session.next(); event; event = session.next()) {
    if (event.type === 'login') session.answer({ type: 'judged', passed: true })
    else if (event.type === 'message') session.answer({ type: 'stored', id: 'id1' })
    bytes += said(session).length
    if (event.type === 'later') await turn()
  }
  return bytes + said(session).length
}
