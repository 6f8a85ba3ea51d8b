/**
 * Requests: any of them has an answer that is no defect of ours, and every refusal is an ApiError. An input is a request
 * as it would be on the wire: a line, headers, an empty line, a body.
 */
import type { Fixture } from '../../http/make.js'
import { newApp, RICH_MAIL } from '../../http/make.js'
import { fail, promise, type Target } from '../target.js'

/** The store is small and its messages come back, so that requests that remove or add leave it as it was. */
const BOUNDS = { maxMessages: 20, maxBytes: 4 * 1024 * 1024 }
/** A request waits no longer than this for what does not come. */
const MAX_WAIT = /wait=[^&\s]*/g

/** What other tools answer, who have errors of their own. */
const OF_ADAPTERS = /^\/(?:api\/)?(?:v1|v2|events|email|config|messages\/|view)/

let made: Promise<Fixture> | undefined

export const http: Target = {
  name: 'http',
  tokens: [
    'GET ',
    'POST ',
    'DELETE ',
    'PATCH ',
    'PUT ',
    '/api/messages',
    '/api/messages/latest',
    '/html',
    '/raw',
    '/parts/2',
    '/parts.zip',
    '/checks',
    '/api/messages/export?format=',
    '/api/inboxes/',
    '/api/sessions/',
    '/api/attempts/',
    '/api/rules',
    '/api/v1/messages',
    '/api/v1/search?query=',
    'tag:a after:2026-01-31 larger:1.5mb -!"',
    '&tz=Europe/Berlin',
    '/api/v1/message/latest',
    '/api/v1/send',
    '/api/v1/tags/a',
    '/api/v1/chaos',
    '/view/latest.html',
    '/api/v2/search?kind=to&query=',
    '/email/',
    '?',
    '&',
    'q=',
    'since=',
    'until=4294967295',
    'instance=',
    'limit=1000',
    'page=',
    'full=true',
    'wait=1ms',
    'count=2',
    '%00',
    '%2e%2e%2f',
    '%ff',
    '%',
    '..',
    '\r\n',
    'Host: localhost\r\n',
    'Content-Type: application/json\r\n',
    'Content-Type: message/rfc822\r\n',
    'Content-Type: application/mbox\r\n',
    'Origin: null\r\n',
    '{"ids":[',
    '{"IDs":["1"],"Tags":["a"],"READ":true}',
    '{"From":{"Email":"a@b"},"To":[{"Email":"c@d"}],"Headers":{"X":"',
    '"__proto__":',
    '{"match":{"to":"*@a.test"},"reply":"452"}',
    '[[[[',
    '1e999',
    'null',
  ],
  maxBytes: 2 * 1024 * 1024,
  async run(input) {
    made ??= newApp({ bounds: BOUNDS, caPem: 'a certificate' })
    const { app, store, defects, add, rules } = await made
    if (store.total < 3) await add({ raw: RICH_MAIL })
    if (rules.list().length > 50) rules.clear()
    const headEnd = input.indexOf('\r\n\r\n')
    const head = input.toString('latin1', 0, headEnd < 0 ? input.length : headEnd).split('\r\n')
    const payload = headEnd < 0 ? undefined : input.subarray(headEnd + 4)
    const [method = 'GET', target = '/'] = (head[0] ?? '').split(' ')
    // What Node's own parser lets through.
    if (!/^(?:GET|POST|DELETE|PATCH|PUT|HEAD|OPTIONS)$/.test(method) || !/^\/[!-~]*$/.test(target)) return
    if (/^\/api\/(?:changes|v1\/events|v2\/websocket)/.test(target)) return
    const headers: Record<string, string> = { host: 'localhost' }
    for (const line of head.slice(1)) {
      const [, name, value] = /^([\w-]+):[ \t]*([\t -~\x80-\xff]*)$/.exec(line) ?? []
      if (name !== undefined && !/^(?:content-length|transfer-encoding|upgrade|connection)$/i.test(name))
        headers[name.toLowerCase()] = value ?? ''
    }
    const url = target.replace(MAX_WAIT, wait => (/^wait=\d{1,2}ms$/.test(wait) ? wait : 'wait=1ms'))
    const answer = await app.inject({ method: method as 'GET', url, headers, ...(payload && { payload }) })
    if (defects.length > 0) throw defects.splice(0)[0]
    promise(answer.statusCode < 500 || [503, 507].includes(answer.statusCode), `${method} ${url}: ${answer.statusCode}`)
    if (
      answer.statusCode >= 400 &&
      method !== 'HEAD' &&
      !OF_ADAPTERS.test(url) &&
      /json/.test(String(answer.headers['content-type']))
    ) {
      const { error, message, fix } = answer.json()
      if (![error, message, fix].every(text => typeof text === 'string')) fail(`no ApiError: ${answer.body}`)
    }
  },
}
