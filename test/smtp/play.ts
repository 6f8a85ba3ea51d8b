/**
 * Plays a dialogue against a fresh SmtpSession: at once, byte by byte and at every two-way split of what the client
 * says. Whatever the split, the same replies and the same messages must come out.
 *
 * A script is a list of lines. `C: EHLO a` is a line of the client's with CRLF behind it; `C> ...` is sent as it stands,
 * with `\r \n \0 \\ \xHH` for bytes. `S: 250 2.1.0 Ok` is a reply line; `S: 501 5.1.7 *` leaves its words open.
 */
import { expect } from 'vitest'
import type { Received } from '../../server/mail/message.js'
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
  warnings?: readonly string[]
}

const OPTIONS: SmtpOptions = {
  name: 'double.test',
  maxMessageBytes: 1000,
  maxRecipients: 10,
  maxLineBytes: 512,
  maxProtocolErrors: 10,
}

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
    storeFull: () => storeFull,
  })
}

/** What a session has to say, taken as a driver would write it. */
export function said(session: SmtpSession): string {
  let text = ''
  for (let bytes = session.output(); bytes; bytes = session.output()) text += bytes.toString('latin1')
  return text
}

/** Feeds `chunks` to a new session as a driver does, answering every message. */
export function feed(chunks: Iterable<Buffer>, dialogue: Omit<Dialogue, 'name' | 'says'> = {}): Run {
  const session = newSession(dialogue.options, dialogue.storeFull)
  const received: Received[] = []
  let replies = ''
  const pump = () => {
    for (let event = session.next(); event; event = session.next()) {
      replies += said(session)
      if (event.type === 'later') continue
      session.answer(store(event.received))
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
    session.receive(chunk)
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
  const client = clientBytes(dialogue.says)
  const whole = feed([client], dialogue)
  expectReplies(whole.replies, dialogue.says)
  expect(whole.received.map(shown)).toMatchObject((dialogue.messages ?? []).map(expected))
  expect([...whole.warnings]).toEqual(dialogue.warnings ?? [])
  expect(whole.ended).toBe(dialogue.ended ?? dialogue.interrupt !== undefined)
  if (dialogue.outcome) expect(whole.outcome).toMatch(dialogue.outcome)

  expectSame(feed(singleBytes(client), dialogue), whole, 'byte by byte')
  for (let at = 1; at < client.length; at++) {
    expectSame(feed([client.subarray(0, at), client.subarray(at)], dialogue), whole, `split at ${at}`)
  }
}

function* singleBytes(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
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

/** What the client says in a script. */
export function clientBytes(says: readonly string[]): Buffer {
  const pieces: Buffer[] = []
  for (const line of says) {
    if (line.startsWith('C: ')) pieces.push(Buffer.from(`${line.slice(3)}\r\n`))
    else if (line.startsWith('C> ')) pieces.push(bytesOf(line.slice(3)))
    else if (!line.startsWith('S: ')) fail(`a script's line begins with C:, C> or S:, not "${line}"`)
  }
  return Buffer.concat(pieces)
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
  const { from, to, verb, fromParams, recipients, helo } = envelope
  return { raw: raw.toString('latin1'), from, to, verb, fromParams, recipients, helo, warnings }
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
