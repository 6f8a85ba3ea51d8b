/** Content-Disposition (RFC 6266): a name here is only ever a proposal to the one who saves the file. */
import { cleanedName } from './file-names.js'

/** The header's value: an ASCII name for old clients, and the whole one (RFC 8187) where that differs. */
export function contentDisposition(type: 'attachment' | 'inline', filename: string): string {
  const name = cleanedName(filename)
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
