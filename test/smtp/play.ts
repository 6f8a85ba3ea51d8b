/**
 * Plays a dialogue against a fresh SmtpSession: at once, byte by byte and at every two-way split of what the client
 * says. Whatever the split, the same replies and the same messages must come out.
 *
 * A script is a list of lines. `C: EHLO a` is a line of the client's with CRLF behind it; `C> ...` is sent as it stands,
 * with `\r \n \0 \\ \xHH` for bytes. `S: 250 2.1.0 Ok` is a reply line; `S: 501 5.1.7 *` leaves its words open, and
 * `S> 250 2.1.` has no line end. `D: pause 3000` is what the session wants of its driver. `TLS` is the handshake: what is said
 * before it is said in the clear.
 */
import { expect } from 'vitest'
import type { Received } from '../../server/mail/message.js'
import type { Attempt } from '../../server/mail/session.js'
import { bytesOf, type Circumstances, clientSays, feed, type Run, type Said } from './drive.js'

export { feed, newSession, said } from './drive.js'

/** What a dialogue is to bring, beside its replies. What is left out is not looked at. */
export interface Dialogue extends Circumstances {
  /** Names the case, and the row or section that it shows. */
  name: string
  says: readonly string[]
  /** The messages stored; none if left out. `raw` in the escapes of a script. */
  messages?: readonly ExpectedMessage[]
  /** The session's warnings; none if left out. */
  warnings?: readonly string[]
  outcome?: string | RegExp
  /** The attempts, in order. */
  attempts?: readonly Partial<Attempt>[]
  /** What was recorded: `client: EHLO a`. */
  transcript?: readonly string[]
  /** Whether the session has ended of itself; false if left out. */
  ended?: boolean
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

/** Plays a dialogue at every split and compares what comes with what it says. */
export function play(dialogue: Dialogue): void {
  const client = clientSays(dialogue.says)
  const whole = feed(client, dialogue)
  expectReplies(whole.replies, dialogue.says)
  expect(whole.received.map(shown)).toMatchObject((dialogue.messages ?? []).map(expected))
  expect([...whole.warnings]).toEqual(dialogue.warnings ?? [])
  expect(whole.ended).toBe(dialogue.ended ?? dialogue.interrupt !== undefined)
  if (dialogue.outcome) expect(whole.outcome).toMatch(dialogue.outcome)
  if (dialogue.attempts) expect(whole.attempts).toMatchObject(dialogue.attempts)
  if (dialogue.transcript) expect(whole.transcript).toEqual(dialogue.transcript)

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

function expectReplies(replies: string, says: readonly string[]): void {
  const wanted = says.map(wantedFor).join('').split('\r\n')
  const lines = replies.split('\r\n')
  expect(lines.at(-1), 'the last reply has its CRLF').toBe(wanted.at(-1))
  // Where only the words are left open, the line that came stands in, so that the difference shows whole.
  const matched = wanted.map((line, n) => {
    const start = line.endsWith('*') ? line.slice(0, -1) : undefined
    return start !== undefined && lines[n]?.startsWith(start) ? lines[n] : line
  })
  expect(lines).toEqual(matched)
}

/** What a line of a script wants to come. */
function wantedFor(line: string): string {
  const text = line.slice(3)
  if (line.startsWith('S: ')) return `${text}\r\n`
  if (line.startsWith('S> ')) return text
  return line.startsWith('D: ') ? `(${text})\r\n` : ''
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
