/** What Mailpit says of itself: probes and metrics, info, the settings of its page. */
import type { App } from '../../parts.js'
import type { MailpitParts } from './parts.js'
import type { Info, WebUi } from './shapes.js'

export function systemRoutes(app: App, parts: MailpitParts): void {
  const { store, now, records, tagIndex, shownVersion } = parts

  // Mailpit's /readyz is ours.
  app.get('/livez', async (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok'))

  app.get('/api/v1/info', () => info())

  app.get(
    '/api/v1/webui',
    async (): Promise<WebUi> => ({
      Label: '',
      MessageRelay: {
        Enabled: false,
        SMTPServer: '',
        ReturnPath: '',
        AllowedRecipients: '',
        BlockedRecipients: '',
        OverrideFrom: '',
        PreserveMessageIDs: false,
        RecipientAllowlist: '',
      },
      SpamAssassin: false,
      ChaosEnabled: true,
      DuplicatesIgnored: false,
      HideDeleteAllButton: false,
    }),
  )

  app.get('/metrics', async (_request, reply) => {
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsOf(await info()))
  })

  async function info(): Promise<Info> {
    const { deleted, evicted, expired } = store.left
    const left = deleted + evicted + expired
    let refused = 0
    for (const { outcome } of records.attempts()) if (outcome === 'refused') refused += 1
    return {
      Version: shownVersion,
      LatestVersion: shownVersion,
      Database: '',
      DatabaseSize: store.bytes,
      Messages: store.total,
      Unread: store.unread,
      Tags: Object.fromEntries(await tagIndex.counts()),
      RuntimeStats: {
        Uptime: Math.max(0, Math.round((now() - parts.info().startedAtMs) / 1000)),
        Memory: process.memoryUsage.rss(),
        MessagesDeleted: left,
        SMTPAccepted: store.total + left,
        SMTPAcceptedSize: store.rawBytesAdded,
        SMTPRejected: refused,
        SMTPIgnored: 0,
      },
    }
  }
}

/** The same for Prometheus, in its text format, under the names of Mailpit. */
function metricsOf({ Version, DatabaseSize, Messages, Unread, Tags, RuntimeStats }: Info): string {
  const one = (name: string, type: 'gauge' | 'counter', about: string, value: number, labels = '') =>
    `# HELP mailpit_${name} ${about}\n# TYPE mailpit_${name} ${type}\nmailpit_${name}${labels} ${value}\n`
  const tags = Object.entries(Tags).map(([tag, count]) => `mailpit_tag_counters{tag=${JSON.stringify(tag)}} ${count}\n`)
  return [
    one('messages', 'gauge', 'Messages that are there', Messages),
    one('messages_unread', 'gauge', 'Messages that nobody has read', Unread),
    one('database_size_bytes', 'gauge', 'Bytes that messages take', DatabaseSize),
    one('messages_deleted_total', 'counter', 'Messages that have left since the start', RuntimeStats.MessagesDeleted),
    one('smtp_accepted_total', 'counter', 'Messages that came since the start', RuntimeStats.SMTPAccepted),
    one('smtp_accepted_size_bytes_total', 'counter', 'Bytes of those', RuntimeStats.SMTPAcceptedSize),
    one('smtp_rejected_total', 'counter', 'Attempts that were refused', RuntimeStats.SMTPRejected),
    one('smtp_ignored_total', 'counter', 'Messages that were ignored', RuntimeStats.SMTPIgnored),
    one('uptime_seconds', 'gauge', 'Seconds since the start', RuntimeStats.Uptime),
    one('memory_usage_bytes', 'gauge', 'Bytes of memory in use', RuntimeStats.Memory),
    one('info', 'gauge', 'What runs here', 1, `{version="${Version}"}`),
    '# HELP mailpit_tag_counters Messages by tag\n# TYPE mailpit_tag_counters gauge\n',
    ...tags,
  ].join('')
}
