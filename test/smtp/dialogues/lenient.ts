/** What is taken although a strict server would refuse it, and its warning on the session and on the message. */
import { leniency } from '../../../server/smtp/leniency.js'
import type { Dialogue } from '../play.js'
import { EHLO, GREETING, KEYWORDS, MAIL, SHORT_MAIL } from './openings.js'

const QUEUED = 'S: 250 2.0.0 Ok: queued as id1'

/** A sender as said, as kept, and what it brings. */
function sender(name: string, said: string, from: string, ...warnings: string[]): Dialogue {
  return {
    name,
    says: [...EHLO, `C: MAIL ${said}`, 'S: 250 2.1.0 Ok', ...SHORT_MAIL.slice(2), QUEUED],
    messages: [{ from, warnings }],
    warnings,
  }
}

/** A recipient as said, as kept, and what it brings. */
function recipient(name: string, said: string, to: string, ...warnings: string[]): Dialogue {
  return {
    name,
    says: [...MAIL, `C: RCPT ${said}`, 'S: 250 2.1.5 Ok', ...SHORT_MAIL.slice(4), QUEUED],
    messages: [{ to: [to], warnings }],
    warnings,
  }
}

const paths: Dialogue[] = [
  sender('no brackets', 'FROM:a@b.test', 'a@b.test', leniency.fromWithoutBrackets),
  sender('a blank', 'FROM: <a@b.test>', 'a@b.test', leniency.fromBlank),
  sender('both', 'from: a@b.test SIZE=3', 'a@b.test', leniency.fromBlank, leniency.fromWithoutBrackets),
  sender('lower case and trailing blanks are as the RFC has it', 'from:<a@b.test>   ', 'a@b.test'),
  sender('blanks before the argument', '  FROM:<a@b.test>', 'a@b.test', leniency.extraBlanks),
  sender('blanks between parameters', 'FROM:<a@b.test>  SIZE=1   BODY=7BIT', 'a@b.test', leniency.extraBlanks),
  sender('a source route is kept', 'FROM:<@a.test,@b.test:c@d.test>', '@a.test,@b.test:c@d.test', leniency.sourceRoute),
  sender('no domain', 'FROM:<www-data>', 'www-data', leniency.noDomain),
  sender('dots in a row', 'FROM:<a..b.@c.test>', 'a..b.@c.test', leniency.localPart),
  sender('a colon in the local part', 'FROM:<a:b@c.test>', 'a:b@c.test', leniency.localPart),
  sender('an underscore in the domain', 'FROM:<a@my_host>', 'a@my_host', leniency.domain),
  sender('a hyphen at its end', 'FROM:<a@host->', 'a@host-', leniency.domain),
  sender('an address literal that does not end', 'FROM:<a@[1.2.3.4>', 'a@[1.2.3.4', leniency.domain),
  sender('UTF-8 without SMTPUTF8', 'FROM:<jürgen@müller.test>', 'jürgen@müller.test', leniency.utf8WithoutSmtputf8),
  sender('UTF-8 with it', 'FROM:<jürgen@müller.test> SMTPUTF8', 'jürgen@müller.test'),
  sender('a local part of 64 octets', `FROM:<${'a'.repeat(64)}@b.test>`, `${'a'.repeat(64)}@b.test`),
  sender('of 65', `FROM:<${'a'.repeat(65)}@b.test>`, `${'a'.repeat(65)}@b.test`, leniency.longLocalPart),
  sender('a long domain', `FROM:<a@${'b.'.repeat(127)}cc>`, `a@${'b.'.repeat(127)}cc`, leniency.longDomain),
  recipient('no brackets', 'TO:a@b.test NOTIFY=NEVER', 'a@b.test', leniency.toWithoutBrackets),
  recipient('a blank', 'TO: <a@b.test>', 'a@b.test', leniency.toBlank),
  recipient('a quoted string without brackets', 'TO:"a b>"@c.test', '"a b>"@c.test', leniency.toWithoutBrackets),
  recipient('postmaster without brackets', 'TO:postmaster', 'postmaster', leniency.toWithoutBrackets),
  recipient('a route', 'TO:<@a.test:c@d.test>', '@a.test:c@d.test', leniency.sourceRoute),
  recipient('UTF-8', 'TO:<用户@例子.test>', '用户@例子.test', leniency.utf8WithoutSmtputf8),
]

const lines: Dialogue[] = [
  {
    name: 'a lone LF ends a command line',
    says: [...GREETING, 'C> EHLO client.test\\n', ...KEYWORDS, ...SHORT_MAIL, QUEUED],
    messages: [{ warnings: [leniency.bareLf] }],
    warnings: [leniency.bareLf],
  },
  {
    name: 'HELO without a name is a warning on every message of the session',
    says: [...GREETING, 'C: EHLO', ...KEYWORDS, ...SHORT_MAIL, QUEUED, ...SHORT_MAIL, 'S: 250 2.0.0 Ok: queued as id2'],
    messages: [
      { helo: '', warnings: [leniency.helloWithoutName] },
      { helo: '', warnings: [leniency.helloWithoutName] },
    ],
    warnings: [leniency.helloWithoutName],
  },
  {
    name: 'until another EHLO has one',
    says: [...GREETING, 'C: EHLO', ...KEYWORDS, 'C: EHLO client.test', ...KEYWORDS, ...SHORT_MAIL, QUEUED],
    messages: [{ warnings: [] }],
    warnings: [leniency.helloWithoutName],
  },
  {
    name: 'a name that is none',
    says: [...GREETING, 'C: HELO my_machine', 'S: 250 double.test at your service'],
    warnings: [leniency.helloName],
  },
  {
    name: 'a warning of one message is not on the next, and stands once in the session',
    says: [
      ...EHLO,
      'C: MAIL FROM:a@b.test',
      'S: 250 2.1.0 Ok',
      'C: RSET',
      'S: 250 2.0.0 Ok',
      'C: MAIL FROM:a@b.test',
      'S: 250 2.1.0 Ok',
      ...SHORT_MAIL.slice(2),
      QUEUED,
      ...SHORT_MAIL,
      'S: 250 2.0.0 Ok: queued as id2',
    ],
    messages: [{ warnings: [leniency.fromWithoutBrackets] }, { warnings: [] }],
    warnings: [leniency.fromWithoutBrackets],
  },
  {
    name: 'what was refused brings no warning',
    says: [...EHLO, 'C: MAIL FROM:a@b.test SIZE=x', 'S: 501 5.5.4 *'],
  },
]

const refused: Dialogue[] = [
  ...['\\0', '\\x01', '\\t', '\\x7f', '\\x1b', '\\r', '\\xc2\\x85'].map(control => ({
    name: `a control character is never let in: ${control}`,
    says: [...EHLO, `C> MAIL FROM:<a${control.replace('\\t', '\\x09')}@b.test>\\r\\n`, 'S: 501 5.5.2 *'],
  })),
  {
    name: 'a command hidden behind a lone CR is not a second command',
    says: [...MAIL, 'C> RCPT TO:<a@b.test>\\rDATA\\r\\n', 'S: 501 5.5.2 *'],
  },
  { name: 'bytes that are not UTF-8', says: [...EHLO, 'C> MAIL FROM:<\\xfc@b.test>\\r\\n', 'S: 501 5.5.2 *'] },
  { name: 'such bytes as a command', says: [...EHLO, 'C> \\xfc\\xff\\r\\n', 'S: 500 5.5.2 *'] },
]

export const lenient: Record<string, Dialogue[]> = {
  'paths that are taken with a warning': paths,
  'lines that are taken with a warning': lines,
  'lines that are not taken': refused,
}
