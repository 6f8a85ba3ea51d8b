/** User names and passwords of HTTP: the Basic scheme of RFC 7617. Pure. */

/** What a refused request is told to send: the page's browsers ask for it. */
export const CHALLENGE = 'Basic realm="maildouble", charset="UTF-8"'

/** Who an Authorization header says it is; undefined where it says nothing of that kind. */
export function basicLogin(authorization: string | undefined): { username: string; password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const login = Buffer.from(encoded, 'base64').toString()
  const colon = login.indexOf(':')
  return colon < 0 ? undefined : { username: login.slice(0, colon), password: login.slice(colon + 1) }
}
