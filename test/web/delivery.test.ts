/** Envelope and headers side by side. */
import { expect, test } from 'vitest'
import type { Message } from '../../server/http/schema.js'
import { compareRecipients } from '../../web/delivery.js'

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
