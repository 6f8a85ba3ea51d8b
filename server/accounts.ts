/**
 * Who may log in, as options name them: `user:pass`, or `@file` with a line of that form for each account, so that no
 * password has to stand in a process list.
 */
import { readFileSync } from 'node:fs'
import type { Account } from './net/sasl.js'
import { OptionError } from './options.js'

/** Reads accounts; null where none are given. Throws OptionError, which never repeats a password. */
export function readAccounts(given: readonly string[], option: string): Account[] | null {
  if (given.length === 0) return null
  return given.flatMap(text => (text.startsWith('@') ? fromFile(text.slice(1), option) : [accountOf(text, option)]))
}

function fromFile(path: string, option: string): Account[] {
  let lines: string
  try {
    lines = readFileSync(path, 'utf8')
  } catch (error) {
    throw new OptionError(
      `${option}: ${path} cannot be read: ${(error as Error).message}`,
      'Give the path of a file with lines of the form user:pass.',
    )
  }
  return lines
    .split(/\r?\n/)
    .map((line, n) => ({ line, where: `line ${n + 1} of ${path}` }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, where }) => accountOf(line, `${option}, ${where}`))
}

/** The first colon parts name and password: a password may have more of them. */
function accountOf(text: string, where: string): Account {
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1)
    throw new OptionError(`${where}: an account is not of the form user:pass`, 'Give a name, a colon and a password.')
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}
