/** A rule as it is written: what the editor begins with, what it sends, and what it says of each field. Pure. */
import type { Rule, RuleInput } from '../server/http/schema.js'

type Field = Exclude<keyof RuleInput, 'preset'>

/** What a field is that is left out, as server/smtp/rule.ts has it, which the page does not import: a test holds the two equal. */
export const DEFAULTS: Required<Pick<Rule, Exclude<Field, 'on'>>> = {
  match: {},
  protocol: 'smtp',
  reply: null,
  replies: null,
  action: 'reply',
  thenClose: false,
  delayMs: 0,
  bytesPerSecond: null,
  afterBytes: null,
  times: null,
  per: null,
  forMs: null,
  after: null,
  windowMs: null,
  store: false,
  hide: [],
  certificate: null,
  refuseConnections: false,
  halfReply: false,
  enabled: true,
  probability: 1,
  seed: 1,
}

/** A rule to begin with. */
export const EXAMPLE = `{
  "on": "rcpt",
  "match": { "to": "*@full.test" },
  "reply": "452 4.2.2 Mailbox full",
  "times": 2,
  "per": "recipient"
}`

/** The rule as somebody would have written it: without what goes without saying. */
export function toJson(rule: Rule): string {
  const said = Object.entries(DEFAULTS).filter(([field, usual]) => {
    const value = rule[field as keyof typeof DEFAULTS]
    return JSON.stringify(value) !== JSON.stringify(usual) && !(field === 'seed' && rule.probability === 1)
  })
  const fields = Object.fromEntries(said.map(([field]) => [field, rule[field as keyof typeof DEFAULTS]]))
  return JSON.stringify({ ...(rule.preset && { preset: rule.preset }), on: rule.on, ...fields }, null, 2)
}

/**
 * What is sent for an edited rule. A field that was taken out has its default, also where the preset says otherwise: the
 * rule is what is seen.
 */
export function editedRule(rule: Rule, written: RuleInput): RuleInput {
  return rule.preset !== null && written.preset === rule.preset ? { ...DEFAULTS, ...written } : written
}

/** Each field, or those that belong together, in short. */
export const FIELDS: readonly { names: readonly string[]; does: string }[] = [
  {
    names: ['on'],
    does: 'connect, ehlo, starttls, auth, mail, rcpt, data, message, quit or a verb; else as early as match allows',
  },
  {
    names: ['match'],
    does: 'terms of the search: to, from, mail-from, subject, inbox, user, helo …; empty for always',
  },
  { names: ['protocol'], does: 'pop3 or imap: those who read mail, at connect, starttls, auth and quit' },
  { names: ['reply'], does: '"452 4.2.2 Mailbox full", or a bare code; 421 also closes' },
  { names: ['replies'], does: 'one after the other, then the rule is used up' },
  { names: ['action'], does: 'close, reset or stall in place of a reply; afterBytes: within the body' },
  { names: ['delayMs', 'bytesPerSecond'], does: 'hold the answer back; read the body slowly' },
  { names: ['times', 'per'], does: 'only the first so many, of each recipient, message or connection' },
  { names: ['after', 'windowMs'], does: 'only what comes after so many, counted in a window' },
  { names: ['thenClose', 'halfReply', 'store'], does: 'close after the reply; cut it in half; store before closing' },
  {
    names: ['hide', 'certificate', 'refuseConnections'],
    does: 'keywords EHLO leaves out; expired, wrong-host or untrusted; a closed port',
  },
  { names: ['probability', 'seed'], does: 'a chance from 0 to 1, the same at every run' },
  { names: ['forMs'], does: 'expires after so many milliseconds' },
]
