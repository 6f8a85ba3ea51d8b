/** Behind a real nginx: whether it strips the path or keeps it, passes the Host or changes it, all is the same. */
import { once } from 'node:events'
import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { type MailHandle, startMaildouble } from '../../server/index.js'
import { freePorts, NGINX, type Proxied, startNginx } from '../nginx.js'

const PUBLIC = 'https://mail.example.com/mail'
const { origin } = new URL(PUBLIC)

interface Answer {
  status: number | undefined
  location: string | undefined
  body: string
}

/** As a browser of the page asks: its own Host and Origin, whatever the port is. */
function ask(port: number, path: string, { method = 'GET', body = '' } = {}): Promise<Answer> {
  const headers = {
    ...{ host: 'mail.example.com', origin },
    ...(body && { 'content-type': 'message/rfc822', 'content-length': Buffer.byteLength(body) }),
  }
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers, agent: false }, async answer => {
      let text = ''
      for await (const chunk of answer.setEncoding('utf8')) text += chunk
      resolve({ status: answer.statusCode, location: answer.headers.location, body: text })
    })
      .on('error', reject)
      .end(body)
  })
}

async function start(publicUrl: string | null): Promise<MailHandle> {
  const server = await startMaildouble({ host: '127.0.0.1', publicUrl })
  onTestFinished(() => server.stop())
  return server
}

const WAYS = [
  { strips: true, passesHost: true },
  { strips: true, passesHost: false },
  { strips: false, passesHost: true },
  { strips: false, passesHost: false },
]

async function proxiesOf(server: MailHandle): Promise<Proxied[]> {
  const ports = await freePorts(WAYS.length)
  const proxied = WAYS.map((way, n) => ({
    ...{ ...way, port: ports[n] as number },
    ...{ upstream: new URL(server.url).host, upgrades: true },
  }))
  await startNginx(proxied)
  return proxied
}

test.skipIf(NGINX === undefined)('nginx (where it is installed) shows the API and live events', async () => {
  const server = await start(PUBLIC)
  for (const { port, strips, passesHost } of await proxiesOf(server)) {
    const way = `strips: ${strips}, passes Host: ${passesHost}`
    const bare = await ask(port, '/mail')
    expect([way, Math.floor((bare.status ?? 0) / 100), bare.location]).toEqual([
      way,
      3,
      expect.stringMatching(/\/mail\/$/),
    ])
    const socket = new WebSocket(`ws://127.0.0.1:${port}/mail/api/changes?subject=live`, {
      origin,
      headers: { host: 'mail.example.com' },
    })
    const [hello] = await once(socket, 'message')
    expect([way, JSON.parse(String(hello)).type]).toEqual([way, 'hello'])

    const added = once(socket, 'message')
    const body = `Subject: live\r\nContent-Disposition: attachment; filename=a.bin\r\nContent-Type: application/x-a\r\n\r\n${way}`
    expect((await ask(port, '/mail/api/messages?rcpt-to=ada@example.com', { method: 'POST', body })).status).toBe(201)
    const event = JSON.parse(String((await added)[0]))
    expect([way, event.type]).toEqual([way, 'message.added'])
    socket.terminate()

    const { parts } = JSON.parse((await ask(port, '/mail/api/messages/latest')).body)
    expect(await ask(port, parts[0].url)).toMatchObject({ status: 200, body: way })
    expect((await ask(port, '/mail/llms.txt')).body).toContain(`${PUBLIC}/api/messages`)
  }
})

test.skipIf(NGINX === undefined)(
  'nginx (where it is installed) without the option: the refusal says which',
  async () => {
    const server = await start(null)
    for (const { port, strips, passesHost } of await proxiesOf(server)) {
      // With a path that nobody knows of, it is the page's files that are asked for.
      const refused = await ask(port, strips ? '/mail/api/info' : '/mail/')
      const told = passesHost ? '--allow-host mail.example.com' : strips ? `--public-url ${origin}` : '--public-url'
      expect([strips, refused.body]).toEqual([strips, expect.stringContaining(told)])
      expect([403, 404]).toContain(refused.status)
    }
  },
)
