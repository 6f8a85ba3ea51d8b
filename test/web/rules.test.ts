/** The rules as the page keeps them: read, written one after the other, and read again when something happens. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Rule } from '../../server/http/schema.js'
import { RequestError } from '../../web/api.js'
import { Rules } from '../../web/rules.js'
import { makeRule } from '../make-rule.js'

/** What the server has, and what it was asked. */
let there: Rule[] = []
let asked: string[] = []
/** A request that begins so is refused. */
let refused = ''

beforeEach(() => {
  there = [makeRule({ id: 'r1' }), makeRule({ id: 'r2', active: false })]
  asked = []
  refused = ''
  vi.useFakeTimers()
  vi.stubGlobal('document', { baseURI: 'http://page.test/' })
  vi.stubGlobal('fetch', async (url: string, { method = 'GET', body }: RequestInit = {}) => {
    const request = `${method} ${new URL(url).pathname.replace('/api/', '')}`
    asked.push(request)
    const id = /rules\/(.*)/.exec(request)?.[1]
    if (refused && request.startsWith(refused)) {
      return Response.json({ error: 'invalid_body', message: 'times: is 0', fix: 'At least 1.' }, { status: 400 })
    }
    const written = typeof body === 'string' ? (JSON.parse(body) as Partial<Rule>) : {}
    if (method === 'POST') there = [...there, makeRule({ ...written, id: `r${there.length + 1}` })]
    if (method === 'DELETE') there = there.filter(other => other.id !== id)
    if (method === 'PUT') {
      there = there.map(other => (other.id === id ? makeRule({ ...written, active: written.enabled ?? true }) : other))
    }
    return Response.json({ rules: there })
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function make(): Promise<Rules> {
  const rules = new Rules(() => {})
  await rules.read()
  asked = []
  return rules
}

const ids = ({ list }: Rules) => list.map(({ id }) => id)

test('says how many can act', async () => expect((await make()).active).toBe(1))

test('what happens is read again, once for many hits', async () => {
  const rules = await make()
  there = [makeRule({ id: 'r1', hits: 3 })]
  for (let n = 0; n < 100; n++) rules.take({ type: 'rule.hit', id: 'r1', sessionId: 's1' })
  rules.take({ type: 'rules', active: 5 })
  expect(rules.active).toBe(5)
  await vi.runAllTimersAsync()
  expect(asked).toEqual(['GET rules'])
  expect(rules.get('r1')?.hits).toBe(3)
  expect(rules.active).toBe(1)
})

test('is read again when the time of a rule is over, by whatever clock', async () => {
  const expiresAt = (ms: number) => new Date(Date.now() + ms).toISOString()
  there = [makeRule({ expiresAt: expiresAt(60_000) }), makeRule({ id: 'r2' })]
  const rules = await make()
  await vi.advanceTimersByTimeAsync(59_000)
  expect(asked).toEqual([])
  there = [makeRule({ expiresAt: expiresAt(0), active: false }), makeRule({ id: 'r2', expiresAt: expiresAt(-5_000) })]
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked).toEqual(['GET rules'])
  expect(rules.active).toBe(1)
  // The server's clock is behind ours: it is asked again, not without a pause.
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked).toHaveLength(3)
})

describe('writing', () => {
  test('adds, and has what the server made of it', async () => {
    const rules = await make()
    await rules.add({ reply: '451' })
    expect(ids(rules)).toEqual(['r1', 'r2', 'r3'])
  })

  test('goes one after the other: a switch turned twice is as it was turned last', async () => {
    const rules = await make()
    const first = rules.list[0] as Rule
    await Promise.all([rules.turn([first], false), rules.turn([first], true)])
    expect(asked.filter(request => request !== 'GET rules')).toEqual(['PUT rules/r1', 'PUT rules/r1'])
    expect(rules.get('r1')?.enabled).toBe(true)
  })

  test('removes, and does not show again what is gone', async () => {
    const rules = await make()
    await rules.remove(rules.list)
    expect(ids(rules)).toEqual([])
    expect(rules.active).toBe(0)
  })

  test('what the server refuses is thrown, and holds up nothing', async () => {
    const rules = await make()
    refused = 'POST'
    await expect(rules.add({ times: 0 })).rejects.toThrow(RequestError)
    await rules.remove(rules.list.slice(0, 1))
    expect(ids(rules)).toEqual(['r2'])
  })
})
