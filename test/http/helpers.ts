/** An app over a store of its own, and messages to put into it. */
import { onTestFinished } from 'vitest'
import { type App, type AppParts, createApp } from '../../server/http/app.js'
import { Contents } from '../../server/mail/content.js'
import type { Loop } from '../../server/mail/loop.js'
import type { Envelope, Received, Stored } from '../../server/mail/message.js'
import { type Bounds, MailStore, makeEpoch } from '../../server/mail/store.js'

export const STARTED_AT_MS = Date.UTC(2026, 0, 31, 12)

export const loop: Loop = {
  now: () => performance.now(),
  turn: () => new Promise(resolve => setImmediate(resolve)),
}

const BOUNDS: Bounds = { maxMessages: 200_000, maxBytes: 2 ** 30, maxAgeMs: null, whenFull: 'evict' }

/** A message as SMTP would hand it over. Each comes a second after the one before. */
export function makeReceived({ raw = mail(), ...given }: Partial<Received> & { raw?: Buffer } = {}): Received {
  return {
    raw,
    envelope: makeEnvelope(),
    receivedAtMs: STARTED_AT_MS,
    inboxes: ['default'],
    sessionId: 's1',
    attempts: 1,
    warnings: [],
    ...given,
  }
}

export function makeEnvelope(given: Partial<Envelope> = {}): Envelope {
  const { to = ['ada@example.com'] } = given
  return {
    verb: 'MAIL',
    from: 'app@example.com',
    fromParams: {},
    to,
    recipients: to.map(address => ({ address, params: {} })),
    helo: 'localhost',
    remoteAddress: '127.0.0.1',
    remotePort: 40_000,
    localPort: 1025,
    tls: null,
    auth: null,
    ...given,
  }
}

/** A mail of the given fields, with CRLF. */
export function mail(fields: { subject?: string; headers?: string[]; body?: string } = {}): Buffer {
  const { subject = 'Welcome', headers = ['From: App <app@example.com>', 'To: Ada <ada@example.com>'], body } = fields
  return Buffer.from([...headers, `Subject: ${subject}`, '', body ?? 'Hello Ada', ''].join('\r\n'), 'latin1')
}

/** A mail with text, HTML, an inline image and an attachment. */
export const RICH_MAIL = Buffer.from(
  [
    'From: App <app@example.com>',
    'To: Ada <ada@example.com>',
    'Subject: Confirm your address',
    'Message-ID: <1@example.com>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: multipart/related; boundary=r',
    '',
    '--r',
    'Content-Type: multipart/alternative; boundary=a',
    '',
    '--a',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Your code is 739204. Confirm: https://example.com/confirm?token=1',
    '--a',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>Your code is <b>739204</b>.</p><a href="https://example.com/confirm?token=1">Confirm</a>' +
      '<img src="cid:logo"><img src="https://tracker.example.com/pixel.png"><script>alert(1)</script>',
    '--a--',
    '--r',
    'Content-Type: image/png',
    'Content-ID: <logo>',
    'Content-Transfer-Encoding: base64',
    '',
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    '--r--',
    '--m',
    'Content-Type: application/pdf',
    "Content-Disposition: attachment; filename*=UTF-8''Gesch%C3%A4ft.pdf",
    '',
    'bytes',
    '--m',
    'Content-Type: image/svg+xml',
    'Content-Disposition: inline; filename=logo.svg',
    '',
    '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    '--m--',
    '',
  ].join('\r\n'),
)

export interface Fixture {
  app: App
  store: MailStore
  contents: Contents
  /** Defects that the app reported. */
  defects: unknown[]
  /** Puts a message into the store. */
  add(received?: Parameters<typeof makeReceived>[0]): Promise<Stored>
}

/** A store and what reads it. */
export function makeStore(bounds: Partial<Bounds> = {}): { store: MailStore; contents: Contents } {
  const epoch = makeEpoch(STARTED_AT_MS + Math.floor(Math.random() * 1e9), Buffer.from('abcde'))
  return { store: new MailStore({ epoch, bounds: { ...BOUNDS, ...bounds }, loop }), contents: new Contents({ loop }) }
}

/** An app that is closed when the test is over. */
export async function makeApp(given: Partial<AppParts> & { bounds?: Partial<Bounds> } = {}): Promise<Fixture> {
  const { bounds = {}, ...parts } = given
  const { store, contents } = makeStore(bounds)
  const defects: unknown[] = []
  const app = await createApp({
    store,
    contents,
    loop,
    now: () => STARTED_AT_MS,
    version: '1.2.3',
    webRoot: null,
    allowHosts: [],
    info: () => ({
      listeners: [{ protocol: 'smtp', host: '127.0.0.1', port: 1025, url: 'smtp://127.0.0.1:1025' }],
      limits: {
        maxMessageBytes: 50 * 1024 ** 2,
        maxRecipients: 10_000,
        maxConnections: 1000,
        maxMessages: store.bounds.maxMessages,
        maxBytes: store.bounds.maxBytes,
        maxAgeMs: store.bounds.maxAgeMs,
        whenFull: store.bounds.whenFull,
      },
      startedAtMs: STARTED_AT_MS - 60_000,
    }),
    report: error => defects.push(error),
    ...parts,
  })
  onTestFinished(() => app.close())
  const add = (received?: Parameters<typeof makeReceived>[0]) => put(parts.store ?? store, received)
  return { app, store: parts.store ?? store, contents, defects, add }
}

/** Puts a message into a store. */
export async function put(store: MailStore, received?: Parameters<typeof makeReceived>[0]): Promise<Stored> {
  const at = STARTED_AT_MS + store.cursor * 1000
  const appended = await store.append(makeReceived({ receivedAtMs: at, ...received }))
  if (appended.type === 'refused') throw new Error(`The store refused a message: ${appended.reason}`)
  return appended.message
}
