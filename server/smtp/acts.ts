/** What rules do, in words: for the transcript, and for the reasons why nothing was delivered. */
import type { RefusedVerb, Verb } from './command.js'
import type { CertificateFault, RuleAction, Verdict } from './rule.js'

/** What can be answered by a rule, beside commands: the connection itself. */
export type Occasion = Verb | RefusedVerb | 'connecting'

const ENDINGS: Readonly<Record<Exclude<RuleAction, 'reply'>, readonly [now: string, then: string]>> = {
  close: ['closes the connection', 'closed the connection'],
  reset: ['resets the connection', 'reset the connection'],
  stall: ['stalls', 'stalled'],
}

const CERTIFICATES: Readonly<Record<CertificateFault, string>> = {
  expired: 'an expired certificate',
  'wrong-host': 'a certificate for another host',
  untrusted: 'a certificate of an unknown CA',
}

/** A verdict for the transcript, as it begins to act: `rule r2 (slow) holds the answer back for 2000 ms, ...`. */
export function actsOf(verdict: Verdict): string {
  const { name, reply, delayMs, bytesPerSecond, afterBytes, store, hide, certificate, halfReply } = verdict
  const acts = [
    certificate !== null && `shows ${CERTIFICATES[certificate]}`,
    delayMs > 0 && `holds the answer back for ${delayMs} ms`,
    reply !== null && 'answers',
    hide.length > 0 && `hides ${hide.join(', ')}`,
    bytesPerSecond !== null && `reads ${bytesPerSecond} bytes a second`,
    store && 'has the message stored',
    halfReply && 'cuts the reply in half',
    verdict.end !== 'none' && afterBytes === null && ENDINGS[verdict.end][0],
    afterBytes !== null && `lets ${afterBytes} bytes of the body come`,
  ]
  return `${name} ${acts.filter(act => act !== false).join(', ')}`
}

/** What a rule made an app wait for: `rule r2 (slow) held the answer to DATA back for 2000 ms`. */
export function holdingOf({ name, delayMs }: Verdict, occasion: Occasion): string {
  return `${name} held the ${occasion === 'connecting' ? 'greeting' : `answer to ${occasion}`} back for ${delayMs} ms`
}

/** How slowly a rule reads: `rule r2 (slow) reads 10240 bytes a second`. */
export function readingOf({ name, bytesPerSecond }: Verdict): string {
  return `${name} reads ${bytesPerSecond} bytes a second`
}

/** How a rule ended a connection: `rule r2 (drop-in-data) closed the connection in DATA after 100 bytes`. */
export function endingOf({ name }: Verdict, end: keyof typeof ENDINGS, where: string): string {
  return `${name} ${ENDINGS[end][1]} ${where}`
}

/** A handshake that failed while a rule was at work. */
export function fakeShown({ name }: Verdict, certificate: CertificateFault): string {
  return `${name} showed ${CERTIFICATES[certificate]}`
}
