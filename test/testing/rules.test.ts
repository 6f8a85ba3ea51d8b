/** What goes wrong on purpose, as a test author has it: rules on handles, seen through a real client. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type MailHandle, RuleError } from '../../server/index.js'
import { failureOf } from './failure.js'
import { KINDS } from './kinds.js'

describe.each(KINDS)('rules, by a handle %s', (_kind, open) => {
  let mail: MailHandle
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ mail, close } = await open())
  })
  afterEach(async () => {
    await mail.rules.clear()
    await close()
  })

  const [ADA, BOB, CAROL] = ['ada@example.com', 'bob@example.com', 'carol@example.com']

  describe('a rule that cannot be', () => {
    test.each([
      ['a code', () => mail.reject({ to: ADA }, '600 no'), 'reply'],
      ['nothing to do', () => mail.rules.add({ match: { to: ADA } }), 'reply'],
      ['a term that comes too late', () => mail.reject({ subject: 'x' }, '550', { on: 'rcpt' }), 'match.subject'],
      ['an inbox before any recipient', () => mail.inbox().rules.preset('starttls-stripped'), 'match.inbox'],
      ['a flag', () => mail.reject({ to: /ada/g }, '451'), 'match.to'],
      ['a pattern where there is none', () => mail.reject({ header: /^X-Id$/ }, '451'), 'match.header'],
      ['lookaround', () => mail.reject({ to: /(?<=a)da/ }, '451'), 'match.to'],
      ['a broken query', () => mail.reject('form:ada', '451'), 'match.q'],
      ['a predicate', () => mail.reject((() => true) as never, '451'), 'match'],
      ['a term without text', () => mail.reject({ header: { 'X-Id': '7' } } as never, '451'), 'match.header'],
    ])('%s', async (_name, add, field) => {
      const error = await add().then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(RuleError)
      const { field: at, message, fix } = error as RuleError
      expect(at).toBe(field)
      expect(message).toContain(`${at}: `)
      expect(fix).toMatch(/\.$/)
    })
  })

  describe('a failure tells of rules', () => {
    test('of an inbox only where they may have touched it', async () => {
      const [one, other] = [mail.inbox(), mail.inbox()]
      const everywhere = await mail.reject({ to: BOB }, '451')
      const own = await one.rules.preset('greylist')
      const foreign = await other.reject({}, '552')
      const failure = await failureOf(one.next({}, { timeoutMs: 20 }))
      expect(failure).toContain(
        `rule ${everywhere.id} (on rcpt, to: ${BOB} -> 451) was never hit; nothing came near it`,
      )
      expect(failure).toContain(`rule ${own.id} (greylist, on rcpt, inbox: ${one.name} -> `)
      expect(failure).not.toContain(`rule ${foreign.id} `)
    })
  })

  describe('at its end', () => {
    /** The warnings of this library while `fn` runs. */
    async function warningsOf(fn: () => Promise<void>): Promise<string[]> {
      const told: string[] = []
      const listen = ({ name, message }: Error) => {
        if (name === 'MaildoubleWarning') told.push(message)
      }
      process.on('warning', listen)
      await fn()
      // A warning is told in the next turn.
      await new Promise(resolve => setImmediate(resolve))
      process.off('warning', listen)
      return told
    }

    test('a handle tells of each rule of its own that never acted', async () => {
      await using opened = await open()
      const other = opened.mail
      const never = await other.reject({ to: '*@ful.test' }, '452')
      const gone = await other.reject({ to: BOB }, '452')
      await gone.remove()
      await other.rules.add({ refuseConnections: true, forMs: 1 })
      await other.rules.add({ match: { to: CAROL }, reply: '550', enabled: false })
      const told = await warningsOf(() => other.stop())
      expect(told).toEqual([`rule ${never.id} (on rcpt, to: *@ful.test -> 452) was never hit; nothing came near it`])
    })

    test('an inbox tells of its own and leaves none behind; clear() removes what its handle added', async () => {
      const [one, other] = [mail.inbox(), mail.inbox()]
      const ofOne = await one.reject({}, '451')
      const ofOther = await other.reject({}, '451')
      const ofAll = await mail.reject({ to: BOB }, '451')
      const told = await warningsOf(() => one.stop())
      expect(told).toHaveLength(1)
      expect(told[0]).toContain(`rule ${ofOne.id} (on rcpt, inbox: ${one.name} -> 451)`)
      expect(await failureOf(ofOne.hits)).toContain('no longer there')
      await expect(one.reject({}, '451')).rejects.toThrow('stopped')
      expect(await ofOther.hits).toBe(0)
      await mail.rules.clear()
      expect(await failureOf(ofAll.hits)).toContain('no longer there')
      expect(await ofOther.hits).toBe(0)
      await other.rules.clear()
    })
  })
})
