/**
 * AUTH (RFC 4954): the lines of a login, over the mechanisms of net/sasl.ts. Who may pass is decided elsewhere.
 */
import type { Credentials, Exchange } from '../net/sasl.js'
import { BEARER_REFUSED, bearsToken, beginExchange } from '../net/sasl.js'
import { type Reply, replies } from './reply.js'

/** RFC 4954 4: stands for an initial response that is empty. */
const EMPTY_RESPONSE = '='
const CANCEL = '*'

/** What comes of a line: an answer, or credentials that somebody has to judge. */
export type LoginStep = Reply | Credentials

export class Login {
  readonly #exchange: Exchange
  /** A bearer token was refused, and the client has been told why: it still owes a line (RFC 7628 3.2.3). */
  #refused = false

  private constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  /** AUTH mechanism [initial-response]. `challenge` is unique, as CRAM-MD5 needs it. */
  static begin(argument: string, challenge: () => string): { login: Login; step: LoginStep } | Reply {
    const [mechanism = '', initial, ...rest] = argument.split(' ')
    if (mechanism === '' || rest.length > 0) return replies.syntax('AUTH <mechanism> [initial response]')
    const exchange = beginExchange(mechanism, challenge)
    if (exchange === undefined) return replies.unknownMechanism(mechanism)
    const login = new Login(exchange)
    if (initial === undefined) return { login, step: replies.challenge(exchange.begin()) }
    if (!exchange.clientFirst) return replies.serverFirst(exchange.mechanism)
    return { login, step: login.respond(initial === EMPTY_RESPONSE ? '' : initial) }
  }

  /** A line of the client's; one that is empty is an empty response. */
  respond(line: string): LoginStep {
    if (this.#refused) return replies.badCredentials
    if (line === CANCEL) return replies.loginCancelled
    const response = decodeBase64(line)
    if (response === undefined) return replies.badBase64
    const step = this.#exchange.step(response)
    switch (step.type) {
      case 'challenge':
        return replies.challenge(step.data)
      case 'credentials':
        return step.credentials
      case 'malformed':
        return replies.badResponse(this.#exchange.mechanism)
    }
  }

  /** The credentials do not pass. */
  refuse(): Reply {
    if (!bearsToken(this.#exchange.mechanism)) return replies.badCredentials
    this.#refused = true
    return replies.challenge(BEARER_REFUSED)
  }
}

/** Strictly (RFC 4954 4): what is not written as base64 writes it is none. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
