/**
 * `node scripts/mail-clients.mjs [name ...] [--many 10000]`: mail programs that others wrote, against a maildouble of their
 * own each, in the clear and with TLS: they fetch real mails, search, flag, move and delete them, as far as they can. Prints
 * a table of commands and results; exits with 1 where one differs from what was sent. Programs that are not installed are
 * passed over. `--many` has mbsync bring so many messages into a maildir, twice.
 *
 * A program may change line ends (a CRLF becomes LF in its files) and put header fields of its own before a message; with
 * that undone, what it wrote has to be what was sent.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  difference,
  differenceInBytes,
  mails,
  pathOf,
  readable,
  run,
  SECURITIES,
  shown,
} from './mail-clients/common.mjs'
import { DOERS } from './mail-clients/doers.mjs'
import { fetchMany } from './mail-clients/many.mjs'
import { READERS } from './mail-clients/readers.mjs'

const built = spawnSync(process.execPath, [pathOf('../build.mjs'), 'server'], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
if (built.status !== 0) process.exit(1)
const { startMaildouble } = await import('../dist/index.js')

/** Gives `fn` a server with the mails in it, and a folder, which are both gone afterwards. */
async function withServer({ protocol, security, sent }, fn) {
  const home = mkdtempSync(join(tmpdir(), 'maildouble-clients-'))
  const server = await startMaildouble({ [protocol]: true, tls: security !== 'none', maxMessages: 100_000 })
  try {
    const ca = join(home, 'ca.pem')
    if (security !== 'none') writeFileSync(ca, await (await fetch(`${server.url}/api/ca.pem`)).text())
    for (const { raw } of sent) await server.add(raw)
    const port = server.ports[security === 'tls' ? `${protocol}s` : protocol]
    return await fn({ home, server, port, protocol, security, ca, sent })
  } catch (error) {
    return { command: '', did: '', problems: [String(error.stack ?? error)] }
  } finally {
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

const mailsFor = program => (program.exact ? mails : readable.filter(({ name }) => program.takes?.test(name) ?? true))

/** One program, one way to reach the server, keeping or deleting: what it did, and what was wrong with it. */
function read(program, { protocol, security, deletes }) {
  return withServer({ protocol, security, sent: mailsFor(program) }, async given => {
    const { home, server, sent } = given
    const prepared = program.prepare({ ...given, deletes })
    const { code, stdout, stderr } = await run(home, prepared.command, prepared.args, prepared)
    const problems = []
    if (code !== 0) problems.push(`exit code ${code}: ${(String(stderr).trim() || String(stdout).trim()).slice(-300)}`)
    const written = prepared.written()
    const wrong = program.exact ? differenceInBytes(written, sent) : difference(written, sent, prepared)
    if (wrong !== undefined) problems.push(wrong)
    const left = (await server.messages()).length
    if (left !== (deletes ? 0 : sent.length)) problems.push(`${left} messages are left`)
    const sessions = await server.sessions({ protocol })
    const command = (prepared.shown ?? shown(prepared.command, prepared.args))
      .replaceAll(home, '.')
      .replace(/ --next .*/, ' --next ...')
    return { command, did: `${sent.length} mails; ${sessions.map(({ outcome }) => outcome).at(-1)}`, problems }
  })
}

/** One program that does with single mails what it can. */
function act(program, { protocol, security }) {
  return withServer({ protocol, security, sent: mailsFor(program) }, given => program.act(given))
}

let failed = 0
function row(cells, { command, did, problems }) {
  failed += problems.length > 0 ? 1 : 0
  const result = problems.length > 0 ? `FAILED: ${problems.join('; ')}` : did
  console.log(`| ${[...cells, command && `\`${command.replaceAll('|', '\\|')}\``, result].join(' | ')} |`)
}

const wanted = process.argv.slice(2)
const manyAt = wanted.indexOf('--many')
const [, many] = manyAt === -1 ? [] : wanted.splice(manyAt, 2)
console.log('| program | protocol | TLS | | command | result |\n|---|---|---|---|---|---|')
for (const program of [...READERS, ...DOERS]) {
  if (wanted.length > 0 && !wanted.includes(program.name)) continue
  if (many !== undefined && wanted.length === 0) continue
  const [command, ...args] = program.version
  const { stdout, status } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === null) {
    console.log(`| ${program.name} | | | | | not installed |`)
    continue
  }
  const name = `${program.name} ${/\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? ''}`
  for (const protocol of program.protocols) {
    for (const security of program.securities?.[protocol] ?? SECURITIES) {
      if (program.act) row([name, protocol, security, 'one by one'], await act(program, { protocol, security }))
      else
        for (const deletes of [false, true])
          row(
            [name, protocol, security, deletes ? 'delete' : 'keep'],
            await read(program, { protocol, security, deletes }),
          )
    }
  }
}
if (many !== undefined) {
  const sent = Array.from({ length: Number(many) }, (_, n) => ({ name: `mail ${n}`, raw: completeMail(n) }))
  row(
    ['mbsync', 'imap', 'none', `${many} messages, twice`],
    await withServer({ protocol: 'imap', security: 'none', sent }, fetchMany),
  )
}
process.exitCode = failed > 0 ? 1 : 0

/** A mail with every header that mail programs look at, of a size of its own. */
function completeMail(n) {
  const header = [
    `Return-Path: <sender${n}@example.org>`,
    `Received: from app.example.org by maildouble; Mon, 2 Feb 2026 10:00:00 +0000`,
    `Date: Mon, 2 Feb 2026 10:00:00 +0000`,
    `From: Sender ${n} <sender${n}@example.org>`,
    `To: Ada <ada@example.com>, Bob <bob@example.com>`,
    `Cc: carol@example.net`,
    `Reply-To: no-reply@example.org`,
    `Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= number ${n}`,
    `Message-ID: <${n}.many@example.org>`,
    `References: <${n - 1}.many@example.org>`,
    `MIME-Version: 1.0`,
    `Content-Type: text/plain; charset=utf-8`,
    `Content-Transfer-Encoding: 8bit`,
  ]
  return Buffer.from(`${header.join('\r\n')}\r\n\r\n${'Grüße, wie geht es?\r\n'.repeat(1 + (n % 50))}.\r\n${n}\r\n`)
}
