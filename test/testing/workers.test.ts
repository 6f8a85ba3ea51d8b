/**
 * Many tests at a time on one server and one app that knows of none: each works with its own inbox only. Ten runs in a row:
 * `REPEATS=9 npx vitest run --project unit test/testing/workers.test.ts`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { connectMaildouble, type MailHandle, startMaildouble } from '../../server/index.js'

const WORKERS = 32
const MAILS = 1000
/** Far above what it takes on a busy machine: only a mail that is lost runs into it. */
const PATIENT = { timeoutMs: 60_000 }

async function startApp(smtpUrl: string) {
  const app = spawn(process.execPath, [fileURLToPath(new URL('app.mjs', import.meta.url))], {
    env: { ...process.env, SMTP_URL: smtpUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = await once(createInterface(app.stdout), 'line')
  return {
    async ask(to: string, subject: string): Promise<void> {
      await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: JSON.stringify({ to, subject }) })
    },
    async [Symbol.asyncDispose](): Promise<void> {
      const exit = once(app, 'exit')
      app.kill()
      await exit
    },
  }
}

/** A worker of a test runner: a handle of its own, an inbox, rules on its recipients, and `count` mails to them. */
async function work(server: MailHandle, ask: (to: string, subject: string) => Promise<void>, n: number, count: number) {
  await using mail = await connectMaildouble(server.url)
  await using inbox = mail.inbox({ label: `worker ${n}` })
  const [ada, grey, gone] = [inbox.address('ada'), inbox.address('grey'), inbox.address('gone')]
  const later = await inbox.reject({ to: grey }, '451 later', { times: 2 })
  const never = await inbox.reject({ to: gone }, '550 nobody here')

  // The same words everywhere: only the recipients tell whose mail it is.
  const subjects = Array.from({ length: count - 1 }, (_, k) => `Welcome ${String(k).padStart(2, '0')}`)
  const asked = [...subjects.map(subject => ask(ada, subject)), ask(grey, 'Late'), ask(gone, 'Lost')]
  const welcomes = await inbox.waitForAll({ subject: 'Welcome' }, count - 1, PATIENT)
  expect(welcomes.map(({ subject }) => subject).sort()).toEqual(subjects)
  for (const subject of subjects.slice(-3)) expect((await inbox.next({ subject }, PATIENT)).envelope.to).toEqual([ada])
  expect((await inbox.next({ subject: 'Late' }, PATIENT)).envelope.to).toEqual([grey])
  const codes = async (to: string, tries: number) =>
    (await inbox.waitForAttempts({ to }, tries, PATIENT)).map(({ code }) => code)
  expect(await codes(grey, 3)).toEqual([451, 451, 250])
  expect(await codes(gone, 1)).toEqual([550])
  await Promise.all(asked)

  const messages = await inbox.messages()
  expect(messages).toHaveLength(count)
  expect(new Set(messages.flatMap(({ inboxes }) => inboxes))).toEqual(new Set([inbox.name]))
  expect(await inbox.attempts()).toHaveLength(count + 3)
  expect([await later.hits, await never.hits]).toEqual([2, 1])
}

test('32 workers and 1,000 mails: no worker sees what is another one’s', {
  timeout: 120_000,
  repeats: Number(process.env.REPEATS ?? 0),
}, async () => {
  await using server = await startMaildouble()
  await using app = await startApp(server.smtpUrl)
  const share = (n: number) => Math.floor(MAILS / WORKERS) + (n < MAILS % WORKERS ? 1 : 0)
  await Promise.all(Array.from({ length: WORKERS }, (_, n) => work(server, app.ask, n, share(n))))
  expect(await server.messages()).toHaveLength(MAILS)
})
