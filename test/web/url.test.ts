/** The place in the address, there and back. */
import { describe, expect, test } from 'vitest'
import { formatPlace, parsePlace } from '../../web/url.js'

describe('the place in the address', () => {
  test.each([
    ['#/', { id: null, tab: null, inbox: null, q: '', unreadOnly: false }],
    ['#/messages/a1', { id: 'a1', tab: null, inbox: null, q: '', unreadOnly: false }],
    ['#/messages/a1/raw?q=two+words&unread=1', { id: 'a1', tab: 'raw', inbox: null, q: 'two words', unreadOnly: true }],
    ['#/?inbox=billing&q=x', { id: null, tab: null, inbox: 'billing', q: 'x', unreadOnly: false }],
  ] as const)('%s', (hash, place) => {
    expect(parsePlace(hash)).toEqual(place)
    expect(formatPlace(place)).toBe(hash)
  })
  test.each(['', '#', '#/nonsense', '#/messages/%', '#/messages/a1/nonsense?x'])('%j is a place, too', hash => {
    expect(() => parsePlace(hash)).not.toThrow()
  })
})
