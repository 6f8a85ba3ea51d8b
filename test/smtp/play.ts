/**
 * Plays a dialogue against a fresh SmtpSession: at once, byte by byte and at every two-way split of what the client
 * says. Whatever the split, the same replies and the same messages must come out.
 *
 * A script is a list of lines. `C: EHLO a` is a line of the client's with CRLF behind it; `C> ...` is sent as it stands,
 * with `\r \n \0 \\ \xHH` for bytes. `S: 250 2.1.0 Ok` is a reply line; `S: 501 5.1.7 *` leaves its words open. `TLS` is the
 * handshake: what is said before it is said in the clear.
 */
import { expect } from 'vitest'
import type { Received } from '../../server/mail/message.js'
import { type Account, passes } from '../../server/net/sasl.js'
import type { Interruption } from '../../server/net/session.js'
import type { Reply } from '../../server/smtp/reply.js'
import { type SmtpAnswer, type SmtpOptions, SmtpSession } from '../../server/smtp/session.js'

/** What a dialogue is to bring, beside its replies. What is left out is not looked at. */
export interface Dialogue {
  /** Names the case, and the row or section that it shows. */
  name: string
  says: readonly string[]
  /** The messages stored; none if left out. `raw` in the escapes of a script. */
  messages?: readonly ExpectedMessage[]
  /** The session's warnings; none if left out. */
  warnings?: readonly string[]
  outcome?: string | RegExp
  /** Whether the session has ended of itself; false if left out. */
  ended?: boolean
  options?: Partial<SmtpOptions>
  storeFull?: boolean
  /** In place of storing: the store's refusal of every message. */
  refusal?: Reply
  /** Who may log in; anybody if left out. */
  accounts?: readonly Account[]
  /** What breaks in at the end. */
  interrupt?: Interruption
}

export interface ExpectedMessage {
  raw?: string
  from?: string
  to?: readonly string[]
  verb?: string
  fromParams?: object
  recipients?: readonly object[]
  helo?: string
  tls?: object | null
  auth?: object | null
  warnings?: readonly string[]
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

/** What a script's handshake brings. */
export const TLS = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' }

/** Bytes of the client's, or its handshake. */
export type Said = Buffer | 'TLS'

/** What a session did with some bytes. */
export interface Run {
  replies: string
  received: Received[]
  warnings: readonly string[]
  outcome: string
  delivered: number
  ended: boolean
}

/** A session that has not been told anything yet. */
export function newSession(options: Partial<SmtpOptions> = {}, storeFull = false): SmtpSession {
  return new SmtpSession({
    peer: { remoteAddress: '192.0.2.7', remotePort: 4711, localPort: 1025 },
    options: { ...OPTIONS, ...options },
    sessionId: 's1',
    now: () => Date.UTC(2026, 0, 2),
    random: bytes => Buffer.alloc(bytes, 0xab),
    storeFull: () => storeFull,
  })
}

/** What a session has to say, taken as a driver would write it. */
export function said(session: SmtpSession): string {
  let text = ''
  for (let bytes = session.output(); bytes; bytes = session.output()) text += bytes.toString('latin1')
  return text
}

/** Feeds `chunks` to a new session as a driver does, answering every message and every login. */
export function feed(chunks: Iterable<Said>, dialogue: Omit<Dialogue, 'name' | 'says'> = {}): Run {
  const session = newSession(dialogue.options, dialogue.storeFull)
  const accounts = dialogue.accounts ?? null
  const received: Received[] = []
  let replies = ''
  // A port of implicit TLS begins with it.
  let tls: 'may begin' | 'asked for' | 'out of place' = 'may begin'
  const pump = () => {
    for (let event = session.next(); event; event = session.next()) {
      replies += said(session)
      if (event.type === 'starttls') tls = 'asked for'
      else if (event.type === 'login') session.answer({ type: 'judged', passed: passes(event.credentials, accounts) })
      else if (event.type === 'message') session.answer(store(event.received))
    }
    replies += said(session)
  }
  const store = (message: Received): SmtpAnswer => {
    if (dialogue.refusal) return { type: 'refused', reply: dialogue.refusal }
    received.push(message)
    return { type: 'stored', id: `id${received.length}` }
  }
  pump()
  for (const chunk of chunks) {
    if (chunk === 'TLS') {
      expect(tls).not.toBe('out of place')
      session.secured(TLS)
    } else {
      session.receive(chunk)
    }
    if (chunk === 'TLS' || tls === 'may begin') tls = 'out of place'
    pump()
  }
  if (dialogue.interrupt) {
    session.interrupt(dialogue.interrupt)
    replies += said(session)
  }
  const { warnings, outcome, delivered, ended } = session
  return { replies, received, warnings, outcome, delivered, ended }
}

/** Plays a dialogue at every split and compares what comes with what it says. */
export function play(dialogue: Dialogue): void {
  const client = clientSays(dialogue.says)
  const whole = feed(client, dialogue)
  expectReplies(whole.replies, dialogue.says)
  expect(whole.received.map(shown)).toMatchObject((dialogue.messages ?? []).map(expected))
  expect([...whole.warnings]).toEqual(dialogue.warnings ?? [])
  expect(whole.ended).toBe(dialogue.ended ?? dialogue.interrupt !== undefined)
  if (dialogue.outcome) expect(whole.outcome).toMatch(dialogue.outcome)

  expectSame(feed(singleBytes(client), dialogue), whole, 'byte by byte')
  for (const [n, bytes] of client.entries()) {
    if (bytes === 'TLS') continue
    for (let at = 1; at < bytes.length; at++) {
      const split = client.toSpliced(n, 1, bytes.subarray(0, at), bytes.subarray(at))
      expectSame(feed(split, dialogue), whole, `split at ${at}`)
    }
  }
}

function* singleBytes(said: readonly Said[]): Generator<Said> {
  for (const bytes of said) {
    if (bytes === 'TLS') yield bytes
    else for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
  }
}

/** The bytes that a script's escapes stand for. */
function bytesOf(escaped: string): Buffer {
  const text = Buffer.from(escaped).toString('latin1')
  return Buffer.from(
    text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_all, hex?: string, letter?: string) => {
      if (hex) return String.fromCharCode(Number.parseInt(hex, 16))
      return { r: '\r', n: '\n', 0: '\0', '\\': '\\' }[letter as string] ?? fail(`unknown escape \\${letter}`)
    }),
    'latin1',
  )
}

function fail(why: string): never {
  throw new Error(why)
}

/** What the client says in a script, its lines joined up to each handshake. */
function clientSays(says: readonly string[]): Said[] {
  const pieces: Said[] = []
  let bytes: Buffer[] = []
  for (const line of [...says, 'TLS']) {
    if (line.startsWith('C: ')) bytes.push(Buffer.from(`${line.slice(3)}\r\n`))
    else if (line.startsWith('C> ')) bytes.push(bytesOf(line.slice(3)))
    else if (line === 'TLS') {
      if (bytes.length > 0) pieces.push(Buffer.concat(bytes))
      pieces.push('TLS')
      bytes = []
    } else if (!line.startsWith('S: ')) fail(`a script's line begins with C:, C> or S:, or is TLS, not "${line}"`)
  }
  return pieces.slice(0, -1)
}

/** All that the client says in a script, as if there were no TLS. */
export function clientBytes(says: readonly string[]): Buffer {
  return Buffer.concat(clientSays(says).filter(said => said !== 'TLS'))
}

function expectReplies(replies: string, says: readonly string[]): void {
  const wanted = says.filter(line => line.startsWith('S: ')).map(line => line.slice(3))
  const lines = replies.split('\r\n')
  expect(lines.pop(), 'the last reply has its CRLF').toBe('')
  // Where only the words are left open, the line that came stands in, so that the difference shows whole.
  const matched = wanted.map((line, n) => {
    const start = line.endsWith('*') ? line.slice(0, -1) : undefined
    return start !== undefined && lines[n]?.startsWith(start) ? lines[n] : line
  })
  expect(lines).toEqual(matched)
}

function shown({ raw, envelope, warnings }: Received): object {
  return { ...envelope, raw: raw.toString('latin1'), warnings }
}

function expected(message: ExpectedMessage): object {
  return message.raw === undefined ? message : { ...message, raw: bytesOf(message.raw).toString('latin1') }
}

function expectSame(run: Run, whole: Run, how: string): void {
  // Comparing text first is much faster than a deep comparison at each of hundreds of splits.
  if (fingerprint(run) === fingerprint(whole)) return
  expect({ how, ...run }).toEqual({ how, ...whole })
}

function fingerprint({ received, ...rest }: Run): string {
  return JSON.stringify([rest, received.map(message => ({ ...message, raw: message.raw.toString('latin1') }))])
}
