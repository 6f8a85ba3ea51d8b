/**
 * What an HTML mail says: its text and its links, by the tokenizer of parse5, which reads tags as browsers do.
 *
 * The tokenizer is driven directly, without building a tree: synchronous, in one pass, and it can stop early, so that
 * the start of a 10 MB newsletter costs what the start of a short one does. Making HTML safe to show is safe-html.ts.
 */
import type { Token, TokenHandler } from 'parse5'
import { foreignContent, html as names, Tokenizer, TokenizerMode } from 'parse5'

/** A start or an end tag as the tokenizer gives it. */
export type Tag = Token.TagToken

/** What a reader of HTML is told, in order. `false` stops the reading. */
export interface HtmlEvents {
  text?(characters: string): boolean | undefined
  open?(tag: Tag): boolean | undefined
  close?(tag: Tag): boolean | undefined
}

const { TAG_ID, NS } = names

/** Elements whose content is no markup, by how it is read instead. Scripts do not run here, so noscript is not one. */
const CONTENT_MODES = new Map([
  [TAG_ID.TITLE, TokenizerMode.RCDATA],
  [TAG_ID.TEXTAREA, TokenizerMode.RCDATA],
  [TAG_ID.STYLE, TokenizerMode.RAWTEXT],
  [TAG_ID.XMP, TokenizerMode.RAWTEXT],
  [TAG_ID.IFRAME, TokenizerMode.RAWTEXT],
  [TAG_ID.NOEMBED, TokenizerMode.RAWTEXT],
  [TAG_ID.NOFRAMES, TokenizerMode.RAWTEXT],
  [TAG_ID.SCRIPT, TokenizerMode.SCRIPT_DATA],
  [TAG_ID.PLAINTEXT, TokenizerMode.PLAINTEXT],
])

/** SVG and MathML within each other that are followed; what is nested deeper is read as HTML. */
const MAX_NAMESPACES = 100

/** Reads HTML that comes in pieces, and tells `events`. */
export class HtmlReader implements TokenHandler {
  readonly #events: HtmlEvents
  readonly #tokenizer: Tokenizer
  /** The innermost is last: SVG and MathML have other rules (no raw text, CDATA sections). */
  readonly #namespaces: string[] = [NS.HTML]

  /** With `locations`, tags say where in the source they and their attributes stand. */
  constructor(events: HtmlEvents, locations = false) {
    this.#events = events
    this.#tokenizer = new Tokenizer({ sourceCodeLocationInfo: locations }, this)
  }

  /** Whether what is read now is in SVG or MathML. */
  get isForeign(): boolean {
    return this.#namespaces.at(-1) !== NS.HTML
  }

  write(piece: string, last: boolean): void {
    this.#tokenizer.write(piece, last)
  }

  onStartTag(tag: Tag): void {
    if (tag.tagID === TAG_ID.SVG) this.#enter(NS.SVG)
    else if (tag.tagID === TAG_ID.MATH) this.#enter(NS.MATHML)
    const namespace = this.#namespaces.at(-1)
    if (namespace === NS.HTML) {
      const mode = CONTENT_MODES.get(tag.tagID)
      if (mode !== undefined) this.#tokenizer.state = mode
    } else if (foreignContent.causesExit(tag)) {
      this.#leave()
    } else if (tag.selfClosing) {
      if (tag.tagID === TAG_ID.SVG || tag.tagID === TAG_ID.MATH) this.#leave()
    } else if (isIntegrationPoint(tag, namespace)) {
      this.#enter(NS.HTML)
    }
    this.#unless(this.#events.open?.(tag))
  }

  onEndTag(tag: Tag): void {
    const namespace = this.#namespaces.at(-1)
    if (namespace === NS.HTML) {
      if (isIntegrationPoint(tag, this.#namespaces.at(-2))) this.#leave()
    } else if (tag.tagID === (namespace === NS.SVG ? TAG_ID.SVG : TAG_ID.MATH)) {
      this.#leave()
    }
    this.#unless(this.#events.close?.(tag))
  }

  onCharacter({ chars }: Token.CharacterToken): void {
    this.#unless(this.#events.text?.(chars))
  }

  onWhitespaceCharacter(token: Token.CharacterToken): void {
    this.onCharacter(token)
  }

  onNullCharacter(): void {}
  onComment(): void {}
  onDoctype(): void {}
  onEof(): void {}

  #enter(namespace: string): void {
    if (this.#namespaces.length < MAX_NAMESPACES) this.#namespaces.push(namespace)
    this.#tokenizer.inForeignNode = this.isForeign
  }

  #leave(): void {
    if (this.#namespaces.length > 1) this.#namespaces.pop()
    this.#tokenizer.inForeignNode = this.isForeign
  }

  #unless(goOn: boolean | undefined): void {
    if (goOn === false) this.#tokenizer.pause()
  }
}

const SVG_INTEGRATION_POINTS = new Set(['foreignobject', 'desc', 'title'])
const MATHML_INTEGRATION_POINTS = new Set(['mi', 'mo', 'mn', 'ms', 'mtext'])

/** Whether HTML may stand in this element of SVG or MathML. */
function isIntegrationPoint({ tagName }: Tag, namespace: string | undefined): boolean {
  const name = tagName.toLowerCase()
  if (namespace === NS.SVG) return SVG_INTEGRATION_POINTS.has(name)
  return namespace === NS.MATHML && MATHML_INTEGRATION_POINTS.has(name)
}

/**
 * Characters of HTML that are read for its text and its links: some 20 ms of work, in one go. Five times what Gmail
 * shows before it clips a mail.
 */
const MAX_READ = 512 * 1024

/** The value of an attribute, or undefined. */
export function attribute(tag: Tag, name: string): string | undefined {
  for (const attr of tag.attrs) if (attr.name === name) return attr.value
  return undefined
}

/** Elements whose content nobody sees as text. */
const UNSEEN = new Set(['title', 'style', 'script', 'template', 'iframe', 'noembed', 'noframes', 'select', 'textarea'])
/** Elements that begin and end on lines of their own. */
const LINES = new Set(
  'address article aside blockquote body center dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tr ul'.split(
    ' ',
  ),
)
/** Elements with an empty line before and after. */
const PARAGRAPHS = new Set('blockquote dl h1 h2 h3 h4 h5 h6 ol p pre ul'.split(' '))
const CELLS = new Set(['td', 'th'])

/** The text of HTML as a reader sees it, blocks on lines of their own; at most about `maxCharacters` of it. */
export function textOfHtml(html: string, maxCharacters = Number.POSITIVE_INFINITY): string {
  let text = ''
  /** What stands between the text so far and the next: line breaks, or a space. */
  let breaks = 0
  let space = false
  let preformatted = 0
  let unseen: string | undefined

  const write = (characters: string) => {
    if (characters === '') return
    if (text !== '') text += breaks > 0 ? '\n'.repeat(breaks) : space ? ' ' : ''
    breaks = 0
    space = false
    text += characters
  }
  const line = (tag: Tag) => {
    if (PARAGRAPHS.has(tag.tagName)) breaks = 2
    else if (LINES.has(tag.tagName)) breaks = Math.max(breaks, 1)
    else if (CELLS.has(tag.tagName)) space = true
  }
  const reader = new HtmlReader({
    text(characters) {
      if (unseen) return
      if (preformatted > 0) {
        write(characters)
      } else {
        const words = characters.replace(WHITE_SPACE, ' ')
        if (words.startsWith(' ')) space = true
        write(words.trim())
        if (words.length > 1 && words.endsWith(' ')) space = true
      }
      return text.length < maxCharacters
    },
    open(tag) {
      if (unseen) return
      if (UNSEEN.has(tag.tagName) && !tag.selfClosing) unseen = tag.tagName
      else if (tag.tagName === 'br') breaks = Math.min(breaks + 1, 2)
      else line(tag)
      if (tag.tagName === 'pre') preformatted += 1
    },
    close(tag) {
      if (tag.tagName === unseen) unseen = undefined
      else if (!unseen) line(tag)
      if (tag.tagName === 'pre') preformatted = Math.max(0, preformatted - 1)
    },
  })
  reader.write(html.slice(0, MAX_READ), true)
  return text
}

const WHITE_SPACE = /[ \t\n\r\f\u00a0]+/g

/** Links of one mail that are collected: far above real mail. */
export const MAX_LINKS = 10_000
/** Characters of a link's words that are kept. */
const MAX_LINK_TEXT = 1000

/** The links of HTML in order, with their words; for an image its alternative text. */
export function linksOfHtml(html: string): { href: string; text: string }[] {
  const links: { href: string; text: string }[] = []
  let current: { href: string; text: string } | undefined
  let fallback = ''

  const end = () => {
    if (current) current.text = current.text.replace(WHITE_SPACE, ' ').trim() || fallback || current.href
    current = undefined
  }
  const add = (text: string) => {
    if (current && current.text.length < MAX_LINK_TEXT) current.text += text
  }
  const reader = new HtmlReader({
    text: characters => {
      add(characters)
      return undefined
    },
    open(tag) {
      if (tag.tagName === 'a' || tag.tagName === 'area') {
        end()
        const href = attribute(tag, 'href')?.trim()
        if (!href || href.startsWith('#')) return
        if (links.length === MAX_LINKS) return false
        current = { href, text: '' }
        links.push(current)
        fallback = attribute(tag, 'title') ?? attribute(tag, 'aria-label') ?? attribute(tag, 'alt') ?? ''
        if (tag.tagName === 'area') end()
      } else if (tag.tagName === 'img') {
        add(` ${attribute(tag, 'alt') ?? ''} `)
      } else if (tag.tagName === 'br' || LINES.has(tag.tagName) || CELLS.has(tag.tagName)) {
        add(' ')
      }
      return undefined
    },
    close(tag) {
      if (tag.tagName === 'a') end()
      return undefined
    },
  })
  reader.write(html.slice(0, MAX_READ), true)
  end()
  return links
}
