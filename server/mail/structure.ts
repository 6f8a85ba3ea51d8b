/**
 * Raw bytes -> the MIME tree with byte offsets (RFC 2045, 2046, 2183). This file alone decides what is the text, the
 * HTML, an attachment, inline.
 *
 * One pass over the lines that begin with `--`, whatever the nesting, so the work is linear in the message. As mail
 * clients and mailparser do, a delimiter of any open multipart ends everything below it, so that an inner multipart
 * that is never closed swallows nothing. Attached messages (message/rfc822) are leaves.
 */
import type { HeaderBlock } from './headers.js'
import { firstHeader, parameterized, parseHeaders, token, typeOfFile } from './headers.js'
import type { Node } from './message.js'

/** Nodes of a tree: far above real mail, and few enough to list. */
export const MAX_NODES = 10_000
/** Multiparts within multiparts. Real mail has up to about five. */
export const MAX_DEPTH = 100
/**
 * Bytes of the header blocks of parts, taken together: parts have a few hundred each, and every parameter costs. Some
 * 50 ms of work.
 */
const MAX_PART_HEADERS = 1024 * 1024
/** Lines looked at that begin with `--`: a dump of a large database has some ten thousand. Some 50 ms of work, too. */
export const MAX_LINES = 100_000
/** White space that may follow a delimiter (RFC 2046 5.1.1), bounded as a line is (RFC 5322 2.1.1). */
const MAX_PADDING = 998

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const HYPHEN = 0x2d

/** One node of the tree: the message itself, a multipart or a leaf. */
export interface MimeNode extends Omit<Node, 'children'> {
  children: MimeNode[]
  /** Where its header block begins in raw; the block ends at `offset`. */
  headersOffset: number
  disposition: 'attachment' | 'inline'
  /** As the sender wrote it, decoded; never a path of ours. */
  filename: string | null
  /** The Content-ID without angle brackets. */
  contentId: string | null
  /** The Content-Location (RFC 2557), or null. */
  contentLocation: string | null
  /** Parameters of the Content-Type, by name in lower case. */
  params: Record<string, string>
}

/** What a message is made of. */
export interface Structure {
  root: MimeNode
  /** The first text/plain that is no attachment. */
  text: MimeNode | null
  /** The first text/html that is no attachment. */
  html: MimeNode | null
  /** The leaves that are neither `text` nor `html`, in order. */
  parts: MimeNode[]
  /** False where a bound was reached, and there is more than this. */
  complete: boolean
  warnings: string[]
  /** The header block of the message. */
  headers: HeaderBlock
}

/** A multipart that the parse is inside of. */
interface Open {
  node: MimeNode
  /** One character a byte. */
  boundary: string
  /** Its closing delimiter has come: what follows, up to a delimiter of a parent, is epilogue. */
  closed: boolean
}

/** A line that is a delimiter of an open multipart. */
interface Delimiter {
  owner: Open
  closing: boolean
  /** Where its line begins, and where the next one does. */
  lineStart: number
  next: number
}

/**
 * The MIME tree of a message; `headers` is its header block where that was read before. Never throws; takes time linear
 * in the message.
 */
export function structureOf(raw: Buffer, headers = parseHeaders(raw)): Structure {
  return new Parse(raw).run(headers)
}

export function isMultipart(node: Pick<MimeNode, 'contentType'>): boolean {
  return node.contentType.startsWith('multipart/')
}

class Parse {
  readonly #raw: Buffer
  /** The byte that ends lines: CR only in a message that has no LF at all. */
  readonly #lineEnd: number
  readonly #delimiterStart: Buffer
  readonly #open: Open[] = []
  /** The boundaries looked out for, with how many open multiparts have each: most lines that begin with `--` have none. */
  readonly #boundaries = new Map<string, number>()
  #longestBoundary = 0
  #nodes = 0
  #partHeaders = 0
  #lines = 0
  /** Leaves that say they are attachments: never the text. */
  readonly #attached = new Set<MimeNode>()
  #complete = true
  readonly #warnings: string[] = []

  constructor(raw: Buffer) {
    this.#raw = raw
    this.#lineEnd = raw.includes(LF) ? LF : CR
    this.#delimiterStart = Buffer.from([this.#lineEnd, HYPHEN, HYPHEN])
  }

  run(headers: HeaderBlock): Structure {
    const raw = this.#raw
    this.#warnings.push(...headers.warnings)
    const root = this.#nodeOf(headers, 0, undefined)
    this.#enter(root)

    let leaf: MimeNode | undefined = root
    let at = root.offset
    for (let delimiter = this.#find(at); delimiter; delimiter = this.#find(at)) {
      const { owner, closing, lineStart, next } = delimiter
      at = next
      if (closing && leaf === owner.node) continue // before the first part: the preamble goes on
      this.#closeWithin(owner, leaf, this.#beforeLineBreak(lineStart))
      leaf = undefined
      if (closing || next >= raw.length) {
        owner.closed = true
        this.#forget(owner)
        continue
      }
      if (this.#nodes >= MAX_NODES) {
        this.#incomplete(`More than ${MAX_NODES} parts: the rest is not shown.`)
        break
      }
      if (this.#partHeaders >= MAX_PART_HEADERS) {
        this.#incomplete(`More than ${MAX_PART_HEADERS / 1024 ** 2} MiB of headers of parts: the rest is not shown.`)
        break
      }
      const block = parseHeaders(raw, next, raw.length, {
        maxBytes: MAX_PART_HEADERS - this.#partHeaders,
        endsAt: line => this.#delimiterAt(line) !== undefined,
      })
      this.#partHeaders += block.bodyOffset - next
      leaf = this.#nodeOf(block, next, owner.node)
      owner.node.children.push(leaf)
      this.#enter(leaf)
      at = leaf.offset
    }
    this.#closeWithin(undefined, leaf, raw.length)
    return this.#decide(root, headers)
  }

  #nodeOf(block: HeaderBlock, headersOffset: number, parent: MimeNode | undefined): MimeNode {
    this.#nodes += 1
    const { fields } = block
    const type = parameterized(fields, 'Content-Type')
    const disposition = parameterized(fields, 'Content-Disposition')
    const filename = disposition?.params.filename || type?.params.name || null
    const contentId = firstHeader(fields, 'Content-ID')?.replace(/^<|>$/g, '').trim() || null
    const node: MimeNode = {
      id: '',
      contentType: contentTypeOf(type?.value, disposition?.value, filename, parent),
      encoding: token(fields, 'Content-Transfer-Encoding'),
      charset: type?.params.charset || null,
      offset: block.bodyOffset,
      size: 0,
      children: [],
      headersOffset,
      disposition: 'inline',
      filename,
      contentId,
      contentLocation: firstHeader(fields, 'Content-Location') || null,
      params: type?.params ?? {},
    }
    if (parent) node.id = `${parent.id === '' ? '' : `${parent.id}.`}${parent.children.length + 1}`
    else if (!isMultipart(node)) node.id = '1'
    if (isMultipart(node)) return node

    const related = contentId !== null && this.#open.some(open => open.node.contentType === 'multipart/related')
    // A disposition that nobody knows is an attachment (RFC 2183 2.8).
    if (!related && disposition && disposition.value !== '' && disposition.value !== 'inline') this.#attached.add(node)
    if (!related && disposition?.value !== 'inline') node.disposition = 'attachment'
    return node
  }

  /** Looks out for the delimiters of `node` where it is a multipart. */
  #enter(node: MimeNode): void {
    if (!isMultipart(node)) return
    const boundary = Buffer.from(node.params.boundary?.trimEnd() ?? '').toString('latin1')
    if (boundary === '') return
    if (this.#open.length === MAX_DEPTH) {
      this.#incomplete(`Parts nested deeper than ${MAX_DEPTH}: what is below is not shown.`)
      return
    }
    this.#open.push({ node, boundary, closed: false })
    this.#boundaries.set(boundary, (this.#boundaries.get(boundary) ?? 0) + 1)
    this.#longestBoundary = Math.max(this.#longestBoundary, boundary.length)
  }

  #incomplete(warning: string): void {
    this.#complete = false
    if (!this.#warnings.includes(warning)) this.#warnings.push(warning)
  }

  /** Ends the current leaf and every multipart within `owner`. */
  #closeWithin(owner: Open | undefined, leaf: MimeNode | undefined, end: number): void {
    if (leaf) leaf.size = Math.max(0, end - leaf.offset)
    for (let top = this.#open.at(-1); top && top !== owner; top = this.#open.at(-1)) {
      this.#open.pop()
      if (!top.closed) this.#forget(top)
      top.node.size = Math.max(0, end - top.node.offset)
    }
  }

  /** Looks out for the boundary no more. */
  #forget({ boundary }: Open): void {
    const count = this.#boundaries.get(boundary) ?? 0
    if (count > 1) this.#boundaries.set(boundary, count - 1)
    else this.#boundaries.delete(boundary)
  }

  /** The next delimiter at or after `from`, where a line begins. */
  #find(from: number): Delimiter | undefined {
    if (this.#boundaries.size === 0) return undefined
    const raw = this.#raw
    let lineStart = from
    while (lineStart < raw.length) {
      if (raw[lineStart] === HYPHEN && raw[lineStart + 1] === HYPHEN) {
        const delimiter = this.#delimiterAt(lineStart)
        if (delimiter) return delimiter
        if (this.#lines > MAX_LINES) {
          this.#incomplete(`More than ${MAX_LINES} lines begin with --: parts after them are not shown.`)
          return undefined
        }
      }
      const before = raw.indexOf(this.#delimiterStart, lineStart)
      if (before < 0) return undefined
      lineStart = before + 1
    }
    return undefined
  }

  /** The line at `lineStart`, which begins with `--`, as a delimiter. */
  #delimiterAt(lineStart: number): Delimiter | undefined {
    this.#lines += 1
    if (this.#lines > MAX_LINES) return undefined
    const raw = this.#raw
    const start = lineStart + 2
    // No further than a delimiter can reach: among headers a CR ends lines too, so the next LF may be far from all of them.
    const reach = raw.subarray(start, start + this.#longestBoundary + 2 + MAX_PADDING + 1)
    const length = reach.indexOf(this.#lineEnd)
    let end = start + (length < 0 ? reach.length : length)
    if (length < 0 && end < raw.length) return undefined
    const next = length < 0 ? end : end + 1
    while (end > start && isPadding(raw[end - 1] as number)) end -= 1
    if (end - start > this.#longestBoundary + 2) return undefined

    const line = raw.toString('latin1', start, end)
    const opening = this.#ownerOf(line)
    if (opening) return { owner: opening, closing: false, lineStart, next }
    const closing = line.endsWith('--') ? this.#ownerOf(line.slice(0, -2)) : undefined
    return closing && { owner: closing, closing: true, lineStart, next }
  }

  /** The innermost open multipart with this boundary. */
  #ownerOf(boundary: string): Open | undefined {
    if (!this.#boundaries.has(boundary)) return undefined
    return this.#open.findLast(open => !open.closed && open.boundary === boundary)
  }

  /** The line break before a delimiter belongs to the delimiter (RFC 2046 5.1.1). */
  #beforeLineBreak(lineStart: number): number {
    if (lineStart === 0) return 0
    return this.#raw[lineStart - 1] === LF && this.#raw[lineStart - 2] === CR ? lineStart - 2 : lineStart - 1
  }

  #decide(root: MimeNode, headers: HeaderBlock): Structure {
    const leaves: MimeNode[] = []
    const collect = (node: MimeNode) => {
      if (!isMultipart(node)) leaves.push(node)
      node.children.forEach(collect)
    }
    collect(root)
    const readable = (contentType: string) =>
      leaves.find(leaf => leaf.contentType === contentType && !this.#attached.has(leaf)) ?? null
    let text = readable('text/plain')
    const html = readable('text/html')
    if (isMultipart(root) && root.children.length === 0) {
      // Better the source of a broken mail than nothing.
      root.id = '1'
      text = root
      this.#warnings.push('The message says it has parts, but none was found: its body is shown as text.')
    }
    if (text) text.disposition = 'inline'
    if (html) html.disposition = 'inline'
    const parts = leaves.filter(leaf => leaf !== text && leaf !== html)
    return { root, text, html, parts, complete: this.#complete, warnings: this.#warnings, headers }
  }
}

function isPadding(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR
}

function contentTypeOf(
  type: string | undefined,
  disposition: string | undefined,
  filename: string | null,
  parent: MimeNode | undefined,
): string {
  if (type && /^[^\s/]+\/[^\s/]+$/.test(type)) return type
  if (type) return 'text/plain' // RFC 2045 5.2: what cannot be understood is plain text
  if (parent?.contentType === 'multipart/digest') return 'message/rfc822' // RFC 2046 5.1.5
  const byName = filename === null ? undefined : typeOfFile(filename)
  if (byName) return byName
  return disposition === 'attachment' ? 'application/octet-stream' : 'text/plain'
}
