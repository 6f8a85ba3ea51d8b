/**
 * Accepts connections on every address of a port, within limits, and ends them all when it closes. What happens on one
 * is connection.ts's.
 */
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { bind } from './bind.js'
import { Connection, type ConnectionOptions, IDLE_SWEEPS } from './connection.js'
import type { Peer, Session } from './session.js'

/** How long `close` waits for the last words to be read; the process has to be gone within 5 seconds. */
const SHUTDOWN_GRACE_MS = 2000
/** Connections that are told of the overload at a time; more are dropped without a word. */
const OVERLOAD_ROOM = 100
const MAPPED_IPV4 = '::ffff:'

export interface ListenOptions<E extends { type: string }, A, S extends Session<E, A>>
  extends ConnectionOptions<E, A, S> {
  /** Left out, the loopback addresses that the machine has. */
  hosts?: readonly string[] | undefined
  /** 0 takes a free one. */
  port: number
  /** The option that sets the port, to be named in errors. */
  portOption: string
  maxConnections: number
  /** How long a client may say nothing, and a TLS handshake may take. */
  idleTimeoutMs: number
  makeSession(peer: Peer): S
}

export interface Listener {
  readonly port: number
  readonly addresses: readonly string[]
  /** How many connections are open. */
  readonly connections: number
  /** Stops accepting, ends every session with its protocol's farewell, and resolves when all are gone. */
  close(): Promise<void>
}

/** Listens on every address of a port; rejects with a BindError. */
export async function listen<E extends { type: string }, A, S extends Session<E, A>>(
  options: ListenOptions<E, A, S>,
): Promise<Listener> {
  const connections = new Set<Connection<E, A, S>>()

  const accept = (socket: Socket) => {
    const session = makeSession(socket, options)
    if (session === undefined) return
    const connection = new Connection<E, A, S>(options, socket, session, connections)
    connection.open(connections.size > options.maxConnections)
  }
  const { servers, port, addresses } = await bind({
    hosts: options.hosts,
    port: options.port,
    portOption: options.portOption,
    make: () => {
      // A client that closes its half after its last command still has replies to come.
      const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
      server.maxConnections = options.maxConnections + OVERLOAD_ROOM
      return server
    },
  })
  for (const server of servers) server.on('error', options.onError)

  const sweep = setInterval(() => {
    for (const connection of connections) connection.sweep()
  }, options.idleTimeoutMs / IDLE_SWEEPS)
  sweep.unref()

  let closing: Promise<void> | undefined
  return {
    port,
    addresses,
    get connections() {
      return connections.size
    },
    close() {
      closing ??= closeAll(servers, connections).finally(() => clearInterval(sweep))
      return closing
    },
  }
}

async function closeAll(
  servers: readonly Server[],
  connections: ReadonlySet<{ readonly gone: Promise<void>; shutDown(): void; destroy(): void }>,
): Promise<void> {
  const closed = [
    ...servers.map(server => new Promise(resolve => server.close(resolve))),
    ...Array.from(connections, connection => connection.gone),
  ]
  for (const connection of connections) connection.shutDown()
  const deadline = setTimeout(() => {
    for (const connection of connections) connection.destroy()
  }, SHUTDOWN_GRACE_MS)
  await Promise.all(closed)
  clearTimeout(deadline)
}

function makeSession<E extends { type: string }, A, S extends Session<E, A>>(
  socket: Socket,
  options: ListenOptions<E, A, S>,
): S | undefined {
  try {
    return options.makeSession(peerOf(socket))
  } catch (error) {
    options.onError(error)
    socket.destroy()
    return undefined
  }
}

function peerOf(socket: Socket): Peer {
  // A socket that listens for both families gives IPv4 addresses in IPv6 form (RFC 4291 2.5.5.2).
  const address = socket.remoteAddress ?? ''
  return {
    remoteAddress: address.startsWith(MAPPED_IPV4) ? address.slice(MAPPED_IPV4.length) : address,
    remotePort: socket.remotePort ?? 0,
    localPort: socket.localPort ?? 0,
  }
}
