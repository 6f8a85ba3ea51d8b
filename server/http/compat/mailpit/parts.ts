/** What the routes of this adapter share: how messages are found, and which tags there are. */
import { queryMatcher } from '../../../mail/match.js'
import type { Stored } from '../../../mail/message.js'
import type { TagIndex } from '../../../mail/tag-index.js'
import type { RouteParts } from '../../parts.js'
import { ToolError } from '../shared.js'
import { readSearch } from './query.js'

export interface MailpitParts extends RouteParts {
  tagIndex: TagIndex
  /** The version as it is shown: by its form one of Mailpit's, by its words not. */
  shownVersion: string
}

/** What a route says when it did what it should. */
export const OK = 'ok'

/** The newest messages first that a search finds. */
export function searching(
  { store, contents, loop, now }: MailpitParts,
  text: string,
  tz?: string,
): AsyncIterable<Stored> {
  const { query } = readSearch(text, tz)
  const matches = queryMatcher(query, message => contents.glance(message), now)
  return store.search(message => matches.look(message, loop))
}

/** The ids of what a search finds that is to be changed: a term that says nothing must not widen it. */
export async function idsOf(parts: MailpitParts, text: string, tz?: string): Promise<string[]> {
  const [ignored] = readSearch(text, tz).ignored
  if (ignored !== undefined)
    throw new ToolError(400, `Error: ${JSON.stringify(ignored)} says nothing to search for, so nothing was changed`)
  const ids: string[] = []
  for await (const { id } of searching(parts, text, tz)) ids.push(id)
  return ids
}

/** The message of an id; for `latest` the newest of all, or of what `query` finds. */
export async function oneOf(
  parts: MailpitParts,
  { id }: { id: string },
  { query = '', tz }: { query?: string; tz?: string },
): Promise<Stored> {
  if (id !== 'latest') {
    const message = parts.store.get(id)
    if (!message) throw new ToolError(404, '404 page not found')
    return message
  }
  const found = query.trim() === '' ? parts.store.walk('newest') : searching(parts, query, tz)
  for await (const message of found) return message
  throw new ToolError(404, 'Message not found')
}
