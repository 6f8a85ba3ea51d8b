/**
 * Every option once: its name, its meaning, its default and how its value is read. The flags, the environment
 * variables, the config file's keys, `--help` and docs/options.md all come from this table. Pure.
 */
import { adviceOn, flagIn, settingsOf, settingsOfArgument } from './coming-from.js'
import {
  type CommandLine as CommandLineOf,
  choice,
  count,
  duration,
  type Flag,
  flagOf,
  helpLinesOf,
  type Kind,
  path,
  port,
  readFlags,
  readValues,
  several,
  shownDefault,
  size,
  some,
  split,
  text,
  toggle,
  writtenFlag,
} from './flags.js'
import { editDistance } from './nearest.js'
import type { Keyword } from './smtp/extensions.js'
import type { RuleInput } from './smtp/rule.js'

export { flagOf, OptionError } from './flags.js'

/** What EHLO lists, as smtp/extensions.ts has it, of which nothing is to run here. */
const HIDEABLE = Object.keys({
  PIPELINING: true,
  SIZE: true,
  '8BITMIME': true,
  SMTPUTF8: true,
  ENHANCEDSTATUSCODES: true,
  CHUNKING: true,
  BINARYMIME: true,
  DSN: true,
  STARTTLS: true,
  AUTH: true,
  HELP: true,
} satisfies Record<Keyword, true>) as Keyword[]

/** Letters by which a variable may differ from the one that was meant. */
const MAX_TYPOS = 2

/** A port for SMTP, and the inbox of what comes to it; null leaves that to recipients and logins. */
export interface SmtpPort {
  port: number
  inbox: string | null
}

const smtpPort: Kind<SmtpPort> = {
  shown: '<port[=inbox]>',
  wanted: `${port.wanted}; or 1026=billing, which gives what comes to it an inbox`,
  read(value) {
    if (typeof value === 'object' && value !== null && 'port' in value) return value as SmtpPort
    const [number = '', inbox, ...rest] = typeof value === 'string' ? value.split('=') : [String(value)]
    const read = port.read(number)
    if (read === undefined || rest.length > 0 || (inbox !== undefined && !/^[A-Za-z0-9][\w.@+-]{0,99}$/.test(inbox)))
      return undefined
    return { port: read, inbox: inbox ?? null }
  },
}

/** Accounts: a password may have commas, so only what comes as one text (the environment) is parted at them. */
const accounts: Kind<string[]> = {
  shown: '<user:pass|@file>',
  wanted: 'an account: user:pass, or @ and the path of a file with such lines',
  secret: true,
  read(value) {
    const items = Array.isArray(value) ? value : split(value)
    return items.every(item => typeof item === 'string' && /^(?:@.|[^:]+:.)/.test(item)) ? items : undefined
  },
}

/** Keywords of EHLO, in either case. */
const keyword: Kind<Keyword> = {
  shown: '<keyword>',
  wanted: `one of ${HIDEABLE.join(', ')}`,
  read: value => HIDEABLE.find(candidate => candidate === String(value).toUpperCase()),
}

/** Rules: as they are, or as text, which given-rules.ts reads. */
const rules: Kind<string | RuleInput[]> = {
  shown: '<file|json>',
  wanted: 'the path of a file of JSON, or JSON that begins with [ or {',
  read(value) {
    if (typeof value === 'object' && value !== null) return Array.isArray(value) ? value : [value]
    return path.read(value)
  },
}

/** A path of URLs in which nothing is escaped, so that it reads the same wherever it is compared. */
const URL_PATH = /^(?:\/[\w.~-]+)*$/

/** The page's address behind a proxy: kept without a slash at its end. */
const publicUrl: Kind<string> = {
  shown: '<url>',
  wanted: 'the URL under which the page is opened, such as https://mail.example.com/path, without a password',
  secret: true,
  read(value) {
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
      return undefined
    const path = url.pathname.replace(/\/$/, '')
    return URL_PATH.test(path) ? url.origin + path : undefined
  },
}

/** A path that begins and ends with a slash, however it was given. */
const basePath: Kind<string> = {
  shown: '<path>',
  wanted: 'a path such as /mail, of letters, digits and . _ ~ -',
  read(value) {
    if (typeof value !== 'string') return undefined
    const path = `/${value}`.replace(/^\/+/, '/').replace(/\/$/, '')
    return URL_PATH.test(path) ? `${path}/` : undefined
  },
}

/** An origin as browsers write it, or a star for every one. */
const origin: Kind<string> = {
  shown: '<origin>',
  wanted: 'the origin of a site, such as https://app.example.com or http://localhost:3000, or *',
  read(value) {
    if (value === '*') return value
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
    const isBare = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
    return isBare ? url.origin : undefined
  },
}

interface Option<T> extends Flag<T> {
  readonly default: T
}

const option = <T>(kind: Kind<T>, fallback: NoInfer<T>, help: string, more: Partial<Option<T>> = {}): Option<T> => ({
  kind,
  default: fallback,
  help,
  ...more,
})

const hostName = text('<address>', 'an address to listen on, such as 127.0.0.1, ::1 or 0.0.0.0', /^[0-9a-zA-Z.:%_-]+$/)
const domain = text('<name>', 'a name without blanks', /^[^\s\0<>@]+$/)

/** Every option there is, in the order in which help and documentation list them. */
export const OPTIONS = {
  host: option(several(hostName), [], 'addresses that every port listens on', {
    defaultShown: '127.0.0.1 and ::1',
    repeatable: true,
  }),
  smtpPort: option(some(smtpPort), [{ port: 1025, inbox: null }], 'the ports that take mail', {
    defaultShown: '1025',
    repeatable: true,
  }),
  smtpsPort: option<number | null>(port, null, 'the port that takes mail over TLS from the first byte', {
    defaultShown: '1465, with --tls',
  }),
  httpPort: option(port, 8025, 'the port of the page and the API'),
  smtpName: option<string | null>(domain, null, 'the name in the SMTP greeting', { defaultShown: 'the host name' }),
  smtpAuth: option(accounts, [], 'an account that may log in over SMTP', {
    defaultShown: 'any name and password',
    repeatable: true,
  }),
  smtpRequireAuth: option(toggle, false, 'refuse mail from who has not logged in'),
  smtpStrict: option(toggle, false, 'refuse what is otherwise taken with a warning'),
  smtpWithout: option(several(keyword), [], 'a keyword that EHLO does not offer', {
    defaultShown: 'none',
    repeatable: true,
  }),
  tls: option(toggle, false, 'offer STARTTLS, and listen for TLS on ports of their own'),
  tlsCert: option<string | null>(path, null, 'the certificate to use, as PEM', { defaultShown: 'made at the start' }),
  tlsKey: option<string | null>(path, null, 'its private key, as PEM', { defaultShown: 'made at the start' }),
  caDir: option<string | null>(path, null, 'a folder that keeps the CA of made certificates between runs', {
    defaultShown: 'a new CA at each start',
  }),
  requireTls: option(toggle, false, 'refuse mail and logins in the clear'),
  pop3: option(toggle, false, 'show the mail to mail programs over POP3'),
  pop3Port: option<number | null>(port, null, 'the port of POP3', { defaultShown: '1110, with --pop3' }),
  pop3sPort: option<number | null>(port, null, 'the port of POP3 over TLS from the first byte', {
    defaultShown: '1995, with --pop3 and --tls',
  }),
  imap: option(toggle, false, 'show the mail to mail programs over IMAP'),
  imapPort: option<number | null>(port, null, 'the port of IMAP', { defaultShown: '1143, with --imap' }),
  imapsPort: option<number | null>(port, null, 'the port of IMAP over TLS from the first byte', {
    defaultShown: '1993, with --imap and --tls',
  }),
  mailboxAuth: option(accounts, [], 'an account that may log in over POP3 and IMAP', {
    defaultShown: 'any name and password',
    repeatable: true,
  }),
  maxMessageBytes: option(size, 50 * 1024 ** 2, 'the largest message that is taken', { defaultShown: '50M' }),
  maxRecipients: option(count, 10_000, 'recipients of one message'),
  maxConnections: option(count, 1000, 'connections at once, on each port of SMTP, POP3 and IMAP'),
  idleTimeout: option(
    duration,
    300_000,
    'how long an SMTP connection may say nothing; one of POP3 twice, of IMAP six times as long',
    {
      defaultShown: '5m',
    },
  ),
  maxLineBytes: option(size, 4096, 'the longest command line of SMTP and POP3'),
  maxAuthLineBytes: option(size, 12_288, 'the longest line of a login'),
  maxProtocolErrors: option(count, 100, 'wrong commands before a connection is closed'),
  maxSessions: option(count, 10_000, 'sessions kept, with their attempts'),
  maxSessionBytes: option(size, 64 * 1024 ** 2, 'bytes kept, of all sessions and attempts together', {
    defaultShown: '64M',
  }),
  maxMessages: option(count, 10_000, 'messages kept'),
  maxBytes: option(size, 512 * 1024 ** 2, 'bytes kept, of all messages together', { defaultShown: '512M' }),
  maxAge: option<number | null>(duration, null, 'how long a message is kept', { defaultShown: 'for ever' }),
  whenFull: option(
    choice('evict', 'refuse'),
    'evict',
    'at a bound: drop the oldest message, or refuse the new one with 452',
  ),
  rules: option<string | RuleInput[]>(rules, [], 'programmed behaviour to begin with: see docs/rules.md', {
    defaultShown: 'none',
  }),
  magicRecipients: option(
    toggle,
    false,
    'addresses of any domain that do what they say: reply-550@, delay-3000@, reset@',
  ),
  address: option(
    text(
      '<form>',
      'an address with {token} in it, such as {hint}.{token}@example.com',
      /^[^\s\0<>]*\{token\}[^\s\0<>]*$/,
    ),
    '{hint}.{token}@example.com',
    'the form of test addresses',
  ),
  allowHost: option(several(domain), [], 'a host name, beside local ones, under which the page may be opened', {
    defaultShown: 'none',
    repeatable: true,
  }),
  publicUrl: option<string | null>(publicUrl, null, 'where the page is behind a proxy: see docs/proxy.md', {
    defaultShown: 'none',
  }),
  basePath: option(basePath, '/', 'the path under which a proxy shows the page'),
  httpAuth: option(accounts, [], 'an account that may open the page and use the API', {
    defaultShown: 'no password is asked for',
    repeatable: true,
  }),
  https: option(toggle, false, 'the page and the API over https, with the certificate of --tls'),
  corsOrigin: option(several(origin), [], 'another site whose pages may use the API', {
    defaultShown: 'none',
    repeatable: true,
  }),
  import: option<string | null>(path, null, 'mail to begin with: an .eml file, an mbox, or a folder of .eml files', {
    defaultShown: 'none',
  }),
  exportOnExit: option<string | null>(path, null, 'at the end, write all mail to this file, as an mbox', {
    defaultShown: 'none',
  }),
  readyFile: option<string | null>(path, null, 'once ready, write every address to this file, as JSON', {
    defaultShown: 'none',
  }),
  logLevel: option(choice('error', 'warn', 'info'), 'info', 'how much is logged'),
  logFormat: option<'pretty' | 'json' | null>(choice('pretty', 'json'), null, 'how it is logged', {
    defaultShown: 'pretty on a terminal, json otherwise',
  }),
  open: option(toggle, false, 'open the page in a browser'),
} as const

type Table = typeof OPTIONS
export type OptionName = keyof Table

/** The options with their values: sizes in bytes, durations in milliseconds. */
export type Options = { [Name in OptionName]: Table[Name] extends Option<infer T> ? T : never }

/** Options as a caller in-process or a config file may give them: sizes also as `64M`, durations also as `5m`. */
export type OptionsInput = {
  [Name in OptionName]?:
    | Options[Name]
    | (Options[Name] extends number | null ? string : never)
    | (Options[Name] extends string[] ? string : never)
    | (Options[Name] extends SmtpPort[] ? number | string | (number | string)[] : never)
    | undefined
}

export const variableOf = (name: string): string =>
  `MAILDOUBLE_${name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`

const NAMES = Object.keys(OPTIONS) as OptionName[]

/** Reads options given as values; names are camelCase. Throws OptionError for an unknown name or a bad value. */
export function readOptions(
  input: Readonly<Record<string, unknown>>,
  shownAs: (name: string) => string = name => name,
): Partial<Options> {
  return readValues(OPTIONS, input, { shownAs, seeAlso: 'See docs/options.md.' }) as Partial<Options>
}

/** Every option, from the least to the most binding source. */
export function withDefaults(...sources: Partial<Options>[]): Options {
  const defaults = Object.fromEntries(NAMES.map(name => [name, OPTIONS[name].default]))
  return Object.assign(defaults, ...sources) as Options
}

/** Free ports for whatever is on and has none: for servers of which many may run at a time. */
export function freePorts(options: Pick<OptionsInput, 'tls' | 'pop3' | 'imap' | PortName>): { [name in PortName]?: 0 } {
  const { tls, pop3, imap } = options
  const isOn: { [name in PortName]: boolean | undefined } = {
    smtpsPort: tls,
    pop3Port: pop3,
    pop3sPort: pop3 && tls,
    imapPort: imap,
    imapsPort: imap && tls,
  }
  const names = Object.keys(isOn) as PortName[]
  return Object.fromEntries(names.filter(name => isOn[name] && options[name] == null).map(name => [name, 0]))
}

/** The ports beside the two that are always open. */
type PortName = 'smtpsPort' | 'pop3Port' | 'pop3sPort' | 'imapPort' | 'imapsPort'

/** The options in the environment, `MAILDOUBLE_SMTP_PORT` and so on; an empty variable is none. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Partial<Options> {
  return readOptions(Object.fromEntries(NAMES.map(name => [name, env[variableOf(name)] || undefined])), variableOf)
}

/** A command line: its positional words, and its options read. */
export type CommandLine = CommandLineOf<Partial<Options>>

/** Sentences on variables that look like options and are none: a mistyped one is not passed over in silence. */
export function strayVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = NAMES.map(variableOf)
  return Object.keys(env)
    .filter(variable => variable.startsWith('MAILDOUBLE_') && !known.includes(variable))
    .flatMap(variable => {
      // Others are not ours to judge: Kubernetes sets MAILDOUBLE_SERVICE_HOST for a service of our name.
      const near = known.find(name => editDistance(variable, name) <= MAX_TYPOS)
      return near ? [`${variable} is no option and is passed over; did you mean ${near}?`] : []
    })
}

/** A sentence on a variable of another tool whose place we take. */
export interface ForeignVariable {
  readonly sentence: string
  /** Whether it asks for what is so anyway. */
  readonly needless: boolean
}

/** Sentences on the variables of other tools: what each is here. Their values are not repeated: some are passwords. */
export function foreignVariables(env: Readonly<Record<string, string | undefined>>): ForeignVariable[] {
  return Object.keys(env)
    .sort()
    .flatMap(variable => {
      const settings = env[variable] ? settingsOf(variable) : []
      const advice = adviceOn(settings, option => `${variableOf(option)} (${flagOf(option)})`)
      return advice ? [{ sentence: `${variable} ${advice}`, needless: settings[0]?.here.type === 'needless' }] : []
    })
}

/** Reads flags. Throws OptionError for one that is unknown, lacks its value or has a bad one. */
export function readArguments(argv: readonly string[]): CommandLine {
  return readFlags(OPTIONS, argv, 'See maildouble --help.', foreignFlag) as CommandLine
}

/** What another tool's flag is here; undefined for one of nobody. */
function foreignFlag(written: string): string | undefined {
  const advice = adviceOn(settingsOfArgument(written), flagOf)
  return advice && `${flagIn(written)} ${advice}.`
}

/** The options as lines of `--help`. */
export function helpLines(): string[] {
  return helpLinesOf(OPTIONS)
}

/** The options as the table of docs/options.md. */
export function documentationTable(): string {
  const rows = NAMES.map(name => {
    const option: Flag<unknown> = OPTIONS[name]
    const flag = `\`${writtenFlag(name, option).replaceAll('|', '\\|')}\``
    return `| ${flag} | \`${variableOf(name)}\` | \`${name}\` | ${shownDefault(option)} | ${option.help}${option.repeatable ? '; repeatable' : ''} |`
  })
  return ['| flag | environment | config file, in-process | default | |', '|---|---|---|---|---|', ...rows].join('\n')
}
