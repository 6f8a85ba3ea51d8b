/** The search box's text: what is wrong with it, and how a word of it may go on. Pure. */
import { OPERATOR_NAMES, OPERATORS, parseQuery, QueryError } from '../server/mail/query.js'

/** What is wrong with a query, and where. */
export interface Fault {
  message: string
  fix: string
  /** The first character at fault; the whole text where it is null. */
  position: number | null
  length: number
}

/** What is wrong with a text; null where nothing is, or there is none. */
export function faultOf(text: string): Fault | null {
  if (text.trim() === '') return null
  try {
    parseQuery(text)
    return null
  } catch (error) {
    if (error instanceof QueryError) {
      const { problem, fix, position, length } = error
      return { message: problem, fix, position, length }
    }
    throw error
  }
}

export interface Suggestion {
  /** What takes the word's place. */
  insert: string
  about: string
}

/** The word that ends at the caret, and how it may go on. */
export interface Completion {
  start: number
  end: number
  suggestions: Suggestion[]
}

/** Letters after which a word that could begin an operator is completed without being asked for. */
const UNASKED_LETTERS = 2
const MAX_SUGGESTIONS = 8

/** `isAsked`: the reader wants to see what there is, however little was written. */
export function complete(text: string, caret: number, inboxes: readonly string[], isAsked = false): Completion {
  const [written = ''] = /[^\s()]*$/.exec(text.slice(0, caret)) ?? []
  const word = written.replace(/^-/, '')
  const none = { start: caret - word.length, end: caret, suggestions: [] }
  // Within quotes a blank ends no word.
  if (text.slice(0, caret).split('"').length % 2 === 0) return none
  const [name = '', value] = word.toLowerCase().split(':', 2)
  const operator = OPERATOR_NAMES.find(other => other === name)
  if (value === undefined) {
    if (!isAsked && name.length < UNASKED_LETTERS) return none
    return {
      ...none,
      suggestions: OPERATOR_NAMES.filter(other => other.startsWith(name))
        .map(describe)
        .slice(0, MAX_SUGGESTIONS),
    }
  }
  const values = operator === 'inbox' ? inboxes : operator === undefined ? [] : choicesOf(operator)
  const fitting = values.filter(other => other.toLowerCase().startsWith(value) && other.toLowerCase() !== value)
  return {
    ...none,
    suggestions: fitting.slice(0, MAX_SUGGESTIONS).map(other => ({ insert: `${name}:${other} `, about: '' })),
  }
}

type Name = (typeof OPERATOR_NAMES)[number]

const describe = (name: Name): Suggestion => ({ insert: `${name}:`, about: OPERATORS[name].about })

function choicesOf(name: Name): readonly string[] {
  const operator = OPERATORS[name]
  return 'choices' in operator ? operator.choices : []
}
