import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Change, MailStore, makeEpoch } from '../../server/mail/store.js'
import { append, busyLoop, makeEnvelope, makeReceived, makeStore, stillLoop } from './make.js'

describe('the epoch', () => {
  test('names the store and begins every id, so that another start makes other ids', async () => {
    const random = Buffer.from([9, 9, 9, 9, 9])
    const first = makeEpoch(Date.UTC(2026, 0, 31), random)
    const second = makeEpoch(Date.UTC(2026, 0, 31, 0, 0, 0, 100), random)
    expect(first.instance).toMatch(/^[0-9a-z]{15}$/)
    expect(second.instance).not.toBe(first.instance)
    expect(second.time).toBe(first.time + 1)

    const message = await append(makeStore())
    expect(message.id).toMatch(/^[0-9a-z]{16}$/)
  })

  test('fits 32 bits for as long as anyone will run this', () => {
    expect(makeEpoch(Date.UTC(2037, 6, 1), Buffer.alloc(5, 255)).time).toBeLessThan(2 ** 32)
  })
})

describe('append', () => {
  test('is seen by readers and subscribers before it resolves', async () => {
    const store = makeStore()
    const seen: Change[] = []
    store.subscribe(change => seen.push(change))
    const message = await append(store)
    expect(seen).toEqual([{ seq: 1, type: 'added', uid: 1 }])
    expect(store.get(message.id)).toBe(message)
    expect(store.at(1)).toBe(message)
    expect([store.total, store.unread, store.cursor]).toEqual([1, 1, 1])
  })

  test('keeps the bytes as they are', async () => {
    const raw = Buffer.from([0, 13, 10, 46, 13, 10, 255, 128])
    const message = await append(makeStore(), { raw })
    expect(message.raw.equals(raw)).toBe(true)
  })

  test('drops the oldest at the bound on messages', async () => {
    const store = makeStore({ maxMessages: 3 })
    for (let i = 0; i < 5; i++) await append(store, { source: `Subject: ${i}\r\n\r\n` })
    expect(store.list().map(m => m.raw.toString().slice(9, 10))).toEqual(['4', '3', '2'])
    expect(store.left).toEqual({ deleted: 0, evicted: 2, expired: 0 })
    expect(store.rawBytesAdded).toBe(5 * 'Subject: 0\r\n\r\n'.length)
  })

  test('drops as many of the oldest as the bound on bytes asks for, at once', async () => {
    const store = makeStore({ maxBytes: 1000 })
    for (let i = 0; i < 4; i++) await append(store, { raw: Buffer.alloc(100), envelope: makeEnvelope({ to: [] }) })
    const changes: Change[] = []
    store.subscribe(change => changes.push(change))
    await append(store, { raw: Buffer.alloc(900), envelope: makeEnvelope({ to: [] }) })
    expect(store.total).toBe(1)
    expect(changes.map(change => change.type)).toEqual(['added', 'removed'])
    expect(changes[1]).toMatchObject({ uids: [1, 2, 3, 4], cause: 'evicted' })
    expect(store.bytes).toBeLessThanOrEqual(1000)
  })

  test('counts recipients, so that envelopes cannot outgrow the bound', async () => {
    const store = makeStore({ maxBytes: 200_000 })
    const to = Array.from({ length: 1000 }, (_, i) => `user${i}@example.com`)
    for (let i = 0; i < 5; i++) await append(store, { envelope: makeEnvelope({ to }) })
    expect(store.total).toBe(1)
  })

  test('counts what was said beside the addresses, likewise', async () => {
    const store = makeStore({ maxBytes: 200_000 })
    const params = { ORCPT: `rfc822;${'x'.repeat(400)}` }
    const recipients = Array.from({ length: 300 }, (_, i) => ({ address: `user${i}@example.com`, params }))
    for (let i = 0; i < 5; i++) await append(store, { envelope: makeEnvelope({ recipients }) })
    expect(store.total).toBe(1)
    await append(store, { envelope: makeEnvelope({ fromParams: { AUTH: 'x'.repeat(60_000) } }) })
    expect(store.total).toBe(1)
  })

  test('refuses the new one where the store is told to', async () => {
    const store = makeStore({ maxMessages: 1, whenFull: 'refuse' })
    expect(store.full).toBe(false)
    await append(store)
    expect(store.full).toBe(true)
    expect(await store.append(makeReceived())).toEqual({ type: 'refused', reason: 'full' })
    expect(store.total).toBe(1)
  })

  test('refuses one that is larger than the whole store, and drops nothing for it', async () => {
    const store = makeStore({ maxBytes: 1000 })
    await append(store)
    expect(await store.append(makeReceived({ raw: Buffer.alloc(1001) }))).toEqual({
      type: 'refused',
      reason: 'too-large',
    })
    expect(store.total).toBe(1)
  })
})

describe('inboxes', () => {
  const to = (...inboxes: string[]) => ({ inboxes, envelope: makeEnvelope({ to: [] }) })

  test('a noisy inbox loses its own oldest, and pushes out nobody else', async () => {
    const store = makeStore({ maxMessages: 6 })
    for (let i = 0; i < 3; i++) await append(store, to('quiet'))
    for (let i = 0; i < 20; i++) await append(store, to('noisy'))
    expect(store.list(undefined, 'oldest').map(m => [m.uid, ...m.inboxes])).toEqual([
      [1, 'quiet'],
      [2, 'quiet'],
      [3, 'quiet'],
      ...store.list(m => m.inboxes.includes('noisy'), 'oldest').map(m => [m.uid, 'noisy']),
    ])
    expect(store.holding('noisy').total).toBe(3)
  })

  test('of inboxes that hold equally much, the one with the oldest of all gives way', async () => {
    const store = makeStore({ maxMessages: 4 })
    for (const inbox of ['b', 'a', 'a', 'b', 'c']) await append(store, to(inbox))
    expect(store.list(undefined, 'oldest').map(m => m.inboxes[0])).toEqual(['a', 'a', 'b', 'c'])
  })

  test('each bound looks at its own measure', async () => {
    const store = makeStore({ maxBytes: 1000 })
    await append(store, { ...to('large'), raw: Buffer.alloc(600) })
    for (let i = 0; i < 4; i++) await append(store, { ...to('many'), raw: Buffer.alloc(50) })
    await append(store, { ...to('many'), raw: Buffer.alloc(300) })
    expect(store.holding('large').total).toBe(0)
    expect(store.holding('many').total).toBe(5)
  })

  test('holdings count messages, unread and bytes of each, a message of two in both', async () => {
    const store = makeStore()
    const both = await append(store, { ...to('a', 'b'), raw: Buffer.alloc(10) })
    await append(store, { ...to('a'), raw: Buffer.alloc(5) })
    await store.flag([both.id], { read: true })
    const from = makeEnvelope().from.length
    expect(store.holding('a')).toMatchObject({ total: 2, unread: 1, bytes: 15 + 2 * from })
    expect(store.holding('b')).toMatchObject({ total: 1, unread: 0 })
    await store.remove([both.id])
    expect([...store.inboxes]).toEqual(['a'])
    expect(store.holding('b')).toEqual({ total: 0, unread: 0, bytes: 0 })
  })

  test('a message can be filed later: it changes, and counts', async () => {
    const store = makeStore()
    const message = await append(store)
    await append(store, to('late'))
    const changes: Change[] = []
    store.subscribe(change => changes.push(change))
    expect(await store.file([message.id, 'nobody', message.id], 'late')).toBe(1)
    expect(message.inboxes).toEqual(['default', 'late'])
    expect(changes).toEqual([{ seq: 3, type: 'changed', uid: 1, what: 'inboxes' }])
    expect(store.holding('late').total).toBe(2)
    await store.remove([message.id])
    expect(store.holding('late').total).toBe(1)
  })
})

test('a mark takes a number without a change, and whoever follows the changes misses nothing', async () => {
  const store = makeStore()
  const changes: Change[] = []
  store.subscribe(change => changes.push(change))
  const first = await append(store)
  expect([store.mark(), store.mark()]).toEqual([2, 3])
  const second = await append(store)
  expect([first.uid, second.uid, store.cursor]).toEqual([1, 4, 4])
  expect(changes.map(({ seq }) => seq)).toEqual([1, 4])
  for (const cursor of [1, 2, 3]) expect(store.changesSince(cursor)).toEqual([{ seq: 4, type: 'added', uid: 4 }])
  expect(store.get(second.id)).toBe(second)
})

describe('flag and remove', () => {
  test('count what they changed, and pass over what is unknown or as it was', async () => {
    const store = makeStore()
    const [a, b] = [await append(store), await append(store)]
    expect(await store.flag([a.id, 'nobody', a.id], { read: true })).toBe(1)
    expect(store.unread).toBe(1)
    expect(await store.flag([a.id, b.id], { tags: ['x'] })).toBe(2)
    expect(a).toMatchObject({ read: true, tags: ['x'] })
    expect(await store.remove([a.id, 'nobody', a.id])).toBe(1)
    expect(await store.remove([a.id])).toBe(0)
    expect([store.total, store.unread]).toEqual([1, 1])
    expect(store.get(a.id)).toBeUndefined()
    expect(store.left.deleted).toBe(1)
  })

  test('tags that are as they were are no change, and no tags are set over those that a message brought', async () => {
    const store = makeStore()
    const plain = await append(store)
    const tagged = await append(store, { raw: Buffer.from('X-Tags: a\r\n\r\n') })
    expect(await store.flag([plain.id, tagged.id], { tags: [] })).toBe(1)
    expect([plain.tags, tagged.tags]).toEqual([null, []])
  })

  test('an id of another store is nobody here, and neither is one with a tail', async () => {
    const store = makeStore()
    const message = await append(store)
    for (const id of [
      '',
      '1',
      'latest',
      `x${message.id.slice(1)}`,
      `${message.id}!`,
      `${message.id} `,
      message.id.toUpperCase(),
    ])
      expect(store.get(id), id).toBeUndefined()
  })
})

describe('expire', () => {
  test('removes what is older than the bound, and nothing else', async () => {
    const store = makeStore({ maxAgeMs: 1000 })
    await append(store, { receivedAtMs: 0 })
    await append(store, { receivedAtMs: 500 })
    await append(store, { receivedAtMs: 2000 })
    await store.expire(1600)
    expect(store.list().map(m => m.receivedAtMs)).toEqual([2000])
    expect(store.left.expired).toBe(2)
  })

  test('by a clock that is set back nothing leaves early, and by one that is set forward all that is too old by it', async () => {
    const store = makeStore({ maxAgeMs: 1000 })
    await append(store, { receivedAtMs: 1_000_000 })
    await append(store, { receivedAtMs: 400 })
    await store.expire(1000)
    expect(store.total).toBe(2)
    await store.expire(2_000_000)
    expect(store.total).toBe(0)
  })
})

describe('search', () => {
  test('finds in either order, gives way between slices, and leaves out what leaves meanwhile', async () => {
    const loop = busyLoop()
    const store = makeStore({}, loop)
    const ids: string[] = []
    for (let i = 0; i < 10; i++) ids.push((await append(store, { source: 'x'.repeat(40_000) })).id)
    const found: number[] = []
    for await (const message of store.search(m => m.uid % 2 === 0, 'oldest')) {
      found.push(message.uid)
      if (message.uid === 4) await store.remove([ids[7] as string])
    }
    expect(found).toEqual([2, 4, 6, 10])
    expect(loop.turns).toBeGreaterThanOrEqual(5)
  })
})

describe('a stretch', () => {
  test('is walked and searched from its first to its last message, in either order, also past what has left', async () => {
    const number = fc.option(fc.nat(14), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(
        fc.record({ since: number, until: number, skip: fc.nat(5), removed: fc.array(fc.nat(9)), kept: fc.nat(10) }),
        async ({ since = 0, until = 99, skip, removed, kept }) => {
          const store = makeStore({ maxMessages: Math.max(1, kept) })
          const ids: string[] = []
          for (let i = 0; i < 10; i++) ids.push((await append(store)).id)
          for (const n of removed) await store.remove([ids[n] as string])
          const uids = store.list(({ uid }) => uid > since && uid <= until, 'oldest').map(({ uid }) => uid)
          for (const order of ['oldest', 'newest'] as const) {
            const expected = order === 'oldest' ? uids : uids.toReversed()
            const walked = [...store.walk(order, { since, until }, skip)].map(({ uid }) => uid)
            expect(walked).toEqual(expected.slice(skip))
            const found: number[] = []
            for await (const { uid } of store.search(() => true, order, { since, until })) found.push(uid)
            expect(found).toEqual(expected)
          }
        },
      ),
    )
  })
})

describe('the log', () => {
  test('forgets its beginning at a bound, and says so', async () => {
    const store = makeStore()
    const message = await append(store)
    for (let i = 0; i < 60_000; i++) {
      await store.flag([message.id], { read: true })
      await store.flag([message.id], { read: false })
    }
    expect(store.changesSince(1)).toBeUndefined()
    expect(store.changesSince(store.cursor - 10)).toHaveLength(10)
    expect(store.changesSince(store.cursor)).toEqual([])
    expect(store.changesSince(store.cursor + 1)).toBeUndefined()
  })

  test('a subscriber that throws is reported, and hurts nobody else', async () => {
    const faults: unknown[] = []
    const seen: number[] = []
    const store = new MailStore({
      epoch: makeEpoch(0, Buffer.alloc(5)),
      bounds: makeStore().bounds,
      loop: stillLoop,
      report: fault => faults.push(fault),
    })
    store.subscribe(() => {
      throw new Error('mine')
    })
    const stop = store.subscribe(change => seen.push(change.seq))
    await append(store)
    stop()
    await append(store)
    expect(seen).toEqual([1])
    expect(faults).toHaveLength(2)
  })
})

/** One step in the life of a store. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('append' as const), bytes: fc.nat(300) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('read' as const), at: fc.nat(), read: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('remove' as const), at: fc.array(fc.nat(), { maxLength: 5 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('file' as const), at: fc.nat(), inbox: fc.constantFrom('a', 'z') }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('expire' as const), now: fc.nat(100) }) },
)

test('property: whatever happens, counts, bounds and order hold, and a reader that replays the log has what the store has', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120 }), fc.nat(120), async (steps, resumeAt) => {
      const store = makeStore({ maxMessages: 12, maxBytes: 2500, maxAgeMs: 40 })
      const model = new Map<number, boolean>() // uid -> read, fed by the log alone
      let cursor = 0
      const catchUp = () => {
        for (const change of store.changesSince(cursor) ?? []) {
          expect(change.seq).toBeGreaterThan(cursor)
          cursor = change.seq
          if (change.type === 'removed') for (const uid of change.uids) model.delete(uid)
          else {
            const message = store.at(change.uid)
            if (message) model.set(change.uid, message.read)
          }
        }
      }
      for (const [i, action] of steps.entries()) {
        const ids = store.list(undefined, 'oldest').map(m => m.id)
        const pick = (n: number) => ids[n % Math.max(1, ids.length)] ?? 'nobody'
        if (action.type === 'append') {
          const inboxes = (['a', 'b', 'c'] as const).filter((_, n) => (action.bytes >> n) & 1)
          const raw = Buffer.alloc(action.bytes)
          await append(store, { raw, receivedAtMs: i, inboxes: inboxes.length > 0 ? inboxes : ['default'] })
        } else if (action.type === 'file') await store.file([pick(action.at)], action.inbox)
        else if (action.type === 'read') await store.flag([pick(action.at)], { read: action.read })
        else if (action.type === 'remove') await store.remove(action.at.map(pick))
        else await store.expire(action.now)
        if (i >= resumeAt) catchUp()

        const uids = store.list(undefined, 'oldest').map(m => m.uid)
        expect(uids).toEqual([...uids].sort((a, b) => a - b))
        expect(store.list().map(m => m.uid)).toEqual([...uids].reverse())
        expect(store.total).toBe(uids.length)
        expect(store.total).toBeLessThanOrEqual(12)
        expect(store.bytes).toBeLessThanOrEqual(2500)
        expect(store.unread).toBe(store.list(m => !m.read).length)
        const inboxes = new Set(store.list().flatMap(m => m.inboxes))
        expect(new Set(store.inboxes)).toEqual(inboxes)
        for (const inbox of inboxes) {
          const held = store.list(m => m.inboxes.includes(inbox))
          expect(store.holding(inbox)).toMatchObject({ total: held.length, unread: held.filter(m => !m.read).length })
        }
      }
      catchUp()
      expect([...model].sort(([a], [b]) => a - b)).toEqual(store.list(undefined, 'oldest').map(m => [m.uid, m.read]))
      if (store.total === 0) expect(store.bytes).toBe(0)
    }),
    { numRuns: 200 },
  )
})
