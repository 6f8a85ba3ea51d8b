import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { queryMatcher } from '../../server/mail/match.js'
import { Reading } from '../../server/mail/reading.js'
import { type Place, scanFor } from '../../server/mail/scan.js'
import { corpus } from './corpus.js'
import { stored } from './message.js'

const PLACES: readonly Place[] = ['named', 'body', 'text', 'subject', 'from', 'to', 'cc', 'raw']
const OPERATORS = ['word', 'text', 'subject', 'from', 'to', 'cc', 'raw'] as const

/** What reading the message says, without any scan. */
function truth(raw: Buffer, place: Place, text: string): boolean {
  const reading = new Reading(stored(raw))
  const has = (found: string) => found.toLowerCase().includes(text.toLowerCase())
  const { from, to, cc, bcc } = reading.mailboxes
  const some = (...lists: (typeof to)[]) => lists.flat().some(({ name, address }) => has(name) || has(address))
  const of: Record<Place, () => boolean> = {
    subject: () => has(reading.subject),
    from: () => some(from ? [from] : []),
    to: () => some(to, cc, bcc),
    cc: () => some(cc),
    text: () => has(reading.words),
    raw: () => has(raw.toString('utf8')),
    named: () => has(reading.subject) || some(from ? [from] : [], to, cc, bcc),
    body: () => reading.filenames.some(has) || has(reading.words),
  }
  return of[place]()
}

function expectAgreement(raw: Buffer, text: string): void {
  for (const place of PLACES) {
    const scanned = scanFor(place, text)?.(raw)
    if (scanned === undefined) continue
    expect({ place, text, has: scanned }).toEqual({ place, text, has: truth(raw, place, text) })
  }
}

/** Every text that could tell a scan from a reading: words of the mail raw and decoded, and pieces across their ends. */
function textsOf(raw: Buffer): string[] {
  const { structure, words, subject, html, mailboxes } = new Reading(stored(raw))
  const sources = [
    raw.toString('latin1'),
    raw.toString('utf8'),
    words,
    subject,
    html ?? '',
    JSON.stringify(mailboxes),
    ...structure.parts.map(part => part.filename ?? ''),
  ]
  const texts = new Set<string>()
  for (const source of sources) {
    const some = source.slice(0, 3000)
    for (const word of some.split(/\s+/)) texts.add(word.slice(0, 40))
    for (let at = 0; at < some.length; at += 7) texts.add(some.slice(at, at + 2 + (at % 9)))
  }
  texts.delete('')
  return [...texts]
}

describe('over the corpus, a scan says what reading says, or nothing', () => {
  test.each(corpus.map(({ name, raw }) => [name, raw] as const))('%s', (_name, raw) => {
    for (const text of textsOf(raw)) expectAgreement(raw, text)
  })
})

describe('what the scan answers by itself, and rightly', () => {
  const PLAIN =
    'From: "Ada L." <ada@x.test>\r\nTo: a@y.test, B C <b@y.test>\r\nSubject: Order 7 is on\r\n its way\r\n\r\nHello Ada\r\n'
  const PARTS =
    'Subject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n' +
    '--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>He<b>ll</b>o</p>\r\n--b--\r\n'
  const encoded = (encoding: string, body: string) =>
    `Subject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n` +
    `Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b--\r\n`
  const QUOTED = encoded('quoted-printable', 'He=\r\nl=6Co =E2=84=AA')
  const BASE64 = encoded('base64', Buffer.from('Hello Ada').toString('base64'))
  const ODD = encoded('base64', Buffer.from('Hello Ada').toString('base64')).replace(
    'base64\r\n',
    'base64\r\nX:y\rX:z\r\n',
  )
  const cases: [place: Place, text: string, raw: string, answer: boolean | undefined][] = [
    ['subject', 'ORDER', PLAIN, true],
    ['subject', 'hello', PLAIN, false],
    ['subject', 'on its', PLAIN, true],
    ['subject', 'x', 'To: a\r\n\r\n', false],
    ['from', 'ada l', PLAIN, true],
    ['from', 'order', PLAIN, false],
    ['to', '@y.test', PLAIN, true],
    ['to', 'test>', PLAIN, false],
    ['cc', 'a', PLAIN, false],
    ['text', 'hello ada', PLAIN, true],
    ['text', 'order', PLAIN, false],
    ['named', 'order', PLAIN, true],
    ['named', 'hello', PLAIN, false],
    ['body', 'hello', PLAIN, true],
    ['body', 'nowhere', PLAIN, false],
    ['body', 'nöwhere', PLAIN, false],
    ['raw', 'FROM:', PLAIN, true],
    ['body', 'nowhere', PARTS, false],
    // what is parted by markup, or may be, has to be read
    ['body', 'hello', PARTS, undefined],
    ['body', 'plain', PARTS, undefined],
    // what an encoding hides is looked for in what it encodes
    ['body', 'nowhere', QUOTED, false],
    ['body', 'hello', QUOTED, undefined],
    ['body', 'kelvin', QUOTED, undefined],
    ['body', 'nowhere', BASE64, false],
    ['body', 'hello', BASE64, undefined],
    ['body', 'nowhere', ODD, undefined],
    // so does everything that is odd
    ['subject', 'x', 'Subject: x', undefined],
    ['subject', 'x', 'no field\r\nSubject: x\r\n\r\n', undefined],
    ['subject', 'x', 'Subject: x\rFrom: y\r\n\r\n', undefined],
    ['text', ' x', PLAIN, undefined],
  ]
  test.each(cases)('%s: %s in %j', (place, text, raw, answer) => {
    expect(scanFor(place, text)?.(Buffer.from(raw))).toBe(answer)
    expectAgreement(Buffer.from(raw), text)
  })
})

describe('text that markup parts is not denied', () => {
  const cases: [text: string, html: string][] = [
    ['wxyz', 'wx<b>yz</b>'],
    ['wxyz', 'wx<!-- > -->yz'],
    ['wxyz', '<i>w</i><b>x</b>y<u title=">">z</u>'],
    ['wxyz', 'wx<style>a>b</style>yz'],
    ['wxyz', 'w&#120;yz'],
    ['wxyz', '&#119;xyz'],
    ['wxyz', 'wx<b>&#x79;z</b>'],
    ['wxyz', 'wx\0yz'],
    ['wxyz', 'wx<b>\0yz</b>'],
    ['fjxyz', '&fjlig;xyz'],
    ['jxyz', '&fjlig;xyz'],
    ['i\u0307xyz', '&Idot;xyz'],
    ['kxyz', '&#8490;xyz'],
    ['w<xyz', 'w&lt;xyz'],
    ['&xyz', '&amp;xyz'],
    ['wxyz', 'w&zwj;<b>x</b>yz wxy<i>z</i>'],
    ['wx yz', 'wx&nbsp;y<b>z</b>'],
    ['wöyz', 'w&ouml;yz'],
  ]
  test.each(cases)('%s in %j', (text, html) => {
    const raw = Buffer.from(`Subject: s\r\nContent-Type: text/html\r\n\r\n${html}\r\n`)
    expect(truth(raw, 'body', text)).toBe(true)
    expect(scanFor('body', text)?.(raw)).not.toBe(false)
  })
})

describe('property: over mails that hide what they say', () => {
  const one = (...choices: string[]) => fc.constantFrom(...choices)
  const many = (choice: fc.Arbitrary<string>, maxLength: number) =>
    fc.array(choice, { maxLength }).map(pieces => pieces.join(''))
  const scrap = one(
    ...[
      'a',
      'b',
      'ab',
      'k',
      'i',
      ' ',
      '  ',
      '"',
      '\\',
      '(',
      ')',
      '<',
      '>',
      '@',
      ',',
      ';',
      ':',
      "'",
      '.',
      '=',
      '?',
      '*',
    ],
    ...['\r\n ', '\r\n\t', '\r', '\n', '\t', 'ä', 'İ', '\u212a', 'a@b.ab', '<a@b.k>', '"a b"', '"a', 'a"', '[', ']'],
    ...['=?utf-8?q?ab?=', '=?utf-8?b?YWI=?=', '=?x?q?ab?=', '=', '%61', '&#97;', '&fjlig;', '<b>', '</b>', '\0', '=61'],
  )
  const name = one('From', 'To', 'Cc', 'Bcc', 'Subject', 'subject', 'TO ', 'X', 'From', 'Subject')
  const field = fc.tuple(name, one(': ', ':', ':\r\n '), many(scrap, 6)).map(parts => parts.join(''))
  const type = one(
    ...[
      'text/plain',
      'text/html',
      'text/plain; charset=utf-8',
      'text/html; charset="utf-8"',
      'text/plain; charset=utf-7',
    ],
    ...['text/plain; charset=iso-8859-9', 'text/plain; char(x)set=utf-16', 'text/plain;\r\n charset=ISO-2022-JP', 'x'],
    ...['application/x; name="ab"', "application/x; name*=utf-8''%61b", 'application/x; name*0=a; name*1=b', ''],
    ...['application/x; name=a"b"', 'application/x; name="\\a\\b"', 'application/x; name="=?utf-8?q?=61b?="'],
    ...['text/plain; charset=utf-8; charset=utf-16le', 'text/plain; format=flowed', 'text/(c)html'],
  )
  const encoding = one('7bit', '8bit', 'base64', 'quoted-printable', 'Base64', '(x)base64', 'x-uuencode', 'binary ', '')
  const bodyFields = fc
    .tuple(
      fc.option(type.map(value => `Content-Type: ${value}`)),
      fc.option(encoding.map(value => `Content-Transfer-Encoding: ${value}`)),
      fc.option(
        one('inline', 'attachment', 'inline; filename=ab.html', 'x; filename="a b"').map(
          v => `Content-Disposition: ${v}`,
        ),
      ),
    )
    .map(fields => fields.filter(value => value !== null))
  const body = fc.oneof(
    many(scrap, 12),
    many(scrap, 9).map(text => Buffer.from(text).toString('base64')),
  )
  const single = fc
    .tuple(fc.array(field, { maxLength: 4 }), bodyFields, body)
    .map(([fields, about, text]) => `${[...fields, ...about].join('\r\n')}\r\n\r\n${text}`)
  const part = fc
    .tuple(bodyFields, body)
    .map(([about, text]) => `${about.map(value => `${value}\r\n`).join('')}\r\n${text}`)
  const multi = fc
    .tuple(fc.array(field, { maxLength: 3 }), fc.array(part, { maxLength: 3 }))
    .map(
      ([fields, parts]) =>
        `${[...fields, 'Content-Type: multipart/mixed; boundary="b"'].join('\r\n')}\r\n\r\n` +
        `${parts.map(text => `--b\r\n${text}\r\n`).join('')}--b--\r\n`,
    )
  const wanted = fc.oneof(many(one('a', 'b', 'k', 'i', 'ä', '@', '.'), 4), many(scrap, 3)).filter(text => text !== '')
  const encode = one('utf8', 'latin1') as fc.Arbitrary<BufferEncoding>

  test('a scan says what reading says, or nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(single, multi),
        encode,
        fc.array(wanted, { minLength: 3, maxLength: 6 }),
        (mail, as, texts) => {
          const raw = Buffer.from(mail, as)
          for (const text of texts) expectAgreement(raw, text)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('no term finds anything else for it', () => {
    const value = fc.oneof(
      wanted.map(text => ({ kind: 'contains', text }) as const),
      wanted.map(text => ({ kind: 'exact', text }) as const),
      many(one('a', 'b', '*', '?', 'k', '@'), 5).map(text => ({ kind: 'glob', text: `${text}*` }) as const),
    )
    fc.assert(
      fc.property(fc.oneof(single, multi), fc.constantFrom(...OPERATORS), value, (mail, operator, value) => {
        const message = stored(Buffer.from(mail))
        const term = { type: 'term', operator, value } as const
        const scanned = queryMatcher(term, () => new Reading(message), Date.now).test(message)
        // A term that is not told by name to the scan is answered by reading alone.
        const read = queryMatcher(
          { ...term, value: { kind: 'regex', source: patternOf(value), flags: 'is' } },
          () => new Reading(message),
          Date.now,
        )
        if (value.kind === 'contains') expect(scanned).toBe(read.test(message))
        else if (scanned) expect(read.test(message)).toBe(true)
      }),
    )
  })
})

/** A pattern that is contained where the value is: in lower case, an I with a dot is an i and a dot of its own. */
function patternOf({ text, kind }: { kind: string; text: string }): string {
  const quote = (literal: string) => literal.replace(/[^\w\s\x80-\uffff]/g, '\\$&').replaceAll('\0', '\\x00')
  return kind === 'glob' ? text.split(/[*?]+/).map(quote).join('.*') : quote(text).replace(/i$/i, '(?:i|\u0130)')
}
