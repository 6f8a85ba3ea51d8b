/**
 * Accepts connections and pumps sessions: the one place where a protocol meets a socket.
 *
 * The rules (each has a test):
 * - one write for a burst of replies, and it leaves before an answer is waited for;
 * - no `next` while the socket wants a drain, so that a client which does not read is not buffered;
 * - while a session is held up, reading goes on for `MAX_UNREAD_BYTES`, so that a peer that closes is noticed;
 * - a peer may close its half and still gets its replies; a session that has ended is flushed, then closed;
 * - a defect in a session or a handler costs that one connection, and is reported.
 *
 * One connection is one `Connection`. TLS will wrap its socket, so nothing but `#attach` knows how one is listened to.
 */
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { bind } from './bind.js'
import type { Interruption, Later, Peer, Session } from './session.js'

/** What is read while a session is held up. */
const MAX_UNREAD_BYTES = 64 * 1024
/** How long a peer has to close its half after we closed ours; a socket must not linger for one that never does. */
const CLOSE_GRACE_MS = 1000
/** How long `close` waits for the last words to be read; the process has to be gone within 5 seconds. */
const SHUTDOWN_GRACE_MS = 2000
/** Connections that are told of the overload at a time; more are dropped without a word. */
const OVERLOAD_ROOM = 100
/** Silence is counted in sweeps over all connections: no timer and no clock is touched when something is said. */
const IDLE_SWEEPS = 8
const MAPPED_IPV4 = '::ffff:'

export interface ListenOptions<E extends { type: string }, A, S extends Session<E, A>> {
  /** Left out, the loopback addresses that the machine has. */
  hosts?: readonly string[] | undefined
  /** 0 takes a free one. */
  port: number
  /** The option that sets the port, to be named in errors. */
  portOption: string
  maxConnections: number
  /** How long a client may say nothing. */
  idleTimeoutMs: number
  makeSession(peer: Peer): S
  /** Answers an event, now or later. */
  handle(event: E, session: S): A | Promise<A>
  /** A connection is gone; the session knows what became of it. Called once for each. */
  onEnd?(session: S): void
  /** Something of ours failed; the process and the other connections go on. */
  onError(error: unknown): void
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

class Connection<E extends { type: string }, A, S extends Session<E, A>> {
  readonly #options: ListenOptions<E, A, S>
  readonly #session: S
  /** All of the listener's, this one among them while it is open. */
  readonly #all: Set<Connection<E, A, S>>
  readonly #socket: Socket
  /** What the session waits for before `next` may be called again. */
  #waitingFor: 'nothing' | 'answer' | 'turn' = 'nothing'
  /** The peer has to read before it is told more. */
  #draining = false
  /** Bytes that the session was given since it last had nothing left to do. */
  #unreadBytes = 0
  #paused = false
  #pumping = false
  #silentSweeps = 0
  #peerEnded = false
  /** Our half is closed, or will be when what was written has left. */
  #finished = false
  #closed = false

  constructor(options: ListenOptions<E, A, S>, socket: Socket, session: S, all: Set<Connection<E, A, S>>) {
    this.#options = options
    this.#session = session
    this.#all = all
    all.add(this)
    this.#socket = socket
    this.#attach(socket)
  }

  open(overloaded: boolean): void {
    if (overloaded) this.#interrupt('overload')
    this.#pump()
  }

  /** Resolves when the socket is closed. */
  get gone(): Promise<void> {
    return new Promise(resolve => {
      if (this.#closed) resolve()
      else this.#socket.once('close', () => resolve())
    })
  }

  /** One turn of the idle clock. */
  sweep(): void {
    // Whoever waits for us is not idle; whoever does not read what we said is.
    if (this.#waitingFor !== 'nothing' && !this.#draining) return
    this.#silentSweeps += 1
    if (this.#silentSweeps <= IDLE_SWEEPS) return
    if (this.#draining || this.#finished) this.destroy()
    else this.#interrupt('idle')
  }

  shutDown(): void {
    this.#interrupt('shutdown')
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #attach(socket: Socket): void {
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('drain', this.#onDrain)
    // A reset or a broken pipe is followed by `close`, which is what counts.
    socket.on('error', () => {})
    socket.on('close', this.#onClose)
  }

  readonly #onData = (chunk: Buffer): void => {
    // Read to the end and thrown away: unread bytes would turn our close into a reset, and lose the last reply.
    if (this.#finished) return
    if (!this.#draining) this.#silentSweeps = 0
    this.#unreadBytes += chunk.length
    this.#session.receive(chunk)
    this.#pump()
  }

  readonly #onEnd = (): void => {
    this.#peerEnded = true
    this.#pump()
  }

  readonly #onDrain = (): void => {
    this.#draining = false
    this.#silentSweeps = 0
    this.#pump()
  }

  readonly #onClose = (): void => {
    this.#closed = true
    this.#all.delete(this)
    // With an answer on its way the session is not done: it may still learn that its message was stored.
    if (this.#waitingFor !== 'answer') this.#leave()
  }

  readonly #onAnswer = (answer: A): void => {
    this.#waitingFor = 'nothing'
    this.#silentSweeps = 0
    try {
      this.#session.answer(answer)
    } catch (error) {
      this.#fail(error)
    }
    if (this.#closed) this.#leave()
    else this.#pump()
  }

  readonly #onNoAnswer = (error: unknown): void => {
    this.#waitingFor = 'nothing'
    this.#fail(error)
    if (this.#closed) this.#leave()
    else this.#pump()
  }

  readonly #onTurn = (): void => {
    this.#waitingFor = 'nothing'
    if (!this.#closed) this.#pump()
  }

  /** Lets the session work until it needs bytes, an answer, another turn or a reader; then writes what it said. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (this.#waitingFor === 'nothing' && !this.#draining) {
        const event = this.#session.next()
        if (event === undefined) {
          this.#unreadBytes = 0
          if (this.#peerEnded) this.#session.interrupt('end')
          break
        }
        this.#handle(event)
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#pumping = false
    this.#flush()
    this.#regulate()
  }

  #handle(event: E | Later): void {
    if (event.type === 'later') {
      this.#waitingFor = 'turn'
      setImmediate(this.#onTurn)
      return
    }
    const answer = this.#options.handle(event as E, this.#session)
    if (answer instanceof Promise) {
      this.#waitingFor = 'answer'
      answer.then(this.#onAnswer, this.#onNoAnswer)
    } else {
      this.#session.answer(answer)
    }
  }

  #flush(): void {
    while (!this.#draining && !this.#finished) {
      const bytes = this.#output()
      if (bytes === undefined) break
      this.#draining = !this.#socket.write(bytes)
    }
    if (this.#session.ended && !this.#draining) this.#finish()
  }

  #output(): Buffer | undefined {
    try {
      return this.#session.output()
    } catch (error) {
      this.#options.onError(error)
      this.destroy()
      return undefined
    }
  }

  /** Stops reading while there is enough to do, and goes on when it is done. */
  #regulate(): void {
    const heldUp = this.#waitingFor !== 'nothing' || this.#draining
    const pause = heldUp && this.#unreadBytes >= MAX_UNREAD_BYTES && !this.#finished
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) this.#socket.pause()
    else this.#socket.resume()
  }

  #interrupt(cause: Interruption): void {
    if (this.#finished || this.#closed) return
    try {
      this.#session.interrupt(cause)
    } catch (error) {
      this.#fail(error)
    }
    this.#flush()
    this.#regulate()
  }

  /** A defect of ours: the peer gets its protocol's word for that, if the session can still say it. */
  #fail(error: unknown): void {
    this.#options.onError(error)
    try {
      this.#session.interrupt('failure')
    } catch (worse) {
      this.#options.onError(worse)
    }
    if (!this.#session.ended) this.destroy()
  }

  /** Closes our half once what was written has left, and gives the peer a moment to close its own. */
  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.#socket.end(() => {
      if (this.#peerEnded || this.#closed) return
      const timer = setTimeout(() => this.destroy(), CLOSE_GRACE_MS)
      this.#socket.once('close', () => clearTimeout(timer))
    })
  }

  #leave(): void {
    try {
      this.#session.interrupt('end')
      this.#options.onEnd?.(this.#session)
    } catch (error) {
      this.#options.onError(error)
    }
  }
}
