/** Drives a Pop3Session as net/connection.ts does, without a socket: for the dialogues (play.ts) and the fuzzer. */
import type { Stored } from '../../server/mail/message.js'
import type { Failure } from '../../server/mail/session-record.js'
import type { MailboxOptions } from '../../server/mailbox/context.js'
import { type Account, passes } from '../../server/net/sasl.js'
import type { Interruption } from '../../server/net/session.js'
import { type Pop3Answer, type Pop3Event, Pop3Session } from '../../server/pop3/session.js'
import type { RuleInput } from '../../server/smtp/rule.js'
import { said, transcriptOf } from '../driving.js'
import { RecordMaker } from '../mail/make-records.js'
import { stored } from '../mail/message.js'
import { bytesOf, type Said, TLS } from '../script.js'
import { makeRules, NO_RULES } from '../smtp/drive.js'

/** What a session runs under; what is left out is as it is by default. */
export interface Circumstances {
  options?: Partial<MailboxOptions>
  /** The messages that every login sees, in the escapes of a script: `id1` and so on. */
  messages?: readonly string[]
  /** Those of them that leave once somebody has logged in, by their number. */
  evicted?: readonly number[]
  /** Who may log in; anybody if left out. */
  accounts?: readonly Account[] | undefined
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
  maxLineBytes: 80,
  maxAuthLineBytes: 200,
  maxProtocolErrors: 10,
  tls: false,
  requireTls: false,
}

/** What a session did with some bytes. */
export interface Run {
  /** What it said, with what it wanted of the driver in between: `(pause 3000)`. */
  replies: string
  /** Whose mail was asked for, by a login that has passed. */
  opened: string[]
  /** The ids that were removed. */
  removed: string[]
  outcome: string
  failure: Failure | null
  ended: boolean
  /** What was recorded: `client: STAT`. */
  transcript: string[]
}

/** A session that has not been told anything yet. */
export function newSession(
  { options = {}, rules = [] }: Circumstances = {},
  store: { at(uid: number): Stored | undefined } = { at: () => undefined },
  maker = new RecordMaker(),
): Pop3Session {
  return new Pop3Session({
    peer: { remoteAddress: '192.0.2.7', remotePort: 4711, localPort: 1110 },
    options: { ...OPTIONS, ...options },
    record: maker.open({}, { protocol: 'pop3' }),
    judge: rules.length === 0 ? NO_RULES : makeRules(rules, false, maker),
    store,
    now: () => Date.UTC(2026, 0, 2),
    random: bytes => Buffer.alloc(bytes, 0xab),
  })
}

/** Feeds `chunks` to a new session as a driver does, answering whatever it asks. */
export function feed(chunks: Iterable<Said>, circumstances: Circumstances = {}): Run {
  const { accounts = null, evicted = [], implicit = false } = circumstances
  const maker = new RecordMaker()
  const messages = new Map(
    (circumstances.messages ?? []).map((text, n) => [
      n + 1,
      stored(bytesOf(text), undefined, { uid: n + 1, id: `id${n + 1}` }),
    ]),
  )
  const session = newSession(circumstances, { at: uid => messages.get(uid) }, maker)
  const opened: string[] = []
  const removed: string[] = []
  let replies = ''
  // A port of implicit TLS begins with it.
  let tls = 'may begin' as 'may begin' | 'asked for' | 'out of place'
  let isOver = false

  const answerTo = (event: Pop3Event): Pop3Answer => {
    switch (event.type) {
      case 'login':
        return { type: 'judged', passed: passes(event.credentials, accounts) }
      case 'open': {
        opened.push(event.username)
        const entries = Array.from(messages.values(), ({ uid, id, raw }) => ({ uid, id, bytes: raw.length }))
        for (const number of evicted) messages.delete(number)
        return { type: 'opened', entries }
      }
      case 'remove':
        removed.push(...event.ids)
        return { type: 'removed' }
    }
  }
  const pump = () => {
    for (let event = session.next(); event; event = session.next()) {
      replies += said(session)
      switch (event.type) {
        case 'later':
          break
        case 'starttls':
          tls = 'asked for'
          break
        case 'pause':
          replies += `(pause ${event.ms})\r\n`
          break
        case 'stall':
        case 'reset':
          replies += `(${event.type})\r\n`
          isOver = true
          return
        default:
          session.answer(answerTo(event))
      }
    }
    replies += said(session)
  }

  if (!implicit) pump()
  for (const chunk of chunks) {
    if (isOver) break
    if (chunk === 'TLS') {
      if (tls !== 'out of place') {
        const fault = tls === 'asked for' || implicit ? session.handshake() : null
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
  const { outcome, failure, ended } = session
  maker.records.end(session.record)
  const transcript = transcriptOf(session.record)
  return { replies, opened, removed, outcome, failure, ended, transcript }
}
