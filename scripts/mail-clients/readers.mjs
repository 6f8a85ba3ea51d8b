/** Programs that fetch all that is there, and keep it on the server or delete it. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesIn, quoted, shown } from './common.mjs'

/**
 * getmail parses what it fetched and writes it anew, by Python's email package: so mails have to come out of that as they
 * come out of it here, of the very bytes that were sent.
 */
function asPythonWrites(sent) {
  const script = `
import base64, email, json, sys
mails = []
for line in sys.stdin:
    mail = email.message_from_bytes(base64.b64decode(line))
    del mail['Return-Path']
    mails.append(base64.b64encode(mail.as_bytes(policy=mail.policy.clone(linesep='\\n'))).decode())
print(json.dumps(mails))`
  const input = sent.map(({ raw }) => raw.toString('base64')).join('\n')
  const { stdout } = spawnSync('python3', ['-c', script], { input, encoding: 'utf8', maxBuffer: 1 << 28 })
  return JSON.parse(stdout).map((mail, n) => ({ name: sent[n].name, raw: Buffer.from(mail, 'base64') }))
}

/** With Python's poplib, which reads by lines: they are put together with LF. */
const POPLIB = `
import poplib, ssl, sys
port, security, ca, deletes = sys.argv[1:]
context = None if security == 'none' else ssl.create_default_context(cafile=ca)
poplib._MAXLINE = 1 << 20
if security == 'tls':
    client = poplib.POP3_SSL('localhost', int(port), context=context)
else:
    client = poplib.POP3('localhost', int(port))
if security == 'starttls':
    client.stls(context)
client.user('all')
client.pass_('x')
for number in range(1, client.stat()[0] + 1):
    open('mail/%d' % number, 'wb').write(b'\\n'.join(client.retr(number)[1]) + b'\\n')
    if deletes == 'true':
        client.dele(number)
client.quit()`

/** Each makes its configuration in `home`, and says which command to run and how to look at what came of it. */
export const READERS = [
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
    prepare({ home, port, protocol, security, ca, deletes, sent }) {
      mkdirSync(join(home, 'mail'))
      const kind = `Simple${protocol.toUpperCase()}${security === 'tls' ? 'SSL' : ''}Retriever`
      const rc = [
        `[retriever]\ntype = ${kind}\nserver = localhost\nport = ${port}\nusername = all\npassword = x`,
        ...(security === 'tls' ? [`ca_certs = ${ca}`] : []),
        // Else it adds a field behind the others.
        ...(protocol === 'imap' ? ['record_mailbox = false'] : []),
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
        expected: asPythonWrites(sent),
        written: () => filesIn(join(home, 'mail')),
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
              Buffer.from(bytes.toString('latin1').replace(/^(?:Content-Length|Lines|Status): .*\n/gm, ''), 'latin1'),
            ),
          ),
      }
    },
  },
  {
    name: 'poplib',
    protocols: ['pop3'],
    version: ['python3', '--version'],
    prepare({ home, port, security, ca, deletes }) {
      mkdirSync(join(home, 'mail'))
      return {
        command: 'python3',
        args: ['-c', POPLIB, port, security, ca, deletes].map(String),
        shown: `poplib.POP3: retr${deletes ? ', dele' : ''}, quit`,
        written: () => filesIn(join(home, 'mail')),
      }
    },
  },
]
