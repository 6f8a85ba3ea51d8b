/**
 * From a command line to a command: which one is meant, its flags read, its help, and in words what went wrong. `serve`
 * is none of these: it is what `maildouble` does where no command is named.
 */
import { flagOf, helpLinesOf, OptionError, readFlags, suggestion } from '../flags.js'
import { helpLines, OPTIONS } from '../options.js'
import { type Command, EXIT, type StandIn, type Surroundings } from './command.js'
import { explain } from './explain.js'
import { COMMANDS } from './table.js'

/** Words that are answered without a command. */
const QUESTIONS = ['help', 'version']

/** Runs what a command line asks for, the name of the command first. Resolves to the exit code; throws nothing. */
export async function runCommand([name = '', ...argv]: readonly string[], around: Surroundings): Promise<number> {
  try {
    if (name === 'help') return await help(argv, around)
    const found = await find(name)
    if ('stand' in found) return argv[0] === '--help' ? await help([name], around) : await found.stand(argv, around)
    return await run(name, found, argv, around)
  } catch (error) {
    around.stderr.write(`maildouble: ${explain(error)}\n`)
    return EXIT.failed
  }
}

async function run(name: string, command: Command, argv: readonly string[], around: Surroundings): Promise<number> {
  const end = argv.indexOf('--')
  const before = end === -1 ? argv : argv.slice(0, end)
  const rest = end === -1 ? [] : argv.slice(end + 1)
  const flags = command.takesOptions ? { ...OPTIONS, ...command.flags } : command.flags
  const { words, options, help } = readFlags(flags, before, `See maildouble help ${name}.`)
  if (help) {
    around.stdout.write(helpOf(name, command))
    return EXIT.done
  }
  // Behind `--` stands the command of exec; of others, words that look like flags.
  const given = command.takesOptions ? words : [...words, ...rest]
  const stray = given[command.maxWords]
  if (stray !== undefined)
    throw new OptionError(
      `${name} takes no "${stray}"`,
      'q' in command.flags && !stray.startsWith('-')
        ? `Write a query as ${flagOf('q')} '${stray}'. More: maildouble help ${name}.`
        : `Write: maildouble ${name} ${command.usage}. More: maildouble help ${name}.`,
    )
  return command.run({ words: given, options, rest, ...around })
}

async function find(name: string): Promise<Command | StandIn> {
  const listed = COMMANDS.find(one => one.name === name)
  if (listed) return listed.load()
  const names = [...COMMANDS.map(one => one.name), ...QUESTIONS]
  throw new OptionError(`there is no command ${name}`, suggestion(name, names) ?? 'See maildouble help.')
}

async function help([name]: readonly string[], { stdout }: Surroundings): Promise<number> {
  stdout.write(name === undefined ? overview() : helpOf(name, await find(name)))
  return EXIT.done
}

/** The help of all: what `maildouble help` and `maildouble --help` print. */
export function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  const commands = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `maildouble: an SMTP server that accepts every message, delivers none, keeps it byte for byte, and shows it.

Usage: maildouble [flags]              serves until stopped
       maildouble <command> [flags]    asks a server that runs, or runs one for a while
       maildouble help [command]
       maildouble version

Commands:
${commands.join('\n')}

Flags of the server, each with its default:
${helpLines().join('\n')}

Each flag is also an environment variable: --smtp-port is MAILDOUBLE_SMTP_PORT.
Sizes: 512k, 64M, 1G. Durations: 500ms, 10s, 5m, 1h.
`
}

function helpOf(name: string, command: Command | StandIn): string {
  const flags = 'flags' in command ? command.flags : {}
  return [
    `Usage: maildouble ${name} ${command.usage}`.trimEnd(),
    command.about,
    ['Examples:', ...command.examples.map(line => `  ${line}`)].join('\n'),
    ...(Object.keys(flags).length > 0 ? [['Flags:', ...helpLinesOf(flags)].join('\n')] : []),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}
