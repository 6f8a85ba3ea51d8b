import { expect, test } from 'vitest'
import { PRESETS } from '../../server/smtp/presets.js'
import { type Moment, PRESET_NAMES, type PresetName, type RuleInput } from '../../server/smtp/rule.js'
import { makeRules, message, moment, rcpt, seen } from './make-rules.js'

/** What a preset's rule says to one moment after another. */
function run(input: RuleInput, moments: readonly Moment[]): string[] {
  const { rules } = makeRules()
  rules.add(input)
  return moments.map(at => seen(rules.judge(at)))
}

const ada = rcpt('ada@example.com')
const bob = rcpt('bob@example.com')

const runs: { readonly [name in PresetName]: [moments: Moment[], seen: string[]] } = {
  greylist: [
    [ada, bob, ada],
    ['451 4.7.1 Greylisted, try again later', '451 4.7.1 Greylisted, try again later', '-'],
  ],
  'mailbox-full': [
    [ada, ada],
    ['452 4.2.2 Mailbox full', '452 4.2.2 Mailbox full'],
  ],
  'no-such-user': [[ada], ['550 5.1.1 No such user here']],
  'auth-down': [[moment('auth', { user: 'ci' })], ['454 4.7.0 Temporary authentication failure']],
  slow: [[moment('data')], ['our words']],
  'rate-limit': [
    Array<Moment>(11).fill(moment('mail', { mailFrom: '' })),
    [...Array<string>(10).fill('-'), '421 4.7.0 Too many messages, slow down, close'],
  ],
  // on a new connection, and on one that was open before
  shutdown: [
    [moment('connect'), ada],
    Array<string>(2).fill('421 4.3.2 The server is shutting down, closing the connection, close'),
  ],
  'starttls-stripped': [[moment('ehlo')], ['our words']],
  'drop-in-data': [[moment('data')], ['our words, close']],
  'lost-ack': [[message('')], ['close']],
}

test.each(PRESET_NAMES)('%s', name => {
  const [moments, expected] = runs[name]
  expect(run({ preset: name }, moments)).toEqual(expected)
})

test.each(PRESET_NAMES)('%s is stored expanded, and can be put back', name => {
  const { rules } = makeRules()
  const rule = rules.add({ preset: name, enabled: false })
  expect(rule).toMatchObject({ ...PRESETS[name], preset: name, enabled: false })
  expect(rules.replace(rule.id, rule)).toEqual(rule)
})

test('what is more than words is in the verdict', () => {
  const { rules } = makeRules()
  rules.add({ preset: 'slow' })
  rules.add({ preset: 'starttls-stripped' })
  rules.add({ preset: 'lost-ack' })
  expect(rules.judge(moment('data'))).toMatchObject({ delayMs: 2000, bytesPerSecond: 10_240 })
  expect(rules.judge(moment('ehlo'))).toMatchObject({ hide: ['STARTTLS'] })
  expect(rules.judge(message(''))).toMatchObject({ store: true, name: 'rule r3 (lost-ack)' })
})

const overridden: [what: string, input: RuleInput, moments: Moment[], seen: string[]][] = [
  ['a match', { preset: 'no-such-user', match: { to: 'bob' } }, [ada, bob], ['-', '550 5.1.1 No such user here']],
  ['another reply', { preset: 'greylist', reply: '450 Later' }, [ada, ada], ['450 Later', '-']],
  [
    'more often',
    { preset: 'greylist', times: 2 },
    [ada, ada, ada].map(at => at),
    ['451 4.7.1 Greylisted, try again later', '451 4.7.1 Greylisted, try again later', '-'],
  ],
  [
    'null for the plain default',
    { preset: 'greylist', times: null, per: null },
    [ada, ada],
    Array<string>(2).fill('451 4.7.1 Greylisted, try again later'),
  ],
  [
    'a list in place of its reply',
    { preset: 'greylist', replies: ['451 A', '452 B'] },
    [ada, ada, ada],
    ['451 A', '452 B', '-'],
  ],
  ['an action in place of its reply', { preset: 'greylist', action: 'reset' }, [ada, ada], ['reset', '-']],
  ['another action', { preset: 'lost-ack', action: 'stall' }, [message('')], ['stall']],
]
test.each(overridden)('a field beside the preset overrides it: %s', (_what, input, moments, expected) =>
  expect(run(input, moments)).toEqual(expected),
)

test('what cannot be known where a preset acts is refused', () => {
  expect(() => run({ preset: 'greylist', match: { subject: 'hi' } }, [])).toThrow(/"subject" is not known at rcpt/)
  expect(() => run({ preset: 'lost-ack', reply: 550 }, [])).toThrow(/reply: is never said/)
})
