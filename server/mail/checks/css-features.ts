/**
 * What a style sheet or a style attribute uses, under the names of support-data.ts.
 *
 * Not a CSS parser: one pass over comments, strings, braces and semicolons, linear in its input, which tells rules from
 * declarations as browsers do. Client's own names (-webkit-, mso-) are for that client alone, and are passed over.
 */

/** Told of each use: where it stands, and whether a condition (@media, @supports) says when it counts. */
export type Use = (slug: string, position: number, isConditional: boolean) => void

type Block = 'rule' | 'condition' | 'other'

/** Names that stand for more than one property, or not for the one of their name. */
const PROPERTIES: Record<string, string> = {
  'align-content': 'css-align-items',
  'align-self': 'css-align-items',
  bottom: 'css-left-right-top-bottom',
  left: 'css-left-right-top-bottom',
  right: 'css-left-right-top-bottom',
  top: 'css-left-right-top-bottom',
  'column-gap': 'css-gap',
  'row-gap': 'css-gap',
  'grid-template-areas': 'css-grid-template',
  'grid-template-columns': 'css-grid-template',
  'grid-template-rows': 'css-grid-template',
  'margin-block': 'css-margin-inline-block',
  'margin-inline': 'css-margin-inline-block',
  'margin-inline-end': 'css-margin-inline-start-end',
  'margin-inline-start': 'css-margin-inline-start-end',
  'margin-block-end': 'css-margin-block-start-end',
  'margin-block-start': 'css-margin-block-start-end',
  'padding-block': 'css-padding-inline-block',
  'padding-inline': 'css-padding-inline-block',
  'padding-inline-end': 'css-padding-inline-start-end',
  'padding-inline-start': 'css-padding-inline-start-end',
  'padding-block-end': 'css-padding-block-start-end',
  'padding-block-start': 'css-padding-block-start-end',
  'border-block': 'css-border-inline-block',
  'border-inline': 'css-border-inline-block',
}

const FUNCTIONS: Record<string, string> = {
  calc: 'css-unit-calc',
  clamp: 'css-function-clamp',
  'conic-gradient': 'css-conic-gradient',
  lab: 'css-modern-color',
  lch: 'css-modern-color',
  'light-dark': 'css-function-light-dark',
  'linear-gradient': 'css-linear-gradient',
  max: 'css-function-max',
  min: 'css-function-min',
  oklab: 'css-modern-color',
  oklch: 'css-modern-color',
  'radial-gradient': 'css-radial-gradient',
  rgba: 'css-rgba',
  var: 'css-variables',
}

const MEDIA: readonly [RegExp, string][] = [
  [/prefers-color-scheme/i, 'css-at-media-prefers-color-scheme'],
  [/prefers-reduced-motion/i, 'css-at-media-prefers-reduced-motion'],
  [/orientation/i, 'css-at-media-orientation'],
  [/\bany-hover|\bhover\b/i, 'css-at-media-hover'],
]

/** A comment, a string, an address, or what parts rules from declarations. */
const PIECES =
  /\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/)?|"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|url\([^)"']*\)?|[{};]/gi

/** Tells what CSS uses; `isAttribute`: it is declarations, without a rule around them. */
export function cssFeatures(css: string, isAttribute: boolean, use: Use): void {
  /** What is open around here, the innermost last. */
  const open: Block[] = isAttribute ? ['rule'] : []
  /** How many of those are of each kind: nobody may make this slow by nesting deeply. */
  const depth: Record<Block, number> = { rule: open.length, condition: 0, other: 0 }
  const enter = (block: Block) => {
    open.push(block)
    depth[block] += 1
  }
  /** Where what is being read begins, and how far it has been taken over. */
  let begin = 0
  let start = 0
  let text = ''
  const end = (at: number, next: number): { segment: string; position: number } => {
    const whole = text + css.slice(start, at)
    const segment = whole.trim()
    const position = begin + whole.length - whole.trimStart().length
    begin = next
    start = next
    text = ''
    return { segment, position }
  }
  for (const match of css.matchAll(PIECES)) {
    const [piece] = match
    const at = match.index
    const after = at + piece.length
    const isConditional = depth.condition > 0
    switch (piece) {
      case '{': {
        const { segment: prelude, position } = end(at, after)
        if (prelude.startsWith('@')) {
          atRule(prelude, position, use)
          enter(/^@(?:media|supports|container)/i.test(prelude) ? 'condition' : 'other')
        } else {
          if (depth.rule > 0) use('css-nesting', position, isConditional)
          selector(prelude, position, isConditional, use)
          enter('rule')
        }
        break
      }
      case '}':
      case ';': {
        const { segment, position } = end(at, after)
        // A font that does not come is another font; good templates ask for theirs in every way.
        if (/^@import\b/i.test(segment)) {
          if (!/font/i.test(css.slice(position, at))) use('css-at-import', position, false)
        } else if (open.at(-1) === 'rule') declaration(segment, position, isConditional, use)
        if (piece === '}' && !(isAttribute && open.length === 1)) {
          const block = open.pop()
          if (block) depth[block] -= 1
        }
        break
      }
      default:
        // A comment is a blank, and a string or an address holds no CSS.
        text += `${css.slice(start, at)}${piece.startsWith('/*') ? ' ' : '""'}`
        start = after
    }
  }
  const { segment, position } = end(css.length, css.length)
  if (open.at(-1) === 'rule') declaration(segment, position, depth.condition > 0, use)
}

function atRule(prelude: string, position: number, use: Use): void {
  const name = /^@([a-z-]+)/i.exec(prelude)?.[1]?.toLowerCase() ?? ''
  if (name === 'font-face' || name === 'keyframes' || name === 'supports') use(`css-at-${name}`, position, true)
  if (name !== 'media') return
  for (const [pattern, slug] of MEDIA) if (pattern.test(prelude)) use(slug, position, true)
}

function selector(prelude: string, position: number, isConditional: boolean, use: Use): void {
  for (const [, colons, name = ''] of prelude.matchAll(/(::?)([a-z-]+)/gi)) {
    const lower = name.toLowerCase()
    const isElement = colons === '::' || /^(?:before|after|first-letter|first-line)$/.test(lower)
    use(`css-pseudo-${isElement ? 'element' : 'class'}-${lower}`, position, isConditional)
  }
}

function declaration(segment: string, position: number, isConditional: boolean, use: Use): void {
  const colon = segment.indexOf(':')
  if (colon < 1) return
  const property = segment.slice(0, colon).trim().toLowerCase()
  const value = segment.slice(colon + 1).toLowerCase()
  if (property.startsWith('--')) use('css-variables', position, isConditional)
  if (!/^[a-z][a-z-]*$/.test(property) || property.startsWith('mso-')) return
  if (property === 'display') {
    const kind = /\b(flex|grid)\b/.exec(value)?.[1]
    if (kind) use(`css-display-${kind}`, position, isConditional)
  } else if (property === 'position') {
    // `relative` and `static` move nothing by themselves.
    if (/\b(?:absolute|fixed|sticky)\b/.test(value)) use('css-position', position, isConditional)
  } else {
    use(PROPERTIES[property] ?? `css-${property}`, position, isConditional)
  }
  for (const [, name = ''] of value.matchAll(/([a-z-]{3,20})\(/g)) {
    const slug = FUNCTIONS[name]
    if (slug) use(slug, position, isConditional)
  }
  for (const [, unit] of value.matchAll(/\d(rem|vh|vw|vmin|vmax|ch)\b/g))
    use(`css-unit-${unit}`, position, isConditional)
}
