/**
 * The composition root: from options to a store, listeners and the HTTP app, and back to nothing. The only file that
 * knows every part.
 */
import { createHash, randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { readAccounts } from './accounts.js'
import { canOpenFiles } from './descriptors.js'
import { addGivenRules } from './given-rules.js'
import { makeFront, NotNow } from './http/front.js'
import type { Limits, Listener } from './http/schema.js'
import { makeBackend } from './in-process.js'
import { type Log, makeLog } from './log.js'
import { addByHand } from './mail/by-hand.js'
import { Contents } from './mail/content.js'
import { quantity } from './mail/explain.js'
import { Inboxes } from './mail/inboxes.js'
import type { Loop } from './mail/loop.js'
import { Records } from './mail/records.js'
import { EPOCH_RANDOM_BYTES, MailStore, makeEpoch } from './mail/store.js'
import { assertWritable, exportMail, importMail, isSameFile } from './mailbox-files.js'
import { type MailboxProtocol, openMailboxPorts } from './mailbox-ports.js'
import { logMessages } from './message-log.js'
import { bind } from './net/bind.js'
import { type Account, isAccount } from './net/sasl.js'
import { flagOf, type Options, type OptionsInput, readOptions, withDefaults } from './options.js'
import { readSite } from './site.js'
import { Rules } from './smtp/rules.js'
import { openSmtpPorts } from './smtp-ports.js'
import type { Backend, Ports } from './testing/backend.js'
import { setUpTls } from './tls.js'
import { VERSION } from './version.js'

/** Where the page was built; the same from the sources and from what was built of them. */
const WEB_ROOT = fileURLToPath(new URL('../dist/web', import.meta.url))

/** How often messages that are too old are looked for: a tenth of their age, within bounds. */
const MIN_EXPIRY_INTERVAL_MS = 100
const MAX_EXPIRY_INTERVAL_MS = 60_000

/** How long behind the first request what reads mail is loaded: who made it has its answer by then. */
const READ_AHEAD_AFTER_MS = 1000

const NO_FILES = 'too many connections and files are open to load what answers HTTP'
const MORE_FILES = 'Close some, or allow more: ulimit -n 4096.'

const loop: Loop = { now: () => performance.now(), turn: () => new Promise(resolve => setImmediate(resolve)) }

/** URLs by protocol. */
type MailboxUrls = { [protocol in MailboxProtocol]?: string }

/** A server that runs. */
export interface Server {
  readonly options: Options
  /** Every address that it listens on. */
  readonly listeners: readonly Listener[]
  readonly smtpUrl: string
  /** SMTP over TLS from the first byte; null without TLS. */
  readonly smtpsUrl: string | null
  /** Where mail programs read the mail, by protocol: of those that are on. */
  readonly mailboxUrls: MailboxUrls
  /** Where the CA is that clients of the made certificate have to trust; null where none was made. */
  readonly caUrl: string | null
  /** The page and the API for who is on this machine, without a slash at its end. */
  readonly url: string
  /** The same with the first user name and password of --http-auth, for a client that is started with it. */
  readonly loginUrl: string
  /** Where people open the page: behind a proxy, else the URL above. */
  readonly pageUrl: string
  readonly ports: Ports
  readonly log: Log
  /** The mail of this server, as tests hold it. */
  backend(): Backend
  /** Stops a server whose start has failed after all: what the last one left with --export-on-exit stays as it is. */
  abandon(): Promise<void>
  /**
   * Stops accepting, ends open transactions with 421, closes live clients, and resolves when every port is free. A
   * second call gives the same promise.
   */
  stop(): Promise<void>
}

/** What a server is part of. */
interface Setting {
  /** Whether it keeps no process alive. */
  background?: boolean
  /**
   * Whether what reads mail is loaded soon after the first request, and not when the first message is opened: descriptors.ts
   * says why.
   */
  readsAhead?: boolean
  /** Where the log goes: standard output, unless that belongs to another. */
  logTo?: { readonly isTTY?: boolean; write(lines: string): unknown }
}

/**
 * Starts a server. Throws OptionError for an unknown option or a bad value, BindError for a port that is taken; then
 * nothing is left running.
 */
export async function startServer(
  input: OptionsInput,
  { background = false, readsAhead = false, logTo }: Setting = {},
): Promise<Server> {
  const options = withDefaults(readOptions(input))
  const output = logTo ?? process.stdout
  const log = makeLog({
    level: options.logLevel,
    format: options.logFormat ?? (output.isTTY ? 'pretty' : 'json'),
    now: () => new Date(),
    write: lines => output.write(lines),
  })
  const report = (fault: unknown) =>
    log.error('fault', fault instanceof Error ? (fault.stack ?? fault.message) : String(fault))

  const startedAtMs = Date.now()
  const site = readSite(options)
  const accounts = readAccounts(options.httpAuth, flagOf('httpAuth'))
  const certified = await setUpTls(options, startedAtMs)
  const tls = options.tls ? certified : null
  const httpProtocol = options.https ? 'https' : 'http'
  const store = new MailStore({
    epoch: makeEpoch(startedAtMs, randomBytes(EPOCH_RANDOM_BYTES)),
    bounds: {
      maxMessages: options.maxMessages,
      maxBytes: options.maxBytes,
      maxAgeMs: options.maxAge,
      whenFull: options.whenFull,
    },
    loop,
    report,
  })
  const contents = new Contents({ loop, basePath: site.basePath })
  store.subscribe(change => change.type === 'removed' && contents.forget(change.uids))
  const inboxes = new Inboxes({ sha256: text => createHash('sha256').update(text).digest(), random: randomBytes })
  const records = new Records({
    instance: store.epoch.instance,
    inboxes,
    bounds: { maxSessions: options.maxSessions, maxBytes: options.maxSessionBytes },
    mark: () => store.mark(),
    now: Date.now,
    report,
  })
  const listenerInboxes = options.smtpPort.flatMap(({ inbox }) => inbox ?? [])
  const rules = new Rules({
    tls: tls !== null,
    listeners: listenerInboxes,
    inboxes,
    read: message => contents.glance(message),
    now: Date.now,
    magicRecipients: options.magicRecipients,
  })
  inboxes.onForgotten(name => rules.removeOf(name))
  addGivenRules(rules, options.rules, flagOf('rules'))
  const { maxMessageBytes } = options
  if (options.exportOnExit !== null) await assertWritable(options.exportOnExit, flagOf('exportOnExit'))
  if (options.import !== null) {
    const count = await importMail({
      path: options.import,
      option: flagOf('import'),
      mayBeMissing: isSameFile(options.import, options.exportOnExit),
      add: (raw, given) => addByHand({ store, inboxes, now: Date.now, maxMessageBytes }, raw, given),
      log,
    })
    log.info('imported', `${quantity(count, 'message')} of ${options.import} put in`, { path: options.import, count })
    const evicted = count - store.total
    if (evicted > 0)
      log.warn('import-evicted', `the oldest ${evicted} of them had to give way: see --max-messages, --max-bytes`)
  }

  const readAhead = () => {
    const ahead = () => (canOpenFiles() ? void contents.load().catch(report) : readAhead())
    setTimeout(ahead, READ_AHEAD_AFTER_MS).unref()
  }
  const loadApp = async () => {
    if (!canOpenFiles()) {
      log.warn('too-many-files', `a request was refused: ${NO_FILES}. ${MORE_FILES}`)
      throw new NotNow(`maildouble cannot answer this now: ${NO_FILES}.`, MORE_FILES)
    }
    const { createApp } = await import('./http/app.js')
    if (readsAhead) readAhead()
    return createApp({
      store,
      contents,
      inboxes,
      records,
      rules,
      listenerInboxes,
      addressForm: options.address,
      loop,
      now: Date.now,
      version: VERSION,
      webRoot: WEB_ROOT,
      site,
      mayEnter: accounts && ((username, password) => isAccount(accounts, username, password)),
      caPem: certified?.caPem ?? null,
      info: () => ({ listeners, limits, startedAtMs }),
      report,
    })
  }
  const front = makeFront(loadApp, report, options.https && certified ? certified.certified : null)
  const smtp = await openSmtpPorts({ options, tls, store, inboxes, records, rules, loop, log, report, background })
  const mailboxes = await openMailboxPorts({
    options,
    tls,
    store,
    inboxes,
    records,
    rules,
    log,
    report,
    background,
  }).catch(async error => {
    await smtp.close()
    throw error
  })
  const http = await bind({
    hosts: options.host.length > 0 ? options.host : undefined,
    port: options.httpPort,
    portOption: flagOf('httpPort'),
    background,
    make: () => front.server(),
  }).catch(async error => {
    await Promise.all([smtp.close(), mailboxes.close()])
    throw error
  })

  const listeners: Listener[] = [
    ...smtp.plain.flatMap(listener => listenersOf('smtp', listener)),
    ...(smtp.implicit ? listenersOf('smtps', smtp.implicit) : []),
    ...[...mailboxes.listeners].flatMap(([protocol, listener]) => listenersOf(protocol, listener)),
    ...listenersOf(httpProtocol, http, site.basePath),
  ]
  const limits: Limits = {
    maxMessageBytes,
    maxRecipients: options.maxRecipients,
    maxConnections: options.maxConnections,
    maxMessages: options.maxMessages,
    maxBytes: options.maxBytes,
    maxAgeMs: options.maxAge,
    requireTls: options.requireTls,
    requireAuth: options.smtpRequireAuth,
    knownLoginsOnly: options.smtpAuth.length > 0,
    whenFull: options.whenFull,
  }
  const plain = smtp.plain[0] as Bound
  const smtpUrl = urlOf('smtp', plain)
  const smtpsUrl = smtp.implicit && urlOf('smtps', smtp.implicit)
  const url = urlOf(httpProtocol, http, site.basePath)
  const [account] = accounts ?? []
  const mailboxUrls: MailboxUrls = {}
  const mailboxPorts: { [protocol in MailboxProtocol]?: number } = {}
  for (const [protocol, listener] of mailboxes.listeners) {
    mailboxUrls[protocol] = urlOf(protocol, listener)
    mailboxPorts[protocol] = listener.port
  }
  const ports: Ports = {
    smtp: plain.port,
    ...(smtp.implicit && { smtps: smtp.implicit.port }),
    ...mailboxPorts,
    http: http.port,
  }

  if (log.writes('info')) logMessages(store, contents, log, report)
  const stopExpiring = expireRegularly(store, inboxes)

  let stopping: Promise<void> | undefined
  const stop = async (exportTo: string | null) => {
    stopExpiring()
    await Promise.all([smtp.close(), mailboxes.close(), front.close()])
    if (exportTo !== null) {
      const messages = store.list(undefined, 'oldest')
      await exportMail(exportTo, flagOf('exportOnExit'), messages)
      const count = messages.length
      log.info('exported', `${quantity(count, 'message')} written to ${exportTo}`, { path: exportTo, count })
    }
    // libuv reports a closed handle in the next turn, and Node lets go of it in the one after.
    await loop.turn()
    await loop.turn()
  }
  const server: Server = {
    options,
    listeners,
    smtpUrl,
    smtpsUrl,
    mailboxUrls,
    caUrl: certified?.caPem ? `${url}/api/ca.pem` : null,
    url,
    loginUrl: account ? withLogin(url, account) : url,
    pageUrl: site.publicUrl ?? url,
    ports,
    log,
    abandon() {
      stopping ??= stop(null)
      return stopping
    },
    stop() {
      stopping ??= stop(options.exportOnExit)
      return stopping
    },
    backend: () =>
      makeBackend({
        server,
        store,
        contents,
        loop,
        now: Date.now,
        inboxes,
        records,
        rules,
        addressForm: options.address,
        maxMessageBytes,
      }),
  }
  return server
}

/** A port and the addresses that it is bound to. */
type Bound = { readonly port: number; readonly addresses: readonly string[] }

function listenersOf(protocol: Listener['protocol'], { port, addresses }: Bound, path = '/'): Listener[] {
  return addresses.map(host => ({ protocol, host, port, url: addressed(protocol, host, port, path) }))
}

/** The URL to print: under an address that a client on this machine can use. */
function urlOf(protocol: Listener['protocol'], { port, addresses }: Bound, path = '/'): string {
  const [first = '127.0.0.1'] = addresses
  const isAny = first === '0.0.0.0' || first === '::'
  const host = addresses.includes('127.0.0.1') || first === '0.0.0.0' ? '127.0.0.1' : isAny ? '::1' : first
  return addressed(protocol, host, port, path)
}

function addressed(protocol: string, host: string, port: number, path: string): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}${path.slice(0, -1)}`
}

function withLogin(url: string, { username, password }: Account): string {
  return url.replace('://', `://${encodeURIComponent(username)}:${encodeURIComponent(password)}@`)
}

/** Looks now and then for messages that are too old and inboxes that are unused; gives the way to stop. */
function expireRegularly(store: MailStore, inboxes: Inboxes): () => void {
  const ageMs = store.bounds.maxAgeMs ?? Number.POSITIVE_INFINITY
  const intervalMs = Math.min(Math.max(ageMs / 10, MIN_EXPIRY_INTERVAL_MS), MAX_EXPIRY_INTERVAL_MS)
  const timer = setInterval(() => {
    inboxes.expire(Date.now())
    void store.expire(Date.now())
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}
