import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChunkReader, DotReader } from '../../server/smtp/data.js'

/** What RFC 5321 says of a body, on the whole of it: the slow and obvious way. */
function oracle(wire: string): { raw: string; taken: number; lookalike: boolean } | undefined {
  // The CRLF of the DATA line is the first.
  const lines = `\r\n${wire}`
  const end = lines.indexOf('\r\n.\r\n')
  if (end === -1) return undefined
  const body = lines.slice(0, end + 2)
  return {
    raw: body.replace(/\r\n\./g, '\r\n').slice(2),
    taken: end + '.\r\n'.length,
    // What stands behind the end is not the message's, and the end itself looks like nothing but an end.
    lookalike: /\r\n\.\n|(?<!\r)\n\.\r?\n|\r\.[\r\n]/.test(body),
  }
}

function read(chunks: Iterable<Buffer>, maxBytes = Number.MAX_SAFE_INTEGER) {
  const reader = new DotReader(maxBytes)
  let taken = 0
  for (const chunk of chunks) {
    if (reader.ended) break
    taken += reader.read(chunk)
  }
  return { reader, taken }
}

function expectAsOracle(chunks: Iterable<Buffer>, wire: string): void {
  const wanted = oracle(wire)
  const { reader, taken } = read(chunks)
  expect(reader.ended).toBe(wanted !== undefined)
  if (!wanted) return
  const { size, lookalike } = reader
  expect({ raw: reader.take().toString('latin1'), taken, lookalike }).toEqual(wanted)
  expect(size).toBe(wanted.raw.length)
}

function* pieces(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

describe('where a body ends, and which dots are taken away', () => {
  const ALPHABET = ['\r', '\n', '.', 'a']

  function* words(length: number): Generator<string> {
    if (length === 0) yield ''
    else for (const word of words(length - 1)) for (const letter of ALPHABET) yield word + letter
  }

  // Every body of up to six of the characters that matter, at every split: no state of the table is left out.
  test.each([0, 1, 2, 3, 4, 5, 6])('every body of %i characters of CR, LF, dot and another', length => {
    for (const word of words(length)) {
      const wire = `${word}\r\n.\r\n.b`
      const bytes = Buffer.from(wire)
      expectAsOracle(pieces(bytes, 1), wire)
      for (let at = 0; at < bytes.length; at++) expectAsOracle([bytes.subarray(0, at), bytes.subarray(at)], wire)
    }
  })

  test('longer ones, in any pieces', () => {
    const wire = fc
      .array(fc.constantFrom(...ALPHABET, '\r\n', '\r\n.', '\n.', 'text', '\0', '\xff'), { maxLength: 60 })
      .map(parts => `${parts.join('')}\r\n.\r\nNOOP\r\n`)
    fc.assert(
      fc.property(wire, fc.integer({ min: 1, max: 40 }), (text, length) => {
        expectAsOracle(pieces(Buffer.from(text, 'latin1'), length), text)
      }),
      { numRuns: 1000 },
    )
  })

  test('without an end it goes on', () => {
    expectAsOracle([Buffer.from('a\r\n.\r')], 'a\r\n.\r')
  })
})

/** Transparency as a client does it (RFC 5321 4.5.2). */
function stuffed(body: string): string {
  return `${body.replace(/(^|\r\n)\./g, '$1..')}\r\n.\r\n`
}

test('any bytes, stuffed and sent in any pieces, come back equal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.integer({ min: 1, max: 700 }), (array, length) => {
      const body = Buffer.from(array).toString('latin1')
      const { reader } = read(pieces(Buffer.from(stuffed(body), 'latin1'), length))
      expect(reader.take().toString('latin1')).toBe(`${body}\r\n`)
    }),
  )
})

describe('pieces of all sizes', () => {
  const line = '.a line that begins with a dot, of the length that lines have\r\n'
  const body = line.repeat(5000).slice(0, -2)
  const wire = Buffer.from(stuffed(body))

  test.each([1, 5, 1000, 4096, 16_384, 65_536])('of %i bytes', length => {
    const { reader } = read(pieces(wire, length))
    expect(reader.take().equals(Buffer.from(`${body}\r\n`))).toBe(true)
  })

  test('long and short by turns', () => {
    const mixed: Buffer[] = []
    for (let at = 0; at < wire.length; ) {
      const length = mixed.length % 2 === 0 ? 1 : 6000
      mixed.push(wire.subarray(at, at + length))
      at += length
    }
    expect(
      read(mixed)
        .reader.take()
        .equals(Buffer.from(`${body}\r\n`)),
    ).toBe(true)
  })
})

test('beyond the limit its start and its size are known, and the end is still found', () => {
  const wire = Buffer.from(`${'x'.repeat(200)}\r\n.\r\n`)
  const { reader, taken } = read(pieces(wire, 7), 100)
  expect(reader).toMatchObject({ ended: true, tooLarge: true, size: 202 })
  expect(taken).toBe(wire.length)
  expect(reader.beginning.toString()).toBe(`${'x'.repeat(200)}\r\n`)
})

describe('chunks', () => {
  test('any bytes in chunks of any lengths, sent in any pieces, come back equal', () => {
    const lengths = fc.array(fc.nat({ max: 6000 }), { maxLength: 6 })
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 20_000 }),
        lengths,
        fc.integer({ min: 1, max: 5000 }),
        (array, sizes, length) => {
          const bytes = Buffer.from(array)
          const reader = new ChunkReader(Number.MAX_SAFE_INTEGER)
          let at = 0
          for (const octets of [...sizes.map(size => Math.min(size, bytes.length - at)), bytes.length]) {
            const chunk = bytes.subarray(at, at + octets)
            at += chunk.length
            reader.expect(chunk.length)
            // What stands behind a chunk is not its own.
            for (const piece of pieces(Buffer.concat([chunk, Buffer.from('NOOP\r\n')]), length)) reader.read(piece)
            expect(reader.ended).toBe(true)
          }
          expect(reader.size).toBe(bytes.length)
          expect(reader.take().equals(bytes)).toBe(true)
        },
      ),
    )
  })

  test('beyond the limit its start and its size are known, and the chunk is read to its end', () => {
    const reader = new ChunkReader(10)
    reader.expect(100)
    expect(reader.read(Buffer.alloc(99))).toBe(99)
    expect(reader).toMatchObject({ ended: false, tooLarge: true, size: 99 })
    expect(reader.read(Buffer.alloc(5))).toBe(1)
    expect(reader).toMatchObject({ ended: true, size: 100 })
    expect(reader.beginning).toEqual(Buffer.alloc(100))
  })
})
