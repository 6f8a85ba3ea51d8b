/**
 * Whether the fields of a rule make sense together: at which moment it acts where it does not say, whether what it looks
 * for is known there, whether what it does belongs there, and whether it does anything. Pure.
 */
import { stageOf, unknownAt } from '../mail/facts.js'
import { OPERATOR_NAMES, OPERATORS, type Query, termsOf } from '../mail/query.js'
import type { Stage } from '../mail/terms.js'
import { HANDSHAKE, RuleError, type RuleFields } from './rule.js'
import { classOf } from './rule-reply.js'

/** What a rule is read for. */
export interface RuleGround {
  /** Whether the server has a certificate. */
  readonly tls: boolean
  /** The inboxes of its ports. */
  readonly listeners: readonly string[]
}

/** Moments at which nobody can have said yet who they are: an inbox is the port's, or is not known. */
export const BEFORE_LOGIN: readonly string[] = ['connect', 'ehlo', 'helo', 'starttls', HANDSHAKE]

/** What a query can ask at a moment; of verbs that can be said at any time, the most that there can be. */
function knownAt(on: string): Stage {
  return KNOWN_AT[on] ?? 'rcpt'
}

const KNOWN_AT: Readonly<Record<string, Stage>> = {
  connect: 'connect',
  ehlo: 'ehlo',
  helo: 'ehlo',
  starttls: 'ehlo',
  auth: 'auth',
  mail: 'mail',
  send: 'mail',
  soml: 'mail',
  saml: 'mail',
  message: 'message',
}

/** What a rule does that belongs to some moments only, the one that it is meant for first. */
const PLACES: readonly { field: keyof RuleFields; moments: readonly string[]; asked: (rule: RuleFields) => boolean }[] =
  [
    { field: 'refuseConnections', moments: ['connect'], asked: rule => rule.refuseConnections },
    { field: 'hide', moments: ['ehlo'], asked: rule => rule.hide.length > 0 },
    { field: 'certificate', moments: ['starttls'], asked: rule => rule.certificate !== null },
    { field: 'bytesPerSecond', moments: ['data', 'bdat'], asked: rule => rule.bytesPerSecond !== null },
    { field: 'afterBytes', moments: ['data', 'bdat'], asked: rule => rule.afterBytes !== null },
    { field: 'store', moments: ['message'], asked: rule => rule.store },
  ]

/** Where a rule acts that does not say: where its effect belongs, else as soon as all that it asks is known. */
export function momentFor(query: Query, rule: RuleFields): string {
  const place = PLACES.find(({ asked }) => asked(rule))
  if (place !== undefined) return place.moments[0] as string
  const stage = stageOf(query)
  return stage === 'stored' ? 'message' : stage
}

/** Throws RuleError where a rule could never act, or not as it reads. */
export function assertSense(rule: RuleFields, query: Query, ground: RuleGround): void {
  assertProtocol(rule, query)
  assertKnown(rule, query, ground)
  assertReplies(rule)
  assertPlaces(rule, ground)
  assertCounts(rule)
  assertEffect(rule)
  if (rule.refuseConnections) assertOnlyRefuses(rule)
}

/** Moments at which those who read mail are asked, too. */
const SHARED_MOMENTS: readonly string[] = ['connect', 'starttls', 'auth', 'quit', 'any']

function assertProtocol({ protocol, on, refuseConnections }: RuleFields, query: Query): void {
  if (protocol === 'smtp') return
  if (!SHARED_MOMENTS.includes(on))
    throw new RuleError('protocol', `${protocol} has no ${on} (on)`, `Use on: "auth", or leave protocol out.`)
  if (refuseConnections)
    throw new RuleError('refuseConnections', 'closes the ports of SMTP only', 'Use action: "close".')
  if (termsOf(query).some(({ operator }) => operator === 'helo'))
    throw new RuleError('match.helo', `nobody says EHLO over ${protocol}`, 'Leave one of them out.')
}

/** What no message has before it is stored. */
const STORED: readonly string[] = OPERATOR_NAMES.filter(name => OPERATORS[name].stage === 'stored')

function assertKnown(rule: RuleFields, query: Query, { listeners }: RuleGround): void {
  const { on } = rule
  for (const { operator, place: written, value } of unknownAt(query, knownAt(on))) {
    const field = written ? 'match.q' : `match.${operator}`
    if (operator === 'inbox') {
      const name = value.kind === 'name' ? value.text : ''
      if (!BEFORE_LOGIN.includes(on) || listeners.includes(name)) continue
      throw new RuleError(
        field,
        `at ${on} (on) only the inbox of a port is known, and "${name}" is that of none`,
        'Use on: "rcpt", or give a port the inbox: --smtp-port 1026=billing.',
      )
    }
    const place = PLACES.find(({ asked, moments }) => asked(rule) && moments.includes(on))
    if (STORED.includes(operator))
      throw new RuleError(
        field,
        `"${operator}" is what a message has once it is stored, after every rule`,
        'Leave it out.',
      )
    if (place !== undefined)
      throw new RuleError(
        field,
        `"${operator}" is not known at ${on} (on), where ${place.field} belongs`,
        `Look for something that is, or leave ${place.field} out.`,
      )
    throw new RuleError(
      field,
      `"${operator}" is not known at ${on} (on) yet`,
      `Use on: "${stageOf(query)}", or leave on out.`,
    )
  }
}

function assertReplies({ on, action, reply, replies, thenClose, halfReply }: RuleFields): void {
  if (reply !== null && replies !== null)
    throw new RuleError('replies', 'takes the place of reply, and both are given', 'Give one of them.')
  const field = replies === null ? 'reply' : 'replies'
  const all = replies ?? (reply === null ? [] : [reply])
  if (action !== 'reply' && !halfReply) {
    if (all.length > 0)
      throw new RuleError(
        field,
        `is never said, since action ${action} says nothing`,
        action === 'close' ? 'Use thenClose: true without action to say it and then close.' : 'Leave one of them out.',
      )
    if (thenClose)
      throw new RuleError(
        'thenClose',
        `closes after a reply, and action ${action} gives none`,
        'Leave one of them out.',
      )
  }
  if ((on === 'data' || on === 'any') && all.some(one => classOf(one) === '2'))
    throw new RuleError(
      field,
      `2xx is no answer to DATA, and on is "${on}"`,
      'Use on: "message" to answer the message, or a code of 4xx or 5xx.',
    )
}

function assertPlaces(rule: RuleFields, { tls }: RuleGround): void {
  for (const { field, moments, asked } of PLACES) {
    if (asked(rule) && !moments.includes(rule.on))
      throw new RuleError(field, `does nothing at ${rule.on} (on)`, `Use on: "${moments[0]}", or leave on out.`)
  }
  if (rule.on === 'starttls' && !tls)
    throw new RuleError(
      rule.certificate === null ? 'on' : 'certificate',
      'there is no TLS on this server, so STARTTLS is never taken',
      'Start it with --tls.',
    )
  if (rule.afterBytes !== null && rule.action === 'reply')
    throw new RuleError('afterBytes', 'says when action strikes, and there is none', 'Use action: "close".')
  if (rule.store && rule.action === 'reply')
    throw new RuleError(
      'store',
      'says what becomes of a message before action strikes, and there is none',
      'Use action: "close".',
    )
}

/** Moments at which there is a transaction, and those at which a recipient is named or was accepted. */
const IN_TRANSACTION = ['mail', 'send', 'soml', 'saml', 'rcpt', 'data', 'bdat', 'message']
const WITH_RECIPIENT = ['rcpt', 'data', 'bdat', 'message']

function assertCounts({ on, times, replies, after, windowMs, per }: RuleFields): void {
  if (windowMs !== null && after === null)
    throw new RuleError('windowMs', 'is how long after counts, and there is none', 'Give after: 10 as well.')
  if (per === null) return
  if (times === null && replies === null && after === null)
    throw new RuleError('per', 'is whom to count for, and nothing is counted', 'Give times: 1 as well.')
  const moments = per === 'recipient' ? WITH_RECIPIENT : per === 'message' ? IN_TRANSACTION : undefined
  if (moments !== undefined && !moments.includes(on))
    throw new RuleError('per', `there is no ${per} at ${on} (on) yet`, 'Use per: "connection", or a later on.')
}

function assertEffect(rule: RuleFields): void {
  const acts =
    rule.reply !== null ||
    rule.replies !== null ||
    rule.action !== 'reply' ||
    rule.thenClose ||
    rule.delayMs > 0 ||
    rule.halfReply ||
    PLACES.some(({ asked }) => asked(rule))
  if (!acts)
    throw new RuleError(
      'reply',
      'is missing: this rule does nothing',
      'Give it a reply, or another effect: action, thenClose, delayMs, bytesPerSecond, hide, certificate.',
    )
}

/** A port that is closed has nobody who could be counted or answered. */
function assertOnlyRefuses(rule: RuleFields): void {
  const given: [keyof RuleFields, boolean][] = [
    ['reply', rule.reply !== null],
    ['replies', rule.replies !== null],
    ['action', rule.action !== 'reply'],
    ['thenClose', rule.thenClose],
    ['halfReply', rule.halfReply],
    ['delayMs', rule.delayMs > 0],
    ['times', rule.times !== null],
    ['after', rule.after !== null],
    ['probability', rule.probability !== 1],
  ]
  const [field] = given.find(([, isGiven]) => isGiven) ?? []
  if (field !== undefined)
    throw new RuleError(
      field,
      'cannot be with refuseConnections, which closes the port: nobody connects whom it could be for',
      'Leave one of them out; forMs says how long the port is closed.',
    )
}
