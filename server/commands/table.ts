/** Every command: its name, what it is for, and where it is. A command is loaded when it is called, and not before. */
import type { Command, StandIn } from './command.js'

interface Listed {
  readonly name: string
  /** Completes a line of the list in help. */
  readonly summary: string
  load(): Promise<Command | StandIn>
}

/** In the order in which help and documentation list them. */
export const COMMANDS: readonly Listed[] = [
  {
    name: 'exec',
    summary: 'runs a command with a server of its own',
    load: async () => (await import('./exec.js')).exec,
  },
  {
    name: 'wait',
    summary: 'waits until mail is there',
    load: async () => (await import('./messages.js')).wait,
  },
  { name: 'list', summary: 'lists messages', load: async () => (await import('./messages.js')).list },
  { name: 'show', summary: 'shows a message', load: async () => (await import('./messages.js')).show },
  { name: 'otp', summary: 'prints a one-time code', load: async () => (await import('./messages.js')).otp },
  { name: 'link', summary: 'prints the address of a link', load: async () => (await import('./messages.js')).link },
  { name: 'clear', summary: 'deletes messages', load: async () => (await import('./messages.js')).clear },
  {
    name: 'sessions',
    summary: 'lists connections, or shows what was said on one',
    load: async () => (await import('./records.js')).sessions,
  },
  {
    name: 'attempts',
    summary: 'lists what was tried, delivered or not',
    load: async () => (await import('./records.js')).attempts,
  },
  {
    name: 'rule',
    summary: 'makes sending go wrong: lists, adds and removes rules',
    load: async () => (await import('./rule.js')).rule,
  },
  { name: 'doctor', summary: 'says why no mail comes', load: async () => (await import('./doctor.js')).doctor },
  {
    name: 'report',
    summary: 'writes the mail down as one HTML file',
    load: async () => (await import('./report.js')).report,
  },
  {
    name: 'send-test',
    summary: 'sends a sample mail to the server',
    load: async () => (await import('./send-test.js')).sendTest,
  },
  {
    name: 'sendmail',
    summary: 'stands in for /usr/sbin/sendmail',
    load: async () => (await import('./sendmail.js')).sendmail,
  },
]
