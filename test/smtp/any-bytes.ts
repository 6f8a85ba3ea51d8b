/**
 * Any bytes give replies or a close, never an exception; the same ones in whatever pieces they come; and nothing that a
 * client says gets a control character into an envelope. `npm test` tries a few thousand inputs; `npm run fuzz -- smtp`
 * as many as there is time for.
 */
import fc from 'fast-check'
import { KEYWORDS } from '../../server/smtp/extensions.js'
import {
  CERTIFICATE_FAULTS,
  PRESET_NAMES,
  RULE_ACTIONS,
  RULE_SCOPES,
  RULE_STAGES,
  RuleError,
  type RuleInput,
} from '../../server/smtp/rule.js'
import { clientSays, type Said } from '../script.js'
import { bodiesAndLimits } from './dialogues/body.js'
import { chunks } from './dialogues/chunks.js'
import { commands } from './dialogues/commands.js'
import { lenient } from './dialogues/lenient.js'
import { logins } from './dialogues/login.js'
import { rules } from './dialogues/rules.js'
import { strict } from './dialogues/strict.js'
import { tls } from './dialogues/tls.js'
import { type Circumstances, feed, makeRules, type Run } from './drive.js'

/** Every dialogue there is, by group. */
export const DIALOGUES = {
  ...commands,
  ...lenient,
  ...bodiesAndLimits,
  ...chunks,
  ...logins,
  ...tls,
  ...strict,
  ...rules,
}

interface Input {
  said: readonly Said[]
  circumstances: Circumstances
  /** Lengths of the pieces in which it comes, for each stretch between handshakes. */
  sizes: readonly number[]
}

/** Lines of clients, some broken. */
export const LINES = [
  'EHLO client.test',
  'HELO',
  'STARTTLS',
  'AUTH PLAIN AGEAYg==',
  'AUTH LOGIN',
  'AUTH CRAM-MD5',
  'AUTH XOAUTH2 dXNlcj1hAWF1dGg9QmVhcmVyIHQBAQ==',
  'YQ==',
  '*',
  'MAIL FROM:<a@b.test>',
  'MAIL FROM:<a@b.test> BODY=BINARYMIME SIZE=5',
  'MAIL FROM:<',
  'RCPT TO:<c@d.test>',
  'RCPT TO:""@',
  'RCPT TO:<reset@d.test>',
  'RCPT TO:<reply-421@d.test>',
  'DATA',
  'Subject: hi',
  '.',
  '..',
  'BDAT 5',
  'BDAT 7 LAST',
  'BDAT 0 LAST',
  'BDAT 99999',
  'RSET',
  'QUIT',
  'NOOP',
  'HELP MAIL',
  'VRFY a',
  '',
]

const line = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...LINES) },
  fc.string({ unit: 'binary', maxLength: 40 }).map(text => `MAIL FROM:${text}`),
  fc.string({ maxLength: 40 }).map(text => `RCPT TO:<${text}> ${text}`),
  fc.string({ unit: 'binary', maxLength: 40 }).map(text => `AUTH PLAIN ${Buffer.from(text).toString('base64')}`),
  fc.base64String({ maxLength: 40 }),
  fc.tuple(fc.nat({ max: 40 }), fc.string({ maxLength: 40 })).map(([octets, text]) => `BDAT ${octets}\r\n${text}`),
)
const end = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n.\r\n', '')
const lines = fc
  .array(
    fc.oneof({ weight: 15, arbitrary: fc.tuple(line, end) }, { weight: 1, arbitrary: fc.constant('TLS' as const) }),
    {
      maxLength: 30,
    },
  )
  .map(parts => parts.map((part): Said => (part === 'TLS' ? part : Buffer.from(part.join('')))))

/** Dialogues with a few bytes replaced, put in or left out. */
const change = fc.tuple(fc.nat(), fc.nat(2), fc.uint8Array({ maxLength: 3 }))
const mutated = fc
  .tuple(
    fc.constantFrom(...Object.values(DIALOGUES).flat()).map(({ says }) => clientSays(says)),
    fc.array(change, { minLength: 1, maxLength: 5 }),
  )
  .map(([script, changes]) => {
    let said = script
    for (const [place, cut, put] of changes) {
      const n = place % Math.max(said.length, 1)
      const bytes = said[n]
      if (bytes === undefined || bytes === 'TLS') continue
      const at = place % (bytes.length + 1)
      said = said.toSpliced(n, 1, Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]))
    }
    return said
  })

const VERBS = ['helo', 'auth', 'send', 'rset', 'noop', 'help', 'vrfy', 'bdat', 'turn', 'any']

const on = fc.constantFrom(...RULE_STAGES, ...VERBS)
const action = fc.constantFrom(...RULE_ACTIONS)
const reply = fc.constantFrom(250, 235, 421, 451, 503, '550 5.7.1 No', ['250-a', 'b'], ['554 a', 'b'])
const delayMs = fc.constantFrom(0, 0, 3000)

/** What a rule does, each where it belongs. */
const effect = fc.oneof<fc.Arbitrary<RuleInput>[]>(
  fc.record({ on, reply, delayMs, thenClose: fc.boolean() }),
  fc.record({ on, action, delayMs }),
  fc.record({ on, action, halfReply: fc.constant(true) }),
  fc.record({ bytesPerSecond: fc.constantFrom(1, 30, 1e6), delayMs }),
  fc.record({ afterBytes: fc.integer({ min: 1, max: 30 }), action }),
  fc.record({ store: fc.constant(true), action, delayMs }),
  fc.record({ hide: fc.subarray([...KEYWORDS], { minLength: 1, maxLength: 3 }) }),
  fc.record({ certificate: fc.constantFrom(...CERTIFICATE_FAULTS), delayMs }),
  fc.constantFrom(...PRESET_NAMES).map(preset => ({ preset })),
)
/** For whom, and how often. */
const scope = fc.oneof<fc.Arbitrary<RuleInput>[]>(
  fc.constant({}),
  fc.constantFrom({ to: 'c@*' }, { helo: 'client.test' }, { subject: 'hi' }).map(match => ({ match })),
  fc.record({ times: fc.integer({ min: 1, max: 3 }), per: fc.constantFrom(null, ...RULE_SCOPES) }),
  fc.record({ probability: fc.constant(0.5), seed: fc.nat() }),
)
const rule = fc.tuple(effect, scope).map((parts): RuleInput => Object.assign({}, ...parts))

/** Those that can be: a rule is told what it lacks long before it meets a session. */
const tried = makeRules([])
function canBe(input: RuleInput): boolean {
  try {
    return tried.remove(tried.add(input).id)
  } catch (error) {
    if (error instanceof RuleError) return false
    throw error
  }
}

const rulesInForce = fc.oneof(
  fc.constant([]),
  fc.array(rule, { maxLength: 4 }).map(rules => rules.filter(canBe)),
)

/** What a server may be like. */
export const circumstances: fc.Arbitrary<Circumstances> = fc
  .record({
    strict: fc.boolean(),
    tls: fc.boolean(),
    requireTls: fc.boolean(),
    requireAuth: fc.boolean(),
    without: fc.subarray([...KEYWORDS], { maxLength: 3 }),
    maxLineBytes: fc.constantFrom(40, 512),
    maxAuthLineBytes: fc.constantFrom(30, 600),
    maxMessageBytes: fc.constantFrom(10, 1000),
  })
  .chain(options =>
    fc
      .record({
        storeFull: fc.constantFrom(false, false, true),
        accounts: fc.constantFrom([], undefined),
        rules: rulesInForce,
        magicRecipients: fc.boolean(),
      })
      .map(({ accounts, ...rest }) => ({ options, anyHandshake: true, ...rest, ...(accounts && { accounts }) })),
  )

/** What may come over a connection, how, and to what server. */
export const inputs: fc.Arbitrary<Input> = fc.record({
  said: fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map(array => [Buffer.from(array)]),
    lines,
    mutated,
  ),
  circumstances,
  sizes: fc.array(fc.nat({ max: 60 }), { maxLength: 8 }),
})

const REPLIES = /^(?:[2-5][0-5][0-9][ -][ -~]*\r\n)*$/
/** What a session wants of its driver. */
const WORDS = /\((?:pause [\d.]+|stall|reset|certificate [a-z-]+)\)\r\n/g
/** RFC 5321 4.5.3.1.5, with room for the challenge of a login. */
const MAX_REPLY_CHARACTERS = 1000

/** Throws where an input does not hold what is promised. */
export function check({ said, circumstances, sizes }: Input): void {
  const whole = feed(joined(said), circumstances)
  const inPieces = feed(cut(said, sizes), circumstances)
  if (shown(inPieces) !== shown(whole)) fail(`it depends on the pieces:\n${shown(whole)}\n${shown(inPieces)}`)
  const replies = whole.replies.replace(WORDS, '')
  const isCut = circumstances.rules?.some(({ halfReply }) => halfReply) === true
  if (!REPLIES.test(isCut ? replies.slice(0, replies.lastIndexOf('\n') + 1) : replies))
    fail(`not a reply of SMTP: ${JSON.stringify(whole.replies)}`)
  for (const reply of whole.replies.split('\r\n')) if (reply.length > MAX_REPLY_CHARACTERS) fail('a reply is too long')
  for (const { envelope } of whole.received) {
    const { from, to, helo, auth } = envelope
    for (const text of [from, ...to, helo ?? '', auth?.username ?? '']) {
      if (hasControlCharacter(text)) fail(`a control character got into an envelope: ${JSON.stringify(text)}`)
    }
  }
}

/** A connection that is broken off tells the same at every split only if stretches in the clear are one. */
function joined(said: readonly Said[]): Said[] {
  const stretches: Said[] = []
  for (const piece of said) {
    const last = stretches.at(-1)
    if (piece === 'TLS' || last === undefined || last === 'TLS') stretches.push(piece)
    else stretches.splice(-1, 1, Buffer.concat([last, piece]))
  }
  return stretches
}

function cut(said: readonly Said[], sizes: readonly number[]): Said[] {
  return joined(said).flatMap(stretch => {
    if (stretch === 'TLS') return [stretch]
    const pieces: Said[] = []
    let at = 0
    for (const size of sizes) {
      pieces.push(stretch.subarray(at, at + size))
      at += size
    }
    return [...pieces, stretch.subarray(at)]
  })
}

function shown({ replies, received, outcome, warnings, ended }: Run): string {
  const messages = received.map(message => ({ ...message, raw: message.raw.toString('latin1') }))
  return JSON.stringify({ replies, messages, outcome, warnings, ended })
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

function fail(why: string): never {
  throw new Error(why)
}
