/**
 * A filter on its way to a server: checked here, in the words in which the server would refuse it, written as the
 * parameters of a request, and parted into its terms, so that a failure can say which one a message did not pass.
 */
import { matcher } from '../mail/match.js'
import { type Filter, formatQuery, parseQuery } from '../mail/query.js'
import type { Query } from './api.js'

/** Reading a message is the server's: here only what a filter says is asked. */
const unread = (): never => {
  throw new Error('A remote handle reads no message.')
}

const conditionsOf = (filter: Filter) => matcher(filter, unread, Date.now).conditions

/** Throws QueryError where a filter cannot be read. */
export function assertFilter(filter: Filter): void {
  conditionsOf(filter)
}

/** The terms of a filter, each a filter by itself, in the order in which a server asks them. */
export function termsOf(filter: Filter): { shown: string; filter: Filter }[] {
  const byShown = new Map<string, Filter>()
  for (const term of parted(filter)) byShown.set(conditionsOf(term)[0]?.shown ?? '', term)
  return conditionsOf(filter).flatMap(({ shown }) => {
    const term = byShown.get(shown)
    return term ? { shown, filter: term } : []
  })
}

function parted({ q, header, ...fields }: Filter): Filter[] {
  const parts: Filter[] = Object.entries(fields).map(([name, value]) => ({ [name]: value }))
  for (const [name, value] of Object.entries(header ?? {})) parts.push({ header: { [name]: value } })
  if (q === undefined) return parts
  const query = parseQuery(q)
  return [...parts, ...(query.type === 'and' ? query.of : [query]).map(part => ({ q: formatQuery(part) }))]
}

/** A filter as parameters. One parameter tells of one header: of more, the others are put into the query. */
export function paramsOf({ q, header = {}, ...fields }: Filter): Query {
  const [first, ...others] = Object.entries(header).map(([name, value]) => ({ name, value }))
  const terms = others.map(({ name, value }) =>
    formatQuery({
      type: 'term',
      operator: 'header',
      header: name,
      value: value === true || value === '' ? { kind: 'present' } : { kind: 'contains', text: value },
    }),
  )
  const whole = terms.length === 0 || q === undefined ? q : `(${q})`
  return {
    ...fields,
    header: first && (first.value === true ? first.name : `${first.name}=${first.value}`),
    q: [...(whole === undefined ? [] : [whole]), ...terms].join(' ') || undefined,
  }
}
