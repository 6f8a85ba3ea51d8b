/**
 * What a command is: its words, its flags and what it does, in one shape, so that help, refusals and documentation are
 * made of it. What it touches of the process is given from outside, so that it runs in a test without one.
 */
import type { Readable } from 'node:stream'
import type { FlagTable, Values } from '../flags.js'

/** 0: done; 1: the answer is no (nothing came, nothing matches); 2: used wrongly, or what it needs is not there. */
export const EXIT = { done: 0, no: 1, failed: 2 } as const

/** Where a command writes. */
export interface Output {
  /** Whether a person sits in front of it. */
  readonly isTTY?: boolean
  write(text: string | Uint8Array): unknown
}

/** What a command touches of the process. */
export interface Surroundings {
  readonly stdin: Readable
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A command as it was called. */
export interface Call<Table extends FlagTable = FlagTable> extends Surroundings {
  /** What it was given: words, which stand before or between the flags. */
  readonly words: readonly string[]
  readonly options: Values<Table>
  /** What stands behind `--`. */
  readonly rest: readonly string[]
}

export interface Command<Table extends FlagTable = FlagTable> {
  /** What may stand behind its name: `[id|latest] [filters]`. */
  readonly usage: string
  /** How many words it takes at most; more are refused. */
  readonly maxWords: number
  /** What it does, in a few sentences for its help. */
  readonly about: string
  readonly examples: readonly string[]
  readonly flags: Table
  /** Whether it takes the options of a server as flags, too: its help points to theirs. */
  readonly takesOptions?: true
  /** Resolves to the exit code. */
  run(call: Call<Table>): Promise<number>
}

/** A program of another name that is stood in for: its arguments are its own, and so are its exit codes. */
export interface StandIn {
  readonly usage: string
  readonly about: string
  readonly examples: readonly string[]
  stand(argv: readonly string[], around: Surroundings): Promise<number>
}

/** A command, its flags known to the compiler where it is written. */
export function command<Table extends FlagTable>(made: Command<Table>): Command {
  return made as unknown as Command
}
