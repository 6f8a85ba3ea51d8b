/** What went wrong, for the one at the command line. */
import { flagOf, OptionError } from '../flags.js'
import { QueryError } from '../mail/query.js'
import { BindError } from '../net/bind.js'
import { RemoteError } from '../testing/remote-error.js'

/** Of a cursor that the server does not know. */
const OTHER_LIFE = `The cursor of ${flagOf('since')} is ahead of this server, which has restarted since.\nLeave it out, or take the cursor of a new answer.`
/** What to do where there is no server, on a command line. */
const WHERE = `Start one with maildouble, or say where it is: ${flagOf('url')}, or MAILDOUBLE_URL.`

/** One line of what was wrong, one of what to do, and no stack trace where the fault is not ours. */
export function explain(error: unknown): string {
  if (error instanceof OptionError || error instanceof BindError) return error.message
  if (error instanceof QueryError) return `${error.problem}\n${error.fix}`
  if (error instanceof RemoteError && error.code === 'restarted') return OTHER_LIFE
  if (error instanceof RemoteError) return `${error.problem}\n${error.code === 'unreachable' ? WHERE : error.fix}`
  return `failed: ${error instanceof Error ? error.stack : error}`
}
