#!/usr/bin/env node
/**
 * The command line: reads what is asked for and runs it. Exit codes: 0 done, 1 the answer is no, 2 used wrongly or
 * could not start.
 */
import { serve } from './commands/serve.js'
import { VERSION } from './maildouble.js'
import { BindError } from './net/bind.js'
import { helpLines, OptionError, readArguments } from './options.js'

const USAGE = `maildouble: an SMTP server that accepts every message, delivers none, keeps it byte for byte, and shows it.

Usage: maildouble [flags]      serve until stopped
       maildouble version
       maildouble help

Flags, each with its default:
${helpLines().join('\n')}

Each flag is also an environment variable: --smtp-port is MAILDOUBLE_SMTP_PORT.
Sizes: 512k, 64M, 1G. Durations: 500ms, 10s, 5m, 1h.`

const EXIT_DONE = 0
const EXIT_FAILED_TO_START = 2

async function main(argv: readonly string[]): Promise<number> {
  const line = readArguments(argv)
  const [command, ...rest] = line.words
  if (line.help || command === 'help') {
    console.log(USAGE)
    return EXIT_DONE
  }
  if (line.version || command === 'version') {
    console.log(VERSION)
    return EXIT_DONE
  }
  if (command !== undefined)
    throw new OptionError(`there is no command ${[command, ...rest].join(' ')}`, 'See maildouble help.')
  await serve(line.options)
  return EXIT_DONE
}

/** One line of what was wrong, one of what to do, and no stack trace: the fault is not ours. */
function explain(error: unknown): string {
  if (error instanceof OptionError || error instanceof BindError) return `maildouble: ${error.message}`
  return `maildouble failed to start: ${error instanceof Error ? error.stack : error}`
}

main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code
  },
  error => {
    console.error(explain(error))
    process.exitCode = EXIT_FAILED_TO_START
  },
)
