/**
 * A view against random lives of several clients: whatever happens to the mailbox, a client that only believes what it
 * is told knows at the end what the mailbox is, and no number ever meant another message to it.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Mailbox } from '../../server/imap/mailbox.js'
import type { Mailboxes } from '../../server/imap/mailboxes.js'
import { View } from '../../server/imap/view.js'
import { given, mailboxOf, makeWorld, type World } from './make-mailboxes.js'

/** A client that believes what it is told. */
class Client {
  readonly view: View
  readonly mailbox: Mailbox
  /** What it knows of each number. */
  known: { uid: number; flags: string }[]
  recents: number

  constructor(mailbox: Mailbox, readOnly = false) {
    this.mailbox = mailbox
    while (!mailbox.catchUp());
    this.view = new View(mailbox, readOnly)
    this.known = this.view.rows.map(({ uid, told }) => ({ uid, flags: told.join(' ') }))
    this.recents = this.view.recents
  }

  /** Lets the view tell what it has to; `expunge` is false during FETCH, STORE and SEARCH. */
  hear(expunge: boolean): string[] {
    const heard: string[] = []
    do {
      while (!this.mailbox.catchUp());
      for (const line of this.view.catchUp(expunge)) {
        heard.push(line)
        this.#take(line, expunge)
      }
    } while (this.view.isBehind)
    return heard
  }

  #take(line: string, expunge: boolean): void {
    const [, number, what, uid, flags] = /^(\d+) (\w+)(?: \(UID (\d+) FLAGS \((.*)\)\))?$/.exec(line) ?? []
    const n = Number(number)
    switch (what) {
      case 'EXPUNGE':
        expect(expunge, 'an EXPUNGE where none may be').toBe(true)
        expect(n).toBeLessThanOrEqual(this.known.length)
        this.known.splice(n - 1, 1)
        break
      case 'EXISTS':
        expect(n, 'fewer without an EXPUNGE').toBeGreaterThanOrEqual(this.known.length)
        // It asks at once what the new ones are.
        for (const { uid, told } of this.view.rows.slice(this.known.length, n))
          this.known.push({ uid, flags: told.join(' ') })
        break
      case 'RECENT':
        this.recents = n
        break
      case 'FETCH': {
        const known = this.known[n - 1]
        expect(known?.uid, `the number ${n} means another message`).toBe(Number(uid))
        if (known) known.flags = (flags as string).replace(/ ?\\Recent$/, '')
        break
      }
      default:
        expect(line).toMatch(/^FLAGS \(/)
    }
  }
}

const USERS = ['ada', 'ada@example.test', 'all'] as const
const PLACES = ['INBOX', 'Kept'] as const
const FLAGS = ['\\Seen', '\\Flagged', '\\Deleted', 'Work']

const someone = fc.nat({ max: 5 })
const some = fc.nat({ max: 30 })
const act = fc.oneof(
  fc.record({ type: fc.constant('mail' as const), to: fc.constantFrom('ada@example.test', 'eve@example.test') }),
  fc.record({ type: fc.constant('put' as const), who: someone, flag: fc.constantFrom(...FLAGS) }),
  fc.record({
    type: fc.constant('flag' as const),
    who: someone,
    which: some,
    how: fc.constantFrom('add' as const, 'remove' as const, 'replace' as const),
    flag: fc.constantFrom(...FLAGS),
  }),
  fc.record({ type: fc.constant('read' as const), which: some, read: fc.boolean() }),
  fc.record({ type: fc.constant('file' as const), which: some }),
  fc.record({ type: fc.constant('remove' as const), who: someone, which: some, count: fc.nat({ max: 3 }) }),
  fc.record({ type: fc.constant('delete' as const), which: some }),
  fc.record({ type: fc.constant('hear' as const), who: someone, expunge: fc.boolean() }),
  fc.record({ type: fc.constant('select' as const), who: someone, readOnly: fc.boolean() }),
)
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never

async function perform(step: Act, { store, mail }: World, clients: Client[], logins: readonly Mailboxes[]) {
  const client = clients['who' in step ? step.who : 0] as Client
  const stored = store.list(undefined, 'oldest')
  const message = 'which' in step ? stored[step.which % stored.length] : undefined
  const { entries } = client.mailbox
  const entry = 'which' in step ? entries[step.which % entries.length] : undefined
  switch (step.type) {
    case 'mail':
      await mail(step.to)
      break
    case 'put':
      await client.mailbox.add(given('Subject: put\r\n\r\n', [step.flag]))
      break
    case 'flag':
      if (entry) await client.mailbox.setFlags([entry], step.how, [step.flag])
      break
    case 'read':
      if (message) await store.flag([message.id], { read: step.read })
      break
    case 'file':
      if (message) await store.file([message.id], 'ada')
      break
    case 'remove':
      if (entry) await client.mailbox.remove(entries.slice(step.which % entries.length).slice(0, step.count))
      break
    case 'delete':
      if (message) await store.remove([message.id])
      break
    case 'hear':
      client.hear(step.expunge)
      break
    case 'select':
      clients[step.who] = new Client(
        mailboxOf(logins[step.who % 3] as Mailboxes, PLACES[step.who % 2] as string),
        step.readOnly,
      )
      break
  }
}

async function live(steps: readonly Act[]): Promise<void> {
  // A small store, so that messages are evicted, too.
  const world = makeWorld({ maxMessages: 12 })
  const logins = USERS.map(username => world.login(username))
  for (const login of logins) login.create('Kept')
  const clients = [0, 1, 2, 3, 4, 5].map(
    n => new Client(mailboxOf(logins[n % 3] as Mailboxes, PLACES[n % 2] as string)),
  )
  let uidNext = clients.map(({ mailbox }) => mailbox.uidNext)
  for (const step of steps) {
    await perform(step, world, clients, logins)
    const now = clients.map(({ mailbox }) => mailbox.uidNext)
    expect(now.every((next, n) => next >= (uidNext[n] as number))).toBe(true)
    uidNext = now
  }
  for (const client of clients) client.hear(true)
  for (const { known, mailbox, recents, view } of clients) {
    expect(known).toEqual(mailbox.entries.map(({ uid, item }) => ({ uid, flags: item.flags.join(' ') })))
    expect(recents).toBe(view.rows.filter(({ isRecent }) => isRecent).length)
    const uids = mailbox.entries.map(({ uid }) => uid)
    expect(uids).toEqual([...new Set(uids)].sort((a, b) => a - b))
    expect(mailbox.uidNext).toBeGreaterThan(uids.at(-1) ?? 0)
  }
  for (const login of logins) login.sessions -= 1
}

test('a client that believes what it is told knows what is there', async () => {
  await fc.assert(fc.asyncProperty(fc.array(act, { maxLength: 60 }), live), { numRuns: 100 })
})

describe('what a view tells', () => {
  const setting = async () => {
    const world = makeWorld()
    for (let n = 0; n < 3; n++) await world.mail('ada@example.test')
    const inbox = mailboxOf(world.login('ada'), 'INBOX')
    return { ...world, inbox, client: new Client(inbox), other: new Client(inbox) }
  }

  test('the first session to be told of a message has it as recent, and no other', async () => {
    const { client, other, mail, inbox } = await setting()
    expect([client.recents, other.recents]).toEqual([3, 0])
    await mail('ada@example.test')
    expect(other.hear(true)).toEqual(['4 EXISTS', '1 RECENT'])
    expect(client.hear(true)).toEqual(['4 EXISTS'])
    await mail('ada@example.test')
    expect(new Client(inbox, true).recents, 'EXAMINE takes nothing from others').toBe(1)
    expect(other.hear(true)).toEqual(['5 EXISTS', '2 RECENT'])
  })

  test('an EXPUNGE waits until it may come, and numbers stay until then', async () => {
    const { client, other, inbox, mail } = await setting()
    await inbox.remove(inbox.entries.slice(0, 1))
    await mail('ada@example.test')
    expect(client.hear(false)).toEqual(['4 EXISTS', '4 RECENT'])
    expect(client.view.rows[0]?.item.raw, 'what is gone keeps no mail alive').toBeNull()
    expect(client.hear(true)).toEqual(['1 EXPUNGE', '3 RECENT'])
    expect(other.hear(true)).toEqual(['1 EXPUNGE', '3 EXISTS'])
  })

  test('several go from the last on, so that none changes the number of another', async () => {
    const { client, inbox } = await setting()
    await inbox.remove(inbox.entries.filter((_entry, n) => n !== 1))
    expect(client.hear(true)).toEqual(['3 EXPUNGE', '1 EXPUNGE', '1 RECENT'])
  })

  test('flags that another client, another login or the API sets, and keywords before they are used', async () => {
    const { store, client, inbox, login } = await setting()
    const everything = mailboxOf(login('all'), 'INBOX')
    await everything.setFlags(everything.entries.slice(0, 1), 'add', ['\\Flagged'])
    await store.flag([store.list(undefined, 'oldest')[1]?.id as string], { read: true })
    const read = client.hear(false)
    expect(read).toEqual(['1 FETCH (UID 1 FLAGS (\\Flagged \\Recent))', '2 FETCH (UID 2 FLAGS (\\Seen \\Recent))'])
    expect(store.unread).toBe(2)
    await inbox.setFlags(inbox.entries.slice(0, 1), 'replace', [])
    expect(client.hear(false)).toEqual(['1 FETCH (UID 1 FLAGS (\\Recent))'])
    expect(client.hear(true)).toEqual([])
  })
})
