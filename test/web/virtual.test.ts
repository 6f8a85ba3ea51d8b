import { describe, expect, test } from 'vitest'
import { rangeDrawn, rangeInSight, scrollTopFor } from '../../web/virtual.js'

const ROW = { rowPx: 80 }

describe('the rows of a long list', () => {
  test.each([
    { about: 'at the top', scrollTop: 0, height: 800, is: { start: 0, end: 10 } },
    { about: 'partly seen at both ends', scrollTop: 40, height: 800, is: { start: 0, end: 11 } },
    { about: 'pulled down beyond the top', scrollTop: -30, height: 800, is: { start: 0, end: 10 } },
    { about: 'not laid out yet', scrollTop: 0, height: 0, is: { start: 0, end: 0 } },
    { about: 'far down', scrollTop: 8_000_000, height: 790, is: { start: 100_000, end: 100_010 } },
  ])('in sight: $about', ({ scrollTop, height, is }) => {
    expect(rangeInSight(scrollTop, height, ROW.rowPx)).toEqual(is)
  })

  test.each([
    { about: 'some on either side', inSight: { start: 50, end: 60 }, count: 100, is: { start: 42, end: 68 } },
    { about: 'no more than there are', inSight: { start: 95, end: 105 }, count: 100, is: { start: 87, end: 100 } },
    { about: 'none of none', inSight: { start: 0, end: 10 }, count: 0, is: { start: 0, end: 0 } },
    { about: 'the list has become shorter', inSight: { start: 50, end: 60 }, count: 3, is: { start: 3, end: 3 } },
  ])('drawn: $about', ({ inSight, count, is }) => {
    expect(rangeDrawn(inSight, count, 8)).toEqual(is)
  })

  test.each([
    { about: 'seen whole', index: 5, align: 'nearest', is: 400 },
    { about: 'above', index: 2, align: 'nearest', is: 160 },
    { about: 'cut at the top', index: 4, align: 'nearest', scrollTop: 330, is: 320 },
    { about: 'cut at the bottom', index: 15, align: 'nearest', scrollTop: 420, is: 480 },
    { about: 'below', index: 20, align: 'nearest', is: 880 },
    { about: 'to the middle', index: 20, align: 'center', is: 1240 },
    { about: 'as far to the middle as it goes', index: 0, align: 'center', is: 0 },
  ] as const)('scrolled to: $about', ({ index, align, is, ...at }) => {
    const scrollTop = 'scrollTop' in at ? at.scrollTop : 400
    expect(scrollTopFor(index, { scrollTop, height: 800, ...ROW }, align)).toBe(is)
  })
})
