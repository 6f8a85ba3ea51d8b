/**
 * One example of every body and every error, for the OpenAPI document and /docs: the story of one mail, which a test
 * holds to the shapes, and the errors to what the routes say.
 */
import { DEFAULT_FIELDS } from '../smtp/rule.js'
import type { ErrorCode } from './errors.js'
import type * as shape from './schema.js'

const RECEIVED_AT = '2026-01-31T12:00:00.000Z'
const MESSAGE_ID = 'k7x2m4q9p3a1'
const SESSION_ID = 's5n8d2w7c4b1'
const ATTEMPT_ID = 'a3f9j6t1h8e2'
const RULE_ID = 'r4g7y2z5'
const ADA = { name: 'Ada', address: 'ada@example.com' }
const INSTANCE = 'q4m7w1x8e5z2k9b3'

const Summary: shape.Summary = {
  id: MESSAGE_ID,
  uid: 12,
  inboxes: ['default'],
  receivedAt: RECEIVED_AT,
  size: 1843,
  read: false,
  tags: [],
  envelope: { from: 'app@example.org', to: ['ada@example.com'] },
  from: { name: 'The app', address: 'app@example.org' },
  to: [ADA],
  cc: [],
  bcc: [],
  hiddenRecipients: [],
  subject: 'Welcome to the app',
  snippet: 'Hello Ada, your code is 739204.',
  attachments: 1,
  otp: '739204',
  sessionId: SESSION_ID,
  attempts: 1,
  warnings: [],
}

const Message: shape.Message = {
  ...Summary,
  envelope: {
    verb: 'MAIL',
    from: 'app@example.org',
    fromParams: { SIZE: '1843' },
    to: ['ada@example.com'],
    recipients: [{ address: 'ada@example.com', params: {} }],
    helo: 'app.local',
    remoteAddress: '127.0.0.1',
    remotePort: 50123,
    localPort: 1025,
    tls: null,
    auth: null,
  },
  date: RECEIVED_AT,
  messageId: '<1@example.org>',
  replyTo: [],
  headers: [{ name: 'Subject', value: 'Welcome to the app' }],
  text: 'Hello Ada, your code is 739204.\r\n',
  html: '<p>Hello Ada, your code is 739204. <a href="https://app.example/confirm?token=7">Confirm</a></p>',
  links: [{ href: 'https://app.example/confirm?token=7', text: 'Confirm', unsubscribe: false }],
  otps: ['739204'],
  parts: [
    {
      id: '2',
      filename: 'terms.pdf',
      contentType: 'application/pdf',
      size: 5,
      disposition: 'attachment',
      contentId: null,
      sha256: '9d1e9e8a8a2a9a4fb3c0c0b7a0d4c5f6a1b2c3d4e5f60718293a4b5c6d7e8f90',
      url: `/api/messages/${MESSAGE_ID}/parts/2`,
    },
  ],
  structure: {
    id: '',
    contentType: 'multipart/mixed',
    encoding: null,
    charset: null,
    offset: 420,
    size: 1423,
    children: [
      { id: '1', contentType: 'text/plain', encoding: '7bit', charset: 'utf-8', offset: 510, size: 33, children: [] },
    ],
  },
}

const Check: shape.Check = {
  id: 'placeholder',
  level: 'error',
  title: '“{{name}}” was left in the HTML',
  explanation:
    'Readers see the template in place of what it stands for. Give the template this value, and look whether its name is spelled as in the code.',
  part: '1.2',
  offset: 1042,
}

const list = { total: 1, unread: 1, next: null, cursor: 12, instance: INSTANCE }

const SessionSummary: shape.SessionSummary = {
  id: SESSION_ID,
  seq: 13,
  protocol: 'smtp',
  inboxes: ['default'],
  startedAt: RECEIVED_AT,
  endedAt: '2026-01-31T12:00:00.120Z',
  remoteAddress: '127.0.0.1',
  remotePort: 50123,
  localPort: 1025,
  helo: 'app.local',
  tls: null,
  auth: null,
  messages: [MESSAGE_ID],
  attempts: [ATTEMPT_ID],
  warnings: [],
  outcome: 'delivered 1 message',
}

const Attempt: shape.Attempt = {
  id: ATTEMPT_ID,
  seq: 12,
  at: RECEIVED_AT,
  sessionId: SESSION_ID,
  inboxes: ['default'],
  from: 'app@example.org',
  to: ['ada@example.com'],
  replies: [
    { verb: 'MAIL', recipient: null, code: 250, text: '2.1.0 Sender ok', ruleId: null },
    { verb: 'RCPT', recipient: 'ada@example.com', code: 250, text: '2.1.5 Recipient ok', ruleId: null },
    { verb: 'DATA', recipient: null, code: 250, text: `2.0.0 Ok: queued as ${MESSAGE_ID}`, ruleId: null },
  ],
  code: 250,
  outcome: 'accepted',
  bytes: 1843,
  messageId: MESSAGE_ID,
}

const RuleInput: shape.RuleInput = {
  match: { to: '*@full.test' },
  reply: '452 4.2.2 Mailbox full',
  times: 2,
}

const Rule: shape.Rule = {
  ...DEFAULT_FIELDS,
  id: RULE_ID,
  preset: null,
  on: 'rcpt',
  match: { to: '*@full.test' },
  reply: '452 4.2.2 Mailbox full',
  times: 2,
  hits: 1,
  lastSessionId: SESSION_ID,
  nearMiss: null,
  active: true,
  expiresAt: null,
}

const Info: shape.Info = {
  version: '1.0.0',
  instance: INSTANCE,
  startedAt: '2026-01-31T11:00:00.000Z',
  uptimeMs: 3_600_000,
  listeners: [
    { protocol: 'smtp', host: '127.0.0.1', port: 1025, url: 'smtp://127.0.0.1:1025' },
    { protocol: 'http', host: '127.0.0.1', port: 8025, url: 'http://127.0.0.1:8025' },
  ],
  publicUrl: null,
  addressForm: '{hint}.{token}@example.com',
  limits: {
    maxMessageBytes: 52_428_800,
    maxRecipients: 10_000,
    maxConnections: 1000,
    maxMessages: 10_000,
    maxBytes: 536_870_912,
    maxAgeMs: null,
    requireTls: false,
    requireAuth: false,
    knownLoginsOnly: false,
    whenFull: 'evict',
  },
  hasCa: false,
  counts: { total: 1, unread: 1, bytes: 3200, deleted: 0, evicted: 0, expired: 0 },
  memory: { rssBytes: 98_000_000, heapUsedBytes: 24_000_000 },
}

const NoMatch: shape.NoMatch = {
  error: 'no_match',
  message: '1 matching message did not come in 10s.',
  fix: 'Compare with what arrived.',
  arrived: [Summary],
  sessions: [],
}

const Diagnosis: shape.Diagnosis = {
  steps: [
    { step: 'connected', happened: true, lastAt: RECEIVED_AT, reason: null, fix: null, sessionId: null },
    { step: 'greeted', happened: true, lastAt: RECEIVED_AT, reason: null, fix: null, sessionId: null },
    {
      step: 'auth',
      happened: false,
      lastAt: null,
      reason: 'AUTH was refused: 535 5.7.8 The user name or the password is wrong',
      fix: 'Give the app a user name and a password of --smtp-auth.',
      sessionId: SESSION_ID,
    },
  ],
}

const Inbox: shape.Inbox = {
  name: 'billing',
  label: 'Billing',
  address: 'test.k5tq2n7d@example.com',
  total: 1,
  unread: 1,
  bytes: 3200,
  rules: 0,
}

/** The examples of shapes, by their names. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  Summary,
  Message,
  MessageList: { messages: [Summary], ...list } satisfies shape.MessageList,
  FullMessageList: { messages: [Message], ...list } satisfies shape.FullMessageList,
  HeaderList: {
    headers: [{ name: 'Subject', value: 'Welcome to the app', raw: 'Subject: Welcome to the app' }],
  } satisfies shape.HeaderList,
  Check,
  CheckList: { checks: [Check] } satisfies shape.CheckList,
  MessagePatch: { q: 'welcome', read: true } satisfies shape.MessagePatch,
  Changed: { changed: 1 } satisfies shape.Changed,
  Removed: { removed: 1 } satisfies shape.Removed,
  Imported: { ids: [MESSAGE_ID] } satisfies shape.Imported,
  InboxInput: { name: 'billing', label: 'Billing', ttl: '1h' } satisfies shape.InboxInput,
  Registered: {
    name: 'billing',
    token: 'k5tq2n7d',
    label: 'Billing',
    address: 'test.k5tq2n7d@example.com',
    smtpUrl: 'smtp://billing:any@127.0.0.1:1025',
    cursor: 12,
  } satisfies shape.Registered,
  Inbox,
  InboxList: { inboxes: [Inbox] } satisfies shape.InboxList,
  SessionSummary,
  Session: {
    ...SessionSummary,
    fix: null,
    transcript: [
      { at: 0, from: 'server', line: '220 maildouble ESMTP' },
      { at: 1, from: 'client', line: 'EHLO app.local' },
    ],
  } satisfies shape.Session,
  SessionList: { sessions: [SessionSummary], next: null } satisfies shape.SessionList,
  Attempt,
  AttemptList: { attempts: [Attempt], next: null } satisfies shape.AttemptList,
  Diagnosis,
  RuleInput,
  Rule,
  RuleList: { rules: [Rule] } satisfies shape.RuleList,
  Info,
  NoMatch,
  ApiError: {
    error: 'unknown_parameter',
    message: 'form is not a parameter of this route.',
    fix: 'It takes q, inbox, to, cc, from ...',
  } satisfies shape.ApiError,
  LiveEvent: { type: 'message.added', seq: 12, message: Summary } satisfies shape.LiveEvent,
}

const problem = (error: ErrorCode, message: string, fix: string): shape.ApiError => ({ error, message, fix })

/** An example of each error, as it is said. */
export const ERROR_EXAMPLES: { readonly [code in ErrorCode]: shape.ApiError } = {
  bad_request: problem('bad_request', "'/api/%zz' is not a valid url component", 'See /openapi.json.'),
  unknown_parameter: problem(
    'unknown_parameter',
    'form is not a parameter of this route.',
    'It takes q, inbox, to, cc, from ...',
  ),
  empty_parameter: problem('empty_parameter', 'to is empty.', 'Give it a value, or leave it out.'),
  repeated_parameter: problem('repeated_parameter', 'to is given twice.', 'Give it once.'),
  invalid_parameter: problem(
    'invalid_parameter',
    'wait=10 is not allowed.',
    'Give 1ms to 60s, with the unit: wait=10s.',
  ),
  invalid_body: problem('invalid_body', 'The body is not JSON.', 'Send a JSON object.'),
  unauthorized: problem(
    'unauthorized',
    'This server asks for a user name and a password.',
    'Give those of --http-auth: in the URL, as http://user:password@host:8025, or as Basic authorization.',
  ),
  refused_host: problem(
    'refused_host',
    'The host name mail.example.com could belong to a stranger, so nothing is shown under it.',
    'If it is yours, start with: maildouble --allow-host mail.example.com',
  ),
  refused_origin: problem(
    'refused_origin',
    'The request comes from another site (app.example.com), which may not read or change mail.',
    'Start with maildouble --cors-origin https://app.example.com if its pages are to use the API.',
  ),
  not_found: problem('not_found', 'There is no message k7x2.', 'It was deleted, or had to give way to newer ones.'),
  no_match: NoMatch,
  reload: problem('reload', 'The server has restarted since.', 'Read the list again, and go on from its cursor.'),
  too_large: problem('too_large', 'The body is larger than what is accepted.', 'See the limits in /api/info.'),
  unsupported_media_type: problem(
    'unsupported_media_type',
    'This route does not take a body of that content type.',
    'Send message/rfc822 or application/mbox to POST /api/messages, application/json elsewhere.',
  ),
  internal: problem('internal', 'maildouble failed to answer this.', 'It is a defect: its log says more.'),
  busy: problem('busy', '1000 requests wait already.', 'Ask again when one of them has its answer.'),
  stopping: problem('stopping', 'The server is stopping.', 'Start it again.'),
  store_full: problem('store_full', 'The store is full.', 'Delete messages, or raise --max-messages, --max-bytes.'),
}
