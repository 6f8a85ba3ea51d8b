/** mbox files: whatever they are, what is found in one is the same once it was written and read again. */
import { type MboxMessage, mboxPieces, messagesOfMbox } from '../../../server/mail/mbox.js'
import { promise, type Target } from '../target.js'

export const mbox: Target = {
  name: 'mbox',
  folders: ['mail/corpus'],
  tokens: [
    'From ',
    '\nFrom ',
    '>From ',
    '\n>>From ',
    '\n',
    '\r\n',
    '\n\n',
    ' maildouble {"from":"a@b.test","to":["c@d.test"],"endsInLine":true}\n',
    ' maildouble {',
    '"endsInLine":true',
    '}',
    'Subject: a\n',
    '\0',
    '\xff',
  ],
  maxBytes: 16 * 1024 * 1024,
  async run(input, turn) {
    for (const message of messagesOfMbox(input)) {
      await turn()
      if (message === null) continue
      const { raw, envelope } = message
      const { from, to } = envelope ?? { from: 'a@b.test', to: [] }
      const written: Buffer[] = []
      for (const piece of mboxPieces({ raw, envelope: { from, to }, receivedAtMs: 0 })) {
        written.push(piece)
        await turn()
      }
      const [again, ...more] = await allOf(Buffer.concat(written), turn)
      promise(
        more.length === 0 && again !== undefined && again.raw.equals(raw),
        'a message is another once it was written',
      )
      promise(JSON.stringify(again?.envelope) === JSON.stringify({ from, to }), 'an envelope is another')
    }
  },
}

async function allOf(mbox: Buffer, turn: () => Promise<void>): Promise<MboxMessage[]> {
  const found: MboxMessage[] = []
  for (const message of messagesOfMbox(mbox)) {
    if (message) found.push(message)
    await turn()
  }
  return found
}
