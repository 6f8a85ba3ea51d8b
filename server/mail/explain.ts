/**
 * Every failure text of waits and matchers, built in one place from what arrived and what the connections say: a reader
 * should see what is wrong without opening anything else. Pure.
 */

import type { Rule } from '../smtp/rule.js'
import type { Address } from './message.js'
import type { Attempt } from './session.js'

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
export interface WaitFailure extends Circumstances {
  /** What was asked for, as a person would write it; empty for any message. */
  wanted: string
  /** How many were asked for, and how many came. */
  count: number
  found: readonly Named[]
  waitedMs: number
  /** The newest messages since the handle's mark that are not what was asked for. */
  misses: Miss[]
}

/** What is told beside what was asked for. */
export interface Circumstances {
  connections: Connections
  /** The rules that may have touched it. */
  rules: readonly Rule[]
  smtpUrl: string
}

/** What the connections since a handle's mark say about mail that did not come. */
export interface Connections {
  /** How many there were. */
  count: number
  /** How those ended that delivered nothing, the newest last. */
  undelivered: string[]
  /** What became of attempts that were not stored, on connections that delivered something else; the newest last. */
  failed: Tried[]
}

/** What a text needs of an attempt. */
export type Tried = Pick<Attempt, 'from' | 'to' | 'code' | 'outcome' | 'replies'>

/** How many messages and connections a text names before it only counts them. */
const MOST_SHOWN = 10

/** Why nothing came in time. */
export function explainTimeout(failure: WaitFailure): string {
  const { count, found, wanted, waitedMs, misses } = failure
  const what = count === 1 ? 'No message' : `Only ${found.length} of ${count} messages`
  const lines = [`${what}${wanted ? ` with ${wanted}` : ''} within ${waitedMs} ms.`]
  if (found.length > 0) lines.push('', 'Matched:', ...shortened(found.map(message => `  ${describe(message)}`)))
  if (misses.length > 0) {
    lines.push('', `${quantity(misses.length, found.length > 0 ? 'other message' : 'message')} arrived:`)
    lines.push(...shortened(misses.map(describeMiss)))
  } else if (found.length === 0) {
    lines.push('', 'No message arrived.')
  }
  lines.push(...explainConnections(failure), ...explainRules(failure.rules))
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

function explainConnections({ connections, smtpUrl }: Pick<WaitFailure, 'connections' | 'smtpUrl'>): string[] {
  const { count, undelivered, failed } = connections
  if (count === 0) return ['', `No connection at all: is the app using ${smtpUrl}?`]
  const lines = counted(undelivered).map(([outcome, n]) => `${quantity(n, 'session')} delivered nothing: ${outcome}`)
  for (const [attempt, n] of counted(failed.map(describeTried))) lines.push(`${quantity(n, 'attempt')} ${attempt}`)
  return lines.length === 0 ? [] : ['', ...shortened(lines)]
}

/** An attempt in a line: how it ended, by which rule, and whose mail it was. */
export function describeTried({ from, to, code, outcome, replies }: Tried): string {
  const ruleId = replies.findLast(reply => reply.code === code)?.ruleId
  const how = [outcome, ...(code === null ? [] : [code]), ...(ruleId ? [`by rule ${ruleId}`] : [])].join(' ')
  return `${how}: from ${from || '<>'} to ${to.join(', ') || 'nobody'}`
}

/** Equal texts once, with how often they came, in order of the first. */
function counted(texts: readonly string[]): [text: string, count: number][] {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts]
}

/** A number of things, in words. */
export function quantity(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`
}

/** What a wait for attempts knows when its time is over. */
export interface AttemptFailure extends Circumstances {
  /** What was asked for, as a person would write it; empty for any attempt. */
  wanted: string
  count: number
  waitedMs: number
  /** Those that matched. */
  found: Tried[]
  /** Those that did not. */
  others: Tried[]
}

/** Why too few attempts were made in time. */
export function explainAttempts({ wanted, count, waitedMs, found, others, ...rest }: AttemptFailure): string {
  const what = found.length === 0 ? 'No attempt' : `Only ${found.length} of ${count} attempts`
  const lines = [`${what}${wanted ? ` with ${wanted}` : ''} within ${waitedMs} ms.`]
  if (found.length > 0) lines.push('', 'Made:', ...shortened(found.map(attempt => `  ${describeTried(attempt)}`)))
  if (others.length > 0) {
    lines.push('', `${quantity(others.length, 'other attempt')}:`)
    lines.push(...shortened(others.map(attempt => `  ${describeTried(attempt)}`)))
  }
  lines.push(...explainConnections({ ...rest, connections: { ...rest.connections, failed: [] } }))
  lines.push(...explainRules(rest.rules))
  return lines.join('\n')
}

function explainRules(rules: readonly Rule[]): string[] {
  return rules.length === 0 ? [] : ['', ...shortened(rules.map(explainRule))]
}

/** How often a rule acted, or what came nearest to it. */
function explainRule(rule: Rule): string {
  const { hits, enabled, refuseConnections, nearMiss } = rule
  const name = describeRule(rule)
  if (hits > 0) return `${name} was hit ${hits === 1 ? 'once' : `${hits} times`}`
  if (!enabled) return `${name} is not enabled`
  // Who finds the port closed leaves no trace that could be counted.
  if (refuseConnections) return `${name} closes the port`
  return `${name} was never hit; ${nearMiss === null ? 'nothing reached it' : `nearest: ${nearMiss}`}`
}

/** What is said at the end of those rules of a test that never acted: it did not test what it says. */
export function explainNeverHit(rules: readonly Rule[]): string[] {
  return rules
    .filter(({ hits, enabled, refuseConnections }) => hits === 0 && enabled && !refuseConnections)
    .map(explainRule)
}

/** A rule in a line: when it acts, what it looks for, what it does. */
export function describeRule(rule: Rule): string {
  const terms = Object.entries(rule.match).map(([term, value]) => (term === 'q' ? value : `${term}: ${value}`))
  const when = [
    ...(rule.preset ? [rule.preset] : []),
    `on ${rule.protocol === 'smtp' ? '' : `${rule.protocol} `}${rule.on}`,
    ...terms,
  ]
  return `rule ${rule.id} (${when.join(', ')} -> ${effectsOf(rule).join(', ')})`
}

function effectsOf(rule: Rule): string[] {
  const { reply, replies, action, delayMs, bytesPerSecond, afterBytes, hide, certificate } = rule
  const effects: string[] = []
  if (rule.refuseConnections) effects.push('closed port')
  if (hide.length > 0) effects.push(`no ${hide.join(', ')}`)
  if (certificate !== null) effects.push(`certificate ${certificate}`)
  if (delayMs > 0) effects.push(`${delayMs} ms of delay`)
  if (bytesPerSecond !== null) effects.push(`${bytesPerSecond} bytes per second`)
  for (const one of replies ?? (reply === null ? [] : [reply])) effects.push([one].flat().join(' / '))
  if (rule.halfReply) effects.push('half a reply')
  if (rule.store) effects.push('stored')
  if (action !== 'reply') effects.push(afterBytes === null ? action : `${action} after ${afterBytes} bytes`)
  if (rule.thenClose) effects.push('close')
  return effects
}

/** The newest lines, and how many more there are. */
export function shortened(lines: string[]): string[] {
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
