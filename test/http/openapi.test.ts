/**
 * The OpenAPI document is complete and true: every route that is registered stands in it, answers as it says to the
 * examples that it gives, and can be brought to each of its errors. A new route is held to this without a change here.
 */
import { describe, expect, test } from 'vitest'
import { EXAMPLES } from '../../server/http/examples.js'
import type { Media, OpenApi, Operation, Schema } from '../../server/http/openapi-document.js'
import { shapeName } from '../../server/http/openapi-document.js'
import * as schema from '../../server/http/schema.js'
import { type Fixture, faults, makeApp, RICH_MAIL } from './helpers.js'

interface Route {
  method: string
  path: string
  operation: Operation
}

let known: Promise<Route[]> | undefined

/** Every route of the document, which is made once. */
function allRoutes(): Promise<Route[]> {
  known ??= (async () => {
    const { app } = await makeApp()
    const document: OpenApi = (await app.inject('/openapi.json')).json()
    return Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
    )
  })()
  return known
}

/** An app in which there is one of everything, and the ids by what stands before them in a path. */
async function furnished(): Promise<Fixture & { ids: Record<string, string> }> {
  const fixture = await makeApp({ caPem: 'a certificate' })
  const { app, maker, add, rules } = fixture
  const session = maker.open({ outcome: 'delivered 1 message' })
  session.said('client', 'EHLO client.example')
  const message = await add({ raw: RICH_MAIL, sessionId: session.id })
  const attempt = maker.attempt(session, { to: ['ada@example.com'], messageId: message.id })
  maker.records.end(session)
  const rule = rules.add({ reply: '452 4.2.2 Mailbox full' })
  await app.inject(sending('POST', '/api/inboxes', 'application/json', '{"name":"billing"}'))
  const ids = { messages: 'latest', parts: '2', sessions: session.id, attempts: attempt.id, rules: rule.id }
  return { ...fixture, ids: { ...ids, inboxes: 'billing' } }
}

/** The path with what `ids` has for its parameters; they follow the name of their collection. */
function addressOf({ path }: Route, ids: Record<string, string>): string {
  return path.replace(/(\w+)\/\{\w+\}/g, (_whole, collection: string) => {
    expect(Object.keys(ids), `the test has no id for ${path}: put one of ${collection} into furnished()`).toContain(
      collection,
    )
    return `${collection}/${ids[collection]}`
  })
}

type Sending = { method: 'GET'; url: string; headers: Record<string, string>; payload?: string }

function sending(method: string, url: string, type?: string, payload?: string): Sending {
  const headers = type === undefined ? {} : { 'content-type': type }
  return { method: method as 'GET', url, headers, ...(payload !== undefined && { payload }) }
}

/** The bodies that an operation gives as examples, each with its type; one that is empty where it takes none. */
function bodies({ method, path, operation }: Route): [type: string | undefined, payload: string | undefined][] {
  const taken = Object.entries(operation.requestBody?.content ?? {})
  if (taken.length === 0) return [[undefined, undefined]]
  return taken.map(([type, { examples = {} }]) => {
    if (type === 'message/rfc822') return [type, 'Subject: x\r\n\r\ny\r\n']
    if (type === 'application/mbox') return [type, 'From x\r\nSubject: x\r\n\r\ny\r\n']
    const [first] = Object.values(examples)
    expect(first, `${method} ${path} has no example body: put one into server/http/examples.ts`).toBeDefined()
    return [type, JSON.stringify(first?.value)]
  })
}

/** What is wrong with an answer's body by the schema that the document has for it. */
function faultsOf({ schema: stated }: Media, value: unknown): string[] {
  const local = JSON.parse(JSON.stringify(stated).replaceAll(/"#\/components\/schemas\/(\w+)"/g, '"$1#"'))
  return faults(local, value)
}

function check({ method, path, operation }: Route, answer: Awaited<ReturnType<Fixture['app']['inject']>>): void {
  const { statusCode, headers, body } = answer
  const stated = operation.responses[statusCode]
  expect(
    stated,
    `${method} ${path} answered ${statusCode}, which it does not state: ${body.slice(0, 300)}`,
  ).toBeDefined()
  if (!stated?.content) {
    expect(body).toBe('')
    return
  }
  const type = String(headers['content-type']).split(';')[0] as string
  const media = stated.content[type] ?? stated.content['application/octet-stream']
  expect(media, `${method} ${path} answered ${type}, and states ${Object.keys(stated.content)}`).toBeDefined()
  if (type === 'application/json') expect(faultsOf(media as Media, answer.json())).toEqual([])
}

test('every registered route of ours stands in it, and none of an adapter', async () => {
  const { app } = await makeApp({ adapters: [] })
  const registered: string[] = []
  const above: string[] = []
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', segment = '', methods = ''] = /^([│ ]*)[├└]── (\S+)(?: \(([^)]+)\))?/.exec(line) ?? []
    if (segment === '') continue
    const depth = indent.length / 4
    above.length = depth
    above.push(segment)
    const path = above
      .join('')
      .replace('//', '/')
      .replace(/:(\w+)/g, '{$1}')
    for (const method of methods.split(', ')) {
      if (method !== '' && method !== 'HEAD' && path !== '/') registered.push(`${method} ${path}`)
    }
  }
  expect(registered.length).toBeGreaterThan(30)
  expect((await allRoutes()).map(({ method, path }) => `${method} ${path}`).sort()).toEqual(registered.sort())
})

test('every route has a sentence, a tag, and answers', async () => {
  for (const { path, operation } of await allRoutes()) {
    expect([path, operation.summary, operation.tags]).toEqual([
      path,
      expect.stringMatching(/\.$/),
      [expect.any(String)],
    ])
    expect(Object.keys(operation.responses).some(status => status.startsWith('2'))).toBe(true)
    const described = Object.values(operation.responses).map(({ description }) => description)
    expect([path, described]).toEqual([path, expect.not.arrayContaining(['Default Response'])])
    expect(Object.keys(operation.responses).filter(status => /x/i.test(status))).toEqual([])
  }
})

test('every route answers as stated, to the examples that are given', async () => {
  const reading = await furnished()
  for (const route of await allRoutes()) {
    if (route.path === '/api/changes') continue // does not end: live.test.ts
    for (const [type, payload] of bodies(route)) {
      // What changes something gets an app of its own.
      const { app, ids, defects } = route.method === 'GET' ? reading : await furnished()
      const answer = await app.inject(sending(route.method, addressOf(route, ids), type, payload))
      expect(answer.statusCode, `${route.method} ${route.path}: ${answer.body.slice(0, 300)}`).toBeLessThan(300)
      check(route, answer)
      expect(defects).toEqual([])
    }
  }
})

test('every parameter of a query takes its example', async () => {
  const { app, ids, store } = await furnished()
  for (const route of await allRoutes()) {
    if (route.method !== 'GET' || route.path === '/api/changes') continue
    for (const { name, in: place, schema, example: given } of route.operation.parameters ?? []) {
      const example = given ?? schema.enum?.[0] ?? schema.default ?? schema.minimum
      if (place !== 'query' || example === undefined) continue
      // What needs another parameter is tried with it.
      const other = { count: '&wait=1ms', until: `&instance=${store.epoch.instance}` }[name] ?? ''
      const value = name === 'wait' ? '1ms' : encodeURIComponent(String(example))
      const answer = await app.inject({ url: `${addressOf(route, ids)}?${name}=${value}${other}` })
      if (answer.statusCode >= 400)
        expect([route.path, name, answer.json().error]).toEqual([route.path, name, 'no_match'])
      check(route, answer)
    }
  }
})

describe('every error', () => {
  /** How each error comes about on any route that states it; null where it cannot be brought about from outside. */
  const causes: Record<string, ((sent: Sending, route: Route) => Sending) | null> = {
    unknown_parameter: sent => withQuery(sent, 'nonsense=1'),
    empty_parameter: (sent, route) => withQuery(sent, `${queryName(route)}=`),
    repeated_parameter: (sent, route) => withQuery(sent, `${queryName(route)}=1&${queryName(route)}=1`),
    invalid_parameter: (sent, { operation }) => {
      const wrong = { q: '"', since: 'yesterday', 'mail-from': '<\u0001>' }
      const name = Object.keys(wrong).find(name => operation.parameters?.some(parameter => parameter.name === name))
      return withQuery(sent, `${name}=${encodeURIComponent(wrong[name as 'q'])}`)
    },
    invalid_body: (sent, { path }) => {
      const mbox = path === '/api/messages' && sent.headers['content-type'] !== 'application/json'
      return mbox
        ? { ...sent, headers: { 'content-type': 'application/mbox' }, payload: 'no mbox' }
        : { ...sent, payload: '[]' }
    },
    refused_host: sent => ({ ...sent, headers: { ...sent.headers, host: 'mail.stranger.example' } }),
    refused_origin: sent => ({ ...sent, headers: { ...sent.headers, origin: 'https://stranger.example' } }),
    not_found: (sent, { path }) => ({ ...sent, url: path.replace(/\{\w+\}/g, 'none') }),
    no_match: sent => withQuery(sent, 'wait=1ms&inbox=none'),
    reload: sent => withQuery(sent, 'instance=another'),
    too_large: (sent, { path }) => ({
      ...sent,
      payload:
        path === '/api/messages' && sent.method !== ('PATCH' as string)
          ? ' '.repeat(60 * 2 ** 20)
          : `"${'x'.repeat(5 * 2 ** 20)}"`,
    }),
    unsupported_media_type: sent => ({ ...sent, headers: { 'content-type': 'text/plain' }, payload: 'x' }),
    // Held by tests of their own: access.test.ts, app.test.ts, find.test.ts, live.test.ts, messages.test.ts.
    unauthorized: null,
    internal: null,
    busy: null,
    stopping: null,
    store_full: null,
  }

  const withQuery = (sent: Sending, search: string): Sending => ({
    ...sent,
    url: `${sent.url}${sent.url.includes('?') ? '&' : '?'}${search}`,
  })
  const queryName = ({ operation }: Route) => operation.parameters?.find(parameter => parameter.in === 'query')?.name

  test('that is stated can be had, and has the shape that is stated', async () => {
    const { app, ids } = await furnished()
    const { app: empty } = await makeApp()
    for (const route of await allRoutes()) {
      for (const [status, { content }] of Object.entries(route.operation.responses)) {
        if (status.startsWith('2')) continue
        for (const code of Object.keys(content?.['application/json']?.examples ?? {})) {
          expect(Object.keys(causes), `the test does not know how ${code} comes about`).toContain(code)
          const cause = causes[code]
          if (!cause) continue
          const [[type, payload] = []] = bodies(route)
          const sent = cause(sending(route.method, addressOf(route, ids), type, payload), route)
          const answer = await (code === 'not_found' ? empty : app).inject(sent)
          const where = `${route.method} ${route.path}`
          expect([where, answer.statusCode, answer.json().error]).toEqual([where, Number(status), code])
          check(route, answer)
        }
      }
    }
  })
})

describe('examples', () => {
  test.each(Object.keys(EXAMPLES))('%s has its shape', name => {
    const shape = schema.shapes.find(shape => (shape as { $id?: string }).$id === name)
    expect(shape && faults(shape, EXAMPLES[name])).toEqual([])
  })

  test('stand at every body that is an object, and at every error', async () => {
    const bare: string[] = []
    for (const { method, path, operation } of await allRoutes()) {
      const answers = Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
        Object.entries(content).map(([type, media]) => [`${status} ${type}`, media] as const),
      )
      const taken = Object.entries(operation.requestBody?.content ?? {})
      for (const [what, media] of [...answers, ...taken]) {
        const named = (media.schema.anyOf ?? [media.schema]).some((one: Schema) => shapeName(one) !== undefined)
        if (named && Object.keys(media.examples ?? {}).length === 0) bare.push(`${method} ${path} ${what}`)
      }
    }
    expect(bare).toEqual([])
  })
})
