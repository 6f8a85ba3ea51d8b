/**
 * What an SMTP session leaves behind: every line both ways, and its attempts, each a transaction from MAIL to its end
 * (RFC 5321 3.3). The session tells what happens; here it becomes a record. It changes nothing of what the session does.
 *
 * Data is shown as a size, and what a client says while it logs in is never kept: the session masks it.
 */
import type { AttemptRecord, SessionRecord, Step } from '../mail/session-record.js'
import { MASK } from '../net/login.js'
import { MAX_KEPT_DATA_BYTES } from './data.js'
import type { Reply } from './reply.js'

const BLANK = ' '
/** RFC 4422 3.1; anything else behind AUTH may be the secret itself. */
const MECHANISM = /^[\w-]{1,20}$/

/** A command line as it is shown: what comes behind the mechanism of AUTH is a secret. */
export function shownCommand(line: Buffer): string {
  const text = line.toString('utf8')
  if (text.slice(0, 8).trimStart().slice(0, 4).toUpperCase() !== 'AUTH') return text
  const [verb = '', mechanism = '', ...rest] = text.split(BLANK).filter(word => word !== '')
  if (verb.length !== 4) return `${verb.slice(0, 4)} ${MASK}`
  const shown = mechanism === '' || MECHANISM.test(mechanism) ? mechanism : MASK
  return [verb, shown, rest.length > 0 ? MASK : ''].filter(word => word !== '').join(BLANK)
}

/** What became of a message. */
interface StoredMessage {
  readonly id: string
  readonly inboxes: string[]
  /** The recipients that were accepted. */
  readonly to: string[]
}

/** The answer to a message while it is held back, and the command that it is the answer to. */
interface Unsaid {
  readonly verb: string
  readonly reply: Reply
}

export class Recorder {
  readonly #session: SessionRecord
  /** Whether replies are sent with their enhanced codes (RFC 2034): so until a client is offered none. */
  enhancedCodes = true
  #attempt: AttemptRecord | null = null
  #unsaid: Unsaid | null = null
  /** MAIL was refused: there is no transaction, and what a pipelining client says on changes nothing about that. */
  #mailRefused = false
  /** Whether DATA or the data was refused. */
  #dataRefused = false
  #recipientsAccepted = 0
  #recipientsRefused = 0

  constructor(session: SessionRecord) {
    this.#session = session
  }

  /** The client said a line. */
  heard(line: string): void {
    this.#session.said('client', line)
  }

  /** The server said a reply. */
  said(reply: Reply): void {
    this.#session.said('server', this.#sent(reply))
    if (this.#unsaid !== null) this.#settle(true)
  }

  /** The server said the first half of a reply. */
  saidHalf(reply: Reply): void {
    const sent = this.#sent(reply)
    this.#session.said('server', sent.slice(0, Math.floor(sent.length / 2)))
    if (this.#unsaid !== null) this.#settle(false)
  }

  /** So many bytes of a message came. */
  data(bytes: number): void {
    // On the path of every message, so that no locale is asked.
    this.#session.said('note', `${bytes} bytes of data`)
  }

  /** Something happened that nobody said. */
  note(text: string): void {
    this.#session.said('note', text)
  }

  /** The app came so far. */
  reached(step: Step): void {
    this.#session.reached(step)
  }

  /** MAIL, or a verb like it, was answered while no transaction was open; a reply of null is none. */
  mail(verb: string, from: string, reply: Reply | null): void {
    this.end('aborted')
    this.#attempt = this.#session.begin(from)
    this.#mailRefused = reply?.refuses === true
    this.#dataRefused = false
    this.#recipientsAccepted = 0
    this.#recipientsRefused = 0
    if (reply !== null) this.answered(verb, reply)
  }

  /** RCPT was answered, or not. */
  rcpt(recipient: string, reply: Reply | null): void {
    const attempt = this.#attempt
    if (attempt === null) return
    if (reply === null) {
      attempt.tried(recipient)
      return
    }
    this.#answer(attempt, 'RCPT', recipient, reply)
    this.#noteRefusal(attempt, reply)
    if (reply.refuses) {
      this.#recipientsRefused += 1
      return
    }
    this.#recipientsAccepted += 1
    this.#session.reached('recipient')
  }

  /** Another command of the transaction was answered: DATA, a chunk of BDAT. */
  answered(verb: string, reply: Reply): void {
    const attempt = this.#attempt
    if (attempt === null) return
    this.#answer(attempt, verb, null, reply)
    // A pipelining client says DATA all the same; that there is no recipient was said when they were refused.
    if (!this.#allRefused) this.#noteRefusal(attempt, reply)
    if (reply.refuses && (verb === 'DATA' || verb === 'BDAT')) this.#dataRefused = true
  }

  /**
   * The whole message came. `reply` is the answer to it, null for none: the attempt ends when that is said, since an app
   * that left before, or was told half of it, was not answered. `data` is what came where it was not stored.
   */
  message(verb: string, reply: Reply | null, bytes: number, stored: StoredMessage | null, data?: Buffer) {
    const attempt = this.#attempt
    if (attempt === null) return
    attempt.code = null
    attempt.bytes = bytes
    if (stored === null) {
      attempt.outcome = 'refused'
      keep(attempt, data)
    } else {
      attempt.outcome = 'accepted'
      attempt.messageId = stored.id
      attempt.inboxes = stored.inboxes
      // The message has the same list, unless a recipient was refused.
      attempt.to = stored.to.length === attempt.to.length ? stored.to : attempt.to.slice()
      this.#session.reached('stored')
    }
    if (reply === null) this.#finish(attempt)
    else this.#unsaid = { verb, reply }
  }

  /** The transaction ends without a message; `bytes` of data had come, `data` is their start. */
  end(how: 'aborted' | 'lost', bytes = 0, data?: Buffer): void {
    if (this.#unsaid !== null) this.#settle(false)
    const attempt = this.#attempt
    if (attempt === null) return
    attempt.outcome = this.#mailRefused || this.#allRefused || this.#dataRefused ? 'refused' : how
    attempt.bytes = bytes
    keep(attempt, data)
    this.#finish(attempt)
  }

  get #allRefused(): boolean {
    return this.#recipientsRefused > 0 && this.#recipientsAccepted === 0
  }

  #answer(attempt: AttemptRecord, verb: string, recipient: string | null, reply: Reply): void {
    attempt.answered(verb, recipient, this.#sent(reply), reply.rule === null ? null : reply.rule.id)
  }

  /** A reply as it was sent, with its line ends. */
  #sent(reply: Reply): string {
    return this.enhancedCodes ? reply.text : reply.plainText
  }

  #noteRefusal(attempt: AttemptRecord, { refuses, code }: Reply): void {
    if (refuses && !(this.#mailRefused && attempt.code !== null)) attempt.code = code
  }

  /** Ends the attempt whose message has come: what it was answered was said, or never was. */
  #settle(isSaid: boolean): void {
    const { verb, reply } = this.#unsaid as Unsaid
    const attempt = this.#attempt as AttemptRecord
    this.#unsaid = null
    if (isSaid) {
      this.#answer(attempt, verb, null, reply)
      attempt.code = reply.code
    }
    this.#finish(attempt)
  }

  #finish(attempt: AttemptRecord): void {
    this.#attempt = null
    this.#session.attempted(attempt)
  }
}

/** Keeps the start of what came, in memory of its own: it must not keep a larger block alive. */
function keep(attempt: AttemptRecord, data: Buffer | undefined): void {
  if (data === undefined || data.length === 0) return
  attempt.data = Buffer.allocUnsafeSlow(Math.min(data.length, MAX_KEPT_DATA_BYTES))
  data.copy(attempt.data)
  attempt.weight += attempt.data.length
}
