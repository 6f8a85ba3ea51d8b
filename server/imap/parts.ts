/**
 * The parts of a message as IMAP numbers them (RFC 3501 6.4.5). mail/structure.ts decides what parts are; it takes an
 * attached message for a leaf, and IMAP looks into it: here its own structure is found, when it is asked for.
 *
 * A multipart in which no part was found is the text that it is, as everywhere else; so every multipart here has parts.
 */
import type { HeaderField } from '../mail/headers.js'
import { parseHeaders } from '../mail/headers.js'
import { isMultipart, type MimeNode, type Structure, structureOf } from '../mail/structure.js'

/** Messages within messages: real mail has two or three. Each level is looked through anew; what is deeper is a file. */
export const MAX_ATTACHED_DEPTH = 10

/** A message, or a part of one. */
export interface Entity {
  /** The bytes of the message that it belongs to: the offsets of `node` are in these. */
  readonly source: Buffer
  readonly node: MimeNode
  /** How many messages it is in, beside the one that was delivered. */
  readonly depth: number
}

/** How IMAP describes an entity. */
export type EntityKind = 'multipart' | 'message' | 'text' | 'basic'

/** A message as an entity. */
export function messageEntity(raw: Buffer, structure: Structure): Entity {
  return { source: raw, node: structure.root, depth: 0 }
}

export function kindOf({ node, depth }: Entity): EntityKind {
  if (node.children.length > 0) return 'multipart'
  if (isMultipart(node)) return 'text'
  if (node.contentType === 'message/rfc822') return depth < MAX_ATTACHED_DEPTH ? 'message' : 'basic'
  return node.contentType.startsWith('text/') ? 'text' : 'basic'
}

/** Type and subtype, in capitals as in the RFC's examples. */
export function mediaTypeOf(entity: Entity): [type: string, subtype: string] {
  const { children, contentType } = entity.node
  if (children.length === 0 && isMultipart(entity.node)) return ['TEXT', 'PLAIN']
  if (contentType === 'message/rfc822' && kindOf(entity) === 'basic') return ['APPLICATION', 'OCTET-STREAM']
  const slash = contentType.indexOf('/')
  return [contentType.slice(0, slash).toUpperCase(), contentType.slice(slash + 1).toUpperCase()]
}

export function partsOf({ source, node, depth }: Entity): Entity[] {
  return node.children.map(child => ({ source, node: child, depth }))
}

/** The message that a message/rfc822 part is. */
export function attachedMessage(part: Entity): Entity {
  const source = bodyOf(part)
  return { source, node: structureOf(source).root, depth: part.depth + 1 }
}

/** Header block and the empty line after it. */
export function headersOf({ source, node }: Entity): Buffer {
  return source.subarray(node.headersOffset, node.offset)
}

/** The bytes of the body, still encoded. */
export function bodyOf({ source, node }: Entity): Buffer {
  return source.subarray(node.offset, node.offset + node.size)
}

export function fieldsOf({ source, node }: Entity): HeaderField[] {
  return parseHeaders(source, node.headersOffset, node.offset).fields
}

/** The part with this number in a message; undefined where there is none. */
export function partAt(message: Entity, path: readonly number[]): Entity | undefined {
  let part: Entity | undefined
  for (const number of path) {
    part = part === undefined ? childOf(message, number) : partWithin(part, number)
    if (part === undefined) return undefined
  }
  return part
}

/** Part 1 of a message without parts is its body. */
function childOf(message: Entity, number: number): Entity | undefined {
  if (kindOf(message) === 'multipart') return partsOf(message)[number - 1]
  return number === 1 ? message : undefined
}

function partWithin(part: Entity, number: number): Entity | undefined {
  switch (kindOf(part)) {
    case 'multipart':
      return partsOf(part)[number - 1]
    case 'message':
      return childOf(attachedMessage(part), number)
    default:
      return undefined
  }
}
