/**
 * `maildouble`: serves until it is told to stop. What belongs to the process and not to the server stands here:
 * signals, the config file, the first lines of the log, the ready file, the browser.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Server, startServer } from '../maildouble.js'
import {
  foreignVariables,
  OptionError,
  type Options,
  readEnvironment,
  readOptions,
  strayVariables,
  withDefaults,
} from '../options.js'
import { VERSION } from '../version.js'
import { removeWhole, writeWhole } from '../whole-file.js'
import { EXIT } from './command.js'

const CONFIG_FILES = ['maildouble.config.json', 'maildouble.config.js', 'maildouble.config.ts']

/** How long stopping may take: an orchestrator kills after ten seconds. */
const STOP_WITHIN_MS = 5000
/** The same where mail is to be written to the end of it. */
const EXPORT_WITHIN_MS = 60_000

/** Serves; resolves when it was stopped by a signal. Throws OptionError and BindError before it runs. */
export async function serve(flags: Partial<Options>): Promise<void> {
  const options = withDefaults(await givenOptions(process.env), flags)
  const server = await startServer(options, { readsAhead: true })
  const { log } = server

  const logDefect = (fault: unknown) =>
    log.error('fault', `a defect in maildouble: ${fault instanceof Error ? fault.stack : fault}`)
  process.on('uncaughtException', logDefect)
  process.on('unhandledRejection', logDefect)
  // Whoever read the log is gone (`maildouble | head -1`). That is no defect, and to log it would be the next.
  process.stdout.on('error', () => {})

  // Before anybody is told that it is there: who is may stop it at once.
  const stopped = stopSignal()
  if (options.readyFile !== null) {
    try {
      writeReadyFile(server, options.readyFile)
    } catch (error) {
      await server.abandon()
      throw error
    }
  }
  for (const stray of strayVariables(process.env)) log.warn('stray-variable', stray)
  for (const { sentence, needless } of foreignVariables(process.env))
    log[needless ? 'info' : 'warn']('foreign-variable', sentence)
  announce(server)
  if (options.open) openBrowser(server.pageUrl)
  await stopped
  log.info('stopping', 'stopping')
  const isExporting = options.exportOnExit !== null
  const late = isExporting
    ? setTimeout(() => process.exit(EXIT.failed), EXPORT_WITHIN_MS)
    : setTimeout(() => process.exit(EXIT.done), STOP_WITHIN_MS)
  // Who finds the file believes that the server is there.
  if (options.readyFile !== null) removeWhole(options.readyFile)
  await server.stop()
  clearTimeout(late)
}

/** The options that stand beside the command line: in the config file and, over it, the environment. */
export async function givenOptions(env: Readonly<Record<string, string | undefined>>): Promise<Partial<Options>> {
  return { ...(await readConfigFile(process.cwd())), ...readEnvironment(env) }
}

/** The config file of a folder, read; nothing where there is none. */
async function readConfigFile(folder: string): Promise<Partial<Options>> {
  const file = CONFIG_FILES.find(name => existsSync(resolve(folder, name)))
  if (!file) return {}
  const path = resolve(folder, file)
  const input: unknown = file.endsWith('.json') ? await readJson(path, file) : await importDefault(path, file)
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new OptionError(`${file} does not hold an object of options`, 'Write { "smtpPort": 1025 }, for example.')
  return readOptions(input as Record<string, unknown>, name => `${file}: ${name}`)
}

async function readJson(path: string, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new OptionError(`${file} cannot be read: ${(error as Error).message}`, `Correct ${file}, or remove it.`)
  }
}

async function importDefault(path: string, file: string): Promise<unknown> {
  try {
    return (await import(pathToFileURL(path).href)).default
  } catch (error) {
    const fix =
      (error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? `This Node (${process.version}) cannot import TypeScript: rename it to maildouble.config.js, or use Node 22.18 or later.`
        : `Correct ${file}, or remove it.`
    throw new OptionError(`${file} cannot be imported: ${(error as Error).message}`, fix)
  }
}

/** The first lines of the log: where to send, where to look, and what of it a stranger could reach. */
function announce(server: Server): void {
  const { log, options, listeners, smtpUrl, smtpsUrl, mailboxUrls, caUrl, url, pageUrl } = server
  const urls = (protocol: string) => listeners.filter(l => l.protocol === protocol).map(l => l.url)
  const smtp = smtpsUrl === null ? smtpUrl : `${smtpUrl} (STARTTLS) or ${smtpsUrl}`
  log.info('ready', `maildouble ${VERSION} is ready: send mail to ${smtp}, look at it on ${pageUrl}`, {
    version: VERSION,
    smtp: urls('smtp'),
    ...(smtpsUrl !== null && { smtps: urls('smtps') }),
    ...Object.fromEntries(Object.keys(mailboxUrls).map(protocol => [protocol, urls(protocol)])),
    http: urls(options.https ? 'https' : 'http'),
    ...(pageUrl !== url && { publicUrl: pageUrl }),
  })
  const mailboxes = Object.values(mailboxUrls)
  if (mailboxes.length > 0) log.info('mailboxes', `mail programs read it at ${mailboxes.join(', ')}`)
  if (caUrl !== null) log.info('ca', `for TLS, have the app trust the CA at ${caUrl}`, { url: caUrl })
  const exposed = [...new Set(listeners.map(l => l.host).filter(host => !isLoopback(host)))]
  if (exposed.length > 0 && options.httpAuth.length === 0)
    log.warn(
      'exposed',
      `listening on ${exposed.join(', ')}: whoever can reach this machine can read and delete the mail (--http-auth asks for a password)`,
    )
  if (options.corsOrigin.includes('*'))
    log.warn('any-origin', 'with --cors-origin * any web page that you visit can read and delete the mail')
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.') || host === 'localhost'
}

function writeReadyFile({ smtpUrl, smtpsUrl, mailboxUrls, caUrl, url, pageUrl, ports }: Server, path: string): void {
  const ready = {
    version: VERSION,
    pid: process.pid,
    smtpUrl,
    ...(smtpsUrl !== null && { smtpsUrl }),
    ...Object.fromEntries(Object.entries(mailboxUrls).map(([protocol, address]) => [`${protocol}Url`, address])),
    ...((smtpsUrl !== null || caUrl !== null) && { caUrl }),
    url,
    ...(pageUrl !== url && { publicUrl: pageUrl }),
    ports,
  }
  try {
    writeWhole(path, `${JSON.stringify(ready, null, 2)}\n`)
  } catch (error) {
    throw new OptionError(
      `--ready-file: ${path} cannot be written: ${(error as Error).message}`,
      'Give a path in a folder that is there and can be written to.',
    )
  }
}

/** Opens a browser as each system does; one that does not open is no reason to stop. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url]
  spawn(command as string, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}

/** Resolves at the first signal to stop; at the second the process ends at once. */
function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(0)
        asked = true
        resolve()
      })
    }
  })
}
