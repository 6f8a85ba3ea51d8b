/**
 * Content-Disposition (RFC 6266) with file names as mails have them: any script, any length, and made by anyone. A name
 * here is only ever a proposal to the one who saves the file; it never becomes a path of ours.
 */

/** Longest name that is proposed: what file systems take. */
const MAX_NAME_LENGTH = 200

/** Control characters, what separates directories, and what makes a name look like another: bidi and zero-width ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
const UNSAFE = /[\x00-\x1f\x7f-\x9f/\\\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|\p{Surrogate}/gu

/** The header's value: an ASCII name for old clients, and the whole one (RFC 8187) where that differs. */
export function contentDisposition(type: 'attachment' | 'inline', filename: string): string {
  const cleaned = [...filename.replace(UNSAFE, '_')].slice(0, MAX_NAME_LENGTH).join('')
  const name = /^[. ]*$/.test(cleaned) ? 'file' : cleaned
  const ascii = name.replace(/[^ -~]/gu, '_').replace(/["%]/g, '_')
  if (ascii === name) return `${type}; filename="${name}"`
  return `${type}; filename="${ascii}"; filename*=UTF-8''${encoded(name)}`
}

/** RFC 8187 3.2.1: attr-char stands as it is. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
