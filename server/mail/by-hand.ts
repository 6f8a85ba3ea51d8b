/** A message that is put in without SMTP: as if received, with the envelope that is given or that its headers suggest. */
import { DEFAULT_INBOX, type Inboxes } from './inboxes.js'
import type { MboxMessage } from './mbox.js'
import type { Envelope, Received } from './message.js'
import { QueryError } from './query.js'
import { Reading } from './reading.js'
import type { Appended, MailStore } from './store.js'

/** The envelope of a message that is put in. */
export interface GivenEnvelope {
  /** The reverse-path; `<>` is the null path. The From header's address unless said. */
  from?: string
  /** The recipients. Those of the To, Cc and Bcc headers unless said. */
  to?: readonly string[]
}

/** Where a message is put in. */
export interface ByHand {
  store: Pick<MailStore, 'append'>
  inboxes: Pick<Inboxes, 'ofMessage'>
  now(): number
  maxMessageBytes: number
  /** Who had logged in to put it in; nobody unless said. */
  username?: string | undefined
}

/** A message that was put in, or why it was not. */
export type Added = Extract<Appended, { type: 'stored' }> | { readonly type: 'refused'; readonly reason: Refusal }

/** Recipients of an added message: as many as SMTP takes by default. */
const MAX_ADDED_RECIPIENTS = 10_000

/**
 * Puts a message in; `inbox` is where it goes when nothing that it says names another. Throws QueryError for what is no
 * address.
 */
export async function addByHand(
  { store, inboxes, now, maxMessageBytes, username }: ByHand,
  raw: Buffer,
  given: GivenEnvelope = {},
  inbox: string | null = null,
): Promise<Added> {
  if (raw.length > maxMessageBytes) return { type: 'refused', reason: 'over-limit' }
  const received = receivedByHand(raw, given, now())
  if (username !== undefined) received.envelope.auth = { mechanism: 'BASIC', username }
  received.inboxes = inboxes.ofMessage(received, inbox)
  return store.append(received)
}

/** The envelope that an mbox of ours has of a message; none where it could not be given by hand. */
export function givenOf(envelope: MboxMessage['envelope']): GivenEnvelope {
  if (!envelope || envelope.to.length > MAX_ADDED_RECIPIENTS) return {}
  if (![envelope.from, ...envelope.to].every(canBeGiven)) return {}
  return { from: envelope.from || '<>', to: envelope.to }
}

/** The message as if received; its inboxes are still to be said. Throws QueryError for what is no address. */
function receivedByHand(raw: Buffer, given: GivenEnvelope, nowMs: number): Received {
  const received: Received = {
    raw,
    envelope: emptyEnvelope(),
    receivedAtMs: nowMs,
    inboxes: [DEFAULT_INBOX],
    sessionId: null,
    attempts: 1,
    warnings: [],
  }
  const said = new Reading({ ...received, id: '', uid: 0, read: false, tags: null }).summary()
  const from = given.from === undefined ? said.from?.address : path('mail-from', given.from)
  const to =
    given.to === undefined
      ? [...said.to, ...said.cc, ...said.bcc].map(({ address }) => address)
      : given.to.map(address => path('rcpt-to', address.trim()))
  if (to.length > MAX_ADDED_RECIPIENTS)
    throw new QueryError('rcpt-to', `rcpt-to has ${to.length} recipients.`, `Give at most ${MAX_ADDED_RECIPIENTS}.`)
  received.envelope.from = from ?? ''
  received.envelope.to = to.filter(address => address !== '')
  received.envelope.recipients = received.envelope.to.map(address => ({ address, params: {} }))
  return received
}

/** Why a message is not put in: the store's reasons, and a limit of its own. */
export type Refusal = Extract<Appended, { type: 'refused' }>['reason'] | 'over-limit'

/** The same in words, and what to do. */
export function explainRefusal(reason: Refusal): [problem: string, fix: string] {
  switch (reason) {
    case 'full':
      return ['The store is full.', 'Delete messages, or raise --max-messages, --max-bytes.']
    case 'over-limit':
      return ['The message is larger than the limit.', 'Raise --max-message-bytes.']
    default:
      return ['The message does not fit into the store.', 'Raise --max-bytes.']
  }
}

/** A path without its angle brackets. Control characters never stand in an envelope. */
function path(parameter: 'mail-from' | 'rcpt-to', text: string): string {
  const address = text.replace(/^<(.*)>$/, '$1')
  const isNull = parameter === 'mail-from' && text === '<>'
  if ((address === '' && !isNull) || !canBeGiven(address))
    throw new QueryError(parameter, `${parameter}: ${JSON.stringify(text)} is no address`, 'Give user@domain.')
  return address
}

/** Whether an address can stand in an envelope that is given. */
export function canBeGiven(address: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return !/[\x00-\x1f\x7f<>]/.test(address)
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
