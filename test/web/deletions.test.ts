/** Deletions wait, are undone or carried out, and stay hidden until the server has answered. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Summary } from '../../server/http/schema.js'
import { type Deletion, Deletions } from '../../web/deletions.js'
import { makeRule } from '../make-rule.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const some = (...ids: string[]): Deletion['what'] => ({
  type: 'some',
  messages: ids.map(id => ({ id }) as unknown as Summary),
})
const one = { total: 1, unread: 1 }

/** Deletions whose server answers when it is told to. */
function make() {
  const asked: Deletion[] = []
  const answers: (() => void)[] = []
  const deletions = new Deletions(
    deletion => {
      asked.push(deletion)
      return new Promise(resolve => answers.push(resolve))
    },
    () => {},
  )
  return { deletions, asked, answer: () => answers.shift()?.() }
}

describe('a deletion', () => {
  test('waits for its time, then asks the server, and hides until it has answered', async () => {
    const { deletions, asked, answer } = make()
    deletions.plan(some('a'), one)
    expect(asked).toHaveLength(0)
    await vi.runAllTimersAsync()
    expect(asked).toHaveLength(1)
    expect(deletions.has('a')).toBe(true)
    expect(deletions.countsIn(null)).toEqual(one)
    answer()
    await vi.runAllTimersAsync()
    expect(deletions.has('a')).toBe(false)
    expect(deletions.countsIn(null)).toEqual({ total: 0, unread: 0 })
  })

  test('of rules is undone along with those of messages, and is none of messages', () => {
    const { deletions } = make()
    deletions.plan({ type: 'rules', rules: [makeRule({ id: 'r2' })] }, { total: 0, unread: 0 })
    expect(deletions.ruleIds.has('r2')).toBe(true)
    expect(deletions.messages).toEqual([])
    deletions.undo()
    expect(deletions.ruleIds.size).toBe(0)
  })

  test('is undone, the last one first, and then never asks', async () => {
    const { deletions, asked } = make()
    deletions.plan(some('a'), one)
    deletions.plan(some('b'), one)
    expect(deletions.undo()?.what).toEqual(some('b'))
    expect(deletions.undo()?.what).toEqual(some('a'))
    expect(deletions.undo()).toBeUndefined()
    await vi.runAllTimersAsync()
    expect(asked).toHaveLength(0)
  })

  test('cannot be had back once the server was asked', () => {
    const { deletions } = make()
    deletions.plan(some('a'), one)
    void deletions.commit()
    expect(deletions.undoable).toEqual([])
    expect(deletions.undo()).toBeUndefined()
    expect(deletions.has('a')).toBe(true)
  })

  test('is asked for once, however often it falls due', async () => {
    const { deletions, asked } = make()
    deletions.plan(some('a'), one)
    void deletions.commit()
    void deletions.commit()
    await vi.runAllTimersAsync()
    expect(asked).toHaveLength(1)
  })

  test('is forgotten when the server has begun a new life', async () => {
    const { deletions, asked } = make()
    deletions.plan(some('a'), one)
    deletions.clear()
    await vi.runAllTimersAsync()
    expect(asked).toHaveLength(0)
    expect(deletions.has('a')).toBe(false)
  })
})
