/**
 * What readers ask of a server that holds much, measured over HTTP in a process of its own, as built, so that the delay of
 * its event loop can be watched meanwhile. Prints a Reading as JSON.
 */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { greet, send } from './client.js'
import { median } from './figures.js'

/** What was measured, in milliseconds unless said. */
export interface Reading {
  page: number
  subject: number
  address: number
  text: number
  encoded: number
  /** The 99th percentile of the event loop's delay while it searches, and its worst while a message of 25 MB is opened. */
  searchDelay: number
  openDelay: number
  rawMegabytesPerSecond: number
  live: number
}

const MESSAGES = 100_000
const PER_IMPORT = 2000
const ROUNDS = 5
const LARGE_BYTES = 25_000_000
const LIVE_MESSAGES = 50

const entry = new URL('../../dist/index.js', import.meta.url).href
const { startMaildouble } = (await import(entry)) as typeof import('../../server/index.js')
await using mail = await startMaildouble({ maxMessages: 2 * MESSAGES, maxBytes: '4G' })

type Encoding = '7bit' | 'base64' | 'quoted-printable'

/** A mail of an app, of 2 KB. */
function mailOf(n: number, encoding: Encoding): string {
  const text = `Hello user ${n}, your order is on its way and will be with you soon. Thank you for it.\r\n`.repeat(18)
  const bodies = {
    '7bit': () => text,
    base64: () => Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n'),
    'quoted-printable': () => text.replaceAll('order', 'or=\r\nder'),
  }
  return [
    `Received: from app.example by mail.example with ESMTP id ${n}`,
    'From: "The App" <app@example.org>',
    `To: User ${n} <user${n}@example.com>`,
    `Subject: Order ${n} is on its way`,
    `Message-ID: <${n}@example.org>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Transfer-Encoding: ${encoding}`,
    '',
    bodies[encoding](),
  ].join('\r\n')
}

async function post(type: string, body: string): Promise<string[]> {
  const answer = await fetch(`${mail.url}/api/messages`, { method: 'POST', headers: { 'content-type': type }, body })
  if (answer.status !== 201) throw new Error(`POST was answered with ${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { ids: string[] }).ids
}

/** Fills an empty store; the encodings take turns. */
async function fill(...encodings: [Encoding, ...Encoding[]]): Promise<void> {
  await fetch(`${mail.url}/api/messages`, { method: 'DELETE' })
  for (let from = 0; from < MESSAGES; from += PER_IMPORT) {
    const mails = Array.from({ length: PER_IMPORT }, (_, n) =>
      mailOf(from + n, encodings[n % encodings.length] as Encoding),
    )
    await post('application/mbox', mails.map(one => `From app@example.org Mon Jan 31 12:00:00 2026\n${one}\n`).join(''))
  }
}

/** Reads an answer and lets go of it: a client that did more would be measured with the server. */
async function get(path: string): Promise<void> {
  const [answer] = (await once(request(mail.url + path).end(), 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200) throw new Error(`${path} was answered with ${answer.statusCode}`)
  await once(answer.resume(), 'end')
}

/** The median of some rounds, after one that does not count. */
async function timed(what: () => Promise<unknown>): Promise<number> {
  await what()
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAtMs = performance.now()
    await what()
    times.push(performance.now() - startedAtMs)
  }
  return median(times)
}

const searching = monitorEventLoopDelay({ resolution: 1 })

async function search(query: string): Promise<number> {
  searching.enable()
  const ms = await timed(() => get(`/api/messages?limit=50&q=${query}`))
  searching.disable()
  return ms
}

/** A message with an attachment of this size. */
function largeMail(): string {
  const line = `${'QUJD'.repeat(19)}\r\n`
  return [
    'From: app@example.org',
    'To: ada@example.com',
    'Subject: large',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    '',
    'See below.',
    '--b',
    'Content-Type: application/pdf; name="large.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    line.repeat(LARGE_BYTES / line.length),
    '--b--',
    '',
  ].join('\r\n')
}

async function openLarge(): Promise<Pick<Reading, 'openDelay' | 'rawMegabytesPerSecond'>> {
  const source = largeMail()
  const [id] = await post('message/rfc822', source)
  const rawMs = await timed(() => get(`/api/messages/${id}/raw`))
  // Once: who opens it again is given what was read.
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await get(`/api/messages/${id}`)
  delay.disable()
  return { openDelay: delay.max / 1e6, rawMegabytesPerSecond: source.length / 1000 / rawMs }
}

/** From a 250 to the event of the message at a client of /api/changes. */
async function liveMs(): Promise<number> {
  const changes = await fetch(`${mail.url}/api/changes`)
  const events = changes.body?.pipeThrough(new TextDecoderStream()).getReader()
  const conversation = await greet(mail.ports.smtp)
  const message = Buffer.from(`${mailOf(0, '7bit')}.\r\n`)
  const times: number[] = []
  for (let n = 0; n < LIVE_MESSAGES; n += 1) {
    const told = (async () => {
      for (let text = ''; !text.includes('message.added'); ) text += (await events?.read())?.value ?? ''
      return performance.now()
    })()
    await send(conversation, message)
    const acceptedAtMs = performance.now()
    times.push(Math.max(0, (await told) - acceptedAtMs))
  }
  await events?.cancel()
  await conversation.end()
  return median(times)
}

await fill('7bit')
const plain = {
  page: await timed(() => get('/api/messages?limit=50')),
  subject: await search('subject:order-nowhere'),
  address: await search('to:nobody@nowhere.test'),
  text: await search('nowhere'),
}
await fill('base64', 'quoted-printable')
const encoded = await search('nowhere')
const searchDelay = searching.percentile(99) / 1e6
const result: Reading = { ...plain, encoded, searchDelay, ...(await openLarge()), live: await liveMs() }
console.log(JSON.stringify(result))
