/**
 * The one-time codes of a mail: found by the words that announce them, in several languages, and ranked.
 *
 * Mail is full of numbers. One counts only near words such as "verification code", and is judged by how it stands to
 * them; prices, dates, years, phone and order numbers never count. Only linear regular expressions run here, over
 * bounded input.
 */

import { COUNTED, JOINED, OTHER_CODES, OTHER_NUMBER, PURPOSE, SHOPPING, STRONG, USE, USED, WEAK } from './code-words.js'
import { anyOf } from './patterns.js'

/** A code, and how likely it is one: higher is likelier. Equal scores mean that nobody can say. */
export interface Code {
  /** Without gaps: `739204`, `AB12CD`. */
  code: string
  score: number
}

/** Characters that are searched: codes stand near the top. */
const MAX_TEXT = 64 * 1024
const MAX_SUBJECT = 1000
/** Numbers that are weighed. */
const MAX_CANDIDATES = 500
/** Characters before and after a candidate in which announcing words count. */
const REACH_BEFORE = 160
const REACH_AFTER = 60
/** What a candidate needs to be given at all. */
const LEAST_SCORE = 40

const CURRENCY_BEFORE = /(?:[€$£¥₹₽₩]|\b(?:eur|usd|gbp|chf|jpy|cad|aud|sek|nok|dkk|pln|rs)\.?)\s?$/i
/** The rest of an address: "10115 Berlin", "CA 94103". */
const PLACE_AFTER = /^ \p{Lu}\p{Ll}+(?:[- ]\p{Lu}\p{Ll}+)*\s*(?:[\n,]|$)/u
const MONEY = /[€$£¥₹]|\b(?:eur|usd|gbp|euros?|dollars?)\b/
const REGION_BEFORE = /\b[A-Z]{2} $/
/**
 * Digits, maybe in groups; capitals and digits, maybe in groups; letters with a digit among them. No part of a word, a
 * number or an address, but right after a letter of a script without spaces.
 */
const CANDIDATE =
  /(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_@/\\=&%+]|\d[,:]|[\p{L}\p{N}][.-])(?:\d+(?:[ \u00a0\u2009\u2013-]\d+)*|[A-Z0-9]+(?:-[A-Z0-9]+)*|(?=[a-zA-Z]{0,9}\d)[a-zA-Z0-9]{4,10})(?![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_@/\\=]|[.,:]\d|[-!$%^&*~]\p{L})/gu
/** What a text needs to have for a candidate to be in it: most texts are done with here. */
const SOME_CANDIDATE = /\d{4}|\d(?:\s{1,4}|[\u2013-])\d|[A-Z0-9]{4}|[A-Z]{3}-[A-Z]|[a-zA-Z]\d|\d[a-zA-Z]/
/** Digits of other scripts, each ten of them by the first: Arabic, Persian, Devanagari, full-width. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0xff10]
const OTHER_DIGITS = /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19]/g
/**
 * What never is a code, whatever stands near it: addresses of the web; account numbers (IBAN); phone numbers with a + or
 * an area code in brackets; numbers with a decimal fraction; dates.
 */
const NO_CODES = anyOf(
  'gu',
  String.raw`(?:https?:\/\/|www\.)\S+`,
  String.raw`\b[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?\b`,
  String.raw`\+\d[\d ()/.-]{6,20}\d|\(\+?\d{2,5}\)[ /]?\d[\d -]{4,14}\d`,
  String.raw`(?<![\d.,])\d{1,3}(?:[.,' \u00a0\u202f]\d{3}){0,4}[.,]\d\d(?![\d.,]\d)(?!\d)`,
  String.raw`\b\d{4}-\d\d-\d\d\b|\b\d{1,2}([./])\d{1,2}\1\d{2,4}\b`,
)
/** Digits that stand one by one, as in a row of boxes. */
const BOXED_DIGITS = /(?<![^\n])[ \t]*\d(?:[ \t\n\u00a0]{1,3}\d){3,9}(?![ \t]*[^ \t\n])/g

/** The codes in a subject and a text, the likeliest first, each once. */
export function codesOf(subject: string, text: string): Code[] {
  const best = new Map<string, number>()
  for (const [source, bonus] of [
    [subject.slice(0, MAX_SUBJECT), 3],
    // Together: "Your code" may be the subject, and the text no more than the code.
    [`${subject.slice(0, MAX_SUBJECT)}\n\n${text.slice(0, MAX_TEXT)}`, 0],
  ] as const) {
    for (const { code, score } of codesIn(source)) {
      best.set(code, Math.max(best.get(code) ?? 0, score + bonus))
    }
  }
  return [...best].map(([code, score]) => ({ code, score })).sort((a, b) => b.score - a.score)
}

/** The one code that stands out; null where there is none, or several that rank equal. */
export function standingOut([first, second]: readonly Code[]): string | null {
  return first && first.score !== second?.score ? first.code : null
}

function* codesIn(source: string): Generator<Code, void, undefined> {
  const digits = source.replace(OTHER_DIGITS, asciiDigit)
  if (!SOME_CANDIDATE.test(digits)) return
  const text = digits
    .replace(/\r\n?/g, '\n')
    .replace(BOXED_DIGITS, boxed => boxed.replace(/\s/g, ''))
    .replace(NO_CODES, found => '\u00a6'.repeat(found.length))
  let weighed = 0
  for (const { written, start } of candidatesIn(text)) {
    const whole = asCode(written)
    const code = whole ?? firstGroup(written)
    if (code === undefined) continue
    // Most mail with numbers announces no code anywhere: one look at all of it is cheaper than one around each.
    if (weighed === 0 && !announcesAny(text)) return
    if (++weighed > MAX_CANDIDATES) return
    const end = start + (whole === undefined ? code : written).length
    const before = text.slice(Math.max(0, start - REACH_BEFORE), start)
    const after = text.slice(end, end + REACH_AFTER)
    const found = announcement(announcing(before), announcing(after))
    // "739204 10 minutes": a code and another number, where nothing else can be meant.
    if (whole === undefined && !found.joined) continue
    if (!(found.joined && found.strong) && isPostal(code, before, after)) continue
    const score = weigh(code, found)
    if (score >= LEAST_SCORE) yield { code, score }
  }
}

/** Line by line, since most lines have nothing to look at. */
function* candidatesIn(text: string): Generator<{ written: string; start: number }, void, undefined> {
  let lineStart = 0
  for (const line of text.split('\n')) {
    if (SOME_CANDIDATE.test(line)) {
      for (const match of line.matchAll(CANDIDATE)) yield { written: match[0], start: lineStart + match.index }
    }
    lineStart += line.length + 1
  }
}

/** What stands in place of words that only seem to announce a code. */
const MASK = '·'

/** The words around a candidate, in lower case, without what only seems to announce a code. */
function announcing(words: string): string {
  // Turkish İ becomes two characters in lower case.
  const lower = words.normalize('NFC').toLowerCase().replaceAll('i\u0307', 'i')
  return lower.replace(OTHER_CODES, found => MASK.repeat(found.length))
}

function announcesAny(text: string): boolean {
  const words = announcing(text)
  return [WEAK, STRONG, USED].some(announcement => words.search(announcement) >= 0)
}

/** Whether a line ends with such words: "postal code: ". */
function announcesOther(line: string): boolean {
  const end = line.lastIndexOf(MASK) + 1
  return end > 0 && JOINED.test(line.slice(end))
}

function asciiDigit(digit: string): string {
  const point = digit.charCodeAt(0)
  const zero = ZEROS.find(zero => point >= zero && point < zero + 10) as number
  return String(point - zero)
}

/** A candidate without its gaps, or undefined where codes are not written like this. */
function asCode(written: string): string | undefined {
  const prefixed = /^[A-Z]{1,3}-(\d{4,8})$/.exec(written) // "G-739204": the letters name the sender
  if (prefixed) return prefixed[1]
  const groups = written.split(/[^a-zA-Z0-9]/)
  const code = groups.join('')
  if (code.length < 4 || code.length > 10) return undefined
  if (groups.length === 1) return code
  const size = (groups[0] as string).length
  // Digits one by one, where they are no list of numbers: "7 7 4 1 2 0".
  if (size === 1 ? !/^\d(?: \d)+$/.test(written) : !groups.every(group => group.length === size)) return undefined
  // Three pairs are a date as often as a code, and five a phone number.
  if (size === 2 && (groups.length > 4 || (groups.length === 3 && written.includes('-')))) return undefined
  return code
}

/** The first of several numbers that make no code together; undefined where it makes none alone. */
function firstGroup(written: string): string | undefined {
  return /^(\d{4,8}) /.exec(written)?.[1]
}

/** Whether a number is the postal code of an address: "10115 Berlin", "CA 94103". */
function isPostal(code: string, before: string, after: string): boolean {
  if (!/^\d{4,5}$/.test(code)) return false
  return REGION_BEFORE.test(before) || (/[\n,] ?$/.test(before) && PLACE_AFTER.test(after))
}

/** How the words around a candidate stand to it. */
interface Announcement {
  /** How well they announce it; 0 where they do not, or say that it is something else. */
  score: number
  /** Whether right before it. */
  joined: boolean
  /** Whether by words that announce hardly anything else. */
  strong: boolean
  /** What stands before it on its line, and after it. */
  line: string
  after: string
}

function weigh(code: string, { score: announced, joined, strong, line, after }: Announcement): number {
  const isNumber = /^\d+$/.test(code)
  if (announced === 0) return 0
  if (!strong && (SHOPPING.test(line) || SHOPPING.test(after))) return 0
  // "Code WELCOME10: 10 € off".
  if (!strong && !isNumber && (MONEY.test(line) || MONEY.test(after))) return 0
  const alone = line.trim() === '' && /^[ \t]*[.!]?[ \t]*(?:\n|$)/.test(after)
  // Words in capitals, and names such as "h264", are codes only where nothing else can be meant.
  if (!isNumber && !joined && (!/\d/.test(code) || /[a-z]/.test(code))) return 0
  if (!/\d/.test(code) && !alone && code.length < 5) return 0

  let score = announced
  if (alone) score += 25
  if (isNumber) score += code.length === 6 ? 8 : code.length <= 8 ? 4 : 0
  if (!joined && /^(?:19|20)\d\d$/.test(code)) score -= 30 // a year
  return score
}

function announcement(before: string, after: string): Announcement {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const found: Announcement = { score: 0, joined: false, strong: false, line, after }
  if (USE.test(line) && PURPOSE.test(after)) return { ...found, score: 75, joined: true, strong: true }
  if (OTHER_NUMBER.test(line) || announcesOther(line) || CURRENCY_BEFORE.test(line) || COUNTED.test(after)) return found
  for (const [words, worth] of [
    [STRONG, 60],
    [WEAK, 45],
  ] as const) {
    const last = [...before.matchAll(words)].at(-1)
    if (last) {
      const gap = before.slice(last.index + last[0].length)
      const isJoined = JOINED.test(gap)
      const far =
        (gap.match(/[.!?。]\s|\n/g)?.length ?? 0) * 6 + Math.floor(gap.length / 8) + (/\d{4}/.test(gap) ? 20 : 0)
      found.score = Math.max(found.score, isJoined ? worth + 15 : worth - far)
      found.joined ||= isJoined
      found.strong ||= words === STRONG
    }
    const next = after.matchAll(words).next().value
    if (next) {
      found.strong ||= words === STRONG
      const gap = after.slice(0, next.index)
      const rest = after.slice(next.index + next[0].length)
      if (!/[.!?。\n]|\d/.test(gap)) {
        const taken = /^\W{0,4}(?:(?:is|ist|est|es)\b)?\W{0,4}[A-Z0-9]*\d/.test(rest)
        found.score = Math.max(found.score, worth + 5 - Math.floor(gap.length / 4) - (taken ? 30 : 0))
      }
    }
  }
  return found
}
