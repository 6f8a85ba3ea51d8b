/**
 * The composition root: from options to a store, listeners and the HTTP app, and back to nothing. The only file that
 * knows every part.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { readAccounts } from './accounts.js'
import { makeFront } from './http/front.js'
import type { Limits, Listener } from './http/schema.js'
import { makeBackend } from './in-process.js'
import { type Log, makeLog } from './log.js'
import { Contents } from './mail/content.js'
import { Inboxes } from './mail/inboxes.js'
import type { Loop } from './mail/loop.js'
import type { Stored } from './mail/message.js'
import { Records } from './mail/records.js'
import { type Appended, EPOCH_RANDOM_BYTES, MailStore, makeEpoch } from './mail/store.js'
import { type Bound, bind } from './net/bind.js'
import { type ListenOptions, listen, type Listener as NetListener } from './net/listener.js'
import { passes } from './net/sasl.js'
import { flagOf, type Options, type OptionsInput, readOptions, withDefaults } from './options.js'
import { replies } from './smtp/reply.js'
import { type SmtpAnswer, type SmtpEvent, SmtpSession } from './smtp/session.js'
import type { Backend, Ports } from './testing/client.js'
import { setUpTls } from './tls.js'
import { formatSize } from './units.js'

/** The version of this package. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version

/** Where the page was built; the same from the sources and from what was built of them. */
const WEB_ROOT = fileURLToPath(new URL('../dist/web', import.meta.url))

/** Recipients that a line of the log names; the others are counted. */
const MAX_LOGGED_RECIPIENTS = 10

/** How often messages that are too old are looked for: a tenth of their age, within bounds. */
const MIN_EXPIRY_INTERVAL_MS = 100
const MAX_EXPIRY_INTERVAL_MS = 60_000

const loop: Loop = { now: () => performance.now(), turn: () => new Promise(resolve => setImmediate(resolve)) }

/** A server that runs. */
export interface Server {
  readonly options: Options
  /** Every address that it listens on. */
  readonly listeners: readonly Listener[]
  readonly smtpUrl: string
  /** SMTP over TLS from the first byte; null without TLS. */
  readonly smtpsUrl: string | null
  /** Where the CA is that clients of the made certificate have to trust; null where none was made. */
  readonly caUrl: string | null
  /** The page and the API, without a slash at its end. */
  readonly url: string
  readonly ports: Ports
  readonly log: Log
  /** The mail of this server, as tests hold it. */
  backend(): Backend
  /**
   * Stops accepting, ends open transactions with 421, closes live clients, and resolves when every port is free. A
   * second call gives the same promise.
   */
  stop(): Promise<void>
}

/**
 * Starts a server. Throws OptionError for an unknown option or a bad value, BindError for a port that is taken; then
 * nothing is left running.
 */
export async function startServer(input: OptionsInput): Promise<Server> {
  const options = withDefaults(readOptions(input))
  const log = makeLog({
    level: options.logLevel,
    format: options.logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json'),
    now: () => new Date(),
    write: lines => process.stdout.write(lines),
  })
  const report = (fault: unknown) =>
    log.error('fault', fault instanceof Error ? (fault.stack ?? fault.message) : String(fault))

  const startedAtMs = Date.now()
  const tls = await setUpTls(options, startedAtMs)
  const accounts = readAccounts(options.smtpAuth, flagOf('smtpAuth'))
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
  const contents = new Contents({ loop })
  const inboxes = new Inboxes({ sha256: text => createHash('sha256').update(text).digest(), random: randomBytes })
  const records = new Records({
    instance: store.epoch.instance,
    inboxes,
    bounds: { maxSessions: options.maxSessions, maxBytes: options.maxSessionBytes },
    mark: () => store.mark(),
    now: Date.now,
    report,
  })

  const hosts = options.host.length > 0 ? options.host : undefined
  const smtpOptions = {
    name: options.smtpName ?? hostname(),
    maxMessageBytes: options.maxMessageBytes,
    maxRecipients: options.maxRecipients,
    maxLineBytes: options.maxLineBytes,
    maxAuthLineBytes: options.maxAuthLineBytes,
    maxProtocolErrors: options.maxProtocolErrors,
    tls: tls !== null,
    requireTls: options.requireTls,
    requireAuth: options.smtpRequireAuth,
    strict: options.smtpStrict,
    without: options.smtpWithout,
  }
  const smtpConnections: Omit<ListenOptions<SmtpEvent, SmtpAnswer, SmtpSession>, 'port' | 'portOption'> = {
    hosts,
    maxConnections: options.maxConnections,
    idleTimeoutMs: options.idleTimeout,
    makeSession(peer) {
      return new SmtpSession({
        peer,
        options: smtpOptions,
        record: records.open({ protocol: 'smtp', ...peer, listener: null }),
        now: Date.now,
        random: randomBytes,
        storeFull: () => store.full,
      })
    },
    handle(event) {
      if (event.type === 'login') return { type: 'judged', passed: passes(event.credentials, accounts) }
      const { received } = event
      received.inboxes = inboxes.ofMessage(received, null)
      received.attempts = records.tries(received.envelope.from, received.envelope.to, received.receivedAtMs)
      return store.append(received).then(answerTo)
    },
    onEnd({ record, delivered, outcome }) {
      records.end(record)
      if (delivered === 0) log.info('undelivered', `nothing was delivered: ${outcome}`, { sessionId: record.id })
    },
    onError: report,
  }
  const listenForSmtp = (port: 'smtpPort' | 'smtpsPort') => {
    const implicit = port === 'smtpsPort'
    return listen({
      ...smtpConnections,
      port: options[port],
      portOption: flagOf(port),
      tls: tls ? { implicit, context: () => tls.context } : undefined,
    })
  }

  const front = makeFront(async () => {
    const { createApp } = await import('./http/app.js')
    return createApp({
      store,
      contents,
      inboxes,
      records,
      listenerInboxes: [],
      addressForm: options.address,
      loop,
      now: Date.now,
      version: VERSION,
      webRoot: WEB_ROOT,
      allowHosts: options.allowHost,
      caPem: tls?.caPem ?? null,
      info: () => ({ listeners, limits, startedAtMs }),
      report,
    })
  }, report)
  // What listens already is closed when a later port cannot be had.
  const opened: NetListener[] = []
  const open = async (listening: Promise<NetListener>) => {
    const listener = await listening
    opened.push(listener)
    return listener
  }
  const closeSmtp = () => Promise.all(opened.map(listener => listener.close()))
  let smtp: NetListener
  let smtps: NetListener | null
  let http: Bound
  try {
    smtp = await open(listenForSmtp('smtpPort'))
    smtps = tls === null ? null : await open(listenForSmtp('smtpsPort'))
    const portOption = flagOf('httpPort')
    http = await bind({ hosts, port: options.httpPort, portOption, make: () => front.server() })
  } catch (error) {
    await closeSmtp()
    throw error
  }

  const listeners: Listener[] = [
    ...smtp.addresses.map(host => listenerOf('smtp', host, smtp.port)),
    ...(smtps?.addresses.map(host => listenerOf('smtps', host, smtps.port)) ?? []),
    ...http.addresses.map(host => listenerOf('http', host, http.port)),
  ]
  const limits: Limits = {
    maxMessageBytes: options.maxMessageBytes,
    maxRecipients: options.maxRecipients,
    maxConnections: options.maxConnections,
    maxMessages: options.maxMessages,
    maxBytes: options.maxBytes,
    maxAgeMs: options.maxAge,
    whenFull: options.whenFull,
  }
  const smtpUrl = urlOf('smtp', reachable(smtp.addresses), smtp.port)
  const smtpsUrl = smtps && urlOf('smtps', reachable(smtps.addresses), smtps.port)
  const url = urlOf('http', reachable(http.addresses), http.port)
  const ports: Ports = { smtp: smtp.port, ...(smtps && { smtps: smtps.port }), http: http.port }

  if (log.writes('info')) logMessages(store, contents, log, report)
  const stopExpiring = expireRegularly(store, inboxes)

  let stopping: Promise<void> | undefined
  const stop = async () => {
    stopExpiring()
    await Promise.all([closeSmtp(), front.close()])
    // libuv reports a closed handle in the next turn, and Node lets go of it in the one after.
    await loop.turn()
    await loop.turn()
  }
  const server: Server = {
    options,
    listeners,
    smtpUrl,
    smtpsUrl,
    caUrl: tls?.caPem ? `${url}/api/ca.pem` : null,
    url,
    ports,
    log,
    stop() {
      stopping ??= stop()
      return stopping
    },
    backend: () =>
      makeBackend({ server, store, contents, now: Date.now, inboxes, records, addressForm: options.address }),
  }
  return server
}

function answerTo(appended: Appended): SmtpAnswer {
  if (appended.type === 'stored') return { type: 'stored', id: appended.message.id }
  return { type: 'refused', reply: appended.reason === 'full' ? replies.storeFull : replies.tooLargeForStore }
}

function listenerOf(protocol: Listener['protocol'], host: string, port: number): Listener {
  return { protocol, host, port, url: urlOf(protocol, host, port) }
}

function urlOf(protocol: string, host: string, port: number): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The address to print: one that a client on this machine can use. */
function reachable(addresses: readonly string[]): string {
  const [first = '127.0.0.1'] = addresses
  if (addresses.includes('127.0.0.1') || first === '0.0.0.0') return '127.0.0.1'
  return first === '::' ? '::1' : first
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

/** A line for each message, written after its 250 has left. */
function logMessages(store: MailStore, contents: Contents, log: Log, report: (fault: unknown) => void): void {
  let arrived: number[] = []
  const line = (message: Stored) => {
    const { id, envelope, subject, size, inboxes } = contents.summary(message)
    const to = envelope.to.slice(0, MAX_LOGGED_RECIPIENTS)
    const more = envelope.to.length - to.length
    const recipients = to.join(', ') + (more > 0 ? ` and ${more} more` : '')
    const sentence = `${envelope.from || '<>'} -> ${recipients}: "${subject}", ${formatSize(size)}`
    log.info('message', sentence, {
      id,
      from: envelope.from,
      to,
      recipients: envelope.to.length,
      subject,
      size,
      inboxes,
    })
  }
  const write = () => {
    const uids = arrived
    arrived = []
    for (const uid of uids) {
      const message = store.at(uid)
      try {
        if (message) line(message)
      } catch (fault) {
        report(fault)
      }
    }
  }
  store.subscribe(change => {
    if (change.type !== 'added') return
    if (arrived.push(change.uid) === 1) setImmediate(write)
  })
}
