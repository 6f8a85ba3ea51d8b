/** Commands as they are called, without a process: what they write and their exit code. */
import { Readable } from 'node:stream'
import { runCommand } from '../../server/commands/run.js'

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** Runs a command line against the server at `url`. */
export async function maildouble(
  url: string,
  argv: readonly string[],
  { stdin = '', env = {}, isTTY = false }: { stdin?: string; env?: Record<string, string>; isTTY?: boolean } = {},
): Promise<Ran> {
  const written = { stdout: '', stderr: '' }
  const output = (name: keyof typeof written) => ({
    isTTY,
    write(text: string | Uint8Array) {
      written[name] += typeof text === 'string' ? text : Buffer.from(text).toString('latin1')
    },
  })
  const code = await runCommand(argv, {
    stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin, 'latin1')]),
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: { MAILDOUBLE_URL: url, ...env },
  })
  return { code, ...written }
}
