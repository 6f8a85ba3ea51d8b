import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileRegex, literalOf, MAX_PATTERN_CHARACTERS } from '../../server/mail/regex.js'

const compile = (source: string, flags = '') => compileRegex(source, flags, { field: 'q' })

describe('the characters that every match contains', () => {
  const cases: [source: string, flags: string, literal: string][] = [
    ['welcome', '', 'welcome'],
    ['Welcome', 'i', 'welcome'],
    ['mask of', 'i', ' of'],
    ['code is \\d+', '', 'code is '],
    ['^Re: .*order', '', 'order'],
    ['orders?', '', 'order'],
    ['order{2}s', '', 'orde'],
    ['(abc)+de', '', 'de'],
    ['[abc]de', '', 'de'],
    ['a|b', '', ''],
    ['(?i)abc', '', ''],
    ['\\x41bc', '', ''],
    ['\\Qa.b\\E', '', ''],
  ]
  test.each(cases)('/%s/%s', (source, flags, literal) => expect(literalOf(source, flags)).toBe(literal))

  test('property: looking for them first changes no answer', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      'c',
      '.',
      '\\d',
      '[ab]',
      '(a)',
      '(bc)?',
      'a?',
      'b*',
      'c+',
      'a{2}',
      '^',
      '$',
      '\\.',
    )
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.') })
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), text, (pieces, subject) => {
        const source = pieces.join('') || 'a'
        let native: RegExp
        try {
          native = new RegExp(source)
        } catch {
          return
        }
        let ours: (text: string) => boolean
        try {
          ours = compile(source)
        } catch {
          return
        }
        expect(ours(subject)).toBe(native.test(subject))
      }),
    )
  })
})

// One of 900 states held everybody up for seconds.
test('a large pattern is tried on less of a text', () => {
  const text = (letters: number) => `${'x'.repeat(letters)}9`
  const pattern = compile('\\p{L}{1,900}9')
  expect(pattern(text(1000))).toBe(true)
  expect(pattern(text(100_000))).toBe(false)
})

test('a pattern is tried on the start of an endless text', () => {
  const text = `${' '.repeat(MAX_PATTERN_CHARACTERS)}x`
  expect(compile('x')(text)).toBe(false)
  expect(compile('x')(text.slice(1))).toBe(true)
})
