/** Rules of every shape at moments of every shape: they never throw, repeat themselves, and the first that fits acts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { factsTest } from '../../server/mail/facts.js'
import { parseMatch } from '../../server/mail/query.js'
import {
  CERTIFICATE_FAULTS,
  type Moment,
  PRESET_NAMES,
  RULE_ACTIONS,
  RULE_SCOPES,
  RULE_STAGES,
  RuleError,
  type RuleInput,
} from '../../server/smtp/rule.js'
import { RULE_MOMENTS } from '../../server/smtp/rule-input.js'
import { makeReceived } from '../mail/make.js'
import { makeRules } from './make-rules.js'

const anyReply = fc.oneof(
  fc.constantFrom(250, 421, 451, 550, '452 4.2.2 Full', '354', '250 Ok'),
  fc.constantFrom(['550-No', 'no'], ['550 No']),
  fc.string({ maxLength: 6 }),
)
const anyTerm = fc.dictionary(
  fc.constantFrom('to', 'helo', 'user', 'mail-from', 'inbox', 'subject', 'q', 'header', 'text', 'nonsense'),
  fc.constantFrom('a', '*@b.test', '/^a+/', 'billing', 'X-Id', '-to:a', 'to:a OR helo:b', '(', '=a@b.test'),
  { maxKeys: 2 },
)
const anyCount = fc.integer({ min: -1, max: 4 })

/** Nearly a rule: as many are refused as are taken. */
const anyInput: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record(
      {
        on: fc.constantFrom(...RULE_MOMENTS),
        match: anyTerm,
        reply: anyReply,
        action: fc.constantFrom(...RULE_ACTIONS),
        replies: fc.array(anyReply, { maxLength: 3 }),
        thenClose: fc.boolean(),
        delayMs: anyCount,
        bytesPerSecond: anyCount,
        afterBytes: anyCount,
        times: anyCount,
        per: fc.constantFrom(...RULE_SCOPES),
        forMs: fc.integer({ min: 0, max: 50 }),
        after: anyCount,
        windowMs: fc.integer({ min: 0, max: 20 }),
        store: fc.boolean(),
        hide: fc.constantFrom(['SIZE'], []),
        certificate: fc.constantFrom(...CERTIFICATE_FAULTS),
        refuseConnections: fc.boolean(),
        halfReply: fc.boolean(),
        enabled: fc.boolean(),
        probability: fc.double({ min: 0, max: 1, noNaN: true }),
        seed: fc.nat(),
        preset: fc.constantFrom(...PRESET_NAMES),
      },
      { requiredKeys: [] },
    ),
  },
  {
    weight: 20,
    arbitrary: fc.record(
      {
        on: fc.constantFrom('rcpt', 'message', 'any'),
        match: fc.constantFrom({}, { to: 'b.test' }, { helo: 'a' }, { inbox: 'billing' }),
        reply: fc.constantFrom(451, '550 No'),
        times: fc.constantFrom(1, 2),
        per: fc.constantFrom(...RULE_SCOPES),
        after: fc.constantFrom(1, null),
        forMs: fc.integer({ min: 1, max: 50 }),
        probability: fc.constantFrom(0.5, 0.9),
      },
      { requiredKeys: ['on', 'match', 'reply', 'times'] },
    ),
  },
  { weight: 1, arbitrary: fc.anything() },
)

const anyText = fc.constantFrom('a', 'a@b.test', 'ada@B.test', '', 'reset@x.test', '@', 'b')
const anyMoment: fc.Arbitrary<Moment> = fc.record({
  protocol: fc.constantFrom('smtp', 'smtp', 'imap'),
  on: fc.oneof(fc.constantFrom(['rcpt'], ['message'], ['mail']), fc.subarray([...RULE_MOMENTS], { maxLength: 2 })),
  said: fc.string({ unit: 'binary' }),
  sessionId: fc.constantFrom('s1', 's2'),
  listener: fc.constantFrom(null, 'billing'),
  helo: fc.option(anyText),
  user: fc.option(anyText),
  mailFrom: fc.option(anyText, { nil: undefined }),
  recipients: fc.option(fc.array(anyText, { maxLength: 3 }), { nil: undefined }),
  transaction: fc.nat({ max: 2 }),
  received: fc.option(fc.constantFrom('Subject: a\r\n\r\nb', '', 'X-Id: a').map(source => makeReceived({ source }))),
})

/** A time of the clock, and what comes then. */
const anyStep = fc.tuple(fc.nat({ max: 20 }), anyMoment)

test('nothing but a RuleError is ever thrown, and the same run gives the same verdicts', () => {
  fc.assert(
    fc.property(
      fc.array(anyInput, { minLength: 3, maxLength: 8 }),
      fc.array(anyStep, { minLength: 8, maxLength: 16 }),
      (inputs, steps) => {
        const run = () => {
          const { rules, clock } = makeRules({ magicRecipients: true })
          for (const input of inputs) {
            try {
              const rule = rules.add(input)
              expect(rules.replace(rule.id, rule)).toEqual(rule)
            } catch (error) {
              if (!(error instanceof RuleError)) throw error
            }
          }
          return steps.map(([passedMs, at]) => {
            clock.nowMs += passedMs
            rules.expire(clock.nowMs)
            return [rules.judge(at), rules.activeCount, rules.refuses(at.listener), rules.nextExpiryAtMs, rules.list()]
          })
        }
        expect(run()).toEqual(run())
      },
    ),
    { numRuns: 150 },
  )
})

test('the first that fits acts, as often as it may: held against the plainest way to say so', () => {
  const plain = fc.record({
    on: fc.constantFrom('rcpt', 'mail', 'any'),
    to: fc.constantFrom(null, 'a', '*@b.test'),
    times: fc.constantFrom(null, 1, 2),
    enabled: fc.boolean(),
  })
  const at = fc.record({
    on: fc.constantFrom('rcpt', 'mail'),
    to: fc.constantFrom('ada@b.test', 'b@c.test', 'x@b.test'),
  })
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 6 }), fc.array(at, { maxLength: 12 }), (inputs, moments) => {
      const taken = inputs.filter(({ on, to }) => on !== 'mail' || to === null)
      const { rules } = makeRules()
      for (const { on, to, times, enabled } of taken) {
        const input: RuleInput = { on, match: to === null ? {} : { to }, times, enabled, reply: 451 }
        rules.add(input)
      }
      const hits = taken.map(() => 0)
      for (const { on, to } of moments) {
        const first = taken.findIndex(
          (rule, n) =>
            rule.enabled &&
            (rule.on === on || rule.on === 'any') &&
            (rule.to === null || (on === 'rcpt' && factsTest(parseMatch({ to: rule.to }))({ recipients: [to] }))) &&
            (hits[n] as number) < (rule.times ?? Number.POSITIVE_INFINITY),
        )
        if (first !== -1) hits[first] = (hits[first] as number) + 1
        const known = on === 'rcpt' ? { recipients: [to] } : {}
        const verdict = rules.judge({ ...NOTHING_KNOWN, on: [on], ...known })
        expect(verdict?.ruleId ?? null).toBe(first === -1 ? null : `r${first + 1}`)
      }
      expect(rules.list().map(rule => rule.hits)).toEqual(hits)
    }),
  )
})

const NOTHING_KNOWN: Omit<Moment, 'on'> = {
  said: '',
  sessionId: 's1',
  listener: null,
  helo: null,
  user: null,
  mailFrom: undefined,
  recipients: undefined,
  protocol: 'smtp',
  transaction: 0,
  received: null,
}

test('every stage and every verb is a moment', () => {
  for (const on of [...RULE_STAGES, 'bdat', 'xclient', 'vrfy', 'any']) expect(RULE_MOMENTS).toContain(on)
  expect(new Set(RULE_MOMENTS).size).toBe(RULE_MOMENTS.length)
})
