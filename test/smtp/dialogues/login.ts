/** AUTH (RFC 4954), mechanism by mechanism, with what goes wrong. */
import { createHmac } from 'node:crypto'
import { BEARER_REFUSED } from '../../../server/net/sasl.js'
import { leniency } from '../../../server/smtp/leniency.js'
import type { Dialogue } from '../play.js'
import { EHLO, GREETING, MAIL, SHORT_MAIL } from './openings.js'

const QUEUED = 'S: 250 2.0.0 Ok: queued as id1'
const PASSED = 'S: 235 2.7.0 Logged in'
const FAILED = 'S: 535 5.7.8 *'
const ACCOUNTS = [
  { username: 'ada', password: 'pass:word' },
  { username: 'bob', password: 'secret' },
]

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** `AUTH PLAIN` of a name and a password. */
const plain = (username: string, password: string, authzid = '') => base64(`${authzid}\0${username}\0${password}`)
/** XOAUTH2 and OAUTHBEARER of a name and a token. */
const xoauth2 = (username: string, token: string) => base64(`user=${username}\x01auth=Bearer ${token}\x01\x01`)
const bearer = (username: string, token: string) =>
  base64(`n,a=${username},\x01host=mail.test\x01port=1025\x01auth=Bearer ${token}\x01\x01`)

/** What stands in the envelope of a mail that is sent after a login. */
function logsIn(name: string, says: readonly string[], mechanism: string, username: string): Dialogue {
  return {
    name,
    says: [...EHLO, ...says, PASSED, ...SHORT_MAIL, QUEUED],
    accounts: ACCOUNTS,
    messages: [{ auth: { mechanism, username }, warnings: [] }],
  }
}

/** A login that ends in a refusal, after which the session goes on. */
function fails(name: string, says: readonly string[], more: Partial<Dialogue> = {}): Dialogue {
  return { name, says: [...EHLO, ...says, 'C: NOOP', 'S: 250 2.0.0 Ok'], accounts: ACCOUNTS, ...more }
}

/** CRAM-MD5's, which play.ts makes the same for every session. */
const CHALLENGE = `<${'ab'.repeat(12)}.${Date.UTC(2026, 0, 2)}@double.test>`
const digest = (password: string) => createHmac('md5', password).update(CHALLENGE).digest('hex')

const mechanisms: Dialogue[] = [
  logsIn('PLAIN with an initial response (RFC 4616)', [`C: AUTH PLAIN ${plain('ada', 'pass:word')}`], 'PLAIN', 'ada'),
  logsIn('PLAIN without', ['C: AUTH PLAIN', 'S: 334 ', `C: ${plain('ada', 'pass:word')}`], 'PLAIN', 'ada'),
  logsIn('PLAIN on behalf of somebody', [`C: auth plain ${plain('bob', 'secret', 'eve')}`], 'PLAIN', 'bob'),
  logsIn(
    'LOGIN',
    [
      'C: AUTH LOGIN',
      `S: 334 ${base64('Username:')}`,
      `C: ${base64('ada')}`,
      `S: 334 ${base64('Password:')}`,
      `C: ${base64('pass:word')}`,
    ],
    'LOGIN',
    'ada',
  ),
  logsIn(
    'LOGIN with the name as initial response',
    [`C: AUTH LOGIN ${base64('bob')}`, `S: 334 ${base64('Password:')}`, `C: ${base64('secret')}`],
    'LOGIN',
    'bob',
  ),
  logsIn(
    'XOAUTH2: the token is compared with the password',
    [`C: AUTH XOAUTH2 ${xoauth2('bob', 'secret')}`],
    'XOAUTH2',
    'bob',
  ),
  logsIn(
    'XOAUTH2 without initial response',
    ['C: AUTH XOAUTH2', 'S: 334 ', `C: ${xoauth2('bob', 'secret')}`],
    'XOAUTH2',
    'bob',
  ),
  logsIn(
    'CRAM-MD5 (RFC 2195)',
    ['C: AUTH CRAM-MD5', `S: 334 ${base64(CHALLENGE)}`, `C: ${base64(`ada ${digest('pass:word')}`)}`],
    'CRAM-MD5',
    'ada',
  ),
  logsIn('OAUTHBEARER (RFC 7628)', [`C: AUTH OAUTHBEARER ${bearer('bob', 'secret')}`], 'OAUTHBEARER', 'bob'),
]

const refusals: Dialogue[] = [
  fails('a wrong password', [`C: AUTH PLAIN ${plain('ada', 'secret')}`, FAILED], {
    outcome: /^AUTH was refused: 535 5\.7\.8 The user name or the password is wrong$/,
  }),
  fails('an unknown name', [`C: AUTH PLAIN ${plain('eve', 'secret')}`, FAILED]),
  fails('an empty name', [`C: AUTH PLAIN ${plain('', 'secret')}`, FAILED]),
  fails('an empty password', [`C: AUTH PLAIN ${plain('ada', '')}`, FAILED]),
  fails('an empty name and password never pass an account', [`C: AUTH PLAIN ${plain('', '')}`, FAILED], {
    accounts: [{ username: '', password: '' }],
  }),
  fails('LOGIN with a wrong password', [`C: AUTH LOGIN ${base64('ada')}`, 'S: 334 *', `C: ${base64('wrong')}`, FAILED]),
  fails('a bearer token: why, then the client has its line, then 535 (RFC 7628 3.2.3)', [
    `C: AUTH OAUTHBEARER ${bearer('bob', 'stale')}`,
    `S: 334 ${BEARER_REFUSED.toString('base64')}`,
    'C: AQ==',
    FAILED,
  ]),
  fails('XOAUTH2, whose client answers with an empty line', [
    `C: AUTH XOAUTH2 ${xoauth2('bob', 'stale')}`,
    'S: 334 *',
    'C: ',
    FAILED,
  ]),
  fails('CRAM-MD5 with another digest', [
    'C: AUTH CRAM-MD5',
    `S: 334 ${base64(CHALLENGE)}`,
    `C: ${base64(`ada ${'0'.repeat(32)}`)}`,
    FAILED,
  ]),
  {
    name: 'it may be tried again',
    says: [
      ...EHLO,
      `C: AUTH PLAIN ${plain('ada', 'wrong')}`,
      FAILED,
      `C: AUTH PLAIN ${plain('ada', 'pass:word')}`,
      PASSED,
      ...SHORT_MAIL,
      QUEUED,
    ],
    accounts: ACCOUNTS,
    messages: [{ auth: { mechanism: 'PLAIN', username: 'ada' } }],
  },
]

const anybody: Dialogue[] = [
  {
    name: 'any name and password pass where no accounts are given',
    says: [...EHLO, `C: AUTH PLAIN ${plain('who', 'ever')}`, PASSED, ...SHORT_MAIL, QUEUED],
    messages: [{ auth: { mechanism: 'PLAIN', username: 'who' } }],
  },
  {
    name: 'an empty name passes, too',
    says: [...EHLO, `C: AUTH PLAIN ${plain('', '')}`, PASSED, ...SHORT_MAIL, QUEUED],
    messages: [{ auth: { mechanism: 'PLAIN', username: '' } }],
  },
  {
    name: 'an empty response is one, not an error',
    says: [...EHLO, 'C: AUTH LOGIN', 'S: 334 *', 'C: ', `S: 334 ${base64('Password:')}`, 'C: ', PASSED],
  },
  {
    name: '= is an initial response that is empty (4)',
    says: [...EHLO, 'C: AUTH LOGIN =', `S: 334 ${base64('Password:')}`, 'C: ', PASSED],
  },
  {
    name: 'a CRAM-MD5 response of anybody',
    says: [
      ...EHLO,
      'C: AUTH CRAM-MD5',
      'S: 334 *',
      `C: ${base64(`a b ${'0'.repeat(32)}`)}`,
      PASSED,
      ...SHORT_MAIL,
      QUEUED,
    ],
    messages: [{ auth: { mechanism: 'CRAM-MD5', username: 'a b' } }],
  },
  {
    name: 'a name in OAUTHBEARER is unescaped (RFC 5801 4)',
    says: [...EHLO, `C: AUTH OAUTHBEARER ${bearer('a=2Cb=3Dc', 't')}`, PASSED, ...SHORT_MAIL, QUEUED],
    messages: [{ auth: { mechanism: 'OAUTHBEARER', username: 'a,b=c' } }],
  },
]

const malformed: Dialogue[] = [
  fails('cancelled', ['C: AUTH PLAIN', 'S: 334 ', 'C: *', 'S: 501 5.7.0 Login cancelled'], {
    outcome: /^AUTH was refused: 501 5\.7\.0/,
  }),
  fails('cancelled at the password', [`C: AUTH LOGIN ${base64('ada')}`, 'S: 334 *', 'C: *', 'S: 501 5.7.0 *']),
  ...['not base64!', 'YQ', 'YQ=', 'Y===', 'YR==', 'YQ==YQ=='].map(garbage =>
    fails(`bad base64: ${garbage}`, ['C: AUTH PLAIN', 'S: 334 ', `C: ${garbage}`, 'S: 501 5.5.2 This is not base64']),
  ),
  fails('bad base64 as initial response', ['C: AUTH PLAIN %%', 'S: 501 5.5.2 This is not base64']),
  ...[
    ['PLAIN', 'ada'],
    ['PLAIN', 'a\0b'],
    ['PLAIN', 'a\0b\0c\0d'],
    ['PLAIN', '\0a\x1bb\0c'],
    ['PLAIN', '\0a\u0085\0c'],
    ['XOAUTH2', 'user=a'],
    ['XOAUTH2', 'auth=Bearer t'],
    ['XOAUTH2', 'user=a\x01auth=Basic t\x01\x01'],
    ['OAUTHBEARER', 'user=a\x01auth=Bearer t\x01\x01'],
    ['OAUTHBEARER', 'n,a=a,\x01auth=Bearer\x01\x01'],
  ].map(([mechanism, response]) =>
    fails(`not a response of ${mechanism}: ${JSON.stringify(response)}`, [
      `C: AUTH ${mechanism} ${base64(response as string)}`,
      `S: 501 5.5.2 This is not a response of ${mechanism}`,
    ]),
  ),
  fails('not a response of CRAM-MD5', ['C: AUTH CRAM-MD5', 'S: 334 *', `C: ${base64('ada abc')}`, 'S: 501 5.5.2 *']),
  fails('CRAM-MD5 begins with the server (4)', [
    'C: AUTH CRAM-MD5 YQ==',
    'S: 501 5.7.0 CRAM-MD5 has no initial response',
  ]),
  fails('an unknown mechanism', ['C: AUTH GSSAPI', 'S: 504 5.5.4 The mechanism GSSAPI is not known here']),
  fails('no mechanism', ['C: AUTH', 'S: 501 5.5.4 *']),
  fails('too many words', ['C: AUTH PLAIN YQ== YQ==', 'S: 501 5.5.4 *']),
  fails('NUL and 8-bit in a response', ['C: AUTH PLAIN', 'S: 334 ', 'C> \\0\\xff\\r\\n', 'S: 501 5.5.2 *']),
  fails('a command in the midst of a login is a bad response', [
    'C: AUTH PLAIN',
    'S: 334 ',
    'C: QUIT!',
    'S: 501 5.5.2 *',
  ]),
]

const order: Dialogue[] = [
  { name: 'AUTH before EHLO', says: [...GREETING, 'C: AUTH PLAIN AGEAYg==', 'S: 503 5.5.1 Say EHLO or HELO first'] },
  { name: 'twice', says: [...EHLO, 'C: AUTH PLAIN AGEAYg==', PASSED, 'C: AUTH PLAIN AGEAYg==', 'S: 503 5.5.1 *'] },
  { name: 'in a transaction', says: [...MAIL, 'C: AUTH PLAIN AGEAYg==', 'S: 503 5.5.1 *'] },
  {
    name: 'RSET and EHLO do not log out',
    says: [...EHLO, 'C: AUTH PLAIN AGEAYg==', PASSED, 'C: RSET', 'S: 250 2.0.0 Ok', ...SHORT_MAIL, QUEUED],
    messages: [{ auth: { mechanism: 'PLAIN', username: 'a' } }],
  },
  {
    name: 'who has not logged in has no auth in the envelope',
    says: [...EHLO, ...SHORT_MAIL, QUEUED],
    messages: [{ auth: null }],
  },
  {
    name: '--smtp-require-auth: MAIL and its like get 530 before a login',
    says: [
      ...EHLO,
      ...['MAIL', 'SEND', 'SOML', 'SAML'].flatMap(verb => [`C: ${verb} FROM:<a@b.test>`, 'S: 530 5.7.0 *']),
      'C: NOOP',
      'S: 250 2.0.0 Ok',
      'C: AUTH PLAIN AGEAYg==',
      PASSED,
      ...SHORT_MAIL,
      QUEUED,
    ],
    options: { requireAuth: true },
    messages: [{}],
  },
]

const lines: Dialogue[] = [
  {
    name: 'an AUTH line may be longer than a command line',
    says: [
      ...EHLO,
      `C: AUTH PLAIN ${plain('a', 'x'.repeat(60))}`,
      PASSED,
      `C: NOOP ${'x'.repeat(74)}`,
      'S: 500 5.5.2 *',
    ],
    options: { maxLineBytes: 80, maxAuthLineBytes: 200 },
  },
  {
    name: 'but not longer than its own limit',
    says: [...EHLO, `C: AUTH PLAIN ${'x'.repeat(100)}`, 'S: 500 5.5.6 *', 'C: NOOP', 'S: 250 2.0.0 Ok'],
    options: { maxLineBytes: 200, maxAuthLineBytes: 100 },
  },
  fails(
    'a response that is too long ends the login, and is skipped',
    [
      'C: AUTH PLAIN',
      'S: 334 ',
      `C: ${'x'.repeat(99)}`,
      'S: 500 5.5.6 Line of the login too long, at most 100 octets with its CRLF',
    ],
    { options: { maxAuthLineBytes: 100 } },
  ),
  {
    name: 'a response of exactly the limit',
    says: [...EHLO, 'C: AUTH PLAIN', 'S: 334 ', `C: ${plain('a', 'x'.repeat(35))}`, PASSED],
    options: { maxAuthLineBytes: 54 },
  },
  {
    name: 'a response that ends in a lone LF is taken with a warning',
    says: [...EHLO, 'C: AUTH PLAIN', 'S: 334 ', 'C> AGEAYg==\\n', PASSED],
    warnings: [leniency.bareLf],
  },
  {
    name: 'gone in the midst of a login',
    says: [...EHLO, 'C: AUTH LOGIN', 'S: 334 *'],
    interrupt: 'end',
    outcome: /^the connection was lost after AUTH$/,
  },
]

export const logins: Record<string, Dialogue[]> = {
  'AUTH by mechanism': mechanisms,
  'AUTH that fails': refusals,
  'AUTH of anybody': anybody,
  'AUTH that is malformed': malformed,
  'AUTH in and out of order': order,
  'lines of a login': lines,
}
