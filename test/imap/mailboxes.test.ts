/** The mailboxes of a login: names, levels, quotas, and that a message is one thing. */
import { describe, expect, test } from 'vitest'
import type { Refusal } from '../../server/imap/mailbox.js'
import { MAX_MAILBOXES, MAX_MESSAGES } from '../../server/imap/mailboxes.js'
import { faultOf, matchesPattern } from '../../server/imap/names.js'
import { append } from '../mail/make.js'
import { given, mailboxOf, makeWorld } from './make-mailboxes.js'

const code = (refusal: Refusal | null) => refusal?.code ?? null
const names = (listed: readonly { name: string; attributes: readonly string[] }[]) =>
  listed.map(({ name, attributes }) => [name, ...attributes].join(' '))

describe('patterns of LIST', () => {
  test.each<[pattern: string, matching: string[]]>([
    ['*', ['INBOX', 'a', 'a/b', 'a/b/c', 'ä🙂/b']],
    ['%', ['INBOX', 'a']],
    ['a', ['a']],
    ['a*', ['a', 'a/b', 'a/b/c']],
    ['a%', ['a']],
    ['a/%', ['a/b']],
    ['a/*', ['a/b', 'a/b/c']],
    ['%/%', ['a/b', 'ä🙂/b']],
    ['*b', ['a/b', 'ä🙂/b']],
    ['%%*%', ['INBOX', 'a', 'a/b', 'a/b/c', 'ä🙂/b']],
    ['ä🙂/%', ['ä🙂/b']],
    ['inbox', ['INBOX']],
    ['A', []],
    ['', []],
  ])('%s', (pattern, matching) => {
    const all = ['INBOX', 'a', 'a/b', 'a/b/c', 'ä🙂/b']
    expect(all.filter(name => matchesPattern(name, pattern))).toEqual(matching)
  })

  test('a pattern of many wildcards takes no longer', () => {
    expect(matchesPattern('a'.repeat(255), `${'*a'.repeat(250)}b`)).toBe(false)
    expect(matchesPattern('a'.repeat(255), '%'.repeat(60_000))).toBe(true)
  })
})

test.each<[name: string, code: string | null]>([
  ['a', null],
  ['Entwürfe/Übung & Co. (1)', null],
  [`${'a/'.repeat(127)}a`, null],
  [`${'a/'.repeat(128)}a`, 'LIMIT'],
  ['', 'CANNOT'],
  ['/a', 'CANNOT'],
  ['a//b', 'CANNOT'],
  ['a\nb', 'CANNOT'],
  ['a*', 'CANNOT'],
  ['100%', 'CANNOT'],
])('the name %j', (name, wanted) => {
  expect(faultOf(name)?.code ?? null).toBe(wanted)
})

describe('names', () => {
  test('made with those above, listed with what they are for, renamed with those below', async () => {
    const mailboxes = makeWorld().login('ada')
    expect(mailboxes.create('Work/2026/')).toBeNull()
    expect(mailboxes.create('Sent')).toBeNull()
    expect(mailboxes.create('inbox/later')).toBeNull()
    expect(names(mailboxes.list())).toEqual([
      'INBOX \\HasChildren',
      'INBOX/later \\HasNoChildren',
      'Sent \\HasNoChildren \\Sent',
      'Work \\HasChildren',
      'Work/2026 \\HasNoChildren',
    ])
    expect(await mailboxes.rename('Work', 'Past/Job')).toBeNull()
    expect(names(mailboxes.list()).slice(2)).toEqual([
      'Past \\HasChildren',
      'Past/Job \\HasChildren',
      'Past/Job/2026 \\HasNoChildren',
      'Sent \\HasNoChildren \\Sent',
    ])
  })

  test('a name with others below it stays as a level until they are gone', async () => {
    const mailboxes = makeWorld().login('ada')
    mailboxes.create('a/b')
    expect(await mailboxes.delete('a')).toBeNull()
    expect(names(mailboxes.list())).toContain('a \\HasChildren \\Noselect')
    expect(code(mailboxes.get('a') as Refusal)).toBe('NONEXISTENT')
    expect(code(await mailboxes.delete('a'))).toBe('HASCHILDREN')
    expect(await mailboxes.delete('a/b')).toBeNull()
    expect(names(mailboxes.list())).toEqual(['INBOX \\HasNoChildren'])
  })

  test.each<[what: string, code: string, act: (m: ReturnType<ReturnType<typeof makeWorld>['login']>) => unknown]>([
    ['INBOX again', 'ALREADYEXISTS', m => m.create('Inbox')],
    ['a name twice', 'ALREADYEXISTS', m => m.create('a')],
    ['a name that is none', 'CANNOT', m => m.create('a//b')],
    ['deleting INBOX', 'CANNOT', m => m.delete('INBOX')],
    ['deleting what is not there', 'NONEXISTENT', m => m.delete('x')],
    ['renaming what is not there', 'NONEXISTENT', m => m.rename('x', 'y')],
    ['renaming to what is there', 'ALREADYEXISTS', m => m.rename('a', 'b')],
    ['renaming to INBOX', 'ALREADYEXISTS', m => m.rename('a', 'INBOX')],
    ['renaming below itself', 'CANNOT', m => m.rename('a', 'a/b')],
    ['renaming so that what is below gets too long', 'LIMIT', m => m.rename('a', 'n'.repeat(254))],
  ])('refused: %s', async (_what, wanted, act) => {
    const mailboxes = makeWorld().login('ada')
    mailboxes.create('a/c')
    mailboxes.create('b')
    const before = names(mailboxes.list())
    expect(code((await act(mailboxes)) as Refusal | null)).toBe(wanted)
    expect(names(mailboxes.list())).toEqual(before)
  })

  test('subscriptions, also to what is not there', () => {
    const mailboxes = makeWorld().login('ada')
    mailboxes.create('a')
    for (const name of ['a', 'gone', 'inbox']) mailboxes.subscribe(name)
    expect(names(mailboxes.subscriptions())).toEqual(['INBOX', 'a', 'gone \\Noselect'])
    mailboxes.unsubscribe('a')
    expect(names(mailboxes.subscriptions())).toEqual(['INBOX', 'gone \\Noselect'])
  })
})

describe('messages', () => {
  test('each login has its own mailboxes, shared by its sessions', () => {
    const { login } = makeWorld()
    login('ada').create('a')
    expect(names(login('ada').list())).toContain('a \\HasNoChildren')
    expect(names(login('bob').list())).toEqual(['INBOX \\HasNoChildren'])
  })

  test('what is put into INBOX comes to the login, with its flags and its date; UIDs are of one number', async () => {
    const { login, store } = makeWorld()
    const ada = login('ada@example.test')
    const inbox = mailboxOf(ada, 'INBOX')
    ada.create('Kept')
    const kept = mailboxOf(ada, 'Kept')
    const atMs = Date.UTC(1999, 5, 1)
    const first = await inbox.add({
      raw: Buffer.from('Subject: hi\r\n\r\n'),
      flags: ['\\Seen', 'Work'],
      internalDateMs: atMs,
    })
    const second = await kept.add(given('Subject: there\r\n\r\n'))
    const third = await inbox.add(given('To: <eve@example.test>\r\n\r\n'))
    const uids = [first, second, third].map(placed => (placed.type === 'placed' ? placed.uid : 0))
    expect(uids).toEqual([...uids].sort((a, b) => a - b))
    expect(inbox.entries.map(({ uid }) => uid)).toEqual([uids[0], uids[2]])
    expect(inbox.entries[0]?.item).toMatchObject({ flags: ['\\Seen', 'Work'], internalDateMs: atMs })
    expect(store.list(undefined, 'oldest').map(({ envelope, read }) => [envelope.to, read])).toEqual([
      [['ada@example.test'], true],
      [['ada@example.test'], false],
    ])
  })

  test('a flag that is set does not move UIDNEXT', async () => {
    const { login, mail } = makeWorld()
    const uid = await mail('ada@example.test')
    const inbox = mailboxOf(login('ada'), 'INBOX')
    await inbox.setFlags(inbox.entries, 'add', ['\\Seen', '\\Flagged'])
    await inbox.remove(inbox.entries)
    expect([inbox.entries.length, inbox.uidNext]).toEqual([0, uid + 1])
  })

  test('a message that is filed late comes at the end', async () => {
    const { login, mail, store } = makeWorld()
    const early = await mail('eve@example.test')
    await mail('ada@example.test')
    const inbox = mailboxOf(login('ada'), 'INBOX')
    expect(inbox.entries.length).toBe(1)
    await store.file([store.at(early)?.id as string], 'ada')
    while (!inbox.catchUp());
    const uids = inbox.entries.map(({ uid }) => uid)
    expect(uids).toEqual([2, 3])
    await store.flag([store.at(early)?.id as string], { read: true })
    while (!inbox.catchUp());
    expect(inbox.entries.map(({ item }) => item.flags.length)).toEqual([0, 1])
  })

  test('catching up with more than the store remembers', async () => {
    const { login, mail, store } = makeWorld({ maxMessages: 10 })
    await mail('ada@example.test')
    const inbox = mailboxOf(login('ada'), 'INBOX')
    const { id } = store.list()[0] as { id: string }
    for (let n = 0; n < 100_001; n++) await store.flag([id], { read: n % 2 === 0 })
    await append(store, { inboxes: ['ada'] })
    while (!inbox.catchUp());
    expect(inbox.entries.map(({ item }) => item.flags)).toEqual([['\\Seen'], []])
    expect(inbox.entries.at(-1)?.uid).toBe(store.cursor)
  })

  test('INBOX is emptied into its new name, and stays', async () => {
    const { login, mail, store } = makeWorld()
    await mail('ada@example.test')
    const ada = login('ada')
    const raw = mailboxOf(ada, 'INBOX').entries[0]?.item.raw
    expect(await ada.rename('INBOX', 'Old/2026')).toBeNull()
    expect(mailboxOf(ada, 'INBOX').entries).toEqual([])
    expect(mailboxOf(ada, 'Old/2026').entries[0]?.item.raw).toBe(raw)
    expect(store.total).toBe(0)
  })

  test('a mailbox that is deleted is empty for who still has it', async () => {
    const ada = makeWorld().login('ada')
    ada.create('a')
    const mailbox = mailboxOf(ada, 'a')
    await mailbox.add(given('Subject: a\r\n\r\n'))
    await ada.delete('a')
    expect(mailbox.entries).toEqual([])
    ada.create('a')
    expect(mailboxOf(ada, 'a').uidNext, 'UIDs of before are not given again').toBeGreaterThan(mailbox.uidNext)
  })
})

describe('quotas', () => {
  test('mailboxes, with the levels above that would be made', () => {
    const ada = makeWorld({ maxBytes: 10 * 1024 ** 2 }).login('ada')
    for (let n = 0; n < MAX_MAILBOXES - 1; n++) expect(ada.create(`m${n}`)).toBeNull()
    expect(code(ada.create('a/b'))).toBe('OVERQUOTA')
    expect(ada.create('a')).toBeNull()
    expect(code(ada.create('b'))).toBe('OVERQUOTA')
  })

  test('messages and bytes; what leaves makes room', async () => {
    const ada = makeWorld({ maxBytes: 10_000 }).login('ada')
    ada.create('a')
    const a = mailboxOf(ada, 'a')
    expect(code(a.refusalFor(MAX_MESSAGES + 1, 0))).toBe('OVERQUOTA')
    const large = given('x'.repeat(8000))
    expect(await a.add(large)).toMatchObject({ type: 'placed' })
    expect(await a.add(large)).toMatchObject({ type: 'refused', code: 'OVERQUOTA' })
    await a.remove(a.entries)
    expect(await a.add(large)).toMatchObject({ type: 'placed' })
    await ada.delete('a')
    ada.create('b')
    expect(await mailboxOf(ada, 'b').add(large)).toMatchObject({ type: 'placed' })
  })

  test('names take room, too, of all logins together', async () => {
    const { login } = makeWorld({ maxBytes: 3000 })
    const ada = login('ada')
    const bob = login('bob')
    expect([ada.create('a'), ada.subscribe('x'), bob.create('a')]).toEqual([null, null, null])
    expect(code(bob.subscribe('x'))).toBe('OVERQUOTA')
    expect(code(bob.create('b'))).toBe('OVERQUOTA')
    ada.unsubscribe('x')
    expect(bob.create('b')).toBeNull()
    await bob.delete('a')
    expect(ada.create('c')).toBeNull()
  })

  test('what does not fit into the store is refused in words', async () => {
    const { login } = makeWorld({ maxBytes: 1000 })
    const placed = await mailboxOf(login('ada'), 'INBOX').add(given('x'.repeat(2000)))
    expect(placed).toMatchObject({ type: 'refused', code: 'TOOBIG', text: /--max-bytes/ })
  })
})
