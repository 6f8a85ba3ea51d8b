import { expect, test } from 'vitest'
import { editDistance, nearest } from '../server/nearest.js'

const NAMES = ['reply', 'replies', 'times', 'hide', 'halfReply'] as const

const cases: [given: string, near: string | undefined][] = [
  ['reply', 'reply'],
  ['Replys', 'reply'],
  ['time', 'times'],
  ['halfreply', 'halfReply'],
  ['half-replies', 'halfReply'],
  ['hdie', 'hide'],
  ['colour', undefined],
  ['', undefined],
]
test.each(cases)('%s means %s', (given, near) => expect(nearest(given, NAMES)).toBe(near))

test('without names, none is near', () => expect(nearest('reply', [])).toBeUndefined())

const distances: [a: string, b: string, letters: number][] = [
  ['', '', 0],
  ['', 'abc', 3],
  ['abc', 'abc', 0],
  ['abc', 'abd', 1],
  ['abc', 'ac', 1],
  ['kitten', 'sitting', 3],
]
test.each(distances)('from "%s" to "%s"', (a, b, letters) => {
  expect(editDistance(a, b)).toBe(letters)
  expect(editDistance(b, a)).toBe(letters)
})
