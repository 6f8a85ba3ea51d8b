/**
 * A command line -> Command (RFC 5321 4.1.1): which verb, and what follows it. The arguments of MAIL and RCPT are read in
 * path.ts and parameters.ts, once the session knows that the command is in order.
 */
import { AFTER_C1, DELETE, kept, SPACE } from './characters.js'
import type { Reply } from './reply.js'
import { replies } from './reply.js'

/** Commands that are done, with their syntax and what HELP says of them. */
export const COMMANDS = {
  HELO: ['HELO <your name>', 'Opens the session, without extensions'],
  EHLO: ['EHLO <your name>', 'Opens the session and lists the extensions'],
  STARTTLS: ['STARTTLS', 'Turns TLS on; everything said before is forgotten'],
  AUTH: [
    'AUTH PLAIN|LOGIN|CRAM-MD5|XOAUTH2|OAUTHBEARER [initial response]',
    'Logs in; unless the server was given accounts, any name and password will do',
  ],
  MAIL: [
    'MAIL FROM:<address> [SIZE=n] [BODY=7BIT|8BITMIME|BINARYMIME] [SMTPUTF8] [RET=FULL|HDRS] [ENVID=id] [AUTH=address]',
    'Opens a transaction; <> is the null sender',
  ],
  RCPT: ['RCPT TO:<address> [NOTIFY=...] [ORCPT=type;address]', 'Adds a recipient; every address is accepted'],
  DATA: ['DATA', 'Asks for the message, which ends with a line of a single dot; it is stored and never delivered'],
  BDAT: [
    'BDAT <octets> [LAST]',
    'Sends the next chunk of the message, of any bytes, without waiting to be asked; LAST ends the message',
  ],
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
export const REFUSED = ['TURN', 'ETRN', 'LHLO', 'XCLIENT'] as const
/** What a browser, a proxy or an HTTP library begins with. */
const HTTP = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE', 'PRI'] as const

export type Verb = keyof typeof COMMANDS
export type RefusedVerb = (typeof REFUSED)[number]

export type Command =
  /** `argument` is what follows the verb, without blanks around it. */
  | {
      readonly type: 'command'
      readonly verb: Verb
      readonly argument: string
      readonly extraBlanks: boolean
      /** All of the line. */
      readonly text: string
    }
  | { readonly type: 'refused'; readonly verb: RefusedVerb }
  | { readonly type: 'http'; readonly verb: string }
  | { readonly type: 'unknown'; readonly verb: string }
  | { readonly type: 'malformed'; readonly reply: Reply }

/** What decoding makes of bytes that are not UTF-8; sent as such, it stands for something that was lost before. */
const REPLACEMENT_CHARACTER = '\ufffd'

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
  if (eightBit && text.includes(REPLACEMENT_CHARACTER)) return NOT_UTF8
  if (type === 'refused') return { type, verb: verb as RefusedVerb }

  let from = blank === -1 ? text.length : blank + 1
  const extraBlanks = text.charCodeAt(from) === SPACE
  while (text.charCodeAt(from) === SPACE) from += 1
  return {
    type: 'command',
    verb: verb as Verb,
    argument: kept(text.slice(from), line),
    extraBlanks,
    text: kept(text, line),
  }
}

function hasC1Control(text: string): boolean {
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n)
    if (code > DELETE && code < AFTER_C1) return true
  }
  return false
}
