/**
 * HTTP as a remote handle speaks it: requests with JSON answers, and live events. Every fault becomes a RemoteError that
 * says which server it was and what to do; whether a wait outlives it is said with it.
 *
 * Connections are kept for the next request, keep no process alive while they are idle, and are closed by `close`.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { LiveEvent } from '../http/schema.js'
import { RemoteError } from './remote-error.js'

/** The parameters of a request; one that is undefined is left out. */
export type Query = { readonly [name: string]: string | number | boolean | undefined }

/** A request. */
export interface Asked {
  method?: 'GET' | 'POST' | 'DELETE'
  /** Below the server's URL. */
  path: string
  query?: Query
  /** Sent as JSON; bytes are a message. */
  body?: object | Buffer
  signal?: AbortSignal
  /** Sent on a connection that no long request holds, so that it is there before what the caller does next. */
  express?: boolean
}

/** A connection on which nothing moves for this long is lost: longer than a wait and than the beat of live events. */
const IDLE_TIMEOUT_MS = 60_000
/** What a proxy answers while there is no server behind it. */
const GATEWAY_ERRORS: readonly number[] = [502, 504]

/** Why a certificate does not convince Node, where trusting its CA would help. */
const UNTRUSTED: readonly (string | undefined)[] = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]

export class Api {
  /** Without a slash at its end, and without the password that it may have been given with. */
  readonly url: string
  readonly #base: URL
  readonly #authorization: string | undefined
  readonly #send: typeof httpRequest
  readonly #agents: { readonly shared: HttpAgent; readonly express: HttpAgent }
  readonly #underway = new Set<{ destroy(): void }>()
  #closed = false

  /** Throws a RemoteError where `url` is none. */
  constructor(url: string) {
    const base = URL.canParse(url) ? new URL(url) : undefined
    if (base?.protocol !== 'http:' && base?.protocol !== 'https:')
      throw new RemoteError(
        'invalid_url',
        `${JSON.stringify(url)} is no URL of a server.`,
        'Give one such as http://127.0.0.1:8025, as an argument or in MAILDOUBLE_URL.',
      )
    const { username, password } = base
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    this.#authorization = login === ':' ? undefined : `Basic ${Buffer.from(login).toString('base64')}`
    this.#base = base
    this.url = base.origin + base.pathname.replace(/\/+$/, '')
    const isTls = base.protocol === 'https:'
    const Agent = isTls ? HttpsAgent : HttpAgent
    this.#send = isTls ? httpsRequest : httpRequest
    this.#agents = { shared: new Agent({ keepAlive: true }), express: new Agent({ keepAlive: true }) }
  }

  /** The host of the URL, an IPv6 address in its brackets. */
  get host(): string {
    return this.#base.hostname
  }

  get port(): number {
    return Number(this.#base.port) || (this.#base.protocol === 'https:' ? 443 : 80)
  }

  /** The JSON of an answer. Throws a RemoteError for an answer that is an error. */
  async json<T>(asked: Asked): Promise<T> {
    const bytes = await this.bytes(asked)
    try {
      return JSON.parse(bytes.toString()) as T
    } catch {
      throw this.stranger(`${asked.path} is no JSON`)
    }
  }

  /** The bytes of an answer, likewise. */
  async bytes(asked: Asked): Promise<Buffer> {
    const answer = await this.#ask(asked)
    const bytes = await this.#read(answer, asked.signal)
    const { statusCode = 0 } = answer
    if (statusCode >= 200 && statusCode < 300) return bytes
    throw this.#refusal(statusCode, asked.path, bytes)
  }

  /** Live events, until `signal` is aborted; throws a RemoteError, `lost`, where the connection ends before that. */
  async *events(asked: Asked): AsyncGenerator<LiveEvent> {
    const answer = await this.#ask({ ...asked, path: '/api/changes' })
    if (answer.statusCode !== 200)
      throw this.#refusal(answer.statusCode ?? 0, '/api/changes', await this.#read(answer, asked.signal))
    let text = ''
    try {
      for await (const chunk of answer.setEncoding('utf8')) {
        const frames = (text + chunk).split('\n\n')
        text = frames.pop() as string
        for (const frame of frames) {
          const data = /^data: (.*)$/m.exec(frame)?.[1]
          if (data !== undefined) yield JSON.parse(data) as LiveEvent
        }
      }
    } catch (error) {
      throw this.#fault(error, asked.signal)
    }
    throw this.#fault(new Error('it ended'), asked.signal)
  }

  /** Closes every connection; what is under way fails. */
  close(): void {
    this.#closed = true
    for (const request of this.#underway) request.destroy()
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }

  /** The server is another one than before. */
  restarted(): RemoteError {
    return new RemoteError(
      'restarted',
      `maildouble at ${this.url} has restarted since this handle was made: the mail that it saw is gone.`,
      'Make another handle: await connectMaildouble().',
    )
  }

  /** The head of an answer. */
  #ask(asked: Asked, isSecond = false): Promise<IncomingMessage> {
    const { method = 'GET', path, query = {}, body, signal, express = false } = asked
    signal?.throwIfAborted()
    if (this.#closed) throw closed()
    const url = new URL(this.url + path)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const isMessage = Buffer.isBuffer(body)
    const content = isMessage ? body : body && JSON.stringify(body)
    const type = isMessage ? 'message/rfc822' : 'application/json'
    return new Promise((resolve, reject) => {
      const request = this.#send(url, {
        method,
        agent: express ? this.#agents.express : this.#agents.shared,
        ...(signal && { signal }),
        headers: {
          ...(this.#authorization && { authorization: this.#authorization }),
          ...(content && { 'content-type': type, 'content-length': Buffer.byteLength(content) }),
        },
      })
      this.#underway.add(request)
      request.once('close', () => this.#underway.delete(request))
      request.setTimeout(IDLE_TIMEOUT_MS, () =>
        request.destroy(new Error(`nothing came for ${IDLE_TIMEOUT_MS / 1000} s`)),
      )
      request.once('response', resolve)
      request.on('error', error => {
        // The server closed the idle connection while the request was on its way: it has not seen it.
        const isStale = request.reusedSocket && codeOf(error) === 'ECONNRESET' && !isSecond
        if (isStale && !this.#closed && !signal?.aborted) resolve(this.#ask(asked, true))
        else reject(this.#fault(error, signal))
      })
      request.end(content)
    })
  }

  async #read(answer: IncomingMessage, signal: AbortSignal | undefined): Promise<Buffer> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of answer) chunks.push(chunk)
    } catch (error) {
      throw this.#fault(error, signal)
    }
    return Buffer.concat(chunks)
  }

  /** Why there is no answer. */
  #fault(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted) return signal.reason
    if (this.#closed) return closed()
    const reason = reasonOf(error)
    if (UNTRUSTED.includes(codeOf(error)))
      return new RemoteError(
        'untrusted',
        `The certificate of ${this.url} is not trusted: ${reason}.`,
        'Keep its CA with --ca-dir, and start Node with NODE_EXTRA_CA_CERTS=<folder>/ca.pem.',
        { cause: error },
      )
    if (codeOf(error)?.startsWith('HPE_')) return this.stranger('it does not speak HTTP')
    if (hasConnected(error))
      return new RemoteError(
        'lost',
        `The connection to maildouble at ${this.url} was lost: ${reason}.`,
        'See whether it still runs.',
        { cause: error },
      )
    return new RemoteError(
      'unreachable',
      `maildouble at ${this.url} cannot be reached: ${reason}.`,
      'Start it with npx maildouble, or say where it runs: connectMaildouble(url), or MAILDOUBLE_URL.',
      { cause: error },
    )
  }

  /** What an answer that is an error says. */
  #refusal(status: number, path: string, bytes: Buffer): RemoteError {
    const told = errorIn(bytes)
    if (told?.error === 'reload') return this.restarted()
    if (told) return new RemoteError(told.error, told.message, told.fix, told)
    if (GATEWAY_ERRORS.includes(status))
      return new RemoteError('lost', `A proxy at ${this.url} answered ${status}.`, 'See whether maildouble still runs.')
    if (status === 401)
      return new RemoteError(
        'unauthorized',
        `${this.url} asks for a password.`,
        'Give it in the URL: http://user:password@host:8025.',
      )
    return this.stranger(`${path} was answered with ${status}`)
  }

  /** What answers is not what was looked for. */
  stranger(reason: string): RemoteError {
    return new RemoteError(
      'stranger',
      `What answers at ${this.url} is no maildouble: ${reason}.`,
      "Give the URL of maildouble's page: its --http-port, 8025 unless it says otherwise.",
    )
  }
}

/** Whether a wait outlives an error: the connection, or the server, may come back. */
export function mayPass(error: unknown): error is RemoteError {
  return error instanceof RemoteError && ['unreachable', 'lost', 'stopping'].includes(error.code)
}

function closed(): Error {
  return new Error('This handle is stopped: stop() was called on it.')
}

function errorIn(bytes: Buffer): { error: string; message: string; fix: string; field?: string } | undefined {
  try {
    const body = JSON.parse(bytes.toString())
    return typeof body.error === 'string' && typeof body.message === 'string' ? body : undefined
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

/** Whether there was a connection before the error. One to several addresses fails with an error for each. */
function hasConnected(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException
  return !(error instanceof AggregateError) && syscall !== 'connect' && syscall !== 'getaddrinfo'
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return (error as Error).message
}
