/**
 * The bytes of a message. Behind BDAT they are counted (RFC 3030). Behind DATA: where they end, and which dots are only
 * there for transparency (RFC 5321 4.1.1.4, 4.5.2).
 *
 * The end is CRLF.CRLF and nothing else; a server that takes less can be made to see two messages where another sees one
 * (SMTP smuggling, CVE-2023-51764 to 51766). The CRLF of the DATA line counts as the first. A dot directly behind a
 * CRLF, or at the very start, is taken away in every case; every other byte stays as it came.
 *
 * `TABLE` is the whole truth, a byte at a time. It runs only around what is interesting: from a quiet place, `indexOf`
 * finds the next LF or CR that a dot follows, so that a body is walked at the speed of memory.
 */

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e

/** What the last bytes were. The names that end in Dot have seen a dot that could still begin an end. */
const QUIET = 0 // nothing that matters
const AFTER_CR = 1 // CR
const AFTER_LF = 2 // LF without a CR
const LINE_START = 3 // CRLF, or the very start
const LINE_DOT = 4 // CRLF.
const LINE_DOT_CR = 5 // CRLF.CR
const LF_DOT = 6 // LF.
const LF_DOT_CR = 7 // LF.CR
const CR_DOT = 8 // CR.
const END = 9 // CRLF.CRLF

/** The next state by state and byte. */
// biome-ignore format: a table is read by its columns
const TABLE: readonly (readonly [cr: number, lf: number, dot: number, other: number])[] = [
  //               CR           LF          dot       other
  /* QUIET       */ [AFTER_CR,    AFTER_LF,   QUIET,    QUIET],
  /* AFTER_CR    */ [AFTER_CR,    LINE_START, CR_DOT,   QUIET],
  /* AFTER_LF    */ [AFTER_CR,    AFTER_LF,   LF_DOT,   QUIET],
  /* LINE_START  */ [AFTER_CR,    AFTER_LF,   LINE_DOT, QUIET],
  /* LINE_DOT    */ [LINE_DOT_CR, AFTER_LF,   QUIET,    QUIET],
  /* LINE_DOT_CR */ [AFTER_CR,    END,        CR_DOT,   QUIET],
  /* LF_DOT      */ [LF_DOT_CR,   AFTER_LF,   QUIET,    QUIET],
  /* LF_DOT_CR   */ [AFTER_CR,    LINE_START, CR_DOT,   QUIET],
  /* CR_DOT      */ [AFTER_CR,    AFTER_LF,   QUIET,    QUIET],
]

/** Where another server might see the end: \r\n.\n  \n.\n  \n.\r\n  \r.\r  \r.\n (by state and byte). */
function looksLikeEnd(state: number, byte: number): boolean {
  if (byte === LF) return state === LINE_DOT || state === LF_DOT || state === LF_DOT_CR || state === CR_DOT
  return byte === CR && state === CR_DOT
}

/** Of a message that is not stored, so much is kept: enough to see what mail it was. */
export const MAX_KEPT_DATA_BYTES = 256 * 1024

const LF_THEN_DOT = Buffer.from('\n.')
const CR_THEN_DOT = Buffer.from('\r.')
const LONE_CR = Buffer.from('\r')

/** Reads one message behind DATA. */
export class DotReader {
  readonly #maxBytes: number
  readonly #pieces = new Pieces()
  #state = LINE_START
  #size = 0
  #lookalike = false

  /** Of a message of more than `maxBytes` nothing is kept but its start and its length. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Length of the message so far, without the dots that were taken away. */
  get size(): number {
    return this.#size
  }

  /** Whether the whole message is there. */
  get ended(): boolean {
    return this.#state === END
  }

  get tooLarge(): boolean {
    return this.#size > this.#maxBytes
  }

  /** Whether something stood in it that another server might have taken for its end. */
  get lookalike(): boolean {
    return this.#lookalike
  }

  /** Reads on; returns how many bytes of `chunk` belong to the message and its end: all, unless the end is in it. */
  read(chunk: Buffer): number {
    const length = chunk.length
    let state = this.#state
    let at = 0
    // What has been read and not kept yet begins here.
    let from = 0
    let nextCrDot = -2
    while (at < length) {
      if (state === QUIET) {
        if (nextCrDot !== -1 && nextCrDot < at) nextCrDot = chunk.indexOf(CR_THEN_DOT, at)
        const lfDot = chunk.indexOf(LF_THEN_DOT, at)
        const found = lfDot === -1 || (nextCrDot !== -1 && nextCrDot < lfDot) ? nextCrDot : lfDot
        // A line end at the very end of the chunk matters too: its dot may be in the next one.
        const next = found === -1 ? Math.max(at, length - 2) : found
        // What stands before an LF tells whether a line begins there.
        at = next > at && chunk[next - 1] === CR ? next - 1 : next
      }
      const byte = chunk[at] as number
      if (looksLikeEnd(state, byte)) this.#lookalike = true
      const row = TABLE[state] as (typeof TABLE)[number]
      const next = byte === CR ? row[0] : byte === LF ? row[1] : byte === DOT ? row[2] : row[3]
      if (next === LINE_DOT) {
        this.#keep(chunk, from, at)
        from = at + 1
      } else if (next === END) {
        // The CR before this LF is still in this chunk and not kept, or was held back in the last one.
        this.#state = END
        return at + 1
      } else if (state === LINE_DOT_CR && at === 0) {
        // The CR that was held back is the message's after all.
        this.#keep(LONE_CR, 0, 1)
      }
      state = next
      at += 1
    }
    this.#keep(chunk, from, state === LINE_DOT_CR ? length - 1 : length)
    this.#state = state
    return length
  }

  /** The message, sharing memory with nothing else, once it has ended and is not too large. */
  take(): Buffer {
    return this.#pieces.join()
  }

  /** The start of what came, for a message that is not stored. */
  get beginning(): Buffer {
    return this.#pieces.start(MAX_KEPT_DATA_BYTES)
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    if (from >= to) return
    this.#size += to - from
    if (this.tooLarge) this.#pieces.addToStart(chunk.subarray(from, to), MAX_KEPT_DATA_BYTES)
    else this.#pieces.add(chunk.subarray(from, to))
  }
}

/** Reads one message that comes in chunks behind BDAT: any bytes, nothing of them has a meaning. */
export class ChunkReader {
  readonly #maxBytes: number
  readonly #pieces = new Pieces()
  #size = 0
  /** Octets of the chunk at hand that have not come yet. */
  #left = 0

  /** Of a message of more than `maxBytes` nothing is kept but its start and its length. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Length of the message so far. */
  get size(): number {
    return this.#size
  }

  /** Whether the chunk is there. */
  get ended(): boolean {
    return this.#left === 0
  }

  get tooLarge(): boolean {
    return this.#size > this.#maxBytes
  }

  /** No bytes have a meaning here, so none look like an end. */
  get lookalike(): boolean {
    return false
  }

  /** The next chunk has this many octets. */
  expect(octets: number): void {
    this.#left = octets
  }

  /** Reads on; returns how many bytes of `bytes` belong to the chunk. */
  read(bytes: Buffer): number {
    const taken = Math.min(this.#left, bytes.length)
    this.#left -= taken
    this.#size += taken
    if (this.tooLarge) this.#pieces.addToStart(bytes.subarray(0, taken), MAX_KEPT_DATA_BYTES)
    else if (taken > 0) this.#pieces.add(bytes.subarray(0, taken))
    return taken
  }

  /** The start of what came, for a message that is not stored. */
  get beginning(): Buffer {
    return this.#pieces.start(MAX_KEPT_DATA_BYTES)
  }

  /** The message, sharing memory with nothing else, once its last chunk is there and it is not too large. */
  take(): Buffer {
    return this.#pieces.join()
  }
}

/** Pieces at least this long are kept as they came; shorter ones are gathered, or their count would be unbounded. */
const LONG_PIECE_BYTES = 4 * 1024
const GATHER_BYTES = 16 * 1024
/** What a message may waste of the memory that it was read into: less than a copy would cost in objects. */
const MAX_WASTED_BYTES = 64

/** Whether a piece fills its block: Node reads each chunk into one of its own, cut to what came. */
function hasMemoryOfItsOwn(piece: Buffer): boolean {
  return piece.buffer.byteLength - piece.length <= MAX_WASTED_BYTES
}

/** Bytes that come in pieces of any length and are joined once. */
class Pieces {
  #pieces: Buffer[] = []
  #length = 0
  /** Where short pieces are gathered; `#gathered` bytes of it are used. */
  #gather: Buffer | undefined
  #gathered = 0

  add(piece: Buffer): void {
    this.#length += piece.length
    // Most messages are one piece, which is copied only by `join`.
    if (piece.length >= LONG_PIECE_BYTES || this.#pieces.length === 0) {
      this.#closeGather()
      this.#pieces.push(piece)
      return
    }
    if (this.#gather === undefined || this.#gathered + piece.length > GATHER_BYTES) {
      this.#closeGather()
      this.#gather = Buffer.allocUnsafeSlow(GATHER_BYTES)
    }
    this.#gathered += piece.copy(this.#gather, this.#gathered)
  }

  /** Adds what belongs to the first `maxBytes`, and drops all that does not. */
  addToStart(piece: Buffer, maxBytes: number): void {
    if (this.#length > maxBytes) {
      const start = this.start(maxBytes)
      this.clear()
      this.add(start)
    }
    if (this.#length < maxBytes) this.add(piece.subarray(0, maxBytes - this.#length))
  }

  /** The first bytes, copied. */
  start(maxBytes: number): Buffer {
    this.#closeGather()
    return Buffer.concat(this.#pieces, Math.min(this.#length, maxBytes))
  }

  clear(): void {
    this.#pieces = []
    this.#length = 0
    this.#gather = undefined
    this.#gathered = 0
  }

  /** One buffer, in memory that is all but its own: it will be kept for long, and must not keep a larger block alive. */
  join(): Buffer {
    this.#closeGather()
    const [first] = this.#pieces
    if (first !== undefined && this.#pieces.length === 1 && hasMemoryOfItsOwn(first)) {
      this.clear()
      return first
    }
    const joined = Buffer.allocUnsafeSlow(this.#length)
    let at = 0
    for (const piece of this.#pieces) at += piece.copy(joined, at)
    this.clear()
    return joined
  }

  #closeGather(): void {
    if (this.#gather === undefined) return
    // Cut to what is used: a long piece behind every short one must not cost a whole block each time.
    const used = Buffer.allocUnsafeSlow(this.#gathered)
    this.#gather.copy(used, 0, 0, this.#gathered)
    this.#pieces.push(used)
    this.#gather = undefined
    this.#gathered = 0
  }
}
