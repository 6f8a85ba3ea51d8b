/** What is said after a login: RFC 1939 5, 6 and 7. */
import type { Dialogue } from '../play.js'
import { GREETING, LOGIN, loggedIn, TWO_MESSAGES } from './openings.js'

/** A dialogue on an open mailbox of two messages. */
function inTwo(name: string, says: readonly string[], more: Partial<Dialogue> = {}): Dialogue {
  return { name, says: [...LOGIN, ...says], messages: TWO_MESSAGES, opened: ['ada'], ...more }
}

/** RETR of one message: what goes over the wire. */
function sends(name: string, raw: string, wire: string): Dialogue {
  const octets = raw.replace(/\\(?:x..|.)/g, '.').length
  return {
    name,
    messages: [raw],
    says: [
      ...loggedIn(1, octets),
      'C: RETR 1',
      `S: +OK ${octets} octets`,
      `S> ${wire}`,
      'C: NOOP',
      'S: +OK nothing done',
    ],
    opened: ['ada'],
    outcome: 'fetched 1 message',
  }
}

/** TOP of one message. */
function tops(name: string, raw: string, lines: number, wire: string): Dialogue {
  const octets = raw.replace(/\\(?:x..|.)/g, '.').length
  return {
    name,
    messages: [raw],
    says: [...loggedIn(1, octets), `C: TOP 1 ${lines}`, 'S: +OK *', `S> ${wire}`],
    opened: ['ada'],
    outcome: 'looked into 1 message',
  }
}

const listings: Dialogue[] = [
  inTwo('STAT', ['C: STAT', 'S: +OK 2 22']),
  inTwo('LIST', ['C: LIST', 'S: +OK 2 messages (22 octets)', 'S: 1 13', 'S: 2 9', 'S: .']),
  inTwo('LIST of one', ['C: LIST 2', 'S: +OK 2 9']),
  inTwo('UIDL', ['C: UIDL', 'S: +OK *', 'S: 1 id1', 'S: 2 id2', 'S: .']),
  inTwo('UIDL of one', ['C: UIDL 1', 'S: +OK 1 id1']),
  inTwo('NOOP', ['C: NOOP', 'S: +OK nothing done']),
  {
    name: 'an empty mailbox',
    says: [...loggedIn(0, 0), 'C: LIST', 'S: +OK *', 'S: .', 'C: RETR 1', 'S: -ERR there are no messages'],
    opened: ['ada'],
  },
]

const numbers: Dialogue[] = ['0', '3', '-1', '+1', '1.0', 'x', '99999999999', '1e0'].map(number =>
  inTwo(`RETR ${number}`, [`C: RETR ${number}`, 'S: -ERR the messages are 1 to 2']),
)

const syntax: Dialogue[] = [
  inTwo('RETR without a number', ['C: RETR', 'S: -ERR say RETR <message>']),
  inTwo('TOP without lines', ['C: TOP 1', 'S: -ERR say TOP <message> <lines>']),
  inTwo('TOP of less than no lines', ['C: TOP 1 -1', 'S: -ERR say TOP <message> <lines>']),
  inTwo('STAT with an argument', ['C: STAT 1', 'S: -ERR say STAT']),
  inTwo('blanks between and behind', ['C: LIST   2  ', 'S: +OK 2 9']),
  inTwo('an unknown command', ['C: XYZZY', 'S: -ERR there is no such command']),
  inTwo('an empty line', ['C: ', 'S: -ERR there is no such command']),
  inTwo('a lone line feed ends a line, too', ['C> STAT\\n', 'S: +OK 2 22']),
  inTwo('a control character', ['C> NOOP\\0\\r\\n', 'S: -ERR the line has a control character']),
]

const content: Dialogue[] = [
  sends('a message goes out as it is', 'A: 1\\r\\n\\r\\nx\\r\\n', 'A: 1\\r\\n\\r\\nx\\r\\n.\\r\\n'),
  sends('CRLF is added where the last one is missing', 'A: 1\\r\\n\\r\\nx', 'A: 1\\r\\n\\r\\nx\\r\\n.\\r\\n'),
  sends('and behind a lone CR or LF', 'x\\n', 'x\\n\\r\\n.\\r\\n'),
  sends('a lone CR', 'x\\r', 'x\\r\\r\\n.\\r\\n'),
  sends('an empty message', '', '.\\r\\n'),
  sends('dots behind CRLF are stuffed', '.\\r\\n..\\r\\n.x\\r\\n', '..\\r\\n...\\r\\n..x\\r\\n.\\r\\n'),
  sends('and no others', 'a.\\n.\\n\\r.\\r\\n', 'a.\\n.\\n\\r.\\r\\n.\\r\\n'),
  sends('any bytes', 'A: \\0\\xff\\x80\\r\\n', 'A: \\0\\xff\\x80\\r\\n.\\r\\n'),
  inTwo(
    'one after the other',
    [
      'C: RETR 2',
      'S: +OK 9 octets',
      'S> B: 2\\r\\n\\r\\ny\\r\\n.\\r\\n',
      'C: RETR 2',
      'S: +OK 9 octets',
      'S> B: 2\\r\\n\\r\\ny\\r\\n.\\r\\n',
    ],
    {
      outcome: 'fetched 2 messages',
    },
  ),
  tops('TOP 0 has the blank line', 'A: 1\\r\\n\\r\\nx\\r\\ny\\r\\n', 0, 'A: 1\\r\\n\\r\\n.\\r\\n'),
  tops('TOP 1', 'A: 1\\r\\n\\r\\nx\\r\\ny\\r\\n', 1, 'A: 1\\r\\n\\r\\nx\\r\\n.\\r\\n'),
  tops('TOP of as many as there are', 'A: 1\\r\\n\\r\\nx\\r\\ny', 2, 'A: 1\\r\\n\\r\\nx\\r\\ny\\r\\n.\\r\\n'),
  tops('TOP of more', 'A: 1\\r\\n\\r\\n\\r\\n', 9, 'A: 1\\r\\n\\r\\n\\r\\n.\\r\\n'),
  tops('TOP stuffs dots', 'A: 1\\r\\n\\r\\n.\\r\\n.\\r\\n', 1, 'A: 1\\r\\n\\r\\n..\\r\\n.\\r\\n'),
  tops('TOP where lines end in a lone line feed', 'A: 1\\n\\nx\\ny\\n', 1, 'A: 1\\n\\nx\\n\\r\\n.\\r\\n'),
  tops('TOP without a body', 'A: 1\\r\\n', 1, 'A: 1\\r\\n.\\r\\n'),
]

const MARKED = ['C: DELE 1', 'S: +OK message 1 goes at QUIT']

const deletions: Dialogue[] = [
  inTwo('DELE and QUIT', [...MARKED, 'C: QUIT', 'S: +OK bye; 1 message deleted'], {
    removed: ['id1'],
    ended: true,
    outcome: 'deleted 1 message',
  }),
  inTwo('both', ['C: DELE 2', 'S: +OK *', ...MARKED, 'C: QUIT', 'S: +OK bye; 2 messages deleted'], {
    removed: ['id2', 'id1'],
    ended: true,
  }),
  inTwo(
    'keep mode: QUIT alone',
    ['C: RETR 2', 'S: +OK *', 'S> B: 2\\r\\n\\r\\ny\\r\\n.\\r\\n', 'C: QUIT', 'S: +OK bye'],
    {
      ended: true,
      outcome: 'fetched 1 message',
    },
  ),
  inTwo('what is marked is not there any more, and the numbers stay', [
    ...MARKED,
    ...['C: STAT', 'S: +OK 1 9', 'C: LIST', 'S: +OK 1 message (9 octets)', 'S: 2 9', 'S: .'],
    ...['C: UIDL', 'S: +OK *', 'S: 2 id2', 'S: .'],
    ...['RETR 1', 'LIST 1', 'DELE 1'].flatMap(command => [
      `C: ${command}`,
      'S: -ERR message 1 is marked as deleted; RSET takes that back',
    ]),
  ]),
  inTwo(
    'RSET takes it back',
    [...MARKED, 'C: RSET', 'S: +OK nothing is deleted: 2 messages (22 octets)', 'C: QUIT', 'S: +OK bye'],
    {
      ended: true,
    },
  ),
  ...(['end', 'idle'] as const).map(interrupt =>
    inTwo(`without QUIT nothing is deleted: ${interrupt}`, MARKED, {
      interrupt,
      outcome: /^logged in, fetched nothing; 1 marked as deleted and kept, since .* before QUIT$/,
    }),
  ),
  inTwo('nor at a shutdown', [...MARKED, 'S: -ERR [SYS/TEMP] the server is shut down'], { interrupt: 'shutdown' }),
]

const evicted: Dialogue[] = [
  inTwo(
    'a message that has left meanwhile',
    [
      'C: RETR 1',
      'S: -ERR message 1 was there at login and is no more*',
      'C: TOP 1 0',
      'S: -ERR *',
      'C: STAT',
      'S: +OK 2 22',
    ],
    {
      evicted: [1],
    },
  ),
  inTwo('is deleted all the same', [...MARKED, 'C: QUIT', 'S: +OK bye; 1 message deleted'], {
    evicted: [1],
    removed: ['id1'],
    ended: true,
  }),
]

const pipelining: Dialogue[] = [
  {
    name: 'everything at once',
    messages: ['x\\r\\n'],
    says: [
      ...GREETING,
      'C> USER a\\r\\nPASS b\\r\\nSTAT\\r\\nRETR 1\\r\\nDELE 1\\r\\nQUIT\\r\\nSTAT\\r\\n',
      ...['S: +OK now the password', 'S: +OK 1 message (3 octets)', 'S: +OK 1 3', 'S: +OK 3 octets', 'S: x', 'S: .'],
      ...['S: +OK message 1 goes at QUIT', 'S: +OK bye; 1 message deleted'],
    ],
    opened: ['a'],
    removed: ['id1'],
    ended: true,
    outcome: 'fetched 1 message, deleted 1',
  },
]

export const mail = {
  'what is there': listings,
  'numbers of messages': numbers,
  'lines that are none': syntax,
  'RETR and TOP': content,
  deletions,
  'messages that leave meanwhile': evicted,
  pipelining,
}
