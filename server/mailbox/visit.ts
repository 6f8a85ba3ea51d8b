/**
 * What a POP3 or an IMAP session tells people afterwards: what was fetched and deleted, or why nobody got so far. It
 * changes nothing of what the session does.
 */
import type { Failure, Step } from '../mail/session-record.js'

/** What can be done to messages, as outcomes say it and in their order. */
export const DEEDS = ['fetched', 'looked into', 'added', 'copied', 'moved', 'flagged', 'deleted'] as const
export type Deed = (typeof DEEDS)[number]

/** What to change, by where it failed. */
const FIXES = {
  greeted: 'Perhaps something only looked whether the port is open.',
  tls:
    'Use TLS from the first byte on the TLS port only; if the certificate is the reason, have the program trust the CA ' +
    'of GET /api/ca.pem.',
  auth: 'Give the program a user name and a password of --mailbox-auth, or start without it: then any pass.',
} as const satisfies { readonly [step in Step]?: string }

export class Visit {
  readonly #done = new Map<Deed, number>()
  #lastVerb: string | null = null
  #isLoggedIn = false
  /** The first thing that kept the client from its mail. */
  #failure: Failure | null = null
  /** What ended the session, where that was no farewell. */
  #remark: string | null = null

  /** In words: what was done, or why nothing was. */
  get outcome(): string {
    const done = this.#isLoggedIn ? this.#deeds() : (this.#failure ?? this.#leaving).reason
    return this.#remark === null || this.#remark === done ? done : `${done}; ${this.#remark}`
  }

  /** What kept the client from its mail; null where nothing did. */
  get failure(): Failure | null {
    if (this.#failure !== null) return this.#failure
    return this.#isLoggedIn ? null : this.#leaving
  }

  /** A command was understood. */
  verb(verb: string): void {
    this.#lastVerb = verb
  }

  loggedIn(): void {
    this.#isLoggedIn = true
    this.#failure = null
  }

  /** Messages were fetched, deleted and so on. */
  did(deed: Deed, count = 1): void {
    if (count > 0) this.#done.set(deed, (this.#done.get(deed) ?? 0) + count)
  }

  /** Something keeps the client from its mail: the first reason counts. */
  because(step: keyof typeof FIXES, reason: string, fix: string = FIXES[step]): void {
    this.#failure ??= { step, reason, fix, weak: false }
  }

  /** How it ended, where that is worth to be known beside what was done. */
  remark(text: string): void {
    this.#remark ??= text
  }

  #deeds(): string {
    const deeds = DEEDS.flatMap(deed => {
      const count = this.#done.get(deed)
      return count === undefined ? [] : [{ deed, count }]
    })
    if (deeds.length === 0) return 'logged in, fetched nothing'
    return deeds
      .map(({ deed, count }, n) => `${deed} ${count}${n > 0 ? '' : count === 1 ? ' message' : ' messages'}`)
      .join(', ')
  }

  /** Nothing went wrong, and nobody logged in. */
  get #leaving(): Failure {
    const reason =
      this.#lastVerb === null
        ? 'connected and said nothing'
        : `the last command was ${this.#lastVerb}, and nobody logged in`
    return { step: 'greeted', reason, fix: FIXES.greeted, weak: true }
  }
}
