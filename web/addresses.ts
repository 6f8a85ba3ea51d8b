/** The addresses to tell an app, or a mail program, that runs where this page is looked at from. */
import type { Listener } from '../server/http/schema.js'

/** Listening on all addresses is no address to connect to. */
const ANY = new Set(['0.0.0.0', '::', '[::]'])
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]', '::1'])

/** Where a protocol is reached; `pageHost` is the host under which the page is open. Undefined where it is off. */
export function addressFor(
  listeners: readonly Listener[],
  wanted: Listener['protocol'],
  pageHost: string,
): { host: string; port: number } | undefined {
  const listener = listeners.find(({ protocol }) => protocol === wanted)
  if (!listener) return undefined
  // Who opens the page through a proxy reaches the port for mail no other way than its own.
  const isHere = LOOPBACK.has(pageHost) || LOOPBACK.has(listener.host)
  const host = isHere ? (ANY.has(listener.host) ? '127.0.0.1' : listener.host) : pageHost
  return { host: host.includes(':') && !host.startsWith('[') ? `[${host}]` : host, port: listener.port }
}
