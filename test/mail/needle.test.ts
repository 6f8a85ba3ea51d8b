import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Needle } from '../../server/mail/needle.js'

const text = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...'abAB@.[*\\ -') })
const bytes = fc
  .array(fc.constantFrom(0x61, 0x62, 0x41, 0x42, 0x40, 0x2e, 0x5b, 0x2a, 0x5c, 0x20, 0x2d, 0x00, 0xe4, 0xff, 0xb5))
  .map(codes => Buffer.from(codes))

test('property: it finds what a search in a string finds, case ignored', () => {
  fc.assert(
    fc.property(text, bytes, fc.nat({ max: 8 }), fc.constantFrom(0, 600), (wanted, found, from, padding) => {
      const haystack = Buffer.concat([found, Buffer.alloc(padding, 0x7a)])
      const end = Math.max(from, haystack.length - 3)
      // Only the letters of ASCII: a string in lower case would fold those beyond it, too.
      const lower = haystack.toString('latin1', from, end).replace(/[A-Z]/g, letter => letter.toLowerCase())
      const place = lower.indexOf(wanted.toLowerCase())
      const needle = new Needle(wanted)
      expect(needle.indexIn(haystack, from, end)).toBe(place === -1 ? -1 : from + place)
      expect(needle.isIn(haystack, from, end)).toBe(place !== -1)
    }),
    { numRuns: 500 },
  )
})

test('a text of a megabyte, as a rule may have it', () => {
  const wanted = 'ab'.repeat(500_000)
  const haystack = Buffer.from(`x${wanted.toUpperCase()}`)
  expect(new Needle(wanted).indexIn(haystack, 0, haystack.length)).toBe(1)
  expect(new Needle(wanted).isIn(haystack.subarray(2), 0, haystack.length - 2)).toBe(false)
})
