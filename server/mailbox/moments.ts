/**
 * The moments of a POP3 or an IMAP session at which rules are asked: those that they share with SMTP, by the same names.
 * What a rule says there was written for SMTP; `words` is what other protocols can make of it.
 */
import { HANDSHAKE, type Verdict } from '../smtp/rule.js'
import type { MailboxContext } from './context.js'

/** From where on a code refuses (RFC 5321 4.2.1), and from where on for good. */
const REFUSES_FROM = 400
const PERMANENT_FROM = 500

/** What a rule says, without the code that only SMTP has. */
export interface RuleWords {
  readonly refuses: boolean
  /** Whether trying again may help. */
  readonly isTemporary: boolean
  readonly text: string
}

export class Moments {
  readonly #context: Pick<MailboxContext, 'judge' | 'record' | 'peer'>

  constructor(context: Pick<MailboxContext, 'judge' | 'record' | 'peer'>) {
    this.#context = context
  }

  /** A connection is there. */
  connection(): Verdict | null {
    return this.#ask('connect', `a connection from ${this.#context.peer.remoteAddress}`, null)
  }

  /** TLS comes before anything is said. */
  handshake(): Verdict | null {
    return this.#ask(HANDSHAKE, 'a TLS handshake', null)
  }

  /** TLS is asked for; `said` is the command. */
  startTls(said: string): Verdict | null {
    return this.#ask('starttls', said, null)
  }

  /** Somebody has said who they are: what they said to prove it is not told. */
  login(mechanism: string, user: string): Verdict | null {
    return this.#ask('auth', `${mechanism}, user "${user}"`, user)
  }

  /** The client takes its leave; `said` is the command. */
  quit(said: string, user: string | null): Verdict | null {
    return this.#ask('quit', said, user)
  }

  #ask(on: string, said: string, user: string | null): Verdict | null {
    const { judge, record } = this.#context
    if (!judge.awake) return null
    return judge.judge({
      protocol: record.protocol,
      on: [on],
      said,
      sessionId: record.id,
      listener: record.listener,
      helo: null,
      user,
      mailFrom: undefined,
      recipients: undefined,
      transaction: 0,
      received: null,
    })
  }
}

/** What a rule says in place of our words; null where it leaves these. */
export function wordsOf(verdict: Verdict | null): RuleWords | null {
  const reply = verdict?.reply ?? null
  if (reply === null) return null
  const { code, lines } = reply
  return {
    refuses: code >= REFUSES_FROM,
    isTemporary: code >= REFUSES_FROM && code < PERMANENT_FROM,
    text: lines.join(' '),
  }
}
