/** A rule as it is written and sent: presets, and the editor's JSON. */
import { describe, expect, test } from 'vitest'
import { DEFAULT_FIELDS } from '../../server/smtp/rule.js'
import { PRESETS, presetRule } from '../../web/presets.js'
import { DEFAULTS, EXAMPLE, editedRule, toJson } from '../../web/rule-json.js'
import { makeRule } from '../make-rule.js'

describe('a rule to be edited', () => {
  test('has what does not go without saying', () => {
    const edited = makeRule({
      preset: 'greylist',
      match: { to: 'ada' },
      reply: '451 Later',
      times: 1,
      per: 'recipient',
      seed: 7,
    })
    expect(JSON.parse(toJson(edited))).toEqual({
      preset: 'greylist',
      on: 'rcpt',
      match: { to: 'ada' },
      reply: '451 Later',
      times: 1,
      per: 'recipient',
    })
    expect(JSON.parse(toJson(makeRule({ probability: 0.5, seed: 7 })))).toEqual({
      on: 'rcpt',
      probability: 0.5,
      seed: 7,
    })
  })

  test('is what is seen: what was taken out does not come back by way of the preset', () => {
    const edited = makeRule({ preset: 'greylist', times: 1 })
    expect(editedRule(edited, { preset: 'greylist', reply: '451' })).toMatchObject({ reply: '451', times: null })
    expect(editedRule(edited, { preset: 'slow' })).toEqual({ preset: 'slow' })
    expect(editedRule(makeRule(), { reply: '451' })).toEqual({ reply: '451' })
  })
})

test('the example is JSON', () => {
  expect(JSON.parse(EXAMPLE)).toMatchObject({ on: 'rcpt' })
})

describe('a preset', () => {
  const named = (name: string) => PRESETS.find(preset => preset.name === name) ?? PRESETS[0]
  const everybody = { to: '', times: null, inbox: null }
  const CASES: [name: string, narrowed: Partial<typeof everybody>, forMs: number | null, sent: object][] = [
    ['greylist', {}, null, { preset: 'greylist' }],
    [
      'mailbox-full',
      { to: '*@full.test' },
      900_000,
      { preset: 'mailbox-full', match: { to: '*@full.test' }, forMs: 900_000 },
    ],
    ['mailbox-full', { times: 2 } as object, null, { preset: 'mailbox-full', times: 2, per: 'recipient' }],
    ['lost-ack', { times: 1 } as object, null, { preset: 'lost-ack', times: 1 }],
    ['slow', { inbox: 'billing' } as object, null, { preset: 'slow', match: { inbox: 'billing' } }],
    // Nobody is named yet when these act.
    ['auth-down', { to: 'ada', times: 2, inbox: 'billing' } as object, null, { preset: 'auth-down' }],
  ]
  test.each(CASES)('%s for %o', (name, narrowed, forMs, sent) => {
    expect(presetRule(named(name) as (typeof PRESETS)[number], { ...everybody, ...narrowed }, forMs)).toEqual(sent)
  })
})

test('what goes without saying is what the server takes for said', () => expect(DEFAULTS).toEqual(DEFAULT_FIELDS))
