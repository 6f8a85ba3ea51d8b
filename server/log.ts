/**
 * The log: one line per event, for a person (pretty) or a machine (JSON). What comes from a client is escaped, so that
 * no mail can move a terminal's cursor or forge a line.
 */

export type LogLevel = 'error' | 'warn' | 'info'
export type LogFormat = 'pretty' | 'json'
export type LogFields = Record<string, string | number | boolean | null | readonly string[]>

export interface Log {
  /** Whether lines of this level are written: ask before gathering what is dear. */
  writes(level: LogLevel): boolean
  /** `event` is a stable word for machines, `message` the sentence for people. */
  info(event: string, message: string, fields?: LogFields): void
  warn(event: string, message: string, fields?: LogFields): void
  error(event: string, message: string, fields?: LogFields): void
}

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info']

export function makeLog(options: {
  level: LogLevel
  format: LogFormat
  now: () => Date
  write: (lines: string) => void
}): Log {
  const writes = (level: LogLevel) => LEVELS.indexOf(level) <= LEVELS.indexOf(options.level)
  const line = options.format === 'json' ? jsonLine : prettyLine
  const log =
    (level: LogLevel) =>
    (event: string, message: string, fields: LogFields = {}) => {
      if (writes(level)) options.write(line(options.now(), level, event, message, fields))
    }
  return { writes, info: log('info'), warn: log('warn'), error: log('error') }
}

function jsonLine(time: Date, level: LogLevel, event: string, message: string, fields: LogFields): string {
  return `${JSON.stringify({ time: time.toISOString(), level, event, message, ...fields })}\n`
}

/** As wide as the time and its gap. */
const INDENT = ' '.repeat(10)

function prettyLine(time: Date, level: LogLevel, _event: string, message: string): string {
  const clock = time.toTimeString().slice(0, 8)
  const mark = level === 'info' ? '' : `${level}: `
  return `${clock}  ${mark}${printable(message)}\n`
}

/**
 * C0 and C1 controls, marks that turn the direction of text, and what has no width, as `\u{...}`. A line break is kept and indented,
 * so that what follows it never looks like a line of its own.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, character =>
    character === '\n' ? `\n${INDENT}` : `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  )
}
