/** Live clients: some listen, some stop reading, and one misses nothing and tells the ledger what was removed. */
import { WebSocket } from 'ws'
import { type Actor, pause, type Scene, times } from './actors.js'
import type { Ledger } from './ledger.js'
import type { SoakServer } from './server.js'

interface LiveEvent {
  type: string
  seq?: number
  ids?: string[]
}

const urlOf = (server: SoakServer) => `${server.url.replace('http', 'ws')}/api/changes`

/** Holds what a client is told against the order that is promised. */
function inOrder(ledger: Ledger, who: string) {
  let last = 0
  return ({ type, seq }: LiveEvent) => {
    if (!type.startsWith('message.') || seq === undefined) return
    if (seq <= last) ledger.fail(`${who} was told of change ${seq} behind ${last}`)
    last = seq
  }
}

/** The live client that must miss nothing. */
export class Auditor {
  readonly #socket: WebSocket
  readonly #ledger: Ledger
  #leaving = false

  private constructor(socket: WebSocket, ledger: Ledger) {
    this.#socket = socket
    this.#ledger = ledger
    const judge = inOrder(ledger, 'the auditor')
    socket.on('message', data => {
      const event = JSON.parse(String(data)) as LiveEvent
      judge(event)
      if (event.type === 'message.removed') for (const id of event.ids ?? []) ledger.removed.add(id)
      if (event.type === 'reload') ledger.fail('the auditor keeps up, and was told to read the list again')
    })
    socket.on('error', () => {})
    socket.on('close', code => {
      if (!this.#leaving) ledger.fail(`the auditor keeps up, and was closed with ${code}`)
    })
  }

  static async join(server: SoakServer, ledger: Ledger): Promise<Auditor> {
    const socket = new WebSocket(urlOf(server))
    const auditor = new Auditor(socket, ledger)
    await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject))
    return auditor
  }

  /** Resolves once it was told of everything that had happened. */
  async catchUp(counted: () => Promise<number>): Promise<void> {
    for (let tries = 0; tries < 100 && this.#ledger.removed.size < (await counted()); tries += 1)
      await new Promise(resolve => setTimeout(resolve, 50))
  }

  leave(): void {
    this.#leaving = true
    this.#socket.terminate()
  }
}

const webSocketReader: Actor = {
  name: 'WebSocket clients',
  everyMs: 500,
  async act({ server, ledger, over }) {
    const socket = new WebSocket(urlOf(server))
    const judge = inOrder(ledger, 'a WebSocket client')
    socket.on('message', data => judge(JSON.parse(String(data))))
    // One that we leave before it is open has an error, too.
    socket.on('error', error => !over.aborted && socket.readyState === WebSocket.OPEN && ledger.fail(error.message))
    socket.on('close', code => code !== 1006 && ledger.fail(`a WebSocket client that reads was closed with ${code}`))
    await pause(10_000, over)
    socket.terminate()
  },
}

const streamReader: Actor = {
  name: 'event-stream clients',
  everyMs: 500,
  async act({ web, ledger, over }) {
    const answer = await web.stream('/api/changes?inbox=default')
    const judge = inOrder(ledger, 'an event-stream client')
    let text = ''
    answer.setEncoding('utf8').on('data', chunk => {
      const events = (text + chunk).split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        const data = /^data: ?(.*)$/m.exec(event)?.[1]
        if (data !== undefined) judge(JSON.parse(data))
      }
    })
    await pause(8000, over)
    answer.destroy()
  },
}

/** Reads no more, and is ended by the server, or leaves. */
const stalledListener: Actor = {
  name: 'live clients that stop reading',
  everyMs: 1000,
  async act({ server, web, over }: Scene) {
    const socket = new WebSocket(urlOf(server))
    socket.on('error', () => {})
    socket.once('message', () => socket.pause())
    const answer = await web.stream('/api/changes')
    answer.pause()
    await pause(25_000, over)
    socket.terminate()
    answer.destroy()
  },
}

export const liveClients: Actor[] = [
  ...times(3, webSocketReader),
  ...times(2, streamReader),
  ...times(2, stalledListener),
]
