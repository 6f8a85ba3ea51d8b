/**
 * What came nearest to what a rule looks for and was not it: nearly always a typo in the rule or in the app, and then it
 * can be read off. Nearness is how many pairs of letters two texts share (Dice's coefficient).
 */
import { type Query, termsOf } from '../mail/query.js'

/** Of what was said: as much as is shown, and enough to be compared. */
const MAX_CHARACTERS = 200

/** Something that was said, taken apart once for all the rules that it is compared with. */
export class Said {
  /** As it is shown. */
  readonly text: string
  #pairs: ReadonlySet<string> | undefined

  constructor(said: string) {
    this.text = said.length > MAX_CHARACTERS ? `${said.slice(0, MAX_CHARACTERS)}...` : said
  }

  get pairs(): ReadonlySet<string> {
    this.#pairs ??= pairsOf(this.text)
    return this.#pairs
  }
}

export class NearMiss {
  readonly #wanted: ReadonlySet<string>
  #said: string | null = null
  #likeness = -1

  /** `before` is what a former rule of this place remembers. */
  constructor(query: Query, before: string | null = null) {
    this.#wanted = pairsOf(wantedBy(query))
    if (before !== null) this.consider(new Said(before))
  }

  /** What came nearest, as it was said; null for nothing. */
  get said(): string | null {
    return this.#said
  }

  /** Looks at something that was said and did not match. */
  consider(said: Said): void {
    if (said.text === this.#said) return
    const likeness = likenessOf(this.#wanted, said.pairs)
    if (likeness <= this.#likeness) return
    this.#said = said.text
    this.#likeness = likeness
  }
}

/** The texts that a query compares with, without the signs of patterns. */
function wantedBy(query: Query): string {
  const texts = termsOf(query).map(({ value }) => {
    if (value.kind === 'regex') return value.source
    return 'text' in value ? value.text : ''
  })
  return texts.join(' ').replace(/[*?\\^$|()[\]{}+]/g, ' ')
}

function pairsOf(text: string): Set<string> {
  const pairs = new Set<string>()
  const lower = text.slice(0, MAX_CHARACTERS).toLowerCase()
  for (let n = 0; n < lower.length - 1; n++) {
    const pair = lower.slice(n, n + 2)
    if (!pair.includes(' ')) pairs.add(pair)
  }
  return pairs
}

function likenessOf(wanted: ReadonlySet<string>, said: ReadonlySet<string>): number {
  let shared = 0
  for (const pair of said) if (wanted.has(pair)) shared += 1
  return shared === 0 ? 0 : (2 * shared) / (wanted.size + said.size)
}
