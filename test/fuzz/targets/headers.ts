/** Header blocks, addresses and parameters: whatever comes, what is read lies in the bytes, and in bounds. */
import { addresses, parameterized, parseHeaders, token } from '../../../server/mail/headers.js'
import { Reading } from '../../../server/mail/reading.js'
import { makeStored } from '../../mail/make.js'
import { promise, type Target } from '../target.js'

export const headers: Target = {
  name: 'headers',
  folders: ['mail/corpus'],
  tokens: [
    '\r\n',
    '\n',
    '\r',
    '\r\n ',
    '\t',
    ':',
    'Subject: ',
    'From: ',
    'To: ',
    'Cc: ',
    'Bcc: ',
    'Date: ',
    'Message-ID: ',
    'Content-Type: ',
    'Content-Disposition: attachment; ',
    '=?utf-8?q?',
    '=?utf-8?b?',
    '=?iso-2022-jp?B?',
    '=?x?q?=?=',
    '?=',
    '<a@b.test>',
    'a@b.test, ',
    'group: ',
    ';',
    '"',
    '\\"',
    '(',
    ')',
    ' (comment) ',
    "; filename*0*=utf-8''%e2",
    '; filename*1=x',
    '; a="',
    'From x\n',
    '\x80\xff',
    '\0',
  ],
  maxBytes: 4 * 1024 * 1024,
  async run(raw, turn) {
    const block = parseHeaders(raw)
    promise(block.bodyOffset >= 0 && block.bodyOffset <= raw.length, 'the body begins outside of the message')
    await turn()
    for (const { name, value, raw: source } of block.fields) {
      promise(name !== '' && source.startsWith(name), `a field has no name: ${JSON.stringify(source.slice(0, 80))}`)
      promise(!/[\r\n]/.test(value) || /=\?/.test(source), 'a value goes over lines')
      if (value.length > 10_000) await turn()
    }
    await turn()
    for (const name of ['From', 'To', 'Cc', 'Bcc', 'Reply-To', 'Subject']) {
      addresses(block.fields, name)
      await turn()
    }
    for (const name of ['Content-Type', 'Content-Disposition', 'Content-Transfer-Encoding']) {
      parameterized(block.fields, name)
      token(block.fields, name)
      await turn()
    }
    JSON.stringify(new Reading(makeStored({ raw })).summary())
  },
}
