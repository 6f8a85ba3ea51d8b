/**
 * What a screen reader says of arrivals: the first at once, then all that came since in one sentence, never more often
 * than can be listened to.
 */
import type { Summary } from '../server/http/schema.js'
import { plural, revealedText, shortName } from './text.js'

/** What comes together is said together. */
const GATHER_MS = 300
/** Between two sentences. */
const PAUSE_MS = 5_000

export class Announcements {
  /** The last thing said. */
  text = ''
  #count = 0
  #latest: Summary | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  arrived(message: Summary): void {
    this.#count += 1
    this.#latest = message
    this.#timer ??= setTimeout(() => this.#say(), GATHER_MS)
  }

  #say(): void {
    this.#timer = undefined
    const { subject, from, envelope } = this.#latest ?? {}
    if (this.#count === 0) return
    this.text =
      this.#count === 1
        ? `New mail from ${revealedText(from ? shortName(from) : envelope?.from || 'nobody')}: ${revealedText(subject || 'no subject')}`
        : `${plural(this.#count, 'new message')}`
    this.#count = 0
    this.#timer = setTimeout(() => this.#say(), PAUSE_MS)
    this.#changed()
  }
}
