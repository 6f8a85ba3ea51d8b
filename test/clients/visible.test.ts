/** 250 means visible: whoever has its 250 finds the whole message, at once, also when fifty send at a time. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'
import { rawClient, sendRaw } from './raw.js'

let mail: MailHandle
beforeAll(async () => {
  mail = await startMaildouble()
})
afterAll(() => mail.stop())

const SENDERS = 50
const MESSAGES_EACH = 4

function mailOf(sender: number, n: number): Buffer {
  const attachment = Buffer.from(`attachment ${sender}-${n}`).toString('base64')
  return Buffer.from(
    [
      `Subject: mail ${sender}-${n}`,
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/html',
      '',
      `<p>html ${sender}-${n}</p>`,
      '--b',
      'Content-Type: text/csv; name="list.csv"',
      'Content-Disposition: attachment',
      'Content-Transfer-Encoding: base64',
      '',
      attachment,
      '--b--',
      '',
    ].join('\r\n'),
  )
}

test('fifty parallel senders each read their mail right after its 250', async () => {
  const send = async (sender: number) => {
    const client = await rawClient(mail.ports.smtp)
    await client.say('EHLO client.example\r\n')
    for (let n = 0; n < MESSAGES_EACH; n++) {
      const answer = await sendRaw(client, mailOf(sender, n), `user${sender}@example.com`)
      const id = answer.split(' ').at(-1) as string
      const list = await (await fetch(`${mail.url}/api/messages?to=user${sender}@example.com&full=true`)).json()
      expect(list.messages).toHaveLength(n + 1)
      const [newest] = list.messages
      expect(newest.id).toBe(id)
      expect(newest.html.trim()).toBe(`<p>html ${sender}-${n}</p>`)
      expect(newest.parts).toHaveLength(1)
      expect(await (await fetch(mail.url + newest.parts[0].url)).text()).toBe(`attachment ${sender}-${n}`)
    }
    await client.say('QUIT\r\n')
  }
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)))
  const all = await (await fetch(`${mail.url}/api/messages?limit=1`)).json()
  expect(all.total).toBe(SENDERS * MESSAGES_EACH)
})

test('a connection that breaks inside DATA stores nothing', async () => {
  const before = (await mail.messages()).length
  const client = await rawClient(mail.ports.smtp)
  await client.say('EHLO client.example\r\n')
  await client.say('MAIL FROM:<app@example.org>\r\n')
  await client.say('RCPT TO:<ada@example.com>\r\n')
  await client.say('DATA\r\n')
  client.write('Subject: half\r\n\r\nand then')
  client.socket.end()
  await new Promise(resolve => client.socket.once('close', resolve))
  expect(await mail.messages()).toHaveLength(before)
})

test('both loopback addresses lead to the same server', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const client = await rawClient(mail.ports.smtp, host)
    await client.say('HELO client.example\r\n')
    await sendRaw(client, Buffer.from(`Subject: over ${host}\r\n\r\n`))
    const message = await mail.next({ subject: `over ${host}` })
    expect(message.envelope.remoteAddress).toBe(host)
    client.socket.destroy()
  }
})
