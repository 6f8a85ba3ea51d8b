/**
 * How things are written: sizes, addresses, and characters that would mislead.
 */
import type { Address } from '../server/http/schema.js'

/**
 * Characters that change how text reads without being seen: controls, direction marks and overrides, zero-width
 * characters, soft hyphens, fillers, tags. `evil[U+202E]gpj.exe` would read as evilexe.jpg.
 */
const MISLEADING = /(?![\t\n\r]|\ufe0f)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu

/** Joiners within an emoji, or in a script that writes with them, are part of the word. */
const JOINED = /(?<=\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier}|\p{Script=Arabic}|\p{M})(?:\u200c|\u200d)/gu

/** Cuts text into what can be shown as it is and the code points that have to be named. */
export function revealed(text: string): (string | { codePoint: string })[] {
  const joins = new Set<number>()
  for (const match of text.matchAll(JOINED)) joins.add(match.index)
  const pieces: (string | { codePoint: string })[] = []
  let from = 0
  for (const match of text.matchAll(MISLEADING)) {
    if (joins.has(match.index)) continue
    if (match.index > from) pieces.push(text.slice(from, match.index))
    const hex = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    pieces.push({ codePoint: `U+${hex}` })
    from = match.index + match[0].length
  }
  if (from < text.length) pieces.push(text.slice(from))
  return pieces
}

/** The same as plain text, for titles and labels. */
export function revealedText(text: string): string {
  return revealed(text)
    .map(piece => (typeof piece === 'string' ? piece : `[${piece.codePoint}]`))
    .join('')
}

/** The start of a text for a list: without the invisible padding that newsletters put behind their first words. */
export const withoutInvisible = (text: string): string => text.replace(MISLEADING, '').replace(/\s+/g, ' ').trim()

export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const kilobytes = bytes / 1024
  if (Math.round(kilobytes) < 1024) return `${kilobytes < 10 ? kilobytes.toFixed(1) : Math.round(kilobytes)} kB`
  const megabytes = kilobytes / 1024
  return `${megabytes < 10 ? megabytes.toFixed(1) : Math.round(megabytes)} MB`
}

export const formatNumber = (value: number): string => value.toLocaleString()

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatNumber(count)} ${count === 1 ? one : many}`

/** What a person calls a sender: the name, else the address. */
export const shortName = ({ name, address }: Address): string => name || address
