/**
 * Rules as the option gives them: a list, JSON, or the path of a file of JSON. One that cannot be stops the start, named
 * by its number: a server that forgot its rules would let tests pass for the wrong reason.
 */
import { readFileSync } from 'node:fs'
import { OptionError } from './options.js'
import { RuleError } from './smtp/rule.js'
import type { Rules } from './smtp/rules.js'

const FORM = 'Give an array of rules or one rule: docs/rules.md.'

/** Adds what an option gives, in its order. Throws OptionError. */
export function addGivenRules(rules: Pick<Rules, 'add'>, given: string | readonly unknown[], option: string): void {
  const { list, where } = typeof given === 'string' ? read(given, option) : { list: given, where: option }
  list.forEach((input, n) => {
    try {
      rules.add(input)
    } catch (error) {
      if (!(error instanceof RuleError)) throw error
      throw new OptionError(`${where}: rule ${n + 1}: ${error.problem}`, error.fix)
    }
  })
}

function read(given: string, option: string): { list: readonly unknown[]; where: string } {
  const isJson = /^\s*[[{]/.test(given)
  const where = isJson ? option : `${option}: ${given}`
  let value: unknown
  try {
    value = JSON.parse(isJson ? given : readFileSync(given, 'utf8'))
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read'
    throw new OptionError(`${where} ${problem}: ${(error as Error).message}`, FORM)
  }
  if (typeof value !== 'object' || value === null) throw new OptionError(`${where} holds no rules`, FORM)
  return { list: Array.isArray(value) ? value : [value], where }
}
