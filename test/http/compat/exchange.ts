/** Recorded exchanges: what a client of a tool asks, and what the tool is known to answer. */
import { expect } from 'vitest'
import type { Fixture } from '../helpers.js'

/** A request and its answer. A `body` is the whole text, a pattern in it, or what it is as JSON. */
export interface Exchange {
  ask: string
  payload?: unknown
  headers?: Record<string, string>
  status?: number
  /** The whole Content-Type. */
  type?: string
  body?: unknown
  /** Headers of the answer. */
  has?: Record<string, unknown>
}

/** A mail with everything in it that adapters have to tell: the same was sent to the tools themselves. */
export const MAIL = [
  'From: App <app@example.com>',
  'To: Ada <ada@example.com>, Bob <bob@example.com>',
  'Cc: grace@example.com',
  'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
  'Message-ID: <1@example.com>',
  'In-Reply-To: <0@example.com>',
  'X-Priority: 1',
  'X-Twice: a',
  'X-Twice: b',
  'Date: Sat, 31 Jan 2026 12:00:00 +0000',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=m',
  '',
  '--m',
  'Content-Type: multipart/related; boundary=r',
  '',
  '--r',
  'Content-Type: multipart/alternative; boundary=a',
  '',
  '--a',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Your code is 739204.',
  '--a',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>Your code is <b>739204</b>.</p><img src="cid:logo"><script>alert(1)</script>',
  '--a--',
  '--r',
  'Content-Type: image/png',
  'Content-ID: <logo>',
  'Content-Disposition: inline',
  'Content-Transfer-Encoding: base64',
  '',
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  '--r--',
  '--m',
  'Content-Type: application/pdf',
  'Content-Disposition: attachment; filename="terms.pdf"',
  '',
  'bytes',
  '--m--',
  '',
].join('\r\n')

/** A mail of one part. */
export const PLAIN_MAIL = 'Subject: plain\r\nFrom: x@y.example\r\nTo: q@r.example\r\n\r\nHi there\r\n'

/** Asks, and compares. */
export async function check({ app }: Pick<Fixture, 'app'>, exchange: Exchange): Promise<void> {
  const { ask, payload, headers = {}, status = 200, type, body, has = {} } = exchange
  const [method, url] = ask.split(' ') as ['GET', string]
  const answer = await app.inject({
    method,
    url,
    headers: { host: 'localhost:8025', ...headers },
    ...(payload !== undefined && { payload: payload as string }),
  })
  expect(`${answer.statusCode} ${answer.body}`).toMatch(new RegExp(`^${status} `))
  if (type !== undefined) expect(answer.headers['content-type']).toBe(type)
  expect(answer.headers).toMatchObject(has)
  if (typeof body === 'string') expect(answer.body).toBe(body)
  else if (body instanceof RegExp) expect(answer.body).toMatch(body)
  else if (body !== undefined) expect(answer.json()).toEqual(body)
}

/** A WebSocket to an app, and a way to take its frames one by one. */
export async function openSocket({ app }: Pick<Fixture, 'app'>, url: string) {
  const come: unknown[] = []
  const waiting: ((frame: unknown) => void)[] = []
  const socket = await app.injectWS(
    url,
    { headers: { host: 'localhost:8025' } },
    {
      onInit(ws) {
        ws.on('message', data => {
          const frame: unknown = JSON.parse(String(data))
          const next = waiting.shift()
          if (next) next(frame)
          else come.push(frame)
        })
      },
    },
  )
  const next = (): Promise<unknown> =>
    come.length > 0 ? Promise.resolve(come.shift()) : new Promise(resolve => waiting.push(resolve))
  return { socket, next }
}
