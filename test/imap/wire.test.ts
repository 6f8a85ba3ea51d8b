import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Encoder } from '../../server/imap/encoder.js'
import { decodeMailboxName, encodeMailboxName } from '../../server/imap/mailbox-name.js'
import { SequenceSet, uidSetOf } from '../../server/imap/sequence-set.js'
import { announcedLiteral, Decoder, WireError } from '../../server/imap/wire.js'
import { piecesOf } from './pieces.js'

/** How a kind of value is read and written. */
interface Kind<Value> {
  read(decoder: Decoder): Value
  write(encoder: Encoder, value: Value): void
}

function kind<Value>(read: Kind<Value>['read'], write: Kind<Value>['write']): Kind<unknown> {
  return { read, write: (encoder, value) => write(encoder, value as Value) }
}

const text = (bytes: Buffer | null) => bytes?.toString('latin1') ?? null

const KINDS = {
  string: kind(
    decoder => text(decoder.string()),
    (encoder, value: string) => void encoder.string(value),
  ),
  nstring: kind(
    decoder => text(decoder.nstring()),
    (encoder, value: string | null) => void encoder.nstring(value),
  ),
  astring: kind(
    decoder => text(decoder.astring()),
    (encoder, value: string) => void encoder.astring(value),
  ),
  mailbox: kind(
    decoder => decoder.mailbox(),
    (encoder, value: string) => void encoder.mailbox(value),
  ),
  number: kind(
    decoder => decoder.number(),
    (encoder, value: number) => void encoder.raw(value),
  ),
  set: kind(
    decoder => decoder.sequenceSet(),
    (encoder, value: SequenceSet) => void encoder.raw(String(value)),
  ),
  flags: kind(
    decoder => decoder.flagList(),
    (encoder, value: string[]) => void encoder.list(value, flag => encoder.raw(flag)),
  ),
  dateTime: kind(
    decoder => new Date(decoder.dateTime()).toISOString(),
    (encoder, value: string) => void encoder.dateTime(Date.parse(value)),
  ),
} satisfies Record<string, Kind<unknown>>

type KindName = keyof typeof KINDS

function written(name: KindName, value: unknown): string {
  const encoder = new Encoder()
  KINDS[name].write(encoder, value)
  return Buffer.concat(encoder.take()).toString('latin1')
}

function readAs(name: KindName, wire: Buffer | string): unknown {
  const decoder = new Decoder(piecesOf(wire))
  const value = KINDS[name].read(decoder)
  decoder.end()
  return value
}

const set = (...ranges: SequenceSet['written']) => new SequenceSet(ranges)

describe('read and written', () => {
  const both: [kind: KindName, wire: string, value: unknown][] = [
    // strings: quoted where that can hold them
    ['string', '""', ''],
    ['string', '"two words"', 'two words'],
    ['string', '"a \\"b\\" \\\\ c"', 'a "b" \\ c'],
    ['string', '"{3}"', '{3}'],
    ['string', '"\t\x01\x7f"', '\t\x01\x7f'],
    // ... else in a literal: 8-bit bytes, NUL, line breaks, and long ones
    ['string', '{2}\r\n\xc3\xbc', '\xc3\xbc'],
    ['string', '{3}\r\na\0b', 'a\0b'],
    ['string', '{4}\r\na\r\nb', 'a\r\nb'],
    ['string', '{1}\r\n\r', '\r'],
    ['string', `"${'x'.repeat(1000)}"`, 'x'.repeat(1000)],
    ['string', `{1001}\r\n${'x'.repeat(1001)}`, 'x'.repeat(1001)],
    ['nstring', 'NIL', null],
    ['nstring', '"NIL"', 'NIL'],
    ['nstring', '""', ''],
    ['astring', 'X-Id', 'X-Id'],
    ['astring', 'a]b', 'a]b'],
    ['astring', '"NIL"', 'NIL'],
    ['astring', '""', ''],
    ['astring', '"a b"', 'a b'],
    ['astring', '"50%"', '50%'],
    ['astring', '"a(b"', 'a(b'],
    // mailboxes
    ['mailbox', '"INBOX"', 'INBOX'],
    ['mailbox', '"a/b c"', 'a/b c'],
    ['mailbox', '"R&-D"', 'R&D'],
    ['mailbox', '"Entw&APw-rfe"', 'Entwürfe'],
    ['mailbox', '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"', '~peter/mail/台北/日本語'],
    ['mailbox', '"&2D3eAA-"', '😀'],
    ['mailbox', '"&AAA-&-&-"', '\0&&'],
    ['mailbox', '"a&AA0ACg-b"', 'a\r\nb'],
    ['mailbox', '"\\"\\\\"', '"\\'],
    // numbers and sets
    ['number', '0', 0],
    ['number', '4294967295', 4294967295],
    ['set', '1', set([1, 1])],
    ['set', '*', set(['*', '*'])],
    ['set', '1:*,4,9:7', set([1, '*'], [4, 4], [9, 7])],
    ['set', '1:4294967295', set([1, 4294967295])],
    // flags
    ['flags', '()', []],
    ['flags', '(\\Seen $Forwarded NonJunk \\X)', ['\\Seen', '$Forwarded', 'NonJunk', '\\X']],
    // dates
    ['dateTime', '" 1-Feb-2026 10:20:30 +0000"', '2026-02-01T10:20:30.000Z'],
    ['dateTime', '"31-Dec-0099 23:59:59 +0000"', '0099-12-31T23:59:59.000Z'],
  ]
  test.each(both)('%s %j', (kind, wire, value) => {
    expect(written(kind, value)).toBe(wire)
    expect(readAs(kind, wire)).toEqual(value)
  })

  const onlyRead: [kind: KindName, wire: string, value: unknown][] = [
    ['string', '{5+}\r\nhello', 'hello'],
    ['string', '{0}\r\n', ''],
    ['string', '"\xc3\xbc"', '\xc3\xbc'],
    ['nstring', 'nil', null],
    ['astring', 'nil', 'nil'],
    ['astring', '{3}\r\n"a"', '"a"'],
    ['mailbox', 'inbox', 'INBOX'],
    ['mailbox', '"InBox"', 'INBOX'],
    ['mailbox', '{5}\r\niNBOX', 'INBOX'],
    ['mailbox', 'inbox/a', 'inbox/a'],
    // what is no modified UTF-7 is the name itself
    ['mailbox', 'R&D', 'R&D'],
    ['mailbox', '"&A-"', '&A-'],
    ['mailbox', '"&AAAA-"', '&AAAA-'],
    ['mailbox', '"&2D0-"', '&2D0-'],
    ['mailbox', '"&AOQ"', '&AOQ'],
    ['mailbox', '"Entw\xc3\xbcrfe"', 'Entwürfe'],
    // what could have stood for itself
    ['mailbox', '"&AGE-"', 'a'],
    ['number', '0007', 7],
    ['flags', '(\\SEEN \\deleted)', ['\\Seen', '\\Deleted']],
    ['dateTime', '"1-feb-2026 10:20:30 -0130"', '2026-02-01T11:50:30.000Z'],
    ['dateTime', '"01-FEB-2026 00:20:30 +0100"', '2026-01-31T23:20:30.000Z'],
    ['dateTime', '"29-Feb-2024 00:00:00 +0000"', '2024-02-29T00:00:00.000Z'],
  ]
  test.each(onlyRead)('only read: %s %j', (kind, wire, value) => {
    expect(readAs(kind, wire)).toEqual(value)
  })

  const refused: [kind: KindName, wire: string, error: string][] = [
    ['string', 'atom', 'Expected a string at character 1'],
    ['string', '"open', 'Expected the end of a quoted string at character 6'],
    ['string', '"a\rb"', 'Expected the end of a quoted string at character 3'],
    ['string', '"a\\b"', 'Expected a quote or a backslash after a backslash at character 4'],
    ['string', '"a"b', 'Expected the end of the command at character 4'],
    ['string', '{3}\r\nabcd', 'Expected the end of the command at character 4'],
    ['astring', '', 'Expected a string at character 1'],
    ['astring', '(a)', 'Expected a string at character 1'],
    ['astring', '\xfc', 'Expected a string at character 1'],
    ['number', '', 'Expected a number at character 1'],
    ['number', '-1', 'Expected a number at character 1'],
    ['number', '4294967296', 'Expected a number from 0 to 4294967295 at character 1'],
    ['number', '9'.repeat(9999), 'Expected a number from 0 to 4294967295 at character 1'],
    ['set', '0', 'Expected a number from 1 to 4294967295 at character 1'],
    ['set', '1:', 'Expected a number at character 3'],
    ['set', '1,,2', 'Expected a number at character 3'],
    ['set', '$', 'Expected a number at character 1'],
    ['flags', '(\\Seen', 'Expected ")" at character 7'],
    ['flags', '( \\Seen)', 'Expected a flag at character 2'],
    ['flags', '(a  b)', 'Expected a flag at character 4'],
    ['flags', '(\\)', 'Expected a flag at character 3'],
    ['flags', '(\\*)', 'Expected a flag at character 3'],
    ['dateTime', '"1-Feb-2026"', 'Expected a date and time such as " 1-Feb-2026 10:20:30 +0000" at character 2'],
    ['dateTime', '"30-Feb-2026 00:00:00 +0000"', 'Expected a day that there is at character 2'],
    ['dateTime', '" 1-Foo-2026 00:00:00 +0000"', 'Expected a day that there is at character 2'],
  ]
  test.each(refused)('not read: %s %j', (kind, wire, error) => {
    expect(() => readAs(kind, wire)).toThrow(new WireError(error))
  })
})

describe('reads commands in pieces', () => {
  test('a command with literals', () => {
    const decoder = new Decoder(piecesOf('A1 LOGIN {3+}\r\nada {6}\r\nsecret'))
    expect(decoder.tag()).toBe('A1')
    decoder.space()
    expect(decoder.word()).toBe('LOGIN')
    decoder.space()
    expect(decoder.text()).toBe('ada')
    decoder.space()
    expect(decoder.atEnd).toBe(false)
    expect(decoder.text()).toBe('secret')
    expect(decoder.atEnd).toBe(true)
  })

  test('a place after a literal counts its bytes', () => {
    const decoder = new Decoder(piecesOf('{3}\r\nada{0}\r\n'))
    decoder.string()
    expect(() => decoder.space()).toThrow(new WireError('Expected a space at character 4'))
  })

  test.each([
    ['1-Feb-2026', '2026-02-01'],
    ['"01-feb-2026"', '2026-02-01'],
  ])('the date %s', (wire, day) => {
    expect(new Decoder(piecesOf(wire)).date()).toBe(Date.parse(`${day}T00:00:00Z`))
  })

  test.each([
    ['\\Seen', ['\\Seen']],
    ['\\Seen Junk', ['\\Seen', 'Junk']],
    ['(\\Seen Junk)', ['\\Seen', 'Junk']],
  ])('the flags of STORE: %s', (wire, flags) => {
    expect(new Decoder(piecesOf(wire)).storeFlags()).toEqual(flags)
  })

  test.each([
    ['%', '%'],
    ['a/*', 'a/*'],
    ['""', ''],
    ['"Entw&APw-*"', 'Entwü*'],
    ['inbox]', 'inbox]'],
  ])('the pattern %s', (wire, pattern) => {
    expect(new Decoder(piecesOf(wire)).listMailbox()).toBe(pattern)
  })

  test('lists only so deep', () => {
    const nested = (decoder: Decoder): unknown => decoder.list(() => nested(decoder))
    const wire = (depth: number) => '('.repeat(depth) + ')'.repeat(depth)
    expect(nested(new Decoder(piecesOf(wire(101))))).toEqual(expect.any(Array))
    expect(() => nested(new Decoder(piecesOf(wire(102))))).toThrow(WireError)
    expect(() => nested(new Decoder(piecesOf(wire(60_000))))).toThrow(WireError)
  })

  test.each([
    ['A1 LOGIN {5}', { bytes: 5, nonSynchronizing: false, at: 9 }],
    ['A1 LOGIN {0+}', { bytes: 0, nonSynchronizing: true, at: 9 }],
    ['A {99999999999}', { bytes: Number.POSITIVE_INFINITY, nonSynchronizing: false, at: 2 }],
    [`A {${'9'.repeat(40)}}`, undefined],
    ['A1 LOGIN {5} ', undefined],
    ['A1 {5-}', undefined],
    ['A1 {}', undefined],
    ['A1 }', undefined],
    ['', undefined],
  ])('what %j announces', (line, announced) => {
    expect(announcedLiteral(Buffer.from(line))).toEqual(announced)
  })
})

describe('sets', () => {
  test.each([
    [set([1, '*']), 5, [{ from: 1, to: 5 }]],
    [set(['*', '*']), 5, [{ from: 5, to: 5 }]],
    [set([9, '*']), 5, [{ from: 5, to: 9 }]],
    [
      set([3, 1], [2, 4], [5, 5], [9, 9]),
      9,
      [
        { from: 1, to: 5 },
        { from: 9, to: 9 },
      ],
    ],
    [set([1, 4294967295]), 5, [{ from: 1, to: 4294967295 }]],
  ])('%s in a mailbox up to %i', (written, highest, ranges) => {
    expect(written.in(highest).ranges).toEqual(ranges)
  })

  test('has what was written', () => {
    const end = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant<'*'>('*'))
    fc.assert(
      fc.property(fc.array(fc.tuple(end, end), { minLength: 1 }), fc.nat({ max: 30 }), (ranges, highest) => {
        const found = new SequenceSet(ranges).in(highest)
        const listed = new Set<number>()
        for (const ends of ranges) {
          const [a, b] = ends.map(one => (one === '*' ? highest : one)) as [number, number]
          for (let n = Math.min(a, b); n <= Math.max(a, b); n++) listed.add(n)
        }
        for (let n = 0; n < 33; n++) expect(found.has(n)).toBe(listed.has(n))
      }),
      { numRuns: 50 },
    )
  })

  test.each([
    [[], ''],
    [[4], '4'],
    [[4, 5, 6, 9, 11, 12], '4:6,9,11:12'],
  ])('the numbers %j', (numbers, wire) => {
    expect(uidSetOf(numbers)).toBe(wire)
  })
})

describe('any value', () => {
  const bytes = fc.string({ unit: fc.nat({ max: 255 }).map(code => String.fromCharCode(code)), maxLength: 40 })

  test('is read as it was written', () => {
    const any = fc.oneof(
      bytes.map((value): [KindName, unknown] => ['string', value]),
      fc.option(bytes).map((value): [KindName, unknown] => ['nstring', value]),
      bytes.map((value): [KindName, unknown] => ['astring', value]),
      fc.string({ unit: 'binary' }).map((value): [KindName, unknown] => ['mailbox', value]),
      fc.nat({ max: 0xffff_ffff }).map((value): [KindName, unknown] => ['number', value]),
    )
    fc.assert(
      fc.property(any, ([name, value]) => {
        const isInbox = name === 'mailbox' && /^inbox$/i.test(value as string)
        expect(readAs(name, written(name, value))).toEqual(isInbox ? 'INBOX' : value)
      }),
      { numRuns: 300 },
    )
  })

  test('of a mailbox name has a form of printable ASCII, and is its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), name => {
        const wire = encodeMailboxName(name)
        expect(wire).toMatch(/^[ -~]*$/)
        expect(decodeMailboxName(wire)).toBe(name)
      }),
      { numRuns: 300 },
    )
  })

  test('of bytes is a value or a WireError', () => {
    const syntax = fc.constantFrom(...'()"\\{}[]<>*%&+- 0129aN', '\r\n', '{1}\r\n', '\xff', '\0', 'NIL', '\\Seen')
    const reads: ((decoder: Decoder) => unknown)[] = [
      ...Object.values(KINDS).map(({ read }) => read),
      decoder => decoder.listMailbox(),
      decoder => decoder.date(),
      decoder => decoder.storeFlags(),
      decoder => [decoder.tag(), decoder.space(), decoder.word(), decoder.space(), decoder.literal(), decoder.end()],
    ]
    fc.assert(
      fc.property(fc.array(syntax), fc.constantFrom(...reads), (parts, read) => {
        try {
          read(new Decoder(piecesOf(parts.join(''))))
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
