/** Makes what tests of rules need: rules of a server without anything around, and moments of a session. */
import { Inboxes } from '../../server/mail/inboxes.js'
import { Reading } from '../../server/mail/reading.js'
import type { Moment, Verdict } from '../../server/smtp/rule.js'
import { Rules, type RulesParts } from '../../server/smtp/rules.js'
import { makeEnvelope, makeReceived } from '../mail/make.js'

/** Rules under a clock that stands still until it is set. */
export function makeRules(parts: Partial<RulesParts> = {}) {
  const clock = { nowMs: 1_000_000 }
  const inboxes = new Inboxes({ sha256: () => Buffer.alloc(32), random: () => Buffer.alloc(4) })
  const rules = new Rules({
    tls: true,
    listeners: ['billing'],
    inboxes,
    read: message => new Reading(message),
    now: () => clock.nowMs,
    magicRecipients: false,
    ...parts,
  })
  return { rules, clock, inboxes }
}

/** A moment of the first session, before anything was said. */
export function moment(on: string | readonly string[], known: Partial<Moment> = {}): Moment {
  const names = typeof on === 'string' ? [on] : on
  return {
    protocol: 'smtp',
    on: names,
    said: names[0] as string,
    sessionId: 's1',
    listener: null,
    helo: null,
    user: null,
    mailFrom: undefined,
    recipients: undefined,
    transaction: 0,
    received: null,
    ...known,
  }
}

/** RCPT for an address, in the first transaction of a session. */
export function rcpt(address: string, known: Partial<Moment> = {}): Moment {
  const greeted = { helo: 'app.internal', mailFrom: 'app@example.org', transaction: 1 }
  return moment('rcpt', { ...greeted, said: `RCPT TO:<${address}>`, recipients: [address], ...known })
}

/** The last byte of a message has come. */
export function message(
  source: string,
  { to = ['ada@example.com'], ...known }: Partial<Moment> & { to?: string[] } = {},
) {
  const received = makeReceived({ source, envelope: makeEnvelope({ to }) })
  return rcpt('', { on: ['message'], said: 'the message', recipients: to, received, ...known })
}

/** A verdict as a client notices it: what is said, then what becomes of the connection. */
export function seen(verdict: Verdict | null): string {
  if (verdict === null) return '-'
  const said = verdict.silent ? '' : (verdict.reply?.text.trimEnd().replaceAll('\r\n', ' | ') ?? 'our words')
  return [said, verdict.end === 'none' ? '' : verdict.end].filter(word => word !== '').join(', ')
}
