import fc from 'fast-check'
import { expect, test } from 'vitest'
import { messagesOfMbox } from '../../server/mail/mbox.js'

const read = (mbox: string) => [...messagesOfMbox(Buffer.from(mbox, 'latin1'))].map(raw => raw.toString('latin1'))

test.each([
  // no mbox
  ['', []],
  ['Subject: x\n\nhello\n', []],
  ['\nFrom a\n', []],
  // one message
  ['From a\nSubject: x\n\nhello\n\n', ['Subject: x\n\nhello\n']],
  ['From a\nSubject: x\n\nhello\n', ['Subject: x\n\nhello\n']],
  ['From a\nSubject: x\n\nhello', ['Subject: x\n\nhello']],
  ['From a\r\nSubject: x\r\n\r\nhello\r\n\r\n', ['Subject: x\r\n\r\nhello\r\n']],
  // an empty one
  ['From a', ['']],
  ['From a\n', ['']],
  ['From a\n\n', ['']],
  // several
  ['From a\n1\n\nFrom b\n2\n\n', ['1\n', '2\n']],
  ['From a\n1\nFrom b\n2', ['1\n', '2']],
  ['From a\nFrom b\n\nFrom c\n', ['', '', '']],
  // only one empty line ends a message
  ['From a\n1\n\n\nFrom b\n2\n', ['1\n\n', '2\n']],
  // lines that look like a beginning
  ['From a\n>From me\n>>From you\n', ['From me\n>From you\n']],
  ['From a\n >From me\n>Fromage\nx From y\n', [' >From me\n>Fromage\nx From y\n']],
  ['From a\n>From', ['>From']],
  ['From a\n>From ', ['From ']],
])('%j', (mbox, messages) => expect(read(mbox)).toEqual(messages))

test('what was written in the mboxrd form is read as it was', () => {
  const line = fc.oneof(fc.constantFrom('', 'From x', '>From x', '>>From', '>', 'Fro', 'From'), fc.string())
  const message = fc
    .array(line.map(text => text.replace(/[\r\n]/g, '')))
    .map(lines => lines.map(l => `${l}\n`).join(''))
  fc.assert(
    fc.property(fc.array(message), messages => {
      const mbox = messages.map(text => `From a\n${text.replace(/^(>*From )/gm, '>$1')}\n`).join('')
      const bytes = Buffer.from(mbox)
      expect([...messagesOfMbox(bytes)].map(raw => raw.toString())).toEqual(messages)
    }),
  )
})

test('any bytes are read', () => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      const total = [...messagesOfMbox(Buffer.concat([Buffer.from('From '), bytes]))].reduce(
        (n, raw) => n + raw.length,
        0,
      )
      expect(total).toBeLessThanOrEqual(bytes.length)
    }),
  )
})
