/**
 * What a test author holds: a handle on the mail that came after the handle was made. The surface stands here once,
 * over a Backend that says where the mail is: in this process, or behind HTTP.
 *
 * Nothing polls. Regular expressions and predicates run here, in the caller's process, on the candidates that the
 * other terms leave, so that every kind of handle agrees.
 */

import type { GivenEnvelope } from '../mail/by-hand.js'
import { compose, MESSAGE_FIELDS, type MessageFields } from '../mail/compose.js'
import { type Circumstances, explainAttempts, explainTimeout, type WaitFailure } from '../mail/explain.js'
import { explainNoEnd, explainStrayOption, explainUnwanted } from '../mail/explain-matchers.js'
import type { Message } from '../mail/message.js'
import { mailReport } from '../mail/report.js'
import type { Attempt, Session } from '../mail/session.js'
import type { Backend, HandleParts, InboxOptions, Mark, Ports, Registration } from './backend.js'
import { type Asked, failingHere, type MailFilter, split } from './filter.js'
import { ReceivedMessage } from './received.js'
import { type AttemptsFilter, type SessionsFilter, splitAttempts, splitSessions } from './record-filter.js'
import {
  AddedRules,
  type CloseOptions,
  closing,
  type ReplyOrReplies,
  type RuleHandle,
  type RuleMatch,
  type RuleOptions,
  type RuleSet,
  replying,
} from './rules.js'
import {
  assertCount,
  assertTakes,
  type Collected,
  MAX_TIMEOUT_MS,
  TimeoutError,
  UNTIL_OPTIONS,
  type Until,
  untimed,
  WAIT_OPTIONS,
  type WaitOptions,
  Waits,
  type Wanted,
} from './waits.js'

export class MailHandle {
  readonly #parts: HandleParts
  readonly #backend: Backend
  /** The inbox that this handle is on; undefined for all of the mail. */
  readonly #registration: Registration | undefined
  readonly #inboxes = new Set<MailHandle>()
  readonly #waits = new Waits()
  readonly #rules: AddedRules
  readonly #listeners = new Set<AbortController>()
  #mark: Mark
  #taken = new Set<string>()
  /** Undefined until stop() is called; resolves when all is closed. */
  #stopped: Promise<void> | undefined

  /** A handle begins when it is made: it sees what comes after `mark`. */
  constructor(parts: HandleParts, registration?: Registration, mark: Mark = parts.backend.cursor()) {
    this.#parts = parts
    this.#backend = parts.backend
    this.#registration = registration
    this.#mark = mark
    this.#rules = new AddedRules({ backend: parts.backend, registration, assertRunning: () => this.#assertRunning() })
  }

  /** Where the app sends its mail: `smtp://127.0.0.1:49152`. */
  get smtpUrl(): string {
    return this.#backend.smtpUrl
  }

  /** Where a person looks at it: `http://127.0.0.1:49153`. */
  get url(): string {
    return this.#backend.url
  }

  get ports(): Ports {
    return this.#backend.ports
  }

  /**
   * A handle on one inbox: whatever goes to an address of it, however many tests share the server and the app. Without
   * a name a unique one is made up, and all of its mail is the handle's; one that is named begins now, unless it is asked
   * for with `since: 'all'`.
   */
  inbox(wanted: string | InboxOptions = {}): InboxHandle {
    this.#assertRunning()
    const options = typeof wanted === 'string' ? { name: wanted } : wanted
    const registration = this.#backend.register(options)
    const hasAll = options.name === undefined || options.since === 'all'
    const mark = hasAll ? 0 : this.#backend.cursor()
    const inbox = new InboxHandle(this.#parts, registration, mark)
    this.#inboxes.add(inbox)
    return inbox
  }

  /**
   * The oldest match that this handle has not handed out yet, as soon as it is there. A second call is the second mail.
   * Rejects with everything that helps to see why when nothing comes in time.
   */
  async next(filter: MailFilter = {}, options: WaitOptions = {}): Promise<ReceivedMessage> {
    const [message] = await this.#wait('next', filter, 1, options, candidate => {
      if (this.#taken.has(candidate.id)) return false
      this.#taken.add(candidate.id)
      return true
    })
    return message as ReceivedMessage
  }

  /** The first match of this handle, as soon as it is there, without taking it. Rejects as `next` does. */
  async waitFor(filter: MailFilter = {}, options: WaitOptions = {}): Promise<ReceivedMessage> {
    const [message] = await this.#wait('waitFor', filter, 1, options)
    return message as ReceivedMessage
  }

  /** The first `count` matches, as soon as they are all there. Rejects as `next` does. */
  async waitForAll(filter: MailFilter, count: number, options: WaitOptions = {}): Promise<ReceivedMessage[]> {
    assertCount(count, 'messages')
    return this.#wait('waitForAll', filter, count, options)
  }

  /**
   * That no match comes: for so long, or until a later mail proves that the app is past it. Judges what this handle has
   * seen already, too, and fails as soon as there is one.
   */
  async expectNone(filter: MailFilter, until: Until): Promise<void> {
    // Whoever writes JavaScript may have left it out.
    const { before, withinMs, ...options } = (until ?? {}) as Until
    assertTakes('expectNone()', until ?? {}, UNTIL_OPTIONS)
    if (before === undefined && withinMs === undefined) throw new TypeError(explainNoEnd('expectNone()'))
    const unwanted = before === undefined ? this.#within(filter, until) : this.#precede(filter, before, options)
    const found = await unwanted
    if (found.length > 0) throw new Error(explainUnwanted(split(filter).shown, found))
  }

  /** The matches that come within a time: the first, if any. */
  async #within(filter: MailFilter, { withinMs, signal }: Until): Promise<Message[]> {
    const options = { ...(withinMs !== undefined && { timeoutMs: withinMs }), ...(signal && { signal }) }
    return (await this.#find('expectNone', this.#ask(filter), 1, options)).items
  }

  /** The matches that are older than the first of `before`, which has to come. */
  async #precede(filter: MailFilter, before: MailFilter, options: WaitOptions): Promise<ReceivedMessage[]> {
    const over = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal
    try {
      // Whichever comes first; the numbers of what is there then tell which is older.
      await Promise.race([
        this.#wait('expectNone', before, 1, { ...options, signal }),
        this.#find('expectNone', this.#ask(filter), 1, { timeoutMs: MAX_TIMEOUT_MS, signal }),
      ])
      const [proof] = await this.messages(before)
      return (await this.messages(filter)).filter(message => proof === undefined || message.uid < proof.uid)
    } finally {
      over.abort(new Error('it is decided'))
    }
  }

  /** The matches that are there now, oldest first. */
  async messages(filter: MailFilter = {}): Promise<ReceivedMessage[]> {
    this.#assertRunning()
    const asked = this.#ask(filter)
    const found = await this.#backend.list(asked.remote, await this.#begin())
    return found.map(message => this.#received(message)).filter(message => failingHere(asked, message) === undefined)
  }

  /** The newest match that is there now, or undefined. */
  async latest(filter: MailFilter = {}): Promise<ReceivedMessage | undefined> {
    return (await this.messages(filter)).at(-1)
  }

  /** What was said on the connections that ended since this handle began, or are open: the oldest first. */
  async sessions(filter: SessionsFilter = {}): Promise<Session[]> {
    this.#assertRunning()
    const { remote, here } = splitSessions(filter)
    const since = await this.#begin()
    return (await this.#backend.sessions({ ...remote, ...this.#scope }, since)).filter(here)
  }

  /** What was tried, delivered or not, in order. */
  async attempts(filter: AttemptsFilter = {}): Promise<Attempt[]> {
    this.#assertRunning()
    const { remote, here } = splitAttempts(filter)
    const since = await this.#begin()
    return (await this.#backend.attempts({ ...remote, ...this.#scope }, since)).filter(here)
  }

  /** The first `count` attempts that match, as soon as they are all there. Rejects with what was tried instead. */
  async waitForAttempts(filter: AttemptsFilter, count: number, options: WaitOptions = {}): Promise<Attempt[]> {
    assertCount(count, 'attempts')
    assertTakes('waitForAttempts()', options, WAIT_OPTIONS)
    const { remote, here, shown } = splitAttempts(filter)
    const scoped = { ...remote, ...this.#scope }
    const mark = this.#mark
    const found = await this.#collect({
      ...options,
      name: 'waitForAttempts',
      shown,
      count,
      passes: here,
      watch: signal => this.#from(mark, signal, since => this.#backend.watchAttempts(scoped, since, signal)),
    })
    if (found.inTime) return found.items
    const since = await mark
    const ids = new Set(found.items.map(({ id }) => id))
    const others = (await this.#backend.attempts({ ...this.#scope }, since)).filter(({ id }) => !ids.has(id))
    const { waitedMs, items } = found
    const circumstances = await this.#circumstances(since)
    throw new TimeoutError(explainAttempts({ wanted: shown, count, waitedMs, found: items, others, ...circumstances }))
  }

  /** Calls `fn` with each message, session or attempt from now on: a session when it ends. Returns the way to stop. */
  on(event: 'message', fn: (message: ReceivedMessage) => void): () => void
  on(event: 'session', fn: (session: Session) => void): () => void
  on(event: 'attempt', fn: (attempt: Attempt) => void): () => void
  on(event: 'message' | 'session' | 'attempt', fn: (item: never) => void): () => void {
    this.#assertRunning()
    const end = new AbortController()
    const mark = this.#backend.cursor()
    this.#listeners.add(end)
    void this.#listen(event, mark, fn as (item: unknown) => void, end.signal)
    return () => {
      end.abort()
      this.#listeners.delete(end)
    }
  }

  async #listen(event: string, mark: Mark, fn: (item: unknown) => void, signal: AbortSignal): Promise<void> {
    const items = this.#from(mark, signal, since => this.#follow(event, since, signal))
    for await (const item of this.#unlessItEnds(event, items, signal)) {
      if (signal.aborted) return
      fn(item)
    }
  }

  /** What ends a listener is told as a warning: there is no call that could reject. */
  async *#unlessItEnds<T>(event: string, items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
    try {
      yield* items
    } catch (error) {
      if (!signal.aborted) this.#parts.warn(`on('${event}') has ended: ${(error as Error).message}`)
    }
  }

  async *#follow(event: string, since: number, signal: AbortSignal): AsyncGenerator<unknown> {
    if (event === 'session') yield* this.#backend.watchSessions(this.#scope, since, signal)
    else if (event === 'attempt') yield* this.#backend.watchAttempts(this.#scope, since, signal)
    else for await (const message of this.#backend.watch(this.#scope, since, signal)) yield this.#received(message)
  }

  /** What goes wrong on purpose. On an inbox, rules touch only its recipients; `stop()` removes them. */
  get rules(): RuleSet {
    return this.#rules
  }

  /**
   * Answers what matches with `reply`: '451', '550 No such user here', or one for each match, `['451', '451', '250']`,
   * after which it is over. `{ times: 2 }` is for the first two only.
   */
  reject(match: RuleMatch, reply: ReplyOrReplies, options: RuleOptions = {}): Promise<RuleHandle> {
    return this.#rules.add(replying(match, reply, options))
  }

  /** Holds the answer to what matches back; other connections go on. */
  delay(match: RuleMatch, delayMs: number, options: RuleOptions = {}): Promise<RuleHandle> {
    return this.#rules.add({ ...options, match, delayMs })
  }

  /** Ends the connection of what matches, without an answer: at once, `afterBytes` of the body, or once it is stored. */
  closeConnection(match: RuleMatch, options: CloseOptions = {}): Promise<RuleHandle> {
    return this.#rules.add(closing(match, options))
  }

  /**
   * What this handle has seen as one HTML file that is whole without the server: the mail as it looks, and what was said
   * on the connections. For those who look at a test that failed. With a filter: its matches, and what else was tried but
   * brought no mail.
   */
  async report(title = 'Mail', filter?: MailFilter): Promise<string> {
    const messages = await this.messages(filter)
    const reported = messages.map(async message => {
      const safeHtml = message.html === null ? null : await this.#backend.html(message.id)
      return { message, safeHtml }
    })
    const ids = new Set(messages.map(({ id }) => id))
    const isLeftOut = (id: string) => filter !== undefined && !ids.has(id)
    const sessions = await this.sessions()
    const attempts = await this.attempts()
    return mailReport({
      title,
      messages: await Promise.all(reported),
      sessions: sessions.filter(({ messages }) => messages.length === 0 || !messages.every(isLeftOut)),
      attempts: attempts.filter(({ messageId }) => messageId === null || !isLeftOut(messageId)),
      smtpUrl: this.smtpUrl,
    })
  }

  /**
   * Puts a message in without SMTP: its bytes, or its fields. The envelope is that of its headers unless said. On the
   * handle of an inbox it is in this inbox, unless a recipient is of another. Resolves to its id.
   */
  async add(message: MessageFields | string | Uint8Array, envelope: GivenEnvelope = {}): Promise<string> {
    this.#assertRunning()
    const isRaw = typeof message === 'string' || message instanceof Uint8Array
    if (!isRaw) {
      if ('bcc' in message)
        throw new TypeError(explainStrayOption('add()', 'bcc', 'put it into the envelope: { to: [...] }.'))
      assertTakes('add()', message, MESSAGE_FIELDS)
    }
    assertTakes('the envelope of add()', envelope, ['from', 'to'])
    await this.#registration?.use()
    return this.#backend.add(isRaw ? Buffer.from(message as string) : compose(message), envelope, this.#scope.inbox)
  }

  /** Begins anew: what came before is no longer seen, and pending waits fail. Deletes nothing. */
  clear(): void {
    this.#assertRunning()
    this.#mark = this.#backend.cursor()
    this.#taken = new Set()
    this.#waits.fail('clear()')
  }

  /** Deletes the matches, or all that this handle sees; resolves to how many there were. */
  async delete(filter: MailFilter = {}): Promise<number> {
    const found = await this.messages(filter)
    return this.#backend.remove(found.map(message => message.id))
  }

  /**
   * Ends it: pending waits fail, ports are closed, nothing keeps the process alive. On the handle of an inbox it ends
   * that handle, and the server goes on. A second call resolves with the first.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#waits.fail('stop()')
    for (const listener of this.#listeners) listener.abort()
    for (const inbox of this.#inboxes) await inbox.stop()
    for (const text of await this.#rules.end()) this.#parts.warn(text)
    if (!this.#registration) await this.#backend.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #wait(
    name: string,
    filter: MailFilter,
    count: number,
    options: WaitOptions,
    take?: (message: Message) => boolean,
  ): Promise<ReceivedMessage[]> {
    assertTakes(`${name}()`, options, WAIT_OPTIONS)
    const asked = this.#ask(filter)
    const mark = this.#mark
    const found = await this.#find(name, asked, count, options, take)
    if (found.inTime) return found.items.map(message => this.#received(message))
    const progress = { count, found: found.items, waitedMs: found.waitedMs }
    throw new TimeoutError(explainTimeout(await this.#failure(asked, await mark, progress, take !== undefined)))
  }

  #find(
    name: string,
    asked: Asked,
    count: number,
    options: WaitOptions,
    take?: (message: Message) => boolean,
  ): Promise<Collected<Message>> {
    const mark = this.#mark
    const passes = (candidate: Message) =>
      failingHere(asked, this.#received(candidate)) === undefined && take?.(candidate) !== false
    const watch = (signal: AbortSignal) =>
      this.#from(mark, signal, since => this.#backend.watch(asked.remote, since, signal))
    return this.#collect({ ...options, name, shown: asked.shown, count, passes, watch })
  }

  async #collect<T>(wanted: Wanted<T>): Promise<Collected<T>> {
    this.#assertRunning()
    return this.#waits.collect(wanted)
  }

  /** The mark as it was when this was called, once the inbox is registered. */
  async #begin(mark = this.#mark): Promise<number> {
    await this.#registration?.use()
    return mark
  }

  /** What `watch` gives from a mark on, or nothing where somebody ends it before the mark is known. */
  async *#from<T>(mark: Mark, signal: AbortSignal, watch: (since: number) => AsyncIterable<T>): AsyncGenerator<T> {
    const begun = this.#begin(mark)
    const since = await new Promise<number | undefined>((resolve, reject) => {
      untimed(signal).addEventListener('abort', () => resolve(undefined))
      begun.then(resolve, reject)
    })
    if (since !== undefined) yield* watch(since)
  }

  async #failure(
    asked: Asked,
    since: number,
    progress: Pick<WaitFailure, 'count' | 'found' | 'waitedMs'>,
    taking: boolean,
  ): Promise<WaitFailure> {
    const misses = await this.#backend.misses(asked.remote, since)
    for (const message of await this.#backend.list(asked.remote, since)) {
      const failed = failingHere(asked, this.#received(message))
      if (failed !== undefined) misses.push({ message, failed })
      else if (taking && this.#taken.has(message.id))
        misses.push({ message, failed: 'new: next() has handed it out before' })
    }
    return { wanted: asked.shown, ...progress, misses, ...(await this.#circumstances(since)) }
  }

  /** What every failure tells beside what was asked for. */
  async #circumstances(since: number): Promise<Circumstances> {
    const connections = await this.#backend.connections(since, this.#scope.inbox)
    return { connections, rules: await this.#rules.concerning(), smtpUrl: this.smtpUrl }
  }

  /** What is asked, within the inbox of this handle. */
  #ask(filter: MailFilter): Asked {
    const asked = split(filter)
    return { ...asked, remote: { ...asked.remote, ...this.#scope } }
  }

  /** What the inbox of this handle narrows. */
  get #scope(): { inbox?: string } {
    return this.#registration ? { inbox: this.#registration.name } : {}
  }

  #received(message: Message): ReceivedMessage {
    return new ReceivedMessage(message, this.#backend)
  }

  #assertRunning(): void {
    if (this.#stopped) throw new Error('This handle is stopped: stop() was called on it.')
  }
}

/** A handle on one inbox: it sees what goes there, and nothing else. */
export class InboxHandle extends MailHandle {
  readonly #own: Registration

  constructor(parts: HandleParts, registration: Registration, mark: Mark) {
    super(parts, registration, mark)
    this.#own = registration
  }

  /** Its name: the filter `inbox` of the API. */
  get name(): string {
    return this.#own.name
  }

  /** For an app that can log in: what it sends there is in this inbox, whoever it is for. */
  override get smtpUrl(): string {
    return this.#own.smtpUrl
  }

  /** An address whose mail is in this inbox: `ada.k7x2m4@example.com`. `hint` is the part that people recognize. */
  address(hint = 'test'): string {
    return this.#own.address(hint)
  }
}
