/** mbsync brings many messages into a maildir: the files have to be what was sent, and a second run may move nothing. */
import { lines, run, shown } from './common.mjs'
import { mbsyncFiles, prepareMbsync } from './doers.mjs'

const TIMEOUT_MS = 300_000

export async function fetchMany({ home, server, port, security, ca, sent }) {
  const { command, args } = prepareMbsync({ home, port, security, ca })
  const problems = []
  const sync = async () => {
    const startedAt = performance.now()
    const { code, stdout, stderr } = await run(home, command, [...args, '-V'], { timeoutMs: TIMEOUT_MS })
    if (code !== 0) problems.push(`exit code ${code}: ${String(stderr).trim().slice(-300)}`)
    const session = (await server.sessions({ protocol: 'imap' })).at(-1)
    return {
      seconds: ((performance.now() - startedAt) / 1000).toFixed(1),
      said: String(stdout),
      outcome: session.outcome,
    }
  }
  const first = await sync()
  const written = mbsyncFiles(home).map(lines).sort()
  const wanted = sent.map(({ raw }) => lines(raw)).sort()
  const wrong = wanted.filter((text, n) => text !== written[n]).length
  if (written.length !== wanted.length || wrong > 0) problems.push(`${written.length} files, ${wrong} not as sent`)
  const second = await sync()
  if (/fetched|added|copied|moved|flagged|deleted/.test(second.outcome) || mbsyncFiles(home).length !== sent.length)
    problems.push(`the second run: ${second.outcome}`)
  const megabytes = (sent.reduce((sum, { raw }) => sum + raw.length, 0) / 1e6).toFixed(1)
  return {
    command: shown(command, args),
    did: `${megabytes} MB in ${first.seconds} s: ${first.outcome}; again in ${second.seconds} s: ${second.outcome}`,
    problems,
  }
}
