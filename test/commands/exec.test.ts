/** A server for the time of one command: what that sees, which exit code comes of it, and what is told when it fails. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startMaildouble } from '../../server/index.js'
import { CLI } from '../built.js'
import { maildouble, type Ran } from './helpers.js'

const NODEMAILER = import.meta.resolve('nodemailer')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const inFolder = (name: string) => join(folder, name)

/** Runs a script of Node as the command; it may write to the file `out`. */
function exec(script: string, flags: string[] = []): Promise<Ran> {
  writeFileSync(
    inFolder('script.mjs'),
    `import { writeFileSync } from 'node:fs'\nconst out = ${JSON.stringify(inFolder('out'))}\n${script}`,
  )
  const argv = ['exec', '--report', inFolder('mail.html'), ...flags, '--', process.execPath, inFolder('script.mjs')]
  return maildouble('http://127.0.0.1:1', argv)
}
const out = () => readFileSync(inFolder('out'), 'utf8')

const SEND = `
const { createTransport } = await import(${JSON.stringify(NODEMAILER)})
const send = to => createTransport(process.env.SMTP_URL).sendMail({ from: 'app@example.org', to, subject: 'Welcome', text: 'Hello' })
`

test('the command finds the server in its environment, and mail sent there is at MAILDOUBLE_URL', async () => {
  const { code, stdout, stderr } = await exec(
    `${SEND}
    await send('ada@example.com')
    const { total } = await (await fetch(process.env.MAILDOUBLE_URL + '/api/messages')).json()
    const { SMTP_URL, SMTP_HOST, SMTP_PORT, MAILER_DSN, WEB } = process.env
    writeFileSync(out, JSON.stringify({ total, SMTP_URL, SMTP_HOST, SMTP_PORT, MAILER_DSN, WEB }))`,
    ['--env', 'MAILER_DSN=smtp://{host}:{port}?a=b,c', '--env', 'WEB={url} {smtpUrl}'],
  )
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' })
  const seen = JSON.parse(out())
  expect(seen).toMatchObject({ total: 1, SMTP_HOST: '127.0.0.1', SMTP_URL: `smtp://127.0.0.1:${seen.SMTP_PORT}` })
  expect(seen.MAILER_DSN).toBe(`${seen.SMTP_URL}?a=b,c`)
  expect(seen.WEB).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+ ${seen.SMTP_URL}$`))
  expect(existsSync(inFolder('mail.html'))).toBe(false)
})

test('a command that fails has its code, a line for each message and failure, and a report', async () => {
  const rules = JSON.stringify({ match: { to: 'full@example.com' }, reply: '452 4.2.2 Mailbox full' })
  const { code, stderr } = await exec(
    `${SEND}
    await send('ada@example.com')
    await send('full@example.com').catch(() => {})
    process.exit(3)`,
    ['--rules', rules],
  )
  expect(code).toBe(3)
  expect(stderr).toMatch(/^maildouble: "Welcome" from app@example\.org to ada@example\.com\n/)
  expect(stderr).toMatch(/\nmaildouble: refused 452 by rule r1: from app@example\.org to full@example\.com\n/)
  expect(stderr).toContain(`\nmaildouble: the report: ${inFolder('mail.html')}\n`)
  expect(readFileSync(inFolder('mail.html'), 'utf8')).toMatch(/<!doctype html>[\s\S]*Welcome/)
})

test('the log of the server, where it is asked for, stays out of what the command writes', async () => {
  const { code, stdout, stderr } = await exec(`${SEND}await send('ada@example.com')`, ['--log-level', 'info'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toMatch(/"event":"message".*"to":\["ada@example\.com"\]/)
})

test('mail that a server keeps between its runs is left alone, unless a flag says otherwise', async () => {
  const kept = inFolder('kept.mbox')
  const env = {
    MAILDOUBLE_IMPORT: kept,
    MAILDOUBLE_EXPORT_ON_EXIT: kept,
    MAILDOUBLE_SMTP_PORT: '1',
    MAILDOUBLE_HTTP_PORT: '1',
  }
  const command = ['--', process.execPath, '-e', '']
  expect((await maildouble('http://127.0.0.1:1', ['exec', ...command], { env })).code).toBe(0)
  expect(existsSync(kept)).toBe(false)
  await maildouble('http://127.0.0.1:1', ['exec', '--export-on-exit', kept, ...command], { env })
  expect(existsSync(kept)).toBe(true)
})

test('a command that fails and never connected is told so', async () => {
  const { code, stderr } = await exec('process.exit(1)')
  expect(code).toBe(1)
  expect(stderr).toContain('maildouble: no connection at all: is the app using SMTP_URL?\n')
})

describe('how it ends', () => {
  test('by a signal: 128 and its number', async () => {
    const { code } = await exec(`process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 60_000)`)
    expect(code).toBe(137)
  })

  test('a command that is not there: 2, and why', async () => {
    const { code, stderr } = await maildouble('http://127.0.0.1:1', ['exec', '--', inFolder('nothing'), 'x'])
    expect(code).toBe(2)
    expect(stderr).toBe(
      `maildouble: ${inFolder('nothing')} cannot be started: there is no such program\nSee that it is installed, or write its path.\n`,
    )
  })

  test('one that may not be run: likewise', async () => {
    writeFileSync(inFolder('plain'), 'echo')
    const { code, stderr } = await maildouble('http://127.0.0.1:1', ['exec', '--', inFolder('plain')])
    expect(code).toBe(2)
    expect(stderr).toContain('cannot be started: it may not be run\n')
  })

  test('a server that cannot start: 2, and the command is not run', async () => {
    await using taken = await startMaildouble()
    const { code, stderr } = await exec(`writeFileSync(out, '')`, ['--smtp-port', String(taken.ports.smtp)])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^maildouble: port \d+ on 127\.0\.0\.1 is taken/)
    expect(existsSync(inFolder('out'))).toBe(false)
  })

  test('a report that cannot be written changes no code', async () => {
    const argv = ['exec', '--report', inFolder('no/mail.html'), '--', process.execPath, '-e', 'process.exit(4)']
    const { code, stderr } = await maildouble('http://127.0.0.1:1', argv)
    expect(code).toBe(4)
    expect(stderr).toMatch(/the report cannot be written: ENOENT/)
  })
})

/** The command line as a process, for what only a process has. */
function start(program: string, argv: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...argv], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  return { child, ended: once(child, 'close').then(([code]) => ({ code, stdout })) }
}

describe('as a process', () => {
  test('passes a signal on, has input and output of its own, and ends with the code that the command chose', async () => {
    const script = `
      process.on('SIGTERM', () => { console.log('told to stop'); process.exit(7) })
      process.stdin.on('data', chunk => console.log('heard ' + chunk))`
    const { child, ended } = start(CLI, ['exec', '--', process.execPath, '-e', script])
    child.stdin.write('hello')
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await ended).toEqual({ code: 7, stdout: 'heard hello\ntold to stop\n' })
  })

  test('under the name of sendmail it is sendmail', async () => {
    await using mail = await startMaildouble()
    symlinkSync(CLI, inFolder('sendmail'))
    writeFileSync(inFolder('package.json'), '{ "type": "module" }')
    const { child, ended } = start(inFolder('sendmail'), ['-t'], { MAILDOUBLE_URL: mail.url })
    child.stdin.end('To: ada@example.com\nSubject: Hello\n\nHello\n')
    expect(await ended).toEqual({ code: 0, stdout: '' })
    expect((await mail.latest())?.envelope.to).toEqual(['ada@example.com'])
  })
})
