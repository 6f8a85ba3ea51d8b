/** Every status line that this server can send (RFC 1939 3), with its response code where it has one (RFC 2449 8, 3206). */
import { explainFailure } from '../mailbox/failures.js'
import type { RuleWords } from '../mailbox/moments.js'
import type { LoginFailure } from '../net/login.js'
import { COMMANDS, type Verb } from './command.js'

/** RFC 2449 4: the first line of a response has at most 512 octets; the status, a code and CRLF take their share. */
const MAX_TEXT_CHARACTERS = 450

/** RFC 3206 4 and 5: the credentials are wrong, or something else is, for now or for good. */
type ResponseCode = 'AUTH' | 'SYS/TEMP' | 'SYS/PERM'

export interface Reply {
  readonly ok: boolean
  readonly text: string
  /** Whether the client broke the protocol, as against a refusal that a proper client may meet. */
  readonly isProtocolError: boolean
}

const ok = (text: string): Reply => ({ ok: true, text: `+OK ${clean(text)}\r\n`, isProtocolError: false })

const refused = (text: string, code?: ResponseCode): Reply => ({
  ok: false,
  text: `-ERR ${code === undefined ? '' : `[${code}] `}${clean(text)}\r\n`,
  isProtocolError: false,
})

const broken = (text: string): Reply => ({ ...refused(text), isProtocolError: true })

/** Printable ASCII: nothing that comes from elsewhere breaks a line of ours. */
function clean(text: string): string {
  return text.slice(0, MAX_TEXT_CHARACTERS).replace(/[^ -~]/g, '?')
}

const messages = (count: number) => (count === 1 ? '1 message' : `${count} messages`)

/** The replies by what they say. */
export const replies = {
  greeting: (name: string, challenge: string) => ok(`${name} POP3 maildouble ${challenge}`),
  passwordNext: ok('now the password'),
  count: (count: number, bytes: number) => ok(`${messages(count)} (${bytes} octets)`),
  capabilities: ok('this is what there is'),
  mechanisms: ok('these are the ways to log in'),
  readyForTls: ok('begin TLS'),
  /** RFC 1939 5: nothing but the two numbers. */
  status: (count: number, bytes: number) => ok(`${count} ${bytes}`),
  listed: (number: number, value: string | number) => ok(`${number} ${value}`),
  message: (bytes: number) => ok(`${bytes} octets`),
  top: ok('the top of it follows'),
  marked: (number: number) => ok(`message ${number} goes at QUIT`),
  reset: (count: number, bytes: number) => ok(`nothing is deleted: ${messages(count)} (${bytes} octets)`),
  nothing: ok('nothing done'),
  bye: (deleted: number) => ok(deleted === 0 ? 'bye' : `bye; ${messages(deleted)} deleted`),
  /** A challenge (RFC 5034 4): no status, and no space where there is nothing to say. */
  challenge: (data: Buffer): Reply => ({
    ok: true,
    text: `+ ${data.toString('base64')}\r\n`,
    isProtocolError: false,
  }),

  badCredentials: refused('this user name and password are none of --mailbox-auth', 'AUTH'),
  tlsFirst: refused('say STLS first: logins in the clear are refused', 'SYS/PERM'),
  noTls: refused('there is no TLS here: start maildouble with --tls'),
  noMessage: (count: number) => refused(count === 0 ? 'there are no messages' : `the messages are 1 to ${count}`),
  isDeleted: (number: number) => refused(`message ${number} is marked as deleted; RSET takes that back`),
  isGone: (number: number) =>
    refused(`message ${number} was there at login and is no more: it was deleted, or had to give way to newer mail`),

  shutdown: refused('the server is shut down', 'SYS/TEMP'),
  overload: refused('there are too many connections', 'SYS/TEMP'),
  failure: refused('the server failed; its log says how', 'SYS/TEMP'),
  http: refused('this is POP3; the page is on the HTTP port'),

  syntax: (verb: Verb) => broken(`say ${COMMANDS[verb].syntax}`),
  lineTooLong: (limit: number) => broken(`the line is longer than ${limit} octets`),
  endlessLine: broken('the line does not end'),
  controlCharacter: broken('the line has a control character'),
  unknownCommand: broken('there is no such command'),
  loginFirst: broken('log in first'),
  loggedInAlready: broken('you are logged in already'),
  userFirst: broken('say USER first'),
  tlsActive: broken('TLS is up already'),
  tooManyErrors: refused('too many errors', 'SYS/PERM'),

  /** A login that cannot go on. */
  loginFailed: (why: LoginFailure, mechanism: string): Reply =>
    why === 'refused' ? replies.badCredentials : broken(explainFailure(why, mechanism)),

  /** What a rule says. */
  ruled: (words: RuleWords, inLogin: boolean): Reply => {
    if (!words.refuses) return ok(words.text)
    return refused(words.text, words.isTemporary ? 'SYS/TEMP' : inLogin ? 'AUTH' : 'SYS/PERM')
  },
} as const
