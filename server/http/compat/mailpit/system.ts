/** What Mailpit says of itself: probes and metrics, info, the settings of its page. */
import type { App, RouteParts } from '../../parts.js'

export function systemRoutes(app: App, _parts: RouteParts): void {
  app.get('/livez', async (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok'))
}
