/** `maildouble rule`: what goes wrong on purpose, from a shell: rules are listed, added and removed. */
import { count, duration, type FlagTable, OptionError, suggestion } from '../flags.js'
import { quantity } from '../mail/explain.js'
import { PRESET_NAMES, type Rule } from '../smtp/rule.js'
import type { Api } from '../testing/api.js'
import { type Call, command, EXIT } from './command.js'
import { columns } from './print.js'
import { ask, jsonFlag, printJson, serverFlags, words } from './server.js'

/** What a rule looks for: terms of the query language that can be known while mail is sent. */
const matchFlags = {
  to: { kind: words('<address>'), help: 'a recipient: =exact, *@full.test, or a part' },
  from: { kind: words('<address>'), help: 'the address in From, once the message is there' },
  'mail-from': { kind: words('<address>'), help: 'the reverse-path' },
  subject: { kind: words('<text>'), help: 'the subject, once the message is there' },
  user: { kind: words('<name>'), help: 'who logs in' },
  helo: { kind: words('<text>'), help: 'the HELO name' },
  inbox: { kind: words('<name>'), help: 'the recipients of an inbox; with clear, the rules of only that inbox' },
  q: { kind: words('<query>'), help: 'a whole query' },
} as const satisfies FlagTable

/** What it does, by the fields of the API. */
const fieldFlags = {
  on: { kind: words('<moment>'), help: 'connect, ehlo, starttls, auth, mail, rcpt, data, message, quit, or a verb' },
  reply: { kind: words('<reply>'), help: 'what is answered: "451 4.7.1 Try again later", or a bare code' },
  action: { kind: words('<action>'), help: 'close, reset or stall, in place of a reply' },
  delay: { kind: duration, help: 'how long the answer is held back' },
  times: { kind: count, help: 'only the first so many matches' },
  per: { kind: words('<scope>'), help: 'what is counted for: recipient, message or connection' },
  for: { kind: duration, help: 'how long the rule lasts' },
} as const satisfies FlagTable

const flags = { ...matchFlags, ...fieldFlags, ...serverFlags, ...jsonFlag } as const

/** Fields that have another name, or their unit in it. */
const FIELDS: { readonly [flag in keyof typeof fieldFlags]: string } = {
  on: 'on',
  reply: 'reply',
  action: 'action',
  delay: 'delayMs',
  times: 'times',
  per: 'per',
  for: 'forMs',
}

/** What a rule is made of. */
const RULE_FLAGS = Object.keys({ ...matchFlags, ...fieldFlags }) as (
  | keyof typeof matchFlags
  | keyof typeof fieldFlags
)[]

type RuleCall = Call<typeof flags>

const ACTIONS: { readonly [name: string]: (call: RuleCall, api: Api) => Promise<number> } = { list, add, remove, clear }

export const rule = command({
  usage: 'list | add [preset|json] [flags] | remove <id> | clear',
  maxWords: 2,
  about: [
    'Rules say what goes wrong on purpose, and how often: docs/rules.md. list shows them with their hits; add takes a preset, the',
    'fields of a rule as JSON, or flags alone, and flags outrank both; remove takes one away, clear all.',
    '',
    `Presets: ${PRESET_NAMES.join(', ')}.`,
  ].join('\n'),
  examples: [
    "maildouble rule add greylist --to '*@example.com'",
    "maildouble rule add --to ada@example.com --reply '550 5.1.1 No such user here' --times 2",
    `maildouble rule add '{ "on": "message", "action": "close", "store": true }' --for 10m`,
    'maildouble rule list',
    'maildouble rule clear',
  ],
  flags,
  run(call) {
    const [name = 'list'] = call.words
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
    if (!action)
      throw new OptionError(
        `rule does not ${name}`,
        suggestion(name, Object.keys(ACTIONS)) ?? `It takes ${Object.keys(ACTIONS).join(', ')}.`,
      )
    if (action !== add) assertNothingElse(name, call)
    return ask(call, api => action(call, api))
  },
})

/** What a rule is made of has no place without `add`: passed over, it would have `clear` remove more than was meant. */
function assertNothingElse(name: string, { words: [, word], options }: RuleCall): void {
  const flag = RULE_FLAGS.find(flag => options[flag] !== undefined && !(name === 'clear' && flag === 'inbox'))
  if (flag !== undefined)
    throw new OptionError(`rule ${name} has no --${flag}`, `maildouble rule add makes a rule with it.`)
  if (name !== 'remove' && word !== undefined)
    throw new OptionError(`rule ${name} does not take ${word}`, 'maildouble rule remove <id> removes one.')
}

async function list({ options, stdout, stderr }: RuleCall, api: Api): Promise<number> {
  const answer = await api.json<{ rules: Rule[] }>({ path: '/api/rules' })
  if (options.json) printJson(stdout, answer)
  else if (answer.rules.length > 0) stdout.write(columns(answer.rules.map(lineOf)))
  else stderr.write('No rule.\n')
  return answer.rules.length > 0 ? EXIT.done : EXIT.no
}

function lineOf(rule: Rule): string[] {
  const { id, preset, on, match, active, enabled, hits, nearMiss } = rule
  const terms = Object.entries(match).map(([term, value]) => `${term}:${value}`)
  const state = active ? 'active' : enabled ? 'over' : 'off'
  const seen = hits > 0 || nearMiss === null ? quantity(hits, 'hit') : `0 hits, nearest: ${nearMiss}`
  return [id, preset ?? '-', `on ${on}`, terms.join(' ') || 'everything', effectOf(rule), state, seen]
}

/** What a rule does, as short as a column is. */
function effectOf({
  reply,
  replies,
  action,
  delayMs,
  bytesPerSecond,
  hide,
  certificate,
  refuseConnections,
  halfReply,
  thenClose,
}: Rule): string {
  const effects = [
    ...(replies ?? (reply === null ? [] : [reply])).map(answer =>
      Array.isArray(answer) ? answer.join(' / ') : String(answer),
    ),
    ...(action === 'reply' ? [] : [action]),
    ...(delayMs > 0 ? [`after ${delayMs} ms`] : []),
    ...(bytesPerSecond === null ? [] : [`${bytesPerSecond} bytes/s`]),
    ...(hide.length > 0 ? [`hides ${hide.join(' ')}`] : []),
    ...(certificate === null ? [] : [`${certificate} certificate`]),
    ...(refuseConnections ? ['closes the port'] : []),
    ...(halfReply ? ['half of the reply'] : []),
    ...(thenClose ? ['then closes'] : []),
  ]
  return effects.join(', ')
}

async function add(call: RuleCall, api: Api): Promise<number> {
  const added = await api.json<Rule>({ method: 'POST', path: '/api/rules', body: inputOf(call) })
  if (call.options.json) printJson(call.stdout, added)
  else call.stdout.write(`Rule ${added.id} is active: on ${added.on}, ${effectOf(added)}.\n`)
  return EXIT.done
}

/** The rule that is asked for: the words' fields, and over them the flags'. */
function inputOf({ words: [, given], options }: RuleCall): object {
  const base = given === undefined ? {} : readGiven(given)
  const terms = Object.keys(matchFlags) as (keyof typeof matchFlags)[]
  const match = Object.fromEntries(terms.flatMap(term => (options[term] === undefined ? [] : [[term, options[term]]])))
  const names = Object.keys(FIELDS) as (keyof typeof FIELDS)[]
  const fields = names.flatMap(name => (options[name] === undefined ? [] : [[FIELDS[name], options[name]]]))
  const matched = isObject(base.match) ? base.match : {}
  return {
    ...base,
    ...Object.fromEntries(fields),
    ...(Object.keys(match).length > 0 && { match: { ...matched, ...match } }),
  }
}

function readGiven(given: string): Record<string, unknown> {
  if (!given.trimStart().startsWith('{')) {
    if (PRESET_NAMES.some(name => name === given)) return { preset: given }
    throw new OptionError(
      `there is no preset ${given}`,
      suggestion(given, PRESET_NAMES) ?? `Give ${PRESET_NAMES.join(', ')}, or a rule as JSON.`,
    )
  }
  try {
    return JSON.parse(given)
  } catch (error) {
    throw new OptionError(
      `the rule is not JSON: ${(error as Error).message}`,
      `Write '{ "reply": "451" }', in single quotes for the shell.`,
    )
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

async function remove(call: RuleCall, api: Api): Promise<number> {
  const [, id] = call.words
  if (id === undefined) throw new OptionError('remove lacks the id of a rule', 'maildouble rule list shows them.')
  const answer = await api.json({ method: 'DELETE', path: `/api/rules/${encodeURIComponent(id)}` })
  if (call.options.json) printJson(call.stdout, answer)
  else call.stdout.write(`Rule ${id} removed.\n`)
  return EXIT.done
}

async function clear(call: RuleCall, api: Api): Promise<number> {
  const query = { inbox: call.options.inbox }
  const answer = await api.json<{ removed: number }>({ method: 'DELETE', path: '/api/rules', query })
  if (call.options.json) printJson(call.stdout, answer)
  else call.stdout.write(`${quantity(answer.removed, 'rule')} removed.\n`)
  return EXIT.done
}
