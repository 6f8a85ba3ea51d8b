/** `expect` with our matchers, as a test of Vitest uses it; test/examples has Jest's. */
import { createTransport, type SendMailOptions } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import { type InboxHandle, type MailHandle, type ReceivedMessage, startMaildouble } from '../../server/index.js'
import '../../server/testing/vitest.js'

let mail: MailHandle
let inbox: InboxHandle
let address: string
let transport: ReturnType<typeof createTransport>
beforeAll(async () => {
  mail = await startMaildouble()
  transport = createTransport({ url: mail.smtpUrl, pool: true, maxConnections: 1 } as never)
})
beforeEach(() => {
  inbox = mail.inbox()
  address = inbox.address('ada')
})
afterAll(async () => {
  transport.close()
  await mail.stop()
})

const send = (subject: string, options: SendMailOptions = {}) =>
  transport.sendMail({ from: 'app@example.org', to: address, text: 'Hello', subject, ...options })

async function failureOf(assertion: Promise<unknown> | (() => void)): Promise<string> {
  try {
    await (typeof assertion === 'function' ? assertion() : assertion)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('it did not fail')
}

describe('toHaveReceived', () => {
  test('waits, and takes nothing', async () => {
    const assertion = expect(inbox).toHaveReceived({ subject: 'Welcome' })
    await send('Welcome')
    await assertion
    await expect(inbox).toHaveReceived()
    expect((await inbox.next()).subject).toBe('Welcome')
  })

  test('fails with what came instead', async () => {
    await send('Goodbye')
    expect(await failureOf(expect(inbox).toHaveReceived({ subject: 'Welcome' }, { timeoutMs: 20 }))).toMatch(
      /^No message with subject: "Welcome" within 20 ms\.\n\n1 message arrived:\n {2}"Goodbye"/,
    )
  })

  test.each([
    ['a filter that is none', { sender: 'x' }, {}, 'there is no filter "sender"'],
    ['an option of the other form', {}, { withinMs: 5 }, /^toHaveReceived\(\) takes no withinMs: /],
  ])('refuses %s', async (_what, filter, options, text) => {
    expect(await failureOf(expect(inbox).toHaveReceived(filter as never, options))).toMatch(text)
  })
})

describe('not.toHaveReceived', () => {
  test('holds until a later mail has proved it, or for a time', async () => {
    await send('Welcome')
    const none = expect(inbox).not.toHaveReceived({ subject: 'Invoice' }, { before: { subject: 'Goodbye' } })
    await send('Goodbye')
    await none
    await send('Invoice')
    await expect(inbox).not.toHaveReceived({ subject: 'Invoice' }, { before: { subject: 'Goodbye' } })
    await expect(inbox).not.toHaveReceived({ subject: 'Reminder' }, { withinMs: 20 })
  })

  test('fails as soon as one comes', async () => {
    const failure = failureOf(
      expect(inbox).not.toHaveReceived({ subject: 'Invoice' }, { before: { subject: 'Goodbye' }, timeoutMs: 60_000 }),
    )
    const other = failureOf(expect(inbox).not.toHaveReceived({ subject: /invoice/i }, { withinMs: 60_000 }))
    await send('Invoice')
    expect(await failure).toBe(
      `Expected no message with subject: "Invoice", but one came:\n  "Invoice" from app@example.org to ${address}`,
    )
    expect(await other).toMatch(/^Expected no message with subject: \/invoice\/i, but one came:/)
  })

  test('wants to know until when, and the proof to come', async () => {
    expect(await failureOf(expect(inbox).not.toHaveReceived())).toMatch(
      /^not\.toHaveReceived\(\) has to know until when/,
    )
    const unproved = expect(inbox).not.toHaveReceived({ subject: 'a' }, { before: { subject: 'b' }, timeoutMs: 20 })
    expect(await failureOf(unproved)).toMatch(/^No message with subject: "b" within 20 ms\./)
  })
})

test('expectNone is the same on a handle, and ends with it', async () => {
  await send('Invoice')
  await expect(inbox.expectNone({ subject: 'Invoice' }, { withinMs: 0 })).rejects.toThrow(/but one came/)
  await expect(inbox.expectNone({ subject: 'Invoice' }, {})).rejects.toThrow(/^expectNone\(\) has to know until when/)
  const pending = [
    failureOf(inbox.expectNone({ subject: 'x' }, { withinMs: 60_000 })),
    failureOf(inbox.expectNone({ subject: 'x' }, { before: { subject: 'y' } })),
  ]
  inbox.clear()
  for (const text of await Promise.all(pending))
    expect(text).toMatch(/^expectNone\(\) was waiting for subject: "[xy]".* when clear\(\) was called$/)
  const gone = new AbortController()
  const cancelled = failureOf(inbox.expectNone({}, { before: { subject: 'y' }, signal: gone.signal }))
  gone.abort(new Error('the test is over'))
  expect(await cancelled).toBe('the test is over')
})

describe('toHaveReceivedOnce', () => {
  test('waits for one, and wants no second', async () => {
    const once = expect(inbox).toHaveReceivedOnce({ subject: 'Welcome' })
    await send('Welcome')
    await once
    await expect(inbox).toHaveReceivedOnce({ subject: 'Welcome' }, { withinMs: 20 })
    await send('Goodbye')
    await expect(inbox).toHaveReceivedOnce({ subject: 'Welcome' }, { before: { subject: 'Goodbye' } })
    await send('Welcome')
    expect(await failureOf(expect(inbox).toHaveReceivedOnce({ subject: 'Welcome' }))).toMatch(
      /^Expected exactly one message with subject: "Welcome", but 2 came:\n {2}"Welcome" from/,
    )
    await expect(inbox).not.toHaveReceivedOnce({ subject: 'Welcome' }, { before: { subject: 'Goodbye' } })
  })

  test('a second one ends the time at once', async () => {
    await send('Welcome')
    const failure = failureOf(expect(inbox).toHaveReceivedOnce({}, { withinMs: 60_000 }))
    await send('Welcome')
    expect(await failure).toMatch(/but 2 came/)
  })

  test('none at all is a wait that failed; negated, that is what was asked for', async () => {
    expect(await failureOf(expect(inbox).toHaveReceivedOnce({}, { timeoutMs: 20 }))).toMatch(/^No message within 20 ms/)
    await expect(inbox).not.toHaveReceivedOnce({}, { withinMs: 0 })
    await send('Welcome')
    expect(await failureOf(expect(inbox).not.toHaveReceivedOnce({}, { withinMs: 0 }))).toMatch(
      /^Expected no or several messages, but one came:/,
    )
    expect(await failureOf(expect(inbox).not.toHaveReceivedOnce())).toMatch(/has to know until when/)
  })
})

describe('on a message', () => {
  let message: ReceivedMessage
  beforeEach(async () => {
    await send('Sign in to the app', {
      html: '<a href="https://app.test/in?t=1">Sign in</a>',
      attachments: [{ filename: 'terms.pdf', content: 'terms' }],
      headers: { 'X-Id': '7' },
    })
    message = await inbox.next()
  })

  test('what is there, and what is not', () => {
    expect(message).toHaveSubject('sign in')
    expect(message).toHaveSubject(/app$/)
    expect(message).not.toHaveSubject('Welcome')
    for (const nothing of ['', undefined as never]) {
      const refusal = /is nothing to look for\. Give a string that is not empty/
      expect(() => expect(message).toHaveSubject(nothing)).toThrow(refusal)
      expect(() => expect(message).not.toHaveLink(nothing)).toThrow(refusal)
      expect(() => expect(message).not.toHaveAttachment(nothing)).toThrow(refusal)
      expect(() => expect(message).toHaveHeader(nothing)).toThrow(refusal)
    }
    expect(message).toHaveLink('Sign in')
    expect(message).toHaveLink(/t=\d/)
    expect(message).not.toHaveLink('Unsubscribe')
    expect(message).toHaveAttachment('terms.pdf')
    expect(message).toHaveAttachment(/\.pdf$/)
    expect(message).not.toHaveAttachment('terms')
    expect(message).toHaveHeader('x-id')
    expect(message).toHaveHeader('X-Id', '7')
    expect(message).toHaveHeader('X-Id', /^\d$/)
    expect(message).not.toHaveHeader('X-Id', '8')
    expect(message).not.toHaveHeader('X-Other')
  })

  const failures: [assertion: string, make: () => void, text: RegExp][] = [
    [
      'toHaveSubject',
      () => expect(message).toHaveSubject('x'),
      /^Expected the subject to contain "x", but it is "Sign/,
    ],
    ['not.toHaveSubject', () => expect(message).not.toHaveSubject(/in/), /^Expected the subject not to fit \/in\//],
    [
      'toHaveLink',
      () => expect(message).toHaveLink('Confirm'),
      /^No link with "Confirm" in "Sign in to the app"\. Its/,
    ],
    ['not.toHaveLink', () => expect(message).not.toHaveLink('in'), /^Expected no link with "in" .* there is "Sign in"/],
    ['toHaveAttachment', () => expect(message).toHaveAttachment('a'), /has no attachment "a"\. It has: terms\.pdf\.$/],
    [
      'not.toHaveAttachment',
      () => expect(message).not.toHaveAttachment('terms.pdf'),
      /there is terms\.pdf \(application\/pdf, 5 bytes\)\.$/,
    ],
    ['toHaveHeader', () => expect(message).toHaveHeader('X-No'), /has no header X-No\. It has: .*X-ID, /],
    ['toHaveHeader with a value', () => expect(message).toHaveHeader('X-Id', '8'), /to contain "8", but it is "7"\.$/],
    [
      'not.toHaveHeader',
      () => expect(message).not.toHaveHeader('X-Id'),
      /^Expected no header X-Id in .* it has "7"\.$/,
    ],
    ['a promise', () => expect(Promise.resolve(message)).toHaveSubject('x'), /this is a promise: await it first\.$/],
  ]
  test.each(failures)('%s fails with a reason', async (_assertion, make, text) => {
    expect(await failureOf(make)).toMatch(text)
  })
})

test('matchers are typed', () => {
  expectTypeOf(expect(inbox).toHaveReceived).parameter(0).toExtend<Parameters<MailHandle['messages']>[0]>()
  expectTypeOf(expect(inbox).not.toHaveReceived).returns.toEqualTypeOf<Promise<void>>()
  expectTypeOf(expect(inbox).toHaveSubject).parameters.toEqualTypeOf<[wanted: string | RegExp]>()
  // @ts-expect-error a filter that is none
  const mistyped = () => expect(inbox).toHaveReceived({ sender: 'ada' })
  expect(mistyped).toBeTypeOf('function')
})
