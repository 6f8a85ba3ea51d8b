/** Drives an ImapSession as net/connection.ts does, without a socket: for the dialogues (play.ts) and the fuzzer. */
import type { ImapContext } from '../../server/imap/client.js'
import type { Mailboxes } from '../../server/imap/mailboxes.js'
import { type ImapAnswer, ImapSession } from '../../server/imap/session.js'
import type { Failure } from '../../server/mail/session-record.js'
import type { MailboxOptions } from '../../server/mailbox/context.js'
import { type Account, passes } from '../../server/net/sasl.js'
import type { Interruption } from '../../server/net/session.js'
import type { RuleInput } from '../../server/smtp/rule.js'
import { said, transcriptOf } from '../driving.js'
import { RecordMaker } from '../mail/make-records.js'
import { bytesOf, type Said, TLS } from '../script.js'
import { makeRules, NO_RULES } from '../smtp/drive.js'
import { makeWorld, type World } from './make-mailboxes.js'

/** What a session runs under; what is left out is as it is by default. */
export interface Circumstances {
  options?: Partial<MailboxOptions>
  /** The mails of ada, in the escapes of a script: their UIDs are 1, 2 and so on. */
  mails?: readonly string[]
  maxMessageBytes?: number
  /** Who may log in; anybody if left out. */
  accounts?: readonly Account[]
  /** The rules in force, each begun anew for every run. */
  rules?: readonly RuleInput[]
  /** Whether TLS comes before the greeting. */
  implicit?: boolean
  /** What breaks in at the end. */
  interrupt?: Interruption
  /** Whether a handshake that the session did not ask for is passed over, and not a mistake of the script. */
  anyHandshake?: boolean
}

const OPTIONS: MailboxOptions = {
  name: 'double.test',
  maxLineBytes: 512,
  maxAuthLineBytes: 600,
  maxProtocolErrors: 10,
  tls: false,
  requireTls: false,
}

/** What a session did with some bytes. */
export interface Run {
  /** What it said, with what it wanted of the driver in between: `(pause 3000)`. */
  replies: string
  /** What is in the store at the end: raw, and whether it was read. */
  stored: { raw: string; read: boolean }[]
  outcome: string
  failure: Failure | null
  ended: boolean
  /** What was recorded: `client: a1 NOOP`. */
  transcript: string[]
}

/** A session that has not been told anything yet, in a world. */
export function newSession(
  world: World,
  { options = {}, rules = [], maxMessageBytes = 1000 }: Circumstances = {},
  maker = new RecordMaker(),
): ImapSession {
  const host: ImapContext['host'] = {
    flagSets: world.host.flagSets,
    open: username => world.login(username),
    close: (mailboxes: Mailboxes) => world.host.close(mailboxes),
  }
  return new ImapSession({
    peer: { remoteAddress: '192.0.2.7', remotePort: 4711, localPort: 1143 },
    options: { ...OPTIONS, ...options },
    record: maker.open({}, { protocol: 'imap' }),
    judge: rules.length === 0 ? NO_RULES : makeRules(rules, false, maker),
    now: () => Date.UTC(2026, 0, 2),
    random: bytes => Buffer.alloc(bytes, 0xab),
    maxMessageBytes,
    host,
  })
}

/** Where a driver has got to with a session. */
export class Driver {
  readonly session: ImapSession
  readonly #accounts: readonly Account[] | null
  replies = ''
  /** The session wants its handshake. */
  wantsTls = false
  /** Nothing more is heard. */
  isOver = false

  constructor(session: ImapSession, accounts: readonly Account[] | null = null) {
    this.session = session
    this.#accounts = accounts
  }

  /** Lets the session work until it needs bytes. */
  async pump(): Promise<void> {
    const { session } = this
    for (let event = session.next(); event; event = session.next()) {
      this.replies += said(session)
      switch (event.type) {
        case 'starttls':
          this.wantsTls = true
          break
        case 'login':
          session.answer({ type: 'judged', passed: passes(event.credentials, this.#accounts) })
          break
        case 'work':
          await event.work()
          session.answer({ type: 'done' } satisfies ImapAnswer)
          break
        case 'pause':
          this.replies += `(pause ${event.ms})\r\n`
          break
        case 'stall':
        case 'reset':
          this.replies += `(${event.type})\r\n`
          this.isOver = true
          return
      }
    }
    this.replies += said(session)
  }

  /** Gives the session bytes, and lets it work. */
  async hear(bytes: Buffer | string): Promise<void> {
    this.session.receive(Buffer.from(bytes))
    await this.pump()
  }

  /** What was said since the last time. */
  heard(): string {
    const { replies } = this
    this.replies = ''
    return replies
  }
}

/** Feeds `chunks` to a new session as a driver does. */
export async function feed(chunks: Iterable<Said>, circumstances: Circumstances = {}): Promise<Run> {
  const maker = new RecordMaker()
  const world = makeWorld()
  for (const mail of circumstances.mails ?? []) await world.mail('ada@example.test', bytesOf(mail).toString('latin1'))
  const session = newSession(world, circumstances, maker)
  const driver = new Driver(session, circumstances.accounts ?? null)
  let mayBegin = circumstances.implicit === true
  if (!mayBegin) await driver.pump()
  for (const chunk of chunks) {
    if (driver.isOver) break
    if (chunk !== 'TLS') session.receive(chunk)
    else if (driver.wantsTls || mayBegin) {
      const fault = session.handshake()
      if (fault !== null) driver.replies += `(certificate ${fault})\r\n`
      session.secured(TLS)
    } else if (!circumstances.anyHandshake) throw new Error('TLS comes where the session did not ask for it')
    if (chunk === 'TLS') driver.wantsTls = false
    mayBegin = false
    await driver.pump()
  }
  if (circumstances.interrupt) {
    session.interrupt(circumstances.interrupt)
    driver.replies += said(session)
  }
  const { outcome, failure, ended } = session
  maker.records.end(session.record)
  const transcript = transcriptOf(session.record)
  const stored = world.store.list(undefined, 'oldest').map(({ raw, read }) => ({ raw: raw.toString('latin1'), read }))
  return { replies: driver.replies, stored, outcome, failure, ended, transcript }
}
