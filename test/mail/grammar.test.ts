import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatQuery, OPERATOR_NAMES, parseQuery, QueryError } from '../../server/mail/query.js'
import { termsOf } from '../../server/mail/terms.js'
import { anyQuery, errorOf, withoutPlaces } from './queries.js'

describe('what is written and how it is read', () => {
  const cases: [text: string, printed: string][] = [
    // words and quotes: everything is in it
    ['reset', 'reset'],
    [' reset\t password ', 'reset password'],
    ['"reset password" now', '"reset password" now'],
    ['a"b', 'a"b'],
    ['"a"b', 'a b'],
    [String.raw`"say \"hi\" \\ C:\dir"`, String.raw`"say \"hi\" \\ C:\\dir"`],
    ['Äpfel\u00a0Birnen', 'Äpfel Birnen'],
    ['a AND b', 'a b'],
    // OR, parentheses, NOT
    ['a b OR c d', 'a b OR c d'],
    ['(a b) OR c', 'a b OR c'],
    ['a (b OR c)', 'a (b OR c)'],
    ['(a (b c)) d', 'a b c d'],
    ['a OR (b OR c)', 'a OR b OR c'],
    ['-a', '-a'],
    ['NOT a', '-a'],
    ['--a', '--a'],
    ['-(a OR b)', '-(a OR b)'],
    ['NOT(a)b', '-a b'],
    ['a - b', 'a - b'],
    ['-"a b"', '-"a b"'],
    ['a-b', 'a-b'],
    ['or and not Order', 'or and not Order'],
    ['"OR"', '"OR"'],
    ['"-a"', '"-a"'],
    // operators
    ['from:ada', 'from:ada'],
    ['FROM:ada', 'from:ada'],
    ['subject:"Order confirmed"', 'subject:"Order confirmed"'],
    ['subject:-x', 'subject:-x'],
    ['subject:OR', 'subject:OR'],
    ['subject:re:x', 'subject:re:x'],
    ['"from:ada"', '"from:ada"'],
    ['https://x.test/a:b', 'https://x.test/a:b'],
    ['12:30', '12:30'],
    ['mail-from:<>', 'mail-from:=""'],
    ['mail-from:<a@b>', 'mail-from:<a@b>'],
    // exact values, globs, regular expressions
    ['=a', '="a"'],
    ['subject:=Welcome', 'subject:="Welcome"'],
    ['subject:="Welcome to"', 'subject:="Welcome to"'],
    ['subject:=""', 'subject:=""'],
    ['subject:=a*', 'subject:="a*"'],
    ['to:*@example.com', 'to:*@example.com'],
    ['"a*"', '"a*"'],
    [String.raw`what\?`, '"what?"'],
    [String.raw`a\*b*`, String.raw`a\*b*`],
    ['subject:/^re: (a|b)/i x', 'subject:/^re: (a|b)/i x'],
    ['/[/"] a/si', '/[/"] a/is'],
    [String.raw`/a\/b/`, String.raw`/a\/b/`],
    // headers
    ['header:X-Id', 'header:X-Id'],
    ['header:X-Id=7', 'header:X-Id=7'],
    ['header:X-Id="a b"', 'header:X-Id="a b"'],
    ['header:X-Id==7', 'header:X-Id=="7"'],
    ['header:X-Id=/a b/', 'header:X-Id=/a b/'],
    // names, choices, sizes, times
    ['inbox:=ci', 'inbox:ci'],
    ['tag:"a b"', 'tag:"a b"'],
    ['has:attachment is:unread', 'has:attachment is:unread'],
    ['larger:1M smaller:10k', 'larger:1048576 smaller:10240'],
    ['after:2026-01-31', 'after:2026-01-31T00:00:00.000Z'],
    ['before:2026-01-31T12:00:00+02:00', 'before:2026-01-31T10:00:00.000Z'],
    ['newer:10m older:1h', 'newer:600000ms older:3600000ms'],
  ]
  test.each(cases)('%s', (text, printed) => expect(formatQuery(parseQuery(text))).toBe(printed))
})

describe('what cannot be read: where, how much of it, why', () => {
  const cases: [text: string, position: number, length: number, message: RegExp][] = [
    ['', 0, 0, /the query is empty/],
    ['  ', 0, 0, /the query is empty/],
    ['a (b', 2, 1, /not closed/],
    ['a b)', 3, 1, /closes nothing/],
    ['a ()', 3, 0, /missing/],
    ['a OR', 4, 0, /after OR is missing/],
    ['OR a', 0, 0, /before OR is missing/],
    ['a OR OR b', 5, 0, /before OR is missing/],
    ['AND a', 0, 0, /before AND is missing/],
    ['a AND', 5, 0, /after AND is missing/],
    ['a NOT', 5, 0, /not to be is missing/],
    ['NOT OR a', 4, 0, /not to be is missing/],
    ['a "b c', 2, 4, /quote is not closed/],
    ['a form:ada', 2, 5, /no operator "form:"/],
    ['constructor:x', 0, 12, /no operator/],
    ['word:x', 0, 5, /no operator/],
    ['a from: ada', 2, 5, /from: has no value/],
    ['-to:', 1, 3, /to: has no value/],
    ['subject:=', 0, 9, /nothing after the =/],
    ['subject:""', 0, 10, /nothing between these quotes/],
    ['header:', 0, 7, /names no header/],
    ['header:=x', 0, 7, /names no header/],
    ['header:Sübject=x', 0, 14, /"Sübject" is not a header's name/],
    ['header:X-Id=', 0, 12, /header:X-Id= has no value/],
    ['has:fun', 0, 7, /has:fun is not known/],
    ['a is:odd', 2, 6, /is:odd is not known/],
    ['larger:big', 0, 10, /not a size/],
    ['after:yesterday', 0, 15, /neither a day nor a time/],
    ['after:2026-02-31', 0, 16, /neither a day nor a time/],
    ['after:2026-01-31T12:00', 0, 22, /neither a day nor a time/],
    ['newer:10', 0, 8, /not a duration/],
    ['subject:/a', 8, 2, /not closed/],
    ['/usr/sbin', 0, 9, /flags i, m and s, and not "sbin"/],
    ['//', 0, 2, /empty/],
  ]
  const bounds: typeof cases = [
    [`${'('.repeat(65)}a${')'.repeat(65)}`, 64, 1, /at most 64 deep/],
    [`${'-'.repeat(65)}a`, 64, 1, /at most 64 deep/],
    ['a '.repeat(257), 512, 1, /at most 256 terms/],
    ['/b/ '.repeat(17), 64, 3, /at most 16 regular expressions/],
    ['a'.repeat(8193), 8192, 1, /at most 8192 characters/],
  ]
  test.each(cases)('%s', (...given) => check(...given))
  test.each(bounds)('a bound: $3', (...given) => check(...given))

  function check(text: string, position: number, length: number, message: RegExp) {
    const error = errorOf(() => parseQuery(text))
    expect({ position: error.position, length: error.length }).toEqual({ position, length })
    expect(error.message).toMatch(message)
    expect(error.message).toContain(`at character ${position + 1}`)
    expect([error.field, error.fix]).toEqual(['q', expect.stringMatching(/\.$/)])
  }

  test('every operator without a value is refused', () => {
    for (const name of OPERATOR_NAMES) expect(errorOf(() => parseQuery(`${name}:`)).position).toBe(0)
  })
})

test('terms know where they stand', () => {
  const text = 'from:ada (x OR -"y z")'
  const places = termsOf(parseQuery(text)).map(({ place }) => place && text.substr(place.position, place.length))
  expect(places).toEqual(['from:ada', 'x', '"y z"'])
})

test('property: what is printed reads as the same query', () => {
  fc.assert(
    fc.property(anyQuery, query => {
      expect(withoutPlaces(parseQuery(formatQuery(query)))).toEqual(query)
    }),
    { numRuns: 500 },
  )
})

test('property: any text is a query, or an error with a place within it', () => {
  const scraps = fc.constantFrom(
    'from:',
    'header:',
    '(',
    ')',
    'OR',
    'NOT ',
    ' ',
    '-',
    '"',
    '/',
    '=',
    '*',
    '\\',
    'a',
    'is:',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(scraps).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(text, written => {
      try {
        parseQuery(written)
      } catch (error) {
        if (!(error instanceof QueryError)) throw error
        const { position, length } = error
        expect(position).not.toBeNull()
        expect((position ?? -1) + length).toBeLessThanOrEqual(written.length)
      }
    }),
    { numRuns: 1000 },
  )
})
