/** Limits, farewells, and what rules do. */
import type { Dialogue } from '../play.js'
import { GREETING, LOGIN, TWO_MESSAGES } from './openings.js'

const USER = ['C: USER ada', 'S: +OK *']
const PASSED = 'S: +OK 0 messages (0 octets)'

const limits: Dialogue[] = [
  {
    name: 'a line that is too long is skipped',
    says: [
      ...LOGIN,
      `C: NOOP ${'x'.repeat(80)}`,
      'S: -ERR the line is longer than 80 octets',
      'C: STAT',
      'S: +OK 2 22',
    ],
    messages: TWO_MESSAGES,
    opened: ['ada'],
  },
  {
    name: 'a line of a login may be longer',
    says: [
      ...GREETING,
      `C: USER ${'x'.repeat(100)}`,
      'S: +OK *',
      `C: USER ${'x'.repeat(200)}`,
      'S: -ERR the line is longer than 200 octets',
    ],
  },
  {
    name: 'a response that is too long ends the login',
    says: [...GREETING, 'C: AUTH PLAIN', 'S: + ', `C: ${'x'.repeat(200)}`, 'S: -ERR *', 'C: CAPAX', 'S: -ERR *'],
  },
  {
    name: 'a client that breaks the protocol without end is sent away',
    options: { maxProtocolErrors: 2 },
    says: [...GREETING, 'C: X', 'S: -ERR *', 'C: Y', 'S: -ERR *', 'S: -ERR [SYS/PERM] too many errors'],
    ended: true,
    outcome: /; there were 2 protocol errors$/,
  },
  {
    name: 'an HTTP client',
    says: [...GREETING, 'C: GET / HTTP/1.1', 'S: -ERR this is POP3; the page is on the HTTP port'],
    ended: true,
    outcome: 'a browser or another HTTP client came to the port of POP3',
  },
]

const farewells: Dialogue[] = [
  {
    name: 'too many connections',
    says: [...GREETING, 'S: -ERR [SYS/TEMP] there are too many connections'],
    interrupt: 'overload',
    outcome: 'there were too many connections',
  },
  {
    name: 'silence ends without a word (RFC 1939 3)',
    says: GREETING,
    interrupt: 'idle',
    outcome: 'connected and said nothing',
  },
  { name: 'the client leaves', says: GREETING, interrupt: 'end', outcome: 'connected and said nothing' },
  { name: 'a shutdown', says: [...GREETING, 'S: -ERR [SYS/TEMP] the server is shut down'], interrupt: 'shutdown' },
  {
    name: 'a failure of ours',
    says: [...GREETING, 'S: -ERR [SYS/TEMP] the server failed*'],
    interrupt: 'failure',
    outcome: /see its log/,
  },
  { name: 'a handshake that fails', says: GREETING, interrupt: 'tls-failed', outcome: 'the TLS handshake failed' },
]

const rules: Dialogue[] = [
  {
    name: 'a login refused',
    rules: [{ protocol: 'pop3', on: 'auth', reply: '535 5.7.8 Not today', times: 1 }],
    says: [...GREETING, ...USER, 'C: PASS x', 'S: -ERR [AUTH] 5.7.8 Not today', ...USER, 'C: PASS x', PASSED],
    opened: ['ada'],
  },
  {
    name: 'one user alone, for now',
    rules: [{ protocol: 'pop3', on: 'auth', match: { user: 'eve' }, reply: 454 }],
    says: [...GREETING, 'C: USER eve', 'S: +OK *', 'C: PASS x', 'S: -ERR [SYS/TEMP] *', ...USER, 'C: PASS x', PASSED],
    opened: ['ada'],
    outcome: 'logged in, fetched nothing',
  },
  {
    name: 'let pass who has no account',
    accounts: [{ username: 'bob', password: 'x' }],
    rules: [{ protocol: 'pop3', on: 'auth', reply: '235 Come in' }],
    says: [...GREETING, ...USER, 'C: PASS y', 'S: +OK Come in'],
    opened: ['ada'],
  },
  {
    name: 'an answer held back',
    rules: [{ protocol: 'pop3', on: 'auth', delayMs: 3000 }],
    says: [...GREETING, ...USER, 'C: PASS x', 'D: pause 3000', PASSED],
    opened: ['ada'],
  },
  {
    name: 'a connection closed at the login',
    rules: [{ protocol: 'pop3', on: 'auth', action: 'close' }],
    says: [...GREETING, ...USER, 'C: PASS x'],
    ended: true,
    outcome: 'rule r1 closed the connection after the login',
  },
  {
    name: 'a connection reset',
    rules: [{ protocol: 'pop3', on: 'connect', action: 'reset' }],
    says: ['D: reset'],
    outcome: /reset the connection/,
    ended: true,
  },
  {
    name: 'a stall',
    rules: [{ protocol: 'pop3', on: 'quit', action: 'stall' }],
    says: [...GREETING, 'C: QUIT', 'D: stall'],
  },
  {
    name: 'half an answer',
    rules: [{ protocol: 'pop3', on: 'quit', reply: '221 Goodbye!', halfReply: true }],
    says: [...GREETING, 'C: QUIT', 'S> +OK Goo'],
    ended: true,
  },
  {
    name: 'the greeting refused',
    rules: [{ protocol: 'pop3', on: 'connect', reply: '421 Later', delayMs: 10 }],
    says: ['D: pause 10', 'S: -ERR [SYS/TEMP] Later'],
    ended: true,
    outcome: 'the greeting was refused: -ERR [SYS/TEMP] Later',
  },
  {
    name: 'STLS refused',
    options: { tls: true },
    rules: [{ protocol: 'pop3', on: 'starttls', reply: '454 No TLS now' }],
    says: [...GREETING, 'C: STLS', 'S: -ERR [SYS/TEMP] No TLS now', 'C: USER a', 'S: +OK *'],
  },
  {
    name: 'a certificate at fault',
    options: { tls: true },
    rules: [{ protocol: 'pop3', on: 'starttls', certificate: 'expired' }],
    says: [...GREETING, 'C: STLS', 'S: +OK begin TLS', 'D: certificate expired', 'TLS'],
  },
  {
    name: 'QUIT refused deletes nothing',
    messages: TWO_MESSAGES,
    rules: [{ protocol: 'pop3', on: 'quit', reply: 450 }],
    says: [...LOGIN, 'C: DELE 1', 'S: +OK *', 'C: QUIT', 'S: -ERR [SYS/TEMP] *', 'C: STAT', 'S: +OK 1 9'],
    opened: ['ada'],
  },
  {
    name: 'a rule that says nothing of a protocol is about SMTP: who polls does not use it up',
    rules: [
      { on: 'auth', reply: 535, times: 1 },
      { on: 'noop', reply: 451 },
    ],
    messages: TWO_MESSAGES,
    says: [...LOGIN, 'C: NOOP', 'S: +OK *'],
    opened: ['ada'],
  },
]

export const limitsAndRules = { limits, farewells, rules }
