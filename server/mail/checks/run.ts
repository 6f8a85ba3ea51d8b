/**
 * Goes through a mail once for all checks: the lines of raw, the text, the HTML, each in pieces with a stop between, so
 * that a mail of 10 MB holds up nobody. No mail makes it throw, and results are few however much is found.
 */
import type { Tag } from '../html.js'
import { HtmlReader } from '../html.js'
import type { MimeNode } from '../structure.js'
import { agreement } from './agreement.js'
import type { Check, Finding, Level, Line, Mail, Place, Source, Subject, Visitor } from './check.js'
import { fieldsOf } from './check.js'
import { headers } from './headers.js'
import { images } from './images.js'
import { lines } from './lines.js'
import { links } from './links.js'
import { listUnsubscribe } from './list-unsubscribe.js'
import { locate } from './locate.js'
import { parts } from './parts.js'
import { placeholders } from './placeholders.js'
import { support } from './support.js'

/** In the order in which their results stand within a level. */
const SUBJECTS: readonly Subject[] = [
  headers,
  listUnsubscribe,
  placeholders,
  links,
  images,
  parts,
  agreement,
  lines,
  support,
]

/** Results of one check at one level; the last says how many more there are. */
const MAX_ALIKE = 20
/** Bytes of raw or characters of text that are gone through between two stops. */
const PIECE = 64 * 1024
/** Characters of HTML: a piece is some hundred tags, each looked at from many sides. */
const HTML_PIECE = 16 * 1024
/** Characters of one line of text that are shown at once. */
const MAX_LINE = 64 * 1024
/** Characters of one run of words between two tags that are shown: more than any honest mail has. */
const MAX_RUN = 256 * 1024

const LEVELS: readonly Level[] = ['error', 'warning', 'info']

/** Everything that there is to say about a mail, errors first; stops now and then. */
export function* checksOf(source: Source): Generator<void, Check[], undefined> {
  const mail: Mail = { ...source, fields: fieldsOf(source.raw, source.headers) }
  const groups = new Map<string, { findings: Finding[]; more: number }>()
  const report = (finding: Finding) => {
    const key = `${finding.level} ${finding.id}`
    const group = groups.get(key) ?? { findings: [], more: 0 }
    groups.set(key, group)
    if (group.findings.length < MAX_ALIKE) group.findings.push(finding)
    else group.more += 1
  }
  const visitors: Visitor[] = []
  for (const subject of SUBJECTS) {
    visitors.push(subject(mail, report))
    yield
  }
  yield* showLines(mail.raw, visitors)
  if (mail.text !== null && mail.structure.text) yield* showText(mail.text, mail.structure.text, visitors)
  if (mail.html !== null && mail.structure.html) yield* showHtml(mail.html, mail.structure.html, visitors)
  for (const visitor of visitors) {
    visitor.end?.()
    yield
  }

  const findings = [...groups.values()].flatMap(({ findings, more }) => {
    const last = findings.at(-1)
    if (!last || more === 0) return findings
    const explanation = `${last.explanation} And ${more.toLocaleString('en')} more like this.`
    return [...findings.slice(0, -1), { ...last, explanation }]
  })
  const places = yield* placed(mail, findings)
  return LEVELS.flatMap(level =>
    findings
      .filter(finding => finding.level === level)
      .map(finding => {
        const { id, title, explanation, place } = finding
        const { part = null, offset = null } = (place && places.get(place)) ?? {}
        return { id, level, title, explanation, part, offset }
      }),
  )
}

const LF = 0x0a
const CR = 0x0d

function* showLines(raw: Buffer, visitors: readonly Visitor[]): Generator<void, void, undefined> {
  const interested = visitors.filter(({ line }) => line)
  const show = (line: Line) => {
    for (const visitor of interested) visitor.line?.(line)
  }
  let line: Line = { start: 0, end: 0, ending: 'none', bareCr: -1, nul: -1, eightBit: -1 }
  for (let from = 0; from < raw.length; from += PIECE) {
    const to = Math.min(from + PIECE, raw.length)
    for (let at = from; at < to; at++) {
      const byte = raw[at] as number
      if (byte >= 0x20 && byte < 0x80) continue
      if (byte === LF) {
        const isCrlf = at > line.start && raw[at - 1] === CR
        line.ending = isCrlf ? 'crlf' : 'lf'
        line.end = isCrlf ? at - 1 : at
        show(line)
        line = { start: at + 1, end: 0, ending: 'none', bareCr: -1, nul: -1, eightBit: -1 }
      } else if (byte === CR) {
        if (line.bareCr < 0 && raw[at + 1] !== LF) line.bareCr = at
      } else if (byte === 0) {
        if (line.nul < 0) line.nul = at
      } else if (byte >= 0x80 && line.eightBit < 0) line.eightBit = at
    }
    yield
  }
  if (line.start < raw.length) show({ ...line, end: raw.length })
}

function* showText(text: string, node: MimeNode, visitors: readonly Visitor[]): Generator<void, void, undefined> {
  let stop = PIECE
  for (let start = 0; start < text.length; ) {
    const lf = text.indexOf('\n', start)
    const end = Math.min(lf < 0 ? text.length : lf, start + MAX_LINE)
    const words = text.slice(start, end).replace(/\r$/, '')
    for (const visitor of visitors) visitor.words?.(words, { type: 'character', node, offset: start })
    start = end === lf ? end + 1 : end
    if (start < stop) continue
    stop = start + PIECE
    yield
  }
}

/** Elements whose content is no words. */
const UNSEEN = new Set(['style', 'script', 'template', 'noembed', 'noframes', 'iframe'])

/** Shows the HTML to visitors, tag by tag; stops now and then. */
export function* showHtml(
  html: string,
  node: MimeNode,
  visitors: readonly Visitor[],
): Generator<void, void, undefined> {
  /** Where what follows the last tag begins. */
  let from = 0
  let unseen: string | undefined
  const placeOf = (offset: number): Place => ({ type: 'character', node, offset })

  const wordsUntil = (end: number) => {
    const start = from
    if (end <= start || unseen !== undefined) return
    const words = withoutComments(html.slice(start, Math.min(end, start + MAX_RUN)))
    if (words.trim() === '') return
    for (const visitor of visitors) visitor.words?.(words, placeOf(start))
  }
  const style = (end: number) => {
    const start = from
    const css = html.slice(start, end)
    for (const visitor of visitors) visitor.style?.(css, position => placeOf(start + position))
  }
  const bounds = (tag: Tag) => ({ start: tag.location?.startOffset ?? from, end: tag.location?.endOffset ?? from })

  const reader = new HtmlReader(
    {
      text(characters) {
        if (unseen === undefined) for (const visitor of visitors) visitor.characters?.(characters)
        return undefined
      },
      open(tag) {
        const { start, end } = bounds(tag)
        wordsUntil(start)
        from = end
        if (unseen !== undefined) return undefined
        const place = placeOf(start)
        for (const visitor of visitors) visitor.open?.(tag, place)
        if (UNSEEN.has(tag.tagName) && !reader.isForeign) unseen = tag.tagName
        return undefined
      },
      close(tag) {
        const { start, end } = bounds(tag)
        if (unseen === undefined) wordsUntil(start)
        else if (tag.tagName === unseen) {
          if (unseen === 'style') style(start)
          unseen = undefined
        }
        from = end
        for (const visitor of visitors) visitor.close?.(tag)
        return undefined
      },
    },
    true,
  )
  for (let at = 0; at <= html.length; at += HTML_PIECE) {
    reader.write(html.slice(at, at + HTML_PIECE), at + HTML_PIECE > html.length)
    yield
  }
  // A style sheet that is never closed reaches to the end.
  if (unseen === 'style') style(html.length)
  else wordsUntil(html.length)
}

/** Blanks in the place of comments, so that the rest keeps its place. */
function withoutComments(words: string): string {
  return words.includes('<!')
    ? words.replace(/<!--[\s\S]*?(?:-->|$)|<![^>]*(?:>|$)/g, comment => ' '.repeat(comment.length))
    : words
}

/** Where findings stand in raw. */
function* placed(
  { raw, structure, text, html }: Mail,
  findings: readonly Finding[],
): Generator<void, Map<Place, { part: string; offset: number }>, undefined> {
  const places = findings.flatMap(({ place }) => place ?? [])
  const found = new Map<Place, { part: string; offset: number }>()
  for (const place of places) if (place.type === 'byte') found.set(place, place)
  for (const [node, decoded] of [
    [structure.text, text],
    [structure.html, html],
  ] as const) {
    if (!node || decoded === null) continue
    const inside = places
      .filter(place => place.type === 'character' && place.node === node)
      .sort((one, other) => one.offset - other.offset)
    const offsets = yield* locate(
      raw,
      node,
      decoded,
      inside.map(({ offset }) => offset),
    )
    for (const [n, place] of inside.entries()) found.set(place, { part: node.id, offset: offsets[n] ?? node.offset })
  }
  return found
}
