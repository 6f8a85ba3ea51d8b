import { Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { Problem } from '../../server/http/errors.js'
import { compileValidator, controls, filters, parseSince, parseWait, query } from '../../server/http/parameters.js'

function problemOf(run: () => unknown): Problem {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('Nothing was wrong.')
}

describe('a query', () => {
  const read = compileValidator({
    schema: query({ ...filters, ...controls }),
    method: 'GET',
    url: '/',
    httpPart: 'querystring',
  }) as (given: unknown) => { value?: unknown; error?: Problem }

  const good: [given: Record<string, string>, value: Record<string, unknown>][] = [
    [{}, {}],
    [{ limit: '1' }, { limit: 1 }],
    [{ limit: '1000' }, { limit: 1000 }],
    [{ start: '0' }, { start: 0 }],
    [
      { full: 'true', download: 'false' },
      { full: true, download: false },
    ],
    [
      { order: 'oldest', scheme: 'dark' },
      { order: 'oldest', scheme: 'dark' },
    ],
    [{ until: '4294967295' }, { until: 4294967295 }],
    [
      { q: ' ', 'mail-from': '<>' },
      { q: ' ', 'mail-from': '<>' },
    ],
  ]
  test.each(good)('%j is read', (given, value) => expect(read(given)).toEqual({ value }))

  const bad: [given: Record<string, unknown>, code: string, name: string][] = [
    // unknown, also what every object has
    [{ sbject: 'x' }, 'unknown_parameter', 'sbject'],
    [{ Subject: 'x' }, 'unknown_parameter', 'Subject'],
    [{ constructor: 'x' }, 'unknown_parameter', 'constructor'],
    [{ toString: 'x' }, 'unknown_parameter', 'toString'],
    [{ '': 'x' }, 'unknown_parameter', ''],
    // empty
    [{ q: '' }, 'empty_parameter', 'q'],
    [{ limit: '' }, 'empty_parameter', 'limit'],
    [{ full: '' }, 'empty_parameter', 'full'],
    // repeated
    [{ to: ['a', 'b'] }, 'repeated_parameter', 'to'],
    [{ limit: ['5', '5'] }, 'repeated_parameter', 'limit'],
    // out of range, or no number at all
    [{ limit: '0' }, 'invalid_parameter', 'limit'],
    [{ limit: '1001' }, 'invalid_parameter', 'limit'],
    [{ limit: '-1' }, 'invalid_parameter', 'limit'],
    [{ limit: '1.5' }, 'invalid_parameter', 'limit'],
    [{ limit: '0x10' }, 'invalid_parameter', 'limit'],
    [{ limit: '1e2' }, 'invalid_parameter', 'limit'],
    [{ limit: ' 5' }, 'invalid_parameter', 'limit'],
    [{ count: '0' }, 'invalid_parameter', 'count'],
    [{ until: '4294967296' }, 'invalid_parameter', 'until'],
    [{ start: '99999999999999999999' }, 'invalid_parameter', 'start'],
    // no choice of ours
    [{ full: '1' }, 'invalid_parameter', 'full'],
    [{ full: 'TRUE' }, 'invalid_parameter', 'full'],
    [{ order: 'newer' }, 'invalid_parameter', 'order'],
    [{ scheme: 'Dark' }, 'invalid_parameter', 'scheme'],
  ]
  test.each(bad)('%j is %s', (given, code, name) => {
    const { error } = read(given)
    expect(error?.code).toBe(code)
    expect(error?.message).toContain(name)
    expect(error?.fix).not.toBe('')
  })
})

describe('a body', () => {
  const read = compileValidator({
    schema: Type.Object(
      { ids: Type.Array(Type.String()), read: Type.Optional(Type.Boolean()) },
      { additionalProperties: false },
    ),
    method: 'PATCH',
    url: '/',
    httpPart: 'body',
  }) as (given: unknown) => { value?: unknown; error?: Problem }

  test('of the right shape is taken as it is', () => {
    const body = { ids: ['a'], read: true }
    expect(read(body)).toEqual({ value: body })
  })

  test.each([
    [{ ids: ['a'], reed: true }, 'reed'],
    [{ ids: [1] }, 'ids.0'],
    [{ ids: [], read: 'yes' }, 'read'],
    [[], 'The body'],
    [null, 'The body'],
    ['text', 'The body'],
    [undefined, 'The body'],
  ])('%j is wrong at %s', (body, where) => {
    const { error } = read(body)
    expect(error?.code).toBe('invalid_body')
    expect(error?.message).toContain(where)
  })
})

test.each([
  ['1ms', 1],
  ['500ms', 500],
  ['10s', 10_000],
  ['60s', 60_000],
  ['1m', 60_000],
])('wait=%s is %i ms', (text, waitMs) => expect(parseWait(text)).toBe(waitMs))

test.each(['10', '0s', '0ms', '61s', '2m', '1h', '-1s', '1.5s', '1 s', 'forever'])('wait=%s is refused', text => {
  expect(problemOf(() => parseWait(text)).message).toContain(text)
})

test.each([
  ['0', { type: 'cursor', cursor: 0 }],
  ['4294967295', { type: 'cursor', cursor: 4294967295 }],
  ['2026-01-31T12:00:00Z', { type: 'time', timeMs: Date.UTC(2026, 0, 31, 12) }],
  ['2026-01-31T12:00:00.250Z', { type: 'time', timeMs: Date.UTC(2026, 0, 31, 12, 0, 0, 250) }],
  ['2026-01-31T12:00:00+01:00', { type: 'time', timeMs: Date.UTC(2026, 0, 31, 11) }],
  ['2026-01-31T12:00:00-01:00', { type: 'time', timeMs: Date.UTC(2026, 0, 31, 13) }],
  // a plus sign that was not percent-encoded
  ['2026-01-31T12:00:00 01:00', { type: 'time', timeMs: Date.UTC(2026, 0, 31, 11) }],
] as const)('since=%s is %j', (text, since) => expect(parseSince(text)).toEqual(since))

test.each(['4294967296', '-1', '1.5', 'now', '2026-01-31', '2026-13-31T12:00:00Z', '2026-01-31T12:00:00', '12:00'])(
  'since=%s is refused',
  text => expect(problemOf(() => parseSince(text)).message).toContain(text),
)
