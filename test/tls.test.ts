import { X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { issue, lifetimeFrom, makeAuthority } from '../server/net/certificate.js'
import { CERTIFICATE_FAULTS } from '../server/smtp/rule.js'
import { setUpTls } from '../server/tls.js'

const OFF = {
  ...{
    tls: false,
    https: false,
    tlsCert: null,
    tlsKey: null,
    caDir: null,
    requireTls: false,
    smtpsPort: null,
    pop3sPort: null,
    imapsPort: null,
  },
  ...{ smtpName: null, allowHost: [], publicUrl: null },
}
const ON = { ...OFF, tls: true }
const NOW_MS = Date.now()
const DAY_MS = 86_400_000

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Writes a file, and gives its path. */
function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** A certificate and a key of one's own, as options. */
function own(cert: string, key: string) {
  return { ...ON, tlsCert: file('cert.pem', cert), tlsKey: file('key.pem', key) }
}

const authority = makeAuthority(NOW_MS)
const issued = issue(authority, { names: ['localhost'], ...lifetimeFrom(NOW_MS) })

test('off: nothing is made', async () => expect(await setUpTls(OFF, NOW_MS)).toBeNull())

test('on: a certificate under a CA that can be fetched', async () => {
  const tls = await setUpTls(ON, NOW_MS)
  expect(new X509Certificate(tls?.caPem ?? '').ca).toBe(true)
})

test('for the page alone: names that it is opened by are in it', async () => {
  const names = { allowHost: ['mail.example.com:8443'], publicUrl: 'https://public.example.com/mail' }
  const tls = await setUpTls({ ...OFF, https: true, ...names }, NOW_MS)
  const certificate = new X509Certificate(tls?.certified.cert ?? '')
  for (const name of ['localhost', 'mail.example.com', 'public.example.com'])
    expect(certificate.checkHost(name)).toBe(name)
})

test("one's own certificate has no CA of ours", async () => {
  expect(await setUpTls(own(issued.cert, issued.key), NOW_MS)).toMatchObject({ caPem: null })
})

describe("certificates at fault are there, each made once, also beside one's own", () => {
  test.each([
    ['made ones', () => ON],
    ["one's own", () => own(issued.cert, issued.key)],
  ])('%s', async (_name, options) => {
    const tls = await setUpTls(options(), NOW_MS)
    const contexts = await Promise.all(CERTIFICATE_FAULTS.flatMap(fault => [tls?.faulty(fault), tls?.faulty(fault)]))
    expect(new Set([...contexts, tls?.context]).size).toBe(CERTIFICATE_FAULTS.length + 1)
  })
})

describe('--ca-dir', () => {
  test('keeps the CA between runs, its key for the owner only', async () => {
    const caDir = join(folder, 'deep', 'ca')
    const first = await setUpTls({ ...ON, caDir }, NOW_MS)
    const second = await setUpTls({ ...ON, caDir }, NOW_MS)
    expect(second?.caPem).toBe(first?.caPem)
    expect(readFileSync(join(caDir, 'ca.pem'), 'utf8')).toBe(first?.caPem)
    if (process.platform !== 'win32') expect(statSync(join(caDir, 'ca-key.pem')).mode & 0o077).toBe(0)
  })

  test('makes it anew when it is about to expire', async () => {
    const first = await setUpTls({ ...ON, caDir: folder }, NOW_MS - 396 * DAY_MS)
    const second = await setUpTls({ ...ON, caDir: folder }, NOW_MS)
    expect(second?.caPem).not.toBe(first?.caPem)
    expect((await setUpTls({ ...ON, caDir: folder }, NOW_MS))?.caPem).toBe(second?.caPem)
  })

  test.each([
    ['no certificate', { 'ca.pem': 'x', 'ca-key.pem': authority.key }, /ca\.pem is no certificate/],
    ['no key', { 'ca.pem': authority.cert, 'ca-key.pem': 'x' }, /ca-key\.pem is no key for .*ca\.pem/],
    ['another key', { 'ca.pem': authority.cert, 'ca-key.pem': issued.key }, /ca-key\.pem is no key for .*ca\.pem/],
  ])('with %s in it is refused, and nothing is overwritten', async (_what, files, message) => {
    for (const [name, content] of Object.entries(files)) file(name, content)
    await expect(setUpTls({ ...ON, caDir: folder }, NOW_MS)).rejects.toThrow(message)
    expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe(files['ca.pem'])
  })

  test('that cannot be made', async () => {
    const caDir = join(file('a-file', ''), 'ca')
    await expect(setUpTls({ ...ON, caDir }, NOW_MS)).rejects.toThrow(/^--ca-dir: /)
    expect(existsSync(caDir)).toBe(false)
  })
})

describe('what cannot be used is refused by its option', () => {
  test.each([
    ['--tls-cert without --tls', { ...OFF, tlsCert: 'x' }, /^--tls-cert does nothing without --tls or --https/],
    ['--ca-dir without --tls', { ...OFF, caDir: 'x' }, /^--ca-dir does nothing without --tls/],
    ['--smtps-port without --tls', { ...OFF, smtpsPort: 465 }, /^--smtps-port does nothing without --tls/],
    ['--require-tls without --tls', { ...OFF, requireTls: true }, /^--require-tls does nothing without --tls/],
    [
      '--require-tls with --https',
      { ...OFF, https: true, requireTls: true },
      /^--require-tls does nothing without --tls/,
    ],
    ['a certificate without its key', { ...ON, tlsCert: 'x' }, /^--tls-cert and --tls-key belong together/],
    ['a key without its certificate', { ...ON, tlsKey: 'x' }, /^--tls-cert and --tls-key belong together/],
    ['--ca-dir with --tls-cert', { ...ON, tlsCert: 'x', tlsKey: 'x', caDir: 'x' }, /^--ca-dir does nothing with/],
    [
      'a certificate that is not there',
      { ...ON, tlsCert: '/no/file', tlsKey: '/no/file' },
      /^--tls-cert: \/no\/file cannot be read/,
    ],
  ])('%s', async (_what, options, message) => {
    await expect(setUpTls(options, NOW_MS)).rejects.toThrow(message)
  })

  test.each([
    ['no certificate', 'x', issued.key, /^--tls-cert is not a certificate/],
    ['no key', issued.cert, 'x', /^--tls-key is not a private key without a password/],
    ['key and certificate in each other’s place', issued.key, issued.cert, /^--tls-cert is not a certificate/],
    ["another certificate's key", issued.cert, authority.key, /^--tls-key does not belong to --tls-cert/],
  ])('%s', async (_what, cert, key, message) => {
    await expect(setUpTls(own(cert, key), NOW_MS)).rejects.toThrow(message)
  })
})
