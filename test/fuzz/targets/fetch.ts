/**
 * What IMAP says of a message: whatever the message is, every item is answered by the grammar, header and text are the
 * whole of it, and each part that is described can be had. The first line of an input is what is asked for beside that.
 */
import { type FetchItem, readFetchItems, renderFetch, sectionOf } from '../../../server/imap/fetch.js'
import { WireError } from '../../../server/imap/wire.js'
import { structureOf } from '../../../server/mail/structure.js'
import { ENDLESS_LINE_BYTES } from '../../../server/net/lines.js'
import { decoderOf } from '../../imap/pieces.js'
import { readValue } from '../../imap/values.js'
import { promise, type Target } from '../target.js'
import { mime } from './mime.js'

export const fetch: Target = {
  name: 'fetch',
  folders: ['mail/corpus'],
  tokens: [
    ...mime.tokens,
    'ALL\n',
    '(FLAGS UID ',
    'BODY[',
    'BODY.PEEK[1.2.MIME]',
    'BODY[HEADER.FIELDS (From)]',
    '.HEADER]',
    '.TEXT]',
    ']<0.5>',
    'BODYSTRUCTURE)\n',
    'From: a <b@c.test>, ',
    'To: g: a@b.test, "c" <d@e.test>;\r\n',
    ':;',
    'Content-Disposition: attachment; filename*0*=utf-8\'\'a; filename*1="b\\""\r\n',
    'Content-Language: en, de\r\n',
    'Content-MD5: ',
    'Content-Description: ',
    'Content-Type: multipart/digest; boundary=b\r\n\r\n',
  ],
  maxBytes: 32 * 1024 * 1024,
  async run(input, turn) {
    const lineEnd = input.indexOf('\n')
    // A session gives no longer lines to the decoder.
    const asked = itemsOf(input.subarray(0, Math.min(lineEnd < 0 ? input.length : lineEnd, ENDLESS_LINE_BYTES)))
    await turn()
    const raw = lineEnd < 0 ? Buffer.alloc(0) : input.subarray(lineEnd + 1)
    const structure = structureOf(raw)
    await turn()
    const message = { number: 1, uid: 1, flags: ['\\Seen'], internalDateMs: 0, raw, structure: () => structure }
    const answer = async (items: readonly FetchItem[]) => {
      const pieces: Buffer[] = []
      for (const piece of renderFetch(message, items)) {
        promise(piece.length <= 64 * 1024, 'a piece is larger than what is written at a time')
        pieces.push(piece)
        await turn()
      }
      return Buffer.concat(pieces)
    }
    await answer(asked)
    for (const type of ['envelope', 'body', 'bodystructure'] as const) {
      const written = await answer([{ type }])
      if (written.length < 256 * 1024)
        readValue(written.toString('latin1').slice('* 1 FETCH ('.length, -')\r\n'.length))
      await turn()
    }
    const header = sectionOf(message, { path: [], of: { type: 'header' } })
    const text = sectionOf(message, { path: [], of: { type: 'text' } })
    promise(
      header !== null && text !== null && header.length + text.length === raw.length,
      'header and text are not all',
    )
    await turn()
    promise(sectionOf(message, { path: [1], of: { type: 'all' } }) !== null, 'there is no part 1')
  },
}

function itemsOf(line: Buffer): FetchItem[] {
  try {
    return readFetchItems(decoderOf(line))
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    promise(error.message.length < 1000, 'an error says more than anybody reads')
    return []
  }
}
