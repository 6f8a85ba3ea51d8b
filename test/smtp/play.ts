/** Plays a dialogue against a fresh SmtpSession. Whatever the split, the same replies and the same messages must come out. */
import { expect } from 'vitest'
import type { Received } from '../../server/mail/message.js'
import type { Attempt } from '../../server/mail/session.js'
import { playScript } from '../play.js'
import { bytesOf } from '../script.js'
import { type Circumstances, feed, type Run } from './drive.js'

export { said } from '../driving.js'
export { feed, newSession } from './drive.js'

/** What a dialogue is to bring, beside its replies. What is left out is not looked at. */
export interface Dialogue extends Circumstances {
  /** Names the case, and the row or section that it shows. */
  name: string
  says: readonly string[]
  /** The messages stored; none if left out. `raw` in the escapes of a script. */
  messages?: readonly ExpectedMessage[]
  /** The session's warnings; none if left out. */
  warnings?: readonly string[]
  outcome?: string | RegExp
  /** The attempts, in order. */
  attempts?: readonly Partial<Attempt>[]
  /** What was recorded: `client: EHLO a`. */
  transcript?: readonly string[]
  /** Whether the session has ended of itself; false if left out. */
  ended?: boolean
}

export interface ExpectedMessage {
  raw?: string
  from?: string
  to?: readonly string[]
  verb?: string
  fromParams?: object
  recipients?: readonly object[]
  helo?: string
  tls?: object | null
  auth?: object | null
  warnings?: readonly string[]
}

/** Plays a dialogue at every split and compares what comes with what it says. */
export function play(dialogue: Dialogue): void {
  playScript(dialogue.says, { feed: said => feed(said, dialogue), fingerprint }, whole => {
    expect(whole.received.map(shown)).toMatchObject((dialogue.messages ?? []).map(expected))
    expect([...whole.warnings]).toEqual(dialogue.warnings ?? [])
    expect(whole.ended).toBe(dialogue.ended ?? dialogue.interrupt !== undefined)
    if (dialogue.outcome) expect(whole.outcome).toMatch(dialogue.outcome)
    if (dialogue.attempts) expect(whole.attempts).toMatchObject(dialogue.attempts)
    if (dialogue.transcript) expect(whole.transcript).toEqual(dialogue.transcript)
  })
}

function shown({ raw, envelope, warnings }: Received): object {
  return { ...envelope, raw: raw.toString('latin1'), warnings }
}

function expected(message: ExpectedMessage): object {
  return message.raw === undefined ? message : { ...message, raw: bytesOf(message.raw).toString('latin1') }
}

function fingerprint({ received, ...rest }: Run): string {
  return JSON.stringify([rest, received.map(message => ({ ...message, raw: message.raw.toString('latin1') }))])
}
