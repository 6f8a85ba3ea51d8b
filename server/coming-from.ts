/**
 * The settings of the tools whose place maildouble takes, and what each is here: what is told of their variables at the
 * start, of their flags where one is given, and the tables of docs/coming-from.md. Pure, and imports nothing.
 *
 * Only settings that are known are spoken of: MP_ACCESS_TOKEN is somebody else's, and Kubernetes sets MAILDEV_SERVICE_HOST.
 */
import type { OptionName } from './options.js'

/** The tools, in the order in which one that several could mean is looked for. */
export const TOOLS = ['Mailpit', 'MailHog', 'MailDev', 'MailCatcher'] as const
export type Tool = (typeof TOOLS)[number]

/** What a setting is here: options, something that is so anyway, or nothing. */
type Here =
  | { readonly type: 'options'; readonly options: readonly OptionName[] }
  | { readonly type: 'needless' }
  | { readonly type: 'none' }

/** A setting of a tool. */
export interface Setting {
  readonly tool: Tool
  /** Its variables and flags, as they are written; a star at the end stands for any end. */
  readonly names: readonly string[]
  readonly here: Here
  /** What is to be known of it; empty where its options say all. */
  readonly note: string
}

type Row = Omit<Setting, 'tool'>

const split = (names: string) => names.split(' ')
/** A setting that is an option, or several, here. */
const same = (names: string, options: readonly OptionName[], note = ''): Row => ({
  names: split(names),
  here: { type: 'options', options },
  note,
})
/** A setting for something that is so anyway. */
const needless = (names: string, note: string): Row => ({ names: split(names), here: { type: 'needless' }, note })
/** A setting for something that there is not. */
const none = (names: string, note: string): Row => ({ names: split(names), here: { type: 'none' }, note })

const IN_MEMORY = 'mail is in memory: --export-on-exit keeps it for the next start'
const NOT_DELIVERED = 'maildouble delivers nothing, to nobody'
const PLAIN_FILE = 'for a file, @ and its path; its lines are name:password, the password not hashed'
const ADDRESS = 'the address and the port are two options, and the address is that of every port'

const SETTINGS_OF: Readonly<Record<Tool, readonly Row[]>> = {
  Mailpit: [
    same('MP_SMTP_BIND_ADDR --smtp -s', ['smtpPort', 'host'], ADDRESS),
    same('MP_UI_BIND_ADDR --listen -l', ['httpPort', 'host'], ADDRESS),
    same('MP_WEBROOT --webroot', ['basePath']),
    same('MP_UI_AUTH MP_UI_AUTH_FILE --ui-auth-file', ['httpAuth'], PLAIN_FILE),
    same('MP_SEND_API_AUTH MP_SEND_API_AUTH_FILE --send-api-auth-file', ['httpAuth'], 'one password for the whole API'),
    none('MP_SEND_API_AUTH_ACCEPT_ANY --send-api-auth-accept-any', 'with --http-auth the whole API asks for it'),
    same('MP_UI_TLS_CERT MP_UI_SSL_CERT --ui-tls-cert --ui-ssl-cert', ['https', 'tlsCert']),
    same('MP_UI_TLS_KEY MP_UI_SSL_KEY --ui-tls-key --ui-ssl-key', ['https', 'tlsKey']),
    same('MP_API_CORS --api-cors', ['corsOrigin']),
    same('MP_SMTP_AUTH MP_SMTP_AUTH_FILE --smtp-auth-file', ['smtpAuth'], PLAIN_FILE),
    needless('MP_SMTP_AUTH_ACCEPT_ANY --smtp-auth-accept-any', 'any name and password is taken, and none is needed'),
    needless(
      'MP_SMTP_AUTH_ALLOW_INSECURE --smtp-auth-allow-insecure',
      'logins are taken in the clear, unless --require-tls is given',
    ),
    same(
      'MP_SMTP_TLS_CERT MP_SMTP_SSL_CERT --smtp-tls-cert --smtp-ssl-cert',
      ['tls', 'tlsCert'],
      'without one, --tls makes its own',
    ),
    same('MP_SMTP_TLS_KEY MP_SMTP_SSL_KEY --smtp-tls-key --smtp-ssl-key', ['tls', 'tlsKey']),
    same('MP_SMTP_REQUIRE_STARTTLS MP_SMTP_TLS_REQUIRED --smtp-require-starttls --smtp-tls-required', [
      'tls',
      'requireTls',
    ]),
    same(
      'MP_SMTP_REQUIRE_TLS --smtp-require-tls',
      ['tls', 'smtpsPort'],
      'TLS from the first byte has a port of its own, 1465',
    ),
    same('MP_SMTP_STRICT_RFC_HEADERS MP_STRICT_RFC_HEADERS --smtp-strict-rfc-headers', ['smtpStrict']),
    same('MP_SMTP_MAX_RECIPIENTS --smtp-max-recipients', ['maxRecipients']),
    same(
      'MP_SMTP_ALLOWED_RECIPIENTS --smtp-allowed-recipients',
      ['rules'],
      'a rule at rcpt with a reply: docs/rules.md',
    ),
    none(
      'MP_SMTP_IGNORE_REJECTED_RECIPIENTS --smtp-ignore-rejected-recipients',
      'a recipient that a rule refuses is refused to the sender',
    ),
    needless('MP_SMTP_DISABLE_RDNS --smtp-disable-rdns', 'no name is ever looked up'),
    same('MP_DATABASE MP_DATA_FILE --database --db-file -d', ['import', 'exportOnExit'], IN_MEMORY),
    needless(
      'MP_DISABLE_WAL MP_COMPRESSION MP_TENANT_ID --disable-wal --compression --tenant-id',
      'there is no database',
    ),
    same('MP_MAX_MESSAGES --max -m', ['maxMessages'], '10000 where nothing is said, and never without a bound'),
    same('MP_MAX_AGE', ['maxAge'], 'days are written as hours: 3d is 72h'),
    same('MP_MAX_MESSAGE_SIZE --max-message-size', ['maxMessageBytes'], 'with a unit: 50 is 50M'),
    none(
      'MP_USE_MESSAGE_DATES --use-message-dates',
      'messages are in the order in which they came; the Date is among the headers',
    ),
    none(
      'MP_IGNORE_DUPLICATE_IDS --ignore-duplicate-ids',
      'every message is kept: that one came twice is worth knowing',
    ),
    same('MP_ALLOWED_HOSTS --allowed-hosts', ['allowHost']),
    same('MP_POP3_BIND_ADDR', ['pop3', 'pop3Port'], 'needs no password file; there is --imap, too'),
    same('MP_POP3_AUTH MP_POP3_AUTH_FILE --pop3-auth-file', ['pop3', 'mailboxAuth'], PLAIN_FILE),
    same('MP_POP3_TLS_CERT MP_POP3_TLS_KEY --pop3-tls-cert --pop3-tls-key', ['tls', 'tlsCert', 'tlsKey']),
    same(
      'MP_ENABLE_CHAOS MP_CHAOS_TRIGGERS --enable-chaos --chaos-triggers',
      ['rules'],
      'docs/rules.md; /api/v1/chaos works without an option',
    ),
    needless('MP_BLOCK_REMOTE_CSS_AND_FONTS --block-remote-css-and-fonts', 'nothing remote loads until you ask for it'),
    needless(
      'MP_ALLOW_UNTRUSTED_TLS MP_ALLOW_INTERNAL_HTTP_REQUESTS --allow-untrusted-tls --allow-internal-http-requests',
      'the server fetches nothing',
    ),
    needless('MP_DISABLE_HTTP_COMPRESSION --disable-http-compression', 'answers are not compressed'),
    needless('MP_DISABLE_VERSION_CHECK --disable-version-check', 'no newer version is looked for'),
    needless('MP_DISABLE_HTML_CHECK --disable-html-check', 'checks run when they are asked for'),
    none(
      'MP_ENABLE_SPAMASSASSIN --enable-spamassassin',
      'there is no spam check: the checks of a message are in docs/checks.md',
    ),
    none(
      'MP_HIDE_DELETE_ALL_BUTTON --hide-delete-all-button',
      'the page can always delete: --http-auth says who may open it',
    ),
    none('MP_LABEL --label', 'the page has no name of its own'),
    none(
      'MP_TAG MP_TAGS_* --tag -t --tags-config --tags-title-case --tags-disable --tags-username',
      'tags come from X-Tags, plus-addresses and the API',
    ),
    none(
      'MP_WEBHOOK_* --webhook-url --webhook-limit --webhook-delay',
      'there are no webhooks: follow /api/changes, or wait with wait=',
    ),
    needless('MP_ENABLE_PROMETHEUS --enable-prometheus', 'metrics are at /metrics'),
    none('MP_SMTP_RELAY_* MP_SMTP_FORWARD_* --smtp-relay-* --smtp-forward-*', NOT_DELIVERED),
    none('MP_LOG_FILE --log-file', 'the log goes to standard output: send that to a file'),
    same('MP_QUIET --quiet -q', ['logLevel'], 'with error'),
    needless('MP_VERBOSE --verbose', 'what was said on every connection is kept, and shown by /api/sessions'),
    none('MP_DEMO_MODE', 'there is no such mode'),
  ],
  MailHog: [
    same('MH_SMTP_BIND_ADDR --smtp-bind-addr', ['smtpPort', 'host'], ADDRESS),
    same('MH_UI_BIND_ADDR MH_API_BIND_ADDR --ui-bind-addr --api-bind-addr', ['httpPort', 'host'], ADDRESS),
    none('MH_API_HOST --api-host', 'the page and the API are on one port'),
    same('MH_UI_WEB_PATH --ui-web-path', ['basePath']),
    same('MH_HOSTNAME --hostname', ['smtpName']),
    same('MH_AUTH_FILE --auth-file', ['httpAuth'], PLAIN_FILE),
    same('MH_CORS_ORIGIN', ['corsOrigin']),
    same(
      'MH_STORAGE MH_MAILDIR_PATH MH_MONGO_* --storage --maildir-path --mongo-*',
      ['import', 'exportOnExit'],
      IN_MEMORY,
    ),
    same(
      'MH_INVITE_JIM MH_JIM_* --invite-jim --jim-*',
      ['rules'],
      'docs/rules.md; /api/v2/jim works without an option',
    ),
    none('MH_OUTGOING_SMTP --outgoing-smtp', NOT_DELIVERED),
  ],
  MailDev: [
    same('MAILDEV_SMTP_PORT --smtp -s', ['smtpPort']),
    same('MAILDEV_WEB_PORT --web --web-port -w', ['httpPort'], '8025 where nothing is said, and not 1080'),
    same(
      'MAILDEV_IP MAILDEV_WEB_IP --ip --web-ip',
      ['host'],
      'one option for every port; loopback where nothing is said',
    ),
    same(
      'MAILDEV_INCOMING_USER MAILDEV_INCOMING_PASS --incoming-user --incoming-pass',
      ['smtpAuth'],
      'the two in one: user:pass',
    ),
    same('MAILDEV_INCOMING_SECURE --incoming-secure', ['tls', 'smtpsPort']),
    same(
      'MAILDEV_INCOMING_CERT MAILDEV_INCOMING_KEY --incoming-cert --incoming-key',
      ['tls', 'tlsCert', 'tlsKey'],
      'without one, --tls makes its own',
    ),
    same('--hide-extensions', ['smtpWithout']),
    same('MAILDEV_MAX_MESSAGE_SIZE --max-message-size', ['maxMessageBytes']),
    same('MAILDEV_WEB_USER MAILDEV_WEB_PASS --web-user --web-pass', ['httpAuth'], 'the two in one: user:pass'),
    same('MAILDEV_BASE_PATHNAME --base-pathname', ['basePath']),
    same('MAILDEV_HTTPS', ['https']),
    same('MAILDEV_HTTPS_CERT MAILDEV_HTTPS_KEY --https-cert --https-key', ['https', 'tlsCert', 'tlsKey']),
    none(
      'MAILDEV_DISABLE_WEB --disable-web',
      'the page and the API cannot be turned off; they cost nothing until they are asked',
    ),
    none('MAILDEV_OUTGOING_* MAILDEV_AUTO_RELAY* --outgoing-* --auto-relay*', NOT_DELIVERED),
    same(
      'MAILDEV_MAIL_DIRECTORY --mail-directory',
      ['import', 'exportOnExit'],
      `${IN_MEMORY}; --import reads the folder`,
    ),
    same('MAILDEV_MAX_EMAILS --max-emails', ['maxMessages'], '10000 where nothing is said, and never without a bound'),
    needless('MAILDEV_VERBOSE --verbose', 'what was said on every connection is kept, and shown by /api/sessions'),
    same('MAILDEV_SILENT --silent', ['logLevel'], 'with error'),
    none('--log-mail-contents', 'the log has a line for each message; maildouble show prints it'),
    none('MAILDEV_MCP MAILDEV_API_URL --mcp', 'agents are told what to do by /llms.txt'),
  ],
  MailCatcher: [
    same('--ip --smtp-ip --http-ip', ['host'], 'one option for every port'),
    same('--messages-limit', ['maxMessages']),
    same('--http-path', ['basePath']),
    same('--browse -b', ['open']),
    needless('--verbose', 'what was said on every connection is kept, and shown by /api/sessions'),
    needless('--no-quit', 'it cannot be ended over HTTP'),
    needless('--foreground -f', 'it always runs in the foreground'),
    none('--persistence', IN_MEMORY),
  ],
}

/** Every setting of every tool. */
export const SETTINGS: readonly Setting[] = TOOLS.flatMap(tool => SETTINGS_OF[tool].map(row => ({ tool, ...row })))

/** What a variable or a flag is for each tool that has one of this name; none where it is nobody's. */
export function settingsOf(name: string): Setting[] {
  return SETTINGS.filter(({ names }) => names.some(known => isNamed(name, known)))
}

/** The flag in an argument as it was written: without a value behind `=`. */
export const flagIn = (written: string): string => written.split('=', 1)[0] as string

/** The same for an argument; one hyphen counts for two, as Go's flags have it. */
export function settingsOfArgument(written: string): Setting[] {
  const flag = flagIn(written)
  const found = settingsOf(flag)
  return found.length === 0 && /^-[a-z]{2}/.test(flag) ? settingsOf(`-${flag}`) : found
}

function isNamed(name: string, known: string): boolean {
  return known.endsWith('*') ? name.startsWith(known.slice(0, -1)) : name === known
}

/**
 * What a setting is here, in a sentence that goes on from its name; `written` says how an option is given. Undefined where
 * it is nobody's. Where several tools have it, it means the same to all.
 */
export function adviceOn(settings: readonly Setting[], written: (option: OptionName) => string): string | undefined {
  const [setting] = settings
  if (!setting) return undefined
  const { here, note } = setting
  const whose = `is ${listed(settings.map(({ tool }) => `${tool}'s`))}`
  if (here.type === 'needless') return `${whose}, and not needed: ${note}`
  if (here.type === 'none') return `${whose}, and is nothing here: ${note}`
  return `${whose}; here it is ${listed(here.options.map(written))}${note && `: ${note}`}`
}

/** The settings of a tool as a table of docs/coming-from.md. */
export function settingsTable(tool: Tool, written: (option: OptionName) => string): string {
  const code = (text: string) => `\`${text}\``
  const rows = SETTINGS.filter(setting => setting.tool === tool).map(({ names, here, note }) => {
    const ours =
      here.type === 'options'
        ? here.options.map(written).map(code).join(' ')
        : here.type === 'needless'
          ? 'not needed'
          : '-'
    return `| ${names.map(code).join(' ')} | ${ours} | ${note} |`
  })
  return [`| ${tool} | here | |`, '|---|---|---|', ...rows].join('\n')
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
