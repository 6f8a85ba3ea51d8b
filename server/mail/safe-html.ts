/**
 * A mail's HTML made safe to show, its source otherwise kept as it is.
 *
 * The first wall is the response: a CSP sandbox without scripts and without remote content (server/http). This is the
 * second: scripts, frames, plug-ins and refreshes are taken out, forms send nothing, links open in a new tab without
 * saying where from, and nothing is loaded but the mail's own images, unless remote content was asked for.
 */
import type { CssRewriting, Scheme } from './css.js'
import { rewriteCss } from './css.js'
import type { HtmlEvents, Tag } from './html.js'
import { attribute, HtmlReader } from './html.js'
import type { Loop } from './loop.js'
import { atOnce, inSlices } from './loop.js'

export type { Scheme } from './css.js'

export interface SafeHtmlOptions {
  /** The `data:` URI of an image of the mail by its Content-ID or Content-Location, or null. */
  imageFor(contentIdOrLocation: string): string | null
  /** Whether what lies elsewhere may be loaded. */
  remote: boolean
  scheme: Scheme
}

export interface SafeHtml {
  html: string
  /** How many things that lie elsewhere were taken out. */
  blockedRemote: number
}

/** Characters of `data:` URIs that are put in: one image named a thousand times must not make a gigabyte. */
const MAX_INLINED = 32 * 1024 * 1024

/** What is rewritten between two looks at the clock. */
const PIECE_CHARACTERS = 64 * 1024
/** How often a mail with SVG or MathML is gone over before it loses them; an honest one takes two. */
const MAX_PASSES = 4
/** Characters of one style sheet or style attribute; a longer one is taken out, since it is rewritten in one go. */
const MAX_STYLE = 1024 * 1024
/** Attributes of one tag, which is rewritten in one go, too; more are taken out. Real tags have a few dozen. */
const MAX_ATTRIBUTES = 1000

/** Taken out with all that is in them. */
const WITH_CONTENT = new Set(['script', 'iframe', 'noembed', 'noframes', 'template', 'portal'])
/** Their tags are taken out; what is in them is their fallback, and stays. */
const TAGS_ONLY = new Set([
  'object',
  'embed',
  'applet',
  'frame',
  'frameset',
  'base',
  'param',
  'animate',
  'set',
  'bgsound',
])
/** The same once SVG and MathML have to go, too: what is in them is read as HTML. */
const TAGS_ONLY_AND_FOREIGN = new Set([...TAGS_ONLY, 'svg', 'math'])
const LOADED = new Set(['src', 'background', 'poster', 'lowsrc', 'dynsrc', 'data', 'xlink:href'])
const LOADED_LISTS = new Set(['srcset', 'imagesrcset'])
const REMOVED = new Set([
  'action',
  'autofocus',
  'autoplay',
  'formaction',
  'formtarget',
  'manifest',
  'ping',
  'srcdoc',
  'http-equiv',
  'archive',
  'classid',
  'codebase',
  'longdesc',
  'profile',
])
/** Attributes of SVG that are CSS, and can name a resource. */
const PRESENTATION = new Set([
  'fill',
  'stroke',
  'filter',
  'mask',
  'clip-path',
  'cursor',
  'marker-start',
  'marker-mid',
  'marker-end',
])
/** Elements whose href leads somewhere; the href of others (link, image, use) loads. */
const LINKS = new Set(['a', 'area'])
/** The relations of `link` that a mail may have, where remote content was asked for. */
const STYLE_SHEET = /^\s*stylesheet\s*$/i

/** Makes HTML safe to show, in one go. Takes time linear in its length. */
export function safeHtml(html: string, options: SafeHtmlOptions): SafeHtml {
  return atOnce(makeSafe(html, options))
}

/** The same, giving way to the loop: 10 MB of HTML take half a second. */
export function safeHtmlInSlices(html: string, options: SafeHtmlOptions, loop: Loop): Promise<SafeHtml> {
  return inSlices(makeSafe(html, options), loop)
}

/**
 * The work, with a stop after each piece. What is taken out of SVG or MathML can change how the rest is read (it may
 * have been what ended them), so a mail with such content is gone over until nothing changes any more; one that never
 * comes to rest loses it.
 */
function* makeSafe(html: string, options: SafeHtmlOptions): Generator<void, SafeHtml, undefined> {
  let blockedRemote = 0
  for (let pass = 1; ; pass++) {
    const rewriting = new Rewriting(html, options, pass > MAX_PASSES)
    for (let from = 0; from <= html.length; from += PIECE_CHARACTERS) {
      rewriting.write(html.slice(from, from + PIECE_CHARACTERS), from + PIECE_CHARACTERS > html.length)
      yield
    }
    const written = rewriting.end()
    blockedRemote += written.blockedRemote
    if (!written.hasForeign || written.html === html || pass > MAX_PASSES) return { html: written.html, blockedRemote }
    html = written.html
  }
}

class Rewriting {
  readonly #html: string
  readonly #options: SafeHtmlOptions
  readonly #css: CssRewriting
  readonly #reader: HtmlReader
  readonly #out: string[] = []
  /** The source up to here is in `#out`, changed or not. */
  #copied = 0
  /** The element whose content is being left out, and how often it is open. */
  #leftOut: { tagName: string; depth: number } | undefined
  /** Where the text of a style sheet begins. */
  #styleStart = -1
  #base: string | undefined
  #inlined = 0
  #blocked = 0

  readonly #tagsOnly: ReadonlySet<string>
  #hasForeign = false

  constructor(html: string, options: SafeHtmlOptions, withoutForeign: boolean) {
    this.#html = html
    this.#options = options
    this.#tagsOnly = withoutForeign ? TAGS_ONLY_AND_FOREIGN : TAGS_ONLY
    this.#css = { scheme: options.scheme, resource: address => this.#resource(address) }
    const events: HtmlEvents = {
      open: tag => {
        this.#open(tag)
        return undefined
      },
      close: tag => {
        this.#close(tag)
        return undefined
      },
    }
    this.#reader = new HtmlReader(events, true)
  }

  write(piece: string, last: boolean): void {
    this.#reader.write(piece, last)
  }

  end(): SafeHtml & { hasForeign: boolean } {
    // An element or a style sheet that is never closed reaches to the end.
    if (this.#leftOut) this.#copied = this.#html.length
    if (this.#styleStart >= 0) this.#style(this.#html.length)
    this.#out.push(this.#html.slice(this.#copied))
    return { html: this.#out.join(''), blockedRemote: this.#blocked, hasForeign: this.#hasForeign }
  }

  #open(tag: Tag): void {
    const name = tag.tagName
    if (this.#reader.isForeign) this.#hasForeign = true
    if (this.#leftOut) {
      if (name === this.#leftOut.tagName) this.#leftOut.depth += 1
      return
    }
    if (name === 'base') this.#base ??= attribute(tag, 'href')
    // In SVG a style sheet is markup, with entities and elements in it: no style sheet that could be rewritten here.
    const svgStyle = name === 'style' && this.#reader.isForeign
    if (WITH_CONTENT.has(name) || svgStyle) {
      this.#replace(tag, '')
      if (!(svgStyle && tag.selfClosing)) this.#leftOut = { tagName: name, depth: 1 }
    } else if (this.#tagsOnly.has(name)) {
      this.#replace(tag, '')
    } else if (name === 'meta') {
      this.#meta(tag)
    } else if (name === 'link' && !this.#keepsLink(tag)) {
      this.#replace(tag, '')
    } else {
      this.#attributes(tag)
      if (name === 'style') this.#styleStart = tag.location?.endOffset ?? -1
    }
  }

  #close(tag: Tag): void {
    if (this.#leftOut) {
      if (tag.tagName !== this.#leftOut.tagName || --this.#leftOut.depth > 0) return
      this.#leftOut = undefined
      this.#copied = tag.location?.endOffset ?? this.#copied
    } else if (WITH_CONTENT.has(tag.tagName) || this.#tagsOnly.has(tag.tagName)) {
      this.#replace(tag, '')
    } else if (tag.tagName === 'style' && this.#styleStart >= 0) {
      this.#style(tag.location?.startOffset ?? this.#html.length)
    }
  }

  #style(end: number): void {
    const css = this.#html.slice(this.#styleStart, end)
    const rewritten = css.length > MAX_STYLE ? '' : rewriteCss(css, this.#css)
    // What was left out of it, or written plainly, can make an end tag of what was none: no honest style sheet has one.
    this.#splice(this.#styleStart, end, /<\/style/i.test(rewritten) ? '' : rewritten)
    this.#styleStart = -1
  }

  /** Only what says how the page looks stays: the charset is the response's, and nothing refreshes. */
  #meta(tag: Tag): void {
    const name = attribute(tag, 'name')?.toLowerCase()
    const { scheme } = this.#options
    if (name === 'viewport') {
      this.#attributes(tag)
    } else if (name !== 'color-scheme' && name !== 'supported-color-schemes') {
      this.#replace(tag, '')
    } else if (scheme !== null && /dark/i.test(attribute(tag, 'content') ?? '')) {
      this.#replace(tag, `<meta name="${name}" content="${scheme}">`)
    } else {
      this.#attributes(tag)
    }
  }

  #keepsLink(tag: Tag): boolean {
    if (!STYLE_SHEET.test(attribute(tag, 'rel') ?? '')) return false
    return this.#resource(attribute(tag, 'href') ?? '') !== null
  }

  #attributes(tag: Tag): void {
    const link = LINKS.has(tag.tagName)
    const leads = link && isAddress(attribute(tag, 'href'))
    let changed = tag.attrs.length > MAX_ATTRIBUTES
    const kept: string[] = []
    for (const { name, value, prefix } of tag.attrs.slice(0, MAX_ATTRIBUTES)) {
      const fullName = prefix ? `${prefix}:${name}` : name
      if (leads && (fullName === 'target' || fullName === 'rel')) {
        changed = true
        continue
      }
      const rewritten = this.#attribute(tag.tagName, fullName, value)
      if (rewritten !== value) changed = true
      if (rewritten !== null) kept.push(`${fullName}="${escaped(rewritten)}"`)
    }
    if (leads) kept.push('target="_blank"', 'rel="noopener noreferrer"')
    else if (!changed) return
    this.#replace(tag, `<${[tag.tagName, ...kept].join(' ')}${tag.selfClosing ? ' /' : ''}>`)
  }

  /** The value that an attribute gets, or null for taking it out. */
  #attribute(tagName: string, name: string, value: string): string | null {
    if (name.startsWith('on') || REMOVED.has(name)) return null
    if (name === 'style' || name === 'media' || PRESENTATION.has(name)) {
      return value.length > MAX_STYLE ? null : rewriteCss(value, this.#css)
    }
    if (LOADED_LISTS.has(name)) return this.#resources(value)
    if (LOADED.has(name)) return this.#resource(value)
    if (name === 'href' && !LINKS.has(tagName)) return this.#resource(value)
    return name === 'href' ? this.#link(value) : value
  }

  #link(href: string): string | null {
    if (/^(?:javascript|vbscript|data):/i.test(withoutControls(href))) return null
    return this.#base === undefined ? href : absolute(href, this.#base)
  }

  #resources(list: string): string | null {
    const kept: string[] = []
    for (const { address, descriptor } of candidatesOf(list)) {
      const replacement = this.#resource(address)
      if (replacement !== null) kept.push(`${replacement}${descriptor}`)
    }
    return kept.length > 0 ? kept.join(', ') : null
  }

  /** The address that is loaded in place of one that is written, or null where nothing is. */
  #resource(written: string): string | null {
    const address = withoutControls(written)
    if (address === '' || address.startsWith('#') || /^data:/i.test(address)) return written
    const contentId = /^cid:/i.test(address) ? percentDecoded(address.slice(4)) : undefined
    const image = this.#options.imageFor(contentId ?? address)
    if (image !== null && this.#inlined + image.length <= MAX_INLINED) {
      this.#inlined += image.length
      return image
    }
    if (contentId !== undefined) return null
    const target = absolute(address, this.#base)
    // What is relative to nothing would be asked of us.
    if (!/^(?:https?:)?\/\//i.test(target)) return null
    if (this.#options.remote) return target === address ? written : target
    this.#blocked += 1
    return null
  }

  #replace(tag: Tag, replacement: string): void {
    if (!tag.location) return
    const { startOffset, endOffset } = tag.location
    // A `<` before what is left out would make a tag of what stands behind it: `<<script></script>img onerror=x>`.
    const apart = replacement === '' && this.#endsOpen(startOffset) ? '<!---->' : replacement
    this.#splice(startOffset, endOffset, apart)
  }

  /** Whether what is written up to a place ends with a `<`. */
  #endsOpen(end: number): boolean {
    if (end > this.#copied) return this.#html[end - 1] === '<'
    return this.#out.at(-1)?.endsWith('<') ?? false
  }

  #splice(start: number, end: number, replacement: string): void {
    for (const piece of [this.#html.slice(this.#copied, start), replacement]) if (piece !== '') this.#out.push(piece)
    this.#copied = end
  }
}

/** Whether an href leads out of the mail. */
function isAddress(href: string | undefined): boolean {
  return href !== undefined && href.trim() !== '' && !href.trim().startsWith('#')
}

/** The candidates of a srcset. An address goes up to white space, since a `data:` URI has commas in it. */
function* candidatesOf(list: string): Generator<{ address: string; descriptor: string }, void, undefined> {
  let address = ''
  let descriptor = ''
  for (let word of list.split(/\s+/)) {
    if (address !== '') {
      const comma = word.indexOf(',')
      descriptor += ` ${comma < 0 ? word : word.slice(0, comma)}`
      if (comma < 0) continue
      yield { address, descriptor: descriptor.trimEnd() }
      address = ''
      descriptor = ''
      word = word.slice(comma + 1)
    }
    word = word.replace(/^,+/, '')
    if (word.endsWith(',')) yield { address: word.slice(0, -1), descriptor }
    else address = word
  }
  if (address !== '') yield { address, descriptor: descriptor.trimEnd() }
}

/** As browsers read addresses: without the white space and control characters that they pass over. */
function withoutControls(address: string): string {
  let start = 0
  let end = address.length
  while (start < end && address.charCodeAt(start) <= 0x20) start += 1
  while (end > start && address.charCodeAt(end - 1) <= 0x20) end -= 1
  return address.slice(start, end).replace(/[\t\n\r]/g, '')
}

function absolute(address: string, base: string | undefined): string {
  if (base === undefined || !/^https?:/i.test(base)) return address
  return URL.canParse(address, base) ? new URL(address, base).href : address
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function escaped(value: string): string {
  return value.replace(/[&"<>]/g, character => `&#${character.charCodeAt(0)};`)
}
