import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fetchable, marksSeen, readFetchItems, renderFetch, withUid } from '../../server/imap/fetch.js'
import { WireError } from '../../server/imap/wire.js'
import { structureOf } from '../../server/mail/structure.js'
import { corpus } from '../mail/corpus.js'
import { mail } from '../mail/message.js'
import { decoderOf } from './pieces.js'

function itemsOf(wire: string) {
  const decoder = decoderOf(wire)
  const items = readFetchItems(decoder)
  decoder.end()
  return items
}

function fetchable(raw: Buffer, extra: Partial<Fetchable> = {}): Fetchable {
  const internalDateMs = Date.UTC(2026, 1, 1, 10, 20, 30)
  return {
    number: 3,
    uid: 17,
    flags: ['\\Seen', 'Junk'],
    internalDateMs,
    raw,
    structure: () => structureOf(raw),
    ...extra,
  }
}

function answer(message: Fetchable, wire: string): string {
  return Buffer.concat([...renderFetch(message, itemsOf(wire))]).toString('latin1')
}

/** What one section of a mail is; null for NIL. */
function section(raw: Buffer, wire: string): string | null {
  const [name = ''] = wire.replace('BODY.PEEK', 'BODY').split(/(?<=<\d+)\.\d+>/)
  const prefix = `* 3 FETCH (${name}${/<\d+$/.test(name) ? '>' : ''} `
  const written = answer(fetchable(raw), wire)
  expect(written.startsWith(prefix), written).toBe(true)
  const value = written.slice(prefix.length)
  if (value === 'NIL)\r\n') return null
  const length = /^\{(\d+)\}\r\n/.exec(value)
  const bytes = value.slice(length?.[0].length)
  expect(bytes.length).toBe(Number(length?.[1]) + 3)
  return bytes.slice(0, -3)
}

const SIMPLE = Buffer.from(
  [
    'From: ada@example.com',
    'Subject: a',
    '\tlong one',
    'X-Odd : 1',
    'from: second@example.com',
    '',
    'Hello,',
    'Ada',
    '',
  ].join('\r\n'),
)
const SIMPLE_HEADER = SIMPLE.toString().slice(0, SIMPLE.indexOf('Hello'))

const NESTED = mail(`
  Subject: outer
  MIME-Version: 1.0
  Content-Type: multipart/mixed; boundary=o

  preamble
  --o
  Content-Type: text/plain

  first
  --o
  Content-Type: message/rfc822
  Content-Description: the attached one

  Subject: inner
  Content-Type: multipart/alternative; boundary=i

  --i

  plain
  --i
  Content-Type: text/html

  <p>html
  --i--
  --o
  Content-Type: multipart/related; boundary=r

  --r
  Content-Type: image/png

  PNG
  --r
  Content-Type: message/rfc822

  Subject: flat

  only text
  --r--
  --o--
  epilogue
`)

describe('what is asked for', () => {
  test.each([
    ['ALL', '(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)'],
    ['fast', '(FLAGS INTERNALDATE RFC822.SIZE)'],
    ['Full', '(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY)'],
    ['(FAST UID)', '(FLAGS INTERNALDATE RFC822.SIZE UID)'],
    ['(uid UID uid)', '(UID)'],
    ['FLAGS', '(FLAGS)'],
    ['(body[] BODY[])', '(BODY[])'],
    ['body.peek[1.2.mime]', '(BODY.PEEK[1.2.MIME])'],
    ['BODY[header.fields (From "To")]', '(BODY[HEADER.FIELDS (From To)])'],
  ])('%s is %s', (wire, same) => {
    expect(itemsOf(wire)).toEqual(itemsOf(same))
  })

  test.each([
    ['(FLAGS UID)', false],
    ['BODY', false],
    ['BODYSTRUCTURE', false],
    ['BODY.PEEK[]', false],
    ['RFC822.HEADER', false],
    ['BODY[HEADER]', true],
    ['(UID BODY[]<0.1>)', true],
    ['RFC822', true],
    ['RFC822.TEXT', true],
  ])('whether %s sets \\Seen: %s', (wire, marks) => {
    expect(marksSeen(itemsOf(wire))).toBe(marks)
  })

  test('UID FETCH answers the UID, once', () => {
    expect(withUid(itemsOf('(FLAGS)'))).toEqual(itemsOf('(UID FLAGS)'))
    expect(withUid(itemsOf('(FLAGS UID)'))).toEqual(itemsOf('(FLAGS UID)'))
  })

  test.each([
    ['', 'Expected an item of a message such as FLAGS or BODY[] at character 1'],
    ['()', 'Expected an item of a message such as FLAGS or BODY[] at character 3'],
    ['(FLAGS', 'Expected ")" at character 7'],
    ['(FLAGS  UID)', 'Expected an item of a message such as FLAGS or BODY[] at character 8'],
    ['FLAGZ', 'Expected an item of a message such as FLAGS or BODY[] at character 1'],
    ['BODY.PEEK', 'Expected an item of a message such as FLAGS or BODY[] at character 1'],
    ['BINARY[1]', 'Expected an item of a message such as FLAGS or BODY[] at character 1'],
    ['constructor', 'Expected an item of a message such as FLAGS or BODY[] at character 1'],
    ['BODY[', 'Expected a section such as HEADER, TEXT or 1.2 at character 6'],
    ['BODY[FOO]', 'Expected a section such as HEADER, TEXT or 1.2 at character 6'],
    ['BODY[MIME]', 'Expected a section such as HEADER, TEXT or 1.2 at character 6'],
    ['BODY[1.]', 'Expected a section such as HEADER, TEXT or 1.2 at character 6'],
    ['BODY[0]', 'Expected a section such as HEADER, TEXT or 1.2 at character 6'],
    ['BODY[1.HEADER', 'Expected "]" at character 14'],
    ['BODY[HEADER.FIELDS]', 'Expected a space at character 19'],
    ['BODY[HEADER.FIELDS ()]', 'Expected the name of a field at character 22'],
    ['BODY[]<1>', 'Expected a stretch such as 0.1024 at character 8'],
    ['BODY[]<0.0>', 'Expected a stretch such as 0.1024 at character 8'],
    ['BODY[]<0.5', 'Expected ">" at character 11'],
  ])('not %j', (wire, error) => {
    expect(() => itemsOf(wire)).toThrow(new WireError(error))
  })
})

describe('the answer', () => {
  test('has the items in the order asked', () => {
    const wire = '(UID BODY.PEEK[TEXT]<0.5> RFC822.SIZE INTERNALDATE FLAGS)'
    expect(answer(fetchable(SIMPLE), wire)).toBe(
      '* 3 FETCH (UID 17 BODY[TEXT]<0> {5}\r\nHello RFC822.SIZE 98 INTERNALDATE " 1-Feb-2026 10:20:30 +0000" FLAGS (\\Seen Junk))\r\n',
    )
  })

  test('names fields as they were asked for', () => {
    const wire = 'BODY.PEEK[HEADER.FIELDS.NOT ("fRom" {3}\r\nX Y)]'
    expect(answer(fetchable(mail('A: 1\n\n')), wire)).toBe(
      '* 3 FETCH (BODY[HEADER.FIELDS.NOT (fRom "X Y")] {8}\r\nA: 1\r\n\r\n)\r\n',
    )
  })

  test('comes in pieces of at most 64 KiB, uncopied', () => {
    const raw = Buffer.alloc(200_000, 'x')
    const pieces = [...renderFetch(fetchable(raw), itemsOf('(BODY[] UID)'))]
    expect(Math.max(...pieces.map(piece => piece.length))).toBe(65_536)
    expect(pieces.filter(piece => piece.buffer === raw.buffer)).toHaveLength(4)
    expect(Buffer.concat(pieces).length).toBe(raw.length + '* 3 FETCH (BODY[] {200000}\r\n UID 17)\r\n'.length)
  })
})

describe('a section', () => {
  const cases: [what: string, raw: Buffer, wire: string, bytes: string | null][] = [
    ['the header with its empty line', SIMPLE, 'BODY[HEADER]', SIMPLE_HEADER],
    ['... also as', SIMPLE, 'RFC822.HEADER', SIMPLE_HEADER],
    ['the text', SIMPLE, 'BODY[TEXT]', 'Hello,\r\nAda\r\n'],
    ['... also as', SIMPLE, 'RFC822.TEXT', 'Hello,\r\nAda\r\n'],
    ['the whole', SIMPLE, 'RFC822', SIMPLE.toString()],
    // fields: all of a name, folds and case kept, in the order of the message
    ['some fields', SIMPLE, 'BODY[HEADER.FIELDS (SUBJECT FROM)]', SIMPLE_HEADER.replace(/X-Odd.*\r\n/, '')],
    ['a name with a blank behind it', SIMPLE, 'BODY[HEADER.FIELDS (x-odd)]', 'X-Odd : 1\r\n\r\n'],
    ['no such field', SIMPLE, 'BODY[HEADER.FIELDS (Date)]', '\r\n'],
    ['all but some', SIMPLE, 'BODY[HEADER.FIELDS.NOT (From X-Odd)]', 'Subject: a\r\n\tlong one\r\n\r\n'],
    // stretches
    ['a stretch', SIMPLE, 'BODY[TEXT]<2.3>', 'llo'],
    ['a stretch over the end', SIMPLE, 'BODY[TEXT]<11.100>', '\r\n'],
    ['a stretch beyond the end', SIMPLE, 'BODY[TEXT]<500.4294967295>', ''],
    ['a stretch of what is not there', SIMPLE, 'BODY[2]<0.5>', null],
    // a message without parts has one
    ['part 1', SIMPLE, 'BODY[1]', 'Hello,\r\nAda\r\n'],
    ['its header', SIMPLE, 'BODY[1.MIME]', SIMPLE_HEADER],
    ['part 2', SIMPLE, 'BODY[2]', null],
    ['part 1.1', SIMPLE, 'BODY[1.1]', null],
    ['the text of part 1, which is no message', SIMPLE, 'BODY[1.TEXT]', null],
    // parts within parts and within messages
    ['the first part', NESTED, 'BODY[1]', 'first'],
    ['its MIME header', NESTED, 'BODY[1.MIME]', 'Content-Type: text/plain\r\n\r\n'],
    [
      'an attached message',
      NESTED,
      'BODY[2]',
      (NESTED.toString().split('the attached one\r\n\r\n')[1] as string).split('\r\n--o')[0] as string,
    ],
    [
      'its header',
      NESTED,
      'BODY[2.HEADER]',
      'Subject: inner\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n',
    ],
    ['its text', NESTED, 'BODY[2.TEXT]', '--i\r\n\r\nplain\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--i--'],
    ['fields of it', NESTED, 'BODY[2.HEADER.FIELDS (subject)]', 'Subject: inner\r\n\r\n'],
    [
      'the MIME header of it',
      NESTED,
      'BODY[2.MIME]',
      'Content-Type: message/rfc822\r\nContent-Description: the attached one\r\n\r\n',
    ],
    ['its first part', NESTED, 'BODY[2.1]', 'plain'],
    ['the header of that, which is empty', NESTED, 'BODY[2.1.MIME]', '\r\n'],
    ['its second part', NESTED, 'BODY[2.2]', '<p>html'],
    ['a multipart', NESTED, 'BODY[3.1]', 'PNG'],
    ['the header of a multipart, which is no message', NESTED, 'BODY[3.HEADER]', null],
    ['a message in a multipart', NESTED, 'BODY[3.2.HEADER]', 'Subject: flat\r\n\r\n'],
    ['part 1 of that', NESTED, 'BODY[3.2.1]', 'only text'],
    ['nothing beside it', NESTED, 'BODY[3.2.2]', null],
    ['the text of all of it', NESTED, 'BODY[TEXT]', NESTED.toString().slice(NESTED.indexOf('preamble'))],
    // odd mails
    ['an empty mail', Buffer.alloc(0), 'BODY[]', ''],
    ['its header', Buffer.alloc(0), 'BODY[HEADER]', ''],
    ['fields of it', Buffer.alloc(0), 'BODY[HEADER.FIELDS (a)]', ''],
    ['its part', Buffer.alloc(0), 'BODY[1]', ''],
    ['fields of a header alone', Buffer.from('A: 1\r\nB: 2'), 'BODY[HEADER.FIELDS (b)]', 'B: 2'],
    ['fields of a mail without an empty line', Buffer.from('A: 1\r\nbody'), 'BODY[HEADER.FIELDS (A)]', 'A: 1\r\n\r\n'],
    ['a mail of words', Buffer.from('no header\r\n'), 'BODY[TEXT]', 'no header\r\n'],
    ['NUL and 8-bit bytes', Buffer.from('A: \0\r\n\r\n\xff\n\0', 'latin1'), 'BODY[TEXT]', '\xff\n\0'],
    ['a multipart without parts', mail('Content-Type: multipart/mixed; boundary=x\n\nwords'), 'BODY[1]', 'words'],
  ]
  test.each(cases)('%s', (_, raw, wire, bytes) => {
    expect(section(raw, wire)).toBe(bytes)
  })

  test('of thousands of part numbers is not there', () => {
    expect(section(NESTED, `BODY[${'1.'.repeat(10_000)}1]`)).toBeNull()
  })

  test.each(corpus)('header and text of $name are the whole', ({ raw }) => {
    const header = section(raw, 'BODY[HEADER]') ?? ''
    expect(header + section(raw, 'BODY[TEXT]')).toBe(raw.toString('latin1'))
    expect(section(raw, 'BODY[]')).toBe(raw.toString('latin1'))
    // No field is of the name, so that all are but these.
    const fields = section(raw, 'BODY[HEADER.FIELDS.NOT (x-none)]') ?? ''
    expect(fields.trimEnd()).toBe(header.replace(/^From .*\r?\n/, '').trimEnd())
  })
})

test('whatever is asked, of whatever mail, there is an answer', () => {
  const odd = fc.array(
    fc.constantFrom(
      '\r\n',
      '\n',
      'Content-Type: ',
      'multipart/mixed; boundary=b',
      '--b',
      '--b--',
      ' ',
      '\0',
      'message/rfc822',
      'From: a <b@c>, ',
      '(',
      '"',
      'x',
      '\xe4',
    ),
  )
  const wires = ['(ENVELOPE BODYSTRUCTURE BODY)', '(BODY[1.1.TEXT] BODY[2] BODY[1.MIME] BODY[HEADER.FIELDS (From)])']
  fc.assert(
    fc.property(odd, parts => {
      const raw = Buffer.from(parts.join(''), 'latin1')
      for (const wire of wires) expect(answer(fetchable(raw), wire)).toMatch(/^\* 3 FETCH \(.*\)\r\n$/s)
    }),
    { numRuns: 300 },
  )
})
