import { describe, expect, it } from 'vitest'
import { Cache } from '../../server/mail/cache.js'

describe('a cache', () => {
  it('lets what was used longest ago go first, and says so', () => {
    const gone: string[] = []
    const cache = new Cache<string>(10, value => gone.push(value))
    cache.set(1, 'A', 4)
    cache.set(2, 'B', 4)
    cache.get(1)
    cache.set(3, 'C', 4)
    expect(gone).toEqual(['B'])
    expect([cache.get(1), cache.get(2), cache.get(3)]).toEqual(['A', undefined, 'C'])
  })

  it('keeps what is heavier than its bound, alone, until the next comes', () => {
    const gone: string[] = []
    const cache = new Cache<string>(10, value => gone.push(value))
    cache.set(1, 'A', 4)
    cache.set(2, 'B', 100)
    expect(cache.get(2)).toBe('B')
    cache.set(3, 'C', 1)
    expect(gone).toEqual(['A', 'B'])
  })

  it('counts a value that is set again once', () => {
    const cache = new Cache<string>(10)
    for (let n = 0; n < 100; n++) cache.set(1, `A${n}`, 6)
    cache.set(2, 'B', 4)
    expect([cache.get(1), cache.get(2)]).toEqual(['A99', 'B'])
  })

  it('says nothing of a value that stays', () => {
    const gone: string[] = []
    const cache = new Cache<string>(10, value => gone.push(value))
    cache.set(1, 'A', 4)
    cache.set(1, 'A', 8)
    expect(gone).toEqual([])
    cache.set(1, 'B', 8)
    expect(gone).toEqual(['A'])
  })
})
