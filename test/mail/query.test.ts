import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Filter, type FilterParams, parseFilter, QueryError, wordsOf } from '../../server/mail/query.js'

describe('parameters become a filter', () => {
  const good: [FilterParams, Filter][] = [
    [{}, {}],
    [
      { subject: 'hi', to: 'a@b' },
      { subject: 'hi', to: 'a@b' },
    ],
    [
      { larger: '10k', smaller: '1M' },
      { larger: 10_240, smaller: 1_048_576 },
    ],
    [{ header: 'X-Id' }, { header: { 'X-Id': true } }],
    [{ header: 'X-Id=7' }, { header: { 'X-Id': '7' } }],
    [{ header: 'X-Id=a=b' }, { header: { 'X-Id': 'a=b' } }],
    [{ header: 'X-Id=' }, { header: { 'X-Id': '' } }],
    [
      { has: 'attachment', is: 'unread' },
      { has: 'attachment', is: 'unread' },
    ],
    [{ 'mail-from': '<>' }, { 'mail-from': '<>' }],
  ]
  test.each(good)('%j', (params, filter) => expect(parseFilter(params)).toEqual(filter))

  const bad: [FilterParams, field: string, message: RegExp, fix: RegExp][] = [
    [{ subject: '' }, 'subject', /subject is empty/, /Leave subject out/],
    [{ larger: 'big' }, 'larger', /larger=big is not a size/, /10k/],
    [{ smaller: '-1' }, 'smaller', /smaller=-1 is not a size/, /smaller=10k/],
    [{ has: 'fun' }, 'has', /has=fun is not known/, /has=attachment, has=inline/],
    [{ is: 'odd' }, 'is', /is=odd is not known/, /is=unread/],
    [{ header: 'X Id' }, 'header', /"X Id" is not a header's name/, /header=Name/],
    [{ header: '=7' }, 'header', /"" is not a header's name/, /header=Name/],
  ]
  test.each(bad)('%j is refused', (params, field, message, fix) => {
    try {
      parseFilter(params)
      expect.unreachable()
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      expect(error.field).toBe(field)
      expect(error.message).toMatch(message)
      expect(error.fix).toMatch(fix)
    }
  })
})

describe('free words', () => {
  const cases: [q: string, words: string[]][] = [
    ['', []],
    ['   ', []],
    ['reset password', ['reset', 'password']],
    ['"reset password" now', ['reset password', 'now']],
    ['"open quote', ['open quote']],
    ['"" x', ['x']],
    ['a"b', ['a"b']],
    ['\tÄpfel\u00a0Birnen ', ['Äpfel', 'Birnen']],
  ]
  test.each(cases)('%j', (q, words) => expect(wordsOf(q)).toEqual(words))

  test('property: no text is refused, and no word is empty', () => {
    fc.assert(fc.property(fc.string(), q => wordsOf(q).every(word => word !== '')))
  })
})
