/** mbox files: whatever they are, what is found in one is the same once it was written and read again. */
import { mboxPieces, messagesOfMbox } from '../../../server/mail/mbox.js'
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
    for (const { raw, envelope } of messagesOfMbox(input)) {
      await turn()
      const { from, to } = envelope ?? { from: 'a@b.test', to: [] }
      const written: Buffer[] = []
      for (const piece of mboxPieces({ raw, envelope: { from, to }, receivedAtMs: 0 })) {
        written.push(piece)
        await turn()
      }
      const [again, ...more] = messagesOfMbox(Buffer.concat(written))
      promise(
        more.length === 0 && again !== undefined && again.raw.equals(raw),
        'a message is another once it was written',
      )
      promise(JSON.stringify(again?.envelope) === JSON.stringify({ from, to }), 'an envelope is another')
    }
  },
}
