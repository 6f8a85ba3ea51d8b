/**
 * ENVELOPE (RFC 3501 7.4.2): what a mail program shows in its list, as sent: encoded words stay encoded, folds are undone.
 * Broken headers give what can be read of them, and never an error.
 */
import type { HeaderField } from '../mail/headers.js'
import { addressesAsSent, firstAsSent, type Group } from '../mail/headers-as-sent.js'
import type { Address } from '../mail/message.js'
import type { Encoder } from './encoder.js'

/** Characters of addresses of one field: some thousand recipients. A list of nothing but groups takes the longest: 20 ms. */
const MAX_ADDRESS_CHARACTERS = 64 * 1024
/** Addresses of a field after which others are served first. */
const MANY_ADDRESSES = 100

type Addresses = readonly (Address | Group)[]

/** Writes the envelope of a message with these header fields; stops where that takes long. */
export function* writeEnvelope(encoder: Encoder, fields: readonly HeaderField[]): Generator<void> {
  const text = (name: string) => encoder.nstring(firstAsSent(fields, name)).raw(' ')
  const addressesOf = (name: string) => addressesAsSent(fields, name, MAX_ADDRESS_CHARACTERS)
  encoder.raw('(')
  text('Date')
  text('Subject')
  const from = addressesOf('From')
  writeAddresses(encoder, from)
  for (const name of ['Sender', 'Reply-To', 'To', 'Cc', 'Bcc']) {
    const own = addressesOf(name)
    // The server fills these two in where they are missing or empty (RFC 3501 7.4.2).
    const addresses = own.length === 0 && (name === 'Sender' || name === 'Reply-To') ? from : own
    writeAddresses(encoder, addresses)
    if (addresses.length > MANY_ADDRESSES) yield
  }
  text('In-Reply-To')
  encoder.nstring(firstAsSent(fields, 'Message-ID')).raw(')')
}

function writeAddresses(encoder: Encoder, addresses: Addresses): void {
  if (addresses.length === 0) {
    encoder.raw('NIL ')
    return
  }
  encoder.raw('(')
  for (const entry of addresses) {
    if (!('group' in entry)) {
      writeAddress(encoder, entry)
      continue
    }
    // A group begins with its name where a mailbox is, and ends with nothing at all.
    encoder.raw('(NIL NIL ').string(entry.group).raw(' NIL)')
    for (const member of entry.members) writeAddress(encoder, member)
    encoder.raw('(NIL NIL NIL NIL)')
  }
  encoder.raw(') ')
}

function writeAddress(encoder: Encoder, { name, address }: Address): void {
  const at = address.lastIndexOf('@')
  // Nobody writes routes any more (RFC 5322 4.4), and where there is one it is not read.
  encoder
    .raw('(')
    .nstring(name || null)
    .raw(' NIL ')
  // A host that is NIL would say that this is a group, so that an address without one has an empty one.
  encoder.string(at < 0 ? address : address.slice(0, at)).raw(' ')
  encoder.string(at < 0 ? '' : address.slice(at + 1)).raw(')')
}
