/**
 * The failure texts of assertions: what was expected, what was there, what to do. Those of waits are in explain.ts.
 * Pure. Whatever is `wanted` here is as a person would write it: a string in quotes, a regular expression in slashes.
 */
import { describe, type Named, shortened } from './explain.js'

/** What a text needs of a part. */
export interface NamedPart {
  filename: string | null
  contentType: string
  size: number
}

/** Mail came that must not come. */
export function explainUnwanted(wanted: string, found: readonly Named[]): string {
  const came = found.length === 1 ? 'one came' : `${found.length} came`
  return [`Expected no message${wanted && ` with ${wanted}`}, but ${came}:`, ...listed(found)].join('\n')
}

/** Another number of messages came than one. */
export function explainNotOnce(wanted: string, found: readonly Named[]): string {
  const came = found.length === 0 ? 'none is there now.' : `${found.length} came:`
  return [`Expected exactly one message${wanted && ` with ${wanted}`}, but ${came}`, ...listed(found)].join('\n')
}

/** Exactly one message came, and that was not to be. */
export function explainOnce(wanted: string, found: readonly Named[]): string {
  return [`Expected no or several messages${wanted && ` with ${wanted}`}, but one came:`, ...listed(found)].join('\n')
}

function listed(messages: readonly Named[]): string[] {
  return shortened(messages.map(message => `  ${describe(message)}`))
}

/** Nothing was said about when the absence of mail is certain. `call` is what the author wrote. */
export function explainNoEnd(call: string): string {
  return (
    `${call} has to know until when: that nothing came yet proves nothing. ` +
    'Give { before: filter } of a mail that the app sends later, or { withinMs: 500 }. ' +
    'For what is there now, look at messages(filter).'
  )
}

/** An option that belongs to the other form of an assertion. */
export function explainStrayOption(call: string, option: string, fix: string): string {
  return `${call} takes no ${option}: ${fix}`
}

/** Whether a header, a subject or the like is as wanted; `isNot` for the negated assertion. */
export function explainValue(what: string, wanted: Wanted, values: readonly string[], isNot: boolean): string {
  const verb = wanted.isPattern ? 'fit' : 'contain'
  const there = values.map(value => JSON.stringify(value)).join(', ')
  return `Expected ${what} ${isNot ? 'not ' : ''}to ${verb} ${wanted.shown}, but it is ${there}.`
}

/** What an assertion asks of a text. */
export interface Wanted {
  shown: string
  isPattern: boolean
}

/** Why a message has no such header field. */
export function explainNoHeader(subject: string, name: string, names: readonly string[]): string {
  if (names.length === 0) return `"${subject}" has no headers.`
  return `"${subject}" has no header ${name}. It has: ${[...new Set(names)].join(', ')}.`
}

/** A header field is there that must not be. */
export function explainHeader(subject: string, name: string, values: readonly string[]): string {
  const there = values.map(value => JSON.stringify(value)).join(', ')
  return `Expected no header ${name} in "${subject}", but it has ${there}.`
}

/** A link is there that must not be. */
export function explainLink(subject: string, wanted: string, { text, href }: { text: string; href: string }): string {
  return `Expected no link with ${wanted} in "${subject}", but there is "${text}" ${href}`
}

/** An attachment is there that must not be. */
export function explainAttachment(subject: string, wanted: string, part: NamedPart): string {
  const { filename, contentType, size } = part
  return `Expected no attachment ${wanted} in "${subject}", but there is ${filename} (${contentType}, ${size} bytes).`
}

/** An assertion was made on something else than a message or a handle. */
export function explainReceiver(call: string, wanted: 'message' | 'handle', received: unknown): string {
  const example =
    wanted === 'message'
      ? 'a message, such as `await mail.next()` gives'
      : 'a handle, such as `await startMaildouble()` or `mail.inbox()` gives'
  return `${call} is for ${example}; this is ${nameOf(received)}.`
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value instanceof Promise) return 'a promise: await it first'
  if (typeof value === 'object') return `an object of ${value.constructor?.name ?? 'no class'}`
  return `the ${typeof value} ${JSON.stringify(value) ?? ''}`.trimEnd()
}
