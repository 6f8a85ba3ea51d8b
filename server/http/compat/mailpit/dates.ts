/** Dates as people write them in a search of Mailpit: days and times in a time zone, and what says its own. Pure. */

const DAY_AND_TIME =
  /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ](\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i

/** Milliseconds since 1970; undefined where it is no date. `tz` is a name of the IANA database; UTC where it is none. */
export function dateOf(text: string, tz?: string): number | undefined {
  if (/^\d{10}$/.test(text)) return Number(text) * 1000
  if (/^\d{13}$/.test(text)) return Number(text)
  const parts = DAY_AND_TIME.exec(text)
  const localMs = parts ? localOf(parts) : Date.parse(/(?:GMT|UTC|Z|[+-]\d{4})$/i.test(text) ? text : `${text} UTC`)
  if (localMs === undefined || Number.isNaN(localMs)) return undefined
  const zone = parts ? parts[8] : /(?:GMT|UTC|Z|[+-]\d{4})$/i.exec(text)?.[0]
  if (zone === undefined) return inZone(localMs, tz)
  return parts ? localMs - offsetOf(zone) : localMs
}

function localOf([, year, month, day, hour = '0', minute = '0', second = '0', fraction = '']: string[]) {
  const localMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  // A 31st of February would be read as a day in March.
  if (new Date(localMs).getUTCMonth() !== Number(month) - 1) return undefined
  return localMs + Math.floor(Number(`0.${fraction || '0'}`) * 1000)
}

/** Milliseconds of `+02:00`. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? []
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/** The longest name of the IANA database has half of it; looking for one of 200 kB takes a quarter of a second. */
const MAX_ZONE_CHARACTERS = 64

/** What the clocks of a zone show -> the moment at which they do. */
function inZone(localMs: number, tz: string | undefined): number {
  if (tz === undefined || tz.length > MAX_ZONE_CHARACTERS) return localMs
  try {
    const shownMs = clockOf(tz)
    const guess = localMs - shownMs(localMs) + localMs
    // Once more, for where the clocks are changed in between.
    return localMs - shownMs(guess) + guess
  } catch {
    // There is no such zone: as Mailpit does, it is passed over.
    return localMs
  }
}

/** Gives what the clocks of a zone show at a moment, as if it were UTC. Making one costs more than asking it. */
function clockOf(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  return atMs => {
    const shown = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }
}
