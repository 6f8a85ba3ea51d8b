/** What the drivers of all protocols' sessions do alike. */
import type { SessionRecord } from '../server/mail/session-record.js'
import type { Session } from '../server/net/session.js'

/** What a session has to say, taken as a driver would write it. */
export function said(session: Pick<Session<{ type: string }, never>, 'output'>): string {
  let text = ''
  for (let bytes = session.output(); bytes; bytes = session.output()) text += bytes.toString('latin1')
  return text
}

/** What was recorded of it: `client: NOOP`. */
export function transcriptOf(record: SessionRecord): string[] {
  return record.describe().transcript.map(({ from, line }) => `${from}: ${line}`)
}
