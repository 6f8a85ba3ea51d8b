/**
 * The query language: a text is a query or a QueryError that says where; what is written out means the same when it is
 * read again; and whatever is asked of a message has its answer in short pieces of work. The first line of an input is
 * the query, the rest is the message.
 */
import { Contents } from '../../../server/mail/content.js'
import { queryMatcher } from '../../../server/mail/match.js'
import { formatQuery, OPERATOR_NAMES, parseQuery, QueryError } from '../../../server/mail/query.js'
import { append, makeStore } from '../../mail/make.js'
import { promise, type Target } from '../target.js'

export const query: Target = {
  name: 'query',
  tokens: [
    ...OPERATOR_NAMES.map(name => `${name}:`),
    ' ',
    ' OR ',
    ' AND ',
    'NOT ',
    '-',
    '(',
    ')',
    '"',
    '\\"',
    '*',
    '?',
    '/a+/i ',
    '/(a*)*b/ ',
    '/^.*$/ms ',
    '/\\p{L}{1,900}9/ ',
    'a?a?a?',
    '[',
    '{2,9}',
    '10k',
    '2h',
    '2026-01-31',
    'attachment',
    'unread',
    'header:X-A=',
    'ß',
    'İ',
    '\n',
    '\r\n',
    'Subject: a',
    'Content-Type: text/html\r\n\r\n<b>',
    'Content-Transfer-Encoding: base64\r\n\r\n',
    'a',
  ],
  maxBytes: 24 * 1024 * 1024,
  async run(input, turn) {
    const lineEnd = input.indexOf('\n')
    const text = input.toString('utf8', 0, lineEnd < 0 ? input.length : lineEnd)
    const raw = lineEnd < 0 ? Buffer.alloc(0) : input.subarray(lineEnd + 1)
    const loop = { now: () => performance.now(), turn }
    try {
      const read = parseQuery(text)
      await turn()
      const written = formatQuery(read)
      promise(formatQuery(parseQuery(written)) === written, `${written} is read as another query than it is of`)
      await turn()
      const contents = new Contents({ loop })
      const matches = queryMatcher(
        read,
        message => contents.glance(message),
        () => 0,
      )
      const store = makeStore({ maxBytes: 64 * 1024 * 1024 }, loop)
      await append(store, { raw })
      for await (const _message of store.search(message => matches.look(message, loop))) await turn()
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      promise(error.message.length < 10_000, 'an error says more than anybody reads')
    }
  },
}
