/**
 * Live events: what changes in the store, to every client that listens, in order, nothing missed and nothing twice.
 *
 * Nothing is queued for a client. Each has a cursor into the store's change log and is given what comes after it as fast
 * as it takes it; what differs between clients is only how far they are. One that takes nothing, or falls out of the log
 * while it is behind, is ended. An event is written once a round and shared by all who are at the same place. Sessions,
 * attempts and rules are told between the changes, at their place, and are not replayed. In which words, a client's
 * Wording says: ours (live-words.ts), or those of a tool that an adapter stands in for.
 */
import { type Loop, sliced } from '../mail/loop.js'
import type { Matcher } from '../mail/match.js'
import type { Stored } from '../mail/message.js'
import type { RecordEvent, Records } from '../mail/records.js'
import type { Change, MailStore } from '../mail/store.js'
import type { RuleEvent } from '../smtp/rule.js'
import type { Rules } from '../smtp/rules.js'
import { Problem } from './errors.js'
import { Happenings } from './happenings.js'

/** Clients at a time: each holds a connection and up to MAX_BUFFERED_BYTES. */
export const MAX_LIVE_CLIENTS = 500
/** Bytes that wait for a client before it is given no more: a few hundred events. */
export const MAX_BUFFERED_BYTES = 256 * 1024
/** How often a quiet connection is shown to be alive, and one that takes nothing is looked for. */
export const BEAT_MS = 15_000

/** Where events go: a WebSocket or an event stream. */
export interface Outlet {
  /** Sends an event, and calls `taken` when the client has taken it. */
  send(event: string, seq: number, taken: () => void): void
  /** Bytes that the client has not taken yet. */
  readonly bufferedBytes: number
  /** Shows that the connection is alive. */
  beat(): void
  end(why: 'stopping' | 'too-slow'): void
  /** Runs `write` so that what it sends leaves together. */
  together(write: () => void): void
}

/** Events as they are sent: none, one or many for one thing that happened. */
export type Told = readonly string[]

/** The words in which a client is told. One object for all who are told alike: what it says is made once for them. */
export interface Wording {
  /** What comes first, with how many messages there are of those that the client asks for. */
  hello(state: { cursor: number; total: number; unread: number }): Told
  /** A change; `message` is that which was added or changed and is still there. */
  change(change: Change, message: Stored | undefined): Told
  /** A session, an attempt or a rule. */
  happening(event: RecordEvent | RuleEvent): Told
  /** That the client has to read everything again. */
  readonly reload: Told
  /** What is said once the client has been told of every change that there is for now. */
  settled?(): Told
}

/** What a client asks for. */
export interface Subscription {
  wording: Wording
  matcher: Matcher
  /** The inbox that it asks for; undefined for all. */
  inbox: string | undefined
  /** The last change that it has seen; undefined for what comes from now on. */
  since: number | undefined
  /** The server's life that `since` is of; undefined where the client does not say. */
  instance: string | undefined
}

interface Client {
  readonly outlet: Outlet
  readonly wording: Wording
  readonly matcher: Matcher
  readonly inbox: string | undefined
  /** The number of the next happening that it is told of. */
  nextHappening: number
  /** The last change that it was given, or that does not concern it. */
  cursor: number
  /** Where it was at the last beat. */
  cursorAtBeat: number
  /** True while it has more than enough to take. */
  behind: boolean
}

export class LiveHub {
  readonly #store: MailStore
  readonly #records: Pick<Records, 'subscribe'>
  readonly #rules: Pick<Rules, 'subscribe'>
  readonly #happenings = new Happenings()
  readonly #loop: Loop
  readonly #report: (error: unknown) => void
  readonly #clients = new Set<Client>()
  /** Clients that count for the bound while their hello is being made. */
  #joining = 0
  #unsubscribe: (() => void)[] = []
  #beat: NodeJS.Timeout | undefined
  /** How often there was a reason to look again; a round that saw fewer is followed by another. */
  #stirs = 0
  #running = false
  #stopped = false

  constructor(parts: {
    store: MailStore
    records: Pick<Records, 'subscribe'>
    rules: Pick<Rules, 'subscribe'>
    loop: Loop
    report(error: unknown): void
  }) {
    this.#store = parts.store
    this.#records = parts.records
    this.#rules = parts.rules
    this.#loop = parts.loop
    this.#report = parts.report
  }

  /** How many clients listen. */
  get size(): number {
    return this.#clients.size + this.#joining
  }

  /** Throws a Problem where no more clients may come. */
  checkRoom(): void {
    if (this.#stopped) throw new Problem('stopping', 'The server is stopping.', 'Start it again.')
    if (this.size >= MAX_LIVE_CLIENTS)
      throw new Problem('busy', `${MAX_LIVE_CLIENTS} clients listen already.`, 'Close one of them.')
  }

  /** Gives `outlet` its hello, what it has missed, and every change from then on, until `gone`. */
  async join(
    outlet: Outlet,
    { wording, matcher, inbox, since, instance }: Subscription,
    gone: AbortSignal,
  ): Promise<void> {
    const store = this.#store
    this.#joining += 1
    const { cursor: newest } = store
    let hello: Told
    try {
      hello = wording.hello({ cursor: newest, ...(await this.#counts(matcher)) })
    } finally {
      this.#joining -= 1
    }
    if (gone.aborted) return
    if (this.#stopped) return outlet.end('stopping')

    const sameLife = instance === undefined || instance === store.epoch.instance
    const resumes = since !== undefined && sameLife && store.changesSince(since) !== undefined
    const cursor = resumes ? since : newest
    // The hello bears the number from which the client goes on, so that a connection that breaks right after it
    // resumes before what was missed.
    outlet.together(() => {
      for (const event of hello) outlet.send(event, cursor, nothing)
      if (since !== undefined && !resumes) for (const event of wording.reload) outlet.send(event, cursor, nothing)
    })
    const nextHappening = this.#happenings.end
    const client: Client = {
      outlet,
      wording,
      matcher,
      inbox,
      nextHappening,
      cursor,
      cursorAtBeat: cursor,
      behind: false,
    }
    gone.addEventListener('abort', () => this.#leave(client))
    this.#enter(client)
    this.#stir()
  }

  /** Ends every client. */
  stop(): void {
    this.#stopped = true
    for (const client of this.#clients) {
      this.#leave(client)
      client.outlet.end('stopping')
    }
  }

  async #counts(matcher: Matcher): Promise<{ total: number; unread: number }> {
    const { total, unread } = this.#store
    if (matcher.everything) return { total, unread }
    const counts = { total: 0, unread: 0 }
    for await (const { read } of this.#store.search(message => matcher.look(message, this.#loop))) {
      counts.total += 1
      if (!read) counts.unread += 1
    }
    return counts
  }

  // While nobody listens there is no subscription and no timer: an arrival costs nothing.
  #enter(client: Client): void {
    this.#clients.add(client)
    if (this.#unsubscribe.length === 0) {
      const happens = (event: RecordEvent | RuleEvent) => {
        this.#happenings.add(event, this.#store.cursor)
        this.#stir()
      }
      this.#unsubscribe = [
        this.#store.subscribe(() => this.#stir()),
        this.#records.subscribe(happens),
        this.#rules.subscribe(happens),
      ]
    }
    this.#beat ??= setInterval(() => this.#onBeat(), BEAT_MS)
  }

  #leave(client: Client): void {
    this.#clients.delete(client)
    if (this.#clients.size > 0) return
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#unsubscribe = []
    this.#happenings.clear()
    clearInterval(this.#beat)
    this.#beat = undefined
  }

  #onBeat(): void {
    for (const client of this.#clients) {
      if (client.behind && client.cursor === client.cursorAtBeat) this.#endSlow(client)
      else client.outlet.beat()
      client.cursorAtBeat = client.cursor
    }
  }

  #endSlow(client: Client): void {
    this.#leave(client)
    client.outlet.end('too-slow')
  }

  /** Something changed, or a client has taken what it had: what is there goes out in the next turn, together. */
  #stir(): void {
    this.#stirs += 1
    if (this.#running) return
    this.#running = true
    setImmediate(() => void this.#runRounds())
  }

  async #runRounds(): Promise<void> {
    const rest = sliced(this.#loop)
    try {
      let seen: number
      do {
        seen = this.#stirs
        const written: Written = new Map()
        for (const client of this.#clients) {
          try {
            await this.#feed(client, written, rest)
          } catch (error) {
            // Its cursor is past what failed already: another round goes on after it.
            this.#report(error)
            this.#stirs += 1
          }
        }
      } while (seen !== this.#stirs)
    } finally {
      // In the same turn as the last look, so that no stir falls between.
      this.#running = false
    }
  }

  /** Gives a client what it has not seen, as far as it takes it. */
  async #feed(client: Client, written: Written, rest: () => Promise<void> | undefined) {
    const { outlet } = client
    client.behind = outlet.bufferedBytes > MAX_BUFFERED_BYTES
    const { cursor } = this.#store
    const changes = this.#store.changesSince(client.cursor)
    if (!changes) {
      if (client.behind) return this.#endSlow(client)
      // It kept up, and more changed at once than the log holds.
      client.cursor = cursor
      client.nextHappening = this.#happenings.end
      for (const event of client.wording.reload) outlet.send(event, client.cursor, nothing)
      return
    }
    let next = 0
    let hasChanged = false
    let more = true
    /** What was found of the next change where that took long. */
    let found: boolean | undefined
    while (more && !client.behind && this.#clients.has(client)) {
      let pause: Promise<void> | undefined
      outlet.together(() => {
        while (more && !client.behind && !pause) {
          const change = changes[next]
          const upTo = change ? change.seq - 1 : cursor
          const told = this.#tellHappening(client, upTo)
          if (!told && change) {
            hasChanged = true
            const passes = found ?? this.#passes(client, change)
            if (typeof passes !== 'boolean') {
              pause = passes.then(
                passed => {
                  found = passed
                },
                error => {
                  client.cursor = change.seq
                  throw error
                },
              )
              continue
            }
            found = undefined
            client.cursor = change.seq
            if (passes) this.#give(client, change, written)
            next += 1
          }
          more = told || change !== undefined
          pause = rest()
        }
      })
      if (pause) await pause
    }
    if (hasChanged && !more)
      for (const event of client.wording.settled?.() ?? []) this.#send(client, event, client.cursor)
  }

  /** Tells a client of the next happening up to a number of the store; false where there is none. */
  #tellHappening(client: Client, upTo: number): boolean {
    const next = this.#happenings.from(client.nextHappening)
    if (!next || next.happening.behind > upTo) return false
    client.nextHappening = next.number + 1
    const { happening } = next
    // It bears the number of the change before it: a connection that breaks right after it goes on from there.
    if (client.inbox === undefined || happening.isIn(client.inbox))
      for (const event of happening.told(client.wording)) this.#send(client, event, client.cursor)
    return true
  }

  /** Whether a client is told of a change. An arrival that is gone by now is passed over: its removal follows. */
  #passes({ matcher }: Client, change: Change): boolean | Promise<boolean> {
    if (change.type !== 'added') return true
    const message = this.#store.at(change.uid)
    return message !== undefined && matcher.look(message, this.#loop)
  }

  #give(client: Client, change: Change, written: Written): void {
    const { wording } = client
    const message = change.type === 'removed' ? undefined : this.#store.at(change.uid)
    let ofWording = written.get(wording)
    if (!ofWording) {
      ofWording = new Map()
      written.set(wording, ofWording)
    }
    let events = ofWording.get(change.seq)
    if (!events) {
      events = wording.change(change, message)
      ofWording.set(change.seq, events)
    }
    for (const event of events) this.#send(client, event, change.seq)
  }

  #send(client: Client, event: string, seq: number): void {
    const { outlet } = client
    outlet.send(event, seq, () => {
      if (client.behind) this.#stir()
    })
    client.behind = outlet.bufferedBytes > MAX_BUFFERED_BYTES
  }
}

/** What was written in a round, by wording and the number of the change. */
type Written = Map<Wording, Map<number, Told>>

const nothing = () => {}
