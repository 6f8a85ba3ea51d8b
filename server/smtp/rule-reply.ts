/**
 * The replies of rules: read from what was written, and rendered. A text is sent as it was given; a bare code takes words
 * of ours, and an enhanced code of its own class (RFC 3463) that fits the code and what is answered.
 *
 * What would break the dialogue cannot be written: codes that SMTP has not (RFC 5321 4.2.1), 3xx, which promise the client
 * something to go on with, line ends, and lines longer than 4.5.3.1.5 allows.
 */
import { MAX_TEXT_CHARACTERS, Reply } from './reply.js'
import { RuleError, type RuleReply } from './rule.js'

/** Lines of one reply: more than any client has been seen to read. */
const MAX_LINES = 100

const FINAL_CODE = /^[245][0-5]\d$/
const CODE = /^\d{3}$/
const LINE_WITH_CODE = /^(\d{3})(?:[ -](.*))?$/s
const PRINTABLE = /^[ -~]*$/

const EXAMPLE = '"452 4.2.2 Mailbox full", or 452 alone for words of ours'

/** Reads a reply. Throws RuleError naming the field. */
export function readReply(given: unknown, field: string): RuleReply {
  if (typeof given === 'number') {
    assertCode(String(given), field)
    return given
  }
  if (typeof given === 'string') {
    codeOf(given, field)
    return given
  }
  if (!Array.isArray(given))
    throw new RuleError(field, 'is neither a text, a code nor a list of lines', `Write ${EXAMPLE}.`)
  if (given.length === 0) throw new RuleError(field, 'has no lines', `Write ${EXAMPLE}.`)
  if (given.length > MAX_LINES)
    throw new RuleError(field, `has more than ${MAX_LINES} lines`, `Write at most ${MAX_LINES}.`)
  let code: string | undefined
  for (const [n, line] of given.entries()) {
    if (typeof line !== 'string') throw new RuleError(field, `line ${n + 1} is not a text`, `Write ${EXAMPLE}.`)
    if (code === undefined) {
      // The first line of several may have the hyphen that it is sent with.
      code = codeOf(line.replace(/^(\d{3})-/, '$1 '), field)
      continue
    }
    assertText(line, field)
    const other = LINE_WITH_CODE.exec(line)?.[1]
    if (other !== undefined && other !== code)
      throw new RuleError(
        field,
        `line ${n + 1} has the code ${other}, and the first has ${code}`,
        `Give all lines of a reply one code: "${code}-...".`,
      )
  }
  return given as string[]
}

/** Whether a code can end a command (RFC 5321 4.2.1): 3xx only go on with one. */
export function isFinalCode(code: string): boolean {
  return FINAL_CODE.test(code)
}

/** The first digit of the code that a reply bears. */
export function classOf(reply: RuleReply): '2' | '4' | '5' {
  return String(typeof reply === 'object' ? reply[0] : reply)[0] as '2' | '4' | '5'
}

/** Whether a reply is what is said anyway, with a name, keywords or an id that only the moment knows. */
export function isOurs(reply: RuleReply, on: string): boolean {
  return typeof reply !== 'object' && OURS[on] === String(reply).trimEnd()
}

const OURS: Readonly<Record<string, string>> = { connect: '220', ehlo: '250', helo: '250', message: '250', help: '214' }

/** What is sent for a reply that was read, as the answer at a stage or to a verb. */
export function replyOf(reply: RuleReply, on: string): Reply {
  if (typeof reply === 'object') {
    const [first = '', ...rest] = reply
    const code = first.slice(0, 3)
    return new Reply(
      Number(code),
      null,
      first.slice(4),
      ...rest.map(line => LINE_WITH_CODE.exec(line)?.[2] ?? withoutCode(line)),
    )
  }
  const text = String(reply)
  const code = text.slice(0, 3)
  return CODE.test(text.trimEnd()) ? ownWords(code, on) : new Reply(Number(code), null, text.slice(4))
}

function withoutCode(line: string): string {
  return CODE.test(line) ? '' : line
}

function codeOf(line: string, field: string): string {
  assertText(line, field)
  const [, code = ''] = /^(\d{3})(?: .*)?$/.exec(line) ?? []
  if (code === '') throw new RuleError(field, `"${line}" does not begin with a code and a blank`, `Write ${EXAMPLE}.`)
  assertCode(code, field)
  return code
}

function assertCode(code: string, field: string): void {
  if (/^3\d\d$/.test(code))
    throw new RuleError(
      field,
      `${code} asks the client to go on, and there is nothing here to go on with`,
      'Leave the reply out to let the command succeed, or refuse it with 4xx or 5xx.',
    )
  if (!isFinalCode(code))
    throw new RuleError(
      field,
      `${code} is not a code of SMTP`,
      'Use 200 to 299, or 400 to 559, with a second digit of 0 to 5.',
    )
}

function assertText(line: string, field: string): void {
  if (/[\r\n]/.test(line))
    throw new RuleError(field, 'has a line end in it', 'Give a reply of several lines as a list of texts.')
  if (!PRINTABLE.test(line))
    throw new RuleError(field, 'has characters other than printable ASCII', 'Write it without them.')
  if (line.length > MAX_TEXT_CHARACTERS)
    throw new RuleError(
      field,
      `has a line of ${line.length} characters`,
      `Write at most ${MAX_TEXT_CHARACTERS} in a line, and more as a list of texts.`,
    )
}

/** Subject and detail of an enhanced code, and words. */
type Words = readonly [enhanced: string, text: string]

/** What a code means wherever it is said (RFC 5321 4.2.3, RFC 4954 6, RFC 7504, RFC 5248). */
const WORDS: Readonly<Record<string, Words>> = {
  221: ['0.0', 'Bye'],
  235: ['7.0', 'Logged in'],
  251: ['1.5', 'User not local, will forward'],
  252: ['5.0', 'Cannot verify the user, but will take mail for it'],
  421: ['3.2', 'Service not available, closing the connection'],
  432: ['7.12', 'A password transition is needed'],
  450: ['2.0', 'Mailbox unavailable, try again later'],
  451: ['3.0', 'Local error in processing, try again later'],
  452: ['3.1', 'Not enough storage, try again later'],
  454: ['7.0', 'Temporary failure, try again later'],
  455: ['5.4', 'Parameters cannot be taken now'],
  500: ['5.2', 'Syntax error, the command is not known'],
  501: ['5.4', 'Syntax error in the arguments'],
  502: ['5.1', 'The command is not implemented'],
  503: ['5.1', 'Bad sequence of commands'],
  504: ['5.4', 'The parameter is not implemented'],
  521: ['3.2', 'This host takes no mail'],
  530: ['7.0', 'Authentication required'],
  534: ['7.9', 'The mechanism is too weak'],
  535: ['7.8', 'The user name or the password is wrong'],
  538: ['7.11', 'Encryption is required for this mechanism'],
  550: ['7.1', 'Refused'],
  551: ['1.6', 'User not local'],
  552: ['3.4', 'Message too large'],
  553: ['1.3', 'The name of the mailbox is not allowed'],
  554: ['0.0', 'Transaction failed'],
  555: ['5.4', 'Parameters are not known'],
  556: ['1.10', 'The domain takes no mail'],
}

/** What a code means where it is said. */
const WORDS_AT: Readonly<Record<string, Readonly<Record<string, Words>>>> = {
  connect: { 554: ['3.2', 'No SMTP service here'] },
  starttls: { 220: ['0.0', 'Ready to start TLS'], 454: ['7.0', 'TLS is not available now, try again later'] },
  auth: { 454: ['7.0', 'Temporary authentication failure'] },
  mail: {
    250: ['1.0', 'Ok'],
    450: ['1.8', 'Sender refused, try again later'],
    550: ['7.1', 'Sender refused'],
    553: ['1.7', 'The name of the sender is not allowed'],
  },
  rcpt: {
    250: ['1.5', 'Ok'],
    452: ['2.2', 'Mailbox full'],
    550: ['1.1', 'No such user here'],
    552: ['2.2', 'Mailbox full'],
    554: ['7.1', 'Recipient refused'],
  },
  message: { 550: ['7.1', 'Message refused'] },
  vrfy: { 550: ['1.1', 'No such user here'] },
}

const WORDS_OF_CLASS: Readonly<Record<string, Words>> = {
  2: ['0.0', 'Ok'],
  4: ['0.0', 'Try again later'],
  5: ['0.0', 'Refused'],
}

/** Answers that bear no enhanced code (RFC 2034 4): the greeting, and those to HELO and EHLO. */
const WITHOUT_ENHANCED = ['connect', 'ehlo', 'helo', 'lhlo']

function ownWords(code: string, on: string): Reply {
  const [enhanced, text] = WORDS_AT[on]?.[code] ?? WORDS[code] ?? (WORDS_OF_CLASS[code[0] as string] as Words)
  return new Reply(Number(code), WITHOUT_ENHANCED.includes(on) ? null : `${code[0]}.${enhanced}`, text)
}
