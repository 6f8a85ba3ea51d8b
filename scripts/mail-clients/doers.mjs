/**
 * Programs that do with single mails what a person does: fetch all, search for one, flag it, move another to a mailbox that
 * they make, and delete a third. What they left is looked at by imapflow, in the clear.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ImapFlow } from 'imapflow'
import { difference, differenceInBytes, filesIn, quoted, run, shown } from './common.mjs'

/** Which mail is flagged, which moved and which deleted; the first is found by words of its text. */
const FLAGGED = 'plain.eml'
const MOVED = 'mixed.eml'
const DELETED = 'report.eml'
const WORDS = 'Hello Ada'
const DONE = 'fetched, searched, flagged, moved, deleted'

const numberOf = (sent, wanted) => sent.findIndex(({ name }) => name === wanted) + 1

/** What is in INBOX and in Kept, as another program sees it. */
async function look(server) {
  const client = new ImapFlow({
    host: 'localhost',
    port: server.ports.imap,
    secure: false,
    doSTARTTLS: false,
    auth: { user: 'all', pass: 'x' },
    logger: false,
  })
  await client.connect()
  const found = {}
  for (const name of ['INBOX', 'Kept']) {
    const box = await client.mailboxOpen(name)
    const mails = box.exists === 0 ? [] : await client.fetchAll('1:*', { source: true, flags: true })
    found[name] = mails.map(({ source, flags }) => ({ raw: source, flags: [...flags] }))
  }
  await client.logout()
  return found
}

/** What is otherwise than it should be after the deeds. `same` tells whether bytes are those that were sent. */
async function problemsOf(server, sent, same = (one, other) => one.equals(other)) {
  const { INBOX, Kept } = await look(server)
  const rawOf = wanted => sent[numberOf(sent, wanted) - 1].raw
  const isFlagged = ({ flags }) => flags.includes('\\Flagged')
  const problems = []
  const flagged = INBOX.filter(isFlagged)
  if (flagged.length !== 1 || !flagged[0].raw.equals(rawOf(FLAGGED))) problems.push(`${flagged.length} are flagged`)
  if (Kept.length !== 1 || !same(Kept[0].raw, rawOf(MOVED))) problems.push(`Kept has ${Kept.length}, or not the one`)
  const wanted = sent.filter(({ name }) => name !== MOVED && name !== DELETED)
  if (INBOX.length !== wanted.length) problems.push(`INBOX has ${INBOX.length} of ${wanted.length}`)
  const missing = wanted.filter(({ raw }) => !INBOX.some(mail => mail.raw.equals(raw)))
  if (missing.length > 0) problems.push(`not in INBOX: ${missing.map(({ name }) => name).join(', ')}`)
  return problems
}

const failure = ({ code, stdout, stderr }) =>
  code === 0 ? [] : [`exit code ${code}: ${(String(stderr).trim() || String(stdout).trim()).slice(-300)}`]

/** With Python's imaplib; the bytes go to files as they are. */
const IMAPLIB = `
import imaplib, ssl, sys
port, security, ca, words, flag, move, delete = sys.argv[1:]
context = None if security == 'none' else ssl.create_default_context(cafile=ca)
if security == 'tls':
    client = imaplib.IMAP4_SSL('localhost', int(port), ssl_context=context)
else:
    client = imaplib.IMAP4('localhost', int(port))
if security == 'starttls':
    client.starttls(context)
def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]
ok(client.login('all', 'x'))
ok(client.select('INBOX'))
numbers = ok(client.search(None, 'ALL'))[0].split()
for number in numbers:
    open('mail/' + number.decode(), 'wb').write(ok(client.fetch(number, '(BODY.PEEK[])'))[0][1])
assert ok(client.search('UTF-8', 'BODY', '"%s"' % words)) == [flag.encode()]
ok(client.store(flag, '+FLAGS', r'(\\\\Flagged)'))
ok(client.create('Kept'))
uid = ok(client.fetch(move, '(UID)'))[0].split()[2].rstrip(b')').decode()
ok(client.store(delete, '+FLAGS.SILENT', r'(\\\\Deleted)'))
assert len(ok(client.expunge())) == 1
ok(client.uid('MOVE', uid, 'Kept'))
client.close()
client.logout()
`.replaceAll('\\\\', '\\')

const MBSYNC_TLS = { none: 'None', starttls: 'STARTTLS', tls: 'IMAPS' }

/** Configures mbsync for all of a server's mailboxes and a maildir, and gives the command. */
export function prepareMbsync({ home, port, security, ca }) {
  mkdirSync(join(home, 'mail'))
  const rc = [
    `IMAPAccount double\nHost localhost\nPort ${port}\nUser all\nPass x\nSSLType ${MBSYNC_TLS[security]}`,
    ...(security === 'none' ? ['AuthMechs LOGIN'] : [`CertificateFile ${ca}`]),
    '\nIMAPStore far\nAccount double\n',
    `MaildirStore near\nPath ${home}/mail/\nInbox ${home}/mail/INBOX\nSubFolders Verbatim\n`,
    'Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *',
  ].join('\n')
  writeFileSync(join(home, 'mbsyncrc'), `${rc}\n`, { mode: 0o600 })
  return { command: 'mbsync', args: ['-c', 'mbsyncrc', '-a'] }
}

/** What mbsync has written, with its own line taken away. */
export const mbsyncFiles = (home, mailbox = 'INBOX') =>
  ['new', 'cur'].flatMap(folder =>
    filesIn(join(home, 'mail', mailbox, folder)).map(bytes =>
      Buffer.from(bytes.toString('latin1').replace(/^X-TUID: .*\r?\n/m, ''), 'latin1'),
    ),
  )

export const DOERS = [
  {
    name: 'curl',
    protocols: ['imap'],
    version: ['curl', '--version'],
    exact: true,
    async act({ home, server, port, security, ca, sent }) {
      const url = `imap${security === 'tls' ? 's' : ''}://localhost:${port}`
      const safe = security === 'none' ? [] : [...(security === 'starttls' ? ['--ssl-reqd'] : []), '--cacert', ca]
      const curl = async args => {
        const answer = await run(home, 'curl', ['-sS', '--user', 'all:x', ...safe, ...args])
        problems.push(...failure(answer))
        return String(answer.stdout)
      }
      const problems = []
      const found = await curl([`${url}/INBOX?BODY%20%22${encodeURIComponent(WORDS)}%22`])
      if (found.trim() !== `* SEARCH ${numberOf(sent, FLAGGED)}`) problems.push(`found ${quoted(found)}`)
      const kept = await curl([`${url}/INBOX;MAILINDEX=${numberOf(sent, FLAGGED)};SECTION=HEADER.FIELDS%20(SUBJECT)`])
      if (!kept.startsWith('Subject: ')) problems.push(`a section is ${quoted(kept)}`)
      const commands = [
        `STORE ${numberOf(sent, FLAGGED)} +FLAGS.SILENT (\\Flagged)`,
        `STORE ${numberOf(sent, DELETED)} +FLAGS (\\Deleted)`,
        'CREATE Kept',
        `MOVE ${numberOf(sent, MOVED)} Kept`,
        'EXPUNGE',
      ]
      for (const command of commands) await curl([`${url}/INBOX`, '--request', command])
      problems.push(...(await problemsOf(server, sent)))
      const command = `curl --user all:x '${url}/INBOX?BODY "${WORDS}"'; curl ... -X '${commands.join("'; curl ... -X '")}'`
      return { command, did: DONE, problems }
    },
  },
  {
    name: 'mutt',
    protocols: ['imap'],
    version: ['mutt', '-v'],
    takes: /^(?:alternative|calendar|html-only|mixed|plain|related|report|signed)\.eml$|^dots$/,
    async act({ home, server, port, security, ca, sent }) {
      const folder = `imap${security === 'tls' ? 's' : ''}://all@localhost:${port}`
      const rc = [
        'set imap_pass=x',
        `set ssl_starttls=${security === 'starttls' ? 'yes' : 'no'} ssl_force_tls=${security === 'none' ? 'no' : 'yes'}`,
        ...(security === 'none' ? [] : [`set ssl_ca_certificates_file=${ca}`]),
        'set confirmappend=no confirmcreate=no quit=yes move=no delete=yes wait_key=no mail_check=0 sort=mailbox-order',
        `set folder=${folder}`,
      ].join('\n')
      writeFileSync(join(home, 'muttrc'), `${rc}\n`)
      // `=b` has the server search the text of the mails.
      const only = pattern => `<limit>${pattern}<enter>`
      const keys = [
        `${only(`=b\\"${WORDS}\\"`)}<flag-message>`,
        `<limit>all<enter><jump>${numberOf(sent, MOVED)}<enter><save-message><kill-line>=Kept<enter>`,
        `<jump>${numberOf(sent, DELETED)}<enter><delete-message><sync-mailbox><exit>`,
      ].join('')
      const mutt = shown('mutt', ['-n', '-F', 'muttrc', '-f', `${folder}/INBOX`, '-e', `push "${keys}"`])
      const answer = await run(home, 'script', ['-qec', mutt, '/dev/null'], { input: null })
      const problems = [...failure(answer), ...(await problemsOf(server, sent))]
      return { command: mutt, did: DONE, problems }
    },
  },
  {
    name: 'mbsync',
    protocols: ['imap'],
    version: ['mbsync', '--version'],
    async act({ home, server, port, security, ca, sent }) {
      const { command, args } = prepareMbsync({ home, port, security, ca })
      const problems = failure(await run(home, command, args))
      const wrong = difference(mbsyncFiles(home), sent, {})
      if (wrong !== undefined) problems.push(wrong)
      // What its user does: flags are in the names of files, mails are moved and deleted as files.
      const folders = ['new', 'cur'].map(folder => join(home, 'mail/INBOX', folder))
      const fileOf = wanted => {
        const { raw } = sent[numberOf(sent, wanted) - 1]
        return folders
          .flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
          .find(path => difference(mbsyncOf(path), [{ name: wanted, raw }], {}) === undefined)
      }
      const base = path => basename(path).replace(/:2,.*/, '')
      const [flagged, moved, deleted] = [FLAGGED, MOVED, DELETED].map(fileOf)
      renameSync(flagged, join(folders[1], `${base(flagged)}:2,F`))
      for (const folder of ['new', 'cur', 'tmp']) mkdirSync(join(home, 'mail/Kept', folder), { recursive: true })
      renameSync(moved, join(home, 'mail/Kept/cur', `${base(moved).replace(/,U=\d+/, '')}:2,S`))
      rmSync(deleted)
      problems.push(...failure(await run(home, command, args)))
      const withoutOwn = bytes => Buffer.from(bytes.toString('latin1').replace(/^X-TUID: .*\r\n/m, ''), 'latin1')
      problems.push(...(await problemsOf(server, sent, (one, other) => withoutOwn(one).equals(other))))
      return { command: shown(command, args), did: 'fetched, flagged, moved, deleted (it has no search)', problems }
    },
  },
  {
    name: 'imaplib',
    protocols: ['imap'],
    version: ['python3', '--version'],
    exact: true,
    async act({ home, server, port, security, ca, sent }) {
      mkdirSync(join(home, 'mail'))
      const numbers = [numberOf(sent, FLAGGED), numberOf(sent, MOVED), numberOf(sent, DELETED)]
      const answer = await run(home, 'python3', ['-c', IMAPLIB, port, security, ca, WORDS, ...numbers].map(String))
      const problems = failure(answer)
      const written = sent.map((_, n) => readFileSync(join(home, 'mail', String(n + 1))))
      const wrong = differenceInBytes(written, sent)
      if (wrong !== undefined) problems.push(wrong)
      problems.push(...(await problemsOf(server, sent)))
      return { command: 'imaplib.IMAP4: search, fetch, store, expunge, uid MOVE', did: DONE, problems }
    },
  },
  {
    name: 'imapflow',
    protocols: ['imap'],
    version: ['node', '-p', `JSON.parse(require('fs').readFileSync('node_modules/imapflow/package.json')).version`],
    exact: true,
    async act({ server, port, security, ca, sent }) {
      const client = new ImapFlow({
        host: 'localhost',
        port,
        secure: security === 'tls',
        doSTARTTLS: security === 'starttls',
        tls: security === 'none' ? {} : { ca: readFileSync(ca) },
        auth: { user: 'all', pass: 'x' },
        logger: false,
      })
      await client.connect()
      await client.mailboxOpen('INBOX')
      const fetched = await client.fetchAll('1:*', { source: true, envelope: true, bodyStructure: true })
      const wrong = differenceInBytes(
        fetched.map(({ source }) => source),
        sent,
      )
      const problems = wrong === undefined ? [] : [wrong]
      const [found] = await client.search({ body: WORDS })
      await client.messageFlagsAdd(String(found), ['\\Flagged'])
      await client.mailboxCreate('Kept')
      await client.messageDelete(String(numberOf(sent, DELETED)))
      const { uid } = fetched[numberOf(sent, MOVED) - 1]
      await client.messageMove(String(uid), 'Kept', { uid: true })
      await client.logout()
      problems.push(...(await problemsOf(server, sent)))
      return { command: 'imapflow: fetchAll, search, messageFlagsAdd, messageDelete, messageMove', did: DONE, problems }
    },
  },
]

const mbsyncOf = path => [Buffer.from(readFileSync(path, 'latin1').replace(/^X-TUID: .*\r?\n/m, ''), 'latin1')]
