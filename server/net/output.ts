/**
 * What a session has said and nobody has written yet: joined into one write for a burst, and bounded, since a client
 * that sends commands without reading the replies must not fill the memory.
 */

/** How much is written at a time, and from where on a session is to wait for its client to read. */
export const MAX_OUTPUT_BYTES = 64 * 1024

export class Output {
  #pieces: Buffer[] = []
  #bytes = 0

  /** Whether as much waits as may. */
  get isFull(): boolean {
    return this.#bytes >= MAX_OUTPUT_BYTES
  }

  /** Adds bytes, which must not be changed afterwards. */
  add(bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
  }

  /** The next bytes to write, at most MAX_OUTPUT_BYTES; undefined when there are none. */
  take(): Buffer | undefined {
    const pieces = this.#pieces
    if (pieces.length === 0) return undefined
    const all = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, this.#bytes)
    this.clear()
    if (all.length <= MAX_OUTPUT_BYTES) return all
    this.add(all.subarray(MAX_OUTPUT_BYTES))
    return all.subarray(0, MAX_OUTPUT_BYTES)
  }

  clear(): void {
    this.#pieces = []
    this.#bytes = 0
  }
}
