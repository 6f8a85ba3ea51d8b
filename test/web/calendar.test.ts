/** Invitations. */
import { expect, test } from 'vitest'
import { readCalendar } from '../../web/calendar.js'

const calendar = (...lines: string[]) => readCalendar(`BEGIN:VCALENDAR\r\n${lines.join('\r\n')}\r\nEND:VCALENDAR\r\n`)
const event = (...lines: string[]) => calendar('BEGIN:VEVENT', ...lines, 'END:VEVENT').events[0]

test('says what, when, where and who', () => {
  expect(
    calendar(
      'METHOD:request',
      'BEGIN:VEVENT',
      'SUMMARY:Design review\\, sign-up\\; with a lo',
      ' ng line',
      'DTSTART:20260313T130000Z',
      'DTEND;TZID="Europe/Berlin":20260313T143000',
      'LOCATION:Room\\nLinden',
      'ORGANIZER;CN="Hopper; Grace":mailto:grace@example.com',
      'ATTENDEE;CN=Ada;PARTSTAT=NEEDS-ACTION:MAILTO:ada@example.com',
      'ATTENDEE:mailto:eva@example.com',
      'RRULE:FREQ=WEEKLY',
      'STATUS:CONFIRMED',
      'BEGIN:VALARM',
      'SUMMARY:not this',
      'END:VALARM',
      'END:VEVENT',
    ),
  ).toEqual({
    method: 'REQUEST',
    events: [
      {
        summary: 'Design review, sign-up; with a long line',
        start: { time: '2026-03-13T13:00:00Z' },
        end: { text: '2026-03-13 14:30 (Europe/Berlin)' },
        location: 'Room\nLinden',
        organizer: 'Hopper; Grace <grace@example.com>',
        attendees: ['Ada <ada@example.com> (needs action)', 'eva@example.com'],
        repeats: 'FREQ=WEEKLY',
        status: 'confirmed',
      },
    ],
  })
})

test.each([
  ['DTSTART;VALUE=DATE:20260313', { text: '2026-03-13' }],
  ['DTSTART:20261399T996699Z', { text: '2026-13-99 99:66' }],
  ['DTSTART:tomorrow', { text: 'tomorrow' }],
])('%s', (line, start) => expect(event(line)?.start).toEqual(start))

test.each(['', 'nonsense', 'BEGIN:VEVENT', 'BEGIN:VCALENDAR\nEND:VEVENT\nSUMMARY:x', ';:;="'])(
  '%j is no trouble',
  text => {
    expect(() => readCalendar(text)).not.toThrow()
  },
)

test('a feed of thousands is read as far as it is shown', () => {
  const feed = Array.from({ length: 5000 }, () => ['BEGIN:VEVENT', 'SUMMARY:x', 'END:VEVENT']).flat()
  expect(calendar(...feed).events).toHaveLength(50)
})
