/** Verdicts: what a rule wants done at a moment, with nothing said for what it does not ask for. */
import type { RuleName } from './reply.js'
import type { Verdict } from './rule.js'

/** After this reply the server closes (RFC 5321 3.8). */
const CLOSING = 421

const NOTHING: Omit<Verdict, 'name'> = {
  ruleId: null,
  reply: null,
  silent: false,
  end: 'none',
  delayMs: 0,
  bytesPerSecond: null,
  afterBytes: null,
  store: false,
  hide: [],
  certificate: null,
  halfReply: false,
}

/** A verdict of what is asked for. */
export function makeVerdict(asked: Partial<Verdict> & Pick<Verdict, 'name'>): Verdict {
  const verdict = { ...NOTHING, ...asked }
  return verdict.reply?.code === CLOSING && verdict.end === 'none' ? { ...verdict, end: 'close' } : verdict
}

/** Whose it is, for words and remedies. */
export function ruleOf({ ruleId, name }: Verdict): RuleName {
  return { id: ruleId, name }
}
