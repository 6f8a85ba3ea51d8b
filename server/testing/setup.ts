/**
 * The globalSetup of the runners: one server for the whole run, named in the environment before app code loads. One that
 * the environment names already is used instead: `maildouble exec -- npx vitest`, or a service of CI.
 */
import { connectMaildouble } from '../index.js'
import { startServer } from '../maildouble.js'

type Environment = Record<string, string | undefined>

/**
 * Starts a server, or finds the one that MAILDOUBLE_URL names, and names it in `env`; gives the way to stop it, which
 * leaves `env` as it was. Who never stops it, as Jest, is not kept from ending.
 */
export async function setUpServer(env: Environment): Promise<() => Promise<void>> {
  if (env.MAILDOUBLE_URL && env.SMTP_URL) return async () => {}
  const server = env.MAILDOUBLE_URL
    ? await connectMaildouble(env.MAILDOUBLE_URL)
    : await startServer({ smtpPort: 0, httpPort: 0, logLevel: 'error' }, { background: true })
  const { hostname, port } = new URL(server.smtpUrl)
  const told = {
    SMTP_URL: server.smtpUrl,
    SMTP_HOST: hostname,
    SMTP_PORT: port,
    MAILDOUBLE_URL: env.MAILDOUBLE_URL || server.url,
  }
  const before = Object.keys(told).map(name => [name, env[name]] as const)
  Object.assign(env, told)
  return async () => {
    for (const [name, value] of before) {
      if (value === undefined) delete env[name]
      else env[name] = value
    }
    await server.stop()
  }
}
