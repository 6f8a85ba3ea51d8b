/** What may be said when, logins, and everything before a mailbox is selected. */
import { createHmac } from 'node:crypto'
import type { Dialogue } from '../play.js'
import { AFTER, BEFORE, GREETING, LOGGED_IN, MAILS, SELECTED, selected } from './openings.js'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const plain = base64('\0ada\0pw')
const ACCOUNTS = [{ username: 'ada', password: 'pw' }]
const CHALLENGE = `<${'ab'.repeat(12)}.${Date.UTC(2026, 0, 2)}@double.test>`
const CRAM = base64(`ada ${createHmac('md5', 'pw').update(CHALLENGE).digest('hex')}`)
const PASSED = `S: a OK [CAPABILITY ${AFTER}] Logged in`
const FAILED = 'S: a NO [AUTHENTICATIONFAILED] *'

const anyTime: Dialogue[] = [
  {
    name: 'CAPABILITY, NOOP and LOGOUT (RFC 3501 6.1)',
    says: [
      GREETING,
      'C: a CAPABILITY',
      `S: * CAPABILITY ${BEFORE}`,
      'S: a OK *',
      'C: b noop',
      'S: b OK *',
      'C: c LOGOUT',
      'S: * BYE See you',
      'S: c OK Logged out',
    ],
    ended: true,
    outcome: /^the last command was LOGOUT, and nobody logged in$/,
  },
  {
    name: 'ID, with fields, with none, and wrong (RFC 2971)',
    says: [
      GREETING,
      'C: a ID NIL',
      'S: * ID ("name" "maildouble")',
      'S: a OK *',
      'C: b ID ("name" "curl" "version" NIL)',
      'S: * ID ("name" "maildouble")',
      'S: b OK *',
      'C: c ID ("name")',
      'S: c BAD *',
      `C: d ID (${'"n" "v" '.repeat(31).trim()})`,
      'S: d BAD *',
    ],
  },
  {
    name: 'tags of every shape',
    says: [
      GREETING,
      ...['1', 'A.1', "a'b-c_d!", '[]', '/&;', 'x'.repeat(70)].flatMap(tag => [`C: ${tag} NOOP`, `S: ${tag} OK *`]),
      'C: +a NOOP',
      'S: * BAD *',
      'C: (a) NOOP',
      'S: * BAD *',
      'C> \\xe4 NOOP\\r\\n',
      'S: * BAD *',
      // What begins like a tag and is none: an answer to `a` would be taken for another command's.
      ...['a+b NOOP', 'a%b NOOP', 'a{b NOOP', 'a"b NOOP'].flatMap(line => [`C: ${line}`, 'S: * BAD *']),
      'C> a\\x09NOOP\\r\\n',
      'S: * BAD *',
    ],
  },
  {
    name: 'an empty line, a tag alone, blanks and no command: BAD, and the session goes on',
    says: [
      GREETING,
      'C: ',
      'S: * BAD *',
      'C: a',
      'S: a BAD *',
      'C: a ',
      'S: a BAD *',
      'C:  a NOOP',
      'S: * BAD *',
      'C: a  NOOP',
      'S: a BAD *',
      'C: a FROBNICATE 1 2',
      'S: a BAD There is no such command',
      'C: a UID NOOP',
      'S: a BAD There is no such command',
      'C: a NOOP now',
      'S: a BAD Expected the end of the command at character 8: NOOP',
      'C: a toString',
      'S: a BAD *',
      'C: a NOOP ',
      'S: a OK *',
      'C> b NOOP\\n',
      'S: b OK *',
    ],
  },
  {
    name: 'commands in the wrong state',
    says: [
      GREETING,
      ...['SELECT INBOX', 'LIST "" "*"', 'IDLE', 'FETCH 1 FLAGS', 'APPEND INBOX {1}', 'UID MOVE 1 x'].flatMap(
        command => [`C: a ${command}`, 'S: a BAD Log in first'],
      ),
      ...LOGGED_IN.slice(1),
      ...['LOGIN ada pw', 'AUTHENTICATE PLAIN', 'STARTTLS'].flatMap(command => [
        `C: a ${command}`,
        'S: a BAD You are logged in already',
      ]),
      'C: b FETCH 1 FLAGS',
      'S: b BAD SELECT a mailbox first',
    ],
  },
  {
    name: 'too many errors',
    says: [
      GREETING,
      ...Array.from({ length: 9 }, () => ['C: x', 'S: x BAD *']).flat(),
      'C: a NOOP',
      'S: a OK *',
      ...Array.from({ length: 10 }, () => ['C: x', 'S: x BAD *']).flat(),
      'S: * BYE There were too many errors',
    ],
    ended: true,
  },
  { name: 'TLS to the plain port', says: [GREETING, 'C> \\x16\\x03\\x01\\x02\\x00'], ended: true, outcome: /TLS/ },
  { name: 'a shutdown', says: [...LOGGED_IN, 'S: * BYE The server is shut down'], interrupt: 'shutdown' },
  { name: 'silence', says: [GREETING, 'S: * BYE Nothing was said for too long'], interrupt: 'idle' },
  { name: 'a client that vanishes in IDLE', says: [...LOGGED_IN, 'C: i IDLE', 'S: + *'], interrupt: 'end' },
  {
    name: 'a client that vanishes in a literal',
    says: [...LOGGED_IN, 'C: i LIST "" {5}', 'S: + *', 'C> ab'],
    interrupt: 'end',
  },
]

const logins: Dialogue[] = [
  {
    name: 'LOGIN',
    says: [GREETING, 'C: a LOGIN ada pw', PASSED],
    accounts: ACCOUNTS,
    transcript: ['client: a LOGIN ****'],
  },
  { name: 'LOGIN with quoted strings', says: [GREETING, 'C: a LOGIN "ada" "pw"', PASSED], accounts: ACCOUNTS },
  {
    name: 'LOGIN with literals (RFC 3501 4.3)',
    says: [GREETING, 'C: a LOGIN {3}', 'S: + Go on', 'C: ada {2}', 'S: + Go on', 'C: pw', PASSED],
    accounts: ACCOUNTS,
  },
  {
    name: 'LOGIN with literals that come unasked (RFC 7888)',
    says: [GREETING, 'C: a LOGIN {3+}', 'C: ada {2+}', 'C: pw', PASSED],
    accounts: ACCOUNTS,
  },
  {
    name: 'a wrong password, and the right one',
    says: [GREETING, 'C: a LOGIN ada no', FAILED, 'C: a LOGIN ada pw', PASSED],
    accounts: ACCOUNTS,
  },
  {
    name: 'LOGIN that is none',
    says: [
      GREETING,
      'C: a LOGIN ada',
      'S: a BAD *',
      'C: a LOGIN "a\\b" c',
      'S: a BAD *',
      'C> a LOGIN {1+}\\r\\n\\x01 b\\r\\n',
      'S: a BAD *',
    ],
  },
  {
    name: 'AUTHENTICATE PLAIN',
    says: [GREETING, 'C: a AUTHENTICATE PLAIN', 'S: + ', `C: ${plain}`, PASSED],
    accounts: ACCOUNTS,
  },
  {
    name: 'AUTHENTICATE PLAIN with an initial response (RFC 4959)',
    says: [GREETING, `C: a AUTHENTICATE plain ${plain}`, PASSED],
    accounts: ACCOUNTS,
    transcript: ['client: a AUTHENTICATE ****'],
  },
  {
    name: 'AUTHENTICATE LOGIN',
    says: [
      GREETING,
      'C: a AUTHENTICATE LOGIN',
      `S: + ${base64('Username:')}`,
      `C: ${base64('ada')}`,
      `S: + ${base64('Password:')}`,
      `C: ${base64('pw')}`,
      PASSED,
    ],
    accounts: ACCOUNTS,
  },
  {
    name: 'AUTHENTICATE CRAM-MD5, with the blank that mutt sends behind it',
    says: [GREETING, 'C: a AUTHENTICATE CRAM-MD5 ', `S: + ${base64(CHALLENGE)}`, `C: ${CRAM}`, PASSED],
    accounts: ACCOUNTS,
  },
  {
    name: 'a bearer token that is refused: the client still owes a line (RFC 7628 3.2.3)',
    says: [
      GREETING,
      `C: a AUTHENTICATE XOAUTH2 ${base64('user=ada\x01auth=Bearer no\x01\x01')}`,
      'S: + *',
      'C: ',
      FAILED,
      'C: a NOOP',
      'S: a OK *',
    ],
    accounts: ACCOUNTS,
  },
  {
    name: 'logins that break off',
    says: [
      GREETING,
      'C: a AUTHENTICATE PLAIN',
      'S: + ',
      'C: *',
      'S: a BAD Login cancelled',
      'C: a AUTHENTICATE PLAIN =',
      'S: a BAD *',
      'C: a AUTHENTICATE PLAIN',
      'S: + ',
      'C: !!!',
      'S: a BAD This is not base64',
      'C: a AUTHENTICATE GSSAPI',
      'S: a NO [CANNOT] *',
      'C: a AUTHENTICATE CRAM-MD5 eA==',
      'S: a BAD *',
      'C: a AUTHENTICATE PLAIN',
      'S: + ',
      `C: ${'A'.repeat(700)}`,
      'S: a BAD *',
      'C: a NOOP',
      'S: a OK *',
    ],
  },
  {
    name: 'STARTTLS, and what was said in the clear behind it is not heard (RFC 3501 6.2.1)',
    options: { tls: true },
    says: [
      `S: * OK [CAPABILITY ${BEFORE.replace('SASL-IR', 'STARTTLS SASL-IR')}] *`,
      'C: a STARTTLS',
      'S: a OK Begin TLS',
      'C: b LOGIN ada pw',
      'TLS',
      'C: c CAPABILITY',
      `S: * CAPABILITY ${BEFORE}`,
      'S: c OK *',
      'C: d STARTTLS',
      'S: d BAD TLS is up already',
    ],
  },
  {
    name: 'TLS first, where it is wanted: LOGINDISABLED',
    options: { tls: true, requireTls: true },
    says: [
      'S: * OK [CAPABILITY IMAP4rev1 LITERAL+ STARTTLS LOGINDISABLED ID *',
      'C: a LOGIN ada pw',
      'S: a NO [PRIVACYREQUIRED] *',
      'C: a AUTHENTICATE PLAIN',
      'S: a NO [PRIVACYREQUIRED] *',
      'C: a STARTTLS',
      'S: a OK *',
      'TLS',
      'C: a LOGIN ada pw',
      PASSED,
    ],
  },
  { name: 'TLS from the first byte', implicit: true, says: ['TLS', GREETING, 'C: a LOGIN ada pw', PASSED] },
  { name: 'STARTTLS without a certificate', says: [GREETING, 'C: a STARTTLS', 'S: a BAD *'] },
]

const rules: Dialogue[] = [
  {
    name: 'a rule refuses the login for now, then no more',
    rules: [{ protocol: 'imap', on: 'auth', reply: '454 Try later', times: 1 }],
    says: [GREETING, 'C: a LOGIN ada pw', 'S: a NO [UNAVAILABLE] Try later', 'C: a LOGIN ada pw', PASSED],
  },
  {
    name: 'a rule refuses the login for good',
    rules: [{ protocol: 'imap', on: 'auth', match: { user: 'ada' }, reply: '535 No' }],
    says: [GREETING, 'C: a LOGIN ada pw', 'S: a NO [AUTHENTICATIONFAILED] No', 'C: a LOGIN bob pw', PASSED],
  },
  {
    name: 'a rule holds the answer to a login back',
    rules: [{ protocol: 'imap', on: 'auth', delayMs: 3000 }],
    says: [GREETING, 'C: a LOGIN ada pw', 'D: pause 3000', PASSED],
  },
  {
    name: 'a rule closes at the login',
    rules: [{ protocol: 'imap', on: 'auth', action: 'close' }],
    says: [GREETING, 'C: a LOGIN ada pw'],
    ended: true,
  },
  {
    name: 'a rule turns the connection away',
    rules: [{ protocol: 'imap', on: 'connect', reply: '421 Busy' }],
    says: ['S: * BYE Busy'],
    ended: true,
  },
  {
    name: 'a rule resets at LOGOUT',
    rules: [{ protocol: 'imap', on: 'quit', action: 'reset' }],
    says: [...LOGGED_IN, 'C: a LOGOUT', 'D: reset'],
    ended: true,
  },
]

const literals: Dialogue[] = [
  {
    name: 'a literal that is too large is not asked for',
    says: [
      ...LOGGED_IN,
      'C: a APPEND INBOX {1001}',
      'S: a NO [TOOBIG] *',
      'C: b LIST "" {99999999999}',
      'S: b NO [TOOBIG] *',
      'C: c NOOP',
      'S: c OK *',
    ],
  },
  {
    name: 'one that comes unasked is passed over, whatever it says',
    says: [
      ...LOGGED_IN,
      'C: a APPEND INBOX {1005+}',
      `C: ${'b NOOP\r\n'.repeat(125)}12345`,
      'S: a NO [TOOBIG] *',
      'C: c NOOP',
      'S: c OK *',
    ],
    stored: [],
  },
  {
    name: 'one that is larger than a number can say ends the session (RFC 7888 4)',
    says: [...LOGGED_IN, 'C: a APPEND INBOX {4294967296+}', 'S: * BYE *'],
    ended: true,
  },
  {
    name: 'nobody sends a literal for what cannot be',
    says: [
      GREETING,
      'C: a FROB {5}',
      'S: a BAD *',
      'C: a LIST "" {5+}',
      'C: hello',
      'S: a BAD Log in first',
      'C: b NOOP',
      'S: b OK *',
    ],
  },
  {
    name: 'a stranger sends no large ones',
    says: [GREETING, 'C: a LOGIN {9000}', 'S: a NO [TOOBIG] *'],
  },
  {
    name: 'a line that is too long',
    says: [
      ...LOGGED_IN,
      `C: a LIST "" ${'x'.repeat(33_000)}`,
      'S: a BAD A line has at most 32768 octets',
      'C: b NOOP',
      'S: b OK *',
    ],
  },
  {
    name: 'a line without an end',
    says: [GREETING, `C> ${'x'.repeat(66_000)}`, 'S: * BYE a line does not end'],
    ended: true,
  },
  {
    name: 'literals without end are no way around the limit of a command',
    says: [
      ...LOGGED_IN,
      `C> a LIST "" ${'{30000+}\\r\\n'.concat('x'.repeat(30_000)).repeat(3)}\\r\\n`,
      'S: a NO [TOOBIG] *',
    ],
  },
  {
    name: 'parentheses that are never closed',
    says: [...SELECTED, `C: a SEARCH ${'('.repeat(200)}`, 'S: a BAD *', 'C: b FETCH 1 (FLAGS', 'S: b BAD *'],
    mails: MAILS,
  },
]

const idle: Dialogue[] = [
  {
    name: 'IDLE and DONE (RFC 2177)',
    says: [...SELECTED, 'C: i IDLE', 'S: + *', 'C: done', 'S: i OK Done'],
    mails: MAILS,
  },
  { name: 'IDLE without a mailbox', says: [...LOGGED_IN, 'C: i IDLE', 'S: + *', 'C: DONE', 'S: i OK Done'] },
  {
    name: 'what is not DONE ends it, too',
    says: [...LOGGED_IN, 'C: i IDLE', 'S: + *', 'C: a NOOP', 'S: i BAD Only DONE ends IDLE', 'C: b NOOP', 'S: b OK *'],
  },
  { name: 'EXAMINE', says: [...LOGGED_IN, 'C: s EXAMINE inbox', ...selected('s', { readOnly: true })], mails: MAILS },
]

export const states = { 'at any time': anyTime, logins, rules, 'literals and limits': literals, idle }
