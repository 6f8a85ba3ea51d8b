/** What runs here and how it is: info and probes. */
import { Type } from 'typebox'
import { content } from './content.js'
import { Problem } from './errors.js'
import { query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, Info, named } from './schema.js'

export function systemRoutes(app: App, parts: RouteParts): void {
  const { store, now, version } = parts

  for (const [url, summary] of [
    ['/healthz', 'Whether it is alive.'],
    ['/readyz', 'Whether it takes mail.'],
  ] as const) {
    const response = { 200: Type.Literal(true, { description: 'It is.' }) }
    app.get(url, { schema: { tags: ['system'], summary, querystring: query({}), response } }, (_request, reply) => {
      reply.type('application/json; charset=utf-8').send('true')
    })
  }

  const infoSchema = {
    tags: ['system'],
    summary: 'What runs here, where it listens, and how it is.',
    querystring: query({}),
    response: { 200: named(Info) },
  }
  app.get('/api/info', { schema: infoSchema }, async (): Promise<Info> => {
    const { listeners, limits, startedAtMs } = parts.info()
    const { rss, heapUsed } = process.memoryUsage()
    return {
      version,
      instance: store.epoch.instance,
      startedAt: new Date(startedAtMs).toISOString(),
      uptimeMs: Math.max(0, Math.round(now() - startedAtMs)),
      listeners,
      publicUrl: parts.site.publicUrl,
      addressForm: parts.addressForm,
      limits,
      hasCa: parts.caPem !== null,
      counts: { total: store.total, unread: store.unread, bytes: store.bytes, ...store.left },
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
    }
  })

  const caSchema = {
    tags: ['system'],
    summary: 'The CA of the certificate that was made: what an app has to trust.',
    querystring: query({}),
    response: {
      200: content('application/pem-certificate-chain', 'The certificate.'),
      404: named(ApiError),
    },
  }
  app.get('/api/ca.pem', { schema: caSchema }, (_request, reply) => {
    if (parts.caPem === null)
      throw new Problem(
        'not_found',
        'There is no CA: no certificate was made.',
        'Start with --tls or --https, and without --tls-cert; with a certificate of your own, trust what signed that.',
      )
    reply.type('application/pem-certificate-chain').send(parts.caPem)
  })
}
