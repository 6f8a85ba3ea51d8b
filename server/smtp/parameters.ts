/**
 * The parameters of MAIL and RCPT (RFC 5321 4.1.2) with their checks: SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8
 * (RFC 6531), RET, ENVID, NOTIFY, ORCPT (RFC 3461), AUTH (RFC 4954). Each belongs to an extension, and is unknown where that
 * is not offered.
 */
import type { EsmtpParams } from '../mail/message.js'
import { DELETE, isAtext, isDigit, kept, SPACE } from './characters.js'
import type { Keyword } from './extensions.js'
import type { Leniency } from './leniency.js'
import { leniency } from './leniency.js'
import { type Reply, replies } from './reply.js'

/** What of the extensions is offered. */
export type Offered = ReadonlySet<Keyword>

/** Judges a parameter's value; `true` stands for a keyword without one. */
type Check = (value: string | true, offered: Offered) => boolean | Reply

/** A parameter: the extension that it belongs to, and its check. */
interface Parameter {
  readonly extension: Keyword
  readonly check: Check
}

/** What a command knows: its verb, and its parameters by keyword. */
export interface Parameters {
  readonly verb: string
  readonly known: ReadonlyMap<string, Parameter>
}

/** RFC 1870 4: a size has at most 20 digits. */
const MAX_SIZE_DIGITS = 20
/** RFC 3461 4.4. */
const MAX_ENVID_CHARACTERS = 100
/** RFC 3461 4.2. */
const MAX_ORCPT_CHARACTERS = 500

export const MAIL_PARAMETERS: Parameters = {
  verb: 'MAIL',
  known: new Map<string, Parameter>([
    [
      'SIZE',
      { extension: 'SIZE', check: value => value !== true && value.length <= MAX_SIZE_DIGITS && isDigits(value) },
    ],
    ['BODY', { extension: '8BITMIME', check: body }],
    ['SMTPUTF8', { extension: 'SMTPUTF8', check: value => value === true }],
    ['RET', { extension: 'DSN', check: value => value !== true && ['FULL', 'HDRS'].includes(value.toUpperCase()) }],
    ['ENVID', { extension: 'DSN', check: envelopeId }],
    ['AUTH', { extension: 'AUTH', check: value => value !== true && isXtext(value) }],
  ]),
}

export const RCPT_PARAMETERS: Parameters = {
  verb: 'RCPT',
  known: new Map<string, Parameter>([
    ['NOTIFY', { extension: 'DSN', check: notify }],
    ['ORCPT', { extension: 'DSN', check: originalRecipient }],
  ]),
}

/** What most commands have. */
export const NO_PARAMETERS: EsmtpParams = Object.freeze({})

/** Mail-parameters and Rcpt-parameters: esmtp-keyword ["=" esmtp-value], parted by blanks. */
export function parseParameters(
  text: string,
  start: number,
  parameters: Parameters,
  offered: Offered,
  leniencies: Leniency[],
): EsmtpParams | Reply {
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
    const parameter = parameters.known.get(keyword)
    if (parameter === undefined || !offered.has(parameter.extension)) {
      return replies.unknownParameter(keyword, parameters.verb)
    }
    if (params[keyword] !== undefined) return replies.repeatedParameter(keyword)
    const value = hasValue ? text.slice(equals + 1, end) : true
    const verdict = parameter.check(value, offered)
    if (verdict !== true) return verdict === false ? replies.badParameter(keyword) : verdict
    params[keyword] = value === true ? true : kept(value, text)
    from = end + 1
  }
  return params
}

/** chunk-size [ SP end-marker ] (RFC 3030 2), or undefined. */
export function parseChunk(argument: string): { octets: number; isLast: boolean } | undefined {
  const blank = argument.indexOf(' ')
  const size = blank === -1 ? argument : argument.slice(0, blank)
  const isLast = blank !== -1
  if (!isDigits(size) || (isLast && argument.slice(blank + 1).toUpperCase() !== 'LAST')) return undefined
  const octets = Number(size)
  return Number.isSafeInteger(octets) ? { octets, isLast } : undefined
}

function isDigits(text: string): boolean {
  for (let n = 0; n < text.length; n++) if (!isDigit(text.charCodeAt(n))) return false
  return text.length > 0
}

function isAtom(text: string): boolean {
  for (let n = 0; n < text.length; n++) if (!isAtext(text.charCodeAt(n))) return false
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

/** BODY=7BIT or 8BITMIME (RFC 6152); BINARYMIME (RFC 3030) is an extension of its own. */
function body(value: string | true, offered: Offered): boolean | Reply {
  if (value === true) return false
  const name = value.toUpperCase()
  if (name === 'BINARYMIME') return offered.has(name) || replies.binaryNotOffered
  return name === '7BIT' || name === '8BITMIME'
}

/** ENVID (RFC 3461 4.4). */
function envelopeId(value: string | true): boolean {
  return value !== true && value.length <= MAX_ENVID_CHARACTERS && isXtext(value)
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
  if (!isAtom(type) || address === '') return false
  return type === 'utf-8' || isXtext(address)
}
