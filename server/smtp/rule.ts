/**
 * Programmed behaviour as it is written down: the fields of a rule, as REST, files, the command line and the library
 * give them. rule-input.ts reads them, rules.ts acts on them, and http/schema-rules.ts describes them; a check there
 * holds the two equal. Types, names and defaults only.
 */
import type { Steps } from '../mail/loop.js'
import type { Received } from '../mail/message.js'
import type { Keyword } from './extensions.js'
import type { Reply } from './reply.js'

/** The moments of a session at which a rule can act, in their order; any verb stands for its own command. */
export const RULE_STAGES = ['connect', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'message', 'quit'] as const
export type RuleStage = (typeof RULE_STAGES)[number]

export const RULE_PROTOCOLS = ['smtp', 'pop3', 'imap'] as const
/** Whose sessions a rule acts on. */
export type RuleProtocol = (typeof RULE_PROTOCOLS)[number]

export const RULE_ACTIONS = ['reply', 'close', 'reset', 'stall'] as const
/** `close`: the connection ends without a reply; `reset`: likewise, with a TCP reset; `stall`: nothing is ever answered. */
export type RuleAction = (typeof RULE_ACTIONS)[number]

export const CERTIFICATE_FAULTS = ['expired', 'wrong-host', 'untrusted'] as const
/** What is wrong with the certificate that is shown in place of the good one. */
export type CertificateFault = (typeof CERTIFICATE_FAULTS)[number]

export const RULE_SCOPES = ['recipient', 'message', 'connection'] as const
/** What `times`, `replies` and `after` are counted for: each recipient, each transaction, each connection. */
export type RuleScope = (typeof RULE_SCOPES)[number]

export const PRESET_NAMES = [
  'greylist',
  'mailbox-full',
  'no-such-user',
  'auth-down',
  'slow',
  'rate-limit',
  'shutdown',
  'starttls-stripped',
  'drop-in-data',
  'lost-ack',
] as const
export type PresetName = (typeof PRESET_NAMES)[number]

/** What TLS from the first byte begins with. No rule can name it: only the certificate can be at fault there. */
export const HANDSHAKE = 'handshake'

/** Longest time that an answer is held back: no client waits longer (RFC 5321 4.5.3.2.6). */
export const MAX_DELAY_MS = 600_000

/** A reply as a rule gives it: text sent as given, a bare code that takes our words, or the lines of a reply. */
export type RuleReply = string | number | readonly string[]

/** What a rule does, every field said: what is stored, shown and sent back. */
export interface RuleFields {
  /** The stage, a verb in lower case, or `any` for whatever is said next. */
  readonly on: string
  /** Terms of the query language that can be known at that stage; empty for always. */
  readonly match: Readonly<Record<string, string>>
  /** Whose sessions it acts on: a mail program that polls must not use up what was meant for the app that sends. */
  readonly protocol: RuleProtocol
  readonly action: RuleAction
  /** What is answered; null for what would be said without the rule. */
  readonly reply: RuleReply | null
  /** One for each match, in place of `reply`; then the rule is used up. Null for none. */
  readonly replies: readonly RuleReply[] | null
  /** Whether the connection is closed after the reply. */
  readonly thenClose: boolean
  /** How long the answer is held back. */
  readonly delayMs: number
  /** How fast the body is read; null for as fast as it comes. */
  readonly bytesPerSecond: number | null
  /** After how many bytes of the body `action` strikes; null for before any. */
  readonly afterBytes: number | null
  /** Only the first so many matches; null for all. */
  readonly times: number | null
  /** What is counted for; null for the rule as a whole. */
  readonly per: RuleScope | null
  /** How long the rule lasts from when it was added; null for until it is removed. */
  readonly forMs: number | null
  /** Only what comes after so many matches; null for from the first on. */
  readonly after: number | null
  /** For how long matches are counted by `after`; null for ever. */
  readonly windowMs: number | null
  /** Whether the message is stored before `action` strikes, at stage `message`. */
  readonly store: boolean
  /** Keywords that EHLO leaves out, at stage `ehlo`; what comes with them is refused then. */
  readonly hide: readonly Keyword[]
  /** What is wrong with the certificate, at stage `starttls` and on ports with implicit TLS. */
  readonly certificate: CertificateFault | null
  /** Whether the ports are closed for as long as the rule lasts, at stage `connect`. */
  readonly refuseConnections: boolean
  /** Whether the reply is cut in the middle; then the connection ends by `action`, `reply` meaning `close`. */
  readonly halfReply: boolean
  readonly enabled: boolean
  /** How likely a match is acted on, from 0 to 1. */
  readonly probability: number
  /** What the dice of `probability` begin with: the same seed gives the same run. */
  readonly seed: number
}

/** What a rule has that says nothing; `on` follows from the others. */
export const DEFAULT_FIELDS = {
  match: {},
  protocol: 'smtp',
  action: 'reply',
  reply: null,
  replies: null,
  thenClose: false,
  delayMs: 0,
  bytesPerSecond: null,
  afterBytes: null,
  times: null,
  per: null,
  forMs: null,
  after: null,
  windowMs: null,
  store: false,
  hide: [],
  certificate: null,
  refuseConnections: false,
  halfReply: false,
  enabled: true,
  probability: 1,
  seed: 1,
} satisfies Omit<RuleFields, 'on'>

/** A rule as it is given: whatever is left out has its default, or the preset's word. */
export type RuleInput = { readonly [field in keyof RuleFields]?: RuleFields[field] | null } & {
  /** The preset to begin with. */
  readonly preset?: PresetName | null
}

/** A rule as it is shown. */
export interface Rule extends RuleFields {
  readonly id: string
  /** The preset that it was made from; null for none. */
  readonly preset: PresetName | null
  /** How often it was acted on. */
  readonly hits: number
  /** The session of the last hit; null before. */
  readonly lastSessionId: string | null
  /** What came nearest to a match and was none, as it was said: `RCPT TO:<ada@ful.test>`; null for nothing. */
  readonly nearMiss: string | null
  /** Whether it can still act: enabled, not expired, not used up. */
  readonly active: boolean
  /** When it expires, as RFC 3339; null for never. */
  readonly expiresAt: string | null
}

/** What is told of rules while they work. */
export type RuleEvent =
  | { readonly type: 'hit'; readonly id: string; readonly sessionId: string }
  /** How many rules can act now: one was added, changed, removed, used up, or has expired. */
  | { readonly type: 'rules'; readonly active: number }

/** A moment of a session at which a rule may act: what is known, and what was said. */
export interface Moment {
  /** The stage, where it is one, and the verb in lower case: HELO is both `ehlo` and `helo`. */
  readonly on: readonly string[]
  readonly protocol: RuleProtocol
  /** As it is shown where it comes near: `RCPT TO:<ada@ful.test>`. */
  readonly said: string
  readonly sessionId: string
  /** The inbox that the port was given; null for none. */
  readonly listener: string | null
  readonly helo: string | null
  /** Who has logged in, or at `auth` tries to; null for nobody. */
  readonly user: string | null
  /** The reverse-path; undefined before MAIL. */
  readonly mailFrom: string | undefined
  /** The recipient that is named, or all that were accepted; undefined before RCPT. */
  readonly recipients: readonly string[] | undefined
  /** Which transaction of the session it is, counted from 1; 0 before the first. */
  readonly transaction: number
  /** The whole message, at `message`. */
  readonly received: Received | null
}

/** What a rule wants done at a moment. */
export interface Verdict {
  /** The rule; null for a magic recipient. */
  readonly ruleId: string | null
  /** For the transcript and for reasons: `rule r2 (greylist)`. */
  readonly name: string
  /** What is said in place of our own words; null leaves these. */
  readonly reply: Reply | null
  /** Whether nothing is said, neither the rule's words nor ours: so with the actions `close`, `reset` and `stall`, but for `afterBytes`. */
  readonly silent: boolean
  /** What becomes of the connection, after the reply where there is one. With `afterBytes`: in the midst of the body. */
  readonly end: 'none' | 'close' | 'reset' | 'stall'
  /** How long the answer is held back, 0 for not at all. */
  readonly delayMs: number
  readonly bytesPerSecond: number | null
  readonly afterBytes: number | null
  readonly store: boolean
  readonly hide: readonly Keyword[]
  readonly certificate: CertificateFault | null
  readonly halfReply: boolean
}

/** What sessions ask; rules.ts is what answers. */
export interface Judge {
  /** False while no rule can act: then nothing has to be asked, and a message costs nothing more. */
  readonly awake: boolean
  /** The first rule that wants something done, counted as hit; null for none. */
  judge(moment: Moment): Verdict | null
}

/** One that can be asked about a message, which may be large. */
export interface MessageJudge extends Judge {
  /** As `judge`, with a stop after each short piece of work. */
  judgeInSteps(moment: Moment): Steps<Verdict | null>
}

/** A rule that cannot be: which field is at fault, why, and what to write. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
  readonly field: string
  /** The field and what is wrong with it; `message` is this and the fix. */
  readonly problem: string
  readonly fix: string

  constructor(field: string, problem: string, fix: string) {
    super(`${field}: ${problem}. ${fix}`)
    this.field = field
    this.problem = `${field}: ${problem}`
    this.fix = fix
  }
}
