/** The connections as the page keeps them: read, then kept up to date by what happens. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SessionList, SessionSummary } from '../../server/http/schema.js'
import { cameToNothing, isProbe, Sessions, stateOf, withoutAdvice } from '../../web/sessions.js'

const session = (n: number, rest: Partial<SessionSummary> = {}) =>
  ({
    id: `s${n}`,
    protocol: 'smtp',
    inboxes: ['default'],
    startedAt: new Date(n * 1000).toISOString(),
    endedAt: new Date(n * 1000 + 500).toISOString(),
    messages: [],
    ...rest,
  }) as unknown as SessionSummary
const open = { endedAt: null }

/** What the server answers next. */
let answer: SessionList = { sessions: [], next: null }

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', { baseURI: 'http://page.test/' })
  vi.stubGlobal('fetch', async () => Response.json(answer))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function make(
  sessions: SessionSummary[],
  { inbox = null, next = null }: { inbox?: string | null; next?: string | null } = {},
) {
  answer = { sessions, next }
  const made = new Sessions(() => {})
  await made.read(inbox)
  return made
}

const ids = ({ list }: Sessions) => list.map(({ id }) => id)

describe('what happens', () => {
  test('a connection comes on top, and changes in its place when it ends', async () => {
    const sessions = await make([session(2), session(1)])
    sessions.take({ type: 'session.started', session: session(3, open) })
    sessions.take({ type: 'session.started', session: session(4, open) })
    vi.runAllTimers()
    expect(ids(sessions)).toEqual(['s4', 's3', 's2', 's1'])
    sessions.take({ type: 'session.ended', seq: 9, session: session(3, { outcome: 'delivered 1 message' }) })
    vi.runAllTimers()
    expect(ids(sessions)).toEqual(['s4', 's3', 's2', 's1'])
    expect(sessions.list[1]?.outcome).toBe('delivered 1 message')
  })

  test('elsewhere, it is not taken into the list of an inbox', async () => {
    const sessions = await make([session(1, { inboxes: ['billing'] })], { inbox: 'billing' })
    sessions.take({ type: 'session.started', session: session(2) })
    sessions.take({ type: 'session.started', session: session(3, { inboxes: ['billing', 'default'] }) })
    vi.runAllTimers()
    expect(ids(sessions)).toEqual(['s3', 's1'])
  })

  test('however many there are, the list is bounded', async () => {
    const sessions = await make([session(1)], { next: 'more' })
    for (let n = 2; n < 3000; n++) sessions.take({ type: 'session.started', session: session(n) })
    vi.runAllTimers()
    expect(sessions.list).toHaveLength(1000)
    expect(sessions.list[0]?.id).toBe('s2999')
    expect(sessions.next).toBeNull()
  })
})

test('renewing changes what the server says anew, and keeps what is newer and older', async () => {
  const sessions = await make([session(3, open), session(2)])
  answer = { sessions: [session(1)], next: null }
  sessions.next = 'more'
  await sessions.readOlder()
  sessions.take({ type: 'session.started', session: session(4, open) })
  vi.runAllTimers()
  answer = { sessions: [session(3, { helo: 'shop.test' }), session(2)], next: 'more' }
  await sessions.renew()
  expect(ids(sessions)).toEqual(['s4', 's3', 's2', 's1'])
  expect(sessions.list[1]?.helo).toBe('shop.test')
})

test.each([
  ['still open', session(1, open), false],
  ['stored something', session(1, { messages: ['m1'] }), false],
  ['ended without', session(1), true],
  ['read mail', session(1, { protocol: 'pop3' }), false],
] as const)('came to nothing: %s', (_, one, expected) => expect(cameToNothing(one)).toBe(expected))

test('somebody who only looked whether the port is open is told from an app that failed', () => {
  const probe = { outcome: 'connected and said nothing', helo: null, attempts: [] }
  expect(isProbe(session(1, probe))).toBe(true)
  expect(isProbe(session(1, { ...probe, outcome: 'the TLS handshake failed' }))).toBe(false)
})

test.each([
  [
    'a mail program that has logged in',
    session(1, { protocol: 'imap', auth: { mechanism: 'LOGIN', username: 'all' } }),
    'read',
  ],
  ['one that has not', session(1, { protocol: 'pop3', auth: null }), 'probe'],
  ['one that is there', session(1, { protocol: 'pop3', auth: null, ...open }), 'open'],
  ['an app', session(1, { messages: ['m1'] }), 'delivered'],
  ['an app that sent nothing', session(1, { outcome: 'MAIL was refused: 451' }), 'nothing'],
] as const)('shows %s', (_, one, expected) => expect(stateOf(one)).toBe(expected))

/** What ends while nobody looks at the sessions, and whether that is to be said. */
test.each([
  ['an app that was refused', { outcome: '550 refused', helo: 'shop.test' }, true],
  ['mail', { outcome: 'delivered 1 message', messages: ['m1'] }, false],
  ['a look at the port', { outcome: 'connected and said nothing', helo: null }, false],
  ['a check that took its leave', { outcome: 'the last command was QUIT, and no message was sent' }, false],
])('unseen: %s', async (_, rest, said) => {
  const sessions = await make([])
  const ended = session(1, { attempts: [], ...rest } as unknown as Partial<SessionSummary>)
  sessions.take({ type: 'session.ended', seq: 1, session: ended })
  vi.runAllTimers()
  expect(sessions.failedUnseen).toBe(said)
  sessions.see()
  expect(sessions.failedUnseen).toBe(false)
})

test.each([
  ['the app speaks TLS to a plain port; turn that off, or start with --tls', 'the app speaks TLS to a plain port'],
  ['AUTH was refused: 535 5.7.8 Wrong; try again', 'AUTH was refused: 535 5.7.8 Wrong; try again'],
  ['the TLS handshake failed', 'the TLS handshake failed'],
])('%s: without the advice at its end, a reply whole', (reason, words) => {
  expect(withoutAdvice(reason)).toBe(words)
})
