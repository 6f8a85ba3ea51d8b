/**
 * What the server says of itself: the OpenAPI document, the same as a page to read, and for agents a page of the few
 * calls that matter.
 */
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { content } from './content.js'
import { docsPage } from './docs-page.js'
import { DOCS_STYLE } from './docs-style.js'
import { agentGuide } from './llms.js'
import { query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { sendText } from './send.js'

/** The page may use its own style, and nothing else. */
const DOCS_CSP = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(DOCS_STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function manualRoutes(app: App, parts: RouteParts): void {
  const { site } = parts
  const tags = ['system']
  let described: Promise<string> | undefined
  const describe = () => {
    described ??= parts.describe()
    return described
  }

  const openapiSchema = {
    tags,
    summary: 'This API, as an OpenAPI 3.1 document.',
    querystring: query({}),
    response: { 200: Type.Object({}, { description: 'The document.' }) },
  }
  app.get('/openapi.json', { schema: openapiSchema }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(await describe()),
  )

  const docsSchema = {
    tags,
    summary: 'This API, as a page to read.',
    querystring: query({}),
    response: { 200: content('text/html', 'The page.') },
  }
  let page: Promise<string> | undefined
  app.get('/docs', { schema: docsSchema }, async (_request, reply) => {
    page ??= describe().then(document => docsPage(JSON.parse(document), address()))
    reply.header('content-security-policy', DOCS_CSP)
    return reply.type('text/html; charset=utf-8').send(await page)
  })

  const agentSchema = {
    tags,
    summary: 'How an agent uses this server: the few calls that matter, with its addresses.',
    querystring: query({}),
    response: { 200: content('text/plain', 'Markdown.') },
  }
  app.get('/llms.txt', { schema: agentSchema }, (request, reply) => {
    const smtpPort = parts.info().listeners.find(({ protocol }) => protocol === 'smtp')?.port ?? 1025
    const smtp = `smtp://${request.hostname}:${smtpPort}`
    // Under the address by which the agent has come: only that is sure to lead here. A proxy may have put another in.
    const http = site.publicUrl ?? `${request.protocol}://${request.host}${site.basePath.slice(0, -1)}`
    sendText(reply, agentGuide({ http, smtp, addressForm: parts.addressForm, asksPassword: parts.mayEnter !== null }))
  })

  /** Where the examples of /docs ask. Never what a request says of it: that would go into a page. */
  function address(): string {
    const { listeners } = parts.info()
    const http = listeners.find(({ protocol }) => protocol === 'http' || protocol === 'https')
    return (
      site.publicUrl ?? `${http?.protocol ?? 'http'}://127.0.0.1:${http?.port ?? 8025}${site.basePath.slice(0, -1)}`
    )
  }
}
