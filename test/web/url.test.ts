/** The place in the address, there and back. */
import { describe, expect, test } from 'vitest'
import { formatPlace, HOME, parsePlace } from '../../web/url.js'

describe('the place in the address', () => {
  test.each([
    ['#/', HOME],
    ['#/messages/a1', { ...HOME, id: 'a1' }],
    ['#/messages/a1/raw?q=two+words&unread=1', { ...HOME, id: 'a1', tab: 'raw', q: 'two words', unreadOnly: true }],
    ['#/?inbox=billing&q=x', { ...HOME, inbox: 'billing', q: 'x' }],
    ['#/messages/a1/html?compare=1', { ...HOME, id: 'a1', tab: 'html', compare: true }],
    ['#/messages/a1/raw?at=1024', { ...HOME, id: 'a1', tab: 'raw', at: 1024 }],
    ['#/sessions', { ...HOME, view: 'sessions' }],
    [
      '#/sessions/s1?inbox=billing&failed=1',
      { ...HOME, view: 'sessions', sessionId: 's1', inbox: 'billing', failedOnly: true },
    ],
    ['#/rules?inbox=billing', { ...HOME, view: 'rules', inbox: 'billing' }],
    ['#/rules/r2', { ...HOME, view: 'rules', ruleId: 'r2' }],
  ] as const)('%s', (hash, place) => {
    expect(parsePlace(hash)).toEqual(place)
    expect(formatPlace(place)).toBe(hash)
  })
  test.each(['', '#', '#/nonsense', '#/messages/%', '#/messages/a1/nonsense?x'])('%j is a place, too', hash => {
    expect(() => parsePlace(hash)).not.toThrow()
  })
})
