/**
 * Bytes of a connection, taken by the line or raw: what every text protocol here reads from.
 *
 * A line ends in CRLF; a lone LF ends one too and is said to have done so, since each protocol decides what to think of
 * it. A lone CR ends nothing and stays in the line. Whatever the splits of the stream, the same lines come out.
 *
 * Memory is bounded: of a line longer than its limit nothing is kept but its length, and one that goes on past
 * `ENDLESS_LINE_BYTES` is given up. Raw bytes are handed over as they came, without joining.
 */

/** Where a line is given up as endless: far above any protocol's limit, so that a long line can be skipped and named. */
export const ENDLESS_LINE_BYTES = 64 * 1024

/** What `line` found. Limits count the line's end, as RFC 5321 4.5.3.1.4 does. */
export type Line =
  | { readonly type: 'line'; readonly bytes: Buffer; readonly bareLf: boolean }
  /** It was longer than the limit, and is skipped. */
  | { readonly type: 'too-long' }
  /** It went past ENDLESS_LINE_BYTES; whatever is held is dropped, and only closing makes sense. */
  | { readonly type: 'endless' }

const CR = 0x0d
const LF = 0x0a
const TLS_HANDSHAKE = 0x16
const TLS_MAJOR_VERSION = 0x03
const EMPTY = Buffer.alloc(0)
const TOO_LONG: Line = { type: 'too-long' }
const ENDLESS: Line = { type: 'endless' }

export class LineBuffer {
  /** What is read from; `#start` is the first byte not taken. Empty only if `#later` is. */
  #held: Buffer = EMPTY
  #start = 0
  /** No LF stands in `#held` between `#start` and here. */
  #searched = 0
  /** Chunks behind `#held`, joined only when they are needed. */
  #later: Buffer[] = []
  /** Length of what was dropped of a line that is being skipped; 0 when none is. */
  #skipped = 0

  /** Stores a chunk, which must not be changed afterwards. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    if (this.#start < this.#held.length) {
      this.#later.push(chunk)
      return
    }
    this.#held = chunk
    this.#start = 0
    this.#searched = 0
  }

  /** Takes the next line without its end, or gives undefined until there is one. */
  line(maxLineBytes: number): Line | undefined {
    let end = this.#held.indexOf(LF, this.#searched)
    if (end === -1 && this.#later.length > 0) {
      this.#searched = this.#held.length
      this.#join()
      end = this.#held.indexOf(LF, this.#searched)
    }
    if (end === -1) return this.#unfinished(maxLineBytes)

    const start = this.#start
    const length = this.#skipped + end + 1 - start
    const bareLf = end === start || this.#held[end - 1] !== CR
    const bytes = this.#held.subarray(start, bareLf ? end : end - 1)
    this.#skipped = 0
    this.skip(end + 1 - start)
    if (length <= maxLineBytes) return { type: 'line', bytes, bareLf }
    return length > ENDLESS_LINE_BYTES ? this.#giveUp() : TOO_LONG
  }

  /** The next `count` bytes without taking them, or undefined until they are there. */
  peek(count: number): Buffer | undefined {
    if (this.#held.length - this.#start < count && this.#later.length > 0) this.#join()
    if (this.#held.length - this.#start < count) return undefined
    return this.#held.subarray(this.#start, this.#start + count)
  }

  /**
   * Whether the first bytes are TLS's, of a client that says hello in it where it should speak in the clear: a record of
   * the type handshake, version 3.x (RFC 8446 5.1). Undefined while there are too few to tell.
   */
  beginsTls(): boolean | undefined {
    const type = this.peek(1)
    if (type === undefined || type[0] !== TLS_HANDSHAKE) return type && false
    const start = this.peek(2)
    return start && start[1] === TLS_MAJOR_VERSION
  }

  /** Raw bytes that are there, without taking them; undefined when there are none. There may be more behind them. */
  bytes(): Buffer | undefined {
    if (this.#start === this.#held.length) return undefined
    return this.#start === 0 ? this.#held : this.#held.subarray(this.#start)
  }

  /** Takes `count` bytes of what `bytes` or `peek` showed. */
  skip(count: number): void {
    this.#start += count
    this.#searched = this.#start
    if (this.#start < this.#held.length) return
    // Nothing is left of this chunk, so it must not stay in memory for as long as the client is silent.
    this.#held = EMPTY
    this.#start = 0
    this.#searched = 0
    if (this.#later.length > 0) this.#join()
  }

  /** Drops whatever is there. */
  clear(): void {
    this.#held = EMPTY
    this.#start = 0
    this.#searched = 0
    this.#later = []
    this.#skipped = 0
  }

  #join(): void {
    const searched = this.#searched - this.#start
    const rest = this.#held.subarray(this.#start)
    const [next] = this.#later
    this.#held =
      rest.length === 0 && this.#later.length === 1 ? (next as Buffer) : Buffer.concat([rest, ...this.#later])
    this.#start = 0
    this.#searched = searched
    this.#later = []
  }

  #unfinished(maxLineBytes: number): Line | undefined {
    this.#searched = this.#held.length
    const length = this.#skipped + this.#held.length - this.#start
    if (length > ENDLESS_LINE_BYTES) return this.#giveUp()
    if (length > maxLineBytes) {
      this.clear()
      this.#skipped = length
    }
    return undefined
  }

  #giveUp(): Line {
    this.clear()
    return ENDLESS
  }
}
