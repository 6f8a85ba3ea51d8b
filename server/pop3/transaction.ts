/** What can be said once somebody has logged in (RFC 1939 5 and 7): one method per verb, each giving its answer. */
import type { MailStore } from '../mail/store.js'
import type { Visit } from '../mailbox/visit.js'
import { numberOf, type Verb } from './command.js'
import type { Entry, Maildrop } from './maildrop.js'
import { multiline, topOf } from './multiline.js'
import { type Reply, replies } from './reply.js'

/** A status line, and what comes behind it where there is more. */
export interface Answer {
  readonly reply: Reply
  readonly rest: Iterator<Buffer> | null
  /** What is kept of that: it is not a line that was said. */
  readonly note: string | null
}

/** An answer of one line. */
export const only = (reply: Reply): Answer => ({ reply, rest: null, note: null })

/** A status line, and lines behind it. */
export function listOf(reply: Reply, lines: readonly string[]): Answer {
  const text = [...lines, '.'].map(line => `${line}\r\n`).join('')
  return { reply, rest: [Buffer.from(text)].values(), note: lines.join(', ') }
}

export class Transaction {
  readonly #maildrop: Maildrop
  readonly #store: Pick<MailStore, 'at'>
  readonly #visit: Visit

  constructor(maildrop: Maildrop, store: Pick<MailStore, 'at'>, visit: Visit) {
    this.#maildrop = maildrop
    this.#store = store
    this.#visit = visit
  }

  /** The messages that go at QUIT. */
  get deletedIds(): string[] {
    return Array.from(this.#maildrop.deleted, ({ id }) => id)
  }

  /** They are gone: gives how many they were. */
  settle(): number {
    const { size } = this.#maildrop.deleted
    this.#visit.did('deleted', size)
    return size
  }

  perform(verb: Exclude<Verb, 'USER' | 'PASS' | 'APOP' | 'AUTH' | 'STLS' | 'CAPA' | 'QUIT'>, words: readonly string[]) {
    switch (verb) {
      case 'STAT':
        return only(replies.status(this.#maildrop.count, this.#maildrop.bytes))
      case 'LIST':
        return this.#list(words, ({ bytes }) => bytes)
      case 'UIDL':
        return this.#list(words, ({ id }) => id)
      case 'RETR':
        return this.#retrieve(words)
      case 'TOP':
        return this.#top(words)
      case 'DELE':
        return this.#delete(words)
      case 'RSET':
        this.#maildrop.reset()
        return only(replies.reset(this.#maildrop.count, this.#maildrop.bytes))
      case 'NOOP':
        return only(replies.nothing)
    }
  }

  #list(words: readonly string[], shown: (entry: Entry) => string | number): Answer {
    const { count, bytes } = this.#maildrop
    if (words.length === 0) {
      return {
        reply: replies.count(count, bytes),
        rest: this.#maildrop.listing(shown),
        note: `a list of ${count}`,
      }
    }
    return this.#withEntry(words, (entry, number) => only(replies.listed(number, shown(entry))))
  }

  #retrieve(words: readonly string[]): Answer {
    return this.#withMessage(words, (raw, { id }) => {
      this.#visit.did('fetched')
      return {
        reply: replies.message(raw.length),
        rest: multiline(raw),
        note: `message ${id}: ${raw.length} bytes`,
      }
    })
  }

  #top(words: readonly string[]): Answer {
    const lines = numberOf(words[1])
    if (lines === undefined) return only(replies.syntax('TOP'))
    return this.#withMessage(words, (raw, { id }) => {
      const top = topOf(raw, lines)
      this.#visit.did('looked into')
      return { reply: replies.top, rest: multiline(top), note: `message ${id}: ${top.length} of ${raw.length} bytes` }
    })
  }

  #delete(words: readonly string[]): Answer {
    return this.#withEntry(words, (entry, number) => {
      this.#maildrop.delete(entry)
      return only(replies.marked(number))
    })
  }

  /** The message that the first word names, which is not marked as deleted. */
  #withEntry([word]: readonly string[], use: (entry: Entry, number: number) => Answer): Answer {
    const number = numberOf(word)
    const entry = number === undefined ? undefined : this.#maildrop.at(number)
    if (number === undefined || entry === undefined) return only(replies.noMessage(this.#maildrop.last))
    return this.#maildrop.isDeleted(entry) ? only(replies.isDeleted(number)) : use(entry, number)
  }

  /** The same with what is in it: it may have left since the login. */
  #withMessage(words: readonly string[], use: (raw: Buffer, entry: Entry) => Answer): Answer {
    return this.#withEntry(words, (entry, number) => {
      const message = this.#store.at(entry.uid)
      return message === undefined ? only(replies.isGone(number)) : use(message.raw, entry)
    })
  }
}
