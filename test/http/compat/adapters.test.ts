/** What holds for every route of every adapter: it is asked of the routes that there are, so that none is forgotten. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Adapter } from '../../../server/http/compat/adapter.js'
import { ADAPTERS } from '../../../server/http/compat/index.js'
import type { AppParts } from '../../../server/http/parts.js'
import { type Fixture, makeApp, SITE } from '../helpers.js'

interface Route {
  adapter: string
  method: string
  url: string
  websocket: boolean
}

/** An app, and the routes of its adapters. */
async function withRoutes(parts: Partial<Pick<AppParts, 'site' | 'mayEnter'>> = {}) {
  const routes: Route[] = []
  const watched =
    (adapter: Adapter): Adapter =>
    (app, its) => {
      app.addHook('onRoute', ({ method, url, wsHandler }) => {
        for (const one of [method].flat())
          routes.push({ adapter: adapter.name, method: one, url, websocket: wsHandler !== undefined })
      })
      return adapter(app, its)
    }
  const fixture = await makeApp({ ...parts, adapters: ADAPTERS.map(watched) })
  return { ...fixture, routes }
}

/** An address of a route: nothing that there is. */
const addressOf = ({ url }: Route) => url.replace(/:\w+/g, 'none').replace('*', 'none')

/** Probes tell nothing, and pass. */
const PROBES = ['/livez', '/api/healthz']

/** What an answer begins with: a live feed would never end. */
async function headOf({ app }: Pick<Fixture, 'app'>, { method }: Route, url: string, headers: Record<string, string>) {
  const answer = await app.inject({ method: method as 'GET', url, headers, payloadAsStream: true })
  answer.stream().destroy()
  return answer
}

/** The status that each route answers with, by its name; an upgrade is asked of those that are live. */
async function statuses(
  { app }: Pick<Fixture, 'app'>,
  routes: readonly Route[],
  headers: Record<string, string>,
  base = '',
) {
  const found: Record<string, number | undefined> = {}
  for (const route of routes) {
    if (PROBES.includes(route.url)) continue
    const url = base + addressOf(route)
    const name = `${route.method} ${route.url}`
    found[name] = (await headOf({ app }, route, url, headers)).statusCode
    if (!route.websocket) continue
    const refused = await app.injectWS(url, { headers }).then(
      socket => socket.terminate(),
      (error: Error) => error,
    )
    found[`${name} (upgrade)`] = refused ? Number(/\d+$/.exec(refused.message)?.[0]) : 101
  }
  return found
}

const all = (found: Record<string, number | undefined>, status: number) =>
  Object.fromEntries(Object.keys(found).map(name => [name, status]))

test('each adapter has routes, and some are live', async () => {
  const { routes } = await withRoutes()
  expect([...new Set(routes.map(({ adapter }) => adapter))]).toEqual(ADAPTERS.map(({ name }) => name))
  expect(routes.filter(({ websocket }) => websocket).length).toBeGreaterThan(0)
})

describe('no route lets in', () => {
  const strangers: [who: string, headers: Record<string, string>][] = [
    ['a name that a stranger may own', { host: 'evil.example.com' }],
    ['the page of another site', { host: 'localhost:8025', origin: 'http://evil.example.com' }],
    ['another page on this machine', { host: 'localhost:8025', origin: 'http://localhost:3000' }],
    ['a frame that is shut in', { host: 'localhost:8025', origin: 'null' }],
    ['a link of another site', { host: 'localhost:8025', 'sec-fetch-site': 'cross-site' }],
  ]
  test('a stranger', async () => {
    const { app, routes, add, store } = await withRoutes()
    await add()
    for (const [who, headers] of strangers) {
      const found = await statuses({ app }, routes, headers)
      expect(found, who).toEqual(all(found, 403))
    }
    expect([store.total, store.unread]).toEqual([1, 1])
  })

  test('who has no password', async () => {
    const { app, routes, add, store } = await withRoutes({
      mayEnter: (name, password) => `${name}:${password}` === 'ada:secret',
    })
    await add()
    for (const headers of [{ host: 'localhost' }, { host: 'localhost', authorization: `Basic ${btoa('ada:wrong')}` }]) {
      const found = await statuses({ app }, routes, headers as Record<string, string>)
      expect(found).toEqual(all(found, 401))
    }
    expect(store.total).toBe(1)
  })
})

test('every route is there with the path of a proxy, and without', async () => {
  const { app, routes } = await withRoutes({ site: { ...SITE, basePath: '/mail/' } })
  const headers = { host: 'localhost' }
  const below = await statuses({ app }, routes, headers, '/mail')
  expect(below).toEqual(await statuses({ app }, routes, headers))
  for (const status of [101, 200]) expect(Object.values(below)).toContain(status)
})

test('probes pass, and tell nothing', async () => {
  const { app, routes } = await withRoutes({ mayEnter: () => false })
  for (const { url } of routes.filter(route => PROBES.includes(route.url))) {
    const answer = await app.inject({ url, headers: { host: 'evil.example.com' } })
    expect([url, answer.statusCode, answer.body]).toEqual([url, 200, expect.stringMatching(/^(true|ok)$/)])
  }
})

test('no answer may be shown as a page, or be kept', async () => {
  const { app, routes } = await withRoutes()
  for (const route of routes) {
    const { headers } = await headOf({ app }, route, addressOf(route), { host: 'localhost' })
    expect(headers, route.url).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cross-origin-resource-policy': 'same-origin',
    })
  }
})

describe('docs/coming-from.md has every route', () => {
  const page = readFileSync(new URL('../../../docs/coming-from.md', import.meta.url), 'utf8')

  /** The routes in the table of a tool; what stands without a method has that of the one before. */
  function documented(tool: string): string[] {
    const [section = ''] = page.split(`\n## ${tool}\n`).slice(1)
    const rows = (section.split('\n## ')[0] as string)
      .split('\n')
      .filter(line => /^\| `(GET|POST|DELETE|PATCH|PUT) /.test(line))
    return rows.flatMap(row => {
      let methods: string[] = []
      return [...(row.split('|')[1] as string).matchAll(/`([^`]+)`/g)].flatMap(([, span = '']) => {
        const words = span.split(' ')
        const path = words.pop() as string
        if (words.length > 0) methods = words
        return methods.map(method => `${method} ${path}`)
      })
    })
  }

  let known: Promise<Route[]> | undefined
  const allRoutes = () => {
    known ??= withRoutes().then(({ routes }) => routes)
    return known
  }

  test.each(ADAPTERS.map(({ name }) => name))('of %s', async name => {
    const routes = await allRoutes()
    const registered = routes
      .filter(({ adapter, method }) => adapter === name && method !== 'HEAD')
      .map(({ method, url }) => {
        const path = url.replace(/:(\w+)/g, '{$1}').replace(/(?<=.)\/\*?$/, '')
        // each of MailDev's stands there once
        return `${method} ${name === 'maildev' && !path.startsWith('/socket.io') ? `/api${path.replace(/^\/api/, '')}` : path}`
      })
    const tool = { mailpit: 'Mailpit', mailhog: 'MailHog', maildev: 'MailDev', mailcatcher: 'MailCatcher' }[
      name
    ] as string
    // Mailpit's, where it is, and ours
    const shared = ['GET /api/v1/messages', 'GET /readyz']
    expect(new Set([...documented(tool), ...shared])).toEqual(new Set([...registered, ...shared]))
  })
})

describe('each can be taken out', () => {
  test.each(ADAPTERS.map((adapter, n) => [adapter.name || `the ${n + 1}.`, adapter] as const))(
    'without %s the others answer as before, and so do we',
    async (_name, adapter) => {
      const { app, defects } = await makeApp({ adapters: ADAPTERS.filter(other => other !== adapter) })
      for (const url of ['/api/messages', '/healthz', '/openapi.json'])
        expect((await app.inject(url)).statusCode).toBe(200)
      expect(defects).toEqual([])
    },
  )

  test('none at all is no fault', async () => {
    const { app } = await makeApp({ adapters: [] })
    expect((await app.inject('/email')).statusCode).toBe(404)
    expect((await app.inject('/api/messages')).statusCode).toBe(200)
  })

  test('one import and one place in the list is all that names one', () => {
    const table = readFileSync(new URL('../../../server/http/compat/index.ts', import.meta.url), 'utf8')
    for (const { name } of ADAPTERS) {
      const lines = table.split('\n').filter(line => new RegExp(`\\b${name}\\b`).test(line))
      expect(lines, name).toEqual([
        expect.stringMatching(`^import { ${name} } from`),
        expect.stringMatching(/^export const ADAPTERS/),
      ])
    }
  })
})
