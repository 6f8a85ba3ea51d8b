/**
 * Deletions that can still be undone. Each waits for its time, then is carried out; until the server has answered, what
 * it deletes stays hidden and can no longer be had back.
 */
import type { Rule, Summary } from '../server/http/schema.js'
import type { Filter } from './api.js'
import type { Counts } from './tally.js'

/** How long a deletion can be undone. */
const UNDO_MS = 7_000

export interface Deletion {
  readonly key: number
  readonly what:
    | { type: 'some'; messages: Summary[] }
    /** All that the filter matches, up to a change of the server's life. */
    | { type: 'all'; filter: Filter; until: number; instance: string }
    | { type: 'rules'; rules: readonly Rule[] }
  /** What there is less of. */
  readonly counts: Counts
}

interface Entry {
  deletion: Deletion
  /** Runs while it can be undone. */
  timer: ReturnType<typeof setTimeout> | undefined
}

/** What a deletion hides of an inbox, or of all inboxes (null). */
export function countsIn({ what, counts }: Deletion, inbox: string | null): Counts {
  if (inbox === null || (what.type === 'all' && what.filter.inbox === inbox)) return counts
  // How much of everything is in one inbox is not known here; the server is asked when the deletion is carried out.
  if (what.type !== 'some') return { total: 0, unread: 0 }
  const messages = what.messages.filter(({ inboxes }) => inboxes.includes(inbox))
  return { total: messages.length, unread: messages.filter(({ read }) => !read).length }
}

export class Deletions {
  #entries: Entry[] = []
  #keys = 0
  readonly #carryOut: (deletion: Deletion) => Promise<void>
  readonly #settled: () => void

  /** `carryOut` asks the server, and resolves when what was deleted need not be hidden any more; then comes `settled`. */
  constructor(carryOut: (deletion: Deletion) => Promise<void>, settled: () => void) {
    this.#carryOut = carryOut
    this.#settled = settled
  }

  /** Those that can be undone, the last one last. */
  get undoable(): Deletion[] {
    return this.#entries.filter(({ timer }) => timer !== undefined).map(({ deletion }) => deletion)
  }

  /** What all of them hide of an inbox, or of all inboxes (null). */
  countsIn(inbox: string | null): Counts {
    let total = 0
    let unread = 0
    for (const { deletion } of this.#entries) {
      const counts = countsIn(deletion, inbox)
      total += counts.total
      unread += counts.unread
    }
    return { total, unread }
  }

  /** The messages hidden one by one. */
  get messages(): Summary[] {
    return this.#entries.flatMap(({ deletion: { what } }) => (what.type === 'some' ? what.messages : []))
  }

  /** The ids of the rules that are being removed. */
  get ruleIds(): ReadonlySet<string> {
    return new Set(
      this.#entries.flatMap(({ deletion: { what } }) => (what.type === 'rules' ? what.rules.map(({ id }) => id) : [])),
    )
  }

  has(id: string): boolean {
    return this.messages.some(message => message.id === id)
  }

  plan(what: Deletion['what'], counts: Counts): void {
    this.#keys += 1
    const entry: Entry = { deletion: { key: this.#keys, what, counts }, timer: undefined }
    entry.timer = setTimeout(() => void this.#commit(entry), UNDO_MS)
    this.#entries.push(entry)
  }

  /** Takes the last one back that can be. */
  undo(): Deletion | undefined {
    const entry = this.#entries.findLast(({ timer }) => timer !== undefined)
    if (entry) this.#drop(entry)
    return entry?.deletion
  }

  /** Carries out what waits: nobody is left to undo it, or something else is about to build on it. */
  async commit(which: (deletion: Deletion) => boolean = () => true): Promise<void> {
    const due = this.#entries.filter(({ deletion, timer }) => timer !== undefined && which(deletion))
    await Promise.all(due.map(entry => this.#commit(entry)))
  }

  /** Forgets all of them: what was to be deleted is gone. */
  clear(): void {
    for (const entry of [...this.#entries]) this.#drop(entry)
  }

  async #commit(entry: Entry): Promise<void> {
    clearTimeout(entry.timer)
    entry.timer = undefined
    try {
      await this.#carryOut(entry.deletion)
    } finally {
      this.#drop(entry)
      this.#settled()
    }
  }

  #drop(entry: Entry): void {
    clearTimeout(entry.timer)
    this.#entries = this.#entries.filter(other => other !== entry)
  }
}
