/**
 * BODY and BODYSTRUCTURE (RFC 3501 7.4.2): the tree of parts, each with what its header says, as sent. A generator that
 * stops now and then, so that a message of thousands of parts holds nobody up.
 */
import { type HeaderField, token } from '../mail/headers.js'
import { firstAsSent, parameterizedAsSent } from '../mail/headers-as-sent.js'
import { MAX_NODES } from '../mail/structure.js'
import type { Encoder } from './encoder.js'
import { writeEnvelope } from './envelope.js'
import {
  attachedMessage,
  bodyOf,
  type Entity,
  fieldsOf,
  kindOf,
  MAX_ATTACHED_DEPTH,
  mediaTypeOf,
  partsOf,
} from './parts.js'

/** Parts that are written at a time: about a millisecond of work. */
const PARTS_AT_A_TIME = 64

/** Bytes of a body after whose lines others are served first. */
const LONG_BODY_BYTES = 256 * 1024

const LF = 0x0a

/** Writes the structure of a message; with the extension data, that is BODYSTRUCTURE, and without it BODY. */
export function writeStructure(encoder: Encoder, message: Entity, isExtended: boolean): Generator<void> {
  return new Writer(encoder, isExtended).body(message)
}

class Writer {
  readonly #encoder: Encoder
  readonly #isExtended: boolean
  #parts = 0

  constructor(encoder: Encoder, isExtended: boolean) {
    this.#encoder = encoder
    this.#isExtended = isExtended
  }

  *body(entity: Entity): Generator<void> {
    this.#parts += 1
    if (this.#parts % PARTS_AT_A_TIME === 0) yield
    this.#encoder.raw('(')
    if (kindOf(entity) === 'multipart') yield* this.#multipart(entity)
    else yield* this.#leaf(entity)
    this.#encoder.raw(')')
  }

  *#multipart(entity: Entity): Generator<void> {
    for (const part of partsOf(entity)) yield* this.body(part)
    const [, subtype] = mediaTypeOf(entity)
    this.#encoder.raw(' ').string(subtype)
    if (!this.#isExtended) return
    const fields = fieldsOf(entity)
    this.#encoder.raw(' ')
    this.#params(parameterizedAsSent(fields, 'Content-Type')?.params)
    this.#extension(fields)
  }

  *#leaf(given: Entity): Generator<void> {
    // Where there are as many parts as are listed, an attached message is a file.
    const entity = this.#parts < MAX_NODES ? given : { ...given, depth: MAX_ATTACHED_DEPTH }
    const encoder = this.#encoder
    const fields = fieldsOf(entity)
    const [type, subtype] = mediaTypeOf(entity)
    const body = bodyOf(entity)
    const kind = kindOf(entity)
    encoder.string(type).raw(' ').string(subtype).raw(' ')
    this.#params(parameterizedAsSent(fields, 'Content-Type')?.params)
    encoder.raw(' ').nstring(firstAsSent(fields, 'Content-ID'))
    encoder.raw(' ').nstring(firstAsSent(fields, 'Content-Description'))
    encoder.raw(' ').string(token(fields, 'Content-Transfer-Encoding')?.toUpperCase() ?? '7BIT')
    encoder.raw(` ${body.length}`)
    if (kind === 'message') yield* this.#attached(entity)
    if (kind === 'message' || kind === 'text') encoder.raw(` ${linesIn(body)}`)
    if (body.length > LONG_BODY_BYTES) yield
    if (!this.#isExtended) return
    encoder.raw(' ').nstring(firstAsSent(fields, 'Content-MD5'))
    this.#extension(fields)
  }

  *#attached(part: Entity): Generator<void> {
    const message = attachedMessage(part)
    this.#encoder.raw(' ')
    yield* writeEnvelope(this.#encoder, fieldsOf(message))
    this.#encoder.raw(' ')
    yield
    yield* this.body(message)
  }

  /** Parameters in the order sent; names in capitals, as in the RFC's examples. */
  #params(params: readonly [name: string, value: string][] = []): void {
    if (params.length === 0) this.#encoder.raw('NIL')
    else {
      this.#encoder.list(params, ([name, value]) => this.#encoder.string(name.toUpperCase()).raw(' ').string(value))
    }
  }

  /** Disposition, languages and location: what every kind of part may have. */
  #extension(fields: readonly HeaderField[]): void {
    const encoder = this.#encoder
    const disposition = parameterizedAsSent(fields, 'Content-Disposition')
    if (!disposition?.value) encoder.raw(' NIL ')
    else {
      encoder.raw(' (').string(disposition.value.toUpperCase()).raw(' ')
      this.#params(disposition.params)
      encoder.raw(') ')
    }
    const languages = (firstAsSent(fields, 'Content-Language') ?? '').split(',').flatMap(tag => tag.trim() || [])
    if (languages.length === 0) encoder.raw('NIL')
    else if (languages.length === 1) encoder.string(languages[0] as string)
    else encoder.list(languages, tag => encoder.string(tag))
    encoder.raw(' ').nstring(firstAsSent(fields, 'Content-Location'))
  }
}

/** Lines of a text; the last may be without an end. */
function linesIn(text: Buffer): number {
  let lines = 0
  for (let at = 0; at < text.length; at++) if (text[at] === LF) lines += 1
  return text.length > 0 && text.at(-1) !== LF ? lines + 1 : lines
}
