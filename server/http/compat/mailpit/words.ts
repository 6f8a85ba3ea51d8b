/** Our messages in Mailpit's words. */
import { createHash } from 'node:crypto'
import type { Contents } from '../../../mail/content.js'
import { addresses, firstHeader } from '../../../mail/headers.js'
import { valueAsSent } from '../../../mail/headers-as-sent.js'
import { type Loop, sliced } from '../../../mail/loop.js'
import type * as mail from '../../../mail/message.js'
import type { Reading } from '../../../mail/reading.js'
import type { Address, Attachment, Message, MessageSummary } from './shapes.js'

/** Bytes that are hashed between two looks at the clock. */
const HASHED_BYTES = 256 * 1024

/** A row of a list. */
export function summaryOf(stored: mail.Stored, contents: Pick<Contents, 'reading'>): MessageSummary {
  const reading = contents.reading(stored)
  const { id, subject, read, tags, receivedAt, size, attachments, snippet, ...summary } = reading.summary()
  return {
    ID: id,
    MessageID: messageIdOf(reading),
    Read: read,
    ...addressedOf(summary, reading),
    Subject: subject,
    Created: receivedAt,
    Username: usernameOf(stored),
    Tags: tags,
    Size: size,
    Attachments: attachments,
    Snippet: snippet,
  }
}

/** Everything about a message. */
export async function messageOf(stored: mail.Stored, contents: Contents, loop: Loop): Promise<Message> {
  const message = await contents.message(stored)
  const reading = contents.reading(stored)
  const attachments = await attachmentsOf(stored, message.parts, contents, loop)
  const returnPath = firstHeader(reading.headers, 'Return-Path')?.replace(/^<|>$/g, '')
  return {
    ID: message.id,
    MessageID: messageIdOf(reading),
    ...addressedOf(message, reading),
    ReturnPath: returnPath || message.envelope.from || (message.from?.address ?? ''),
    Subject: message.subject,
    ListUnsubscribe: listUnsubscribeOf(reading),
    Date: message.date ?? message.receivedAt,
    Tags: message.tags,
    Username: usernameOf(stored),
    Text: reading.words,
    HTML: message.html ?? '',
    Size: message.size,
    Inline: attachments.filter(({ disposition }) => disposition === 'inline').map(({ shown }) => shown),
    Attachments: attachments.filter(({ disposition }) => disposition === 'attachment').map(({ shown }) => shown),
  }
}

const addressOf = ({ name, address }: mail.Address): Address => ({ Name: name, Address: address })

type Addressed = Pick<mail.Summary, 'from' | 'to' | 'cc' | 'bcc' | 'hiddenRecipients'>

/** Who to whom. Recipients that no header names are Mailpit's Bcc. */
function addressedOf({ from, to, cc, bcc, hiddenRecipients }: Addressed, { headers }: Reading) {
  const hidden = hiddenRecipients.map(address => ({ Name: '', Address: address }))
  return {
    From: from ? addressOf(from) : { Name: '', Address: '' },
    To: to.map(addressOf),
    Cc: cc.map(addressOf),
    Bcc: [...bcc.map(addressOf), ...hidden],
    ReplyTo: addresses(headers, 'Reply-To').map(addressOf),
  }
}

function messageIdOf({ headers }: Reading): string {
  return (firstHeader(headers, 'Message-ID') ?? '').trim().replace(/^<|>$/g, '')
}

function usernameOf({ envelope }: mail.Stored): string {
  return envelope.auth?.username ?? ''
}

async function attachmentsOf(
  stored: mail.Stored,
  parts: readonly mail.Part[],
  contents: Contents,
  loop: Loop,
): Promise<{ shown: Attachment; disposition: mail.Part['disposition'] }[]> {
  const wanted = new Set(parts.map(({ id }) => id))
  const found: { shown: Attachment; disposition: mail.Part['disposition'] }[] = []
  if (wanted.size === 0) return found
  const rest = sliced(loop)
  for await (const { part, bytes } of contents.parts(stored)) {
    if (!wanted.has(part.id)) continue
    const md5 = createHash('md5')
    const sha1 = createHash('sha1')
    for (let at = 0; at < bytes.length; at += HASHED_BYTES) {
      const piece = bytes.subarray(at, at + HASHED_BYTES)
      md5.update(piece)
      sha1.update(piece)
      await rest()
    }
    const shown = {
      PartID: part.id,
      FileName: part.filename ?? part.contentId ?? '',
      ContentType: part.contentType,
      ContentID: part.contentId ?? '',
      Size: part.size,
      Checksums: { MD5: md5.digest('hex'), SHA1: sha1.digest('hex'), SHA256: part.sha256 },
    }
    found.push({ shown, disposition: part.disposition })
  }
  return found
}

function listUnsubscribeOf({ headers }: Reading): Message['ListUnsubscribe'] {
  const header = firstHeader(headers, 'List-Unsubscribe') ?? ''
  const links = [...header.matchAll(/<([^<>\s]+)>/g)].map(([, link = '']) => link)
  const isUsable = (link: string) => /^(?:https?:|mailto:.)/i.test(link) && URL.canParse(link)
  const wrong = links.find(link => !isUsable(link))
  const errors =
    header === ''
      ? ''
      : links.length === 0
        ? 'no links in angle brackets'
        : wrong === undefined
          ? ''
          : `invalid link: ${wrong}`
  return {
    Header: header,
    Links: links.filter(isUsable),
    Errors: errors,
    HeaderPost: header === '' ? '' : (firstHeader(headers, 'List-Unsubscribe-Post') ?? ''),
  }
}

/** Header fields by name in Go's form (`Message-Id`), undecoded, in alphabetical order. */
export function headersOf({ headers }: Reading): Record<string, string[]> {
  const fields = new Map<string, string[]>()
  for (const field of headers) {
    const key = field.name.toLowerCase().replace(/(^|-)[a-z]/g, start => start.toUpperCase())
    fields.set(key, [...(fields.get(key) ?? []), Buffer.from(valueAsSent(field), 'latin1').toString()])
  }
  return Object.fromEntries([...fields].sort(([one], [other]) => (one < other ? -1 : 1)))
}
