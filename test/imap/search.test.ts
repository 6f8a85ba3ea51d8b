import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { costOf, type Searchable, searchOf } from '../../server/imap/search.js'
import { CharsetError, readSearch } from '../../server/imap/search-key.js'
import { WireError } from '../../server/imap/wire.js'
import { decodeText } from '../../server/mail/decode.js'
import { parseHeaders } from '../../server/mail/headers.js'
import { textOfHtml } from '../../server/mail/html.js'
import { queryMatcher } from '../../server/mail/match.js'
import type { Query } from '../../server/mail/query.js'
import { Reading } from '../../server/mail/reading.js'
import { type MimeNode, structureOf } from '../../server/mail/structure.js'
import { corpus } from '../mail/corpus.js'
import { stored } from '../mail/message.js'
import { decoderOf } from './pieces.js'

const CONTEXT = { highestNumber: 9, highestUid: 90 }

function searchFor(wire: string) {
  const decoder = decoderOf(wire)
  const search = readSearch(decoder)
  decoder.end()
  return search
}

const finds = (wire: string, message: Searchable) => searchOf(searchFor(wire).key, CONTEXT).test(message)

const RAW = Buffer.from(
  [
    'Date: Sun, 1 Feb 2026 23:30:00 -0500',
    'From: =?utf-8?q?J=C3=BCrgen?= <juergen@example.net>',
    'To: Ada Lovelace <ada@example.com>',
    'Cc: bob@example.com',
    'Subject: Welcome to the',
    '  =?utf-8?b?U2jDtnA=?=',
    'X-Campaign: Spring',
    'X-Empty:',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Gr=FC=DFe aus K=F6ln, your code is 12=',
    '3456',
    '--b',
    'Content-Type: text/html',
    '',
    '<p>Big <b>sa</b>le &amp; more</p>',
    '--b',
    'Content-Type: message/rfc822',
    '',
    'Subject: =?utf-8?q?Entw=C3=BCrfe?=',
    '',
    'attached words',
    '--b',
    'Content-Type: application/pdf; name="Terms.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('hidden in a file').toString('base64'),
    '--b--',
    '',
  ].join('\r\n'),
)
const MESSAGE: Searchable = {
  number: 3,
  uid: 30,
  flags: ['\\Seen', '\\Recent', '$Forwarded'],
  internalDateMs: Date.UTC(2026, 1, 2, 4, 30),
  raw: RAW,
}

describe('finds', () => {
  const cases: [wire: string, found: boolean][] = [
    ['ALL', true],
    // flags
    ['SEEN', true],
    ['UNSEEN', false],
    ['seen unanswered UNDELETED UNDRAFT UNFLAGGED', true],
    ['ANSWERED', false],
    ['DELETED', false],
    ['DRAFT', false],
    ['FLAGGED', false],
    ['RECENT', true],
    ['OLD', false],
    ['NEW', false],
    ['KEYWORD $forwarded', true],
    ['KEYWORD Junk', false],
    ['UNKEYWORD $Forwarded', false],
    ['UNKEYWORD Junk', true],
    // numbers
    ['3', true],
    ['1:2,4:*', false],
    ['12:*', false],
    ['*', false],
    ['UID 30', true],
    ['UID 31:*', false],
    // sizes
    [`LARGER ${RAW.length - 1}`, true],
    [`LARGER ${RAW.length}`, false],
    [`SMALLER ${RAW.length + 1}`, true],
    [`SMALLER ${RAW.length}`, false],
    // days: when it came in UTC, when it was sent as its Date header is written
    ['ON 2-Feb-2026', true],
    ['ON "1-Feb-2026"', false],
    ['BEFORE 2-Feb-2026', false],
    ['BEFORE 3-Feb-2026', true],
    ['SINCE 2-Feb-2026', true],
    ['SINCE 3-Feb-2026', false],
    ['SENTON 1-Feb-2026', true],
    ['SENTON 2-Feb-2026', false],
    ['SENTBEFORE 2-Feb-2026', true],
    ['SENTBEFORE 1-Feb-2026', false],
    ['SENTSINCE 1-Feb-2026', true],
    ['SENTSINCE 2-Feb-2026', false],
    // headers, decoded
    ['FROM juergen', true],
    ['FROM "J\xc3\xbcRGEN <"', true],
    ['FROM ada', false],
    ['TO lovelace', true],
    ['TO bob', false],
    ['CC bob', true],
    ['BCC bob', false],
    ['BCC ""', false],
    ['SUBJECT "the Sh\xc3\xb6p"', true],
    ['SUBJECT utf-8', false],
    ['HEADER X-Campaign spring', true],
    ['HEADER x-campaign autumn', false],
    ['HEADER X-Campaign ""', true],
    ['HEADER X-Empty ""', true],
    ['HEADER X-Other ""', false],
    ['HEADER Subject welcome', true],
    // words, decoded
    ['BODY "gr\xc3\xbc\xc3\x9fe"', true],
    ['BODY 123456', true],
    ['BODY "big sale & more"', true],
    ['BODY boundary', false],
    ['BODY welcome', false],
    ['BODY "attached words"', true],
    ['BODY "entw\xc3\xbcrfe"', true],
    ['BODY terms.pdf', true],
    ['BODY "hidden in"', false],
    ['BODY ""', true],
    ['TEXT welcome', true],
    ['TEXT "x-campaign: spring"', true],
    ['TEXT "k\xc3\xb6ln"', true],
    ['TEXT "welcome to the sh"', true],
    ['TEXT nowhere', false],
    // charsets
    ['CHARSET UTF-8 BODY {5}\r\nK\xc3\xb6ln', true],
    ['charset iso-8859-1 BODY "K\xf6ln"', true],
    ['CHARSET US-ASCII BODY sale', true],
    ['CHARSET "UTF-8" SEEN', true],
    // and, or, not
    ['(SEEN)', true],
    ['(SEEN UNSEEN)', false],
    ['SEEN UNSEEN', false],
    ['OR SEEN UNSEEN', true],
    ['OR UNSEEN (SEEN TO ada)', true],
    ['OR DELETED OR DRAFT RECENT', true],
    ['NOT DELETED', true],
    ['NOT (SEEN RECENT)', false],
    ['NOT NOT SEEN', true],
    ['OR (1 2) NOT 4', true],
  ]
  test.each(cases)('%j: %s', (wire, found) => {
    expect(finds(wire, MESSAGE)).toBe(found)
  })

  test.each([
    ['Mon, 02 Feb 2026 10:00:00 +0000', '2-Feb-2026'],
    ['2 February 26 10:00 GMT', '2-Feb-2026'],
    ['2 Feb 99', '2-Feb-1999'],
    ['2-Feb-2026', '2-Feb-2026'],
    ['2026-02-02T10:00:00Z', '2-Feb-2026'],
  ])('a mail of %s as sent on %s', (date, day) => {
    const message = { ...MESSAGE, raw: Buffer.from(`Date: ${date}\r\n\r\n`) }
    expect(finds(`SENTON ${day}`, message)).toBe(true)
    expect(finds('SENTBEFORE 1-Jan-1990', message)).toBe(false)
  })

  test.each(['', 'Date:\r\n', 'Date: tomorrow\r\n'])('no mail by a day that has none: %j', header => {
    const message = { ...MESSAGE, raw: Buffer.from(`${header}\r\n`) }
    expect(finds('OR SENTSINCE 1-Jan-1970 SENTBEFORE 1-Jan-2100', message)).toBe(false)
  })
})

test.each([
  ['BODY {3}\r\nN\xc3\xb6', true],
  ['TEXT "needle in"', true],
  ['BODY nowhere', false],
  ['SUBJECT needle', false],
])('large messages are looked at in steps: %j', (wire, found) => {
  const text = `${'hay\u00e4 and stack\r\n'.repeat(60_000)}n\u00f6 needle in it\r\n`
  const raw = Buffer.from(`Subject: a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}`)
  const steps = searchOf(searchFor(wire).key, CONTEXT).steps({ ...MESSAGE, raw })
  let count = 0
  let step = steps.next()
  for (; !step.done; step = steps.next()) count += 1
  expect(step.value).toBe(found)
  expect(count > 3).toBe(!wire.startsWith('SUBJECT'))
})

describe('reads', () => {
  test.each([
    ['', 'Expected a search key such as UNSEEN or SUBJECT at character 1'],
    ['FOO', 'Expected a search key such as UNSEEN or SUBJECT at character 1'],
    ['SEEN FOO', 'Expected a search key such as UNSEEN or SUBJECT at character 6'],
    ['toString', 'Expected a search key such as UNSEEN or SUBJECT at character 1'],
    ['(SEEN', 'Expected ")" at character 6'],
    ['()', 'Expected a search key such as UNSEEN or SUBJECT at character 3'],
    ['NOT', 'Expected a space at character 4'],
    ['OR SEEN', 'Expected a space at character 8'],
    ['SUBJECT', 'Expected a space at character 8'],
    ['SUBJECT (a)', 'Expected a string at character 9'],
    ['LARGER x', 'Expected a number at character 8'],
    ['ON tomorrow', 'Expected a date such as 1-Feb-2026 at character 4'],
    ['0', 'Expected a number from 1 to 4294967295 at character 1'],
    ['CHARSET', 'Expected a space at character 8'],
    ['CHARSET UTF-8', 'Expected a space at character 14'],
    [`${'('.repeat(500)}SEEN${')'.repeat(500)}`, 'At most 100 levels of parentheses are read'],
    [`${'NOT '.repeat(500)}SEEN`, 'At most 100 levels of parentheses are read'],
    [`ALL${' ALL'.repeat(1000)}`, 'A search has at most 1000 keys'],
  ])('not %j', (wire, error) => {
    expect(() => searchFor(wire)).toThrow(new WireError(error))
  })

  test('no charset that nobody knows', () => {
    expect(() => searchFor('CHARSET X-KLINGON TEXT a')).toThrow(
      new CharsetError('X-KLINGON is no charset that is known here'),
    )
    expect(() => searchFor('CHARSET {4}\r\na\r\nb TEXT a')).toThrow(
      new CharsetError('That is no charset that is known here'),
    )
    expect(searchFor('CHARSET utf-8 TEXT a').charset).toBe('utf-8')
    expect(searchFor('TEXT charset').charset).toBeNull()
  })

  test.each([
    ['SEEN 1:5 LARGER 3 SINCE 1-Jan-2026', 0],
    ['SEEN SENTON 1-Jan-2026', 1],
    ['OR SEEN NOT (FROM a)', 1],
    ['SEEN (TEXT a)', 2],
  ])('what %s costs: %i', (wire, cost) => {
    expect(costOf(searchFor(wire).key)).toBe(cost)
  })
})

/** Words of a mail, raw and decoded, and pieces of them: what could tell a scan from a reading. */
function wordsOf(raw: Buffer): string[] {
  const { words, subject, html, filenames } = new Reading(stored(raw))
  const sources = [raw.subarray(0, 4000).toString('latin1'), words, subject, html ?? '', ...filenames]
  return [...new Set(sources.flatMap(text => text.slice(0, 3000).match(/[^\s"\\]{2,20}(?: [^\s"\\]{2,9})?/g) ?? []))]
}

const written = (text: string) => {
  const bytes = Buffer.from(text)
  return `{${bytes.length}}\r\n${bytes.toString('latin1')}`
}

/** What reading all of a mail says, without any scan. */
function truth(raw: Buffer, key: string, text: string): boolean {
  const has = (found: string) => found.toLowerCase().includes(text.toLowerCase())
  const { fields } = parseHeaders(raw)
  const leaves = (source: Buffer, node: MimeNode): string[] => {
    const inner = node.children.flatMap(child => leaves(source, child))
    if (node.children.length > 0) return [node.filename ?? '', ...inner]
    if (node.contentType === 'message/rfc822') {
      const attached = source.subarray(node.offset, node.offset + node.size)
      const { root, headers } = structureOf(attached)
      return [
        node.filename ?? '',
        ...headers.fields.map(({ name, value }) => `${name}: ${value}`),
        ...leaves(attached, root),
      ]
    }
    const isHtml = node.contentType === 'text/html'
    if (!node.contentType.startsWith('text/') && !node.contentType.startsWith('multipart/'))
      return [node.filename ?? '']
    const decoded = decodeText(source, node)
    return [node.filename ?? '', isHtml ? textOfHtml(decoded) : decoded]
  }
  switch (key) {
    case 'BODY':
      return leaves(raw, structureOf(raw).root).some(has)
    case 'TEXT':
      return fields.some(({ name, value }) => has(`${name}: ${value}`)) || truth(raw, 'BODY', text)
    default:
      return fields.some(({ name, value }) => name.toUpperCase() === key && has(value))
  }
}

describe.each(corpus)('$name', ({ raw }) => {
  const texts = wordsOf(raw)
  const pick = fc.constantFrom(...(texts.length > 0 ? texts : ['x']), 'K', 'nowhere')
  const message = { ...MESSAGE, raw }

  test('has what reading it says', () => {
    fc.assert(
      fc.property(pick, fc.constantFrom('BODY', 'TEXT', 'SUBJECT', 'FROM', 'TO'), (text, key) => {
        expect({ key, text, found: finds(`${key} ${written(text)}`, message) }).toEqual({
          key,
          text,
          found: truth(raw, key, text),
        })
      }),
      { numRuns: 12 },
    )
  })

  test('is found as the query language finds it', () => {
    const contains = (operator: 'subject' | 'text' | 'header', text: string, header?: string): Query => ({
      type: 'term',
      operator,
      value: { kind: 'contains', text },
      ...(header && { header }),
    })
    const queried = (query: Query) => queryMatcher(query, mail => new Reading(mail), Date.now).test(stored(raw))
    const hasOneSubject = parseHeaders(raw).fields.filter(({ name }) => /^subject$/i.test(name)).length < 2
    fc.assert(
      fc.property(pick, text => {
        const wire = written(text)
        if (hasOneSubject) expect(finds(`SUBJECT ${wire}`, message)).toBe(queried(contains('subject', text)))
        expect(finds(`HEADER From ${wire}`, message)).toBe(queried(contains('header', text, 'from')))
        // BODY looks at more than the text that is shown.
        if (queried(contains('text', text))) expect(finds(`BODY ${wire}`, message)).toBe(true)
      }),
      { numRuns: 8 },
    )
  })
})
