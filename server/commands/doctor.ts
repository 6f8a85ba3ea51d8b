/**
 * `maildouble doctor`: why no mail comes, told where somebody looks for it who has a shell. The server knows how far
 * apps have come; from here it can be tried whether its ports answer at all.
 */
import { printable } from '../log.js'
import { quantity } from '../mail/explain.js'
import type { Diagnosis, SessionSummary } from '../mail/session.js'
import type { Rule } from '../smtp/rule.js'
import type { Api } from '../testing/api.js'
import { type Call, command, EXIT } from './command.js'
import { columns, localTime } from './print.js'
import { ask, jsonFlag, printJson, serverFlags } from './server.js'
import { DeliveryError, greet } from './smtp-client.js'

/** By this name its own connections are known: they are no app's. */
const HELO = 'maildouble-doctor'
/** Sessions that are looked at for the last one of an app: others of ours may have come since. */
const MAX_LOOKED_AT = 50

const flags = { ...serverFlags, ...jsonFlag } as const

interface Info {
  version: string
  listeners: { protocol: string; port: number }[]
  counts: { total: number }
}

/** What was found. */
interface Findings {
  url: string
  version: string
  messages: number
  ports: Port[]
  steps: Diagnosis['steps']
  /** The last connection of an app; null for none. */
  last: Pick<SessionSummary, 'id' | 'startedAt' | 'remoteAddress' | 'helo' | 'outcome'> | null
  activeRules: number
  /** What is wrong, and what to do; null where nothing is. */
  trouble: { problem: string; fix: string; sessionId: string | null } | null
}

/** A port for mail, as it looks from here. */
interface Port {
  url: string
  answers: boolean
  /** Its greeting, or why there is none. */
  said: string
}

export const doctor = command({
  usage: '[flags]',
  maxWords: 0,
  about:
    'Says why no mail comes: whether the ports answer from here, how far the last app came, what kept it from coming further and\n' +
    'what to change. Exits with 0 where nothing is wrong, and with 1 where something is.',
  examples: ['maildouble doctor', 'maildouble doctor --url http://mail:8025'],
  flags,
  run: call =>
    ask(call, async api => {
      const found = await examine(api)
      if (call.options.json) printJson(call.stdout, found)
      else tell(call, found)
      return found.trouble === null ? EXIT.done : EXIT.no
    }),
})

async function examine(api: Api): Promise<Findings> {
  const info = await api.json<Info>({ path: '/api/info' })
  // Before the ports are tried, which is a connection, too.
  const { steps } = await api.json<Diagnosis>({ path: '/api/diagnosis' })
  const query = { protocol: 'smtp', limit: MAX_LOOKED_AT }
  const { sessions } = await api.json<{ sessions: SessionSummary[] }>({ path: '/api/sessions', query })
  const { rules } = await api.json<{ rules: Rule[] }>({ path: '/api/rules' })
  const urls = info.listeners
    .filter(({ protocol }) => protocol === 'smtp' || protocol === 'smtps')
    .map(({ protocol, port }) => `${protocol}://${api.host}:${port}`)
  const ports = await Promise.all([...new Set(urls)].map(look))
  const own = new Set(sessions.filter(({ helo }) => helo === HELO).map(({ id }) => id))
  const { id, startedAt, remoteAddress, helo, outcome } = sessions.find(session => !own.has(session.id)) ?? {}
  const last = id === undefined ? null : { id, startedAt, remoteAddress, helo, outcome }
  return {
    url: api.url,
    version: info.version,
    messages: info.counts.total,
    ports,
    steps,
    last: last as Findings['last'],
    activeRules: rules.filter(({ active }) => active).length,
    trouble: troubleIn(ports, steps, own),
  }
}

async function look(url: string): Promise<Port> {
  try {
    return { url, answers: true, said: await greet(url, HELO) }
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    return { url, answers: false, said: error.message }
  }
}

function troubleIn(ports: readonly Port[], steps: Findings['steps'], own: ReadonlySet<string>): Findings['trouble'] {
  const silent = ports.find(({ answers }) => !answers)
  if (silent)
    return {
      problem: `${silent.url} does not answer from here: ${silent.said}`,
      fix:
        'Does a rule close the port, or refuse every connection (maildouble rule list)? Is the port mapped, where the server ' +
        'runs in a container? Does a firewall stand between?',
      sessionId: null,
    }
  const red = steps.find(({ reason }) => reason !== null)
  if (!red) return null
  const { reason, fix, sessionId } = red
  if (sessionId !== null && !own.has(sessionId)) return { problem: `${reason}`, fix: fix ?? '', sessionId }
  return { problem: 'No app has connected since the start.', fix: usualCauses(ports), sessionId: null }
}

/** What it is most often where an app never connects. */
function usualCauses([smtp]: readonly Port[]): string {
  return [
    'It is one of these, most often:',
    `  - the app sends elsewhere: its SMTP host and port have to be ${smtp?.url ?? 'those of the server'}`,
    '  - the app runs in a container, where 127.0.0.1 is the container itself: give it the name of the service',
    '  - the app writes mail to a log or keeps it in memory in this environment, and sends none',
    '  - the worker of its mail queue does not run',
    'maildouble send-test sends a sample, to see that it works.',
  ].join('\n')
}

const WORDS: { readonly [step in Findings['steps'][number]['step']]: string } = {
  connected: 'an app has connected',
  greeted: 'it has said EHLO',
  tls: 'TLS was put under a connection',
  auth: 'somebody has logged in',
  recipient: 'a recipient was accepted',
  stored: 'a message was stored',
}

function tell({ stdout }: Call, { url, version, messages, ports, steps, last, activeRules, trouble }: Findings): void {
  stdout.write(`maildouble ${version} at ${url}, ${quantity(messages, 'message')}\n\n`)
  const rows = [
    ...ports.map(({ url, answers, said }) => [answers ? 'yes' : 'NO', `${url} answers`, said]),
    ...steps.map(({ step, happened, lastAt }) => [
      happened ? 'yes' : 'no',
      WORDS[step],
      lastAt === null ? '' : localTime(lastAt),
    ]),
  ]
  stdout.write(columns(rows))
  const lines = [
    ...(last === null
      ? []
      : [`The last connection, ${localTime(last.startedAt)} from ${last.helo ?? last.remoteAddress}: ${last.outcome}`]),
    ...(activeRules === 0
      ? []
      : [`${quantity(activeRules, 'rule')} can act: sending goes wrong on purpose (maildouble rule list).`]),
    ...(trouble === null ? ['Nothing is wrong.'] : [`${trouble.problem}`, trouble.fix]),
    ...(trouble?.sessionId ? [`What was said: maildouble sessions ${trouble.sessionId}`] : []),
  ]
  stdout.write(
    `\n${lines
      .flatMap(line => line.split('\n'))
      .map(printable)
      .join('\n')}\n`,
  )
}
