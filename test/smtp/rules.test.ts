import { describe, expect, test } from 'vitest'
import type { Moment, Rule, RuleEvent, RuleInput } from '../../server/smtp/rule.js'
import { RuleError } from '../../server/smtp/rule.js'
import { MAX_RULES } from '../../server/smtp/rules.js'
import { MAX_COUNTED } from '../../server/smtp/tally.js'
import { makeRules, message, moment, rcpt, seen } from './make-rules.js'

/** What rules say to one moment after another. */
function verdicts(inputs: readonly RuleInput[], moments: readonly Moment[]): string[] {
  const { rules } = makeRules()
  for (const input of inputs) rules.add(input)
  return moments.map(at => seen(rules.judge(at)))
}

const ada = rcpt('ada@full.test')
const bob = rcpt('bob@example.com')

describe('which rule acts', () => {
  const toFull = { match: { to: '*@full.test' } }
  const cases: [what: string, rules: RuleInput[], moments: Moment[], seen: string[]][] = [
    ['none without rules', [], [ada], ['-']],
    [
      'the first that matches',
      [
        { ...toFull, reply: '452 A' },
        { on: 'rcpt', reply: '550 B' },
      ],
      [ada, bob],
      ['452 A', '550 B'],
    ],
    [
      'whatever comes behind it',
      [
        { on: 'rcpt', reply: '550 B' },
        { ...toFull, reply: '452 A' },
      ],
      [ada],
      ['550 B'],
    ],
    [
      'not a disabled one',
      [
        { ...toFull, reply: '452 A', enabled: false },
        { on: 'rcpt', reply: '550 B' },
      ],
      [ada],
      ['550 B'],
    ],
    [
      'not one that is used up',
      [
        { ...toFull, reply: '452 A', times: 1 },
        { on: 'rcpt', reply: '550 B' },
      ],
      [ada, ada],
      ['452 A', '550 B'],
    ],
    [
      'not one of another stage',
      [
        { on: 'mail', reply: '550 A' },
        { on: 'quit', reply: '550 B' },
      ],
      [ada],
      ['-'],
    ],
    [
      'at the stage or at the verb',
      [
        { on: 'helo', reply: '550 No HELO' },
        { on: 'ehlo', reply: '550 Nobody' },
      ],
      [moment(['ehlo', 'helo']), moment(['ehlo'])],
      ['550 No HELO', '550 Nobody'],
    ],
    [
      'at the message',
      [{ match: { subject: 'invoice' }, reply: '550 A' }],
      [message('Subject: Invoice 7\r\n\r\n'), message('\r\ninvoice')],
      ['550 A', '-'],
    ],
    [
      'whatever is said next',
      [{ on: 'any', reply: '421 Gone' }],
      [moment('connect'), moment('noop'), ada],
      Array(3).fill('421 Gone, close'),
    ],
  ]
  test.each(cases)('%s', (_what, rules, moments, expected) => expect(verdicts(rules, moments)).toEqual(expected))
})

describe('what it looks for', () => {
  const greeted = { helo: 'app.internal', user: 'ci', mailFrom: 'shop@example.org', listener: null }
  const mail =
    'From: Shop <shop@example.org>\r\nTo: Eve <eve@else.test>\r\nX-Campaign: spring\r\n\r\nYour code is 123456\r\n'
  const cases: [match: Record<string, string>, at: Moment, matches: boolean][] = [
    // the dialogue
    [{ helo: 'internal' }, moment('ehlo', { helo: 'app.internal' }), true],
    [{ helo: '=internal' }, moment('ehlo', { helo: 'app.internal' }), false],
    [{ user: 'ci' }, moment('auth', greeted), true],
    [{ user: 'ci' }, moment('auth', { ...greeted, user: null }), false],
    [{ 'mail-from': '*@example.org' }, moment('mail', greeted), true],
    [{ 'mail-from': '<>' }, moment('mail', { ...greeted, mailFrom: '' }), true],
    [{ to: '*@full.test', user: 'ci' }, rcpt('ADA@Full.Test', greeted), true],
    [{ to: '*@full.test', user: 'cd' }, rcpt('ada@full.test', greeted), false],
    [{ to: '/^a.a@/' }, rcpt('ada@full.test'), true],
    [{ q: 'to:bob OR helo:internal' }, rcpt('ada@full.test', greeted), true],
    [{ q: '-to:ada' }, rcpt('ada@full.test'), false],
    // the message; `to` is also what headers name
    [{ from: 'Shop' }, message(mail), true],
    [{ to: 'eve@else.test', larger: '10' }, message(mail), true],
    [{ to: 'eve@else.test', larger: '10k' }, message(mail), false],
    [{ header: 'X-Campaign=spring' }, message(mail), true],
    [{ header: 'X-Other' }, message(mail), false],
    [{ text: 'your code' }, message(mail), true],
    [{ has: 'otp' }, message(mail), true],
    [{ has: 'attachment' }, message(mail), false],
    [{ newer: '1h' }, message(mail), true],
  ]
  test.each(cases)('%j', (match, at, matches) => {
    const on = at.on[0] as string
    expect(verdicts([{ on, match, action: 'close' }], [at])).toEqual([matches ? 'close' : '-'])
  })

  test('nothing at a message that is not there', () =>
    expect(verdicts([{ on: 'message', reply: '550 A' }], [{ ...ada, on: ['message'] }])).toEqual(['-']))
})

describe('an inbox', () => {
  const { rules, inboxes } = makeRules()
  const { token } = inboxes.register({ name: 'k7' }, 0).inbox
  const mine = `ada.${token}@example.com`
  const listener = { listener: 'billing' }
  rules.add({ match: { inbox: 'k7' }, reply: '550 Mine' })
  rules.add({ match: { inbox: 'billing' }, reply: '550 Of the port' })
  rules.add({ match: { inbox: 'ci' }, reply: '550 Of the user' })
  rules.add({ on: 'mail', match: { inbox: 'ci' }, reply: '550 User' })
  rules.add({ on: 'auth', match: { inbox: 'billing' }, reply: '550 Port' })
  rules.add({ on: 'connect', match: { inbox: 'billing' }, reply: '554 Port' })
  rules.add({ on: 'message', match: { inbox: 'k7' }, reply: '552 Mine' })

  const cases: [what: string, at: Moment, seen: string][] = [
    ['a recipient that bears its token', rcpt(mine, { ...listener, user: 'ci' }), '550 Mine'],
    ['another recipient on a port of its own', rcpt('bob@example.com', { ...listener, user: 'ci' }), '550 Of the port'],
    ['another recipient of a user', rcpt('bob@example.com', { user: 'ci' }), '550 Of the user'],
    ['another recipient of nobody', rcpt('bob@example.com'), '-'],
    ['MAIL of a user', moment('mail', { user: 'ci', mailFrom: '' }), '550 User'],
    ['MAIL of a user on a port of its own', moment('mail', { ...listener, user: 'ci', mailFrom: '' }), '-'],
    ['AUTH on a port of its own', moment('auth', { ...listener, user: 'ci' }), '550 Port'],
    ['a connection to a port of its own', moment('connect', listener), '554 Port'],
    ['a connection to another port', moment('connect'), '-'],
    ['a message one of whose recipients bears its token', message('', { to: ['bob@example.com', mine] }), '552 Mine'],
    ['a message whose header names it', message('X-Maildouble-Inbox: k7\r\n\r\n'), '552 Mine'],
    ['a message of others', message('', { to: ['bob@example.com'] }), '-'],
  ]
  test.each(cases)('%s', (_what, at, expected) => expect(seen(rules.judge(at))).toBe(expected))

  test('has rules of its own: those that look for it and for no other', () => {
    const { rules } = makeRules()
    const add = (match: Record<string, string>) => rules.add({ on: 'rcpt', match, reply: 550 })
    add({ inbox: 'a' })
    add({ inbox: 'a', to: 'ada' })
    add({ q: 'inbox:a to:ada' })
    add({ inbox: 'b' })
    add({ q: 'inbox:a OR inbox:b' })
    add({ q: '-inbox:a' })
    add({ q: 'inbox:a OR to:ada' })
    expect(rules.countOf('a')).toBe(3)
    expect(rules.removeOf('a')).toBe(3)
    expect(rules.list().map(({ id }) => id)).toEqual(['r4', 'r5', 'r6', 'r7'])
    expect(rules.removeOf('c')).toBe(0)
  })

  test('is not looked for where no rule asks', () => {
    const lookedFor = () => {
      throw new Error('looked for')
    }
    const { rules } = makeRules({ inboxes: { of: lookedFor, ofMessage: lookedFor } })
    rules.add({ match: { to: 'eve' }, reply: 550 })
    rules.add({ on: 'message', reply: '552 A' })
    expect(rules.judge(ada)).toBeNull()
    expect(seen(rules.judge(message('')))).toBe('552 A')
  })
})

describe('how often', () => {
  const again = { ...ada, sessionId: 's2' }
  const loud = rcpt('ADA@FULL.TEST')
  const next = { ...ada, transaction: 2 }
  const cases: [what: string, rule: RuleInput, moments: Moment[], seen: string[]][] = [
    ['the first two', { reply: '451 A', times: 2 }, [ada, bob, ada], ['451 A', '451 A', '-']],
    [
      'the first of each recipient, in any case',
      { reply: '451 A', times: 1, per: 'recipient' },
      [ada, bob, loud, again],
      ['451 A', '451 A', '-', '-'],
    ],
    [
      'the first of each message',
      { reply: '451 A', times: 1, per: 'message' },
      [ada, bob, next, again, next],
      ['451 A', '-', '451 A', '451 A', '-'],
    ],
    [
      'the first of each connection',
      { reply: '451 A', times: 1, per: 'connection' },
      [ada, next, again, again],
      ['451 A', '-', '451 A', '-'],
    ],
    [
      'one reply after the other',
      { replies: ['421 A', 451, ['452 B', 'C']] },
      [ada, bob, ada, ada],
      ['421 A, close', '451 4.3.0 Local error in processing, try again later', '452-B | 452 C', '-'],
    ],
    [
      'a list for each recipient',
      { replies: ['451 A', '452 B'], per: 'recipient' },
      [ada, bob, ada, bob, ada],
      ['451 A', '451 A', '452 B', '452 B', '-'],
    ],
    ['fewer than the list has', { replies: ['451 A', '452 B'], times: 1 }, [ada, ada], ['451 A', '-']],
    [
      'only what comes after two',
      { reply: '421 A', after: 2 },
      [ada, ada, ada, ada],
      ['-', '-', '421 A, close', '421 A, close'],
    ],
    [
      'only what comes after one of each recipient',
      { reply: '450 A', after: 1, per: 'recipient' },
      [ada, bob, ada, bob],
      ['-', '-', '450 A', '450 A'],
    ],
    ['after one, and once', { reply: '450 A', after: 1, times: 1 }, [ada, ada, ada], ['-', '450 A', '-']],
  ]
  test.each(cases)('%s', (_what, rule, moments, expected) =>
    expect(verdicts([{ on: 'rcpt', ...rule }], moments)).toEqual(expected),
  )

  test('a list of recipients counts as one, at the message', () => {
    const both = message('', { to: ['a@x.test', 'B@x.test'] })
    const again = message('', { to: ['A@x.test', 'b@x.test'] })
    const one = message('', { to: ['a@x.test'] })
    const rule: RuleInput = { on: 'message', reply: '451 A', times: 1, per: 'recipient' }
    expect(verdicts([rule], [both, again, one])).toEqual(['451 A', '-', '451 A'])
  })

  test('a window counts from its first match, and then anew', () => {
    const { rules, clock } = makeRules()
    rules.add({ on: 'rcpt', reply: '421 A', after: 1, windowMs: 1000 })
    const at = (nowMs: number) => {
      clock.nowMs = 1_000_000 + nowMs
      return seen(rules.judge(ada))
    }
    expect([0, 500, 999, 1000, 1001, 1999, 2500].map(at)).toEqual([
      '-',
      '421 A, close',
      '421 A, close',
      '-',
      '421 A, close',
      '421 A, close',
      '-',
    ])
  })

  test('a clock that is set back begins a window anew, and prolongs none', () => {
    const { rules, clock } = makeRules()
    rules.add({ on: 'rcpt', reply: '421 A', after: 1, windowMs: 1000 })
    const at = (nowMs: number) => {
      clock.nowMs = 1_000_000 + nowMs
      return seen(rules.judge(ada))
    }
    expect([0, 500, -900_000, -899_999, -899_000].map(at)).toEqual(['-', '421 A, close', '-', '421 A, close', '-'])
  })

  test('a match that another rule took is not counted', () => {
    const first: RuleInput = { match: { to: 'bob' }, reply: '550 A' }
    const second: RuleInput = { on: 'rcpt', reply: '451 B', times: 1 }
    expect(verdicts([first, second], [bob, ada, ada])).toEqual(['550 A', '451 B', '-'])
  })

  test('remembers a bounded number of recipients: the first is as new again', () => {
    const { rules } = makeRules()
    rules.add({ on: 'rcpt', reply: '451 A', times: 1, per: 'recipient' })
    for (let n = 0; n <= MAX_COUNTED; n++) rules.judge(rcpt(`n${n}@example.com`))
    expect(seen(rules.judge(rcpt(`n${MAX_COUNTED}@example.com`)))).toBe('-')
    expect(seen(rules.judge(rcpt('n0@example.com')))).toBe('451 A')
  })
})

describe('dice', () => {
  const run = (seed: number, probability = 0.3) => {
    const { rules } = makeRules()
    rules.add({ on: 'rcpt', reply: '451 A', probability, seed })
    return Array.from({ length: 1000 }, () => rules.judge(ada) !== null)
  }

  test('fall the same for the same seed, otherwise for another, and about as often as they should', () => {
    expect(run(7)).toEqual(run(7))
    expect(run(7)).not.toEqual(run(8))
    const hits = run(7).filter(Boolean).length
    expect(hits).toBeGreaterThan(250)
    expect(hits).toBeLessThan(350)
    expect(run(1, 0)).not.toContain(true)
  })

  test('that fail let the next rule act, and count nothing', () => {
    const unlikely: RuleInput = { on: 'rcpt', reply: '451 A', probability: 0, times: 1 }
    expect(verdicts([unlikely, { on: 'rcpt', reply: '550 B' }], [ada])).toEqual(['550 B'])
  })
})

describe('what is done', () => {
  const cases: [rule: RuleInput, seen: string][] = [
    // replies: as given, or our words with a code that fits the code and the stage
    [{ on: 'rcpt', reply: '452 4.2.2 Mailbox full' }, '452 4.2.2 Mailbox full'],
    [{ on: 'rcpt', reply: '550 5' }, '550 5'],
    [{ on: 'rcpt', reply: 550 }, '550 5.1.1 No such user here'],
    [{ on: 'rcpt', reply: '550' }, '550 5.1.1 No such user here'],
    [{ on: 'mail', reply: 550 }, '550 5.7.1 Sender refused'],
    [{ on: 'message', reply: 550 }, '550 5.7.1 Message refused'],
    [{ on: 'rcpt', reply: 452 }, '452 4.2.2 Mailbox full'],
    [{ on: 'mail', reply: 452 }, '452 4.3.1 Not enough storage, try again later'],
    [{ on: 'auth', reply: 454 }, '454 4.7.0 Temporary authentication failure'],
    [{ on: 'auth', reply: 235 }, '235 2.7.0 Logged in'],
    [{ on: 'starttls', reply: 454 }, '454 4.7.0 TLS is not available now, try again later'],
    [{ on: 'quit', reply: 221 }, '221 2.0.0 Bye'],
    [{ on: 'rcpt', reply: 259 }, '259 2.0.0 Ok'],
    [{ on: 'noop', reply: 459 }, '459 4.0.0 Try again later'],
    [{ on: 'vrfy', reply: 559 }, '559 5.0.0 Refused'],
    // no enhanced code in a greeting, nor to EHLO
    [{ on: 'connect', reply: 554 }, '554 No SMTP service here'],
    [{ on: 'ehlo', reply: 550 }, '550 Refused'],
    // what only the moment knows is not replaced
    [{ on: 'connect', reply: 220 }, 'our words'],
    [{ on: 'ehlo', reply: '250' }, 'our words'],
    [{ on: 'message', reply: 250 }, 'our words'],
    [{ on: 'message', reply: '250 Fine' }, '250 Fine'],
    // several lines, with their codes or without
    [{ on: 'rcpt', reply: ['550-No', '550-really', '550 no'] }, '550-No | 550-really | 550 no'],
    [{ on: 'rcpt', reply: ['550 No', 'really', '550'] }, '550-No | 550-really | 550'],
    [{ on: 'rcpt', reply: ['550 No'] }, '550 No'],
    // the connection
    [{ on: 'rcpt', reply: 421 }, '421 4.3.2 Service not available, closing the connection, close'],
    [{ on: 'rcpt', reply: '550 No', thenClose: true }, '550 No, close'],
    [{ on: 'rcpt', thenClose: true }, 'our words, close'],
    [{ on: 'rcpt', action: 'close' }, 'close'],
    [{ on: 'rcpt', action: 'reset' }, 'reset'],
    [{ on: 'rcpt', action: 'stall' }, 'stall'],
    [{ on: 'rcpt', halfReply: true }, 'our words, close'],
    [{ on: 'rcpt', halfReply: true, action: 'stall', reply: '250 Ok' }, '250 Ok, stall'],
    [{ on: 'rcpt', delayMs: 50 }, 'our words'],
    // the client is asked for the body in which the connection is to end
    [{ on: 'data', action: 'reset', afterBytes: 10 }, 'our words, reset'],
  ]
  test.each(cases)('%j', (rule, expected) => {
    const { rules } = makeRules()
    rules.add(rule)
    expect(seen(rules.judge(message('', { on: [rule.on as string] })))).toBe(expected)
  })

  test('and everything else is in the verdict, with who gave it', () => {
    const { rules } = makeRules()
    rules.add({ preset: 'slow', delayMs: 7, action: 'stall', afterBytes: 9 })
    rules.add({ hide: ['SIZE'] })
    rules.add({ certificate: 'wrong-host' })
    expect(rules.judge(moment('data'))).toMatchObject({
      ruleId: 'r1',
      name: 'rule r1 (slow)',
      delayMs: 7,
      bytesPerSecond: 10_240,
      afterBytes: 9,
    })
    expect(rules.judge(moment('ehlo'))).toMatchObject({ ruleId: 'r2', name: 'rule r2', hide: ['SIZE'], end: 'none' })
    expect(rules.judge(moment('starttls'))).toMatchObject({ ruleId: 'r3', certificate: 'wrong-host', reply: null })
  })
})

describe('closed ports', () => {
  test('are those that the rule is about, while it lasts, and nobody is judged by it', () => {
    const { rules, clock } = makeRules()
    expect(rules.refuses(null)).toBe(false)
    rules.add({ match: { inbox: 'billing' }, refuseConnections: true, forMs: 1000 })
    expect([rules.refuses('billing'), rules.refuses('other'), rules.refuses(null)]).toEqual([true, false, false])
    expect(rules.judge(moment('connect', { listener: 'billing' }))).toBeNull()
    expect(rules.awake).toBe(false)
    expect(rules.activeCount).toBe(1)
    clock.nowMs += 1000
    expect(rules.refuses('billing')).toBe(false)
    rules.add({ refuseConnections: true })
    expect([rules.refuses('billing'), rules.refuses(null)]).toEqual([true, true])
    rules.clear()
    expect(rules.refuses(null)).toBe(false)
  })
})

describe('time', () => {
  test('a rule lasts from when it was added, and says until when', () => {
    const { rules, clock } = makeRules()
    const { expiresAt } = rules.add({ on: 'rcpt', reply: '451 A', forMs: 1000 })
    expect(expiresAt).toBe(new Date(clock.nowMs + 1000).toISOString())
    expect(rules.nextExpiryAtMs).toBe(clock.nowMs + 1000)
    clock.nowMs += 999
    expect(seen(rules.judge(ada))).toBe('451 A')
    clock.nowMs += 1
    expect(seen(rules.judge(ada))).toBe('-')
    expect(rules.list()).toMatchObject([{ active: false, hits: 1 }])
  })

  test('who is told that it passes is asked for nothing more', () => {
    const { rules, clock } = makeRules()
    rules.add({ on: 'rcpt', reply: 451, forMs: 2000 })
    rules.add({ on: 'rcpt', reply: 451, forMs: 1000 })
    const told: RuleEvent[] = []
    rules.subscribe(event => told.push(event))
    const at = (afterMs: number) => {
      clock.nowMs = 1_000_000 + afterMs
      rules.expire(clock.nowMs)
      return rules.nextExpiryAtMs
    }
    expect([at(999), at(1000), at(1500), at(2000)]).toEqual([1_001_000, 1_002_000, 1_002_000, null])
    expect(told).toEqual([
      { type: 'rules', active: 1 },
      { type: 'rules', active: 0 },
    ])
    expect(rules.awake).toBe(false)
  })
})

describe('the list', () => {
  const shown = (rule: Rule | undefined) => rule && { id: rule.id, hits: rule.hits, active: rule.active }

  test('keeps the order added; what is removed is gone', () => {
    const { rules } = makeRules()
    for (const reply of [451, 452, 450]) rules.add({ on: 'rcpt', reply })
    expect(rules.remove('r2')).toBe(true)
    expect(rules.remove('r2')).toBe(false)
    expect(rules.add({ on: 'rcpt', reply: 550 }).id).toBe('r4')
    expect(rules.list().map(({ id }) => id)).toEqual(['r1', 'r3', 'r4'])
    expect(rules.get('r2')).toBeUndefined()
    expect(rules.get('r3')?.reply).toBe(450)
    expect(rules.clear()).toBe(3)
    expect(rules.list()).toEqual([])
    expect(rules.awake).toBe(false)
  })

  test('what was read can be put back', () => {
    const { rules } = makeRules()
    const added = rules.add({ preset: 'greylist', match: { to: 'ada' }, times: null, per: null, forMs: 1000 })
    expect(rules.replace('r1', added)).toEqual(added)
  })

  test('a rule that takes the place of another keeps id, place and hits, and counts anew', () => {
    const { rules, clock } = makeRules()
    rules.add({ on: 'rcpt', reply: '451 A', times: 1, forMs: 1000 })
    rules.add({ on: 'rcpt', reply: '550 B' })
    rules.judge(ada)
    expect(shown(rules.get('r1'))).toEqual({ id: 'r1', hits: 1, active: false })
    clock.nowMs += 5000
    expect(shown(rules.replace('r1', { on: 'rcpt', reply: '452 C', times: 1, forMs: 1000 }))).toEqual({
      id: 'r1',
      hits: 1,
      active: true,
    })
    expect([ada, ada].map(at => seen(rules.judge(at)))).toEqual(['452 C', '550 B'])
    expect(rules.get('r1')).toMatchObject({ hits: 2, lastSessionId: 's1' })
    expect(rules.replace('r9', { reply: 550 })).toBeUndefined()
  })

  test('a bad rule changes nothing', () => {
    const { rules } = makeRules()
    const before = rules.add({ on: 'rcpt', reply: '451 A' })
    expect(() => rules.add({ reply: 354 })).toThrow(RuleError)
    expect(() => rules.replace('r1', { reply: 354 })).toThrow(RuleError)
    expect(rules.list()).toEqual([before])
    expect(rules.add({ reply: 550 }).id).toBe('r2')
  })

  test('is bounded', () => {
    const { rules } = makeRules()
    for (let n = 0; n < MAX_RULES; n++) rules.add({ on: 'rcpt', reply: 550 })
    expect(() => rules.add({ on: 'rcpt', reply: 550 })).toThrow(/1000 already/)
  })

  test('is never full of rules that are over: of more than 500 the older half is forgotten', () => {
    const { rules, clock } = makeRules()
    rules.add({ on: 'rcpt', reply: 550, enabled: false })
    for (let n = 0; n < 501; n++) rules.add({ on: 'rcpt', reply: 451, forMs: n < 500 ? 1000 : 5000 })
    clock.nowMs += 1000
    rules.add({ on: 'rcpt', reply: 552 })
    expect(rules.list()).toHaveLength(503)
    clock.nowMs += 4000
    rules.add({ on: 'rcpt', reply: 552 })
    expect(rules.list()).toHaveLength(254)
    const left = rules.list().map(({ id }) => id)
    expect([left.slice(0, 3), left.slice(-3)]).toEqual([
      ['r1', 'r252', 'r253'],
      ['r502', 'r503', 'r504'],
    ])
  })
})

describe('what is told', () => {
  test('hits, and how many rules can act', () => {
    const { rules } = makeRules()
    const told: RuleEvent[] = []
    const stop = rules.subscribe(event => told.push(event))
    rules.add({ on: 'rcpt', reply: 451, times: 1 })
    rules.add({ on: 'rcpt', reply: 451, enabled: false })
    rules.judge(ada)
    rules.replace('r2', { on: 'rcpt', reply: 451 })
    rules.judge({ ...bob, sessionId: 's9' })
    rules.remove('r2')
    expect(told).toEqual([
      { type: 'rules', active: 1 },
      { type: 'rules', active: 1 },
      { type: 'hit', id: 'r1', sessionId: 's1' },
      { type: 'rules', active: 0 },
      { type: 'rules', active: 1 },
      { type: 'hit', id: 'r2', sessionId: 's9' },
      { type: 'rules', active: 0 },
    ])
    stop()
    rules.add({ on: 'rcpt', reply: 451 })
    expect(told).toHaveLength(7)
  })

  test('nothing has to be asked while no rule can act', () => {
    const { rules } = makeRules()
    expect(rules.awake).toBe(false)
    rules.add({ on: 'rcpt', reply: 451, enabled: false })
    expect(rules.awake).toBe(false)
    rules.add({ on: 'rcpt', reply: 451, times: 1 })
    expect(rules.awake).toBe(true)
    rules.judge(ada)
    expect(rules.awake).toBe(false)
    expect(makeRules({ magicRecipients: true }).rules.awake).toBe(true)
  })
})

describe('what came near', () => {
  const nearMiss = (rule: RuleInput, moments: readonly Moment[]) => {
    const { rules } = makeRules()
    rules.add(rule)
    for (const at of moments) rules.judge(at)
    return rules.get('r1')?.nearMiss
  }
  const toFull: RuleInput = { match: { to: '*@full.test' }, reply: 452 }

  const cases: [what: string, rule: RuleInput, moments: Moment[], nearMiss: string | null][] = [
    ['the likest of all', toFull, [bob, rcpt('ada@ful.test'), rcpt('eve@else.org')], 'RCPT TO:<ada@ful.test>'],
    [
      'a pattern is likened, too',
      { match: { to: '/@full\\.test$/' }, reply: 452 },
      [bob, rcpt('ada@ful.test')],
      'RCPT TO:<ada@ful.test>',
    ],
    ['whatever came, rather than nothing', toFull, [rcpt('x@y.z')], 'RCPT TO:<x@y.z>'],
    ['nothing, where nothing was asked', toFull, [moment('mail', { said: 'MAIL FROM:<a@full.test>' })], null],
    ['nothing, where all matched', toFull, [ada], null],
    ['nothing that came after the first hit', toFull, [bob, ada, rcpt('ada@ful.test')], 'RCPT TO:<bob@example.com>'],
    ['not all of what is endless', toFull, [rcpt('x'.repeat(4000))], `RCPT TO:<${'x'.repeat(191)}...`],
  ]
  test.each(cases)('%s', (_what, rule, moments, expected) => expect(nearMiss(rule, moments)).toBe(expected))

  test('stays when the rule is replaced', () => {
    const { rules } = makeRules()
    rules.add(toFull)
    rules.judge(bob)
    expect(rules.replace('r1', { ...toFull, reply: 550 })?.nearMiss).toBe('RCPT TO:<bob@example.com>')
  })
})
