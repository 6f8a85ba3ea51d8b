/** `--smtp-strict`: every leniency becomes the error that the RFC has for it. And `--smtp-without`. */
import type { Keyword } from '../../../server/smtp/extensions.js'
import { leniency } from '../../../server/smtp/leniency.js'
import type { Dialogue } from '../play.js'
import { DATA, EHLO, GREETING, KEYWORDS, MAIL, SHORT_MAIL } from './openings.js'

const QUEUED = 'S: 250 2.0.0 Ok: queued as id1'

/** A dialogue on a strict server, which overlooks nothing. */
function strictly(name: string, says: readonly string[], more: Partial<Dialogue> = {}): Dialogue {
  return { name, says, options: { strict: true }, ...more }
}

const sender = (name: string, said: string, reply: string) =>
  strictly(name, [...EHLO, `C: MAIL ${said}`, `S: ${reply}`])
const recipient = (name: string, said: string, reply: string) =>
  strictly(name, [...MAIL, `C: RCPT ${said}`, `S: ${reply}`])

const paths: Dialogue[] = [
  sender('no brackets', 'FROM:a@b.test', '501 5.1.7 Bad sender address: MAIL FROM without angle brackets'),
  sender('a blank', 'FROM: <a@b.test>', '501 5.1.7 *'),
  sender('no domain', 'FROM:<www-data>', '501 5.1.7 *'),
  sender('dots in a row', 'FROM:<a..b@c.test>', '501 5.1.7 *'),
  sender('an underscore in the domain', 'FROM:<a@my_host>', '501 5.1.7 *'),
  sender('a local part of 65 octets', `FROM:<${'a'.repeat(65)}@b.test>`, '501 5.1.7 *'),
  sender('a long domain', `FROM:<a@${'b.'.repeat(127)}cc>`, '501 5.1.7 *'),
  sender('more than one blank', 'FROM:<a@b.test>  SIZE=1', '501 5.5.2 *'),
  sender('UTF-8 without SMTPUTF8 (RFC 6531 3.5)', 'FROM:<jürgen@müller.test>', '553 5.6.7 *'),
  recipient('no brackets', 'TO:a@b.test', '501 5.1.3 Bad recipient address: RCPT TO without angle brackets'),
  recipient('a blank', 'TO: <a@b.test>', '501 5.1.3 *'),
  recipient('no domain', 'TO:<root>', '501 5.1.3 *'),
  recipient('UTF-8', 'TO:<用户@例子.test>', '553 5.6.7 *'),
  // What the RFC allows stays allowed.
  sender('lower case, trailing blanks', 'from:<a@b.test>   ', '250 2.1.0 Ok'),
  sender('a quoted local part and an address literal', 'FROM:<"a b"@[192.0.2.1]>', '250 2.1.0 Ok'),
  sender('UTF-8 with SMTPUTF8', 'FROM:<jürgen@müller.test> SMTPUTF8', '250 2.1.0 Ok'),
  recipient('postmaster without a domain', 'TO:<postmaster>', '250 2.1.5 Ok'),
  strictly(
    'a source route has to be taken (4.1.1.3), with its warning',
    [...MAIL, 'C: RCPT TO:<@a.test:c@d.test>', 'S: 250 2.1.5 Ok', ...SHORT_MAIL.slice(4), QUEUED],
    { messages: [{ warnings: [leniency.sourceRoute] }], warnings: [leniency.sourceRoute] },
  ),
  strictly(
    'a refused sender opens nothing',
    [...EHLO, 'C: MAIL FROM:a@b.test', 'S: 501 5.1.7 *', 'C: DATA', 'S: 503 5.5.1 *'],
    {
      outcome: /^MAIL was refused: 501 5\.1\.7/,
    },
  ),
  strictly(
    'refused recipients are the reason',
    [...MAIL, 'C: RCPT TO:a@b.test', 'S: 501 5.1.3 *', 'C: DATA', 'S: 554 5.5.1 *', 'C: RSET', 'S: 250 2.0.0 Ok'],
    {
      outcome: /^all recipients were refused: 501 5\.1\.3/,
    },
  ),
]

const lines: Dialogue[] = [
  strictly('a lone LF', [...GREETING, 'C> EHLO client.test\\n', 'S: 500 5.5.2 *', 'C: EHLO client.test', ...KEYWORDS]),
  strictly('more than one blank', [...GREETING, 'C: NOOP  x', 'S: 501 5.5.2 *']),
  strictly('EHLO without a name', [
    ...GREETING,
    'C: EHLO',
    'S: 501 5.5.4 EHLO takes *',
    'C: MAIL FROM:<>',
    'S: 503 5.5.1 *',
  ]),
  strictly('HELO with a name that is none', [...GREETING, 'C: HELO my_machine', 'S: 501 5.5.4 HELO takes *']),
  strictly('a response of a login that ends in a lone LF', [
    ...EHLO,
    'C: AUTH PLAIN',
    'S: 334 ',
    'C> AGEAYg==\\n',
    'S: 500 5.5.2 *',
    'C: NOOP',
    'S: 250 2.0.0 Ok',
  ]),
  strictly(
    'what may be smuggled',
    [...DATA, 'C> a\\n.\\r\\nb\\r\\n.\\r\\n', 'S: 554 5.6.0 *', 'C: NOOP', 'S: 250 2.0.0 Ok'],
    {
      outcome: /^the message was refused: 554 5\.6\.0/,
    },
  ),
  strictly('all as the RFC has it', [...EHLO, ...SHORT_MAIL, QUEUED], { messages: [{ warnings: [] }] }),
]

/** EHLO without keywords. */
const offering = (...hidden: string[]) => [
  ...GREETING,
  'C: EHLO client.test',
  ...KEYWORDS.filter(line => !hidden.includes(line.slice('S: 250-'.length).split(' ')[0] as string)),
]
const withoutEach: [keyword: Keyword, more: readonly string[]][] = [
  ['PIPELINING', []],
  ['SIZE', ['C: MAIL FROM:<a@b.test> SIZE=1', 'S: 555 5.5.4 *']],
  ['SMTPUTF8', ['C: MAIL FROM:<a@b.test> SMTPUTF8', 'S: 555 5.5.4 *']],
  [
    'BINARYMIME',
    ['C: MAIL FROM:<a@b.test> BODY=BINARYMIME', 'S: 555 5.5.4 *', 'C: MAIL FROM:<> BODY=8BITMIME', 'S: 250 2.1.0 Ok'],
  ],
  [
    'DSN',
    [
      'C: MAIL FROM:<a@b.test> RET=FULL',
      'S: 555 5.5.4 *',
      'C: MAIL FROM:<a@b.test> ENVID=a',
      'S: 555 5.5.4 *',
      'C: MAIL FROM:<a@b.test>',
      'S: 250 2.1.0 Ok',
      'C: RCPT TO:<a@b.test> NOTIFY=NEVER',
      'S: 555 5.5.4 *',
      'C: RCPT TO:<a@b.test> ORCPT=rfc822;a',
      'S: 555 5.5.4 *',
    ],
  ],
  [
    'AUTH',
    [
      'C: AUTH PLAIN AGEAYg==',
      'S: 502 5.5.1 *',
      'C: MAIL FROM:<a@b.test> AUTH=<>',
      'S: 555 5.5.4 *',
      'C: HELP AUTH',
      'S: 504 5.5.4 *',
    ],
  ],
]

const without: Dialogue[] = [
  ...withoutEach.map(([keyword, more]) => ({
    name: `without ${keyword}`,
    says: [...offering(keyword), ...more],
    options: { without: [keyword] },
  })),
  {
    name: 'without CHUNKING there is no BINARYMIME, and what BDAT would bring is commands',
    says: [
      ...offering('CHUNKING', 'BINARYMIME'),
      'C: BDAT 6',
      'S: 502 5.5.1 BDAT is not offered by this server',
      'C: NOOP',
      'S: 250 2.0.0 Ok',
      'C: MAIL FROM:<a@b.test> BODY=BINARYMIME',
      'S: 555 5.5.4 *',
    ],
    options: { without: ['CHUNKING'] },
  },
  {
    name: 'without 8BITMIME there is no BINARYMIME and no BODY',
    says: [...offering('8BITMIME', 'BINARYMIME'), 'C: MAIL FROM:<a@b.test> BODY=7BIT', 'S: 555 5.5.4 *'],
    options: { without: ['8BITMIME'] },
  },
  {
    name: 'without ENHANCEDSTATUSCODES no reply bears one (RFC 2034 4)',
    says: [
      ...offering('ENHANCEDSTATUSCODES'),
      'C: FOO',
      'S: 500 Unknown command FOO; HELP lists the commands',
      'C: QUIT',
      'S: 221 Bye',
    ],
    options: { without: ['ENHANCEDSTATUSCODES'] },
    ended: true,
  },
  {
    name: 'without HELP',
    says: [
      ...offering('HELP').map(line => line.replace('250-AUTH', '250 AUTH')),
      'C: HELP',
      'S: 502 5.5.1 HELP is not offered by this server',
    ],
    options: { without: ['HELP'] },
  },
  {
    name: 'without STARTTLS, though there is a certificate',
    says: [...EHLO, 'C: STARTTLS', 'S: 502 5.5.1 *'],
    options: { tls: true, without: ['STARTTLS'] },
  },
]

export const strict: Record<string, Dialogue[]> = {
  'strict: paths': paths,
  'strict: lines and bodies': lines,
  'what is not offered': without,
}
