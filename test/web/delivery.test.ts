/** Envelope and headers side by side. */
import { describe, expect, test } from 'vitest'
import type { Message, TranscriptLine } from '../../server/http/schema.js'
import { compareRecipients, partOf } from '../../web/delivery.js'

test('envelope and headers are compared address by address, whatever their case', () => {
  const compared = compareRecipients({
    envelope: {
      recipients: [
        { address: 'Ada@Example.com', params: {} },
        { address: 'hidden@example.com', params: { NOTIFY: 'NEVER' } },
      ],
    },
    to: [{ name: 'Ada', address: 'ada@example.com' }],
    cc: [{ name: '', address: 'named@example.com' }],
    bcc: [],
  } as unknown as Message)
  expect(compared).toEqual([
    { envelope: 'Ada@Example.com', params: {}, header: { name: 'To', text: 'Ada <ada@example.com>' } },
    { envelope: 'hidden@example.com', params: { NOTIFY: 'NEVER' }, header: null },
    { envelope: null, params: {}, header: { name: 'Cc', text: 'named@example.com' } },
  ])
})

describe('of what was said on a pooled connection', () => {
  const said = (text: string): TranscriptLine[] =>
    text.split('\n').map(line => ({
      at: 0,
      from: /^\d/.test(line) ? 'server' : line.startsWith('(') ? 'note' : 'client',
      line,
    }))
  const lines = said(
    'EHLO shop\n250 hi\n' +
      'MAIL FROM:<a@b>\n250 ok\nRCPT TO:<c@d>\n250 ok\nDATA\n354 go\n(10 bytes)\n250 2.0.0 Ok: queued as m1\n' +
      // pipelined
      'mail from:<a@b>\nRCPT TO:<c@d>\nDATA\n250 ok\n250 ok\n354 go\n250 2.0.0 Ok: queued as m10\nQUIT\n221 bye',
  )
  test.each([
    ['m1', 'MAIL FROM:<a@b>', '250 2.0.0 Ok: queued as m1'],
    ['m10', 'mail from:<a@b>', '250 2.0.0 Ok: queued as m10'],
  ])('the part of %s', (id, first, last) => {
    const part = partOf(lines, id)
    expect(lines.slice(part?.from, part?.to).map(({ line }) => line)).toMatchObject({ 0: first })
    expect(lines[(part?.to ?? 0) - 1]?.line).toBe(last)
  })
  test('there is none of a message whose lines were left out', () => expect(partOf(lines, 'm5')).toBeNull())
  test('there is none where there is but one message', () => expect(partOf(lines.slice(0, 10), 'm1')).toBeNull())
})
