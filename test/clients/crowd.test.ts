import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startMaildouble } from '../../server/index.js'

const CLIENTS = 1000

/** Connects, and once `together` has let all of them go delivers one message; gives the replies, code by code. */
function deliver(port: number, n: number, together: (greeted: () => void) => void): Promise<string> {
  const commands =
    'EHLO app.example\r\nMAIL FROM:<app@example.org>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n' +
    `Subject: ${n}\r\n\r\nOne of many.\r\n.\r\nQUIT\r\n`
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let heard = ''
    socket.once('data', () => together(() => socket.write(commands)))
    socket.on('data', chunk => {
      heard += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve((heard.match(/^\d{3}(?= )/gm) ?? []).join(' ')))
  })
}

test('1,000 clients at once, each with a message: every one is answered, and every message is there', async () => {
  await using mail = await startMaildouble()
  const waiting: (() => void)[] = []
  // Nobody begins before all are greeted, so that all of them are there at one time.
  const together = (go: () => void) => {
    waiting.push(go)
    if (waiting.length === CLIENTS) for (const next of waiting) next()
  }
  const clients = Array.from({ length: CLIENTS }, (_, n) => deliver(mail.ports.smtp, n, together))
  expect(new Set(await Promise.all(clients))).toEqual(new Set(['220 250 250 250 354 250 221']))
  const stored = (await mail.messages()).map(({ subject }) => Number(subject))
  expect(stored.toSorted((a, b) => a - b)).toEqual(Array.from({ length: CLIENTS }, (_, n) => n))
})
