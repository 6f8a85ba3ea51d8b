/**
 * The lines of a login by SASL, as every text protocol here exchanges them: base64 both ways, `*` cancels, `=` is an empty
 * initial response (RFC 4954 4 for SMTP, RFC 5034 4 for POP3, RFC 3501 6.2.2 and RFC 4959 for IMAP). Each protocol has its
 * own words for what comes of a line; who may pass is decided elsewhere. Pure.
 */
import { BEARER_REFUSED, bearsToken, beginExchange, type Credentials, type Exchange } from './sasl.js'

/** Stands for an initial response that is empty. */
const EMPTY_RESPONSE = '='
const CANCEL = '*'
/** Stands for a secret where a line is shown. */
export const MASK = '****'

/** What comes of a line. */
export type LoginStep =
  /** The client has to answer `data`, which is sent in base64. */
  | { readonly type: 'challenge'; readonly data: Buffer }
  /** Somebody has to judge these. */
  | { readonly type: 'credentials'; readonly credentials: Credentials }
  /** The login is over; `mechanism` as the client named it. */
  | { readonly type: 'failed'; readonly why: LoginFailure; readonly mechanism: string }

/** A step that is answered at once. */
export type Answered = Exclude<LoginStep, { type: 'credentials' }>

/**
 * `syntax`: no mechanism, or too many words. `server-first`: an initial response where the server speaks first.
 * `malformed`: base64 of what is no response of the mechanism. `refused`: the client has taken note that it was.
 */
export type LoginFailure =
  | 'syntax'
  | 'unknown-mechanism'
  | 'server-first'
  | 'cancelled'
  | 'bad-base64'
  | 'malformed'
  | 'refused'

export class Login {
  readonly #exchange: Exchange
  /** A bearer token was refused, and the client has been told why: it still owes a line (RFC 7628 3.2.3). */
  #refused = false

  private constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  /**
   * Begins with what stands behind the command: a mechanism, and an initial response or none. `challenge` is unique, as
   * CRAM-MD5 needs it; `offered` are the mechanisms that there are, all unless said. There is no login where the first
   * step has failed.
   */
  static begin(
    argument: string,
    challenge: () => string,
    offered?: readonly string[],
  ): { readonly login: Login | null; readonly step: LoginStep } {
    const [mechanism = '', initial, ...rest] = argument.split(' ')
    const failed = (why: LoginFailure) => ({ login: null, step: { type: 'failed', why, mechanism } as const })
    if (mechanism === '' || rest.length > 0) return failed('syntax')
    const isOffered = offered === undefined || offered.includes(mechanism.toUpperCase())
    const exchange = isOffered ? beginExchange(mechanism, challenge) : undefined
    if (exchange === undefined) return failed('unknown-mechanism')
    const login = new Login(exchange)
    if (initial === undefined) return { login, step: { type: 'challenge', data: exchange.begin() } }
    if (!exchange.clientFirst) return failed('server-first')
    return { login, step: login.respond(initial === EMPTY_RESPONSE ? '' : initial) }
  }

  /** A line of the client's; one that is empty is an empty response. */
  respond(line: string): LoginStep {
    if (this.#refused) return this.#failed('refused')
    if (line === CANCEL) return this.#failed('cancelled')
    const response = decodeBase64(line)
    if (response === undefined) return this.#failed('bad-base64')
    const step = this.#exchange.step(response)
    return step.type === 'malformed' ? this.#failed('malformed') : step
  }

  /** The credentials do not pass. */
  refuse(): Answered {
    if (!bearsToken(this.#exchange.mechanism)) return this.#failed('refused')
    this.#refused = true
    return { type: 'challenge', data: BEARER_REFUSED }
  }

  #failed(why: LoginFailure): Answered {
    return { type: 'failed', why, mechanism: this.#exchange.mechanism }
  }
}

/** A line of a login as it is shown: only an empty one and a cancellation are no secret. */
export function shownResponse(line: Buffer): string {
  const text = line.toString('latin1')
  return text === '' || text === CANCEL ? text : MASK
}

/** Strictly (RFC 4954 4): what is not written as base64 writes it is none. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
