/**
 * What a POP3 session sees (RFC 1939 4 and 5): the messages that were there at login, numbered from 1, and those of them
 * that are marked as deleted. It holds no message, so that mail which has to give way does not stay in memory.
 */

/** A message as it was at login. */
export interface Entry {
  readonly uid: number
  readonly id: string
  /** Length of the raw message. */
  readonly bytes: number
}

/** Lines of a listing that are put together at a time. */
const LINES_AT_A_TIME = 500

export class Maildrop {
  readonly #entries: readonly Entry[]
  readonly #deleted = new Set<Entry>()
  #bytes: number

  constructor(entries: readonly Entry[]) {
    this.#entries = entries
    this.#bytes = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** How many messages there are, without those that are marked as deleted. */
  get count(): number {
    return this.#entries.length - this.#deleted.size
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Those that are marked as deleted, in the order in which they were. */
  get deleted(): ReadonlySet<Entry> {
    return this.#deleted
  }

  /** The highest number. */
  get last(): number {
    return this.#entries.length
  }

  /** The message of a number, deleted or not; undefined where there is none. */
  at(number: number): Entry | undefined {
    return this.#entries[number - 1]
  }

  isDeleted(entry: Entry): boolean {
    return this.#deleted.has(entry)
  }

  delete(entry: Entry): void {
    this.#deleted.add(entry)
    this.#bytes -= entry.bytes
  }

  /** Takes every mark back. */
  reset(): void {
    for (const { bytes } of this.#deleted) this.#bytes += bytes
    this.#deleted.clear()
  }

  /** A line for each message that is not marked, with its number. */
  *listing(shown: (entry: Entry) => string | number): Generator<Buffer> {
    let lines = ''
    for (const [n, entry] of this.#entries.entries()) {
      if (!this.#deleted.has(entry)) lines += `${n + 1} ${shown(entry)}\r\n`
      if ((n + 1) % LINES_AT_A_TIME !== 0) continue
      yield Buffer.from(lines)
      lines = ''
    }
    yield Buffer.from(`${lines}.\r\n`)
  }
}
