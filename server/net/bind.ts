/**
 * Binds a port on all of its addresses, or on none.
 *
 * A client that says `localhost` may come to 127.0.0.1 or to ::1. If another program listened on the one that is not
 * ours, mail would go elsewhere in silence; so a foreign listener on any address of the port stops the start, and is
 * named where the system tells who it is.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import { connect, isIPv6 } from 'node:net'

/** The loopback addresses; a machine without IPv6 does without the second. */
export const DEFAULT_HOSTS: readonly string[] = ['127.0.0.1', '::1']

/** How often a free port of the first address is sought that is free on the others, too. */
const MAX_PORT_TRIES = 20
/** How long a probe waits: a loopback connection is answered at once or not at all. */
const PROBE_MS = 300
/** /proc/net/tcp's number for a socket that listens. */
const LISTEN_STATE = '0A'

export interface BindOptions {
  /** Addresses or host names; left out, the loopback addresses that the machine has. */
  hosts?: readonly string[] | undefined
  /** 0 takes a port that is free on all of the hosts. */
  port: number
  /** The option that sets the port, to be named in errors: `--smtp-port`. */
  portOption: string
  /** Whether neither what is bound nor its connections keep the process alive. */
  background?: boolean | undefined
  /** Makes a server that does not listen yet; called once for each address and try. */
  make(): Server
}

export interface Bound {
  servers: Server[]
  port: number
  /** The addresses as bound, one for each server. */
  addresses: string[]
  /** Those servers that were closed listen where they did; rejects with a BindError if one cannot. */
  listenAgain(): Promise<void>
}

/** Why a port could not be bound. `message` names the port, who has it and what to do. */
export class BindError extends Error {
  override readonly name = 'BindError'
  /** The system's code: EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND ... */
  readonly code: string
  /** What to do about it. */
  readonly fix: string

  constructor(code: string, problem: string, fix: string, cause?: unknown) {
    super(`${problem}: ${fix}`, { cause })
    this.code = code
    this.fix = fix
  }
}

/** Binds every address; rejects with a BindError, and then holds none. */
export async function bind(options: BindOptions): Promise<Bound> {
  // Those that stand for all addresses first: one that they cover would be found taken, by ourselves.
  const hosts = (options.hosts ?? DEFAULT_HOSTS).toSorted((a, b) => Number(isWildcard(b)) - Number(isWildcard(a)))
  if (options.port !== 0) return bindPort(hosts, options.port, options)
  for (let tries = 1; ; tries++) {
    try {
      return await bindPort(hosts, 0, options)
    } catch (error) {
      // The port that was free on the first address was not on another one.
      if (!(error instanceof BindError && error.code === 'EADDRINUSE') || tries === MAX_PORT_TRIES) throw error
    }
  }
}

async function bindPort(hosts: readonly string[], wantedPort: number, options: BindOptions): Promise<Bound> {
  const places: (() => Promise<void>)[] = []
  const bound: Bound = {
    servers: [],
    port: wantedPort,
    addresses: [],
    listenAgain: async () => void (await Promise.all(places.map(listenAgain => listenAgain()))),
  }
  try {
    for (const host of hosts) {
      if (isCovered(host, bound.addresses)) continue
      const server = options.make()
      if (options.background) server.unref().on('connection', socket => void socket.unref())
      const listenThere = () => listen(server, host, bound.port, host === '::' && hosts.length > 1)
      const listenAgain = async () => {
        if (server.listening) return
        await listenThere().catch(error => Promise.reject(explain(error, host, bound.port, options.portOption)))
      }
      try {
        if (bound.port !== 0) await probe(host, bound.port)
        await listenThere()
      } catch (error) {
        if (options.hosts === undefined && bound.servers.length > 0 && isMissingAddress(error)) continue
        throw explain(error, host, bound.port, options.portOption)
      }
      const { address, port } = server.address() as AddressInfo
      bound.servers.push(server)
      places.push(listenAgain)
      bound.addresses.push(address)
      bound.port = port
    }
    return bound
  } catch (error) {
    await Promise.all(bound.servers.map(server => new Promise(resolve => server.close(resolve))))
    throw error
  }
}

function listen(server: Server, host: string, port: number, ipv6Only: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      server.removeListener('error', settle)
      server.removeListener('listening', settle)
      if (error === undefined) resolve()
      else reject(error)
    }
    server.once('error', settle)
    server.once('listening', settle)
    server.listen({ host, port, ipv6Only })
  })
}

/**
 * Where a bind would not tell: BSD and macOS let one socket listen on an address while another listens on `*`, and
 * the narrower one takes the connections. Linux refuses the bind, so it is not asked.
 */
async function probe(host: string, port: number): Promise<void> {
  if (process.platform === 'linux') return
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const answered = await new Promise<boolean>(resolve => {
    const socket = connect({ host: target, port })
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(PROBE_MS, () => done(false))
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
  if (answered) throw Object.assign(new Error('something answers there'), { code: 'EADDRINUSE' })
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** Whether an address is listened on already, by itself or by the one that stands for all of its kind. */
function isCovered(host: string, bound: readonly string[]): boolean {
  return bound.includes(host) || bound.includes(isIPv6(host) ? '::' : '0.0.0.0')
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
}

function isMissingAddress(error: unknown): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(codeOf(error))
}

function explain(error: unknown, host: string, port: number, portOption: string): BindError {
  const code = codeOf(error)
  switch (code) {
    case 'EADDRINUSE': {
      const owner = ownerOf(host, port)
      if (owner?.endsWith(`(pid ${process.pid})`)) {
        const own = `port ${port} on ${host} is taken by this process itself, for something else`
        return new BindError(code, own, `choose another with ${portOption}`, error)
      }
      const taken = `port ${port} on ${host} is taken by ${owner ?? 'another program'}`
      const find = owner === null ? ` (${whoHas(port)} tells which)` : ''
      return new BindError(code, taken + find, `stop it, or choose another with ${portOption}`, error)
    }
    case 'EACCES':
      return new BindError(
        code,
        `this process may not listen on port ${port}`,
        `choose one above 1023 with ${portOption}`,
        error,
      )
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new BindError(code, `this machine does not have the address ${host}`, 'choose another with --host', error)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new BindError(code, `the host name ${host} leads to no address`, 'choose another with --host', error)
    default: {
      const why = error instanceof Error ? error.message : String(error)
      const fix = `choose another port with ${portOption}, or another address with --host`
      return new BindError(code, `cannot listen on port ${port} of ${host} (${why})`, fix, error)
    }
  }
}

function whoHas(port: number): string {
  return process.platform === 'win32' ? `netstat -ano | findstr :${port}` : `lsof -i :${port}`
}

/** The program that listens there, "mailpit (pid 4711)", where Linux's /proc tells it; else null. */
function ownerOf(host: string, port: number): string | null {
  try {
    const inodes = listeningInodes(host, port)
    if (inodes.size === 0) return null
    for (const pid of readdirSync('/proc')) {
      if (/^\d+$/.test(pid) && hasSocket(pid, inodes)) return `${programOf(pid)} (pid ${pid})`
    }
    return null
  } catch {
    // No /proc, or none that we may read: the message does without a name.
    return null
  }
}

function listeningInodes(host: string, port: number): Set<string> {
  const inodes = new Set<string>()
  const portInHex = port.toString(16).toUpperCase().padStart(4, '0')
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(table)) continue
    for (const row of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/)
      const [address = '', localPort] = local.split(':')
      if (state === LISTEN_STATE && localPort === portInHex && inode && mayBe(address, host)) inodes.add(inode)
    }
  }
  return inodes
}

/** Whether an address of /proc/net/tcp (hexadecimal, in the machine's byte order) stands in the way of `host`. */
function mayBe(address: string, host: string): boolean {
  const isAny = /^0+$/.test(address)
  if (isAny || host === '0.0.0.0' || host === '::') return true
  if (host === '127.0.0.1') return address === '0100007F'
  if (host === '::1') return address === '00000000000000000000000001000000'
  return true
}

function hasSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(descriptor => {
      const target = readlinkSync(`/proc/${pid}/fd/${descriptor}`)
      return target.startsWith('socket:[') && inodes.has(target.slice('socket:['.length, -1))
    })
  } catch {
    // Another user's process, or one that has just ended.
    return false
  }
}

/** The program's name; for an interpreter, with the script that it runs. */
function programOf(pid: string): string {
  const [program = '', script = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const name = basename(program)
  const interpreted = /^(node|python|ruby|perl|php|bun|deno)/.test(name) && script !== '' && !script.startsWith('-')
  return interpreted ? `${name} ${basename(script)}` : name
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
