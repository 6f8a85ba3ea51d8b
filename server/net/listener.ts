/**
 * Accepts connections on every address of a port, within limits, and ends them all when it closes. What happens on one
 * is connection.ts's.
 */
import type { Socket } from 'node:net'
import { createServer } from 'node:net'
import { type Bound, bind } from './bind.js'
import { Connection, type ConnectionOptions, IDLE_SWEEPS } from './connection.js'
import type { Peer, Session } from './session.js'

/** How long `close` waits for the last words to be read; the process has to be gone within 5 seconds. */
const SHUTDOWN_GRACE_MS = 2000
/** Connections that are told of the overload at a time; more are dropped without a word. */
const OVERLOAD_ROOM = 100
/** How soon a port is tried again that could not be opened again. */
const REOPEN_INTERVAL_MS = 250
const MAPPED_IPV4 = '::ffff:'

export interface ListenOptions<E extends { type: string }, A, S extends Session<E, A>>
  extends ConnectionOptions<E, A, S> {
  /** Left out, the loopback addresses that the machine has. */
  hosts?: readonly string[] | undefined
  /** 0 takes a free one. */
  port: number
  /** The option that sets the port, to be named in errors. */
  portOption: string
  background?: boolean | undefined
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
  /**
   * Whether connections are taken. While they are not, the port is closed, and an app is refused as by a server that is
   * down; open connections go on.
   */
  setAccepting(accepting: boolean): void
  /** Wakes every session: what they show has changed. */
  wake(): void
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
  const bound = await bind({
    hosts: options.hosts,
    port: options.port,
    portOption: options.portOption,
    background: options.background,
    make: () => {
      // A client that closes its half after its last command still has replies to come.
      const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
      server.maxConnections = options.maxConnections + OVERLOAD_ROOM
      return server
    },
  })
  const door = new Door(bound, options.onError)

  const sweep = setInterval(() => {
    for (const connection of connections) connection.sweep()
  }, options.idleTimeoutMs / IDLE_SWEEPS)
  sweep.unref()

  let closing: Promise<void> | undefined
  return {
    port: bound.port,
    addresses: bound.addresses,
    get connections() {
      return connections.size
    },
    setAccepting: accepting => door.setOpen(accepting),
    wake() {
      for (const connection of connections) connection.wake()
    },
    close() {
      closing ??= closeAll(door, connections).finally(() => clearInterval(sweep))
      return closing
    },
  }
}

/** The listening sockets of a port, which can be closed and opened again. */
class Door {
  readonly #bound: Bound
  readonly #onError: (error: unknown) => void
  /** What is wanted; opening takes a moment, and may fail for a while. */
  #isOpen = true
  #opening: Promise<void> | undefined
  #nextTry: NodeJS.Timeout | undefined
  #hasReported = false

  constructor(bound: Bound, onError: (error: unknown) => void) {
    this.#bound = bound
    this.#onError = onError
    for (const server of bound.servers) {
      // While it does not listen, an error is about opening it.
      server.on('error', error => server.listening && onError(error))
    }
  }

  setOpen(open: boolean): void {
    if (open === this.#isOpen) return
    this.#isOpen = open
    if (open) this.#open()
    else this.#close()
  }

  /** Closes for good; resolves when the connections that came through are gone, too. */
  async shut(): Promise<void> {
    this.#isOpen = false
    clearTimeout(this.#nextTry)
    await this.#opening
    await Promise.all(this.#bound.servers.map(server => new Promise(resolve => server.close(resolve))))
  }

  #open(): void {
    this.#opening ??= this.#bound
      .listenAgain()
      .then(() => {
        this.#hasReported = false
      }, this.#onFailure)
      .finally(() => {
        this.#opening = undefined
        if (!this.#isOpen) this.#close()
      })
  }

  readonly #onFailure = (error: unknown): void => {
    if (!this.#hasReported) this.#onError(error)
    this.#hasReported = true
    this.#nextTry = setTimeout(() => this.#open(), REOPEN_INTERVAL_MS)
  }

  #close(): void {
    clearTimeout(this.#nextTry)
    // A server that is closed while it begins to listen never says that it does: it is closed once it has.
    if (this.#opening) return
    for (const server of this.#bound.servers) if (server.listening) server.close()
  }
}

async function closeAll(
  door: Door,
  connections: ReadonlySet<{ readonly gone: Promise<void>; shutDown(): void; destroy(): void }>,
): Promise<void> {
  const closed = [door.shut(), ...Array.from(connections, connection => connection.gone)]
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
