/**
 * The globalSetup of the runners: one server for the whole run, named in the environment before app code loads. One that
 * the environment names already is used instead: `maildouble exec -- npx vitest`, or a service of CI.
 */
import { startMaildouble } from '../index.js'

type Environment = Record<string, string | undefined>

/** Starts a server and names it in `env`; gives the way to stop it, which leaves `env` as it was. */
export async function setUpServer(env: Environment): Promise<() => Promise<void>> {
  if (env.MAILDOUBLE_URL && env.SMTP_URL) return async () => {}
  const mail = await startMaildouble()
  const { hostname, port } = new URL(mail.smtpUrl)
  const told = { SMTP_URL: mail.smtpUrl, SMTP_HOST: hostname, SMTP_PORT: port, MAILDOUBLE_URL: mail.url }
  const before = Object.keys(told).map(name => [name, env[name]] as const)
  Object.assign(env, told)
  return async () => {
    for (const [name, value] of before) {
      if (value === undefined) delete env[name]
      else env[name] = value
    }
    await mail.stop()
  }
}
