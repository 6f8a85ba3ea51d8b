/** Envelope and headers compared: who was meant, who was named, and where the two differ. Pure. */
import type { EsmtpParams, Message, TranscriptLine } from '../server/http/schema.js'

export type HeaderName = 'To' | 'Cc' | 'Bcc'

export interface Delivered {
  /** The address in the envelope; null for one that only a header names. */
  envelope: string | null
  params: EsmtpParams
  /** The header that names it and how, or null for a hidden recipient. */
  header: { name: HeaderName; text: string } | null
}

const key = (address: string) => address.trim().toLowerCase()

/** Every recipient of the envelope with the header that names it, then those whom only a header names. */
export function compareRecipients({ envelope, to, cc, bcc }: Message): Delivered[] {
  const named = new Map<string, NonNullable<Delivered['header']>>()
  const lists = { To: to, Cc: cc, Bcc: bcc } as const
  for (const name of ['To', 'Cc', 'Bcc'] as const) {
    for (const { name: person, address } of lists[name]) {
      if (!named.has(key(address))) named.set(key(address), { name, text: person ? `${person} <${address}>` : address })
    }
  }
  const delivered: Delivered[] = envelope.recipients.map(({ address, params }) => ({
    envelope: address,
    params,
    header: named.get(key(address)) ?? null,
  }))
  for (const { address } of envelope.recipients) named.delete(key(address))
  for (const header of named.values()) delivered.push({ envelope: null, params: {}, header })
  return delivered
}

export const sameAddress = (one: string, other: string): boolean => key(one) === key(other)

/** What the parameters of MAIL and RCPT mean, for those who do not know the RFCs by heart. */
export const PARAMS: Record<string, string> = {
  AUTH: 'Who submitted it, as the client says (RFC 4954)',
  BODY: 'The kind of the body (RFC 6152)',
  ENVID: "The sender's name for the envelope, for reports (RFC 3461)",
  NOTIFY: 'When the sender wants a report about this recipient (RFC 3461)',
  ORCPT: 'The recipient as first given (RFC 3461)',
  RET: 'How much of the message a report shall return (RFC 3461)',
  SIZE: "The client's estimate of the size in bytes (RFC 1870)",
  SMTPUTF8: 'Addresses or headers may be in UTF-8 (RFC 6531)',
}

/** The commands that begin a transaction. */
const BEGINS = /^(?:MAIL|SEND|SOML|SAML)\b/i

/**
 * The part of what was said that is about one message, from its MAIL to the answer that it is stored: a pooled connection
 * brings many. Null where that is not there, or is all that there is but the greeting and the farewell.
 */
export function partOf(lines: readonly TranscriptLine[], messageId: string): { from: number; to: number } | null {
  const begins = ({ from, line }: TranscriptLine) => from === 'client' && BEGINS.test(line)
  if (lines.filter(begins).length < 2) return null
  const last = lines.findIndex(({ from, line }) => from === 'server' && line.endsWith(` queued as ${messageId}`))
  const first = lines.slice(0, last + 1).findLastIndex(begins)
  return first === -1 ? null : { from: first, to: last + 1 }
}
