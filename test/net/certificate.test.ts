import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { issue, lifetimeFrom, makeAuthority } from '../../server/net/certificate.js'

const NOW_MS = Date.now()
const DAY_MS = 86_400_000
const authority = makeAuthority(NOW_MS)
const issued = issue(authority, {
  names: ['localhost', '127.0.0.1', '::1', 'my-machine', 'not a name', 'x'.repeat(300), 'localhost'],
  ...lifetimeFrom(NOW_MS),
})

const lifetimeDays = (certificate: X509Certificate) =>
  (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / DAY_MS

describe('the CA', () => {
  const certificate = new X509Certificate(authority.cert)
  test('is one, and signed itself', () => {
    expect(certificate.ca).toBe(true)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
  })
  test('has a name of its own', () => {
    expect(new X509Certificate(makeAuthority(NOW_MS).cert).subject).not.toBe(certificate.subject)
  })
  test('lives at most 398 days, and is good for a clock that is behind', () => {
    expect(lifetimeDays(certificate)).toBeLessThanOrEqual(398)
    expect(Date.parse(certificate.validFrom)).toBeLessThan(NOW_MS - DAY_MS / 2)
  })
})

describe('a certificate', () => {
  const certificate = new X509Certificate(issued.cert)
  test('is signed by the CA, which stands behind it', () => {
    expect(certificate.checkIssued(new X509Certificate(authority.cert))).toBe(true)
    expect(certificate.verify(new X509Certificate(authority.cert).publicKey)).toBe(true)
    expect(issued.cert.endsWith(authority.cert)).toBe(true)
    expect(() => createSecureContext(issued)).not.toThrow()
  })
  test('is for each name once, and for none that is no name', () => {
    expect(certificate.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:my-machine',
    )
  })
  test('lives at most 398 days, and not longer than its CA', () => {
    expect(lifetimeDays(certificate)).toBeLessThanOrEqual(398)
    const late = issue(authority, { names: ['localhost'], ...lifetimeFrom(NOW_MS + 100 * DAY_MS) })
    expect(new X509Certificate(late.cert).validTo).toBe(new X509Certificate(authority.cert).validTo)
  })
})

const openssl = (() => {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL 3')
  } catch {
    return false
  }
})()

test.skipIf(!openssl).each([
  ['a name', ['-verify_hostname', 'localhost']],
  ['the host name', ['-verify_hostname', 'my-machine']],
  ['an IPv4 address', ['-verify_ip', '127.0.0.1']],
  ['an IPv6 address', ['-verify_ip', '::1']],
])('OpenSSL 3 verifies it strictly for %s', (_what, argv) => {
  const folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'ca.pem'), authority.cert)
  writeFileSync(join(folder, 'cert.pem'), issued.cert)
  const strictly = ['verify', '-x509_strict', '-purpose', 'sslserver', ...argv, '-CAfile', 'ca.pem', 'cert.pem']
  expect(execFileSync('openssl', strictly, { cwd: folder, encoding: 'utf8' })).toBe('cert.pem: OK\n')
})
