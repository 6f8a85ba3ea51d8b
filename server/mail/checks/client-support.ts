/**
 * Which mail clients know what a mail's HTML uses, client by client, by the data of caniemail.com: for who wants the whole
 * table and not what support.ts concludes from it.
 */
import type { Steps } from '../loop.js'
import type { MimeNode } from '../structure.js'
import type { Visitor } from './check.js'
import { showHtml } from './run.js'
import { usage } from './support.js'
import { CLIENTS, FEATURES } from './support-data.js'

/** What is known of a client and a feature. */
export type Support = 'yes' | 'partial' | 'no'

/** A feature that a mail uses, and who knows it; clients of which nothing is known are left out. */
export interface UsedFeature {
  /** What caniemail.com calls it. */
  slug: string
  title: string
  /** How often it is used. */
  found: number
  clients: { family: string; platform: string; support: Support }[]
}

const SUPPORT: Readonly<Record<string, Support>> = { y: 'yes', a: 'partial', n: 'no' }

/** What the HTML of a mail uses, and how many elements it has; stops now and then. */
export function* clientSupportOf(html: string, node: MimeNode): Steps<{ elements: number; features: UsedFeature[] }> {
  const { used, visitor } = usage()
  let elements = 0
  const counter: Visitor = {
    open() {
      elements += 1
    },
  }
  yield* showHtml(html, node, [visitor, counter])
  const features = [...used].map(([slug, { count }]): UsedFeature => {
    const [title, results] = FEATURES[slug] as readonly [string, string]
    const clients = CLIENTS.flatMap(({ family, platform }, n) => {
      const support = SUPPORT[results[n] ?? '']
      return support === undefined ? [] : [{ family, platform, support }]
    })
    return { slug, title, found: count, clients }
  })
  return { elements, features }
}

/** Every client of the data: its platforms, and the families on each. */
export function platforms(): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const { family, platform } of CLIENTS) found[platform] = [...(found[platform] ?? []), family]
  return found
}
