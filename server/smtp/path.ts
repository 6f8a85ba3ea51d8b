/**
 * The paths of MAIL and RCPT (RFC 5321 4.1.2), with what stands around them.
 *
 * Functions are named after the productions and read a string by index: no regular expression ever runs over what a
 * client says. What cannot be taken is a Reply that says why; what is merely not as the RFC has it is taken, and named
 * as a leniency, so that the session alone decides what becomes of it.
 */
import type { EsmtpParams } from '../mail/message.js'
import { AFTER_C1, cut, DELETE, isAtext, isLetterOrDigit, SPACE } from './characters.js'
import { COMMANDS } from './command.js'
import type { Leniency } from './leniency.js'
import { leniency } from './leniency.js'
import type { Offered, Parameters } from './parameters.js'
import { MAIL_PARAMETERS, NO_PARAMETERS, parseParameters, RCPT_PARAMETERS } from './parameters.js'
import { Reply, replies } from './reply.js'

/** What MAIL or RCPT said. */
export interface PathArguments {
  /** The path without its angle brackets, as said. */
  readonly path: string
  readonly params: EsmtpParams
  /** What had to be overlooked. */
  readonly leniencies: readonly Leniency[]
}

/** How MAIL and RCPT differ. */
interface PathSyntax {
  readonly keyword: 'FROM:' | 'TO:'
  readonly syntax: string
  /** The reply to a bad path. */
  readonly bad: (why: string) => Reply
  readonly blank: Leniency
  readonly withoutBrackets: Leniency
  /** Whether <> is a path: the null reverse-path (RFC 5321 4.5.5). */
  readonly allowsNull: boolean
  readonly parameters: Parameters
}

const MAIL: PathSyntax = {
  keyword: 'FROM:',
  syntax: COMMANDS.MAIL[0],
  bad: replies.badSender,
  blank: leniency.fromBlank,
  withoutBrackets: leniency.fromWithoutBrackets,
  allowsNull: true,
  parameters: MAIL_PARAMETERS,
}

const RCPT: PathSyntax = {
  keyword: 'TO:',
  syntax: COMMANDS.RCPT[0],
  bad: replies.badRecipient,
  blank: leniency.toBlank,
  withoutBrackets: leniency.toWithoutBrackets,
  allowsNull: false,
  parameters: RCPT_PARAMETERS,
}

const DOT = 0x2e
const HYPHEN = 0x2d
const QUOTE = 0x22
const BACKSLASH = 0x5c
const LEFT_BRACKET = 0x3c
const RIGHT_BRACKET = 0x3e

const NO_LENIENCIES: readonly Leniency[] = Object.freeze([])
/** RFC 5321 4.5.3.1.1 and 4.5.3.1.2. */
const MAX_LOCAL_PART_OCTETS = 64
const MAX_DOMAIN_OCTETS = 255

/** What stands where a path should be, for one that could not be taken: up to its `>`, or to the first blank. */
export function saidPath(argument: string): string {
  let from = argument.indexOf(':') + 1
  while (argument.charCodeAt(from) === SPACE) from += 1
  const bracketed = argument.charCodeAt(from) === LEFT_BRACKET
  if (bracketed) from += 1
  const to = argument.indexOf(bracketed ? '>' : ' ', from)
  return argument.slice(from, to === -1 ? argument.length : to)
}

/** `FROM:` Reverse-path [ SP Mail-parameters ] */
export function mailArguments(argument: string, offered: Offered): PathArguments | Reply {
  return pathArguments(argument, MAIL, offered)
}

/** `TO:` Forward-path [ SP Rcpt-parameters ] */
export function rcptArguments(argument: string, offered: Offered): PathArguments | Reply {
  return pathArguments(argument, RCPT, offered)
}

function pathArguments(argument: string, syntax: PathSyntax, offered: Offered): PathArguments | Reply {
  const { keyword } = syntax
  if (!argument.startsWith(keyword) && argument.slice(0, keyword.length).toUpperCase() !== keyword) {
    return replies.syntax(syntax.syntax)
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

  const why = bracketed && path === '' && syntax.allowsNull ? undefined : pathFault(path, bracketed, leniencies)
  if (why !== undefined) return syntax.bad(why)

  const params =
    after < argument.length ? parseParameters(argument, after, syntax.parameters, offered, leniencies) : NO_PARAMETERS
  if (params instanceof Reply) return params
  return { path: cut(path), params, leniencies: leniencies.length === 0 ? NO_LENIENCIES : leniencies }
}

/** The index of the `>` that ends a path, or -1. Quoted strings may contain anything. */
function pathEnd(text: string, start: number): number {
  for (let n = start; n < text.length; n++) {
    switch (text.charCodeAt(n)) {
      case RIGHT_BRACKET:
        return n
      case QUOTE:
        n = quotedStringEnd(text, n)
        if (n === -1) return -1
        break
      case LEFT_BRACKET:
      case SPACE:
        return -1
    }
  }
  return -1
}

/** The end of a path that stands without brackets: the next blank, or the end of the line. -1 if a bracket is in it. */
function barePathEnd(text: string, start: number): number {
  for (let n = start; n < text.length; n++) {
    switch (text.charCodeAt(n)) {
      case SPACE:
        return n
      case QUOTE:
        n = quotedStringEnd(text, n)
        if (n === -1) return -1
        break
      case LEFT_BRACKET:
      case RIGHT_BRACKET:
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
  const quote = argument.indexOf('"', start)
  if (quote !== -1 && quotedStringEnd(argument, quote) === -1) return 'a quoted string in it does not end'
  return 'a blank or an angle bracket in it is not quoted'
}

/** What makes a path unusable, or undefined. Path = "<" [ A-d-l ":" ] Mailbox ">" */
function pathFault(path: string, bracketed: boolean, leniencies: Leniency[]): string | undefined {
  if (path === '') return 'it is empty'
  let start = 0
  if (path[0] === '@') {
    start = sourceRouteEnd(path)
    if (start === -1) return 'nothing stands before the @'
    if (start === path.length) return 'nothing stands behind the source route'
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
