/** Messages that are put in without SMTP, by both kinds of handle. */
import { describe, expect, test } from 'vitest'
import { failureOf } from './failure.js'
import { KINDS } from './kinds.js'

describe.each(KINDS)('%s', (_kind, open) => {
  test('add takes bytes and fields, with the envelope that is said or suggested', async () => {
    await using opened = await open()
    const { mail } = opened
    const raw = 'From: app@example.org\r\nTo: ada@example.com\r\nSubject: bytes\r\n\r\nHello\r\n'
    const id = await mail.add(raw)
    const first = await mail.next()
    expect([first.id, first.sessionId, first.envelope.from, first.envelope.to]).toEqual([
      id,
      null,
      'app@example.org',
      ['ada@example.com'],
    ])
    expect((await first.raw()).toString()).toBe(raw)

    await mail.add(
      { subject: 'fields', text: 'Your code is 739204.' },
      { from: '<>', to: ['bob@example.com', 'c@d.example'] },
    )
    const second = await mail.next({ to: 'bob@example.com' })
    expect([second.subject, second.otp(), second.envelope.from]).toEqual(['fields', '739204', ''])
    expect(second.envelope.to).toEqual(['bob@example.com', 'c@d.example'])
  })

  test('on an inbox it is in this inbox', async () => {
    await using opened = await open()
    const inbox = opened.mail.inbox()
    await inbox.add({ subject: 'mine', to: 'ada@example.com', text: '' })
    expect((await inbox.next()).inboxes).toEqual([inbox.name])
  })

  test('what cannot be put in says why', async () => {
    await using opened = await open({ maxMessageBytes: 1000 })
    const { mail } = opened
    expect(await failureOf(mail.add({ subjct: 'x' } as never))).toBe('add() takes no subjct: did you mean subject?')
    expect(await failureOf(mail.add('x', { rcpt: [] } as never))).toMatch(
      /^the envelope of add\(\) takes no rcpt: it takes/,
    )
    expect(await failureOf(mail.add({ bcc: 'a@b.c' } as never))).toMatch(
      /^add\(\) takes no bcc: put it into the envelope/,
    )
    expect(await failureOf(mail.add('x', { to: ['not\nan address'] }))).toMatch(
      /^rcpt-to: "not\\nan address" is no address\./,
    )
    expect(await failureOf(mail.add('x'.repeat(2000)))).toMatch(/large/)
    expect(await mail.messages()).toEqual([])
  })
})
