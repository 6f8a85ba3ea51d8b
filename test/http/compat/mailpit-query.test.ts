/** Searches of Mailpit in our words: what each finds, and that what says nothing is told. */
import { describe, expect, test } from 'vitest'
import { dateOf } from '../../../server/http/compat/mailpit/dates.js'
import { readSearch } from '../../../server/http/compat/mailpit/query.js'
import { queryMatcher } from '../../../server/mail/match.js'
import { formatQuery } from '../../../server/mail/query.js'
import { Reading } from '../../../server/mail/reading.js'
import { makeEnvelope, makeStored } from '../../mail/make.js'
import { RICH_MAIL } from '../helpers.js'

describe('a search', () => {
  test.each<[string, string]>([
    // words and quotes
    ['hello world', 'hello world'],
    ['"hello world"', '"hello world"'],
    ['subject:"hello world" x', 'subject:"hello world" x'],
    ['"subject:hello world"', 'subject:"hello world"'],
    ['say "it', 'say it'],
    ['(a) OR b*', '"(a)" "OR" "b*"'],
    // negated
    ['-a !b -subject:c', '-a -b -subject:c'],
    ['-"a b"', '-"a b"'],
    // fields
    ['to:ada', 'header:To=ada'],
    ['TO:Ada from:app cc:c bcc:d', 'header:To=Ada from:app cc:c bcc:d'],
    ['reply-to:x', 'header:Reply-To=x'],
    ['message-id:<1@x>', 'message-id:<1@x>'],
    ['addressed:x', 'header:To=x OR header:Cc=x OR header:Bcc=x OR header:Reply-To=x OR header:From=x OR bcc:x'],
    ['tag:"Sale 1"', 'tag:="Sale 1"'],
    ['is:read -is:unread', 'is:read -is:unread'],
    ['is:tagged', 'tag:*'],
    ['has:attachments has:inline has:inlines', 'has:attachment has:inline has:inline'],
    // what is no field is a word
    ['is:nice https://x.test/a', '"is:nice" https://x.test/a'],
    // sizes
    ['larger:10 smaller:2k', 'larger:10 smaller:2048'],
    ['larger:1.5MB smaller:1kb', 'larger:1572864 smaller:1024'],
    ['larger:many', '"larger:many"'],
    // moments
    ['after:2026-01-31', 'after:2026-01-31T00:00:00.000Z'],
    ['before:"2026/01/31 12:30"', 'before:2026-01-31T12:30:00.001Z'],
    // nothing
    ['', ''],
    ['*** to: subject: after:someday', ''],
  ])('%s', (search, ours) => {
    expect(formatQuery(readSearch(search).query)).toBe(ours)
  })

  test.each([
    ['a ***', ['***']],
    ['after:someday to: "is:read"', ['after:someday', 'to:']],
    ['a b', []],
  ])('%s passes over %j', (search, ignored) => {
    expect(readSearch(search).ignored).toEqual(ignored)
  })

  const stored = makeStored({ raw: RICH_MAIL, envelope: makeEnvelope({ to: ['ada@example.com', 'h@example.com'] }) })
  test.each([
    ['confirm', true],
    ['to:ada', true],
    ['to:h@example.com', false],
    ['bcc:h@example.com', true],
    ['addressed:h@example.com', true],
    ['addressed:app@', true],
    ['-to:ada', false],
    ['is:tagged', false],
    ['message-id:1@example.com', true],
    ['has:attachment larger:100 smaller:1m', true],
    ['after:2026-01-31 before:2026-01-31T12:00:00Z', true],
    ['before:2026-01-31T11:59:59Z', false],
    ['nobody', false],
  ])('%s finds it: %s', (search, finds) => {
    const { query } = readSearch(search)
    expect(queryMatcher(query, message => new Reading(message), Date.now).test(stored)).toBe(finds)
  })
})

describe('a date', () => {
  test.each<[string, string | undefined, string | undefined]>([
    ['2026-01-31', undefined, '2026-01-31T00:00:00.000Z'],
    ['2026/1/31', undefined, '2026-01-31T00:00:00.000Z'],
    ['2026-01-31 07:05', undefined, '2026-01-31T07:05:00.000Z'],
    ['2026-01-31T07:05:09.5Z', 'Europe/Berlin', '2026-01-31T07:05:09.500Z'],
    ['2026-01-31T07:05:09+02:00', undefined, '2026-01-31T05:05:09.000Z'],
    ['31 Jan 2026', undefined, '2026-01-31T00:00:00.000Z'],
    ['Sat, 31 Jan 2026 10:00:00 +0100', 'Pacific/Auckland', '2026-01-31T09:00:00.000Z'],
    ['1769817600', undefined, '2026-01-31T00:00:00.000Z'],
    ['1769817600123', undefined, '2026-01-31T00:00:00.123Z'],
    // days begin where they are meant, also when the clocks are changed
    ['2026-01-31', 'America/Chicago', '2026-01-31T06:00:00.000Z'],
    ['2026-07-31', 'America/Chicago', '2026-07-31T05:00:00.000Z'],
    ['2026-01-31', 'Pacific/Auckland', '2026-01-30T11:00:00.000Z'],
    ['2026-03-29 04:00', 'Europe/Berlin', '2026-03-29T02:00:00.000Z'],
    ['2026-01-31', 'No/Where', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31', 'P'.repeat(65), '2026-01-31T00:00:00.000Z'],
    // no dates
    ['2026-02-31', undefined, undefined],
    ['2026-13-01', undefined, undefined],
    ['yesterday', undefined, undefined],
    ['', undefined, undefined],
  ])('%s in %s', (text, tz, iso) => {
    const timeMs = dateOf(text, tz)
    expect(timeMs === undefined ? undefined : new Date(timeMs).toISOString()).toBe(iso)
  })
})
