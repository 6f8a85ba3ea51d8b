/**
 * The library in a process of its own, as built: `library.ts start` prints the milliseconds of startMaildouble(), call
 * by call, `library.ts next` those from a 250 at the client to the message in the test's hands, `library.ts next-remote`
 * likewise with a handle behind HTTP.
 */
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

const what = process.argv[2]
console.log(JSON.stringify(what === 'start' ? await startTimesMs() : await nextTimesMs(what === 'next-remote')))
