/** The search box: faults, and how a word may go on. */
import { describe, expect, test } from 'vitest'
import { complete, faultOf } from '../../web/query.js'

describe('faults', () => {
  test.each(['', '   ', 'invoice', 'from:shop -has:attachment', '"two words" OR subject:x'])('none in %j', text =>
    expect(faultOf(text)).toBeNull(),
  )
  test('an operator that nobody knows is one, where it stands', () => {
    const fault = faultOf('invoice form:shop')
    expect(fault?.position).toBe(8)
    expect(fault?.message).toContain('form')
    expect(fault?.fix).not.toBe('')
  })
})

describe('completion', () => {
  const inserts = (text: string, caret = text.length, isAsked = false) =>
    complete(text, caret, ['billing', 'default'], isAsked).suggestions.map(({ insert }) => insert)

  test.each([
    ['su', ['subject:']],
    ['invoice fro', ['from:']],
    ['-ha', ['has:']],
    ['(sma', ['smaller:']],
    // Too little was written to be sure that an operator is meant.
    ['s', []],
    // A word of its own, and words in quotes.
    ['invoice', []],
    ['"su', []],
    // What an operator may have.
    ['is:', ['is:unread ', 'is:read ']],
    ['is:un', ['is:unread ']],
    ['inbox:b', ['inbox:billing ']],
    ['is:unread', []],
    ['from:su', []],
    ['nosuch:x', []],
  ])('%s', (text, expected) => expect(inserts(text)).toEqual(expected))

  test('in the middle, the word before the caret takes part', () => {
    expect(complete('su invoice', 2, [])).toMatchObject({ start: 0, end: 2, suggestions: [{ insert: 'subject:' }] })
  })
  test('asked for, what there is is shown before a letter was written', () => {
    expect(inserts('', 0, true)).toContain('from:')
    expect(inserts('', 0)).toEqual([])
  })
})
