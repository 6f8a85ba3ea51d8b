/**
 * Which tags there are, and how many messages have each: brought up to date when somebody asks, from what has changed
 * since. Nothing is done at an arrival, and only messages that have tags are remembered.
 */
import type { Loop } from './loop.js'
import { sliced } from './loop.js'
import type { Stored } from './message.js'
import type { MailStore } from './store.js'
import { mayBringTags } from './tags.js'

/** One tag whatever its case: as it was first seen, and how often it is there. */
interface Count {
  readonly name: string
  messages: number
}

export class TagIndex {
  readonly #store: Pick<MailStore, 'cursor' | 'changesSince' | 'at' | 'search'>
  readonly #tagsOf: (message: Stored) => readonly string[]
  readonly #loop: Loop
  readonly #tagged = new Map<number, readonly string[]>()
  readonly #counts = new Map<string, Count>()
  /** The last change that is in it; undefined before the first look. */
  #cursor: number | undefined
  /** One brings it up to date at a time. */
  #turn: Promise<void> = Promise.resolve()

  constructor(parts: {
    store: Pick<MailStore, 'cursor' | 'changesSince' | 'at' | 'search'>
    contents: { glance(message: Stored): { readonly tags: readonly string[] } }
    loop: Loop
  }) {
    this.#store = parts.store
    this.#loop = parts.loop
    this.#tagsOf = message => message.tags ?? (mayBringTags(message) ? parts.contents.glance(message).tags : [])
  }

  /** Every tag in order, and how many messages have it. */
  async counts(): Promise<[tag: string, messages: number][]> {
    this.#turn = this.#turn.then(() => this.#catchUp())
    await this.#turn
    return [...this.#counts]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, count]) => [count.name, count.messages])
  }

  async #catchUp(): Promise<void> {
    const changes = this.#cursor === undefined ? undefined : this.#store.changesSince(this.#cursor)
    if (!changes) await this.#begin()
    const rest = sliced(this.#loop)
    for (const change of changes ?? this.#store.changesSince(this.#cursor as number) ?? []) {
      if (change.type === 'removed') for (const uid of change.uids) this.#set(uid, [])
      else this.#look(change.uid)
      this.#cursor = change.seq
      const pause = rest()
      if (pause) await pause
    }
  }

  /** Looks at every message: at first, and where the log of changes no longer reaches back. */
  async #begin(): Promise<void> {
    this.#tagged.clear()
    this.#counts.clear()
    this.#cursor = this.#store.cursor
    for await (const { uid } of this.#store.search(() => true)) this.#look(uid)
  }

  #look(uid: number): void {
    const message = this.#store.at(uid)
    this.#set(uid, message ? this.#tagsOf(message) : [])
  }

  #set(uid: number, tags: readonly string[]): void {
    for (const tag of this.#tagged.get(uid) ?? []) this.#count(tag, -1)
    for (const tag of tags) this.#count(tag, 1)
    if (tags.length > 0) this.#tagged.set(uid, tags)
    else this.#tagged.delete(uid)
  }

  #count(name: string, by: 1 | -1): void {
    const key = name.toLowerCase()
    const count = this.#counts.get(key) ?? { name, messages: 0 }
    count.messages += by
    if (count.messages > 0) this.#counts.set(key, count)
    else this.#counts.delete(key)
  }
}
