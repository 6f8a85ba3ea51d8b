/**
 * Who may ask. Every web page that a developer visits can send requests to localhost, and a name in DNS can be made to
 * point there; so a request has to come under a Host that no stranger can own, and from the page itself.
 *
 * It judges the decoded route, and HTTP, WebSocket upgrades and server-sent events alike: they all pass one hook.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { escapeHtml } from '../mail/markup.js'
import { isApi, Problem } from './errors.js'

/** What a request says of where it comes from. */
export interface Provenance {
  /** The Host header. */
  host: string | undefined
  /** The Origin header. */
  origin: string | undefined
  /** The Sec-Fetch-Site header. */
  fetchSite: string | undefined
  /** The Sec-Fetch-Mode header. */
  fetchMode: string | undefined
  /** The path of the route that would answer; undefined where there is none. */
  route: string | undefined
}

/** Names under which no stranger can put a machine into DNS (RFC 6761, RFC 6762; .internal is ICANN's private one). */
const LOCAL_SUFFIXES = ['.localhost', '.local', '.internal', '.test']
/** Probes of an orchestrator come under any name; they tell nothing. */
const OPEN_ROUTES: readonly string[] = ['/healthz', '/readyz']
const PAGE_ROUTE = '/'

/** A name or an address, and a port. Anything else (a user, a path, a blank) is no Host. */
const HOST = /^(\[[0-9a-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d{1,5})?$/i

/** No name of a public DNS ends in a number, so what looks like an address is one. */
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/

/** The name in a Host header, in lower case and without its port; undefined where it is none. */
function hostNameOf(host: string): string | undefined {
  const name = HOST.exec(host)?.[1]?.toLowerCase()
  return name?.replace(/\.$/, '')
}

/** Whether a Host is one that no stranger can own, or is allowed. */
export function passesHost(host: string | undefined, allowHosts: readonly string[]): boolean {
  const name = host === undefined ? undefined : hostNameOf(host)
  if (!name) return false
  if (name.startsWith('[') || IPV4.test(name)) return true
  // A single label (localhost, the name of a container) is found in no public DNS.
  if (!name.includes('.')) return true
  return LOCAL_SUFFIXES.some(suffix => name.endsWith(suffix)) || isAllowed(host as string, allowHosts)
}

/** Whether an Origin is the server's own: the Host of the request, or an allowed one. */
export function passesOrigin(origin: string, host: string | undefined, allowHosts: readonly string[]): boolean {
  const from = URL.canParse(origin) ? new URL(origin) : undefined
  if (!from || (from.protocol !== 'http:' && from.protocol !== 'https:')) return false
  // Read under the origin's scheme, so that a default port means the same on both sides.
  const own = `${from.protocol}//${host}`
  if (host !== undefined && HOST.test(host) && URL.canParse(own) && new URL(own).host === from.host) return true
  return isAllowed(from.host, allowHosts)
}

/** An allowed host stands for every port, unless it names one. */
function isAllowed(host: string, allowHosts: readonly string[]): boolean {
  const name = hostNameOf(host)
  return allowHosts.some(allowed => [name, host.toLowerCase()].includes(allowed.toLowerCase()))
}

/** Undefined where a request may be answered; else why not, and the option that would let it. */
export function refusalOf(provenance: Provenance, allowHosts: readonly string[]): Problem | undefined {
  const { host, origin, fetchSite, fetchMode, route } = provenance
  if (route !== undefined && OPEN_ROUTES.includes(route)) return undefined

  if (!passesHost(host, allowHosts)) {
    const name = host === undefined ? undefined : hostNameOf(host)
    if (!name)
      return new Problem('refused_host', 'The request has no valid Host header.', 'Ask under a name or an address.')
    return new Problem(
      'refused_host',
      `The host name ${name} could belong to a stranger, so nothing is shown under it.`,
      `If it is yours, start with: maildouble --allow-host ${name}`,
    )
  }
  if (origin !== undefined) {
    if (passesOrigin(origin, host, allowHosts)) return undefined
    const from = URL.canParse(origin) ? new URL(origin).host : ''
    return new Problem(
      'refused_origin',
      `The request comes from another site (${from || 'an unknown one'}), which may not read or change mail.`,
      from && hostNameOf(from)
        ? `If that site is this server under another name, start with: maildouble --allow-host ${from}`
        : "Ask from the page itself, or from a program that is no browser's page.",
    )
  }
  if (fetchSite === 'cross-site' && !(fetchMode === 'navigate' && route === PAGE_ROUTE)) {
    return new Problem(
      'refused_origin',
      'The request comes from another site, which may not read or change mail.',
      'Open the page itself, at /.',
    )
  }
  return undefined
}

const single = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

/** The hook that guards every route of an app. */
export function guard(allowHosts: readonly string[]) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { headers } = request
    const refusal = refusalOf(
      {
        host: headers.host,
        origin: single(headers.origin),
        fetchSite: single(headers['sec-fetch-site']),
        fetchMode: single(headers['sec-fetch-mode']),
        route: request.is404 ? undefined : request.routeOptions.url,
      },
      allowHosts,
    )
    if (!refusal) return
    const ofApi = isApi(request.url) || isApi(request.routeOptions.url ?? '')
    if (ofApi || !headers.accept?.includes('text/html')) throw refusal
    return reply.code(refusal.statusCode).type('text/html; charset=utf-8').send(refusalPage(refusal))
  }
}

function refusalPage({ message, fix }: Problem): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Refused - maildouble</title>
<h1>Refused</h1>
<p>${escapeHtml(message)}</p>
<p>${escapeHtml(fix)}</p>
</html>
`
}
