/**
 * The SMTP ports: a listener for each, and what the events of its sessions mean here: who may log in, which inboxes a
 * message is in, that it is stored before its 250.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { SecureContext } from 'node:tls'
import { readAccounts } from './accounts.js'
import type { Log } from './log.js'
import type { Inboxes } from './mail/inboxes.js'
import { inSlices, type Loop } from './mail/loop.js'
import type { Received } from './mail/message.js'
import type { Records } from './mail/records.js'
import type { Appended, MailStore } from './mail/store.js'
import { type Listener, listen } from './net/listener.js'
import { passes } from './net/sasl.js'
import { flagOf, type OptionName, type Options } from './options.js'
import type { SmtpAnswer, SmtpEvent, SmtpOptions } from './smtp/context.js'
import { replies } from './smtp/reply.js'
import type { Rules } from './smtp/rules.js'
import { SmtpSession } from './smtp/session.js'
import type { Tls } from './tls.js'

/** Where TLS comes first unless said: not 465, which only root may take. */
const SMTPS_PORT = 1465

/** A timer takes no longer: of what is further away it looks again. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** What the ports are opened with. */
export interface SmtpParts {
  options: Options
  tls: Tls | null
  store: MailStore
  inboxes: Inboxes
  records: Records
  rules: Rules
  loop: Loop
  log: Log
  report(fault: unknown): void
  /** Whether they keep no process alive. */
  background: boolean
}

/** The ports, open. */
export interface SmtpPorts {
  /** In the order of the option; never empty. */
  readonly plain: readonly Listener[]
  /** The one that speaks TLS from the first byte; null while TLS is off. */
  readonly implicit: Listener | null
  /** Ends every session with 421, and resolves when the ports are free. */
  close(): Promise<void>
}

/** Opens every port, or none: rejects with OptionError or BindError. */
export async function openSmtpPorts(parts: SmtpParts): Promise<SmtpPorts> {
  const { options, tls, store, inboxes, records, rules, loop, log, report, background } = parts
  const accounts = readAccounts(options.smtpAuth, flagOf('smtpAuth'))
  const smtpOptions: SmtpOptions = {
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

  const take = (received: Received, inbox: string | null): Promise<SmtpAnswer> => {
    received.inboxes = inboxes.ofMessage(received, inbox)
    received.attempts = records.tries(received.envelope.from, received.envelope.to, received.receivedAtMs)
    return store.append(received).then(answerTo)
  }

  /** `inbox` is where mail goes that no recipient claims; null leaves it to the login. */
  const openPort = (port: number, inbox: string | null, option: OptionName, implicit: boolean) =>
    listen<SmtpEvent, SmtpAnswer, SmtpSession>({
      hosts: options.host.length > 0 ? options.host : undefined,
      port,
      portOption: flagOf(option),
      background,
      tls: tls ? { implicit, context: session => contextFor(session, tls) } : undefined,
      maxConnections: options.maxConnections,
      idleTimeoutMs: options.idleTimeout,
      makeSession: peer =>
        new SmtpSession({
          peer,
          options: smtpOptions,
          record: records.open('smtp', peer, inbox),
          judge: rules,
          now: Date.now,
          random: randomBytes,
          storeFull: () => store.full,
        }),
      handle(event) {
        if (event.type === 'login') return { type: 'judged', passed: passes(event.credentials, accounts) }
        const { received, judging } = event
        if (judging === null) return take(received, inbox)
        return inSlices(judging, loop).then(isWanted => (isWanted ? take(received, inbox) : { type: 'unwanted' }))
      },
      onEnd({ record, delivered, outcome }) {
        records.end(record)
        if (delivered === 0) log.info('undelivered', `nothing was delivered: ${outcome}`, { sessionId: record.id })
      },
      onError: report,
    })

  const open: Open[] = []
  let stopFollowing = () => {}
  const close = async () => {
    stopFollowing()
    await Promise.all(open.map(({ listener }) => listener.close()))
  }
  const opened = async (listening: Promise<Listener>, inbox: string | null) => {
    const listener = await listening
    open.push({ listener, inbox })
    return listener
  }
  try {
    const plain: Listener[] = []
    for (const { port, inbox } of options.smtpPort)
      plain.push(await opened(openPort(port, inbox, 'smtpPort', false), inbox))
    const implicit = tls && (await opened(openPort(options.smtpsPort ?? SMTPS_PORT, null, 'smtpsPort', true), null))
    stopFollowing = follow(rules, open)
    return { plain, implicit, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A port, and the inbox that it was given. */
interface Open {
  readonly listener: Listener
  readonly inbox: string | null
}

/** Closes and opens ports as rules want it, and lets rules expire in time; gives the way to stop. */
function follow(rules: Rules, ports: readonly Open[]): () => void {
  let timer: NodeJS.Timeout | undefined
  const look = () => {
    for (const { listener, inbox } of ports) listener.setAccepting(!rules.refuses(inbox))
    clearTimeout(timer)
    const { nextExpiryAtMs } = rules
    if (nextExpiryAtMs === null) return
    const waitMs = Math.min(Math.max(nextExpiryAtMs - Date.now(), 0), MAX_TIMER_MS)
    timer = setTimeout(() => {
      rules.expire(Date.now())
      look()
    }, waitMs)
    timer.unref()
  }
  const unsubscribe = rules.subscribe(({ type }) => type === 'rules' && look())
  look()
  return () => {
    unsubscribe()
    clearTimeout(timer)
  }
}

/** The certificate for a handshake: a rule may want another than the good one. */
function contextFor(session: SmtpSession, tls: Tls): SecureContext | Promise<SecureContext> {
  const fault = session.handshake()
  return fault === null ? tls.context : tls.faulty(fault)
}

function answerTo(appended: Appended): SmtpAnswer {
  if (appended.type === 'stored') return { type: 'stored', id: appended.message.id }
  return { type: 'refused', reply: appended.reason === 'full' ? replies.storeFull : replies.tooLargeForStore }
}
