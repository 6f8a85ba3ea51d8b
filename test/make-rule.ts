/** A rule as the server shows it, for tests of what is said of rules. */
import type { Rule } from '../server/http/schema.js'
import { DEFAULT_FIELDS } from '../server/smtp/rule.js'

export const makeRule = (fields: Partial<Rule> = {}): Rule => ({
  ...DEFAULT_FIELDS,
  id: 'r1',
  preset: null,
  on: 'rcpt',
  hits: 0,
  lastSessionId: null,
  nearMiss: null,
  active: true,
  expiresAt: null,
  ...fields,
})
