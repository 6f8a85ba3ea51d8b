/**
 * What keeps an app from delivering: at which step of a mail's way that is, and what to change. In words for people, who
 * read them where they look for mail that did not come.
 */
import type { DiagnosisStep } from '../mail/session.js'
import { type Reply, type RuleName, replies } from './reply.js'

/** At which step something failed, and what to change. */
export interface Remedy {
  readonly step: DiagnosisStep['step']
  readonly fix: string
}

/** Those that do not answer a command. */
export const remedies = {
  silent: {
    step: 'greeted',
    fix:
      'Perhaps something only looked whether the port is open. If it was the app: one that waits for a TLS handshake ' +
      'needs the TLS port, which --tls opens.',
  },
  sentNothing: {
    step: 'recipient',
    fix: 'The app spoke and left: perhaps it only tested the connection. If not, its own log may say more.',
  },
  tlsOnPlainPort: {
    step: 'tls',
    fix: 'Turn off TLS from the first byte in the app (secure: false), or start with --tls and use the TLS port.',
  },
  handshake: {
    step: 'tls',
    fix:
      'If the certificate is the reason, have the app trust the CA of GET /api/ca.pem, or turn off verification in it; ' +
      'else use the port that fits: TLS from the first byte on the TLS port only.',
  },
  http: { step: 'greeted', fix: 'Give the app the SMTP port; the page and the API are on the HTTP port.' },
  endlessLine: { step: 'recipient', fix: 'Lines end in CRLF: is this app speaking SMTP?' },
  overload: { step: 'greeted', fix: 'Close connections that are not needed, or raise --max-connections.' },
  failure: { step: 'stored', fix: 'This is a defect of maildouble: its log says where. Please report it.' },
  protocolErrors: { step: 'recipient', fix: 'The session shows what the app said that is not SMTP.' },
  idle: { step: 'recipient', fix: 'The app stopped talking: does it hang? --idle-timeout sets how long it may.' },
  shutdown: { step: 'recipient', fix: 'Start maildouble again, and send again.' },
  lostBetweenCommands: {
    step: 'recipient',
    fix: 'The app closed the connection before it sent a message: a crash, a timeout, or a failed check of its own.',
  },
  lostInData: {
    step: 'stored',
    fix: 'The app stopped in the middle of the message: a crash, a timeout, or a broken stream of an attachment.',
  },
} as const satisfies Record<string, Remedy>

const TLS_FIRST: Remedy = { step: 'tls', fix: 'Turn on STARTTLS in the app, or start without --require-tls.' }
const LOGIN_FIRST: Remedy = {
  step: 'auth',
  fix: 'Give the app a user name and a password, or start without --smtp-require-auth.',
}
const CREDENTIALS: Remedy = {
  step: 'auth',
  fix: 'Give the app a user name and a password of --smtp-auth, or start without it: then any pass.',
}
const LOGIN: Remedy = { step: 'auth', fix: 'Choose another mechanism in the app; EHLO lists those that there are.' }
const STARTTLS: Remedy = { step: 'tls', fix: 'Start with --tls, or turn off STARTTLS in the app.' }
const GREETING: Remedy = { step: 'greeted', fix: 'Say EHLO first, and do as the reply says.' }
const SENDER: Remedy = { step: 'recipient', fix: 'Correct the sender as the reply says.' }
const RECIPIENT: Remedy = { step: 'recipient', fix: 'Correct the recipients as the reply says.' }
const FULL: Remedy = { step: 'stored', fix: 'Delete messages, or start without --when-full refuse.' }
const TOO_LARGE: Remedy = {
  step: 'stored',
  fix: 'Send a smaller message, or raise --max-message-bytes or --max-bytes.',
}
const DATA: Remedy = { step: 'stored', fix: 'Send the message as the reply says.' }

const ORDER: Remedy = { step: 'recipient', fix: 'Send the commands in the order that the reply asks for.' }

const OUT_OF_ORDER = 503
const EXCEEDED_STORAGE = 552

/** What to do about what a rule did at a command. */
export function ruleRemedy(verb: string, { id, name }: RuleName): Remedy {
  const { step } = verb === 'connecting' ? GREETING : remedyFor(verb)
  const fix =
    id === null
      ? `The ${name} asked for this: send to another address, or start without --magic-recipients.`
      : `A rule did this: remove it on the Rules page or with DELETE /api/rules/${id}.`
  return { step, fix }
}

/** What to do about the refusal of a command, or of the message where `verb` is DATA or BDAT. */
export function remedyOf(verb: string, reply: Reply): Remedy {
  if (reply.rule !== null) return ruleRemedy(verb, reply.rule)
  if (reply === replies.tlsFirst) return TLS_FIRST
  if (reply === replies.loginFirst) return LOGIN_FIRST
  if (reply === replies.badCredentials) return CREDENTIALS
  if (reply === replies.storeFull) return FULL
  if (reply.code === EXCEEDED_STORAGE) return TOO_LARGE
  if (reply.code === OUT_OF_ORDER) return ORDER
  return remedyFor(verb)
}

function remedyFor(verb: string): Remedy {
  switch (verb) {
    case 'AUTH':
      return LOGIN
    case 'STARTTLS':
      return STARTTLS
    case 'HELO':
    case 'EHLO':
      return GREETING
    case 'MAIL':
    case 'SEND':
    case 'SOML':
    case 'SAML':
      return SENDER
    case 'RCPT':
      return RECIPIENT
    case 'DATA':
    case 'BDAT':
      return DATA
    default:
      return remedies.protocolErrors
  }
}
