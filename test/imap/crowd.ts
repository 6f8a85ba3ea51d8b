/**
 * Several clients on the same mail, each with a session of its own, doing anything at any time, also at the same time. A
 * client only believes what it is told; at the end it has to know what there is. `npm test` lives some such lives, and a
 * developer as many as fit into so many seconds: npx tsx test/imap/crowd.ts 60 [seed]
 */
import { deepStrictEqual, ok } from 'node:assert'
import { fileURLToPath } from 'node:url'
import { Dice } from '../fuzz/dice.js'
import { Driver, newSession } from './drive.js'
import { makeWorld, type World } from './make-mailboxes.js'

const CLIENTS = 4
const STEPS = 60
const FLAGS = ['\\Seen', '\\Flagged', '\\Deleted', '\\Draft', 'Work']

/** What a client believes of a message. */
interface Believed {
  uid: number | null
  flags: string | null
}

class Client {
  readonly driver: Driver
  believed: Believed[] = []
  isIdle = false
  #commands = 0

  constructor(world: World) {
    this.driver = new Driver(newSession(world, { options: { maxProtocolErrors: 1_000_000 } }))
  }

  async begin(username: string, mailbox: string): Promise<void> {
    await this.driver.pump()
    await this.say(`LOGIN ${username} x`)
    await this.say('CREATE Kept')
    await this.say(`SELECT ${mailbox}`)
    await this.say('FETCH 1:* (UID FLAGS)')
  }

  /** Says a command, and believes the answer. */
  async say(command: string): Promise<void> {
    this.#commands += 1
    const tag = `t${this.#commands}`
    await this.driver.hear(`${tag} ${command}\r\n`)
    const heard = this.driver.heard()
    this.#believe(heard, !/^(FETCH|STORE|SEARCH)/.test(command))
    ok(heard.split('\r\n').at(-2)?.startsWith(`${tag} `), `${command} has no end: ${heard}`)
  }

  async beginIdle(): Promise<void> {
    this.isIdle = true
    await this.driver.hear('i IDLE\r\n')
    this.#believe(this.driver.heard(), true)
  }

  async endIdle(): Promise<void> {
    this.isIdle = false
    await this.driver.hear('DONE\r\n')
    this.#believe(this.driver.heard(), true)
  }

  async wake(): Promise<void> {
    this.driver.session.wake()
    await this.driver.pump()
    const heard = this.driver.heard()
    ok(this.isIdle || heard === '', `something was said that nobody asked for: ${heard}`)
    this.#believe(heard, true)
  }

  /** What it believes has to be what there is. */
  async check(): Promise<void> {
    if (this.isIdle) await this.endIdle()
    await this.say('NOOP')
    const believed = this.believed
    this.believed = believed.map(() => ({ uid: null, flags: null }))
    await this.say('UID FETCH 1:* (FLAGS)')
    const there = this.believed
    ok(there.every(({ uid, flags }) => uid !== null && flags !== null))
    deepStrictEqual(
      believed.map(({ uid, flags }, n) => ({ uid: uid ?? there[n]?.uid, flags: flags ?? there[n]?.flags })),
      there,
    )
  }

  #believe(heard: string, mayExpunge: boolean): void {
    for (const line of heard.split('\r\n')) {
      const [, number, what, rest = ''] = /^\* (\d+) (EXPUNGE|EXISTS|FETCH)(.*)$/.exec(line) ?? []
      const n = Number(number)
      if (what === 'EXISTS') {
        ok(n >= this.believed.length, 'fewer without an EXPUNGE')
        while (this.believed.length < n) this.believed.push({ uid: null, flags: null })
      } else if (what === 'EXPUNGE') {
        ok(mayExpunge, 'an EXPUNGE where none may be')
        ok(n >= 1 && n <= this.believed.length, 'an EXPUNGE of what there is not')
        this.believed.splice(n - 1, 1)
      } else if (what === 'FETCH') this.#learn(n, rest)
    }
  }

  #learn(n: number, rest: string): void {
    const known = this.believed[n - 1]
    ok(known, `a FETCH of ${n}, which there is not`)
    const uid = /UID (\d+)/.exec(rest)?.[1]
    const flags = /FLAGS \((.*?)\)/.exec(rest)?.[1]
    if (uid !== undefined) {
      ok(known.uid === null || known.uid === Number(uid), `the number ${n} means another message`)
      known.uid = Number(uid)
    }
    if (flags !== undefined) known.flags = flags
  }
}

/** Lives a life; throws where what is promised does not hold. */
export async function live(seed: number): Promise<void> {
  const dice = new Dice(seed)
  const world = makeWorld({ maxMessages: 15 })
  for (let n = dice.below(6); n > 0; n--) await world.mail('ada@example.test')
  const clients = Array.from({ length: CLIENTS }, () => new Client(world))
  for (const client of clients) {
    await client.begin(dice.pick(['ada', 'ada', 'all', 'ada@example.test']), dice.pick(['INBOX', 'INBOX', 'Kept']))
  }
  for (let step = 0; step < STEPS; step++) {
    const some = clients.filter(() => dice.below(3) === 0)
    await Promise.all([...some.map(client => act(client, dice)), happen(world, dice)])
    // The driver wakes sessions once something has changed.
    for (const client of clients) if (client.isIdle || dice.below(4) === 0) await client.wake()
  }
  for (const client of clients) await client.check()
}

async function act(client: Client, dice: Dice): Promise<void> {
  if (client.isIdle) {
    if (dice.below(3) === 0) await client.endIdle()
    return
  }
  const count = client.believed.length
  const number = 1 + dice.below(Math.max(count, 1))
  const set = dice.pick([`${number}`, `${number}:*`, '1:*', `*`])
  const uid = dice.pick(['', 'UID '])
  const flags = `(${FLAGS.filter(() => dice.below(3) === 0).join(' ')})`
  const silent = dice.pick(['', '.SILENT'])
  switch (dice.below(10)) {
    case 0:
      return client.say('NOOP')
    case 1:
      return client.beginIdle()
    case 2:
    case 3:
      return client.say(`${uid}STORE ${set} ${dice.pick(['', '+', '-'])}FLAGS${silent} ${flags}`).then(() => {
        // It knows what it has set, and asks where it was not told.
        if (silent !== '') return client.say(`${uid}FETCH 1:* (FLAGS)`)
      })
    case 4:
      return client.say(
        `${uid}FETCH ${set} (FLAGS ${dice.pick(['BODY[TEXT]', 'UID', 'BODY.PEEK[HEADER.FIELDS (SUBJECT)]'])})`,
      )
    case 5:
      return client.say('EXPUNGE')
    case 6:
      return client.say(`${uid}${dice.pick(['COPY', 'MOVE'])} ${set} ${dice.pick(['INBOX', 'Kept', 'Nowhere'])}`)
    case 7:
      return client.say(`APPEND ${dice.pick(['INBOX', 'Kept'])} ${flags} {5+}\r\nA: b\n`)
    case 8:
      return client.say(`${uid}SEARCH ${dice.pick(['ALL', 'UNSEEN', 'DELETED', 'TEXT hello'])}`)
    case 9:
      return client.say(`UID EXPUNGE ${dice.pick(['1:*', '*', '3:9'])}`)
  }
}

/** What happens without any of them. */
async function happen({ store, mail }: World, dice: Dice): Promise<void> {
  const message = dice.pick(store.list())
  switch (dice.below(6)) {
    case 0:
    case 1:
      await mail(dice.pick(['ada@example.test', 'eve@example.test']))
      break
    case 2:
      if (message) await store.remove([message.id])
      break
    case 3:
      if (message) await store.flag([message.id], { read: dice.below(2) === 0 })
      break
    case 4:
      if (message) await store.file([message.id], 'ada')
      break
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const seconds = Number(process.argv[2] ?? 60)
  const first = Number(process.argv[3] ?? Date.now() % 2 ** 31)
  const end = performance.now() + seconds * 1000
  let lives = 0
  for (; performance.now() < end; lives++) {
    try {
      await live(first + lives)
    } catch (error) {
      console.log(`seed ${first + lives}`)
      throw error
    }
  }
  console.log(`${lives} lives of ${CLIENTS} clients from seed ${first}: all of them know at the end what there is`)
}
