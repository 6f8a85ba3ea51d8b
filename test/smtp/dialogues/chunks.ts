/** BDAT (RFC 3030): the row of the table "Commands", and every odd sequence. */
import type { Dialogue } from '../play.js'
import { EHLO, GREETING, KEYWORDS, MAIL, RCPT, SHORT_MAIL } from './openings.js'

const QUEUED = 'S: 250 2.0.0 Ok: queued as id1'
const BINARY = [
  ...EHLO,
  'C: MAIL FROM:<ann@client.test> BODY=BINARYMIME',
  'S: 250 2.1.0 Ok',
  'C: RCPT TO:<bob@double.test>',
  'S: 250 2.1.5 Ok',
]

/** A chunk of these bytes, one octet each. */
const bdat = (bytes: string, last = '') => `C> BDAT ${bytes.replace(/\\x..|\\./g, '.').length}${last}\\r\\n${bytes}`
const received = (octets: number) => `S: 250 2.0.0 ${octets} octets received`

const bodies: Dialogue[] = [
  {
    name: 'one chunk',
    says: [...RCPT, bdat('Subject: hi\\r\\n', ' LAST'), QUEUED],
    messages: [{ raw: 'Subject: hi\\r\\n' }],
  },
  {
    name: 'several chunks',
    says: [...RCPT, bdat('abc'), received(3), bdat('\\r\\n'), received(2), bdat('d', ' last'), QUEUED],
    messages: [{ raw: 'abc\\r\\nd' }],
  },
  {
    name: 'pipelined',
    says: [...RCPT, 'C> BDAT 3\\r\\nabcBDAT 2 LAST\\r\\ndeNOOP\\r\\n', received(3), QUEUED, 'S: 250 2.0.0 Ok'],
    messages: [{ raw: 'abcde' }],
  },
  {
    name: 'an empty last chunk ends the message',
    says: [...RCPT, bdat('abc'), received(3), 'C: BDAT 0 LAST', QUEUED],
    messages: [{ raw: 'abc' }],
  },
  { name: 'an empty message', says: [...RCPT, 'C: BDAT 0 LAST', QUEUED], messages: [{ raw: '' }] },
  {
    name: 'an empty chunk',
    says: [...RCPT, 'C: BDAT 0', received(0), bdat('a', ' LAST'), QUEUED],
    messages: [{ raw: 'a' }],
  },
  {
    name: 'dots, ends of data, NUL and 8-bit mean nothing',
    says: [...RCPT, bdat('.\\r\\n.\\r\\n\\0\\xff\\n.\\nQUIT\\r\\n', ' LAST'), QUEUED],
    messages: [{ raw: '.\\r\\n.\\r\\n\\0\\xff\\n.\\nQUIT\\r\\n', warnings: [] }],
  },
  {
    name: 'BODY=BINARYMIME (3)',
    says: [...BINARY, bdat('\\0\\n\\r', ' LAST'), QUEUED],
    messages: [{ raw: '\\0\\n\\r', fromParams: { BODY: 'BINARYMIME' } }],
  },
  {
    name: 'two messages, one by each way',
    says: [...RCPT, bdat('a', ' LAST'), QUEUED, ...SHORT_MAIL, 'S: 250 2.0.0 Ok: queued as id2'],
    messages: [{ raw: 'a' }, { raw: 'Subject: hi\\r\\n' }],
  },
  {
    name: 'other commands between chunks',
    says: [
      ...RCPT,
      bdat('a'),
      received(1),
      'C: NOOP',
      'S: 250 2.0.0 Ok',
      'C: VRFY a',
      'S: 252 2.5.0 *',
      bdat('b', ' LAST'),
      QUEUED,
    ],
    messages: [{ raw: 'ab' }],
  },
]

const sizes: Dialogue[] = [
  ...['', '-1', '1e3', '0x10', 'LAST', '3 FIRST', '3 LAST x', '3  LAST', '99999999999999999999'].map(argument => ({
    name: `no or a bad size: BDAT ${argument}`,
    says: [...RCPT, `C: BDAT ${argument}`, 'S: 501 5.5.4 *', 'C: DATA', 'S: 503 5.5.1 Say MAIL first'],
  })),
  {
    name: 'a chunk with a bad size fails, so a later one does not complete the message',
    says: [
      ...RCPT,
      bdat('a'),
      received(1),
      'C: BDAT x',
      'S: 501 5.5.4 *',
      bdat('b', ' LAST'),
      'S: 503 5.5.1 Say MAIL first',
    ],
  },
  {
    name: 'exactly the limit, over several chunks',
    says: [...RCPT, bdat('x'.repeat(6)), received(6), bdat('x'.repeat(4), ' LAST'), QUEUED],
    options: { maxMessageBytes: 10 },
    messages: [{ raw: 'x'.repeat(10) }],
  },
  {
    name: 'over size: 552 after the chunk, which ends the transaction',
    says: [
      ...RCPT,
      bdat('x'.repeat(6)),
      received(6),
      bdat('x'.repeat(5)),
      'S: 552 5.3.4 Message too large, at most 10 bytes',
      bdat('MAIL FROM:<>\\r\\n', ' LAST'),
      'S: 503 5.5.1 Say MAIL first',
      'C: MAIL FROM:<>',
      'S: 250 2.1.0 Ok',
    ],
    options: { maxMessageBytes: 10 },
    outcome: /^the message was refused: 552 5\.3\.4/,
  },
  {
    name: 'over size at LAST',
    says: [...RCPT, bdat('x'.repeat(11), ' LAST'), 'S: 552 5.3.4 *', 'C: NOOP', 'S: 250 2.0.0 Ok'],
    options: { maxMessageBytes: 10 },
  },
  {
    name: 'larger than what is sent: the client is waited for, then it is gone',
    says: [...RCPT, 'C> BDAT 100000\\r\\nonly this'],
    options: { maxMessageBytes: 1_000_000 },
    interrupt: 'end',
    outcome: /^the connection was lost in BDAT after 9 bytes$/,
  },
  {
    name: 'larger than any message: read and thrown away for as long as it goes on',
    says: [...RCPT, 'C> BDAT 9007199254740991\\r\\nonly this', 'S: 421 4.4.2 *'],
    interrupt: 'idle',
    outcome: /^the client fell silent in BDAT after 9 bytes$/,
  },
]

const order: Dialogue[] = [
  {
    name: 'before EHLO: its octets are read and thrown away',
    says: [...GREETING, bdat('NOOP\\r\\n', ' LAST'), 'S: 503 5.5.1 Say EHLO or HELO first', 'C: EHLO a', ...KEYWORDS],
  },
  {
    name: 'before MAIL',
    says: [
      ...EHLO,
      bdat('QUIT\\r\\n'),
      'S: 503 5.5.1 Say MAIL first',
      'C: BDAT 0 LAST',
      'S: 503 5.5.1 *',
      ...SHORT_MAIL,
      QUEUED,
    ],
    messages: [{}],
  },
  {
    name: 'without an accepted recipient: likewise, 554',
    says: [
      ...MAIL,
      bdat('QUIT\\r\\n'),
      'S: 554 5.5.1 No valid recipients',
      bdat('RSET\\r\\n', ' LAST'),
      'S: 503 5.5.1 *',
    ],
  },
  {
    name: 'a recipient that comes after such a chunk does not save it',
    says: [
      ...MAIL,
      bdat('a'),
      'S: 554 5.5.1 *',
      'C: RCPT TO:<a@b.test>',
      'S: 503 5.5.1 *',
      bdat('b', ' LAST'),
      'S: 503 5.5.1 *',
    ],
  },
  {
    name: 'all recipients refused, pipelined with the chunk',
    says: [
      ...MAIL,
      'C> RCPT TO:<bad\\r\\nBDAT 3 LAST\\r\\nabc',
      'S: 501 5.1.3 *',
      'S: 554 5.5.1 *',
      'C: NOOP',
      'S: 250 2.0.0 Ok',
    ],
    outcome: /^all recipients were refused: 501 5\.1\.3/,
  },
  {
    name: 'behind LAST',
    says: [...RCPT, bdat('a', ' LAST'), QUEUED, bdat('b', ' LAST'), 'S: 503 5.5.1 Say MAIL first'],
    messages: [{ raw: 'a' }],
  },
  {
    name: 'DATA behind BDAT (2): 503, and BDAT may go on',
    says: [
      ...RCPT,
      bdat('a'),
      received(1),
      'C: DATA',
      'S: 503 5.5.1 The message has begun with BDAT*',
      bdat('b', ' LAST'),
      QUEUED,
    ],
    messages: [{ raw: 'ab' }],
  },
  {
    name: 'BDAT behind DATA is out of sequence',
    says: [...EHLO, ...SHORT_MAIL, QUEUED, bdat('b', ' LAST'), 'S: 503 5.5.1 *'],
    messages: [{}],
  },
  {
    name: 'MAIL and RCPT behind the first chunk',
    says: [
      ...RCPT,
      bdat('a'),
      received(1),
      'C: RCPT TO:<c@d.test>',
      'S: 503 5.5.1 *',
      'C: MAIL FROM:<>',
      'S: 503 5.5.1 *',
    ],
  },
  {
    name: 'RSET between chunks forgets them',
    says: [
      ...RCPT,
      bdat('a'),
      received(1),
      'C: RSET',
      'S: 250 2.0.0 Ok',
      ...SHORT_MAIL.slice(0, 4),
      bdat('b', ' LAST'),
      QUEUED,
    ],
    messages: [{ raw: 'b' }],
  },
  {
    name: 'EHLO, too',
    says: [...RCPT, bdat('a'), received(1), 'C: EHLO a', ...KEYWORDS, bdat('b', ' LAST'), 'S: 503 5.5.1 *'],
  },
  {
    name: 'DATA with BODY=BINARYMIME',
    says: [...BINARY, 'C: DATA', 'S: 503 5.6.1 A body of BINARYMIME needs BDAT', bdat('a', ' LAST'), QUEUED],
    messages: [{ raw: 'a' }],
  },
  {
    name: 'gone between chunks',
    says: [...RCPT, bdat('abc'), received(3)],
    interrupt: 'end',
    outcome: /^the connection was lost after BDAT$/,
  },
  {
    name: 'HELP knows it',
    says: [...GREETING, 'C: HELP bdat', 'S: 214-2.0.0 BDAT <octets> [LAST]', 'S: 214 2.0.0 *'],
  },
]

export const chunks: Record<string, Dialogue[]> = {
  'BDAT, byte for byte': bodies,
  'sizes of chunks': sizes,
  'BDAT in and out of order': order,
}
