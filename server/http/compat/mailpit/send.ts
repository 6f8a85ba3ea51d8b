/** POST /api/v1/send: a message by its fields, put in as if it had been received. Its errors are JSON: `{ Error }`. */
import { randomUUID } from 'node:crypto'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { addByHand, explainRefusal } from '../../../mail/by-hand.js'
import { composing, type FileFields } from '../../../mail/compose.js'
import { rasterTypeOf } from '../../../mail/content.js'
import { DEFAULT_INBOX } from '../../../mail/inboxes.js'
import { inSlices, type Steps } from '../../../mail/loop.js'
import { basicLogin } from '../../basic.js'
import type { App } from '../../parts.js'
import { readJson } from '../lenient.js'
import { faultOf, ToolError } from '../shared.js'
import type { MailpitParts } from './parts.js'
import { Send } from './shapes.js'

/** What its JSON takes beside the message in base64. */
const MAX_BODY_BYTES = 32 * 1024 * 1024
/** What the fields say, and Headers must not. */
const OWN_HEADERS = ['to', 'from', 'cc', 'bcc', 'reply-to', 'date', 'subject', 'content-type', 'mime-version']
/** What stands in an address in angle brackets: a mailbox with one @, without blanks. */
const ADDRESS = /^[^\s<>@]+@[^\s<>@]+$/
const HEADER_NAME = /^[!-9;-~]+$/
/** Characters of base64 that are read in one go: about a millisecond of work. */
const PIECE_CHARACTERS = 256 * 1024

export function sendRoutes(app: App, parts: MailpitParts): void {
  const { maxMessageBytes } = parts.info().limits

  const errorHandler = (error: FastifyError | Error, _request: FastifyRequest, reply: FastifyReply) => {
    const { statusCode, text } = faultOf(error, parts.report)
    return reply.code(statusCode).send({ Error: text })
  }

  const options = { errorHandler, bodyLimit: Math.min(MAX_BODY_BYTES, 2 * maxMessageBytes) }
  app.post('/api/v1/send', options, async ({ body, headers }) => {
    const given = readJson(Send, body)
    const username = basicLogin(headers.authorization)?.username
    const { raw, envelope } = await inSlices(messageOf(given, parts.now()), parts.loop)
    // Not in the inbox of who asks: there it would be theirs who log in to send.
    const added = await addByHand({ ...parts, maxMessageBytes, username }, raw, envelope, DEFAULT_INBOX)
    if (added.type === 'refused') throw new ToolError(413, explainRefusal(added.reason).join(' '))
    return { ID: added.message.id }
  })
}

function* messageOf(given: Send, nowMs: number): Steps<{ raw: Buffer; envelope: { from: string; to: string[] } }> {
  const { From, To = [], Cc = [], Bcc = [], ReplyTo = [], Tags = [], Attachments = [] } = given
  const check = (what: string, addresses: readonly string[]) => {
    const wrong = addresses.find(address => !ADDRESS.test(address))
    if (wrong !== undefined) throw new ToolError(400, `invalid ${what} address: ${wrong}`)
  }
  const emails = (mailboxes: readonly { Email: string }[]) => mailboxes.map(({ Email }) => Email)
  check('From', [From.Email])
  check('To', emails(To))
  check('Cc', emails(Cc))
  check('Bcc', Bcc)
  check('Reply-To', emails(ReplyTo))
  const to = [...emails(To), ...emails(Cc), ...Bcc]
  if (to.length === 0) throw new ToolError(400, 'no recipients: give To, Cc or Bcc')

  const attachments: FileFields[] = []
  for (const file of Attachments) attachments.push(yield* fileOf(file))
  const raw = yield* composing({
    from: mailbox(From),
    ...(To.length > 0 && { to: To.map(mailbox) }),
    ...(Cc.length > 0 && { cc: Cc.map(mailbox) }),
    subject: given.Subject ?? '',
    text: given.Text ?? '',
    ...(given.HTML && { html: given.HTML }),
    headers: {
      ...(ReplyTo.length > 0 && { 'Reply-To': ReplyTo.map(mailbox).join(', ') }),
      Date: new Date(nowMs).toUTCString().replace('GMT', '+0000'),
      'Message-ID': `<${randomUUID()}@maildouble>`,
      ...(Tags.length > 0 && { 'X-Tags': Tags.join(', ') }),
      ...headersOf(given),
    },
    attachments,
  })
  return { raw, envelope: { from: From.Email, to } }
}

function headersOf({ Headers = {}, Tags = [] }: Send): Record<string, string> {
  const own = Tags.length > 0 ? [...OWN_HEADERS, 'x-tags'] : OWN_HEADERS
  for (const name of Object.keys(Headers)) {
    if (own.includes(name.toLowerCase())) throw new ToolError(400, `cannot overwrite header: "${name}"`)
    if (!HEADER_NAME.test(name)) throw new ToolError(400, `invalid header name: "${name}"`)
  }
  return Headers
}

/** A mailbox as a header has it. What is not ASCII is encoded by `compose`, which takes quotes away. */
function mailbox({ Name = '', Email }: { Name?: string; Email: string }): string {
  const name = Name.replace(/[\r\n]+/g, ' ').trim()
  if (name === '') return Email
  return /^[\x20-\x7e]*$/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}" <${Email}>` : `${name} <${Email}>`
}

type GivenFile = NonNullable<Send['Attachments']>[number]

function* fileOf({ Content, Filename, ContentType, ContentID }: GivenFile): Steps<FileFields> {
  // A browser's FileReader gives data: URIs.
  const content = yield* decoded(Content.slice(Content.lastIndexOf(',') + 1).trim())
  if (!content) throw new ToolError(400, `error decoding base64 attachment "${Filename}"`)
  return {
    filename: Filename,
    content,
    contentType: ContentType || rasterTypeOf(content) || 'application/octet-stream',
    ...(ContentID && { contentId: ContentID }),
  }
}

/** The bytes of base64, which may have blanks in it and lack its padding; undefined where it is none. */
function* decoded(text: string): Steps<Buffer | undefined> {
  const pieces: Buffer[] = []
  let rest = ''
  for (let at = 0; at < text.length; at += PIECE_CHARACTERS) {
    const isLast = at + PIECE_CHARACTERS >= text.length
    const piece = rest + text.slice(at, at + PIECE_CHARACTERS).replace(/\s+/g, '')
    const end = isLast ? piece.length : piece.length - (piece.length % 4)
    const base64 = isLast ? piece.replace(/={1,2}$/, '') : piece.slice(0, end)
    const bytes = Buffer.from(base64, 'base64')
    // Node passes over what is none, and ends at padding: then there are fewer.
    if (base64.length % 4 === 1 || bytes.length !== Math.floor((base64.length * 3) / 4)) return undefined
    pieces.push(bytes)
    rest = piece.slice(end)
    yield
  }
  return Buffer.concat(pieces)
}
