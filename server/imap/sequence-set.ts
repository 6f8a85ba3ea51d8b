/**
 * Sets of message numbers or UIDs (RFC 3501 9, sequence-set): `1:3,7,9:*`. Kept as ranges and never listed: `1:4294967295`
 * is as small as `1`.
 */

/** The highest number there is of the mailbox, which only the mailbox knows. */
export const HIGHEST = '*'

/** What a client wrote between commas; the ends are in the order written. */
export type WrittenRange = readonly [from: number | typeof HIGHEST, to: number | typeof HIGHEST]

/** Numbers from one up to and with another. */
export interface NumberRange {
  readonly from: number
  readonly to: number
}

/** A set as it was written. */
export class SequenceSet {
  readonly written: readonly WrittenRange[]

  constructor(written: readonly WrittenRange[]) {
    this.written = written
  }

  /**
   * The set in a mailbox whose highest number is this (0 where it is empty). `*` is that number, so that `7:*` holds the
   * last message, whatever its number.
   */
  in(highest: number): NumberRanges {
    const numberOf = (end: number | typeof HIGHEST) => (end === HIGHEST ? highest : end)
    return new NumberRanges(
      this.written.map(([one, other]) => {
        const [a, b] = [numberOf(one), numberOf(other)]
        return a <= b ? { from: a, to: b } : { from: b, to: a }
      }),
    )
  }

  /** As it is written. */
  toString(): string {
    return this.written.map(([from, to]) => (from === to ? from : `${from}:${to}`)).join(',')
  }
}

/** Numbers, as ranges in order that do not touch. */
export class NumberRanges {
  readonly ranges: readonly NumberRange[]

  constructor(ranges: readonly NumberRange[]) {
    const sorted = [...ranges].sort((a, b) => a.from - b.from)
    const joined: { from: number; to: number }[] = []
    for (const { from, to } of sorted) {
      const last = joined.at(-1)
      if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to)
      else joined.push({ from, to })
    }
    this.ranges = joined
  }

  /** The greatest number in it; 0 where it is empty. */
  get highest(): number {
    return this.ranges.at(-1)?.to ?? 0
  }

  has(number: number): boolean {
    const { ranges } = this
    let low = 0
    let high = ranges.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ranges[middle] as NumberRange).to < number) low = middle + 1
      else high = middle
    }
    const range = ranges[low]
    return range !== undefined && range.from <= number
  }
}

/** Numbers in rising order as they are written in a response code (RFC 4315 3): `4:6,9`. */
export function uidSetOf(numbers: Iterable<number>): string {
  const written: string[] = []
  let from = 0
  let to = 0
  const close = () => {
    if (from > 0) written.push(from === to ? String(from) : `${from}:${to}`)
  }
  for (const number of numbers) {
    if (from > 0 && number === to + 1) {
      to = number
      continue
    }
    close()
    from = number
    to = number
  }
  close()
  return written.join(',')
}
