/**
 * The listening side of HTTP: servers that accept before the app exists. The app is made when the first request comes,
 * so that a test that never looks at the page does not pay for it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { App } from './parts.js'

/** Connections to one address at a time; each live client and each waiting request holds one. */
const MAX_CONNECTIONS = 2000
/** Request line and headers together: Node's default, stated. */
const MAX_HEADER_BYTES = 16 * 1024
/** How long the headers may take. */
const HEADERS_TIMEOUT_MS = 10_000
/** How long a whole request may take to come: 50 MB over a slow link. Answers may take as long as they do. */
const REQUEST_TIMEOUT_MS = 300_000
/** How long a connection stays open between requests: longer than a browser or a test pauses. */
const KEEP_ALIVE_MS = 60_000
/** A connection on which nothing moves for this long is dropped: longer than `wait` and than the beat of live events. */
const IDLE_TIMEOUT_MS = 120_000

/** A certificate chain and its private key, as PEM. */
export interface CertifiedKey {
  readonly cert: string
  readonly key: string
}

/** The front of an app. */
export interface Front {
  /** A server that is not listening yet: one for each address. */
  server(): Server
  /** Stops accepting, ends live clients and idle connections, and lets what is being answered finish. */
  close(): Promise<void>
}

/** How long answers that are under way may take to finish once the front closes. */
const CLOSE_GRACE_MS = 1000

/** The app cannot be made now, which is no defect, and may be soon. */
export class NotNow extends Error {
  override readonly name = 'NotNow'
  readonly fix: string

  constructor(message: string, fix: string) {
    super(message)
    this.fix = fix
  }
}

/**
 * Makes the front of an app that `loadApp` makes when the first request comes. `report` is told when that fails, but for
 * NotNow; the next request tries again. It speaks https where it is given what with.
 */
export function makeFront(
  loadApp: () => Promise<App>,
  report: (error: unknown) => void = () => {},
  certified: CertifiedKey | null = null,
): Front {
  const servers = new Set<Server>()
  /** Sockets that left HTTP for WebSocket: a server no longer counts them among its connections. */
  const upgraded = new Set<Duplex>()
  let app: App | undefined
  let loading: Promise<App> | undefined
  let closed: Promise<void> | undefined

  const load = () => {
    loading ??= loadApp().then(
      made => {
        app = made
        return made
      },
      error => {
        loading = undefined
        if (!(error instanceof NotNow)) report(error)
        throw error
      },
    )
    return loading
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    response.once('close', () => {
      if (closed) setImmediate(closeIdle)
    })
    if (app) app.routing(request, response)
    else
      load().then(
        made => made.routing(request, response),
        error => refuse(response, error),
      )
  }

  const onUpgrade = function (this: Server, request: IncomingMessage, socket: Duplex, head: Buffer) {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      socket.unshift(Buffer.concat([headWithoutUpgrade(request), head]))
      // A connection under TLS has had its handshake already.
      this.emit(certified ? 'secureConnection' : 'connection', socket)
      return
    }
    // Until the app has it, nobody else listens for its errors.
    const drop = () => socket.destroy()
    socket.on('error', drop)
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    load().then(made => {
      made.server.emit('upgrade', request, socket, head)
      socket.off('error', drop)
    }, drop)
  }

  const closeIdle = () => {
    for (const server of servers) server.closeIdleConnections()
  }

  const close = async () => {
    const ended = Promise.all([...servers].map(closeServer))
    if (loading) await loading.then(made => made.close()).catch(report)
    closeIdle()
    const grace = setTimeout(() => {
      for (const server of servers) server.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
    }, CLOSE_GRACE_MS)
    await ended
    clearTimeout(grace)
  }

  return {
    server() {
      const limits = {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
      }
      const server: Server = certified
        ? createTlsServer({ ...limits, ...certified, handshakeTimeout: HEADERS_TIMEOUT_MS })
        : createServer(limits)
      server.maxConnections = MAX_CONNECTIONS
      server.timeout = IDLE_TIMEOUT_MS
      server.on('request', onRequest)
      server.on('upgrade', onUpgrade)
      servers.add(server)
      return server
    },
    close() {
      closed ??= close()
      return closed
    },
  }
}

/** There is no app that could say it. */
function refuse(response: ServerResponse, error: unknown): void {
  const isBusy = error instanceof NotNow
  const body = isBusy
    ? { error: 'busy', message: error.message, fix: error.fix }
    : {
        error: 'internal',
        message: 'maildouble failed to answer this.',
        fix: 'It is a defect: its log says more.',
      }
  const headers = isBusy ? { 'retry-after': '1' } : { connection: 'close' }
  response.writeHead(isBusy ? 503 : 500, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/**
 * The head of a request that offers another protocol, without the offer, as it would have come then. Java's HttpClient
 * offers h2c on every plain request; RFC 9110 7.8 lets a server pass that over, and Node 20 gives such a request to no
 * one else once there is a listener for upgrades.
 */
function headWithoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name, value] = rawHeaders.slice(at, at + 2) as [string, string]
    if (!OF_UPGRADES.includes(name.toLowerCase())) lines.push(`${name}: ${value}`)
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** Fields that are said of an upgrade, and to the next hop only (RFC 9110 7.6.1, RFC 7540 3.2.1). */
const OF_UPGRADES: readonly string[] = ['upgrade', 'connection', 'http2-settings']

/** Resolves once a server accepts nothing more and its connections are gone. One that never listened is closed. */
function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
  })
}
