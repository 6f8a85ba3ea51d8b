/** How a session ends when something breaks in on it: its last words, and why nothing was delivered. */
import type { Interruption } from '../net/session.js'
import { reasons } from './account.js'
import { type Remedy, remedies } from './remedies.js'
import { type Reply, replies } from './reply.js'

/** What a session says and notes when something breaks in on it. */
interface Farewell {
  readonly lastWords: Reply | null
  readonly remedy: Remedy
  /** What happened, to be completed by where the session was. */
  readonly what?: string
  /** What by itself is the reason that nothing was delivered. */
  readonly reason?: string
}

/** By what breaks in. */
export const FAREWELLS: Readonly<Record<Interruption, Farewell>> = {
  end: { lastWords: null, what: 'the connection was lost', remedy: remedies.lostBetweenCommands },
  idle: { lastWords: replies.idle, what: 'the client fell silent', remedy: remedies.idle },
  shutdown: { lastWords: replies.shutdown, what: 'the server was shut down', remedy: remedies.shutdown },
  overload: { lastWords: replies.overload, reason: reasons.overload, remedy: remedies.overload },
  'tls-failed': { lastWords: null, reason: reasons.tlsFailed, remedy: remedies.handshake },
  failure: { lastWords: replies.failure, reason: reasons.failure, remedy: remedies.failure },
}
