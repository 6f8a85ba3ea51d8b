/** The public types. It is the compiler that reads these assertions, by `npm run check`: nothing happens when they run. */
import { expectTypeOf, test } from 'vitest'
import type {
  Attempt,
  connectMaildouble,
  FoundLink,
  InboxHandle,
  MailFilter,
  MailHandle,
  ReceivedMessage,
  RuleHandle,
  Session,
  startMaildouble,
} from '../../server/index.js'

test('what a test author holds is typed', () => {
  expectTypeOf<typeof startMaildouble>().toBeCallableWith({ smtpPort: 0, maxMessages: 10 })
  expectTypeOf<typeof startMaildouble>().returns.resolves.toExtend<MailHandle>()
  // One interface: a suite moves from one to the other by changing one line.
  expectTypeOf<typeof connectMaildouble>().returns.resolves.toExtend<MailHandle>()
  expectTypeOf<InboxHandle>().toExtend<MailHandle>()
  expectTypeOf<MailHandle>().toExtend<AsyncDisposable>()

  expectTypeOf<MailHandle['next']>().returns.resolves.toEqualTypeOf<ReceivedMessage>()
  expectTypeOf<MailHandle['waitForAll']>().returns.resolves.toEqualTypeOf<ReceivedMessage[]>()
  expectTypeOf<MailHandle['latest']>().returns.resolves.toEqualTypeOf<ReceivedMessage | undefined>()
  expectTypeOf<MailHandle['expectNone']>().returns.resolves.toBeVoid()
  expectTypeOf<MailHandle['delete']>().returns.resolves.toBeNumber()
  expectTypeOf<MailHandle['sessions']>().returns.resolves.toEqualTypeOf<Session[]>()
  expectTypeOf<MailHandle['waitForAttempts']>().returns.resolves.toEqualTypeOf<Attempt[]>()
  expectTypeOf<Attempt['code']>().toEqualTypeOf<number | null>()
  expectTypeOf<MailHandle['reject']>().returns.resolves.toEqualTypeOf<RuleHandle>()
  expectTypeOf<RuleHandle['hits']>().resolves.toBeNumber()
  expectTypeOf<InboxHandle['address']>().toEqualTypeOf<(hint?: string) => string>()

  expectTypeOf<ReceivedMessage['link']>().returns.toEqualTypeOf<FoundLink>()
  expectTypeOf<FoundLink['path']>().toBeString()
  expectTypeOf<FoundLink['url']>().toEqualTypeOf<URL>()
  expectTypeOf<ReceivedMessage['otp']>().returns.toBeString()
  expectTypeOf<ReceivedMessage['text']>().toEqualTypeOf<string | null>()
})

test('a filter takes what is one, and nothing else', () => {
  const message = (received: ReceivedMessage) => received.subject.startsWith('Welcome')
  for (const filter of [{ to: 'ada@example.com', subject: /welcome/i }, 'subject:welcome', message] as const)
    expectTypeOf(filter).toExtend<MailFilter>()
  expectTypeOf<{ header: { 'X-Id': '7' }; has: 'attachment' }>().toExtend<MailFilter>()
  expectTypeOf<{ has: 'attachments' }>().not.toExtend<MailFilter>()
  expectTypeOf<{ larger: string }>().not.toExtend<MailFilter>()
  expectTypeOf<(received: ReceivedMessage) => Promise<boolean>>().not.toExtend<MailFilter>()
  expectTypeOf<MailHandle['waitForAll']>().parameter(1).toBeNumber()
})
