/** What tests of queries share: the error of a reading, and queries of every shape. */
import fc from 'fast-check'
import { HAS, IS, OPERATOR_NAMES, OPERATORS, type Query, QueryError } from '../../server/mail/query.js'
import { both, either, type OperatorName, type TermNode, type Value } from '../../server/mail/terms.js'

/** The QueryError that `read` throws; anything else that it throws is a defect. */
export function errorOf(read: () => unknown): QueryError {
  try {
    read()
  } catch (error) {
    if (error instanceof QueryError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const text = fc.string({ minLength: 1, unit: fc.constantFrom(...'aB1 ()"\\*?/=-:@.<>ÄßK\n') })
const glob = fc
  .array(fc.constantFrom('a', 'B', '*', '?', '\\*', '@', '.', '\\a'), { minLength: 1, maxLength: 8 })
  .map(parts => parts.join(''))
  .map(written => (/(?<!\\)[*?]/.test(written) ? written : `${written}*`))
const regex = fc.constantFrom('a+', '^Re: ', '[/)] x', '\\/(a|b)', 'K')

function valueFor(name: OperatorName): fc.Arbitrary<Value> {
  const { takes } = OPERATORS[name]
  switch (takes) {
    case 'choice':
      return fc.constantFrom<string>(...(name === 'has' ? HAS : IS)).map(choice => ({ kind: 'choice', choice }))
    case 'size':
      return fc.nat().map(bytes => ({ kind: 'size', bytes }))
    case 'age':
      return fc.nat().map(ageMs => ({ kind: 'age', ageMs }))
    case 'moment':
      return fc.nat({ max: 4e12 }).map(timeMs => ({ kind: 'moment', timeMs }))
    case 'name':
      return text.map(name => ({ kind: 'name', text: name }))
    default:
      return fc.oneof(
        text.map((contained): Value => ({ kind: 'contains', text: contained })),
        text.map((whole): Value => ({ kind: 'exact', text: name === 'mail-from' && whole === '<>' ? '' : whole })),
        glob.map((written): Value => ({ kind: 'glob', text: written })),
        fc
          .tuple(regex, fc.constantFrom('', 'i', 'ms'))
          .map(([source, flags]): Value => ({ kind: 'regex', source, flags })),
      )
  }
}

/** A term of any operator. */
export const anyTerm: fc.Arbitrary<TermNode> = fc
  .constantFrom<OperatorName>('word', 'word', 'word', ...OPERATOR_NAMES)
  .chain(operator =>
    operator === 'header'
      ? fc
          .tuple(fc.constantFrom('X-Id', 'Subject', 'x!y'), fc.option(valueFor('header')))
          .map(([header, value]): TermNode => ({ type: 'term', operator, header, value: value ?? { kind: 'present' } }))
      : valueFor(operator).map((value): TermNode => ({ type: 'term', operator, value })),
  )

/** A query of any shape. */
export const anyQuery: fc.Arbitrary<Query> = fc.letrec<{ query: Query }>(tie => ({
  query: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    anyTerm,
    fc.array(tie('query'), { minLength: 2, maxLength: 3 }).map(both),
    fc.array(tie('query'), { minLength: 2, maxLength: 3 }).map(either),
    tie('query').map((of): Query => ({ type: 'not', of })),
  ),
})).query

/** A query without the places of its terms. */
export function withoutPlaces(query: Query): Query {
  if (query.type === 'term') {
    const { place: _, ...term } = query
    return term
  }
  return query.type === 'not'
    ? { ...query, of: withoutPlaces(query.of) }
    : { ...query, of: query.of.map(withoutPlaces) }
}
