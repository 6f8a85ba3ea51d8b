/**
 * Mail as files to keep: a message as a page that is whole without a server, its parts, and any number of messages as an
 * mbox, as .eml files, or as such a page. What is sent is made while it is read: an archive is never in memory.
 */
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { mboxPieces } from '../mail/mbox.js'
import type { Part, Stored } from '../mail/message.js'
import type { AttemptRecord } from '../mail/records.js'
import { MAX_REPORTED_MESSAGES, mailReport, REPORT_POLICY, type ReportedMessage } from '../mail/report.js'
import { choosing, content, messageIds } from './content.js'
import { Problem } from './errors.js'
import { nameOfSubject, portableName, uniqueNames } from './file-names.js'
import type { Scope } from './find.js'
import { controls, filters, query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, named } from './schema.js'
import { saveAs, sendPieces } from './send.js'
import { MAX_ZIP_BYTES, MAX_ZIP_FILES, type ZipFile, zipPieces } from './zip.js'

/** What a file in an archive takes beside its bytes, at most: two headers and its name twice. */
const ZIP_OVERHEAD_BYTES = 1024

/** Messages of which one page is made: it is made in memory. */
const MAX_REPORTED_BYTES = 64 * 1024 * 1024

/** Endings of parts that have no name. */
const ENDINGS: Readonly<Record<string, string>> = {
  'text/plain': '.txt',
  'text/html': '.html',
  'text/calendar': '.ics',
  'text/csv': '.csv',
  'message/rfc822': '.eml',
  'message/delivery-status': '.txt',
  'application/json': '.json',
  'application/pdf': '.pdf',
  'application/zip': '.zip',
  'image/gif': '.gif',
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/svg+xml': '.svg',
  'image/webp': '.webp',
}

/** A report where a browser shows it: as shut in as the mail is on the page. */
const REPORT_CSP = `${REPORT_POLICY}; frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox`

export function exportRoutes(app: App, parts: RouteParts): void {
  const { contents, finder, records, store } = parts
  const tags = ['messages']
  const errors = { '4xx': named(ApiError) }

  const pageSchema = {
    tags,
    summary: 'The message as one HTML file that is whole without a server.',
    description: 'How it looks, remote content blocked; text, headers, envelope, and what was said when it came.',
    params: messageIds,
    querystring: query({ ...choosing, download: controls.download }),
    response: { 200: content('text/html', 'The file.'), ...errors },
  }
  app.get('/api/messages/:id.html', { schema: pageSchema }, async (request, reply) => {
    const { download = false, ...choice } = request.query
    const stored = await finder.one(request.params.id, choice, reply)
    const { subject } = contents.reading(stored)
    if (download) saveAs(reply, nameOfSubject(subject, '.html'))
    return sendReport(reply, await report(subject || 'No subject', [stored], 0))
  })

  const partsSchema = {
    tags,
    summary: 'All parts of the message, decoded, as a ZIP archive.',
    params: messageIds,
    querystring: query(choosing),
    response: { 200: content('application/zip', 'The archive.'), ...errors },
  }
  app.get('/api/messages/:id/parts.zip', { schema: partsSchema }, async (request, reply) => {
    const stored = await finder.one(request.params.id, request.query, reply)
    saveAs(reply, nameOfSubject(contents.reading(stored).subject, '.zip'))
    return sendPieces(reply.type('application/zip'), zipPieces(filesOf(stored)))
  })

  const exportSchema = {
    tags,
    summary: 'Messages as one file: an mbox, a page, or an archive of .eml files.',
    description: `\`mbox\`, the oldest first: POST /api/messages and --import give each message back byte for byte. \`html\`: a page that is whole without a server, of the newest ${MAX_REPORTED_MESSAGES}. \`eml\`: a ZIP archive of .eml files.`,
    querystring: query({
      ...filters,
      since: controls.since,
      until: controls.until,
      instance: controls.instance,
      format: Type.Optional(Type.Enum(['mbox', 'html', 'eml'], { default: 'mbox', description: 'What is made.' })),
    }),
    response: {
      200: {
        description: 'The file.',
        content: Object.fromEntries(
          ['application/mbox', 'text/html', 'application/zip'].map(type => [
            type,
            { schema: Type.Unsafe<string>({ type: 'string' }) },
          ]),
        ),
      },
      ...errors,
    },
  }
  app.get('/api/messages/export', { schema: exportSchema }, async (request, reply) => {
    const { format = 'mbox', ...choice } = request.query
    const scope = finder.scope(choice)
    const name = `${scope.inbox ?? 'mail'}-${new Date(parts.now()).toISOString().slice(0, 10)}`
    if (format === 'mbox') {
      saveAs(reply, portableName(`${name}.mbox`))
      return sendPieces(reply.type('application/mbox'), mboxOf(scope))
    }
    if (format === 'eml') {
      const files = await emlFiles(scope)
      saveAs(reply, portableName(`${name}.zip`))
      return sendPieces(reply.type('application/zip'), zipPieces(files))
    }
    const { messages, older } = await newestOf(scope)
    saveAs(reply, portableName(`${name}.html`))
    return sendReport(
      reply,
      await report(scope.inbox === undefined ? 'Mail' : `Mail in ${scope.inbox}`, messages, older),
    )
  })

  /** What a page has room for, oldest first, and how many are older. */
  async function newestOf(scope: Scope): Promise<{ messages: Stored[]; older: number }> {
    const messages: Stored[] = []
    let older = 0
    let bytes = 0
    for await (const message of finder.search(scope, 'newest')) {
      bytes += message.raw.length
      const fits = messages.length === 0 || bytes <= MAX_REPORTED_BYTES
      if (fits && messages.length < MAX_REPORTED_MESSAGES) messages.push(message)
      else older += 1
    }
    return { messages: messages.reverse(), older }
  }

  /** `messages` come oldest first. */
  async function report(title: string, messages: readonly Stored[], older: number): Promise<string> {
    const reported: ReportedMessage[] = []
    const attempts = new Set<AttemptRecord>()
    for (const stored of messages) {
      const shown = await contents.html(stored, { remote: false, scheme: null })
      reported.push({ message: await contents.message(stored), safeHtml: shown?.html ?? null })
      const attempt = stored.sessionId === null ? undefined : records.attemptOf(stored.id, stored.sessionId)
      for (const one of attempt ? records.chainOf(attempt) : []) attempts.add(one)
    }
    const sessionIds = new Set(messages.flatMap(({ sessionId }) => sessionId ?? []))
    const sessions = [...sessionIds].flatMap(id => records.session(id)?.describe() ?? [])
    const smtp = parts.info().listeners.find(({ protocol }) => protocol === 'smtp')
    return mailReport({
      title,
      messages: reported,
      older,
      sessions,
      attempts: [...attempts].map(attempt => attempt.describe()),
      smtpUrl: smtp?.url ?? 'its SMTP port',
    })
  }

  async function* filesOf(stored: Stored): AsyncGenerator<ZipFile> {
    const unique = uniqueNames()
    for await (const { part, bytes } of contents.parts(stored))
      yield { name: unique(fileNameOf(part)), bytes, timeMs: stored.receivedAtMs }
  }

  async function* mboxOf(scope: Scope): AsyncGenerator<Buffer> {
    for await (const message of finder.search(scope, 'oldest')) yield* mboxPieces(message)
  }

  /** Refuses at once what would be no archive; what leaves meanwhile is not in it. */
  async function emlFiles(scope: Scope): Promise<AsyncIterable<ZipFile>> {
    const ids: string[] = []
    let bytes = 0
    for await (const { id, raw } of finder.search(scope, 'oldest')) {
      ids.push(id)
      bytes += raw.length + ZIP_OVERHEAD_BYTES
    }
    if (ids.length > MAX_ZIP_FILES || bytes > MAX_ZIP_BYTES)
      throw new Problem(
        'invalid_parameter',
        `${ids.length} messages are more than an archive takes.`,
        'Take format=mbox, or choose fewer by a filter.',
      )
    const unique = uniqueNames()
    return (async function* () {
      for (const id of ids) {
        const stored = store.get(id)
        if (!stored) continue
        const name = unique(nameOfSubject(contents.glance(stored).subject, '.eml'))
        yield { name, bytes: stored.raw, timeMs: stored.receivedAtMs }
      }
    })()
  }
}

/** The name of a part in an archive: its own, or its number with the usual ending of its type. */
function fileNameOf({ id, filename, contentType }: Part): string {
  return filename === null ? `part-${id}${ENDINGS[contentType] ?? '.bin'}` : portableName(filename)
}

function sendReport(reply: FastifyReply, html: string) {
  reply.header('content-security-policy', REPORT_CSP)
  return reply.type('text/html; charset=utf-8').send(html)
}
