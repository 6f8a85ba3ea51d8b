/**
 * What is in a message: the exact bytes, the HTML made safe to show, text, headers, parts, and what checks say of it. Nothing served here may run or
 * load anything where a browser shows it, whatever a mail has put into it.
 */
import { Type } from 'typebox'
import { forcedDark } from '../mail/forced-dark.js'
import { Problem } from './errors.js'
import { nameOfSubject } from './file-names.js'
import { controls, filters, query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, CheckList, HeaderList, Message, named } from './schema.js'
import { saveAs, sendBytes, sendMailHtml, sendPart, sendText } from './send.js'

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
    reply.header('x-maildouble-blocked', String(shown.blockedRemote))
    return sendMailHtml(reply, isForced ? forcedDark(shown.html) : shown.html, remote)
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
    const { text } = await contents.decoded(stored)
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
    return sendPart(reply, found)
  })
}
