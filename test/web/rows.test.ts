/** The rows of a list against a server's list that changes under them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Summary } from '../../server/http/schema.js'
import { Rows } from '../../web/rows.js'

function message(uid: number): Summary {
  return { id: `m${uid}`, uid, read: false, tags: [] } as unknown as Summary
}

/** A server: messages newest first, a cursor, pages. */
class Server {
  messages: Summary[] = []
  cursor = 0
  add(): Summary {
    this.cursor += 1
    const added = message(this.cursor)
    this.messages.unshift(added)
    return added
  }
  remove(id: string): void {
    this.cursor += 1
    this.messages = this.messages.filter(other => other.id !== id)
  }
  page(start: number, limit: number) {
    return {
      start,
      messages: this.messages.slice(start, start + limit),
      total: this.messages.length,
      cursor: this.cursor,
    }
  }
}

function filled(count: number): { server: Server; rows: Rows } {
  const server = new Server()
  for (let n = 0; n < count; n++) server.add()
  const rows = new Rows()
  rows.replace(server.page(0, 10))
  return { server, rows }
}

const ids = (rows: Rows) => Array.from({ length: rows.total }, (_, index) => rows.at(index)?.id)

describe('pages and arrivals', () => {
  test('a page fills its rows, the others stay open', () => {
    const { rows, server } = filled(30)
    expect(rows.total).toBe(30)
    expect(rows.at(9)?.uid).toBe(21)
    expect(rows.at(10)).toBeUndefined()
    expect(rows.missing(5, 15)).toEqual({ first: 10, last: 15 })
    expect(rows.place(server.page(10, 10))).toBe(true)
    expect(rows.missing(0, 19)).toBeUndefined()
    expect(rows.missing(0, 100)).toEqual({ first: 20, last: 29 })
  })

  test('an arrival moves every row, and is taken once', () => {
    const { rows, server } = filled(3)
    const added = server.add()
    rows.added(added)
    rows.added(added)
    expect(ids(rows)).toEqual(['m4', 'm3', 'm2', 'm1'])
  })

  test('a page from before an arrival, or ahead of one, finds its rows', () => {
    const { rows, server } = filled(30)
    const old = server.page(10, 10)
    rows.added(server.add())
    expect(rows.place(old)).toBe(true)
    expect(rows.at(11)?.uid).toBe(20)
    server.add()
    expect(rows.place(server.page(20, 10))).toBe(true)
    expect(rows.at(19)?.uid).toBe(12)
  })

  test('a page from before a removal is refused', () => {
    const { rows, server } = filled(30)
    const old = server.page(10, 10)
    server.remove('m25')
    rows.removed(['m25'], server.cursor)
    expect(rows.place(old)).toBe(false)
    expect(rows.place(server.page(9, 10))).toBe(true)
    expect(rows.at(9)?.uid).toBe(20)
  })

  test('rows out of order are found out', () => {
    const { rows, server } = filled(30)
    const { messages, ...page } = server.page(10, 10)
    expect(rows.place({ ...page, messages: messages.slice(1) })).toBe(true)
    expect(rows.place({ ...page, start: 19, messages })).toBe(false)
  })

  test('beginning anew keeps what came after the page was made', () => {
    const { rows, server } = filled(3)
    const page = server.page(0, 10)
    rows.added(server.add())
    rows.replace(page)
    expect(ids(rows)).toEqual(['m4', 'm3', 'm2', 'm1'])
  })
})

describe('removals', () => {
  test('the rows below move up', () => {
    const { rows } = filled(5)
    expect(rows.removed(['m4', 'm2'], 6)).toBe(0)
    expect(ids(rows)).toEqual(['m5', 'm3', 'm1'])
    expect(rows.indexOf('m1')).toBe(2)
  })

  test('what is not loaded is counted, and shortens the list below what is seen', () => {
    const { rows } = filled(30)
    expect(rows.removed(['m1', 'm2', 'm30'], 31)).toBe(2)
    rows.shorten(2)
    expect(rows.total).toBe(27)
    expect(rows.at(0)?.uid).toBe(29)
  })
})

describe('what is hidden and kept', () => {
  test('hidden rows are passed over, and come back where they were', () => {
    const { rows } = filled(4)
    rows.hide('m3')
    expect(ids(rows)).toEqual(['m4', 'm2', 'm1'])
    expect(rows.indexOf('m2')).toBe(1)
    expect(rows.serverOffset(1)).toBe(2)
    rows.show('m3')
    expect(ids(rows)).toEqual(['m4', 'm3', 'm2', 'm1'])
  })

  test('hiding everything spares what comes', () => {
    const { rows, server } = filled(3)
    rows.hideAll()
    expect(rows.total).toBe(0)
    rows.added(server.add())
    expect(ids(rows)).toEqual(['m4'])
    expect(rows.indexOf('m3')).toBeUndefined()
    rows.showAll()
    expect(ids(rows)).toEqual(['m4', 'm3', 'm2', 'm1'])
  })

  test('a kept row stays, though the server no longer counts it', () => {
    const { rows, server } = filled(30)
    server.remove('m25')
    rows.changed('m25', { read: true }, { passes: false, seq: server.cursor })
    expect(rows.total).toBe(30)
    expect(rows.at(5)).toMatchObject({ id: 'm25', read: true })
    expect(rows.serverOffset(10)).toBe(9)
    expect(rows.place(server.page(9, 10))).toBe(true)
    expect(rows.at(10)?.uid).toBe(20)
  })
})

describe('reading further down', () => {
  test('what came on top since is counted, whatever leaves meanwhile', () => {
    const { rows, server } = filled(5)
    rows.anchor()
    const first = server.add()
    rows.added(first)
    rows.added(server.add())
    expect(rows.newer).toBe(2)
    expect(rows.at(rows.newer)?.id).toBe('m5')
    rows.removed([first.id], 8)
    expect(rows.newer).toBe(1)
    expect(rows.at(rows.newer)?.id).toBe('m5')
    rows.hide('m7')
    expect(rows.newer).toBe(0)
    rows.release()
    expect(rows.newer).toBe(0)
  })
})

const step = fc.oneof(
  fc.record({ type: fc.constant('add' as const) }),
  fc.record({ type: fc.constant('remove' as const), at: fc.nat(40) }),
  fc.record({ type: fc.constant('place' as const), at: fc.nat(40), limit: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ type: fc.constant('hide' as const), at: fc.nat(40) }),
  fc.record({ type: fc.constant('show' as const), at: fc.nat(40) }),
  fc.record({ type: fc.constant('forget' as const), at: fc.nat(40) }),
)

test('whatever happens, a loaded row holds what the server has there', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const server = new Server()
      for (let n = 0; n < 20; n++) server.add()
      const rows = new Rows()
      rows.replace(server.page(0, 5))
      const hidden = new Set<string>()
      for (const action of steps) {
        const target = 'at' in action ? server.messages[action.at]?.id : undefined
        if (action.type === 'add') rows.added(server.add())
        else if (action.type === 'place') rows.place(server.page(action.at, action.limit))
        else if (action.type === 'forget') rows.forget(action.at, action.at + 10)
        else if (target === undefined || !rows.has(target)) continue
        else if (action.type === 'remove') {
          server.remove(target)
          hidden.delete(target)
          rows.removed([target], server.cursor)
        } else if (action.type === 'hide') {
          hidden.add(target)
          rows.hide(target)
        } else {
          hidden.delete(target)
          rows.show(target)
        }
        const expected = server.messages.filter(({ id }) => !hidden.has(id))
        expect(rows.total).toBe(expected.length)
        for (const [index, { id }] of expected.entries()) {
          expect([undefined, id]).toContain(rows.at(index)?.id)
          if (rows.at(index)) expect(rows.indexOf(id)).toBe(index)
        }
      }
    }),
  )
})
