/**
 * The ports of POP3 and IMAP: a listener for each, and what the events of their sessions mean here: who may log in, which
 * messages a login sees, that what it deletes is gone for everyone.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { SecureContext } from 'node:tls'
import { readAccounts } from './accounts.js'
import type { ImapContext } from './imap/client.js'
import { MailboxHost } from './imap/mailboxes.js'
import { type ImapAnswer, type ImapEvent, ImapSession } from './imap/session.js'
import type { Log } from './log.js'
import type { Inboxes } from './mail/inboxes.js'
import { addAs, mailboxTest } from './mail/mailbox-login.js'
import type { Records } from './mail/records.js'
import type { SessionSummary } from './mail/session.js'
import type { SessionRecord } from './mail/session-record.js'
import type { MailStore } from './mail/store.js'
import type { MailboxOptions } from './mailbox/context.js'
import { type Listener, listen } from './net/listener.js'
import { passes } from './net/sasl.js'
import type { Peer } from './net/session.js'
import { flagOf, OptionError, type OptionName, type Options } from './options.js'
import type { Entry } from './pop3/maildrop.js'
import { type Pop3Answer, type Pop3Event, Pop3Session } from './pop3/session.js'
import type { CertificateFault } from './smtp/rule.js'
import type { Rules } from './smtp/rules.js'
import type { Tls } from './tls.js'

/** Where they are unless said: not 110, 143, 995 and 993, which only root may take. */
const DEFAULT_PORTS = { pop3: 1110, pop3s: 1995, imap: 1143, imaps: 1993 } as const
export type MailboxProtocol = keyof typeof DEFAULT_PORTS
const PORT_OPTIONS = {
  pop3: 'pop3Port',
  pop3s: 'pop3sPort',
  imap: 'imapPort',
  imaps: 'imapsPort',
} as const satisfies Record<MailboxProtocol, OptionName>

/**
 * How long a client may say nothing, by --idle-timeout: its five minutes for SMTP make the ten that RFC 1939 3 asks for
 * and the thirty of RFC 3501 5.4.
 */
const IDLE_FACTORS = { pop3: 2, imap: 6 } as const

/** What the ports are opened with. */
export interface MailboxParts {
  options: Options
  tls: Tls | null
  store: MailStore
  inboxes: Inboxes
  records: Records
  rules: Rules
  log: Log
  report(fault: unknown): void
  /** Whether they keep no process alive. */
  background: boolean
}

/** The ports, open. */
export interface MailboxPorts {
  /** In the order in which addresses are shown. */
  readonly listeners: ReadonlyMap<MailboxProtocol, Listener>
  /** Ends every session, and resolves when the ports are free. */
  close(): Promise<void>
}

/** Opens every port that is asked for, or none: rejects with OptionError or BindError. */
export async function openMailboxPorts(parts: MailboxParts): Promise<MailboxPorts> {
  const { options, tls, store, inboxes, records, rules, log, report, background } = parts
  checkTogether(options)
  const accounts = readAccounts(options.mailboxAuth, flagOf('mailboxAuth'))
  const mailboxOptions: MailboxOptions = {
    name: options.smtpName ?? hostname(),
    maxLineBytes: options.maxLineBytes,
    maxAuthLineBytes: options.maxAuthLineBytes,
    maxProtocolErrors: options.maxProtocolErrors,
    tls: tls !== null,
    requireTls: options.requireTls,
  }

  /** What the listeners of both protocols have in common. */
  const shared = (protocol: 'pop3' | 'imap', name: MailboxProtocol) => ({
    hosts: options.host.length > 0 ? options.host : undefined,
    port: options[PORT_OPTIONS[name]] ?? DEFAULT_PORTS[name],
    portOption: flagOf(PORT_OPTIONS[name]),
    background,
    tls: tls ? { implicit: name !== protocol, context: (session: Handshaker) => contextFor(session, tls) } : undefined,
    maxConnections: options.maxConnections,
    idleTimeoutMs: options.idleTimeout * IDLE_FACTORS[protocol],
    onEnd({ record, failure, outcome }: Handshaker) {
      records.end(record)
      if (failure !== null && !failure.weak)
        log.info('unread', `${protocol.toUpperCase()}: ${outcome}`, { sessionId: record.id })
    },
    onError: report,
  })

  /** What the sessions of both are made with. */
  const context = (protocol: SessionSummary['protocol'], peer: Peer) => ({
    peer,
    options: mailboxOptions,
    record: records.open(protocol, peer, null),
    judge: rules,
    store,
    now: Date.now,
    random: randomBytes,
  })

  const openPop3 = (name: 'pop3' | 'pop3s') =>
    listen<Pop3Event, Pop3Answer, Pop3Session>({
      ...shared('pop3', name),
      makeSession: peer => new Pop3Session(context('pop3', peer)),
      handle(event) {
        switch (event.type) {
          case 'login':
            return { type: 'judged', passed: passes(event.credentials, accounts) }
          case 'open':
            return entriesOf(store, event.username).then(entries => ({ type: 'opened', entries }))
          case 'remove':
            return store.remove(event.ids).then(() => ({ type: 'removed' }))
        }
      },
    })

  const listeners = new Map<MailboxProtocol, Listener>()
  let stopWaking = () => {}
  const close = async () => {
    stopWaking()
    await Promise.all(Array.from(listeners.values(), listener => listener.close()))
  }
  const opened = async (name: MailboxProtocol, listening: Promise<Listener>) => {
    const listener = await listening
    listeners.set(name, listener)
    return listener
  }
  /** Gives the way to stop waking sessions when something changes. */
  const openImap = async () => {
    const host = new MailboxHost({ store, now: Date.now })
    const adding = { store, inboxes, now: Date.now, maxMessageBytes: options.maxMessageBytes }
    const logins: ImapContext['host'] = {
      flagSets: host.flagSets,
      open: username => host.open(username, { sees: mailboxTest(username), add: raw => addAs(username, adding, raw) }),
      close: mailboxes => host.close(mailboxes),
    }
    const open = (name: 'imap' | 'imaps') =>
      opened(
        name,
        listen<ImapEvent, ImapAnswer, ImapSession>({
          ...shared('imap', name),
          makeSession: peer =>
            new ImapSession({ ...context('imap', peer), maxMessageBytes: options.maxMessageBytes, host: logins }),
          handle(event) {
            if (event.type === 'login') return { type: 'judged', passed: passes(event.credentials, accounts) }
            return event.work().then(() => ({ type: 'done' }))
          },
        }),
      )
    const plain = await open('imap')
    return wakeOnChange(store, host, tls === null ? [plain] : [plain, await open('imaps')])
  }
  try {
    if (options.pop3) {
      await opened('pop3', openPop3('pop3'))
      if (tls !== null) await opened('pop3s', openPop3('pop3s'))
    }
    if (options.imap) stopWaking = await openImap()
    return { listeners, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Wakes every session once a turn in which something changed: a burst of mail is one look for it. */
function wakeOnChange(store: MailStore, host: MailboxHost, listeners: readonly Listener[]): () => void {
  let isAwake = false
  const look = () => {
    isAwake = false
    for (const listener of listeners) listener.wake()
  }
  const onChange = () => {
    if (isAwake || listeners.every(({ connections }) => connections === 0)) return
    isAwake = true
    setImmediate(look)
  }
  const unsubscribe = [store.subscribe(onChange), host.subscribe(onChange)]
  return () => {
    for (const stop of unsubscribe) stop()
  }
}

/** What is asked of a session of either protocol. */
interface Handshaker {
  readonly record: SessionRecord
  readonly outcome: string
  readonly failure: Pop3Session['failure']
  handshake(): CertificateFault | null
}

/** The certificate for a handshake: a rule may want another than the good one. */
function contextFor(session: Handshaker, tls: Tls): SecureContext | Promise<SecureContext> {
  const fault = session.handshake()
  return fault === null ? tls.context : tls.faulty(fault)
}

/** What a login sees, found without holding up anybody else. */
async function entriesOf(store: MailStore, username: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const { uid, id, raw } of store.search(mailboxTest(username), 'oldest'))
    entries.push({ uid, id, bytes: raw.length })
  return entries
}

/** A port of a protocol that is off is a mistake; those over TLS are looked at with TLS itself. */
function checkTogether({ pop3, pop3Port, pop3sPort, imap, imapPort, imapsPort }: Options): void {
  const idle: readonly [OptionName, OptionName, boolean][] = [
    ['pop3Port', 'pop3', !pop3 && pop3Port !== null],
    ['pop3sPort', 'pop3', !pop3 && pop3sPort !== null],
    ['imapPort', 'imap', !imap && imapPort !== null],
    ['imapsPort', 'imap', !imap && imapsPort !== null],
  ]
  for (const [option, needed, isIdle] of idle)
    if (isIdle)
      throw new OptionError(`${flagOf(option)} does nothing without ${flagOf(needed)}`, `Add ${flagOf(needed)}.`)
}
