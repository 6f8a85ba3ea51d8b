/** What all rows of scripts/mail-clients.mjs share: the mails, how a program is run, and how what it wrote is compared. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const pathOf = relative => fileURLToPath(new URL(relative, import.meta.url))
const CORPUS = pathOf('../../test/mail/corpus')
const TIMEOUT_MS = 60_000

/** Mails that programs written in C end at their NUL, or that no reader of lines can keep apart: who gives bytes has them. */
const FOR_BYTES_ONLY = /^(nul|empty|no-blank-line|body-only|no-headers|stray-header-line|mbox-line)\.eml$/

/** A mail that is easily broken: dots at the starts of lines, a long line, 8-bit bytes. */
const TRAP = Buffer.concat([
  Buffer.from('From: ann@example.org\r\nTo: bob@example.org\r\nSubject: dots\r\n\r\n.\r\n..\r\n.x\r\n\r\n'),
  Buffer.alloc(3000, 'long '),
  Buffer.from('\r\n\xfc\xff\r\nFrom here\r\n.\r\n', 'latin1'),
])

export const mails = readdirSync(CORPUS)
  .filter(name => name.endsWith('.eml'))
  .map(name => ({ name, raw: readFileSync(join(CORPUS, name)) }))
  .concat({ name: 'dots', raw: TRAP })
export const readable = mails.filter(({ name }) => !FOR_BYTES_ONLY.test(name))

/** Ways to reach a port; a program that uses TLS verifies against the CA in `ca`. */
export const SECURITIES = ['none', 'starttls', 'tls']

/** `sh`'s way to show a command. */
export const shown = (command, args) =>
  [command, ...args].map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ')

/** Runs a program in a home of its own. */
export function run(home, command, args, { input = '', env = {}, timeoutMs = TIMEOUT_MS } = {}) {
  return new Promise(resolve => {
    const child = execFile(
      command,
      args,
      {
        cwd: home,
        env: { PATH: process.env.PATH, HOME: home, TERM: 'xterm', LANG: 'C.UTF-8', ...env },
        timeout: timeoutMs,
        encoding: 'buffer',
        maxBuffer: 1 << 28,
      },
      (error, stdout, stderr) => resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
    )
    if (input !== null) child.stdin.end(input)
  })
}

/** Every file below a folder, whole. */
export function filesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .map(name => join(folder, name))
    .filter(path => statSync(path).isFile())
    .map(path => readFileSync(path))
}

export const lines = bytes => bytes.toString('latin1').replace(/\r\n/g, '\n').replace(/\n+$/, '')

/** What is wrong with what a program has written; undefined where it is what was sent. */
export function difference(written, sent, { addsFields = false, expected = sent }) {
  const left = written.map(lines)
  const missing = []
  for (const { name, raw } of expected) {
    const wanted = lines(raw)
    const at = addsFields ? left.findIndex(text => text.endsWith(wanted)) : left.indexOf(wanted)
    if (at !== -1) left.splice(at, 1)
    else missing.push(name)
  }
  if (missing.length > 0) return `not as sent: ${missing.join(', ')}`
  if (written.length !== sent.length) return `${written.length} written of ${sent.length}`
}

export const quoted = text => `"${text}"`

/** The same of who gives bytes as they are: a CRLF may be added at the end. */
export function differenceInBytes(written, sent) {
  const wrong = sent.find(({ raw }, n) => {
    const whole = raw.subarray(-2).toString('latin1') === '\r\n' ? raw : Buffer.concat([raw, Buffer.from('\r\n')])
    return !written[n].equals(raw) && !written[n].equals(whole)
  })
  return wrong && `${wrong.name} is not what was sent`
}
