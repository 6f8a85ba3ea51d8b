/** Who sends as it should: every kind of it. */
import { createTransport } from 'nodemailer'
import { type Actor, pause, type Scene, times } from './actors.js'
import { Dialogue, stuffed } from './dialogue.js'
import { KEPT } from './ledger.js'
import { binary, composed, large, odd, plain } from './mails.js'

const INBOXES = ['default', 'billing', 'signup', 'news']
/** A header puts mail only into an inbox that is registered. */
export const REGISTERED = [...INBOXES.slice(1), 'large', 'slow', 'broken', 'waited', 'rules', KEPT]
let turn = 0
const nextInbox = () => INBOXES[turn++ % INBOXES.length] as string

/** One message over a connection, entered and settled. */
async function deliver(scene: Scene, dialogue: Dialogue, make = plain(), inbox = nextInbox(), from?: string) {
  const entry = scene.ledger.enter(inbox, make)
  scene.ledger.settle(entry, await dialogue.send(entry.raw, from === undefined ? {} : { from }))
  if (entry.state !== 'acknowledged') throw new Error('a message was refused')
}

const kept: Actor = {
  name: 'kept connection',
  everyMs: 50,
  async act(scene) {
    const dialogue = await Dialogue.open(scene.server)
    await dialogue.say('EHLO app.example\r\n', '250')
    for (let n = 0; n < 200 && !scene.over.aborted; n += 1) {
      await deliver(scene, dialogue)
      await pause(15, scene.over)
    }
    await dialogue.quit()
  },
}

const single: Actor = {
  name: 'connection per message',
  everyMs: 30,
  async act(scene) {
    const dialogue = await Dialogue.open(scene.server)
    await dialogue.say('EHLO app.example\r\n', '250')
    await deliver(scene, dialogue)
    await dialogue.quit()
  },
}

/** The data of one message and the commands of the next leave in one write (RFC 2920). */
const pipelined: Actor = {
  name: 'pipelined',
  everyMs: 100,
  async act(scene) {
    const { ledger, server } = scene
    const commands = 'MAIL FROM:<app@example.org>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n'
    const entries = Array.from({ length: 20 }, () => ledger.enter(nextInbox(), plain(500)))
    const dialogue = await Dialogue.open(server)
    dialogue.socket.write(`EHLO app.example\r\n${commands}`)
    await dialogue.expect('250')
    for (const [index, entry] of entries.entries()) {
      for (const code of ['250', '250', '354']) await dialogue.expect(code)
      const more = index + 1 < entries.length ? commands : 'QUIT\r\n'
      dialogue.socket.write(Buffer.concat([stuffed(entry.raw), Buffer.from(more)]))
      ledger.settle(entry, await dialogue.reply())
    }
    await dialogue.expect('221')
    dialogue.destroy()
  },
}

const chunked: Actor = {
  name: 'BDAT',
  everyMs: 150,
  async act({ ledger, server }) {
    const dialogue = await Dialogue.open(server)
    await dialogue.say('EHLO app.example\r\n', '250')
    const entry = ledger.enter(nextInbox(), binary)
    await dialogue.say('MAIL FROM:<app@example.org> BODY=BINARYMIME\r\n', '250')
    await dialogue.say('RCPT TO:<ada@example.com>\r\n', '250')
    const [first, rest] = [entry.raw.subarray(0, 7000), entry.raw.subarray(7000)]
    await dialogue.say(Buffer.concat([Buffer.from(`BDAT ${first.length}\r\n`), first]), '250')
    dialogue.socket.write(Buffer.concat([Buffer.from(`BDAT ${rest.length} LAST\r\n`), rest]))
    ledger.settle(entry, await dialogue.reply())
    await dialogue.quit()
  },
}

const eightBit: Actor = {
  name: '8-bit',
  everyMs: 150,
  async act(scene) {
    const dialogue = await Dialogue.open(scene.server)
    await dialogue.say('EHLO app.example\r\n', '250')
    await deliver(scene, dialogue, odd, nextInbox(), '<grüße@example.org> BODY=8BITMIME SMTPUTF8')
    await dialogue.quit()
  },
}

const startTls: Actor = {
  name: 'STARTTLS',
  everyMs: 250,
  async act(scene) {
    const dialogue = await Dialogue.open(scene.server)
    await dialogue.say('EHLO app.example\r\n', '250')
    await dialogue.startTls(scene.server)
    await dialogue.say('EHLO app.example\r\n', '250')
    for (let n = 0; n < 3; n += 1) await deliver(scene, dialogue)
    await dialogue.quit()
  },
}

const implicitTls: Actor = {
  name: 'implicit TLS',
  everyMs: 250,
  async act(scene) {
    const dialogue = await Dialogue.open(scene.server, 'smtps')
    await dialogue.say('EHLO app.example\r\n', '250')
    await deliver(scene, dialogue, plain(30_000))
    await dialogue.quit()
  },
}

const heavy: Actor = {
  name: '5 MB',
  everyMs: 2000,
  async act(scene) {
    const dialogue = await Dialogue.open(scene.server)
    await dialogue.say('EHLO app.example\r\n', '250')
    await deliver(scene, dialogue, large, 'large')
    await dialogue.quit()
  },
}

const manyRecipients: Actor = {
  name: '1,000 recipients',
  everyMs: 1500,
  async act({ ledger, server }) {
    const dialogue = await Dialogue.open(server)
    await dialogue.say('EHLO app.example\r\n', '250')
    const entry = ledger.enter('news', plain())
    const recipients = Array.from({ length: 1000 }, (_, n) => `RCPT TO:<reader${n}@example.com>\r\n`).join('')
    dialogue.socket.write(`MAIL FROM:<app@example.org>\r\n${recipients}DATA\r\n`)
    for (let n = 0; n < 1001; n += 1) await dialogue.expect('250')
    await dialogue.expect('354')
    dialogue.socket.write(stuffed(entry.raw))
    ledger.settle(entry, await dialogue.reply())
    await dialogue.quit()
  },
}

const nodemailer: Actor = {
  name: 'nodemailer',
  everyMs: 150,
  async act({ ledger, server }) {
    const transport = createTransport({
      host: '127.0.0.1',
      port: server.ports.smtp,
      tls: { ca: server.ca },
      name: 'app',
    })
    const inbox = nextInbox()
    const token = ledger.reserve()
    const raw = await composed(token, inbox)
    const entry = ledger.enter(inbox, () => raw, token)
    const envelope = { from: 'app@example.org', to: ['ada@example.com'] }
    const { response } = await transport.sendMail({ envelope, raw: entry.raw })
    ledger.settle(entry, response)
    transport.close()
  },
}

/** A byte at a time, as over the worst of links. */
const slow: Actor = {
  name: 'a byte at a time',
  everyMs: 100,
  async act({ ledger, server, over }) {
    const dialogue = await Dialogue.open(server)
    const trickle = async (bytes: Buffer) => {
      for (const byte of bytes) {
        dialogue.socket.write(Buffer.of(byte))
        await pause(3, over)
      }
    }
    const entry = ledger.enter('slow', plain(100))
    await trickle(Buffer.from('EHLO slow.example\r\n'))
    await dialogue.expect('250')
    await trickle(Buffer.from('MAIL FROM:<slow@example.org>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n'))
    for (const code of ['250', '250', '354']) await dialogue.expect(code)
    await trickle(stuffed(entry.raw))
    ledger.settle(entry, await dialogue.reply())
    await dialogue.quit()
  },
}

/** A small inbox beside noisy ones: its mail must not give way. */
const quiet: Actor = {
  name: 'a small inbox',
  everyMs: 5000,
  async act(scene) {
    const dialogue = await Dialogue.open(scene.server)
    await dialogue.say('EHLO app.example\r\n', '250')
    await deliver(scene, dialogue, plain(), KEPT)
    await dialogue.quit()
  },
}

export const senders: Actor[] = [
  ...times(4, kept),
  ...times(2, single),
  ...times(2, pipelined),
  ...times(3, slow),
  ...[chunked, eightBit, startTls, implicitTls, heavy, manyRecipients, nodemailer, quiet],
]
