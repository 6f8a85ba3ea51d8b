import { describe, expect, test } from 'vitest'
import * as schema from '../../server/http/schema.js'
import type { Rule } from '../../server/smtp/rule.js'
import { faults, makeApp } from './helpers.js'

const FULL = { match: { to: '*@full.test' }, reply: '452 4.2.2 Mailbox full' }

const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, payload?: unknown) => ({
  method,
  url,
  ...(payload !== undefined && { payload: JSON.stringify(payload), headers: { 'content-type': 'application/json' } }),
})

async function withRules(...inputs: unknown[]) {
  const { app, rules, defects } = await makeApp()
  for (const input of inputs) rules.add(input)
  const ids = async () => (await app.inject('/api/rules')).json().rules.map(({ id }: Rule) => id)
  return { app, rules, defects, ids }
}

describe('adding', () => {
  test('gives the rule with every field', async () => {
    const { app, rules } = await withRules()
    const answer = await app.inject(send('POST', '/api/rules', FULL))
    expect(answer.statusCode).toBe(201)
    expect(faults(schema.Rule, answer.json())).toEqual([])
    expect(answer.json()).toMatchObject({
      ...FULL,
      on: 'rcpt',
      action: 'reply',
      times: null,
      enabled: true,
      preset: null,
      hits: 0,
      lastSessionId: null,
      nearMiss: null,
      active: true,
      expiresAt: null,
    })
    expect(rules.list()).toEqual([answer.json()])
  })

  test('takes a preset, and says what it stands for', async () => {
    const { app } = await withRules()
    const answer = await app.inject(send('POST', '/api/rules', { preset: 'greylist', match: { to: '*@x.test' } }))
    expect(answer.json()).toMatchObject({ preset: 'greylist', on: 'rcpt', times: 1, per: 'recipient' })
  })

  const bad: [body: unknown, field: string, message: RegExp][] = [
    [{ ...FULL, on: 'never' }, 'on', /on: .*never/],
    [{ ...FULL, reply: 'hello' }, 'reply', /reply: /],
    [{ ...FULL, reply: '452 a\r\nb' }, 'reply', /reply: /],
    [{ ...FULL, times: 0 }, 'times', /times: /],
    [{ ...FULL, match: { tp: 'x' } }, 'match.tp', /match\.tp: /],
    [{ ...FULL, match: { to: '/(?=a)/' } }, 'match.to', /match\.to: /],
    [{ ...FULL, on: 'mail' }, 'match.to', /match\.to: .* at mail/],
    [{ ...FULL, tmes: 1 }, 'tmes', /tmes: /],
    [{ certificate: 'expired' }, 'certificate', /certificate: .*TLS/i],
  ]
  test.each(bad)('%j is refused by the name of its field', async (body, field, message) => {
    const { app, rules, defects } = await withRules()
    const answer = await app.inject(send('POST', '/api/rules', body))
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toEqual({
      error: 'invalid_body',
      message: expect.stringMatching(message),
      fix: expect.stringMatching(/./),
      field,
    })
    expect(faults(schema.ApiError, answer.json())).toEqual([])
    expect([rules.list(), defects]).toEqual([[], []])
  })

  const noRules: [what: string, payload: string | undefined, contentType: string, status: number, error: string][] = [
    ['nothing', undefined, 'application/json', 400, 'invalid_body'],
    ['null', 'null', 'application/json', 400, 'invalid_body'],
    ['an array', JSON.stringify([FULL]), 'application/json', 400, 'invalid_body'],
    ['a text', '"greylist"', 'application/json', 400, 'invalid_body'],
    ['an object without effect', '{}', 'application/json', 400, 'invalid_body'],
    ['no JSON', '{', 'application/json', 400, 'invalid_body'],
    ['another type', JSON.stringify(FULL), 'text/plain', 415, 'unsupported_media_type'],
    ['too much', `{"seed":${' '.repeat(5 * 1024 * 1024)}1}`, 'application/json', 413, 'too_large'],
  ]
  test.each(noRules)('%s is no rule', async (_what, payload, contentType, status, error) => {
    const { app, defects, rules } = await withRules(FULL)
    const [rule] = rules.list()
    const headers = { 'content-type': contentType }
    for (const [method, url] of [
      ['POST', '/api/rules'],
      ['PUT', `/api/rules/${rule?.id}`],
    ] as const) {
      const answer = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) })
      expect([answer.statusCode, answer.json().error]).toEqual([status, error])
      expect(answer.json().fix).toMatch(/./)
    }
    expect([rules.list(), defects]).toEqual([[rule], []])
  })
})

describe('reading', () => {
  test('the list is in the order added', async () => {
    const { app, rules } = await withRules(FULL, { preset: 'greylist' }, { preset: 'slow', enabled: false })
    const answer = await app.inject('/api/rules')
    expect(answer.statusCode).toBe(200)
    expect(faults(schema.RuleList, answer.json())).toEqual([])
    expect(answer.json()).toEqual({ rules: rules.list() })
    expect(answer.json().rules.map(({ preset }: Rule) => preset)).toEqual([null, 'greylist', 'slow'])
  })

  test('one by its id', async () => {
    const { app, rules } = await withRules(FULL, { preset: 'greylist' })
    const [, second] = rules.list()
    const answer = await app.inject(`/api/rules/${second?.id}`)
    expect([answer.statusCode, answer.json()]).toEqual([200, second])
  })
})

describe('replacing', () => {
  test('keeps the id and the place', async () => {
    const { app, rules } = await withRules(FULL, { preset: 'greylist' })
    const [first, second] = rules.list()
    const answer = await app.inject(send('PUT', `/api/rules/${first?.id}`, { ...FULL, reply: 550 }))
    expect(answer.statusCode).toBe(200)
    expect(faults(schema.Rule, answer.json())).toEqual([])
    expect(answer.json()).toMatchObject({ id: first?.id, reply: 550 })
    expect(rules.list()).toEqual([answer.json(), second])
  })

  test('takes what was read', async () => {
    const { app, rules } = await withRules({ preset: 'greylist', match: { to: '*@x.test' } })
    const [rule] = rules.list()
    const answer = await app.inject(send('PUT', `/api/rules/${rule?.id}`, { ...rule, enabled: false }))
    expect([answer.statusCode, answer.json()]).toEqual([200, { ...rule, enabled: false, active: false }])
  })

  test('a bad one leaves what is there', async () => {
    const { app, rules } = await withRules(FULL)
    const [rule] = rules.list()
    const answer = await app.inject(send('PUT', `/api/rules/${rule?.id}`, { ...FULL, on: 'never' }))
    expect([answer.statusCode, answer.json().field]).toEqual([400, 'on'])
    expect(rules.list()).toEqual([rule])
  })
})

describe('removing', () => {
  const three = [FULL, { match: { inbox: 'billing' }, reply: 451 }, { preset: 'greylist' }]

  test('one', async () => {
    const { app, rules, ids } = await withRules(...three)
    const [first, ...rest] = rules.list()
    const answer = await app.inject({ method: 'DELETE', url: `/api/rules/${first?.id}` })
    expect([answer.statusCode, answer.json()]).toEqual([200, { removed: 1 }])
    expect(await ids()).toEqual(rest.map(({ id }) => id))
  })

  test('those of an inbox', async () => {
    const { app, rules, ids } = await withRules(...three)
    const [first, , third] = rules.list()
    const answer = await app.inject({ method: 'DELETE', url: '/api/rules?inbox=billing' })
    expect([answer.statusCode, answer.json()]).toEqual([200, { removed: 1 }])
    expect(await ids()).toEqual([first?.id, third?.id])
  })

  test('all', async () => {
    const { app, ids } = await withRules(...three)
    const answer = await app.inject({ method: 'DELETE', url: '/api/rules' })
    expect(answer.json()).toEqual({ removed: 3 })
    expect(faults(schema.Removed, answer.json())).toEqual([])
    expect(await ids()).toEqual([])
  })

  test.each(['?inbx=billing', '?inbox=', '?inbox=a&inbox=b'])('%s removes nothing', async search => {
    const { app, ids } = await withRules(...three)
    const answer = await app.inject({ method: 'DELETE', url: `/api/rules${search}` })
    expect(answer.statusCode).toBe(400)
    expect(await ids()).toHaveLength(3)
  })
})

test.each(['GET', 'PUT', 'DELETE'] as const)('%s of a rule that is not there is 404', async method => {
  const { app } = await withRules(FULL)
  const body = method === 'PUT' ? { payload: FULL } : {}
  const answer = await app.inject({ method, url: '/api/rules/none', ...body })
  expect(answer.statusCode).toBe(404)
  expect(answer.json()).toMatchObject({ error: 'not_found', message: 'There is no rule none.' })
  expect(faults(schema.ApiError, answer.json())).toEqual([])
})

test('another site cannot add one', async () => {
  const { app, rules } = await withRules()
  const headers = { origin: 'https://evil.example', host: 'localhost:8025' }
  const answer = await app.inject({ method: 'POST', url: '/api/rules', payload: FULL, headers })
  expect(answer.statusCode).toBe(403)
  expect(rules.list()).toEqual([])
})
