/**
 * The text of a query -> its terms. Pure, in one pass, and never more than a QueryError for any text, which says which
 * characters are at fault, why, and what to write instead: the page shows it where it is.
 *
 *     query  = and *( "OR" and )                      OR, AND and NOT in capitals only: in small letters they are words
 *     and    = not *( ["AND"] not )
 *     not    = *( "-" / "NOT" ) ( "(" query ")" / term )
 *     term   = [ operator ":" ] value                 header:Name, header:Name=value
 *     value  = [ "=" ] ( quoted / word ) / "/" regex "/" flags
 *
 * A word goes to the next blank or parenthesis. An operator that nobody knows is an error and not a word: who mistypes
 * `from:` must not be told that nothing, or everything, matches.
 */
import type { OperatorName, Place, Query, TermNode, Value } from './terms.js'
import { both, either, MAX_CHARACTERS, OPERATOR_NAMES, OPERATORS, QueryError } from './terms.js'
import { isFieldName, readValue, regexEnd } from './values.js'

/** Terms of a query: each is asked of every message. */
const MAX_TERMS = 256
/** Regular expressions among them: it takes some milliseconds to make one of `\p{L}{1,900}` ready. */
const MAX_PATTERNS = 16
/** Parentheses and negations within each other: reading them is recursive. */
const MAX_DEPTH = 64

/** A value that was read, and where it ends. */
interface Written {
  value: Value
  end: number
}

/** Reads the text of a query. Throws QueryError. */
export function parseQuery(text: string): Query {
  return new Parser(text).run()
}

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0
  #terms = 0
  #patterns = 0

  constructor(text: string) {
    this.#text = text
  }

  run(): Query {
    if (this.#text.length > MAX_CHARACTERS)
      this.#fail(
        MAX_CHARACTERS,
        this.#text.length - MAX_CHARACTERS,
        `a query has at most ${MAX_CHARACTERS} characters`,
        'Shorten it.',
      )
    if (this.#text.trim() === '') this.#fail(0, 0, 'the query is empty', 'Leave it out, or give it a word.')
    const query = this.#or()
    if (this.#at < this.#text.length)
      this.#fail(this.#at, 1, 'this parenthesis closes nothing', 'Remove it, or put the word with it into "quotes".')
    return query
  }

  #or(): Query {
    const of = [this.#and('a query')]
    while (this.#takeKeyword('OR')) of.push(this.#and('what comes after OR'))
    return either(of)
  }

  /** `what` names what is missing where there is not one term. */
  #and(what: string): Query {
    const of: Query[] = []
    for (;;) {
      this.#skipBlanks()
      if (of.length === 0 && this.#isKeyword('AND')) this.#failMissing('what comes before AND')
      if (this.#takeKeyword('AND')) {
        of.push(this.#not('what comes after AND'))
      } else if (this.#at === this.#text.length || this.#peek() === ')' || this.#isKeyword('OR')) {
        if (of.length === 0) this.#failMissing(this.#isKeyword('OR') ? 'what comes before OR' : what)
        return both(of)
      } else {
        of.push(this.#not(what))
      }
    }
  }

  #not(what: string): Query {
    this.#skipBlanks()
    const start = this.#at
    if (this.#peek() === '-' && (this.#text[start + 1] === '(' || !isEnd(this.#text[start + 1]))) this.#at += 1
    else if (!this.#takeKeyword('NOT')) return this.#primary(what)
    return { type: 'not', of: this.#within(start, () => this.#not('what is not to be')) }
  }

  #primary(what: string): Query {
    const start = this.#at
    if (start === this.#text.length || this.#peek() === ')' || this.#isKeyword('OR') || this.#isKeyword('AND'))
      this.#failMissing(what)
    if (this.#peek() !== '(') return this.#term()
    this.#at += 1
    const query = this.#within(start, () => this.#or())
    if (this.#peek() !== ')')
      this.#fail(start, 1, 'this parenthesis is not closed', 'Close it, or put the word with it into "quotes".')
    this.#at += 1
    return query
  }

  #within(start: number, read: () => Query): Query {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH)
      this.#fail(start, 1, `parentheses go at most ${MAX_DEPTH} deep`, 'Write the query without some of them.')
    const query = read()
    this.#depth -= 1
    return query
  }

  #term(): TermNode {
    const start = this.#at
    this.#terms += 1
    if (this.#terms > MAX_TERMS) this.#fail(start, 1, `a query has at most ${MAX_TERMS} terms`, 'Shorten it.')
    const operator = this.#operator()
    const header = operator === 'header' ? this.#headerName(start) : undefined
    const written: Written =
      header !== undefined && this.#text[this.#at - 1] !== '='
        ? { value: { kind: 'present' }, end: this.#at }
        : this.#value(operator, start)
    this.#at = written.end
    const place = { position: start, length: this.#at - start }
    if (written.value.kind === 'regex' && ++this.#patterns > MAX_PATTERNS)
      this.#fail(
        start,
        place.length,
        `a query has at most ${MAX_PATTERNS} regular expressions`,
        'Say more in each: /one|other/.',
      )
    return { type: 'term', operator, ...(header !== undefined && { header }), value: written.value, place }
  }

  /** The operator here, taken with its colon. */
  #operator(): OperatorName {
    const start = this.#at
    OPERATOR_SHAPE.lastIndex = start
    const written = OPERATOR_SHAPE.exec(this.#text)?.[1]
    if (written === undefined) return 'word'
    const name = OPERATOR_NAMES.find(known => known === written.toLowerCase())
    if (!name)
      this.#fail(
        start,
        written.length + 1,
        `there is no operator "${written}:"`,
        `Use ${OPERATOR_NAMES.map(known => `${known}:`).join(' ')} or put the word into "quotes".`,
      )
    this.#at += written.length + 1
    return name
  }

  /** The name of a header, taken with the `=` after it. */
  #headerName(start: number): string {
    const nameStart = this.#at
    const end = this.#wordEnd(nameStart)
    const equals = this.#text.indexOf('=', nameStart)
    const nameEnd = equals === -1 || equals > end ? end : equals
    const name = this.#text.slice(nameStart, nameEnd)
    if (!isFieldName(name))
      this.#fail(
        start,
        Math.max(nameEnd, nameStart) - start,
        name === '' ? 'header: names no header' : `"${name}" is not a header's name`,
        'Write header:Name for "it is there", or header:Name=value.',
      )
    this.#at = nameEnd < end && this.#text[nameEnd] === '=' ? nameEnd + 1 : nameEnd
    return name
  }

  #value(operator: OperatorName, start: number): Written {
    const at = this.#at
    const first = this.#text[at]
    if (first === '"') {
      const { text, end } = this.#quoted(at)
      return { value: this.#read(operator, { type: 'quoted', text }, start, end), end }
    }
    if (first === '=' && this.#text[at + 1] === '"') {
      const { text, end } = this.#quoted(at + 1)
      return { value: this.#read(operator, { type: 'exact', text }, start, end), end }
    }
    if (first === '/' && takesText(operator)) return this.#regex(operator, start)
    const end = this.#wordEnd(at)
    const word = this.#text.slice(at, end)
    if (word === '') {
      const name = this.#text.slice(start, at)
      this.#fail(start, at - start, `${name} has no value`, `Write it right after: ${name}welcome.`)
    }
    return { value: this.#read(operator, { type: 'bare', text: word }, start, end), end }
  }

  #read(operator: OperatorName, written: Parameters<typeof readValue>[1], start: number, end: number): Value {
    return readValue(operator, written, { field: 'q', place: { position: start, length: end - start } })
  }

  #quoted(start: number): { text: string; end: number } {
    let text = ''
    for (let at = start + 1; at < this.#text.length; at++) {
      const character = this.#text[at] as string
      if (character === '"') return { text, end: at + 1 }
      const next = this.#text[at + 1]
      if (character === '\\' && (next === '"' || next === '\\')) {
        text += next
        at += 1
      } else text += character
    }
    return this.#fail(start, this.#text.length - start, 'this quote is not closed', 'Close it with another ".')
  }

  #regex(operator: OperatorName, start: number): Written {
    const at = this.#at
    const close = regexEnd(this.#text, at)
    if (close === -1)
      this.#fail(
        at,
        this.#text.length - at,
        'this regular expression is not closed',
        'End it with a /, or put what begins with a / into "quotes".',
      )
    const end = this.#wordEnd(close + 1)
    return { value: this.#read(operator, { type: 'bare', text: this.#text.slice(at, end) }, start, end), end }
  }

  /** Where the word that begins at `start` ends. */
  #wordEnd(start: number): number {
    let end = start
    while (!isEnd(this.#text[end])) end += 1
    return end
  }

  #isKeyword(keyword: string): boolean {
    return this.#text.startsWith(keyword, this.#at) && isEnd(this.#text[this.#at + keyword.length])
  }

  #takeKeyword(keyword: string): boolean {
    if (!this.#isKeyword(keyword)) return false
    this.#at += keyword.length
    return true
  }

  #skipBlanks(): void {
    while (this.#at < this.#text.length && BLANK.test(this.#text[this.#at] as string)) this.#at += 1
  }

  #peek(): string | undefined {
    return this.#text[this.#at]
  }

  #failMissing(what: string): never {
    this.#fail(this.#at, 0, `${what} is missing`, 'Write a term there, or put the word before it into "quotes".')
  }

  #fail(position: number, length: number, message: string, fix: string): never {
    const place: Place = { position, length }
    throw new QueryError('q', message, fix, place)
  }
}

const BLANK = /\s/
/** A name and a colon; an address of the web is a word. */
const OPERATOR_SHAPE = /([a-z][a-z-]*):(?!\/\/)/iy

/** Whether a word ends before this character. */
function isEnd(character: string | undefined): boolean {
  return character === undefined || character === ')' || character === '(' || BLANK.test(character)
}

function takesText(operator: OperatorName): boolean {
  const { takes } = OPERATORS[operator]
  return takes === 'text' || takes === 'running text' || takes === 'header'
}

/** The query as text that reads as the same query: how terms are shown to people. */
export function formatQuery(query: Query): string {
  switch (query.type) {
    case 'term':
      return formatTerm(query)
    case 'not':
      return `-${within(query.of)}`
    case 'or':
      return query.of.map(of => (of.type === 'or' ? within(of) : formatQuery(of))).join(' OR ')
    case 'and':
      return query.of.map(of => (of.type === 'term' || of.type === 'not' ? formatQuery(of) : within(of))).join(' ')
  }
}

function within(query: Query): string {
  return query.type === 'and' || query.type === 'or' ? `(${formatQuery(query)})` : formatQuery(query)
}

function formatTerm({ operator, header, value }: TermNode): string {
  if (value.kind === 'present') return `header:${header}`
  const name = operator === 'word' ? '' : header === undefined ? `${operator}:` : `header:${header}=`
  return name + formatValue(value, name === '')
}

function formatValue(value: Exclude<Value, { kind: 'present' }>, isFree: boolean): string {
  switch (value.kind) {
    case 'contains':
    case 'name':
      return isBare(value.text, isFree) ? value.text : quoted(value.text)
    case 'exact':
      return `=${quoted(value.text)}`
    case 'glob':
      return value.text
    case 'regex':
      return `/${value.source}/${value.flags}`
    case 'choice':
      return value.choice
    case 'size':
      return String(value.bytes)
    case 'moment':
      return new Date(value.timeMs).toISOString()
    case 'age':
      return `${value.ageMs}ms`
  }
}

/** Whether a text reads as itself without quotes. */
function isBare(text: string, isFree: boolean): boolean {
  if (text === '' || /[\s()*?\\]|^["=/]/.test(text)) return false
  return !isFree || !(/^-.|^(?:OR|AND|NOT)$/.test(text) || /^[a-z][a-z-]*:(?!\/\/)/i.test(text))
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}
