import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_OUTPUT_BYTES } from '../../server/net/output.js'
import type { MessageJudge, RuleInput } from '../../server/smtp/rule.js'
import type { SmtpSession } from '../../server/smtp/session.js'
import { check, DIALOGUES, inputs } from './any-bytes.js'
import { isWanted, makeRules } from './drive.js'
import { feed, newSession, play, said } from './play.js'

for (const [group, dialogues] of Object.entries(DIALOGUES)) {
  describe(group, () => {
    for (const dialogue of dialogues) test(dialogue.name, () => play(dialogue))
  })
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What is alive on the heap, and no more. */
function heapBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

const ONE_MESSAGE = ['EHLO client.test', 'MAIL FROM:<a@b.test>', 'RCPT TO:<c@d.test>', 'DATA', 'Subject: hi', '.']

/** A session that waits for the answer to a message; `behind` was pipelined behind it. */
function answering(...behind: string[]): SmtpSession {
  const session = newSession()
  session.receive(Buffer.from([...ONE_MESSAGE, ...behind, ''].join('\r\n')))
  expect(session.next()?.type).toBe('message')
  said(session)
  return session
}

describe('while the store has the message', () => {
  test('nothing pipelined behind it is looked at before the answer', () => {
    const session = answering('NOOP')
    expect(session.next()).toBeUndefined()
    expect(said(session)).toBe('')
    session.answer({ type: 'stored', id: 'm1' })
    expect(session.next()).toBeUndefined()
    expect(said(session)).toBe('250 2.0.0 Ok: queued as m1\r\n250 2.0.0 Ok\r\n')
  })

  test('a stored message gets its 250 before the 421 of a shutdown', () => {
    const session = answering()
    session.interrupt('shutdown')
    expect(session.ended).toBe(false)
    session.answer({ type: 'stored', id: 'm1' })
    expect(said(session)).toMatch(/^250 2\.0\.0 Ok: queued as m1\r\n421 4\.3\.2 [^\r]*\r\n$/)
    expect(session).toMatchObject({ ended: true, outcome: 'delivered 1 message' })
    expect(session.record.attempts).toMatchObject([{ outcome: 'accepted', code: 250 }])
  })

  test('a message is delivered though its client has gone', () => {
    const session = answering()
    session.interrupt('end')
    session.answer({ type: 'stored', id: 'm1' })
    expect(session).toMatchObject({ ended: true, delivered: 1 })
  })

  test('a failure of ours is said at once', () => {
    const session = answering()
    session.interrupt('failure')
    expect(said(session)).toMatch(/^421 4\.3\.0 /)
    expect(session.ended).toBe(true)
  })
})

describe('while a rule holds an answer back', () => {
  /** A session whose message is stored, and its 250 still to come. */
  function holding(): SmtpSession {
    const session = newSession({}, false, undefined, makeRules([{ on: 'message', delayMs: 60_000 }]))
    session.receive(Buffer.from([...ONE_MESSAGE, 'NOOP', ''].join('\r\n')))
    session.next()
    said(session)
    session.answer({ type: 'stored', id: 'm1' })
    expect(session.next()).toEqual({ type: 'pause', ms: 60_000 })
    expect(said(session)).toBe('')
    return session
  }

  test('a shutdown has the 250 of a stored message said before the 421', () => {
    const session = holding()
    session.interrupt('shutdown')
    expect(said(session)).toMatch(/^250 2\.0\.0 Ok: queued as m1\r\n421 4\.3\.2 [^\r]*\r\n$/)
    expect(session).toMatchObject({ ended: true, outcome: 'delivered 1 message' })
  })

  test('a client that leaves has its message stored all the same, and is told nothing', () => {
    const session = holding()
    session.interrupt('end')
    expect(said(session)).toBe('')
    expect(session).toMatchObject({ ended: true, delivered: 1 })
    expect(session.record.attempts).toMatchObject([{ outcome: 'accepted', code: null, messageId: 'm1' }])
  })

  test('what was pipelined behind it comes after it', () => {
    const session = holding()
    expect(session.next()).toBeUndefined()
    expect(said(session)).toBe('250 2.0.0 Ok: queued as m1\r\n250 2.0.0 Ok\r\n')
  })
})

describe('while rules look at a large message', () => {
  const lines = Buffer.from(`${'Etwas Größeres steht hier, Zeile um Zeile.\r\n'.repeat(40_000)}At the end: 739204`)
  const large = [
    ...ONE_MESSAGE.slice(0, -1),
    'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n',
    `${lines.toString('base64')}\r\n.\r\nNOOP\r\n`,
  ]

  /** A session that has such a message, and what is left of asking rules about it. */
  function judging(rule: RuleInput, source = large.join('\r\n')) {
    const rules = makeRules([{ on: 'message', ...rule }])
    const session = newSession({ maxMessageBytes: 4_000_000 }, false, undefined, rules)
    session.receive(Buffer.from(source))
    const event = session.next()
    said(session)
    if (event?.type !== 'message' || event.judging === null) return expect.fail('it was looked at in one go')
    const { judging } = event
    const judge = () => {
      let steps = 1
      for (let step = judging.next(); ; step = judging.next(), steps += 1)
        if (step.done) return { steps, isWanted: step.value }
    }
    return { session, rules, judge }
  }

  // 25 MB of text were read and searched in one piece.
  const atTheEnd = { match: { text: '739204' } }
  test.each<[RuleInput, string]>([
    [{ ...atTheEnd, reply: '451 later' }, '451 later\r\n250 2.0.0 Ok\r\n'],
    [{ ...atTheEnd, action: 'close' }, ''],
  ])('others get their turn, and a message that is not let in is not stored: %j', (rule, reply) => {
    const { session, judge } = judging(rule)
    const { steps, isWanted } = judge()
    expect(steps).toBeGreaterThan(4)
    expect(isWanted).toBe(false)
    expect(session.next()).toBeUndefined()
    session.answer({ type: 'unwanted' })
    expect(session.next()).toBeUndefined()
    expect(said(session)).toBe(reply)
    expect(session.delivered).toBe(0)
  })

  test.each<[RuleInput, string]>([
    [{ ...atTheEnd, reply: '250 as you like' }, '250 as you like\r\n'],
    [{ match: { text: 'nowhere' }, reply: 451 }, '250 2.0.0 Ok: queued as m1\r\n'],
  ])('one that is let in is stored, and answered in the words of the rule: %j', (rule, reply) => {
    const { session, judge } = judging(rule)
    expect(judge().isWanted).toBe(true)
    session.answer({ type: 'stored', id: 'm1' })
    expect(session.next()).toBeUndefined()
    expect(said(session)).toBe(`${reply}250 2.0.0 Ok\r\n`)
  })

  test('what breaks in comes behind the answer', () => {
    const { session, judge } = judging({ ...atTheEnd, reply: '451 later' })
    session.interrupt('shutdown')
    expect(session.ended).toBe(false)
    expect(judge().isWanted).toBe(false)
    session.answer({ type: 'unwanted' })
    expect(said(session)).toMatch(/^451 later\r\n421 4\.3\.2 /)
    expect(session.record.attempts).toMatchObject([{ outcome: 'refused', code: 451 }])
  })

  test('a rule that is removed meanwhile does nothing', () => {
    const { rules, judge } = judging({ ...atTheEnd, reply: 451 })
    rules.clear()
    expect(judge().isWanted).toBe(true)
  })

  test('one that acts once acts on one of two', () => {
    const { rules, judge } = judging({ ...atTheEnd, reply: 451, times: 1 })
    const other = newSession({ maxMessageBytes: 4_000_000 }, false, undefined, rules)
    other.receive(Buffer.from(large.join('\r\n')))
    const event = other.next()
    expect(judge().isWanted).toBe(false)
    expect(event?.type === 'message' && isWanted(event.judging)).toBe(true)
  })
})

test('rules are not asked while none can act', () => {
  const fail = () => expect.fail('a rule was asked')
  const asleep: MessageJudge = { awake: false, judge: fail, judgeInSteps: fail }
  const session = newSession({}, false, undefined, asleep)
  session.receive(Buffer.from([...ONE_MESSAGE, 'QUIT', ''].join('\r\n')))
  expect(session.next()?.type).toBe('message')
  session.answer({ type: 'stored', id: 'm1' })
  expect(session.next()).toBeUndefined()
  expect(session.ended).toBe(true)
})

test('what a message brings along', () => {
  const { received } = feed([Buffer.from([...ONE_MESSAGE, ''].join('\r\n'))])
  expect(received[0]).toMatchObject({
    receivedAtMs: Date.UTC(2026, 0, 2),
    inboxes: ['default'],
    sessionId: 'i10s1',
    attempts: 1,
    envelope: {
      from: 'a@b.test',
      to: ['c@d.test'],
      helo: 'client.test',
      remoteAddress: '192.0.2.7',
      remotePort: 4711,
      localPort: 1025,
      tls: null,
      auth: null,
    },
  })
})

describe('a stored message keeps no other memory alive than its own', () => {
  const bytes = Buffer.from([...ONE_MESSAGE, ''].join('\r\n'))
  const start = bytes.indexOf('Subject')

  test('out of a larger chunk it is copied', () => {
    const raw = feed([bytes]).received[0]?.raw as Buffer
    expect(raw.buffer.byteLength).toBe(raw.length)
  })

  test('a chunk that is all its own is kept as it came', () => {
    const body = Buffer.allocUnsafeSlow(bytes.length - start)
    bytes.copy(body, 0, start)
    const raw = feed([bytes.subarray(0, start), body]).received[0]?.raw as Buffer
    expect(raw.toString()).toBe('Subject: hi\r\n')
    expect(raw.buffer).toBe(body.buffer)
  })

  // A string that was cut out of a line keeps the whole line alive.
  test.each([
    ['before the address', `RCPT${' '.repeat(4000)}TO:<ada.lovelace@example.com>`],
    ['behind it', `RCPT TO:<ada.lovelace@example.com>${' '.repeat(4000)}`],
    ['before a parameter', `RCPT TO:<ada.lovelace@example.com>${' '.repeat(4000)}ORCPT=rfc822;ada@example.com`],
  ])('blanks %s are let go of', (_, line) => {
    const session = newSession({ maxRecipients: 2000, maxLineBytes: 4096 })
    session.receive(Buffer.from('EHLO client.test\r\nMAIL FROM:<a@b.test>\r\n'))
    session.next()
    const before = heapBytes()
    for (let n = 0; n < 2000; n++) {
      session.receive(Buffer.from(`${line}\r\n`))
      session.next()
      session.output()
    }
    expect(heapBytes() - before).toBeLessThan(2000 * 1000)
    session.receive(Buffer.from('DATA\r\n.\r\n'))
    expect(session.next()).toMatchObject({ received: { envelope: { to: { length: 2000 } } } })
  })
})

test('too many connections: 421 in place of the greeting', () => {
  const session = newSession()
  session.interrupt('overload')
  expect(said(session)).toMatch(/^421 4\.3\.2 [^\r]*\r\n$/)
  expect(session).toMatchObject({ ended: true, outcome: 'there were too many connections' })
})

test('a client that does not read its replies is not heard further', () => {
  const session = newSession()
  session.receive(Buffer.from('HELP\r\n'.repeat(10_000)))
  expect(session.next()).toEqual({ type: 'later' })
  expect(session.next()).toEqual({ type: 'later' })
  const first = session.output() as Buffer
  expect(first.length).toBe(MAX_OUTPUT_BYTES)
  const rest = session.output()
  expect(rest?.length ?? 0).toBeLessThan(MAX_OUTPUT_BYTES)
})

test('a line that never ends is cut off, and nothing of it is kept', () => {
  const chunk = Buffer.alloc(1024, 'x')
  const run = feed(Array(200).fill(chunk))
  expect(run.replies).toMatch(/^220 [^\r]*\r\n500 5\.5\.2 [^\r]*\r\n$/)
  expect(run).toMatchObject({ ended: true, outcome: 'a line did not end within 64 KiB' })
})

test('nor does a response of a login go on without end', () => {
  const run = feed([Buffer.from('EHLO client.test\r\nAUTH PLAIN\r\n'), ...Array(200).fill(Buffer.alloc(1024, 'x'))])
  expect(run.replies).toMatch(/334 \r\n500 5\.5\.2 [^\r]*\r\n$/)
  expect(run).toMatchObject({ ended: true, outcome: 'a line did not end within 64 KiB' })
})

test('TLS makes it forget what was said in the clear (RFC 3207 4.2)', () => {
  const session = newSession()
  session.receive(Buffer.from('EHLO client.test\r\nMAIL FROM:<a@b.test>\r\n'))
  session.next()
  session.receive(Buffer.from('NOOP in the clear\r\n'))
  session.secured({ version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' })
  said(session)
  session.receive(Buffer.from('MAIL FROM:<a@b.test>\r\n'))
  session.next()
  expect(said(session)).toBe('503 5.5.1 Say EHLO or HELO first\r\n')
  session.receive(Buffer.from([...ONE_MESSAGE, ''].join('\r\n')))
  expect(session.next()).toMatchObject({ received: { envelope: { tls: { version: 'TLSv1.3' } } } })
})

test('any bytes give replies or a close, the same in whatever pieces they come', () => {
  fc.assert(fc.property(inputs, check), { numRuns: 1000 })
})
