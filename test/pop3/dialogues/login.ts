/** What is said before a login has passed: RFC 1939 4 and 7, 2449 (CAPA), 2595 (STLS), 5034 (AUTH), 3206 (codes). */
import { createHash, createHmac } from 'node:crypto'
import { TLS } from '../../script.js'
import type { Dialogue } from '../play.js'
import { CHALLENGE, GREETING, LOGIN, TWO_MESSAGES } from './openings.js'

const ACCOUNTS = [{ username: 'ada', password: 'pass:word' }]
const EMPTY = 'S: +OK 0 messages (0 octets)'
const REFUSED = 'S: -ERR [AUTH] *'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const plain = (username: string, password: string) => base64(`\0${username}\0${password}`)
const apop = (password: string) =>
  createHash('md5')
    .update(CHALLENGE + password)
    .digest('hex')
const cramMd5 = (username: string, password: string) =>
  base64(`${username} ${createHmac('md5', password).update(CHALLENGE).digest('hex')}`)

/** A login that passes for the account that there is. */
function passes(name: string, says: readonly string[], more: Partial<Dialogue> = {}): Dialogue {
  return { name, says: [...GREETING, ...says, EMPTY], accounts: ACCOUNTS, opened: ['ada'], ...more }
}

/** One that does not, after which the session goes on. */
function fails(name: string, says: readonly string[], more: Partial<Dialogue> = {}): Dialogue {
  return { name, says: [...GREETING, ...says, 'C: CAPAX', 'S: -ERR *'], accounts: ACCOUNTS, ...more }
}

const ways: Dialogue[] = [
  passes('USER and PASS', ['C: USER ada', 'S: +OK now the password', 'C: PASS pass:word']),
  passes('in lower case, with blanks behind the name', ['C: user ada  ', 'S: +OK *', 'C: pass pass:word']),
  passes('a password is all that follows, blanks included', ['C: USER ada', 'S: +OK *', 'C: PASS  a b '], {
    accounts: [{ username: 'ada', password: ' a b ' }],
  }),
  passes('APOP', [`C: APOP ada ${apop('pass:word')}`]),
  passes('APOP with its digest in capitals', [`C: APOP ada ${apop('pass:word').toUpperCase()}`]),
  passes('AUTH PLAIN with an initial response', [`C: AUTH PLAIN ${plain('ada', 'pass:word')}`]),
  passes('AUTH PLAIN without', ['C: AUTH PLAIN', 'S: + ', `C: ${plain('ada', 'pass:word')}`]),
  passes('AUTH LOGIN', [
    'C: AUTH LOGIN',
    `S: + ${base64('Username:')}`,
    `C: ${base64('ada')}`,
    `S: + ${base64('Password:')}`,
    `C: ${base64('pass:word')}`,
  ]),
  passes('AUTH CRAM-MD5', ['C: AUTH CRAM-MD5', `S: + ${base64(CHALLENGE)}`, `C: ${cramMd5('ada', 'pass:word')}`]),

  // Without accounts any name and password do, and any digest.
  passes('anybody', ['C: USER Grüße aus', 'S: +OK *', 'C: PASS'], { accounts: undefined, opened: ['Grüße aus'] }),
  passes('any digest', [`C: APOP c@d.test ${apop('anything')}`], { accounts: undefined, opened: ['c@d.test'] }),
  passes('a name with a blank in APOP', [`C: APOP ada l ${apop('x')}`], { accounts: undefined, opened: ['ada l'] }),
]

const refusals: Dialogue[] = [
  fails('another password', ['C: USER ada', 'S: +OK *', 'C: PASS other', REFUSED], {
    outcome: /^the login was refused: -ERR \[AUTH\] this user name and password are none of --mailbox-auth$/,
    transcript: [
      `server: +OK double.test POP3 maildouble ${CHALLENGE}`,
      'client: USER ada',
      'server: +OK now the password',
      'client: PASS ****',
      'note: the login was refused: USER, user "ada"',
      'server: -ERR [AUTH] this user name and password are none of --mailbox-auth',
      'client: CAPAX',
      'server: -ERR there is no such command',
    ],
  }),
  fails('another name', ['C: USER eve', 'S: +OK *', 'C: PASS pass:word', REFUSED]),
  fails('another digest', [`C: APOP ada ${apop('other')}`, REFUSED]),
  fails('another response', ['C: AUTH CRAM-MD5', 'S: + *', `C: ${cramMd5('ada', 'other')}`, REFUSED]),
  fails('a refused name has to be said again', [
    'C: USER ada',
    'S: +OK *',
    'C: PASS x',
    REFUSED,
    'C: PASS x',
    'S: -ERR *',
  ]),
  passes(
    'a second try',
    ['C: USER ada', 'S: +OK *', 'C: PASS x', REFUSED, 'C: USER ada', 'S: +OK *', 'C: PASS pass:word'],
    {
      outcome: 'logged in, fetched nothing',
    },
  ),

  fails('PASS before USER', ['C: PASS x', 'S: -ERR say USER first']),
  fails('USER without a name', ['C: USER', 'S: -ERR say USER <name>']),
  fails('APOP without a digest', ['C: APOP ada', 'S: -ERR say APOP <name> <digest>']),
  fails('APOP with what is no digest', ['C: APOP ada 12', 'S: -ERR say APOP <name> <digest>']),
  fails('AUTH cancelled', ['C: AUTH PLAIN', 'S: + ', 'C: *', 'S: -ERR login cancelled']),
  fails('what is no base64', ['C: AUTH PLAIN', 'S: + ', 'C: !', 'S: -ERR this is not base64']),
  fails('what is no response', ['C: AUTH PLAIN', 'S: + ', 'C: YQ==', 'S: -ERR this is not a response of PLAIN']),
  fails('an initial response where the server speaks first', ['C: AUTH CRAM-MD5 YQ==', 'S: -ERR *']),
  fails('an unknown mechanism', ['C: AUTH XOAUTH2 YQ==', 'S: -ERR there is no such mechanism']),
  fails('too many words', ['C: AUTH PLAIN YQ== YQ==', 'S: -ERR say AUTH [mechanism [initial response]]']),
  fails('a control character', ['C> USER a\\x07\\r\\n', 'S: -ERR the line has a control character']),
  fails('a control character in a name', [
    `C: AUTH PLAIN ${plain('a\u0007', 'x')}`,
    'S: -ERR this is not a response of PLAIN',
  ]),
]

const secrets: Dialogue[] = [
  fails(
    'what is a secret is not recorded',
    [
      'C: APOP ada 0123',
      'S: -ERR *',
      'C: AUTH PLAIN c2VjcmV0',
      'S: -ERR *',
      'C: AUTH secret!',
      'S: -ERR *',
      'C: PASSWORD secret',
      'S: -ERR *',
    ],
    {
      transcript: [
        `server: +OK double.test POP3 maildouble ${CHALLENGE}`,
        'client: APOP ada ****',
        'server: -ERR say APOP <name> <digest>',
        'client: AUTH PLAIN ****',
        'server: -ERR this is not a response of PLAIN',
        'client: AUTH ****',
        'server: -ERR there is no such mechanism',
        'client: PASSWORD ****',
        'server: -ERR there is no such command',
        'client: CAPAX',
        'server: -ERR there is no such command',
      ],
    },
  ),
]

const SASL = 'S: SASL PLAIN LOGIN CRAM-MD5'
const CAPABILITIES = ['S: TOP', 'S: UIDL', 'S: PIPELINING', 'S: RESP-CODES', 'S: AUTH-RESP-CODE']
const END = ['S: IMPLEMENTATION maildouble', 'S: .']

const capabilities: Dialogue[] = [
  { name: 'CAPA', says: [...GREETING, 'C: CAPA', 'S: +OK *', ...CAPABILITIES, 'S: USER', SASL, ...END] },
  {
    name: 'CAPA with TLS to be had, after STLS, and after a login',
    options: { tls: true },
    says: [
      ...[...GREETING, 'C: CAPA', 'S: +OK *', ...CAPABILITIES, 'S: USER', SASL, 'S: STLS', ...END],
      ...['C: STLS', 'S: +OK begin TLS', 'TLS', 'C: CAPA', 'S: +OK *', ...CAPABILITIES, 'S: USER', SASL, ...END],
      ...['C: USER a', 'S: +OK *', 'C: PASS b', EMPTY, 'C: CAPA', 'S: +OK *', ...CAPABILITIES, 'S: USER', SASL, ...END],
    ],
    opened: ['a'],
  },
  {
    name: 'AUTH alone lists the mechanisms, as it did before there was CAPA',
    says: [...GREETING, 'C: AUTH', 'S: +OK *', 'S: PLAIN', 'S: LOGIN', 'S: CRAM-MD5', 'S: .'],
  },
]

const order: Dialogue[] = [
  ...['STAT', 'LIST', 'RETR 1', 'DELE 1', 'NOOP', 'RSET', 'TOP 1 0', 'UIDL'].map(command => ({
    name: `${command} before a login`,
    says: [...GREETING, `C: ${command}`, 'S: -ERR log in first'],
  })),
  ...['USER a', 'PASS b', `APOP a ${apop('x')}`, 'AUTH', 'STLS'].map(command => ({
    name: `${command.slice(0, 4)} after a login`,
    messages: TWO_MESSAGES,
    says: [...LOGIN, `C: ${command}`, 'S: -ERR you are logged in already'],
    opened: ['ada'],
  })),
  {
    name: 'QUIT before a login',
    says: [...GREETING, 'C: QUIT', 'S: +OK bye'],
    ended: true,
    outcome: 'the last command was QUIT, and nobody logged in',
  },
]

const tls: Dialogue[] = [
  { name: 'STLS without TLS', says: [...GREETING, 'C: STLS', 'S: -ERR there is no TLS here*'] },
  { name: 'STLS with an argument', options: { tls: true }, says: [...GREETING, 'C: STLS x', 'S: -ERR say STLS'] },
  {
    name: 'STLS under TLS',
    options: { tls: true },
    implicit: true,
    says: ['TLS', ...GREETING, 'C: STLS', 'S: -ERR TLS is up already'],
  },
  {
    name: 'what is pipelined behind STLS in the clear is dropped, and a name said before it forgotten',
    options: { tls: true },
    says: [
      ...GREETING,
      'C: USER a',
      'S: +OK *',
      'C: STLS',
      'S: +OK begin TLS',
      'C: PASS x',
      'TLS',
      'C: PASS x',
      'S: -ERR *',
    ],
  },
  {
    name: 'logins in the clear are refused under --require-tls, and not offered',
    options: { tls: true, requireTls: true },
    says: [
      ...[...GREETING, 'C: USER a', 'S: -ERR [SYS/PERM] say STLS first*', 'C: PASS a', 'S: -ERR [SYS/PERM] *'],
      ...['C: AUTH PLAIN', 'S: -ERR [SYS/PERM] *', `C: APOP a ${apop('x')}`, 'S: -ERR [SYS/PERM] *'],
      ...['C: CAPA', 'S: +OK *', ...CAPABILITIES, 'S: STLS', ...END, 'C: STLS', 'S: +OK *', 'TLS'],
      ...['C: USER a', 'S: +OK *', 'C: PASS a', EMPTY],
    ],
    opened: ['a'],
  },
  {
    name: 'TLS from the first byte on the plain port',
    says: [...GREETING, 'C> \\x16\\x03\\x01'],
    ended: true,
    outcome: /speaks TLS from the first byte/,
    transcript: [
      `server: +OK double.test POP3 maildouble ${CHALLENGE}`,
      'note: the program speaks TLS from the first byte to the plain port of POP3',
    ],
  },
  {
    name: 'the handshake is noted',
    implicit: true,
    says: ['TLS', ...GREETING],
    transcript: [
      `note: TLS is up: ${TLS.version}, ${TLS.cipher}`,
      `server: +OK double.test POP3 maildouble ${CHALLENGE}`,
    ],
  },
]

export const logins = {
  'ways to log in': ways,
  'logins refused': refusals,
  secrets,
  'capabilities (RFC 2449)': capabilities,
  'commands out of place': order,
  'TLS (RFC 2595)': tls,
}
