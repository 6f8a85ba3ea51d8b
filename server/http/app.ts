/**
 * The HTTP app: every route registered by name, one guard, one error handler, and the built page. It is made without a
 * socket (http/front.ts brings the requests), so that a test can ask it by `inject`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import fastifyWebsocket from '@fastify/websocket'
import fastify, { type FastifyReply } from 'fastify'
import { changeRoutes, MAX_CLIENT_FRAME_BYTES } from './changes.js'
import { ADAPTERS, compatRoutes } from './compat/index.js'
import { contentRoutes } from './content.js'
import { errorHandler, notFoundHandler } from './errors.js'
import { exportRoutes } from './export.js'
import { extractRoutes } from './extracts.js'
import { Finder } from './find.js'
import { guard } from './guard.js'
import { importRoutes } from './import.js'
import { inboxRoutes } from './inboxes.js'
import { LiveHub } from './live.js'
import { manualRoutes } from './manual.js'
import { messageRoutes } from './messages.js'
import { describeRoutes } from './openapi.js'
import { compileValidator, type SchemaTypes } from './parameters.js'
import type { App, AppParts, RouteParts } from './parts.js'
import { ruleRoutes } from './rules.js'
import { shapes } from './schema.js'
import { sessionRoutes } from './sessions.js'
import { systemRoutes } from './system.js'
import { Waits } from './waits.js'

/** JSON bodies: room for the ids of a whole store, and far from what would hold the event loop. */
const MAX_JSON_BYTES = 4 * 1024 * 1024
/** The longest id in a path: an IMAP part number at depth 100. */
const MAX_PATH_PARAMETER_LENGTH = 600

/** What the page may load: its own files, and mail only in a frame or as an image. */
const PAGE_CSP = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** What everything else may do when a browser is made to show it: nothing. */
const DEFAULT_CSP = "default-src 'none'; frame-ancestors 'none'; sandbox"

/** Makes the app; it is ready to answer. */
export async function createApp(parts: AppParts): Promise<App> {
  const app: App = fastify({
    bodyLimit: MAX_JSON_BYTES,
    rewriteUrl: request => withoutBasePath(request.url as string, parts.site.basePath),
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    frameworkErrors: (error, request, reply) => errorHandler(parts.report)(error, request, reply as FastifyReply),
  }).withTypeProvider<SchemaTypes>()
  const waits = new Waits()
  const finder = new Finder({ ...parts, waits })
  const live = new LiveHub(parts)
  const routeParts: RouteParts = {
    ...parts,
    finder,
    waits,
    live,
    describe: () => describeRoutes(described => registerRoutes(described, routeParts), parts.version),
  }

  app.setValidatorCompiler(compileValidator)
  // Payloads are made by us and typed by the schemas: nothing has to be compiled to write them.
  app.setSerializerCompiler(() => JSON.stringify)
  // What a form of another site can send without asking; nothing here takes it.
  app.removeContentTypeParser('text/plain')
  // Many clients name the type on a DELETE, too, that has no body.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else parseJson(request, String(body), done)
  })
  app.setErrorHandler(errorHandler(parts.report))
  app.setNotFoundHandler(notFoundHandler(parts.site))
  app.addHook('onRequest', async (_request, reply) => void reply.headers(SAFE_HEADERS))
  app.addHook('onRequest', guard(parts))
  app.addHook('preClose', async () => {
    waits.stop()
    live.stop()
  })

  for (const shape of shapes) app.addSchema(shape)
  await app.register(fastifyWebsocket, { options: { maxPayload: MAX_CLIENT_FRAME_BYTES } })
  registerRoutes(app, routeParts)
  compatRoutes(app, routeParts, parts.adapters ?? ADAPTERS)
  await registerPage(app, parts)
  await app.ready()
  return app
}

/** An address as the routes have it: with the path of a proxy that keeps its own, and without, it means the same. */
function withoutBasePath(url: string, basePath: string): string {
  return url.startsWith(basePath) ? url.slice(basePath.length - 1) : url
}

/** Every route of the API. */
function registerRoutes(app: App, parts: RouteParts): void {
  messageRoutes(app, parts)
  importRoutes(app, parts)
  contentRoutes(app, parts)
  extractRoutes(app, parts)
  exportRoutes(app, parts)
  inboxRoutes(app, parts)
  sessionRoutes(app, parts)
  ruleRoutes(app, parts)
  changeRoutes(app, parts)
  systemRoutes(app, parts)
  manualRoutes(app, parts)
}

/** On every answer; a route replaces what it needs otherwise. */
const SAFE_HEADERS = {
  'content-security-policy': DEFAULT_CSP,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

const NOT_BUILT = 'The page is not built. Build it with: npm run build\nThe API is there: see /openapi.json\n'

async function registerPage(app: App, { webRoot, site }: AppParts): Promise<void> {
  // The page's addresses are relative: without the slash at its end they would lead elsewhere.
  if (site.basePath !== '/')
    app.get(site.basePath.slice(0, -1), { schema: { hide: true } }, (_request, reply) =>
      reply.redirect(site.basePath, 308),
    )
  if (webRoot === null || !existsSync(join(webRoot, 'index.html'))) {
    app.get('/', { schema: { hide: true } }, (_request, reply) => {
      reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT)
    })
    return
  }
  await app.register(async page => {
    page.addHook('onRequest', async (request, reply) => {
      reply.header('content-security-policy', PAGE_CSP)
      // The name of an asset is the hash of its content.
      const isAsset = request.url.startsWith('/assets/')
      reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
    })
    await page.register(fastifyStatic, { root: webRoot, index: false, cacheControl: false })
    page.get('/', { schema: { hide: true } }, (_request, reply) => reply.sendFile('index.html'))
  })
}
