/**
 * A command line -> Command (RFC 1939 3): which verb, and what follows it; and how a line is shown that may bear a secret.
 */
import { MASK } from '../net/login.js'

/** Where a command may be said: before the login, after it, or both. */
type Place = 'authorization' | 'transaction' | 'anywhere'

interface Syntax {
  readonly place: Place
  readonly syntax: string
  /** How many words may follow; a password is all that follows, blanks included. */
  readonly words: readonly [least: number, most: number]
}

/** Commands by their verbs: RFC 1939 (CAPA: 2449, STLS: 2595, AUTH: 5034). */
export const COMMANDS = {
  USER: { place: 'authorization', syntax: 'USER <name>', words: [1, Number.POSITIVE_INFINITY] },
  PASS: { place: 'authorization', syntax: 'PASS <password>', words: [0, Number.POSITIVE_INFINITY] },
  APOP: { place: 'authorization', syntax: 'APOP <name> <digest>', words: [2, Number.POSITIVE_INFINITY] },
  AUTH: { place: 'authorization', syntax: 'AUTH [mechanism [initial response]]', words: [0, 2] },
  STLS: { place: 'authorization', syntax: 'STLS', words: [0, 0] },
  CAPA: { place: 'anywhere', syntax: 'CAPA', words: [0, 0] },
  STAT: { place: 'transaction', syntax: 'STAT', words: [0, 0] },
  LIST: { place: 'transaction', syntax: 'LIST [message]', words: [0, 1] },
  UIDL: { place: 'transaction', syntax: 'UIDL [message]', words: [0, 1] },
  RETR: { place: 'transaction', syntax: 'RETR <message>', words: [1, 1] },
  TOP: { place: 'transaction', syntax: 'TOP <message> <lines>', words: [2, 2] },
  DELE: { place: 'transaction', syntax: 'DELE <message>', words: [1, 1] },
  RSET: { place: 'transaction', syntax: 'RSET', words: [0, 0] },
  NOOP: { place: 'transaction', syntax: 'NOOP', words: [0, 0] },
  QUIT: { place: 'anywhere', syntax: 'QUIT', words: [0, 0] },
} as const satisfies Record<string, Syntax>

export type Verb = keyof typeof COMMANDS

export type Command =
  /** `argument` is what follows the verb and a blank, `words` the same in words. */
  | {
      readonly type: 'command'
      readonly verb: Verb
      readonly argument: string
      readonly words: readonly string[]
    }
  /** The verb is known, and not what follows it. */
  | { readonly type: 'malformed'; readonly verb: Verb }
  | { readonly type: 'control-character' }
  | { readonly type: 'http' }
  | { readonly type: 'unknown' }

const HTTP = /^(?:GET|POST|PUT|HEAD|OPTIONS|CONNECT|PRI) /
/** What is refused wherever it stands: it would end up in logs and on terminals. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\x00-\x1f\x7f-\x9f]/
/** No more than a number in here can have: the store's numbers are far below. */
const NUMBER = /^\d{1,9}$/

/** Reads a command line without its end. */
export function parseCommand(line: Buffer): Command {
  const text = line.toString('utf8')
  const { word, verb, argument } = parted(text)
  if (CONTROL.test(text)) return { type: 'control-character' }
  if (verb === null) return { type: HTTP.test(`${word} `) ? 'http' : 'unknown' }
  const words = argument.split(' ').filter(each => each !== '')
  const [least, most] = COMMANDS[verb].words
  if (words.length < least || words.length > most) return { type: 'malformed', verb }
  return { type: 'command', verb, argument, words }
}

/** The number that a word is; undefined where it is none. */
export function numberOf(word: string | undefined): number | undefined {
  return word !== undefined && NUMBER.test(word) ? Number(word) : undefined
}

/** A command line as it is kept: passwords and digests are secrets, and so is what no command is, before a login. */
export function shownCommand(line: Buffer, isLoggedIn: boolean): string {
  const text = line.toString('utf8')
  const { word, verb, argument } = parted(text)
  switch (verb) {
    case 'PASS':
      return `${word} ${MASK}`
    case 'APOP':
      return `${word} ${argument.slice(0, Math.max(argument.lastIndexOf(' '), 0))} ${MASK}`.replace('  ', ' ')
    case 'AUTH': {
      const [mechanism = '', ...rest] = argument.split(' ')
      const shown = /^[\w-]{0,20}$/.test(mechanism) ? mechanism : MASK
      return [word, shown, rest.length > 0 ? MASK : ''].filter(each => each !== '').join(' ')
    }
    case null:
      return isLoggedIn || argument === '' || HTTP.test(`${word} `) ? text : `${word} ${MASK}`
    default:
      return text
  }
}

function parted(text: string): { word: string; verb: Verb | null; argument: string } {
  const blank = text.indexOf(' ')
  const word = blank === -1 ? text : text.slice(0, blank)
  const upper = word.toUpperCase()
  return {
    word,
    verb: Object.hasOwn(COMMANDS, upper) ? (upper as Verb) : null,
    argument: blank === -1 ? '' : text.slice(blank + 1),
  }
}
