/**
 * The value of one term: as it is written in a query or a rule -> what it compares with. Pure.
 *
 * A bare word may be a glob, `=` before it means the whole, between slashes it is a regular expression; what stands in
 * quotes is never more than text.
 */
import { parseDurationMs, parseSize } from '../units.js'
import type { OperatorName, Place, Value } from './terms.js'
import { operatorOf, QueryError } from './terms.js'

/** A value as it is written. */
export interface Written {
  readonly type: 'bare' | 'quoted' | 'exact'
  /** Without its quotes. */
  readonly text: string
}

/** Whom to blame for a value that cannot be read. */
export interface Blame {
  readonly field: string
  readonly place?: Place
}

/** Reads a value for an operator. Throws QueryError. */
export function readValue(operator: OperatorName, written: Written, blame: Blame): Value {
  const { takes, choices = [] } = operatorOf(operator)
  const { text } = written
  const wrong = (reason: string, fix: string) => new QueryError(blame.field, reason, fix, blame.place)
  switch (takes) {
    case 'choice': {
      if (choices.includes(text)) return { kind: 'choice', choice: text }
      throw wrong(
        `${operator}:${text} is not known`,
        `Use one of ${choices.map(choice => `${operator}:${choice}`).join(', ')}.`,
      )
    }
    case 'size': {
      const bytes = parseSize(text)
      if (bytes !== undefined) return { kind: 'size', bytes }
      throw wrong(`${text} is not a size`, `Give bytes, or a number with k, M or G: ${operator}:10k.`)
    }
    case 'moment': {
      const timeMs = momentOf(text)
      if (timeMs !== undefined) return { kind: 'moment', timeMs }
      throw wrong(
        `${text} is neither a day nor a time`,
        `Write ${operator}:2026-01-31, or a time: ${operator}:2026-01-31T12:00:00Z.`,
      )
    }
    case 'age': {
      const ageMs = parseDurationMs(text)
      if (ageMs !== undefined) return { kind: 'age', ageMs }
      throw wrong(`${text} is not a duration`, `Give a number with ms, s, m or h: ${operator}:10m.`)
    }
    case 'name': {
      const name = written.type === 'bare' && text.startsWith('=') ? text.slice(1) : text
      if (name !== '') return { kind: 'name', text: name }
      throw wrong(`${operator}: has no value`, `Write it right after: ${operator}:name.`)
    }
    default:
      return textValue(operator, written, wrong)
  }
}

function textValue(
  operator: OperatorName,
  { type, text }: Written,
  wrong: (reason: string, fix: string) => QueryError,
): Value {
  // The null reverse-path has no letter that could be looked for.
  if (operator === 'mail-from' && text === '<>') return { kind: 'exact', text: '' }
  if (type === 'exact') return { kind: 'exact', text }
  if (type === 'quoted') {
    if (text === '') throw wrong('there is nothing between these quotes', 'Write something, or leave them out.')
    return { kind: 'contains', text }
  }
  if (text.startsWith('/')) {
    const end = regexEnd(text, 0)
    if (end === -1) throw wrong('this regular expression is not closed', 'End it with a /.')
    const source = text.slice(1, end)
    const flags = text.slice(end + 1)
    if (source === '') throw wrong('this regular expression is empty', 'Write something between the slashes.')
    if (!/^i?m?s?$/.test([...flags].sort().join('')))
      throw wrong(
        `a regular expression has the flags i, m and s, and not "${flags}"`,
        'Write /pattern/i, or put what begins with a / into "quotes".',
      )
    return { kind: 'regex', source, flags: [...flags].sort().join('') }
  }
  if (text.startsWith('=')) {
    if (text === '=') throw wrong('there is nothing after the =', 'Write the whole value after it.')
    return { kind: 'exact', text: text.slice(1) }
  }
  if (/(?<!\\)[*?]/.test(text)) return { kind: 'glob', text }
  return { kind: 'contains', text: text.replace(/\\([*?])/g, '$1') }
}

/** Where the regular expression ends that begins with the `/` at `start`; -1 where it does not. */
export function regexEnd(text: string, start: number): number {
  let inClass = false
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === '[') inClass = true
    else if (character === ']') inClass = false
    else if (character === '/' && !inClass) return at
  }
  return -1
}

/** Whether a header can have this name (RFC 5322 2.2: printable US-ASCII but the colon). */
export function isFieldName(name: string): boolean {
  return /^[!-9;-~]+$/.test(name)
}

const DAY = /^\d{4}-\d\d-\d\d$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i

/** A day in UTC, or a time of RFC 3339. */
function momentOf(text: string): number | undefined {
  if (!DAY.test(text) && !TIME.test(text)) return undefined
  const timeMs = Date.parse(text)
  // A 31st of February would be read as a day in March.
  const isDay = new Date(`${text.slice(0, 10)}T00:00:00Z`).toJSON()?.startsWith(text.slice(0, 10)) ?? false
  return isDay && !Number.isNaN(timeMs) ? timeMs : undefined
}

/** Text as a glob in which only `*` means something: how addresses are asked for by name. */
export function starGlob(text: string): string {
  return text.replace(/[?\\]/g, '\\$&')
}
