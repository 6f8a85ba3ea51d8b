import { describe, expect, test } from 'vitest'
import { readFetchItems, renderFetch } from '../../server/imap/fetch.js'
import { structureOf } from '../../server/mail/structure.js'
import { corpus } from '../mail/corpus.js'
import { mail } from '../mail/message.js'
import { decoderOf } from './pieces.js'
import { readByPython } from './python-email.js'
import { mailOfValues, readValue } from './values.js'

/** An item of a mail as it is answered: `ENVELOPE (...)`. */
function fetched(raw: Buffer, item: string): string {
  const message = { number: 1, uid: 1, flags: [], internalDateMs: 0, raw, structure: () => structureOf(raw) }
  const written = Buffer.concat([...renderFetch(message, readFetchItems(decoderOf(item)))])
  return written.toString('latin1').slice('* 1 FETCH ('.length, -')\r\n'.length)
}

describe('ENVELOPE', () => {
  const ADA = '("Ada" NIL "ada" "example.com")'
  const cases: [what: string, source: string, envelope: string][] = [
    ['nothing', '\n', '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)'],
    [
      'everything',
      `Date: Mon, 2 Feb 2026 10:00:00 +0100
       Subject: Hello
       From: Ada <ada@example.com>
       Sender: sender@example.com
       Reply-To: reply@example.com
       To: "B, C" <b@example.com>, d@example.com
       Cc: cc@example.com
       Bcc: bcc@example.com
       In-Reply-To: <1@example.com>
       Message-ID: <2@example.com>

       `,
      `("Mon, 2 Feb 2026 10:00:00 +0100" "Hello" (${ADA}) ((NIL NIL "sender" "example.com"))` +
        ' ((NIL NIL "reply" "example.com")) (("B, C" NIL "b" "example.com")(NIL NIL "d" "example.com"))' +
        ' ((NIL NIL "cc" "example.com")) ((NIL NIL "bcc" "example.com")) "<1@example.com>" "<2@example.com>")',
    ],
    // Sender and Reply-To are From where they are missing or empty
    [
      'no sender',
      'From: Ada <ada@example.com>\nReply-To:\n\n',
      `(NIL NIL (${ADA}) (${ADA}) (${ADA}) NIL NIL NIL NIL NIL)`,
    ],
    // as sent
    [
      'encoded words',
      'Subject: =?utf-8?q?J=C3=BC?=\n\n',
      '(NIL "=?utf-8?q?J=C3=BC?=" NIL NIL NIL NIL NIL NIL NIL NIL)',
    ],
    [
      'a comma in an encoded word',
      'To: =?utf-8?Q?D=2C_E?= <d@example.com>\n\n',
      '(NIL NIL NIL NIL NIL (("=?utf-8?Q?D=2C_E?=" NIL "d" "example.com")) NIL NIL NIL NIL)',
    ],
    ['an empty subject', 'Subject:\n\n', '(NIL "" NIL NIL NIL NIL NIL NIL NIL NIL)'],
    ['the first of two subjects', 'Subject: a\nSubject: b\n\n', '(NIL "a" NIL NIL NIL NIL NIL NIL NIL NIL)'],
    ['quotes', 'Subject: a "b" \\c\n\n', '(NIL "a \\"b\\" \\\\c" NIL NIL NIL NIL NIL NIL NIL NIL)'],
    ['8-bit bytes', 'Subject: J\xc3\xbc\n\n', '(NIL {3}\r\nJ\xc3\xbc NIL NIL NIL NIL NIL NIL NIL NIL)'],
    [
      '8-bit bytes that look like blanks',
      'Cc: Voil\xc3\xa0 \xa0 <v@example.com>\n\n',
      '(NIL NIL NIL NIL NIL NIL (({8}\r\nVoil\xc3\xa0 \xa0 NIL "v" "example.com")) NIL NIL NIL)',
    ],
    [
      '8-bit bytes that look like a blank at the end',
      'Subject: Voil\xc3\xa0\n\n',
      '(NIL {6}\r\nVoil\xc3\xa0 NIL NIL NIL NIL NIL NIL NIL NIL)',
    ],
    ['NUL', 'Subject: a\0b\n\n', '(NIL {3}\r\na\0b NIL NIL NIL NIL NIL NIL NIL NIL)'],
    // groups, routes, and what is no address
    [
      'a group',
      'To: Team: a@example.com, B <b@example.com>;, c@example.com\n\n',
      '(NIL NIL NIL NIL NIL ((NIL NIL "Team" NIL)(NIL NIL "a" "example.com")("B" NIL "b" "example.com")' +
        '(NIL NIL NIL NIL)(NIL NIL "c" "example.com")) NIL NIL NIL NIL)',
    ],
    [
      'an empty group',
      'To: undisclosed-recipients:;\n\n',
      '(NIL NIL NIL NIL NIL ((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL)',
    ],
    [
      'a route',
      'Cc: <@a.example,@b.example:c@example.com>\n\n',
      '(NIL NIL NIL NIL NIL NIL ((NIL NIL "c" "example.com")) NIL NIL NIL)',
    ],
    ['no domain', 'Cc: root@\n\n', '(NIL NIL NIL NIL NIL NIL ((NIL NIL "root" "")) NIL NIL NIL)'],
    ['a name alone', 'Cc: Somebody\n\n', '(NIL NIL NIL NIL NIL NIL (("Somebody" NIL "" "")) NIL NIL NIL)'],
  ]
  test.each(cases)('of %s', (_, source, envelope) => {
    const raw = Buffer.from(mail(source).toString(), 'latin1')
    expect(fetched(raw, 'ENVELOPE')).toBe(`ENVELOPE ${envelope}`)
  })

  test('of a header that folds', () => {
    const raw = Buffer.from('Subject: one\r\n\ttwo\r\n   three \r\n\r\n')
    expect(fetched(raw, 'ENVELOPE')).toBe('ENVELOPE (NIL "one two three" NIL NIL NIL NIL NIL NIL NIL NIL)')
  })
})

describe('BODYSTRUCTURE', () => {
  const cases: [what: string, source: string, structure: string][] = [
    ['nothing', '', '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0 NIL NIL NIL NIL)'],
    ['text', 'A: b\n\none\ntwo\n', '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 10 2 NIL NIL NIL NIL)'],
    ['text without a last line end', 'A: b\n\none\ntwo', '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 8 2 NIL NIL NIL NIL)'],
    [
      'everything',
      `Content-Type: text/html; charset="utf-8"; Format=flowed
       Content-Transfer-Encoding: Quoted-Printable
       Content-ID: <id@example.com>
       Content-Description: =?utf-8?q?a=20b?=
       Content-MD5: Q2hlY2s=
       Content-Disposition: inline; filename="a \\"b\\".html"; size=3
       Content-Language: en, de-AT
       Content-Location: https://example.com/a

       abc`,
      '("TEXT" "HTML" ("CHARSET" "utf-8" "FORMAT" "flowed") "<id@example.com>" "=?utf-8?q?a=20b?=" "QUOTED-PRINTABLE" 3 1' +
        ' "Q2hlY2s=" ("INLINE" ("FILENAME" "a \\"b\\".html" "SIZE" "3")) ("en" "de-AT") "https://example.com/a")',
    ],
    [
      'pieces of parameters, as sent',
      'Content-Type: image/png; name*0*=utf-8\'\'J%C3%BC; name*1=".png" (a comment)\nContent-Disposition: attachment\nContent-Language: de\n\nabc',
      '("IMAGE" "PNG" ("NAME*0*" "utf-8\'\'J%C3%BC" "NAME*1" ".png") NIL NIL "7BIT" 3 NIL ("ATTACHMENT" NIL) "de" NIL)',
    ],
    [
      'a type that nobody understands',
      'Content-Type: what ever; a=b\n\nabc',
      '("TEXT" "PLAIN" ("A" "b") NIL NIL "7BIT" 3 1 NIL NIL NIL NIL)',
    ],
    [
      'parts',
      `Content-Type: multipart/mixed; boundary=b
       Content-Language: en

       --b

       one
       --b
       Content-Type: multipart/alternative; boundary=i

       --i
       Content-Type: text/html

       <p>
       --i--
       --b--`,
      '(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3 1 NIL NIL NIL NIL)' +
        '(("TEXT" "HTML" NIL NIL NIL "7BIT" 3 1 NIL NIL NIL NIL) "ALTERNATIVE" ("BOUNDARY" "i") NIL NIL NIL)' +
        ' "MIXED" ("BOUNDARY" "b") NIL "en" NIL)',
    ],
    [
      'an attached message',
      `Content-Type: message/rfc822

       Subject: inner
       Content-Type: image/gif

       GIF
       `,
      '("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 48 (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL)' +
        ' ("IMAGE" "GIF" NIL NIL NIL "7BIT" 5 NIL NIL NIL NIL) 4 NIL NIL NIL NIL)',
    ],
    [
      'a multipart without parts',
      'Content-Type: multipart/mixed; boundary=b\n\nwords',
      '("TEXT" "PLAIN" ("BOUNDARY" "b") NIL NIL "7BIT" 5 1 NIL NIL NIL NIL)',
    ],
  ]
  test.each(cases)('of %s', (_, source, structure) => {
    expect(fetched(mail(source), 'BODYSTRUCTURE')).toBe(`BODYSTRUCTURE ${structure}`)
  })

  test('BODY is the same without the extension data', () => {
    const source = mail('Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: inline\n\none\n--b--')
    expect(fetched(source, 'BODY')).toBe('BODY (("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3 1) "MIXED")')
  })

  test('of messages within messages goes so deep, and of parts so far', () => {
    const attached = Buffer.from('Content-Type: message/rfc822\r\n\r\n'.repeat(500))
    const deep = fetched(attached, 'BODYSTRUCTURE')
    expect(deep.match(/"MESSAGE" "RFC822"/g)).toHaveLength(10)
    expect(deep).toContain('"APPLICATION" "OCTET-STREAM"')
    const many = Buffer.from(
      `Content-Type: multipart/digest; boundary=b\r\n\r\n${'--b\r\n\r\nA: b\r\n\r\n'.repeat(20_000)}`,
    )
    expect(fetched(many, 'BODY').match(/"MESSAGE" "RFC822"/g)?.length).toBeLessThan(10_000)
  })
})

/** Where Python and we differ, and why. */
const EXCEPTIONS: Record<string, string> = {
  'boundary-missing': 'a multipart without parts is the text that it is to us',
  'boundary-never-used': 'the same',
  'boundary-same-nested': 'a boundary that is used twice belongs to the innermost multipart to us',
  'boundary-unquoted-comment': 'Python takes a comment for a part of the boundary',
  'close-in-preamble': 'to Python a closing delimiter ends a multipart before its first part, too',
  'encoding-case': 'Python keeps the comment of an encoding',
  'never-closed': 'Python takes the last line break from a part that is never closed',
  'no-content-type-parts': 'a name says what a part without a type is',
  report: 'Python reads the blocks of a message/delivery-status as parts',
  'stray-header-line': 'to Python a line that is no field ends the header',
}

describe('as Python reads it', async () => {
  const read = readByPython(corpus.map(({ raw }) => raw))
  test.skipIf(!read).each(corpus.map((entry, n) => ({ ...entry, python: read?.[n] })))(
    '$name',
    ({ name, raw, python }) => {
      const ours = mailOfValues(readValue(fetched(raw, 'ENVELOPE')), readValue(fetched(raw, 'BODYSTRUCTURE')))
      if (EXCEPTIONS[name]) expect(ours).not.toEqual(python)
      else expect(ours).toEqual(python)
    },
  )
})
