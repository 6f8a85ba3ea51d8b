import { describe, expect, it } from 'vitest'
import { Cache } from '../../server/mail/cache.js'

describe('a cache', () => {
  it('lets what was used longest ago go first, and says so', () => {
    const gone: string[] = []
    const cache = new Cache<string>(10, value => gone.push(value))
    cache.set('a', 'A', 4)
    cache.set('b', 'B', 4)
    cache.get('a')
    cache.set('c', 'C', 4)
    expect(gone).toEqual(['B'])
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['A', undefined, 'C'])
  })

  it('keeps what is heavier than its bound, alone, until the next comes', () => {
    const gone: string[] = []
    const cache = new Cache<string>(10, value => gone.push(value))
    cache.set('a', 'A', 4)
    cache.set('b', 'B', 100)
    expect(cache.get('b')).toBe('B')
    cache.set('c', 'C', 1)
    expect(gone).toEqual(['A', 'B'])
  })

  it('counts a value that is set again once', () => {
    const cache = new Cache<string>(10)
    for (let n = 0; n < 100; n++) cache.set('a', `A${n}`, 6)
    cache.set('b', 'B', 4)
    expect([cache.get('a'), cache.get('b')]).toEqual(['A99', 'B'])
  })

  it('says nothing of a value that stays', () => {
    const gone: string[] = []
    const cache = new Cache<string>(10, value => gone.push(value))
    cache.set('a', 'A', 4)
    cache.set('a', 'A', 8)
    expect(gone).toEqual([])
    cache.set('a', 'B', 8)
    expect(gone).toEqual(['A'])
  })
})
