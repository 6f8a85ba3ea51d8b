import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  BEAT_MS,
  LiveHub,
  MAX_BUFFERED_BYTES,
  MAX_LIVE_CLIENTS,
  type Outlet,
  type Wording,
} from '../../server/http/live.js'
import { ownWords } from '../../server/http/live-words.js'
import type { LiveEvent } from '../../server/http/schema.js'
import type { Contents } from '../../server/mail/content.js'
import { matcher } from '../../server/mail/match.js'
import { type Filter, parseFilter } from '../../server/mail/query.js'
import type { MailStore } from '../../server/mail/store.js'
import type { Moment } from '../../server/smtp/rule.js'
import type { Rules } from '../../server/smtp/rules.js'
import { RecordMaker } from '../mail/make-records.js'
import { loop, mail, makeRules, makeStoreWithContents, put } from './helpers.js'

/** A client that takes everything at once, or nothing until it is told to. */
class Client implements Outlet {
  readonly events: LiveEvent[] = []
  readonly seqs: number[] = []
  readonly gone = new AbortController()
  beats = 0
  ended: string | undefined
  bufferedBytes = 0
  #taking = true
  readonly #waiting: (() => void)[] = []

  send(text: string, seq: number, taken: () => void): void {
    const event = JSON.parse(text) as LiveEvent
    this.events.push(event)
    this.seqs.push(seq)
    if (this.#taking) {
      taken()
      return
    }
    this.bufferedBytes += text.length
    this.#waiting.push(() => {
      this.bufferedBytes -= text.length
      taken()
    })
  }

  beat(): void {
    this.beats += 1
  }

  end(why: string): void {
    this.ended = why
    this.gone.abort()
  }

  together(write: () => void): void {
    write()
  }

  stopTaking(): void {
    this.#taking = false
  }

  takeAll(): void {
    this.#taking = true
    for (const take of this.#waiting.splice(0)) take()
  }

  get types(): string[] {
    return this.events.map(({ type }) => type)
  }

  get hello() {
    const [hello] = this.events
    if (hello?.type !== 'hello') throw new Error(`The first event is ${hello?.type}.`)
    return hello
  }
}

interface Fixture {
  store: MailStore
  contents: Contents
  maker: RecordMaker
  rules: Rules
  hub: LiveHub
  join(options?: {
    filter?: Record<string, string>
    since?: number
    instance?: string
    client?: Client
  }): Promise<Client>
}

function makeHub(): Fixture {
  const { store, contents } = makeStoreWithContents()
  const maker = new RecordMaker({ mark: () => store.mark() })
  const rules = makeRules(contents, maker)
  const hub = new LiveHub({
    store,
    records: maker.records,
    rules,
    loop,
    report: error => {
      throw error
    },
  })
  const wording = ownWords(store, contents)
  return {
    store,
    contents,
    maker,
    rules,
    hub,
    async join({ filter = {}, since, instance, client = new Client() } = {}) {
      const read: Filter = parseFilter(filter)
      const matches = matcher(read, message => contents.reading(message), Date.now)
      await hub.join(client, { wording, matcher: matches, inbox: read.inbox, since, instance }, client.gone.signal)
      return client
    },
  }
}

/** Lets everything go out that is on its way. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await loop.turn()
}

const seqOf = (event: LiveEvent) => ('seq' in event ? event.seq : undefined)

describe('a client', () => {
  test('is greeted, and told what changes from then on', async () => {
    const { store, join } = makeHub()
    await put(store)
    const client = await join()
    expect(client.events).toEqual([{ type: 'hello', cursor: 1, instance: store.epoch.instance, total: 1, unread: 1 }])
    const { id } = await put(store, { raw: mail({ subject: 'new' }) })
    await store.flag([id], { read: true, tags: ['x'] })
    await store.remove([id])
    await settled()
    // The arrival is gone by the time it would be told: a client never learns of what it cannot open.
    expect(client.events.slice(1)).toEqual([{ type: 'message.removed', seq: 4, ids: [id] }])
  })

  test('is told of each change in order', async () => {
    const { store, join } = makeHub()
    const client = await join()
    const { id } = await put(store, { raw: mail({ subject: 'new' }) })
    await settled()
    await store.flag([id], { read: true, tags: ['x'] })
    await settled()
    await store.remove([id])
    await settled()
    expect(client.events.slice(1)).toMatchObject([
      { type: 'message.added', seq: 1, message: { id, subject: 'new', read: false } },
      { type: 'message.changed', seq: 2, id, read: true, tags: ['x'], inboxes: ['default'] },
      { type: 'message.removed', seq: 3, ids: [id] },
    ])
  })

  test('is told what it missed', async () => {
    const { store, join } = makeHub()
    for (const subject of ['1', '2', '3']) await put(store, { raw: mail({ subject }) })
    const client = await join({ since: 1, instance: store.epoch.instance })
    await settled()
    expect(client.hello.cursor).toBe(3)
    expect(client.events.slice(1)).toMatchObject([
      { seq: 2, message: { subject: '2' } },
      { seq: 3, message: { subject: '3' } },
    ])
    // A connection that breaks right after its hello has to come back for them.
    expect(client.seqs).toEqual([1, 2, 3])
  })

  test('misses nothing that comes while it is being greeted', async () => {
    const { store, join } = makeHub()
    for (let n = 0; n < 2000; n++) await put(store)
    const client = new Client()
    const joined = join({ client, filter: { q: 'ada' } })
    await put(store, { raw: mail({ subject: 'late' }) })
    await joined
    await settled()
    expect(client.hello).toMatchObject({ cursor: 2000 })
    expect(client.events.slice(1)).toMatchObject([{ seq: 2001, message: { subject: 'late' } }])
  })

  test('with filters is told of the arrivals that match, and of every change and removal', async () => {
    const { store, join } = makeHub()
    await put(store, { raw: mail({ subject: 'wanted' }) })
    const client = await join({ filter: { subject: 'wanted' } })
    expect(client.hello).toMatchObject({ total: 1, unread: 1 })
    const other = await put(store, { raw: mail({ subject: 'other' }) })
    await put(store, { raw: mail({ subject: 'wanted too' }) })
    await store.flag([other.id], { read: true })
    await settled()
    expect(client.events.slice(1)).toMatchObject([
      { type: 'message.added', message: { subject: 'wanted too' } },
      { type: 'message.changed', id: other.id },
    ])
  })

  test.each([
    ['another life', { since: 1, instance: 'other' }],
    ['a cursor ahead of ours', { since: 99 }],
  ])('is told to reload after %s, and goes on from now', async (_what, options) => {
    const { store, join } = makeHub()
    await put(store)
    const client = await join(options)
    await put(store)
    await settled()
    expect(client.types).toEqual(['hello', 'reload', 'message.added'])
    expect(client.events[2]).toMatchObject({ seq: 2 })
  })

  test('is told to reload where the log does not reach back', async () => {
    const { store, join } = makeHub()
    const { id } = await put(store)
    for (let n = 0; n < 100_001; n++) await store.flag([id], { read: n % 2 === 0 })
    expect((await join({ since: 0 })).types).toEqual(['hello', 'reload'])
  })

  test('that keeps up is told to reload when more changes at once than the log holds', async () => {
    const { store, join } = makeHub()
    const { id } = await put(store)
    const client = await join()
    for (let n = 0; n < 100_001; n++) await store.flag([id], { read: n % 2 === 0 })
    await settled()
    expect(client.types).toEqual(['hello', 'reload'])
    await store.flag([id], { read: false, tags: ['x'] })
    await settled()
    expect(client.types).toEqual(['hello', 'reload', 'message.changed'])
  })
})

describe('a client that does not keep up', () => {
  /** Fills the client's buffer and then some. */
  async function overfill({ store }: Fixture, client: Client): Promise<number> {
    client.stopTaking()
    const { id } = await put(store)
    const { cursor } = store
    const changes = Math.ceil((3 * MAX_BUFFERED_BYTES) / 100)
    for (let n = 0; n < changes; n++) await store.flag([id], { read: n % 2 === 0 })
    await settled()
    return cursor + changes
  }

  test('is given no more than the bound, and the rest once it takes', async () => {
    const fixture = makeHub()
    const client = await fixture.join()
    const last = await overfill(fixture, client)
    expect(client.bufferedBytes).toBeGreaterThan(MAX_BUFFERED_BYTES)
    expect(client.bufferedBytes).toBeLessThan(MAX_BUFFERED_BYTES + 10_000)
    client.takeAll()
    await expect.poll(() => client.seqs.at(-1)).toBe(last)
    expect(client.events.slice(1).map(seqOf)).toEqual(Array.from({ length: last }, (_, n) => n + 1))
    expect(client.ended).toBeUndefined()
  })

  test('is ended when the log goes on without it', async () => {
    const fixture = makeHub()
    const client = await fixture.join()
    await overfill(fixture, client)
    const [message] = fixture.store.list()
    for (let n = 0; n < 100_001; n++) await fixture.store.flag([message?.id ?? ''], { read: n % 2 === 1 })
    await expect.poll(() => client.ended).toBe('too-slow')
    expect(fixture.hub.size).toBe(0)
  })

  test('holds up nobody else', async () => {
    const fixture = makeHub()
    const slow = await fixture.join()
    const quick = await fixture.join()
    const last = await overfill(fixture, slow)
    await expect.poll(() => quick.seqs.at(-1)).toBe(last)
  })

  describe('for long', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    test('is ended when it takes nothing between two beats', async () => {
      const fixture = makeHub()
      const client = await fixture.join()
      const well = await fixture.join()
      await overfill(fixture, client)
      vi.advanceTimersByTime(2 * BEAT_MS)
      expect(client.ended).toBe('too-slow')
      expect([well.ended, well.beats]).toEqual([undefined, 2])
    })
  })
})

test('nobody listening costs nothing', async () => {
  const { store, hub, contents, join } = makeHub()
  const subscribe = vi.spyOn(store, 'subscribe')
  const summary = vi.spyOn(contents, 'summary')
  await put(store)
  expect(subscribe).not.toHaveBeenCalled()
  const client = await join()
  client.gone.abort()
  await put(store)
  await settled()
  expect(summary).not.toHaveBeenCalled()
  expect(hub.size).toBe(0)
})

test('a summary is made once for all', async () => {
  const { store, contents, join } = makeHub()
  const summary = vi.spyOn(contents, 'summary')
  const clients = [await join(), await join(), await join()]
  await put(store)
  await settled()
  expect(summary).toHaveBeenCalledTimes(1)
  expect(clients.map(client => client.types)).toEqual(Array(3).fill(['hello', 'message.added']))
})

test('the number of clients is bounded', async () => {
  const { hub, join } = makeHub()
  for (let n = 0; n < MAX_LIVE_CLIENTS; n++) await join()
  expect(() => hub.checkRoom()).toThrow(`${MAX_LIVE_CLIENTS} clients`)
  hub.stop()
  expect(hub.size).toBe(0)
})

test('stopping ends every client, those being greeted too', async () => {
  const { store, hub, join } = makeHub()
  for (let n = 0; n < 2000; n++) await put(store)
  const client = await join()
  const late = new Client()
  const joining = join({ client: late, filter: { q: 'ada' } })
  hub.stop()
  await joining
  expect([client.ended, late.ended]).toEqual(['stopping', 'stopping'])
})

describe('across reconnects', () => {
  /** What a client knows: the messages by id, as a page would keep them. */
  class Model {
    readonly known = new Map<string, { read: boolean; tags: string[] }>()
    cursor = 0
    readonly seqs: number[] = []

    apply(event: LiveEvent): void {
      if ('seq' in event) {
        this.seqs.push(event.seq)
        this.cursor = event.seq
      }
      if (event.type === 'message.added') this.known.set(event.message.id, event.message)
      if (event.type === 'message.changed' && this.known.has(event.id)) this.known.set(event.id, event)
      if (event.type === 'message.removed') for (const id of event.ids) this.known.delete(id)
    }
  }

  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant({ type: 'add' as const }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('flag' as const), nth: fc.nat(20), read: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), nth: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.constant({ type: 'settle' as const }) },
    { weight: 2, arbitrary: fc.constant({ type: 'reconnect' as const }) },
    { weight: 1, arbitrary: fc.constant({ type: 'clog' as const }) },
  )

  test('a client knows what the store has, and hears nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        const { store, join } = makeHub()
        const { instance } = store.epoch
        const model = new Model()
        let client = await join({ since: 0, instance })
        /** Takes what reached the client, but for the last `lost` events, and connects again. */
        const reconnect = async (lost: number) => {
          client.gone.abort()
          for (const event of client.events.slice(0, Math.max(1, client.events.length - lost))) model.apply(event)
          client = await join({ since: model.cursor, instance })
        }
        const nth = (n: number) => store.list()[n % (store.total || 1)]?.id ?? ''
        for (const [n, each] of steps.entries()) {
          if (each.type === 'add') await put(store)
          else if (each.type === 'flag') await store.flag([nth(each.nth)], { read: each.read, tags: [String(n)] })
          else if (each.type === 'remove') await store.remove([nth(each.nth)])
          else if (each.type === 'settle') await settled()
          else if (each.type === 'clog') client.stopTaking()
          else await reconnect(n % 3)
        }
        client.takeAll()
        await settled()
        await reconnect(0)
        expect([...model.known.keys()].sort()).toEqual(
          store
            .list()
            .map(({ id }) => id)
            .sort(),
        )
        for (const { id, read, tags } of store.list())
          expect(model.known.get(id)).toMatchObject({ read, tags: tags ?? [] })
        expect(model.seqs).toEqual([...new Set(model.seqs)].sort((a, b) => a - b))
        client.gone.abort()
      }),
      { numRuns: 100 },
    )
  })
})

describe('sessions and attempts', () => {
  test('are told at their place between the changes, and not again to one who comes back', async () => {
    const { store, maker, join } = makeHub()
    const client = await join()
    const session = maker.open({ outcome: 'still open' })
    await put(store)
    maker.attempt(session)
    await put(store)
    maker.records.end(session)
    await settled()
    expect(client.events.slice(1).map(event => [event.type, seqOf(event)])).toEqual([
      ['session.started', undefined],
      ['message.added', 1],
      ['attempt', 2],
      ['message.added', 3],
      ['session.ended', 4],
    ])
    // What comes back after an event goes on behind the change before it.
    expect(client.seqs.slice(1)).toEqual([0, 1, 1, 3, 3])
    const back = await join({ since: 0 })
    await settled()
    expect(back.types).toEqual(['hello', 'message.added', 'message.added'])
  })

  test('are those of the inbox that is asked for', async () => {
    const { maker, join } = makeHub()
    const client = await join({ filter: { inbox: 'billing' } })
    maker.records.end(maker.open())
    const session = maker.open({ username: 'billing' })
    maker.records.end(session)
    await settled()
    expect(client.events.slice(1)).toMatchObject([
      { type: 'session.started', session: { id: session.id } },
      { type: 'session.ended', session: { id: session.id } },
    ])
  })

  test('by the thousand are told as far as they are kept, behind a client that does not take them', async () => {
    const { maker, join } = makeHub()
    const client = await join()
    client.stopTaking()
    for (let n = 0; n < 5000; n++) {
      maker.delivered()
      if (n % 100 === 0) await settled()
    }
    client.takeAll()
    await expect.poll(() => client.events.at(-1)).toMatchObject({ type: 'session.ended', session: { id: 'i10s3uw' } })
    const ended = client.types.filter(type => type === 'session.ended').length
    expect(ended).toBeGreaterThan(300)
    expect(ended).toBeLessThan(2000)
  })
})

/** What a session asks when a recipient is named. */
const rcpt = (to: string, sessionId: string): Moment => ({
  protocol: 'smtp',
  on: ['rcpt'],
  said: `RCPT TO:<${to}>`,
  sessionId,
  listener: null,
  helo: 'client.test',
  user: null,
  mailFrom: 'app@example.org',
  recipients: [to],
  transaction: 1,
  received: null,
})

describe('rules', () => {
  test('are told as they change and act, and not again', async () => {
    const { store, rules, join } = makeHub()
    const client = await join()
    const { id } = rules.add({ match: { to: 'full@example.com' }, reply: '452' })
    await settled()
    rules.judge(rcpt('full@example.com', 's1'))
    await settled()
    rules.clear()
    await settled()
    expect(client.events.slice(1)).toEqual([
      { type: 'rules', active: 1 },
      { type: 'rule.hit', id, sessionId: 's1' },
      { type: 'rules', active: 0 },
    ])
    const later = await join({ since: 0, instance: store.epoch.instance })
    expect(later.types).toEqual(['hello'])
  })

  test('are told to a client of one inbox too', async () => {
    const { rules, join } = makeHub()
    const client = await join({ filter: { inbox: 'billing' } })
    rules.add({ match: { to: 'full@example.com' }, reply: '452' })
    rules.judge(rcpt('full@example.com', 's1'))
    await settled()
    expect(client.types).toEqual(['hello', 'rules', 'rule.hit'])
  })

  test('are told in the order of what they stand between', async () => {
    const { store, rules, join } = makeHub()
    const client = await join()
    await put(store)
    rules.add({ match: { to: 'full@example.com' }, reply: '452' })
    await put(store)
    await settled()
    expect(client.types).toEqual(['hello', 'message.added', 'rules', 'message.added'])
  })
})

test('clients of another wording are told the same in its words, and once more when they have it all', async () => {
  const { store, contents, hub, rules, join } = makeHub()
  const own = await join()
  const other = new Client()
  const texts: string[] = []
  vi.spyOn(other, 'send').mockImplementation((event, _seq, taken) => {
    texts.push(event)
    taken()
  })
  const wording: Wording = {
    hello: ({ total }) => [`hello ${total}`],
    change: ({ type }, message) => [type, String(message?.raw.length)],
    happening: ({ type }) => [type],
    reload: [],
    settled: () => ['settled'],
  }
  const everything = matcher({}, message => contents.reading(message), Date.now)
  await hub.join(
    other,
    { wording, matcher: everything, inbox: undefined, since: undefined, instance: undefined },
    other.gone.signal,
  )
  const { raw, id } = await put(store)
  await put(store)
  await settled()
  rules.add({ reply: 452 })
  await store.remove([id])
  await settled()
  const length = String(raw.length)
  expect(texts).toEqual([
    ...['hello 0', 'added', length, 'added', length, 'settled'],
    ...['rules', 'removed', 'undefined', 'settled'],
  ])
  expect(own.types).toEqual(['hello', 'message.added', 'message.added', 'rules', 'message.removed'])
  hub.stop()
})

test('a defect in one event is reported, and what comes after it still comes', async () => {
  const { store, contents } = makeStoreWithContents()
  const defects: unknown[] = []
  const maker = new RecordMaker({ mark: () => store.mark() })
  const rules = makeRules(contents, maker)
  const hub = new LiveHub({
    store,
    records: maker.records,
    rules,
    loop,
    report: error => defects.push(error),
  })
  const client = new Client()
  const everything = matcher({}, message => contents.reading(message), Date.now)
  await hub.join(
    client,
    {
      wording: ownWords(store, contents),
      matcher: everything,
      inbox: undefined,
      since: undefined,
      instance: undefined,
    },
    client.gone.signal,
  )
  vi.spyOn(contents, 'summary').mockImplementationOnce(() => {
    throw new Error('broken')
  })
  await put(store)
  await put(store, { raw: mail({ subject: 'next' }) })
  await settled()
  expect(defects).toHaveLength(1)
  expect(client.events.slice(1)).toMatchObject([{ seq: 2, message: { subject: 'next' } }])
  hub.stop()
})
