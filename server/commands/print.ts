/**
 * Lines for people: columns under each other, in an order that stays, with nothing in them by which a mail could move a
 * terminal's cursor or forge a line.
 */
import { printable } from '../log.js'
import type { Summary } from '../mail/message.js'
import type { Attempt, SessionSummary } from '../mail/session.js'

/** Rows as lines, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string {
  const shown = rows.map(row => row.map(cell => printable(cell.replace(/[\r\n\t]+/g, ' '))))
  const widths: number[] = []
  for (const [at, cell] of shown.flatMap(row => [...row.entries()])) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] as number))
      .join('  ')
      .trimEnd()
  return shown.map(row => `${line(row)}\n`).join('')
}

/** A time as the clock on the wall has it, to be read and sorted: `2026-01-31 17:04:05`. */
export function localTime(rfc3339: string): string {
  const at = new Date(rfc3339)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** Recipients in a cell: a mail to many is no reason for a line without end. */
function shownRecipients(to: readonly string[]): string {
  const [first = 'nobody'] = to
  return to.length > 1 ? `${first} +${to.length - 1}` : first
}

export function messageLines(messages: readonly Summary[]): string {
  return columns(
    messages.map(({ id, receivedAt, envelope, from, subject }) => [
      id,
      localTime(receivedAt),
      from?.address || envelope.from || '<>',
      shownRecipients(envelope.to),
      subject || '(no subject)',
    ]),
  )
}

export function sessionLines(sessions: readonly SessionSummary[]): string {
  return columns(
    sessions.map(({ id, startedAt, helo, remoteAddress, outcome }) => [
      id,
      localTime(startedAt),
      helo ?? remoteAddress,
      outcome,
    ]),
  )
}

export function attemptLines(attempts: readonly Attempt[]): string {
  return columns(
    attempts.map(({ id, at, from, to, code, outcome }) => [
      id,
      localTime(at),
      code === null ? '-' : String(code),
      outcome,
      from || '<>',
      shownRecipients(to),
    ]),
  )
}
