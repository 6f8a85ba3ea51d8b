/**
 * What a message is: the words the whole project uses, with a sentence for every field.
 *
 * `Received` is what the SMTP side hands over, `Stored` is what the store keeps, `Summary` is a row of a list,
 * `Message` is everything. The last two are also the JSON of the REST API (http/schema.ts is checked against them),
 * so times are RFC 3339 strings in UTC with milliseconds and sizes are bytes.
 */

/** A mailbox as a header names it. */
export interface Address {
  /** The display name, decoded; empty where there is none. */
  name: string
  /** The addr-spec (RFC 5322 3.4.1), as written. */
  address: string
}

/** Parameters of MAIL or RCPT by keyword in upper case; `true` where a keyword stood without a value. */
export type EsmtpParams = Record<string, string | true>

/** One forward-path (RFC 5321 4.1.1.3) as the client said it. */
export interface Recipient {
  /** The path without its angle brackets; a source route is kept. */
  address: string
  params: EsmtpParams
}

/** What the client said about a message outside the message: the SMTP envelope and where it came from. */
export interface Envelope {
  /** The command that opened the transaction; all but MAIL are RFC 821's. */
  verb: 'MAIL' | 'SEND' | 'SOML' | 'SAML'
  /** The reverse-path without its angle brackets; empty for the null path `<>`. */
  from: string
  /** Parameters of the command that opened the transaction. */
  fromParams: EsmtpParams
  /** The accepted forward-paths in the order said, duplicates kept. */
  to: string[]
  /** The same forward-paths with their parameters. */
  recipients: Recipient[]
  /** The name given with HELO or EHLO; null for a message that did not come over SMTP. */
  helo: string | null
  /** The client's IP address; null for a message that did not come over SMTP. */
  remoteAddress: string | null
  /** The client's port. */
  remotePort: number | null
  /** The port of ours that it connected to. */
  localPort: number | null
  /** The TLS session in force at the end of data, or null in the clear. */
  tls: { version: string; cipher: string } | null
  /** Who had logged in, or null. */
  auth: { mechanism: string; username: string } | null
}

/** A message on its way into the store. */
export interface Received {
  /** Exactly what came after DATA or BDAT, dot-unstuffed and otherwise untouched. */
  raw: Buffer
  envelope: Envelope
  /** When the last byte came, in milliseconds since 1970. */
  receivedAtMs: number
  /** The inboxes that it belongs to; never empty. */
  inboxes: string[]
  /** The SMTP session that brought it; null for a message that was added by hand. */
  sessionId: string | null
  /** How many transactions it took, this one included. */
  attempts: number
  /** What a strict server would have refused, in words. */
  warnings: string[]
}

/** A message in the store. Only `read`, `tags` and `inboxes` ever change, and only by the store. */
export interface Stored extends Received {
  /** Opaque, of lower-case letters and digits, unique across restarts. */
  readonly id: string
  /** Its place in the store's one rising number: order of arrival, IMAP UID, change sequence. */
  readonly uid: number
  read: boolean
  /** Those that were set; null while it has those that it brought along (tags.ts), which nobody has looked for yet. */
  tags: string[] | null
}

/** One row of a list. */
export interface Summary {
  id: string
  uid: number
  inboxes: string[]
  receivedAt: string
  /** Length of the raw message in bytes. */
  size: number
  read: boolean
  /** Those that were set, else those that it brought along: X-Tags, and what stands behind a plus in its addresses. */
  tags: string[]
  envelope: { from: string; to: string[] }
  /** The first mailbox of the From header; null where there is none. */
  from: Address | null
  /** As the To headers say. */
  to: Address[]
  /** As the Cc headers say. */
  cc: Address[]
  /** As the Bcc headers say: a header that should not be there, so it also brings a warning. */
  bcc: Address[]
  /** Recipients of the envelope that no To, Cc or Bcc header names. */
  hiddenRecipients: string[]
  /** The Subject, decoded; empty where there is none. */
  subject: string
  /** The start of the text, or of the HTML's text, at most 200 characters. */
  snippet: string
  /** How many parts have the disposition `attachment`. */
  attachments: number
  /** The one-time code in it, or null. */
  otp: string | null
  sessionId: string | null
  attempts: number
  /** What a strict server would have refused, and what is odd in the message. */
  warnings: string[]
}

/** A link of the HTML or the text, in order. */
export interface Link {
  /** The address, entities decoded, otherwise as written. */
  href: string
  /** Its words; the address itself for a bare link. */
  text: string
  /** Whether it looks like a way to unsubscribe. */
  unsubscribe: boolean
}

/** A part that is neither the message's text nor its HTML nor a multipart. */
export interface Part {
  /** The IMAP part number: `2`, `1.2`. */
  id: string
  filename: string | null
  contentType: string
  /** Size of the decoded bytes. */
  size: number
  disposition: 'attachment' | 'inline'
  /** The Content-ID without angle brackets. */
  contentId: string | null
  /** Hash of the decoded bytes, hexadecimal. */
  sha256: string
  /** Where the decoded bytes are served: a path from the root, base path included. */
  url: string
}

/** One node of the MIME tree (RFC 2045). */
export interface Node {
  /** The IMAP part number; empty for the top of a multipart message. */
  id: string
  contentType: string
  /** The Content-Transfer-Encoding in lower case, or null. */
  encoding: string | null
  /** The charset parameter, or null. */
  charset: string | null
  /** Where its body begins in raw. */
  offset: number
  /** Length of its body in raw, still encoded. */
  size: number
  children: Node[]
}

/** Everything about a message. */
export interface Message extends Omit<Summary, 'envelope'> {
  envelope: Envelope
  /** The Date header as RFC 3339, or null where there is none that can be read. */
  date: string | null
  /** The Message-ID with its angle brackets, or null. */
  messageId: string | null
  replyTo: Address[]
  /** Every header field in order, decoded, duplicates kept. */
  headers: { name: string; value: string }[]
  /** The first text/plain that is no attachment: transfer- and charset-decoded, nothing else changed. */
  text: string | null
  /** The first text/html that is no attachment, likewise. */
  html: string | null
  links: Link[]
  /** The one-time codes in it, the likeliest first. */
  otps: string[]
  parts: Part[]
  structure: Node
}
