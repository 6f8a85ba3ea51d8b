import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHECK_IDS } from '../../../server/mail/checks/check.js'
import { Contents } from '../../../server/mail/content.js'
import { busyLoop, makeStored } from '../make.js'
import { check, newsletter, type Parts, transactional, withHtml } from './mails.js'

/** The ids that are no info, each once. */
const faults = (...given: Parameters<typeof check>) => [
  ...new Set(
    check(...given)
      .filter(({ level }) => level !== 'info')
      .map(({ id }) => id),
  ),
]
const header = (headers: NonNullable<Parts['headers']>) => transactional({ headers })

describe('mail that is well made', () => {
  test.each([
    ['a mail to confirm an address', transactional()],
    ['a newsletter', newsletter()],
    ['text alone', transactional({ html: null })],
    ['quoted template code', withHtml('<pre>Hi {{name}}, {% if x %} #{y}</pre>')],
    ['a link to the machine of the developer', withHtml('<a href="http://localhost:3000/a">Here</a>')],
    ['an anchor that is there', withHtml('<a href="#end">To the end</a><p id="end">End</p>')],
    [
      'words about undefined values',
      withHtml('<p>Calling undefined, or null: both are 0 of 3 things. Not a number.</p>'),
    ],
    ['JSON-LD for Gmail', withHtml('<script type="application/ld+json">{"a":"{{b}}"}</script>')],
  ])('%s gives no error and no warning', (_, mail) => {
    expect(faults(mail)).toEqual([])
  })

  test('tells where its links lead', () => {
    expect(check(newsletter())).toContainEqual(
      expect.objectContaining({ id: 'links', level: 'info', title: '6 links', part: null, offset: null }),
    )
  })
})

describe('the header', () => {
  test.each<[string, NonNullable<Parts['headers']>, string[]]>([
    ['no From', { From: null }, ['from-missing']],
    ['two senders', { From: 'a@example.com, b@example.com' }, ['from-several']],
    ['two senders and a Sender', { From: 'a@example.com, b@example.com', Sender: 'a@example.com' }, []],
    ['a name for an address', { From: 'Lumen' }, ['address-malformed']],
    ['an address without a domain', { To: 'Ada <ada@>' }, ['address-malformed']],
    ['a Reply-To of a missing value', { 'Reply-To': 'undefined' }, ['address-malformed', 'value-missing']],
    ['nobody in To', { To: 'undisclosed-recipients:;' }, []],
    ['a Bcc', { Bcc: 'boss@example.com' }, ['bcc-leak']],
    ['no Date', { Date: null }, ['date-missing']],
    ['a Date of JavaScript', { Date: '2026-01-31T12:00:00Z' }, ['date-malformed']],
    ['a Date in German', { Date: 'Sa, 31 Jän 2026 12:00:00 +0100' }, ['date-malformed', 'header-8bit']],
    ['a Date with a comment', { Date: 'Sat, 31 Jan 2026 07:00:00 -0500 (EST)' }, []],
    ['a Date of last year', { Date: 'Fri, 31 Jan 2025 12:00:00 +0000' }, ['date-odd']],
    ['a Date of tomorrow', { Date: 'Tue, 3 Feb 2026 12:00:00 +0000' }, ['date-odd']],
    ['no Message-ID', { 'Message-ID': null }, ['message-id-missing']],
    ['a Message-ID without brackets', { 'Message-ID': 'c1@lumen.example' }, ['message-id-malformed']],
    ['a Message-ID without a domain', { 'Message-ID': '<c1>' }, ['message-id-malformed']],
    ['no Subject', { Subject: null }, ['subject-missing']],
    ['an empty Subject', { Subject: '' }, ['subject-missing']],
    ['a Subject of 300 characters', { Subject: 'word '.repeat(60) }, ['subject-long']],
    ['a Subject encoded twice', { Subject: '=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=' }, ['encoded-word-broken']],
    ['a Subject in a charset of nobody', { Subject: '=?x-none?q?a?=' }, ['encoded-word-broken']],
    ['no MIME-Version', { 'MIME-Version': null }, ['mime-version-missing']],
    ['the same field twice', { subject: 'Again' }, ['header-repeated']],
    // RFC 2369, RFC 8058
    [
      'List-Unsubscribe without brackets',
      { 'List-Unsubscribe': 'https://a.example/u' },
      ['list-unsubscribe-malformed'],
    ],
    ['List-Unsubscribe without one click', { 'List-Unsubscribe': '<https://a.example/u>' }, ['one-click']],
    [
      'one click without https',
      { 'List-Unsubscribe': '<mailto:u@a.example>', 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
      ['one-click'],
    ],
    [
      'one click in other words',
      { 'List-Unsubscribe': '<https://a.example/u>', 'List-Unsubscribe-Post': 'yes' },
      ['one-click'],
    ],
    ['one click of nothing', { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }, ['one-click']],
    // templates
    ['a placeholder in the Subject', { Subject: 'Hello {{ first name }}' }, ['placeholder']],
    ['a missing value in the Subject', { Subject: 'Your order undefined has shipped' }, ['value-missing']],
    ['an object for a name', { To: '"[object Object]" <ada@example.com>' }, ['value-missing']],
  ])('%s', (_, headers, ids) => {
    expect(faults(header(headers)).sort()).toEqual(ids)
  })

  test('a mail that was added by hand may be old', () => {
    expect(faults(header({ Date: 'Fri, 31 Jan 2020 12:00:00 +0000' }), { byHand: true })).toEqual([])
  })
})

describe('the HTML', () => {
  test.each<[string, string[]]>([
    // placeholders
    ['<p>Hi {{name}},</p>', ['placeholder']],
    ['<p>Hi {% if name %}you{% endif %}</p>', ['placeholder']],
    ['<p>Hi *|FNAME|*</p>', ['placeholder']],
    ['<p>Hi %recipient.name%</p>', ['placeholder']],
    ['<p>Hi <%= name %></p>', ['placeholder']],
    [`<p>Hi $\{user.name}</p>`, ['placeholder']],
    ['<p>Hi [[name]], hi {name}</p>', ['placeholder']],
    ['<p>Hi undefined,</p>', ['value-missing']],
    ['<td>null</td>', ['value-missing']],
    ['<p>Total: € NaN</p>', ['value-missing']],
    ['<p>[object Object]</p>', ['value-missing']],
    ['<a href="https://a.example/{{token}}">Confirm</a>', ['placeholder']],
    ['<a href="https://a.example/%7B%7Btoken%7D%7D">Confirm</a>', ['placeholder']],
    ['<a href="https://a.example/confirm?token=undefined">Confirm</a>', ['value-missing']],
    ['<a href="https://undefined/confirm">Confirm</a>', ['value-missing']],
    ['<!-- {{hidden}} --><p>Seen</p>', []],
    // links
    ['<a href="">Confirm</a>', ['link-nowhere']],
    ['<a href="#">Confirm</a>', ['link-nowhere']],
    ['<a href="#missing">Confirm</a>', ['link-nowhere']],
    ['<a href="javascript:go()">Confirm</a>', ['link-script']],
    ['<a href="/confirm">Confirm</a>', ['link-relative']],
    ['<a href="www.lumen.example">Confirm</a>', ['link-relative']],
    ['<a href="https://https://a.example">Confirm</a>', ['link-broken']],
    ['<a href="https://">Confirm</a>', ['link-broken']],
    ['<a href="https://a.example/two words">Confirm</a>', ['link-broken']],
    ['<a href="mailto:">Write</a>', ['link-broken']],
    ['<a href="http://shop.dev/a">Confirm</a>', ['link-insecure']],
    ['<a href="https://a.example/"><img src="https://a.example/i.png" alt=""></a>', ['link-without-words']],
    ['<a href="https://track.dev/x">www.lumen.dev/account</a>', ['link-deceives']],
    ['<a href="https://click.lumen.dev/x">www.lumen.dev/account</a>', []],
    ['<a href="https://files.dev/x">terms.pdf</a>', []],
    // images
    ['<img src="https://a.example/i.png">', ['image-without-alt']],
    ['<img src="cid:nobody" alt="Logo">', ['image-broken']],
    ['<img src="/logo.png" alt="Logo">', ['image-broken']],
    ['<img src="" alt="Logo">', ['image-broken']],
    // what clients know
    ['<div style="display:flex">a</div>', ['client-support']],
    ['<style>.a { --c: red; color: var(--c) }</style>', ['client-support']],
    ['<style>@import url("https://a.example/a.css");</style>', ['client-support']],
    ['<link rel="stylesheet" href="https://a.example/a.css">', ['client-support']],
    ['<form action="https://a.example/"><input name="a"></form>', ['client-support']],
    ['<img alt="a" src="data:image/png;base64,AAAA">', ['client-support']],
    ['<video src="https://a.example/v.mp4"></video>', ['client-support']],
    ['<style>/* { display: flex } */ .a::before { content: "display: flex; }" }</style>', []],
    ['<style>@supports (display: grid) { .a { display: grid } }</style>', []],
    ['<button onclick="go()" type="button">a</button><script>go()</script>', ['removed-by-clients']],
  ])('%s', (html, ids) => {
    expect(faults(withHtml(html)).sort()).toEqual(ids)
  })

  test('names the clients that lack something, and where to read on', () => {
    const found = check(withHtml('<div style="display:flex">a</div>')).find(({ level }) => level === 'warning')
    expect(found?.title).toBe('display:flex is not known to Outlook on Windows')
    expect(found?.explanation).toMatch(/tables.*Outlook \(Windows\).*caniemail\.com\/features\/css-display-flex/s)
  })

  test('of many alike the first are told, and how many more there are', () => {
    const found = check(withHtml('<a href="#">x</a>'.repeat(1000))).filter(({ id }) => id === 'link-nowhere')
    expect(found).toHaveLength(20)
    expect(found.at(-1)?.explanation).toMatch(/980 more/)
  })
})

describe('text, HTML and parts', () => {
  const raw = (type: string, body: Buffer | string, encoding?: string) =>
    Buffer.concat([
      Buffer.from(
        `From: a@example.com\r\nTo: b@example.com\r\nSubject: s\r\nDate: Sat, 31 Jan 2026 12:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: ${type}\r\n${encoding ? `Content-Transfer-Encoding: ${encoding}\r\n` : ''}\r\n`,
      ),
      Buffer.from(body),
      Buffer.from('\r\n'),
    ])
  const long = (words: string) =>
    `<p>${words} about Lumen, confirming what somebody wanted with this address, within hours</p>\n`

  test.each<[string, Buffer | string, string[]]>([
    ['no text', transactional({ text: null }), ['text-missing']],
    ['an empty text', transactional({ text: ' \n' }), ['text-missing']],
    [
      'another text',
      transactional({
        text: 'Your invoice for February: eighty euros, drawn from the bank account that ends with 4242 within seven working days. https://lumen.example/',
      }),
      ['text-differs'],
    ],
    [
      'a text without the link',
      transactional({
        text: 'Hello Ada, somebody signed up for Lumen with this address. Was it you? Then confirm it here.',
      }),
      ['text-without-links'],
    ],
    [
      'images alone',
      transactional({ html: '<a href="https://a.example"><img src="https://a.example/i.png" alt="Sale"></a>' }),
      ['html-without-words'],
    ],
    ['HTML that Gmail clips', withHtml(long('Much').repeat(1200)), ['gmail-clipping']],
    [
      'the text after the HTML',
      raw(
        'multipart/alternative; boundary=b',
        '--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>\r\n--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n--b--',
      ),
      ['alternative-order'],
    ],
    ['a boundary that never comes', raw('multipart/mixed; boundary=b', 'Hello'), ['structure']],
    [
      'a program',
      raw(
        'multipart/mixed; boundary=b',
        '--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n--b\r\nContent-Type: application/octet-stream; name=setup.exe\r\n\r\nMZ\r\n--b--',
      ),
      ['attachment-blocked'],
    ],
    // charsets and bytes
    ['no charset', raw('text/plain', 'Gr=C3=BC=C3=9Fe', 'quoted-printable'), ['charset-missing']],
    ['no charset, no need', raw('text/plain', 'Hello'), []],
    ['a charset of nobody', raw('text/plain; charset=x-none', 'Hello'), ['charset-unknown']],
    ['bytes that are no UTF-8', raw('text/plain; charset=utf-8', 'Gr=FC=DFe', 'quoted-printable'), ['charset-wrong']],
    ['8-bit that is not declared', raw('text/plain; charset=utf-8', 'Grüße'), ['undeclared-8bit']],
    ['8-bit that is declared', raw('text/plain; charset=utf-8', 'Grüße', '8bit'), []],
    ['a line of 999 bytes', raw('text/plain', 'x'.repeat(999)), ['line-too-long']],
    ['a line of 998 bytes', raw('text/plain', 'x'.repeat(998)), []],
    ['LF alone', raw('text/plain', 'a\nb'), ['bare-line-break']],
    ['CR alone', raw('text/plain', 'a\rb'), ['bare-line-break']],
    ['NUL', raw('text/plain', 'a\0b'), ['nul']],
  ])('%s', (_, mail, ids) => {
    expect(faults(mail)).toEqual(ids)
  })

  test('8-bit in the header is right where the client said SMTPUTF8', () => {
    const mail = header({ Subject: 'Grüße' })
    expect(faults(mail)).toEqual(['header-8bit'])
    expect(faults(mail, { envelope: { fromParams: { SMTPUTF8: true } } })).toEqual([])
  })

  test('a file with the line endings of files, added by hand, is well made', () => {
    const mail = transactional().replaceAll('\r\n', '\n')
    expect(faults(mail, { byHand: true })).toEqual([])
    expect(faults(mail)).toEqual(['bare-line-break'])
  })
})

describe('where it stands', () => {
  const BODY = 'Grüße, größer als je zuvor: 日本語 und ein langer Satz, der umgebrochen wird.\r\nHi {{name}},\r\n'
  const folded = (base64: string) => base64.replace(/.{76}/g, '$&\r\n')
  const part = (charset: string, encoding: string, body: Buffer | string) =>
    Buffer.concat([
      Buffer.from(`Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`),
      Buffer.from(body),
    ])
  const latin = Buffer.from('Größer: Hi {{name}},\r\n', 'latin1')
  const quoted = (bytes: Buffer) =>
    [...bytes]
      .map(byte =>
        byte > 126 || byte === 61 ? `=${byte.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCharCode(byte),
      )
      .join('')
      .replace(/(langer )/, '$1=\r\n')

  test.each<[string, Buffer]>([
    ['8bit', part('utf-8', '8bit', BODY)],
    ['quoted-printable with a soft break', part('utf-8', 'quoted-printable', quoted(Buffer.from(BODY)))],
    ['base64', part('utf-8', 'base64', folded(Buffer.from(BODY).toString('base64')))],
    ['one byte a letter', part('iso-8859-1', 'quoted-printable', quoted(latin))],
  ])('%s', (encoding, raw) => {
    const found = check(raw).find(({ id }) => id === 'placeholder')
    expect(found?.part).toBe('1')
    const there = raw.toString('latin1', found?.offset ?? 0, (found?.offset ?? 0) + 40)
    // Of base64 the group that holds it.
    const shown = encoding === 'base64' ? Buffer.from(there, 'base64').toString() : there
    expect(shown.indexOf('{{name}}')).toBeOneOf(encoding === 'base64' ? [0, 1, 2] : [0])
  })

  test('a header field, a tag, a rule of CSS', () => {
    const mail = withHtml('<style>\n.a { color: red; display: flex }</style><p>a</p><a href="#">x</a>').replace(
      'Message-ID: <',
      'Message-ID: ',
    )
    const starts = new Map(
      check(mail).map(({ id, level, offset }) => [`${level} ${id}`, mail.slice(offset ?? 0).split(/[\r\n<]/, 2)]),
    )
    expect(starts.get('error message-id-malformed')?.[0]).toBe('Message-ID: c1@lumen.example>')
    expect(starts.get('error link-nowhere')?.[1]).toBe('a href="#">x')
    expect(starts.get('warning client-support')?.[0]).toBe('display: flex }')
  })
})

describe('bad input', () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.constantFrom(
      ...'<a href="|">|<style>|{|}|</style>|<!--|-->|@media (|;|:|display:flex|url(|"|\'|{{|}}|%|Content-Type: text/html\r\n|Content-Type: multipart/mixed; boundary=b\r\n|--b\r\n|\r\n\r\n|Subject:|From: <|List-Unsubscribe: <|=?utf-8?q?|\0|\r|\n|ü|=|<svg>|<img src=cid:|<p style="'.split(
        '|',
      ),
    ),
  )
  test('any message gives checks with places within it', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), (pieces, isHtml) => {
        const raw = Buffer.from(
          (isHtml ? 'Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n' : '') +
            pieces.join(''),
        )
        for (const { title, explanation, offset } of check(raw)) {
          expect(title && explanation).toBeTruthy()
          if (offset !== null) expect(offset).toBeLessThanOrEqual(raw.length)
        }
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['50,000 links', '<a href="http://h/?a">w</a>'.repeat(50_000)],
    ['nested braces', `<style>${'{'.repeat(1_000_000)}</style>`],
    ['a tag that never ends', `<p ${'a='.repeat(1_000_000)}`],
    ['comments that never end', '<!'.repeat(1_000_000)],
    ['braces of templates', '{{'.repeat(1_000_000)],
    ['styles', '<p style="color:red;a:b(c)">'.repeat(40_000)],
  ])('%s: it gives way to others, and says little', async (_, html) => {
    const loop = busyLoop()
    const raw = Buffer.from(`Content-Type: text/html\r\n\r\n${html}`)
    const checks = await new Contents({ loop }).checks(makeStored({ raw }))
    expect(checks.length).toBeLessThan(200)
    expect(loop.turns).toBeGreaterThan(10)
  })
})

test('docs/checks.md lists every check, and no other', () => {
  const page = readFileSync(new URL('../../../docs/checks.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| ((?:`[a-z0-9-]+` ?)+)\|/gm)].flatMap(
    ([, ids = '']) => ids.match(/[a-z0-9-]+/g) ?? [],
  )
  expect(rows.sort()).toEqual([...CHECK_IDS].sort())
})
