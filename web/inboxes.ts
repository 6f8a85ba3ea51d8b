/** Which inboxes there are, as the switcher shows them: those that people named, and those of tests under their labels. */
import type { Inbox } from '../server/http/schema.js'
import { listInboxes } from './api.js'

/** Where mail is that nothing else claims; it is always there. */
const DEFAULT_INBOX = 'default'
/** A name that the server made up: it is its own token, so its address bears it as a word. */
const MADE_UP = /^[a-z2-7]{6}$/
/** Pause before the list is read again, and for each inbox in it: a test run may bring a new one with every mail. */
const REFRESH_MS = 250
const REFRESH_MS_PER_INBOX = 1

/** Tests of one label: the same test run again, or in parallel. */
export interface TestGroup {
  /** Null for tests that gave none. */
  label: string | null
  inboxes: Inbox[]
}

function isTest({ name, label, address }: Inbox): boolean {
  return label !== null || (MADE_UP.test(name) && (address?.split(/[^a-z0-9]+/i).includes(name) ?? false))
}

/** Whether there is anything to choose from. */
export const isChoice = (inboxes: readonly Inbox[]): boolean =>
  inboxes.some(({ name, address }) => name !== DEFAULT_INBOX || address !== null)

/** The inboxes that bear every one of the words, in the server's order. */
export function groupInboxes(inboxes: readonly Inbox[], words = ''): { named: Inbox[]; tests: TestGroup[] } {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const named: Inbox[] = []
  const tests = new Map<string | null, Inbox[]>()
  for (const inbox of inboxes) {
    const text = `${inbox.name} ${inbox.label ?? ''} ${inbox.address ?? ''}`.toLowerCase()
    if (!wanted.every(word => text.includes(word))) continue
    if (!isTest(inbox)) {
      named.push(inbox)
      continue
    }
    const group = tests.get(inbox.label)
    if (group) group.push(inbox)
    else tests.set(inbox.label, [inbox])
  }
  return { named, tests: [...tests].map(([label, inboxes]) => ({ label, inboxes })) }
}

/** The inboxes as the server lists them; read again when one turns up that is not among them. */
export class InboxNames {
  list: readonly Inbox[] = []
  readonly #changed: () => void
  #names = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get(name: string): Inbox | undefined {
    return this.list.find(inbox => inbox.name === name)
  }

  /** A message is in these. */
  see(names: readonly string[]): void {
    if (names.every(name => this.#names.has(name))) return
    this.#timer ??= setTimeout(() => this.refresh(), REFRESH_MS + REFRESH_MS_PER_INBOX * this.list.length)
  }

  refresh(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    listInboxes().then(
      list => {
        this.list = list
        this.#names = new Set(list.map(({ name }) => name))
        this.#changed()
      },
      // The bar says that the server is gone; its next greeting brings the list.
      () => {},
    )
  }
}
