/**
 * The style sheets of a mail, rewritten: what they load, and which of their dark and light rules count.
 *
 * Not a CSS parser: one pass of a linear regular expression that knows comments and strings, so that a `url(` in one
 * of them is not taken for another.
 */
import { anyOf } from './patterns.js'

/** The colour scheme that a mail is shown in; null leaves it to the reader's system. */
export type Scheme = 'light' | 'dark' | null

export interface CssRewriting {
  /** The address to load in place of one that is written, or null for nothing. */
  resource(address: string): string | null
  scheme: Scheme
}

/** What is looked at: everything that can load something or depends on the scheme, and what could hide or feign it. */
const PIECES = anyOf(
  'gi',
  String.raw`\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/)?`, // a comment
  String.raw`@import\b[^;{}]*;?`,
  String.raw`url\(\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<bare>[^)"']*))[^)]*\)?`,
  String.raw`(?:-webkit-)?image-set\(`,
  String.raw`\(\s*prefers-color-scheme\s*:\s*(?<condition>dark|light)\s*\)`,
  String.raw`\bcolor-scheme\s*:(?<schemes>[^;{}]*)`,
  String.raw`"(?:[^"\\\n]|\\[\s\S])*"?`, // a string
  String.raw`'(?:[^'\\\n]|\\[\s\S])*'?`,
)

/** CSS with other addresses and scheme conditions; everything else as it is. */
export function rewriteCss(css: string, { resource, scheme }: CssRewriting): string {
  return plainLetters(css).replace(PIECES, (piece, ...captures) => {
    const { double, single, bare, condition, schemes } = captures.at(-1) as Partial<Record<string, string>>
    const address = double ?? single ?? bare
    if (address !== undefined) {
      const replacement = resource(address.trim())
      return replacement === address.trim()
        ? piece
        : `url("${replacement === null ? 'data:,' : cssString(replacement)}")`
    }
    if (condition !== undefined) {
      if (scheme === null) return piece
      return condition.toLowerCase() === scheme ? '(min-width: 0)' : '(max-width: 0)'
    }
    if (schemes !== undefined) return scheme !== null && /dark/i.test(schemes) ? `color-scheme: ${scheme}` : piece
    if (/^@import/i.test(piece)) return importOf(piece, resource)
    // Its strings are addresses, too: an unknown function makes the declaration void.
    return /image-set\($/i.test(piece) ? 'no-image-set(' : piece
  })
}

function importOf(rule: string, resource: CssRewriting['resource']): string {
  const address = /^@import\s*(?:url\(\s*)?["']?([^"')\s;]+)/i.exec(rule)?.[1]
  const replacement = address === undefined ? null : resource(address)
  return replacement === null || address === undefined ? '' : rule.replace(address, () => cssString(replacement))
}

/** Letters written as escapes, plain: `u\72l(` is `url(`. */
function plainLetters(css: string): string {
  if (!css.includes('\\')) return css
  return css.replace(/\\([0-9a-f]{1,6})[ \t\r\n\f]?|\\([g-z@(:])/gi, (written, code, letter) => {
    const plain = letter ?? String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff))
    return /^[a-z(:@-]$/i.test(plain) ? plain : written
  })
}

function cssString(text: string): string {
  return text.replace(/["\\\n\r\f<]/g, character => `\\${character.charCodeAt(0).toString(16)} `)
}
