/**
 * The full Message, made on first read and remembered within bounds; summaries, parts, and the HTML made safe.
 *
 * Text, HTML and parts are decode.ts's and structure.ts's, whatever mailparser says: it changes line ends and joins
 * parts. It is asked for what it knows of broken headers, and it is a second opinion: a mail that makes it give up is
 * worth a warning. It gets the message without the bodies, 64 KiB at a time with a turn of the loop between; decoding
 * and hashing give way, too. Nothing here throws for any mail.
 */
import { createHash } from 'node:crypto'
import { Cache } from './cache.js'
import type { Check } from './checks/check.js'
import { decodeBytes, decodePieces, decodeTextInSteps } from './decode.js'
import { addresses, countUnknownWords, firstHeader, MAX_UNKNOWN_WORDS } from './headers.js'
import type { Loop } from './loop.js'
import { inSlices, sliced } from './loop.js'
import type { Message, Node, Part, Stored, Summary } from './message.js'
import { Reading } from './reading.js'
import type { SafeHtml, Scheme } from './safe-html.js'
import { safeHtmlInSlices } from './safe-html.js'
import type { MimeNode, Structure } from './structure.js'
import { isMultipart, MAX_NODES } from './structure.js'

/** Characters of remembered messages, about two bytes each. */
const MAX_REMEMBERED = 16 * 1024 * 1024
/** What a remembered message weighs beside its text: objects, headers, parts. */
const MESSAGE_OVERHEAD = 4096
/** The same for the results of checks, and what one of them weighs. */
const MAX_REMEMBERED_CHECKS = 2 * 1024 * 1024
const CHECK_WEIGHT = 500
/** Raw bytes whose readings are remembered: a reading holds its decoded text. */
const MAX_READ_BYTES = 16 * 1024 * 1024
/** Bytes of a header block that mailparser reads: it reads them in one go. */
const MAX_HEAD_BYTES = 256 * 1024
/** What mailparser gets between two turns of the loop. */
const FEED_BYTES = 64 * 1024

/** It takes longer to load than all that listening needs. */
const loadParser = () => import('mailparser')
/** They know much of clients. */
const loadChecks = () => import('./checks/run.js')

/** What a Message says that a Summary does not, and the warnings that came of reading it. */
type Content = Pick<
  Message,
  'date' | 'messageId' | 'replyTo' | 'headers' | 'text' | 'html' | 'links' | 'otps' | 'parts' | 'structure' | 'warnings'
>

/** What messages contain, read when it is asked for. */
export class Contents {
  readonly #loop: Loop
  readonly #basePath: string
  /** A reading lives as long as its message; the heavy ones are those that `#heavy` holds. */
  readonly #readings = new WeakMap<Stored, Reading>()
  #glanced: Reading | undefined
  readonly #heavy = new Cache<Reading>(MAX_READ_BYTES, reading => reading.forget())
  readonly #contents = new Cache<Content>(MAX_REMEMBERED)
  readonly #checks = new Cache<Check[]>(MAX_REMEMBERED_CHECKS)
  readonly #pending = new Map<string, Promise<Content>>()

  /** `basePath` begins and ends with a slash. */
  constructor(parts: { loop: Loop; basePath?: string }) {
    this.#loop = parts.loop
    this.#basePath = parts.basePath ?? '/'
  }

  /** Forgets what is remembered of messages that have left: a store that is emptied is to be empty. */
  forget(uids: readonly number[]): void {
    for (const uid of uids) for (const cache of [this.#heavy, this.#contents, this.#checks]) cache.delete(uid)
  }

  /** A row of a list: cheap, also where the message is large. */
  summary(message: Stored): Summary {
    return this.reading(message).summary()
  }

  /** The message as it is read, parsed no further than it is asked for. */
  reading(message: Stored): Reading {
    let reading = this.#readings.get(message)
    if (!reading) {
      reading = new Reading(message, grown =>
        this.#heavy.set(message.uid, grown, message.raw.length + MESSAGE_OVERHEAD),
      )
      this.#readings.set(message, reading)
    }
    return reading
  }

  /**
   * The same for whoever only passes by: a search over everything would fill the memory with what it looked at once.
   * Those who look at one message after another, as the filters of many clients do at an arrival, share its reading.
   */
  glance(message: Stored): Reading {
    const known = this.#readings.get(message)
    if (known) return known
    if (this.#glanced?.message !== message) this.#glanced = new Reading(message)
    return this.#glanced
  }

  /** The message as it is read, its text and HTML decoded in slices. */
  async decoded(message: Stored): Promise<Reading> {
    const reading = this.reading(message)
    await inSlices(reading.decode(), this.#loop)
    return reading
  }

  /** Everything about a message. Readers that ask at the same time share the work. */
  async message(message: Stored): Promise<Message> {
    const content = await this.#content(message)
    const summary = this.summary(message)
    return {
      ...summary,
      envelope: message.envelope,
      ...content,
      warnings: [...summary.warnings, ...content.warnings],
    }
  }

  /** A leaf of the message and its decoded bytes, or undefined where there is none of this number. */
  async part(message: Stored, id: string): Promise<{ part: Part; bytes: Buffer } | undefined> {
    const node = leaves(this.reading(message).structure.root).find(leaf => leaf.id === id)
    if (!node) return undefined
    const pieces: Buffer[] = []
    const part = await this.#part(message, node, piece => pieces.push(piece))
    return { part, bytes: Buffer.concat(pieces) }
  }

  /** Every leaf of the message with its decoded bytes, one at a time: text and HTML, too. */
  async *parts(message: Stored): AsyncGenerator<{ part: Part; bytes: Buffer }, void, undefined> {
    for (const node of leaves(this.reading(message).structure.root)) {
      if (isMultipart(node)) continue
      const pieces: Buffer[] = []
      const part = await this.#part(message, node, piece => pieces.push(piece))
      yield { part, bytes: Buffer.concat(pieces) }
    }
  }

  /** The HTML made safe to show, the mail's own images put in; undefined where there is no HTML. */
  async html(message: Stored, options: { remote: boolean; scheme: Scheme }): Promise<SafeHtml | undefined> {
    const { html: node, root } = this.reading(message).structure
    if (node === null) return undefined
    // Not the reading's, which decodes in one go.
    const known = this.#contents.get(message.uid)?.html
    const html = known ?? (await inSlices(decodeTextInSteps(message.raw, node), this.#loop))
    return safeHtmlInSlices(html, { ...options, imageFor: imagesOf(message.raw, root) }, this.#loop)
  }

  /** Loads what is otherwise loaded when the first message is opened or checked. */
  async load(): Promise<void> {
    await Promise.all([loadParser(), loadChecks()])
  }

  /** What the sender may want to know of it before real people get it. */
  async checks(message: Stored): Promise<Check[]> {
    const known = this.#checks.get(message.uid)
    if (known) return known
    const { checksOf } = await loadChecks()
    const { text, html, links } = await this.#content(message)
    const { structure, headers } = this.reading(message)
    const { raw, envelope, sessionId } = message
    const receivedAtMs = sessionId === null ? null : message.receivedAtMs
    const work = checksOf({ raw, envelope, receivedAtMs, structure, headers, text, html, links })
    const checks = await inSlices(work, this.#loop)
    this.#checks.set(message.uid, checks, MESSAGE_OVERHEAD + checks.length * CHECK_WEIGHT)
    return checks
  }

  #content(message: Stored): Promise<Content> {
    const known = this.#contents.get(message.uid)
    if (known) return Promise.resolve(known)
    let pending = this.#pending.get(message.id)
    if (!pending) {
      pending = this.#read(message).finally(() => this.#pending.delete(message.id))
      this.#pending.set(message.id, pending)
    }
    return pending
  }

  async #read(message: Stored): Promise<Content> {
    const reading = this.reading(message)
    const rest = sliced(this.#loop)
    const { structure, headers } = reading
    await inSlices(reading.decode(), this.#loop)
    const { text, html } = reading
    const parts: Part[] = []
    for (const node of structure.parts) {
      parts.push(await this.#part(message, node))
      await rest()
    }
    const opinion = await secondOpinion(message.raw, structure, this.#loop)
    const fields: Message['headers'] = []
    for (const { name, value } of headers) {
      fields.push({ name, value })
      await rest()
    }
    const { links } = reading
    await rest()
    const { otps } = reading
    const content: Content = {
      date: dateOf(firstHeader(headers, 'Date')),
      messageId: opinion.messageId ?? (firstHeader(headers, 'Message-ID') || null),
      replyTo: addresses(headers, 'Reply-To'),
      headers: fields,
      text,
      html,
      links,
      otps,
      parts,
      structure: nodeOf(structure.root),
      warnings: opinion.warnings,
    }
    const weight =
      MESSAGE_OVERHEAD + (text?.length ?? 0) + (html?.length ?? 0) + parts.length * 200 + headers.length * 200
    this.#contents.set(message.uid, content, weight)
    reading.settle()
    return content
  }

  async #part(message: Stored, node: MimeNode, take?: (piece: Buffer) => void): Promise<Part> {
    const rest = sliced(this.#loop)
    const hash = createHash('sha256')
    let size = 0
    for (const piece of decodePieces(message.raw, node)) {
      hash.update(piece)
      size += piece.length
      take?.(piece)
      await rest()
    }
    return {
      id: node.id,
      filename: node.filename,
      contentType: node.contentType,
      size,
      disposition: node.disposition,
      contentId: node.contentId,
      sha256: hash.digest('hex'),
      url: `${this.#basePath}api/messages/${message.id}/parts/${node.id}`,
    }
  }
}

function leaves(node: MimeNode): MimeNode[] {
  return node.children.length > 0 ? node.children.flatMap(leaves) : [node]
}

function nodeOf({ id, contentType, encoding, charset, offset, size, children }: MimeNode): Node {
  return { id, contentType, encoding, charset, offset, size, children: children.map(nodeOf) }
}

/** A Date header as RFC 3339, or null where it cannot be read. */
function dateOf(value: string | undefined): string | null {
  const time = value === undefined ? Number.NaN : Date.parse(value)
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}

/** What mailparser makes of a message. */
interface Opinion {
  messageId: string | null
  warnings: string[]
}

/** Asks mailparser about everything but the bodies, in slices. What is over our bounds is over any. */
async function secondOpinion(raw: Buffer, { root, complete }: Structure, loop: Loop): Promise<Opinion> {
  if (!complete) return { messageId: null, warnings: [] }
  const { MailParser } = await loadParser()
  const parser = new MailParser({
    skipImageLinks: true,
    skipHtmlToText: true,
    skipTextToHtml: true,
    checksumAlgo: false,
    ignoreEmbedded: true,
    maxChildNodes: MAX_NODES,
    maxHeadSize: MAX_HEAD_BYTES,
  })
  let failure: Error | undefined
  const ended = new Promise<void>(resolve => {
    parser.once('end', resolve)
    parser.once('close', resolve)
    parser.on('error', (error: Error) => {
      failure ??= error
      resolve()
    })
  })
  parser.on('data', data => {
    if (data.type !== 'attachment') return
    data.content.on('end', () => data.release?.())
    data.content.resume()
  })
  let unknownWords = 0
  for (const piece of withoutBodies(raw, leaves(root))) {
    unknownWords += countUnknownWords(piece.toString('latin1'))
    // It makes an error with a stack of each, and a block of them in one go.
    if (unknownWords > MAX_UNKNOWN_WORDS) {
      parser.destroy()
      return { messageId: null, warnings: [] }
    }
    parser.write(piece)
    await loop.turn()
    if (failure) break
  }
  parser.end()
  await ended
  const { messageId } = parser as { messageId?: unknown }
  return {
    messageId: typeof messageId === 'string' ? messageId : null,
    warnings: failure ? [`A second parser gave up on this message: ${failure.message}`] : [],
  }
}

function* withoutBodies(raw: Buffer, nodes: readonly MimeNode[]): Generator<Buffer, void, undefined> {
  const pieces: Buffer[] = []
  let length = 0
  let from = 0
  for (const { offset, size } of [...nodes, { offset: raw.length, size: 0 }]) {
    for (; from < offset; from += FEED_BYTES) {
      const piece = raw.subarray(from, Math.min(from + FEED_BYTES, offset))
      pieces.push(piece)
      length += piece.length
      if (length < FEED_BYTES && offset < raw.length) continue
      yield Buffer.concat(pieces, length)
      pieces.length = 0
      length = 0
    }
    from = offset + size
  }
  if (length > 0) yield Buffer.concat(pieces, length)
}

/** The raster images of a message as `data:` URIs, by Content-ID or Content-Location. */
function imagesOf(raw: Buffer, root: MimeNode): (name: string) => string | null {
  const uris = new Map<string, string | null>()
  const byName = new Map<string, MimeNode>()
  for (const leaf of leaves(root)) {
    if (isMultipart(leaf)) continue
    for (const name of [leaf.contentId, leaf.contentLocation]) if (name && !byName.has(name)) byName.set(name, leaf)
  }
  return name => {
    const node = byName.get(name)
    if (!node) return null
    let uri = uris.get(name)
    if (uri === undefined) {
      const bytes = decodeBytes(raw, node)
      const type = rasterTypeOf(bytes)
      uri = type ? `data:${type};base64,${bytes.toString('base64')}` : null
      uris.set(name, uri)
    }
    return uri
  }
}

const SIGNATURES: readonly [type: string, at: number, bytes: string][] = [
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/gif', 0, 'GIF8'],
  ['image/webp', 8, 'WEBP'],
  ['image/avif', 4, 'ftypavif'],
  ['image/bmp', 0, 'BM'],
  ['image/x-icon', 0, '\0\0\x01\0'],
]

/** The type of a raster image by its own first bytes: what a mail calls it proves nothing. */
export function rasterTypeOf(bytes: Buffer): string | null {
  const head = bytes.toString('latin1', 0, 16)
  return SIGNATURES.find(([, at, signature]) => head.startsWith(signature, at))?.[0] ?? null
}
