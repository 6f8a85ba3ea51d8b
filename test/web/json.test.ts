/** JSON written by hand: the place and the words of what is wrong with it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineOf, parseJson, placeOfField } from '../../web/json.js'

/** The place of the fault is where ▲ stands. */
const FAULTS: [text: string, message: string][] = [
  // what is left out
  ['▲', 'a value is missing'],
  ['{"on": "rcpt"▲', 'a comma or } is missing'],
  ['{"on": "rcpt" ▲"times": 2}', 'a comma or } is missing'],
  ['{"on" ▲"rcpt"}', 'a colon is missing'],
  ['{"on": ▲}', 'a value is missing before }'],
  ['["421" ▲"451"]', 'a comma or ] is missing'],
  ['[1, ▲, 2]', 'a value is missing before ,'],
  // what is too much
  ['{"times": 2▲,}', 'no comma belongs before }'],
  ['["421"▲, ]', 'no comma belongs before ]'],
  ['{} ▲{}', 'the end is missing before {'],
  // what other languages have
  ["{▲'on': 1}", 'texts stand in "double quotes"'],
  ['{▲on: "rcpt"}', 'the name of a field in "double quotes" is missing before on'],
  ['{"on": ▲rcpt}', 'a value is missing before rcpt'],
  ['{"a": 1, ▲// why\n "b": 2}', 'JSON has no comments'],
  ['{"a": ▲012}', 'a value is missing before 012'],
  ['{"a": ▲.5}', 'a value is missing before .5'],
  ['{"a": ▲True}', 'a value is missing before True'],
  // texts
  ['{"a": ▲"rcpt}', 'this text has no end, or a \\ that means nothing'],
  ['{"a": ▲"C:\\x"}', 'this text has no end, or a \\ that means nothing'],
]

describe('a fault', () => {
  test.each(FAULTS)('%s: %s', (marked, message) => {
    const position = marked.indexOf('▲')
    expect(parseJson(marked.replace('▲', ''))).toEqual({ fault: { message, position } })
  })

  test('is found in whatever is not JSON, within the text', () => {
    const almost = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '{', ']', '"', "'", '\\', ':', '0', 'x', '\n'),
    )
    fc.assert(
      fc.property(almost, ([text, at, mark]) => {
        const place = at % (text.length + 1)
        const damaged = text.slice(0, place) + mark + text.slice(place + 1)
        const parsed = parseJson(damaged)
        if ('value' in parsed) return
        expect(parsed.fault.message).not.toBe('this is no JSON')
        expect(parsed.fault.position).toBeLessThanOrEqual(damaged.length)
      }),
    )
  })
})

test('what is right reads as it is', () => {
  expect(parseJson(' {"on": "rcpt", "n": [-1.5e3, null, true, "\\u00e9"]} ')).toEqual({
    value: { on: 'rcpt', n: [-1500, null, true, 'é'] },
  })
})

test('a place is a line and a column', () => {
  expect(lineOf('{\n  "a"\n}', 5)).toEqual({ line: 2, column: 4 })
  expect(lineOf('', 0)).toEqual({ line: 1, column: 1 })
})

test.each([
  ['reply', '"reply" :'],
  // as near as it is named
  ['match.to', '"to": 1'],
  ['match.subject', '"match":'],
  ['replies[1]', undefined],
  ['', undefined],
])('the field %s is found', (field, there) => {
  const text = '{"on": "reply", "reply" : 352, "match": {"to": 1}}'
  const place = placeOfField(text, field)
  expect(place && text.slice(place.start).startsWith(there ?? '')).toBe(there && true)
  if (place) expect(text[place.end - 1]).toBe('"')
})
