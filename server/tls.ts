/**
 * What TLS needs, from the options: one's own certificate, or one under a CA of ours, which may be kept in a folder so
 * that it has to be trusted only once. Whatever cannot be used is an OptionError that names the option.
 */
import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { CertifiedKey } from './net/certificate.js'
import { flagOf, OptionError, type Options } from './options.js'
import type { CertificateFault } from './smtp/rule.js'
import { writeWhole } from './whole-file.js'

/** The files of --ca-dir. */
const CA_FILE = 'ca.pem'
const CA_KEY_FILE = 'ca-key.pem'
/** Only the owner may read what can sign for any name. */
const SECRET_MODE = 0o600
/** A CA that is kept is made anew when it has less than this to live: a test run must not outlive it. */
const MIN_CA_LIFETIME_MS = 86_400_000
/** When a certificate had its time that is to have expired: long enough ago for any clock. */
const EXPIRED_FOR_MS = 30 * 86_400_000
/** RFC 2606 2: no host has this name. */
const ANOTHER_HOST = 'another-host.invalid'

/** TLS that is turned on. */
export interface Tls {
  readonly context: SecureContext
  /** What the context was made of. */
  readonly certified: CertifiedKey
  /** The same with something wrong with the certificate, for rules: made when it is first asked for. */
  faulty(fault: CertificateFault): Promise<SecureContext>
  /** The certificate of our CA, as PEM; null with a certificate of one's own. */
  readonly caPem: string | null
}

type TlsOptions = Pick<
  Options,
  | 'tls'
  | 'https'
  | 'tlsCert'
  | 'tlsKey'
  | 'caDir'
  | 'requireTls'
  | 'smtpsPort'
  | 'pop3sPort'
  | 'imapsPort'
  | 'smtpName'
  | 'allowHost'
  | 'publicUrl'
>

/** Sets up TLS, for mail, for the page or for both; null where it is off. The library that makes certificates is loaded only where one is to be made. */
export async function setUpTls(options: TlsOptions, nowMs: number): Promise<Tls | null> {
  checkTogether(options)
  if (!options.tls && !options.https) return null
  const names = namesOf(options)
  if (options.tlsCert !== null && options.tlsKey !== null) {
    const own = { cert: read('tlsCert', options.tlsCert), key: read('tlsKey', options.tlsKey) }
    return { context: contextOf(own), certified: own, faulty: faultyContexts(null, names, nowMs), caPem: null }
  }
  const { issue, lifetimeFrom, makeAuthority } = await import('./net/certificate.js')
  const authority =
    options.caDir === null ? makeAuthority(nowMs) : keptAuthority(options.caDir, nowMs, () => makeAuthority(nowMs))
  const certified = issue(authority, { names, ...lifetimeFrom(nowMs) })
  return {
    context: createSecureContext(certified),
    certified,
    faulty: faultyContexts(authority, names, nowMs),
    caPem: authority.cert,
  }
}

/** The names that a made certificate is for: those under which clients come. */
function namesOf({ smtpName, allowHost, publicUrl }: TlsOptions): string[] {
  // The name in the greeting is often the one under which containers reach the server.
  const given = smtpName === null ? [] : [smtpName]
  const allowed = allowHost.map(host => host.replace(/:\d+$/, ''))
  const ofPage = publicUrl === null ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')]
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...given, ...allowed, ...ofPage])]
}

/**
 * Certificates at fault, each made once. They are under the CA that apps trust, so that there is nothing else wrong with
 * them; beside a certificate of one's own, whose CA is not here, they are under a CA for the occasion.
 */
function faultyContexts(
  authority: CertifiedKey | null,
  names: readonly string[],
  nowMs: number,
): (fault: CertificateFault) => Promise<SecureContext> {
  const made = new Map<CertificateFault, Promise<SecureContext>>()
  const make = async (fault: CertificateFault) => {
    const { issue, lifetimeFrom, makeAuthority } = await import('./net/certificate.js')
    const issuer = fault === 'untrusted' || authority === null ? makeAuthority(nowMs) : authority
    const lifetime = lifetimeFrom(nowMs)
    const past = { notBeforeMs: lifetime.notBeforeMs - 2 * EXPIRED_FOR_MS, notAfterMs: nowMs - EXPIRED_FOR_MS }
    return createSecureContext(
      issue(issuer, {
        names: fault === 'wrong-host' ? [ANOTHER_HOST] : names,
        ...(fault === 'expired' ? past : lifetime),
      }),
    )
  }
  return fault => {
    let context = made.get(fault)
    if (context === undefined) {
      context = make(fault)
      made.set(fault, context)
    }
    return context
  }
}

/** Options that are of no use without others are mistakes. */
function checkTogether(options: TlsOptions): void {
  const { tls, https, tlsCert, tlsKey, caDir, requireTls, smtpsPort, pop3sPort, imapsPort } = options
  const given = { tlsCert: tlsCert !== null, tlsKey: tlsKey !== null, caDir: caDir !== null }
  const ofMail = {
    smtpsPort: smtpsPort !== null,
    pop3sPort: pop3sPort !== null,
    imapsPort: imapsPort !== null,
    requireTls,
  }
  const idleOf = <Name extends string>(set: Record<Name, boolean>) =>
    (Object.keys(set) as Name[]).find(name => set[name])
  const idle = tls ? undefined : ((https ? undefined : idleOf(given)) ?? idleOf(ofMail))
  if (idle !== undefined) {
    const ofBoth = idle in given
    throw new OptionError(
      `${flagOf(idle)} does nothing without --tls${ofBoth ? ' or --https' : ''}`,
      ofBoth ? 'Add --tls for mail, --https for the page.' : 'Add --tls.',
    )
  }
  if (given.tlsCert !== given.tlsKey)
    throw new OptionError(
      '--tls-cert and --tls-key belong together',
      `Add ${given.tlsCert ? '--tls-key' : '--tls-cert'}.`,
    )
  if (given.tlsCert && given.caDir)
    throw new OptionError('--ca-dir does nothing with --tls-cert', 'Leave one of them out.')
}

function read(option: keyof TlsOptions, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new OptionError(
      `${flagOf(option)}: ${path} cannot be read: ${(error as Error).message}`,
      'Give the path of a PEM file that is there and can be read.',
    )
  }
}

function contextOf({ cert, key }: CertifiedKey): SecureContext {
  attempt(
    '--tls-cert is not a certificate',
    'Give a PEM file that begins with the server certificate.',
    () => new X509Certificate(cert),
  )
  attempt('--tls-key is not a private key without a password', 'Give a PEM file with the private key.', () =>
    createSecureContext({ key }),
  )
  return attempt('--tls-key does not belong to --tls-cert', 'Give the key that the certificate was made for.', () =>
    createSecureContext({ cert, key }),
  )
}

function attempt<T>(problem: string, fix: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new OptionError(`${problem}: ${(error as Error).message}`, fix)
  }
}

/** The CA of --ca-dir; made there where there is none, or where it is about to expire. */
function keptAuthority(folder: string, nowMs: number, make: () => CertifiedKey): CertifiedKey {
  const certPath = join(folder, CA_FILE)
  const keyPath = join(folder, CA_KEY_FILE)
  const fix = `Remove ${CA_FILE} and ${CA_KEY_FILE} there, or give another folder.`
  const kept = readBoth(certPath, keyPath, fix)
  if (kept !== null) {
    const certificate = attempt(`--ca-dir: ${certPath} is no certificate`, fix, () => new X509Certificate(kept.cert))
    attempt(`--ca-dir: ${keyPath} is no key for ${certPath}`, fix, () => createSecureContext(kept))
    if (Date.parse(certificate.validTo) > nowMs + MIN_CA_LIFETIME_MS) return kept
  }
  const made = make()
  attempt(`--ca-dir: the CA cannot be kept in ${folder}`, 'Give a folder that can be written to.', () => {
    mkdirSync(folder, { recursive: true })
    // The key first: a certificate that has none would be taken for half a CA.
    writeWhole(keyPath, made.key, SECRET_MODE)
    writeWhole(certPath, made.cert)
  })
  return made
}

function readBoth(certPath: string, keyPath: string, fix: string): CertifiedKey | null {
  const [cert, key] = [certPath, keyPath].map(path => {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new OptionError(`--ca-dir: ${path} cannot be read: ${(error as Error).message}`, fix)
    }
  })
  return cert === undefined || key === undefined ? null : { cert, key }
}
