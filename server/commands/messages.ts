/** Messages on the command line: waiting for them, lists, one of them, its code, its links, deleting. */
import { choice, count, duration, type FlagTable, OptionError, toggle } from '../flags.js'
import { printable } from '../log.js'
import { quantity } from '../mail/explain.js'
import type { Summary } from '../mail/message.js'
import { parseFilter } from '../mail/query.js'
import type { Api, Query } from '../testing/api.js'
import type { FilterObject } from '../testing/filter.js'
import { type Call, command, EXIT } from './command.js'
import { messageLines } from './print.js'
import { ask, filterFlags, filterParams, jsonFlag, printJson, serverFlags, words } from './server.js'
import { waitWith } from './waiting.js'

const since = { kind: words('<cursor|time>'), help: 'only what came after' } as const
const asking = { ...filterFlags, since, ...serverFlags } as const satisfies FlagTable

/** For those that take what is there, unless they are told to wait for it. */
const waiting = { timeout: { kind: duration, help: 'how long to wait for it', defaultShown: 'not at all' } } as const

interface List {
  messages: Summary[]
  total: number
  next: string | null
  cursor: number
}

const listFlags = {
  ...asking,
  limit: { kind: count, help: 'how many at most', default: 50 },
  order: { kind: choice('newest', 'oldest'), help: 'which come first', default: 'newest' },
  ...jsonFlag,
} as const

export const list = command({
  usage: '[filters]',
  maxWords: 0,
  about: 'Lists messages: id, time, sender, recipients, subject. Exits with 1 where none matches.',
  examples: [
    'maildouble list',
    'maildouble list --to ada@example.com --order oldest',
    'maildouble list --json --q "has:otp newer:10m"',
  ],
  flags: listFlags,
  run: call =>
    ask(call, api => {
      const { limit, order } = call.options
      return printList(call, api, { limit, order })
    }),
})

type Asked = Call<typeof asking> & { options: { json?: boolean } }

async function printList(
  { options, stdout, stderr }: Asked,
  api: Api,
  { limit, order }: { limit?: number | undefined; order?: 'newest' | 'oldest' | undefined },
): Promise<number> {
  const query = { ...filterParams(options), since: options.since, limit, order }
  const answer = await api.json<List>({ path: '/api/messages', query })
  const { messages, total, next } = answer
  if (options.json) printJson(stdout, answer)
  else {
    stdout.write(messageLines(messages))
    if (messages.length === 0) stderr.write('No message.\n')
    else if (next !== null && limit === undefined)
      stderr.write(`${messages.length} of ${total}: --limit shows more, filters find some.\n`)
  }
  return messages.length > 0 ? EXIT.done : EXIT.no
}

export const wait = command({
  usage: '[filters]',
  maxWords: 0,
  about:
    'Waits until mail is there that matches, and lists it, oldest first. What is there already counts: --since, clear or an\n' +
    'address of its own for each test tell new mail from old. When nothing comes in time it exits with 1, and says what\n' +
    'arrived instead, which term that failed on, and how the connections ended that delivered nothing.',
  examples: [
    'maildouble wait --to ada@example.com --subject welcome',
    'maildouble wait --to "*@example.com" --count 3 --timeout 30s',
  ],
  flags: {
    ...asking,
    count: { kind: count, help: 'how many have to be there', default: 1 },
    timeout: { kind: duration, help: 'how long to wait', defaultShown: '10s' },
    ...jsonFlag,
  },
  async run(call) {
    const { count = 1, timeout } = call.options
    const failed = await waitFor(call, count, timeout)
    if (failed !== undefined) return failed
    return ask(call, api => printList(call, api, { limit: count, order: 'oldest' }))
  },
})

/** Waits until so many messages are there; resolves to the exit code where they did not come in time. */
function waitFor(call: Asked, count: number, timeoutMs: number | undefined): Promise<number | undefined> {
  const filter: FilterObject = parseFilter(filterParams(call.options))
  return waitWith(call, 'messages', timeoutMs, (handle, options) => handle.waitForAll(filter, count, options))
}

/** One message: `latest`, narrowed by filters and waited for where that is asked, or the one of an id. */
async function pick(
  call: Asked & { options: { timeout?: number } },
  use: (api: Api, path: (rest?: string) => string, query: Query) => Promise<void>,
): Promise<number> {
  const { timeout, since } = call.options
  const [id = 'latest'] = call.words
  if (timeout !== undefined) {
    if (id !== 'latest') throw new OptionError(`--timeout waits for mail, and ${id} is there or not`, 'Leave it out.')
    const failed = await waitFor(call, 1, timeout)
    if (failed !== undefined) return failed
  }
  return ask(call, async api => {
    const path = (rest = '') => `/api/messages/${encodeURIComponent(id)}${rest}`
    await use(api, path, { ...filterParams(call.options), since })
    return EXIT.done
  })
}

export const show = command({
  usage: '[id|latest] [filters]',
  maxWords: 1,
  about:
    'Shows a message as Markdown: envelope, headers, text, code, links and parts. What the sender wrote stands in fences that\n' +
    'it cannot close. --raw gives the exact bytes.',
  examples: [
    'maildouble show',
    'maildouble show latest --to ada@example.com --timeout 10s',
    'maildouble show --raw > mail.eml',
  ],
  flags: { ...asking, ...waiting, raw: { kind: toggle, help: 'the exact bytes' }, ...jsonFlag },
  run(call) {
    const { raw, json } = call.options
    if (raw && json) throw new OptionError('--raw and --json are two answers', 'Give one of them.')
    return pick(call, async (api, path, query) => {
      if (json) printJson(call.stdout, await api.json({ path: path(), query }))
      else call.stdout.write(await api.bytes({ path: path(raw ? '/raw' : '.md'), query }))
    })
  },
})

export const otp = command({
  usage: '[id|latest] [filters]',
  maxWords: 1,
  about:
    'Prints the one-time code of a message, and nothing else. Where there is none, or none stands out, it exits with 1.',
  examples: ['maildouble otp --to ada@example.com --timeout 10s'],
  flags: { ...asking, ...waiting, ...jsonFlag },
  run: call =>
    pick(call, async (api, path, query) => printText(call, 'otp', await api.bytes({ path: path('/otp'), query }))),
})

// The route says `text` for the words of the link: which message is chosen by the other filters.
const { text: _text, ...linkFilters } = asking

export const link = command({
  usage: '[id|latest] [--text <words>] [filters]',
  maxWords: 1,
  about:
    'Prints the address of a link of a message. --text is contained in its words or its address; without it there has to be\n' +
    'only one link.',
  examples: ['maildouble link --text Confirm --to ada@example.com --timeout 10s'],
  flags: {
    text: { kind: words('<words>'), help: 'contained in the words of the link, or in its address' },
    ...linkFilters,
    ...waiting,
    ...jsonFlag,
  },
  run: call => {
    const { text, ...options } = call.options
    return pick({ ...call, options }, async (api, path, query) =>
      printText(call, 'link', await api.bytes({ path: path('/link'), query: { ...query, text } })),
    )
  },
})

/** A value alone on its line; as JSON under its name. */
function printText({ options, stdout }: Asked, name: string, answer: Buffer): void {
  const value = answer.toString().trimEnd()
  if (options.json) printJson(stdout, { [name]: value })
  else stdout.write(`${printable(value)}\n`)
}

export const clear = command({
  usage: '[filters]',
  maxWords: 0,
  about: 'Deletes messages, all of them where no filter is given, and says how many there were.',
  examples: ['maildouble clear', 'maildouble clear --to ada@example.com'],
  flags: { ...filterFlags, ...serverFlags, ...jsonFlag },
  run: call =>
    ask(call, async api => {
      const query = filterParams(call.options)
      const answer = await api.json<{ removed: number }>({ method: 'DELETE', path: '/api/messages', query })
      if (call.options.json) printJson(call.stdout, answer)
      else call.stdout.write(`${quantity(answer.removed, 'message')} deleted.\n`)
      return EXIT.done
    }),
})
