/** Sessions and attempts on the command line: what was said and tried, also where nothing came of it. */
import { choice, count, duration, type FlagTable, OptionError } from '../flags.js'
import { printable } from '../log.js'
import type { AttemptFilter } from '../mail/record-filter.js'
import type { Attempt, Session, SessionSummary } from '../mail/session.js'
import type { Api, Query } from '../testing/api.js'
import { type Call, command, EXIT } from './command.js'
import { attemptLines, columns, localTime, sessionLines } from './print.js'
import { ask, jsonFlag, printJson, serverFlags, words } from './server.js'
import { waitWith } from './waiting.js'

const listing = {
  inbox: { kind: words('<name>'), help: 'the name of an inbox' },
  since: { kind: words('<cursor|time>'), help: 'only those that ended after' },
  limit: { kind: count, help: 'how many at most', default: 50 },
  order: { kind: choice('newest', 'oldest'), help: 'which come first', default: 'newest' },
  ...serverFlags,
  ...jsonFlag,
} as const satisfies FlagTable

export const sessions = command({
  usage: '[id] [filters]',
  maxWords: 1,
  about:
    'Lists connections, also those that delivered nothing: id, time, who it was, how it ended. With an id it shows what was\n' +
    'said on that one.',
  examples: ['maildouble sessions', 'maildouble sessions --outcome 535', 'maildouble sessions --json --user ada'],
  flags: {
    outcome: { kind: words('<text>'), help: 'contained in how it ended: delivered, 535' },
    helo: { kind: words('<text>'), help: 'contained in the HELO name' },
    user: { kind: words('<name>'), help: 'the user name that logged in, or tried to' },
    protocol: { kind: choice('smtp', 'pop3', 'imap'), help: 'what was spoken' },
    ...listing,
  },
  run: call =>
    ask(call, async api => {
      const [id] = call.words
      if (id === undefined) {
        const answer = await api.json<{ sessions: SessionSummary[] }>({ path: '/api/sessions', query: queryOf(call) })
        return printList(call, answer, answer.sessions, sessionLines, 'connection')
      }
      const session = await one<Session>(call, api, '/api/sessions/', id)
      if (call.options.json) printJson(call.stdout, session)
      else call.stdout.write(transcript(session))
      return EXIT.done
    }),
})

export const attempts = command({
  usage: '[id] [filters]',
  maxWords: 1,
  about:
    'Lists attempts, delivered or not: id, time, reply code, outcome, sender, recipients. With an id it shows what was answered\n' +
    'to that one. With --count it waits until so many were made, and exits with 1 where they were not.',
  examples: [
    'maildouble attempts --to ada@example.com',
    'maildouble attempts --to ada@example.com --count 3 --timeout 30s',
  ],
  flags: {
    to: { kind: words('<address>'), help: 'a recipient, refused ones too' },
    from: { kind: words('<address>'), help: 'the reverse-path; <> is the null path' },
    outcome: { kind: choice('accepted', 'refused', 'lost', 'aborted'), help: 'how it ended' },
    code: { kind: count, help: 'the reply code' },
    count: { kind: count, help: 'wait until there are so many' },
    timeout: { kind: duration, help: 'how long to wait, with --count', defaultShown: '10s' },
    ...listing,
  },
  async run(call) {
    const { count, timeout, ...options } = call.options
    const [id] = call.words
    if (timeout !== undefined && count === undefined)
      throw new OptionError('--timeout waits for a number of attempts', 'Say how many: --count 3.')
    if (count !== undefined) {
      const { to, from, inbox, outcome, code } = options
      const filter = definedOf<AttemptFilter>({ to, from, inbox, outcome, code })
      const failed = await waitWith(call, 'attempts', timeout, (handle, wait) =>
        handle.waitForAttempts(filter, count, wait),
      )
      if (failed !== undefined) return failed
    }
    return ask(call, async api => {
      if (id === undefined) {
        const order = count === undefined ? options.order : 'oldest'
        const query = queryOf({ options: { ...options, order, limit: options.limit ?? count } })
        const answer = await api.json<{ attempts: Attempt[] }>({ path: '/api/attempts', query })
        return printList(call, answer, answer.attempts, attemptLines, 'attempt')
      }
      const attempt = await one<Attempt>(call, api, '/api/attempts/', id)
      if (call.options.json) printJson(call.stdout, attempt)
      else call.stdout.write(answers(attempt))
      return EXIT.done
    })
  },
})

/** The filters of a list as parameters: every flag that is none of our own. */
function queryOf({ options: { url: _url, json: _json, ...query } }: { options: Query }): Query {
  return query
}

function definedOf<T extends object>(fields: { [name in keyof T]?: T[name] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

function printList<T>(
  { options, stdout, stderr }: Call<typeof listing>,
  answer: unknown,
  items: readonly T[],
  lines: (items: readonly T[]) => string,
  what: string,
): number {
  if (options.json) printJson(stdout, answer)
  else if (items.length > 0) stdout.write(lines(items))
  else stderr.write(`No ${what}.\n`)
  return items.length > 0 ? EXIT.done : EXIT.no
}

/** The one of an id, which filters do not choose. */
function one<T>({ options }: { options: Query }, api: Api, path: string, id: string): Promise<T> {
  const [stray] = Object.keys(queryOf({ options }))
  if (stray !== undefined) throw new OptionError(`--${stray} chooses among many, and ${id} is one`, 'Leave it out.')
  return api.json<T>({ path: path + encodeURIComponent(id) })
}

const SPEAKERS = { client: 'C:', server: 'S:', note: '--' } as const

/** What was said, each line with the milliseconds since the connection. */
function transcript({ id, startedAt, remoteAddress, outcome, transcript }: Session): string {
  const said = columns(transcript.map(({ at, from, line }) => [`${at} ms`, SPEAKERS[from], line]))
  return `Session ${id}, ${localTime(startedAt)}, from ${remoteAddress}: ${printable(outcome)}\n\n${said}`
}

function answers({ id, at, code, outcome, from, to, replies, sessionId }: Attempt): string {
  const head = `Attempt ${id}, ${localTime(at)}, of session ${sessionId}: ${outcome}${code === null ? '' : ` ${code}`}`
  const said = columns(
    replies.map(({ verb, recipient, code, text, ruleId }) => [
      `${verb}${recipient === null ? '' : ` ${recipient}`}`,
      String(code),
      `${text}${ruleId === null ? '' : ` (rule ${ruleId})`}`,
    ]),
  )
  return `${head}\n${printable(`from ${from || '<>'} to ${to.join(', ') || 'nobody'}`)}\n\n${said}`
}
