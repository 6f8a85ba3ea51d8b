/**
 * `node scripts/mail-clients.mjs [name ...]`: mail programs that others wrote, against a maildouble of their own each, in the
 * clear and with TLS, reading real mails and deleting them. Prints a table of commands and results; exits with 1 where one
 * differs from what was sent. Programs that are not installed are passed over.
 *
 * A program may change line ends (a CRLF becomes LF in its files) and put header fields of its own before a message; with
 * that undone, what it wrote has to be what was sent.
 */
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pathOf = relative => fileURLToPath(new URL(relative, import.meta.url))
const CORPUS = pathOf('../test/mail/corpus')
const TIMEOUT_MS = 15_000

/** Mails that programs written in C end at their NUL, or that no reader of lines can keep apart: curl alone has them. */
const FOR_BYTES_ONLY = /^(nul|empty|no-blank-line|body-only|no-headers|stray-header-line|mbox-line)\.eml$/

const built = spawnSync(process.execPath, [pathOf('./build.mjs'), 'server'], { stdio: ['ignore', 'ignore', 'inherit'] })
if (built.status !== 0) process.exit(1)
const { startMaildouble } = await import('../dist/index.js')

/** A mail that is easily broken: dots at the starts of lines, a long line, 8-bit bytes. */
const TRAP = Buffer.concat([
  Buffer.from('From: ann@example.org\r\nTo: bob@example.org\r\nSubject: dots\r\n\r\n.\r\n..\r\n.x\r\n\r\n'),
  Buffer.alloc(3000, 'long '),
  Buffer.from('\r\n\xfc\xff\r\nFrom here\r\n.\r\n', 'latin1'),
])

const mails = readdirSync(CORPUS)
  .filter(name => name.endsWith('.eml'))
  .map(name => ({ name, raw: readFileSync(join(CORPUS, name)) }))
  .concat({ name: 'dots', raw: TRAP })
const readable = mails.filter(({ name }) => !FOR_BYTES_ONLY.test(name))

/** Ways to reach a port; `tls` of a program that verifies against the CA in `ca`. */
const SECURITIES = ['none', 'starttls', 'tls']

/** `sh`'s way to show a command. */
const shown = (command, args) =>
  [command, ...args].map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ')

/** Runs a program in a home of its own. */
function run(home, command, args, { input = '', env = {} } = {}) {
  return new Promise(resolve => {
    const child = execFile(
      command,
      args,
      {
        cwd: home,
        env: { PATH: process.env.PATH, HOME: home, TERM: 'xterm', LANG: 'C.UTF-8', ...env },
        timeout: TIMEOUT_MS,
        encoding: 'buffer',
        maxBuffer: 1 << 28,
      },
      (error, stdout, stderr) => resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
    )
    if (input !== null) child.stdin.end(input)
  })
}

const NOTHING = /^$/

/** Every file below a folder, whole. */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .map(name => join(folder, name))
    .filter(path => statSync(path).isFile())
    .map(path => readFileSync(path))
}

/** A file without fields that a program puts among the others. */
const without = (bytes, fields) => Buffer.from(bytes.toString('latin1').replace(fields, ''), 'latin1')

const lines = bytes => bytes.toString('latin1').replace(/\r\n/g, '\n').replace(/\n+$/, '')

/** What is wrong with what a program has written; undefined where it is what was sent. */
function difference(written, sent, { addsFields = false, rewrites = NOTHING }) {
  const left = written.map(lines)
  const missing = []
  for (const { name, raw } of sent) {
    const wanted = lines(raw)
    const at = addsFields ? left.findIndex(text => text.endsWith(wanted)) : left.indexOf(wanted)
    if (at !== -1) left.splice(at, 1)
    else if (!rewrites.test(name)) missing.push(name)
  }
  if (missing.length > 0) return `not as sent: ${missing.join(', ')}`
  if (written.length !== sent.length) return `${written.length} written of ${sent.length}`
}

const quoted = text => `"${text}"`

/** Each makes its configuration in `home`, and says which command to run and how to look at what came of it. */
const PROGRAMS = [
  {
    name: 'mpop',
    protocols: ['pop3'],
    version: ['mpop', '--version'],
    prepare({ home, port, security, ca, deletes }) {
      mkdirSync(join(home, 'mail/cur'), { recursive: true })
      for (const folder of ['new', 'tmp']) mkdirSync(join(home, 'mail', folder))
      const rc = [
        'defaults',
        `host localhost\nport ${port}\nuser all\npassword x\nauth ${security === 'none' ? 'apop' : 'user'}`,
        ...(security === 'none'
          ? ['tls off']
          : ['tls on', `tls_starttls ${security === 'starttls' ? 'on' : 'off'}`, `tls_trust_file ${ca}`]),
        `keep ${deletes ? 'off' : 'on'}`,
        'received_header off',
        `delivery maildir ${home}/mail`,
        'account default',
      ].join('\n')
      writeFileSync(join(home, 'mpoprc'), `${rc}\n`, { mode: 0o600 })
      return { command: 'mpop', args: ['-C', 'mpoprc', '-q'], written: () => filesIn(join(home, 'mail/new')) }
    },
  },
  {
    name: 'fetchmail',
    protocols: ['pop3', 'imap'],
    version: ['fetchmail', '--version'],
    prepare({ home, port, protocol, security, ca, deletes }) {
      mkdirSync(join(home, 'mail'))
      const ssl = {
        none: `sslproto ''`,
        starttls: `sslproto 'TLS1+' sslcertck sslcertfile ${quoted(ca)}`,
        tls: `ssl sslcertck sslcertfile ${quoted(ca)}`,
      }[security]
      const rc =
        `poll localhost service ${port} protocol ${protocol === 'pop3' ? 'POP3' : 'IMAP'} uidl\n`.replace(
          protocol === 'imap' ? ' uidl' : '',
          '',
        ) +
        `user "all" password "x" ${ssl} fetchall ${deletes ? 'nokeep' : 'keep'} ` +
        `mda "cat > mail/$(date +%s%N)"\n`
      writeFileSync(join(home, 'fetchmailrc'), rc, { mode: 0o600 })
      return {
        command: 'fetchmail',
        args: ['-f', 'fetchmailrc', '--invisible', '--idfile', 'ids', '--pidfile', 'pid', '-s'],
        addsFields: true,
        written: () => filesIn(join(home, 'mail')),
      }
    },
  },
  {
    name: 'getmail',
    protocols: ['pop3', 'imap'],
    version: ['getmail', '--version'],
    // It has no STARTTLS.
    securities: { pop3: ['none', 'tls'], imap: ['none', 'tls'] },
    prepare({ home, port, protocol, security, ca, deletes }) {
      mkdirSync(join(home, 'mail'))
      const kind = `Simple${protocol.toUpperCase()}${security === 'tls' ? 'SSL' : ''}Retriever`
      const rc = [
        `[retriever]\ntype = ${kind}\nserver = localhost\nport = ${port}\nusername = all\npassword = x`,
        ...(security === 'tls' ? [`ca_certs = ${ca}`] : []),
        // Into a maildir it delivers for nobody who is root.
        `[destination]\ntype = MDA_external\npath = /bin/sh\nallow_root_commands = true`,
        `arguments = ("-c", "cat > ${home}/mail/$(date +%s%N)")`,
        `[options]\nread_all = true\ndelete = ${deletes}\nreceived = false\ndelivered_to = false\nverbose = 0`,
      ].join('\n')
      writeFileSync(join(home, 'getmailrc'), `${rc}\n`, { mode: 0o600 })
      return {
        command: 'getmail',
        args: ['--getmaildir', home, '--rcfile', 'getmailrc'],
        addsFields: true,
        // Python's email package writes these anew: padding, long fields, broken multiparts.
        rewrites:
          /^(?:boundary-(?:padding|prefix|same-nested)|close-in-preamble|deep|empty-parts|headers-groups|inner-never-closed|names-rfc\d+|never-closed|related|signed)\.eml$/,
        // Over IMAP it says which mailbox, behind the other fields.
        written: () => filesIn(join(home, 'mail')).map(bytes => without(bytes, /^X-getmail-retrieved-from-.*\n/m)),
      }
    },
  },
  {
    name: 'curl',
    protocols: ['pop3', 'imap'],
    version: ['curl', '--version'],
    // It gives the bytes as they are.
    exact: true,
    prepare({ home, port, protocol, security, ca, deletes, sent }) {
      mkdirSync(join(home, 'mail'))
      const url = `${protocol}${security === 'tls' ? 's' : ''}://localhost:${port}`
      const safe = [
        ...(security === 'starttls' ? ['--ssl-reqd'] : []),
        ...(security === 'none' ? [] : ['--cacert', ca]),
      ]
      const place = protocol === 'pop3' ? `${url}/[1-${sent.length}]` : `${url}/INBOX;MAILINDEX=[1-${sent.length}]`
      const after = {
        pop3: [
          '--next',
          '-sS',
          '--user',
          'all:x',
          ...safe,
          `${url}/[1-${sent.length}]`,
          '--request',
          'DELE',
          '--list-only',
        ],
        imap: [
          ...['--next', '-sS', '--user', 'all:x', ...safe, `${url}/INBOX`, '--request', 'STORE 1:* +FLAGS \\Deleted'],
          ...['--next', '-sS', '--user', 'all:x', ...safe, `${url}/INBOX`, '--request', 'EXPUNGE'],
        ],
      }[protocol]
      return {
        command: 'curl',
        args: ['-sS', '--user', 'all:x', ...safe, place, '-o', 'mail/#1', ...(deletes ? after : [])],
        written: () => sent.map((_, n) => readFileSync(join(home, 'mail', String(n + 1)))),
      }
    },
  },
  {
    name: 'mbsync',
    protocols: ['imap'],
    version: ['mbsync', '--version'],
    prepare({ home, port, security, ca, deletes }) {
      mkdirSync(join(home, 'mail'))
      const kind = { none: 'None', starttls: 'STARTTLS', tls: 'IMAPS' }[security]
      const rc = [
        `IMAPAccount a\nHost localhost\nPort ${port}\nUser all\nPass x\nAuthMechs *\nSSLType ${kind}`,
        ...(security === 'none' ? [] : [`CertificateFile ${ca}`]),
        '\nIMAPStore far\nAccount a',
        `\nMaildirStore near\nPath ${home}/mail/\nInbox ${home}/mail/INBOX`,
        '\nChannel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nExpunge Far\nSyncState *',
      ].join('\n')
      writeFileSync(join(home, 'mbsyncrc'), `${rc}\n`)
      const sync = 'mbsync -q -c mbsyncrc c'
      // What has the flag T is deleted at the other side. A second run moves nothing: `written` would find it twice.
      const mark = 'cd mail/INBOX/new; for f in *; do mv "$f" "../cur/$f""T"; done; cd ../../..'
      return {
        command: 'sh',
        args: ['-c', [sync, ...(deletes ? [mark] : []), sync].join(' && ')],
        written: () =>
          ['new', 'cur'].flatMap(folder =>
            filesIn(join(home, 'mail/INBOX', folder)).map(bytes => without(bytes, /^X-TUID: .{12}\r?\n/m)),
          ),
      }
    },
  },
  {
    name: 'mutt',
    // It writes a header that is odd anew.
    takes:
      /^(?:alternative|calendar|charset-(?:utf-8|koi8-r|big5)|html-only|mixed|plain|related|report|signed)\.eml$|^dots$/,
    protocols: ['pop3', 'imap'],
    version: ['mutt', '-v'],
    prepare({ home, port, protocol, security, ca, deletes }) {
      const scheme = `${protocol === 'pop3' ? 'pop' : 'imap'}${security === 'tls' ? 's' : ''}`
      const rc = [
        `set ${protocol === 'pop3' ? 'pop' : 'imap'}_pass=x`,
        `set ssl_starttls=${security === 'starttls' ? 'yes' : 'no'} ssl_force_tls=${security === 'none' ? 'no' : 'yes'}`,
        ...(security === 'none' ? [] : [`set ssl_ca_certificates_file=${ca}`]),
        'set mbox_type=maildir confirmappend=no confirmcreate=no quit=yes move=no',
        // It asks for a folder that is not there, and takes the first key for the answer.
        `set folder=${home} delete=yes wait_key=no mail_check=0`,
      ].join('\n')
      writeFileSync(join(home, 'muttrc'), `${rc}\n`)
      const what = deletes ? '<save-message>' : '<copy-message>'
      const keys = `<tag-pattern>~A<enter><tag-prefix>${what}<kill-line>mail<enter><sync-mailbox><exit>`
      const place = `${scheme}://all@localhost:${port}/${protocol === 'imap' ? 'INBOX' : ''}`
      const mutt = shown('mutt', ['-n', '-F', 'muttrc', '-f', place, '-e', `push "${keys}"`])
      // It needs a terminal, which is not to end.
      return {
        input: null,
        command: 'script',
        args: ['-qec', mutt, '/dev/null'],
        addsFields: true,
        // It counts what it writes, behind the other fields.
        written: () =>
          ['new', 'cur'].flatMap(folder =>
            filesIn(join(home, 'mail', folder)).map(bytes =>
              without(bytes, /^(?:Content-Length|Lines|Status): .*\n/gm),
            ),
          ),
      }
    },
  },
]

/** One program, one way to reach the server, keeping or deleting: what it did, and what was wrong with it. */
async function tryOut(program, { protocol, security, deletes }) {
  const home = mkdtempSync(join(tmpdir(), 'maildouble-clients-'))
  const server = await startMaildouble({ [protocol]: true, tls: security !== 'none', maxMessages: 100_000 })
  try {
    const ca = join(home, 'ca.pem')
    if (security !== 'none') writeFileSync(ca, await (await fetch(`${server.url}/api/ca.pem`)).text())
    const sent = program.exact ? mails : readable.filter(({ name }) => program.takes?.test(name) ?? true)
    for (const { raw } of sent) await server.add(raw)
    const port = server.ports[security === 'tls' ? `${protocol}s` : protocol]
    const prepared = program.prepare({ home, port, protocol, security, ca, deletes, sent })
    const { code, stdout, stderr } = await run(home, prepared.command, prepared.args, prepared)
    const problems = []
    if (code !== 0) problems.push(`exit code ${code}: ${(String(stderr).trim() || String(stdout).trim()).slice(-300)}`)
    const written = prepared.written()
    const wrong = program.exact ? differenceInBytes(written, sent) : difference(written, sent, prepared)
    if (wrong !== undefined) problems.push(wrong)
    const left = (await server.messages()).length
    if (left !== (deletes ? 0 : sent.length)) problems.push(`${left} messages are left`)
    const sessions = await server.sessions({ protocol })
    const command = shown(prepared.command, prepared.args)
      .replaceAll(home, '.')
      .replace(/ --next .*/, ' --next ...')
    return { command, did: `${sent.length} mails; ${sessions.map(({ outcome }) => outcome).at(-1)}`, problems }
  } catch (error) {
    return { command: program.name, did: '', problems: [String(error.stack ?? error)] }
  } finally {
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

function differenceInBytes(written, sent) {
  const wrong = sent.find(({ raw }, n) => {
    const whole = raw.subarray(-2).toString('latin1') === '\r\n' ? raw : Buffer.concat([raw, Buffer.from('\r\n')])
    return !written[n].equals(raw) && !written[n].equals(whole)
  })
  return wrong && `${wrong.name} is not what was sent`
}

const wanted = process.argv.slice(2)
let failed = 0
console.log('| program | protocol | TLS | | command | result |\n|---|---|---|---|---|---|')
for (const program of PROGRAMS) {
  if (wanted.length > 0 && !wanted.includes(program.name)) continue
  const [command, ...args] = program.version
  const { stdout, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (error) {
    console.log(`| ${program.name} | | | | | not installed |`)
    continue
  }
  const version = /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? ''
  for (const protocol of program.protocols) {
    for (const security of program.securities?.[protocol] ?? SECURITIES) {
      for (const deletes of [false, true]) {
        const { command, did, problems } = await tryOut(program, { protocol, security, deletes })
        failed += problems.length > 0 ? 1 : 0
        const result = problems.length > 0 ? `FAILED: ${problems.join('; ')}` : did
        const cells = [
          `${program.name} ${version}`,
          protocol,
          security,
          deletes ? 'delete' : 'keep',
          `\`${command}\``,
          result,
        ]
        console.log(`| ${cells.join(' | ')} |`)
      }
    }
  }
}
process.exitCode = failed > 0 ? 1 : 0
