import { describe, expect, test } from 'vitest'
import { type Provenance, passesHost, passesOrigin, refusalOf } from '../../server/http/guard.js'
import type { Site } from '../../server/http/parts.js'
import { makeApp, SITE } from './helpers.js'

describe('a Host passes when no stranger can own it', () => {
  const passes: [host: string, why: string][] = [
    ['localhost', 'the name of this machine'],
    ['localhost:8025', 'with a port'],
    ['LOCALHOST:8025', 'in any case'],
    ['localhost.', 'with the dot of the root'],
    ['127.0.0.1:8025', 'an address'],
    ['192.168.1.20', 'an address of the network'],
    ['[::1]:8025', 'an IPv6 address'],
    ['[fe80::1]', 'without a port'],
    ['mail:8025', 'a service of a compose file'],
    ['app.localhost', 'under .localhost'],
    ['box.local:8025', 'under .local'],
    ['mail.prod.internal', 'under .internal'],
    ['mail.test', 'under .test'],
  ]
  test.each(passes)('%s: %s', host => expect(passesHost(host, SITE)).toBe(true))

  const refused: [host: string | undefined, why: string][] = [
    ['evil.example.com', 'a name of the public DNS'],
    ['127.0.0.1.evil.example.com', 'that begins like an address'],
    ['localhost.evil.example.com', 'that begins like this machine'],
    ['evil.example.com.', 'with the dot of the root'],
    ['evillocalhost.com', 'that contains it'],
    ['user@localhost', 'no Host at all'],
    ['localhost/path', 'a path'],
    ['evil.example.com:80@localhost', 'a user and a password'],
    ['[::1', 'half an address'],
    ['localhost:port', 'a port that is none'],
    ['two words', 'a blank'],
    ['', 'nothing'],
    [undefined, 'no header'],
  ]
  test.each(refused)('%s does not: %s', host => expect(passesHost(host, SITE)).toBe(false))

  const allowed: [host: string, allowHost: string, passes: boolean][] = [
    ['mail.example.com', 'mail.example.com', true],
    ['mail.example.com:8443', 'mail.example.com', true],
    ['MAIL.example.com', 'mail.Example.com', true],
    ['mail.example.com:8443', 'mail.example.com:8443', true],
    ['mail.example.com:9000', 'mail.example.com:8443', false],
    ['other.example.com', 'mail.example.com', false],
    ['sub.mail.example.com', 'mail.example.com', false],
  ]
  test.each(allowed)('%s with --allow-host %s: %s', (host, allowHost, passes) => {
    expect(passesHost(host, { ...SITE, allowHosts: [allowHost] })).toBe(passes)
  })
})

describe('an Origin passes when it is the server itself', () => {
  const cases: [origin: string, host: string, allowHost: string | null, passes: boolean][] = [
    ['http://localhost:8025', 'localhost:8025', null, true],
    ['http://LOCALHOST:8025', 'localhost:8025', null, true],
    ['http://localhost', 'localhost', null, true],
    ['http://localhost', 'localhost:80', null, true],
    ['https://localhost', 'localhost:443', null, true],
    ['http://[::1]:8025', '[::1]:8025', null, true],
    // another page on the same machine is a stranger
    ['http://localhost:3000', 'localhost:8025', null, false],
    ['http://127.0.0.1:8025', 'localhost:8025', null, false],
    ['https://localhost', 'localhost:80', null, false],
    ['http://evil.example.com', 'localhost:8025', null, false],
    // a sandboxed frame, a file, an extension
    ['null', 'localhost:8025', null, false],
    ['null', 'null', null, false],
    ['file://', 'localhost:8025', null, false],
    ['chrome-extension://abc', 'localhost:8025', null, false],
    ['', 'localhost:8025', null, false],
    ['garbage', 'localhost:8025', null, false],
    ['http://localhost:8025', 'x@localhost:8025', null, false],
    // behind a proxy that hands over another Host
    ['https://mail.example.com', 'localhost:8025', 'mail.example.com', true],
    ['https://mail.example.com:8443', 'localhost:8025', 'mail.example.com', true],
    ['https://mail.example.com:8443', 'localhost:8025', 'mail.example.com:8443', true],
    ['https://mail.example.com', 'localhost:8025', 'mail.example.com:8443', false],
    ['https://other.example.com', 'localhost:8025', 'mail.example.com', false],
  ]
  test.each(cases)('%s at %s, allowing %s: %s', (origin, host, allowHost, passes) => {
    expect(passesOrigin(origin, host, { ...SITE, allowHosts: allowHost === null ? [] : [allowHost] })).toBe(passes)
  })
})

/** A proxy has put another Host in. */
const PROXIED: Partial<Provenance> = { origin: 'https://mail.example.com', fetchSite: 'same-origin' }

describe('a request', () => {
  const own: Provenance = {
    host: 'localhost:8025',
    origin: undefined,
    fetchSite: undefined,
    fetchMode: undefined,
    route: '/api/messages',
  }
  const cases: [what: string, given: Partial<Provenance>, code: string | undefined][] = [
    ['of a program', {}, undefined],
    ['of the page', { origin: 'http://localhost:8025', fetchSite: 'same-origin' }, undefined],
    ['of the page without an Origin', { fetchSite: 'same-origin', fetchMode: 'cors' }, undefined],
    ['that a person typed', { fetchSite: 'none', fetchMode: 'navigate' }, undefined],
    ['under a rebound name', { host: 'evil.example.com' }, 'refused_host'],
    ['under a rebound name from itself', { host: 'evil.com', origin: 'http://evil.com' }, 'refused_host'],
    ['from another site', { origin: 'http://evil.example.com' }, 'refused_origin'],
    ['from another port', { origin: 'http://localhost:3000', fetchSite: 'same-site' }, 'refused_origin'],
    ['of an image on another site', { fetchSite: 'cross-site', fetchMode: 'no-cors' }, 'refused_origin'],
    ['of a link to the API', { fetchSite: 'cross-site', fetchMode: 'navigate' }, 'refused_origin'],
    ['of a link to the page', { fetchSite: 'cross-site', fetchMode: 'navigate', route: '/' }, undefined],
    ['of a script that wants the page', { fetchSite: 'cross-site', fetchMode: 'cors', route: '/' }, 'refused_origin'],
    ["of the page for its files, a proxy's Host", { ...PROXIED, route: '/*' }, undefined],
    ['the same without TLS', { ...PROXIED, fetchSite: undefined, route: '/*' }, undefined],
    ['the same for mail', PROXIED, 'refused_origin'],
    ['of another site for those files', { ...PROXIED, fetchSite: 'cross-site', route: '/*' }, 'refused_origin'],
    ['for those files under a rebound name', { host: 'evil.example.com', route: '/*' }, 'refused_host'],
    ['to no route', { host: 'evil.example.com', route: undefined }, 'refused_host'],
    ['of a probe', { host: 'evil.example.com', route: '/healthz' }, undefined],
    ['of a probe', { host: undefined, origin: 'null', route: '/readyz' }, undefined],
  ]
  test.each(cases)('%s %j: %s', (_what, given, code) => {
    expect(refusalOf({ ...own, ...given }, SITE)?.code).toBe(code)
  })

  const url = 'https://mail.example.com:8443'
  const proxy = { scheme: 'https', prefix: '/mail/' }
  const advice: [what: string, given: Partial<Provenance>, flags: string[]][] = [
    ['under a name', { host: 'mail.example.com:8025' }, ['--allow-host mail.example.com']],
    [
      'under the name of a proxy that says so',
      { host: 'mail.example.com:8443', forwarded: proxy },
      [`--public-url ${url}/mail`],
    ],
    [
      'under a name, a proxy lying about the rest',
      { host: 'mail.example.com', forwarded: { scheme: 'javascript', prefix: '"><script>' } },
      ['--allow-host mail.example.com'],
    ],
    ['of a page behind a proxy', { origin: url, fetchSite: 'same-origin' }, [`--public-url ${url}`]],
    [
      'of a page behind a proxy that strips',
      { origin: url, fetchSite: 'same-origin', forwarded: proxy },
      [`--public-url ${url}/mail`],
    ],
    ['of another site', { origin: url, fetchSite: 'cross-site' }, [`--cors-origin ${url}`]],
    ['of who knows', { origin: url }, [`--cors-origin ${url}`, `--public-url ${url}`]],
    ['of nobody', { origin: 'null' }, []],
  ]
  test.each(advice)('%s is told the option that would let it', (_what, given, flags) => {
    const fix = refusalOf({ ...own, ...given }, SITE)?.fix
    expect(fix?.match(/--[a-z-]+ [^\s]+/g) ?? []).toEqual(flags)
  })
})

describe('a public URL', () => {
  const site: Site = { ...SITE, publicUrl: 'https://mail.example.com/inbox', basePath: '/inbox/' }
  const cases: [what: string, given: Partial<Provenance>, code: string | undefined][] = [
    ['its Host', { host: 'mail.example.com' }, undefined],
    ['its Host with a port', { host: 'mail.example.com:443' }, undefined],
    ['another Host', { host: 'evil.example.com' }, 'refused_host'],
    ['its Origin, Host passed on', { host: 'mail.example.com', origin: 'https://mail.example.com' }, undefined],
    ['its Origin, Host changed', { origin: 'https://mail.example.com' }, undefined],
    ['its Origin without TLS', { origin: 'http://mail.example.com' }, 'refused_origin'],
    ['its Origin on another port', { origin: 'https://mail.example.com:8443' }, 'refused_origin'],
    ['another Origin', { host: 'mail.example.com', origin: 'https://evil.example.com' }, 'refused_origin'],
  ]
  test.each(cases)('%s: %j: %s', (_what, given, code) => {
    const own = {
      host: '127.0.0.1:8025',
      origin: undefined,
      fetchSite: undefined,
      fetchMode: undefined,
      route: '/docs',
    }
    expect(refusalOf({ ...own, ...given }, site)?.code).toBe(code)
  })
})

describe('over HTTP', () => {
  const headers = { host: 'evil.example.com' }

  test.each(['/api/messages', '/api/changes', '/api/%6dessages', '/api/nothing', '/openapi.json', '/'])(
    '%s is refused',
    async url => {
      const { app, add } = await makeApp()
      await add()
      const refused = await app.inject({ url, headers })
      expect(refused.statusCode).toBe(403)
      expect(refused.json()).toMatchObject({ error: 'refused_host' })
      expect(refused.headers).not.toHaveProperty('access-control-allow-origin')
    },
  )

  test.each(['/healthz', '/readyz'])('%s answers under any Host', async url => {
    const { app } = await makeApp()
    const answer = await app.inject({ url, headers })
    expect([answer.statusCode, answer.json()]).toEqual([200, true])
  })

  test('nothing is changed from another site', async () => {
    const { app, store, add } = await makeApp()
    await add()
    const from = { origin: 'http://localhost:3000' }
    for (const method of ['DELETE', 'PATCH', 'POST', 'OPTIONS'] as const) {
      const refused = await app.inject({ method, url: '/api/messages', headers: from })
      expect(refused.statusCode).toBe(403)
    }
    expect(store.total).toBe(1)
  })

  test('a browser gets a page that says what to do, whatever the name is made of', async () => {
    const { app } = await makeApp()
    const refused = await app.inject({ url: '/', headers: { host: 'a<b>.example.com', accept: 'text/html' } })
    expect(refused.statusCode).toBe(403)
    expect(refused.headers['content-type']).toContain('text/html')
    expect(refused.body).toContain('<code>maildouble --allow-host a&#60;b&#62;.example.com</code>')
  })

  test('an allowed name and the name of a container pass', async () => {
    const { app } = await makeApp({ site: { ...SITE, allowHosts: ['mail.example.com'] } })
    for (const host of ['mail.example.com', 'maildouble:8025']) {
      expect((await app.inject({ url: '/api/messages', headers: { host } })).statusCode).toBe(200)
    }
  })

  test('an upgrade is refused likewise', async () => {
    const { app } = await makeApp()
    for (const headers of [
      { host: 'evil.example.com' },
      { host: 'localhost:8025', origin: 'http://localhost:3000' },
      { host: 'localhost:8025', origin: 'null' },
    ]) {
      await expect(app.injectWS('/api/changes', { headers })).rejects.toThrow('403')
    }
    const socket = await app.injectWS('/api/changes', {
      headers: { host: 'localhost:8025', origin: 'http://localhost:8025' },
    })
    socket.terminate()
  })
})
