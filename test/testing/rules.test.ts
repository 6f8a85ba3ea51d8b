/** What goes wrong on purpose, as a test author has it: rules on handles, seen through a real client. */
import { createTransport, type SendMailOptions } from 'nodemailer'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Attempt,
  type MailHandle,
  type PresetName,
  RuleError,
  type RuleToAdd,
  startMaildouble,
} from '../../server/index.js'
import { failureOf } from './failure.js'
import { KINDS } from './kinds.js'

const [ADA, BOB, CAROL] = ['ada@example.com', 'bob@example.com', 'carol@example.com']

const codes = (attempts: readonly Attempt[]) => attempts.map(({ code }) => code)

describe.each(KINDS)('rules, by a handle %s', (_kind, open) => {
  let mail: MailHandle
  let close: () => Promise<void>
  let transport: ReturnType<typeof createTransport>
  beforeEach(async () => {
    ;({ mail, close } = await open())
    transport = createTransport(mail.smtpUrl)
  })
  afterEach(async () => {
    transport.close()
    await mail.rules.clear()
    await close()
  })

  const send = (options: SendMailOptions = {}) =>
    transport.sendMail({ from: 'app@example.org', to: ADA, subject: 'Welcome', text: 'Hello', ...options })

  /** An app with a queue: it tries until the mail is taken, at most so many times. */
  async function deliver(options: SendMailOptions, tries = 5): Promise<void> {
    try {
      await send(options)
    } catch (error) {
      if (tries === 1) throw error
      await deliver(options, tries - 1)
    }
  }

  describe('what apps have to live with', () => {
    test('one of three recipients is unknown: 250, 550, 250', async () => {
      await mail.reject({ 'mail-from': 'app@*' }, ['250', '550 No such user here', '250'], { on: 'rcpt' })
      const info = await send({ to: [ADA, BOB, CAROL] })
      expect(info.accepted).toEqual([ADA, CAROL])
      expect(info.rejectedErrors?.map((error: { response?: string }) => error.response)).toEqual([
        '550 No such user here',
      ])
      expect((await mail.next()).envelope.to).toEqual([ADA, CAROL])
      const [attempt] = await mail.attempts()
      expect(attempt?.replies.filter(({ verb }) => verb === 'RCPT').map(({ code }) => code)).toEqual([250, 550, 250])
    })

    test('greylisting: each recipient is refused once', async () => {
      const greylist = await mail.rules.preset('greylist')
      expect(await failureOf(send())).toContain('451 4.7.1 ')
      await send()
      expect(await failureOf(send({ to: BOB }))).toContain('451 4.7.1 ')
      await send({ to: BOB })
      expect(await greylist.hits).toBe(2)
      expect(codes(await mail.attempts())).toEqual([451, 250, 451, 250])
    })

    test('one mailbox is full', async () => {
      await mail.reject({ to: '*@full.test' }, '452 4.2.2 Mailbox full')
      expect((await send({ to: [ADA, 'bob@full.test'] })).rejected).toEqual(['bob@full.test'])
      expect(await failureOf(send({ to: 'bob@full.test' }))).toContain('452 4.2.2 Mailbox full')
    })

    test('a slow server, which others do not notice', async () => {
      await mail.delay({ to: ADA }, 300)
      const order: (string | undefined)[] = []
      const slow = send({ to: ADA }).then(() => order.push('slow'))
      const other = createTransport(mail.smtpUrl)
      await other.sendMail({ from: 'app@example.org', to: BOB, text: '' }).then(() => order.push('quick'))
      other.close()
      await slow
      expect(order).toEqual(['quick', 'slow'])
    })

    test('a reset after the data', async () => {
      await mail.closeConnection({ subject: /^welcome$/i }, { reset: true })
      expect(await failureOf(send())).toMatch(/ECONNRESET/)
      await send({ subject: 'Goodbye' })
      expect((await mail.messages()).map(({ subject }) => subject)).toEqual(['Goodbye'])
      expect((await mail.attempts()).map(({ outcome }) => outcome)).toEqual(['lost', 'accepted'])
    })

    test('too many messages: 421', async () => {
      await mail.rules.preset('rate-limit', { after: 2 })
      await send()
      await send()
      expect(await failureOf(send())).toContain('421 4.7.0 Too many messages')
    })

    test('a lost acknowledgement makes a duplicate', async () => {
      await mail.rules.preset('lost-ack', { times: 1 })
      await deliver({})
      const [first, second, ...more] = await mail.messages()
      expect(more).toEqual([])
      expect(first?.messageId).not.toBeNull()
      expect((await mail.attempts()).map(({ outcome, code, messageId }) => [outcome, code, messageId])).toEqual([
        ['accepted', null, first?.id],
        ['accepted', 250, second?.id],
      ])
    })

    test('no more, once the rule is removed', async () => {
      const rule = await mail.reject({ to: ADA }, '451')
      expect(await failureOf(send())).toContain('451')
      await rule.remove()
      await rule.remove()
      await send()
      expect(await failureOf(rule.hits)).toBe(
        `The rule ${rule.id} is no longer there: ask for its hits before it is removed.`,
      )
    })

    test('a sender that tries again: 451, 451, 250', async () => {
      const rule = await mail.reject({ to: ADA }, ['451', '451'])
      const waiting = mail.waitForAttempts({ to: ADA }, 3)
      await deliver({})
      const attempts = await waiting
      expect(codes(attempts)).toEqual([451, 451, 250])
      const times = attempts.map(({ at }) => Date.parse(at))
      expect(times).toEqual(times.toSorted((one, other) => one - other))
      expect(attempts.map(({ replies }) => replies.find(({ verb }) => verb === 'RCPT')?.ruleId)).toEqual([
        rule.id,
        rule.id,
        null,
      ])
      expect(await (await mail.next()).attempts()).toHaveLength(3)
    })
  })

  test('one app, one server, eight tests at a time, each with rules of its own', async () => {
    const app = createTransport({ url: mail.smtpUrl, pool: true, maxConnections: 4 } as never)
    const signUp = (to: string) => app.sendMail({ from: 'app@example.org', to, subject: 'Welcome', text: 'Hello' })
    const retried = async (to: string, tries: number) => {
      for (let n = 1; n < tries; n++) await failureOf(signUp(to))
      await signUp(to)
    }
    const runs = [
      async () => {
        const inbox = mail.inbox()
        const [ada, bob] = [inbox.address('ada'), inbox.address('bob')]
        const rule = await inbox.reject({ to: ada }, '451', { times: 2 })
        await Promise.all([signUp(bob), retried(ada, 3)])
        expect(codes(await inbox.waitForAttempts({ to: ada }, 3))).toEqual([451, 451, 250])
        expect(await rule.hits).toBe(2)
        expect(await inbox.messages()).toHaveLength(2)
      },
      async () => {
        const inbox = mail.inbox()
        const rule = await inbox.reject({}, '550 5.1.1 No such user here')
        expect(await failureOf(signUp(inbox.address()))).toContain('550 5.1.1 No such user here')
        expect([await rule.hits, await inbox.messages()]).toEqual([1, []])
      },
      async () => {
        const inbox = mail.inbox()
        await inbox.closeConnection({}, { on: 'message', store: true, times: 1 })
        await retried(inbox.address(), 2)
        expect(await inbox.messages()).toHaveLength(2)
      },
      async () => {
        const inbox = mail.inbox()
        await signUp(inbox.address())
        expect(codes(await inbox.attempts())).toEqual([250])
      },
    ]
    for (let round = 0; round < 10; round++) await Promise.all([...runs, ...runs].map(run => run()))
    app.close()
    await Promise.all((await mail.attempts()).map(attempt => expect(attempt.inboxes).toHaveLength(1)))
  })

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
    test('which were hit, and which never, with what came nearest', async () => {
      const hit = await mail.reject({ to: ADA }, '451')
      const missed = await mail.reject({ to: '*@ful.test' }, '452', { times: 1 })
      await failureOf(send())
      await send({ to: 'ada@full.test' })
      const failure = await failureOf(mail.next({ to: ADA }, { timeoutMs: 20 }))
      expect(failure).toContain(`rule ${hit.id} (on rcpt, to: ${ADA} -> 451) was hit once`)
      expect(failure).toContain(
        `rule ${missed.id} (on rcpt, to: *@ful.test -> 452) was never hit; nearest: RCPT TO:<ada@full.test>`,
      )
      const tooFew = await failureOf(mail.waitForAttempts({ outcome: 'accepted' }, 2, { timeoutMs: 20 }))
      expect(tooFew).toContain(`refused 451 by rule ${hit.id}: from app@example.org to ${ADA}`)
      expect(tooFew).toContain(`rule ${missed.id} (`)
    })

    test('of an inbox only where they may have touched it', async () => {
      const [one, other] = [mail.inbox(), mail.inbox()]
      const everywhere = await mail.reject({ to: BOB }, '451')
      const own = await one.rules.preset('greylist')
      const foreign = await other.reject({}, '552')
      const failure = await failureOf(one.next({}, { timeoutMs: 20 }))
      expect(failure).toContain(`rule ${everywhere.id} (on rcpt, to: ${BOB} -> 451) was never hit; nothing reached it`)
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
      expect(told).toEqual([`rule ${never.id} (on rcpt, to: *@ful.test -> 452) was never hit; nothing reached it`])
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

describe('each action, through a client', () => {
  const cases: [string, RuleToAdd, RegExp | null][] = [
    ['reply', { match: { to: ADA }, reply: 452 }, /452 4\.2\.2 |452 4\./],
    ['reply, several lines', { match: { to: ADA }, reply: ['550 No', 'not here'] }, /550.No\s+550 not here/],
    ['reply, then close', { on: 'mail', reply: '450 later', thenClose: true }, /450 later|closed/],
    ['accept with other words', { on: 'message', reply: '250 mine' }, null],
    ['half a reply', { on: 'message', halfReply: true }, /closed|ECONNRESET/],
    ['close at the greeting', { on: 'connect', action: 'close' }, /closed|ECONNRESET|greeting/i],
    ['close in the data', { on: 'data', action: 'close', afterBytes: 100 }, /closed|ECONNRESET|EPIPE/],
    ['reset', { on: 'rcpt', action: 'reset' }, /closed|ECONNRESET/],
    ['stall', { on: 'mail', action: 'stall' }, /timeout/i],
    ['no greeting of the client', { on: 'ehlo', reply: '421 not you' }, /421 not you/],
  ]
  test.each(cases)('%s', async (_name, rule, failure) => {
    await using mail = await startMaildouble()
    const handle = await mail.rules.add(rule)
    // Only a stall is to run into it: a busy machine takes its time for the others.
    const socketTimeout = rule.action === 'stall' ? 500 : 10_000
    const app = createTransport({ host: '127.0.0.1', port: mail.ports.smtp, socketTimeout })
    const sent = app.sendMail({ from: 'app@example.org', to: ADA, subject: 'x', text: 'y'.repeat(5000) })
    if (failure) expect(await failureOf(sent)).toMatch(failure)
    else await sent
    app.close()
    await expect.poll(() => handle.hits).toBe(1)
  })

  test('a closed port, until the rule is removed', async () => {
    await using mail = await startMaildouble()
    const app = createTransport(mail.smtpUrl)
    const rule = await mail.rules.add({ refuseConnections: true })
    expect(await failureOf(app.verify())).toMatch(/ECONNREFUSED/)
    await rule.remove()
    expect(await app.verify()).toBe(true)
    app.close()
  })

  test('a certificate that no app may take', async () => {
    await using other = await startMaildouble({ tls: true })
    const ca = await (await fetch(`${other.url}/api/ca.pem`)).text()
    const secure = () =>
      createTransport({ host: '127.0.0.1', port: other.ports.smtps as number, secure: true, tls: { ca } }).verify()
    expect(await secure()).toBe(true)
    const rule = await other.rules.add({ certificate: 'expired' })
    expect(await failureOf(secure())).toMatch(/expired/)
    expect(await rule.hits).toBe(1)
  })
})

describe('each preset, through a client', () => {
  const cases: [PresetName, Omit<RuleToAdd, 'preset'>, RegExp | null][] = [
    ['greylist', {}, /451 4\.7\.1 /],
    ['mailbox-full', { match: { to: '*@example.com' } }, /452 4\.2\.2 Mailbox full/],
    ['no-such-user', { match: { to: ADA } }, /550 5\.1\.1 /],
    ['auth-down', {}, /454 4\.7\.0 /],
    ['slow', { delayMs: 1, bytesPerSecond: 1_000_000 }, null],
    ['rate-limit', { after: 1 }, /421 4\.7\.0 /],
    ['shutdown', {}, /421 /],
    ['starttls-stripped', {}, null],
    ['drop-in-data', {}, /closed|ECONNRESET|EPIPE/],
    ['lost-ack', {}, /closed|ECONNRESET/],
  ]
  test.each(cases)('%s', async (name, options, failure) => {
    await using own = await startMaildouble({ tls: name === 'starttls-stripped' })
    const rule = await own.rules.preset(name, options)
    const app = createTransport({
      host: '127.0.0.1',
      port: own.ports.smtp,
      ...(name === 'auth-down' && { auth: { user: 'ada', pass: 'any' } }),
    })
    const sending = () => app.sendMail({ from: 'app@example.org', to: ADA, text: 'y'.repeat(5000) })
    if (name === 'rate-limit') await sending()
    if (failure) expect(await failureOf(sending())).toMatch(failure)
    else await sending()
    app.close()
    expect(await rule.hits).toBe(1)
    expect(await own.messages()).toHaveLength(
      ['slow', 'rate-limit', 'starttls-stripped', 'lost-ack'].includes(name) ? 1 : 0,
    )
    // An app that does not insist on TLS sends in the clear, and never notices.
    expect((await own.messages())[0]?.envelope.tls ?? null).toBeNull()
  })
})
