/** An app over a store of its own, and messages to put into it: without Vitest, since the fuzzer makes one, too. */
import type { TSchema } from 'typebox'
import { Errors } from 'typebox/schema'
import { createApp } from '../../server/http/app.js'
import type { App, AppParts, Site } from '../../server/http/parts.js'
import { shapes } from '../../server/http/schema.js'
import { Contents } from '../../server/mail/content.js'
import type { Loop } from '../../server/mail/loop.js'
import type { Received, Stored } from '../../server/mail/message.js'
import type { RecordBounds } from '../../server/mail/records.js'
import type { Bounds, MailStore } from '../../server/mail/store.js'
import { Rules } from '../../server/smtp/rules.js'
import { append, makeStore } from '../mail/make.js'
import { RecordMaker } from '../mail/make-records.js'

export const STARTED_AT_MS = Date.UTC(2026, 0, 31, 12)

/** A page at the root, which nobody else may ask. */
export const SITE: Site = { basePath: '/', publicUrl: null, allowHosts: [], corsOrigins: [] }

export const loop: Loop = {
  now: () => performance.now(),
  turn: () => new Promise(resolve => setImmediate(resolve)),
}

const BOUNDS: Partial<Bounds> = { maxMessages: 200_000, maxBytes: 2 ** 30 }

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
  /** What makes sessions and attempts. */
  maker: RecordMaker
  rules: Rules
  /** Defects that the app reported. */
  defects: unknown[]
  /** Puts a message into the store. */
  add(received?: Partial<Received>): Promise<Stored>
}

/** A store and what reads it. */
export function makeStoreWithContents(
  bounds: Partial<Bounds> = {},
  { basePath } = SITE,
): { store: MailStore; contents: Contents } {
  return { store: makeStore({ ...BOUNDS, ...bounds }, loop), contents: new Contents({ loop, basePath }) }
}

/** Rules without TLS, told of what forgets inboxes. */
export function makeRules(contents: Contents, { inboxes }: RecordMaker, listeners: readonly string[] = []): Rules {
  const rules = new Rules({
    tls: false,
    listeners,
    inboxes,
    read: message => contents.glance(message),
    now: () => STARTED_AT_MS,
    magicRecipients: false,
  })
  inboxes.onForgotten(name => rules.removeOf(name))
  return rules
}

/** What is wrong with a value that should have a shape. */
export function faults(shape: TSchema, value: unknown): string[] {
  const context = Object.fromEntries(shapes.map(named => [`${(named as { $id?: string }).$id}#`, named]))
  const [, errors] = Errors(context, shape, value)
  return errors.map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** What an app is made with where the defaults do not do. */
export type Given = Partial<Omit<AppParts, 'store' | 'records' | 'rules'>> & {
  bounds?: Partial<Bounds>
  recordBounds?: Partial<RecordBounds>
}

/** An app that whoever made it closes. */
export async function newApp(given: Given = {}): Promise<Fixture> {
  const { bounds = {}, recordBounds = {}, ...parts } = given
  const { store, contents } = makeStoreWithContents(bounds, parts.site)
  const defects: unknown[] = []
  const { instance } = store.epoch
  const maker = new RecordMaker({ instance, mark: () => store.mark(), bounds: recordBounds })
  const rules = makeRules(contents, maker, parts.listenerInboxes)
  const app = await createApp({
    store,
    contents,
    inboxes: maker.inboxes,
    records: maker.records,
    rules,
    listenerInboxes: [],
    addressForm: '{hint}.{token}@example.com',
    loop,
    now: () => STARTED_AT_MS,
    version: '1.2.3',
    webRoot: null,
    site: SITE,
    mayEnter: null,
    caPem: null,
    info: () => ({
      listeners: [{ protocol: 'smtp', host: '127.0.0.1', port: 1025, url: 'smtp://127.0.0.1:1025' }],
      limits: {
        maxMessageBytes: 50 * 1024 ** 2,
        maxRecipients: 10_000,
        maxConnections: 1000,
        maxMessages: store.bounds.maxMessages,
        maxBytes: store.bounds.maxBytes,
        maxAgeMs: store.bounds.maxAgeMs,
        requireTls: false,
        requireAuth: false,
        knownLoginsOnly: false,
        whenFull: store.bounds.whenFull,
      },
      startedAtMs: STARTED_AT_MS - 60_000,
    }),
    report: error => defects.push(error),
    ...parts,
  })
  const add = (received?: Partial<Received>) => put(store, received)
  return { app, store, contents, maker, rules, defects, add }
}

/** Puts a message into a store, a second after the one before. */
export function put(store: MailStore, received: Partial<Received> = {}): Promise<Stored> {
  return append(store, { raw: mail(), receivedAtMs: STARTED_AT_MS + store.cursor * 1000, ...received })
}
