/**
 * Commands as they come: lines with literals between them (RFC 3501 4.3), and literals that come unasked (RFC 7888). Whether
 * a command can be at all is asked after its first line, so that nobody sends a literal for one that cannot.
 *
 * Memory is bounded: what is too long is skipped as it comes, and then refused.
 */
import type { LineBuffer } from '../net/lines.js'
import { bad, no, type Result } from './result.js'
import { announcedLiteral, type Piece } from './wire.js'

/** Longest line: four times what RFC 2683 3.2.1.5 wants servers to take, for long sets of UIDs. */
export const MAX_LINE_BYTES = 32 * 1024
/** All lines and literals of a command, but the message of an APPEND. */
const MAX_COMMAND_BYTES = 64 * 1024
/** What is looked at of a line while it comes: the longest tag that can be answered when the line turns out too long. */
const MAX_OPENING_BYTES = 64

export type Incoming =
  | { readonly type: 'command'; readonly pieces: readonly Piece[] }
  /** A literal is to come, and waits to be asked for. */
  | { readonly type: 'literal' }
  /** It was not taken; `line` is how it began. */
  | { readonly type: 'refused'; readonly line: Buffer; readonly result: Result }
  /** Where the next command begins cannot be known any more. */
  | { readonly type: 'lost'; readonly reason: string }

/** What is known of a command by its first line. */
export interface Judgement {
  /** Why it cannot be; null where it can. */
  readonly refusal: Result | null
  /** How large its last literal may be. */
  readonly maxLiteralBytes: number
}

export class CommandReader {
  readonly #lines: LineBuffer
  /** How the line begins that is read. */
  #opening: Buffer | null = null
  /** The first line. */
  #first: Buffer | null = null
  #judgement: Judgement | null = null
  #pieces: Piece[] = []
  #bytes = 0
  /** What was read of a literal, null where it is skipped, and how much is to come. */
  #literal: { chunks: Buffer[] | null; left: number } | null = null
  /** Why what is left of the command is skipped. */
  #refusal: Result | null = null

  constructor(lines: LineBuffer) {
    this.#lines = lines
  }

  /** In the midst of a command. */
  get isWithin(): boolean {
    return this.#first !== null
  }

  /** What has come; undefined where there is too little. */
  next(judge: (line: Buffer) => Judgement): Incoming | undefined {
    for (;;) {
      if (this.#literal !== null && !this.#readLiteral(this.#literal)) return undefined
      this.#opening ??= this.#lines.peek(MAX_OPENING_BYTES) ?? null
      const line = this.#lines.line(MAX_LINE_BYTES)
      switch (line?.type) {
        case undefined:
          return undefined
        case 'endless':
          return { type: 'lost', reason: 'a line does not end' }
        case 'too-long':
          return this.#refused(bad(`A line has at most ${MAX_LINE_BYTES} octets`))
        case 'line': {
          const incoming = this.#take(line.bytes, judge)
          if (incoming !== undefined) return incoming
        }
      }
    }
  }

  clear(): void {
    this.#opening = null
    this.#first = null
    this.#judgement = null
    this.#pieces = []
    this.#bytes = 0
    this.#literal = null
    this.#refusal = null
  }

  #take(line: Buffer, judge: (line: Buffer) => Judgement): Incoming | undefined {
    this.#opening = null
    if (this.#first === null) {
      this.#first = line
      this.#judgement = judge(line)
      this.#refusal = this.#judgement.refusal
    }
    this.#bytes += line.length
    if (this.#bytes > MAX_COMMAND_BYTES) this.#refuse(no('The command is too long', 'TOOBIG'))
    const announced = announcedLiteral(line)
    this.#pieces.push(announced === undefined ? line : line.subarray(0, announced.at))
    if (announced === undefined) {
      if (this.#refusal !== null) return this.#refused(this.#refusal)
      const pieces = this.#pieces
      this.clear()
      return { type: 'command', pieces }
    }
    const { bytes, nonSynchronizing } = announced
    const { maxLiteralBytes } = this.#judgement as Judgement
    if (bytes > maxLiteralBytes)
      this.#refuse(no(`The literal is too large: at most ${maxLiteralBytes} octets are taken here`, 'TOOBIG'))
    else if (this.#bytes + bytes > MAX_COMMAND_BYTES + (maxLiteralBytes > MAX_COMMAND_BYTES ? maxLiteralBytes : 0))
      this.#refuse(no('The command is too long', 'TOOBIG'))
    // A client that asks first does not send it, and its command is over (RFC 3501 7.5).
    if (this.#refusal !== null && !nonSynchronizing) return this.#refused(this.#refusal)
    if (!Number.isFinite(bytes)) return { type: 'lost', reason: 'a literal is larger than a number can say' }
    this.#literal = { chunks: this.#refusal === null ? [] : null, left: bytes }
    this.#bytes += this.#refusal === null ? bytes : 0
    return nonSynchronizing ? undefined : { type: 'literal' }
  }

  /** Takes what is there of a literal; false while there is more to come. */
  #readLiteral(literal: { chunks: Buffer[] | null; left: number }): boolean {
    while (literal.left > 0) {
      const there = this.#lines.bytes()
      if (there === undefined) return false
      const taken = there.subarray(0, literal.left)
      literal.chunks?.push(taken)
      literal.left -= taken.length
      this.#lines.skip(taken.length)
    }
    if (literal.chunks !== null) this.#pieces.push({ literal: joined(literal.chunks) })
    this.#literal = null
    return true
  }

  #refuse(result: Result): void {
    this.#refusal ??= result
    this.#pieces = []
  }

  #refused(result: Result): Incoming {
    const line = this.#first ?? this.#opening ?? Buffer.alloc(0)
    this.clear()
    return { type: 'refused', line, result }
  }
}

/** Bytes of their own: a piece of a chunk would keep all of the chunk. */
function joined(chunks: readonly Buffer[]): Buffer {
  return Buffer.concat(chunks)
}
