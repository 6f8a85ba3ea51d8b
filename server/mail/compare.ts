/**
 * Values that text is compared with, as functions. Linear in the text, whatever the pattern: text is a stranger's.
 */
import type { Steps } from './loop.js'
import { compileRegex, literalOf } from './regex.js'
import type { Takes, TextValue } from './terms.js'
import type { Blame } from './values.js'

/** Characters of one text or word that a glob is tried on: with a pattern of many `?` each costs the pattern's length. */
const MAX_GLOB_CHARACTERS = 64 * 1024
/** Comparisons of characters for one text: a pattern of many `?` is tried on the beginning only. Some 20 ms of work. */
const MAX_GLOB_STEPS = 8_000_000

/** How many comparisons are left. */
interface Effort {
  steps: number
}

/** The test of a value. Throws QueryError for a regular expression that cannot be read. */
export function textTest(value: TextValue, takes: Takes, blame: Blame): (text: string) => boolean {
  switch (value.kind) {
    case 'contains': {
      const wanted = value.text.toLowerCase()
      return text => text.toLowerCase().includes(wanted)
    }
    case 'exact': {
      const wanted = value.text.toLowerCase()
      return text => text.toLowerCase() === wanted
    }
    case 'name':
      return text => text === value.text
    case 'glob':
      return takes === 'running text' ? globWithin(value.text) : globOver(value.text)
    case 'regex':
      return compileRegex(value.source, value.flags, blame)
  }
}

/** Characters of a long text that are compared in one go. */
const PIECE_CHARACTERS = 256 * 1024
/** Characters before a piece that are looked at with it: what a capital becomes depends on what stands around it. */
const CONTEXT = 64

/** The same test of a text that may be long, with a stop after each short piece of work. */
export function* testInSteps(
  text: string,
  { value, takes, test }: { value: TextValue; takes: Takes; test: (text: string) => boolean },
): Steps<boolean> {
  // The other kinds look at no more than a bounded part of a text.
  const overlap = value.kind === 'contains' ? value.text.length + CONTEXT : 0
  const isPieced = value.kind === 'contains' || (value.kind === 'glob' && takes === 'running text')
  if (value.kind === 'exact' && text.length > value.text.length) return false
  if (!isPieced || text.length <= PIECE_CHARACTERS) return test(text)
  for (let start = 0; start < text.length; ) {
    const limit = start + PIECE_CHARACTERS + overlap
    const end = value.kind === 'glob' ? wordEnd(text, limit) : limit
    if (test(text.slice(start, end))) return true
    start = end >= text.length ? text.length : end - overlap
    yield
  }
  return false
}

/** Where the word ends that goes on at a place. */
function wordEnd(text: string, from: number): number {
  const blank = /\s/g
  blank.lastIndex = from
  return blank.exec(text)?.index ?? text.length
}

/** Text without blanks that has to be contained where a value is to fit; empty where there is none. */
export function solidPartOf(value: TextValue): string {
  const parts =
    value.kind === 'regex'
      ? [literalOf(value.source, value.flags)]
      : value.kind === 'glob'
        ? piecesOf(value.text).flatMap(piece => piece.split(ANY))
        : [value.text]
  return longestOf(parts.flatMap(part => part.split(/[^!-~]+/)))
}

function longestOf(texts: readonly string[]): string {
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '')
}

/** Stands for any one character in a piece of a glob: no character of Unicode, so that no text has it. */
const ANY = '\uffff'

/** What stands between the `*` of a glob, in lower case, `ANY` for each `?`. */
function piecesOf(glob: string): string[] {
  const pieces: string[] = []
  let piece = ''
  for (const [token] of glob.toLowerCase().matchAll(/\\[*?\\]|./gs)) {
    if (token === '*') {
      pieces.push(piece)
      piece = ''
    } else piece += token === '?' ? ANY : token.slice(-1)
  }
  return [...pieces, piece]
}

/** A glob over the whole of a text. */
function globOver(glob: string): (text: string) => boolean {
  const pieces = piecesOf(glob)
  return text => covers(pieces, text.slice(0, MAX_GLOB_CHARACTERS).toLowerCase(), { steps: MAX_GLOB_STEPS })
}

/** A glob somewhere within a word of a text. */
function globWithin(glob: string): (text: string) => boolean {
  const pieces = ['', ...piecesOf(glob), '']
  const longest = longestOf(pieces.flatMap(piece => piece.split(ANY)))
  return text => {
    const lower = text.toLowerCase()
    if (!lower.includes(longest)) return false
    const effort = { steps: MAX_GLOB_STEPS }
    for (const [word] of lower.matchAll(/\S+/g)) {
      if (word.includes(longest) && covers(pieces, word.slice(0, MAX_GLOB_CHARACTERS), effort)) return true
    }
    return false
  }
}

/** Whether pieces with anything between them make up a text: each is taken at its first place, which is always right. */
function covers(pieces: readonly string[], text: string, effort: Effort): boolean {
  const first = pieces[0] as string
  const last = pieces[pieces.length - 1] as string
  if (pieces.length === 1) return text.length === first.length && fits(first, text, 0)
  const end = text.length - last.length
  if (end < first.length || !fits(first, text, 0) || !fits(last, text, end)) return false
  let from = first.length
  for (let n = 1; n < pieces.length - 1; n++) {
    const piece = pieces[n] as string
    const found = placeOf(piece, text, { from, end, effort })
    if (found === -1) return false
    from = found + piece.length
  }
  return true
}

function placeOf(
  piece: string,
  text: string,
  { from, end, effort }: { from: number; end: number; effort: Effort },
): number {
  if (!piece.includes(ANY)) {
    const found = text.indexOf(piece, from)
    return found + piece.length <= end ? found : -1
  }
  for (let at = from; at + piece.length <= end && effort.steps > 0; at++) {
    effort.steps -= piece.length
    if (fits(piece, text, at)) return at
  }
  return -1
}

function fits(piece: string, text: string, at: number): boolean {
  for (let n = 0; n < piece.length; n++) {
    if (piece[n] !== ANY && piece[n] !== text[at + n]) return false
  }
  return true
}
