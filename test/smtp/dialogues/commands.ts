/** The table "Commands" of the protocol's design, row by row; RFC sections are of RFC 5321 unless said. */
import type { Dialogue } from '../play.js'
import { DATA, EHLO, GREETING, KEYWORDS, MAIL, RCPT, SHORT_MAIL } from './openings.js'

/** MAIL with an argument, on an open session. */
const mail = (argument: string, reply: string) => [...EHLO, `C: MAIL ${argument}`, `S: ${reply}`]
/** RCPT with an argument, in a transaction. */
const rcpt = (argument: string, reply: string) => [...MAIL, `C: RCPT ${argument}`, `S: ${reply}`]

const hello: Dialogue[] = [
  { name: 'greeting and nothing else', says: GREETING, outcome: /^connected and said nothing$/ },
  {
    name: 'EHLO lists the extensions in order',
    says: EHLO.map(line => line.replace('SIZE *', 'SIZE 1000')),
    outcome: 'the last command was EHLO',
  },
  { name: 'HELO lists none', says: [...GREETING, 'C: HELO client.test', 'S: 250 double.test at your service'] },
  { name: 'lower case', says: [...GREETING, 'C: ehlo client.test', ...KEYWORDS] },
  { name: 'an address literal as name (4.1.3)', says: [...GREETING, 'C: EHLO [IPv6:2001:db8::1]', ...KEYWORDS] },
  {
    name: 'a second EHLO resets the transaction (4.1.4)',
    says: [...RCPT, 'C: EHLO client.test', ...KEYWORDS, 'C: DATA', 'S: 503 5.5.1 Say MAIL first'],
  },
  {
    name: 'the name of the last HELO stands in the envelope',
    says: [
      ...EHLO,
      'C: HELO other.test',
      'S: 250 double.test at your service',
      ...SHORT_MAIL,
      'S: 250 2.0.0 Ok: queued as id1',
    ],
    messages: [{ helo: 'other.test', raw: 'Subject: hi\\r\\n' }],
    outcome: /^delivered 1 message$/,
  },
]

const mails: Dialogue[] = [
  { name: 'MAIL before EHLO', says: [...GREETING, 'C: MAIL FROM:<a@b.test>', 'S: 503 5.5.1 *'] },
  { name: 'the null reverse-path (4.5.5)', says: mail('FROM:<>', '250 2.1.0 Ok') },
  { name: 'a quoted local part', says: mail('FROM:<"a b\\"> c"@d.test>', '250 2.1.0 Ok') },
  { name: 'an address literal', says: mail('FROM:<a@[192.0.2.1]>', '250 2.1.0 Ok') },
  { name: 'every atext character', says: mail("FROM:<!#$%&'*+-/=?^_`{|}~@a-1.test>", '250 2.1.0 Ok') },
  { name: 'a second MAIL', says: [...MAIL, 'C: MAIL FROM:<a@b.test>', 'S: 503 5.5.1 *'] },
  { name: 'no argument', says: mail('', '501 5.5.4 Syntax: MAIL FROM:<address> *') },
  { name: 'not FROM:', says: mail('TO:<a@b.test>', '501 5.5.4 Syntax: MAIL FROM:<address> *') },
  { name: 'no colon', says: mail('FROM <a@b.test>', '501 5.5.4 *') },
  { name: 'nothing behind the colon', says: mail('FROM:', '501 5.1.7 *') },
  { name: 'a missing >', says: mail('FROM:<a@b.test', '501 5.1.7 Bad sender address: the > is missing') },
  { name: 'text after the >', says: mail('FROM:<a@b.test>x', '501 5.1.7 Bad sender address: text after the >') },
  { name: 'an unquoted blank', says: mail('FROM:<a b@c.test>', '501 5.1.7 *') },
  { name: 'a quote that does not end', says: mail('FROM:<"a@b.test>', '501 5.1.7 *') },
  { name: 'brackets in brackets', says: mail('FROM:<<a@b.test>>', '501 5.1.7 *') },
  {
    name: 'nothing before the @',
    says: mail('FROM:<@b.test>', '501 5.1.7 Bad sender address: nothing stands before the @'),
  },
  { name: 'nothing behind the @', says: mail('FROM:<a@>', '501 5.1.7 *') },
  { name: 'two addresses in one', says: mail('FROM:<a@b.test,c@d.test>', '501 5.1.7 *') },
  { name: 'text behind a quoted local part', says: mail('FROM:<"a"b@c.test>', '501 5.1.7 *') },
  { name: 'a display name', says: mail('FROM:Ann <ann@client.test>', '501 5.1.7 *') },
  {
    name: 'a refused MAIL opens nothing, and is the outcome',
    says: [...EHLO, 'C: MAIL FROM:<a b@c>', 'S: 501 5.1.7 *', 'C: DATA', 'S: 503 5.5.1 *'],
    outcome: /^MAIL was refused: 501 5\.1\.7 Bad sender address/,
  },
  {
    name: 'the store is full: 452 at MAIL',
    says: mail('FROM:<a@b.test>', '452 4.3.1 The store is full*'),
    storeFull: true,
    outcome: /^MAIL was refused: 452 4\.3\.1/,
  },
  {
    name: 'SEND, SOML and SAML are MAIL, and stay in the envelope (RFC 821)',
    says: [
      ...EHLO,
      ...['SEND', 'SOML', 'saml'].flatMap((verb, n) => [
        `C: ${verb} FROM:<ann@client.test>`,
        ...SHORT_MAIL.slice(1),
        `S: 250 2.0.0 Ok: queued as id${n + 1}`,
      ]),
    ],
    messages: [{ verb: 'SEND' }, { verb: 'SOML' }, { verb: 'SAML' }],
    outcome: 'delivered 3 messages',
  },
]

const mailParameters: Dialogue[] = [
  {
    name: 'SIZE BODY SMTPUTF8 RET ENVID AUTH are kept as said, keywords in upper case',
    says: [
      ...EHLO,
      'C: MAIL FROM:<jürgen@client.test> size=12 BODY=8bitmime SMTPUTF8 RET=hdrs ENVID=a+2Bb AUTH=<>',
      'S: 250 2.1.0 Ok',
      ...SHORT_MAIL.slice(2),
      'S: 250 2.0.0 Ok: queued as id1',
    ],
    messages: [
      {
        from: 'jürgen@client.test',
        fromParams: { SIZE: '12', BODY: '8bitmime', SMTPUTF8: true, RET: 'hdrs', ENVID: 'a+2Bb', AUTH: '<>' },
        warnings: [],
      },
    ],
  },
  { name: 'SIZE at the limit (RFC 1870 6.1)', says: mail('FROM:<a@b.test> SIZE=1000', '250 2.1.0 Ok') },
  { name: 'SIZE over the limit', says: mail('FROM:<a@b.test> SIZE=1001', '552 5.3.4 *') },
  { name: 'SIZE of 20 digits', says: mail(`FROM:<a@b.test> SIZE=${'9'.repeat(20)}`, '552 5.3.4 *') },
  { name: 'SIZE of 21 digits', says: mail(`FROM:<a@b.test> SIZE=${'9'.repeat(21)}`, '501 5.5.4 *') },
  ...[
    ['SIZE', 'without a value'],
    ['SIZE=', 'an empty value'],
    ['SIZE=-1', 'no number'],
    ['SIZE=1e3', 'no digits'],
    ['BODY', 'without a value'],
    ['BODY=9BIT', 'an unknown body (RFC 6152)'],
    ['SMTPUTF8=1', 'with a value (RFC 6531 3.4)'],
    ['RET=SOME', 'neither FULL nor HDRS (RFC 3461 4.3)'],
    ['ENVID=', 'empty (RFC 3461 4.4)'],
    ['ENVID=a+2', 'half a hexchar'],
    ['ENVID=a+2b', 'lower-case hexadecimal'],
    ['ENVID=a=b', 'an = in xtext'],
    [`ENVID=${'x'.repeat(101)}`, 'over 100 characters'],
    ['AUTH', 'without a value (RFC 4954 5)'],
    ['AUTH=ä', 'not xtext'],
  ].map(([parameter, why]) => ({
    name: `${parameter}: ${why}`,
    says: mail(`FROM:<a@b.test> ${parameter}`, `501 5.5.4 Bad value of the parameter ${parameter?.split('=')[0]}`),
  })),
  {
    name: 'a parameter twice',
    says: mail('FROM:<a@b.test> SIZE=1 size=1', '501 5.5.4 The parameter SIZE stands twice'),
  },
  {
    name: 'an unknown parameter',
    says: mail('FROM:<a@b.test> X-Y=1', '555 5.5.4 MAIL parameter X-Y is not known here'),
  },
  { name: 'a parameter of RCPT', says: mail('FROM:<a@b.test> NOTIFY=NEVER', '555 5.5.4 *') },
  { name: 'BINARYMIME (RFC 3030 3)', says: mail('FROM:<a@b.test> BODY=binarymime', '250 2.1.0 Ok') },
  { name: 'no keyword before the =', says: mail('FROM:<a@b.test> =1', '555 5.5.4 *') },
  { name: '__proto__ is no parameter', says: mail('FROM:<a@b.test> __proto__=1', '555 5.5.4 *') },
]

const rcpts: Dialogue[] = [
  { name: 'RCPT before EHLO', says: [...GREETING, 'C: RCPT TO:<a@b.test>', 'S: 503 5.5.1 Say EHLO or HELO first'] },
  { name: 'RCPT before MAIL', says: [...EHLO, 'C: RCPT TO:<a@b.test>', 'S: 503 5.5.1 Say MAIL first'] },
  { name: 'RCPT to <postmaster> (4.1.1.3)', says: rcpt('TO:<Postmaster>', '250 2.1.5 Ok') },
  { name: 'RCPT to nobody', says: rcpt('TO:<>', '501 5.1.3 Bad recipient address: it is empty') },
  { name: 'RCPT without >', says: rcpt('TO:<a@b.test', '501 5.1.3 *') },
  { name: 'RCPT with text after it', says: rcpt('TO:<a@b.test>,<c@d.test>', '501 5.1.3 *') },
  { name: 'RCPT with an unquoted blank', says: rcpt('TO:<a b@c.test>', '501 5.1.3 *') },
  {
    name: 'RCPT with a quoted string that does not end',
    says: rcpt('TO:<"a b@c.test>', '501 5.1.3 Bad recipient address: a quoted string in it does not end'),
  },
  {
    name: 'RCPT with a route to nobody',
    says: rcpt('TO:<@a.test,@b.test:>', '501 5.1.3 Bad recipient address: nothing stands behind the source route'),
  },
  { name: 'RCPT without an argument', says: rcpt('', '501 5.5.4 Syntax: RCPT TO:<address> *') },
  { name: 'RCPT with an unknown parameter', says: rcpt('TO:<a@b.test> SIZE=1', '555 5.5.4 *') },
  {
    name: 'NOTIFY and ORCPT are kept, duplicates too',
    says: [
      ...MAIL,
      'C: RCPT TO:<bob@double.test> NOTIFY=success,DELAY ORCPT=rfc822;bob+2Bx@a.test',
      'S: 250 2.1.5 Ok',
      'C: RCPT TO:<bob@double.test> NOTIFY=NEVER',
      'S: 250 2.1.5 Ok',
      'C: RCPT TO:<"b b"@double.test>',
      'S: 250 2.1.5 Ok',
      ...SHORT_MAIL.slice(4),
      'S: 250 2.0.0 Ok: queued as id1',
    ],
    messages: [
      {
        to: ['bob@double.test', 'bob@double.test', '"b b"@double.test'],
        recipients: [
          { address: 'bob@double.test', params: { NOTIFY: 'success,DELAY', ORCPT: 'rfc822;bob+2Bx@a.test' } },
          { address: 'bob@double.test', params: { NOTIFY: 'NEVER' } },
          { address: '"b b"@double.test', params: {} },
        ],
      },
    ],
  },
  ...[
    ['NOTIFY', 'without a value (RFC 3461 4.1)'],
    ['NOTIFY=', 'empty'],
    ['NOTIFY=NEVER,DELAY', 'NEVER is alone'],
    ['NOTIFY=DELAY,DELAY', 'twice the same'],
    ['NOTIFY=ALWAYS', 'unknown'],
    ['ORCPT=a@b.test', 'no address type (RFC 3461 4.2)'],
    ['ORCPT=;a@b.test', 'an empty address type'],
    ['ORCPT=rfc822;', 'an empty address'],
    ['ORCPT=rfc822;a+zz', 'not xtext'],
    [`ORCPT=rfc822;${'x'.repeat(400)}${'y'.repeat(100)}`, 'over 500 characters'],
  ].map(([parameter, why]) => ({
    name: `${parameter?.slice(0, 30)}: ${why}`,
    says: rcpt(`TO:<a@b.test> ${parameter}`, `501 5.5.4 Bad value of the parameter ${parameter?.split('=')[0]}`),
    options: { maxLineBytes: 1000 },
  })),
  { name: 'ORCPT of type utf-8 (RFC 6533 3)', says: rcpt('TO:<a@b.test> ORCPT=utf-8;j\\x{FC}@b.test', '250 2.1.5 Ok') },
  {
    name: 'a refused recipient leaves the others',
    says: [...RCPT, 'C: RCPT TO:<bad', 'S: 501 5.1.3 *', ...SHORT_MAIL.slice(4), 'S: 250 2.0.0 Ok: queued as id1'],
    messages: [{ to: ['bob@double.test'] }],
  },
  {
    name: 'all recipients refused: the outcome says the first',
    says: [
      ...MAIL,
      'C: RCPT TO:<bad',
      'S: 501 5.1.3 *',
      'C: RCPT TO:<>',
      'S: 501 5.1.3 *',
      'C: DATA',
      'S: 554 5.5.1 No valid recipients',
      'C: QUIT',
      'S: 221 2.0.0 Bye',
    ],
    ended: true,
    outcome: /^all recipients were refused: 501 5\.1\.3 Bad recipient address: the > is missing$/,
  },
]

const others: Dialogue[] = [
  { name: 'DATA before MAIL', says: [...EHLO, 'C: DATA', 'S: 503 5.5.1 Say MAIL first'] },
  { name: 'DATA without a recipient', says: [...MAIL, 'C: DATA', 'S: 554 5.5.1 No valid recipients'] },
  { name: 'DATA with an argument', says: [...RCPT, 'C: DATA now', 'S: 501 5.5.4 DATA takes no argument'] },
  {
    name: 'several messages on a connection, each with its own envelope',
    says: [
      ...EHLO,
      ...SHORT_MAIL,
      'S: 250 2.0.0 Ok: queued as id1',
      'C: MAIL FROM:<>',
      'S: 250 2.1.0 Ok',
      'C: RCPT TO:<eve@double.test>',
      'S: 250 2.1.5 Ok',
      'C: DATA',
      'S: 354 *',
      'C: .',
      'S: 250 2.0.0 Ok: queued as id2',
      'C: RCPT TO:<left@over.test>',
      'S: 503 5.5.1 *',
      'C: QUIT',
      'S: 221 2.0.0 Bye',
    ],
    messages: [
      { from: 'ann@client.test', to: ['bob@double.test'], verb: 'MAIL', raw: 'Subject: hi\\r\\n' },
      { from: '', to: ['eve@double.test'], raw: '' },
    ],
    ended: true,
    outcome: 'delivered 2 messages',
  },
  {
    name: 'RSET forgets the transaction',
    says: [...RCPT, 'C: RSET', 'S: 250 2.0.0 Ok', 'C: DATA', 'S: 503 5.5.1 *', 'C: MAIL FROM:<>', 'S: 250 2.1.0 Ok'],
  },
  {
    name: 'RSET and QUIT take no argument, NOOP takes any',
    says: [
      ...GREETING,
      'C: RSET x',
      'S: 501 5.5.4 *',
      'C: NOOP x y',
      'S: 250 2.0.0 Ok',
      'C: RSET',
      'S: 250 2.0.0 Ok',
      'C: QUIT x',
      'S: 501 5.5.4 *',
      'C: QUIT',
      'S: 221 2.0.0 Bye',
    ],
    ended: true,
    outcome: /^RSET was refused/,
  },
  {
    name: 'nothing is heard after QUIT',
    says: [...EHLO, 'C: QUIT', 'S: 221 2.0.0 Bye', 'C: NOOP'],
    ended: true,
    outcome: /^the last command was QUIT, and no message was sent$/,
  },
  {
    name: 'VRFY and EXPN know everyone',
    says: [
      ...GREETING,
      'C: VRFY bob',
      'S: 252 2.5.0 *',
      'C: EXPN staff',
      'S: 252 2.5.0 *',
      'C: VRFY',
      'S: 501 5.5.4 Argument missing: VRFY <address>',
    ],
  },
  {
    name: 'HELP lists the commands',
    says: [
      ...GREETING,
      'C: HELP',
      'S: 214-2.0.0 Commands:',
      ...'HELO EHLO AUTH MAIL RCPT DATA BDAT RSET NOOP QUIT HELP VRFY EXPN SEND SOML SAML'
        .split(' ')
        .map(verb => `S: 214-2.0.0 ${verb}`),
      'S: 214 2.0.0 HELP <command> explains one',
    ],
  },
  {
    name: 'HELP explains a command',
    says: [
      ...GREETING,
      'C: HELP data',
      'S: 214-2.0.0 DATA',
      'S: 214 2.0.0 *',
      'C: HELP toString',
      'S: 504 5.5.4 There is no command TOSTRING*',
    ],
  },
  {
    name: 'TURN, ETRN, LHLO, XCLIENT are known and refused',
    says: [
      ...EHLO,
      ...['TURN', 'ETRN a', 'LHLO a', 'XCLIENT NAME=a'].flatMap(line => [`C: ${line}`, 'S: 502 5.5.1 *']),
    ],
    outcome: /^TURN was refused: 502 5\.5\.1/,
  },
  {
    name: 'unknown commands and an empty line',
    says: [
      ...GREETING,
      'C: HALLO welt',
      'S: 500 5.5.2 Unknown command HALLO; HELP lists the commands',
      'C: ',
      'S: 500 5.5.2 *',
      'C:    ',
      'S: 500 5.5.2 *',
      'C:  NOOP',
      'S: 500 5.5.2 *',
      'C: NOOP',
      'S: 250 2.0.0 Ok',
    ],
    outcome: /^a line was refused: 500 5\.5\.2 Unknown command HALLO/,
  },
  {
    name: 'what a client said never breaks a reply',
    says: [
      ...GREETING,
      `C: ${'ü'.repeat(100)}`,
      `S: 500 5.5.2 Unknown command ${'?'.repeat(60)}...; HELP lists the commands`,
    ],
  },
  {
    name: 'a command pipelined behind the data (RFC 2920)',
    says: [...DATA, 'C: .', 'S: 250 2.0.0 Ok: queued as id1', 'C: NOOP', 'S: 250 2.0.0 Ok'],
    messages: [{ raw: '' }],
  },
]

const strangers: Dialogue[] = [
  ...['GET / HTTP/1.1', 'POST /x HTTP/1.1', 'PUT / HTTP/1.1', 'OPTIONS * HTTP/1.1', 'PRI * HTTP/2.0', 'get /'].map(
    line => ({
      name: `${line} as the first line`,
      says: [...GREETING, `C: ${line}`, 'S: 421 4.7.0 *', 'C: Host: localhost'],
      ended: true,
      outcome: 'HTTP',
    }),
  ),
  {
    name: 'GET later is an unknown command',
    says: [...GREETING, 'C: NOOP', 'S: 250 2.0.0 Ok', 'C: GET / HTTP/1.1', 'S: 500 5.5.2 *'],
  },
  {
    name: 'a TLS ClientHello on the plain port',
    says: [...GREETING, 'C> \\x16\\x03\\x01\\x02\\x00\\x01\\x00\\n\\r\\n'],
    ended: true,
    outcome:
      /^the app speaks TLS from the first byte \(secure: true\) to a plain port; turn that off, or start with --tls/,
  },
  {
    name: 'a first byte like TLS, and no more',
    says: [...GREETING, 'C> \\x16EHLO\\r\\n', 'S: 501 5.5.2 *', 'C: NOOP', 'S: 250 2.0.0 Ok'],
  },
]

export const commands: Record<string, Dialogue[]> = {
  'HELO and EHLO': hello,
  MAIL: mails,
  'MAIL parameters': mailParameters,
  RCPT: rcpts,
  'the other commands': others,
  'clients of other protocols': strangers,
}
