/** What a check says. It stands alone, since its type is public: the types of the HTML tokenizer must not come with it. */

/** error: readers see it, or servers refuse it. warning: some clients or filters stumble. info: good to know. */
export type Level = 'error' | 'warning' | 'info'

/** One result of a check. */
export interface Check {
  /** Names the check, always the same: `placeholder`. docs/checks.md lists them. */
  id: string
  level: Level
  /** What was found, in one line. */
  title: string
  /** Why it matters and what to do. */
  explanation: string
  /** The part that it is about: `2`, `1.2`; empty for the message itself. Null where it is about no place. */
  part: string | null
  /** The byte of the raw message where it stands, or close to it; null where it stands nowhere. */
  offset: number | null
}
