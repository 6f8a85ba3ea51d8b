/**
 * The contract between a protocol and the sockets. A session is pure: it is given bytes and answers, and gives events
 * and bytes; it never waits, reads no clock and owns no timer. net/listener.ts drives it.
 *
 * The order of a turn: `receive` stores bytes; `next` works until it has an event to surface, wants something of the
 * driver, or needs bytes or an answer; the driver answers events with `answer`; `output` gives what is to be written.
 */

/** Work that is not done yet: call `next` again in the next turn of the event loop. */
export type Later = { type: 'later' }

/** TLS is to be put under the connection: once what was said has left, the driver does so and calls `secured`. */
export type StartTls = { type: 'starttls' }

/** Once what was said has left, nothing is asked of the session for so long; then `next` is called again. */
export type Pause = { type: 'pause'; ms: number }

/** Once what was said has left, nothing is said or heard any more, until the peer leaves or the server stops. */
export type Stall = { type: 'stall' }

/** Once what was said has left, the connection is reset. */
export type Reset = { type: 'reset' }

/** What a session wants of its driver, beside the answers to its events. */
export type DriverWord = Later | StartTls | Pause | Stall | Reset

/** Why the driver breaks in on a session; `failure` is a defect of ours. */
export type Interruption = 'end' | 'idle' | 'shutdown' | 'overload' | 'tls-failed' | 'failure'

/** What is known of a connection's TLS once it is up. */
export interface TlsInfo {
  version: string
  cipher: string
}

/** Who is at the other end, and which of our ports it came to. */
export interface Peer {
  remoteAddress: string
  remotePort: number
  localPort: number
}

/**
 * A protocol as a state machine over bytes. `E` is the union of its events; each event type names its own answer in
 * the map `A`.
 */
export interface Session<E extends { type: string }, Answer> {
  /** Stores a chunk; does no work. */
  receive(chunk: Buffer): void
  /** The next event, a word for the driver, or undefined when it needs bytes or an answer. */
  next(): E | DriverWord | undefined
  /** Answers the event that `next` gave last. */
  answer(answer: Answer): void
  /** The store changed: a session that waits for that (IMAP IDLE) has something to say. */
  wake(): void
  /** The driver breaks in; the session says its last words, or records why there are none: `detail`, in words. */
  interrupt(cause: Interruption, detail?: string): void
  /** TLS is up: everything said in the clear is forgotten (RFC 3207 4.2). */
  secured(tls: TlsInfo): void
  /** What is to be written, at most 64 KiB a call; undefined when there is nothing. */
  output(): Buffer | undefined
  /** True once nothing more will be said: flush, then close. */
  readonly ended: boolean
}
