import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApp } from '../../server/http/app.js'
import { type Front, makeFront } from '../../server/http/front.js'
import type { MailStore } from '../../server/mail/store.js'
import { RecordMaker } from '../mail/make-records.js'
import { loop, mail, makeRules, makeStoreWithContents, put, SITE } from './helpers.js'

interface Running {
  front: Front
  store: MailStore
  urls: string[]
  /** How often the app was made. */
  made(): number
}

async function listening(server: Server, host: string): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  const { address, port, family } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

async function start({ fail = 0, servers = 1 } = {}): Promise<Running> {
  const { store, contents } = makeStoreWithContents()
  const maker = new RecordMaker()
  let made = 0
  const front = makeFront(async () => {
    made += 1
    if (made <= fail) throw new Error('not today')
    return createApp({
      store,
      contents,
      inboxes: maker.inboxes,
      records: maker.records,
      rules: makeRules(contents, maker),
      listenerInboxes: [],
      addressForm: '{token}@example.com',
      loop,
      now: () => 0,
      version: '1.2.3',
      webRoot: null,
      site: SITE,
      mayEnter: null,
      caPem: null,
      info: () => ({
        listeners: [],
        limits: {
          maxMessageBytes: 1024,
          maxRecipients: 1,
          maxConnections: 1,
          maxMessages: 1,
          maxBytes: 1,
          maxAgeMs: null,
          requireTls: false,
          requireAuth: false,
          knownLoginsOnly: false,
          whenFull: 'evict',
        },
        startedAtMs: 0,
      }),
      report: error => {
        throw error
      },
    })
  })
  onTestFinished(() => front.close())
  const urls = await Promise.all(Array.from({ length: servers }, () => listening(front.server(), '127.0.0.1')))
  return { front, store, urls, made: () => made }
}

/** Connections of fetch stay open by themselves; a test that counts them closes its own. */
const get = (url: string, init: RequestInit = {}) => fetch(url, init)

describe('the front', () => {
  test('makes the app when the first request comes, once for every address', async () => {
    const { urls, made } = await start({ servers: 2 })
    expect(made()).toBe(0)
    const answers = await Promise.all([...urls, ...urls].map(url => get(`${url}/healthz`)))
    expect(await Promise.all(answers.map(answer => answer.text()))).toEqual(['true', 'true', 'true', 'true'])
    expect(made()).toBe(1)
  })

  test('tries again where making it failed', async () => {
    const { urls, made } = await start({ fail: 1 })
    const failed = await get(`${urls[0]}/healthz`)
    expect([failed.status, (await failed.json()).error]).toEqual([500, 'internal'])
    expect((await get(`${urls[0]}/healthz`)).status).toBe(200)
    expect(made()).toBe(2)
  })

  test('closes without ever having made it', async () => {
    const { front, urls, made } = await start()
    await front.close()
    expect(made()).toBe(0)
    await expect(get(`${urls[0]}/healthz`)).rejects.toThrow()
  })

  test('closes though connections are kept open', async () => {
    const { front, urls } = await start({ servers: 2 })
    for (const url of urls) await (await get(`${url}/healthz`)).text()
    await front.close()
    await expect(get(`${urls[0]}/healthz`)).rejects.toThrow()
  })

  test('ends live streams and waits when it closes', async () => {
    const { front, urls } = await start()
    const live = await get(`${urls[0]}/api/changes`)
    const reader = live.body?.getReader()
    await reader?.read()
    const waiting = get(`${urls[0]}/api/messages?wait=60s`)
    // The wait has its place once the server has answered something that came after it.
    await (await get(`${urls[0]}/healthz`)).text()
    await front.close()
    expect((await waiting.catch(() => undefined))?.status ?? 503).toBe(503)
    while (!(await reader?.read())?.done) {
      // what was on its way
    }
  })

  test('closes twice as once', async () => {
    const { front } = await start()
    await Promise.all([front.close(), front.close()])
  })
})

describe('an offer of another protocol', () => {
  // Java's HttpClient makes it on every plain request, with a body or without.
  const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\n'

  test.each([
    ['is passed over', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n', '', '200'],
    ['leaves the body', 'PATCH /api/messages HTTP/1.1\r\nHost: localhost\r\n', '{"q":"a","read":true}', '200'],
    ['leaves the guard', 'GET /api/messages HTTP/1.1\r\nHost: evil.example\r\n', '', '403'],
  ])('%s', async (_what, head, body, status) => {
    const { urls } = await start()
    const fields = body && `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
    const last = 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
    const answers = await exchange(urls[0] as string, `${head}${offer}${fields}\r\n${body}${last}`)
    expect(answers.match(/(?<=HTTP\/1.1 )\d+/g)).toEqual([status, '200'])
  })
})

/** Everything that comes back until the connection ends. */
async function exchange(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('latin1')
  socket.write(bytes, 'latin1')
  let answers = ''
  for await (const chunk of socket) answers += chunk
  return answers
}

test('a slow reader of a large message holds no copy of it, and gets every byte', async () => {
  const { store, urls } = await start()
  const raw = Buffer.concat([mail(), Buffer.alloc(30 * 1024 * 1024, 'abcdefgh')])
  await put(store, { raw })
  const answer = await get(`${urls[0]}/api/messages/latest/raw`)
  expect(answer.headers.get('content-length')).toBe(String(raw.length))
  const { arrayBuffers } = process.memoryUsage()
  await (await get(`${urls[0]}/healthz`)).text()
  expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(raw.length / 2)
  expect(Buffer.from(await answer.arrayBuffer()).equals(raw)).toBe(true)
})

test('a client that goes away frees its wait', async () => {
  const { store, urls } = await start()
  const subscribers = new Set<unknown>()
  const subscribe = store.subscribe.bind(store)
  let stir = () => {}
  store.subscribe = fn => {
    const unsubscribe = subscribe(fn)
    subscribers.add(fn)
    stir()
    return () => {
      unsubscribe()
      subscribers.delete(fn)
      stir()
    }
  }
  const until = async (count: number) => {
    while (subscribers.size !== count) {
      await new Promise<void>(resolve => {
        stir = resolve
      })
    }
  }
  const client = new AbortController()
  const answer = get(`${urls[0]}/api/messages?wait=60s`, { signal: client.signal }).catch(() => 'gone')
  await until(1)
  client.abort()
  await until(0)
  expect(await answer).toBe('gone')
})
