/**
 * Tags that a message brings along: those of its X-Tags header, and what stands behind a plus in the addresses of its
 * sender and recipients, as Mailpit has them. They are its own until somebody sets others. Pure; found when asked for.
 */
import type { HeaderField } from './headers.js'
import type { Address, Received, Summary } from './message.js'

/** A sender names tags with commas between. */
const HEADER = 'x-tags'
/** Of one message: enough for people and tests, and no way to fill the memory. */
export const MAX_TAGS = 100
/** Characters of a tag. */
export const MAX_TAG_LENGTH = 200
/** Bytes of a message in which its header ends, or it is read. */
const HEAD_BYTES = 16 * 1024

/** Of most messages: one list for all of them. */
export const NO_TAGS = Object.freeze<string[]>([]) as string[]

/** A tag as it is kept: letters, digits, blanks and `-._`; empty where nothing is left. */
export function cleanTag(text: string): string {
  return text
    .replace(/[^a-z0-9\-._ \t\r\n]/gi, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_TAG_LENGTH)
}

/** The order of tags: that of letters, whatever their case. */
function inTagOrder(one: string, other: string): number {
  const [low, high] = [one.toLowerCase(), other.toLowerCase()]
  return low < high ? -1 : low > high ? 1 : 0
}

/** Tags as they are kept: clean, each once whatever its case, in order. */
export function cleanTags(given: Iterable<string>): string[] {
  const tags = new Map<string, string>()
  for (const text of given) {
    const tag = cleanTag(text)
    const key = tag.toLowerCase()
    if (tag !== '' && !tags.has(key)) tags.set(key, tag)
    if (tags.size === MAX_TAGS) break
  }
  return [...tags.values()].sort(inTagOrder)
}

/**
 * Whether a message may bring tags. Most do not, and are not read to know: a search for a tag looks at every message.
 */
export function mayBringTags({ raw, envelope }: Pick<Received, 'raw' | 'envelope'>): boolean {
  if (envelope.from.includes('+') || envelope.to.some(address => address.includes('+'))) return true
  const start = raw.subarray(0, HEAD_BYTES)
  const ends = ['\r\n\r\n', '\n\n'].map(blankLine => start.indexOf(blankLine)).filter(end => end >= 0)
  if (ends.length === 0 && raw.length > HEAD_BYTES) return true
  // An address with a plus, an address in encoded words, the header.
  return /\+[^\s@]*@|=\?|^x-tags/im.test(start.toString('latin1', 0, Math.min(start.length, ...ends)))
}

/** What a message says of itself, as far as tags are made of it. */
interface Sayings extends Pick<Summary, 'from' | 'to' | 'cc' | 'bcc' | 'hiddenRecipients'> {
  headers: readonly HeaderField[]
  /** The inboxes that it is in: a word that brings it there is no tag. */
  inboxes: readonly string[]
}

/** The tags that a message brings along. */
export function broughtTags({ headers, from, to, cc, bcc, hiddenRecipients, inboxes }: Sayings): string[] {
  const named = headers.filter(({ name }) => name.toLowerCase() === HEADER).flatMap(({ value }) => value.split(','))
  const mailboxes: readonly Address[] = [...to, ...cc, ...bcc, ...(from ? [from] : [])]
  const behindPlus = [...mailboxes.map(({ address }) => address), ...hiddenRecipients].flatMap(wordsBehindPlus)
  const tags = cleanTags([...named, ...behindPlus.filter(word => !inboxes.includes(word))])
  return tags.length === 0 ? NO_TAGS : tags
}

/** `ada+signup+fast@example.com` -> signup, fast. */
function wordsBehindPlus(address: string): string[] {
  const at = address.lastIndexOf('@')
  const [, ...words] = address.slice(0, at === -1 ? address.length : at).split('+')
  return words
}
