/**
 * What `expect` learns: one implementation for every runner. Texts are mail/explain's and mail/explain-matchers'.
 *
 * Matchers on a handle wait; those on a message judge what is in it. That mail did not come cannot be judged now: the
 * negated forms have to be told until when.
 */
import { explainNoAttachment, explainNoLink } from '../mail/explain.js'
import {
  explainAttachment,
  explainHeader,
  explainLink,
  explainNoEnd,
  explainNoHeader,
  explainNotOnce,
  explainOnce,
  explainReceiver,
  explainStrayOption,
  explainValue,
} from '../mail/explain-matchers.js'
import type { MailHandle } from './client.js'
import { type MailFilter, split } from './filter.js'
import { assertWanted, fitting, isLinkWith, isNamed, type ReceivedMessage, shown } from './received.js'
import type { Until, WaitOptions } from './waits.js'

/** The matchers as a test calls them; `R` is what the runner's matchers give: nothing, or a promise of it. */
export interface MailMatchers<R = void> {
  /**
   * On a handle: that a match comes, or has come. Negated, that none does, until `before` or for `withinMs`; one of the
   * two has to be said.
   */
  toHaveReceived(filter?: MailFilter, options?: Until): Promise<void>
  /**
   * On a handle: that a match comes, and is the only one: now, or also until `before` or for `withinMs`. Negated, that
   * none or several come until then.
   */
  toHaveReceivedOnce(filter?: MailFilter, options?: Until): Promise<void>
  /** On a message: that the subject contains the words, ignoring case, or fits. */
  toHaveSubject(wanted: string | RegExp): R
  /** On a message: that a link's words or address contain `wanted`, or fit it. */
  toHaveLink(wanted: string | RegExp): R
  /** On a message: that a part has that file name, or one that fits. */
  toHaveAttachment(wanted: string | RegExp): R
  /** On a message: that the header is there; with a value, that one of its fields contains it, or fits. */
  toHaveHeader(name: string, value?: string | RegExp): R
}

/** What a matcher answers, to Vitest and Jest alike. */
export interface MatcherResult {
  pass: boolean
  message(): string
}

/** What a runner says to a matcher. */
export interface MatcherContext {
  isNot?: boolean
}

async function toHaveReceived(
  this: MatcherContext,
  received: unknown,
  filter: MailFilter = {},
  options: Until = {},
): Promise<MatcherResult> {
  const { before, withinMs, ...wait } = options
  if (this.isNot) {
    const call = 'not.toHaveReceived()'
    const handle = handleOf(received, call)
    if (before !== undefined) return judge(handle.expectNone(filter, { ...wait, before }), true)
    if (withinMs === undefined) throw new TypeError(explainNoEnd(call))
    return judge(handle.expectNone(filter, { ...signalOf(wait), withinMs }), true)
  }
  const stray = Object.entries({ before, withinMs }).find(([, value]) => value !== undefined)
  if (stray)
    throw new TypeError(
      explainStrayOption('toHaveReceived()', stray[0], 'how long it waits is timeoutMs, and for none there is not.'),
    )
  return judge(handleOf(received, 'toHaveReceived()').waitFor(filter, wait), false)
}

async function toHaveReceivedOnce(
  this: MatcherContext,
  received: unknown,
  filter: MailFilter = {},
  options: Until = {},
): Promise<MatcherResult> {
  const call = this.isNot ? 'not.toHaveReceivedOnce()' : 'toHaveReceivedOnce()'
  const handle = handleOf(received, call)
  const { before, withinMs, ...wait } = options
  const wanted = split(filter).shown
  if (this.isNot && before === undefined && withinMs === undefined) throw new TypeError(explainNoEnd(call))
  try {
    if (!this.isNot) await handle.waitFor(filter, wait)
    if (before !== undefined) await handle.waitFor(before, wait)
    // That a second one does not come is no failure here; whatever else ends the wait, `messages` says it, too.
    if (withinMs !== undefined)
      await handle.waitForAll(filter, 2, { ...signalOf(wait), timeoutMs: withinMs }).catch(() => {})
    const found = await handle.messages(filter)
    const pass = found.length === 1
    return { pass, message: () => (pass ? explainOnce(wanted, found) : explainNotOnce(wanted, found)) }
  } catch (error) {
    return failed(error, this.isNot === true)
  }
}

function toHaveSubject(this: MatcherContext, received: unknown, wanted: string | RegExp): MatcherResult {
  const { subject } = messageOf(received, 'toHaveSubject()')
  const pass = fitting(wanted)(subject)
  return { pass, message: () => explainValue('the subject', asWanted(wanted), [subject], pass) }
}

function toHaveLink(this: MatcherContext, received: unknown, wanted: string | RegExp): MatcherResult {
  const { subject, links } = messageOf(received, 'toHaveLink()')
  const link = links.find(isLinkWith(wanted))
  return {
    pass: link !== undefined,
    message: () => (link ? explainLink(subject, shown(wanted), link) : explainNoLink(subject, shown(wanted), links)),
  }
}

function toHaveAttachment(this: MatcherContext, received: unknown, wanted: string | RegExp): MatcherResult {
  const { subject, parts } = messageOf(received, 'toHaveAttachment()')
  const part = parts.find(isNamed(wanted))
  const names = parts.map(({ filename }) => filename)
  return {
    pass: part !== undefined,
    message: () =>
      part ? explainAttachment(subject, shown(wanted), part) : explainNoAttachment(subject, shown(wanted), names),
  }
}

function toHaveHeader(this: MatcherContext, received: unknown, name: string, wanted?: string | RegExp): MatcherResult {
  const message = messageOf(received, 'toHaveHeader()')
  assertWanted(name)
  const { subject, headers } = message
  const values = message.headerValues(name)
  if (values.length === 0) {
    const names = headers.map(field => field.name)
    return { pass: false, message: () => explainNoHeader(subject, name, names) }
  }
  if (wanted === undefined) return { pass: true, message: () => explainHeader(subject, name, values) }
  const pass = values.some(fitting(wanted))
  return { pass, message: () => explainValue(`the header ${name} of "${subject}"`, asWanted(wanted), values, pass) }
}

/** For `expect.extend`. */
export const matchers = {
  toHaveReceived,
  toHaveReceivedOnce,
  toHaveSubject,
  toHaveLink,
  toHaveAttachment,
  toHaveHeader,
}

/** A wait as a runner wants it: its failure is the matcher's, so that the runner shows where in the test it is. */
function judge(wait: Promise<unknown>, isNot: boolean): Promise<MatcherResult> {
  return wait.then(
    () => ({ pass: !isNot, message: () => '' }),
    error => failed(error, isNot),
  )
}

function failed(error: unknown, isNot: boolean): MatcherResult {
  return { pass: isNot, message: () => (error instanceof Error ? error.message : String(error)) }
}

function signalOf({ signal }: WaitOptions): WaitOptions {
  return signal ? { signal } : {}
}

function asWanted(wanted: string | RegExp) {
  return { shown: shown(wanted), isPattern: wanted instanceof RegExp }
}

// By what they can do and not by their class: a test may hold both an ES module's and a CommonJS module's.

function handleOf(received: unknown, call: string): MailHandle {
  const handle = received as Partial<MailHandle> | null | undefined
  if (typeof handle?.waitFor === 'function' && typeof handle.expectNone === 'function') return handle as MailHandle
  throw new TypeError(explainReceiver(call, 'handle', received))
}

function messageOf(received: unknown, call: string): ReceivedMessage {
  const message = received as Partial<ReceivedMessage> | null | undefined
  if (typeof message?.headerValues === 'function' && Array.isArray(message.parts)) return message as ReceivedMessage
  throw new TypeError(explainReceiver(call, 'message', received))
}
