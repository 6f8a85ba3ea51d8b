/** Messages of fields, read back by our own parser and by the peers that tests of agreement trust. */
import { simpleParser } from 'mailparser'
import { describe, expect, test } from 'vitest'
import { compose, type MessageFields } from '../../server/mail/compose.js'
import { Contents } from '../../server/mail/content.js'
import { makeStored, stillLoop } from './make.js'

const read = (fields: MessageFields) =>
  new Contents({ loop: stillLoop }).message(makeStored({ source: compose(fields).toString() }))

describe('what is given comes back, from both parsers, without a warning', () => {
  const long = 'Grüße an alle 🎉 '.repeat(20).trim()
  test.each<[what: string, fields: MessageFields]>([
    ['a text', { from: 'app@example.org', to: 'ada@example.com', subject: 'Hi', text: 'Hello\n.\nFrom here\r\n' }],
    ['HTML alone', { from: 'app@example.org', to: 'ada@example.com', subject: 'Hi', html: '<p>Hello</p>' }],
    [
      'other scripts',
      {
        from: 'Größe <app@example.org>',
        to: ['日本 <a@example.com>', 'b@example.com'],
        subject: long,
        text: long,
        html: long,
      },
    ],
    [
      'attachments',
      {
        from: 'app@example.org',
        to: 'ada@example.com',
        subject: 'Files',
        text: 'See there',
        html: '<p>See there</p>',
        attachments: [
          { filename: "Zürich's.csv", content: 'a,b', contentType: 'text/csv' },
          { filename: 'bytes', content: new Uint8Array(1000) },
          { filename: 'nothing', content: '' },
          // of several pieces, the last of which is no whole line
          { filename: 'large', content: Buffer.alloc(500_000, 'ab\n') },
        ],
      },
    ],
    ['nothing but a header', { from: 'a@example.org', headers: { 'X-Id': '7' }, text: '' }],
  ])('%s', async (_what, fields) => {
    const ours = await read(fields)
    const theirs = await simpleParser(compose(fields))
    const { subject = '', text = null, html = null, attachments = [] } = fields
    expect(ours.warnings).toEqual([])
    expect([ours.subject, theirs.subject ?? '']).toEqual([subject, subject])
    expect([ours.text, ours.html]).toEqual([text, html])
    if (html !== null) expect(theirs.html).toBe(html)
    expect(ours.parts.map(part => [part.filename, part.size])).toEqual(
      attachments.map(({ filename, content }) => [filename, content.length]),
    )
    expect(theirs.attachments.map(({ filename, content }) => [filename, String(content)])).toEqual(
      attachments.map(({ filename, content }) => [filename, Buffer.from(content as string).toString()]),
    )
    const given = [fields.to ?? []].flat()
    expect(ours.to.map(({ name, address }) => (name ? `${name} <${address}>` : address))).toEqual(given)
    for (const [name, value] of Object.entries(fields.headers ?? {}))
      expect(ours.headers).toContainEqual({ name, value })
  })
})

test('a file with a Content-ID stands within the HTML, and the others beside it', async () => {
  const { parts, structure, warnings } = await read({
    from: 'a@example.org',
    text: 'See there',
    html: '<img src="cid:logo">',
    attachments: [
      { filename: 'terms.txt', content: 'no' },
      { filename: 'logo.png', content: 'png', contentType: 'image/png', contentId: 'logo' },
    ],
  })
  expect(parts).toMatchObject([
    { filename: 'logo.png', disposition: 'inline', contentId: 'logo', contentType: 'image/png' },
    { filename: 'terms.txt', disposition: 'attachment', contentId: null },
  ])
  expect(structure.children.map(({ contentType }) => contentType)).toEqual([
    'multipart/related',
    'application/octet-stream',
  ])
  expect(warnings).toEqual([])
})

test('a value is one field, whatever it has in it, and lines end with CRLF', async () => {
  expect(compose({ subject: 'ü'.repeat(100), to: 'ä <a@example.com>', text: '' }).toString()).not.toMatch(/[^\r]\n/)
  const { headers, subject } = await read({ subject: 'a\r\nX-Other: b', text: '' })
  expect(subject).toBe('a X-Other: b')
  expect(headers.map(({ name }) => name)).not.toContain('X-Other')
})
