/**
 * How what is in a mail is sent: nothing of it may run or load anything where a browser shows it, whatever the mail has
 * put into it, and a slow reader makes nothing pile up.
 */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Part } from '../mail/message.js'
import { contentDisposition } from './disposition.js'

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

/** Sends a mail's HTML that was made safe to show; `remote`: with what it loads. */
export function sendMailHtml(reply: FastifyReply, html: string, remote: boolean) {
  reply.headers({ 'content-security-policy': htmlCsp(remote), 'x-frame-options': 'SAMEORIGIN' })
  return reply.type('text/html; charset=utf-8').send(html)
}

/** Sends a decoded part under the type that the mail says: to be saved, unless it is one that may show in place. */
export function sendPart(reply: FastifyReply, { part, bytes }: { part: Part; bytes: Buffer }) {
  const { contentType, filename, id } = part
  const type = MEDIA_TYPE.test(contentType) ? contentType : 'application/octet-stream'
  const disposition = INLINE_TYPES.has(type) || type === PDF ? 'inline' : 'attachment'
  if (type === PDF) reply.headers(PDF_HEADERS)
  reply.header('content-disposition', contentDisposition(disposition, filename ?? `part-${id}`))
  // Set past Fastify, which would say that a text is UTF-8.
  reply.raw.setHeader('content-type', type)
  return sendBytes(reply, bytes)
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
