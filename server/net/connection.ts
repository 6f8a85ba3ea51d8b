/**
 * One connection: a session pumped over a socket, the one place where a protocol meets the network.
 *
 * The rules (each has a test):
 * - one write for a burst of replies, and it leaves before an answer is waited for;
 * - no `next` while the socket wants a drain, so that a client which does not read is not buffered;
 * - while a session is held up, reading goes on for `MAX_UNREAD_BYTES`, so that a peer that closes is noticed;
 * - a peer may close its half and still gets its replies; a session that has ended is flushed, then closed;
 * - a pause holds up this connection alone; for a peer that has closed its half, and may have left, all further ones
 *   together are short; in a stall what comes is thrown away, so that a peer that leaves is noticed whatever it had sent;
 * - a defect in a session or a handler costs that one connection, and is reported;
 * - TLS is put under the connection here and not by the server, so that a handshake that fails has a session, too. What
 *   came in the clear behind STARTTLS never reaches the session (RFC 3207 6; CVE-2011-0411).
 */
import type { Socket } from 'node:net'
import type { SecureContext, TLSSocket } from 'node:tls'
import { Handshake, type HandshakeKind } from './handshake.js'
import type { DriverWord, Interruption, Session, TlsInfo } from './session.js'

/** What is read while a session is held up. */
const MAX_UNREAD_BYTES = 64 * 1024
/**
 * How long a peer has to close its half after we closed ours, since a socket must not linger for one that never does; and
 * how long all pauses together may last for one that has closed its half.
 */
const CLOSE_GRACE_MS = 1000
/** A peer that meets data and a reset at once, as Node's does, takes them for data and an end: it has to read first. */
const RESET_AFTER_MS = 20
/** Silence is counted in sweeps over all connections: no timer and no clock is touched when something is said. */
export const IDLE_SWEEPS = 8

/** Who waits for one of these is not idle. */
const WAITING_FOR_US: ReadonlySet<string> = new Set(['answer', 'turn', 'pause', 'stall'])

/** The types of what is meant for the driver: no event has one of them. */
const WORDS: ReadonlySet<string> = new Set<DriverWord['type']>(['later', 'starttls', 'pause', 'stall', 'reset'])

function isWord<E extends { type: string }>(event: E | DriverWord): event is DriverWord {
  return WORDS.has(event.type)
}

export interface ConnectionOptions<E extends { type: string }, A, S extends Session<E, A>> {
  /** Left out, the session never asks for TLS. */
  tls?: TlsOptions<S> | undefined
  /** In place of a second: how long a peer has to close its half, and pauses may last for one that has closed it. */
  closeGraceMs?: number | undefined
  /** Answers an event, now or later. */
  handle(event: E, session: S): A | Promise<A>
  /** A connection is gone; the session knows what became of it. Called once for each. */
  onEnd?(session: S): void
  /** Something of ours failed; the process and the other connections go on. */
  onError(error: unknown): void
}

export interface TlsOptions<S> {
  /** Whether TLS comes first; else once the session asks for it. */
  readonly implicit: boolean
  /** The certificate for a session, with its key; asked when its handshake begins. */
  context(session: S): SecureContext | Promise<SecureContext>
}

export class Connection<E extends { type: string }, A, S extends Session<E, A>> {
  readonly #options: ConnectionOptions<E, A, S>
  readonly #session: S
  /** All of the listener's, this one among them while it is open. */
  readonly #all: Set<Connection<E, A, S>>
  readonly #tcp: Socket
  /** The TCP connection, or TLS over it. */
  #socket: Socket
  /** What the session waits for before `next` may be called again; `flush` is what comes before a handshake. */
  #waitingFor: 'nothing' | 'answer' | 'turn' | 'flush' | 'handshake' | 'pause' | 'stall' | 'reset' = 'nothing'
  /** The pause that is under way, and how long it was to last. */
  #pause: { readonly timer: NodeJS.Timeout; readonly ms: number } | undefined
  /** What is left of pauses once the peer has closed its half. */
  #graceMs: number
  #handshake: Handshake | undefined
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
  readonly #whenGone: (() => void)[] = []

  constructor(options: ConnectionOptions<E, A, S>, socket: Socket, session: S, all: Set<Connection<E, A, S>>) {
    this.#options = options
    this.#graceMs = options.closeGraceMs ?? CLOSE_GRACE_MS
    this.#session = session
    this.#all = all
    all.add(this)
    this.#tcp = socket
    this.#socket = socket
    socket.on('close', this.#onClose)
    this.#attach(socket)
  }

  open(overloaded: boolean): void {
    const isImplicit = this.#options.tls?.implicit === true
    if (isImplicit) this.#waitingFor = 'handshake'
    if (overloaded) this.#interrupt('overload')
    else if (isImplicit) this.#secure('implicit')
    else this.#pump()
  }

  /** Resolves when the socket is closed. */
  get gone(): Promise<void> {
    return new Promise(resolve => {
      if (this.#closed) resolve()
      else this.#whenGone.push(resolve)
    })
  }

  /** One turn of the idle clock. */
  sweep(): void {
    // Whoever waits for us is not idle; whoever does not read what we said, or finish its handshake, is.
    if (WAITING_FOR_US.has(this.#waitingFor) && !this.#draining) return
    this.#silentSweeps += 1
    if (this.#silentSweeps <= IDLE_SWEEPS) return
    if (this.#handshake !== undefined) this.#handshake.giveUp()
    else if (this.#draining || this.#finished) this.destroy()
    else this.#interrupt('idle')
  }

  shutDown(): void {
    this.#interrupt('shutdown')
  }

  /** What the session shows has changed: it may have something to say. */
  wake(): void {
    if (this.#closed || this.#finished) return
    try {
      this.#session.wake()
    } catch (error) {
      this.#fail(error)
    }
    if (this.#waitingFor === 'nothing') this.#pump()
  }

  destroy(): void {
    this.#tcp.destroy()
  }

  #attach(socket: Socket): void {
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('drain', this.#onDrain)
    // A reset or a broken pipe is followed by `close`, which is what counts.
    socket.on('error', () => {})
  }

  #detach(socket: Socket): void {
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    socket.off('drain', this.#onDrain)
  }

  readonly #onData = (chunk: Buffer): void => {
    // Read to the end and thrown away: unread bytes would turn our close into a reset, and lose the last reply.
    if (this.#finished || this.#waitingFor === 'stall' || this.#waitingFor === 'reset') return
    if (!this.#draining) this.#silentSweeps = 0
    this.#unreadBytes += chunk.length
    this.#session.receive(chunk)
    this.#pump()
  }

  readonly #onEnd = (): void => {
    this.#peerEnded = true
    if (this.#waitingFor === 'stall') this.#interrupt('end')
    else if (this.#waitingFor === 'pause' && this.#pause !== undefined) this.#holdFor(this.#pause.ms)
    else this.#pump()
  }

  readonly #onDrain = (): void => {
    this.#draining = false
    this.#silentSweeps = 0
    this.#pump()
  }

  readonly #onClose = (): void => {
    this.#closed = true
    this.#endPause()
    this.#all.delete(this)
    for (const tell of this.#whenGone) tell()
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
    this.#endPause()
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

  #handle(event: E | DriverWord): void {
    if (isWord(event)) {
      this.#obey(event)
      return
    }
    const answer = this.#options.handle(event, this.#session)
    if (answer instanceof Promise) {
      this.#waitingFor = 'answer'
      answer.then(this.#onAnswer, this.#onNoAnswer)
    } else {
      this.#session.answer(answer)
    }
  }

  #obey(word: DriverWord): void {
    switch (word.type) {
      case 'later':
        this.#waitingFor = 'turn'
        setImmediate(this.#onTurn)
        break
      case 'starttls':
        this.#waitingFor = 'flush'
        break
      case 'pause':
        if (this.#peerEnded && this.#graceMs === 0) break
        this.#waitingFor = 'pause'
        this.#holdFor(word.ms)
        break
      case 'stall':
      case 'reset':
        this.#waitingFor = word.type
        break
    }
  }

  #flush(): void {
    // What is said before TLS is up waits for it.
    if (this.#waitingFor === 'handshake') return
    while (!this.#draining && !this.#finished) {
      const bytes = this.#output()
      if (bytes === undefined) break
      this.#draining = !this.#socket.write(bytes)
    }
    if (this.#draining) return
    if (this.#waitingFor === 'reset') this.#reset()
    else if (this.#session.ended) this.#finish()
    else if (this.#waitingFor === 'flush') this.#startTls()
  }

  /** Begins a pause, or goes on with one. */
  #holdFor(ms: number): void {
    this.#endPause()
    const heldMs = this.#peerEnded ? Math.min(ms, this.#graceMs) : ms
    if (this.#peerEnded) this.#graceMs -= heldMs
    this.#pause = { timer: setTimeout(this.#onTurn, heldMs), ms }
  }

  #endPause(): void {
    if (this.#pause === undefined) return
    clearTimeout(this.#pause.timer)
    this.#pause = undefined
  }

  /** Resets the connection once what was said has left; under TLS it is the one below that can be reset. */
  #reset(): void {
    if (this.#finished) return
    this.#finished = true
    this.#socket.write('', () => {
      if (this.#closed) return
      const timer = setTimeout(() => this.#tcp.resetAndDestroy(), RESET_AFTER_MS)
      this.#pause = { timer, ms: RESET_AFTER_MS }
    })
  }

  /** Waits until all that was said in the clear has left, and puts TLS under the connection. */
  #startTls(): void {
    this.#waitingFor = 'handshake'
    this.#socket.write('', () => {
      if (this.#closed || this.#session.ended) return
      if (this.#peerEnded) this.#onHandshakeFailure('the app closed the connection after STARTTLS')
      else this.#secure('starttls')
    })
  }

  #secure(kind: HandshakeKind): void {
    const { tls } = this.#options
    try {
      if (tls === undefined) throw new Error('a session asked for TLS, and there is no certificate')
      this.#detach(this.#tcp)
      this.#paused = false
      this.#unreadBytes = 0
      this.#silentSweeps = 0
      const context = tls.context(this.#session)
      if (!(context instanceof Promise)) {
        this.#shakeHands(context, kind)
        return
      }
      // What the peer says meanwhile is the handshake's.
      this.#tcp.pause()
      context.then(made => this.#shakeHands(made, kind)).catch(error => this.#fail(error))
    } catch (error) {
      this.#fail(error)
    }
  }

  #shakeHands(context: SecureContext, kind: HandshakeKind): void {
    if (this.#closed) return
    const outcome = { secured: this.#onSecured, failed: this.#onHandshakeFailure }
    this.#handshake = new Handshake(this.#tcp, context, kind, outcome)
  }

  readonly #onSecured = (socket: TLSSocket, tls: TlsInfo): void => {
    this.#handshake = undefined
    this.#waitingFor = 'nothing'
    this.#silentSweeps = 0
    this.#socket = socket
    this.#attach(socket)
    try {
      this.#session.secured(tls)
    } catch (error) {
      this.#fail(error)
    }
    this.#pump()
  }

  readonly #onHandshakeFailure = (why: string): void => {
    this.#handshake = undefined
    this.#interrupt('tls-failed', why)
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
    const heldUp = (this.#waitingFor !== 'nothing' && this.#waitingFor !== 'stall') || this.#draining
    const pause = heldUp && this.#unreadBytes >= MAX_UNREAD_BYTES && !this.#finished
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) this.#socket.pause()
    else this.#socket.resume()
  }

  #interrupt(cause: Interruption, detail?: string): void {
    if (this.#finished || this.#closed) return
    try {
      this.#session.interrupt(cause, detail)
    } catch (error) {
      this.#fail(error)
    }
    if (this.#waitingFor === 'handshake') {
      // Nothing can be said in the midst of it.
      this.destroy()
      return
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
    if (!this.#session.ended || this.#waitingFor === 'handshake') this.destroy()
  }

  /** Closes our half once what was written has left, and gives the peer a moment to close its own. */
  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.#endPause()
    this.#socket.end(() => {
      if (this.#peerEnded || this.#closed) return
      const timer = setTimeout(() => this.destroy(), this.#options.closeGraceMs ?? CLOSE_GRACE_MS)
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
