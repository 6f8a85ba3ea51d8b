/**
 * Magic recipients: addresses that say themselves how they want to be answered, for apps that can be given an address
 * and no rule. `reply-550@any.domain`, `delay-3000@...`, `close@...`, `reset@...`, `stall@...`. Off unless asked for, and
 * only where no rule matched. One that is not quite such an address is an address like any other.
 */
import { MAX_DELAY_MS, type Moment, type Verdict } from './rule.js'
import { isFinalCode, replyOf } from './rule-reply.js'
import { makeVerdict } from './verdict.js'

/** The longest local part that is one: `delay-600000`. */
const MAX_LOCAL_PART = 12

/** What a recipient asks for; null where it is an address like any other, or none is named. */
export function magicVerdict({ on, recipients }: Moment): Verdict | null {
  const [address] = recipients ?? []
  if (address === undefined || !on.includes('rcpt')) return null
  const local = localPartOf(address)
  if (local.length > MAX_LOCAL_PART) return null
  const name = `magic recipient ${local}`
  const [, kind, digits = ''] = /^(reply|delay|close|reset|stall)(?:-(\d+))?$/.exec(local) ?? []
  switch (kind) {
    case 'close':
    case 'reset':
    case 'stall':
      return digits === '' ? makeVerdict({ name, silent: true, end: kind }) : null
    case 'reply':
      return isFinalCode(digits) ? makeVerdict({ name, reply: replyOf(digits, 'rcpt') }) : null
    case 'delay': {
      const delayMs = Number(digits)
      return digits !== '' && delayMs > 0 && delayMs <= MAX_DELAY_MS ? makeVerdict({ name, delayMs }) : null
    }
    default:
      return null
  }
}

/** What stands before the domain, behind a source route (RFC 5321 4.1.2), in lower case. */
function localPartOf(address: string): string {
  const from = address.startsWith('@') ? address.indexOf(':') + 1 : 0
  const end = address.indexOf('@', from)
  return end === -1 ? '' : address.slice(from, end).toLowerCase()
}
