/**
 * Flags and the values behind them: the kinds of values, how they are read, and how a table of them becomes a command
 * line and its help. What options there are is said in options.ts, and what flags a command has beside the command. Pure.
 */
import { parseArgs } from 'node:util'
import { nearest } from './nearest.js'
import { parseDurationMs, parseSize } from './units.js'

/** A wrong option: which one, what was wrong, what to do. The message says it all. */
export class OptionError extends Error {
  override readonly name = 'OptionError'
  /** Which option, and what was wrong with it. */
  readonly problem: string
  /** What to do about it. */
  readonly fix: string

  constructor(problem: string, fix: string) {
    super(`${problem}\n${fix}`)
    this.problem = problem
    this.fix = fix
  }
}

/** A way to read a value, which may come as text (flag, environment) or as JSON (config file, in-process). */
export interface Kind<T> {
  /** How help shows the value; empty for a switch. */
  readonly shown: string
  /** What a value has to be, completing the sentence "... is not". */
  readonly wanted: string
  /** Whether a value is not to be repeated, in errors and logs. */
  readonly secret?: true
  /** Undefined where the value is none of this kind. */
  read(value: unknown): T | undefined
}

const MAX_PORT = 65_535
function whole(value: unknown, max = Number.MAX_SAFE_INTEGER): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 && number <= max ? number : undefined
}

export const port: Kind<number> = {
  shown: '<port>',
  wanted: 'a port: a number from 0 to 65535, where 0 takes a free one',
  read: value => whole(value, MAX_PORT),
}

export const count: Kind<number> = {
  shown: '<n>',
  wanted: 'a whole number of 1 or more',
  read: value => whole(value) || undefined,
}

export const size: Kind<number> = {
  shown: '<size>',
  wanted: 'a size of 1 byte or more: a number of bytes, or 512k, 64M, 1G',
  read: value => parseSize(String(value)) || undefined,
}

export const duration: Kind<number> = {
  shown: '<duration>',
  wanted: 'a duration of 1ms or more: 500ms, 10s, 5m, 1h',
  read: value => (typeof value === 'number' ? whole(value) : parseDurationMs(String(value))) || undefined,
}

export const text = (shown: string, wanted: string, pattern = /^[^\s\0]+$/): Kind<string> => ({
  shown,
  wanted,
  read: value => (typeof value === 'string' && pattern.test(value) ? value : undefined),
})

export const choice = <const Choice extends string>(...choices: readonly Choice[]): Kind<Choice> => ({
  shown: choices.join('|'),
  wanted: `one of ${choices.join(', ')}`,
  read: value => choices.find(candidate => candidate === value),
})

export const toggle: Kind<boolean> = {
  shown: '',
  wanted: 'true or false',
  read(value) {
    if (value === true || value === 'true' || value === '1') return true
    return value === false || value === 'false' || value === '0' ? false : undefined
  },
}

/** A repeatable option: an array, or text with commas between. */
export const several = <T>(kind: Kind<T>): Kind<T[]> => ({
  shown: kind.shown,
  wanted: kind.wanted,
  read(value) {
    const items = Array.isArray(value) ? value.flatMap(split) : split(value)
    const read = items.map(item => kind.read(item))
    return read.every(item => item !== undefined) ? (read as T[]) : undefined
  },
})

/** A repeatable option without which nothing works: at least one. */
export const some = <T>(kind: Kind<T>): Kind<T[]> => {
  const list = several(kind)
  return { ...list, read: value => (Array.isArray(value) && value.length === 0 ? undefined : list.read(value)) }
}

/** The items of text with commas between; anything else is one item. */
export function split(value: unknown): unknown[] {
  return typeof value === 'string' ? value.split(',').map(item => item.trim()) : [value]
}

/** A path of a file or a folder. */
export const path = text('<path>', 'a path', /^[^\0]+$/)

/** One flag of a table. */
export interface Flag<T> {
  readonly kind: Kind<T>
  readonly help: string
  /** What it is where it is not given; left out where that is nothing. */
  readonly default?: T
  /** How help and documentation show the default, where its value does not say it. */
  readonly defaultShown?: string
  readonly repeatable?: true
}

/** Flags by their names, which may be camelCase. */
export type FlagTable = { readonly [name: string]: Flag<unknown> }

/** What was given of the flags of a table. */
export type Values<Table extends FlagTable> = {
  [Name in keyof Table]?: Table[Name] extends Flag<infer T> ? T : never
}

export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

/** How a table's values are read: what one is called where it was given, and where to read about the others. */
export interface Naming {
  shownAs: (name: string) => string
  seeAlso: string
}

/** Reads values by name. Throws OptionError for an unknown name or a bad value. */
export function readValues<Table extends FlagTable>(
  table: Table,
  input: Readonly<Record<string, unknown>>,
  { shownAs, seeAlso }: Naming,
): Values<Table> {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue
    const flag = Object.hasOwn(table, name) ? table[name] : undefined
    if (!flag) throw new OptionError(`${shownAs(name)} is no option`, suggestion(name, Object.keys(table)) ?? seeAlso)
    const { kind } = flag
    const read = value === null && flag.default === null ? null : kind.read(value)
    if (read === undefined)
      throw new OptionError(
        `${shownAs(name)}: ${kind.secret ? 'a value' : shownValue(value)} is not ${kind.wanted}`,
        `Correct ${shownAs(name)}.`,
      )
    values[name] = read
  }
  return values as Values<Table>
}

/** A value as it was given; a repeatable flag that was given once is no list to the one who gave it. */
function shownValue(value: unknown): string {
  return JSON.stringify(Array.isArray(value) && value.length === 1 ? value[0] : value)
}

/** A command line: its positional words, and its flags read. */
export interface CommandLine<T> {
  words: string[]
  options: T
  help: boolean
  version: boolean
}

/**
 * Reads flags. Throws OptionError for one that is unknown, lacks its value or has a bad one; `explain` may know an unknown
 * one, as it was written, and say what to do.
 */
export function readFlags<Table extends FlagTable>(
  table: Table,
  argv: readonly string[],
  seeAlso: string,
  explain: (written: string) => string | undefined = () => undefined,
): CommandLine<Values<Table>> {
  const names = Object.keys(table)
  const known: Record<string, { type: 'string' | 'boolean'; multiple?: boolean; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  }
  for (const [name, { kind }] of Object.entries(table))
    known[flagOf(name).slice(2)] = { type: kind.shown ? 'string' : 'boolean', multiple: true }
  const { tokens, positionals } = parseArgs({ args: [...argv], options: known, strict: false, tokens: true })

  const given: Record<string, unknown> = {}
  const asked = { help: false, version: false }
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    if (token.name === 'help' || token.name === 'version') {
      asked[token.name] = true
      continue
    }
    const name = names.find(candidate => flagOf(candidate) === `--${token.name}`)
    if (name === undefined) {
      // Of a flag that is written with one hyphen, the name is its first letter alone.
      const written = argv[token.index] ?? ''
      const explained = explain(written)
      throw new OptionError(
        `there is no flag ${explained === undefined ? token.rawName : written.split('=', 1)[0]}`,
        explained ?? suggestion(token.rawName, names.map(flagOf)) ?? seeAlso,
      )
    }
    const { kind, repeatable } = table[name] as Flag<unknown>
    if (kind.shown && token.value === undefined)
      throw new OptionError(`${token.rawName} lacks its value`, `Give ${kind.wanted}: ${token.rawName} ${kind.shown}.`)
    const value = token.value ?? true
    if (repeatable) given[name] = [...((given[name] as unknown[]) ?? []), value]
    else if (name in given) throw new OptionError(`${token.rawName} is given twice`, `Give ${token.rawName} once.`)
    else given[name] = value
  }
  return { words: positionals, options: readValues(table, given, { shownAs: flagOf, seeAlso }), ...asked }
}

/** "Did you mean --smtp-port?", or undefined where nothing is near. */
export function suggestion(given: string, names: readonly string[]): string | undefined {
  const near = nearest(given, names)
  return near && `Did you mean ${near}?`
}

/** How a flag's default reads, in help and in documentation; null where there is none. */
export function shownDefault({ default: fallback, defaultShown }: Flag<unknown>): string | null {
  if (defaultShown !== undefined) return defaultShown
  if (fallback === undefined) return null
  return fallback === false ? 'off' : String(fallback)
}

/** A flag as it is written, with its value. */
export function writtenFlag(name: string, { kind }: Flag<unknown>): string {
  return `${flagOf(name)} ${kind.shown}`.trim()
}

/** A table of flags as lines of help. */
export function helpLinesOf(table: FlagTable): string[] {
  const rows = Object.entries(table).map(([name, flag]) => {
    const fallback = shownDefault(flag)
    return { written: writtenFlag(name, flag), help: fallback === null ? flag.help : `${flag.help} (${fallback})` }
  })
  const width = Math.max(...rows.map(({ written }) => written.length))
  return rows.map(({ written, help }) => `  ${written.padEnd(width)}  ${help}`)
}
