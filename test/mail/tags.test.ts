/** The tags that a message brings along, and that a search which does not read it finds the same. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reading } from '../../server/mail/reading.js'
import { cleanTags, MAX_TAG_LENGTH, MAX_TAGS, mayBringTags } from '../../server/mail/tags.js'
import { makeStored } from './make.js'

function tagsOf(raw: string, to: string[] = [], inboxes = ['default']): string[] {
  const message = makeStored({ raw: Buffer.from(raw, 'latin1'), inboxes })
  message.envelope.to = to
  return new Reading(message).tags
}

describe('a message brings', () => {
  test.each<[string, string[], string[]]>([
    // its header
    ['X-Tags: spring, Sale 2026\r\n\r\n', [], ['Sale 2026', 'spring']],
    ['x-tags: a\nX-TAGS: b,,  ,a\n\n', [], ['a', 'b']],
    ['X-Tags: one,\r\n two\r\n\r\n', [], ['one', 'two']],
    ['X-Tags: =?utf-8?Q?one?=\r\n\r\n', [], ['one']],
    // what a tag cannot have is left out, and one tag is one whatever its case
    ['X-Tags: <b>, a/b!, A, a\r\n\r\n', [], ['A', 'ab', 'b']],
    // what stands behind a plus
    ['To: Ada <ada+signup@example.com>\r\n\r\n', [], ['signup']],
    ['To: ada+b+c@example.com\r\n\r\n', [], ['b', 'c']],
    ['From: app+d@example.com\r\nCc: x+a@y\r\nBcc: x+b@y\r\n\r\n', ['z+c@y'], ['a', 'b', 'c', 'd']],
    ['To: "a+b"@example.com\r\n\r\n', [], ['b']],
    // no tags
    ['Subject: a+b@c\r\n\r\nTo: ada+x@y\r\nX-Tags: body', [], []],
    ['To: ada@example.com\r\nDate: Sat, 31 Jan 2026 12:00:00 +0000\r\n\r\n', ['ada@example.com'], []],
    ['To: ada+@example.com\r\n\r\n', [], []],
    ['', [], []],
  ])('%j to %j: %j', (raw, to, tags) => {
    expect(tagsOf(raw, to)).toEqual(tags)
  })

  test('no tag by the word that brought it to its inbox', () => {
    expect(tagsOf('To: ada+billing+x@example.com\r\n\r\n', [], ['billing'])).toEqual(['x'])
  })

  test('so many, and so long ones', () => {
    const many = tagsOf(`X-Tags: ${Array.from({ length: MAX_TAGS + 10 }, (_, n) => `t${n}`).join(',')}\r\n\r\n`)
    expect(many).toHaveLength(MAX_TAGS)
    expect(cleanTags(['x'.repeat(MAX_TAG_LENGTH + 1)])[0]).toHaveLength(MAX_TAG_LENGTH)
  })
})

test('what is passed over without reading brings none', () => {
  const line = fc.constantFrom(
    ...['To: ada@b', 'To: ada+x@b', 'X-tags: y', 'From: =?utf-8?Q?a?= <a+b@c>', ' folded+z@b', 'Subject: z', '', '-'],
  )
  const lines = fc.array(line, { maxLength: 6 })
  fc.assert(
    fc.property(lines, fc.constantFrom('\r\n', '\n', '\r'), fc.boolean(), (lines, lineEnd, isLong) => {
      const raw = Buffer.from(lines.join(lineEnd) + (isLong ? `${lineEnd}${'x'.repeat(20_000)}` : ''))
      const message = makeStored({ raw })
      message.envelope.to = []
      const { headers, mailboxes } = new Reading(message)
      const says = headers.some(({ name }) => /^x-tags$/i.test(name)) || JSON.stringify(mailboxes).includes('+')
      expect(mayBringTags(message) || !says).toBe(true)
    }),
    { numRuns: 300 },
  )
})
