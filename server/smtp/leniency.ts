/**
 * What this server takes although a strict one would not. Each is a sentence, since it becomes a warning in the session
 * and on the message: a sender's author reads it here before a real server refuses the mail. They say nothing of the
 * address or the byte at hand, so that ten thousand equal slips are one warning.
 */

import type { Account } from './account.js'
import { type Reply, replies } from './reply.js'

/** A leniency by its sentence. */
export type Leniency = (typeof leniency)[keyof typeof leniency]

export const leniency = {
  bareLf: 'a command line ended in a lone LF in place of CRLF',
  extraBlanks: 'more than one blank stood between the words of a command',
  helloWithoutName: 'HELO or EHLO without a name',
  helloName: 'HELO or EHLO with a name that is neither a domain nor an address literal',
  fromWithoutBrackets: 'MAIL FROM without angle brackets',
  toWithoutBrackets: 'RCPT TO without angle brackets',
  fromBlank: 'MAIL FROM: with a blank after the colon',
  toBlank: 'RCPT TO: with a blank after the colon',
  /** RFC 5321 3.3 and F.2: to be accepted, not to be generated; a server may refuse what it implies. */
  sourceRoute: 'an address with a source route',
  noDomain: 'an address without a domain',
  localPart: 'an address whose part before the @ is not a dot-string and should be quoted',
  domain: 'an address whose domain is not a domain name or an address literal',
  /** RFC 5321 4.5.3.1.1. */
  longLocalPart: 'an address whose part before the @ is longer than 64 octets',
  /** RFC 5321 4.5.3.1.2. */
  longDomain: 'an address whose domain is longer than 255 octets',
  /** RFC 6531 3.4. */
  utf8WithoutSmtputf8: 'an address with non-ASCII characters without the SMTPUTF8 parameter',
  /** CVE-2023-51764 to 51766: to some servers these end a message, and what follows is the next one. */
  smuggling:
    'a line of a single dot with a lone CR or LF beside it, which some servers take for the end of the message',
} as const

/** How much a session lets pass. */
export class Tolerance {
  readonly #isStrict: boolean
  readonly #account: Account

  constructor(isStrict: boolean, account: Account) {
    this.#isStrict = isStrict
    this.#account = account
  }

  /** Takes what a strict server would refuse, and remembers that it did; or is that server, and gives the refusal. */
  of(overlooked: Leniency, verb = '', badPath = replies.badSender): Reply | null {
    const refusal = this.#isStrict ? refusalOf(overlooked, verb, badPath) : null
    if (refusal === null) this.#account.overlook(overlooked)
    return refusal
  }
}

/**
 * What `--smtp-strict` answers in place of overlooking; null for what RFC 5321 wants to be taken. `badPath` is the reply
 * to a bad path of the command at hand.
 */
function refusalOf(overlooked: Leniency, verb: string, badPath: (why: string) => Reply): Reply | null {
  switch (overlooked) {
    case leniency.bareLf:
      return replies.bareLf
    case leniency.extraBlanks:
      return replies.extraBlanks
    case leniency.helloWithoutName:
    case leniency.helloName:
      return replies.badHello(verb)
    case leniency.sourceRoute:
      // 3.3, 4.1.1.3: a server must accept one.
      return null
    case leniency.utf8WithoutSmtputf8:
      return replies.utf8NotAnnounced
    case leniency.smuggling:
      return replies.bareLineEnds
    default:
      return badPath(overlooked)
  }
}
