/**
 * The API of MailCatcher (`/messages`), for clients that were written for it. Its ids are whole numbers in order of
 * arrival: our uids. What is asked for by name is that of MailCatcher; how it is shown to a browser is ours.
 */
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { Part, Stored } from '../../mail/message.js'
import { Problem } from '../errors.js'
import type { Wording } from '../live.js'
import { saveAs, sendBytes, sendMailHtml, sendPart, sendText } from '../send.js'
import type { Adapter } from './adapter.js'
import { liveFeed, removeAll, sendJsonList, tellErrorsAsText } from './shared.js'

/** A row of its list. */
interface Row {
  id: number
  /** The reverse-path in its angle brackets, and so the recipients. */
  sender: string
  recipients: string[]
  subject: string | null
  /** In bytes, as text. */
  size: string
  created_at: string
}

const params = Type.Object({ id: Type.String() })
const partParams = Type.Object({ id: Type.String(), cid: Type.String() })

/** What `cid:` links of a mail's HTML look like to it. */
const CID_LINK = /cid:([^'"> ]+)/g

const NOT_ENDED =
  'maildouble cannot be ended over HTTP: any page could do it. End its process, with Ctrl+C or docker stop.\n'

export const mailcatcher: Adapter = (app, parts) => {
  const { contents, report, store } = parts
  tellErrorsAsText(app, report)

  const rowOf = (message: Stored): Row => ({
    id: message.uid,
    sender: `<${message.envelope.from}>`,
    recipients: message.envelope.to.map(path => `<${path}>`),
    subject: contents.summary(message).subject || null,
    size: String(message.raw.length),
    created_at: new Date(message.receivedAtMs).toISOString().replace(/\.\d+Z$/, '+00:00'),
  })
  const typeOf = (message: Stored) => contents.reading(message).structure.root.contentType
  const there = (id: string): Stored => {
    const message = /^\d{1,10}$/.test(id) ? store.at(Number(id)) : undefined
    if (!message) throw new Problem('not_found', `There is no message ${id}.`, 'GET /messages lists them.')
    return message
  }

  const words: Wording = {
    hello: () => [],
    reload: [],
    happening: () => [],
    change(change, message) {
      if (change.type === 'removed') {
        const { uids } = change
        if (uids.length > 1 && store.total === 0) return [JSON.stringify({ type: 'clear' })]
        return uids.map(id => JSON.stringify({ type: 'remove', id }))
      }
      if (change.type !== 'added' || !message) return []
      return [JSON.stringify({ type: 'add', message: { ...rowOf(message), type: typeOf(message) } })]
    },
  }
  const feed = liveFeed(parts, words)

  const list = (_request: unknown, reply: FastifyReply) => {
    const rows = function* () {
      for (const message of store.list(undefined, 'oldest')) yield rowOf(message)
    }
    return sendJsonList(reply, rows())
  }
  // A route that is a WebSocket, too, is given none.
  app.head('/messages', list)
  app.route({
    method: 'GET',
    url: '/messages',
    exposeHeadRoute: false,
    preHandler: async request => {
      if (request.ws) await feed.preHandler()
    },
    handler: list,
    wsHandler: feed.wsHandler,
  })

  app.delete('/messages', async (_request, reply) => {
    await removeAll(parts)
    return reply.code(204).send()
  })

  app.delete('/messages/:id', { schema: { params } }, async (request, reply) => {
    await store.remove([there(request.params.id).id])
    return reply.code(204).send()
  })

  app.get('/messages/:id.json', { schema: { params } }, async request => {
    const message = there(request.params.id)
    const { html, text, parts: all } = await contents.message(message)
    const formats = ['source', html !== null && 'html', text !== null && 'plain'].filter(Boolean)
    const attachments = all
      .filter(({ disposition }) => disposition === 'attachment')
      .map(part => ({ cid: cidOf(part), type: part.contentType, filename: part.filename, size: part.size }))
    return { ...rowOf(message), type: typeOf(message), formats, attachments }
  })

  app.get('/messages/:id.html', { schema: { params } }, async (request, reply) => {
    const message = there(request.params.id)
    // A browser is shown what is safe, the images in it; a program is given what it knows.
    if (request.headers['sec-fetch-dest'] !== undefined) {
      const shown = await contents.html(message, { remote: false, scheme: null })
      if (shown) return sendMailHtml(reply, shown.html, false)
    }
    const { html } = await contents.message(message)
    if (html === null) throw new Problem('not_found', 'The message has no HTML part.', 'Its text may be at .plain.')
    return sendMailHtml(reply, html.replace(CID_LINK, `${message.uid}/parts/$1`), false)
  })

  app.get('/messages/:id.plain', { schema: { params } }, async (request, reply) => {
    const { text } = contents.reading(there(request.params.id))
    if (text === null) throw new Problem('not_found', 'The message has no text part.', 'Its HTML may be at .html.')
    return sendText(reply, text)
  })

  app.get('/messages/:id.source', { schema: { params } }, async (request, reply) =>
    sendBytes(reply.type('text/plain; charset=utf-8'), there(request.params.id).raw),
  )

  app.get('/messages/:id.eml', { schema: { params } }, async (request, reply) => {
    const { uid, raw } = there(request.params.id)
    saveAs(reply, `${uid}.eml`)
    return sendBytes(reply.type('message/rfc822'), raw)
  })

  app.get('/messages/:id/parts/:cid', { schema: { params: partParams } }, async (request, reply) => {
    const { id, cid } = request.params
    const message = there(id)
    const { parts: all } = await contents.message(message)
    const found = await contents.part(message, all.find(({ contentId }) => contentId === cid)?.id ?? cid)
    if (!found) throw new Problem('not_found', `The message has no part ${cid}.`, `See /messages/${id}.json.`)
    return sendPart(reply, found)
  })

  app.delete('/', (_request, reply) => sendText(reply.code(403), NOT_ENDED))
}

/** What names a part: its Content-ID, or where it has none its number, as MailCatcher makes one up. */
function cidOf({ contentId, id }: Part): string {
  return contentId ?? id
}
