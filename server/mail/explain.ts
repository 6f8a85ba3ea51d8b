/**
 * Every failure text of waits and matchers, built in one place from what arrived and what the connections say: a reader
 * should see what is wrong without opening anything else. Pure.
 */
import type { Address } from './message.js'

/** What a text needs of a message: a Summary and a Message both have it. */
export interface Named {
  subject: string
  from: Address | null
  envelope: { from: string; to: string[] }
}

/** A message that arrived but is not the one. */
export interface Miss {
  message: Named
  /** The term on which it failed, as a person would write it. */
  failed: string
}

/** What a wait knows when its time is over. */
export interface WaitFailure {
  /** What was asked for, as a person would write it; empty for any message. */
  wanted: string
  /** How many were asked for, and how many came. */
  count: number
  found: number
  waitedMs: number
  /** The newest messages since the handle's mark that are not what was asked for. */
  misses: Miss[]
  /** How those connections ended that delivered nothing, the newest last. */
  undelivered: string[]
  /** Connections since the start, those included. */
  connections: number
  smtpUrl: string
}

/** How many messages and connections a text names before it only counts them. */
const MOST_SHOWN = 10

/** Why nothing came in time. */
export function explainTimeout(failure: WaitFailure): string {
  const { count, found, wanted, waitedMs, misses } = failure
  const what = count === 1 ? 'No message' : `Only ${found} of ${count} messages`
  const lines = [`${what}${wanted ? ` with ${wanted}` : ''} within ${waitedMs} ms.`]
  if (misses.length > 0) {
    lines.push('', `${misses.length === 1 ? '1 message' : `${misses.length} messages`} arrived:`)
    lines.push(...shortened(misses.map(describeMiss)))
  } else if (failure.found === 0) {
    lines.push('', 'No message arrived.')
  }
  lines.push(...explainConnections(failure))
  return lines.join('\n')
}

function describeMiss({ message, failed }: Miss): string {
  return `  ${describe(message)}\n    not ${failed}`
}

/** A message in a line: subject, who it is from and whom it is for. */
export function describe(message: Named): string {
  const from = message.from?.address || message.envelope.from || '<>'
  return `"${message.subject}" from ${from} to ${message.envelope.to.join(', ') || 'nobody'}`
}

function explainConnections({ undelivered, connections, smtpUrl }: WaitFailure): string[] {
  if (connections === 0) return ['', `No connection at all: is the app using ${smtpUrl}?`]
  if (undelivered.length === 0) return []
  const head = undelivered.length === 1 ? '1 connection' : `${undelivered.length} connections`
  return ['', `${head} delivered nothing:`, ...shortened(undelivered.map(outcome => `  ${outcome}`))]
}

function shortened(lines: string[]): string[] {
  if (lines.length <= MOST_SHOWN) return lines
  return [`  ... ${lines.length - MOST_SHOWN} more, and`, ...lines.slice(-MOST_SHOWN)]
}

/** Why a message has no single one-time code. */
export function explainNoCode(subject: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return `There is no one-time code in "${subject}".`
  return `There are several codes in "${subject}" and none stands out: ${candidates.join(', ')}.`
}

/** Why a message has no such link. */
export function explainNoLink(
  subject: string,
  wanted: string,
  links: readonly { text: string; href: string }[],
): string {
  if (links.length === 0) return `There is no link in "${subject}".`
  const list = shortened(links.map(link => `  "${link.text}" ${link.href}`)).join('\n')
  return `No link with ${wanted} in "${subject}". Its links:\n${list}`
}

/** Why a message has no such attachment. */
export function explainNoAttachment(subject: string, wanted: string, names: readonly (string | null)[]): string {
  if (names.length === 0) return `"${subject}" has no attachments.`
  return `"${subject}" has no attachment ${wanted}. It has: ${names.map(name => name ?? '(without a name)').join(', ')}.`
}
