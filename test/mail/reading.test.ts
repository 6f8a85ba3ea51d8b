import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Reading } from '../../server/mail/reading.js'
import { corpus, mailOf } from './corpus.js'
import { mail, stored } from './message.js'

const summary = (text: string, to?: string[]) => new Reading(stored(text, to)).summary()

describe('a summary', () => {
  it('says what a list shows', () => {
    const message = stored(mailOf('related'), ['ada@example.com'])
    expect(new Reading(message).summary()).toEqual({
      id: message.id,
      uid: message.uid,
      inboxes: ['default'],
      receivedAt: '2026-01-31T12:00:00.000Z',
      size: message.raw.length,
      read: false,
      tags: [],
      envelope: { from: 'app@example.org', to: ['ada@example.com'] },
      from: { name: 'Shop', address: 'shop@example.com' },
      to: [{ name: 'Ada', address: 'ada@example.com' }],
      cc: [],
      bcc: [],
      hiddenRecipients: [],
      subject: 'multipart',
      snippet: 'The text.',
      attachments: 1,
      otp: null,
      sessionId: null,
      attempts: 1,
      warnings: [],
    })
  })

  it('has what the store says now, and not what it said before', () => {
    const message = stored('Subject: a\n\nb')
    const reading = new Reading(message)
    reading.summary()
    message.read = true
    message.tags = ['seen']
    expect(reading.summary()).toMatchObject({ read: true, tags: ['seen'] })
  })

  it('has the tags that it brought, until others are set', () => {
    const message = stored('To: ada+signup@example.com\r\nX-Tags: spring\r\n\r\nb')
    const reading = new Reading(message)
    expect(reading.summary().tags).toEqual(['signup', 'spring'])
    message.tags = []
    expect(reading.summary().tags).toEqual([])
  })

  it('is there for a message of nothing', () => {
    expect(new Reading(stored(Buffer.alloc(0))).summary()).toMatchObject({
      from: null,
      to: [],
      subject: '',
      snippet: '',
      size: 0,
    })
  })

  it.each([
    // Case, brackets, source routes and display names make no difference.
    ['To: Ada <ADA@Example.com>', ['ada@example.com'], []],
    ['To: <ada@example.com>', ['@relay.test,@b.test:ada@example.com'], []],
    ['To: ada@xn--exmple-cua.com', ['ada@exämple.com'], []],
    ['To: ada@exämple.com', ['ada@XN--exmple-cua.com'], []],
    ['Cc: Team: ada@example.com;', ['ada@example.com'], []],
    // Hidden is who no header names, each once.
    ['To: ada@example.com', ['ada@example.com', 'eve@example.com', 'EVE@example.com'], ['eve@example.com']],
    ['To: undisclosed-recipients:;', ['ada@example.com'], ['ada@example.com']],
    ['Subject: nobody', ['ada@example.com'], ['ada@example.com']],
  ])('knows hidden recipients: %j to %j', (header, to, hidden) => {
    expect(summary(`${header}\n\nbody`, to).hiddenRecipients).toEqual(hidden)
  })

  it('warns of a Bcc header, which everyone can read', () => {
    const found = summary('Bcc: eve@example.com\n\nbody', ['eve@example.com'])
    expect(found).toMatchObject({ bcc: [{ name: '', address: 'eve@example.com' }], hiddenRecipients: [] })
    expect(found.warnings).toEqual([expect.stringMatching(/Bcc/)])
  })

  it('keeps the warnings of the session first', () => {
    const message = stored('Bcc: eve@example.com\n\nbody', [], { warnings: ['A bare LF ended a line.'] })
    expect(new Reading(message).summary().warnings).toEqual(['A bare LF ended a line.', expect.stringMatching(/Bcc/)])
  })

  it.each([
    ['the text', 'Subject: a\n\n\n  Hello\n  Ada  \n', 'Hello Ada'],
    [
      'the HTML where there is no text',
      'Content-Type: text/html\n\n<style>p{}</style><p>Hello</p><p>Ada</p>',
      'Hello Ada',
    ],
    [
      'without the padding of newsletters',
      'Content-Type: text/html; charset=utf-8\n\n<p>Hello&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847; Ada</p>',
      'Hello Ada',
    ],
    ['nothing', 'Content-Type: application/pdf\n\nx', ''],
  ])('its snippet is %s', (_, text, snippet) => {
    expect(summary(text).snippet).toBe(snippet)
  })

  it('its snippet is at most 200 characters, none of them half', () => {
    const { snippet } = summary(`Content-Type: text/plain; charset=utf-8\n\nx${'👋'.repeat(1000)}`)
    expect(snippet).toBe(`x${'👋'.repeat(99)}`)
  })

  it('has the code of a mail', () => {
    expect(summary('Subject: Your code\n\nYour code is 739 204').otp).toBe('739204')
  })
})

describe('a reading', () => {
  it('has text and HTML as they were sent', () => {
    const reading = new Reading(stored(mailOf('alternative')))
    expect(reading.text).toBe('The text.\r\n')
    expect(reading.html).toBe('<p>The <b>HTML</b>.</p>\r\n')
    expect(reading.words).toBe('The text.\r\n')
  })

  it('reads the words of the HTML where there is no text', () => {
    expect(new Reading(stored(mailOf('html-only'))).words).toBe('Grüße Bestätigen')
    expect(new Reading(stored(mailOf('html-only'))).text).toBeNull()
  })

  it('names the files', () => {
    expect(new Reading(stored(mailOf('equal-names'))).filenames).toEqual(['terms.pdf', 'terms.pdf', 'terms.pdf'])
  })

  it('finds the code in the HTML where the text has none, and only there', () => {
    const both = (text: string, html: string) =>
      new Reading(
        stored(
          `Subject: x\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\n${text}\n--b\nContent-Type: text/html\n\n${html}\n--b--\n`,
        ),
      ).otps
    const html = '<table><tr><td>Your code<tr><td><b>739</b> <b>204</b></table><p>Order 55120034'
    expect(both('Your mail program shows no HTML.', html)).toEqual(['739204'])
    expect(both('Your code is 111222', html)).toEqual(['111222'])
    const boxes = '<p>Bestätigungscode</p><div>7</div><div>3</div><div>9</div><div>2</div><div>0</div><div>4</div>'
    expect(both('Siehe HTML', boxes)).toEqual(['739204'])
    expect(new Reading(stored(`Subject: x\nContent-Type: text/html\n\n${html}`)).otps).toEqual(['739204'])
  })

  it('ranks the codes and lists the links', () => {
    const reading = new Reading(stored(mail('Subject: Your code: 111222\n\nhttps://x.test/ Order 333444')))
    expect(reading.otps).toEqual(['111222'])
    expect(reading.links).toEqual([{ href: 'https://x.test/', text: 'https://x.test/', unsubscribe: false }])
  })

  it('says the same after it has forgotten what is heavy', () => {
    const grown: Reading[] = []
    const reading = new Reading(stored(mailOf('related')), which => grown.push(which))
    expect(grown).toEqual([])
    const before = { summary: reading.summary(), text: reading.text, html: reading.html, structure: reading.structure }
    expect(grown).toEqual([reading])
    reading.forget()
    expect({
      summary: reading.summary(),
      text: reading.text,
      html: reading.html,
      structure: reading.structure,
    }).toEqual(before)
    expect(grown).toEqual([reading, reading])
  })

  it('decodes in short pieces of work, and says so when it is heavy', () => {
    const grown: Reading[] = []
    const body = 'Gr=C3=BC=C3=9Fe '.repeat(60_000)
    const source = `Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n${body}`
    const reading = new Reading(stored(source), which => grown.push(which))
    expect([...reading.decode()].length).toBeGreaterThan(4)
    expect(grown.at(-1)).toBe(reading)
    expect(reading.text).toBe('Grüße '.repeat(60_000).trimEnd())
    expect([...reading.decode()]).toEqual([])
  })

  it('never throws', () => {
    const read = (raw: Buffer) => {
      const reading = new Reading(stored(raw))
      const { headers, text, html, words, filenames, links, otps } = reading
      expect(reading.summary().size).toBe(raw.length)
      expect([headers, filenames, links, otps].every(Array.isArray)).toBe(true)
      expect([text, html, words].every(value => value === null || typeof value === 'string')).toBe(true)
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => read(Buffer.from(bytes))))
    fc.assert(
      fc.property(fc.constantFrom(...corpus), fc.nat(), fc.nat(255), ({ raw }, at, byte) => {
        const changed = Buffer.from(raw)
        if (raw.length > 0) changed[at % raw.length] = byte
        read(changed)
      }),
    )
  })
})
