/**
 * What EHLO offers (RFC 5321 2.2, 4.1.1.1), and what is refused with a keyword that `--smtp-without` or a rule hides: its
 * commands and its parameters.
 */
import { MECHANISMS } from '../net/sasl.js'
import type { Verb } from './command.js'
import { COMMANDS } from './command.js'
import type { SmtpOptions } from './context.js'
import { type Reply, replies } from './reply.js'

/** Every keyword, in the order in which EHLO lists them. */
export const KEYWORDS = [
  'PIPELINING',
  'SIZE',
  '8BITMIME',
  'SMTPUTF8',
  'ENHANCEDSTATUSCODES',
  'CHUNKING',
  'BINARYMIME',
  'DSN',
  'STARTTLS',
  'AUTH',
  'HELP',
] as const
export type Keyword = (typeof KEYWORDS)[number]

/** Keywords that come with a command. */
const COMMAND_OF: Readonly<Partial<Record<Verb, Keyword>>> = {
  BDAT: 'CHUNKING',
  STARTTLS: 'STARTTLS',
  AUTH: 'AUTH',
  HELP: 'HELP',
}

/** What a server offers: the same for all of its sessions, but for one that a rule hides something from, and rendered once. */
export class Extensions {
  /** The keywords that are offered, STARTTLS among them even where TLS is active already. */
  readonly offered: ReadonlySet<Keyword>
  /** The commands that are offered. */
  readonly verbs: readonly Verb[]
  readonly greeting: Reply
  readonly helo: Reply
  readonly #options: Readonly<SmtpOptions>
  readonly #ehlo: Reply
  readonly #ehloInTls: Reply

  private constructor(options: Readonly<SmtpOptions>) {
    const { name } = options
    this.#options = options
    this.offered = offeredBy(options)
    this.verbs = (Object.keys(COMMANDS) as Verb[]).filter(verb => this.offers(verb))
    this.greeting = replies.greeting(name)
    this.helo = replies.helo(name)
    const lines = KEYWORDS.filter(keyword => this.offered.has(keyword)).map(keyword => lineOf(keyword, options))
    this.#ehlo = replies.ehlo(name, lines)
    this.#ehloInTls = replies.ehlo(
      name,
      lines.filter(line => line !== 'STARTTLS'),
    )
  }

  /** Those of a server: options are one object for all of its sessions. */
  static of(options: Readonly<SmtpOptions>): Extensions {
    let extensions = byOptions.get(options)
    if (extensions === undefined) {
      extensions = new Extensions(options)
      byOptions.set(options, extensions)
    }
    return extensions
  }

  /** Whether a command is offered. */
  offers(verb: Verb): boolean {
    const keyword = COMMAND_OF[verb]
    return keyword === undefined || this.offered.has(keyword)
  }

  /** Whether replies bear enhanced codes (RFC 2034). */
  get enhancedCodes(): boolean {
    return this.offered.has('ENHANCEDSTATUSCODES')
  }

  /** The answer to HELP. */
  help(topic: string): Reply {
    if (topic === '') return replies.help(['Commands:', ...this.verbs, 'HELP <command> explains one'])
    const name = topic.toUpperCase()
    const verb = this.verbs.find(candidate => candidate === name)
    return verb === undefined ? replies.noHelp(name) : replies.help(COMMANDS[verb])
  }

  /** The answer to EHLO. */
  ehlo(inTls: boolean): Reply {
    return inTls ? this.#ehloInTls : this.#ehlo
  }

  /** The same without keywords that a rule hides, as if `--smtp-without` did. */
  hiding(hidden: readonly Keyword[]): Extensions {
    if (hidden.length === 0) return this
    return new Extensions({ ...this.#options, without: [...this.#options.without, ...hidden] })
  }
}

const byOptions = new WeakMap<Readonly<SmtpOptions>, Extensions>()

function offeredBy({ tls, without }: Readonly<SmtpOptions>): Set<Keyword> {
  const offered = new Set(KEYWORDS.filter(keyword => !without.includes(keyword)))
  if (!tls) offered.delete('STARTTLS')
  // RFC 3030 3: binary bodies need BDAT; and a body that is none of 7-bit or 8-bit needs both to be known.
  if (!offered.has('CHUNKING') || !offered.has('8BITMIME')) offered.delete('BINARYMIME')
  return offered
}

function lineOf(keyword: Keyword, options: Readonly<SmtpOptions>): string {
  if (keyword === 'SIZE') return `SIZE ${options.maxMessageBytes}`
  return keyword === 'AUTH' ? `AUTH ${MECHANISMS.join(' ')}` : keyword
}
