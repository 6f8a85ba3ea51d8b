#!/usr/bin/env node
/**
 * The command line: serves, or runs the command that is named. Exit codes: 0 done, 1 the answer is no, 2 used wrongly or
 * could not start. What is not needed is not loaded: a server for a command that only asks one, commands for a server.
 */
import { basename } from 'node:path'
import { type CommandLine, OptionError, readArguments } from './options.js'
import { VERSION } from './version.js'

const EXIT_DONE = 0
const EXIT_FAILED_TO_START = 2

/** The program that is stood in for where a link of its name leads here. */
const STAND_IN = 'sendmail'

async function main(program: string, argv: readonly string[]): Promise<number> {
  const [first] = argv
  if (basename(program) === STAND_IN) return command([STAND_IN, ...argv])
  if (first === 'version') return version()
  if (first !== undefined && !first.startsWith('-')) return command(argv)
  const line = readArguments(argv)
  if (line.help) return command(['help'])
  if (line.version) return version()
  await assertNoWords(line)
  const { serve } = await import('./commands/serve.js')
  await serve(line.options)
  return EXIT_DONE
}

async function command(argv: readonly string[]): Promise<number> {
  const { runCommand } = await import('./commands/run.js')
  // Whoever read it has seen enough (`maildouble list | head -1`).
  process.stdout.on('error', () => {})
  return runCommand(argv, process)
}

function version(): number {
  console.log(VERSION)
  return EXIT_DONE
}

/** A command comes first, since its flags are its own. */
async function assertNoWords({ words: [word] }: CommandLine): Promise<void> {
  if (word === undefined) return
  const { COMMANDS } = await import('./commands/table.js')
  if (COMMANDS.some(({ name }) => name === word))
    throw new OptionError(`${word} stands behind a flag`, `Name the command first: maildouble ${word} [flags].`)
  throw new OptionError(`there is no command ${word}`, 'See maildouble help.')
}

main(process.argv[1] ?? '', process.argv.slice(2)).then(
  code => {
    process.exitCode = code
  },
  async error => {
    const { explain } = await import('./commands/explain.js')
    console.error(`maildouble: ${explain(error)}`)
    process.exitCode = EXIT_FAILED_TO_START
  },
)
