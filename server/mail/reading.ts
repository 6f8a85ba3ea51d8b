/**
 * One message as it is read: everything that can be known of it synchronously, found when it is asked for and then
 * remembered. Making a Reading costs nothing. No getter throws: a message that cannot be parsed is still listed.
 */
import type { Code } from './codes.js'
import { codesOf, standingOut } from './codes.js'
import { decodeText, decodeTextInSteps } from './decode.js'
import type { HeaderBlock, HeaderField } from './headers.js'
import { addressBudget, addresses, firstHeader, parseHeaders } from './headers.js'
import { textOfHtml } from './html.js'
import { linksOf } from './links.js'
import type { Steps } from './loop.js'
import type { Address, Link, Stored, Summary } from './message.js'
import type { Structure } from './structure.js'
import { structureOf } from './structure.js'
import { broughtTags, mayBringTags, NO_TAGS } from './tags.js'

/** Decoded bytes of the first text part that a summary looks at. */
const SNIPPET_SOURCE_BYTES = 4096
/** HTML begins with styles more often than not, so its summary may look further for words. */
const SNIPPET_HTML_BYTES = 64 * 1024
const SNIPPET_CHARACTERS = 200
/** Characters of what the HTML says in which a code is looked for that the text does not have. */
const HTML_CODE_CHARACTERS = 16 * 1024

/** What a summary says that is found in the bytes, and so never changes. */
export type Found = Pick<
  Summary,
  'from' | 'to' | 'cc' | 'bcc' | 'hiddenRecipients' | 'subject' | 'snippet' | 'attachments' | 'otp' | 'warnings'
>

/** The mailboxes that the headers of a message name. */
export type Mailboxes = Pick<Summary, 'from' | 'to' | 'cc' | 'bcc'>

/**
 * One message as it is read. What it found for a summary is small and stays; what is as heavy as the message is
 * forgotten when `forget` says so, and found again when it is asked for.
 */
export class Reading {
  readonly message: Stored
  readonly #grown: ((reading: Reading) => void) | undefined
  #found: Found | undefined
  #headers: HeaderBlock | undefined
  #structure: Structure | undefined
  #text: string | null | undefined
  #html: string | null | undefined
  #words: string | undefined
  #links: Link[] | undefined
  #codes: Code[] | undefined
  /** Few and small, so that they stay. */
  #broughtTags: string[] | undefined

  /** `grown` is told when the reading has become heavy. */
  constructor(message: Stored, grown?: (reading: Reading) => void) {
    this.message = message
    this.#grown = grown
  }

  /** Lets go of all that is heavy. */
  forget(): void {
    this.#headers = undefined
    this.#structure = undefined
    this.#text = undefined
    this.#html = undefined
    this.#words = undefined
    this.#links = undefined
    this.#codes = undefined
  }

  /** Decodes the text and the HTML with a stop after each short piece of work: nothing that is asked after it takes long. */
  *decode(): Steps<void> {
    const { raw } = this.message
    const { structure } = this
    if (this.#text === undefined) this.#text = structure.text && (yield* decodeTextInSteps(raw, structure.text))
    if (this.#html === undefined) this.#html = structure.html && (yield* decodeTextInSteps(raw, structure.html))
    this.#grown?.(this)
  }

  get structure(): Structure {
    if (this.#structure) return this.#structure
    const structure = structureOf(this.message.raw, this.#headers)
    this.#headers = structure.headers
    this.#structure = structure
    this.#grown?.(this)
    return structure
  }

  get headers(): HeaderField[] {
    if (!this.#headers) {
      this.#headers = parseHeaders(this.message.raw)
      this.#grown?.(this)
    }
    return this.#headers.fields
  }

  /** The Subject, decoded; empty where there is none. */
  get subject(): string {
    return firstHeader(this.headers, 'Subject') ?? ''
  }

  /** The first text/plain that is no attachment, decoded. */
  get text(): string | null {
    if (this.#text === undefined) {
      const { text } = this.structure
      this.#text = text && decodeText(this.message.raw, text)
    }
    return this.#text
  }

  /** The first text/html that is no attachment, decoded. */
  get html(): string | null {
    if (this.#html === undefined) {
      const { html } = this.structure
      this.#html = html && decodeText(this.message.raw, html)
    }
    return this.#html
  }

  /** What a reader reads: the text, or the HTML's text where there is none. */
  get words(): string {
    this.#words ??= this.text?.trim() ? this.text : this.html === null ? (this.text ?? '') : textOfHtml(this.html)
    return this.#words
  }

  /** The names of the parts, as the sender wrote them. */
  get filenames(): string[] {
    return this.structure.parts.flatMap(part => part.filename ?? [])
  }

  get links(): Link[] {
    this.#links ??= linksOf(this.text, this.html)
    return this.#links
  }

  /** The one-time codes with their scores, the likeliest first. */
  get codes(): Code[] {
    if (!this.#codes) {
      this.#codes = codesOf(this.subject, this.words)
      // "Your mail program shows no HTML": the text says less than the HTML.
      if (this.#codes.length === 0 && this.text?.trim() && this.html !== null)
        this.#codes = codesOf(this.subject, textOfHtml(this.html, HTML_CODE_CHARACTERS))
    }
    return this.#codes
  }

  /** The one-time codes, the likeliest first. */
  get otps(): string[] {
    return this.codes.map(({ code }) => code)
  }

  /** The mailboxes that the headers name. */
  get mailboxes(): Mailboxes {
    const { headers } = this
    // One for all: they are read in one go.
    const budget = addressBudget()
    return {
      from: addresses(headers, 'From', budget)[0] ?? null,
      to: addresses(headers, 'To', budget),
      cc: addresses(headers, 'Cc', budget),
      bcc: addresses(headers, 'Bcc', budget),
    }
  }

  /** Its tags: those that were set, else those that it brought along. */
  get tags(): string[] {
    if (this.message.tags) return this.message.tags
    this.#broughtTags ??= mayBringTags(this.message) ? this.#bringTags() : NO_TAGS
    return this.#broughtTags
  }

  /** The recipients of the envelope that no header names, each once. */
  get hiddenRecipients(): string[] {
    const { to, cc, bcc } = this.mailboxes
    return hiddenRecipients(this.message.envelope.to, [...to, ...cc, ...bcc])
  }

  /** What a summary says of the bytes. */
  get found(): Found {
    this.#found ??= this.#find()
    return this.#found
  }

  /** A summary looks only at the start of a message. Who has read all of it settles which code it has. */
  settle(): void {
    this.#found = { ...this.found, otp: standingOut(this.codes) }
  }

  /** A row of a list. `read` and `tags` are as they are now. */
  summary(): Summary {
    const { id, uid, inboxes, receivedAtMs, raw, read, envelope, sessionId, attempts, warnings } = this.message
    const { found, tags } = this
    return {
      id,
      uid,
      inboxes,
      receivedAt: new Date(receivedAtMs).toISOString(),
      size: raw.length,
      read,
      tags,
      envelope: { from: envelope.from, to: envelope.to },
      ...found,
      sessionId,
      attempts,
      warnings: [...warnings, ...found.warnings],
    }
  }

  #bringTags(): string[] {
    const { headers, message } = this
    // Ten thousand addresses take a while, and a summary has read them.
    const { to, cc, bcc, from } = this.#found ?? this.mailboxes
    const hidden = this.#found?.hiddenRecipients ?? hiddenRecipients(message.envelope.to, [...to, ...cc, ...bcc])
    return broughtTags({ headers, from, to, cc, bcc, hiddenRecipients: hidden, inboxes: message.inboxes })
  }

  #find(): Found {
    const { structure, subject, message, mailboxes } = this
    const { to, cc, bcc } = mailboxes
    const start = this.#start()
    const warnings = [...structure.warnings]
    if (bcc.length > 0) warnings.push('A Bcc header is in the message: every recipient can read it.')
    return {
      ...mailboxes,
      hiddenRecipients: hiddenRecipients(message.envelope.to, [...to, ...cc, ...bcc]),
      subject,
      snippet: snippetOf(start),
      attachments: structure.parts.filter(part => part.disposition === 'attachment').length,
      otp: standingOut(codesOf(subject, start)),
      warnings,
    }
  }

  /** The start of what a reader reads. */
  #start(): string {
    const { raw } = this.message
    const { text, html } = this.structure
    const start = text ? decodeText(raw, text, SNIPPET_SOURCE_BYTES) : ''
    if (start.trim() !== '' || !html) return start
    return textOfHtml(decodeText(raw, html, SNIPPET_HTML_BYTES), SNIPPET_SOURCE_BYTES)
  }
}

/** White space, and the invisible characters that newsletters pad their preview with. */
const PADDING = /(?:[\s\u00ad\u061c\u180e\u200b-\u200f\u2060\ufeff]|\u034f)+/g

function snippetOf(text: string): string {
  const line = text
    .slice(0, 4 * SNIPPET_CHARACTERS)
    .replace(PADDING, ' ')
    .trim()
  const cut = line.slice(0, SNIPPET_CHARACTERS)
  const whole = /[\ud800-\udbff]$/.test(cut) && line.length > cut.length ? cut.slice(0, -1) : cut
  // A copy: a slice would keep the text alive that it was cut from, for as long as the message is there.
  return Buffer.from(whole).toString()
}

/** The recipients of the envelope that no header names, each once. */
function hiddenRecipients(recipients: readonly string[], named: readonly Address[]): string[] {
  const known = new Set(named.map(({ address }) => mailboxOf(address)))
  const hidden: string[] = []
  for (const recipient of recipients) {
    const mailbox = mailboxOf(recipient)
    if (known.has(mailbox)) continue
    known.add(mailbox)
    hidden.push(recipient)
  }
  return hidden
}

/** An address for comparing: no brackets, no source route (RFC 5321 4.1.1.3), lower case, the domain in ASCII. */
function mailboxOf(path: string): string {
  const mailbox = path
    .trim()
    .replace(/^<|>$/g, '')
    .replace(/^@[^:]*:/, '')
    .toLowerCase()
  const domainStart = mailbox.lastIndexOf('@') + 1
  const domain = mailbox.slice(domainStart)
  if (!NON_ASCII.test(domain) || !URL.canParse(`http://${domain}`)) return mailbox
  return mailbox.slice(0, domainStart) + new URL(`http://${domain}`).hostname
}

const NON_ASCII = /[^\0-\x7f]/
