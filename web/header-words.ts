/**
 * Header fields that are written for machines, in rows that a person can read: the way that a mail took (RFC 5321 4.4), what
 * it was signed with (RFC 6376 3.5), what a server found out about it (RFC 8601 2.2). Pure; nothing is left out but the
 * greater part of long signatures, which stand under Raw.
 */

export interface Words {
  name: string
  /** Text, or a time as ISO 8601. */
  value: string | { time: string }
}

/** Of base64, this much is enough to tell one from another. */
const SHOWN_BASE64 = 24

/** A longer value is no signature of anybody; it is shown as it is. */
const MAX_CHARACTERS = 8_000

const DKIM_TAGS: Record<string, string> = {
  a: 'algorithm',
  b: 'signature',
  bh: 'body hash',
  c: 'canonicalization',
  cv: 'chain',
  d: 'domain',
  h: 'signed fields',
  i: 'identity',
  l: 'body length',
  q: 'key lookup',
  s: 'selector',
  t: 'signed at',
  v: 'version',
  x: 'expires',
  z: 'copied fields',
}

/** The rows of a field, or null where it is not one of these or cannot be read as one. */
export function headerWords(name: string, value: string): Words[] | null {
  if (value.length > MAX_CHARACTERS) return null
  switch (name.toLowerCase()) {
    case 'received':
    case 'x-received':
      return received(value)
    case 'dkim-signature':
    case 'domainkey-signature':
    case 'arc-message-signature':
    case 'arc-seal':
      return signature(value)
    case 'authentication-results':
    case 'arc-authentication-results':
      return results(value)
    default:
      return null
  }
}

/** Cuts at a character where it stands in no comment and no quotes. */
function cut(text: string, at: RegExp): string[] {
  const pieces: string[] = []
  let depth = 0
  let isQuoted = false
  let from = 0
  for (let n = 0; n < text.length; n++) {
    const character = text[n] as string
    if (character === '\\') n += 1
    else if (character === '"' && depth === 0) isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (character === '(') depth += 1
    else if (character === ')') depth = Math.max(0, depth - 1)
    else if (depth === 0 && at.test(character)) {
      pieces.push(text.slice(from, n))
      from = n + 1
    }
  }
  pieces.push(text.slice(from))
  return pieces
}

const timeOf = (milliseconds: number) =>
  Math.abs(milliseconds) <= 8.64e15 ? { time: new Date(milliseconds).toISOString() } : undefined

/** A date of a header; its comment, `(CEST)`, is none of `Date.parse`'s business. */
function dated(text: string): Words['value'] {
  const milliseconds = Date.parse(text.replace(/\([^()]*\)/g, ' ').trim())
  return timeOf(Number.isNaN(milliseconds) ? Number.POSITIVE_INFINITY : milliseconds) ?? text
}

function received(value: string): Words[] | null {
  const clauses = cut(value, /;/)
  const date = clauses.length > 1 ? clauses.pop() : undefined
  const rows: { name: string; words: string[] }[] = []
  for (const word of cut(clauses.join(';').trim(), /\s/)) {
    if (/^(?:from|by|via|with|id|for)$/i.test(word)) rows.push({ name: word.toLowerCase(), words: [] })
    else if (word !== '') {
      if (rows.length === 0) rows.push({ name: '', words: [] })
      rows.at(-1)?.words.push(word)
    }
  }
  const words: Words[] = rows.map(({ name, words }) => ({ name, value: words.join(' ') }))
  if (!rows.some(({ name }) => name === 'by' || name === 'from')) return null
  if (date?.trim()) words.push({ name: 'at', value: dated(date.trim()) })
  return words
}

function signature(value: string): Words[] | null {
  const tags = value.split(';').filter(tag => tag.trim() !== '')
  const words = tags.map((tag): Words => {
    const at = tag.indexOf('=')
    const name = tag.slice(0, at).trim()
    const text = tag.slice(at + 1).trim()
    const label = DKIM_TAGS[name] ?? name
    if ((name === 't' || name === 'x') && /^\d+$/.test(text)) {
      return { name: label, value: timeOf(Number(text) * 1000) ?? text }
    }
    if (name !== 'b' && name !== 'bh') return { name: label, value: text.replace(/\s*([:])\s*/g, '$1 ') }
    const base64 = text.replace(/\s/g, '')
    return { name: label, value: base64.length > SHOWN_BASE64 ? `${base64.slice(0, SHOWN_BASE64)}…` : base64 }
  })
  return tags.every(tag => tag.includes('=')) && words.length > 1 ? words : null
}

function results(value: string): Words[] | null {
  const [by, ...rest] = cut(value, /;/).map(piece => piece.trim().replace(/\s+/g, ' '))
  const found = rest.filter(piece => piece !== '')
  if (!by || found.length === 0) return null
  const isInstance = /^i=\d+$/.test(by)
  const server = isInstance ? found.shift() : by
  return [
    ...(isInstance ? [{ name: 'instance', value: by.slice(2) }] : []),
    { name: 'by', value: server ?? '' },
    ...found.map(result => {
      const [, method = '', text = ''] = /^([\w-]+)\s*=\s*(.*)$/s.exec(result) ?? []
      return method ? { name: method.toLowerCase(), value: text } : { name: '', value: result }
    }),
  ]
}
