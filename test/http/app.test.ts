import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TSchema } from 'typebox'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { AppParts } from '../../server/http/parts.js'
import * as schema from '../../server/http/schema.js'
import { faults, mail, makeApp, RICH_MAIL } from './helpers.js'

describe('every answer has the shape that is stated', () => {
  const ok: [method: 'GET' | 'PATCH' | 'POST' | 'DELETE', url: string, status: number, shape: TSchema][] = [
    ['GET', '/api/messages', 200, schema.MessageList],
    ['GET', '/api/messages?full=true', 200, schema.FullMessageList],
    ['GET', '/api/messages?wait=1s', 200, schema.MessageList],
    ['GET', '/api/messages/latest', 200, schema.Message],
    ['GET', '/api/messages/latest/headers', 200, schema.HeaderList],
    ['PATCH', '/api/messages', 200, schema.Changed],
    ['POST', '/api/messages', 201, schema.Imported],
    ['DELETE', '/api/messages/latest', 200, schema.Removed],
    ['DELETE', '/api/messages', 200, schema.Removed],
    ['GET', '/api/info', 200, schema.Info],
    // errors
    ['GET', '/api/messages?wait=1ms&subject=none', 404, schema.NoMatch],
    ['GET', '/api/messages/latest?subject=none', 404, schema.NoMatch],
    ['GET', '/api/messages?foo=1', 400, schema.ApiError],
    ['GET', '/api/messages?larger=x', 400, schema.ApiError],
    ['GET', '/api/messages/none', 404, schema.ApiError],
    ['GET', '/api/messages/none/parts/1', 404, schema.ApiError],
    ['GET', '/api/messages?instance=other', 409, schema.ApiError],
    ['GET', '/api/nothing', 404, schema.ApiError],
    ['GET', '/api', 404, schema.ApiError],
    ['POST', '/api/info', 404, schema.ApiError],
    ['GET', '/api/%zz', 400, schema.ApiError],
    ['POST', '/', 404, schema.ApiError],
  ]
  test.each(ok)('%s %s is %i', async (method, url, status, shape) => {
    const { app, add, defects } = await makeApp()
    await add({ raw: RICH_MAIL })
    await add({ raw: mail(), warnings: ['MAIL FROM without angle brackets'] })
    const bodies = {
      PATCH: { payload: '{"inbox":"default","read":true}', headers: { 'content-type': 'application/json' } },
      POST: { payload: mail(), headers: { 'content-type': 'message/rfc822' } },
    }
    const body = method === 'PATCH' || method === 'POST' ? bodies[method] : {}
    const answer = await app.inject({ method, url, ...body })
    expect([answer.statusCode, answer.body]).toEqual([status, expect.any(String)])
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(faults(shape, answer.json())).toEqual([])
    expect(defects).toEqual([])
  })

  test('and a wrong one would be noticed', () => {
    expect(faults(schema.MessageList, { messages: [{}], total: 0 })).not.toEqual([])
  })
})

describe('/api/ca.pem', () => {
  test('is the CA of the certificate that was made', async () => {
    const { app } = await makeApp({ caPem: 'a certificate' })
    const answer = await app.inject({ url: '/api/ca.pem' })
    expect([answer.statusCode, answer.body]).toEqual([200, 'a certificate'])
    expect(answer.headers['content-type']).toBe('application/pem-certificate-chain')
  })

  test('is not there where none was made', async () => {
    const { app } = await makeApp()
    const answer = await app.inject({ url: '/api/ca.pem' })
    expect([answer.statusCode, answer.json()]).toEqual([
      404,
      {
        error: 'not_found',
        message: 'There is no CA: no certificate was made.',
        fix: expect.stringContaining('--tls'),
      },
    ])
  })
})

test('/api/info tells what is there and what has left', async () => {
  const { app, store, add } = await makeApp({ bounds: { maxMessages: 2 } })
  for (let n = 0; n < 4; n++) await add()
  await store.remove([store.list()[0]?.id ?? ''])
  const info = (await app.inject({ url: '/api/info' })).json()
  expect(info).toMatchObject({
    version: '1.2.3',
    instance: store.epoch.instance,
    startedAt: '2026-01-31T11:59:00.000Z',
    uptimeMs: 60_000,
    listeners: [{ protocol: 'smtp', port: 1025 }],
    counts: { total: 1, unread: 1, deleted: 1, evicted: 2, expired: 0 },
  })
})

test('a defect is reported, and told without its details', async () => {
  const { app, contents, add, defects } = await makeApp()
  await add()
  const defect = new Error('secret detail')
  contents.message = () => Promise.reject(defect)
  const answer = await app.inject({ url: '/api/messages/latest' })
  expect(answer.statusCode).toBe(500)
  expect(answer.json().error).toBe('internal')
  expect(answer.body).not.toContain('secret')
  expect(defects).toEqual([defect])
})

describe('/openapi.json', () => {
  interface Document {
    openapi: string
    paths: Record<string, Record<string, { parameters?: { name: string; in: string; description?: string }[] }>>
    components: { schemas: Record<string, unknown> }
  }
  const read = async (): Promise<Document> => {
    const { app } = await makeApp()
    return (await app.inject({ url: '/openapi.json' })).json()
  }

  test('is OpenAPI 3.1', async () => {
    expect((await read()).openapi).toMatch(/^3\.1/)
  })

  test('has a sentence for every parameter and every field', async () => {
    const { paths, components } = await read()
    const silent: string[] = []
    for (const [path, methods] of Object.entries(paths)) {
      for (const { parameters = [] } of Object.values(methods)) {
        for (const { name, description } of parameters) if (!description) silent.push(`${path} ${name}`)
      }
    }
    for (const [name, shape] of Object.entries(components.schemas)) {
      for (const [field, property] of Object.entries((shape as { properties?: object }).properties ?? {})) {
        if (!property.description && !property.$ref && field !== 'type') silent.push(`${name}.${field}`)
      }
    }
    expect(silent).toEqual([])
  })

  test('refers only to what it has', async () => {
    const document = await read()
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(match => match[1] ?? '')
    const known = Object.keys(document.components.schemas).map(name => `#/components/schemas/${name}`)
    expect(refs.filter(ref => !known.includes(ref))).toEqual([])
    expect(known).toContain('#/components/schemas/Summary')
    expect(known).toHaveLength(schema.shapes.length)
  })
})

describe('the page', () => {
  async function withPage(parts: Partial<AppParts> = {}) {
    const webRoot = await mkdtemp(join(tmpdir(), 'maildouble-page-'))
    onTestFinished(() => rm(webRoot, { recursive: true }))
    await mkdir(join(webRoot, 'assets'))
    await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>maildouble</title>')
    await writeFile(join(webRoot, 'assets', 'app-1a2b.js'), 'export {}')
    return makeApp({ webRoot, ...parts })
  }

  test('runs only what is its own, and is never framed', async () => {
    const { app } = await withPage()
    const { statusCode, headers, body } = await app.inject({ url: '/' })
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(body).toContain('maildouble')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("frame-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(headers).toMatchObject({
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
  })

  test('is cached by the names of its assets', async () => {
    const { app } = await withPage()
    const { headers } = await app.inject({ url: '/assets/app-1a2b.js' })
    expect(headers['cache-control']).toContain('immutable')
    expect(headers['content-type']).toContain('javascript')
  })

  test.each([
    '/nothing',
    '/assets/nothing.js',
    '/assets/',
    '//api/messages',
    '/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/x',
  ])('%s is not there, and never a file from elsewhere', async url => {
    const { app, defects } = await withPage()
    const answer = await app.inject({ url })
    expect([answer.statusCode, answer.body]).toEqual([404, expect.stringContaining('There is nothing here.')])
    expect(defects).toEqual([])
  })

  test('shows a browser the way to the page', async () => {
    const { app } = await withPage()
    const { statusCode, body, headers } = await app.inject({ url: '/nothing', headers: { accept: 'text/html,*/*' } })
    expect([statusCode, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(body).toContain('<a href="/">To the mail</a>')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; frame-ancestors/)
  })

  test('leaves the API its 404', async () => {
    const { app } = await withPage()
    const answer = await app.inject({ url: '/api/nothing', headers: { accept: 'text/html' } })
    expect([answer.statusCode, answer.json().error]).toEqual([404, 'not_found'])
  })

  test('that is not built says so', async () => {
    const { app } = await makeApp()
    const answer = await app.inject({ url: '/' })
    expect([answer.statusCode, answer.body]).toEqual([503, expect.stringContaining('npm run build')])
  })
})
