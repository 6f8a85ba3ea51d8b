/**
 * What a test asks of sessions and attempts: parted, as filter.ts does for messages, into what the server answers and
 * what runs here.
 */
import type { AttemptFilter, SessionFilter } from '../mail/record-filter.js'
import type { Attempt, Session } from '../mail/session.js'
import type { Tested } from './filter.js'
import { tester } from './received.js'

/** What an attempt has to be: fields by name, all of which have to match, or a predicate. */
export type AttemptsFilter =
  | (Omit<AttemptFilter, 'to' | 'from'> & {
      /** Any recipient, refused ones too. */
      to?: Tested
      /** The reverse-path. */
      from?: Tested
    })
  | ((attempt: Attempt) => boolean)

/** What a session has to be, likewise. */
export type SessionsFilter =
  | (Omit<SessionFilter, 'helo' | 'outcome'> & {
      helo?: Tested
      /** In words: /535/, 'delivered'. */
      outcome?: Tested
    })
  | ((session: Session) => boolean)

/** A filter, parted. */
export interface AskedRecords<Filter, T> {
  remote: Filter
  here: (item: T) => boolean
  /** All of it, as a person would write it. */
  shown: string
}

export function splitAttempts(filter: AttemptsFilter): AskedRecords<AttemptFilter, Attempt> {
  return parted(filter, { to: ({ to }) => to, from: ({ from }) => [from] })
}

export function splitSessions(filter: SessionsFilter): AskedRecords<SessionFilter, Session> {
  return parted(filter, { helo: ({ helo }) => [helo ?? ''], outcome: ({ outcome }) => [outcome] })
}

/** `texts` are what a regular expression is tried on, by field. */
function parted<Filter extends object, T>(
  filter: object | ((item: T) => boolean),
  texts: { readonly [field: string]: (item: T) => string[] },
): AskedRecords<Filter, T> {
  if (typeof filter === 'function') {
    const shown = filter.name ? `the predicate ${filter.name}` : 'the predicate'
    return { remote: {} as Filter, here: filter as (item: T) => boolean, shown }
  }
  const remote: Record<string, unknown> = {}
  const tests: ((item: T) => boolean)[] = []
  const shown: string[] = []
  for (const [field, value] of Object.entries(filter)) {
    if (value === undefined) continue
    shown.push(`${field}: ${value instanceof RegExp ? value : JSON.stringify(value)}`)
    const textsOf = texts[field]
    if (value instanceof RegExp && textsOf) {
      const test = tester(value)
      tests.push(item => textsOf(item).some(test))
    } else remote[field] = value
  }
  return { remote: remote as Filter, here: item => tests.every(test => test(item)), shown: shown.join(', ') }
}
