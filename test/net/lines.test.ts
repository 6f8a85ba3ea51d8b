import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ENDLESS_LINE_BYTES, LineBuffer } from '../../server/net/lines.js'

/** Every line of `text` in the pieces that it comes in: its text, `|` behind it for a lone LF, or what was wrong. */
function linesOf(chunks: Iterable<string>, maxLineBytes = 100): string[] {
  const buffer = new LineBuffer()
  const found: string[] = []
  for (const chunk of chunks) {
    buffer.push(Buffer.from(chunk, 'latin1'))
    for (let line = buffer.line(maxLineBytes); line; line = buffer.line(maxLineBytes)) {
      found.push(line.type === 'line' ? line.bytes.toString('latin1') + (line.bareLf ? '|' : '') : line.type)
      if (line.type === 'endless') return found
    }
  }
  return found
}

function everySplit(text: string, maxLineBytes: number, wanted: string[]): void {
  expect(linesOf([text], maxLineBytes)).toEqual(wanted)
  expect(linesOf(text, maxLineBytes), 'byte by byte').toEqual(wanted)
  for (let at = 1; at < text.length; at++) {
    expect(linesOf([text.slice(0, at), text.slice(at)], maxLineBytes), `split at ${at}`).toEqual(wanted)
  }
}

describe('lines', () => {
  test.each<[name: string, text: string, lines: string[]]>([
    ['none yet', 'NOOP', []],
    ['one', 'NOOP\r\n', ['NOOP']],
    ['several, the last unfinished', 'a\r\nbc\r\n\r\nd\r', ['a', 'bc', '']],
    ['a lone LF ends a line, and is named', 'a\nb\r\n\n', ['a|', 'b', '|']],
    ['a lone CR ends nothing', 'a\rb\r\r\nc\r\n', ['a\rb\r', 'c']],
    ['NUL and 8-bit', '\0\xff\r\n', ['\0\xff']],
    // The limit counts the line's end (RFC 5321 4.5.3.1.4).
    ['exactly the limit', '12345678\r\nx\r\n', ['12345678', 'x']],
    ['one over it is skipped', '123456789\r\nx\r\n', ['too-long', 'x']],
    ['with a lone LF it may be one longer', '123456789\nx\n', ['123456789|', 'x|']],
    ['far over it', `${'x'.repeat(50)}\r\ny\r\n`, ['too-long', 'y']],
  ])('%s', (_name, text, lines) => everySplit(text, 10, lines))

  test('a line of just the endless limit is too long, one byte more is endless', () => {
    for (const chunk of [1000, ENDLESS_LINE_BYTES * 2]) {
      const cut = (text: string) =>
        Array.from({ length: Math.ceil(text.length / chunk) }, (_, n) => text.slice(n * chunk, (n + 1) * chunk))
      const text = 'x'.repeat(ENDLESS_LINE_BYTES - 2)
      expect(linesOf(cut(`${text}\r\ny\r\n`))).toEqual(['too-long', 'y'])
      expect(linesOf(cut(`${text}x\r\ny\r\n`))).toEqual(['endless'])
      expect(linesOf(cut(`${text}xxx`))).toEqual(['endless'])
    }
  })

  test('the same lines in whatever pieces', () => {
    const text = fc
      .array(fc.constantFrom('\r\n', '\n', '\r', 'a', 'bc', 'def'), { maxLength: 60 })
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 9 })), (all, sizes) => {
        const chunks: string[] = []
        let at = 0
        for (const size of sizes) {
          chunks.push(all.slice(at, at + size))
          at += size
        }
        expect(linesOf([...chunks, all.slice(at)], 12)).toEqual(linesOf([all], 12))
      }),
    )
  })

  test('the limit may change between lines, as for the lines of a login', () => {
    const buffer = new LineBuffer()
    buffer.push(Buffer.from('123456789\r\n123456789\r\n'))
    expect(buffer.line(20)).toMatchObject({ type: 'line' })
    expect(buffer.line(5)).toEqual({ type: 'too-long' })
  })
})

describe('raw bytes', () => {
  test('are handed over between lines, without loss and in order', () => {
    const buffer = new LineBuffer()
    for (const chunk of ['DATA\r\nab', 'c', 'd\r\nNO', 'OP\r\n']) buffer.push(Buffer.from(chunk))
    expect(buffer.line(100)).toMatchObject({ type: 'line', bytes: Buffer.from('DATA') })
    let raw = ''
    while (raw.length < 6) {
      const bytes = buffer.bytes()?.subarray(0, 6 - raw.length) as Buffer
      raw += bytes
      buffer.skip(bytes.length)
    }
    expect(raw).toBe('abcd\r\n')
    expect(buffer.line(100)).toMatchObject({ type: 'line', bytes: Buffer.from('NOOP') })
    expect(buffer.bytes()).toBeUndefined()
  })

  test('can be looked at without taking them, over the borders of chunks', () => {
    const buffer = new LineBuffer()
    expect(buffer.peek(1)).toBeUndefined()
    buffer.push(Buffer.from('a'))
    expect(buffer.peek(2)).toBeUndefined()
    buffer.push(Buffer.from('b\r\n'))
    expect(buffer.peek(2)?.toString()).toBe('ab')
    expect(buffer.line(100)).toMatchObject({ bytes: Buffer.from('ab') })
  })

  test('are forgotten on demand, a line that is being skipped too', () => {
    const buffer = new LineBuffer()
    buffer.push(Buffer.alloc(200, 'x'))
    expect(buffer.line(100)).toBeUndefined()
    buffer.clear()
    buffer.push(Buffer.from('a\r\n'))
    expect(buffer.line(100)).toMatchObject({ type: 'line', bytes: Buffer.from('a') })
  })
})
