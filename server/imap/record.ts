/**
 * How a command is kept in the session's record: without what somebody proves himself with, and with literals as their
 * sizes.
 */
import { MASK } from '../net/login.js'
import type { Opening, Verb } from './command.js'
import type { Piece } from './wire.js'

/** Behind these stands a secret. */
const SECRET: ReadonlySet<Verb> = new Set<Verb>(['LOGIN', 'AUTHENTICATE'])

export function shownCommand({ tag, verb }: Opening, pieces: readonly Piece[]): string {
  // What is no command may be what is left of a login.
  if (tag === null || verb === null) return MASK
  if (SECRET.has(verb)) return `${tag} ${verb} ${MASK}`
  if (pieces.length === 0) return `${tag} ${verb}`
  return pieces.map(piece => (Buffer.isBuffer(piece) ? piece.toString('latin1') : `{${piece.literal.length}}`)).join('')
}
