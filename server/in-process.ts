/** The Backend of the test library where the mail is in this process: straight over the store, without a socket. */
import { addByHand, explainRefusal } from './mail/by-hand.js'
import type { Contents } from './mail/content.js'
import type { Miss, Tried } from './mail/explain.js'
import { addressOf, fileWhatIsThere, type Inboxes, isInboxName } from './mail/inboxes.js'
import type { Loop } from './mail/loop.js'
import { matcher } from './mail/match.js'
import type { Message } from './mail/message.js'
import { type Filter, QueryError } from './mail/query.js'
import { attemptTest, endedAfter, MAX_UNDELIVERED, sessionTest } from './mail/record-filter.js'
import type { AttemptRecord, Records, SessionRecord } from './mail/records.js'
import type { Session } from './mail/session.js'
import type { Look, MailStore } from './mail/store.js'
import { follow, watch } from './mail/wait.js'
import type { Rules } from './smtp/rules.js'
import type { Backend, Ports } from './testing/backend.js'

/** What it is made of. */
export interface BackendParts {
  server: { readonly smtpUrl: string; readonly url: string; readonly ports: Ports; stop(): Promise<void> }
  store: MailStore
  contents: Contents
  loop: Loop
  /** The wall clock, in milliseconds since 1970. */
  now(): number
  inboxes: Inboxes
  records: Records
  rules: Rules
  /** The form of test addresses. */
  addressForm: string
  maxMessageBytes: number
}

export function makeBackend(parts: BackendParts): Backend {
  const { server, store, contents, loop, now, inboxes, records, rules, addressForm } = parts
  const matcherOf = (filter: Filter) => matcher(filter, message => contents.glance(message), now)
  const lookOf = (filter: Filter): Look => {
    const matches = matcherOf(filter)
    return message => matches.look(message, loop)
  }
  const stored = (id: string) => {
    const message = store.get(id)
    if (!message) throw new Error(`There is no message ${id}. It was deleted, or had to give way to newer ones.`)
    return message
  }
  return {
    smtpUrl: server.smtpUrl,
    url: server.url,
    ports: server.ports,
    cursor: () => store.cursor,
    async *watch(filter, since, signal) {
      for await (const message of watch(store, lookOf(filter), since, signal)) yield contents.message(message)
    },
    async list(filter, since) {
      const found: Promise<Message>[] = []
      for await (const message of store.search(lookOf(filter), 'oldest', { since }))
        found.push(contents.message(message))
      return Promise.all(found)
    },
    remove: ids => store.remove(ids),
    async add(raw, envelope, inbox) {
      const appended = await addByHand(parts, raw, envelope, inbox)
      if (appended.type === 'refused') throw new Error(explainRefusal(appended.reason).join(' '))
      return appended.message.id
    },
    async misses(filter, since) {
      const { failing } = matcherOf(filter)
      const misses: Miss[] = []
      const { inbox } = filter
      const isNear = inbox === undefined ? () => true : (m: { inboxes: string[] }) => m.inboxes.includes(inbox)
      for await (const message of store.search(isNear, 'oldest', { since })) {
        const term = await failing(message, loop)
        if (term) misses.push({ message: contents.summary(message), failed: term.shown })
      }
      return misses
    },
    async connections(since, inbox) {
      const isOf = ({ inboxes }: AttemptRecord) => inbox === undefined || inboxes.includes(inbox)
      let count = 0
      const outcomes: string[] = []
      const failed: Tried[] = []
      for (const session of records.sessions('oldest')) {
        if (session.protocol !== 'smtp' || !endedAfter(session, since)) continue
        count += 1
        const { attempts } = session
        if (session.delivered > 0) {
          const tried = attempts.filter(one => one.n > since && one.outcome !== 'accepted' && isOf(one))
          failed.push(...tried.map(attempt => attempt.describe()))
        } else if (attempts.length === 0 || attempts.some(isOf)) outcomes.push(session.teller.outcome)
      }
      return { count, undelivered: outcomes.slice(-MAX_UNDELIVERED), failed }
    },
    async sessions(filter, since) {
      const test = sessionTest(filter)
      const found: Session[] = []
      for (const session of records.sessions('oldest')) {
        if (endedAfter(session, since) && test(session)) found.push(session.describe())
      }
      return found
    },
    async *watchSessions(filter, since, signal) {
      const test = sessionTest(filter)
      const ended = {
        there: records.sessions('oldest'),
        subscribe: (fn: (session: SessionRecord) => void) =>
          records.subscribe(event => event.type === 'session.ended' && fn(event.session)),
        test: (session: SessionRecord) => session.seq > since && test(session),
      }
      for await (const session of follow(ended, signal)) yield session.describe()
    },
    async attempts(filter, since) {
      return [...records.attempts('oldest', since)].filter(attemptTest(filter)).map(attempt => attempt.describe())
    },
    async *watchAttempts(filter, since, signal) {
      const attempts = {
        there: records.attempts('oldest', since),
        subscribe: (fn: (attempt: AttemptRecord) => void) =>
          records.subscribe(event => event.type === 'attempt' && fn(event.attempt)),
        test: attemptTest(filter),
      }
      for await (const attempt of follow(attempts, signal)) yield attempt.describe()
    },
    async sessionOf(id) {
      const { sessionId } = stored(id)
      if (sessionId === null)
        throw new Error('No session brought this message. It was added by hand; it has no attempts either.')
      const session = records.session(sessionId)
      if (!session)
        throw new Error(`There is no session ${sessionId}. It had to give way to newer ones: --max-sessions.`)
      return session.describe()
    },
    async checksOf(id) {
      return contents.checks(stored(id))
    },
    async attemptsOf(id) {
      const { sessionId } = stored(id)
      const attempt = sessionId === null ? undefined : records.attemptOf(id, sessionId)
      return attempt ? records.chainOf(attempt).map(one => one.describe()) : []
    },
    addRule: async input => rules.add(input),
    rules: async () => rules.list(),
    removeRule: async id => rules.remove(id),
    async raw(id) {
      return stored(id).raw
    },
    async part(id, part) {
      const found = await contents.part(stored(id), part)
      if (!found) throw new Error(`The message ${id} has no part ${part}.`)
      return found.bytes
    },
    async html(id) {
      const safe = await contents.html(stored(id), { remote: false, scheme: null })
      return safe?.html ?? ''
    },
    register({ name, label }) {
      if (name !== undefined && !isInboxName(name))
        throw new QueryError('name', `"${name}" is no name of an inbox`, 'Use letters, digits and . _ @ + -')
      const wanted = { ...(name !== undefined && { name }), ...(label !== undefined && { label }) }
      const { inbox, created } = inboxes.register(wanted, Date.now())
      let filed = created ? fileWhatIsThere(store, records, inbox, inboxes) : Promise.resolve()
      return {
        name: inbox.name,
        smtpUrl: server.smtpUrl.replace('://', `://${encodeURIComponent(inbox.name)}:any@`),
        address: hint => addressOf(addressForm, inbox.token, hint),
        use() {
          // Forgotten meanwhile, or used anew: either way it is known from now on.
          if (inboxes.renew(inbox, Date.now())) filed = fileWhatIsThere(store, records, inbox, inboxes)
          return filed
        },
      }
    },
    stop: () => server.stop(),
  }
}
