/** Sessions, attempts and the diagnosis: what was said and tried, also where nothing came of it. */
import { type Static, Type } from 'typebox'
import {
  type AttemptFilter,
  attemptTest,
  endedAfter,
  type SessionFilter,
  sessionTest,
  undelivered,
} from '../mail/record-filter.js'
import type { AttemptRecord, SessionRecord } from '../mail/records.js'
import { waitForCount } from '../mail/wait.js'
import { choosing, messageIds } from './content.js'
import { diagnose } from './diagnosis.js'
import { Problem } from './errors.js'
import { nextOf, placeOf } from './page.js'
import { controls, DEFAULT_LIMIT, parseSince, query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, Attempt, AttemptList, Diagnosis, NoMatch, named, Session, SessionList } from './schema.js'
import { sendBytes } from './send.js'
import { tooLate } from './waits.js'

const text = (description: string) => Type.Optional(Type.String({ description }))
const inbox = text('The name of an inbox.')
const { since, limit, page, order, wait, count, instance } = controls
const listControls = { since, limit, page, order, wait, count, instance }

const sessionsQuery = query({
  inbox,
  user: text('The user name that logged in, or tried to.'),
  helo: text('Contained in the HELO name.'),
  outcome: text('Contained in the outcome: `delivered`, `535`.'),
  protocol: Type.Optional(Type.Enum(['smtp', 'pop3', 'imap'], { description: 'What was spoken.' })),
  ...listControls,
})
const attemptsQuery = query({
  to: text('A recipient, refused ones too: a full address, a glob with *, or a part of it.'),
  from: text('The reverse-path, likewise; <> is the null path.'),
  inbox,
  outcome: Type.Optional(Type.Enum(['accepted', 'refused', 'lost', 'aborted'], { description: 'How it ended.' })),
  code: Type.Optional(Type.Integer({ minimum: 200, maximum: 599, description: 'The reply code.' })),
  ...listControls,
})
type ListQuery = Pick<Static<typeof sessionsQuery>, keyof typeof listControls>

/** Which of a list's things a request is about, and how they are told of. */
interface Listed<T> {
  readonly what: string
  walk(order: 'newest' | 'oldest', after?: number): Iterable<T & { readonly n: number }>
  test(item: T): boolean
  subscribe(fn: (item: T) => void): () => void
}

export function sessionRoutes(app: App, parts: RouteParts): void {
  const { records, rules, finder, store, waits } = parts
  const tags = ['sessions']
  const errors = { '4xx': named(ApiError) }

  async function readPage<T>(params: ListQuery, listed: Listed<T>, reply: Parameters<typeof waits.wait>[1]) {
    const { epoch } = store
    finder.checkInstance(params.instance)
    const place = placeOf(params, finder.checkInstance.bind(finder), epoch.instance)
    const inTime = await waits.wait(params, reply, wanted =>
      waitForCount({ there: listed.walk('oldest'), subscribe: listed.subscribe, test: listed.test }, wanted),
    )
    if (!inTime) {
      const sessions = undelivered(records, ...bounds(params.since)).map(session => session.summary())
      const fix = 'Compare with what is there without the filters.'
      throw new Problem('no_match', tooLate(params, listed.what), fix, { arrived: [], sessions })
    }
    const { limit = DEFAULT_LIMIT } = params
    const found: (T & { readonly n: number })[] = []
    for (const item of listed.walk(place.order, place.after)) {
      if (listed.test(item) && found.push(item) > limit) break
    }
    const shown = found.slice(0, limit)
    return { shown, next: nextOf(place.order, epoch.instance, shown.at(-1)?.n, found.length > limit) }
  }

  /** `since` as a number and as a time, one of which says nothing. */
  function bounds(since: string | undefined): [seq: number, timeMs: number] {
    const from = since === undefined ? undefined : parseSince(since)
    if (from?.type === 'cursor') finder.checkCursor(from.cursor)
    return [from?.type === 'cursor' ? from.cursor : 0, from?.type === 'time' ? from.timeMs : Number.NEGATIVE_INFINITY]
  }

  const sessionsSchema = {
    tags,
    summary: 'Connections, also those that delivered nothing, newest first.',
    querystring: sessionsQuery,
    response: { 200: named(SessionList), 404: named(NoMatch), ...errors },
  }
  app.get('/api/sessions', { schema: sessionsSchema }, async ({ query }, reply): Promise<SessionList> => {
    const [seq, timeMs] = bounds(query.since)
    const passes = sessionTest(sessionFilter(query))
    const { shown, next } = await readPage<SessionRecord>(
      query,
      {
        what: 'session',
        walk: (order, after) => records.sessions(order, after),
        test: session => endedAfter(session, seq, timeMs) && passes(session),
        subscribe: fn => records.subscribe(event => event.type !== 'attempt' && fn(event.session)),
      },
      reply,
    )
    return { sessions: shown.map(session => session.summary()), next }
  })

  const sessionSchema = {
    tags,
    summary: 'A connection and what was said on it.',
    params: Type.Object({ id: Type.String({ description: 'The id of a session.' }) }),
    querystring: query({}),
    response: { 200: named(Session), ...errors },
  }
  app.get('/api/sessions/:id', { schema: sessionSchema }, async ({ params: { id } }): Promise<Session> => {
    return sessionOf(id).describe()
  })

  const attemptsSchema = {
    tags,
    summary: 'Transactions, delivered or not, newest first.',
    querystring: attemptsQuery,
    response: { 200: named(AttemptList), 404: named(NoMatch), ...errors },
  }
  app.get('/api/attempts', { schema: attemptsSchema }, async ({ query }, reply): Promise<AttemptList> => {
    const [seq, timeMs] = bounds(query.since)
    const passes = attemptTest(attemptFilter(query))
    const { shown, next } = await readPage<AttemptRecord>(
      query,
      {
        what: 'attempt',
        walk: (order, after) => records.attempts(order, after),
        test: attempt => attempt.n > seq && attempt.atMs > timeMs && passes(attempt),
        subscribe: fn => records.subscribe(event => event.type === 'attempt' && fn(event.attempt)),
      },
      reply,
    )
    return { attempts: shown.map(attempt => attempt.describe()), next }
  })

  const attemptIds = Type.Object({ id: Type.String({ description: 'The id of an attempt.' }) })
  const attemptSchema = {
    tags,
    summary: 'One transaction.',
    params: attemptIds,
    querystring: query({}),
    response: { 200: named(Attempt), ...errors },
  }
  app.get('/api/attempts/:id', { schema: attemptSchema }, async ({ params: { id } }): Promise<Attempt> => {
    return attemptOf(id).describe()
  })

  const rawSchema = {
    tags,
    summary: 'What DATA brought, also where it was refused: then the first 256 KiB.',
    params: attemptIds,
    querystring: query({}),
    response: {
      200: {
        description: 'The message, or its start.',
        content: { 'message/rfc822': { schema: Type.Unsafe<string>({ type: 'string' }) } },
      },
      ...errors,
    },
  }
  app.get('/api/attempts/:id/raw', { schema: rawSchema }, async ({ params: { id } }, reply) => {
    const { data, messageId } = attemptOf(id)
    const raw = data ?? (messageId === null ? undefined : store.get(messageId)?.raw)
    if (raw === undefined)
      throw new Problem(
        'not_found',
        messageId === null ? 'The attempt brought no data.' : `The message ${messageId} of the attempt is gone.`,
        'GET /api/attempts/{id} shows how far it came.',
      )
    return sendBytes(reply.type('message/rfc822'), raw)
  })

  const messageSessionSchema = {
    tags: ['messages'],
    summary: 'The session that delivered a message.',
    params: messageIds,
    querystring: query(choosing),
    response: { 200: named(Session), ...errors },
  }
  app.get('/api/messages/:id/session', { schema: messageSessionSchema }, async (request, reply): Promise<Session> => {
    const { sessionId } = await finder.one(request.params.id, request.query, reply)
    if (sessionId === null) throw addedByHand()
    return sessionOf(sessionId).describe()
  })

  const messageAttemptsSchema = {
    tags: ['messages'],
    summary: 'The tries that a message took: its own and those before it that failed, oldest first.',
    params: messageIds,
    querystring: query(choosing),
    response: { 200: named(AttemptList), ...errors },
  }
  app.get(
    '/api/messages/:id/attempts',
    { schema: messageAttemptsSchema },
    async (request, reply): Promise<AttemptList> => {
      const { id, sessionId } = await finder.one(request.params.id, request.query, reply)
      const attempt = sessionId === null ? undefined : records.attemptOf(id, sessionId)
      return { attempts: attempt ? records.chainOf(attempt).map(one => one.describe()) : [], next: null }
    },
  )

  const diagnosisSchema = {
    tags,
    summary: 'Why no mail is there: how far apps come, and what keeps the last one from coming further.',
    querystring: query({}),
    response: { 200: named(Diagnosis), ...errors },
  }
  app.get('/api/diagnosis', { schema: diagnosisSchema }, async (): Promise<Diagnosis> => {
    const smtp = parts.info().listeners.find(({ protocol }) => protocol === 'smtp')
    return diagnose(records, rules.list(), smtp?.url ?? 'its SMTP port')
  })

  function sessionOf(id: string): SessionRecord {
    const session = records.session(id)
    if (!session)
      throw new Problem('not_found', `There is no session ${id}.`, 'It had to give way to newer ones: --max-sessions.')
    return session
  }

  function attemptOf(id: string): AttemptRecord {
    const attempt = records.attempt(id)
    if (!attempt)
      throw new Problem('not_found', `There is no attempt ${id}.`, 'It had to give way to newer ones: --max-sessions.')
    return attempt
  }
}

function addedByHand(): Problem {
  return new Problem(
    'not_found',
    'No session brought this message.',
    'It was added by hand; it has no attempts either.',
  )
}

function sessionFilter({ inbox, user, helo, outcome, protocol }: Static<typeof sessionsQuery>): SessionFilter {
  return {
    ...(inbox !== undefined && { inbox }),
    ...(user !== undefined && { user }),
    ...(helo !== undefined && { helo }),
    ...(outcome !== undefined && { outcome }),
    ...(protocol !== undefined && { protocol }),
  }
}

function attemptFilter({ to, from, inbox, outcome, code }: Static<typeof attemptsQuery>): AttemptFilter {
  return {
    ...(to !== undefined && { to }),
    ...(from !== undefined && { from }),
    ...(inbox !== undefined && { inbox }),
    ...(outcome !== undefined && { outcome }),
    ...(code !== undefined && { code }),
  }
}
