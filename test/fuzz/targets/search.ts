/**
 * Searches over IMAP: bytes are a search or an error that says where it is none, and what is asked of a message has its
 * answer in short pieces of work, the same as in one. The first line of an input is the search, the rest is the message.
 */
import { searchOf } from '../../../server/imap/search.js'
import { CharsetError, readSearch, type SearchKey } from '../../../server/imap/search-key.js'
import { WireError } from '../../../server/imap/wire.js'
import { ENDLESS_LINE_BYTES } from '../../../server/net/lines.js'
import { decoderOf } from '../../imap/pieces.js'
import { promise, type Target } from '../target.js'

/** Up to this a message is also looked at in one go. */
const SMALL_BYTES = 1024 * 1024

export const search: Target = {
  name: 'search',
  tokens: [
    ...'ALL SEEN NEW NOT OR UID KEYWORD LARGER SMALLER FROM TO CC BCC SUBJECT HEADER BODY TEXT SINCE SENTON'
      .split(' ')
      .map(key => `${key} `),
    'CHARSET UTF-8 ',
    'CHARSET iso-2022-jp ',
    '1-Jan-2026 ',
    '1:*,4 ',
    '(',
    ')',
    '"a"',
    '"\xc3\xbc"',
    'a ',
    '\\Seen ',
    '\n',
    'Date: 1 Jan 2026\r\n',
    'Subject: =?utf-8?q?=C3=BC?=\r\n',
    'Content-Type: text/html\r\n\r\n<b>a',
    'Content-Type: message/rfc822\r\n\r\n',
    'Content-Transfer-Encoding: base64\r\n\r\n',
    'Content-Type: text/plain; charset=utf-7\r\n',
  ],
  maxBytes: 24 * 1024 * 1024,
  async run(input, turn) {
    const lineEnd = input.indexOf('\n')
    // A session gives no longer lines to the decoder.
    const key = keyOf(input.subarray(0, Math.min(lineEnd < 0 ? input.length : lineEnd, ENDLESS_LINE_BYTES)))
    if (key === null || lineEnd < 0) return
    const message = { number: 3, uid: 7, flags: ['\\Recent'], internalDateMs: 0, raw: input.subarray(lineEnd + 1) }
    const context = { highestNumber: 9, highestUid: 20 }
    await turn()
    const steps = searchOf(key, context).steps(message)
    let step = steps.next()
    for (; !step.done; step = steps.next()) await turn()
    if (message.raw.length > SMALL_BYTES) return
    await turn()
    promise(searchOf(key, context).test(message) === step.value, 'in one go the answer is another')
  },
}

function keyOf(line: Buffer): SearchKey | null {
  try {
    const decoder = decoderOf(line)
    const { key } = readSearch(decoder)
    decoder.end()
    return key
  } catch (error) {
    if (!(error instanceof WireError || error instanceof CharsetError)) throw error
    promise(error.message.length < 1000, 'an error says more than anybody reads')
    return null
  }
}
