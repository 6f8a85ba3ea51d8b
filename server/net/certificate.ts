/**
 * A certificate authority of our own and certificates under it, made on the spot: so that TLS can be tried without files,
 * and an app can verify as it does in production, by trusting one CA.
 *
 * Both are as strict as OpenSSL 3 and Python 3.13 (VERIFY_X509_STRICT) want them, after RFC 5280: the CA with critical
 * basicConstraints and keyUsage, both with key identifiers, the server's with subjectAltName and serverAuth. Neither
 * lives longer than 398 days, the most that clients of the web's rules take.
 */
import type { KeyObject } from 'node:crypto'
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

/** A certificate and its private key, as PEM. */
export interface CertifiedKey {
  readonly cert: string
  readonly key: string
}

/** What a certificate is made out for. */
export interface Subject {
  /** DNS names and IP addresses; what is neither is left out. */
  readonly names: readonly string[]
  /** From when to when, in milliseconds since 1970; never outside of the authority's own time. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

const DAY_MS = 86_400_000
/** A machine whose clock is somewhat behind, such as a container's, accepts the certificate, too. */
const CLOCK_SKEW_MS = DAY_MS
/** With the skew 397 days: a day within the limit. */
const LIFETIME_MS = 396 * DAY_MS

/** RFC 5758 3.2. */
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'
/** RFC 5280 4.1.2.2 wants a serial number that no other certificate of the CA has, of at most 20 octets. */
const SERIAL_BYTES = 16
/** RFC 7093 2: the leftmost 160 bits of the hash. */
const KEY_IDENTIFIER_BYTES = 20
/** RFC 1035 2.3.4. */
const MAX_DNS_NAME_OCTETS = 253
const DNS_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i

/** The time for which a certificate that is made now is good. */
export function lifetimeFrom(nowMs: number): Pick<Subject, 'notBeforeMs' | 'notAfterMs'> {
  return { notBeforeMs: nowMs - CLOCK_SKEW_MS, notAfterMs: nowMs + LIFETIME_MS }
}

/** Makes a certificate authority. Its name tells it from another one that was made on this machine. */
export function makeAuthority(nowMs: number): CertifiedKey {
  const { publicKey, privateKey } = makeKeys()
  const subject = nameOf(`maildouble CA ${randomBytes(4).toString('hex')}`)
  const keyId = identifierOf(publicKey)
  const extensions = [
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
    extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyId)),
    extension(
      id_ce_authorityKeyIdentifier,
      false,
      new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyId) }),
    ),
  ]
  const lifetime = lifetimeFrom(nowMs)
  const cert = certify({ issuer: subject, subject, publicKey, extensions, ...lifetime }, privateKey)
  return { cert, key: pemOf(privateKey) }
}

/** Makes a server's certificate under an authority; the authority's own stands behind it in the PEM. */
export function issue(authority: CertifiedKey, subject: Subject): CertifiedKey {
  const issuer = new X509Certificate(authority.cert)
  const { tbsCertificate } = AsnConvert.parse(issuer.raw, Certificate)
  const issuerKeyId = new KeyIdentifier(identifierOf(issuer.publicKey))
  const { publicKey, privateKey } = makeKeys()
  const names = subject.names.filter(name => isIP(name) !== 0 || isDnsName(name))
  const generalNames = [...new Set(names)].map(name =>
    isIP(name) === 0 ? new GeneralName({ dNSName: name }) : new GeneralName({ iPAddress: name }),
  )
  const extensions = [
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_subjectAltName, false, new SubjectAlternativeName(generalNames)),
    extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(identifierOf(publicKey))),
    extension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier: issuerKeyId })),
  ]
  const cert = certify(
    {
      issuer: tbsCertificate.subject,
      subject: nameOf(names[0] ?? 'maildouble'),
      publicKey,
      extensions,
      notBeforeMs: subject.notBeforeMs,
      notAfterMs: Math.min(subject.notAfterMs, Date.parse(issuer.validTo)),
    },
    createPrivateKey(authority.key),
  )
  return { cert: cert + authority.cert, key: pemOf(privateKey) }
}

function isDnsName(name: string): boolean {
  return name.length <= MAX_DNS_NAME_OCTETS && name.split('.').every(label => DNS_LABEL.test(label))
}

function makeKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** RFC 5280 4.2.1.2 leaves open how it is made; this is RFC 7093's first way, without SHA-1. */
function identifierOf(publicKey: KeyObject): ArrayBuffer {
  const { subjectPublicKey } = AsnConvert.parse(spkiOf(publicKey), SubjectPublicKeyInfo)
  const hash = createHash('sha256').update(Buffer.from(subjectPublicKey)).digest()
  return arrayBufferOf(hash.subarray(0, KEY_IDENTIFIER_BYTES))
}

/** The ASN.1 library takes buffers that hold nothing else. */
function arrayBufferOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

function spkiOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' })
}

function nameOf(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName })
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])])
}

function extension(extnID: string, critical: boolean, value: unknown): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

interface Certified {
  issuer: Name
  subject: Name
  publicKey: KeyObject
  extensions: Extension[]
  notBeforeMs: number
  notAfterMs: number
}

/** Signs a certificate (RFC 5280 4.1), and gives it as PEM. */
function certify(certified: Certified, signingKey: KeyObject): string {
  const serial = randomBytes(SERIAL_BYTES)
  // Neither negative nor with a leading zero: both would be another number of octets.
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 })
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: arrayBufferOf(serial),
    signature: algorithm,
    issuer: certified.issuer,
    validity: new Validity({
      notBefore: wholeSecond(certified.notBeforeMs),
      notAfter: wholeSecond(certified.notAfterMs),
    }),
    subject: certified.subject,
    subjectPublicKeyInfo: AsnConvert.parse(spkiOf(certified.publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions(certified.extensions),
  })
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), signingKey)
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: arrayBufferOf(signature),
  })
  return new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString()
}

function wholeSecond(timeMs: number): Date {
  return new Date(Math.floor(timeMs / 1000) * 1000)
}
