/** Several clients at once, a client in IDLE, and mailboxes that are large. */
import { describe, expect, test } from 'vitest'
import { MAX_OUTPUT_BYTES } from '../../server/net/output.js'
import { said } from '../driving.js'
import { live } from './crowd.js'
import { Driver, newSession } from './drive.js'
import { makeWorld } from './make-mailboxes.js'

const LIVES = 40

test('several clients on the same mail know at the end what there is', async () => {
  for (let seed = 1; seed <= LIVES; seed++) await live(seed).catch(error => expect.fail(`seed ${seed}: ${error.stack}`))
})

describe('IDLE', () => {
  const begin = async () => {
    const world = makeWorld()
    await world.mail('ada@example.test')
    const driver = new Driver(newSession(world))
    await driver.hear('a LOGIN ada x\r\nb SELECT INBOX\r\nc IDLE\r\n')
    driver.heard()
    const wake = async () => {
      driver.session.wake()
      await driver.pump()
      return driver.heard()
    }
    return { ...world, driver, wake }
  }

  test('mail, flags and removals are told as they happen', async () => {
    const { mail, store, wake, driver } = await begin()
    await mail('ada@example.test')
    expect(await wake()).toBe('* 2 EXISTS\r\n* 2 RECENT\r\n')
    const [newest, oldest] = store.list()
    await store.flag([newest?.id as string], { read: true })
    expect(await wake()).toBe('* 2 FETCH (UID 2 FLAGS (\\Seen \\Recent))\r\n')
    await store.remove([oldest?.id as string])
    expect(await wake()).toBe('* 1 EXPUNGE\r\n* 1 RECENT\r\n')
    await mail('eve@example.test')
    expect(await wake(), 'what is for others').toBe('')
    await driver.hear('DONE\r\n')
    expect(driver.heard()).toBe('c OK Done\r\n')
  })

  test('what comes before IDLE is told when it begins, and outside of it only with an answer', async () => {
    const { mail, wake, driver } = await begin()
    await driver.hear('DONE\r\n')
    await mail('ada@example.test')
    driver.heard()
    expect(await wake()).toBe('')
    await driver.hear('d IDLE\r\n')
    expect(driver.heard()).toMatch(/^\* 2 EXISTS\r\n\* 2 RECENT\r\n\+ /)
  })
})

describe('a large mailbox', () => {
  const MESSAGES = 3000
  const begin = async () => {
    const world = makeWorld({ maxMessages: MESSAGES, maxBytes: 1024 ** 3 })
    for (let n = 0; n < MESSAGES; n++) await world.mail('ada@example.test', `Subject: ${n}\r\n\r\n${'x'.repeat(1000)}`)
    const driver = new Driver(newSession(world))
    await driver.hear('a LOGIN ada x\r\nb SELECT INBOX\r\n')
    driver.heard()
    return { ...world, session: driver.session }
  }

  test.each(['FETCH 1:* FLAGS', 'FETCH 1:* BODY.PEEK[]', 'FETCH 1:* BODYSTRUCTURE'])(
    '%s is said as fast as it is read, and others get their turn',
    async command => {
      const { session } = await begin()
      session.receive(Buffer.from(`c ${command}\r\n`))
      let turns = 0
      let bytes = 0
      for (let event = session.next(); event; event = session.next()) {
        expect(event.type).toBe('later')
        const text = said(session)
        expect(text.length).toBeLessThan(2 * MAX_OUTPUT_BYTES)
        bytes += text.length
        turns += 1
      }
      expect(said(session)).toMatch(/c OK Fetched\r\n$/)
      expect(turns).toBeGreaterThan(1)
      expect(bytes).toBeGreaterThan(MAX_OUTPUT_BYTES)
    },
  )

  test('a client that does not read is not answered on', async () => {
    const { session } = await begin()
    session.receive(Buffer.from('c FETCH 1:* BODY.PEEK[]\r\n'))
    for (let n = 0; n < 100; n++) expect(session.next()?.type).toBe('later')
    expect(said(session).length).toBeLessThan(2 * MAX_OUTPUT_BYTES)
  })
})
