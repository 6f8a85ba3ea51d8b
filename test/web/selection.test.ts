/** Choosing several rows. */
import { describe, expect, test } from 'vitest'
import type { Summary } from '../../server/http/schema.js'
import { matcher } from '../../server/mail/match.js'
import { Reading } from '../../server/mail/reading.js'
import { Rows } from '../../web/rows.js'
import { howSelected, type SelectHow, select, selectionQuery } from '../../web/selection.js'
import { makeStored } from '../mail/make.js'

/** Rows m5 to m1. */
function makeRows(): Rows {
  const rows = new Rows()
  const messages = [5, 4, 3, 2, 1].map(uid => ({ id: `m${uid}`, uid, read: false }) as unknown as Summary)
  rows.replace({ start: 0, messages, total: 5, cursor: 5 })
  return rows
}

/** The ids selected after clicks, each an id and how. */
function after(openId: string | null, clicks: [string, SelectHow][]): string[] {
  const rows = makeRows()
  let state: Parameters<typeof select>[0] = { ids: new Set(), from: null }
  for (const [id, how] of clicks) state = select(state, rows, openId, id, how)
  return [...state.ids].sort()
}

describe('a selection', () => {
  test.each<[string, string | null, [string, SelectHow][], string[]]>([
    ['adds one', null, [['m2', 'toggle']], ['m2']],
    ['begins with what is open', 'm5', [['m2', 'toggle']], ['m2', 'm5']],
    [
      'takes one out again',
      null,
      [
        ['m2', 'toggle'],
        ['m3', 'toggle'],
        ['m2', 'toggle'],
      ],
      ['m3'],
    ],
    ['reaches from what is open', 'm4', [['m2', 'reach']], ['m2', 'm3', 'm4']],
    ['reaches upwards', 'm2', [['m4', 'reach']], ['m2', 'm3', 'm4']],
    [
      'reaches from the last step',
      null,
      [
        ['m1', 'toggle'],
        ['m3', 'reach'],
      ],
      ['m1', 'm2', 'm3'],
    ],
    [
      'reaches again from the same place',
      null,
      [
        ['m3', 'toggle'],
        ['m1', 'reach'],
        ['m5', 'reach'],
      ],
      ['m3', 'm4', 'm5'],
    ],
    ['begins where there is nothing to reach from', null, [['m3', 'reach']], ['m3']],
  ])('%s', (_name, openId, clicks, expected) => {
    expect(after(openId, clicks)).toEqual(expected)
  })
})

test.each([
  [{ ctrlKey: true, metaKey: false, shiftKey: false }, 'toggle'],
  [{ ctrlKey: false, metaKey: true, shiftKey: false }, 'toggle'],
  [{ ctrlKey: true, metaKey: false, shiftKey: true }, 'reach'],
  [{ ctrlKey: false, metaKey: false, shiftKey: false }, undefined],
])('%j selects by %s', (event, how) => {
  expect(howSelected(event)).toBe(how)
})

describe('a selection as a query', () => {
  const idsOf = (count: number) => Array.from({ length: count }, (_, n) => `q4m7w1x8e5z2k9b3${(n + 1).toString(36)}`)

  test.each([1, 2, 256])('finds %i messages and no others', async count => {
    const ids = idsOf(count)
    const query = selectionQuery(ids)
    const { test } = matcher(
      { q: query as string },
      message => new Reading(message),
      () => 0,
    )
    const found = (id: string) => test({ ...makeStored(), id })
    expect(ids.filter(id => !found(id))).toEqual([])
    expect(found('q4m7w1x8e5z2k9b3zzzz')).toBe(false)
  })

  test('is none where it would be longer than the server takes', () => {
    expect(selectionQuery(idsOf(257))).toBeUndefined()
  })
})
