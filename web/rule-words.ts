/** A rule in words: when it acts, what it does, how often, and how long it still will. Pure. */
import type { Rule, RuleReply } from '../server/http/schema.js'
import { formatSize, plural } from './text.js'

/** Moments that are no command. */
const NOUNS: Readonly<Record<string, string>> = { any: 'Command', connect: 'Connection', message: 'Message' }
/** What is waited for, as it is said on the wire where it is a command. */
const STAGES: Readonly<Record<string, string>> = { ...NOUNS, mail: 'MAIL FROM', rcpt: 'RCPT TO' }
/** The term that a stage is about, which needs no name there. */
const OWN_TERM: Readonly<Record<string, string>> = {
  ehlo: 'helo',
  helo: 'helo',
  auth: 'user',
  mail: 'mail-from',
  rcpt: 'to',
}
const CERTIFICATES: Readonly<Record<NonNullable<Rule['certificate']>, string>> = {
  expired: 'shows an expired certificate',
  'wrong-host': 'shows a certificate for another host',
  untrusted: 'shows a certificate that nobody trusts',
}
const ENDS: Readonly<Record<Exclude<Rule['action'], 'reply'>, string>> = {
  close: 'closes the connection',
  reset: 'resets the connection',
  stall: 'never answers',
}

export interface RuleWords {
  /** When: `RCPT TO *@full.test`. */
  when: string
  /** What: `452 4.2.2 Mailbox full`. */
  does: string
  /** How often: `first 2 per recipient`; empty for always. */
  limits: string
}

export const describeRule = (rule: Rule): RuleWords => ({
  when: describeWhen(rule),
  does: describeEffects(rule).join(', '),
  limits: describeLimits(rule).join(', '),
})

/** All of it in one line. */
export function ruleText(rule: Rule): string {
  const { when, does, limits } = describeRule(rule)
  return `${when} → ${does}${limits && `, ${limits}`}`
}

/** How a rule is called: `greylist` after its preset, else `r2`. */
export const ruleName = ({ id, preset }: Pick<Rule, 'id' | 'preset'>): string => preset ?? id

/** A text in which the server names a rule, `RCPT was refused by rule r2 (greylist): 451 …`, cut there; null for none. */
export function cutAtRule(text: string): { before: string; rule: string; id: string; after: string } | null {
  const found = /\brule (r\d+)(?: \([a-z-]+\))?/.exec(text)
  const [rule, id] = found ?? []
  if (!found || !rule || !id) return null
  return { before: text.slice(0, found.index), rule, id, after: text.slice(found.index + rule.length) }
}

/** Whether a line of a session tells what a rule did, or a recipient that stands for one. */
export const isOfRule = (line: string): boolean => cutAtRule(line) !== null || /\bmagic recipient\b/.test(line)

function describeWhen({ on, match, protocol }: Rule): string {
  const whose = protocol === 'smtp' ? '' : `${protocol.toUpperCase()} `
  const moment = STAGES[on] ?? on.toUpperCase()
  const stage = `${whose}${moment}`
  const terms = Object.entries(match)
  if (terms.length === 0) return `Every ${whose}${on in NOUNS ? moment.toLowerCase() : moment}`
  const own = terms.find(([name]) => name === OWN_TERM[on])
  const others = terms.filter(term => term !== own).map(([name, value]) => `${name.replaceAll('-', ' ')} ${value}`)
  return `${stage}${own ? ` ${own[1]}` : ''}${others.length > 0 ? ` with ${others.join(' and ')}` : ''}`
}

function describeEffects(rule: Rule): string[] {
  const { action, reply, replies, delayMs, bytesPerSecond, afterBytes } = rule
  const effects: string[] = []
  if (rule.refuseConnections) effects.push('the port is closed')
  if (rule.hide.length > 0) effects.push(`leaves out ${rule.hide.join(' and ')}`)
  if (rule.certificate !== null) effects.push(CERTIFICATES[rule.certificate])
  if (bytesPerSecond !== null) effects.push(`reads ${formatSize(bytesPerSecond)} a second`)
  if (rule.store) effects.push('stores it')
  const answer = replies ? replies.map(replyText).join(', then ') : reply === null ? '' : replyText(reply)
  if (delayMs > 0)
    effects.push(answer || action !== 'reply' ? `after ${formatSpan(delayMs)}` : `answers after ${formatSpan(delayMs)}`)
  if (answer) effects.push(answer)
  if (rule.halfReply) {
    effects.push('says half of the reply', ENDS[action === 'reply' ? 'close' : action])
  } else if (action !== 'reply') {
    const place = afterBytes === null ? '' : ` after ${formatSize(afterBytes)} of the message`
    effects.push(`${ENDS[action]}${place || (action === 'stall' ? '' : ' without a reply')}`)
  }
  if (rule.thenClose) effects.push('then closes')
  return effects
}

function replyText(reply: RuleReply): string {
  return Array.isArray(reply) ? reply.join(' ⏎ ') : String(reply)
}

function describeLimits({ times, per, after, windowMs, probability }: Rule): string[] {
  const limits: string[] = []
  const scope = per === null ? '' : ` per ${per}`
  if (times !== null) limits.push(`only the first${times === 1 ? '' : ` ${times}`}${scope}`)
  if (after !== null) limits.push(`after ${after}${windowMs === null ? '' : ` in ${formatSpan(windowMs)}`}${scope}`)
  if (probability < 1) limits.push(`${Math.round(probability * 1000) / 10} % of the time`)
  return limits
}

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** A span of time as people say it: `300 ms`, `2 s`, `1.5 s`, `15 min`, `1 h`. */
export function formatSpan(spanMs: number): string {
  if (spanMs < SECOND_MS) return `${spanMs} ms`
  const [unitMs, unit] =
    spanMs < MINUTE_MS * 2 && spanMs !== MINUTE_MS
      ? ([SECOND_MS, 's'] as const)
      : spanMs < HOUR_MS
        ? ([MINUTE_MS, 'min'] as const)
        : ([HOUR_MS, 'h'] as const)
  return `${Math.round((spanMs / unitMs) * 10) / 10} ${unit}`
}

/** How a rule stands: whether it acts, and how long still, or why not. */
export function describeState(rule: Rule, nowMs: number): string {
  const { active, enabled, expiresAt, times, replies } = rule
  const leftMs = expiresAt === null ? null : Date.parse(expiresAt) - nowMs
  if (!enabled) return 'off'
  if (!active) {
    // The clocks need not agree: one that cannot be used up has expired.
    const canBeUsedUp = times !== null || replies !== null
    return leftMs !== null && (leftMs <= 0 || !canBeUsedUp) ? 'expired' : 'used up'
  }
  return leftMs === null ? 'until removed' : `${formatLeft(leftMs)} left`
}

/** Time that is left, rounded up: what is shown never ends before it is over. */
function formatLeft(leftMs: number): string {
  if (leftMs <= MINUTE_MS) return `${Math.max(Math.ceil(leftMs / SECOND_MS), 0)} s`
  const minutes = Math.ceil(leftMs / MINUTE_MS)
  if (minutes < 60) return `${minutes} min`
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  return rest === 0 || hours >= 10 ? `${hours} h` : `${hours} h ${rest} min`
}

/** How often a rule has acted. */
export const describeHits = (hits: number): string => (hits === 0 ? 'not hit yet' : plural(hits, 'hit'))
