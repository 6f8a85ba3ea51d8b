import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Facts, factsTest, stageOf, unknownAt } from '../../server/mail/facts.js'
import { queryMatcher } from '../../server/mail/match.js'
import { parseQuery } from '../../server/mail/query.js'
import { Reading } from '../../server/mail/reading.js'
import type { Stage } from '../../server/mail/terms.js'
import { makeEnvelope, makeStored } from './make.js'
import { anyQuery } from './queries.js'

describe('the earliest stage at which a query can be answered', () => {
  const cases: [q: string, stage: Stage][] = [
    ['helo:client', 'ehlo'],
    ['user:billing', 'auth'],
    ['user:billing helo:client', 'auth'],
    ['mail-from:<>', 'mail'],
    ['to:ada', 'rcpt'],
    ['rcpt-to:ada OR helo:client', 'rcpt'],
    ['-inbox:ci', 'rcpt'],
    ['to:ada subject:hi', 'message'],
    ['hi', 'message'],
    ['larger:1M', 'message'],
  ]
  test.each(cases)('%s', (q, stage) => expect(stageOf(parseQuery(q))).toBe(stage))

  test('nothing asked is known from the start', () => expect(stageOf({ type: 'and', of: [] })).toBe('connect'))
})

test('the terms that cannot be known at a stage have names', () => {
  const query = parseQuery('to:ada (subject:hi OR mail-from:app)')
  const names = (stage: Stage) => unknownAt(query, stage).map(({ operator }) => operator)
  expect(names('ehlo')).toEqual(['to', 'subject', 'mail-from'])
  expect(names('rcpt')).toEqual(['subject'])
  expect(names('message')).toEqual([])
})

describe('on what is known so far', () => {
  const RCPT: Facts = { helo: 'app.internal', user: null, mailFrom: '', recipients: ['ada@full.test'] }
  const cases: [q: string, facts: Facts, answer: boolean | undefined][] = [
    // one term
    ['to:*@full.test', RCPT, true],
    ['to:*@ful.test', RCPT, false],
    ['rcpt-to:=ada@full.test', RCPT, true],
    ['mail-from:<>', RCPT, true],
    ['helo:/^app/', RCPT, true],
    ['user:billing', RCPT, false],
    ['-user:billing', RCPT, true],
    ['inbox:ci', { ...RCPT, inboxes: ['ci'] }, true],
    ['to:ada', {}, undefined],
    ['subject:hi', RCPT, undefined],
    ['header:X-Id', RCPT, undefined],
    // what is not known decides nothing, but the rest may
    ['to:ada subject:hi', RCPT, undefined],
    ['to:eve subject:hi', RCPT, false],
    ['to:ada OR subject:hi', RCPT, true],
    ['to:eve OR subject:hi', RCPT, undefined],
    ['-subject:hi', RCPT, undefined],
    ['-(to:eve subject:hi)', RCPT, true],
  ]
  test.each(cases)('%s with %j', (q, facts, answer) => expect(factsTest(parseQuery(q))(facts)).toBe(answer))
})

test('property: what facts decide, the whole message decides likewise, but for recipients that headers name', () => {
  const message = makeStored({ envelope: makeEnvelope({ to: ['aB1@example.com'], helo: 'a.K', from: '' }) })
  const { helo, from, to } = message.envelope
  const facts: Facts = { helo, user: null, mailFrom: from, recipients: to, inboxes: message.inboxes }
  fc.assert(
    fc.property(anyQuery, query => {
      const early = factsTest(query)(facts)
      if (early === undefined) return
      const whole = queryMatcher(
        query,
        () => new Reading(message),
        () => 0,
      )
      expect(whole.test(message)).toBe(early)
    }),
    { numRuns: 500 },
  )
})
