/**
 * `maildouble sendmail`: stands in for /usr/sbin/sendmail, so that apps which know no SMTP (PHP's mail(), cron, git
 * send-email) are caught, too. Its arguments are sendmail's, and its exit codes those of sysexits.h.
 *
 * It sends to the server that MAILDOUBLE_URL names, or to --smtp-url, and nowhere else: SMTP_URL may be a real server's.
 * What sendmail does to a message is done: Bcc is taken out, From, Date and Message-ID are added where they are missing,
 * lines end in CRLF. Flags about queues and delivery mean nothing here and are passed over.
 */
import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { addresses, fieldAt, firstHeader, type HeaderField, parseHeaders } from '../mail/headers.js'
import { RemoteError } from '../testing/remote-error.js'
import type { StandIn, Surroundings } from './command.js'
import { explain } from './explain.js'
import { smtpUrlOf, withApi } from './server.js'
import { DeliveryError, send } from './smtp-client.js'

/** sysexits.h. */
const EX = { ok: 0, usage: 64, unavailable: 69, software: 70, temporary: 75 } as const

/** Flags that mean nothing here and whose value may be the next argument. */
const WITH_VALUE = 'BCDhLNOpRVX'

interface Asked {
  recipients: string[]
  /** -t: recipients are in the headers. */
  readsHeaders: boolean
  sender: string | undefined
  fullName: string | undefined
  /** -i: a line of one dot does not end the message. */
  ignoresDots: boolean
  /** -b: m sends; p lists a queue, i makes aliases: here nothing. */
  mode: string
  smtpUrl: string | undefined
  url: string | undefined
}

class UsageError extends Error {}

export const sendmail: StandIn = {
  usage: '[-t] [-i] [-f <sender>] [-F <name>] [--url <url>] [--smtp-url <url>] [recipients]',
  about: [
    'Stands in for /usr/sbin/sendmail: reads a message on stdin and sends it to the server, to the recipients that are given,',
    'and with -t to those in To, Cc and Bcc. Other flags of sendmail are passed over. It also stands in where a link of the',
    'name sendmail leads to maildouble. Exit codes are those of sysexits.h: 0 sent, 64 used wrongly, 69 refused, 75 try later.',
    '',
    '--url is where the page of the server is ($MAILDOUBLE_URL, else http://127.0.0.1:8025); --smtp-url where to send.',
  ].join('\n'),
  examples: [
    "php -d sendmail_path='maildouble sendmail -t -i' -S 127.0.0.1:8000",
    "printf 'To: ada@example.com\\nSubject: Hello\\n\\nHello Ada\\n' | maildouble sendmail -t",
  ],
  async stand(argv, around) {
    try {
      return await post(readArguments(argv), around)
    } catch (error) {
      const [code, text] = judge(error)
      around.stderr.write(`sendmail: ${text}\n`)
      return code
    }
  },
}

function judge(error: unknown): [code: number, text: string] {
  if (error instanceof UsageError) return [EX.usage, error.message]
  if (error instanceof DeliveryError) return [error.isTemporary ? EX.temporary : EX.unavailable, error.message]
  if (error instanceof RemoteError) return [EX.temporary, explain(error)]
  return [EX.software, explain(error)]
}

async function post(asked: Asked, around: Surroundings): Promise<number> {
  if (asked.mode === 'p') around.stdout.write('Mail queue is empty\n')
  if (asked.mode !== 'm') return EX.ok
  const message = new MailText(await readAll(around.stdin), asked.ignoresDots)
  const from = asked.sender ?? `${userName()}@${hostname()}`
  const to = [...asked.recipients, ...(asked.readsHeaders ? message.recipients() : [])]
  if (to.length === 0)
    throw new UsageError('there are no recipients: name them as arguments, or in To, Cc or Bcc with -t')
  const smtpUrl =
    asked.smtpUrl ?? (await withApi({ options: { ...(asked.url && { url: asked.url }) }, env: around.env }, smtpUrlOf))
  const { refused } = await send(smtpUrl, { from, to: [...new Set(to)] }, message.finished(from, asked.fullName))
  for (const reason of refused) around.stderr.write(`sendmail: ${reason}\n`)
  return refused.length === 0 ? EX.ok : EX.unavailable
}

/** A message as it came on stdin. */
class MailText {
  /** With CRLF at each line's end, a character a byte. */
  readonly #head: string
  readonly #body: string
  readonly #fields: readonly HeaderField[]

  constructor(given: Buffer, ignoresDots: boolean) {
    const whole = given.toString('latin1').replace(/\r?\n/g, '\r\n')
    const end = ignoresDots ? -1 : whole.search(/^\.\r?$/m)
    const text = (end === -1 ? whole : whole.slice(0, end)).replace(/^From .*\r\n/, '')
    const { fields, bodyOffset } = parseHeaders(Buffer.from(text, 'latin1'))
    const head = text.slice(0, bodyOffset).replace(/(^|\r\n)\r\n$/, '$1')
    this.#fields = fields
    this.#head = head === '' || head.endsWith('\r\n') ? head : `${head}\r\n`
    this.#body = text.slice(bodyOffset)
  }

  recipients(): string[] {
    return ['To', 'Cc', 'Bcc'].flatMap(name => addresses(this.#fields, name).map(({ address }) => address))
  }

  /** As sendmail hands it on: without Bcc, and with what every message has to have (RFC 5322 3.6). */
  finished(from: string, fullName: string | undefined): Buffer {
    const name = fullName === undefined ? '' : `"${fullName.replace(/["\\\r\n]/g, '')}" `
    const needed: [name: string, value: string][] = [
      ['From', `${name}<${from}>`],
      ['Date', new Date().toUTCString().replace('GMT', '+0000')],
      ['Message-ID', `<${randomBytes(12).toString('hex')}@${hostname()}>`],
    ]
    const added = needed
      .filter(([name]) => firstHeader(this.#fields, name) === undefined)
      .map(([name, value]) => `${name}: ${Buffer.from(value).toString('latin1')}\r\n`)
    const head = this.#head.replace(/^bcc[ \t]*:.*\r\n(?:[ \t].*\r\n)*/gim, '')
    return Buffer.from(`${head}${added.join('')}\r\n${this.#body}`, 'latin1')
  }
}

/** Reads sendmail's arguments: one letter a flag, its value attached or next. Throws UsageError for one that is none. */
function readArguments(argv: readonly string[]): Asked {
  const asked: Asked = {
    recipients: [],
    readsHeaders: false,
    sender: undefined,
    fullName: undefined,
    ignoresDots: false,
    mode: 'm',
    smtpUrl: undefined,
    url: undefined,
  }
  const left = [...argv]
  const valueFor = (flag: string, attached: string): string => {
    const value = attached || left.shift()
    if (value === undefined) throw new UsageError(`${flag} lacks its value`)
    return value
  }
  for (let argument = left.shift(); argument !== undefined; argument = left.shift()) {
    if (argument === '--') {
      asked.recipients.push(...left.splice(0))
    } else if (argument.startsWith('--')) {
      const [flag = '', ...rest] = argument.split('=')
      if (flag === '--url') asked.url = valueFor(flag, rest.join('='))
      else if (flag === '--smtp-url') asked.smtpUrl = valueFor(flag, rest.join('='))
      else throw new UsageError(`there is no flag ${flag}; see maildouble help sendmail`)
    } else if (/^-./.test(argument)) {
      readFlag(asked, argument[1] as string, argument.slice(2), valueFor)
    } else asked.recipients.push(...recipientsIn(argument))
  }
  return asked
}

/** What an argument names: an address, or several with commas between. */
function recipientsIn(argument: string): string[] {
  const field = fieldAt(Buffer.from(`To: ${argument}`), 0, Buffer.byteLength(`To: ${argument}`))
  return addresses([field], 'To').map(({ address }) => address)
}

function readFlag(
  asked: Asked,
  letter: string,
  attached: string,
  valueFor: (flag: string, attached: string) => string,
) {
  const value = () => valueFor(`-${letter}`, attached)
  if (letter === 't') {
    asked.readsHeaders = true
    // `-ti`: letters without values are often written as one.
    if (attached.includes('i')) asked.ignoresDots = true
  } else if (letter === 'i' || (letter === 'o' && attached === 'i')) {
    asked.ignoresDots = true
    if (attached.includes('t')) asked.readsHeaders = true
  } else if (letter === 'f' || letter === 'r') asked.sender = value().replace(/^<(.*)>$/, '$1')
  else if (letter === 'F') asked.fullName = value()
  else if (letter === 'b') asked.mode = modeOf(attached)
  else if (WITH_VALUE.includes(letter)) value()
}

function modeOf(mode: string): string {
  if (['m', 'p', 'i'].includes(mode)) return mode
  throw new UsageError(`-b${mode} is not stood in for: only sending (-bm), -bp and -bi are`)
}

async function readAll(input: Surroundings['stdin']): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of input) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** A user without a name, as in many a container, is a number. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'nobody')
  }
}
