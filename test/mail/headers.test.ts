import fc from 'fast-check'
import libmime from 'libmime'
import { describe, expect, it } from 'vitest'
import { addresses, decodeWords, firstHeader, parameterized, parseHeaders, token } from '../../server/mail/headers.js'

const block = (text: string) => parseHeaders(Buffer.from(text, 'latin1'))
const names = (text: string) => block(text).fields.map(({ name }) => name)
const body = (text: string) => text.slice(block(text).bodyOffset)
const value = (text: string | Buffer) => firstHeader(parseHeaders(Buffer.from(text)).fields, 'Subject')

// 20,000 of them held everybody up for more than 100 ms.
it('leaves what follows a thousand words in unknown charsets as it is', () => {
  const words = '=?x?q?a?= '.repeat(2000)
  expect(decodeWords(`=?utf-8?q?=41?= ${words}=?utf-8?q?=42?=`)).toBe(`A ${words}=?utf-8?q?=42?=`)
})

describe('a header block', () => {
  it.each([
    // Line ends of every kind.
    ['A: 1\r\nB: 2\r\n\r\nbody', ['A', 'B'], 'body'],
    ['A: 1\nB: 2\n\nbody', ['A', 'B'], 'body'],
    ['A: 1\rB: 2\r\rbody', ['A', 'B'], 'body'],
    ['A: 1\r\r\nB: 2\r\r\n\r\r\nbody', ['A', 'B'], 'body'],
    // Something else comes first, or nothing does.
    ['From a@b Sun Nov 22\r\nA: 1\r\n\r\nbody', ['A'], 'body'],
    ['\r\nbody', [], 'body'],
    ['', [], ''],
    // The empty line is missing.
    ['A: 1', ['A'], ''],
    ['A: 1\r\n', ['A'], ''],
    ['A: 1\r\nno field\r\n', ['A'], 'no field\r\n'],
    // No field at all: everything is body.
    ['no field\r\nnone here\r\n', [], 'no field\r\nnone here\r\n'],
    ['no field\r\n\r\nnone here', [], 'no field\r\n\r\nnone here'],
    // A line that is no field is passed over where headers go on after it.
    ['A: 1\r\nno field\r\nB: 2\r\n\r\nbody', ['A', 'B'], 'body'],
    // Names in any case, empty values, white space before the colon, NUL and colons in values.
    ['a-B:\r\nC : x\r\nD:a:b\0\r\n\r\n', ['a-B', 'C', 'D'], ''],
  ])('%j', (text, fields, rest) => {
    expect(names(text)).toEqual(fields)
    expect(body(text)).toBe(rest)
  })

  it('keeps a field as it was sent beside what it says', () => {
    const [field] = block('X-Long:  one\r\n\ttwo \r\n\r\n').fields
    expect(field).toMatchObject({ name: 'X-Long', value: 'one two', raw: 'X-Long:  one\r\n\ttwo ' })
  })

  it('keeps duplicates in order, and finds the first in any case', () => {
    const { fields } = block('X: 1\r\nx: 2\r\n\r\n')
    expect(fields.map(field => field.value)).toEqual(['1', '2'])
    expect(firstHeader(fields, 'x')).toBe('1')
    expect(firstHeader(fields, 'y')).toBeUndefined()
  })

  it('reads a bounded number of a million headers, and still finds the body', () => {
    const text = `${'X: y\r\n'.repeat(100_000)}\r\nbody`
    expect(block(text).fields.length).toBeLessThan(5000)
    expect(block(text).warnings).toEqual([expect.stringMatching(/header fields/)])
    expect(body(text)).toBe('body')
  })

  it('reads any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        const { fields, bodyOffset } = parseHeaders(Buffer.from(bytes))
        for (const field of fields) expect(typeof field.value).toBe('string')
        expect(bodyOffset).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })
})

describe('the value of a field', () => {
  it.each([
    // Encoded words: both encodings in either case, joined, also through a character.
    ['=?utf-8?Q?Gr=C3=BC=C3=9Fe_an?= alle', 'Grüße an alle'],
    ['=?UTF-8?b?R3LDvMOfZQ==?=', 'Grüße'],
    ['=?utf-8?B?w7w=?= =?utf-8?B?w58=?=', 'üß'],
    ['=?utf-8?B?8J+R?=\r\n =?utf-8?B?qQ==?=', '👩'],
    ['=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=', 'ü'],
    ['=?iso-8859-1?q?=FC?= =?utf-8?q?=C3=9F?=', 'üß'],
    ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=', '日本'],
    ['=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
    // What is no encoded word, or in a charset that nobody knows, stays as it is.
    ['=?x-nobody?Q?a?= =?utf-8?Q?=C3=BC?=', '=?x-nobody?Q?a?= ü'],
    ['a =?b? c', 'a =?b? c'],
    ['1 =? 2 ?=', '1 =? 2 ?='],
    // Folds are one space.
    ['a\r\n b\r\n\tc', 'a b c'],
  ])('%j', (text, decoded) => {
    expect(value(`Subject: ${text}\r\n\r\n`)).toBe(decoded)
  })

  it('is UTF-8 in 8-bit bytes where it can be, else windows-1252', () => {
    expect(value('Subject: Grüße “quoted”\r\n\r\n')).toBe('Grüße “quoted”')
    expect(value(Buffer.from('Subject: Gr\xfc\xdfe \x93quoted\x94\r\n\r\n', 'latin1'))).toBe('Grüße “quoted”')
  })

  it('keeps characters that mislead: the page shows them', () => {
    expect(decodeWords('=?utf-8?Q?a=E2=80=AEb?=')).toBe('a\u202eb')
  })
})

describe('addresses', () => {
  const to = (text: string) => addresses(parseHeaders(Buffer.from(`To: ${text}\r\n\r\n`)).fields, 'to')

  it.each([
    ['ada@example.com', [['', 'ada@example.com']]],
    [
      'Ada <ada@example.com>, "B, C" <b@example.com>',
      [
        ['Ada', 'ada@example.com'],
        ['B, C', 'b@example.com'],
      ],
    ],
    // A comma in an encoded name separates nothing, quoted or not.
    ['=?utf-8?Q?Lovelace,_Ada?= <ada@example.com>', [['Lovelace, Ada', 'ada@example.com']]],
    ['"=?utf-8?Q?Lovelace=2C_Ada?=" <ada@example.com>', [['Lovelace, Ada', 'ada@example.com']]],
    // A name that looks like an address is a name.
    ['=?utf-8?Q?=22CEO=22_=3Cceo@bank.test=3E?= <x@evil.test>', [['"CEO" <ceo@bank.test>', 'x@evil.test']]],
    // Groups are flattened; one without members names nobody.
    [
      'Team: a@example.com, B <b@example.com>;, c@example.com',
      [
        ['', 'a@example.com'],
        ['B', 'b@example.com'],
        ['', 'c@example.com'],
      ],
    ],
    ['undisclosed-recipients:;', []],
    ['(comment) a@example.com', [['comment', 'a@example.com']]],
    ['Grüße <ü@example.com>', [['Grüße', 'ü@example.com']]],
    ['', []],
    [',,;', []],
  ])('%j', (text, list) => {
    expect(to(text)).toEqual(list.map(([name, address]) => ({ name, address })))
  })

  it('are those of every field of the name', () => {
    const { fields } = parseHeaders(Buffer.from('To: a@x.test\r\nCc: b@x.test\r\nTO: c@x.test\r\n\r\n'))
    expect(addresses(fields, 'To').map(({ address }) => address)).toEqual(['a@x.test', 'c@x.test'])
  })

  it('are bounded', () => {
    expect(to('a@x.test, '.repeat(50_000)).length).toBeLessThanOrEqual(10_000)
  })

  it('are bounded over all fields of the name: a group costs and names nobody', () => {
    const groups = `To: ${'a:'.repeat(20_000)}\r\n`.repeat(10)
    const { fields } = parseHeaders(Buffer.from(`To: a@x.test\r\n${groups}To: b@x.test\r\n\r\n`))
    expect(addresses(fields, 'To').map(({ address }) => address)).toContain('a@x.test')
    expect(addresses(fields, 'To').map(({ address }) => address)).not.toContain('b@x.test')
  })
})

describe('parameters', () => {
  const type = (text: string) =>
    parameterized(parseHeaders(Buffer.from(`Content-Type: ${text}\r\n\r\n`)).fields, 'content-type')

  it.each([
    ['Text/Plain; CharSet=UTF-8', 'text/plain', { charset: 'UTF-8' }],
    ['text/plain; charset="utf-8" (comment)', 'text/plain', { charset: 'utf-8' }],
    ['multipart/mixed; boundary="a b;c"', 'multipart/mixed', { boundary: 'a b;c' }],
    // RFC 2231: charset, continuations, both.
    ["a/b; name*=utf-8''Gr%C3%BC%C3%9Fe", 'a/b', { name: 'Grüße' }],
    ['a/b; name*0*=iso-8859-1\'de\'Gr%FC; name*1*=%DFe; name*2=" x"', 'a/b', { name: 'Grüße x' }],
    // RFC 2047 in parameters: forbidden, and everywhere.
    ['a/b; name="=?utf-8?B?R3LDvMOfZQ==?="', 'a/b', { name: 'Grüße' }],
    ['a/b; name="Grüße"', 'a/b', { name: 'Grüße' }],
    ['a/b; __proto__=x', 'a/b', {}],
    ['', '', {}],
  ])('%j', (text, value, params) => {
    const parsed = type(text)
    expect(parsed?.value).toBe(value)
    expect({ ...parsed?.params }).toMatchObject(params)
  })

  it('a token is in lower case, without comments', () => {
    const { fields } = parseHeaders(Buffer.from('Content-Transfer-Encoding: Base64 (of course)\r\n\r\n'))
    expect(token(fields, 'content-transfer-encoding')).toBe('base64')
    expect(token(fields, 'x')).toBeNull()
  })
})

it('property: values with plain parameters are read as libmime reads them', () => {
  const scrap = fc.constantFrom(
    'a',
    'B',
    '7',
    ' ',
    '"',
    '/',
    '=',
    ';',
    '; ',
    '?',
    '-',
    '.',
    '=?utf-8?q?=61?=',
    "'",
    '\\',
    '(',
    ')',
    '*',
    ':',
  )
  const parameter = fc
    .tuple(
      fc.constantFrom(';', '; ', ' ; '),
      fc.constantFrom('a', 'Name', 'charset', 'b*', ''),
      fc.array(scrap, { maxLength: 4 }),
      fc.boolean(),
    )
    .map(([before, name, value, isQuoted]) => `${before}${name}=${isQuoted ? `"${value.join('')}"` : value.join('')}`)
  fc.assert(
    fc.property(
      fc.constantFrom('text/plain', 'x', 'Multipart/MIXED '),
      fc.array(parameter, { maxLength: 3 }),
      (type, parameters) => {
        const text = (type + parameters.join('')).trim()
        const { fields } = parseHeaders(Buffer.from(`Content-Type: ${text}\r\n\r\n`))
        const theirs = libmime.parseHeaderValue(text, { stripComments: true })
        const params = Object.entries(theirs.params).map(([name, value]) => [
          name,
          theirs.decodedParams.includes(name) ? value : decodeWords(value),
        ])
        const ours = parameterized(fields, 'Content-Type')
        expect(ours?.value).toBe(decodeWords(theirs.value).trim().toLowerCase())
        expect({ ...ours?.params }).toEqual(Object.fromEntries(params))
      },
    ),
    { numRuns: 1000 },
  )
})
