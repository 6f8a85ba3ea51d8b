/** Clients of POP3 by others: Python's poplib and curl. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type MailHandle, startMaildouble } from '../../server/index.js'

const run = promisify(execFile)
const has = (command: string, argument: string) => {
  try {
    return execFileSync(command, [argument], { encoding: 'utf8', stdio: 'pipe' })
  } catch {
    return ''
  }
}
const hasPython = has('python3', '--version') !== ''
const hasCurl = /\bpop3s\b/.test(has('curl', '--version'))

/** With what a careless server would change: dots, a lone line feed, 8-bit bytes, no line end at its end. */
const RAW = Buffer.from('Subject: one\r\nTo: ada@example.com\r\n\r\n.\r\n..dots\r\na\nb \xe9\xff\r\nlast', 'latin1')
const SECOND = Buffer.from('Subject: two\r\nTo: bob@example.com\r\n\r\nx\r\n')

let mail: MailHandle
let folder: string
let caFile: string
beforeAll(async () => {
  mail = await startMaildouble({ pop3: true, tls: true, mailboxAuth: ['ada@example.com:pass', 'all:pass'] })
  folder = mkdtempSync(join(tmpdir(), 'maildouble-pop3-'))
  caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, await (await fetch(`${mail.url}/api/ca.pem`)).text())
})
afterAll(async () => {
  await mail.stop()
  await rm(folder, { recursive: true })
})

const PYTHON = `
import poplib, ssl, sys
port, tls_port, ca = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=ca)
raw = open(sys.argv[4], 'rb').read()

pop = poplib.POP3('localhost', port)
capabilities = pop.capa()
assert capabilities['SASL'] == ['PLAIN', 'LOGIN', 'CRAM-MD5'] and 'STLS' in capabilities and 'TOP' in capabilities
try:
    pop.apop('all', 'wrong')
except poplib.error_proto as error:
    print(error.args[0].decode())
pop.stls(context)
pop.user('all')
pop.pass_('pass')
count, octets = pop.stat()
print(count, octets - len(raw))
assert pop.list()[1][0] == b'1 %d' % len(raw)
# It reads lines by the line feed, so that a lone one is a line's end for it.
assert b'\\r\\n'.join(pop.retr(1)[1]) == raw.replace(b'a\\nb', b'a\\r\\nb')
assert pop.top(1, 2)[1][-3:] == [b'', b'.', b'..dots']
uids = pop.uidl()[1]
pop.dele(1)
pop.rset()
pop.quit()

pop = poplib.POP3_SSL('localhost', tls_port, context=context)
pop.apop('ada@example.com', 'pass')
print(len(pop.list()[1]))
assert pop.uidl()[1][0] == uids[0]
pop.dele(1)
pop.quit()
`

test.skipIf(!hasPython)("Python's poplib reads what was sent, byte for byte, and deletes it for everyone", async () => {
  const rawFile = join(folder, 'raw')
  writeFileSync(rawFile, RAW)
  const id = await mail.add(RAW)
  await mail.add(SECOND)
  const { stdout } = await run('python3', [
    '-c',
    PYTHON,
    ...[String(mail.ports.pop3), String(mail.ports.pop3s), caFile, rawFile],
  ])
  expect(stdout.split('\n')).toEqual([
    '-ERR [AUTH] this user name and password are none of --mailbox-auth',
    `2 ${SECOND.length}`,
    '1',
    '',
  ])
  expect((await mail.messages()).map(message => message.id)).not.toContain(id)
  const sessions = await mail.sessions({ protocol: 'pop3' })
  expect(sessions.map(({ outcome, auth, tls }) => [outcome, auth?.mechanism, tls?.version])).toEqual([
    ['fetched 1 message, looked into 1', 'USER', 'TLSv1.3'],
    ['deleted 1 message', 'APOP', 'TLSv1.3'],
  ])
})

describe.skipIf(!hasCurl)('curl', () => {
  const curl = (url: string, ...more: string[]) =>
    run('curl', ['-sS', '--cacert', caFile, '--user', 'all:pass', ...more, url], { encoding: 'buffer' })

  test.each([
    ['in the clear', () => `pop3://localhost:${mail.ports.pop3}`, []],
    [
      'by STLS and CRAM-MD5',
      () => `pop3://localhost:${mail.ports.pop3}`,
      ['--ssl-reqd', '--login-options', 'AUTH=CRAM-MD5'],
    ],
    ['by APOP', () => `pop3://localhost:${mail.ports.pop3}`, ['--login-options', 'AUTH=+APOP']],
    ['over TLS', () => `pop3s://localhost:${mail.ports.pop3s}`, []],
  ] as const)('reads %s', async (_, url, more) => {
    const id = await mail.add(RAW)
    const { stdout: list } = await curl(url(), ...more, '--request', 'UIDL')
    const number = new RegExp(`^(\\d+) ${id}$`, 'm').exec(list.toString())?.[1]
    const { stdout } = await curl(`${url()}/${number}`, ...more)
    // What it adds at the end is the protocol's.
    expect(stdout.equals(Buffer.concat([RAW, Buffer.from('\r\n')]))).toBe(true)
  })
})

test('mail programs deliver nothing, and are no reason why no mail is there', async () => {
  const other = await startMaildouble({ pop3: true })
  onTestFinished(() => other.stop())
  const socket = connect(Number(other.ports.pop3), '127.0.0.1')
  await new Promise(resolve => socket.once('data', resolve).resume())
  socket.end('USER a\r\nPASS b\r\nQUIT\r\n')
  await new Promise(resolve => socket.once('close', resolve))
  await expect.poll(() => other.sessions()).toMatchObject([{ protocol: 'pop3', outcome: 'logged in, fetched nothing' }])
  const { steps } = (await (await fetch(`${other.url}/api/diagnosis`)).json()) as {
    steps: { happened: boolean; reason: string }[]
  }
  expect(steps.some(({ happened }) => happened)).toBe(false)
  expect(steps[0]?.reason).toMatch(/^No app has connected/)
  await expect(other.next({}, { timeoutMs: 1 })).rejects.toThrow(/No connection/i)
})

test.each([
  [{ pop3Port: 0 }, /^--pop3-port does nothing without --pop3\n?/],
  [{ pop3sPort: 0, tls: true }, /^--pop3s-port does nothing without --pop3/],
  [{ imapPort: 0, pop3: true }, /^--imap-port does nothing without --imap/],
  [{ pop3sPort: 0, pop3: true }, /^--pop3s-port does nothing without --tls/],
])('a port that nothing would listen on is a mistake: %o', (options, message) =>
  expect(startMaildouble(options)).rejects.toThrow(message),
)
