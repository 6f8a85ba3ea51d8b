/** The bytes are the bytes: what came after DATA is what `raw` gives, whatever it is. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'
import { rawClient, sendRaw } from './raw.js'

let mail: MailHandle
beforeAll(async () => {
  mail = await startMaildouble()
})
afterAll(() => mail.stop())

const ATTACHMENT_BYTES = 25 * 1024 ** 2

const cases: [what: string, raw: Buffer][] = [
  ['an ordinary mail', Buffer.from('Subject: hello\r\n\r\nHello Ada\r\n')],
  ['an empty message', Buffer.alloc(0)],
  ['a header and no body', Buffer.from('Subject: hello\r\n')],
  ['NUL bytes', Buffer.from('Subject: a\0b\r\n\r\n\0\0\0\r\n')],
  [
    '8-bit bytes that are no UTF-8',
    Buffer.from([...Buffer.from('Subject: '), 0xff, 0xfe, 0x80, 13, 10, 13, 10, 0xe9, 13, 10]),
  ],
  ['lone CR and lone LF', Buffer.from('Subject: x\r\n\r\na\rb\nc\r\r\n\n\r\n')],
  ['dots at the start of lines', Buffer.from('Subject: x\r\n\r\n.\r\n..\r\n...a\r\n.b\r\n')],
  ['dots behind lone line ends', Buffer.from('Subject: x\r\n\r\na\n.\nb\n.\r\nc\r.\rd\r\n')],
  ['a dot at the very start', Buffer.from('.\r\n')],
  ['a line of 100,000 characters', Buffer.from(`Subject: x\r\n\r\n${'x'.repeat(100_000)}\r\n`)],
  ['every byte there is', Buffer.from([...Array.from({ length: 256 }, (_, i) => i), 13, 10])],
  ['a 25 MB attachment', attachment()],
]

/** A mail of 25 MB in base64, with lines of every length so that it is cut everywhere. */
function attachment(): Buffer {
  const head = 'Subject: large\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n'
  const bytes = Buffer.alloc(ATTACHMENT_BYTES, Buffer.from(Array.from({ length: 251 }, (_, i) => i)))
  return Buffer.from(`${head}${(bytes.toString('base64').match(/.{1,76}/g) as string[]).join('\r\n')}\r\n`)
}

test.each(cases)('%s comes back as it was sent', async (_what, raw) => {
  const client = await rawClient(mail.ports.smtp)
  await client.say('EHLO client.example\r\n')
  const answer = await sendRaw(client, raw)
  expect(answer).toMatch(/^250 2\.0\.0 /)
  const id = answer.split(' ').at(-1)
  const response = await fetch(`${mail.url}/api/messages/${id}/raw`)
  expect(response.headers.get('content-type')).toBe('message/rfc822')
  expect(response.headers.get('content-length')).toBe(String(raw.length))
  expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), raw)).toBe(0)
  client.socket.destroy()
})
