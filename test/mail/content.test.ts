import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Contents, rasterTypeOf } from '../../server/mail/content.js'
import type { Stored } from '../../server/mail/message.js'
import { corpus, mailOf } from './corpus.js'
import { busyLoop } from './make.js'
import { mail, stored } from './message.js'

const contents = (basePath?: string) => new Contents({ loop: busyLoop(), ...(basePath && { basePath }) })
const read = (message: Stored) => contents().message(message)

describe('a message', () => {
  it('has everything', async () => {
    const message = stored(
      mail(`
        From: Shop <shop@example.com>
        To: ada@example.com
        Reply-To: help@example.com
        Subject: Your code
        Date: Sun, 22 Nov 2026 14:00:00 +0100
        Message-ID: <1@example.com>
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/plain; charset=utf-8

        Your code is 739 204, or go to https://x.test/.
        --b
        Content-Type: text/csv; name=data.csv
        Content-Disposition: attachment; filename=data.csv
        Content-Transfer-Encoding: base64

        YTtiCg==
        --b--
      `),
    )
    const { envelope, ...rest } = await read(message)
    expect(envelope).toEqual(message.envelope)
    expect(rest).toMatchObject({
      id: message.id,
      subject: 'Your code',
      date: '2026-11-22T13:00:00.000Z',
      messageId: '<1@example.com>',
      replyTo: [{ name: '', address: 'help@example.com' }],
      text: 'Your code is 739 204, or go to https://x.test/.',
      html: null,
      otp: '739204',
      otps: ['739204'],
      links: [{ href: 'https://x.test/', text: 'https://x.test/' }],
      attachments: 1,
      warnings: [],
    })
    expect(rest.headers.slice(0, 2)).toEqual([
      { name: 'From', value: 'Shop <shop@example.com>' },
      { name: 'To', value: 'ada@example.com' },
    ])
    expect(rest.parts).toEqual([
      {
        id: '2',
        filename: 'data.csv',
        contentType: 'text/csv',
        size: 4,
        disposition: 'attachment',
        contentId: null,
        sha256: createHash('sha256').update('a;b\n').digest('hex'),
        url: `/api/messages/${message.id}/parts/2`,
      },
    ])
    expect(rest.structure).toMatchObject({
      id: '',
      contentType: 'multipart/mixed',
      children: [{ id: '1' }, { id: '2', encoding: 'base64' }],
    })
    expect(Object.keys(rest.structure).sort()).toEqual([
      'charset',
      'children',
      'contentType',
      'encoding',
      'id',
      'offset',
      'size',
    ])
  })

  it.each([
    // What cannot be read as a date is none, and not today.
    ['Date: tomorrow or so', { date: null }],
    ['Subject: no date', { date: null, messageId: null, replyTo: [] }],
    ['Message-ID: 1@example.com', { messageId: '<1@example.com>' }],
  ])('with %j', async (header, expected) => {
    expect(await read(stored(`${header}\n\nbody`))).toMatchObject(expected)
  })

  it('is parsed once for those who ask together, and has the flags of now', async () => {
    const message = stored(mailOf('related'))
    const all = contents()
    const [first, second] = await Promise.all([all.message(message), all.message(message)])
    expect(second.parts).toBe(first.parts)
    message.read = true
    expect((await all.message(message)).read).toBe(true)
    expect(first.read).toBe(false)
  })

  it('makes the code of its summary sure', async () => {
    const message = stored(`Subject: a\n\n${'Lorem ipsum\n'.repeat(1000)}Your code is 739204\n`)
    const all = contents()
    expect(all.summary(message).otp).toBeNull()
    expect((await all.message(message)).otp).toBe('739204')
    expect(all.summary(message).otp).toBe('739204')
  })

  it('is read where mailparser gives up, and says so', async () => {
    const message = stored(`Subject: large\nX-Large: ${'x'.repeat(2 * 1024 * 1024)}\n\nbody`)
    const { text, subject, warnings } = await read(message)
    expect({ text, subject }).toEqual({ text: 'body', subject: 'large' })
    expect(warnings).toEqual([expect.stringMatching(/second parser/)])
  })

  it('gives way to the loop where it is large', async () => {
    const attachment = Buffer.alloc(8 * 1024 * 1024, 'attachment')
      .toString('base64')
      .replace(/.{76}/g, '$&\r\n')
    const raw = mail(
      'Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: a/b\nContent-Transfer-Encoding: base64\n\n',
    )
    const message = stored(Buffer.concat([raw, Buffer.from(`${attachment}\r\n--b--`)]))
    const loop = busyLoop()
    const { parts } = await new Contents({ loop }).message(message)
    expect(parts[0]?.size).toBe(8 * 1024 * 1024)
    expect(loop.turns).toBeGreaterThan(1)
  })

  it('gives way to the loop while its HTML is decoded, also where nothing else was asked for', async () => {
    const html = `PHA+aGk8L3A+${'\n'.repeat(4 * 1024 * 1024)}`
    const loop = busyLoop()
    const message = stored(mail(`Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n${html}`))
    const safe = await new Contents({ loop }).html(message, { remote: false, scheme: null })
    expect(safe?.html).toBe('<p>hi</p>')
    expect(loop.turns).toBeGreaterThan(20)
  })

  it('gives way to the loop between its header fields', async () => {
    const loop = busyLoop()
    const { headers } = await new Contents({ loop }).message(stored(mail(`${'X: =?utf-8?q?y?=\n'.repeat(500)}\ntext`)))
    expect(headers).toHaveLength(500)
    expect(loop.turns).toBeGreaterThan(500)
  })

  it('is there for every mail of the corpus, and says the same as its summary', async () => {
    for (const { raw } of corpus) {
      const message = stored(raw)
      const all = contents()
      const summary = all.summary(message)
      const { subject, from, to, attachments, parts } = await all.message(message)
      expect({ subject, from, to, attachments }).toEqual({
        subject: summary.subject,
        from: summary.from,
        to: summary.to,
        attachments: summary.attachments,
      })
      expect(parts.filter(part => part.disposition === 'attachment')).toHaveLength(attachments)
    }
  })

  it('is there for any bytes', async () => {
    const pieces = [
      'Content-Type: multipart/mixed; boundary=b\r\n',
      'Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n',
      '\r\n',
      '\n',
      '--b\r\n',
      '--b--\r\n',
      'text',
      'Content-Transfer-Encoding: base64\r\n',
      'Content-Type: text/html\r\n',
      'Date: x\r\n',
      '\0',
    ] // prettier-ignore
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array)),
      fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map(parts => Buffer.from(parts.join(''))),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async raw => {
        const { size, parts, structure } = await read(stored(raw))
        expect(size).toBe(raw.length)
        expect(structure.offset + structure.size).toBe(raw.length)
        expect(Array.isArray(parts)).toBe(true)
      }),
    )
  })
})

describe('what is remembered', () => {
  it('goes with its message', async () => {
    const all = contents()
    const message = stored(mail('Subject: hello\n\nHello'))
    const checks = await all.checks(message)
    expect(await all.checks(message)).toBe(checks)
    all.forget([message.uid + 1])
    expect(await all.checks(message)).toBe(checks)
    all.forget([message.uid])
    expect(await all.checks(message)).not.toBe(checks)
  })
})

describe('a part', () => {
  it('is its decoded bytes, and what is said of it', async () => {
    const message = stored(mailOf('mixed'))
    const found = await contents().part(message, '2')
    expect(found?.bytes.toString()).toBe('%PDF-1.4 not really')
    expect(found?.part).toMatchObject({ id: '2', filename: 'terms.pdf', size: 19 })
  })

  it('can be the text; a multipart is none, and an unknown number neither', async () => {
    const message = stored(mailOf('related'))
    expect((await contents().part(message, '1.1'))?.bytes.toString()).toBe('The text.\r\n')
    expect(await contents().part(message, '1')).toBeUndefined()
    expect(await contents().part(message, '9')).toBeUndefined()
    expect(await contents().part(message, '')).toBeUndefined()
  })

  it('has its address under the base path', async () => {
    const message = stored(mailOf('mixed'))
    const { parts } = await contents('/mail/').message(message)
    expect(parts[0]?.url).toBe(`/mail/api/messages/${message.id}/parts/2`)
  })
})

describe('the HTML to show', () => {
  it('has the images of the mail in it', async () => {
    const safe = await contents().html(stored(mailOf('related')), { remote: false, scheme: null })
    expect(safe?.html).toContain('<img src="data:image/png;base64,iVBOR')
    expect(safe?.blockedRemote).toBe(0)
  })

  it('is none where the mail has none', async () => {
    expect(await contents().html(stored(mailOf('plain')), { remote: false, scheme: null })).toBeUndefined()
  })

  it('takes nothing for an image but what is one', () => {
    expect(rasterTypeOf(Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1'))).toBe('image/png')
    expect(rasterTypeOf(Buffer.from('GIF89a'))).toBe('image/gif')
    expect(rasterTypeOf(Buffer.from('<svg onload=x>'))).toBeNull()
    expect(rasterTypeOf(Buffer.from('<html>'))).toBeNull()
  })
})
