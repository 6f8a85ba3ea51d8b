/** Who reads, waits, deletes and makes rules. */
import { connectMaildouble } from '../../server/index.js'
import { type Actor, pause, type Scene, times } from './actors.js'
import { Dialogue } from './dialogue.js'
import { type Entry, KEPT, sha256 } from './ledger.js'
import { plain } from './mails.js'

/** How long is waited for what was sent: on a busy machine sending it may take seconds. */
const WAIT_MS = 60_000

/** What a DELETE answers. */
type Removed = { removed: number }

/** One message over a connection of its own; gives the reply to its data. */
async function sendOne({ server, ledger }: Scene, entry: Entry & { raw: Buffer }, to?: string): Promise<string> {
  const dialogue = await Dialogue.open(server)
  await dialogue.say('EHLO app.example\r\n', '250')
  const reply = await dialogue.send(entry.raw, to === undefined ? {} : { to })
  ledger.settle(entry, reply)
  await dialogue.quit()
  return reply
}

const LISTS = [
  '/api/messages?limit=50',
  '/api/messages?limit=50&q=nowhere',
  '/api/messages?limit=50&q=subject:order+-is:read',
  '/api/messages?limit=10&from=app@example.org&has=attachment',
  '/api/messages?inbox=kept&full=true&limit=20',
  '/api/sessions?limit=50',
  '/api/sessions?outcome=delivered&limit=50',
  '/api/attempts?limit=50',
  '/api/inboxes',
  '/api/diagnosis',
  '/api/info',
  '/api/rules',
]

const listReader: Actor = {
  name: 'lists and searches',
  everyMs: 40,
  async act({ web }) {
    await web.json(LISTS[Math.floor(Math.random() * LISTS.length)] as string)
  },
}

const VIEWS = [
  '',
  '/raw',
  '/text',
  '/headers',
  '/html',
  '/checks',
  '/session',
  '/attempts',
  '.md',
  '.html',
  '/parts.zip',
]

const messageReader: Actor = {
  name: 'messages',
  everyMs: 30,
  async act({ web, ledger }) {
    const entry = ledger.any()
    if (entry?.id === undefined) return
    const view = VIEWS[Math.floor(Math.random() * VIEWS.length)] as string
    const { status, body } = await web.ask(`/api/messages/${entry.id}${view}`)
    // Only these are there for every message.
    const isWhole = ['', '/raw', '/headers', '.md'].includes(view)
    if (status === 404 && isWhole) ledger.missed.add(entry.id)
    else if (status !== 200 && status !== 404) throw new Error(`${view} was answered with ${status}: ${body}`)
    else if (view === '/raw' && sha256(body) !== entry.sha256)
      throw new Error(`${entry.id} reads other than it was sent`)
  },
}

const partReader: Actor = {
  name: 'parts',
  everyMs: 300,
  async act({ web, ledger }) {
    const entry = ledger.any()
    if (entry?.id === undefined) return
    const { status, body } = await web.ask(`/api/messages/${entry.id}`)
    if (status === 404) return
    const { parts } = JSON.parse(body.toString()) as { parts: { url: string; size: number }[] }
    for (const part of parts) await web.ask(new URL(part.url, 'http://localhost').pathname)
  },
}

const exporter: Actor = {
  name: 'exports',
  everyMs: 5000,
  async act({ web }) {
    for (const format of ['mbox', 'html', 'eml']) await web.ask(`/api/messages/export?format=${format}&inbox=${KEPT}`)
    await web.ask('/api/messages/export?format=mbox&inbox=default')
  },
}

/** Begins to download, and reads no further. */
const stalledReader: Actor = {
  name: 'stalled downloads',
  everyMs: 1000,
  async act({ web, ledger, over }) {
    const large = ledger.any(({ inbox }) => inbox === 'large')
    const path = large?.id === undefined ? '/api/messages/export' : `/api/messages/${large.id}/raw`
    const answer = await web.stream(path)
    answer.pause()
    await pause(4000, over)
    answer.destroy()
  },
}

const marker: Actor = {
  name: 'marks as read',
  everyMs: 200,
  async act({ web, ledger }) {
    const ids = [ledger.any()?.id, ledger.any()?.id].filter(id => id !== undefined)
    if (ids.length > 0) await web.ask('/api/messages', { method: 'PATCH', body: { ids, read: Math.random() < 0.5 } })
  },
}

/** Something that was waited for did not come: no fault only where it had been removed at once. */
function assertRemovedSince({ ledger }: Scene, entry: Entry, why: string): void {
  if (entry.id === undefined || !ledger.removed.has(entry.id)) throw new Error(why)
}

const httpWaiter: Actor = {
  name: 'wait= over HTTP',
  everyMs: 100,
  async act(scene) {
    const entry = scene.ledger.enter('waited', plain())
    const waiting = scene.web.ask(`/api/messages/latest?wait=${WAIT_MS}ms&subject=${entry.token}`)
    await sendOne(scene, entry)
    const { status, body } = await waiting
    if (status !== 200) return assertRemovedSince(scene, entry, `wait= was answered with ${status}`)
    if (JSON.parse(body.toString()).id !== entry.id) throw new Error('wait= gave another message')
  },
}

const libraryWaiter: Actor = {
  name: 'next() and waitFor()',
  everyMs: 500,
  async act(scene) {
    const mail = await connectMaildouble(scene.server.url)
    try {
      for (let n = 0; n < 10 && !scene.over.aborted; n += 1) {
        const entry = scene.ledger.enter('waited', plain())
        const method = n % 2 === 0 ? 'next' : 'waitFor'
        const waiting = mail[method]({ subject: entry.token }, { timeoutMs: WAIT_MS }).catch((error: Error) => error)
        await sendOne(scene, entry)
        const message = await waiting
        if (message instanceof Error) assertRemovedSince(scene, entry, `${method}(): ${message.message.split('\n')[0]}`)
        else if (message.id !== entry.id) throw new Error(`${method}() gave another message`)
      }
    } finally {
      await mail.stop()
    }
  },
}

const impatientWaiter: Actor = {
  name: 'waits that are given up',
  everyMs: 300,
  async act({ web, over }) {
    const asked = web.stream('/api/messages/latest?wait=20s&subject=never-sent').catch(() => undefined)
    await pause(200, over)
    void asked.then(answer => answer?.destroy())
    await web.ask('/api/messages/latest?wait=100ms&subject=never-sent')
  },
}

const deletesOne: Actor = {
  name: 'delete by id',
  everyMs: 100,
  async act({ web, ledger }) {
    const entry = ledger.any(({ inbox }) => inbox !== KEPT)
    if (entry?.id === undefined) return
    const { status, body } = await web.ask(`/api/messages/${entry.id}`, { method: 'DELETE' })
    if (status === 200) ledger.deleted += (JSON.parse(body.toString()) as Removed).removed
    else if (status === 404) ledger.missed.add(entry.id)
    else throw new Error(`it was answered with ${status}`)
  },
}

const deletesSome: Actor = {
  name: 'delete by filter',
  everyMs: 3000,
  async act({ web, ledger }) {
    const tail = Math.floor(Math.random() * 90 + 10)
    for (const filter of [`subject=${tail}+is+on&inbox=billing`, 'inbox=waited&is=unread', 'inbox=broken']) {
      const { removed } = await web.json<Removed>(`/api/messages?${filter}`, { method: 'DELETE' })
      ledger.deleted += removed
    }
  },
}

const deletesAll: Actor = {
  name: 'delete everything',
  everyMs: 40_000,
  async act({ web, ledger, over }) {
    await pause(20_000, over)
    if (over.aborted) return
    const clearing = { toMs: Number.POSITIVE_INFINITY }
    ledger.clearings.push(clearing)
    const { removed } = await web.json<Removed>('/api/messages', { method: 'DELETE' })
    ledger.deleted += removed
    clearing.toMs = performance.now()
  },
}

/** A rule is made, strikes, and is removed; another expires by itself. */
const ruleMaker: Actor = {
  name: 'rules',
  everyMs: 300,
  async act(scene) {
    const { web, ledger } = scene
    const to = `${ledger.reserve()}@rules.test`
    const add = (rule: object) => web.json<{ id: string }>('/api/rules', { method: 'POST', body: rule })
    const { id } = await add({ on: 'message', match: { 'rcpt-to': to }, reply: '451 4.3.0 Later' })
    const refused = ledger.enter('rules', plain())
    const reply = await sendOne(scene, refused, to)
    if (!reply.startsWith('451')) throw new Error(`a rule wants 451, and the server said ${reply}`)
    await web.json(`/api/rules/${id}`, { method: 'DELETE' })
    const taken = await sendOne(scene, ledger.enter('rules', plain()), to)
    if (!taken.startsWith('250')) throw new Error(`there is no rule any more, and the server said ${taken}`)
    await add({ match: { 'rcpt-to': to }, reply: '550 5.1.1 No', forMs: 200 })
    await add({ match: { 'rcpt-to': to }, delayMs: 20, times: 1, forMs: 1000 })
  },
}

export const readers: Actor[] = [
  ...times(2, listReader),
  ...times(2, messageReader),
  ...[partReader, exporter, stalledReader, marker],
  ...times(2, httpWaiter),
  ...[libraryWaiter, impatientWaiter],
  ...[deletesOne, deletesSome, deletesAll, ruleMaker],
]
