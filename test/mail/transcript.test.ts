import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_HEAD_BYTES, MAX_TAIL_BYTES, type Speaker, Transcript } from '../../server/mail/transcript.js'

const told = (transcript: Transcript) => transcript.lines().map(({ at, from, line }) => `${at} ${from}: ${line}`)

describe('what is shown', () => {
  test('both sides and notes, in order, with their times', () => {
    const transcript = new Transcript()
    transcript.add(0, 'server', '220 double.test ESMTP maildouble\r\n')
    transcript.add(3, 'client', 'EHLO a')
    transcript.add(4, 'server', '250-double.test at your service\r\n250 HELP\r\n')
    transcript.add(90_000, 'note', 'TLS is up')
    expect(told(transcript)).toEqual([
      '0 server: 220 double.test ESMTP maildouble',
      '3 client: EHLO a',
      '4 server: 250-double.test at your service',
      '4 server: 250 HELP',
      '90000 note: TLS is up',
    ])
  })

  test('control characters are escaped, so that a line stays one', () => {
    const transcript = new Transcript()
    transcript.add(0, 'client', 'NOOP \0\r\n\x1b[2J\x7f\x85 grün')
    expect(told(transcript)).toEqual(['0 client: NOOP \\x00\\x0d\\x0a\\x1b[2J\\x7f\\x85 grün'])
  })

  test('a very long line is cut', () => {
    const transcript = new Transcript()
    transcript.add(0, 'client', 'x'.repeat(60_000))
    const [line] = transcript.lines()
    expect(line?.line).toMatch(/^x{4096}\.\.\.$/)
  })
})

describe('the bound', () => {
  test('keeps how it began and how it ended, and says what is missing', () => {
    const transcript = new Transcript()
    for (let n = 0; n < 10_000; n++) transcript.add(n, 'client', `NOOP ${n}`)
    const lines = told(transcript)
    const gap = lines.findIndex(line => line.includes('left out'))
    expect(lines[0]).toBe('0 client: NOOP 0')
    expect(lines[gap - 1]).toBe(`${gap - 1} client: NOOP ${gap - 1}`)
    expect(lines.at(-1)).toBe('9999 client: NOOP 9999')
    const missing = 10_000 - (lines.length - 1)
    const after = gap + missing
    expect(lines[gap]).toBe(`${after} note: ${missing.toLocaleString('en-US')} lines are left out here`)
    expect(lines[gap + 1]).toBe(`${after} client: NOOP ${after}`)
  })

  test('holds whatever is said, and the weights that it gives add up to what it holds', () => {
    const said = fc.array(
      fc.record({ speaker: fc.constantFrom<Speaker>('client', 'server', 'note'), length: fc.nat(9000) }),
      {
        minLength: 1,
        maxLength: 400,
      },
    )
    fc.assert(
      fc.property(said, lines => {
        const transcript = new Transcript()
        let weight = 0
        for (const { speaker, length } of lines) {
          weight += transcript.add(0, speaker, 'y'.repeat(length))
          expect(weight).toBeLessThanOrEqual(MAX_HEAD_BYTES + MAX_TAIL_BYTES)
        }
        const shown = transcript.lines().reduce((sum, { line }) => sum + line.length, 0)
        expect(shown).toBeLessThanOrEqual(MAX_HEAD_BYTES + MAX_TAIL_BYTES + 100)
        expect(transcript.lines().at(-1)?.line.length).toBe(Math.min(lines.at(-1)?.length ?? 0, 4099))
      }),
      { numRuns: 50 },
    )
  })
})
