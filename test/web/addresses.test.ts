import { expect, test } from 'vitest'
import type { Listener } from '../../server/http/schema.js'
import { addressFor } from '../../web/addresses.js'

/** Where it listens, where the page is looked at from, and what an app there is told. */
test.each([
  ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', 'localhost', '127.0.0.1'],
  ['::', '[::1]', '127.0.0.1'],
  ['::1', 'localhost', '[::1]'],
  // from another machine
  ['0.0.0.0', 'mail.test', 'mail.test'],
  // a proxy on the same machine: the port for mail is at its own address
  ['127.0.0.1', 'mail.test', '127.0.0.1'],
])('at %s, seen from %s', (host, pageHost, told) => {
  const listeners: Listener[] = [{ protocol: 'smtp', host, port: 1025, url: `smtp://${host}:1025` }]
  expect(addressFor(listeners, 'smtp', pageHost)).toEqual({ host: told, port: 1025 })
})

test('a protocol that is off has no address', () => {
  expect(addressFor([], 'imap', 'localhost')).toBeUndefined()
})
