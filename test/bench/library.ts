/**
 * The library in a process of its own, as built: `library.ts start` prints the milliseconds of startMaildouble(), call
 * by call, `library.ts next` those from a 250 at the client to the message in the test's hands, `library.ts next-remote`
 * likewise with a handle behind HTTP, `library.ts idle` those from MAIL to the line that tells an IMAP client in IDLE.
 */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { greet, makeMessage, send } from './client.js'

/** The first calls load and compile; a suite pays for them once. */
const WARM_UP = 5
const CALLS = 50

const entry = new URL('../../dist/index.js', import.meta.url).href
const { connectMaildouble, startMaildouble } = (await import(entry)) as typeof import('../../server/index.js')

async function startTimesMs(): Promise<number[]> {
  const times: number[] = []
  for (let call = 0; call < WARM_UP + CALLS; call += 1) {
    const startedAtMs = performance.now()
    const mail = await startMaildouble()
    times.push(performance.now() - startedAtMs)
    await mail.stop()
  }
  return times.slice(WARM_UP)
}

async function nextTimesMs(isRemote: boolean): Promise<number[]> {
  await using server = await startMaildouble()
  await using mail = isRemote ? await connectMaildouble(server.url) : server
  const conversation = await greet(server.ports.smtp)
  const message = makeMessage(2048)
  const times: number[] = []
  for (let call = 0; call < WARM_UP + CALLS; call += 1) {
    const next = mail.next()
    await send(conversation, message)
    const acceptedAtMs = performance.now()
    await next
    times.push(performance.now() - acceptedAtMs)
  }
  await conversation.end()
  return times.slice(WARM_UP)
}

async function idleTimesMs(): Promise<number[]> {
  await using mail = await startMaildouble({ imap: true })
  const socket = connect(mail.ports.imap ?? 0, '127.0.0.1').setNoDelay(true)
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const reach = async (start: string) => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the connection ended before ${start}`)
      if (value.startsWith(start)) return
    }
  }
  socket.write('a LOGIN all x\r\nb SELECT INBOX\r\nc IDLE\r\n')
  await reach('+ ')
  const conversation = await greet(mail.ports.smtp)
  const message = makeMessage(2048)
  const times: number[] = []
  for (let call = 0; call < WARM_UP + CALLS; call += 1) {
    const told = reach(`* ${call + 1} EXISTS`).then(() => performance.now())
    const sentAtMs = performance.now()
    await send(conversation, message)
    times.push((await told) - sentAtMs)
  }
  await conversation.end()
  socket.destroy()
  return times.slice(WARM_UP)
}

const MEASURES: Readonly<Record<string, () => Promise<number[]>>> = {
  start: startTimesMs,
  next: () => nextTimesMs(false),
  'next-remote': () => nextTimesMs(true),
  idle: idleTimesMs,
}

const measure = MEASURES[process.argv[2] ?? '']
if (!measure) throw new Error(`say one of ${Object.keys(MEASURES).join(', ')}`)
console.log(JSON.stringify(await measure()))
