/** A message as a test holds it: the fields of `Message`, and the questions that tests ask. */
import type { Check } from '../mail/checks/result.js'
import { explainNoAttachment, explainNoCode, explainNoLink } from '../mail/explain.js'
import type { Link, Message, Part } from '../mail/message.js'
import type { Attempt, Session } from '../mail/session.js'
import type { Backend } from './backend.js'

/** How what belongs to a message is fetched. */
export type Sources = Pick<Backend, 'raw' | 'part' | 'sessionOf' | 'attemptsOf' | 'checksOf'>

/** A link, ready to be followed. */
export class FoundLink implements Link {
  /** The address as the mail has it, entities decoded. */
  readonly href: string
  /** Its words. */
  readonly text: string
  readonly unsubscribe: boolean

  constructor({ href, text, unsubscribe }: Link) {
    this.href = href
    this.text = text
    this.unsubscribe = unsubscribe
  }

  /** The address as a URL. Throws a TypeError where it is none. */
  get url(): URL {
    return new URL(this.href)
  }

  /** The address without scheme and host, for a page that is opened under a base URL: `/confirm?token=1`. */
  get path(): string {
    const { pathname, search, hash } = this.url
    return pathname + search + hash
  }
}

/** A part, with its bytes. */
export interface FoundPart extends Part {
  /** The decoded bytes. */
  bytes(): Promise<Buffer>
}

export interface ReceivedMessage extends Omit<Message, 'otp' | 'attempts'> {}

/** A message as a test holds it; its fields are those of `Message`, but `otp` and `attempts`, which are questions here. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor assigns every field
export class ReceivedMessage {
  readonly #otp: string | null
  readonly #sources: Sources

  constructor({ otp, attempts: _tries, ...fields }: Message, sources: Sources) {
    Object.assign(this, fields)
    this.#otp = otp
    this.#sources = sources
  }

  /** The decoded value of the first header field of that name, or undefined. */
  header(name: string): string | undefined {
    return this.headerValues(name)[0]
  }

  /** The decoded values of every header field of that name, in order. */
  headerValues(name: string): string[] {
    const wanted = name.toLowerCase()
    return this.headers.filter(field => field.name.toLowerCase() === wanted).map(field => field.value)
  }

  /**
   * The first link whose words or address contain `wanted`, or fit it. Throws, naming the links that are there, when
   * there is none.
   */
  link(wanted: string | RegExp): FoundLink {
    const link = this.links.find(isLinkWith(wanted))
    if (!link) throw new Error(explainNoLink(this.subject, shown(wanted), this.links))
    return new FoundLink(link)
  }

  /** The one-time code, without gaps. Throws, naming the candidates, when there is none or none that stands out. */
  otp(): string {
    if (this.#otp === null) throw new Error(explainNoCode(this.subject, this.otps))
    return this.#otp
  }

  /** The part of that file name, or whose name fits. Throws, naming those that are there, when there is none. */
  attachment(wanted: string | RegExp): FoundPart {
    const part = this.parts.find(isNamed(wanted))
    if (!part) {
      const names = this.parts.map(({ filename }) => filename)
      throw new Error(explainNoAttachment(this.subject, shown(wanted), names))
    }
    return { ...part, bytes: () => this.#sources.part(this.id, part.id) }
  }

  /** The exact bytes that came after DATA. */
  raw(): Promise<Buffer> {
    return this.#sources.raw(this.id)
  }

  /** The connection that brought it, with all that was said. Rejects where it had to give way to newer ones. */
  session(): Promise<Session> {
    return this.#sources.sessionOf(this.id)
  }

  /**
   * The tries that it took, oldest first: its own, and before it those that failed, with the same sender and a recipient
   * in common.
   */
  attempts(): Promise<Attempt[]> {
    return this.#sources.attemptsOf(this.id)
  }

  /**
   * What its sender may want to know before real people get it, errors first: placeholders left in, links that lead
   * nowhere, what clients do not show. Each has an `id`, listed in docs/checks.md, a `level` (`error`, `warning`, `info`)
   * and an explanation.
   */
  checks(): Promise<Check[]> {
    return this.#sources.checksOf(this.id)
  }
}

/** Whether a part has that file name, or one that fits. */
export function isNamed(wanted: string | RegExp): (part: Part) => boolean {
  const anywhere = fitting(wanted)
  const fits = typeof wanted === 'string' ? (name: string) => name === wanted : anywhere
  return ({ filename }) => filename !== null && fits(filename)
}

/** Whether a link's words or address contain the words, or fit. */
export function isLinkWith(wanted: string | RegExp): (link: Link) => boolean {
  const fits = fitting(wanted)
  return ({ text, href }) => fits(text) || fits(href)
}

/** Whether a text contains the words, ignoring case, or fits the pattern. Throws for nothing, which is in every text. */
export function fitting(wanted: string | RegExp): (text: string) => boolean {
  if (wanted instanceof RegExp) return tester(wanted)
  assertWanted(wanted)
  const lower = wanted.toLowerCase()
  return text => text.toLowerCase().includes(lower)
}

/** What a compiler would say, for those who have none: a variable that was never set must not pass, or fail, unseen. */
export function assertWanted(wanted: unknown): void {
  if (wanted instanceof RegExp || (typeof wanted === 'string' && wanted !== '')) return
  const given = JSON.stringify(wanted) ?? String(wanted)
  throw new TypeError(`${given} is nothing to look for. Give a string that is not empty, or a RegExp.`)
}

/** As a person would write it. */
export function shown(wanted: string | RegExp): string {
  return typeof wanted === 'string' ? JSON.stringify(wanted) : String(wanted)
}

/** A RegExp without its memory: with `g` or `y` a second test would begin where the first ended. */
export function tester(pattern: RegExp): (text: string) => boolean {
  const fresh = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  return text => fresh.test(text)
}
