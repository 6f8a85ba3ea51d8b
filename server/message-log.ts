/** A line of the log for each message, written after its 250 has left: what a person watches while the app sends. */
import type { Log } from './log.js'
import type { Contents } from './mail/content.js'
import type { Stored } from './mail/message.js'
import type { MailStore } from './mail/store.js'
import { formatSize } from './units.js'

/** Recipients that a line names; the others are counted. */
const MAX_LOGGED_RECIPIENTS = 10

/** Logs what comes from now on. */
export function logMessages(store: MailStore, contents: Contents, log: Log, report: (fault: unknown) => void): void {
  let arrived: number[] = []
  const line = (message: Stored) => {
    const { id, envelope, subject, size, inboxes } = contents.summary(message)
    const to = envelope.to.slice(0, MAX_LOGGED_RECIPIENTS)
    const more = envelope.to.length - to.length
    const recipients = to.join(', ') + (more > 0 ? ` and ${more} more` : '')
    const sentence = `${envelope.from || '<>'} -> ${recipients}: "${subject}", ${formatSize(size)}`
    log.info('message', sentence, {
      id,
      from: envelope.from,
      to,
      recipients: envelope.to.length,
      subject,
      size,
      inboxes,
    })
  }
  const write = () => {
    const uids = arrived
    arrived = []
    for (const uid of uids) {
      const message = store.at(uid)
      try {
        if (message) line(message)
      } catch (fault) {
        report(fault)
      }
    }
  }
  store.subscribe(change => {
    if (change.type !== 'added') return
    if (arrived.push(change.uid) === 1) setImmediate(write)
  })
}
