/**
 * Characters and bytes as the grammars of RFC 5321 and its extensions name them.
 */

export const SPACE = 0x20
export const DELETE = 0x7f
/** The first code point beyond the C1 controls, which a terminal would obey as it does the ASCII ones. */
export const AFTER_C1 = 0xa0

const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const UPPER_A = 0x41
const UPPER_Z = 0x5a
const LOWER_A = 0x61
const LOWER_Z = 0x7a

/** What atext (RFC 5322 3.2.3) has beside letters and digits. */
const ATEXT_SPECIALS = new Set(Array.from("!#$%&'*+-/=?^_`{|}~", character => character.charCodeAt(0)))

export function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9
}

export function isLetterOrDigit(code: number): boolean {
  return isDigit(code) || (code >= LOWER_A && code <= LOWER_Z) || (code >= UPPER_A && code <= UPPER_Z)
}

/** atext, with UTF-8 (RFC 6531 3.3). */
export function isAtext(code: number): boolean {
  return isLetterOrDigit(code) || code >= AFTER_C1 || ATEXT_SPECIALS.has(code)
}

/** V8 copies shorter parts of a string anyway. */
const MIN_CUT_CHARACTERS = 13
/** What a text may keep alive beside itself while its line is looked at. */
const MAX_WASTED_CHARACTERS = 64

/** A part of a line, to be kept for long: V8 keeps the whole line alive for each part that is cut out of it. */
export function kept(part: string, line: { readonly length: number }): string {
  return line.length - part.length > MAX_WASTED_CHARACTERS ? copy(part) : part
}

/** A path of a line, which stays as long as its message: the line and what points into it would take twice as much. */
export function cut(path: string): string {
  return path.length < MIN_CUT_CHARACTERS ? path : copy(path)
}

/** A string of its own: nothing but a way through bytes makes one. */
function copy(text: string): string {
  return Buffer.from(text).toString()
}

export function isAscii(text: string): boolean {
  for (let n = 0; n < text.length; n++) if (text.charCodeAt(n) > DELETE) return false
  return true
}
