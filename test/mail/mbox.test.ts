import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMbox, mboxPieces, messagesOfMbox } from '../../server/mail/mbox.js'

const messagesIn = (mbox: Buffer) => [...messagesOfMbox(mbox)].filter(message => message !== null)
const read = (mbox: string) => messagesIn(Buffer.from(mbox, 'latin1')).map(({ raw }) => raw.toString('latin1'))

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
      expect(messagesIn(bytes).map(({ raw }) => raw.toString())).toEqual(messages)
    }),
  )
})

test('any bytes are read', () => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      const total = messagesIn(Buffer.concat([Buffer.from('From '), bytes])).reduce((n, { raw }) => n + raw.length, 0)
      expect(total).toBeLessThanOrEqual(bytes.length)
    }),
  )
})

test.each([
  ['lines', 'x\n'],
  ['lines that look like a beginning', '>From x\n'],
])('stops now and then in a message of many %s', (_what, line) => {
  const mbox = Buffer.from(`From a\n${line.repeat(600_000)}From b\ny\n`)
  const found = [...messagesOfMbox(mbox)]
  expect(found.filter(message => message !== null)).toHaveLength(2)
  expect(found.filter(message => message === null).length).toBeGreaterThan(line.length === 2 ? 0 : 45)
})

describe('an mbox that is written', () => {
  const written = (messages: readonly { raw: Buffer; from?: string; to?: string[] }[]) =>
    Buffer.concat(
      messages.flatMap(({ raw, from = 'a@example.com', to = ['b@example.com'] }) => [
        ...mboxPieces({ raw, envelope: { from, to }, receivedAtMs: Date.UTC(2026, 0, 3, 4, 5, 6) }),
      ]),
    )

  test('is what every mail program reads', () => {
    const mbox = written([{ raw: Buffer.from('Subject: x\n\nFrom me\n') }])
    expect(mbox.toString()).toMatch(
      /^From a@example\.com Sat Jan {2}3 04:05:06 2026 maildouble \{.*\}\nSubject: x\n\n>From me\n\n$/,
    )
    expect(isMbox(mbox)).toBe(true)
  })

  // What an mbox tends to change: ends of lines and of messages, lines that look like a beginning, bytes that are no text.
  const piece = fc.oneof(
    fc.constantFrom('From ', '>From ', '>>From', '\n', '\r\n', '\r', '\0', '\xff', 'From a maildouble {}'),
    fc.string({ maxLength: 3 }),
  )
  const raws = fc.array(fc.array(piece).map(pieces => Buffer.from(pieces.join(''), 'latin1')))

  test('gives the exact bytes of every message back', () => {
    fc.assert(
      fc.property(raws, raws => {
        const read = messagesIn(written(raws.map(raw => ({ raw }))))
        expect(read.map(({ raw }) => raw.toString('latin1'))).toEqual(raws.map(raw => raw.toString('latin1')))
      }),
    )
  })

  test.each([
    ['a@example.com', ['b@example.com', 'c@example.com']],
    ['', ['b@example.com']],
    ['"From a\nb"@example.com', ['"x} y"@example.com', 'ü\u2028@example.com']],
    ['a@example.com', []],
  ])('gives the envelope back: from %j to %j', (from, to) => {
    const [message, ...others] = messagesIn(written([{ raw: Buffer.from('x'), from, to }]))
    expect(message).toEqual({ raw: Buffer.from('x'), envelope: { from, to } })
    expect(others).toEqual([])
  })

  test.each([
    'From a maildouble {"from":"a"}',
    'From a maildouble {"from":"a","to":[1],"endsInLine":true}',
    'From a maildouble {',
    'From a maildouble {}',
  ])('has no envelope where its note is damaged: %s', line => {
    expect(messagesIn(Buffer.from(`${line}\nx\n\n`))).toEqual([{ raw: Buffer.from('x\n'), envelope: null }])
  })

  test('is written in bounded pieces, whatever is in it', () => {
    const raw = Buffer.from('From \n'.repeat(100_000))
    const pieces = [...mboxPieces({ raw, envelope: { from: '', to: [] }, receivedAtMs: 0 })]
    expect(pieces.length).toBeLessThan(1000)
    expect(Buffer.concat(pieces).subarray(-8).toString()).toBe('>From \n\n')
  })
})
