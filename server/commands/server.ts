/** The server that a command asks: where it is, what may be asked of it, and how its answers are printed. */
import { type FlagTable, text, toggle } from '../flags.js'
import type { FilterField } from '../mail/query.js'
import { Api } from '../testing/api.js'
import { RemoteError } from '../testing/remote-error.js'
import { type Call, EXIT, type Output } from './command.js'

/** Where a server is unless it is said: its own default. */
const DEFAULT_URL = 'http://127.0.0.1:8025'

/** Anything that is not empty. */
export const words = (shown: string) => text(shown, 'text', /./s)

/** The flags of every command that asks a server. */
export const serverFlags = {
  url: {
    kind: words('<url>'),
    help: 'where the page of the server is',
    defaultShown: `$MAILDOUBLE_URL, else ${DEFAULT_URL}`,
  },
} as const satisfies FlagTable

/** The flag of those that print. */
export const jsonFlag = { json: { kind: toggle, help: 'print JSON' } } as const satisfies FlagTable

const filter = (shown: string, help: string) => ({ kind: words(shown), help })

/** What chooses messages, by the names of the API's parameters. */
export const filterFlags = {
  q: filter('<query>', 'a query, as in the search box: from:shop has:attachment'),
  inbox: filter('<name>', 'the name of an inbox'),
  to: filter('<address>', 'any recipient: a full address, a glob with *, or a part of it'),
  cc: filter('<address>', 'the address in Cc, likewise'),
  from: filter('<address>', 'the address in From, likewise'),
  subject: filter('<text>', 'contained in the subject'),
  text: filter('<text>', 'contained in the text'),
  html: filter('<text>', 'contained in the HTML'),
  header: filter('<name[=value]>', 'a header that is there, or contains a value'),
  filename: filter('<text>', 'contained in the name of a part'),
  has: filter('<what>', 'attachment, inline, html, warning, link or otp'),
  is: filter('<what>', 'unread or read'),
  'mail-from': filter('<address>', 'the reverse-path of the envelope; <> is the null path'),
  'rcpt-to': filter('<address>', 'a recipient of the envelope'),
  user: filter('<name>', 'the user name that was logged in'),
  helo: filter('<text>', 'contained in the HELO name'),
  'message-id': filter('<id>', 'the Message-ID'),
  tag: filter('<tag>', 'a tag'),
  larger: filter('<size>', 'more than this size: 10k, 1M'),
  smaller: filter('<size>', 'less than this size'),
} as const satisfies { readonly [field in FilterField]: FlagTable[string] }

/** Those of `options` that choose messages, as parameters of a request. */
export function filterParams(options: { readonly [name: string]: unknown }): { [field in FilterField]?: string } {
  const fields = Object.keys(filterFlags) as FilterField[]
  return Object.fromEntries(fields.flatMap(field => (options[field] === undefined ? [] : [[field, options[field]]])))
}

type Asking = Pick<Call<typeof serverFlags>, 'options' | 'env'>

/** The URL of the server that is asked. */
export function urlOf({ options, env }: Asking): string {
  return options.url ?? (env.MAILDOUBLE_URL || DEFAULT_URL)
}

/** Gives `use` the API of the server, and closes what it opened. */
export async function withApi<T>(call: Asking, use: (api: Api) => Promise<T>): Promise<T> {
  const api = new Api(urlOf(call))
  try {
    return await use(api)
  } finally {
    api.close()
  }
}

/** What the API says where the answer is no, rather than that the question was wrong. */
const NO: readonly string[] = ['no_match', 'not_found']

/** Runs `use` as withApi does; where the answer is no, says so and resolves to that exit code. */
export async function ask(
  call: Asking & Pick<Call, 'stdout' | 'stderr'> & { options: { json?: boolean } },
  use: (api: Api) => Promise<number>,
): Promise<number> {
  try {
    return await withApi(call, use)
  } catch (error) {
    if (!(error instanceof RemoteError) || !NO.includes(error.code)) throw error
    return sayNo(call, error.code, error.problem, error.fix)
  }
}

/** Says why the answer is no: in words on stderr, or as the API would on stdout. */
export function sayNo(
  { options, stdout, stderr }: Pick<Call, 'stdout' | 'stderr'> & { options: { json?: boolean } },
  code: string,
  problem: string,
  fix?: string,
): number {
  if (options.json) printJson(stdout, { error: code, message: problem, ...(fix !== undefined && { fix }) })
  else stderr.write(`${problem}\n${fix === undefined ? '' : `${fix}\n`}`)
  return EXIT.no
}

export function printJson(stdout: Output, value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** The URL of the port that takes mail: on the host of the page, where ports of containers are mapped alike. */
export async function smtpUrlOf(api: Api): Promise<string> {
  const { listeners } = await api.json<{ listeners: { protocol: string; port: number }[] }>({ path: '/api/info' })
  const smtp = listeners?.find(({ protocol }) => protocol === 'smtp')
  if (!smtp) throw api.stranger('/api/info tells of no port for mail')
  return `smtp://${api.host}:${smtp.port}`
}
