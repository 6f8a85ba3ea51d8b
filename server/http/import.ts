/** POST /api/messages: a message, or those of an mbox, put in by hand as if they had been received. */
import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { DEFAULT_INBOX, isInboxName } from '../mail/inboxes.js'
import { sliced } from '../mail/loop.js'
import { messagesOfMbox } from '../mail/mbox.js'
import type { Envelope, Received } from '../mail/message.js'
import { Reading } from '../mail/reading.js'
import { Problem } from './errors.js'
import { query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, Imported, named } from './schema.js'

/** The largest mbox: it is held in memory as a whole. */
const MAX_MBOX_BYTES = 256 * 1024 * 1024
/** Recipients of an added message: as many as SMTP takes by default. */
const MAX_ADDED_RECIPIENTS = 10_000

export function importRoutes(app: App, parts: RouteParts): void {
  const { store } = parts
  const { maxMessageBytes } = parts.info().limits
  const addQuery = query({
    'mail-from': Type.Optional(Type.String({ description: 'The reverse-path; <> is the null path. Default: From.' })),
    'rcpt-to': Type.Optional(Type.String({ description: 'The recipients, with commas. Default: To, Cc, Bcc.' })),
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
    const ids: string[] = []
    for (const raw of isMbox ? messagesOfMbox(body) : [body]) {
      if (raw.length > maxMessageBytes) throw refusalOf('over-limit', ids.length)
      // A slice would keep the whole mbox in memory as long as one of its messages.
      const received = receivedByHand(isMbox ? Buffer.from(raw) : raw, envelope, parts.now())
      received.inboxes = parts.inboxes.ofMessage(received, envelope.inbox ?? null)
      const appended = await store.append(received)
      if (appended.type === 'refused') throw refusalOf(appended.reason, ids.length)
      ids.push(appended.message.id)
      const pause = rest()
      if (pause) await pause
    }
    if (ids.length === 0)
      throw new Problem('invalid_body', 'The body is no mbox.', 'Each message of an mbox begins with a line "From ".')
    reply.code(201)
    return { ids }
  }
}

function refusalOf(reason: 'full' | 'too-large' | 'over-limit', added: number): Problem {
  const before = added > 0 ? ` ${added} were added before it.` : ''
  if (reason === 'full')
    return new Problem(
      'store_full',
      `The store is full.${before}`,
      'Delete messages, or raise --max-messages, --max-bytes.',
    )
  if (reason === 'too-large')
    return new Problem('too_large', `The message does not fit into the store.${before}`, 'Raise --max-bytes.')
  return new Problem('too_large', `The message is larger than the limit.${before}`, 'Raise --max-message-bytes.')
}

/** A message as if received, with the envelope that is given, or the one that its headers suggest. */
function receivedByHand(raw: Buffer, given: { 'mail-from'?: string; 'rcpt-to'?: string }, nowMs: number): Received {
  const received: Received = {
    raw,
    envelope: emptyEnvelope(),
    receivedAtMs: nowMs,
    inboxes: [DEFAULT_INBOX],
    sessionId: null,
    attempts: 1,
    warnings: [],
  }
  const said = new Reading({ ...received, id: '', uid: 0, read: false, tags: [] }).summary()
  const from = given['mail-from'] === undefined ? said.from?.address : path('mail-from', given['mail-from'])
  const to =
    given['rcpt-to'] === undefined
      ? [...said.to, ...said.cc, ...said.bcc].map(({ address }) => address)
      : given['rcpt-to'].split(',').map(address => path('rcpt-to', address.trim()))
  if (to.length > MAX_ADDED_RECIPIENTS)
    throw new Problem(
      'invalid_parameter',
      `rcpt-to has ${to.length} recipients.`,
      `Give at most ${MAX_ADDED_RECIPIENTS}.`,
    )
  received.envelope.from = from ?? ''
  received.envelope.to = to.filter(address => address !== '')
  received.envelope.recipients = received.envelope.to.map(address => ({ address, params: {} }))
  return received
}

/** A path without its angle brackets. Control characters never stand in an envelope. */
function path(parameter: 'mail-from' | 'rcpt-to', text: string): string {
  const address = text.replace(/^<(.*)>$/, '$1')
  const isNull = parameter === 'mail-from' && text === '<>'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if ((address === '' && !isNull) || /[\x00-\x1f\x7f<>]/.test(address))
    throw new Problem('invalid_parameter', `${parameter}: ${JSON.stringify(text)} is no address.`, 'Give user@domain.')
  return address
}

function emptyEnvelope(): Envelope {
  return {
    verb: 'MAIL',
    from: '',
    fromParams: {},
    to: [],
    recipients: [],
    helo: null,
    remoteAddress: null,
    remotePort: null,
    localPort: null,
    tls: null,
    auth: null,
  }
}
