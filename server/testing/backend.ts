/**
 * What a handle needs of the place where the mail is: this process, or a server behind HTTP. Every other member of the
 * surface is made of these, so that both kinds of handle agree. Types only.
 */
import type { GivenEnvelope } from '../mail/by-hand.js'
import type { Check } from '../mail/checks/result.js'
import type { Connections, Miss } from '../mail/explain.js'
import type { Message } from '../mail/message.js'
import type { Filter } from '../mail/query.js'
import type { AttemptFilter, SessionFilter } from '../mail/record-filter.js'
import type { Attempt, Session } from '../mail/session.js'
import type { Rule, RuleInput } from '../smtp/rule.js'

/** A cursor from which a handle sees mail, or the promise of it. */
export type Mark = number | Promise<number>

/** Where the mail is. */
export interface Backend {
  /** The URL for the app that sends: `smtp://127.0.0.1:49152`. */
  readonly smtpUrl: string
  /** The URL of the page and the API, without a slash at its end. */
  readonly url: string
  readonly ports: Ports
  /** The store's cursor now; a promise where it has to be asked for, which nobody need await. */
  cursor(): Mark
  /** Matches after `since` in order, those there and then those that come, until `signal` is aborted. */
  watch(filter: Filter, since: number, signal: AbortSignal): AsyncIterable<Message>
  /** Matches after `since` that are there now, oldest first. */
  list(filter: Filter, since: number): Promise<Message[]>
  remove(ids: readonly string[]): Promise<number>
  /** Puts a message in without SMTP; `inbox` is where it goes that nothing else claims. Resolves to its id. */
  add(raw: Buffer, envelope: GivenEnvelope, inbox: string | undefined): Promise<string>
  /** The newest messages after `since` that do not match, and the term on which each failed. */
  misses(filter: Filter, since: number): Promise<Miss[]>
  /**
   * What the connections that ended after `since`, or are open, say about mail that did not come. With an inbox: those
   * that tried mail for it, and those that came to try none.
   */
  connections(since: number, inbox?: string): Promise<Connections>
  /** Sessions that ended after `since`, or are open, by their start, the oldest first. */
  sessions(filter: SessionFilter, since: number): Promise<Session[]>
  /** Sessions that ended after `since`, and then those that end, until `signal` is aborted. */
  watchSessions(filter: SessionFilter, since: number, signal: AbortSignal): AsyncIterable<Session>
  /** Attempts that ended after `since`, in order. */
  attempts(filter: AttemptFilter, since: number): Promise<Attempt[]>
  /** The same, and then those that come, until `signal` is aborted. */
  watchAttempts(filter: AttemptFilter, since: number, signal: AbortSignal): AsyncIterable<Attempt>
  /** The session that brought a message, and the tries that the message took. */
  sessionOf(messageId: string): Promise<Session>
  attemptsOf(messageId: string): Promise<Attempt[]>
  /** What the sender of a message may want to know of it. */
  checksOf(messageId: string): Promise<Check[]>
  /** Adds a rule behind those that are there. Rejects with RuleError where it cannot be. */
  addRule(input: RuleInput): Promise<Rule>
  /** The rules that are there, whoever added them, in their order. */
  rules(): Promise<Rule[]>
  /** Resolves to whether it was there. */
  removeRule(id: string): Promise<boolean>
  raw(id: string): Promise<Buffer>
  part(id: string, part: string): Promise<Buffer>
  /** The HTML of a message that has some, made safe to show, remote content blocked. */
  html(id: string): Promise<string>
  /** Registers an inbox, or uses the one of that name. */
  register(wanted: InboxOptions): Registration
  stop(): Promise<void>
}

/** Which inbox is asked for. */
export interface InboxOptions {
  /** Its name; a unique one is made up where none is given. */
  name?: string
  /** What people read on the page: the title of a test. */
  label?: string
  /** `all`: also what came before, to an inbox that has a name. */
  since?: 'all'
}

/** An inbox as a Backend registers it. */
export interface Registration {
  readonly name: string
  /** For an app that logs in: what it sends is in this inbox. */
  readonly smtpUrl: string
  /** An address whose mail is in this inbox. */
  address(hint: string): string
  /** Resolves once the server knows it; keeps it from being forgotten. */
  use(): Promise<void>
}

export interface Ports {
  smtp: number
  /** SMTP over TLS; only with the option `tls`. */
  smtps?: number
  /** POP3; only with the option `pop3`. */
  pop3?: number
  /** POP3 over TLS; only with `pop3` and `tls`. */
  pop3s?: number
  /** IMAP; only with the option `imap`. */
  imap?: number
  /** IMAP over TLS; only with `imap` and `tls`. */
  imaps?: number
  http: number
}

/** What a handle is made of. */
export interface HandleParts {
  backend: Backend
  /** Tells the test author what is no failure, but has to be seen. */
  warn(text: string): void
}
