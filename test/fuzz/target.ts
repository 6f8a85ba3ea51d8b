/** What is fuzzed: one shape for every parser, listed in targets.ts. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Dice, hashOf } from './dice.js'
import { mutated } from './mutate.js'

export interface Target {
  /** Its corpus is corpus/<name>/. */
  readonly name: string
  /** Folders under test/ whose files are in its corpus, too. */
  readonly folders?: readonly string[]
  /** What the parser takes for more than bytes. */
  readonly tokens: readonly string[]
  /** How large its input may be. */
  readonly maxBytes: number
  /** One input in as many is swollen up to that, 25 if left out: fewer where a large one takes as long as many small ones. */
  readonly swollenOneIn?: number
  /**
   * Gives the parser an input, and throws where what is promised does not hold. Its work is measured from one turn of the
   * event loop to the next: where the server would give way, it awaits `turn`.
   */
  run(input: Buffer, turn: () => Promise<void>): void | Promise<void>
}

/** Resolves in a later turn of the event loop. */
export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** Fails with what is wrong. */
export function fail(why: string): never {
  throw new Error(why)
}

/** Fails where an input does not hold what is promised. */
export function promise(holds: boolean, what: string): void {
  if (!holds) fail(what)
}

const TESTS = join(import.meta.dirname, '..')

/** Every entry of a target's corpus, in the order of their names. */
export function corpusOf({ name, folders = [] }: Target): Buffer[] {
  return [join('fuzz', 'corpus', name), ...folders].flatMap(folder =>
    readdirSync(join(TESTS, folder))
      .sort()
      .map(file => readFileSync(join(TESTS, folder, file))),
  )
}

/** The inputs of a target, each known by its seed and number alone. */
export function inputsOf(target: Target): (seed: number, n: number) => Buffer {
  const corpus = corpusOf(target)
  return (seed, n) => mutated(new Dice(hashOf(target.name, seed, n)), { ...target, corpus })
}
