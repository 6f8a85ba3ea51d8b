import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type ListenOptions, Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { BindError, type Bound, bind } from '../../server/net/bind.js'

const hasIpv6 = Object.values(networkInterfaces()).some(list => list?.some(({ address }) => address === '::1'))

const servers: Server[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))))
})

const LISTENER = `
const server = require('node:net').createServer().listen(JSON.parse(process.argv[1]), () => console.log(server.address().port))
`

/** Another program's listener. */
async function foreign(host: string): Promise<{ port: number; pid: number }> {
  const where = JSON.stringify({ host, port: 0, ipv6Only: host === '::1' })
  const program = spawn(process.execPath, ['-e', LISTENER, where], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void program.kill())
  const [line] = await once(program.stdout, 'data')
  return { port: Number(line), pid: program.pid as number }
}

async function take(port: number, hosts?: string[], make: () => Server = createServer): Promise<Bound> {
  const bound = await bind({ port, hosts, portOption: '--smtp-port', make })
  servers.push(...bound.servers)
  return bound
}

async function failure(promise: Promise<unknown>): Promise<BindError> {
  const error = await promise.then(
    () => undefined,
    error => error,
  )
  expect(error).toBeInstanceOf(BindError)
  return error
}

/** A server of a machine where listening on `host` fails so. */
function failing(host: string, code: string): () => Server {
  return () =>
    new (class extends Server {
      override listen(...args: unknown[]): this {
        if ((args[0] as ListenOptions).host !== host) return Reflect.apply(super.listen, this, args)
        queueMicrotask(() => this.emit('error', Object.assign(new Error(code), { code })))
        return this
      }
    })()
}

describe('a port on several addresses', () => {
  test.skipIf(!hasIpv6)('port 0 is the same free port on both loopback addresses', async () => {
    const { port, addresses, servers } = await take(0)
    expect(addresses).toEqual(['127.0.0.1', '::1'])
    expect(servers.map(server => (server.address() as AddressInfo).port)).toEqual([port, port])
  })

  test('an address that is named twice is bound once', async () => {
    expect((await take(0, ['127.0.0.1', '127.0.0.1'])).addresses).toEqual(['127.0.0.1'])
  })

  test('an address that another one stands for is not bound again, in whatever order they come', async () => {
    expect((await take(0, ['127.0.0.1', '0.0.0.0'])).addresses).toEqual(['0.0.0.0'])
    expect((await take(0, ['0.0.0.0', '127.0.0.1'])).addresses).toEqual(['0.0.0.0'])
  })

  test('by default a machine without IPv6 does without it', async () => {
    for (const code of ['EADDRNOTAVAIL', 'EAFNOSUPPORT']) {
      expect(await take(0, undefined, failing('::1', code))).toMatchObject({ addresses: ['127.0.0.1'] })
    }
  })

  test('an address that was asked for has to be there', async () => {
    const error = await failure(take(0, ['127.0.0.1', '::1'], failing('::1', 'EADDRNOTAVAIL')))
    expect(error).toMatchObject({
      code: 'EADDRNOTAVAIL',
      message: 'this machine does not have the address ::1: choose another with --host',
      fix: 'choose another with --host',
    })
  })

  test.skipIf(!hasIpv6)('all addresses of the machine, both families', async () => {
    expect(await take(0, ['0.0.0.0', '::'])).toMatchObject({ addresses: ['0.0.0.0', '::'] })
    expect(await take(0, ['::'])).toMatchObject({ addresses: ['::'] })
  })
})

describe('a foreign listener stops the start', () => {
  test.each(['127.0.0.1', '0.0.0.0', ...(hasIpv6 ? ['::1', '::'] : [])])('on %s', async host => {
    const { port } = await foreign(host)
    const error = await failure(take(port))
    expect(error.code).toBe('EADDRINUSE')
    expect(error.message).toMatch(new RegExp(`^port ${port} on (127\\.0\\.0\\.1|::1) is taken by `))
    expect(error.fix).toBe('stop it, or choose another with --smtp-port')
  })

  test.skipIf(process.platform !== 'linux')('and is named where the system tells', async () => {
    const { port, pid } = await foreign('127.0.0.1')
    const { message } = await failure(take(port))
    expect(message).toContain(`(pid ${pid})`)
  })

  test.skipIf(process.platform !== 'linux')('and is not called another program where it is this one', async () => {
    const { port } = await take(0, ['127.0.0.1'])
    const { message } = await failure(take(port, ['127.0.0.1']))
    expect(message).toBe(
      `port ${port} on 127.0.0.1 is taken by this process itself, for something else: choose another with --smtp-port`,
    )
  })

  test.skipIf(!hasIpv6)('and nothing is held after it', async () => {
    const { port } = await foreign('::1')
    await failure(take(port))
    expect(await take(port, ['127.0.0.1'])).toMatchObject({ port })
  })
})

describe('other failures say what to do', () => {
  test('a port that needs rights', async () => {
    const { message } = await failure(take(0, ['127.0.0.1'], failing('127.0.0.1', 'EACCES')))
    expect(message).toMatch(/^this process may not listen on port 0: choose one above 1023 with --smtp-port$/)
  })

  test('a host name that leads nowhere', async () => {
    const { message } = await failure(take(0, ['nowhere.test'], failing('nowhere.test', 'ENOTFOUND')))
    expect(message).toBe('the host name nowhere.test leads to no address: choose another with --host')
  })

  test('anything else', async () => {
    const { message } = await failure(take(0, ['127.0.0.1'], failing('127.0.0.1', 'EMFILE')))
    expect(message).toMatch(/^cannot listen on port 0 of 127\.0\.0\.1 \(EMFILE\): choose another port with --smtp-port/)
  })
})
