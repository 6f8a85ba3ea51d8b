/**
 * What pages of other sites are told (the Fetch standard, 3.2): nothing, unless --cors-origin names them. A star stands
 * for every site, and then no answer says that credentials may come along.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Site } from './parts.js'

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const REQUEST_HEADERS = 'authorization, content-type, last-event-id'
/** Those of ours that a script may read, beside what it always may. */
const ANSWER_HEADERS = 'content-disposition, x-maildouble-blocked'
/** How long a browser remembers a preflight: it is over soon when the option is taken back. */
const MAX_AGE_SECONDS = 600

/** Whether the pages of an origin may use the API. `null` is nobody's name, and stands for any sandboxed page. */
export function isGuest(origin: string, { corsOrigins }: Site): boolean {
  return corsOrigins.includes(origin) || (corsOrigins.includes('*') && /^https?:\/\//.test(origin))
}

/** Whether a request only asks whether another one may be made. Such a one never carries a password. */
export function isPreflight(method: string, headers: IncomingHttpHeaders): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

/** The headers of an answer to such a page; those of a preflight say more. */
export function guestHeaders(
  origin: string | undefined,
  site: Site,
  asksPassword: boolean,
  preflight: IncomingHttpHeaders | undefined,
): Record<string, string> {
  const { corsOrigins } = site
  if (corsOrigins.length === 0) return {}
  // An answer kept by a cache must not be given to another origin.
  const varies = { vary: 'Origin' }
  if (origin === undefined || !isGuest(origin, site)) return varies
  return {
    ...varies,
    'access-control-allow-origin': corsOrigins.includes(origin) ? origin : '*',
    ...(asksPassword && corsOrigins.includes(origin) && { 'access-control-allow-credentials': 'true' }),
    'access-control-expose-headers': ANSWER_HEADERS,
    ...(preflight && {
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': String(MAX_AGE_SECONDS),
      // Chrome asks this where a public site asks a private address.
      ...(preflight['access-control-request-private-network'] && { 'access-control-allow-private-network': 'true' }),
    }),
  }
}
