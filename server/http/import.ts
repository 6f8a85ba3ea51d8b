/** POST /api/messages: a message, or those of an mbox, put in by hand as if they had been received. */
import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { addByHand, explainRefusal, type GivenEnvelope, givenOf, type Refusal } from '../mail/by-hand.js'
import { isInboxName } from '../mail/inboxes.js'
import { sliced } from '../mail/loop.js'
import { messagesOfMbox } from '../mail/mbox.js'
import { Problem } from './errors.js'
import { query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, Imported, named } from './schema.js'

/** The largest mbox: it is held in memory as a whole. */
const MAX_MBOX_BYTES = 256 * 1024 * 1024

export function importRoutes(app: App, parts: RouteParts): void {
  const { maxMessageBytes } = parts.info().limits
  const addQuery = query({
    'mail-from': Type.Optional(
      Type.String({
        description: 'The reverse-path; <> is the null path. Default: what an mbox of ours says, else From.',
      }),
    ),
    'rcpt-to': Type.Optional(
      Type.String({
        description: 'The recipients, with commas. Default: what an mbox of ours says, else To, Cc, Bcc.',
      }),
    ),
    inbox: Type.Optional(Type.String({ description: 'The inbox, where no recipient or header says another.' })),
  })
  const addSchema = {
    tags: ['messages'],
    summary: 'Adds a message, or those of an mbox, as if received.',
    querystring: addQuery,
    body: {
      content: {
        'message/rfc822': { schema: Type.Unsafe<Buffer>({ description: 'A message, kept byte for byte.' }) },
        'application/mbox': { schema: Type.Unsafe<Buffer>({ description: 'Messages, each kept byte for byte.' }) },
      },
    },
    response: { 201: named(Imported), '4xx': named(ApiError), 507: named(ApiError) },
  }
  app.register(async scoped => {
    // Only here: elsewhere a body of these types is refused.
    const asBuffer = { parseAs: 'buffer' } as const
    const keep = (_request: unknown, body: string | Buffer, done: (error: null, body: string | Buffer) => void) =>
      done(null, body)
    scoped.removeAllContentTypeParsers()
    scoped.addContentTypeParser('message/rfc822', { ...asBuffer, bodyLimit: maxMessageBytes }, keep)
    scoped.addContentTypeParser('application/mbox', { ...asBuffer, bodyLimit: MAX_MBOX_BYTES }, keep)
    scoped.post<{ Body: Buffer | undefined; Querystring: Static<typeof addQuery> }>(
      '/api/messages',
      { schema: addSchema },
      async (request, reply) => add(request.body, request.headers['content-type'] ?? '', request.query, reply),
    )
  })

  async function add(
    body: Buffer | undefined,
    contentType: string,
    envelope: Static<typeof addQuery>,
    reply: FastifyReply,
  ): Promise<Imported> {
    if (envelope.inbox !== undefined && !isInboxName(envelope.inbox))
      throw new Problem('invalid_parameter', `inbox=${envelope.inbox} is no name.`, 'Use letters, digits and . _ @ + -')
    if (!Buffer.isBuffer(body))
      throw new Problem('invalid_body', 'There is no message in the body.', 'Send it as message/rfc822.')
    const isMbox = contentType.toLowerCase().startsWith('application/mbox')
    const rest = sliced(parts.loop)
    const given: GivenEnvelope = {
      ...(envelope['mail-from'] !== undefined && { from: envelope['mail-from'] }),
      ...(envelope['rcpt-to'] !== undefined && { to: envelope['rcpt-to'].split(',') }),
    }
    const ids: string[] = []
    for (const message of isMbox ? messagesOfMbox(body) : [{ raw: body, envelope: null }]) {
      const pause = rest()
      if (pause) await pause
      if (message === null) continue
      const { raw, envelope: noted } = message
      // A slice would keep the whole mbox in memory as long as one of its messages.
      const kept = isMbox ? Buffer.from(raw) : raw
      const added = await addByHand(
        { ...parts, maxMessageBytes },
        kept,
        { ...givenOf(noted), ...given },
        envelope.inbox,
      )
      if (added.type === 'refused') throw refusalOf(added.reason, ids.length)
      ids.push(added.message.id)
    }
    if (ids.length === 0)
      throw new Problem('invalid_body', 'The body is no mbox.', 'Each message of an mbox begins with a line "From ".')
    reply.code(201)
    return { ids }
  }
}

function refusalOf(reason: Refusal, added: number): Problem {
  const [problem, fix] = explainRefusal(reason)
  const before = added > 0 ? ` ${added} were added before it.` : ''
  return new Problem(reason === 'full' ? 'store_full' : 'too_large', `${problem}${before}`, fix)
}
