/**
 * The API of MailDev (`/api/email`; without `/api` for clients of version 2), for clients that were written for it. Looking
 * at an email marks it as read, as there. Its live events are Socket.IO, which is not spoken: who tries is told so.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { addresses, firstHeader, type HeaderField } from '../../mail/headers.js'
import { sliced } from '../../mail/loop.js'
import type { Address, EsmtpParams, Part, Stored } from '../../mail/message.js'
import type { App, RouteParts } from '../parts.js'
import { saveAs, sendBytes, sendMailHtml, sendPart } from '../send.js'
import type { Adapter } from './adapter.js'
import { faultOf, removeAll, sendJson, sendJsonList, ToolError } from './shared.js'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200
const PREVIEW_CHARACTERS = 140
/** Bytes of images that are put into the HTML of one email: one that is shown again and again would be so each time. */
const MAX_IMAGE_BYTES = 8 * 1024 * 1024

/** A mailbox of the envelope, with the parameters that it came with. */
interface EnvelopeAddress {
  address: string
  args?: EsmtpParams
}

interface Attachment {
  filename: string
  /** What names it in its URL: made by us. */
  generatedFileName: string
  contentType: string
  contentDisposition: string
  contentId?: string
  size: number
}

/** An email as MailDev has it. */
interface Email {
  id: string
  /** As the email says, else when it came. */
  time: string
  read: boolean
  subject: string
  /** Where it can be read as it came: a path here, since no file holds it. */
  source: string
  size: number
  sizeHuman: string
  from: Address[]
  to: Address[]
  headers: Record<string, string | string[]>
  attachments: Attachment[]
  envelope: { from: EnvelopeAddress; to: EnvelopeAddress[] }
  calculatedBcc: Address[]
  cc?: Address[]
  html?: string
  text?: string
  inReplyTo?: string
  priority?: string
}

/** What a list shows of an email. */
interface Summary
  extends Pick<Email, 'id' | 'time' | 'read' | 'subject' | 'size' | 'sizeHuman' | 'from' | 'to' | 'cc'> {
  attachmentCount: number
  preview: string
}

/** Its parameters are read as leniently as there: what is no number counts for nothing. */
type Query = Readonly<Record<string, string | undefined>>

const params = Type.Object({ id: Type.String() })
const fileParams = Type.Object({ id: Type.String(), filename: Type.String() })

const NO_RELAY =
  'Outgoing mail not configured: maildouble delivers nothing. Download the email, and send the file with a mail program of yours.'
const NO_SOCKET_IO =
  'Socket.IO is not spoken here. For live events open a WebSocket to /api/changes, or read it as server-sent events.'
const NO_DIRECTORY = 'There is no mail directory: mail is put in at the start with --import, or by POST /api/messages.'

export const maildev: Adapter = (app, parts) => {
  app.setErrorHandler((error: FastifyError | Error, _request: FastifyRequest, reply: FastifyReply) => {
    const { statusCode, text } = faultOf(error, parts.report)
    reply.code(statusCode).send({ error: text })
  })
  // Of a parameter that is given twice the first counts.
  app.addHook('preHandler', async request => {
    const given = Object.entries(request.query as Record<string, string | string[]>)
    request.query = Object.fromEntries(given.map(([name, value]) => [name, [value].flat()[0]]))
  })
  for (const prefix of ['', '/api']) emailRoutes(app, parts, prefix)

  // /healthz is ours, and answers the same.
  app.get('/api/healthz', async () => true)

  for (const url of ['/socket.io', '/socket.io/*'])
    app.route({
      method: ['GET', 'POST'],
      url,
      exposeHeadRoute: false,
      // Before an upgrade.
      preHandler: async (_request, reply) => reply.code(501).send({ error: NO_SOCKET_IO }),
      handler: () => undefined,
    })
}

function emailRoutes(app: App, parts: RouteParts, prefix: string): void {
  const { contents, loop, store } = parts
  const there = (id: string): Stored => {
    const message = store.get(id)
    if (!message) throw new ToolError(404, 'Email was not found')
    return message
  }

  app.get(`${prefix}/config`, async () => ({
    version: parts.version,
    smtpPort: parts.info().listeners.find(({ protocol }) => protocol === 'smtp')?.port,
    isOutgoingEnabled: false,
    outgoingHost: null,
  }))

  app.get<{ Querystring: Query }>(`${prefix}/email/summary`, async ({ query }) => {
    const skip = whole(query.skip) ?? 0
    const limit = Math.min(whole(query.limit) || DEFAULT_LIMIT, MAX_LIMIT)
    const wanted = query.search?.toLowerCase()
    const items: Summary[] = []
    let total = 0
    const isAsked = (message: Stored) =>
      !(query.unread === 'true' && message.read) && (wanted === undefined || says(summaryOf(parts, message), wanted))
    for await (const message of store.search(isAsked, query.sort === 'asc' ? 'oldest' : 'newest')) {
      if (total >= skip && items.length < limit) items.push(summaryOf(parts, message))
      total += 1
    }
    return { items, total, storeTotal: store.total, unread: store.unread, skip, limit }
  })

  // Express takes a slash at the end, and clients have it in their configuration.
  for (const url of ['email', 'email/'])
    app.get<{ Querystring: Query }>(`${prefix}/${url}`, (request, reply) => {
      const { skip, limit, sort, ...filter } = request.query
      return sendJsonList(reply, emails({ skip: whole(skip) ?? 0, limit: whole(limit), sort }, Object.entries(filter)))
    })

  async function* emails(
    {
      skip,
      limit = Number.POSITIVE_INFINITY,
      sort,
    }: { skip: number; limit?: number | undefined; sort?: string | undefined },
    filter: [path: string, value: string | undefined][],
  ): AsyncGenerator<Email> {
    const rest = sliced(loop)
    let found = 0
    for (const message of store.list(undefined, sort === 'desc' ? 'newest' : 'oldest')) {
      if (found >= skip + limit) return
      await rest()
      if (filter.length === 0) {
        found += 1
        if (found > skip) yield await emailOf(parts, message)
        continue
      }
      const email = await emailOf(parts, message)
      if (!filter.every(([path, value]) => valuesAt(email, path).some(known => String(known) === value))) continue
      found += 1
      if (found > skip) yield email
    }
  }

  app.get(`${prefix}/email/:id`, { schema: { params } }, async (request, reply) => {
    const message = there(request.params.id)
    await store.flag([message.id], { read: true })
    return sendJson(reply, await emailOf(parts, message))
  })

  app.delete(`${prefix}/email/all`, async () => {
    await removeAll(parts)
    return true
  })

  app.delete(`${prefix}/email/:id`, { schema: { params } }, async request => {
    await store.remove([there(request.params.id).id])
    return true
  })

  app.post(`${prefix}/email/delete`, async (request, reply) => {
    const ids = idsOf(request.body)
    if (!ids) return reply.code(400).send({ error: 'Request body must include an ids array of email IDs' })
    const deleted = ids.filter(id => store.get(id))
    await store.remove(deleted)
    return { deleted, notFound: ids.filter(id => !deleted.includes(id)) }
  })

  app.patch(`${prefix}/email/read-all`, async () =>
    store.flag(
      store.list(({ read }) => !read).map(({ id }) => id),
      { read: true },
    ),
  )

  app.get(`${prefix}/email/:id/html`, { schema: { params } }, async (request, reply) => {
    const shown = await contents.html(there(request.params.id), { remote: false, scheme: null })
    if (!shown) return reply.code(404).send({ error: 'Email has no HTML content' })
    return sendMailHtml(reply, shown.html, false)
  })

  app.get(`${prefix}/email/:id/source`, { schema: { params } }, async (request, reply) =>
    sendBytes(reply.type('text/plain; charset=utf-8'), there(request.params.id).raw),
  )

  app.get(`${prefix}/email/:id/download`, { schema: { params } }, async (request, reply) => {
    const { id, raw } = there(request.params.id)
    saveAs(reply, `${id}.eml`)
    return sendBytes(reply.type('message/rfc822'), raw)
  })

  app.get(`${prefix}/email/:id/attachment/:filename`, { schema: { params: fileParams } }, async (request, reply) => {
    const message = there(request.params.id)
    const all = (await contents.message(message)).parts
    const part = all.find(candidate => fileNameOf(candidate) === request.params.filename)
    const found = part && (await contents.part(message, part.id))
    return found ? sendPart(reply, found) : reply.code(404).send({ error: 'Attachment not found' })
  })

  for (const url of ['relay', 'relay/:to'])
    app.post(`${prefix}/email/:id/${url}`, (_request, reply) => reply.code(500).send({ error: NO_RELAY }))

  app.get(`${prefix}/reloadMailsFromDirectory`, (_request, reply) => reply.code(501).send({ error: NO_DIRECTORY }))
}

/** A number of a parameter; undefined where it is none. */
const whole = (text: string | undefined) => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined)

/** Each id of a body once; undefined where they are not a list of texts. */
function idsOf(body: unknown): string[] | undefined {
  const ids: unknown = typeof body === 'object' && body !== null && 'ids' in body ? body.ids : undefined
  const isText = (id: unknown): id is string => typeof id === 'string' && id.trim() !== ''
  return Array.isArray(ids) && ids.every(isText) ? [...new Set(ids)] : undefined
}

async function emailOf({ contents, site }: RouteParts, message: Stored): Promise<Email> {
  const { id, envelope, raw } = message
  const { html, parts, subject } = await contents.message(message)
  const reading = contents.reading(message)
  const { headers } = reading
  const [to, cc] = [addresses(headers, 'To'), addresses(headers, 'Cc')]
  const named = new Set([...to, ...cc].map(({ address }) => address.toLowerCase()))
  const inReplyTo = firstHeader(headers, 'In-Reply-To')
  const priority = priorityOf(headers)
  const text = reading.words.replaceAll('\r\n', '\n')
  return {
    id,
    time: timeOf(message, headers),
    read: message.read,
    subject,
    source: `${site.basePath}api/email/${id}/source`,
    size: raw.length,
    sizeHuman: sizeInWords(raw.length),
    from: addresses(headers, 'From'),
    to,
    headers: byName(headers),
    attachments: parts.map(attachmentOf),
    envelope: {
      from: withArguments(envelope.from, envelope.fromParams),
      to: envelope.recipients.map(({ address, params }) => withArguments(address, params)),
    },
    calculatedBcc: envelope.to.flatMap(address => (named.has(address.toLowerCase()) ? [] : [{ address, name: '' }])),
    ...(cc.length > 0 && { cc }),
    ...(html !== null && { html: await withImages(contents, message, html, parts) }),
    ...(text !== '' && { text }),
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(priority !== undefined && { priority }),
  }
}

function summaryOf({ contents }: RouteParts, message: Stored): Summary {
  const { id, read, size, subject, snippet, to, cc } = contents.summary(message)
  const { headers, structure } = contents.reading(message)
  return {
    id,
    time: timeOf(message, headers),
    read,
    subject,
    size,
    sizeHuman: sizeInWords(size),
    from: addresses(headers, 'From'),
    to,
    attachmentCount: structure.parts.length,
    preview: snippet.slice(0, PREVIEW_CHARACTERS),
    ...(cc.length > 0 && { cc }),
  }
}

/** Whether a word stands in what a list shows. */
function says({ subject, from, to, cc = [], preview }: Summary, wanted: string): boolean {
  const mailboxes = [...from, ...to, ...cc].flatMap(({ name, address }) => [name, address])
  return [subject, preview, ...mailboxes].some(text => text.toLowerCase().includes(wanted))
}

function timeOf({ receivedAtMs }: Stored, headers: readonly HeaderField[]): string {
  const said = Date.parse(firstHeader(headers, 'Date') ?? '')
  return new Date(Number.isNaN(said) ? receivedAtMs : said).toISOString()
}

function withArguments(address: string, args: EsmtpParams): EnvelopeAddress {
  return Object.keys(args).length > 0 ? { address, args } : { address }
}

/** Headers by their names in lower case; one that comes several times has all its values. */
function byName(headers: readonly HeaderField[]): Record<string, string | string[]> {
  const found = new Map<string, string[]>()
  for (const { name, value } of headers) {
    const key = name.toLowerCase()
    found.set(key, [...(found.get(key) ?? []), value])
  }
  return Object.fromEntries([...found].map(([name, values]) => [name, values.length > 1 ? values : (values[0] ?? '')]))
}

/** What a sender thinks of an email, as the several headers for that say it. */
function priorityOf(headers: readonly HeaderField[]): string | undefined {
  const said = ['X-Priority', 'X-MSMail-Priority', 'Importance'].map(name => firstHeader(headers, name)).find(Boolean)
  if (said === undefined) return undefined
  if (/^[12]\b|^(?:urgent|high)/i.test(said)) return 'high'
  return /^[45]\b|^(?:non-urgent|low)/i.test(said) ? 'low' : 'normal'
}

function attachmentOf(part: Part): Attachment {
  const { filename, contentType, disposition, contentId, size } = part
  return {
    filename: filename ?? '',
    generatedFileName: fileNameOf(part),
    contentType,
    contentDisposition: disposition,
    ...(contentId !== null && { contentId }),
    size,
  }
}

/** Of its number, which no other part has, and of no more of the sender's name than an ending. */
function fileNameOf({ id, filename, contentType }: Part): string {
  const ending =
    /\.[a-z0-9]{1,10}$/i.exec(filename ?? '')?.[0] ?? `.${/[a-z0-9]{1,10}$/i.exec(contentType)?.[0] ?? 'bin'}`
  return `${id}${ending}`
}

const CID_LINK = /\bcid:([^'"\s]{1,256})/g

/** The HTML with the images of the email in it, as `data:`. */
async function withImages(
  contents: RouteParts['contents'],
  message: Stored,
  html: string,
  parts: readonly Part[],
): Promise<string> {
  const uris = new Map<string, string>()
  for (const { contentId, contentType, id } of parts) {
    if (contentId === null || uris.has(contentId) || !html.includes(`cid:${contentId}`)) continue
    const found = await contents.part(message, id)
    if (found) uris.set(contentId, `data:${contentType};base64,${found.bytes.toString('base64')}`)
  }
  let room = MAX_IMAGE_BYTES
  return html.replace(CID_LINK, (link, contentId: string) => {
    const uri = uris.get(contentId)
    if (uri === undefined || uri.length > room) return link
    room -= uri.length
    return uri
  })
}

/** Every value at a path such as `to.address`; a list stands for each of its items. */
function valuesAt(value: unknown, path: string): unknown[] {
  let values: unknown[] = [value]
  for (const name of path.split('.')) {
    values = values.flatMap(within => {
      const holder: unknown = within
      if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return []
      const next: unknown = (holder as Readonly<Record<string, unknown>>)[name]
      return Array.isArray(next) ? next : [next]
    })
  }
  return values
}

const UNITS = ['Bytes', 'KB', 'MB', 'GB']

/** A size as MailDev writes it: 982 Bytes, 1.5 KB. */
function sizeInWords(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  return `${Number((bytes / 1024 ** power).toFixed(2))} ${UNITS[power]}`
}
