/** What an invitation says (RFC 5545, RFC 5546), as far as a person asks: what, when, where, who. Pure. */

export interface CalendarEvent {
  summary: string
  start: CalendarTime | null
  end: CalendarTime | null
  location: string
  organizer: string
  attendees: string[]
  /** How it repeats, as a rule of RFC 5545. */
  repeats: string
  status: string
}

/** A moment as ISO 8601; or as written, with its time zone where one is named. */
export type CalendarTime = { time: string } | { text: string }

export interface Calendar {
  /** REQUEST, CANCEL, REPLY; empty where the mail only publishes. */
  method: string
  events: CalendarEvent[]
}

/** Events read; a feed of a year is downloaded, not previewed. */
const MAX_EVENTS = 50

interface Line {
  name: string
  params: Map<string, string>
  value: string
}

export function readCalendar(text: string): Calendar {
  const calendar: Calendar = { method: '', events: [] }
  let event: CalendarEvent | undefined
  // What is within an event, as an alarm, has properties of the same names.
  let depth = 0
  for (const { name, params, value } of linesOf(text)) {
    if (name === 'BEGIN' && value.toUpperCase() === 'VEVENT') {
      if (calendar.events.length === MAX_EVENTS) break
      event = blank()
      calendar.events.push(event)
      depth = 0
    } else if (name === 'END' && value.toUpperCase() === 'VEVENT') event = undefined
    else if (name === 'BEGIN') depth += 1
    else if (name === 'END') depth -= 1
    else if (name === 'METHOD') calendar.method = value.toUpperCase()
    else if (event && depth === 0) take(event, name, params, value)
  }
  return calendar
}

const blank = (): CalendarEvent => ({
  summary: '',
  start: null,
  end: null,
  location: '',
  organizer: '',
  attendees: [],
  repeats: '',
  status: '',
})

function take(event: CalendarEvent, name: string, params: Line['params'], value: string): void {
  if (name === 'SUMMARY') event.summary = unescaped(value)
  else if (name === 'LOCATION') event.location = unescaped(value)
  else if (name === 'DTSTART') event.start = timeOf(value, params)
  else if (name === 'DTEND') event.end = timeOf(value, params)
  else if (name === 'RRULE') event.repeats = value
  else if (name === 'STATUS') event.status = value.toLowerCase()
  else if (name === 'ORGANIZER') event.organizer = person(value, params)
  else if (name === 'ATTENDEE') event.attendees.push(person(value, params))
}

/** Lines, folded ones put together, cut into name, parameters and value. */
function linesOf(text: string): Line[] {
  const lines: Line[] = []
  for (const line of text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)) {
    const match = /^([\w-]+)((?:;[^:;="]+=(?:"[^"]*"|[^:;",]*)(?:,(?:"[^"]*"|[^:;",]*))*)*):(.*)$/.exec(line)
    if (!match) continue
    const [, name = '', written = '', value = ''] = match
    const params = new Map<string, string>()
    for (const [, key = '', quoted, bare = ''] of written.matchAll(/;([^=]+)=(?:"([^"]*)"|([^;"]*))/g)) {
      params.set(key.toUpperCase(), quoted ?? bare)
    }
    lines.push({ name: name.toUpperCase(), params, value: value.trim() })
  }
  return lines
}

const unescaped = (value: string) =>
  value.replace(/\\(.)/g, (_, character: string) => (/n/i.test(character) ? '\n' : character))

function person(value: string, params: Line['params']): string {
  const address = value.replace(/^mailto:/i, '')
  const name = params.get('CN')
  const answer = params.get('PARTSTAT')?.toLowerCase().replace('-', ' ')
  return `${name && name !== address ? `${name} <${address}>` : address}${answer ? ` (${answer})` : ''}`
}

function timeOf(value: string, params: Line['params']): CalendarTime {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(value)
  if (!match) return { text: value }
  const [, year, month, day, hours, minutes, seconds, zulu] = match
  const date = `${year}-${month}-${day}`
  if (hours === undefined) return { text: date }
  if (zulu && !Number.isNaN(Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`))) {
    return { time: `${date}T${hours}:${minutes}:${seconds}Z` }
  }
  const zone = params.get('TZID')
  return { text: `${date} ${hours}:${minutes}${zone ? ` (${zone})` : ''}` }
}
