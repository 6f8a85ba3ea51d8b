/**
 * JSON written by hand: what is wrong with it, and where. Browsers' own messages differ, and most name no place, so the
 * text is walked once more where one has refused it. Pure.
 */

export interface JsonFault {
  /** In words, without the place. */
  message: string
  /** The first character at fault. */
  position: number
}

/** A text as it reads, or what keeps it from being JSON. */
export function parseJson(text: string): { value: unknown } | { fault: JsonFault } {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return { fault: faultIn(text) }
  }
}

/** The line and the column of a place, counted from 1. */
export function lineOf(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

/** Where a field is named, `reply`, `match.to` or `replies[1]`, or what it is in; undefined where neither is. */
export function placeOfField(text: string, field: string): { start: number; end: number } | undefined {
  for (const name of field.split(/[.[\]]+/).reverse()) {
    const written = `"${name}"`
    const start = text.search(new RegExp(`"${name.replace(/[^\w-]/g, '')}"\\s*:`))
    if (start !== -1) return { start, end: start + written.length }
  }
  return undefined
}

class Refused {
  readonly message: string
  readonly position: number
  constructor(message: string, position: number) {
    this.message = message
    this.position = position
  }
}

const BLANK = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y
const WORD = /(?:true|false|null)(?!\w)/y

function faultIn(text: string): JsonFault {
  let at = 0
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const [found] = pattern.exec(text) ?? []
    at += found?.length ?? 0
    return found !== undefined
  }
  const fail = (expected: string): never => {
    throw new Refused(problemAt(text, at, expected), at)
  }
  const next = () => {
    take(BLANK)
    return text[at]
  }
  /** The members of an object or an array, up to its end. */
  const members = (end: string, member: () => void): void => {
    at += 1
    if (next() === end) {
      at += 1
      return
    }
    for (;;) {
      member()
      const mark = next()
      if (mark !== ',' && mark !== end) fail(`a comma or ${end}`)
      at += 1
      if (mark === end) return
      if (next() === end) {
        at = text.lastIndexOf(',', at)
        throw new Refused(`no comma belongs before ${end}`, at)
      }
    }
  }
  const value = (): void => {
    const first = next()
    if (first === '{') {
      members('}', () => {
        next()
        if (!take(STRING)) fail('the name of a field in "double quotes"')
        if (next() !== ':') fail('a colon')
        at += 1
        value()
      })
    } else if (first === '[') members(']', value)
    else if (!take(STRING) && !take(NUMBER) && !take(WORD)) fail('a value')
  }
  try {
    value()
    if (next() !== undefined) fail('the end')
  } catch (refused) {
    if (refused instanceof Refused) return { message: refused.message, position: refused.position }
    throw refused
  }
  return { message: 'this is no JSON', position: 0 }
}

function problemAt(text: string, at: number, expected: string): string {
  const rest = text.slice(at)
  if (rest === '') return `${expected} is missing`
  if (rest.startsWith('//') || rest.startsWith('/*')) return 'JSON has no comments'
  if (rest.startsWith("'")) return 'texts stand in "double quotes"'
  if (rest.startsWith('"'))
    return expected === 'a value' ? 'this text has no end, or a \\ that means nothing' : `${expected} is missing`
  const [word = rest[0]] = /^[\w$.+-]+/.exec(rest) ?? []
  return `${expected} is missing before ${word}`
}
