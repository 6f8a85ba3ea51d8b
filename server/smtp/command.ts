/**
 * A command line -> Command, and the arguments of MAIL and RCPT (RFC 5321 4.1, 1870, 3461, 4954, 6152, 6531).
 *
 * Functions are named after the productions of RFC 5321 4.1.2 and read a string by index: no regular expression ever
 * runs over what a client says. What is malformed is a Reply; what is merely not as the RFC has it is taken, and named
 * as a leniency, so that the session alone decides what becomes of it.
 */
import { isUtf8 } from 'node:buffer'
import type { EsmtpParams } from '../mail/message.js'
import type { Leniency } from './leniency.js'
import { leniency } from './leniency.js'
import { Reply, replies } from './reply.js'

/** Commands that are done, with their syntax and what HELP says of them. */
export const COMMANDS = {
  HELO: ['HELO <your name>', 'Opens the session, without extensions'],
  EHLO: ['EHLO <your name>', 'Opens the session and lists the extensions'],
  MAIL: [
    'MAIL FROM:<address> [SIZE=n] [BODY=7BIT|8BITMIME] [SMTPUTF8] [RET=FULL|HDRS] [ENVID=id] [AUTH=address]',
    'Opens a transaction; <> is the null sender',
  ],
  RCPT: ['RCPT TO:<address> [NOTIFY=...] [ORCPT=type;address]', 'Adds a recipient; every address is accepted'],
  DATA: ['DATA', 'Asks for the message, which ends with a line of a single dot; it is stored and never delivered'],
  RSET: ['RSET', 'Forgets the transaction'],
  NOOP: ['NOOP [anything]', 'Does nothing'],
  QUIT: ['QUIT', 'Ends the session'],
  HELP: ['HELP [command]', 'Lists the commands, or explains one'],
  VRFY: ['VRFY <address>', 'Every address is accepted here, so the answer is always 252'],
  EXPN: ['EXPN <list>', 'There are no lists here; the answer is always 252'],
  SEND: ['SEND FROM:<address>', 'As MAIL (RFC 821)'],
  SOML: ['SOML FROM:<address>', 'As MAIL (RFC 821)'],
  SAML: ['SAML FROM:<address>', 'As MAIL (RFC 821)'],
} as const

/** Commands that are known and refused. */
const REFUSED = ['STARTTLS', 'AUTH', 'BDAT', 'TURN', 'ETRN', 'LHLO', 'XCLIENT'] as const
/** What a browser, a proxy or an HTTP library begins with. */
const HTTP = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE', 'PRI'] as const

export type Verb = keyof typeof COMMANDS
export type RefusedVerb = (typeof REFUSED)[number]

export type Command =
  /** `argument` is what follows the verb, without blanks around it. */
  | { readonly type: 'command'; readonly verb: Verb; readonly argument: string; readonly extraBlanks: boolean }
  | { readonly type: 'refused'; readonly verb: RefusedVerb }
  | { readonly type: 'http'; readonly verb: string }
  | { readonly type: 'unknown'; readonly verb: string }
  | { readonly type: 'malformed'; readonly reply: Reply }

const SPACE = 0x20
const DELETE = 0x7f
const DOT = 0x2e
const HYPHEN = 0x2d
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** The first code point beyond the C1 controls, which a terminal would obey as it does the ASCII ones. */
const AFTER_C1 = 0xa0

const KNOWN = new Map<string, Command['type']>([
  ...Object.keys(COMMANDS).map(verb => [verb, 'command'] as const),
  ...REFUSED.map(verb => [verb, 'refused'] as const),
  ...HTTP.map(verb => [verb, 'http'] as const),
])

const EMPTY_LINE: Command = { type: 'malformed', reply: replies.emptyLine }
const CONTROL_CHARACTER: Command = { type: 'malformed', reply: replies.controlCharacter }
const NOT_UTF8: Command = { type: 'malformed', reply: replies.notUtf8 }

/** Reads a command line without its end. Verbs may be in either case, and trailing blanks are nothing (4.1.1). */
export function parseCommand(line: Buffer): Command {
  let eightBit = false
  for (let n = 0; n < line.length; n++) {
    const byte = line[n] as number
    if (byte < SPACE || byte === DELETE) return CONTROL_CHARACTER
    if (byte > DELETE) eightBit = true
  }
  const text = line.toString(eightBit ? 'utf8' : 'latin1').trimEnd()
  if (text === '') return EMPTY_LINE
  if (eightBit && hasC1Control(text)) return CONTROL_CHARACTER

  const blank = text.indexOf(' ')
  const verb = (blank === -1 ? text : text.slice(0, blank)).toUpperCase()
  const type = KNOWN.get(verb)
  if (type === undefined) return { type: 'unknown', verb }
  if (type === 'http') return { type, verb }
  if (eightBit && !isUtf8(line)) return NOT_UTF8
  if (type === 'refused') return { type, verb: verb as RefusedVerb }

  let from = blank === -1 ? text.length : blank + 1
  const extraBlanks = text.charCodeAt(from) === SPACE
  while (text.charCodeAt(from) === SPACE) from += 1
  return { type: 'command', verb: verb as Verb, argument: text.slice(from), extraBlanks }
}

function hasC1Control(text: string): boolean {
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n)
    if (code > DELETE && code < AFTER_C1) return true
  }
  return false
}

/** What MAIL or RCPT said. */
export interface PathArguments {
  /** The path without its angle brackets, as said. */
  readonly path: string
  readonly params: EsmtpParams
  /** What had to be overlooked. */
  readonly leniencies: readonly Leniency[]
}

/** How MAIL and RCPT differ: their keyword, what they say of a bad path, their leniencies and their parameters. */
interface PathSyntax {
  readonly keyword: 'FROM:' | 'TO:'
  readonly verb: 'MAIL' | 'RCPT'
  readonly bad: (why: string) => Reply
  readonly blank: Leniency
  readonly withoutBrackets: Leniency
  readonly parameters: ReadonlyMap<string, Check>
}

/** Judges a parameter's value; `true` stands for a keyword without one. */
type Check = (value: string | true) => boolean | Reply

const NO_PARAMS: EsmtpParams = Object.freeze({})
const NO_LENIENCIES: readonly Leniency[] = Object.freeze([])
/** RFC 1870 4: a size has at most 20 digits. */
const MAX_SIZE_DIGITS = 20
/** RFC 3461 4.4. */
const MAX_ENVID_CHARACTERS = 100
/** RFC 3461 4.2. */
const MAX_ORCPT_CHARACTERS = 500
/** RFC 5321 4.5.3.1.1 and 4.5.3.1.2. */
const MAX_LOCAL_PART_OCTETS = 64
const MAX_DOMAIN_OCTETS = 255

const MAIL: PathSyntax = {
  keyword: 'FROM:',
  verb: 'MAIL',
  bad: replies.badSender,
  blank: leniency.fromBlank,
  withoutBrackets: leniency.fromWithoutBrackets,
  parameters: new Map<string, Check>([
    ['SIZE', value => value !== true && value.length <= MAX_SIZE_DIGITS && isDigits(value)],
    ['BODY', body],
    ['SMTPUTF8', value => value === true],
    ['RET', value => value !== true && ['FULL', 'HDRS'].includes(value.toUpperCase())],
    ['ENVID', value => value !== true && value.length <= MAX_ENVID_CHARACTERS && isXtext(value)],
    ['AUTH', value => value !== true && isXtext(value)],
  ]),
}

const RCPT: PathSyntax = {
  keyword: 'TO:',
  verb: 'RCPT',
  bad: replies.badRecipient,
  blank: leniency.toBlank,
  withoutBrackets: leniency.toWithoutBrackets,
  parameters: new Map<string, Check>([
    ['NOTIFY', notify],
    ['ORCPT', originalRecipient],
  ]),
}

/** `FROM:` Reverse-path [ SP Mail-parameters ] */
export function mailArguments(argument: string): PathArguments | Reply {
  return pathArguments(argument, MAIL)
}

/** `TO:` Forward-path [ SP Rcpt-parameters ] */
export function rcptArguments(argument: string): PathArguments | Reply {
  return pathArguments(argument, RCPT)
}

function pathArguments(argument: string, syntax: PathSyntax): PathArguments | Reply {
  const { keyword } = syntax
  if (!argument.startsWith(keyword) && argument.slice(0, keyword.length).toUpperCase() !== keyword) {
    return replies.syntax(COMMANDS[syntax.verb][0])
  }
  const leniencies: Leniency[] = []
  let start = keyword.length
  if (argument.charCodeAt(start) === SPACE) leniencies.push(syntax.blank)
  while (argument.charCodeAt(start) === SPACE) start += 1

  const bracketed = argument[start] === '<'
  const end = bracketed ? pathEnd(argument, start + 1) : barePathEnd(argument, start)
  if (end === -1) return syntax.bad(whyUnended(argument, start))
  const path = bracketed ? argument.slice(start + 1, end) : argument.slice(start, end)
  const after = bracketed ? end + 1 : end
  if (after < argument.length && argument.charCodeAt(after) !== SPACE) return syntax.bad('text after the >')
  if (!bracketed) leniencies.push(syntax.withoutBrackets)

  const why = bracketed && path === '' && syntax === MAIL ? undefined : pathFault(path, bracketed, leniencies)
  if (why !== undefined) return syntax.bad(why)

  const params = after < argument.length ? parameters(argument, after, syntax, leniencies) : NO_PARAMS
  if (params instanceof Reply) return params
  return { path, params, leniencies: leniencies.length === 0 ? NO_LENIENCIES : leniencies }
}

/** The index of the `>` that ends a path, or -1. Quoted strings may contain anything. */
function pathEnd(text: string, start: number): number {
  for (let n = start; n < text.length; n++) {
    switch (text[n]) {
      case '>':
        return n
      case '"':
        n = quotedStringEnd(text, n)
        if (n === -1) return -1
        break
      case '<':
      case ' ':
        return -1
    }
  }
  return -1
}

/** The end of a path that stands without brackets: the next blank, or the end of the line. -1 if a bracket is in it. */
function barePathEnd(text: string, start: number): number {
  for (let n = start; n < text.length; n++) {
    switch (text[n]) {
      case ' ':
        return n
      case '"':
        n = quotedStringEnd(text, n)
        if (n === -1) return -1
        break
      case '<':
      case '>':
        return -1
    }
  }
  return text.length
}

/** The index of the closing quote of the Quoted-string that begins at `start`, or -1. */
function quotedStringEnd(text: string, start: number): number {
  for (let n = start + 1; n < text.length; n++) {
    const code = text.charCodeAt(n)
    if (code === BACKSLASH) n += 1
    else if (code === QUOTE) return n
  }
  return -1
}

function whyUnended(argument: string, start: number): string {
  if (argument[start] !== '<') return 'it needs angle brackets, with nothing but the address in them'
  if (!argument.includes('>', start)) return 'the > is missing'
  return 'a blank or an angle bracket in it is not quoted'
}

/** What makes a path unusable, or undefined. Path = "<" [ A-d-l ":" ] Mailbox ">" */
function pathFault(path: string, bracketed: boolean, leniencies: Leniency[]): string | undefined {
  if (path === '') return 'it is empty'
  let start = 0
  if (path[0] === '@') {
    start = sourceRouteEnd(path)
    if (start === -1) return 'nothing stands before the @'
    leniencies.push(leniency.sourceRoute)
  }
  return mailboxFault(start === 0 ? path : path.slice(start), bracketed, leniencies)
}

/** A-d-l = At-domain *( "," At-domain ), and the colon: the index behind it, or -1 where there is none. */
function sourceRouteEnd(path: string): number {
  const colon = path.indexOf(':')
  if (colon === -1) return -1
  const hops = path.slice(0, colon).split(',')
  return hops.every(hop => hop[0] === '@' && isDomain(hop.slice(1))) ? colon + 1 : -1
}

/** Mailbox = Local-part "@" ( Domain / address-literal ) */
function mailboxFault(mailbox: string, bracketed: boolean, leniencies: Leniency[]): string | undefined {
  const isQuoted = mailbox.charCodeAt(0) === QUOTE
  const at = isQuoted ? quotedStringEnd(mailbox, 0) + 1 : mailbox.indexOf('@')
  if (at === -1) {
    if (mailbox.toUpperCase() === 'POSTMASTER') return undefined
    // Without brackets and without an @, it is as likely a display name or a forgotten argument.
    if (!bracketed) return 'it has no @'
    leniencies.push(leniency.noDomain)
    return undefined
  }
  if (at === 0) return 'nothing stands before the @'
  if (mailbox[at] !== '@') return 'something other than an @ follows the quoted string'
  const domain = mailbox.slice(at + 1)
  if (domain === '') return 'nothing stands behind the @'
  if (domain.includes('@')) return 'it has two @; a further recipient needs a RCPT of its own'

  const localPart = mailbox.slice(0, at)
  if (!isQuoted && !isDotString(localPart)) leniencies.push(leniency.localPart)
  if (!isDomain(domain) && !isAddressLiteral(domain)) leniencies.push(leniency.domain)
  if (isLonger(localPart, MAX_LOCAL_PART_OCTETS)) leniencies.push(leniency.longLocalPart)
  if (isLonger(domain, MAX_DOMAIN_OCTETS)) leniencies.push(leniency.longDomain)
  return undefined
}

function isLonger(text: string, octets: number): boolean {
  // No character takes more than three octets for each of its UTF-16 units.
  return text.length * 3 > octets && Buffer.byteLength(text) > octets
}

/** Dot-string = Atom *("." Atom), with UTF-8 (RFC 6531 3.3). */
function isDotString(text: string): boolean {
  let previous = DOT
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n)
    if (code === DOT ? previous === DOT : !isAtext(code)) return false
    previous = code
  }
  return previous !== DOT
}

/** Domain = sub-domain *("." sub-domain): letters, digits, hyphens within, and UTF-8 (RFC 6531 3.3). */
export function isDomain(text: string): boolean {
  let previous = DOT
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n)
    if (code === DOT) {
      if (previous === DOT || previous === HYPHEN) return false
    } else if (code === HYPHEN) {
      if (previous === DOT) return false
    } else if (!isLetterOrDigit(code) && code < AFTER_C1) return false
    previous = code
  }
  return previous !== DOT && previous !== HYPHEN
}

/** address-literal = "[" dtext "]", as loosely as RFC 5321's General-address-literal. */
export function isAddressLiteral(text: string): boolean {
  if (text.length < 3 || text[0] !== '[' || text[text.length - 1] !== ']') return false
  for (let n = 1; n < text.length - 1; n++) {
    const code = text.charCodeAt(n)
    if (code <= SPACE || code >= DELETE || text[n] === '[' || text[n] === ']' || code === BACKSLASH) return false
  }
  return true
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9
}

function isLetterOrDigit(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}

const ATEXT_SPECIALS = new Set(Array.from("!#$%&'*+-/=?^_`{|}~", character => character.charCodeAt(0)))

function isAtext(code: number): boolean {
  return isLetterOrDigit(code) || code >= AFTER_C1 || ATEXT_SPECIALS.has(code)
}

function isDigits(text: string): boolean {
  for (let n = 0; n < text.length; n++) if (!isDigit(text.charCodeAt(n))) return false
  return text.length > 0
}

/** xtext (RFC 3461 4): printable ASCII without `=`, a `+` only before two upper-case hexadecimal digits. */
function isXtext(text: string): boolean {
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n)
    if (code <= SPACE || code >= DELETE || text[n] === '=') return false
    if (text[n] !== '+') continue
    if (!isUpperHex(text[n + 1]) || !isUpperHex(text[n + 2])) return false
    n += 2
  }
  return text.length > 0
}

function isUpperHex(character: string | undefined): boolean {
  return character !== undefined && '0123456789ABCDEF'.includes(character)
}

/** BODY=7BIT or 8BITMIME (RFC 6152); BINARYMIME (RFC 3030) belongs to an extension of its own. */
function body(value: string | true): boolean | Reply {
  if (value === true) return false
  const name = value.toUpperCase()
  return name === 'BINARYMIME' ? replies.binaryNotOffered : name === '7BIT' || name === '8BITMIME'
}

/** NOTIFY (RFC 3461 4.1): NEVER alone, or a list of the others. */
function notify(value: string | true): boolean {
  if (value === true) return false
  const names = value.toUpperCase().split(',')
  if (names.length === 1 && names[0] === 'NEVER') return true
  return new Set(names).size === names.length && names.every(name => ['SUCCESS', 'FAILURE', 'DELAY'].includes(name))
}

/** ORCPT (RFC 3461 4.2): an address type, `;`, xtext. RFC 6533's type utf-8 has escapes and characters of its own. */
function originalRecipient(value: string | true): boolean {
  if (value === true || value.length > MAX_ORCPT_CHARACTERS) return false
  const semicolon = value.indexOf(';')
  const type = value.slice(0, Math.max(semicolon, 0)).toLowerCase()
  const address = value.slice(semicolon + 1)
  if (!isDotString(type) || address === '') return false
  return type === 'utf-8' || isXtext(address)
}

/** Mail-parameters and Rcpt-parameters: esmtp-keyword ["=" esmtp-value], parted by blanks. */
function parameters(text: string, start: number, syntax: PathSyntax, leniencies: Leniency[]): EsmtpParams | Reply {
  const params: EsmtpParams = {}
  let from = start + 1
  while (from < text.length) {
    if (text.charCodeAt(from) === SPACE) {
      if (!leniencies.includes(leniency.extraBlanks)) leniencies.push(leniency.extraBlanks)
      from += 1
      continue
    }
    const blank = text.indexOf(' ', from)
    const end = blank === -1 ? text.length : blank
    const equals = text.indexOf('=', from)
    const hasValue = equals !== -1 && equals < end
    const keyword = text.slice(from, hasValue ? equals : end).toUpperCase()
    const check = syntax.parameters.get(keyword)
    if (check === undefined) return replies.unknownParameter(keyword, syntax.verb)
    if (params[keyword] !== undefined) return replies.repeatedParameter(keyword)
    const value = hasValue ? text.slice(equals + 1, end) : true
    const verdict = check(value)
    if (verdict !== true) return verdict === false ? replies.badParameter(keyword) : verdict
    params[keyword] = value
    from = end + 1
  }
  return params
}
