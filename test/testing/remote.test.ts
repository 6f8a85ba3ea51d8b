/** What only a handle behind HTTP can meet: servers that are away, come back, or are none, and connections that break. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  connectMaildouble,
  type MailFilter,
  type MailHandle,
  RemoteError,
  startMaildouble,
} from '../../server/index.js'
import { ENTRY } from '../built.js'
import { failureOf } from './failure.js'

const left: (() => unknown)[] = []
afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end()
})

async function start(options?: Parameters<typeof startMaildouble>[0]): Promise<MailHandle> {
  const server = await startMaildouble(options)
  left.push(() => server.stop())
  return server
}

async function connected(...given: Parameters<typeof connectMaildouble>): Promise<MailHandle> {
  const mail = await connectMaildouble(...given)
  left.push(() => mail.stop())
  return mail
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  left.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function send(server: MailHandle, subject: string): Promise<void> {
  const transport = createTransport(server.smtpUrl)
  await transport.sendMail({ from: 'app@example.org', to: 'ada@example.com', subject, text: '' })
  transport.close()
}

/** A way to a server that can be cut, and says when a request with these words has gone over it. */
async function cuttable(server: MailHandle) {
  const sockets = new Set<Socket>()
  const watchers = new Set<(text: string) => void>()
  const url = await listening(
    createServer(socket => {
      const onward = connect(server.ports.http, '127.0.0.1')
      for (const [from, to] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        sockets.add(from)
        from.on('error', () => {})
        from.on('close', () => to.destroy())
        from.pipe(to)
      }
      socket.on('data', bytes => {
        for (const watcher of watchers) watcher(bytes.toString('latin1'))
      })
    }),
  )
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  left.push(cut)
  const asked = (words: string) =>
    new Promise<void>(resolve => {
      const watcher = (text: string) => {
        if (!text.includes(words)) return
        watchers.delete(watcher)
        resolve()
      }
      watchers.add(watcher)
    })
  return { url, cut, asked }
}

describe('a connection that breaks', () => {
  test('ends no wait: what came meanwhile is told, and once', async () => {
    const server = await start()
    const way = await cuttable(server)
    const mail = await connected(way.url)
    const waiting = [
      way.asked('GET /api/messages?subject=mail&full=true'),
      way.asked('GET /api/attempts?'),
      way.asked('GET /api/changes'),
    ]
    const two = mail.waitForAll({ subject: 'mail' }, 2)
    const attempts = mail.waitForAttempts({ outcome: 'accepted' }, 2)
    const sessions: string[] = []
    const ended = new Promise<void>(resolve => {
      mail.on('session', ({ outcome }) => {
        if (sessions.push(outcome) === 2) resolve()
      })
    })
    await Promise.all(waiting)
    const first = mail.waitFor({ subject: 'mail 1' })
    await send(server, 'mail 1')
    await first
    way.cut()
    await send(server, 'mail 2')
    expect((await two).map(({ subject }) => subject)).toEqual(['mail 1', 'mail 2'])
    expect((await attempts).map(({ code }) => code)).toEqual([250, 250])
    await ended
    expect(sessions).toHaveLength(2)
  })

  test('is made anew by the next request', async () => {
    const server = await start()
    const way = await cuttable(server)
    const mail = await connected(way.url)
    await send(server, 'mail')
    way.cut()
    expect(await mail.messages()).toHaveLength(1)
  })
})

test('a server that has restarted fails what waits and what is asked, and says so', async () => {
  const server = await start()
  const way = await cuttable(server)
  const { url } = way
  const mail = await connected(url)
  const { ports } = server
  const asked = way.asked('GET /api/messages?full=true')
  const waiting = failureOf(mail.next())
  mail.on('message', () => {})
  const warned = new Promise<string>(resolve => {
    const listen = ({ name, message }: Error) => name === 'MaildoubleWarning' && resolve(message)
    process.on('warning', listen)
    left.push(() => process.off('warning', listen))
  })
  await asked
  await server.stop()
  await start({ httpPort: ports.http })
  const says = `maildouble at ${url} has restarted since this handle was made: the mail that it saw is gone.`
  expect(await waiting).toContain(says)
  expect(await warned).toContain(`on('message') has ended: ${says}`)
  expect(await failureOf(mail.messages())).toContain(says)
  expect(await failureOf(mail.attempts())).toContain(says)
  mail.clear()
  expect(await failureOf(mail.next())).toContain(says)
  await mail.stop()
})

test('a server that is gone for good fails what waits with that reason, long before its time is over', async () => {
  const server = await start()
  const mail = await connected(server.url)
  const waits = [mail.next({}, { timeoutMs: 600_000 }), mail.waitForAttempts({}, 1, { timeoutMs: 600_000 })].map(
    failureOf,
  )
  await server.stop()
  for (const failure of await Promise.all(waits))
    expect(failure).toMatch(/^maildouble at .* cannot be reached: .*ECONNREFUSED.*\. Start it with npx maildouble/)
})

describe('where there is no maildouble', () => {
  test('the error says which URL was tried, and what to do', async () => {
    const server = await start()
    const mail = await connected(server.url)
    await server.stop()
    const says = new RegExp(
      `^maildouble at ${server.url} cannot be reached: .*ECONNREFUSED.*\\. Start it with npx maildouble`,
    )
    const error = await connectMaildouble(server.url).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringMatching(says) })
    expect(await failureOf(mail.next())).toMatch(says)
    expect(await failureOf(mail.messages())).toMatch(says)
    const name = new URL(server.url)
    name.hostname = 'localhost'
    expect(await failureOf(connectMaildouble(name.href))).toMatch(/cannot be reached: .*ECONNREFUSED/)
  })

  test.each(['127.0.0.1:8025', 'smtp://127.0.0.1:1025', ''])('%j is no URL of one', async url => {
    expect(await failureOf(connectMaildouble(url))).toMatch(/is no URL of a server\. Give one such as http:/)
  })

  test.each([
    [200, '<!doctype html>', /^What answers at .* is no maildouble: \/api\/info is no JSON\. Give the URL of/],
    [200, '{"name":"another"}', /^What answers at .* is no maildouble: \/api\/info tells of no listeners\./],
    [
      200,
      '{"version":"99.1.0","listeners":[]}',
      /^maildouble at .* is version 99\.1\.0, and this library \d.*: they may not .* Install the same version on both sides\.$/,
    ],
    [404, 'Not found', /^What answers at .* is no maildouble: \/api\/info was answered with 404\./],
    [401, 'Who?', /asks for a password\. Give it in the URL: http:\/\/user:password@/],
    [502, 'Bad gateway', /^A proxy at .* answered 502\./],
    [
      403,
      '{"error":"refused_host","message":"Not under that name.","fix":"Allow it."}',
      /^Not under that name\. Allow it\.$/,
    ],
  ])('%i %s is understood', async (status, body, says) => {
    const url = await listening(createHttpServer((_request, response) => response.writeHead(status).end(body)))
    expect(await failureOf(connectMaildouble(url))).toMatch(says)
  })
})

test('the URL of an SMTP port is understood, too', async () => {
  const server = await start()
  const wrong = server.smtpUrl.replace('smtp:', 'http:')
  expect(await failureOf(connectMaildouble(wrong))).toMatch(
    /is no maildouble: it does not speak HTTP\. Give the URL of/,
  )
})

describe('where the server is', () => {
  let server: MailHandle
  beforeEach(async () => {
    server = await start()
  })

  test('is the URL, its host with the reported port, and those that were said', async () => {
    const mail = await connected(`${server.url}/`)
    expect([mail.url, mail.smtpUrl, mail.ports]).toEqual([server.url, server.smtpUrl, server.ports])
    const mapped = await connected(server.url, { smtpUrl: 'smtp://mail.test:2525' })
    expect([mapped.smtpUrl, mapped.ports.smtp]).toEqual(['smtp://mail.test:2525', 2525])
    const inbox = mapped.inbox('billing')
    expect(inbox.smtpUrl).toBe('smtp://billing:any@mail.test:2525')
    await inbox.messages()
  })

  test('a user and a password are sent along, and not shown', async () => {
    const logins = new Set<string | undefined>()
    const url = await listening(
      createHttpServer(async ({ url, headers }, response) => {
        logins.add(headers.authorization)
        const answer = await fetch(server.url + url)
        response.writeHead(answer.status).end(await answer.text())
      }),
    )
    const mail = await connected(url.replace('://', '://ada:p%40ss@'))
    expect(await mail.messages()).toEqual([])
    expect(mail.url).toBe(url)
    expect([...logins]).toEqual([`Basic ${Buffer.from('ada:p@ss').toString('base64')}`])
  })

  test('a handle begins when it is made, unless it is to see all', async () => {
    await send(server, 'yesterday')
    expect(await (await connected(server.url)).messages()).toEqual([])
    expect(await (await connected(server.url, { since: 'all' })).messages()).toHaveLength(1)
  })

  test('stopping the client stops no server', async () => {
    const mail = await connected(server.url)
    await mail.stop()
    expect(await failureOf(mail.messages())).toBe('This handle is stopped: stop() was called on it.')
    expect(await (await connected(server.url)).messages()).toEqual([])
  })

  test('a process that connected, by the environment, and stopped ends by itself', async () => {
    const script = `
      import { connectMaildouble } from ${JSON.stringify(ENTRY)}
      const mail = await connectMaildouble()
      mail.on('session', () => {})
      const inbox = mail.inbox()
      const waiting = mail.next().catch(() => {})
      await inbox.messages()
      mail.clear()
      await mail.stop()
      await waiting
      console.log(mail.url)
      // Once what was closed is closed.
      await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
      console.log(process.getActiveResourcesInfo().filter(name => !/^(TTYWrap|PipeWrap|Immediate|CloseReq|FSReq.*)$/.test(name)).join())
    `
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, MAILDOUBLE_URL: server.url },
    })
    expect(stdout).toBe(`${server.url}\n\n`)
  })
})

test('every list is read to its end, and every term is told apart', async () => {
  const server = await start()
  const mail = await connected(server.url)
  await send(server, 'Welcome (1)')
  await send(server, 'Goodbye')
  const filters: MailFilter[] = [
    { header: { Subject: 'welcome', To: true, From: '' } },
    { q: 'welcome OR hello', header: { Subject: '(1)', To: 'ada' } } as never,
    { subject: 'welcome (1)', larger: 10, is: 'unread', has: 'warning' },
    'subject:welcome (is:unread OR is:read) newer:1h',
  ]
  for (const filter of filters) {
    const both = await Promise.all([server, mail].map(handle => handle.messages(filter)))
    expect(both[1]?.map(({ id }) => id)).toEqual(both[0]?.map(({ id }) => id))
    const failures = [server, mail].map(handle => failureOf(handle.waitForAll(filter, 3, { timeoutMs: 20 })))
    const [one, other] = await Promise.all(failures)
    expect(other).toBe(one)
  }
  const bad = [server, mail].map(handle => failureOf(handle.messages('subject:/(?=x)/')))
  const [one, other] = await Promise.all(bad)
  expect(other).toBe(one)
})
