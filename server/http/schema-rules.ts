/** Rules, as the API takes and shows them: the fields of smtp/rule.ts, each with what it does. */
import { type Static, Type } from 'typebox'
import type { Keyword } from '../smtp/extensions.js'
import type * as model from '../smtp/rule.js'
import {
  CERTIFICATE_FAULTS,
  MAX_DELAY_MS,
  PRESET_NAMES,
  RULE_ACTIONS,
  RULE_PROTOCOLS,
  RULE_SCOPES,
} from '../smtp/rule.js'
import { count, named, nullable, type Same, time } from './shape.js'

export const RuleReply = Type.Union([Type.String(), Type.Integer(), Type.Array(Type.String())], {
  $id: 'RuleReply',
  description:
    'A reply: sent as given (`452 4.2.2 Mailbox full`); a bare code takes our text and enhanced code; an array is the ' +
    'lines of one reply. Codes are 200 to 299 and 400 to 559 with a second digit of 0 to 5.',
})
export type RuleReply = Static<typeof RuleReply>

const atLeastOne = (description: string) => nullable(Type.Integer({ minimum: 1 }), description)

const fields = {
  on: Type.String({
    description:
      'When it acts: connect, ehlo, starttls, auth, mail, rcpt, data, message, quit, an SMTP verb, or any of ' +
      'them. Left out: the earliest of these at which every term of `match` is known.',
  }),
  match: Type.Record(Type.String(), Type.String(), {
    description:
      'Terms of the query language, all of which must hold: `{ "to": "*@full.test" }`; empty for always. Only such as ' +
      'can be known at that stage.',
  }),
  protocol: Type.Enum([...RULE_PROTOCOLS], {
    description: 'Whose sessions it acts on; those who read mail are asked at connect, starttls, auth and quit.',
  }),
  action: Type.Enum([...RULE_ACTIONS], {
    description:
      'reply: answer; close: end the connection without a reply; reset: likewise, with a TCP reset; stall: never answer.',
  }),
  reply: Type.Union([named(RuleReply), Type.Null()], {
    description:
      'What is answered: a 2xx accepts, 4xx and 5xx refuse, 421 also closes; null: what would be said anyway.',
  }),
  replies: Type.Union([Type.Array(named(RuleReply)), Type.Null()], {
    description:
      'In place of `reply`: one for each match, then the rule is used up; with `per`, each scope has its own.',
  }),
  thenClose: Type.Boolean({ description: 'Closes the connection after the reply.' }),
  delayMs: Type.Integer({ minimum: 0, maximum: MAX_DELAY_MS, description: 'Holds the answer back so long.' }),
  bytesPerSecond: atLeastOne('Reads the body no faster; null: as fast as it comes.'),
  afterBytes: nullable(
    Type.Integer({ minimum: 0 }),
    'Close, reset or stall within the body, when so many of its bytes have come; null: not within the body.',
  ),
  times: atLeastOne('Only the first so many matches; null: all.'),
  per: nullable(Type.Enum([...RULE_SCOPES]), 'What `times`, `replies` and `after` count for; null: all together.'),
  forMs: atLeastOne('Expires so long after it was added; null: never.'),
  after: atLeastOne('Only what comes after so many matches: a rate limit; null: all.'),
  windowMs: atLeastOne('`after` counts anew when so long has passed since the first match; null: never.'),
  store: Type.Boolean({ description: 'On message, with close, reset or stall: the message is stored first.' }),
  hide: Type.Array(Type.Unsafe<Keyword>(Type.String()), {
    description: 'On ehlo: keywords that are left out, and what comes with them refused.',
  }),
  certificate: nullable(
    Type.Enum([...CERTIFICATE_FAULTS]),
    'On starttls and ports with TLS: shows a certificate with this fault, to see whether the app verifies; null: the good one.',
  ),
  refuseConnections: Type.Boolean({ description: 'On connect: the port is closed for as long as the rule lasts.' }),
  halfReply: Type.Boolean({ description: 'Cuts the reply in the middle, and ends the connection.' }),
  enabled: Type.Boolean({ description: 'Whether it acts at all.' }),
  probability: Type.Number({ minimum: 0, maximum: 1, description: 'How likely a match is acted on.' }),
  seed: Type.Integer({ description: 'What chance begins with: the same seed gives the same run.' }),
}

const preset = nullable(Type.Enum([...PRESET_NAMES]), 'The preset that it is made from; other fields override it.')

export const RuleInput = Type.Object(
  {
    preset: given(preset),
    on: given(fields.on),
    match: given(fields.match),
    protocol: given(fields.protocol),
    action: given(fields.action),
    reply: given(fields.reply),
    replies: given(fields.replies),
    thenClose: given(fields.thenClose),
    delayMs: given(fields.delayMs),
    bytesPerSecond: given(fields.bytesPerSecond),
    afterBytes: given(fields.afterBytes),
    times: given(fields.times),
    per: given(fields.per),
    forMs: given(fields.forMs),
    after: given(fields.after),
    windowMs: given(fields.windowMs),
    store: given(fields.store),
    hide: given(fields.hide),
    certificate: given(fields.certificate),
    refuseConnections: given(fields.refuseConnections),
    halfReply: given(fields.halfReply),
    enabled: given(fields.enabled),
    probability: given(fields.probability),
    seed: given(fields.seed),
  },
  {
    $id: 'RuleInput',
    description:
      'A rule to add: what is left out, or null, has its default. What GET shows may be given back; its fields that ' +
      'only tell (id, hits, lastSessionId, nearMiss, active, expiresAt) are passed over.',
  },
)
export type RuleInput = Static<typeof RuleInput>

export const Rule = Type.Object(
  {
    id: Type.String({ description: 'Its name in transcripts, in `ruleId` of attempts, and here.' }),
    preset,
    ...fields,
    hits: count('How often it was acted on.'),
    lastSessionId: nullable(Type.String(), 'The session in which it acted last; null before.'),
    nearMiss: nullable(Type.String(), 'What came nearest to a match and was none: `RCPT TO:<ada@ful.test>`; or null.'),
    active: Type.Boolean({ description: 'Whether it can still act: enabled, not expired, not used up.' }),
    expiresAt: Type.Union([time('When.'), Type.Null()], { description: 'When it expires; null for never.' }),
  },
  { $id: 'Rule', description: 'Programmed behaviour: when, for what, and what happens.' },
)
export type Rule = Static<typeof Rule>

export const RuleList = Type.Object(
  { rules: Type.Array(named(Rule), { description: 'In the order added, in which they are asked.' }) },
  { $id: 'RuleList', description: 'Every rule.' },
)
export type RuleList = Static<typeof RuleList>

function given<Shape extends Parameters<typeof nullable>[0]>(shape: Shape) {
  return Type.Optional(nullable(shape, (shape as { description?: string }).description ?? ''))
}

/** The named shapes of this file. */
export const ruleShapes = [RuleReply, RuleInput, Rule, RuleList]

type Holds<T extends true> = T

/** The shapes of the API are the types of smtp/rule.ts, field for field. */
export type RuleSchemaHolds = [
  Holds<Same<RuleReply, model.RuleReply>>,
  Holds<Same<RuleInput, model.RuleInput>>,
  Holds<Same<Rule, model.Rule>>,
]
