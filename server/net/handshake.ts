/**
 * The TLS handshake of a server, and in words why one failed: it fails for reasons that an app's author has to guess
 * otherwise, since most clients only say that something went wrong.
 */
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { TLSSocket } from 'node:tls'
import type { TlsInfo } from './session.js'

/** Told once how a handshake went; after a failure the connection is gone. */
export interface HandshakeOutcome {
  secured(socket: TLSSocket, tls: TlsInfo): void
  failed(why: string): void
}

/**
 * How the other side began: a TLS port is met by apps that wait for a greeting, while behind STARTTLS the app has just
 * shown that it knows what it does.
 */
export type HandshakeKind = 'implicit' | 'starttls'

const UNTRUSTED =
  'the app does not trust the certificate: have it trust the CA of GET /api/ca.pem (with --tls-cert, the CA of that)'
const SILENT =
  'the app said nothing on the TLS port: it seems to wait for a greeting in the clear; ' +
  'turn TLS on in it (secure: true), or use the port without TLS'
const IN_THE_CLEAR =
  'the app spoke in the clear to the TLS port; turn TLS on in it (secure: true), or use the port without TLS'

/** What OpenSSL and the system call the ways in which a handshake fails. */
const WORDS: Readonly<Record<string, string>> = {
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: UNTRUSTED,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: UNTRUSTED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: UNTRUSTED,
  ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR: UNTRUSTED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the app found that the certificate has expired',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the app offered no TLS version from 1.2 on',
  ERR_SSL_NO_SHARED_CIPHER: 'the app offered no cipher suite that this server has',
  ERR_SSL_HTTP_REQUEST: 'a browser or another HTTP client came to the TLS port; the page is on the HTTP port',
  ECONNRESET: 'the app reset the connection',
}

/** One handshake. */
export class Handshake {
  readonly #socket: Socket
  readonly #tls: TLSSocket
  readonly #kind: HandshakeKind
  readonly #outcome: HandshakeOutcome
  readonly #bytesReadBefore: number
  readonly #bytesWrittenBefore: number
  #isOver = false

  /**
   * Begins. Whoever listened to the socket must not any longer: from here on its bytes belong to TLS, and the socket that
   * `outcome` is given is to be used in its place.
   */
  constructor(socket: Socket, context: SecureContext, kind: HandshakeKind, outcome: HandshakeOutcome) {
    this.#socket = socket
    this.#kind = kind
    this.#outcome = outcome
    this.#bytesReadBefore = socket.bytesRead
    this.#bytesWrittenBefore = socket.bytesWritten
    this.#tls = new TLSSocket(socket, { isServer: true, secureContext: context })
    this.#tls.once('secure', () => this.#succeed())
    // Errors after the handshake are followed by `close`, which is what counts.
    this.#tls.on('error', error => this.#fail(wordsFor(error, kind)))
    this.#tls.once('end', () => this.giveUp())
    this.#tls.once('close', () => this.giveUp())
  }

  /** Fails, because the app has left or says nothing more. */
  giveUp(): void {
    this.#fail(this.#wordsForSilence())
  }

  #succeed(): void {
    if (this.#isOver) return
    this.#isOver = true
    const cipher = this.#tls.getCipher()
    const version = this.#tls.getProtocol() ?? 'unknown'
    this.#outcome.secured(this.#tls, { version, cipher: cipher.standardName || cipher.name })
  }

  #fail(why: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#outcome.failed(why)
    this.#tls.destroy()
  }

  #wordsForSilence(): string {
    // Some clients leave without an alert when the certificate, which is in our first answer, does not please them.
    if (this.#socket.bytesWritten > this.#bytesWrittenBefore)
      return `it saw the certificate and left; perhaps ${UNTRUSTED}`
    if (this.#socket.bytesRead > this.#bytesReadBefore) return 'the app broke off in the middle of its hello'
    return this.#kind === 'implicit' ? SILENT : 'the app said nothing more after STARTTLS'
  }
}

function wordsFor(error: Error, kind: HandshakeKind): string {
  const code = 'code' in error ? String(error.code) : ''
  // What is no TLS record at all is read as one of an unknown version.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return kind === 'implicit' ? IN_THE_CLEAR : 'the app went on in the clear after STARTTLS'
  if (WORDS[code] !== undefined) return WORDS[code]
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message
  return `${reason}${code === '' ? '' : ` (${code})`}`
}
