/**
 * HTML, CSS and image formats that mail clients do not know, by the data of caniemail.com, which is part of this project:
 * nothing is asked of a network. Most of what is missing somewhere is missed by nobody (round corners, a web font): that
 * is said as info. What a reader would miss, or what pulls a layout apart, is a warning, unless a condition of CSS says
 * that it counts only where it is known.
 */
import type { Tag } from '../html.js'
import { attribute } from '../html.js'
import type { Place, Subject, Visitor } from './check.js'
import { plural } from './check.js'
import { cssFeatures } from './css-features.js'
import { CLIENTS, FEATURES, SUPPORT_DATE } from './support-data.js'

/** The families that most mail is read with: what all of these know is not mentioned. */
const MAJOR = ['Gmail', 'Outlook', 'Apple Mail', 'Yahoo Mail']
/** The families whose platforms are counted, not named, after the major ones. */
const SHOWN_OTHERS = 3
/** Characters of one style sheet that are read; Gmail ends at 16 KB. */
const MAX_STYLE = 128 * 1024
/** Style attributes that are remembered, and the characters of one. */
const MAX_STYLES = 1000
const MAX_REMEMBERED_STYLE = 1000

/** What is lost where it is not known, by what to do. */
const ESSENTIAL: Record<string, string> = {}
for (const [advice, slugs] of [
  ['Lay out with tables, and use this within @media only.', 'css-display-flex css-display-grid css-position'],
  ['Write the value itself: without it the whole declaration is dropped.', 'css-variables css-modern-color'],
  ['Give a plain value in a declaration before it.', 'css-function-light-dark'],
  ['Write each rule by itself.', 'css-nesting'],
  ['Put the CSS into a style element or style attributes.', 'css-at-import html-link'],
  ['Link to a page that has it.', 'html-audio html-video html-object html-dialog html-popover'],
  [
    'Link to a page with the form.',
    'html-form html-input-text html-input-checkbox html-input-radio html-input-submit html-select html-textarea html-button-submit',
  ],
  ['Use a PNG in its place.', 'html-svg image-svg image-avif image-heif image-hdr image-tiff image-ico'],
  ['Use a JPEG or a PNG in its place.', 'image-webp'],
  ['Attach the image and name it as cid:…, or link to it.', 'image-base64'],
  ['Say it in words or with a table.', 'html-meter html-progress'],
] as const)
  for (const slug of slugs.split(' ')) ESSENTIAL[slug] = advice

/** Elements that are known under another name than their own. */
const ELEMENTS: Record<string, string> = {
  article: 'html-semantics',
  aside: 'html-semantics',
  figure: 'html-semantics',
  footer: 'html-semantics',
  header: 'html-semantics',
  main: 'html-semantics',
  nav: 'html-semantics',
  section: 'html-semantics',
}
/** Elements of the data that are in every mail, or that are looked at more closely. */
const PASSED_OVER = new Set(['body', 'link', 'base', 'style', 'form', 'button', 'input'])
const ATTRIBUTES = ['hidden', 'loading', 'popover', 'required', 'srcset'] as const
const IMAGE_TYPES = /\.(apng|avif|heic|heif|ico|mp4|svg|tiff?|webp)(?:$|[?#])/i
const IMAGE_SLUGS: Record<string, string> = { heic: 'heif', tif: 'tiff' }

/** What clients take out, for it could run or load something. */
const REMOVED = new Set(['script', 'iframe', 'frame', 'frameset', 'embed', 'applet'])

export interface Used {
  count: number
  place: Place
  /** Somewhere it is used without a condition. */
  isPlain: boolean
}

/** What of the data a mail uses, by what it is called there; `used` fills while the mail is shown to the visitor. */
export function usage(): { used: Map<string, Used>; visitor: Required<Pick<Visitor, 'style' | 'open'>> } {
  const used = new Map<string, Used>()
  const use = (slug: string, place: Place, isConditional = false) => {
    if (!Object.hasOwn(FEATURES, slug)) return
    const known = used.get(slug)
    if (known) {
      known.count += 1
      // The place that matters is the one without a condition.
      if (!isConditional && !known.isPlain) Object.assign(known, { isPlain: true, place })
    } else used.set(slug, { count: 1, place, isPlain: !isConditional })
  }
  /** Attributes are read once for each of their texts: a table repeats them in every cell. */
  const inStyles = new Map<string, string[]>()
  const usedIn = (style: string): string[] => {
    const known = inStyles.get(style)
    if (known) return known
    const slugs: string[] = []
    cssFeatures(style.slice(0, MAX_STYLE), true, slug => slugs.push(slug))
    if (inStyles.size < MAX_STYLES && style.length < MAX_REMEMBERED_STYLE) inStyles.set(style, slugs)
    return slugs
  }
  const visitor = {
    style(css: string, placeAt: (position: number) => Place) {
      cssFeatures(css.slice(0, MAX_STYLE), false, (slug, position, isConditional) =>
        use(slug, placeAt(position), isConditional),
      )
    },
    open(tag: Tag, place: Place) {
      for (const slug of elementFeatures(tag)) use(slug, place)
      const style = attribute(tag, 'style')
      if (style) for (const slug of usedIn(style)) use(slug, place)
    },
  }
  return { used, visitor }
}

export const support: Subject = (_mail, report) => {
  const { used, visitor } = usage()
  const removed = new Map<string, { count: number; place: Place }>()
  const remove = (what: string, place: Place) => {
    const known = removed.get(what)
    if (known) known.count += 1
    else removed.set(what, { count: 1, place })
  }

  return {
    style: visitor.style,
    open(tag, place) {
      const name = tag.tagName
      const isData = name === 'script' && /json/i.test(attribute(tag, 'type') ?? '') // Gmail reads JSON-LD
      if (REMOVED.has(name) && !isData) remove(`<${name}>`, place)
      for (const attr of tag.attrs) if (/^on[a-z]{3,}$/.test(attr.name)) remove(`${attr.name}=`, place)
      visitor.open(tag, place)
    },
    end() {
      for (const [what, { count, place }] of removed) {
        report({
          id: 'removed-by-clients',
          level: 'warning',
          title: `Clients take out ${what}${times(count)}`,
          explanation:
            'It could run or load something, so no client keeps it, and filters count it as an attack. Say what it does in plain HTML, or link to a page that does it.',
          place,
        })
      }
      for (const [slug, { count, place, isPlain }] of used) {
        const clients = without(slug)
        if (clients === undefined) continue
        const [title] = FEATURES[slug] as readonly [string, string]
        const advice = isPlain ? ESSENTIAL[slug] : undefined
        report({
          id: 'client-support',
          level: advice === undefined ? 'info' : 'warning',
          title: `${title} is not known to ${clients.major}${times(count)}`,
          explanation: `${advice ?? 'Look whether the mail is good without it.'} Not known to ${clients.all}, by the data of ${SUPPORT_DATE}: https://www.caniemail.com/features/${slug}/`,
          place,
        })
      }
    },
  }
}

const times = (count: number) => (count === 1 ? '' : ` (used ${plural(count, 'time')})`)

function* elementFeatures(tag: Tag): Generator<string, void, undefined> {
  const name = tag.tagName
  const type = attribute(tag, 'type')?.toLowerCase()
  if (name === 'link') {
    if (/^stylesheet$/i.test(attribute(tag, 'rel')?.trim() ?? '') && !/font/i.test(attribute(tag, 'href') ?? ''))
      yield 'html-link'
  } else if (name === 'input') yield `html-input-${type ?? 'text'}`
  else if (name === 'button') yield `html-button-${type ?? 'submit'}`
  else if (name === 'form') yield 'html-form'
  else if (!PASSED_OVER.has(name)) yield ELEMENTS[name] ?? `html-${name}`
  for (const attr of ATTRIBUTES)
    if (attribute(tag, attr) !== undefined) yield attr === 'loading' ? 'html-loading-attribute' : `html-${attr}`
  if (name !== 'img') return
  const src = attribute(tag, 'src') ?? ''
  const extension = IMAGE_TYPES.exec(src.slice(0, 2000))?.[1]?.toLowerCase()
  if (/^data:/i.test(src)) yield 'image-base64'
  else if (extension) yield `image-${IMAGE_SLUGS[extension] ?? extension}`
}

/** The clients that do not know a feature; undefined where all that most mail is read with do. */
function without(slug: string): { major: string; all: string } | undefined {
  const [, results] = FEATURES[slug] as readonly [string, string]
  /** For each family the platforms that do not know it, and whether there is one that does. */
  const families = new Map<string, { platforms: string[]; isWhole: boolean }>()
  for (const [n, { family, platform }] of CLIENTS.entries()) {
    const known = families.get(family) ?? { platforms: [], isWhole: true }
    if (results[n] === 'n') known.platforms.push(platform)
    else known.isWhole = false
    families.set(family, known)
  }
  const lacking = [...families].filter(([, { platforms }]) => platforms.length > 0)
  const major = lacking.filter(([family]) => MAJOR.includes(family))
  if (major.length === 0) return undefined
  const others = lacking.filter(([family]) => !MAJOR.includes(family)).map(([family]) => family)
  const named = major.map(([family, { platforms, isWhole }]) =>
    isWhole ? family : `${family} (${platforms.join(', ')})`,
  )
  const rest = others.length > SHOWN_OTHERS ? [`${others.length - SHOWN_OTHERS} more`] : []
  return {
    major: joined(
      major.map(([family, { platforms, isWhole }]) =>
        isWhole ? family : platforms.length === 1 ? `${family} on ${platforms[0]}` : `some of ${family}`,
      ),
    ),
    all: joined([...named, ...others.slice(0, SHOWN_OTHERS), ...rest]),
  }
}

function joined(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : words.join('')
}
