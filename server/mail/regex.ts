/**
 * Regular expressions of strangers, on an engine that takes linear time (re2js), so that no pattern can hold the event
 * loop. It is loaded when the first pattern comes: listening needs none of its 260 kB.
 */
import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { QueryError } from './terms.js'
import type { Blame } from './values.js'

/** Characters of a text that a pattern is tried on: some 10 ms of the engine's work. */
export const MAX_PATTERN_CHARACTERS = 256 * 1024
/** Instructions of a pattern times characters: `{1,900}` has as many states at each character. Less than 100 ms of work. */
const MAX_PATTERN_STEPS = 3_000_000

type Engine = { readonly RE2JS: typeof RE2JS }
let loaded: Engine | undefined

// Not `import()`, which would make every matcher a promise for the sake of a few.
function engine(): Engine['RE2JS'] {
  loaded ??= createRequire(import.meta.url)('re2js') as Engine
  return loaded.RE2JS
}

/** What linear time cannot do, as it is written: lookaround, and references to what a group took. */
const BEYOND = /\(\?<?[=!]|\\[1-9]|\\k</

/** The test of a pattern. Throws QueryError where the engine cannot read it. */
export function compileRegex(source: string, flags: string, blame: Blame): (text: string) => boolean {
  const re = engine()
  let bits = 0
  if (flags.includes('i')) bits |= re.CASE_INSENSITIVE
  if (flags.includes('m')) bits |= re.MULTILINE
  if (flags.includes('s')) bits |= re.DOTALL
  let pattern: RE2JS
  try {
    pattern = re.compile(re.translateRegExp(source), bits)
  } catch (error) {
    throw unreadable(source, error as Error, blame)
  }
  const maxCharacters = Math.min(MAX_PATTERN_CHARACTERS, Math.floor(MAX_PATTERN_STEPS / pattern.programSize()))
  const literal = literalOf(source, flags)
  const hasLiteral = flags.includes('i')
    ? (text: string) => text.toLowerCase().includes(literal)
    : (text: string) => text.includes(literal)
  return text => {
    const looked = text.length > maxCharacters ? text.slice(0, maxCharacters) : text
    return hasLiteral(looked) && pattern.test(looked)
  }
}

function unreadable(source: string, error: Error, blame: Blame): QueryError {
  if (BEYOND.test(source))
    return new QueryError(
      blame.field,
      `/${source}/ uses lookaround or a backreference, which cannot be matched in linear time`,
      'Write the pattern without it.',
      blame.place,
    )
  const reason = error.message.replace(/^error parsing regexp: /, '')
  return new QueryError(blame.field, `/${source}/ is no regular expression: ${reason}`, 'Correct it.', blame.place)
}

/**
 * The longest run of characters that a match has to contain, as far as it can be told at a glance: looking for it is a
 * hundred times faster than the engine. In lower case where case does not count, and then without the characters that
 * have more than two cases. Empty where there is none.
 */
export function literalOf(source: string, flags: string): string {
  if (source.includes('|') || source.includes('(?')) return ''
  const anyCase = flags.includes('i')
  let longest = ''
  let run = ''
  let depth = 0
  const end = () => {
    if (run.length > longest.length) longest = run
    run = ''
  }
  for (let at = 0; at < source.length; at++) {
    const character = source[at] as string
    if (character === '[') {
      end()
      const close = source.indexOf(']', at + 2)
      if (close === -1 || source.slice(at, close).includes('\\') || source.slice(at + 1, close).includes('[')) return ''
      at = close
    } else if (character === '\\') {
      // Q begins a stretch in which nothing has a meaning.
      if (source[at + 1] === 'Q') return ''
      end()
      at += 1
      // What follows may belong to the escape: \x41, \u0041, \p{L}.
      if (/[xupPc0-9]/.test(source[at] ?? '')) return ''
    } else if (character === '(') {
      end()
      depth += 1
    } else if (character === ')') {
      end()
      depth -= 1
    } else if ('?*{+'.includes(character)) {
      run = run.slice(0, -1)
      end()
      if (character === '{') {
        const close = source.indexOf('}', at)
        if (close === -1) return ''
        at = close
      }
    } else if ('.^$'.includes(character)) end()
    else if (anyCase && /[sk]|[^\0-\x7f]/i.test(character)) end()
    else if (depth === 0) run += character
  }
  end()
  return anyCase ? longest.toLowerCase() : longest
}
