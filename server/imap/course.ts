/**
 * How a command runs: as a generator of what it says and wants, so that a long answer is said as fast as its client reads
 * it, long work gives way to others, and what somebody else has to do is waited for.
 */

import type { Steps } from '../mail/loop.js'
import type { LoginAnswer, LoginEvent } from '../mailbox/context.js'
import type { Later } from '../net/session.js'
import type { Result } from './result.js'
import type { View } from './view.js'

/** Something that takes a while is to be done: writes to mailboxes. */
export interface WorkEvent {
  readonly type: 'work'
  readonly work: () => Promise<void>
}

export type ImapEvent = LoginEvent | WorkEvent
export type ImapAnswer = LoginAnswer | { readonly type: 'done' }

/** A line of the client's is awaited that is no command: `prompt` is said before, where there is one. */
export interface Ask {
  readonly type: 'ask'
  readonly prompt: string | null
  /** Whether it is a secret, or part of one. */
  readonly isSecret: boolean
  /** Whether a change of the mailbox ends the wait, too. */
  readonly wakes: boolean
}

/** An untagged response without `* ` and its end; bytes as they are; or what is wanted. */
export type Step = string | Buffer | Later | ImapEvent | Ask

/** What a step brings. */
export type Input =
  | ImapAnswer
  | { readonly type: 'line'; readonly line: Buffer }
  /** Something has changed. */
  | { readonly type: 'woken' }
  | undefined

export type Course<R = Result> = Generator<Step, R, Input>

export const LATER: Later = { type: 'later' }

/** Has something done, and gives what came of it. */
export function* doing<R>(work: () => Promise<R>): Course<R> {
  let result: { value: R } | undefined
  yield {
    type: 'work',
    work: async () => {
      result = { value: await work() }
    },
  }
  return (result as { value: R }).value
}

/** Does long work, giving way to others at each of its stops. */
export function* givingWay<R>(work: Steps<R>): Course<R> {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
    yield LATER
  }
}

/** Tells a client what has become of its mailbox; `expunge` where messages may leave now (RFC 3501 7.4.1). */
export function* catchUp(view: View, expunge: boolean): Course<void> {
  for (;;) {
    while (!view.mailbox.catchUp()) yield LATER
    yield* view.catchUp(expunge)
    if (!view.isBehind) return
    yield LATER
  }
}
