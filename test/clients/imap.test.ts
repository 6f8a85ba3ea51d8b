/** Clients of IMAP by others: imapflow, Python's imaplib and curl. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ImapFlow } from 'imapflow'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'

const run = promisify(execFile)
const versionOf = (command: string) => {
  try {
    return execFileSync(command, ['--version'], { encoding: 'utf8', stdio: 'pipe' })
  } catch {
    return ''
  }
}
const hasPython = versionOf('python3') !== ''
const hasCurl = /\bimaps\b/.test(versionOf('curl'))

/** With what a careless server would change: dots, a NUL, a lone line feed, 8-bit bytes, no line end at its end. */
const RAW = Buffer.from('Subject: one\r\nTo: ada@example.com\r\n\r\n.\r\n..dots\r\na\nb \0\xe9\xff\r\nlast', 'latin1')

let mail: MailHandle
let folder: string
let caFile: string
let ca: string
beforeAll(async () => {
  mail = await startMaildouble({
    imap: true,
    tls: true,
    mailboxAuth: ['ada@example.com:pass', 'all:pass', 'bob@example.com:pass'],
  })
  folder = mkdtempSync(join(tmpdir(), 'maildouble-imap-'))
  caFile = join(folder, 'ca.pem')
  ca = await (await fetch(`${mail.url}/api/ca.pem`)).text()
  writeFileSync(caFile, ca)
})
afterAll(async () => {
  await mail.stop()
  await rm(folder, { recursive: true })
})

/** A client that has logged in; `tls` comes first, or by STARTTLS. */
async function flow(user: string, kind: 'clear' | 'starttls' | 'tls'): Promise<ImapFlow> {
  const { imap = 0, imaps = 0 } = mail.ports
  const client = new ImapFlow({
    host: 'localhost',
    port: kind === 'tls' ? imaps : imap,
    secure: kind === 'tls',
    doSTARTTLS: kind === 'starttls',
    tls: { ca },
    auth: { user, pass: 'pass' },
    logger: false,
  })
  await client.connect()
  onTestFinished(() => client.logout().catch(() => {}))
  return client
}

describe('imapflow', () => {
  test.each(['clear', 'starttls', 'tls'] as const)('fetches, searches, flags, moves and deletes: %s', async kind => {
    await mail.add(RAW, { to: ['bob@example.com'] })
    const client = await flow('bob@example.com', kind)
    const box = await client.mailboxOpen('INBOX')
    const sequence = `${box.exists}`
    const message = await client.fetchOne(sequence, {
      source: true,
      envelope: true,
      bodyStructure: true,
      flags: true,
      size: true,
    })
    if (message === false) throw new Error('there is no message')
    expect(message.source?.equals(RAW)).toBe(true)
    expect(message).toMatchObject({
      size: RAW.length,
      envelope: { subject: 'one' },
      bodyStructure: { type: 'text/plain' },
    })
    expect(await client.search({ subject: 'one', seen: false }, { uid: true })).toContain(message.uid)
    await client.messageFlagsAdd(sequence, ['\\Seen', '\\Flagged', 'Work'])
    const [newest] = await mail.messages()
    expect(newest?.read).toBe(true)

    if (!(await client.list()).some(({ path }) => path === 'Done/Übung')) await client.mailboxCreate('Done/Übung')
    const moved = await client.messageMove(sequence, 'Done/Übung')
    if (moved === false) throw new Error('it was not moved')
    expect(await mail.messages()).toEqual([])
    await client.mailboxOpen('Done/Übung')
    const uid = moved.uidMap?.get(message.uid)
    const there = await client.fetchOne(String(uid), { source: true, flags: true }, { uid: true })
    if (there === false) throw new Error('it is not there')
    expect(there.source?.equals(RAW)).toBe(true)
    expect([...(there.flags ?? [])]).toEqual(expect.arrayContaining(['\\Seen', '\\Flagged', 'Work']))
    await client.messageDelete(String(uid), { uid: true })
    expect(await client.status('Done/Übung', { messages: true })).toMatchObject({ messages: 0 })
    const appended = await client.append('INBOX', RAW, ['\\Seen'], new Date('2020-01-01'))
    expect(appended).toMatchObject({ destination: 'INBOX' })
    await mail.clear()
  })

  test('a mail is told of in IDLE, and its bytes are there', async () => {
    const client = await flow('all', 'clear')
    await client.mailboxOpen('INBOX')
    const told = new Promise<{ count: number }>(resolve => client.once('exists', resolve))
    const idling = client.idle()
    await createTransport({ url: mail.smtpUrl, tls: { ca } }).sendMail({
      from: 'a@b.test',
      to: 'ada@example.com',
      subject: 'now',
    })
    const { count } = await told
    const message = await client.fetchOne(String(count), { envelope: true })
    await idling
    expect(message).toMatchObject({ envelope: { subject: 'now' } })
  })
})

const PYTHON = `
import imaplib, ssl, sys, time
port, tls_port, ca = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=ca)
raw = open(sys.argv[4], 'rb').read()

def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]

refused = imaplib.IMAP4('localhost', port)
try:
    refused.login('ada@example.com', 'wrong')
except imaplib.IMAP4.error as error:
    print(error)
refused.logout()

for kind in ('clear', 'starttls', 'tls'):
    imap = imaplib.IMAP4_SSL('localhost', tls_port, ssl_context=context) if kind == 'tls' else imaplib.IMAP4('localhost', port)
    if kind == 'starttls':
        imap.starttls(context)
    if kind == 'clear':
        imap.login_cram_md5('ada@example.com', 'pass')
    else:
        imap.login('ada@example.com', 'pass')
    ok(imap.append('INBOX', '(\\\\Flagged)', imaplib.Time2Internaldate(86400 * 365 * 40), raw))
    count = int(ok(imap.select('INBOX'))[0])
    assert ok(imap.fetch(str(count), '(BODY.PEEK[])'))[0][1] == raw
    assert ok(imap.search(None, 'FLAGGED', 'UNSEEN', 'SUBJECT', 'one'))[0].split()[-1] == b'%d' % count
    ok(imap.store(str(count), '+FLAGS', '(\\\\Deleted)'))
    if kind == 'clear':
        ok(imap.create('Kept'))
    ok(imap.copy(str(count), 'Kept'))
    assert ok(imap.expunge()) == [b'%d' % count]
    ok(imap.subscribe('Kept'))
    assert any(b'"Kept"' in line for line in ok(imap.lsub()))
    ok(imap.select('Kept', readonly=True))
    assert ok(imap.fetch('1', '(RFC822)'))[0][1] == raw
    ok(imap.close())
    ok(imap.namespace())
    ok(imap.noop())
    imap.logout()
print('done')
`

test.skipIf(!hasPython)(
  'imaplib appends, fetches, searches, flags, copies and expunges, with TLS and without',
  async () => {
    const rawFile = join(folder, 'raw.eml')
    // imaplib makes CRLF of every line feed that it appends.
    writeFileSync(rawFile, RAW.toString('latin1').replace('a\nb', 'a b').replace('\0', ''), 'latin1')
    const { imap, imaps } = mail.ports
    const { stdout } = await run('python3', ['-c', PYTHON, String(imap), String(imaps), caFile, rawFile])
    expect(stdout.trim().split('\n')).toEqual([expect.stringContaining('[AUTHENTICATIONFAILED]'), 'done'])
  },
)

test.skipIf(!hasCurl)('curl fetches, searches and appends, with TLS and without', async () => {
  await using own = await startMaildouble({ imap: true, tls: true })
  await own.add(RAW, { to: ['ada@example.com'] })
  const file = join(folder, 'own-ca.pem')
  writeFileSync(file, await (await fetch(`${own.url}/api/ca.pem`)).text())
  const { imap, imaps } = own.ports
  const curl = async (url: string, ...more: string[]) =>
    (await run('curl', ['-sS', '-u', 'ada@example.com:x', '--cacert', file, ...more, url], { encoding: 'buffer' }))
      .stdout
  for (const [origin, ...more] of [
    [`imap://localhost:${imap}`],
    [`imap://localhost:${imap}`, '--ssl-reqd'],
    [`imaps://localhost:${imaps}`],
  ] as [string, ...string[]][]) {
    expect((await curl(`${origin}/INBOX;MAILINDEX=1`, ...more)).equals(RAW)).toBe(true)
    expect(String(await curl(`${origin}/INBOX?SUBJECT%20one`, ...more)).trim()).toBe('* SEARCH 1')
  }
  await curl(`imap://localhost:${imap}/INBOX`, '-T', file)
  expect(await own.messages()).toHaveLength(2)
})
