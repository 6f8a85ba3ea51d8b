/**
 * Drives an SmtpSession as net/connection.ts does, without a socket: for the dialogues (play.ts) and the fuzzer, which
 * runs without Vitest.
 */
import { Contents } from '../../server/mail/content.js'
import type { Steps } from '../../server/mail/loop.js'
import type { Received } from '../../server/mail/message.js'
import type { Attempt } from '../../server/mail/session.js'
import { type Account, passes } from '../../server/net/sasl.js'
import type { Interruption } from '../../server/net/session.js'
import type { Reply } from '../../server/smtp/reply.js'
import type { MessageJudge, RuleInput } from '../../server/smtp/rule.js'
import { Rules } from '../../server/smtp/rules.js'
import { type SmtpAnswer, type SmtpOptions, SmtpSession } from '../../server/smtp/session.js'
import { said, transcriptOf } from '../driving.js'
import { RecordMaker } from '../mail/make-records.js'
import { type Said, TLS } from '../script.js'

/** What a session runs under; what is left out is as it is by default. */
export interface Circumstances {
  options?: Partial<SmtpOptions>
  storeFull?: boolean
  /** In place of storing: the store's refusal of every message. */
  refusal?: Reply
  /** Who may log in; anybody if left out. */
  accounts?: readonly Account[]
  /** The rules in force, each begun anew for every run. */
  rules?: readonly RuleInput[]
  magicRecipients?: boolean
  /** Whether TLS comes before the greeting. */
  implicit?: boolean
  /** What breaks in at the end. */
  interrupt?: Interruption
  /** Whether a handshake that the session did not ask for is passed over, and not a mistake of the script. */
  anyHandshake?: boolean
}

const OPTIONS: SmtpOptions = {
  name: 'double.test',
  maxMessageBytes: 1000,
  maxRecipients: 10,
  maxLineBytes: 512,
  maxAuthLineBytes: 600,
  maxProtocolErrors: 10,
  tls: false,
  requireTls: false,
  requireAuth: false,
  strict: false,
  without: [],
}

const contents = new Contents({ loop: { now: () => 0, turn: async () => {} } })
/** Nobody has added one. */
export const NO_RULES: MessageJudge = {
  awake: false,
  judge: () => null,
  // biome-ignore lint/correctness/useYield: there is nothing to stop between
  *judgeInSteps() {
    return null
  },
}

/** What a session did with some bytes. */
export interface Run {
  /** What it said, with what it wanted of the driver in between: `(pause 3000)`. */
  replies: string
  received: Received[]
  warnings: readonly string[]
  outcome: string
  delivered: number
  ended: boolean
  attempts: Attempt[]
  /** What was recorded: `client: EHLO a`. */
  transcript: string[]
}

/** A session that has not been told anything yet. */
export function newSession(
  options: Partial<SmtpOptions> = {},
  storeFull = false,
  maker = new RecordMaker(),
  judge: MessageJudge = NO_RULES,
): SmtpSession {
  return new SmtpSession({
    peer: { remoteAddress: '192.0.2.7', remotePort: 4711, localPort: 1025 },
    options: { ...OPTIONS, ...options },
    record: maker.open(),
    judge,
    now: () => Date.UTC(2026, 0, 2),
    random: bytes => Buffer.alloc(bytes, 0xab),
    storeFull: () => storeFull,
  })
}

/** What rules that are asked in steps make of a message. */
export function isWanted(judging: Steps<boolean> | null): boolean {
  if (judging === null) return true
  for (;;) {
    const step = judging.next()
    if (step.done) return step.value
  }
}

/** Feeds `chunks` to a new session as a driver does, answering every message and every login. */
export function feed(chunks: Iterable<Said>, circumstances: Circumstances = {}): Run {
  const maker = new RecordMaker()
  const session = newSession(circumstances.options, circumstances.storeFull, maker, rulesFor(circumstances, maker))
  const accounts = circumstances.accounts ?? null
  const received: Received[] = []
  let replies = ''
  // A port of implicit TLS begins with it.
  let tls = 'may begin' as 'may begin' | 'asked for' | 'out of place'
  let isOver = false
  const pump = () => {
    for (let event = session.next(); event; event = session.next()) {
      replies += said(session)
      switch (event.type) {
        case 'starttls':
          tls = 'asked for'
          break
        case 'login':
          session.answer({ type: 'judged', passed: passes(event.credentials, accounts) })
          break
        case 'message':
          session.answer(isWanted(event.judging) ? store(event.received) : { type: 'unwanted' })
          break
        case 'pause':
          replies += `(pause ${event.ms})\r\n`
          break
        case 'stall':
        case 'reset':
          replies += `(${event.type})\r\n`
          isOver = true
          return
      }
    }
    replies += said(session)
  }
  const store = (message: Received): SmtpAnswer => {
    if (circumstances.refusal) return { type: 'refused', reply: circumstances.refusal }
    received.push(message)
    return { type: 'stored', id: `id${received.length}` }
  }
  if (!circumstances.implicit) pump()
  for (const chunk of chunks) {
    if (isOver) break
    if (chunk === 'TLS') {
      if (tls !== 'out of place') {
        const fault = tls === 'asked for' || circumstances.implicit ? session.handshake() : null
        if (fault !== null) replies += `(certificate ${fault})\r\n`
        session.secured(TLS)
      } else if (!circumstances.anyHandshake) throw new Error('TLS comes where the session did not ask for it')
    } else {
      session.receive(chunk)
    }
    if (chunk === 'TLS' || tls === 'may begin') tls = 'out of place'
    pump()
  }
  if (circumstances.interrupt) {
    session.interrupt(circumstances.interrupt)
    replies += said(session)
  }
  const { warnings, outcome, delivered, ended } = session
  maker.records.end(session.record)
  const attempts = [...maker.records.attempts('oldest')].map(attempt => attempt.describe())
  const transcript = transcriptOf(session.record)
  return { replies, received, warnings, outcome, delivered, ended, attempts, transcript }
}

function rulesFor({ rules = [], magicRecipients = false }: Circumstances, maker: RecordMaker): MessageJudge {
  return rules.length === 0 && !magicRecipients ? NO_RULES : makeRules(rules, magicRecipients, maker)
}

/** Rules of a server with TLS, whose clock stands still. */
export function makeRules(inputs: readonly RuleInput[], magicRecipients = false, maker = new RecordMaker()): Rules {
  const rules = new Rules({
    tls: true,
    listeners: [],
    inboxes: maker.inboxes,
    read: message => contents.glance(message),
    now: () => maker.nowMs,
    magicRecipients,
  })
  for (const input of inputs) rules.add(input)
  return rules
}
