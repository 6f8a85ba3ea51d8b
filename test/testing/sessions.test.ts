/** What a test sees of the connections of its app: sessions, attempts, and failures that say why. Through real clients. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { createTransport } from 'nodemailer'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Attempt, MailHandle, Session } from '../../server/index.js'
import { failureOf } from './failure.js'
import { KINDS } from './kinds.js'

describe.each(KINDS)('what the app did, to a handle %s', (_kind, open) => {
  let mail: MailHandle
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ mail, close } = await open({ smtpAuth: ['ada:secret'], maxMessageBytes: 20_000 }))
  })
  afterEach(() => close())

  const MAIL = { from: 'app@example.org', to: 'ada@example.com', subject: 'Welcome', text: 'Hello' }

  function transport(options: object = {}) {
    return createTransport({ host: '127.0.0.1', port: mail.ports.smtp, ...options })
  }

  /** Says lines to the SMTP port, each when the one before was answered, and then drops the connection. */
  async function sayAndDrop(lines: string[]): Promise<void> {
    const socket = connect(mail.ports.smtp, '127.0.0.1')
    await once(socket, 'data')
    for (const line of lines) {
      socket.write(`${line}\r\n`)
      await once(socket, 'data')
    }
    socket.write('Subject: hal')
    socket.destroy()
    await once(socket, 'close')
  }

  /** Resolves with the next session that ends. */
  function nextSession(): Promise<Session> {
    return new Promise(resolve => {
      const stop = mail.on('session', session => {
        stop()
        resolve(session)
      })
    })
  }

  describe('a session that delivered nothing says why', () => {
    test('a wrong password', async () => {
      const ended = nextSession()
      await failureOf(transport({ auth: { user: 'ada', pass: 'wrong' } }).sendMail(MAIL))
      const session = await ended
      expect(session.outcome).toMatch(/^AUTH was refused: 535 5\.7\.8 /)
      expect(session.auth).toBeNull()
      const lines = session.transcript.map(({ line }) => line)
      expect(lines).toContain('AUTH PLAIN ****')
      expect(lines).toContain('the login was refused: PLAIN, user "ada"')
      expect(JSON.stringify(session)).not.toContain(Buffer.from('\0ada\0wrong').toString('base64'))
      expect(await failureOf(mail.next({}, { timeoutMs: 10 }))).toContain(
        '1 session delivered nothing: AUTH was refused: 535 5.7.8',
      )
    })

    test('TLS from the first byte on the plain port', async () => {
      const ended = nextSession()
      await failureOf(transport({ secure: true }).verify())
      expect((await ended).outcome).toContain('the app speaks TLS from the first byte')
    })

    test('dropped in DATA', async () => {
      const ended = nextSession()
      await sayAndDrop(['EHLO a', 'MAIL FROM:<app@example.org>', 'RCPT TO:<ada@example.com>', 'DATA'])
      expect((await ended).outcome).toMatch(/^the connection was lost in DATA after \d+ bytes$/)
      const [attempt] = await mail.attempts()
      expect(attempt).toMatchObject({ outcome: 'lost', code: null, to: ['ada@example.com'] })
    })

    test('every recipient refused', async () => {
      const ended = nextSession()
      await sayAndDrop(['EHLO a', 'MAIL FROM:<app@example.org>', 'RCPT TO:<ada'])
      expect((await ended).outcome).toMatch(/^all recipients were refused: 501 5\.1\.3 /)
      expect(await mail.attempts({ outcome: 'refused', to: 'ada' })).toHaveLength(1)
    })

    test('the message refused', async () => {
      const ended = nextSession()
      // A stream, whose size the client cannot announce.
      const { Readable } = await import('node:stream')
      const raw = Readable.from([`Subject: large\r\n\r\n${'x'.repeat(30_000)}\r\n`])
      await failureOf(transport().sendMail({ envelope: { from: MAIL.from, to: MAIL.to }, raw }))
      expect((await ended).outcome).toMatch(/^the message was refused: 552 5\.3\.4 /)
      expect(await mail.attempts()).toMatchObject([{ outcome: 'refused', code: 552, bytes: expect.any(Number) }])
    })

    test('none at all', async () => {
      expect(await mail.sessions()).toEqual([])
      expect(await failureOf(mail.next({}, { timeoutMs: 1 }))).toContain('No connection at all')
    })
  })

  describe('a message', () => {
    test('has the session that brought it, and its tries', async () => {
      await sayAndDrop(['EHLO a', 'MAIL FROM:<app@example.org>', 'RCPT TO:<ada@example.com>', 'DATA'])
      await mail.waitForAttempts({ outcome: 'lost' }, 1)
      await transport({ auth: { user: 'ada', pass: 'secret' } }).sendMail(MAIL)
      const message = await mail.next()
      const session = await message.session()
      expect(session).toMatchObject({ messages: [message.id], auth: { mechanism: 'PLAIN', username: 'ada' } })
      expect((await message.attempts()).map(({ outcome, code }) => [outcome, code])).toEqual([
        ['lost', null],
        ['accepted', 250],
      ])
      const answer = await fetch(`${mail.url}/api/messages/${message.id}`)
      expect(await answer.json()).toMatchObject({ attempts: 2, sessionId: session.id })
    })
  })

  describe('waitForAttempts', () => {
    test('gives as many as are wanted, in order', async () => {
      const waiting = mail.waitForAttempts({ to: /^ADA@/i }, 2)
      await transport().sendMail({ ...MAIL, to: 'bob@example.com' })
      await transport().sendMail(MAIL)
      await transport().sendMail(MAIL)
      const attempts = await waiting
      expect(attempts.map(({ to, code }) => [to, code])).toEqual([
        [['ada@example.com'], 250],
        [['ada@example.com'], 250],
      ])
    })

    test('fails with what was tried instead', async () => {
      await transport().sendMail(MAIL)
      const failure = await failureOf(mail.waitForAttempts({ to: 'bob@example.com' }, 2, { timeoutMs: 20 }))
      expect(failure).toBe(
        'No attempt with to: "bob@example.com" within 20 ms.\n\n1 other attempt:\n  accepted 250: from app@example.org to ada@example.com',
      )
      const tooFew = await failureOf(mail.waitForAttempts({}, 2, { timeoutMs: 20 }))
      expect(tooFew).toContain('Only 1 of 2 attempts within 20 ms.')
      expect(await failureOf(mail.waitForAttempts({}, 0))).toMatch(/^count: 0 is not a whole number/)
    })

    test('clear() ends it by its name', async () => {
      const waiting = failureOf(mail.waitForAttempts({}, 1))
      mail.clear()
      expect(await waiting).toBe('waitForAttempts() was waiting when clear() was called')
    })
  })

  describe('what a handle sees', () => {
    test('begins with its mark', async () => {
      await transport().sendMail(MAIL)
      await mail.next()
      mail.clear()
      expect(await mail.attempts()).toEqual([])
      await transport().sendMail(MAIL)
      expect(await mail.attempts({ code: 250 })).toHaveLength(1)
    })

    test('of an inbox is its own', async () => {
      const inbox = mail.inbox()
      const to = inbox.address('ada')
      await transport().sendMail({ ...MAIL, to })
      await transport().sendMail(MAIL)
      expect((await inbox.attempts()).map(attempt => attempt.to)).toEqual([[to]])
      expect(await mail.attempts()).toHaveLength(2)
      expect(await inbox.sessions()).toHaveLength(1)
    })

    test('is filtered by fields, patterns and predicates; a mistyped field is refused', async () => {
      await transport({ name: 'client.example' }).sendMail(MAIL)
      expect(await mail.sessions({ helo: /^client/, outcome: 'delivered' })).toHaveLength(1)
      expect(await mail.sessions(session => session.messages.length > 1)).toEqual([])
      expect(await mail.attempts({ from: 'app@example.org', outcome: 'accepted' })).toHaveLength(1)
      expect(await failureOf(mail.attempts({ rcpt: 'x' } as never))).toContain('there is no filter "rcpt"')
    })
  })

  test('on() tells of messages, attempts and sessions as they come, until it is stopped', async () => {
    const told: string[] = []
    mail.on('attempt', ({ outcome }: Attempt) => told.push(`attempt ${outcome}`))
    let stop = () => {}
    const message = new Promise<void>(resolve => {
      stop = mail.on('message', ({ subject }) => {
        told.push(`message ${subject}`)
        resolve()
      })
    })
    const ended = nextSession()
    await transport().sendMail(MAIL)
    await ended
    await message
    stop()
    const again = nextSession()
    await transport().sendMail(MAIL)
    await again
    expect(told.sort()).toEqual(['attempt accepted', 'attempt accepted', 'message Welcome'])
  })

  test('a connection that delivered and then failed is told of, too', async () => {
    const pooled = createTransport({ url: mail.smtpUrl, pool: true, maxConnections: 1 } as never)
    await pooled.sendMail(MAIL)
    await failureOf(pooled.sendMail({ ...MAIL, text: 'x'.repeat(30_000) }))
    pooled.close()
    const failure = await failureOf(mail.next({ subject: 'other' }, { timeoutMs: 10 }))
    expect(failure).toContain('1 attempt refused 552: from app@example.org to ada@example.com')
  })
})
