/** How things are written: what misleads is shown, sizes and times read as they should. */
import { describe, expect, test } from 'vitest'
import { formatSize, revealedText, withoutInvisible } from '../../web/text.js'

describe('characters that would mislead', () => {
  test.each([
    ['a right-to-left override', 'a\u202eb', 'a[U+202E]b'],
    ['a zero-width space', 'pay\u200bpal', 'pay[U+200B]pal'],
    ['an isolate', '\u2066x\u2069', '[U+2066]x[U+2069]'],
    ['a soft hyphen', 'pay\u00adpal', 'pay[U+00AD]pal'],
    ['a byte order mark', '\ufeffx', '[U+FEFF]x'],
    ['a Hangul filler', 'x\u3164y', 'x[U+3164]y'],
    ['a control', 'x\u0007y', 'x[U+0007]y'],
    ['a joiner between Latin letters', 'a\u200db', 'a[U+200D]b'],
    // Part of the word, or of the picture.
    ['a family of emoji', '👩‍👩‍👧 hi', '👩‍👩‍👧 hi'],
    ['an emoji with its selector', '❤️ hi', '❤️ hi'],
    ['Persian', 'می‌خواهم', 'می‌خواهم'],
    ['Hindi', 'क्‍ष', 'क्‍ष'],
    ['Hebrew', 'שלום', 'שלום'],
    ['a tab and a line break', 'a\tb\nc', 'a\tb\nc'],
  ])('%s', (_name, text, shown) => {
    expect(revealedText(text)).toBe(shown)
  })

  test('the start of a newsletter is shown without its invisible padding', () => {
    expect(withoutInvisible('Hello \u200c\u00a0\u034f\u200c \u200b world')).toBe('Hello world')
  })
})

describe('sizes and times', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 kB'],
    [10_240, '10 kB'],
    [1_048_575, '1.0 MB'],
    [26_214_400, '25 MB'],
  ])('%d bytes are %s', (size, shown) => {
    expect(formatSize(size)).toBe(shown)
  })
})
