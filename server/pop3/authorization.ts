/**
 * The ways to log in (RFC 1939 4 and 7, RFC 5034): what each line comes to, an answer or credentials that somebody has to
 * judge. What these mean for the session is session.ts's.
 */
import { type MailboxContext, makeChallenge } from '../mailbox/context.js'
import { Login, type LoginStep } from '../net/login.js'
import { apop, type Credentials, credentialsOf } from '../net/sasl.js'
import { type Reply, replies } from './reply.js'

/** The mechanisms of AUTH, in the order in which they are offered. */
export const MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5'] as const

/** What a line of a login comes to. */
export type LoginResult =
  | { readonly type: 'reply'; readonly reply: Reply }
  | { readonly type: 'credentials'; readonly credentials: Credentials }

const reply = (reply: Reply): LoginResult => ({ type: 'reply', reply })

export class Authorization {
  /** What the greeting ends in, and APOP's digests are made with. */
  readonly challenge: string
  readonly #makeChallenge: () => string
  /** The name that USER gave. */
  #user: string | null = null
  #login: Login | null = null

  constructor(context: MailboxContext) {
    this.#makeChallenge = () => makeChallenge(context)
    this.challenge = makeChallenge(context)
  }

  /** Whether the next line is a response of AUTH. */
  get isMidway(): boolean {
    return this.#login !== null
  }

  user(name: string): LoginResult {
    this.#user = name
    return reply(replies.passwordNext)
  }

  pass(password: string): LoginResult {
    if (this.#user === null) return reply(replies.userFirst)
    const credentials = credentialsOf('USER', this.#user, password)
    this.#user = null
    return credentials === undefined ? reply(replies.controlCharacter) : { type: 'credentials', credentials }
  }

  /** The name may have blanks; the digest is the last word. */
  apop(argument: string): LoginResult {
    const [, name = '', digest = ''] = /^(.*\S) +(\S+) *$/.exec(argument) ?? []
    const credentials = apop(this.challenge, name, digest)
    return credentials === undefined ? reply(replies.syntax('APOP')) : { type: 'credentials', credentials }
  }

  /** AUTH mechanism [initial-response]. */
  begin(argument: string): LoginResult {
    const { login, step } = Login.begin(argument, this.#makeChallenge, MECHANISMS)
    this.#login = login
    return this.#resultOf(step)
  }

  /** A line of the login. */
  respond(line: string): LoginResult {
    return this.#resultOf((this.#login as Login).respond(line))
  }

  /** Everything said of a login is forgotten. */
  forget(): void {
    this.#user = null
    this.#login = null
  }

  #resultOf(step: LoginStep): LoginResult {
    if (step.type === 'challenge') return reply(replies.challenge(step.data))
    this.#login = null
    return step.type === 'credentials' ? step : reply(replies.loginFailed(step.why, step.mechanism))
  }
}
