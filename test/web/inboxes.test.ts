/** The inboxes as the switcher shows them. */
import { describe, expect, test } from 'vitest'
import type { Inbox } from '../../server/http/schema.js'
import { groupInboxes, isChoice } from '../../web/inboxes.js'

const inbox = (name: string, rest: Partial<Inbox> = {}): Inbox => ({
  name,
  label: null,
  address: null,
  total: 0,
  unread: 0,
  bytes: 0,
  rules: 0,
  ...rest,
})
const madeUp = (name: string, label: string | null = null) =>
  inbox(name, { label, address: `test.${name}@example.com` })
const chosen = (name: string, label: string | null = null) =>
  inbox(name, { label, address: 'test.7qj3kdfm@example.com' })

describe('whether there is a choice', () => {
  test.each([
    ['nothing known yet', [], false],
    ['only what takes the rest', [inbox('default')], false],
    ['that one registered', [chosen('default')], true],
    ['another with mail', [inbox('default'), inbox('billing')], true],
  ])('%s', (_, list, expected) => expect(isChoice(list)).toBe(expected))
})

describe('groups', () => {
  const names = (list: readonly Inbox[]) => list.map(({ name }) => name)
  const groupsOf = (list: Inbox[], words?: string) => {
    const { named, tests } = groupInboxes(list, words)
    return { named: names(named), tests: tests.map(({ label, inboxes }) => [label, names(inboxes)]) }
  }
  const all = [
    inbox('default'),
    chosen('billing'),
    madeUp('k7x2m4', 'signs up'),
    chosen('worker1', 'pays'),
    madeUp('abcdef'),
    madeUp('qrstuv', 'signs up'),
  ]

  test('names that people gave stand alone, tests under their labels', () => {
    expect(groupsOf(all)).toEqual({
      named: ['default', 'billing'],
      tests: [
        ['signs up', ['k7x2m4', 'qrstuv']],
        ['pays', ['worker1']],
        [null, ['abcdef']],
      ],
    })
  })

  test('a name of six letters that somebody chose is no test', () => {
    expect(groupsOf([chosen('stripe'), inbox('orders')])).toEqual({ named: ['stripe', 'orders'], tests: [] })
  })

  // Every word has to be there: in the name, the label or the address.
  test.each([
    ['BILL', { named: ['billing'], tests: [] }],
    ['signs qrst', { named: [], tests: [['signs up', ['qrstuv']]] }],
    ['test.k7x2m4@', { named: [], tests: [['signs up', ['k7x2m4']]] }],
    ['xyzzy', { named: [], tests: [] }],
  ])('words narrow them: %s', (words, expected) => expect(groupsOf(all, words)).toEqual(expected))
})
