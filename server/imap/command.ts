/**
 * Every command that there is (RFC 3501 6, with 2177 IDLE, 2342 NAMESPACE, 2971 ID, 3691 UNSELECT, 4315 UID EXPUNGE and
 * 6851 MOVE): when it may be said, and how. How its arguments are read is with what it does.
 */
import { Decoder, WireError } from './wire.js'

/** When a command may be said (RFC 3501 3); after a login, also with a mailbox that is selected. */
type Place = 'always' | 'before-login' | 'after-login' | 'selected'

interface CommandKind {
  readonly place: Place
  /** What is said to somebody who said it wrongly. */
  readonly syntax: string
}

export const COMMANDS = {
  CAPABILITY: { place: 'always', syntax: 'CAPABILITY' },
  NOOP: { place: 'always', syntax: 'NOOP' },
  LOGOUT: { place: 'always', syntax: 'LOGOUT' },
  ID: { place: 'always', syntax: 'ID NIL, or ID ("name" "value" ...)' },
  STARTTLS: { place: 'before-login', syntax: 'STARTTLS' },
  AUTHENTICATE: { place: 'before-login', syntax: 'AUTHENTICATE <mechanism> [initial response]' },
  LOGIN: { place: 'before-login', syntax: 'LOGIN <user name> <password>' },
  SELECT: { place: 'after-login', syntax: 'SELECT <mailbox>' },
  EXAMINE: { place: 'after-login', syntax: 'EXAMINE <mailbox>' },
  CREATE: { place: 'after-login', syntax: 'CREATE <mailbox>' },
  DELETE: { place: 'after-login', syntax: 'DELETE <mailbox>' },
  RENAME: { place: 'after-login', syntax: 'RENAME <mailbox> <new name>' },
  SUBSCRIBE: { place: 'after-login', syntax: 'SUBSCRIBE <mailbox>' },
  UNSUBSCRIBE: { place: 'after-login', syntax: 'UNSUBSCRIBE <mailbox>' },
  LIST: { place: 'after-login', syntax: 'LIST <reference> <pattern>, such as LIST "" "*"' },
  LSUB: { place: 'after-login', syntax: 'LSUB <reference> <pattern>, such as LSUB "" "*"' },
  STATUS: {
    place: 'after-login',
    syntax: 'STATUS <mailbox> (<items>), of MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN',
  },
  APPEND: { place: 'after-login', syntax: 'APPEND <mailbox> [(<flags>)] ["<date and time>"] {<octets>}' },
  NAMESPACE: { place: 'after-login', syntax: 'NAMESPACE' },
  IDLE: { place: 'after-login', syntax: 'IDLE, and DONE to end it' },
  CHECK: { place: 'selected', syntax: 'CHECK' },
  CLOSE: { place: 'selected', syntax: 'CLOSE' },
  UNSELECT: { place: 'selected', syntax: 'UNSELECT' },
  EXPUNGE: { place: 'selected', syntax: 'EXPUNGE' },
  SEARCH: { place: 'selected', syntax: 'SEARCH [CHARSET <charset>] <keys>, such as SEARCH UNSEEN' },
  FETCH: { place: 'selected', syntax: 'FETCH <numbers> (<items>), such as FETCH 1:* (FLAGS UID)' },
  STORE: { place: 'selected', syntax: 'STORE <numbers> [+|-]FLAGS[.SILENT] (<flags>)' },
  COPY: { place: 'selected', syntax: 'COPY <numbers> <mailbox>' },
  MOVE: { place: 'selected', syntax: 'MOVE <numbers> <mailbox>' },
  'UID EXPUNGE': { place: 'selected', syntax: 'UID EXPUNGE <UIDs>' },
  'UID SEARCH': { place: 'selected', syntax: 'UID SEARCH [CHARSET <charset>] <keys>' },
  'UID FETCH': { place: 'selected', syntax: 'UID FETCH <UIDs> (<items>)' },
  'UID STORE': { place: 'selected', syntax: 'UID STORE <UIDs> [+|-]FLAGS[.SILENT] (<flags>)' },
  'UID COPY': { place: 'selected', syntax: 'UID COPY <UIDs> <mailbox>' },
  'UID MOVE': { place: 'selected', syntax: 'UID MOVE <UIDs> <mailbox>' },
} as const satisfies Record<string, CommandKind>

export type Verb = keyof typeof COMMANDS

/** How a command begins: all that can be said of it before its literals have come. */
export interface Opening {
  /** Null where there is none to answer with. */
  readonly tag: string | null
  /** Null where there is no such command. */
  readonly verb: Verb | null
}

/** Reads how a command begins; the cursor stands behind it. */
export function readOpening(decoder: Decoder): Opening {
  let tag: string | null = null
  try {
    const read = decoder.tag()
    // Another character belongs to it, and makes it none: `a+b` is not the tag `a`.
    if (!decoder.atEnd && decoder.peek() !== ' ') return { tag: null, verb: null }
    tag = read
    decoder.space()
    const first = decoder.word()
    const name = first === 'UID' && decoder.take(' ') ? `UID ${decoder.word()}` : first
    const isWhole = decoder.atEnd || decoder.peek() === ' '
    return { tag, verb: isWhole && Object.hasOwn(COMMANDS, name) ? (name as Verb) : null }
  } catch (error) {
    if (error instanceof WireError) return { tag, verb: null }
    throw error
  }
}

/** The same of a line alone. */
export function openingOf(line: Buffer): Opening {
  return readOpening(new Decoder([line]))
}
