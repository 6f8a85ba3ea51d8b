/** Plays a dialogue against a fresh Pop3Session. Whatever the split, the same replies and the same deletions must come out. */
import { expect } from 'vitest'
import { playScript } from '../play.js'
import { type Circumstances, feed, type Run } from './drive.js'

/** What a dialogue is to bring, beside its replies. What is left out is not looked at, unless said. */
export interface Dialogue extends Circumstances {
  /** Names the case, and the row or section that it shows. */
  name: string
  says: readonly string[]
  /** Whose mail was asked for: nobody's if left out. */
  opened?: readonly string[]
  /** The ids that were removed; none if left out. */
  removed?: readonly string[]
  outcome?: string | RegExp
  /** What was recorded: `client: STAT`. */
  transcript?: readonly string[]
  /** Whether the session has ended of itself; false if left out. */
  ended?: boolean
}

/** Plays a dialogue at every split and compares what comes with what it says. */
export function play(dialogue: Dialogue): void {
  const { opened = [], removed = [], outcome, transcript } = dialogue
  playScript(dialogue.says, { feed: said => feed(said, dialogue), fingerprint }, whole => {
    expect(whole).toMatchObject({ opened, removed, ended: dialogue.ended ?? dialogue.interrupt !== undefined })
    if (outcome !== undefined) expect(whole.outcome).toMatch(outcome)
    if (transcript !== undefined) expect(whole.transcript).toEqual(transcript)
  })
}

function fingerprint(run: Run): string {
  return JSON.stringify(run)
}
