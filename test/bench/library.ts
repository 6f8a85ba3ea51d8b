/**
 * The library in a process of its own, as built: `library.ts start` prints the milliseconds of startMaildouble(), call
 * by call, `library.ts next` those from a 250 at the client to the message in the test's hands.
 */
import { greet, makeMessage, send } from './client.js'

/** The first calls load and compile; a suite pays for them once. */
const WARM_UP = 5
const CALLS = 50

const entry = new URL('../../dist/index.js', import.meta.url).href
const { startMaildouble } = (await import(entry)) as typeof import('../../server/index.js')

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

async function nextTimesMs(): Promise<number[]> {
  await using mail = await startMaildouble()
  const conversation = await greet(mail.ports.smtp)
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

console.log(JSON.stringify(process.argv[2] === 'start' ? await startTimesMs() : await nextTimesMs()))
