import { describe, expect, test } from 'vitest'
import { MAX_OUTPUT_BYTES } from '../../server/net/output.js'
import { COMMANDS } from '../../server/pop3/command.js'
import { expectDocumented } from '../documented-answers.js'
import { said } from '../driving.js'
import { stored } from '../mail/message.js'
import { limitsAndRules } from './dialogues/limits.js'
import { logins } from './dialogues/login.js'
import { mail } from './dialogues/mail.js'
import { newSession } from './drive.js'
import { play } from './play.js'

for (const [group, dialogues] of Object.entries({ ...logins, ...mail, ...limitsAndRules })) {
  describe(group, () => {
    for (const dialogue of dialogues) test(dialogue.name, () => play(dialogue))
  })
}

test('docs/mailboxes.md has a row for every command, and a dialogue shows every answer of it', () => {
  expectDocumented('POP3', Object.keys(COMMANDS), {
    says: Object.values({ ...logins, ...mail, ...limitsAndRules })
      .flat()
      .map(({ says }) => says),
    // An answer is for what was said last.
    command: line => ({ tag: '', verb: (line.split(' ')[0] as string).toUpperCase() }),
    answer(line) {
      const [, text] = /^S: (\+OK|-ERR(?: \[[A-Z/]+\])?)/.exec(line) ?? []
      return text === undefined ? null : { tag: '', text }
    },
  })
})

/** A session that has logged in to messages. */
function open(entries: { uid: number; id: string; bytes: number }[], raw = Buffer.alloc(0)) {
  const session = newSession({}, { at: () => stored(raw) })
  session.receive(Buffer.from('USER a\r\nPASS b\r\n'))
  expect(session.next()?.type).toBe('login')
  session.answer({ type: 'judged', passed: true })
  expect(session.next()).toEqual({ type: 'open', username: 'a' })
  session.answer({ type: 'opened', entries })
  said(session)
  return session
}

describe('long answers', () => {
  const BYTES = 300_000

  test('a message is sent as fast as the client reads, and nothing is read meanwhile', () => {
    const session = open([{ uid: 1, id: 'id1', bytes: BYTES }], Buffer.alloc(BYTES, '.x\r\n'))
    session.receive(Buffer.from('RETR 1\r\nNOOP\r\n'))
    let text = ''
    let turns = 0
    for (;;) {
      const word = session.next()
      const bytes = session.output()
      expect(bytes?.length ?? 0).toBeLessThanOrEqual(MAX_OUTPUT_BYTES)
      text += (bytes?.toString('latin1') ?? '') + said(session)
      if (word === undefined) break
      expect(word).toEqual({ type: 'later' })
      turns += 1
    }
    expect(turns).toBeGreaterThan(3)
    expect(text).toBe(`+OK ${BYTES} octets\r\n${'..x\r\n'.repeat(BYTES / 4)}.\r\n+OK nothing done\r\n`)
  })

  test('a list of 100,000', () => {
    const session = open(Array.from({ length: 100_000 }, (_, n) => ({ uid: n + 1, id: `id${n + 1}`, bytes: 1 })))
    session.receive(Buffer.from('UIDL\r\n'))
    let lines = 0
    for (let word = session.next(); ; word = session.next()) {
      lines += said(session).split('\r\n').length - 1
      if (word === undefined) break
    }
    expect(lines).toBe(100_002)
  })

  test('nothing is said into the midst of one', () => {
    const session = open([{ uid: 1, id: 'id1', bytes: BYTES }], Buffer.alloc(BYTES, 'x'))
    session.receive(Buffer.from('RETR 1\r\n'))
    expect(session.next()).toEqual({ type: 'later' })
    session.interrupt('shutdown')
    expect(said(session)).not.toContain('shut down')
    expect(session.ended).toBe(true)
  })
})

test('who has said QUIT is told that the messages are gone, though the server stops', () => {
  const session = open([{ uid: 1, id: 'id1', bytes: 1 }])
  session.receive(Buffer.from('DELE 1\r\nQUIT\r\n'))
  expect(session.next()).toEqual({ type: 'remove', ids: ['id1'] })
  session.interrupt('shutdown')
  expect(session.ended).toBe(false)
  said(session)
  session.answer({ type: 'removed' })
  expect(said(session)).toBe('+OK bye; 1 message deleted\r\n')
  expect(session).toMatchObject({ ended: true, outcome: 'deleted 1 message', failure: null })
})
