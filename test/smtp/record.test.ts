/** What is recorded of a dialogue: every line both ways, secrets masked, and its attempts (smtp.md, "What is recorded"). */
import { describe, expect, test } from 'vitest'
import { MAX_KEPT_DATA_BYTES } from '../../server/smtp/data.js'
import { replies } from '../../server/smtp/reply.js'
import { RecordMaker } from '../mail/make-records.js'
import { newSession } from './drive.js'
import { type Dialogue, play } from './play.js'

const GREETED = ['S: 220 *', 'C: HELO client.test', 'S: 250 *']
const MAIL = ['C: MAIL FROM:<a@b.test>', 'S: 250 2.1.0 Ok']
const RCPT = ['C: RCPT TO:<c@d.test>', 'S: 250 2.1.5 Ok']
const DATA = ['C: DATA', 'S: 354 *']
const BODY = ['C: Subject: hi', 'C: ', 'C: Hello', 'C: .']
const ONE = { from: 'a@b.test', to: ['c@d.test'], inboxes: ['default'] }

const dialogues: Dialogue[] = [
  // The transcript.
  {
    name: 'every line both ways, the data as a size',
    says: [...GREETED, ...MAIL, ...RCPT, ...DATA, ...BODY, 'S: 250 *', 'C: QUIT', 'S: 221 *'],
    messages: [{}],
    ended: true,
    transcript: [
      'server: 220 double.test ESMTP maildouble',
      'client: HELO client.test',
      'server: 250 double.test at your service',
      'client: MAIL FROM:<a@b.test>',
      'server: 250 2.1.0 Ok',
      'client: RCPT TO:<c@d.test>',
      'server: 250 2.1.5 Ok',
      'client: DATA',
      'server: 354 Send the message, end with a line of a single dot',
      'note: 22 bytes of data',
      'server: 250 2.0.0 Ok: queued as id1',
      'client: QUIT',
      'server: 221 2.0.0 Bye',
    ],
  },
  {
    name: 'control characters and other bytes are shown, and stay in their line',
    says: [...GREETED, 'C> NOOP \\0\\x1b\\xff\\r\\n', 'S: 501 *'],
    transcript: [
      'server: 220 double.test ESMTP maildouble',
      'client: HELO client.test',
      'server: 250 double.test at your service',
      'client: NOOP \\x00\\x1b\ufffd',
      'server: 501 5.5.2 Control characters do not belong in a command line',
    ],
  },
  {
    name: 'a connection that is lost in DATA says after how many bytes',
    says: [...GREETED, ...MAIL, ...RCPT, ...DATA, 'C: Subject: hi'],
    interrupt: 'end',
    outcome: 'the connection was lost in DATA after 13 bytes',
    attempts: [{ ...ONE, outcome: 'lost', code: null, bytes: 13 }],
  },
  {
    name: 'TLS on a plain port is a note',
    says: ['S: 220 *', 'C> \\x16\\x03\\x01'],
    ended: true,
    transcript: [
      'server: 220 double.test ESMTP maildouble',
      'note: the app speaks TLS from the first byte (secure: true) to a plain port; turn that off, or start with --tls and use the TLS port',
    ],
  },

  // Secrets.
  {
    name: 'what comes behind the mechanism of AUTH is masked',
    says: [...GREETED, 'C: auth PLAIN AHVzZXIAc2VjcmV0', 'S: 235 *'],
    transcript: [
      'server: 220 double.test ESMTP maildouble',
      'client: HELO client.test',
      'server: 250 double.test at your service',
      'client: auth PLAIN ****',
      'note: logged in: PLAIN, user "user"',
      'server: 235 2.7.0 Logged in',
    ],
  },
  {
    name: 'so is every response, but a cancellation',
    says: [...GREETED, 'C: AUTH LOGIN', 'S: 334 *', 'C: dXNlcg==', 'S: 334 *', 'C: *', 'S: 501 *'],
    transcript: [
      'server: 220 double.test ESMTP maildouble',
      'client: HELO client.test',
      'server: 250 double.test at your service',
      'client: AUTH LOGIN',
      'server: 334 VXNlcm5hbWU6',
      'client: ****',
      'server: 334 UGFzc3dvcmQ6',
      'client: *',
      'server: 501 5.7.0 Login cancelled',
    ],
  },
  {
    name: 'lines of a login that was refused at once are no commands, and are repeated nowhere',
    says: [
      ...GREETED,
      'C: AUTH NTLM',
      'S: 504 *',
      'C: dXNlcg==',
      'S: 500 *',
      'C: c2VjcmV0',
      'S: 500 *',
      'C: NOOP',
      'S: 250 *',
      'C: WHAT',
      'S: 500 *',
    ],
    transcript: [
      'server: 220 double.test ESMTP maildouble',
      'client: HELO client.test',
      'server: 250 double.test at your service',
      'client: AUTH NTLM',
      'server: 504 5.5.4 The mechanism NTLM is not known here',
      'client: ****',
      'server: 500 5.5.2 Unknown command ****; HELP lists the commands',
      'client: ****',
      'server: 500 5.5.2 Unknown command ****; HELP lists the commands',
      'client: NOOP',
      'server: 250 2.0.0 Ok',
      'client: WHAT',
      'server: 500 5.5.2 Unknown command WHAT; HELP lists the commands',
    ],
  },

  // Attempts: accepted.
  {
    name: 'an attempt that is stored has the answer to the data, and every answer before it',
    says: [...GREETED, ...MAIL, ...RCPT, ...DATA, ...BODY, 'S: 250 *'],
    messages: [{}],
    attempts: [
      {
        ...ONE,
        outcome: 'accepted',
        code: 250,
        bytes: 22,
        messageId: 'id1',
        replies: [
          { verb: 'MAIL', recipient: null, code: 250, text: '2.1.0 Ok', ruleId: null },
          { verb: 'RCPT', recipient: 'c@d.test', code: 250, text: '2.1.5 Ok', ruleId: null },
          { verb: 'DATA', recipient: null, code: 354, text: expect.any(String), ruleId: null },
          { verb: 'DATA', recipient: null, code: 250, text: '2.0.0 Ok: queued as id1', ruleId: null },
        ],
      },
    ],
  },
  {
    name: 'also where a recipient was refused, which stands among those tried',
    says: [...GREETED, ...MAIL, 'C: RCPT TO:<x', 'S: 501 *', ...RCPT, ...DATA, ...BODY, 'S: 250 *'],
    messages: [{ to: ['c@d.test'] }],
    attempts: [{ to: ['x', 'c@d.test'], outcome: 'accepted', code: 250 }],
  },
  {
    name: 'chunks of BDAT are answered one by one',
    says: [...GREETED, ...MAIL, ...RCPT, 'C> BDAT 2\\r\\nab', 'S: 250 *', 'C> BDAT 2 LAST\\r\\ncd', 'S: 250 *'],
    messages: [{}],
    attempts: [
      {
        outcome: 'accepted',
        code: 250,
        bytes: 4,
        replies: ['MAIL', 'RCPT', 'BDAT', 'BDAT'].map(verb => ({ verb })) as never,
      },
    ],
  },
  {
    name: 'each transaction of a connection is one',
    says: [
      ...GREETED,
      ...MAIL,
      ...RCPT,
      ...DATA,
      ...BODY,
      'S: 250 *',
      ...MAIL,
      ...RCPT,
      'C: RSET',
      'S: 250 *',
      ...MAIL,
      'C: QUIT',
      'S: 221 *',
    ],
    messages: [{}],
    ended: true,
    attempts: [{ outcome: 'accepted' }, { outcome: 'aborted', code: null }, { outcome: 'aborted', to: [] }],
  },

  // Attempts: refused.
  {
    name: 'refused at MAIL: what a pipelining client says on is listed, and changes nothing',
    says: [
      ...GREETED,
      'C: MAIL FROM:<a@b.test>',
      'C: RCPT TO:<c@d.test>',
      'C: DATA',
      'C: QUIT',
      'S: 452 *',
      'S: 503 *',
      'S: 503 *',
      'S: 221 *',
    ],
    storeFull: true,
    ended: true,
    attempts: [{ ...ONE, outcome: 'refused', code: 452 }],
  },
  {
    name: 'refused at every recipient, however it ends',
    says: [...GREETED, ...MAIL, 'C: RCPT TO:<>', 'S: 501 *', 'C: RCPT TO:<x y>', 'S: 501 *'],
    interrupt: 'end',
    outcome: /^all recipients were refused: 501 5\.1\.3 /,
    attempts: [{ from: 'a@b.test', to: ['', 'x y'], outcome: 'refused', code: 501 }],
  },
  {
    name: 'refused at every recipient: that there is none is not why, where a pipelining client says DATA all the same',
    says: [...GREETED, ...MAIL, 'C: RCPT TO:<x y>', 'C: DATA', 'S: 501 *', 'S: 554 *'],
    interrupt: 'end',
    attempts: [{ outcome: 'refused', code: 501 }],
  },
  {
    name: 'refused at DATA',
    says: [...GREETED, ...MAIL, 'C: DATA', 'S: 554 *', 'C: RSET', 'S: 250 *'],
    attempts: [{ to: [], outcome: 'refused', code: 554 }],
  },
  {
    name: 'the data refused for its size',
    says: [...GREETED, ...MAIL, ...RCPT, ...DATA, `C: ${'x'.repeat(600)}`, `C: ${'x'.repeat(600)}`, 'C: .', 'S: 552 *'],
    attempts: [{ ...ONE, outcome: 'refused', code: 552, bytes: 1204, messageId: null }],
  },
  {
    name: 'the data refused by the store',
    says: [...GREETED, ...MAIL, ...RCPT, ...DATA, ...BODY, 'S: 452 *'],
    refusal: replies.storeFull,
    attempts: [{ ...ONE, outcome: 'refused', code: 452, bytes: 22 }],
  },
  {
    name: 'a chunk out of order',
    says: [...GREETED, ...MAIL, 'C> BDAT 2 LAST\\r\\nab', 'S: 554 *', 'C: RSET', 'S: 250 *'],
    attempts: [{ to: [], outcome: 'refused', code: 554 }],
  },

  // Attempts: aborted and lost.
  {
    name: 'aborted by EHLO',
    says: [...GREETED, ...MAIL, ...RCPT, 'C: HELO again.test', 'S: 250 *'],
    attempts: [{ ...ONE, outcome: 'aborted', code: null }],
  },
  {
    name: 'aborted where not all recipients were refused, and the last refusal is its code',
    says: [...GREETED, ...MAIL, ...RCPT, 'C: RCPT TO:<>', 'S: 501 *', 'C: RSET', 'S: 250 *'],
    attempts: [{ to: ['c@d.test', ''], outcome: 'aborted', code: 501 }],
  },
  {
    name: 'lost between commands',
    says: [...GREETED, ...MAIL, ...RCPT],
    interrupt: 'end',
    attempts: [{ ...ONE, outcome: 'lost', code: null }],
  },
  {
    name: 'lost to a shutdown',
    says: [...GREETED, ...MAIL, 'S: 421 *'],
    interrupt: 'shutdown',
    attempts: [{ outcome: 'lost', to: [] }],
  },
  {
    name: 'no transaction, no attempt',
    says: [...GREETED, 'C: RCPT TO:<c@d.test>', 'S: 503 *', 'C: DATA', 'S: 503 *', 'C: RSET', 'S: 250 *'],
    attempts: [],
  },
]

describe('a dialogue leaves behind what was said and tried', () => {
  test.each(dialogues)('$name', play)
})

describe('what a message of an attempt brought', () => {
  const sent = (lines: string[], options = {}) => {
    const maker = new RecordMaker()
    const session = newSession(options, false, maker)
    session.receive(
      Buffer.from(`EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n${lines.join('\r\n')}`),
    )
    session.next()
    session.interrupt('end')
    maker.records.end(session.record)
    const [attempt] = maker.records.attempts('newest')
    return attempt?.data?.toString()
  }

  test('is kept where the connection was lost', () => {
    expect(sent(['Subject: hi', '', 'Hel'])).toBe('Subject: hi\r\n\r\nHel')
  })

  test('is kept up to a bound where it is too large', () => {
    const long = 'x'.repeat(1000)
    const lines = Array.from({ length: 1000 }, (_, n) => n + long)
    const kept = sent([...lines, '.', ''], { maxMessageBytes: 500_000 })
    expect(kept).toBe(lines.join('\r\n').slice(0, MAX_KEPT_DATA_BYTES))
  })

  test('is kept beyond the limit where that is small', () => {
    const body = `Subject: hi\r\n\r\n${'y'.repeat(5000)}`
    expect(sent([body, '.', ''], { maxMessageBytes: 100 })).toBe(`${body}\r\n`)
  })
})

describe('what keeps an app from delivering, and what to change', () => {
  const cases: [name: string, client: string, options: object, expected: object][] = [
    ['a wrong order', 'MAIL FROM:<a@b.test>\r\n', {}, { step: 'recipient', reason: /^MAIL was refused: 503/ }],
    [
      'TLS wanted',
      'EHLO a\r\nMAIL FROM:<a@b.test>\r\n',
      { tls: true, requireTls: true },
      { step: 'tls', fix: /--require-tls/ },
    ],
    [
      'a login wanted',
      'EHLO a\r\nMAIL FROM:<a@b.test>\r\n',
      { requireAuth: true },
      { step: 'auth', fix: /--smtp-require-auth/ },
    ],
    ['no such mechanism', 'EHLO a\r\nAUTH NTLM\r\n', {}, { step: 'auth', fix: /mechanism/ }],
    ['STARTTLS that is off', 'EHLO a\r\nSTARTTLS\r\n', {}, { step: 'tls', fix: /--tls/ }],
    ['TLS on the plain port', '\x16\x03\x01', {}, { step: 'tls', fix: /secure: false/ }],
    ['HTTP', 'GET / HTTP/1.1\r\n', {}, { step: 'greeted', fix: /SMTP port/ }],
    [
      'recipients refused',
      'EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<>\r\nQUIT\r\n',
      {},
      { step: 'recipient', reason: /^all recipients/ },
    ],
    [
      'an announced size',
      'EHLO a\r\nMAIL FROM:<a@b.test> SIZE=5000\r\n',
      {},
      { step: 'stored', fix: /--max-message-bytes/ },
    ],
    [
      'lost in DATA',
      'EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nSub',
      {},
      { step: 'stored', reason: /lost in DATA after 3 bytes/ },
    ],
    [
      'lost in a transaction',
      'EHLO a\r\nMAIL FROM:<a@b.test>\r\n',
      {},
      { step: 'recipient', reason: /lost after MAIL/, weak: false },
    ],
    ['only a test of the connection', 'EHLO a\r\nQUIT\r\n', {}, { step: 'recipient', weak: true }],
    ['lost between transactions', 'EHLO a\r\n', {}, { step: 'recipient', weak: true }],
    ['silence', '', {}, { step: 'greeted', reason: 'connected and said nothing', weak: true }],
  ]
  test.each(cases)('%s', (_name, client, options, expected) => {
    const session = newSession(options)
    session.receive(Buffer.from(client, 'latin1'))
    session.next()
    session.interrupt('end')
    const shape = Object.fromEntries(
      Object.entries(expected).map(([key, value]) => [
        key,
        value instanceof RegExp ? expect.stringMatching(value) : value,
      ]),
    )
    expect(session.failure).toMatchObject(shape)
  })

  test('a wrong password', () => {
    const session = newSession()
    session.receive(Buffer.from('EHLO a\r\nAUTH PLAIN AGEAYg==\r\n'))
    session.next()
    session.answer({ type: 'judged', passed: false })
    session.interrupt('end')
    expect(session.failure).toMatchObject({ step: 'auth', reason: expect.stringMatching(/^AUTH was refused: 535/) })
    expect(session.failure?.fix).toContain('--smtp-auth')
    expect(session.username).toBe('a')
  })

  test('a failed handshake says why', () => {
    const session = newSession({ tls: true })
    session.interrupt('tls-failed', 'the app does not trust the certificate')
    expect(session.failure).toMatchObject({ step: 'tls', reason: expect.stringContaining('does not trust') })
    expect(session.record.describe().transcript.map(({ from }) => from)).toEqual(['note'])
  })

  test('nothing, once a mail was delivered; and what went wrong after it', () => {
    const session = newSession()
    const mail = 'MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nhi\r\n.\r\n'
    session.receive(Buffer.from(`EHLO a\r\nWHAT\r\n${mail}`))
    session.next()
    session.answer({ type: 'stored', id: 'm1' })
    expect(session.failure).toBeNull()
    session.receive(Buffer.from('MAIL FROM:<a@b.test>\r\nRCPT TO:<>\r\nRSET\r\n'))
    session.next()
    expect(session.failure).toMatchObject({ reason: expect.stringMatching(/^all recipients were refused/) })
    expect(session.outcome).toBe('delivered 1 message')
  })
})
