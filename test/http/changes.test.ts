import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { LiveEvent } from '../../server/http/schema.js'
import { type Fixture, mail, makeApp } from './helpers.js'

const HEADERS = { host: 'localhost:8025' }

/** A WebSocket to an app, and a way to take its events one by one. */
async function openSocket({ app }: Fixture, search = '') {
  const waiting: ((event: LiveEvent) => void)[] = []
  const come: LiveEvent[] = []
  const socket = await app.injectWS(
    `/api/changes${search}`,
    { headers: HEADERS },
    {
      onInit(ws) {
        ws.on('message', data => {
          const event = JSON.parse(String(data)) as LiveEvent
          const next = waiting.shift()
          if (next) next(event)
          else come.push(event)
        })
      },
    },
  )
  const next = (): Promise<LiveEvent> => {
    const event = come.shift()
    return event ? Promise.resolve(event) : new Promise(resolve => waiting.push(resolve))
  }
  return { socket, next }
}

/** An event stream of an app, and a way to take its blocks one by one. */
async function openStream({ app }: Fixture, search = '', headers: Record<string, string> = {}) {
  const answer = await app.inject({
    url: `/api/changes${search}`,
    headers: { ...HEADERS, ...headers },
    payloadAsStream: true,
  })
  const stream: Readable = answer.stream()
  const blocks = (async function* () {
    let rest = ''
    for await (const chunk of stream) {
      const pieces = (rest + String(chunk)).split('\n\n')
      rest = pieces.pop() ?? ''
      yield* pieces
    }
  })()
  const next = async () => {
    const { done, value } = await blocks.next()
    return done ? 'the end' : value
  }
  return { answer, stream, next }
}

describe('over a WebSocket', () => {
  test('each event is a frame', async () => {
    const fixture = await makeApp()
    const { socket, next } = await openSocket(fixture)
    expect(await next()).toMatchObject({ type: 'hello', total: 0 })
    const { id } = await fixture.add({ raw: mail({ subject: 'new' }) })
    expect(await next()).toMatchObject({ type: 'message.added', seq: 1, message: { id, subject: 'new' } })
    await fixture.app.inject({ method: 'PATCH', url: '/api/messages', payload: { ids: [id], read: true } })
    expect(await next()).toMatchObject({ type: 'message.changed', seq: 2, id, read: true })
    await fixture.app.inject({ method: 'DELETE', url: `/api/messages/${id}` })
    expect(await next()).toEqual({ type: 'message.removed', seq: 3, ids: [id] })
    socket.terminate()
  })

  test('what was missed comes first', async () => {
    const fixture = await makeApp()
    for (const subject of ['1', '2']) await fixture.add({ raw: mail({ subject }) })
    const { socket, next } = await openSocket(fixture, `?since=1&instance=${fixture.store.epoch.instance}`)
    expect([await next(), await next()]).toMatchObject([{ type: 'hello' }, { seq: 2, message: { subject: '2' } }])
    socket.terminate()
  })

  test('another life is a reload, no error', async () => {
    const { socket, next } = await openSocket(await makeApp(), '?since=5&instance=other')
    expect([await next(), await next()]).toMatchObject([{ type: 'hello' }, { type: 'reload' }])
    socket.terminate()
  })

  test.each(['?foo=1', '?since=x', '?since=2026-01-31T12:00:00Z', '?is=maybe', '?q=', '?limit=5'])(
    '%s is refused before the upgrade',
    async search => {
      const { app } = await makeApp()
      await expect(app.injectWS(`/api/changes${search}`, { headers: HEADERS })).rejects.toThrow('400')
    },
  )

  test('a client that does not keep up is closed with 1013', async () => {
    const fixture = await makeApp()
    const { socket, next } = await openSocket(fixture)
    await next()
    socket.pause()
    const { id } = await fixture.add()
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 60_000; n++) await fixture.store.flag([id], { read: n % 2 === 0 })
      await new Promise(resolve => setImmediate(resolve))
    }
    const closed = once(socket, 'close')
    socket.resume()
    expect((await closed)[0]).toBe(1013)
  })

  test('stopping closes it with 1001', async () => {
    const fixture = await makeApp()
    const { socket, next } = await openSocket(fixture)
    await next()
    const closed = once(socket, 'close')
    await fixture.app.close()
    expect((await closed)[0]).toBe(1001)
  })

  test('a client that talks is passed over, one that floods is closed', async () => {
    const fixture = await makeApp()
    const { socket, next } = await openSocket(fixture)
    await next()
    socket.send('hello')
    await fixture.add()
    expect(await next()).toMatchObject({ type: 'message.added' })
    const closed = once(socket, 'close')
    socket.send('x'.repeat(1024 * 1024))
    await closed
    expect(fixture.defects).toEqual([])
  })
})

describe('as server-sent events', () => {
  const event = (block: string) => {
    const [id, data] = block.split('\n')
    return { id: id?.replace('id: ', ''), data: JSON.parse(data?.replace('data: ', '') ?? '') as LiveEvent }
  }

  test('each event bears its number', async () => {
    const fixture = await makeApp()
    await fixture.add()
    const { answer, stream, next } = await openStream(fixture)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(await next()).toMatch(/^retry: \d+$/)
    expect(event(await next())).toMatchObject({ id: '1', data: { type: 'hello', total: 1 } })
    await fixture.add({ raw: mail({ subject: 'new\nline' }) })
    expect(event(await next())).toMatchObject({ id: '2', data: { type: 'message.added' } })
    stream.destroy()
  })

  test('Last-Event-ID outranks since, as an EventSource needs it', async () => {
    const fixture = await makeApp()
    for (const subject of ['1', '2', '3']) await fixture.add({ raw: mail({ subject }) })
    const { stream, next } = await openStream(fixture, '?since=0', { 'last-event-id': '2' })
    await next()
    expect(event(await next())).toMatchObject({ id: '2', data: { type: 'hello' } })
    expect(event(await next())).toMatchObject({ id: '3', data: { message: { subject: '3' } } })
    stream.destroy()
  })

  test.each([
    ['?since=x', {}],
    ['', { 'last-event-id': 'x' }],
    ['?foo=1', {}],
  ])('%s %j is 400', async (search, headers) => {
    const { app } = await makeApp()
    const answer = await app.inject({ url: `/api/changes${search}`, headers: { ...HEADERS, ...headers } })
    expect([answer.statusCode, answer.json().error]).toEqual([400, expect.stringContaining('parameter')])
  })

  test('stopping ends it', async () => {
    const fixture = await makeApp()
    const { next } = await openStream(fixture)
    await next()
    await next()
    await fixture.app.close()
    expect(await next()).toBe('the end')
  })
})
