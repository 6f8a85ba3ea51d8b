import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attemptTest, sessionTest } from '../../server/mail/record-filter.js'
import type { RecordEvent, Records } from '../../server/mail/records.js'
import { waitForCount } from '../../server/mail/wait.js'
import { RECORDED_AT_MS, RecordMaker } from './make-records.js'

const sessionIds = (records: Records) => [...records.sessions('oldest')].map(({ id }) => id)
const HOUR_MS = 3_600_000

describe('a session', () => {
  test('is there from its beginning, and says how it stands', () => {
    const maker = new RecordMaker()
    const session = maker.open({ outcome: 'still open' })
    expect(maker.records.session(session.id)).toBe(session)
    expect(session.summary()).toMatchObject({
      seq: 0,
      protocol: 'smtp',
      startedAt: '2026-01-31T12:00:00.000Z',
      endedAt: null,
      outcome: 'still open',
      inboxes: ['default'],
      attempts: [],
    })
  })

  test('takes a number at its end, behind those of its attempts', () => {
    const maker = new RecordMaker()
    const session = maker.open()
    const attempt = maker.attempt(session, { messageId: 'm7' })
    maker.nowMs += 250
    maker.records.end(session)
    expect(session.summary()).toMatchObject({
      seq: 2,
      endedAt: '2026-01-31T12:00:00.250Z',
      attempts: [attempt.id],
      messages: ['m7'],
    })
    expect(attempt.describe().seq).toBe(1)
  })

  test('bears times since the connection', () => {
    const maker = new RecordMaker()
    const session = maker.open()
    maker.nowMs += 1234
    session.said('client', 'EHLO a')
    expect(session.describe().transcript).toEqual([{ at: 1234, from: 'client', line: 'EHLO a' }])
  })

  test('is in the inboxes of its attempts, else where its mail would have gone', () => {
    const maker = new RecordMaker()
    const { inbox } = maker.inboxes.register({}, 0)
    const tried = maker.failed({}, { to: [`ada.${inbox.token}@example.com`] })
    expect(tried.inboxes).toEqual([inbox.name])
    expect(maker.open({ username: 'billing' }).inboxes).toEqual(['billing'])
    expect(maker.open({ username: 'billing' }, { listener: 'shop' }).inboxes).toEqual(['shop'])
    expect(maker.open().inboxes).toEqual(['default'])
  })

  test('ends once', () => {
    const maker = new RecordMaker()
    const session = maker.delivered()
    maker.records.end(session)
    expect(session.seq).toBe(2)
    expect(sessionIds(maker.records)).toEqual([session.id])
  })
})

describe('an attempt', () => {
  test('says what was asked and answered', () => {
    const maker = new RecordMaker()
    const session = maker.open()
    const attempt = session.begin('app@example.org')
    attempt.answered('MAIL', null, '250 2.1.0 Ok\r\n')
    attempt.answered('RCPT', 'ada@example.com', '250 2.1.5 Ok\r\n')
    attempt.answered('RCPT', 'bob@example.com', '452-4.2.2 Mailbox full\r\n452 4.2.2 Try later\r\n')
    session.attempted(attempt)
    expect(attempt.describe()).toEqual({
      id: 'i10a1',
      seq: 1,
      at: new Date(RECORDED_AT_MS).toISOString(),
      sessionId: session.id,
      inboxes: ['default'],
      from: 'app@example.org',
      to: ['ada@example.com', 'bob@example.com'],
      replies: [
        { verb: 'MAIL', recipient: null, code: 250, text: '2.1.0 Ok', ruleId: null },
        { verb: 'RCPT', recipient: 'ada@example.com', code: 250, text: '2.1.5 Ok', ruleId: null },
        {
          verb: 'RCPT',
          recipient: 'bob@example.com',
          code: 452,
          text: '4.2.2 Mailbox full\n4.2.2 Try later',
          ruleId: null,
        },
      ],
      code: null,
      outcome: 'aborted',
      bytes: 0,
      messageId: null,
    })
  })

  test('goes to the inbox that its data names, too', () => {
    const maker = new RecordMaker()
    maker.inboxes.register({ name: 'billing' }, 0)
    const data = Buffer.from('X-Maildouble-Inbox: billing\r\n\r\nHello\r\n')
    const session = maker.failed({}, { data })
    expect(session.attempts[0]?.inboxes).toEqual(['billing'])
  })

  test('is filed into an inbox that is registered afterwards, whether or not it was stored', () => {
    const maker = new RecordMaker()
    const { inbox } = maker.inboxes.register({ name: 'billing' }, 0)
    maker.inboxes.forget('billing')
    const mine = [`ada.${inbox.token}@example.com`]
    maker.failed({}, { to: mine })
    maker.delivered({ to: mine })
    maker.delivered()
    maker.inboxes.register({ name: 'billing' }, 0)
    maker.records.file('billing', recipient => maker.inboxes.ofRecipient(recipient)?.name === 'billing')
    expect([...maker.records.attempts('oldest')].map(({ inboxes }) => inboxes)).toEqual([
      ['default', 'billing'],
      ['default', 'billing'],
      ['default'],
    ])
    expect(maker.records.session('i10s1')?.inboxes).toEqual(['default', 'billing'])
  })

  test('lists no more recipients than fit, and keeps its end', () => {
    const maker = new RecordMaker({ bounds: { maxBytes: 64 * 1024 ** 2 } })
    const session = maker.open()
    const to = Array.from({ length: 30_000 }, (_, n) => `recipient-${n}@example.com`)
    const attempt = maker.attempt(session, { to })
    expect(attempt.to.length).toBeGreaterThan(10_000)
    expect(attempt.weight).toBeLessThanOrEqual(1024 ** 2)
    expect(attempt.describe()).toMatchObject({ outcome: 'accepted', code: 250 })
  })

  // Attempts share what they were answered with the one before: whatever differs has to stay its own.
  test('keeps the very words of its answers, whatever those of the others were', () => {
    const answers = ['250 Ok: queued as *\r\n', '250 Ok: queued as *\r\n', '250 * it is, *\r\n', '250 Ok\r\n', '']
    const told = fc.record({
      id: fc.constantFrom('m1', 'm12', 'm'),
      last: fc.constantFrom(...answers),
      rcpt: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(told, { maxLength: 6 }), all => {
        const session = new RecordMaker().open()
        const attempts = all.map(({ id, last, rcpt }) => {
          const attempt = session.begin('app@example.org')
          attempt.answered('MAIL', null, '250 Ok\r\n')
          if (rcpt) attempt.answered('RCPT', 'ada@example.com', '250 Fine\r\n')
          attempt.answered('DATA', null, last.replaceAll('*', id))
          attempt.messageId = id
          session.attempted(attempt)
          return attempt.describe().replies.map(({ text }) => text)
        })
        expect(attempts).toEqual(
          all.map(({ id, last, rcpt }) => [
            'Ok',
            ...(rcpt ? ['Fine'] : []),
            ...(last === '' ? [] : [last.slice(4, -2).replaceAll('*', id)]),
          ]),
        )
      }),
    )
  })
})

describe('ids', () => {
  test.each(['', 'i1', 'i1s1', 'i10s', 'i10a1', 'i10s01', 'i10s2', 'i2s1', 'i10s-1', 'i10s1x'])(
    '%j is no session',
    id => {
      const maker = new RecordMaker()
      maker.delivered()
      expect(maker.records.session(id)).toBeUndefined()
      expect(maker.records.attempt('i10s1')).toBeUndefined()
    },
  )
})

describe('the tries of a mail', () => {
  const to = ['ada@example.com']

  test('are those that failed, back to the last that was stored', () => {
    const maker = new RecordMaker()
    const stored = maker.delivered({ to })
    const first = maker.failed({}, { to, code: 451 })
    const second = maker.failed({}, { to: ['bob@example.com', 'ADA@example.com'], outcome: 'lost', code: null })
    expect(maker.records.tries('App@example.org', to, maker.nowMs)).toBe(3)
    const last = maker.delivered({ to, messageId: 'm9' })
    const chain = maker.records.chainOf(maker.records.attemptOf('m9', last.id) as never)
    expect(chain).toEqual([first.attempts[0], second.attempts[0], last.attempts[0]])
    expect(maker.records.chainOf(stored.attempts[0] as never)).toEqual(stored.attempts)
    expect(maker.records.tries('app@example.org', to, maker.nowMs)).toBe(1)
  })

  const strangers: [what: string, tried: object, laterMs: number][] = [
    ['another sender', { from: 'other@example.org' }, 0],
    ['no recipient in common', { to: ['bob@example.com'] }, 0],
    ['an hour ago', {}, HOUR_MS + 1],
  ]
  test.each(strangers)('leave out %s', (_what, tried, laterMs) => {
    const maker = new RecordMaker()
    maker.failed({}, { to, ...tried })
    maker.nowMs += laterMs
    expect(maker.records.tries('app@example.org', to, maker.nowMs)).toBe(1)
    const session = maker.delivered({ to })
    expect(maker.records.chainOf(session.attempts[0] as never)).toHaveLength(1)
  })

  test('of an hour count', () => {
    const maker = new RecordMaker()
    maker.failed({}, { to })
    maker.nowMs += HOUR_MS
    expect(maker.records.tries('app@example.org', to, maker.nowMs)).toBe(2)
  })
})

describe('the bounds', () => {
  test('sessions that delivered and those that said nothing leave first', () => {
    const maker = new RecordMaker({ bounds: { maxSessions: 3 } })
    const failed = [maker.failed(), maker.failed()]
    const gone = maker.delivered()
    const blank = maker.blank()
    expect(maker.records.session(gone.id)).toBeUndefined()
    expect(maker.records.attempt(gone.attempts[0]?.id ?? '')).toBeUndefined()
    expect(sessionIds(maker.records)).toEqual([...failed, blank].map(({ id }) => id))
  })

  test('then the oldest of the others; open ones never', () => {
    const maker = new RecordMaker({ bounds: { maxSessions: 3 } })
    const open = maker.open()
    const [, second, third] = [maker.failed(), maker.failed(), maker.failed()]
    expect(sessionIds(maker.records)).toEqual([open.id, second?.id, third?.id])
  })

  test('a connection that failed before it said anything tells something', () => {
    const maker = new RecordMaker({ bounds: { maxSessions: 2 } })
    const tls = maker.open({ failure: { step: 'tls', reason: 'the TLS handshake failed', fix: '', weak: false } })
    maker.records.end(tls)
    maker.delivered()
    maker.blank()
    maker.blank()
    expect(sessionIds(maker.records)).toContain(tls.id)
  })

  test('attempts of a connection that stays open leave, the accepted ones first', () => {
    const maker = new RecordMaker({ bounds: { maxBytes: 100_000 } })
    const session = maker.open()
    const refused = maker.attempt(session, { outcome: 'refused' })
    for (let n = 0; n < 1000; n++) maker.attempt(session, { messageId: `m${n}` })
    expect(maker.records.bytes).toBeLessThanOrEqual(100_000)
    expect(session.attempts[0]).toBe(refused)
    expect(session.attempts.at(-1)?.messageId).toBe('m999')
    expect(session.summary().messages).not.toContain('m0')
  })

  test('hold for whatever is done, and nothing that has left is found', () => {
    const step = fc.record({
      what: fc.constantFrom('open', 'say', 'try', 'fail', 'end'),
      which: fc.nat(20),
      size: fc.nat(4000),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), steps => {
        const bounds = { maxSessions: 12, maxBytes: 60_000 }
        const maker = new RecordMaker({ bounds })
        let open: ReturnType<RecordMaker['open']>[] = []
        const all = [...open]
        for (const { what, which, size } of steps) {
          const session = open[which % Math.max(open.length, 1)]
          if (what === 'open') {
            if (open.length < 10) {
              open.push(maker.open())
              all.push(open.at(-1) as never)
            }
          } else if (!session) continue
          else if (what === 'say') session.said('client', 'x'.repeat(size))
          else if (what === 'end') {
            maker.records.end(session)
            open = open.filter(other => other !== session)
          } else maker.attempt(session, { outcome: what === 'try' ? 'accepted' : 'lost', data: Buffer.alloc(size) })
        }
        const { records } = maker
        const kept = [...records.sessions('oldest')]
        expect(records.size).toBe(kept.length)
        expect(kept.length).toBeLessThanOrEqual(bounds.maxSessions)
        const attempts = [...records.attempts('oldest')]
        const held = [...kept, ...attempts].reduce((sum, { weight }) => sum + weight, 0)
        expect(records.bytes).toBe(held)
        // Only what open sessions say of themselves may go beyond it.
        expect(records.bytes).toBeLessThanOrEqual(Math.max(bounds.maxBytes, sum(open.map(({ weight }) => weight))))
        for (const session of all)
          expect(records.session(session.id)).toBe(kept.includes(session) ? session : undefined)
        for (const session of kept) expect(session.attempts).toEqual(attempts.filter(a => a.session === session))
      }),
      { numRuns: 200 },
    )
  })
})

const sum = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0)

describe('who listens', () => {
  test('is told of beginnings, attempts and ends, in order', () => {
    const maker = new RecordMaker()
    const told: string[] = []
    const stop = maker.records.subscribe(event => told.push(event.type))
    maker.delivered()
    stop()
    maker.delivered()
    expect(told).toEqual(['session.started', 'attempt', 'session.ended'])
  })

  test('does no harm by a fault', () => {
    const faults: unknown[] = []
    const maker = new RecordMaker({ report: error => faults.push(error) })
    const told: RecordEvent[] = []
    maker.records.subscribe(() => {
      throw new Error('mine')
    })
    maker.records.subscribe(event => told.push(event))
    maker.delivered()
    expect(told).toHaveLength(3)
    expect(faults).toHaveLength(3)
  })
})

describe('filters', () => {
  const maker = new RecordMaker()
  maker.delivered({ to: ['ada@example.com', 'bob@example.com'] })
  maker.failed({ reason: 'AUTH was refused: 535' }, { to: ['Bob@Example.com'], from: '', outcome: 'lost', code: null })
  maker.records.end(
    maker.open({ helo: null, username: 'billing', outcome: 'AUTH was refused: 535' }, { protocol: 'imap' }),
  )

  const sessions: [filter: object, ids: string[]][] = [
    [{}, ['i10s1', 'i10s2', 'i10s3']],
    [{ outcome: 'auth WAS' }, ['i10s2', 'i10s3']],
    [{ protocol: 'imap' }, ['i10s3']],
    [{ inbox: 'default' }, ['i10s1', 'i10s2']],
    [{ user: 'billing' }, ['i10s3']],
    [{ user: 'bill' }, []],
    [{ helo: 'CLIENT' }, ['i10s1', 'i10s2']],
    [{ helo: 'client', outcome: '535' }, ['i10s2']],
  ]
  test.each(sessions)('sessions: %j', (filter, ids) => {
    expect([...maker.records.sessions('oldest')].filter(sessionTest(filter)).map(({ id }) => id)).toEqual(ids)
  })

  const attempts: [filter: object, ids: string[]][] = [
    [{}, ['i10a1', 'i10a3']],
    [{ to: 'bob@example.com' }, ['i10a1', 'i10a3']],
    [{ to: 'ob@example.com' }, []],
    [{ to: 'ada' }, ['i10a1']],
    [{ to: '*@EXAMPLE.com' }, ['i10a1', 'i10a3']],
    [{ from: '<>' }, ['i10a3']],
    [{ from: 'app@example.org' }, ['i10a1']],
    [{ outcome: 'lost' }, ['i10a3']],
    [{ code: 250 }, ['i10a1']],
    [{ inbox: 'billing' }, []],
  ]
  test.each(attempts)('attempts: %j', (filter, ids) => {
    expect([...maker.records.attempts('oldest')].filter(attemptTest(filter)).map(({ id }) => id)).toEqual(ids)
  })

  test('a mistyped one is refused', () => {
    expect(() => attemptTest({ rcpt: 'x' } as never)).toThrow('there is no filter "rcpt"')
    expect(() => sessionTest({ usr: 'x' } as never)).toThrow('there is no filter "usr"')
  })
})

describe('order', () => {
  test('newest or oldest first, from behind a number', () => {
    const maker = new RecordMaker()
    for (let n = 0; n < 5; n++) maker.delivered()
    const numbers = (order: 'newest' | 'oldest', after?: number) =>
      [...maker.records.sessions(order, after)].map(({ n }) => n)
    expect(numbers('newest')).toEqual([5, 4, 3, 2, 1])
    expect(numbers('newest', 3)).toEqual([2, 1])
    expect(numbers('oldest', 3)).toEqual([4, 5])
    expect(numbers('oldest', 9)).toEqual([])
  })
})

describe('waiting', () => {
  const arrivals = (maker: RecordMaker) => ({
    there: maker.records.attempts(),
    subscribe: (fn: (attempt: never) => void) =>
      maker.records.subscribe(event => event.type === 'attempt' && fn(event.attempt as never)),
    test: attemptTest({ outcome: 'refused' }),
  })

  test('counts what is there and what comes', async () => {
    const maker = new RecordMaker()
    maker.failed({}, {})
    const waiting = waitForCount(arrivals(maker), { count: 3, timeoutMs: 10_000 })
    maker.failed({}, {})
    maker.delivered()
    maker.failed({}, {})
    expect(await waiting).toBe(true)
  })

  test('ends without when its time is over, or its signal says so', async () => {
    const maker = new RecordMaker()
    expect(await waitForCount(arrivals(maker), { count: 1, timeoutMs: 1 })).toBe(false)
    const end = new AbortController()
    const waiting = waitForCount(arrivals(maker), { count: 1, timeoutMs: 600_000, signal: end.signal })
    end.abort()
    expect(await waiting).toBe(false)
  })
})
