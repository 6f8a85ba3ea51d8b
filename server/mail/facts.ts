/**
 * Queries while a message is still on its way: at which stage of a session a query can be answered, and its answer from
 * what is known so far. For rules, which have to decide at RCPT what a list decides afterwards. Pure.
 */
import { textTest } from './compare.js'
import type { OperatorName, Query, Stage, TermNode, TextValue } from './terms.js'
import { operatorOf, STAGES, termsOf } from './terms.js'

/** What is known of a transaction. A field left out is not known yet; null says that there is none. */
export interface Facts {
  readonly helo?: string | null | undefined
  readonly user?: string | null | undefined
  readonly mailFrom?: string | undefined
  /** The recipient that is being named; of a whole message, all of them. */
  readonly recipients?: readonly string[] | undefined
  readonly inboxes?: readonly string[] | undefined
}

/** The texts that an operator compares with, by what is known of a transaction. Undefined: not known yet. */
export const FACT_TEXTS: { readonly [name in OperatorName]?: (facts: Facts) => readonly string[] | undefined } = {
  helo: ({ helo }) => textsOf(helo),
  user: ({ user }) => textsOf(user),
  'mail-from': ({ mailFrom }) => textsOf(mailFrom),
  'rcpt-to': ({ recipients }) => recipients,
  to: ({ recipients }) => recipients,
  inbox: ({ inboxes }) => inboxes,
}

function textsOf(text: string | null | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : text === null ? [] : [text]
}

/** The earliest stage at which every term of a query can be answered. */
export function stageOf(query: Query): Stage {
  const latest = Math.max(0, ...termsOf(query).map(({ operator }) => STAGES.indexOf(operatorOf(operator).stage)))
  return STAGES[latest] as Stage
}

/** The terms of a query that cannot be answered yet at a stage: a rule with one would never match. */
export function unknownAt(query: Query, stage: Stage): TermNode[] {
  const reached = STAGES.indexOf(stage)
  return termsOf(query).filter(({ operator }) => STAGES.indexOf(operatorOf(operator).stage) > reached)
}

/** Whether facts fit; undefined while they do not decide it. */
export type FactsTest = (facts: Facts) => boolean | undefined

/**
 * The test of a query on what is known so far. What is not known decides nothing by itself, but `a OR b` is true as soon
 * as one is, and `a b` is false as soon as one is. Throws QueryError for a regular expression that cannot be read.
 */
export function factsTest(query: Query): FactsTest {
  switch (query.type) {
    case 'term':
      return termTest(query)
    case 'not': {
      const test = factsTest(query.of)
      return facts => {
        const answer = test(facts)
        return answer === undefined ? undefined : !answer
      }
    }
    case 'and':
      return combined(query.of.map(factsTest), false)
    case 'or':
      return combined(query.of.map(factsTest), true)
  }
}

/** The answer is `decisive` as soon as one test says so, and known only once all are. */
function combined(tests: readonly FactsTest[], decisive: boolean): FactsTest {
  return facts => {
    let answer: boolean | undefined = !decisive
    for (const test of tests) {
      const one = test(facts)
      if (one === decisive) return decisive
      if (one === undefined) answer = undefined
    }
    return answer
  }
}

function termTest({ operator, value, place }: TermNode): FactsTest {
  const texts = FACT_TEXTS[operator]
  if (!texts) return () => undefined
  const test = textTest(value as TextValue, operatorOf(operator).takes, {
    field: place ? 'q' : operator,
    ...(place && { place }),
  })
  return facts => texts(facts)?.some(test)
}
