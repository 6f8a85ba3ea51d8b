/**
 * What is said of arrivals, by a screen reader and in notifications: the first at once, then all that came since in one sentence, never more often
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
  readonly #said: (count: number, latest: Summary) => void

  constructor(changed: () => void, said: (count: number, latest: Summary) => void = () => {}) {
    this.#changed = changed
    this.#said = said
  }

  arrived(message: Summary): void {
    this.#count += 1
    this.#latest = message
    this.#timer ??= setTimeout(() => this.#say(), GATHER_MS)
  }

  #say(): void {
    this.#timer = undefined
    const latest = this.#latest
    if (this.#count === 0 || !latest) return
    const { subject, from, envelope } = latest
    this.#said(this.#count, latest)
    this.text =
      this.#count === 1
        ? `New mail from ${revealedText(from ? shortName(from) : envelope.from || 'nobody')}: ${revealedText(subject || 'no subject')}`
        : `${plural(this.#count, 'new message')}`
    this.#count = 0
    this.#timer = setTimeout(() => this.#say(), PAUSE_MS)
    this.#changed()
  }
}
