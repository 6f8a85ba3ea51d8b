/**
 * What was said on a connection, bounded: how it began, and how it ended.
 *
 * Lines are kept as they were said, a server's with its line ends, and made ready for people when somebody reads them:
 * this is on the path of every message.
 */
import type { TranscriptLine } from './session.js'

/** How a session begins says most of why nothing came of it; what it did last says the rest. */
export const MAX_HEAD_BYTES = 16 * 1024
export const MAX_TAIL_BYTES = 48 * 1024
/** What a line takes in memory beside its characters. */
const LINE_OVERHEAD_BYTES = 40
/** Longer lines are cut: an option may allow them, and one alone must not push out the rest. */
const MAX_LINE_CHARACTERS = 4096

const SPEAKERS = ['client', 'server', 'note'] as const
export type Speaker = (typeof SPEAKERS)[number]

/** Lines as one text, and the mark and the length of each. */
interface Packed {
  readonly text: string
  readonly spans: readonly number[]
}

/** Lines and what is known of each, in two arrays: an object a line would cost more than the line. */
class Lines {
  texts: string[] = []
  /** Milliseconds since the connection, times four, and who said it. */
  marks: number[] = []
  /** Lines before this place have been dropped. */
  head = 0
  bytes = 0

  add(mark: number, text: string): void {
    this.marks.push(mark)
    this.texts.push(text)
    this.bytes += weightOf(text)
  }

  /** All that is there, as one text: an ended session is kept for long, and this is a third of the memory. */
  pack(): Packed {
    const spans: number[] = []
    for (let n = this.head; n < this.texts.length; n++) {
      spans.push(this.marks[n] as number, (this.texts[n] as string).length)
    }
    return { text: this.texts.slice(this.head).join(''), spans: spans.slice() }
  }

  static unpack({ text, spans }: Packed): Lines {
    const lines = new Lines()
    let at = 0
    for (let n = 0; n < spans.length; n += 2) {
      const end = at + (spans[n + 1] as number)
      lines.add(spans[n] as number, text.slice(at, end))
      at = end
    }
    return lines
  }

  /** Drops the oldest line; gives what it weighed. */
  drop(): number {
    const weight = weightOf(this.texts[this.head] as string)
    this.texts[this.head] = ''
    this.head += 1
    this.bytes -= weight
    if (this.head > this.texts.length / 2) {
      this.texts = this.texts.slice(this.head)
      this.marks = this.marks.slice(this.head)
      this.head = 0
    }
    return weight
  }
}

function weightOf(text: string): number {
  return text.length + LINE_OVERHEAD_BYTES
}

export class Transcript {
  /** What came first; packed once nothing is added any more. */
  #first: Lines | Packed = new Lines()
  /** Made when the first is full: most sessions never need it. */
  #last: Lines | undefined
  #dropped = 0

  /** Adds what was said, `at` milliseconds after the connection; gives by how much more memory is taken. */
  add(at: number, speaker: Speaker, text: string): number {
    const mark = at * 4 + (speaker === 'client' ? 0 : speaker === 'server' ? 1 : 2)
    const kept = text.length > MAX_LINE_CHARACTERS ? `${text.slice(0, MAX_LINE_CHARACTERS)}...` : text
    const weight = weightOf(kept)
    if (this.#last === undefined && this.#first instanceof Lines) {
      if (this.#first.bytes + weight <= MAX_HEAD_BYTES) {
        this.#first.add(mark, kept)
        return weight
      }
    }
    this.#last ??= new Lines()
    const last = this.#last
    last.add(mark, kept)
    let freed = 0
    while (last.bytes > MAX_TAIL_BYTES) {
      freed += last.drop()
      this.#dropped += 1
    }
    return weight - freed
  }

  /** Nothing is added any more. */
  seal(): void {
    if (this.#first instanceof Lines) this.#first = this.#first.pack()
  }

  /** The lines for people, with a note where some are left out. */
  lines(): TranscriptLine[] {
    const lines: TranscriptLine[] = []
    shown(this.#first instanceof Lines ? this.#first : Lines.unpack(this.#first), lines)
    if (this.#last === undefined) return lines
    if (this.#dropped > 0) {
      const [next = 0] = this.#last.marks.slice(this.#last.head)
      lines.push({ at: Math.floor(next / 4), from: 'note', line: leftOut(this.#dropped) })
    }
    shown(this.#last, lines)
    return lines
  }
}

function leftOut(lines: number): string {
  return lines === 1 ? 'one line is left out here' : `${lines.toLocaleString('en-US')} lines are left out here`
}

function shown({ texts, marks, head }: Lines, into: TranscriptLine[]): void {
  for (let n = head; n < texts.length; n++) {
    const mark = marks[n] as number
    const from = SPEAKERS[mark % 4] as Speaker
    const text = texts[n] as string
    const parts = from === 'server' ? text.replace(/\r\n$/, '').split('\r\n') : [text]
    for (const part of parts) into.push({ at: Math.floor(mark / 4), from, line: escaped(part) })
  }
}

/** Control characters as \xHH: a line is one line wherever it is shown. */
function escaped(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return line.replace(/[\x00-\x1f\x7f-\x9f]/g, control => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
