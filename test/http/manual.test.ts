/** What the server says of itself: /docs and /llms.txt. What they show is held to the API by openapi.test.ts. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { makeEnvelope } from '../mail/make.js'
import { type Fixture, makeApp, RICH_MAIL } from './helpers.js'

const HOSTILE = Buffer.from(
  'From: "<script>alert(1)</script>" <a@x.test>\r\nSubject: <img src=x onerror=alert(1)>\r\n\r\nx\r\n',
)

async function get({ app }: Fixture, url: string, headers: Record<string, string> = {}) {
  const answer = await app.inject({ url, headers })
  return { status: answer.statusCode, headers: answer.headers, body: answer.body }
}

/** The calls that a text shows, as requests. */
function curls(text: string): { method: 'GET'; url: string; headers: Record<string, string>; payload?: string }[] {
  const call =
    /curl (?:-X (\w+) )?'http:\/\/([^/']+)([^']*)'(?: \\\n)?(?: +-H 'content-type: ([^']+)')?(?: -d '([^']*)')?/g
  return [...text.matchAll(call)].map(([, method, host = '', url = '', type, payload]) => ({
    method: (method ?? (payload ? 'POST' : 'GET')) as 'GET',
    url,
    headers: { host, ...(type && { 'content-type': type }) },
    ...(payload && { payload }),
  }))
}

const unescaped = (html: string) => html.replace(/&#(\d+);/g, (_whole, point) => String.fromCharCode(Number(point)))

/** An app with a mail for Ada that has a code and a link. */
async function withMail(): Promise<Fixture> {
  const fixture = await makeApp({ caPem: 'a certificate' })
  await fixture.add({ raw: RICH_MAIL, envelope: makeEnvelope({ to: ['ada@example.com'] }) })
  return fixture
}

describe('/docs', () => {
  test('runs no script, loads nothing, and uses its own style alone', async () => {
    const { status, headers, body } = await get(await makeApp(), '/docs')
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    const style = /<style>([\s\S]*?)<\/style>/.exec(body)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' })
    expect(body).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|\sstyle=|@import|url\(|src=/i)
    // Relative, so that they lead on behind any path.
    const links = new Set([...body.matchAll(/href="([^"#]*)/g)].map(([, to]) => to).filter(to => to))
    expect([...links]).toEqual(['./', 'openapi.json', 'llms.txt'])
  })

  test('has every route, and every link in it leads somewhere', async () => {
    const fixture = await makeApp()
    const { body } = await get(fixture, '/docs')
    const { paths } = JSON.parse((await get(fixture, '/openapi.json')).body)
    for (const path of Object.keys(paths)) expect(unescaped(body)).toContain(path)
    const ids = [...body.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const links = [...body.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    expect(links.filter(id => !ids.includes(id))).toEqual([])
    expect(links.length).toBeGreaterThan(100)
  })

  test('says nothing that a request or a mail says', async () => {
    const fixture = await makeApp()
    const plain = await get(fixture, '/docs')
    await fixture.add({ raw: HOSTILE })
    const asked = await get(fixture, '/docs', { host: 'evil-host:8025', 'user-agent': 'evil', referer: 'http://evil/' })
    expect(asked.body).toBe(plain.body)
    expect((await get(fixture, '/docs?x=<script>')).status).toBe(400)
  })

  test('shows calls that work', async () => {
    const fixture = await withMail()
    // What is named by an id, brought by a session or never ends is called in openapi.test.ts.
    const calls = curls(unescaped((await get(fixture, '/docs')).body)).filter(
      ({ method, url, payload }) =>
        !/[{]|changes|session|attempts/.test(url) && (payload || method !== ('POST' as string)),
    )
    expect(calls.length).toBeGreaterThan(20)
    for (const call of calls) {
      const { app } = call.method === 'GET' ? fixture : await withMail()
      const answer = await app.inject(call)
      expect([call.method, call.url, answer.statusCode < 300], answer.body).toEqual([call.method, call.url, true])
    }
  })
})

describe('/llms.txt', () => {
  test('is plain text with the addresses by which it was asked', async () => {
    const fixture = await makeApp({ addressForm: '{hint}+{token}@mail.test' })
    const { status, headers, body } = await get(fixture, '/llms.txt', { host: 'maildouble:8025' })
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    })
    for (const part of [
      'smtp://maildouble:1025',
      "'http://maildouble:8025/api/messages/latest.md",
      'ada+<token>@mail.test',
    ])
      expect(body).toContain(part)
  })

  test('is short, and each of its calls works', async () => {
    const { body } = await get(await makeApp(), '/llms.txt', { host: '127.0.0.1:8025' })
    expect(body.length).toBeLessThan(4000)
    const calls = curls(body)
    expect(calls.length).toBeGreaterThan(9)
    for (const call of calls) {
      const { app } = await withMail()
      const answer = await app.inject(call)
      expect([call.url, answer.statusCode < 300], answer.body).toEqual([call.url, true])
    }
  })

  test('says nothing of the mail', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: HOSTILE })
    expect((await get(fixture, '/llms.txt')).body).not.toContain('alert')
  })
})
