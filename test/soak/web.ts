/** HTTP as the soak speaks it: kept connections of its own, whole answers, and an end that leaves none open. */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'

const MAX_AT_ONCE = 20
/** Longer than any wait that the soak asks for. */
const TIMEOUT_MS = 90_000

export interface Answer {
  status: number
  body: Buffer
}

export class Web {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_AT_ONCE })

  constructor(url: string) {
    this.#url = url
  }

  async ask(path: string, { method = 'GET', body }: { method?: string; body?: object } = {}): Promise<Answer> {
    const headers = body ? { 'content-type': 'application/json' } : {}
    const asked = request(this.#url + path, { agent: this.#agent, method, headers, timeout: TIMEOUT_MS })
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${path} was not answered within ${TIMEOUT_MS} ms`)))
    asked.end(body && JSON.stringify(body))
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk)
    return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }
  }

  /** The JSON of an answer that has to be there. */
  async json<T>(path: string, options: { method?: string; body?: object } = {}): Promise<T> {
    const { status, body } = await this.ask(path, options)
    if (status >= 300) throw new Error(`${options.method ?? 'GET'} ${path} was answered with ${status}: ${body}`)
    return JSON.parse(body.toString()) as T
  }

  /** An answer that nobody reads yet, over a connection of its own. */
  async stream(path: string): Promise<IncomingMessage> {
    const asked = request(this.#url + path, { agent: false }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.on('error', () => {})
    return answer
  }

  close(): void {
    this.#agent.destroy()
  }
}
