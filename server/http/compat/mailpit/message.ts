/** Mailpit's routes of one message. `latest` serves as its id. */
import { Type } from 'typebox'
import type { Stored } from '../../../mail/message.js'
import type { App } from '../../parts.js'
import { saveAs, sendBytes, sendMailHtml, sendPart, sendText } from '../../send.js'
import { readJson } from '../lenient.js'
import { sendJson, ToolError } from '../shared.js'
import { htmlCheckOf, linkCheckOf, spamCheck } from './checks.js'
import { type MailpitParts, oneOf } from './parts.js'
import type { HtmlCheck, LinkCheck, Message, SpamCheck } from './shapes.js'
import { latestQuery, Release } from './shapes.js'
import { thumbnailOf } from './thumbnail.js'
import { headersOf, messageOf } from './words.js'

/** Where HTML names a part; a Content-ID has no quotes and no blanks. */
const CID_LINK = /\bcid:([^'"\s<>]{1,256})/gi

const params = Type.Object({ id: Type.String() })
const partParams = Type.Object({ id: Type.String(), part: Type.String() })
const rawQuery = Type.Object({ ...latestQuery.properties, dl: Type.Optional(Type.String()) })
const ofMessage = { params, querystring: latestQuery }
const ofPart = { params: partParams, querystring: latestQuery }

export function oneMessageRoutes(app: App, parts: MailpitParts): void {
  const { store, contents, loop, site } = parts

  app.get('/api/v1/message/:id', { schema: ofMessage }, async ({ params, query }, reply) => {
    const stored = await oneOf(parts, params, query)
    const message: Message = await messageOf(stored, contents, loop)
    // Who reads it here has read it: Mailpit's clients count on it.
    await store.flag([stored.id], { read: true })
    return sendJson(reply, message)
  })

  app.get('/api/v1/message/:id/headers', { schema: ofMessage }, async ({ params, query }) => {
    return headersOf(contents.reading(await oneOf(parts, params, query)))
  })

  app.get(
    '/api/v1/message/:id/raw',
    { schema: { params, querystring: rawQuery } },
    async ({ params, query }, reply) => {
      const { id, raw } = await oneOf(parts, params, query)
      if (query.dl === '1') saveAs(reply, `${id}.eml`)
      return sendBytes(reply.type('text/plain; charset=utf-8'), raw)
    },
  )

  app.get('/api/v1/message/:id/part/:part', { schema: ofPart }, async ({ params, query }, reply) => {
    return sendPart(reply, await partOf(params, query))
  })

  app.get('/api/v1/message/:id/part/:part/thumb', { schema: ofPart }, async ({ params, query }, reply) => {
    const { bytes } = await partOf(params, query)
    return sendBytes(reply.type('image/jpeg'), await thumbnailOf(bytes))
  })

  async function partOf({ id, part }: { id: string; part: string }, query: { query?: string; tz?: string }) {
    const found = await contents.part(await oneOf(parts, { id }, query), part)
    if (!found) throw new ToolError(404, '404 page not found')
    return found
  }

  app.post('/api/v1/message/:id/release', { schema: ofMessage }, async ({ params, query, body }) => {
    await oneOf(parts, params, query)
    const { To: to = [] } = readJson(Release, body)
    if (to.length === 0) throw new ToolError(400, 'No valid addresses found')
    throw new ToolError(
      400,
      `Message relaying is not configured: maildouble delivers no mail, so nothing was released to ${to.join(', ')}`,
    )
  })

  app.get('/api/v1/message/:id/html-check', { schema: ofMessage }, async ({ params, query }): Promise<HtmlCheck> => {
    return htmlCheckOf(await oneOf(parts, params, query), contents, loop)
  })

  app.get('/api/v1/message/:id/link-check', { schema: ofMessage }, async ({ params, query }): Promise<LinkCheck> => {
    return linkCheckOf(await oneOf(parts, params, query), contents)
  })

  app.get('/api/v1/message/:id/sa-check', { schema: ofMessage }, async ({ params, query }): Promise<SpamCheck> => {
    await oneOf(parts, params, query)
    return spamCheck()
  })

  app.get('/view/:id.html', { schema: ofMessage }, async ({ params, query, headers }, reply) => {
    const stored = await oneOf(parts, params, query)
    // A browser is shown what is safe, the images in it; a program is given what was sent, its images by address.
    const html = headers['sec-fetch-dest'] === undefined ? await linkedHtml(stored) : await safeHtml(stored)
    if (html === undefined) throw new ToolError(404, 'This message does not contain a HTML part')
    return sendMailHtml(reply, html, false)
  })

  async function safeHtml(stored: Stored): Promise<string | undefined> {
    return (await contents.html(stored, { remote: false, scheme: null }))?.html
  }

  async function linkedHtml(stored: Stored): Promise<string | undefined> {
    const { html, parts: all } = await contents.message(stored)
    const ids = new Map(all.map(({ contentId, id }) => [contentId, id]))
    return html?.replace(CID_LINK, (link, contentId: string) => {
      const part = ids.get(contentId)
      return part === undefined ? link : `${site.basePath}api/v1/message/${stored.id}/part/${part}`
    })
  }

  app.get('/view/:id.txt', { schema: ofMessage }, async ({ params, query }, reply) => {
    const stored = await oneOf(parts, params, query)
    // Decoded in slices, and then known.
    await contents.message(stored)
    return sendText(reply, contents.reading(stored).words)
  })

  // Where Mailpit's page shows a message, ours does.
  app.get('/view/:id', { schema: ofMessage }, async ({ params, query }, reply) => {
    const stored = await oneOf(parts, params, query).catch(() => undefined)
    return reply.redirect(stored ? `${site.basePath}#/messages/${stored.id}` : site.basePath, 302)
  })
}
