/**
 * Asks rules at each moment of a session, and keeps what one wants until it is carried out. With no rule in force nothing
 * is put together for them.
 */
import type { Steps } from '../mail/loop.js'
import type { Received } from '../mail/message.js'
import type { RefusedVerb, Verb } from './command.js'
import type { SmtpContext } from './context.js'
import { type Reply, RuledReply } from './reply.js'
import { HANDSHAKE, type Moment, type Verdict } from './rule.js'
import { ruleOf } from './verdict.js'

/** The names of moments that are no command's. */
const CONNECT = ['connect']
const MESSAGE = ['message']
const IMPLICIT_TLS = [HANDSHAKE]
/** The first chunk of a message is its data, too. */
const FIRST_CHUNK = ['data', 'bdat']

/** What each command is called in rules: its stage, where it has one, and its own name. */
const NAMES: Readonly<Record<Verb | RefusedVerb, readonly string[]>> = {
  HELO: ['ehlo', 'helo'],
  EHLO: ['ehlo'],
  STARTTLS: ['starttls'],
  AUTH: ['auth'],
  MAIL: ['mail'],
  SEND: ['mail', 'send'],
  SOML: ['mail', 'soml'],
  SAML: ['mail', 'saml'],
  RCPT: ['rcpt'],
  DATA: ['data'],
  BDAT: ['bdat'],
  RSET: ['rset'],
  NOOP: ['noop'],
  QUIT: ['quit'],
  HELP: ['help'],
  VRFY: ['vrfy'],
  EXPN: ['expn'],
  TURN: ['turn'],
  ETRN: ['etrn'],
  LHLO: ['lhlo'],
  XCLIENT: ['xclient'],
}

/** What is known of a session and its transaction. */
export type Known = Pick<Moment, 'helo' | 'user' | 'mailFrom' | 'recipients' | 'transaction'>

export class Moments {
  readonly #context: SmtpContext
  /** What is known now; asked only where a rule may want to know. */
  readonly #known: () => Known
  #verdict: Verdict | null = null

  constructor(context: SmtpContext, known: () => Known) {
    this.#context = context
    this.#known = known
  }

  /** What a rule wants of the answer that comes next, once. */
  take(): Verdict | null {
    const verdict = this.#verdict
    if (verdict !== null) this.#verdict = null
    return verdict
  }

  /** The same, left where it is. */
  get verdict(): Verdict | null {
    return this.#verdict
  }

  set verdict(verdict: Verdict | null) {
    this.#verdict = verdict
  }

  /** A connection is there. */
  connection(): Verdict | null {
    if (!this.#context.judge.awake) return null
    return this.#ask(CONNECT, `a connection from ${this.#context.peer.remoteAddress}`, {})
  }

  /** TLS comes before anything is said: nothing can be answered, and only the certificate is asked about. */
  handshake(): Verdict | null {
    if (!this.#context.judge.awake) return null
    this.#ask(IMPLICIT_TLS, 'a TLS handshake', {})
    return this.take()
  }

  /** A command is in order; `about` is what is only known of it. */
  command(verb: Verb | RefusedVerb, argument: string, about: Partial<Known> = {}): Verdict | null {
    if (!this.#context.judge.awake) return null
    return this.#ask(NAMES[verb], argument === '' ? verb : `${verb} ${argument}`, about)
  }

  /**
   * Does what is in order, unless a rule refuses it or wants silence; and says it in a rule's words, if it has some. `about`
   * is what is only known of this command.
   */
  decide(
    verb: Verb | RefusedVerb,
    argument: string,
    does: (verdict: Verdict | null) => Reply,
    about?: Partial<Known>,
  ): Reply | null {
    const verdict = this.command(verb, argument, about)
    if (verdict === null) return does(null)
    if (verdict.silent) return null
    const words = wordsOf(verdict)
    if (words?.refuses) return words
    const ours = does(verdict)
    return words ?? ours
  }

  /** The first BDAT of a message. */
  firstChunk(argument: string): Verdict | null {
    if (!this.#context.judge.awake) return null
    return this.#ask(FIRST_CHUNK, `BDAT ${argument}`, {})
  }

  /** Somebody has said who they are: what they said to prove it is not told. */
  login(mechanism: string, user: string): Verdict | null {
    if (!this.#context.judge.awake) return null
    return this.#ask(NAMES.AUTH, `AUTH ${mechanism}, user "${user}"`, { user })
  }

  /** A message is there: asks with a stop after each short piece of work. What is known is that of the first. */
  *message(received: Received): Steps<void> {
    const { judge } = this.#context
    if (!judge.awake) return
    const said = `a message of ${received.raw.length} bytes from <${received.envelope.from}>`
    this.#keep(yield* judge.judgeInSteps(this.#moment(MESSAGE, said, { received })))
  }

  #ask(on: readonly string[], said: string, about: Partial<Moment>): Verdict | null {
    return this.#keep(this.#context.judge.judge(this.#moment(on, said, about)))
  }

  #moment(on: readonly string[], said: string, about: Partial<Moment>): Moment {
    const { id: sessionId, listener } = this.#context.record
    return { protocol: 'smtp', on, said, sessionId, listener, received: null, ...this.#known(), ...about }
  }

  #keep(verdict: Verdict | null): Verdict | null {
    // What a chunk is to be answered holds for the message that it completes, unless that has a rule of its own.
    if (verdict !== null) this.#verdict = verdict
    return verdict
  }
}

/** The words of a rule, as its own; null where it leaves ours. */
export function wordsOf(verdict: Verdict | null): RuledReply | null {
  return verdict === null || verdict.reply === null ? null : ruled(verdict.reply, verdict)
}

/** A reply that a rule is the reason of. */
export function ruled(reply: Reply, verdict: Verdict): RuledReply {
  return new RuledReply(reply, ruleOf(verdict))
}
