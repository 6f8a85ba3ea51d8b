import { describe, expect, test } from 'vitest'
import { parseHeaders } from '../../server/mail/headers.js'
import { addressesAsSent, fieldsAsSent, firstAsSent, parameterizedAsSent } from '../../server/mail/headers-as-sent.js'

const fieldsOf = (header: string) => parseHeaders(Buffer.from(header, 'latin1')).fields

test.each([
  ['Subject: a\r\n\tb \r\n', 'a b'],
  ['Subject: =?utf-8?q?a?=\r\n', '=?utf-8?q?a?='],
  // A byte of UTF-8 may look like a blank.
  ['Subject: \xc3\xa0 \xc3\xa0\r\n', '\xc3\xa0 \xc3\xa0'],
  ['subject:\r\nSubject: b\r\n', ''],
  ['X: a\r\n', null],
])('the value of %j', (header, value) => {
  expect(firstAsSent(fieldsOf(header), 'Subject')).toBe(value)
})

test('lists keep groups, encoded words and bytes, up to a bound', () => {
  const fields = fieldsOf('To: =?utf-8?q?a=2C?= <a@x.test>, G: \xe4 <b@x.test>;\r\nTo: c@x.test\r\n')
  const [first, group, last] = addressesAsSent(fields, 'to')
  expect(first).toEqual({ name: '=?utf-8?q?a=2C?=', address: 'a@x.test' })
  expect(group).toEqual({ group: 'G', members: [{ name: '\xe4', address: 'b@x.test' }] })
  expect(last).toEqual({ name: '', address: 'c@x.test' })
  expect(addressesAsSent(fields, 'To', 27)).toHaveLength(1)
})

describe('values with parameters', () => {
  test.each<[written: string, value: string, params: [string, string][]]>([
    ['text/plain', 'text/plain', []],
    ['Text/Plain; Charset="utf-8"', 'Text/Plain', [['Charset', 'utf-8']]],
    [
      'a/b; x="1;\\"2\\""; y=3',
      'a/b',
      [
        ['x', '1;"2"'],
        ['y', '3'],
      ],
    ],
    ['a/b (a "comment; (in) it"); x=1 (another)', 'a/b', [['x', '1']]],
    [
      "a/b; name*0*=utf-8''a; name*1=b",
      'a/b',
      [
        ['name*0*', "utf-8''a"],
        ['name*1', 'b'],
      ],
    ],
    // broken
    ['a/b; x="never closed', 'a/b', [['x', 'never closed']]],
    ['a/b;; =1; x; y=', 'a/b', [['y', '']]],
    ['a/b; x=" \xa0"', 'a/b', [['x', ' \xa0']]],
  ])('%j', (written, value, params) => {
    expect(parameterizedAsSent(fieldsOf(`Content-Type: ${written}\r\n`), 'content-type')).toEqual({ value, params })
  })

  test('of a field that is not there', () => {
    expect(parameterizedAsSent(fieldsOf('X: a\r\n'), 'Content-Type')).toBeUndefined()
  })
})

describe('fields of a block', () => {
  const ODD = 'From mbox\n lost\nA: 1\r\n 2\r\nstray\r\nb : 3\nA: 4\n\r\n'
  test.each<[block: string, names: string[], others: boolean, found: string]>([
    [ODD, ['a'], false, 'A: 1\r\n 2\r\nA: 4\n\r\n'],
    [ODD, ['b'], false, 'b : 3\n\r\n'],
    [ODD, ['a'], true, ' lost\nstray\r\nb : 3\n\r\n'],
    [ODD, ['stray'], false, '\r\n'],
    ['A: 1\rB: 2\r\r', ['b'], false, 'B: 2\r\r'],
    // without an empty line
    ['A: 1\r\nB: 2', ['b'], false, 'B: 2--'],
    ['', ['a'], true, '--'],
  ])('%j: %j', (block, names, others, found) => {
    const raw = Buffer.from(block)
    expect(fieldsAsSent(raw, 0, raw.length, new Set(names), others, Buffer.from('--')).toString()).toBe(found)
  })
})
