/**
 * What happens to sessions, attempts and rules, on its way to live clients. It is not replayed, and only the newest are
 * kept: thousands at once say no more than the list does, which clients can read again.
 */
import type { RecordEvent } from '../mail/records.js'
import type { RuleEvent } from '../smtp/rule.js'
import type { Told, Wording } from './live.js'

/** Kept for clients that have not taken them yet. */
const MAX_KEPT = 1000

/** One event and its place among the changes of the store. */
export class Happening {
  /** The last number that was taken when it happened: it is told behind every change up to this. */
  readonly behind: number
  readonly #event: RecordEvent | RuleEvent
  readonly #told = new Map<Wording, Told>()

  constructor(event: RecordEvent | RuleEvent, behind: number) {
    this.#event = event
    this.behind = behind
  }

  /** Whether it concerns an inbox. Rules concern all: what one does may be the reason why nothing comes to another. */
  isIn(inbox: string): boolean {
    const event = this.#event
    if (event.type === 'hit' || event.type === 'rules') return true
    const about = event.type === 'attempt' ? event.attempt : event.session
    return about.inboxes.includes(inbox)
  }

  /** The event as it is sent, written once for all who are told alike. */
  told(wording: Wording): Told {
    let told = this.#told.get(wording)
    if (!told) {
      told = wording.happening(this.#event)
      this.#told.set(wording, told)
    }
    return told
  }
}

/** The newest happenings, by number. */
export class Happenings {
  #kept: Happening[] = []
  #first = 0

  /** The number of the next one. */
  get end(): number {
    return this.#first + this.#kept.length
  }

  add(event: RecordEvent | RuleEvent, behind: number): void {
    this.#kept.push(new Happening(event, behind))
    if (this.#kept.length < 2 * MAX_KEPT) return
    this.#first += MAX_KEPT
    this.#kept = this.#kept.slice(MAX_KEPT)
  }

  /** The one of a number, or the oldest kept after it, with its number. */
  from(number: number): { happening: Happening; number: number } | undefined {
    const at = Math.max(number, this.#first)
    const happening = this.#kept[at - this.#first]
    return happening && { happening, number: at }
  }

  clear(): void {
    this.#first = this.end
    this.#kept = []
  }
}
