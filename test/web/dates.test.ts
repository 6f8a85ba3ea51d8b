/** Times as a reader wants them. */
import { expect, test } from 'vitest'
import { formatListTime, formatTime } from '../../web/dates.js'

const now = new Date(2026, 10, 22, 14, 0)
const at = (date: Date, style: 'system' | '24h' = 'system') => formatListTime(date.toISOString(), style, now)

test('a list has the clock today, the weekday this week, the date before', () => {
  expect(at(new Date(2026, 10, 22, 9, 5))).toMatch(/^9:05|^09:05/)
  expect(at(new Date(2026, 10, 20, 9, 5))).toMatch(/^Fri/)
  expect(at(new Date(2026, 5, 1))).toMatch(/Jun/)
  expect(at(new Date(2024, 5, 1))).toMatch(/2024/)
})

test('24 hours are 24 hours, whatever the system has', () => {
  expect(at(new Date(2026, 10, 22, 13, 5), '24h')).toBe('13:05')
})

test('UTC is written as logs write it', () => {
  const utc = new Date('2026-11-22T23:30:00Z')
  expect(formatListTime('2026-11-22T08:05:09.123Z', 'utc', utc)).toBe('08:05 UTC')
  expect(formatListTime('2026-11-21T23:59:59Z', 'utc', utc)).toBe('2026-11-21 23:59')
  expect(formatTime('2026-11-22T08:05:09.123Z', 'utc')).toBe('2026-11-22 08:05:09 UTC')
})
