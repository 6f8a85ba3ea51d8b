/**
 * Who is at the other end (RFC 4954): the login that goes on, the credentials that somebody judges, and who has passed.
 * What a step means for the session is conversation.ts's.
 */
import type { Envelope } from '../mail/message.js'
import { Login, type LoginStep } from '../net/login.js'
import type { Credentials } from '../net/sasl.js'
import type { SmtpContext } from './context.js'
import { replyTo } from './login.js'
import type { Recorder } from './record.js'
import { type Reply, replies } from './reply.js'

/** Of a challenge, beside the time: nobody can foresee it. */
const CHALLENGE_BYTES = 12

export class Authentication {
  readonly #context: SmtpContext
  readonly #recorder: Recorder
  #login: Login | null = null
  #credentials: Credentials | null = null
  #username: string | null = null
  #auth: Envelope['auth'] = null

  constructor(context: SmtpContext, recorder: Recorder) {
    this.#context = context
    this.#recorder = recorder
  }

  /** Who has logged in. */
  get auth(): Envelope['auth'] {
    return this.#auth
  }

  /** Who tried to log in last, with success or without. */
  get username(): string | null {
    return this.#username
  }

  /** AUTH mechanism [initial-response]. */
  begin(argument: string): Reply | Credentials {
    const { login, step } = Login.begin(argument, () => this.#challenge())
    this.#login = login
    return this.#step(step)
  }

  /** A line of the login. */
  respond(line: string): Reply | Credentials {
    return this.#step((this.#login as Login).respond(line))
  }

  /** Whether the credentials pass; `words` are a rule's, in place of ours. */
  judged(passed: boolean, words: Reply | null): Reply {
    const { mechanism, username } = this.#credentials as Credentials
    this.#credentials = null
    this.#username = username
    this.#recorder.note(`${passed ? 'logged in' : 'the login was refused'}: ${mechanism}, user "${username}"`)
    if (!passed) return words ?? replyTo((this.#login as Login).refuse())
    this.#auth = { mechanism, username }
    this.#recorder.reached('auth')
    return words ?? replies.loggedIn
  }

  /** The login is over, whatever came of it. */
  end(): void {
    this.#login = null
  }

  /** Everything said in the clear is forgotten (RFC 3207 4.2). */
  forget(): void {
    this.#auth = null
    this.#username = null
    this.#login = null
  }

  #step(step: LoginStep): Reply | Credentials {
    if (step.type !== 'credentials') return replyTo(step)
    this.#credentials = step.credentials
    return step.credentials
  }

  /** A challenge as RFC 2195 2 wants it: of the form of a message identifier, and never the same twice. */
  #challenge(): string {
    const { now, random, options } = this.#context
    return `<${random(CHALLENGE_BYTES).toString('hex')}.${now()}@${options.name}>`
  }
}
