import { describe, expect, test } from 'vitest'
import {
  type Filter,
  type FilterParams,
  formatQuery,
  parseFilter,
  parseMatch,
  QueryError,
  queryOf,
} from '../../server/mail/query.js'
import { errorOf } from './queries.js'

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
    [{ q: 'a OR b' }, { q: 'a OR b' }],
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
    [{ q: ' ' }, 'q', /the query is empty/, /Leave it out/],
    [{ q: 'a OR' }, 'q', /what comes after OR is missing/, /term/],
  ]
  test.each(bad)('%j is refused', (params, field, message, fix) => {
    expect(errorOf(() => parseFilter(params))).toMatchObject({
      field,
      message: expect.stringMatching(message),
      fix: expect.stringMatching(fix),
    })
  })
})

describe('by name a value is literal: the query that asks the same', () => {
  const cases: [Filter, query: string][] = [
    [{}, ''],
    [{ subject: 'a* "b"' }, String.raw`subject:"a* \"b\""`],
    [{ to: 'ada@example.com' }, 'to:="ada@example.com"'],
    [{ to: '@example.com' }, 'to:@example.com'],
    [{ to: 'a?*@example.com' }, String.raw`to:a\?*@example.com`],
    [{ 'mail-from': '<>' }, 'mail-from:=""'],
    [{ header: { 'X-Id': '7', 'X-Other': true } }, 'header:X-Id=7 header:X-Other'],
    [{ q: 'a OR b', is: 'unread' }, '(a OR b) is:unread'],
    [{ larger: 10 }, 'larger:10'],
    [{ user: 'Billing' }, 'user:Billing'],
  ]
  test.each(cases)('%j', (filter, query) => expect(formatQuery(queryOf(filter))).toBe(query))
})

describe('the match of a rule: values of the grammar, by operator', () => {
  const cases: [Record<string, unknown>, query: string][] = [
    [{}, ''],
    [{ to: '*@full.test' }, 'to:*@full.test'],
    [{ to: '=ada@example.com', 'mail-from': '<>' }, 'to:="ada@example.com" mail-from:=""'],
    [{ subject: 'Order confirmed' }, 'subject:"Order confirmed"'],
    [{ subject: '/^order \\d+/i' }, 'subject:/^order \\d+/i'],
    [{ header: 'X-Id=7', larger: 10 }, 'header:X-Id=7 larger:10'],
    [{ header: 'X-Id' }, 'header:X-Id'],
    [{ q: 'a OR b', to: 'ada' }, '(a OR b) to:ada'],
  ]
  test.each(cases)('%j', (match, query) => expect(formatQuery(parseMatch(match))).toBe(query))

  const bad: [Record<string, unknown>, field: string, message: RegExp][] = [
    [{ form: 'ada' }, 'form', /no operator "form"/],
    [{ word: 'ada' }, 'word', /no operator "word"/],
    [{ constructor: 'ada' }, 'constructor', /no operator/],
    [{ to: '' }, 'to', /no value/],
    [{ to: null }, 'to', /no value/],
    [{ header: 'X Id=7' }, 'header', /"X Id" is not a header's name/],
    [{ to: '/a' }, 'to', /not closed/],
    [{ to: '/a/x' }, 'to', /not "x"/],
    [{ larger: 'big' }, 'larger', /not a size/],
    [{ q: 'a (' }, 'q', /missing/],
    [{ subject: '?'.repeat(8193) }, 'subject', /has 8193 characters/],
  ]
  test.each(bad)('%j is refused', (match, field, message) => {
    const error = errorOf(() => parseMatch(match))
    expect(error).toMatchObject({ field, message: expect.stringMatching(message) })
    expect(error).toBeInstanceOf(QueryError)
  })
})
