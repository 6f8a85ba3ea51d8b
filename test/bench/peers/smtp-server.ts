/**
 * Peer: nodemailer's smtp-server as a test double would use it, keeping the bytes of the last messages and nothing
 * else. What it would do besides (names of clients, STARTTLS, logging) is off. Prints its port.
 */
import { SMTPServer } from 'smtp-server'

/** As much as maildouble keeps. */
const MAX_MESSAGES = 10_000
const MAX_BYTES = 512 * 1024 * 1024

/** Messages by their number; those before `oldest` have left. */
const kept = new Map<number, Buffer>()
let oldest = 0
let count = 0
let bytes = 0

function keep(message: Buffer): void {
  kept.set(count++, message)
  bytes += message.length
  for (; kept.size > MAX_MESSAGES || bytes > MAX_BYTES; oldest += 1) {
    bytes -= kept.get(oldest)?.length ?? 0
    kept.delete(oldest)
  }
}

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, _session, callback) {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      keep(Buffer.concat(chunks))
      callback()
    })
  },
})

server.on('error', () => {})
server.listen(0, '127.0.0.1', () => {
  const address = server.server.address()
  if (address !== null && typeof address === 'object') console.log(address.port)
})
