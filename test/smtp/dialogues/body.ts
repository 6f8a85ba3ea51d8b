/** The section "Data", the limits, and how sessions break off. */
import { leniency } from '../../../server/smtp/leniency.js'
import { replies } from '../../../server/smtp/reply.js'
import type { Dialogue } from '../play.js'
import { DATA, EHLO, GREETING, MAIL, SHORT_MAIL } from './openings.js'

const QUEUED = 'S: 250 2.0.0 Ok: queued as id1'

/** A body as sent (its end included) and as stored. */
function body(name: string, sent: string, raw: string, ...warnings: string[]): Dialogue {
  return { name, says: [...DATA, `C> ${sent}`, QUEUED], messages: [{ raw, warnings }], warnings }
}

const bodies: Dialogue[] = [
  body('an empty message: the CRLF of the DATA line counts (4.1.1.4)', '.\\r\\n', ''),
  body('an empty line', '\\r\\n.\\r\\n', '\\r\\n'),
  body('the last CRLF belongs to the message', 'a\\r\\n.\\r\\n', 'a\\r\\n'),
  body('a stuffed dot at the very start', '..\\r\\n.\\r\\n', '.\\r\\n'),
  body('stuffed dots', 'a\\r\\n..\\r\\n...b\\r\\n.\\r\\n', 'a\\r\\n.\\r\\n..b\\r\\n'),
  body('a dot that was not stuffed is taken away all the same (4.5.2)', '.a\\r\\n.b\\r\\n.\\r\\n', 'a\\r\\nb\\r\\n'),
  body('dots elsewhere stay', 'a.\\r\\nb.c\\r\\n \\r\\n.\\r\\n', 'a.\\r\\nb.c\\r\\n \\r\\n'),
  body('NUL, 8-bit and control characters', '\\0\\x01\\xff\\x80\\x1b\\r\\n.\\r\\n', '\\0\\x01\\xff\\x80\\x1b\\r\\n'),
  body('lone CR and LF stay', 'a\\rb\\nc\\r\\rd\\n\\r\\n.\\r\\n', 'a\\rb\\nc\\r\\rd\\n\\r\\n'),
  body('a lone CR before the end', '\\r\\r\\n.\\r\\n', '\\r\\r\\n'),
  body('CR CR LF behind the dot is no end', '.\\r\\r\\n.\\r\\n', '\\r\\r\\n'),
  body('a CR behind the dot, then text', 'a\\r\\n.\\rb\\r\\n.\\r\\n', 'a\\r\\n\\rb\\r\\n'),
  body('a CR behind the dot, then a dot', '\\r\\n.\\r.\\r\\n.\\r\\n', '\\r\\n\\r.\\r\\n', leniency.smuggling),
  body('commands in the body are the body', 'QUIT\\r\\nRSET\\r\\n.\\r\\n', 'QUIT\\r\\nRSET\\r\\n'),
]

const smuggled: Dialogue[] = [
  body('\\n.\\n', 'a\\n.\\nb\\r\\n.\\r\\n', 'a\\n.\\nb\\r\\n', leniency.smuggling),
  body('\\n.\\r\\n', 'a\\n.\\r\\nb\\r\\n.\\r\\n', 'a\\n.\\r\\nb\\r\\n', leniency.smuggling),
  body('\\r\\n.\\n loses its dot', 'a\\r\\n.\\nb\\r\\n.\\r\\n', 'a\\r\\n\\nb\\r\\n', leniency.smuggling),
  body('\\r.\\r', 'a\\r.\\rb\\r\\n.\\r\\n', 'a\\r.\\rb\\r\\n', leniency.smuggling),
  body('\\r.\\r\\n', 'a\\r.\\r\\n.\\r\\n', 'a\\r.\\r\\n', leniency.smuggling),
  body('.\\n at the very start', '.\\nb\\r\\n.\\r\\n', '\\nb\\r\\n', leniency.smuggling),
  body('a stuffed line of one dot is no such thing', 'a\\r\\n..\\r\\n.\\r\\n', 'a\\r\\n.\\r\\n'),
  body('nor are dots with text behind them', 'a\\n.b\\r.c\\r\\n.\\r\\n', 'a\\n.b\\r.c\\r\\n'),
  {
    name: 'a smuggled transaction stays inside the message',
    says: [...DATA, 'C> a\\n.\\r\\nMAIL FROM:<eve@evil.test>\\r\\n.\\r\\n', QUEUED],
    messages: [{ raw: 'a\\n.\\r\\nMAIL FROM:<eve@evil.test>\\r\\n', warnings: [leniency.smuggling] }],
    warnings: [leniency.smuggling],
  },
]

const limits: Dialogue[] = [
  {
    name: 'a message of exactly the limit',
    says: [...DATA, `C: ${'x'.repeat(98)}`, 'C: .', QUEUED],
    messages: [{ raw: `${'x'.repeat(98)}\\r\\n` }],
    options: { maxMessageBytes: 100 },
  },
  {
    name: 'one byte more: the whole body is read, then 552, and the session goes on',
    says: [
      ...DATA,
      `C: ${'x'.repeat(99)}`,
      'C: NOOP',
      'C: .',
      'S: 552 5.3.4 Message too large, at most 100 bytes',
      'C: RCPT TO:<a@b.test>',
      'S: 503 5.5.1 *',
      ...SHORT_MAIL,
      QUEUED,
    ],
    messages: [{ raw: 'Subject: hi\\r\\n' }],
    options: { maxMessageBytes: 100 },
  },
  {
    name: 'stuffed dots do not count (RFC 1870 5)',
    says: [...DATA, `C: ..${'x'.repeat(97)}`, 'C: .', QUEUED],
    messages: [{}],
    options: { maxMessageBytes: 100 },
  },
  {
    name: 'too many recipients',
    says: [
      ...MAIL,
      ...['a', 'b'].flatMap(name => [`C: RCPT TO:<${name}@b.test>`, 'S: 250 2.1.5 Ok']),
      'C: RCPT TO:<c@b.test>',
      'S: 452 4.5.3 Too many recipients, at most 2',
      ...SHORT_MAIL.slice(4),
      QUEUED,
    ],
    messages: [{ to: ['a@b.test', 'b@b.test'] }],
    options: { maxRecipients: 2 },
  },
  {
    name: 'a command line of exactly the limit, CRLF included (4.5.3.1.4)',
    says: [...GREETING, `C: NOOP ${'x'.repeat(33)}`, 'S: 250 2.0.0 Ok'],
    options: { maxLineBytes: 40 },
  },
  {
    name: 'a longer one is skipped, and the session goes on',
    says: [
      ...GREETING,
      `C: NOOP ${'x'.repeat(34)}`,
      'S: 500 5.5.2 Command line too long, at most 40 octets with its CRLF',
      'C: NOOP',
      'S: 250 2.0.0 Ok',
    ],
    options: { maxLineBytes: 40 },
    outcome: /^a line was refused: 500 5\.5\.2 Command line too long/,
  },
  {
    name: 'the last protocol error that is borne is followed by 421',
    says: [
      ...GREETING,
      'C: FOO',
      'S: 500 5.5.2 *',
      'C: NOOP',
      'S: 250 2.0.0 Ok',
      'C: RCPT TO:<a@b>',
      'S: 503 5.5.1 *',
      'C: TURN',
      'S: 502 5.5.1 *',
      'S: 421 4.7.0 *',
      'C: NOOP',
    ],
    options: { maxProtocolErrors: 3 },
    ended: true,
    outcome: /^there were 3 protocol errors/,
  },
  {
    name: 'refusals for size and number are no protocol errors',
    says: [...EHLO, ...Array(5).fill(['C: MAIL FROM:<> SIZE=1001', 'S: 552 5.3.4 *']).flat()],
    options: { maxProtocolErrors: 3 },
  },
  {
    name: 'bad addresses are no protocol errors: a newsletter may have a hundred of them',
    says: [
      ...EHLO,
      'C: MAIL FROM:<>',
      'S: 250 2.1.0 *',
      ...Array(5).fill(['C: RCPT TO:<a@>', 'S: 501 5.1.3 *']).flat(),
    ],
    options: { maxProtocolErrors: 3 },
  },
  {
    name: 'a recipient before MAIL is why nothing was delivered',
    says: [...EHLO, 'C: RCPT TO:<a@b.test>', 'S: 503 5.5.1 *', 'C: QUIT', 'S: 221 2.0.0 *'],
    ended: true,
    outcome: /^RCPT was refused: 503 5\.5\.1/,
  },
]

const refusals: Dialogue[] = [
  {
    name: 'the store is full at the end of data',
    says: [...EHLO, ...SHORT_MAIL, 'S: 452 4.3.1 *', 'C: DATA', 'S: 503 5.5.1 *'],
    refusal: replies.storeFull,
    outcome: /^the message was refused: 452 4\.3\.1 The store is full/,
  },
  {
    name: 'the message is larger than the store',
    says: [...EHLO, ...SHORT_MAIL, 'S: 552 5.3.4 *'],
    refusal: replies.tooLargeForStore,
    outcome: /^the message was refused: 552 5\.3\.4/,
  },
]

const brokenOff: Dialogue[] = [
  { name: 'silence, then gone', says: GREETING, interrupt: 'end', outcome: /^connected and said nothing$/ },
  { name: 'gone after EHLO', says: EHLO, interrupt: 'end', outcome: /^the connection was lost after EHLO$/ },
  {
    name: 'gone after a refusal: that is the reason',
    says: [...EHLO, 'C: AUTH PLAIN AGEAYg==', 'S: 535 5.7.8 *'],
    accounts: [],
    interrupt: 'end',
    outcome: /^AUTH was refused: 535 5\.7\.8/,
  },
  {
    name: 'gone inside DATA: nothing is stored, and how much had come is said',
    says: [...DATA, `C: ${'x'.repeat(1000)}`, `C: ${'y'.repeat(230)}`],
    options: { maxMessageBytes: 5000 },
    interrupt: 'end',
    outcome: /^the connection was lost in DATA after 1,234 bytes$/,
  },
  {
    name: 'gone after every recipient was refused',
    says: [...MAIL, 'C: RCPT TO:<>', 'S: 501 5.1.3 *'],
    interrupt: 'end',
    outcome: /^all recipients were refused/,
  },
  {
    name: 'idle',
    says: [...MAIL, 'S: 421 4.4.2 *'],
    interrupt: 'idle',
    outcome: /^the client fell silent after MAIL$/,
  },
  {
    name: 'idle inside DATA',
    says: [...DATA, 'C: x', 'S: 421 4.4.2 *'],
    interrupt: 'idle',
    outcome: /^the client fell silent in DATA after 3 bytes$/,
  },
  {
    name: 'shutdown',
    says: [...MAIL, 'S: 421 4.3.2 *'],
    interrupt: 'shutdown',
    outcome: /^the server was shut down after MAIL$/,
  },
  { name: 'a defect of ours', says: [...MAIL, 'S: 421 4.3.0 *'], interrupt: 'failure', outcome: 'the server failed' },
  { name: 'a failed TLS handshake', says: EHLO, interrupt: 'tls-failed', outcome: 'TLS handshake' },
  {
    name: 'after a delivery the outcome is the delivery',
    says: [...EHLO, ...SHORT_MAIL, QUEUED],
    messages: [{}],
    interrupt: 'end',
    outcome: /^delivered 1 message$/,
  },
]

export const bodiesAndLimits: Record<string, Dialogue[]> = {
  'the body, byte for byte': bodies,
  'what is not the end of data (SMTP smuggling)': smuggled,
  limits,
  'refusals by the store': refusals,
  'how sessions break off': brokenOff,
}
