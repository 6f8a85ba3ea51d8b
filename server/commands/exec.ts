/**
 * `maildouble exec -- pytest`: a server for the time of one command, so that whatever runs tests in whatever language
 * has one without starting, finding or stopping it. Its ports are free ones, so any number run at a time.
 *
 * The command is the user's: its input and output are its own, signals reach it, and its exit code is ours. When that
 * is not 0, what became of the mail is told in a few lines and a report.
 */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { type Kind, OptionError, path } from '../flags.js'
import { printable } from '../log.js'
import { describe, describeTried, quantity } from '../mail/explain.js'
import { type Server, startServer } from '../maildouble.js'
import { flagOf, freePorts, type Options, withDefaults } from '../options.js'
import { MailHandle } from '../testing/client.js'
import { type Call, command, EXIT } from './command.js'
import { givenOptions } from './serve.js'

/** What a shell adds to the number of the signal that ended a command. */
const SIGNALLED = 128
/** How many messages and connections are told of in lines; the report has more. */
const MAX_LINES = 50

/** What `{...}` may be in a variable of `--env`. */
const PLACES = ['host', 'port', 'smtpUrl', 'url'] as const
type Places = Record<(typeof PLACES)[number], string>

const variables: Kind<string[]> = {
  shown: "<NAME='value'>",
  wanted: `a variable: NAME='smtp://{host}:{port}', with ${PLACES.map(place => `{${place}}`).join(', ')} in it`,
  read(value) {
    const places = new RegExp(`\\{(?!(?:${PLACES.join('|')})\\})\\w+\\}`)
    const isVariable = (item: unknown) => typeof item === 'string' && /^[A-Za-z_]\w*=/.test(item) && !places.test(item)
    return Array.isArray(value) && value.every(isVariable) ? value : undefined
  },
}

const flags = {
  env: { kind: variables, help: 'a variable that the command sees', repeatable: true },
  report: { kind: path, help: 'where the report goes when the command fails', default: 'mail.html' },
} as const

export const exec = command({
  usage: '[flags] -- <command>',
  maxWords: 0,
  about: [
    'Starts a server on free ports, runs the command, stops the server, and exits with the code of the command (128 and the',
    'number of the signal that ended it). The command sees SMTP_URL, SMTP_HOST, SMTP_PORT, MAILDOUBLE_URL and each --env. When',
    'it fails, a line for each message and each connection that delivered nothing is printed, and a report written.',
    '',
    'It takes every flag of the server, too (maildouble help). Of its variables and config file neither ports count nor the files',
    'that mail is imported from and exported to.',
  ].join('\n'),
  examples: [
    'maildouble exec -- pytest',
    "maildouble exec --env MAILER_DSN='smtp://{host}:{port}' -- php bin/phpunit",
    'maildouble exec --tls --smtp-strict -- npm test',
  ],
  flags,
  takesOptions: true,
  async run(call) {
    const [program, ...args] = call.rest
    if (program === undefined)
      throw new OptionError('exec lacks its command', 'Write it behind --: maildouble exec -- npm test.')
    const server = await startServer(await optionsOf(call), { logTo: call.stderr })
    const mail = new MailHandle({ backend: server.backend(), warn: () => {} }, undefined, 0)
    try {
      const env = { ...call.env, ...environmentOf(server, call.options.env ?? []) }
      const code = await run(program, args, env)
      if (code !== EXIT.done) await tell(call, mail, resolve(call.options.report ?? flags.report.default))
      return code
    } finally {
      await mail.stop()
    }
  },
})

/** The options of the server: ports are free ones unless a flag says otherwise, since many may run at a time. */
async function optionsOf({ options, env }: Call<typeof flags>): Promise<Options> {
  const { env: _env, report: _report, ...given } = options as Call<typeof flags>['options'] & Partial<Options>
  for (const name of ['readyFile', 'open'] as const)
    if (given[name])
      throw new OptionError(`${flagOf(name)} is for a server that is looked at`, 'Leave it out with exec.')
  const beside = await givenOptions(env)
  const smtpPort = (beside.smtpPort ?? [{ port: 0, inbox: null }]).map(({ inbox }) => ({ port: 0, inbox }))
  // The mail that is kept between runs of the server is no business of a test's.
  const own = { logLevel: 'error', readyFile: null, open: false, import: null, exportOnExit: null } as const
  const unset = { smtpsPort: null, pop3Port: null, pop3sPort: null, imapPort: null, imapsPort: null } as const
  const all = withDefaults(beside, { smtpPort, httpPort: 0, ...unset, ...own }, given)
  return { ...all, ...freePorts(all) }
}

/** What the command sees beside its own environment. */
function environmentOf({ smtpUrl, loginUrl, ports }: Server, given: readonly string[]): Record<string, string> {
  const { hostname } = new URL(smtpUrl)
  const places: Places = { host: hostname, port: String(ports.smtp), smtpUrl, url: loginUrl }
  const own = given.map(variable => {
    const at = variable.indexOf('=')
    const filled = variable.slice(at + 1).replace(/\{(\w+)\}/g, (_whole, place: keyof Places) => places[place])
    return [variable.slice(0, at), filled]
  })
  return {
    SMTP_URL: smtpUrl,
    SMTP_HOST: hostname,
    SMTP_PORT: places.port,
    MAILDOUBLE_URL: loginUrl,
    ...Object.fromEntries(own),
  }
}

/** Runs a command as a shell does; resolves to its exit code. Throws OptionError where it cannot be started. */
function run(program: string, args: readonly string[], env: Record<string, string | undefined>): Promise<number> {
  return new Promise((resolve, reject) => {
    // On Windows npm and its like are scripts, which only a shell can start.
    const isWindows = process.platform === 'win32'
    const child = spawn(isWindows ? `"${program}"` : program, isWindows ? args.map(arg => `"${arg}"`) : args, {
      stdio: 'inherit',
      env,
      shell: isWindows,
    })
    const passed = SIGNALS.map(signal => {
      // A terminal tells every process of the job: a second time would be told as "at once".
      const pass = () => void (signal !== 'SIGTERM' && process.stdin.isTTY ? 0 : child.kill(signal))
      process.on(signal, pass)
      return () => process.off(signal, pass)
    })
    const end = () => {
      for (const stop of passed) stop()
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      end()
      const why =
        error.code === 'ENOENT'
          ? 'there is no such program'
          : error.code === 'EACCES'
            ? 'it may not be run'
            : error.message
      reject(new OptionError(`${program} cannot be started: ${why}`, 'See that it is installed, or write its path.'))
    })
    child.once('exit', (code, signal) => {
      end()
      resolve(code ?? SIGNALLED + (signal ? constants.signals[signal] : 0))
    })
  })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What became of the mail of a command that failed. */
async function tell({ stderr, rest }: Call, mail: MailHandle, file: string): Promise<void> {
  const say = (line: string) => stderr.write(`maildouble: ${printable(line)}\n`)
  const lines = [
    ...(await mail.messages()).map(describe),
    ...(await mail.sessions())
      .filter(({ messages, attempts }) => messages.length + attempts.length === 0)
      .map(({ outcome }) => `delivered nothing: ${outcome}`),
    ...(await mail.attempts()).filter(({ outcome }) => outcome !== 'accepted').map(describeTried),
  ]
  if (lines.length === 0) say(`no connection at all: is the app using SMTP_URL?`)
  for (const line of lines.slice(0, MAX_LINES)) say(line)
  if (lines.length > MAX_LINES) say(`and ${quantity(lines.length - MAX_LINES, 'line')} more, all in the report`)
  try {
    await writeFile(file, await mail.report(rest.join(' ')))
    say(`the report: ${file}`)
  } catch (error) {
    say(`the report cannot be written: ${(error as Error).message}`)
  }
}
