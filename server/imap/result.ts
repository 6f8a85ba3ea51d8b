/**
 * How a command ends (RFC 3501 7.1): OK, NO for what cannot be done, BAD for what is no command; with a response code where
 * a client can make use of one (RFC 3501 7.1, 4315, 5530).
 */
import type { Verdict } from '../smtp/rule.js'
import type { Refusal } from './mailbox.js'

export interface Result {
  readonly status: 'OK' | 'NO' | 'BAD'
  /** The response code, without its brackets. */
  readonly code?: string | undefined
  readonly text: string
  /** What comes of it beside words. */
  readonly after?: 'logout' | 'starttls'
  /** A rule that has a say in it; where it is silent, nothing is said. */
  readonly verdict?: Verdict | null
}

/** Longest text: a line stays short enough for clients that bound them. */
const MAX_TEXT_CHARACTERS = 500

export const ok = (text: string, code?: string): Result => ({ status: 'OK', text, code })
export const no = (text: string, code?: string): Result => ({ status: 'NO', text, code })
export const bad = (text: string, code?: string): Result => ({ status: 'BAD', text, code })

/** What was refused, as the end of a command. */
export const refusalOf = ({ code, text }: Refusal): Result => no(text, code)

/** The same where the mailbox is a destination: a client may make it and try again (RFC 3501 7.1). */
export function destinationRefusal({ code, text }: Refusal): Result {
  return no(text, code === 'NONEXISTENT' ? 'TRYCREATE' : code)
}

/** A result as it is said behind a tag. */
export function shownResult({ status, code, text }: Result): string {
  return `${status} ${code === undefined ? '' : `[${code}] `}${printable(text)}`
}

/** Printable ASCII: nothing that comes from elsewhere breaks a line of ours. */
export function printable(text: string): string {
  return text.slice(0, MAX_TEXT_CHARACTERS).replace(/[^ -~]/g, '?')
}
