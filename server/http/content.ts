/**
 * What is in a message: the exact bytes, the HTML made safe to show, text, headers, parts, and what checks say of it. Nothing served here may run or
 * load anything where a browser shows it, whatever a mail has put into it.
 */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { forcedDark } from '../mail/forced-dark.js'
import { contentDisposition } from './disposition.js'
import { Problem } from './errors.js'
import { nameOfSubject } from './file-names.js'
import { controls, filters, query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, CheckList, HeaderList, Message, named } from './schema.js'

/** How much is handed to a connection at a time: a slow reader makes nothing pile up, a fast one is not held back. */
const SLICE_BYTES = 256 * 1024

/** Types that a browser may show in place: raster images, never SVG, which is a document. */
const INLINE_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'])

/**
 * What shows a PDF is the browser's own viewer, which runs nothing in our origin, and which Chromium does not start under
 * `sandbox` or `default-src 'none'`. That it is a PDF and no page, `nosniff` makes sure of.
 */
const PDF = 'application/pdf'
const PDF_HEADERS = {
  'content-security-policy': "frame-ancestors 'self'",
  'x-frame-options': 'SAMEORIGIN',
}

/** A type and its subtype (RFC 2045 5.1); anything else that a mail says never becomes a header of ours. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/

/** A mail's HTML: no script, no form, no frame; links open in a tab of their own. `remote`: with what it loads. */
function htmlCsp(remote: boolean): string {
  const sources = remote ? 'data: http: https:' : 'data:'
  return [
    "default-src 'none'",
    `style-src 'unsafe-inline'${remote ? ' http: https:' : ''}`,
    `img-src ${sources}`,
    `font-src ${sources}`,
    `media-src ${sources}`,
    "form-action 'none'",
    "frame-ancestors 'self'",
    'sandbox allow-popups allow-popups-to-escape-sandbox',
  ].join('; ')
}

const idParam = Type.String({ description: 'The id of a message, or `latest`, which the filters narrow.' })
/** The path of every route below a message. */
export const messageIds = Type.Object({ id: idParam })
const partIds = Type.Object({ id: idParam, part: Type.String({ description: 'The id of a part: 2, 1.2.' }) })
/** The parameters that choose the message where the id is `latest`. */
export const choosing = {
  ...filters,
  wait: controls.wait,
  count: controls.count,
  since: controls.since,
  until: controls.until,
  instance: controls.instance,
}
const errors = { '4xx': named(ApiError) }
/** An answer that is no JSON. */
export const content = (type: string, description: string, example?: string) => ({
  description,
  content: { [type]: { schema: Type.Unsafe<string>({ type: 'string', ...(example && { examples: [example] }) }) } },
})

export function contentRoutes(app: App, parts: RouteParts): void {
  const { contents, finder } = parts
  const tags = ['messages']

  const messageSchema = {
    tags,
    summary: 'Everything about a message.',
    params: messageIds,
    querystring: query(choosing),
    response: { 200: named(Message), ...errors },
  }
  app.get('/api/messages/:id', { schema: messageSchema }, async (request, reply): Promise<Message> => {
    const stored = await finder.one(request.params.id, request.query, reply)
    return contents.message(stored)
  })

  const rawSchema = {
    tags,
    summary: 'The exact bytes that came.',
    params: messageIds,
    querystring: query({ ...choosing, download: controls.download }),
    response: { 200: content('message/rfc822', 'The message.'), ...errors },
  }
  app.get('/api/messages/:id/raw', { schema: rawSchema }, async (request, reply) => {
    const { download = false, ...choice } = request.query
    const stored = await finder.one(request.params.id, choice, reply)
    if (download) saveAs(reply, nameOfSubject(contents.reading(stored).subject, '.eml'))
    return sendBytes(reply.type('message/rfc822'), stored.raw)
  })

  const htmlSchema = {
    tags,
    summary: 'The HTML part, made safe to show.',
    params: messageIds,
    querystring: query({ ...choosing, remote: controls.remote, scheme: controls.scheme }),
    response: {
      200: {
        ...content('text/html', 'The HTML. Nothing remote loads unless `remote=true`.'),
        headers: Type.Object({
          'x-maildouble-blocked': Type.Integer({ description: 'How many references to remote content were blocked.' }),
        }),
      },
      ...errors,
    },
  }
  app.get('/api/messages/:id/html', { schema: htmlSchema }, async (request, reply) => {
    const { remote = false, scheme = null, ...choice } = request.query
    const stored = await finder.one(request.params.id, choice, reply)
    const isForced = scheme === 'forced-dark'
    const shown = await contents.html(stored, { remote, scheme: isForced ? 'light' : scheme })
    if (!shown) throw new Problem('not_found', 'The message has no HTML part.', 'Its text may be at /text.')
    reply.headers({
      'content-security-policy': htmlCsp(remote),
      'x-frame-options': 'SAMEORIGIN',
      'x-maildouble-blocked': String(shown.blockedRemote),
    })
    return reply.type('text/html; charset=utf-8').send(isForced ? forcedDark(shown.html) : shown.html)
  })

  const textSchema = {
    tags,
    summary: 'The text part.',
    params: messageIds,
    querystring: query(choosing),
    response: { 200: content('text/plain', 'The text.'), ...errors },
  }
  app.get('/api/messages/:id/text', { schema: textSchema }, async (request, reply) => {
    const stored = await finder.one(request.params.id, request.query, reply)
    const { text } = contents.reading(stored)
    if (text === null) throw new Problem('not_found', 'The message has no text part.', 'Its HTML may be at /html.')
    return sendText(reply, text)
  })

  const headersSchema = {
    tags,
    summary: 'Every header field, in order.',
    params: messageIds,
    querystring: query(choosing),
    response: { 200: named(HeaderList), ...errors },
  }
  app.get('/api/messages/:id/headers', { schema: headersSchema }, async (request, reply): Promise<HeaderList> => {
    const stored = await finder.one(request.params.id, request.query, reply)
    return { headers: contents.reading(stored).headers }
  })

  const checksSchema = {
    tags,
    summary: 'What the sender may want to know before real people get it.',
    description:
      'Links, placeholders left in, images without alt, HTML and CSS that clients do not know, headers, charsets, sizes: all offline.',
    params: messageIds,
    querystring: query(choosing),
    response: { 200: named(CheckList), ...errors },
  }
  app.get('/api/messages/:id/checks', { schema: checksSchema }, async (request, reply): Promise<CheckList> => {
    const stored = await finder.one(request.params.id, request.query, reply)
    return { checks: await contents.checks(stored) }
  })

  const partSchema = {
    tags,
    summary: 'A part, decoded.',
    params: partIds,
    querystring: query(choosing),
    response: { 200: content('application/octet-stream', 'The bytes, under the type that the mail says.'), ...errors },
  }
  app.get('/api/messages/:id/parts/:part', { schema: partSchema }, async (request, reply) => {
    const stored = await finder.one(request.params.id, request.query, reply)
    const found = await contents.part(stored, request.params.part)
    if (!found)
      throw new Problem('not_found', `The message has no part ${request.params.part}.`, 'See `parts` of the message.')
    const { contentType, filename, id } = found.part
    const type = MEDIA_TYPE.test(contentType) ? contentType : 'application/octet-stream'
    const disposition = INLINE_TYPES.has(type) || type === PDF ? 'inline' : 'attachment'
    if (type === PDF) reply.headers(PDF_HEADERS)
    reply.header('content-disposition', contentDisposition(disposition, filename ?? `part-${id}`))
    // Set past Fastify, which would say that a text is UTF-8.
    reply.raw.setHeader('content-type', type)
    return sendBytes(reply, found.bytes)
  })
}

/** Sends text for programs to read: never a page. */
export function sendText(reply: FastifyReply, text: string) {
  return reply.type('text/plain; charset=utf-8').send(text)
}

/** Sends bytes as they are: a slow reader holds no copy of them. */
export function sendBytes(reply: FastifyReply, bytes: Buffer) {
  reply.header('content-length', bytes.length)
  if (bytes.length <= SLICE_BYTES) return reply.send(bytes)
  return reply.send(Readable.from(slices(bytes), { objectMode: false, highWaterMark: SLICE_BYTES }))
}

/** Sends what is made piece by piece, no faster than it is read. */
export function sendPieces(reply: FastifyReply, pieces: AsyncIterable<Buffer>) {
  return reply.send(Readable.from(sliced(pieces), { objectMode: false, highWaterMark: SLICE_BYTES }))
}

/** Has the browser save the answer under a name. */
export function saveAs(reply: FastifyReply, name: string): void {
  reply.header('content-disposition', contentDisposition('attachment', name))
}

async function* sliced(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield* slices(piece)
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES)
}
