/**
 * One connection and its attempts as they are kept: cheap to write, since every message passes here, and made into what
 * people read (session.ts) when somebody asks.
 */
import type { Inboxes } from './inboxes.js'
import type { Envelope } from './message.js'
import type { Attempt, AttemptOutcome, AttemptReply, DiagnosisStep, Session, SessionSummary } from './session.js'
import { type Speaker, Transcript } from './transcript.js'

/** A step of a mail's way. */
export type Step = DiagnosisStep['step']

/** What keeps an app from delivering. */
export interface Failure {
  step: Step
  /** In words: what happened. */
  reason: string
  /** In words: what to change. */
  fix: string
  /** Nothing went wrong, the app only left: it counts where there is nothing better. */
  weak: boolean
}

/** What a protocol's session says of itself: asked while it is open, and once more at its end. */
export interface Teller {
  readonly helo: string | null
  readonly tls: Envelope['tls']
  readonly auth: Envelope['auth']
  /** Who tried to log in, with success or without; null for nobody. */
  readonly username: string | null
  readonly warnings: readonly string[]
  readonly outcome: string
  /** What went wrong since the last delivery; null where nothing did. */
  readonly failure: Failure | null
}

/** Who connected, and to which port of ours. */
export type Peer = Pick<SessionSummary, 'remoteAddress' | 'remotePort' | 'localPort'>

/** What a session takes in memory beside what was said, and an attempt beside its addresses and its data: estimates. */
const SESSION_OVERHEAD_BYTES = 1000
const ATTEMPT_OVERHEAD_BYTES = 300
/** A recipient beside its address: three places in arrays, and the head of a string. */
const RECIPIENT_OVERHEAD_BYTES = 48
/** Of one attempt: ten thousand recipients of ordinary length. Further ones are not listed. */
const MAX_ATTEMPT_BYTES = 1024 * 1024

/** A transaction while it lasts and afterwards. */
export class AttemptRecord {
  /** The number that it took at its end; its place in order. */
  n = 0
  gone = false
  readonly session: SessionRecord
  readonly atMs: number
  readonly from: string
  to: string[] = []
  inboxes: string[] = []
  outcome: AttemptOutcome = 'aborted'
  code: number | null = null
  bytes = 0
  messageId: string | null = null
  /** The start of what DATA brought, where it was not stored. */
  data: Buffer | null = null
  /** What it takes in memory. */
  weight: number
  /** The answers but the last: to which command, and as they were sent. The nth RCPT is about the nth of `to`. */
  #course: Course = { verbs: [], answers: [], last: null }
  #lastVerb = ''
  /** Null where the course says it. */
  #lastAnswer: string | null = ''
  /** The rules that answered, by the place of the answer: nearly always none. */
  #rules: Map<number, string> | null = null

  constructor(session: SessionRecord, atMs: number, from: string) {
    this.session = session
    this.atMs = atMs
    this.from = from
    this.weight = ATTEMPT_OVERHEAD_BYTES + from.length
  }

  /** A command was answered, by a rule or not; `recipient` is RCPT's. Gives by how much more memory is taken. */
  answered(verb: string, recipient: string | null, answer: string, ruleId: string | null = null): number {
    const weight = (recipient === null ? 0 : recipient.length) + RECIPIENT_OVERHEAD_BYTES
    if (this.weight + weight > MAX_ATTEMPT_BYTES) return 0
    if (recipient !== null) this.to.push(recipient)
    if (ruleId !== null) {
      this.#rules ??= new Map()
      this.#rules.set(this.#course.answers.length, ruleId)
    }
    this.#course.verbs.push(verb)
    this.#course.answers.push(answer)
    this.weight += weight
    return weight
  }

  /** A recipient was named, and nothing was answered any more. */
  tried(recipient: string): void {
    if (this.weight + recipient.length > MAX_ATTEMPT_BYTES) return
    this.to.push(recipient)
    this.weight += recipient.length
  }

  get id(): string {
    return attemptId(this.session.instance, this.n)
  }

  /** Nothing is added any more. Most attempts go the same way but for the last answer, and share what they have in common. */
  seal(usual: Course): Course {
    const { verbs, answers } = this.#course
    this.#lastVerb = verbs.pop() ?? ''
    this.#lastAnswer = answers.pop() ?? ''
    const last = around(this.messageId, this.#lastAnswer, usual.last)
    if (last !== null) this.#lastAnswer = null
    const isUsual = equal(usual.verbs, verbs) && equal(usual.answers, answers) && (last === null || last === usual.last)
    // Copies have the length that they need; an array that was pushed to keeps room for sixteen more.
    this.#course = isUsual ? usual : { verbs: verbs.slice(), answers: answers.slice(), last: last ?? usual.last }
    if (this.messageId === null) this.to = this.to.slice()
    return this.#course
  }

  describe(): Attempt {
    return {
      id: this.id,
      seq: this.n,
      at: new Date(this.atMs).toISOString(),
      sessionId: this.session.id,
      inboxes: this.inboxes,
      from: this.from,
      to: this.to,
      replies: this.#replies(),
      code: this.code,
      outcome: this.outcome,
      bytes: this.bytes,
      messageId: this.messageId,
    }
  }

  #replies(): AttemptReply[] {
    const { verbs, answers, last } = this.#course
    let recipients = 0
    const reply = (verb: string, answer: string, n: number): AttemptReply => {
      const recipient = verb === 'RCPT' ? (this.to[recipients++] ?? null) : null
      return { verb, recipient, ...parted(answer), ruleId: this.#rules?.get(n) ?? null }
    }
    const all = verbs.map((verb, n) => reply(verb, answers[n] as string, n))
    // Nothing was answered where a rule cut the connection at MAIL.
    const lastAnswer = this.#lastAnswer ?? (last === null ? '' : last.join(this.messageId ?? ''))
    if (lastAnswer !== '') all.push(reply(this.#lastVerb, lastAnswer, verbs.length))
    return all
  }
}

/** What a transaction was answered. */
export interface Course {
  readonly verbs: string[]
  readonly answers: string[]
  /** What stands before and behind the message's id in the answer to the data; null where it is not known. */
  readonly last: readonly [string, string] | null
}

/** What stands around a message's id in an answer: `usual` itself, where that does; null where the id is not in it. */
function around(id: string | null, answer: string | null, usual: Course['last']): Course['last'] {
  if (id === null || answer === null) return null
  if (usual !== null) {
    const [before, after] = usual
    const isUsual =
      answer.length === before.length + id.length + after.length &&
      answer.startsWith(before) &&
      answer.startsWith(id, before.length) &&
      answer.endsWith(after)
    if (isUsual) return usual
  }
  const at = answer.indexOf(id)
  return at === -1 ? null : [answer.slice(0, at), answer.slice(at + id.length)]
}

function equal(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((text, n) => text === others[n])
}

/** A reply as it was sent -> its code, and its texts. */
function parted(answer: string): { code: number; text: string } {
  const lines = answer.replace(/\r\n$/, '').split('\r\n')
  return { code: Number(answer.slice(0, 3)), text: lines.map(line => line.slice(4)).join('\n') }
}

/** The id of an attempt: the server's life and its number, with a 0 between, so that it is never a message's. */
export function attemptId(instance: string, n: number): string {
  return `${instance}0a${n.toString(36)}`
}

/** The id of a session, likewise. */
export function sessionId(instance: string, n: number): string {
  return `${instance}0s${n.toString(36)}`
}

/** The number in an id of that letter; undefined where it is none of this life. */
export function numberIn(id: string, instance: string, letter: 'a' | 's'): number | undefined {
  if (!id.startsWith(`${instance}0${letter}`)) return undefined
  const digits = id.slice(instance.length + 2)
  const n = Number.parseInt(digits, 36)
  return n.toString(36) === digits ? n : undefined
}

/** What a record tells the collection that it is in. */
export interface Keeper {
  readonly instance: string
  readonly inboxes: Inboxes
  /** How the last attempt went, to be shared by one that goes the same way. */
  usual: Course
  now(): number
  /** More memory is taken, or less. */
  grew(bytes: number): void
  /** An app came so far. */
  reached(step: Step): void
  /** An attempt has ended. */
  attempted(attempt: AttemptRecord): void
}

const NOBODY: Teller = {
  helo: null,
  tls: null,
  auth: null,
  username: null,
  warnings: [],
  outcome: 'still open',
  failure: null,
}

/** A connection while it lasts and afterwards. */
export class SessionRecord {
  readonly n: number
  readonly id: string
  gone = false
  readonly protocol: SessionSummary['protocol']
  readonly peer: Peer
  /** The inbox that the listener was given; null for none. */
  readonly listener: string | null
  readonly startedAtMs: number
  endedAtMs: number | null = null
  seq = 0
  /** Those that are still kept. */
  attempts: AttemptRecord[] = []
  delivered = 0
  teller: Teller = NOBODY
  /** What it takes in memory, without its attempts. */
  weight = SESSION_OVERHEAD_BYTES
  readonly #keeper: Keeper
  /** Whether the client said a line. */
  #heard = false
  readonly #transcript = new Transcript()

  constructor(n: number, protocol: SessionSummary['protocol'], peer: Peer, listener: string | null, keeper: Keeper) {
    this.n = n
    this.id = sessionId(keeper.instance, n)
    this.protocol = protocol
    this.peer = peer
    this.listener = listener
    this.#keeper = keeper
    this.startedAtMs = keeper.now()
  }

  get instance(): string {
    return this.#keeper.instance
  }

  /** Adds a line to what was said. */
  said(speaker: Speaker, text: string): void {
    if (speaker === 'client') this.#heard = true
    const at = Math.max(this.#keeper.now() - this.startedAtMs, 0)
    const weight = this.#transcript.add(at, speaker, text)
    this.weight += weight
    this.#keeper.grew(weight)
  }

  /** The app came so far. */
  reached(step: Step): void {
    this.#keeper.reached(step)
  }

  /** A transaction begins. */
  begin(from: string): AttemptRecord {
    return new AttemptRecord(this, this.#keeper.now(), from)
  }

  /** A transaction has ended. */
  attempted(attempt: AttemptRecord): void {
    if (attempt.outcome === 'accepted') this.delivered += 1
    else attempt.inboxes = this.#inboxesOf(attempt)
    this.#keeper.usual = attempt.seal(this.#keeper.usual)
    this.attempts.push(attempt)
    this.#keeper.attempted(attempt)
  }

  /** Takes what the session says of itself, so that nothing of the session is held any longer. */
  close(): void {
    const { helo, tls, auth, username, warnings, outcome, failure } = this.teller
    const kept = warnings.length === 0 ? NO_WARNINGS : warnings.slice()
    this.teller = { helo, tls, auth, username, warnings: kept, outcome, failure }
    this.attempts = this.attempts.slice()
    this.#transcript.seal()
    this.endedAtMs = this.#keeper.now()
  }

  /** Whether nothing came of it because nothing was said: most likely somebody looked whether the port is open. */
  get isBlank(): boolean {
    return !this.#heard && (this.teller.failure?.weak ?? true)
  }

  /**
   * Whether nobody will ask why it came to nothing: it delivered, or fetched, or only looked. A mail program looks every
   * minute, and must not push out what tells something.
   */
  get isSpent(): boolean {
    return this.delivered > 0 || this.isBlank || (this.protocol !== 'smtp' && (this.teller.failure?.weak ?? true))
  }

  /** Of its attempts; without any, where a mail of it would have gone. */
  get inboxes(): string[] {
    if (this.attempts.length > 0) return [...new Set(this.attempts.flatMap(({ inboxes }) => inboxes))]
    return this.#keeper.inboxes.of({
      recipients: [],
      header: null,
      listener: this.listener,
      username: this.teller.username,
    })
  }

  summary(): SessionSummary {
    const { peer, teller, attempts } = this
    return {
      id: this.id,
      seq: this.seq,
      protocol: this.protocol,
      inboxes: this.inboxes,
      startedAt: new Date(this.startedAtMs).toISOString(),
      endedAt: this.endedAtMs === null ? null : new Date(this.endedAtMs).toISOString(),
      remoteAddress: peer.remoteAddress,
      remotePort: peer.remotePort,
      localPort: peer.localPort,
      helo: teller.helo,
      tls: teller.tls,
      auth: teller.auth,
      messages: attempts.flatMap(({ messageId }) => messageId ?? []),
      attempts: attempts.map(({ id }) => id),
      warnings: [...teller.warnings],
      outcome: teller.outcome,
    }
  }

  describe(): Session {
    return { ...this.summary(), fix: this.teller.failure?.fix ?? null, transcript: this.#transcript.lines() }
  }

  #inboxesOf({ to, data }: AttemptRecord): string[] {
    const { username } = this.teller
    const auth = username === null ? null : { mechanism: '', username }
    return this.#keeper.inboxes.ofMessage({ raw: data ?? NO_DATA, envelope: { to, auth } }, this.listener)
  }
}

const NO_DATA = Buffer.alloc(0)
const NO_WARNINGS: readonly string[] = Object.freeze([])
