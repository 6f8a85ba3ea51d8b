/** What is said of arrivals, and how often. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Summary } from '../../server/http/schema.js'
import { Announcements } from '../../web/announcements.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const mail = (subject: string) =>
  ({ subject, from: { name: 'Ada', address: 'ada@example.com' }, envelope: { from: '' } }) as Summary

function make() {
  const said: string[] = []
  const announcements = new Announcements(() => said.push(announcements.text))
  return { announcements, said }
}

test('one mail is named', () => {
  const { announcements, said } = make()
  announcements.arrived(mail('Hello'))
  vi.runAllTimers()
  expect(said).toEqual(['New mail from Ada: Hello'])
})

test('a thousand in a second are one sentence, and what follows is the next', () => {
  const { announcements, said } = make()
  for (let n = 0; n < 1000; n++) announcements.arrived(mail('Hello'))
  vi.advanceTimersByTime(1_000)
  for (let n = 0; n < 500; n++) announcements.arrived(mail('Again'))
  vi.advanceTimersByTime(1_000)
  expect(said).toEqual([expect.stringMatching(/^1\D?000 new messages$/)])
  vi.runAllTimers()
  expect(said).toHaveLength(2)
  expect(said[1]).toBe('500 new messages')
})

test('after a pause the next one is said at once', () => {
  const { announcements, said } = make()
  announcements.arrived(mail('One'))
  vi.runAllTimers()
  announcements.arrived(mail('Two'))
  vi.advanceTimersByTime(500)
  expect(said).toEqual(['New mail from Ada: One', 'New mail from Ada: Two'])
})
