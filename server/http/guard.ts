/**
 * Who may ask. Every web page that a developer visits can send requests to localhost, and a name in DNS can be made to
 * point there; so a request has to come under a Host that no stranger can own, and from the page itself.
 *
 * It judges the decoded route, and HTTP, WebSocket upgrades and server-sent events alike: they all pass one hook.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { basicLogin, CHALLENGE } from './basic.js'
import { guestHeaders, isGuest, isPreflight } from './cors.js'
import { isApi, Problem } from './errors.js'
import type { AppParts, Site } from './parts.js'
import { REFUSAL_CSP, refusalPage } from './refusal-page.js'

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
  /** X-Forwarded-Proto and X-Forwarded-Prefix: what a proxy says of itself. Anybody may say it, so it opens nothing. */
  forwarded?: { scheme: string | undefined; prefix: string | undefined }
}

/** Names under which no stranger can put a machine into DNS (RFC 6761, RFC 6762; .internal is ICANN's private one). */
const LOCAL_SUFFIXES = ['.localhost', '.local', '.internal', '.test']
/** Probes of an orchestrator come under any name, also those that were written for other tools; they tell nothing. */
const OPEN_ROUTES: readonly string[] = ['/healthz', '/readyz', '/livez', '/api/healthz']
const PAGE_ROUTE = '/'
/** The page's scripts and styles, which are the same everywhere and tell nothing. */
const FILES_ROUTE = '/*'
/** What of a request may stand in the flag that is advised. */
const SCHEME = /^https?$/
const PREFIX = /^(?:\/[\w.~-]+)+$/

/** A name or an address, and a port. Anything else (a user, a path, a blank) is no Host. */
const HOST = /^(\[[0-9a-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d{1,5})?$/i

/** No name of a public DNS ends in a number, so what looks like an address is one. */
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/

/** The name in a Host header, in lower case and without its port; undefined where it is none. */
function hostNameOf(host: string): string | undefined {
  const name = HOST.exec(host)?.[1]?.toLowerCase()
  return name?.replace(/\.$/, '')
}

/** Whether a Host is one that no stranger can own, is the public URL's, or is allowed. */
export function passesHost(host: string | undefined, site: Site): boolean {
  const name = host === undefined ? undefined : hostNameOf(host)
  if (!name) return false
  if (name.startsWith('[') || IPV4.test(name)) return true
  // A single label (localhost, the name of a container) is found in no public DNS.
  if (!name.includes('.')) return true
  if (LOCAL_SUFFIXES.some(suffix => name.endsWith(suffix))) return true
  const isPublic = site.publicUrl !== null && new URL(site.publicUrl).hostname === name
  return isPublic || isAllowed(host as string, site)
}

/** Whether an Origin is the server's own: the Host of the request, the public URL's, or an allowed one. */
export function passesOrigin(origin: string, host: string | undefined, site: Site): boolean {
  const from = readOrigin(origin)
  if (!from) return false
  if (site.publicUrl !== null && new URL(site.publicUrl).origin === from.origin) return true
  // Read under the origin's scheme, so that a default port means the same on both sides.
  const own = `${from.protocol}//${host}`
  if (host !== undefined && HOST.test(host) && URL.canParse(own) && new URL(own).host === from.host) return true
  return isAllowed(from.host, site)
}

function readOrigin(origin: string): URL | undefined {
  const from = URL.canParse(origin) ? new URL(origin) : undefined
  return from && SCHEME.test(from.protocol.slice(0, -1)) ? from : undefined
}

/** An allowed host stands for every port, unless it names one. */
function isAllowed(host: string, { allowHosts }: Site): boolean {
  const name = hostNameOf(host)
  return allowHosts.some(allowed => [name, host.toLowerCase()].includes(allowed.toLowerCase()))
}

/** Undefined where a request may be answered; else why not, and the option that would let it. */
export function refusalOf(provenance: Provenance, site: Site): Problem | undefined {
  const { host, origin, fetchSite, fetchMode, route } = provenance
  if (route !== undefined && OPEN_ROUTES.includes(route)) return undefined
  if (!passesHost(host, site)) return hostRefusal(provenance)
  if (origin !== undefined) {
    if (passesOrigin(origin, host, site) || isGuest(origin, site)) return undefined
    // Behind a proxy that changes the Host the page has to come up, or nobody would see what it has to say of that.
    if (route === FILES_ROUTE && (fetchSite === undefined || fetchSite === 'same-origin')) return undefined
    return originRefusal(origin, provenance)
  }
  if (fetchSite === 'cross-site' && !(fetchMode === 'navigate' && route === PAGE_ROUTE)) {
    return new Problem(
      'refused_origin',
      'The request comes from another site, which may not read or change mail.',
      `Open the page itself, at ${site.basePath}.`,
    )
  }
  return undefined
}

function hostRefusal({ host, forwarded }: Provenance): Problem {
  const name = host === undefined ? undefined : hostNameOf(host)
  if (!name)
    return new Problem('refused_host', 'The request has no valid Host header.', 'Ask under a name or an address.')
  const problem = `The host name ${name} could belong to a stranger, so nothing is shown under it.`
  const scheme = forwarded?.scheme?.toLowerCase()
  return new Problem(
    'refused_host',
    problem,
    scheme && SCHEME.test(scheme)
      ? `If it is your proxy's, start with: maildouble --public-url ${scheme}://${host?.toLowerCase()}${prefixOf(forwarded)}`
      : `If it is yours, start with: maildouble --allow-host ${name}`,
  )
}

function originRefusal(origin: string, { host, fetchSite, forwarded }: Provenance): Problem {
  const from = readOrigin(origin)
  if (!from || !hostNameOf(from.host))
    return new Problem(
      'refused_origin',
      'The request comes from another site (an unknown one), which may not read or change mail.',
      "Ask from the page itself, or from a program that is no browser's page.",
    )
  const asPublic = `maildouble --public-url ${from.origin}${prefixOf(forwarded)}`
  // No page can make a browser say so: what stands between has put another Host in.
  if (fetchSite === 'same-origin')
    return new Problem(
      'refused_origin',
      `The page was opened at ${from.origin}, and a proxy hands its requests on under another name (${host}).`,
      `If it is your proxy, start with: ${asPublic}`,
    )
  // Browsers say where a request comes from only to who is on this machine or behind https.
  const orPublic = fetchSite === undefined ? `, or with ${asPublic} if it is this server behind a proxy` : ''
  return new Problem(
    'refused_origin',
    `The request comes from another site (${from.host}), which may not read or change mail.`,
    `Start with maildouble --cors-origin ${from.origin} if its pages are to use the API${orPublic}.`,
  )
}

function prefixOf(forwarded: Provenance['forwarded']): string {
  const prefix = forwarded?.prefix?.replace(/\/$/, '') ?? ''
  return PREFIX.test(prefix) ? prefix : ''
}

const single = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

/** The hook that guards every route of an app. */
export function guard({ site, mayEnter }: Pick<AppParts, 'site' | 'mayEnter'>) {
  const barePath = site.basePath.slice(0, -1)
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { headers, method } = request
    const found = request.is404 ? undefined : request.routeOptions.url
    const route = found === barePath ? PAGE_ROUTE : found
    const provenance = {
      host: headers.host,
      origin: single(headers.origin),
      fetchSite: single(headers['sec-fetch-site']),
      fetchMode: single(headers['sec-fetch-mode']),
      route,
      forwarded: {
        scheme: single(headers['x-forwarded-proto']),
        prefix: single(headers['x-forwarded-prefix']),
      },
    }
    let refusal = refusalOf(provenance, site)
    if (!refusal) {
      const isAsked = isPreflight(method, headers) && isGuest(provenance.origin ?? '', site)
      reply.headers(guestHeaders(provenance.origin, site, mayEnter !== null, isAsked ? headers : undefined))
      if (isAsked) return reply.code(204).send()
      const isOpen = route !== undefined && OPEN_ROUTES.includes(route)
      if (isOpen || mayEnter === null) return
      const login = basicLogin(headers.authorization)
      if (login && mayEnter(login.username, login.password)) return
      reply.header('www-authenticate', CHALLENGE)
      refusal = new Problem(
        'unauthorized',
        login ? 'The user name or the password is wrong.' : 'This server asks for a user name and a password.',
        'Give those of --http-auth: in the URL, as http://user:password@host:8025, or as Basic authorization.',
      )
    }
    const ofApi = isApi(request.url) || isApi(request.routeOptions.url ?? '')
    if (ofApi || !headers.accept?.includes('text/html')) throw refusal
    reply.header('content-security-policy', REFUSAL_CSP)
    return reply.code(refusal.statusCode).type('text/html; charset=utf-8').send(refusalPage(refusal))
  }
}
