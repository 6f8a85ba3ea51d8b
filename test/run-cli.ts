/** The command line as built, as a process of its own; it ends with the test that began it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { CLI } from './built.js'

export const FREE_PORTS = ['--smtp-port', '0', '--http-port', '0']

export interface Run {
  pid: number
  stdout: string
  stderr: string
  code: Promise<number | null>
  kill(signal: NodeJS.Signals): void
  /** Reads no more of what it says, as `head -1` does. */
  deafen(): void
  /** Resolves once the output fits. */
  says(pattern: RegExp): Promise<RegExpExecArray>
}

/** How it is started: where, in which environment, and by which shell command before it, such as `ulimit -n 64`. */
export interface Setting {
  cwd: string
  env?: Record<string, string>
  before?: string
}

export function runCli(argv: string[], { cwd, env = {}, before }: Setting): Run {
  const command = [process.execPath, CLI, ...argv]
  const [program, ...args] =
    before === undefined ? command : ['/bin/sh', '-c', `${before}; exec "$@"`, 'sh', ...command]
  const child = spawn(program as string, args, {
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // A test that fails leaves nothing running.
  onTestFinished(() => void child.kill('SIGKILL'))
  let stir = () => {}
  const running: Run = {
    pid: child.pid ?? 0,
    stdout: '',
    stderr: '',
    code: once(child, 'close').then(([code]) => {
      stir()
      return code as number | null
    }),
    kill: signal => void child.kill(signal),
    deafen: () => void child.stdout.destroy(),
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(running.stdout)
        if (found) return found
        if (child.exitCode !== null)
          throw new Error(`it ended without saying ${pattern}: ${running.stdout}${running.stderr}`)
        await new Promise<void>(resolve => {
          stir = resolve
        })
      }
    },
  }
  child.stdout.on('data', chunk => {
    running.stdout += chunk
    stir()
  })
  child.stderr.on('data', chunk => {
    running.stderr += chunk
  })
  return running
}
