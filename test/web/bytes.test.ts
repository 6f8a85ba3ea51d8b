/** A raw message as lines, searched by its bytes. */
import { describe, expect, test } from 'vitest'
import { exposed, findBytes, readLines, rowAt, textEnd } from '../../web/bytes.js'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('raw lines', () => {
  test.each([
    ['an empty message', '', []],
    ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
    ['a lone LF, and no end', 'a\nb', ['a', 'b']],
    ['a lone CR does not end a line', 'a\rb\r\n', ['a\rb']],
    ['empty lines', '\r\n\r\n', ['', '']],
  ])('%s', (_name, text, expected) => {
    const raw = bytes(text)
    const lines = readLines(raw)
    const shown = Array.from({ length: lines.rows }, (_, row) => {
      const start = lines.starts[row] as number
      return new TextDecoder().decode(raw.subarray(start, textEnd(raw, start, lines.starts[row + 1] as number)))
    })
    expect(shown).toEqual(expected)
  })

  test('a very long line goes on in further rows, and no character is cut', () => {
    const raw = bytes(`a${'ü'.repeat(3000)}\r\nlast`)
    const lines = readLines(raw)
    const texts = Array.from({ length: lines.rows }, (_, row) =>
      new TextDecoder('utf-8', { fatal: true }).decode(raw.subarray(lines.starts[row], lines.starts[row + 1])),
    )
    expect(texts.join('')).toBe(`a${'ü'.repeat(3000)}\r\nlast`)
    expect([...lines.numbers].filter(number => number > 0)).toEqual([1, 2])
    expect(rowAt(lines, raw.length - 1)).toBe(lines.rows - 1)
    expect(rowAt(lines, 0)).toBe(0)
  })

  test.each([
    ['Content', [0, 14]],
    ['cONTENT', [0, 14]],
    ['ü', [26]],
    ['', []],
    ['nowhere', []],
  ])('%j is found', (words, offsets) => {
    expect(findBytes(bytes('Content-Type: content/pla ü'), words).offsets).toEqual(offsets)
  })

  test('invisible bytes are named', () => {
    const named = exposed(Uint8Array.from([0x61, 0x20, 0x09, 0x00, 0xe9, 0x1b, 0x01, 0x0d, 0x0a]))
    expect(named.map(piece => (typeof piece === 'string' ? piece : piece.mark)).join(' ')).toBe(
      'a · → NUL \\xE9 ESC ^A CR LF',
    )
  })
})
