/** The page and the API over https, and clients that bring a password, over real sockets. */
import { once } from 'node:events'
import { get as getTls } from 'node:https'
import { connect } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { connectMaildouble, type OptionsInput, startMaildouble } from '../../server/index.js'

async function start(options: OptionsInput) {
  const server = await startMaildouble({ host: '127.0.0.1', ...options })
  onTestFinished(() => server.stop())
  return server
}

interface Answer {
  status: number | undefined
  body: string
}

function get(url: string, tls: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    getTls(url, { ...tls, agent: false }, async answer => {
      let body = ''
      for await (const chunk of answer.setEncoding('utf8')) body += chunk
      resolve({ status: answer.statusCode, body })
    }).on('error', reject)
  })
}

describe('https', () => {
  test('serves pages, the API and live events under a CA that can be fetched', async () => {
    const server = await start({ https: true, basePath: '/mail' })
    expect(server.url).toBe(`https://127.0.0.1:${server.ports.http}/mail`)
    const { body: ca } = await get(`${server.url}/api/ca.pem`, { rejectUnauthorized: false })
    const info = JSON.parse((await get(`${server.url}/api/info`, { ca })).body)
    expect(info.listeners).toContainEqual(expect.objectContaining({ protocol: 'https', url: server.url }))
    expect(info.listeners).not.toContainEqual(expect.objectContaining({ protocol: 'smtps' }))
    expect((await get(`https://localhost:${server.ports.http}/llms.txt`, { ca })).body).toContain(
      `https://localhost:${server.ports.http}/mail/api/messages`,
    )
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/changes`, {
      ca,
      origin: new URL(server.url).origin,
    })
    const [hello] = await once(socket, 'message')
    expect(JSON.parse(String(hello)).type).toBe('hello')
    socket.terminate()
  })

  test('passes over the offer of another protocol', async () => {
    const { ports } = await start({ https: true })
    const socket = connect({ port: ports.http, host: '127.0.0.1', rejectUnauthorized: false }).setEncoding('latin1')
    const close = 'Connection: close\r\n\r\n'
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
    socket.write(`GET /readyz HTTP/1.1\r\nHost: localhost\r\n${close}`)
    let answers = ''
    for await (const chunk of socket) answers += chunk
    expect(answers.match(/(?<=HTTP\/1.1 )\d+/g)).toEqual(['200', '200'])
  })

  test('a client that does not trust it is told how to', async () => {
    const { url } = await start({ https: true })
    await expect(connectMaildouble(url)).rejects.toMatchObject({
      code: 'untrusted',
      message: expect.stringMatching(/--ca-dir.*NODE_EXTRA_CA_CERTS/),
    })
  })
})

test('a handle brings its password with every request, waits included', async () => {
  const server = await start({ httpAuth: ['ada:p@ss:word', 'grace:x'], basePath: '/mail' })
  const url = (login: string) => server.url.replace('://', `://${login}@`)
  await using mail = await connectMaildouble(url('ada:p%40ss%3Aword'))
  expect(mail.url).toBe(server.url)
  const [next] = await Promise.all([
    mail.next({ to: 'ada@example.com' }),
    server.add({ to: 'ada@example.com', subject: 'Welcome' }),
  ])
  expect(next.subject).toBe('Welcome')
  await using inbox = mail.inbox('billing')
  expect(await inbox.messages()).toEqual([])
  await expect(connectMaildouble(url('ada:wrong'))).rejects.toMatchObject({ code: 'unauthorized' })
  await expect(connectMaildouble(server.url)).rejects.toThrow(/asks for a user name and a password\. Give those of/)
})
